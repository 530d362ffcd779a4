"""What was read from lyrics so far: a file that an interrupted or shared out build goes on with.

Keyed by a digest of the lyrics and by the model that read them, so nothing is read twice and another model reads
anew. It holds emotions and counts of morphemes in alphabetical order, never lyrics.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recommender.catalogue import CatalogueError

_TABLE = """
    create table if not exists readings (
        lyrics text, model text, emotion blob, lines integer, terms text, primary key (lyrics, model)
    ) without rowid
"""


@dataclass(frozen=True)
class Reading:
    """Of one song: the mean emotion over its distinct lines [4], how many those were, morphemes with their counts."""

    emotion: np.ndarray
    lines: int
    terms: Mapping[str, int]


def lyrics_digest(lyrics: str) -> str:
    return hashlib.sha256(lyrics.encode("utf-8", "surrogatepass")).hexdigest()[:24]


class Readings:
    """A file of readings by one model. Raises CatalogueError when it is no such file."""

    def __init__(self, path: Path | str, model: str):
        self._model = model
        try:
            if not isinstance(path, str):
                path.parent.mkdir(parents=True, exist_ok=True)
            self._file = sqlite3.connect(path)
            self._file.execute(_TABLE)
        except (sqlite3.Error, OSError) as problem:
            raise CatalogueError(f"{path}: cannot be used for readings ({problem}); give a new file") from problem

    def close(self) -> None:
        self._file.close()

    def add(self, lyrics: Iterable[str], readings: Iterable[Reading]) -> None:
        rows = [
            (
                lyrics_digest(text),
                self._model,
                np.asarray(reading.emotion, np.float32).tobytes(),
                reading.lines,
                json.dumps(dict(sorted(reading.terms.items())), ensure_ascii=False),
            )
            for text, reading in zip(lyrics, readings, strict=True)
        ]
        with self._file:
            self._file.executemany("insert or replace into readings values (?, ?, ?, ?, ?)", rows)

    def take(self, other: Path) -> int:
        """Add the readings of another file; how many these were. Raises CatalogueError where another model read."""
        if not other.is_file():
            raise CatalogueError(f"{other}: no such file; give what `catalogue build --shard` wrote")
        taken = Readings(other, self._model)
        with self._file:
            rows = taken._file.execute("select * from readings where model = ?", (self._model,))
            count = self._file.executemany("insert or replace into readings values (?, ?, ?, ?, ?)", rows).rowcount
        (held,) = taken._file.execute("select count(*) from readings").fetchone()
        taken.close()
        if held and count <= 0:
            raise CatalogueError(f"{other}: another model read it; write it anew with `catalogue build --shard`")
        return max(count, 0)

    def missing(self, lyrics: Sequence[str]) -> list[str]:
        """The texts, each once, that were not read yet."""
        done = {row[0] for row in self._file.execute("select lyrics from readings where model = ?", (self._model,))}
        return [text for text in dict.fromkeys(lyrics) if lyrics_digest(text) not in done]

    def of(self, lyrics: Sequence[str]) -> Iterator[Reading]:
        """The reading of each text, in order. Raises KeyError for one that was not read."""
        for text in lyrics:
            row = self._file.execute(
                "select emotion, lines, terms from readings where lyrics = ? and model = ?",
                (lyrics_digest(text), self._model),
            ).fetchone()
            if row is None:
                raise KeyError("lyrics that were not read")
            yield Reading(np.frombuffer(row[0], np.float32), row[1], json.loads(row[2]))
