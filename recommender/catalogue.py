"""The catalogue as it serves: facts of the songs, their emotions and term weights, opened from a folder.

songs.db          table `songs`, one row a song in the order of the source (see `Song`)
facts/            what is counted with, one row a song: emotion and lines (see `Catalogue`), told, year, work,
                  artist (main artists by number), genre (a place in genres.json), lift
terms/            CSR matrix songs × morphemes of the `default` profile and its transpose, and terms.json with
                  their names
themes/           CSR matrix songs × morphemes of lyrics and title, and their names, for the emotion of songs
artists/          CSR matrix of what each main artist sings about and its transpose; columns as in terms/
terms_original/   CSR matrix songs × words of the `original` profile; its columns have no names
genres_original/  CSR matrix songs × genre words of the `original` profile
manifest.json     format, counts, digests of all the above

Arrays are plain .npy files, memory-mapped, and songs are read when they are asked for, so that a catalogue of
700,000 songs opens at once. Lyrics are nowhere in it, nor is the order of their words.
"""

import hashlib
import html
import json
import re
import sqlite3
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import overload

import numpy as np

from model.files import digest
from model.labels import EMOTIONS
from model.text import clean
from recommender.index import Postings, TermMatrix

FORMAT = 2
MANIFEST = "manifest.json"
SONGS, FACTS, GENRES = "songs.db", "facts", "facts/genres.json"
BUNDLED = Path(__file__).parent.parent / "data" / "catalogue"
KEPT = 50_000  # songs kept in memory after they were read
_SELECT = "select position, id, title, artist, genre, year, work, line_count, melon_id, told from songs"
_AT_ONCE = 500
_CLOCK = re.compile(r"\b2:00 ([AP]M)\b")
_ADULT = re.compile(r"^19금\s+")


class CatalogueError(ValueError):
    """A catalogue folder that cannot be used; the message names the folder, the fault and the next step."""


@dataclass(frozen=True, slots=True)
class Song:
    """A row of the catalogue.

    index: its place, from 0. genre: names joined by ", ", the first the main one, or "". year: of release,
    or None. work: shared by doubles, versions and covers of one song. lines: distinct lines its emotion was
    read from. melon_id: "" when not known. told: 0 to 1, how much its words tell of its emotion; little or
    foreign text tells little, and its emotion is then near that of all songs.
    """

    index: int
    id: str
    title: str
    artist: str
    genre: str
    year: int | None
    work: int
    lines: int
    melon_id: str
    told: float = 1.0

    @property
    def genres(self) -> tuple[str, ...]:
        return tags(self.genre)


def tags(genre: str) -> tuple[str, ...]:
    """The names of a genre field."""
    return tuple(filter(None, (name.strip() for name in genre.split(","))))


def song_id(title: str, artist: str, repeat: int = 0) -> str:
    """The first 12 hex digits of SHA-256 over NFC title, U+001F, artist.

    A second row of the same title and artist (repeat 1, 2, …) adds U+001F and that number, so that every
    row keeps an id of its own.
    """
    parts = [unicodedata.normalize("NFC", part) for part in (title, artist)]
    if repeat:
        parts.append(str(repeat))
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:12]


def repaired(title: str, artist: str) -> tuple[str, str]:
    """Title and artist as they are meant: «2:00 PM» is 2PM (a spreadsheet's doing), «19금 » is no part of a title."""
    title, artist = clean(html.unescape(title)), clean(html.unescape(artist))
    return _ADULT.sub("", title) or title, _CLOCK.sub(r"2\1", artist)


class _Database:
    """The table of songs, read row by row; safe to use from several threads."""

    def __init__(self, path: Path):
        address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(address, uri=True, check_same_thread=False)
        self.count = self._connection.execute("select count(*) from songs").fetchone()[0]

    def songs(self, where: str, values: Sequence[object] = ()) -> list[Song]:
        with self._lock:
            return [Song(*row) for row in self._connection.execute(f"{_SELECT} {where}", values)]


class Songs(Sequence[Song]):
    """Every song by its place; each is read when first asked for."""

    def __init__(self, database: _Database):
        self._database = database
        self._read: dict[int, Song] = {}

    def __len__(self) -> int:
        return self._database.count

    @overload
    def __getitem__(self, place: int) -> Song: ...
    @overload
    def __getitem__(self, place: slice) -> list[Song]: ...
    def __getitem__(self, place):
        if isinstance(place, slice):
            return self.at(range(len(self))[place])
        return self.at([range(len(self))[place]])[0]

    def __iter__(self) -> Iterator[Song]:
        for first in range(0, len(self), _AT_ONCE):
            yield from self._database.songs(
                "where position >= ? and position < ? order by position", (first, first + _AT_ONCE)
            )

    def at(self, places: Iterable[int]) -> list[Song]:
        """The songs of several places, in their order."""
        places = [int(place) for place in places]
        kept = self._read
        found = {place: kept[place] for place in places if place in kept}
        missing = [place for place in dict.fromkeys(places) if place not in found]
        for first in range(0, len(missing), _AT_ONCE):
            part = missing[first : first + _AT_ONCE]
            found |= {
                song.index: song
                for song in self._database.songs(f"where position in ({','.join('?' * len(part))})", part)
            }
        if len(self._read) + len(missing) > KEPT:
            self._read = {}
        self._read |= {place: found[place] for place in missing}
        return [found[place] for place in places]


class _Lookup(Mapping):
    """Songs by some columns: the first row that holds the values."""

    def __init__(self, database: _Database, songs: Songs, columns: Sequence[str]):
        self._database, self._songs, self._columns = database, songs, columns
        self._where = f"where {' and '.join(f'{name} = ?' for name in columns)} order by position limit 1"

    def __getitem__(self, key: str | tuple[str, ...]) -> Song:
        values = (key,) if isinstance(key, str) else key
        found = self._database.songs(self._where, values)
        if not found:
            raise KeyError(key)
        return found[0]

    def __iter__(self) -> Iterator:
        keys = (tuple(getattr(song, name) for name in self._columns) for song in self._songs)
        return iter(dict.fromkeys(key if len(key) > 1 else key[0] for key in keys))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Catalogue:
    """An opened catalogue folder; arrays are memory-mapped, rows stand in the order of the source.

    songs: every Song; by_id, by_name ((title, artist) → the first song spelt exactly so). lines, emotion:
    float32 [songs, 4], the mean over a song's lines and the best estimate of its emotion. told: float32 [songs],
    see `Song`. year: int16 [songs], 0 for none. work, artist, genre: int32 [songs], equal for one work, one main
    artist and one genre field (`genres`); artist is -1 for none. lift: float32 [songs], what a song is moved by in
    rankings (see `recommender.hubs`). terms with term_names, themes with theme_names, artists,
    terms_original, genres_original: see the module.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.manifest = _manifest(folder)
        try:
            self._database = _Database(folder / SONGS)
            facts = {
                name: np.load(folder / FACTS / f"{name}.npy", mmap_mode="r", allow_pickle=False)
                for name in ("lines", "emotion", "told", "year", "work", "artist", "genre", "lift")
            }
            self.genres: list[str] = json.loads((folder / GENRES).read_text(encoding="utf-8"))
            self.terms = Postings.open(folder / "terms")
            self.artists = Postings.open(folder / "artists")
            self.themes = TermMatrix.open(folder / "themes")
            self.terms_original = TermMatrix.open(folder / "terms_original")
            self.genres_original = TermMatrix.open(folder / "genres_original")
        except (OSError, ValueError, sqlite3.Error) as problem:
            raise CatalogueError(f"{folder}: cannot be opened ({problem}); build the catalogue again") from problem
        self.lines, self.emotion, self.told = facts["lines"], facts["emotion"], facts["told"]
        self.year, self.work, self.artist = facts["year"], facts["work"], facts["artist"]
        self.genre, self.lift = facts["genre"], facts["lift"]
        self.songs = Songs(self._database)
        self.by_id: Mapping[str, Song] = _Lookup(self._database, self.songs, ["id"])
        self.by_name: Mapping[tuple[str, str], Song] = _Lookup(self._database, self.songs, ["title", "artist"])
        parts = (self.songs, self.terms, self.themes, self.terms_original, self.genres_original, *facts.values())
        if {len(part) for part in parts} != {self.manifest["songs"]}:
            sizes = sorted({len(part) for part in parts})
            raise CatalogueError(f"{folder}: its parts hold {sizes} songs; build the catalogue again")
        if self.emotion.shape[1:] != (len(EMOTIONS),):
            raise CatalogueError(f"{folder}: emotions of {self.emotion.shape}; build the catalogue again")

    def __len__(self) -> int:
        return len(self.songs)

    def titled(self, title: str) -> list[Song]:
        """The songs whose title is spelt exactly so."""
        return self._database.songs("where title = ? order by position", [title])

    @cached_property
    def term_names(self) -> Sequence[str]:
        return json.loads((self.folder / "terms" / "terms.json").read_text(encoding="utf-8"))

    @cached_property
    def theme_names(self) -> Sequence[str]:
        return json.loads((self.folder / "themes" / "terms.json").read_text(encoding="utf-8"))

    @cached_property
    def digest(self) -> str:
        """The first 12 hex digits of SHA-256 over the manifest: the same for the same catalogue."""
        return digest(self.folder / MANIFEST)[:12]


def files_of(folder: Path) -> list[str]:
    """The files of a catalogue folder that the manifest vouches for, as sorted relative names."""
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST
    )


def verify(folder: Path) -> None:
    """Compare every file with the manifest's digests. Raises CatalogueError at the first that differs."""
    for name, expected in _manifest(folder)["sha256"].items():
        path = folder / name
        if not path.is_file() or digest(path) != expected:
            raise CatalogueError(f"{path}: is missing or not the file the manifest names; build the catalogue again")


def _manifest(folder: Path) -> dict:
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if manifest["format"] != FORMAT:
            raise CatalogueError(
                f"{folder}: catalogue format {manifest['format']!r}, this version reads {FORMAT}; build it again"
            )
        if manifest["songs"] < 0 or not isinstance(manifest["sha256"], dict):
            raise ValueError("songs or sha256 is not valid")
    except FileNotFoundError:
        raise CatalogueError(
            f"{folder}: is not a catalogue (no {MANIFEST}); give a folder that `main.py catalogue build` wrote"
        ) from None
    except CatalogueError:
        raise
    except (OSError, KeyError, TypeError, ValueError) as problem:
        raise CatalogueError(f"{path}: cannot be read ({problem}); build the catalogue again") from problem
    return manifest
