"""The catalogue as it serves: facts of the songs, their emotions and term weights, opened from a folder.

songs.db          table `songs`, one row a song in the order of the source (see `Song`), with the eight
                  columns lines_0..lines_3 and emotion_0..emotion_3
terms/            CSR matrix songs × morphemes of the `default` profile, and terms.json with their names
terms_original/   CSR matrix songs × words of the `original` profile; its columns have no names
genres_original/  CSR matrix songs × genre words of the `original` profile
manifest.json     format, counts, digests of all the above

Arrays are plain .npy files, memory-mapped. Lyrics are nowhere in it, nor is the order of their words.
"""

import hashlib
import html
import json
import re
import sqlite3
import unicodedata
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from model.files import digest
from model.labels import EMOTIONS
from model.text import clean
from recommender.index import TermMatrix

FORMAT = 1
MANIFEST = "manifest.json"
SONGS = "songs.db"
BUNDLED = Path(__file__).parent.parent / "data" / "catalogue"
_SELECT = """
    select position, id, title, artist, genre, year, work, line_count, melon_id,
           lines_0, lines_1, lines_2, lines_3, emotion_0, emotion_1, emotion_2, emotion_3
    from songs order by position
"""
_CLOCK = re.compile(r"\b2:00 ([AP]M)\b")
_ADULT = re.compile(r"^19금\s+")


class CatalogueError(ValueError):
    """A catalogue folder that cannot be used; the message names the folder, the fault and the next step."""


@dataclass(frozen=True, slots=True)
class Song:
    """A row of the catalogue.

    index: its place, from 0. genre: names joined by ", ", the first the main one, or "". year: of release,
    or None. work: shared by doubles, versions and covers of one song. lines: distinct lines its emotion was
    read from. melon_id: "" when not known.
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

    @property
    def genres(self) -> tuple[str, ...]:
        return tuple(filter(None, (name.strip() for name in self.genre.split(","))))


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


class Catalogue:
    """An opened catalogue folder; arrays are memory-mapped, rows stand in the order of the source.

    songs: every Song. lines, emotion: float32 [songs, 4], the mean over a song's lines and the best estimate
    of its emotion. terms with term_names, terms_original and genres_original: see the module.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.manifest = _manifest(folder)
        try:
            address = f"{(folder / SONGS).absolute().as_uri()}?mode=ro&immutable=1"
            with closing(sqlite3.connect(address, uri=True)) as database:
                rows = list(database.execute(_SELECT))
            self.terms = TermMatrix.open(folder / "terms")
            self.terms_original = TermMatrix.open(folder / "terms_original")
            self.genres_original = TermMatrix.open(folder / "genres_original")
        except (OSError, ValueError, sqlite3.Error) as problem:
            raise CatalogueError(f"{folder}: cannot be opened ({problem}); build the catalogue again") from problem
        self.songs = [Song(*row[:9]) for row in rows]
        vectors = np.array([row[9:] for row in rows], np.float32).reshape(len(rows), 2, len(EMOTIONS))
        self.lines, self.emotion = vectors[:, 0], vectors[:, 1]
        sizes = {len(self.songs), len(self.terms), len(self.terms_original), len(self.genres_original)}
        if sizes != {self.manifest["songs"]}:
            raise CatalogueError(f"{folder}: its parts hold {sorted(sizes)} songs; build the catalogue again")

    def __len__(self) -> int:
        return len(self.songs)

    @cached_property
    def term_names(self) -> Sequence[str]:
        return json.loads((self.folder / "terms" / "terms.json").read_text(encoding="utf-8"))

    @cached_property
    def digest(self) -> str:
        """The first 12 hex digits of SHA-256 over the manifest: the same for the same catalogue."""
        return digest(self.folder / MANIFEST)[:12]

    @cached_property
    def by_id(self) -> dict[str, Song]:
        return {song.id: song for song in self.songs}

    @cached_property
    def by_name(self) -> dict[tuple[str, str], Song]:
        """(title, artist) → the first song spelt exactly so."""
        return {(song.title, song.artist): song for song in reversed(self.songs)}


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
