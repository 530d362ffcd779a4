"""Building data/catalogue/ from song files. Needs the extra `catalogue`; nothing that answers people imports this."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import sqlite_utils

from model import aggregate
from model.classifier import EmotionClassifier
from model.files import digest
from model.folders import written_whole
from model.labels import EMOTIONS
from model.text import lyric_lines
from recommender import hubs, tagging, terms, themes
from recommender.catalogue import (
    FACTS,
    FORMAT,
    GENRES,
    MANIFEST,
    SONGS,
    CatalogueError,
    files_of,
    song_id,
    tags,
)
from recommender.index import Postings
from recommender.readings import Reading, Readings
from recommender.source import read_songs
from recommender.works import NOBODY, main_artist, works

_YEAR = re.compile(r"^((?:19|20)\d\d)(?!\d|s)")
_HANGUL, _LATIN = re.compile(r"[가-힣]"), re.compile(r"[a-zA-Z]")
MUCH = 100  # Hangul syllables that tell of a song's emotion as well as more do
LATIN_LETTERS = 3  # that take the time of one Hangul syllable
PACKAGES = ("kiwipiepy", "scikit-learn", "numpy")


def build(
    paths: Sequence[Path],
    folder: Path,
    classifier: EmotionClassifier | tagging.Reader,
    *,
    model: dict,
    retag: bool = False,
    learnt: themes.Themes | Path | None = None,
    readings: Path | None = None,
    executor: Executor | None = None,
) -> None:
    """Write a catalogue of every song of the files to `folder`, which is replaced at once when all is done.

    `model` is told in the manifest as what read the emotions. Emotions that a file brings are kept unless
    `retag`. learnt: what is known of songs, else data/themes.json. readings: a file that keeps what was read; without
    one it stands beside the folder until the catalogue is whole, and a build that was interrupted goes on with it.
    executor: where lyrics are read, else here. Raises CatalogueError for files that cannot be used, and for a folder
    that holds anything else.
    """
    folder = folder.resolve()
    _check_target(folder)
    if not isinstance(learnt, themes.Themes):
        learnt = themes.Themes.open(learnt or themes.BUNDLED)
    songs = read_songs(paths)
    kept = Readings(readings or beside(folder), sha(model))
    try:
        tagging.tag(list(songs["lyrics"]), reader_of(classifier), kept, executor)
        read = list(kept.of(list(songs["lyrics"])))
    finally:
        kept.close()
    with written_whole(folder) as partial_folder:
        _write(partial_folder, songs, read, learnt, retag)
        manifest = {
            "format": FORMAT,
            "songs": len(songs),
            "sources": [Path(path).name for path in paths],
            "model": model,
            "versions": {name: version(name) for name in PACKAGES},
            "sha256": {name: digest(partial_folder / name) for name in files_of(partial_folder)},
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
        (partial_folder / MANIFEST).write_text(text, encoding="utf-8")
    if readings is None:
        beside(folder).unlink(missing_ok=True)


def read_shard(
    paths: Sequence[Path],
    readings: Path,
    classifier: EmotionClassifier | tagging.Reader,
    *,
    model: dict,
    shard: tuple[int, int],
    executor: Executor | None = None,
) -> int:
    """Read the lyrics of every n-th song from the i-th, (i, n) from 1, into a file of readings; how many songs."""
    number, count = shard
    lyrics = list(read_songs(paths)["lyrics"])[number - 1 :: count]
    kept = Readings(readings, sha(model))
    try:
        tagging.tag(lyrics, reader_of(classifier), kept, executor)
    finally:
        kept.close()
    return len(lyrics)


def merge(folder: Path, paths: Sequence[Path], shards: Sequence[Path], *, model: dict) -> int:
    """Bring the readings of shards to where a build of `folder` takes them up; how many songs are in none of them.

    Raises CatalogueError for a file that is no shard, and for one that another model read.
    """
    folder = folder.resolve()
    _check_target(folder)
    lyrics = list(read_songs(paths)["lyrics"])
    whole = Readings(beside(folder), sha(model))
    try:
        for shard in shards:
            whole.take(shard)
        return len(whole.missing(lyrics))
    finally:
        whole.close()


def beside(folder: Path) -> Path:
    """Where a build keeps what it read until the catalogue is whole."""
    return folder.with_name(f"{folder.name}.readings")


def sha(model: Mapping) -> str:
    """What tells readings of one model from those of another."""
    return json.dumps(model.get("sha256", {}), sort_keys=True)


def reader_of(classifier: EmotionClassifier | tagging.Reader) -> Callable[[Sequence[str]], list[Reading]]:
    return classifier if isinstance(classifier, tagging.Reader) else partial(tagging.read, classifier=classifier)


def _check_target(folder: Path) -> None:
    """Only an earlier catalogue or an empty folder is replaced, so that no other folder is lost by a slip."""
    catalogue = (folder / MANIFEST).is_file() and (folder / SONGS).is_file()
    empty = folder.is_dir() and not any(folder.iterdir())
    if folder.exists() and not catalogue and not empty:
        raise CatalogueError(f"{folder}: exists and is no catalogue; give a new folder with -o, or remove it first")


def _write(folder: Path, songs: pd.DataFrame, read: Sequence[Reading], learnt: themes.Themes, retag: bool) -> None:
    """All files but the manifest."""
    counts = [reading.terms for reading in read]
    weights, names = terms.morpheme_weights(counts)
    telling, telling_names = terms.morpheme_weights(
        terms.with_titles(counts, list(songs["title"])), terms.EMOTION_SHARE
    )
    artist = _numbers([main_artist(name) for name in songs["artist"]], none=NOBODY)
    artists = terms.artist_weights(weights, artist)
    genres = sorted(set(songs["genre"]))
    genre = pd.Series(songs["genre"]).map({name: at for at, name in enumerate(genres)}).to_numpy(np.int32)
    years = [_YEAR.match(date) for date in songs["release_date"]]
    year = np.array([int(match[1]) if match else 0 for match in years], np.int16)
    work = np.array(works(*(list(songs[name]) for name in ("title", "artist", "lyrics", "melon_song_id"))), np.int32)
    told = np.array([tells(text) for text in songs["lyrics"]], np.float32)
    lines = np.array([reading.emotion for reading in read], np.float32).reshape(-1, len(EMOTIONS))
    of_genres = [tags(name) for name in genres]
    scores = learnt.scores(
        themes.Facts(
            telling, telling_names, [of_genres[at] for at in genre], [at or None for at in year.tolist()], lines
        )
    )
    emotion = themes.flattened(themes.joined(lines, scores), told)
    own = _own(songs, retag)
    brought = np.isfinite(own).all(axis=1)
    lines[brought] = emotion[brought] = own[brought]
    told[brought] = 1
    known = (songs["melon_song_id"] != "").to_numpy()
    lift = hubs.lift(hubs.Parts(weights, artists, artist, genres, genre, year), known)
    _write_songs(folder / SONGS, songs, year, work, [reading.lines for reading in read], told)
    (folder / FACTS).mkdir()
    facts = {"lines": lines, "emotion": emotion, "told": told, "year": year, "work": work}
    for name, values in (facts | {"artist": artist, "genre": genre, "lift": lift}).items():
        np.save(folder / FACTS / f"{name}.npy", values, allow_pickle=False)
    (folder / GENRES).write_text(json.dumps(genres, ensure_ascii=False), encoding="utf-8")
    Postings.of(weights).save(folder / "terms")
    telling.save(folder / "themes")
    for name, of_columns in (("terms", names), ("themes", telling_names)):
        (folder / name / "terms.json").write_text(json.dumps(of_columns, ensure_ascii=False), encoding="utf-8")
    Postings.of(artists).save(folder / "artists")
    terms.original_lyrics(list(songs["words"])).save(folder / "terms_original")
    terms.original_genres(list(songs["source_genre"])).save(folder / "genres_original")


def tells(lyrics: str) -> float:
    """0 to 1: how much lyrics tell of a song's emotion; little or mostly foreign text tells little."""
    text = "\n".join(aggregate.distinct(lyric_lines(lyrics)))
    hangul, latin = len(_HANGUL.findall(text)), len(_LATIN.findall(text)) / LATIN_LETTERS
    return min(1.0, hangul / MUCH) * min(1.0, 2 * hangul / max(hangul + latin, 1))


def _own(songs: pd.DataFrame, retag: bool) -> np.ndarray:
    """float32 [songs, 4]: the files' own emotions as distributions; NaN where they bring none that can be used."""
    own = np.full((len(songs), len(EMOTIONS)), np.nan, np.float32)
    if not retag and set(EMOTIONS) <= set(songs.columns):
        own = songs[list(EMOTIONS)].to_numpy(np.float32)
    own[~(np.isfinite(own).all(axis=1) & (own >= 0).all(axis=1) & (own.sum(axis=1) > 0))] = np.nan
    return own / own.sum(axis=1, keepdims=True)


def _numbers(names: Sequence[str], none: Sequence[str]) -> np.ndarray:
    """int32 [names]: a number from 0 for each different name in alphabetical order, -1 for those that name nobody."""
    numbers = {name: at for at, name in enumerate(sorted(set(names) - set(none)))}
    return np.array([numbers.get(name, -1) for name in names], np.int32)


def _write_songs(path: Path, songs: pd.DataFrame, year, work, lines, told) -> None:
    seen: dict[tuple[str, str], int] = {}
    rows = []
    for position, song in enumerate(songs.itertuples(index=False)):
        name = (song.title, song.artist)
        repeat = seen[name] = seen.get(name, -1) + 1
        rows.append(
            {
                "position": position,
                "id": song_id(*name, repeat),
                "title": song.title,
                "artist": song.artist,
                "genre": song.genre,
                "year": int(year[position]) or None,
                "work": int(work[position]),
                "line_count": int(lines[position]),
                "melon_id": song.melon_song_id,
                "told": round(float(told[position]), 4),
            }
        )
    database = sqlite_utils.Database(path)
    database.table("songs").insert_all(rows, pk="position")
    database.table("songs").create_index(["id"], unique=True)
    database.table("songs").create_index(["title", "artist"])
    database.close()
