"""Building a catalogue of 100,000 made-up songs: how long, and how much memory, beside the reading by the model.

    .venv/bin/python -m bench.building [SONGS]

Titles, artists and lyrics are drawn by chance, a fifth of the titles from so few words that many songs share one. A
stand-in for the model gives emotions by chance, so that what is measured is all the rest: morphemes, weights, covers,
themes, hubs, names for the search. The model's own pace is told by `bench.serving`.
"""

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from model.classifier import Emotions
from recommender.build import build
from recommender.catalogue import Catalogue

WORDS, COMMON, LINES, WORDS_OF_A_LINE = 30_000, 400, 26, 4
SONGS_OF_AN_ARTIST, SEED = 12, 1


class ByChance:
    """Emotions of no model."""

    def predict(self, texts) -> Emotions:
        chance = np.random.default_rng(len(texts))
        return Emotions(chance.dirichlet(np.ones(4), len(texts)).astype(np.float32), np.zeros(len(texts), np.float32))


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        songs(count).to_csv(Path(folder) / "songs.csv", index=False)
        # A process of its own, so that its memory holds nothing of the making.
        program = f"from bench.building import measure; measure({folder!r})"
        subprocess.run([sys.executable, "-c", program], check=True)


def songs(count: int) -> pd.DataFrame:
    """title, artist, genre, release_date, lyrics of so many songs."""
    chance = np.random.default_rng(SEED)
    syllables = [chr(0xAC00 + 588 * first + 28 * middle) for first in range(19) for middle in (0, 4, 8, 13, 18, 20)]
    words = np.array(["".join(chance.choice(syllables, chance.integers(2, 4))) for _ in range(WORDS)])
    share = 1 / (np.arange(WORDS) + 60)
    drawn = words[chance.choice(WORDS, (count, LINES, WORDS_OF_A_LINE), p=share / share.sum())]
    common = chance.random(count) < 0.2
    titles = np.where(common, words[chance.integers(0, COMMON, count)], drawn[:, 0, 0] + " " + drawn[:, 1, 0])
    return pd.DataFrame(
        {
            "title": titles,
            "artist": [f"가수 {number}" for number in chance.integers(0, max(count // SONGS_OF_AN_ARTIST, 1), count)],
            "genre": chance.choice(["발라드", "댄스", "랩/힙합", "록/메탈", ""], count),
            "release_date": chance.integers(1965, 2026, count).astype(str),
            "lyrics": ["\n".join(" ".join(line) for line in lines) for lines in drawn],
        }
    )


def measure(folder: str) -> None:
    start = time.perf_counter()
    made = Path(folder) / "catalogue"
    build([Path(folder) / "songs.csv"], made, ByChance(), model={"name": "by chance"})
    taken = time.perf_counter() - start
    resident = int(re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())[1]) / 1024
    size = sum(path.stat().st_size for path in made.rglob("*") if path.is_file())
    found = Catalogue(made)
    print(
        f"{len(found)} songs, {len(set(found.work.tolist()))} works: {taken:.0f} s, {len(found) / taken:.0f} a second"
    )
    print(f"resident at most: {resident:.0f} MB; the catalogue has {size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
