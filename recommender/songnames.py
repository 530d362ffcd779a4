"""Every name that the songs of a catalogue and their artists are found by, as arrays in memory or on disk."""

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from math import inf
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from model.files import digest
from model.folders import file_written_whole, written_whole
from recommender import hangul, script
from recommender.catalogue import MANIFEST, Catalogue, Song, files_of
from recommender.names import NameIndex
from recommender.normal import members, names
from recommender.works import NOBODY, main_artist

log = logging.getLogger(__name__)

FORMAT = 2  # raised when names are made in another way, so that no older index is read
FOLDER = "search"  # in a catalogue's folder
_INDEXES = ("titles", "artists", "initials")
_ARRAYS = ("artist_of", "songs_by_ends", "songs_by", "names_of_ends", "names_of", "called_ends", "called", "renown")
_SHORTEST_ROMANIZED = 4


class As(IntEnum):
    """In which way a name is one's name."""

    MAIN = 0  # the title, or the artist's name
    VERSION = 1  # the title with the tail of this version
    SECOND = 2  # a second title, an artist among several, an alias
    SPELT = 3  # the main name in the other script
    SECOND_SPELT = 4  # a second name in the other script


class SongNames:
    """titles: names → songs. initials: first consonants of titles → songs. artists: names → artists.

    artist_of: int32 [songs]. renown: int32 [songs], see `_renown`.
    """

    def __init__(self, indexes: dict[str, NameIndex], arrays: dict[str, NDArray]) -> None:
        self._indexes, self._arrays = indexes, arrays
        self.titles, self.artists, self.initials = (indexes[name] for name in _INDEXES)
        self.artist_of, self.renown = arrays["artist_of"], arrays["renown"]

    @classmethod
    def build(cls, songs: Sequence[Song]) -> "SongNames":
        artists: dict[str, int] = {}
        artist_of = np.array([artists.setdefault(song.artist, len(artists)) for song in songs], np.int32)
        titled = [(name, place, kind) for place, song in enumerate(songs) for name, kind in titles_of(song.title)]
        indexes = {
            "titles": NameIndex.build(titled),
            "artists": NameIndex.build((n, i, kind) for artist, i in artists.items() for n, kind in artists_of(artist)),
            "initials": NameIndex.build(
                (
                    (initials, place, kind)
                    for name, place, kind in titled
                    if kind != As.VERSION and (initials := hangul.initials_of(name))
                ),
                near=False,
            ),
        }
        arrays = {"artist_of": artist_of, "renown": _renown(songs)}
        arrays |= _grouped("songs_by", artist_of, np.arange(len(songs), dtype=np.int32), len(artists))
        arrays |= _grouped("names_of", *indexes["titles"].pairs(), len(songs))
        arrays |= _grouped("called", *indexes["artists"].pairs(), len(artists))
        return cls(indexes, arrays)

    @classmethod
    def open(cls, folder: Path) -> "SongNames":
        """Memory-map what `save` wrote. Raises OSError or ValueError where that is not possible."""
        if int(np.load(folder / "format.npy", allow_pickle=False)) != FORMAT:
            raise ValueError(f"{folder}: is of another version; run main.py catalogue index {folder.parent}")
        indexes = {name: NameIndex.open(folder / name) for name in _INDEXES}
        return cls(indexes, {n: np.load(folder / f"{n}.npy", mmap_mode="r", allow_pickle=False) for n in _ARRAYS})

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "format.npy", np.int64(FORMAT), allow_pickle=False)
        for name, index in self._indexes.items():
            index.save(folder / name)
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", self._arrays[name], allow_pickle=False)

    def __len__(self) -> int:
        return len(self.artist_of)

    def songs_by(self, artist: int) -> list[int]:
        """Songs of an artist, in the order of the catalogue."""
        return self._group("songs_by", artist).tolist()

    def names_of(self, song: int) -> list[int]:
        """Numbers of the song's names in `titles`."""
        return self._group("names_of", song).tolist()

    def called(self, artist: int) -> list[str]:
        """Every name of an artist, in single letters."""
        return [self.artists.letters(number) for number in self._group("called", artist).tolist()]

    def _group(self, name: str, number: int) -> NDArray[np.int32]:
        ends = self._arrays[f"{name}_ends"]
        return self._arrays[name][(ends[number - 1] if number else 0) : ends[number]]


def _renown(songs: Sequence[Song]) -> NDArray[np.int32]:
    """int32 [songs]: each song's place when those come first that people are likelier to know.

    First what most songs of the catalogue are versions or covers of, covers themselves last, and of those alike the
    newer. A cover is what somebody sings who is not the first to sing the work; where a song has no year, the middle
    year of its artist's songs tells.
    """
    by = [main_artist(song.artist) for song in songs]
    of_artist: dict[str, list[int]] = {}
    of_work: dict[int, list[int]] = {}
    for place, song in enumerate(songs):
        of_work.setdefault(song.work, []).append(place)
        if song.year and by[place] not in NOBODY:
            of_artist.setdefault(by[place], []).append(song.year)
    middle = {artist: median(years) for artist, years in of_artist.items()}
    sung = [song.year or middle.get(artist, inf) for song, artist in zip(songs, by, strict=True)]
    versions = np.zeros(len(songs), np.int32)
    for places in of_work.values():
        earliest = min(sung[place] for place in places)
        first = {by[place] for place in places if sung[place] == earliest}
        versions[[place for place in places if by[place] in first]] = len(places)
    newer = np.array([year if year < inf else 0 for year in sung])
    order = np.lexsort((-newer, -versions))
    renown = np.empty(len(songs), np.int32)
    renown[order] = np.arange(len(songs), dtype=np.int32)
    return renown


def write_index(catalogue: Catalogue) -> None:
    """Write the names of a catalogue's songs into its folder, and tell its manifest."""
    with written_whole(catalogue.folder / FOLDER) as partial:
        SongNames.build(catalogue.songs).save(partial)
    path = catalogue.folder / MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    # The digests of other files stay, so that a damaged one is still told.
    others = {name: sha for name, sha in manifest["sha256"].items() if not _is_of_index(name)}
    index = [name for name in files_of(catalogue.folder) if _is_of_index(name)]
    manifest["sha256"] = others | {name: digest(catalogue.folder / name) for name in index}
    with file_written_whole(path) as partial:
        partial.write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _is_of_index(name: str) -> bool:
    return name.startswith(f"{FOLDER}/")


def names_of(catalogue: Catalogue) -> SongNames:
    """The names of a catalogue's songs: from its folder, or made now where it has none that fit."""
    folder = catalogue.folder / FOLDER
    try:
        known = SongNames.open(folder)
        if len(known) == len(catalogue):
            return known
        log.warning("%s: holds %d songs and not %d; not used", folder, len(known), len(catalogue))
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as problem:
        log.warning("%s: cannot be used (%s)", folder, problem)
    return SongNames.build(catalogue.songs)


def titles_of(title: str) -> Iterator[tuple[str, As]]:
    """Every name a song of this title is found by."""
    called = names(title)
    yield called.main, As.MAIN
    yield called.whole, As.MAIN
    yield from ((name, As.SECOND) for name in called.others)
    if called.literal != called.whole:
        yield called.literal, As.VERSION
    yield from _spelt(called.spaced[:1], As.SPELT)
    yield from _spelt(called.spaced[1:], As.SECOND_SPELT)


def artists_of(artist: str) -> Iterator[tuple[str, As]]:
    """Every name an artist is found by: both of «이홍기 (FT아일랜드)», each member of «박지민, 백예린»."""
    called = names(artist)
    yield from ((name, As.MAIN) for name in (called.main, called.whole, called.literal, *called.others))
    parts = [names(part) for part in members(artist)]
    yield from ((part.main, As.SECOND) for part in parts if len(part.main) > 1)
    yield from _spelt(called.spaced, As.SPELT)
    yield from _spelt((part.spaced[0] for part in parts), As.SECOND_SPELT)


def _spelt(spaced: Iterable[str], kind: As) -> Iterator[tuple[str, As]]:
    for name in spaced:
        yield from ((names(spelling).literal, kind) for spelling in script.in_hangul(name))
        latin = names(script.in_latin(name)).literal
        if len(latin) >= _SHORTEST_ROMANIZED:
            yield latin, kind


def _grouped(name: str, groups: NDArray, values: NDArray, count: int) -> dict[str, NDArray]:
    """Values by group: those of group g stand between ends[g - 1] and ends[g]."""
    order = np.argsort(groups, kind="stable")
    return {name: values[order], f"{name}_ends": np.cumsum(np.bincount(groups, minlength=count), dtype=np.int64)}
