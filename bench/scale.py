"""Recommending from a made-up catalogue of 700,000 songs: opening, memory, `/song` to five; beside the original's way.

    .venv/bin/python -m bench.scale [SONGS] [FOLDER]

Songs, artists and words are drawn by chance (words by Zipf's law, as many as lyrics hold after terms of more than
10 % of the songs are left out), so nothing of a real song is in it. The folder is written once and used again. Beside
the figure stands what memory allows: the bytes of postings one recommendation reads, at the rate at which this
machine copies memory in the same run. The original's way reads a CSV of all songs sorted by likeness for each request;
it is measured with 3,358 songs, as many as it had.
"""

import csv
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import sqlite_utils

from recommender.catalogue import FACTS, FORMAT, GENRES, MANIFEST, SONGS, Catalogue, song_id
from recommender.engine import Recommender
from recommender.index import Postings, TermMatrix

WORDS, WORDS_OF_A_SONG, FLAT = 60_000, 45, 60
SONGS_OF_AN_ARTIST, WORDS_OF_AN_ARTIST = 12, 200
ORIGINAL_SONGS, ASKED, SEED = 3358, 60, 1
TAGS = ["발라드", "댄스", "랩/힙합", "록/메탈", "인디음악", "R&B/Soul", "인디음악, 포크/블루스", ""]


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 700_000
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(tempfile.gettempdir()) / f"maeumgok-{count}"
    if not (folder / MANIFEST).exists():
        write(folder, count)
    # A process of its own, so that its memory holds nothing of the making.
    subprocess.run([sys.executable, "-c", f"from bench.scale import measure; measure({str(folder)!r})"], check=True)


def measure(folder: str) -> None:
    start = time.perf_counter()
    recommender = Recommender(Catalogue(Path(folder)))
    print(f"{len(recommender.catalogue)} songs opened in {time.perf_counter() - start:.2f} s")
    chance = np.random.default_rng(SEED)
    seeds = recommender.catalogue.songs.at(chance.integers(0, len(recommender.catalogue), ASKED))
    moods = chance.dirichlet(np.ones(4), ASKED)
    five = _times(lambda at: recommender.recommend([seeds[at]], moods[at]))
    near = _times(lambda at: recommender.similar(seeds[at], 100))
    none = _times(lambda at: recommender.recommend([], moods[at]))
    # Not ru_maxrss, which a process takes over from the one that started it.
    resident = int(re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())[1]) / 1024
    rate = _copying()
    read = np.median([_read(recommender.catalogue, seed.index) for seed in seeds])
    print(f"one favourite and a mood to five songs: {five}")
    print(f"100 most like one: {near}\na mood alone to five songs: {none}")
    print(f"postings read for one favourite: {read / 1e6:.1f} MB, {read / rate * 1e3:.1f} ms at {rate / 1e9:.1f} GB/s")
    print(f"resident at most: {resident:.0f} MB")
    print(f"the original's way, {ORIGINAL_SONGS} songs: {_original()}")


def _times(ask) -> str:
    for at in range(5):
        ask(at)
    taken = []
    for at in range(ASKED):
        start = time.perf_counter()
        ask(at)
        taken.append((time.perf_counter() - start) * 1e3)
    return f"median {np.median(taken):.1f} ms, p95 {np.percentile(taken, 95):.1f} ms"


def _copying() -> float:
    """Bytes a second that this machine reads while it copies memory."""
    block = np.ones(200_000_000, np.uint8)
    start = time.perf_counter()
    for _ in range(5):
        block.copy()
    return 5 * block.nbytes / (time.perf_counter() - start)


def _read(catalogue: Catalogue, row: int) -> int:
    columns, _ = catalogue.terms.rows.row(row)
    starts = catalogue.terms.columns.indptr
    return int(sum(starts[column + 1] - starts[column] for column in columns)) * 8


def _original() -> str:
    """A CSV with a row of the places of all songs, most like first, read whole for each request."""
    chance = np.random.default_rng(SEED)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sorted.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows(chance.permutation(ORIGINAL_SONGS).tolist() for _ in range(ORIGINAL_SONGS))
        taken = []
        for at in range(3):
            start = time.perf_counter()
            with path.open(newline="") as file:
                [int(place) for place in list(csv.reader(file))[at][:10]]
            taken.append((time.perf_counter() - start) * 1e3)
        return f"median {np.median(taken):.0f} ms, {path.stat().st_size / 1e6:.0f} MB of CSV"


def write(folder: Path, count: int) -> None:
    """A catalogue folder of so many made-up songs."""
    chance = np.random.default_rng(SEED)
    (folder / FACTS).mkdir(parents=True, exist_ok=True)
    artist = np.sort(chance.integers(0, max(count // SONGS_OF_AN_ARTIST, 1), count)).astype(np.int32)
    artists = int(artist.max()) + 1
    emotion = chance.dirichlet(np.ones(4), count).astype(np.float32)
    year = chance.integers(1965, 2026, count).astype(np.int16)
    year[chance.random(count) < 0.25] = 0
    facts = {
        "lines": emotion,
        "emotion": emotion,
        "told": np.ones(count, np.float32),
        "year": year,
        "work": np.arange(count, dtype=np.int32),
        "artist": artist,
        "genre": chance.integers(0, len(TAGS), count).astype(np.int32),
        "lift": chance.normal(0, 0.02, count).astype(np.float32),
    }
    for name, values in facts.items():
        np.save(folder / FACTS / f"{name}.npy", values, allow_pickle=False)
    (folder / GENRES).write_text(json.dumps(TAGS, ensure_ascii=False), encoding="utf-8")
    Postings.of(_matrix(chance, count, WORDS_OF_A_SONG)).save(folder / "terms")
    Postings.of(_matrix(chance, artists, WORDS_OF_AN_ARTIST)).save(folder / "artists")
    nothing = TermMatrix(np.empty(0, np.float32), np.empty(0, np.int32), np.zeros(count + 1, np.int64), 0)
    for name in ("themes", "terms_original", "genres_original"):
        nothing.save(folder / name)
    names = [f"낱말{number}/N" for number in range(WORDS)]
    (folder / "terms" / "terms.json").write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")
    (folder / "themes" / "terms.json").write_text("[]", encoding="utf-8")
    database = sqlite_utils.Database(folder / SONGS)
    database.table("songs").insert_all(
        (
            {
                "position": at,
                "id": song_id(f"노래 {at}", f"가수 {artist[at]}"),
                "title": f"노래 {at}",
                "artist": f"가수 {artist[at]}",
                "genre": TAGS[facts["genre"][at]],
                "year": int(year[at]) or None,
                "work": at,
                "line_count": 30,
                "melon_id": "",
                "told": 1.0,
            }
            for at in range(count)
        ),
        pk="position",
        batch_size=5000,
    )
    database.table("songs").create_index(["id"], unique=True)
    database.table("songs").create_index(["title", "artist"])
    database.close()
    manifest = {"format": FORMAT, "songs": count, "sources": ["chance"], "model": {}, "versions": {}, "sha256": {}}
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


def _matrix(chance: np.random.Generator, rows: int, width: int) -> TermMatrix:
    """Unit rows of about `width` different words, by Zipf's law."""
    share = 1 / (np.arange(WORDS) + FLAT)
    bounds = np.cumsum(share / share.sum())
    drawn = np.sort(np.searchsorted(bounds, chance.random((rows, width))).astype(np.int32), axis=1)
    first = np.ones(drawn.shape, bool)
    first[:, 1:] = drawn[:, 1:] != drawn[:, :-1]
    counts = first.sum(axis=1)
    indices = np.minimum(drawn[first], WORDS - 1)
    weights = (chance.random(len(indices)) + 0.5) * -np.log(share[indices])
    owner = np.repeat(np.arange(rows), counts)
    lengths = np.sqrt(np.bincount(owner, weights**2, minlength=rows))
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return TermMatrix((weights / lengths[owner]).astype(np.float32), indices, indptr, WORDS)


if __name__ == "__main__":
    main()
