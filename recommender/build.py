"""Building data/catalogue/ from song files. Needs the extra `catalogue`; nothing that answers people imports this."""

import json
import re
from collections.abc import Sequence
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
from recommender import tagging, terms
from recommender.catalogue import FORMAT, MANIFEST, SONGS, CatalogueError, files_of, song_id
from recommender.source import read_songs
from recommender.works import works

_YEAR = re.compile(r"^((?:19|20)\d\d)(?!\d|s)")
PACKAGES = ("kiwipiepy", "scikit-learn", "numpy")


def build(
    paths: Sequence[Path], folder: Path, classifier: EmotionClassifier, *, model: dict, retag: bool = False
) -> None:
    """Write a catalogue of every song of the files to `folder`, which is replaced at once when all is done.

    `model` is told in the manifest as what read the emotions. Emotions that a file brings are kept unless
    `retag`. Raises CatalogueError for files that cannot be used, and for a folder that holds anything else.
    """
    folder = folder.resolve()
    _check_target(folder)
    songs = read_songs(paths)
    emotion, lines = _emotions(songs, classifier, retag)
    with written_whole(folder) as partial:
        _write_songs(partial / SONGS, songs, emotion, lines)
        weights, names = terms.morpheme_weights(terms.morphemes(["\n".join(lyric_lines(t)) for t in songs["lyrics"]]))
        weights.save(partial / "terms")
        (partial / "terms" / "terms.json").write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")
        terms.original_lyrics(list(songs["words"])).save(partial / "terms_original")
        terms.original_genres(list(songs["source_genre"])).save(partial / "genres_original")
        manifest = {
            "format": FORMAT,
            "songs": len(songs),
            "sources": [Path(path).name for path in paths],
            "model": model,
            "versions": {name: version(name) for name in PACKAGES},
            "sha256": {name: digest(partial / name) for name in files_of(partial)},
        }
        (partial / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _check_target(folder: Path) -> None:
    """Only an earlier catalogue or an empty folder is replaced, so that no other folder is lost by a slip."""
    catalogue = (folder / MANIFEST).is_file() and (folder / SONGS).is_file()
    empty = folder.is_dir() and not any(folder.iterdir())
    if folder.exists() and not catalogue and not empty:
        raise CatalogueError(f"{folder}: exists and is no catalogue; give a new folder with -o, or remove it first")


def _emotions(songs: pd.DataFrame, classifier: EmotionClassifier, retag: bool) -> tuple[np.ndarray, np.ndarray]:
    """(float32 [songs, 4], int32 [songs] lines): the files' own where they bring them, else the model's."""
    own = np.full((len(songs), len(EMOTIONS)), np.nan, np.float32)
    if not retag and set(EMOTIONS) <= set(songs.columns):
        own = songs[list(EMOTIONS)].to_numpy(np.float32)
    usable = np.isfinite(own).all(axis=1) & (own >= 0).all(axis=1) & (own.sum(axis=1) > 0)
    own[usable] /= own[usable].sum(axis=1, keepdims=True)
    tagged, lines = tagging.tag(list(songs["lyrics"].where(~usable, "")), classifier)
    lines[usable] = [len(aggregate.distinct(lyric_lines(text))) for text in songs["lyrics"][usable]]
    return np.where(usable[:, None], own, tagged), lines


def _write_songs(path: Path, songs: pd.DataFrame, emotion: np.ndarray, lines: np.ndarray) -> None:
    one_song = works(*(list(songs[column]) for column in ("title", "artist", "lyrics", "melon_song_id")))
    seen: dict[tuple[str, str], int] = {}
    rows = []
    for position, song in enumerate(songs.itertuples(index=False)):
        name = (song.title, song.artist)
        repeat = seen[name] = seen.get(name, -1) + 1
        year = _YEAR.match(song.release_date)
        vector = [float(p) for p in emotion[position]]
        rows.append(
            {
                "position": position,
                "id": song_id(*name, repeat),
                "title": song.title,
                "artist": song.artist,
                "genre": song.genre,
                "year": int(year[1]) if year else None,
                "work": one_song[position],
                "line_count": int(lines[position]),
                "melon_id": song.melon_song_id,
                **{f"lines_{i}": p for i, p in enumerate(vector)},
                **{f"emotion_{i}": p for i, p in enumerate(vector)},
            }
        )
    database = sqlite_utils.Database(path)
    database.table("songs").insert_all(rows, pk="position")
    database.table("songs").create_index(["id"], unique=True)
    database.close()
