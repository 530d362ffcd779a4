"""Search over a generated catalogue of many songs: how long opening takes, a misspelt search, and the memory.

    .venv/bin/python -m bench.search [SONGS]            (700,000 without a number; 100,000 takes a minute)

The songs bear titles and artists put together at random from words of the bundled catalogue's titles; the index is
written to a folder and memory-mapped by a new process, as when serving. The baseline of the same run is
rapidfuzz's `extract` over all titles, `ratio` on single letters.
"""

import csv
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz, process

from recommender import hangul
from recommender.catalogue import BUNDLED, Catalogue, Song
from recommender.evaluate_search import SEED, mistyped
from recommender.normal import normal
from recommender.search import Search
from recommender.songnames import SongNames

SONGS = 700_000
QUERIES = 100
BASELINE_QUERIES = 10


def names(count: int) -> Iterator[tuple[str, str]]:
    """(title, artist) of so many songs, each title of one to four words."""
    chance = random.Random(SEED)
    known = Catalogue(BUNDLED).songs
    words = sorted({word for song in known for word in song.title.split() if "(" not in word and ")" not in word})
    artists = sorted({song.artist for song in known})
    singers = [f"{chance.choice(artists)} {chance.choice(words)}" for _ in range(count // 5)]
    for _ in range(count):
        yield " ".join(chance.choices(words, k=chance.choice((1, 2, 2, 3, 4)))), chance.choice(singers)


class Rows(Sequence):
    """Songs made when asked for, so that only the index counts in memory."""

    def __init__(self, rows: list[tuple[str, str]]) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: int) -> Song:
        title, artist = self.rows[place]
        return Song(place, f"{place:012x}", title, artist, "", None, place, 0, "")


def write(count: int, folder: Path) -> None:
    rows = list(names(count))
    with (folder / "songs.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    started = time.perf_counter()
    SongNames.build(Rows(rows)).save(folder / "search")
    size = sum(path.stat().st_size for path in (folder / "search").rglob("*.npy"))
    print(f"{count} songs: index written in {time.perf_counter() - started:.0f} s, {size / 1e6:.0f} MB")


def measure(folder: Path) -> None:
    """In a process of its own: opens the index and searches."""
    bare = _megabytes()
    with (folder / "songs.csv").open(encoding="utf-8", newline="") as file:
        songs = Rows([(title, artist) for title, artist in csv.reader(file)])
    names_only = _megabytes()
    started = time.perf_counter()
    search = Search(songs, known=SongNames.open(folder / "search"))
    opened = time.perf_counter() - started
    chance = random.Random(SEED + 1)
    long = [title for title, _ in chance.sample(songs.rows, 4 * QUERIES) if len(normal(title)) >= 3][:QUERIES]
    figures = {"opened_s": round(opened, 3)}
    for kind, queries in {
        "exact": long,
        "misspelt": [mistyped(normal(title), 1, chance) for title in long],
    }.items():
        times, right = [], 0
        for title, query in zip(long, queries, strict=True):
            started = time.perf_counter()
            hits = search(query)
            times.append((time.perf_counter() - started) * 1000)
            right += bool(hits) and normal(hits[0].song.title) == normal(title)
        figures[f"{kind}_median_ms"] = round(float(np.median(times)), 1)
        figures[f"{kind}_p95_ms"] = round(float(np.percentile(times, 95)), 1)
        figures[f"{kind}_top1"] = right / len(queries)
    figures["resident_mb"] = {"python": bare, "with titles": names_only, "after searches": _megabytes()}
    letters = [hangul.split(normal(title)) for title, _ in songs.rows]
    scans = []
    for title in long[:BASELINE_QUERIES]:
        started = time.perf_counter()
        process.extract(hangul.split(normal(title)), letters, scorer=fuzz.ratio, limit=5)
        scans.append((time.perf_counter() - started) * 1000)
    figures["baseline_median_ms"] = round(float(np.median(scans)), 1)
    print(json.dumps(figures, ensure_ascii=False))


def _megabytes() -> int:
    """Resident now."""
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) // 1024


def main() -> None:
    if len(sys.argv) == 3:
        return measure(Path(sys.argv[2]))
    with tempfile.TemporaryDirectory() as folder:
        count = int(sys.argv[1]) if len(sys.argv) > 1 else SONGS
        write(count, Path(folder))
        subprocess.run([sys.executable, "-m", "bench.search", "measure", folder], check=True)


if __name__ == "__main__":
    main()
