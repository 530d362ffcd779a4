"""Recall of songs that Melon's DJs put side by side: the profiles against each other.

    .venv/bin/python -m bench.similarity ../shared/data/songs/dj_crawl_dev.csv

The file has rows of playlist_id, position, title, artist. Neighbours of a song are the songs within ten
positions of it in the same list, by another artist, that the catalogue has; seeds have two of them or more.
Recall@100 is the share of a seed's neighbours among the 100 songs that a profile holds most alike by other
artists, averaged over seeds; the interval is a 95 % bootstrap over seeds.
"""

import csv
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np

from recommender.catalogue import BUNDLED, Catalogue, Song
from recommender.index import top
from recommender.similarity import DefaultSimilarity, OriginalSimilarity
from recommender.works import main_artist

NEAR, LIST, LEAST, SEED = 10, 100, 2, 1234


def neighbours(catalogue: Catalogue, path: Path) -> dict[Song, set[int]]:
    """Seed → indices of its neighbours."""
    lists: dict[str, list[tuple[int, Song]]] = defaultdict(list)
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            song = catalogue.by_name.get((row["title"], row["artist"]))
            if song:
                lists[row["playlist_id"]].append((int(row["position"]), song))
    near: dict[Song, set[int]] = defaultdict(set)
    for songs in lists.values():
        for position, song in songs:
            near[song] |= {
                other.index
                for place, other in songs
                if abs(place - position) <= NEAR and main_artist(other.artist) != main_artist(song.artist)
            }
    return {song: others for song, others in near.items() if len(others) >= LEAST}


def recall(score: Callable[[Song], np.ndarray], near: dict[Song, set[int]], artists: np.ndarray) -> np.ndarray:
    """float [seeds]: recall@100 of each."""
    found = []
    for seed, others in near.items():
        scores = np.array(score(seed), np.float64)
        scores[artists == artists[seed.index]] = -np.inf
        found.append(len(others & set(top(scores, LIST).tolist())) / len(others))
    return np.array(found)


def main() -> None:
    catalogue = Catalogue(Path(sys.argv[2]) if len(sys.argv) > 2 else BUNDLED)
    near = neighbours(catalogue, Path(sys.argv[1]))
    names = [main_artist(song.artist) for song in catalogue.songs]
    artists = np.unique(names, return_inverse=True)[1]
    random = np.random.default_rng(SEED)
    terms = catalogue.terms
    systems = {
        "random": lambda seed: random.random(len(catalogue)),
        "original": OriginalSimilarity(catalogue).scores,
        "morphemes alone": lambda seed: terms.like(seed.index),
        "default": DefaultSimilarity(catalogue).scores,
    }
    draws = random.integers(0, len(near), (1000, len(near)))
    print(f"{len(near)} seeds, {len(catalogue)} songs")
    for name, score in systems.items():
        values = recall(score, near, artists)
        low, high = np.percentile(values[draws].mean(axis=1), [2.5, 97.5])
        print(f"{name:<16} recall@{LIST} {values.mean():.4f} (95 % {low:.4f}-{high:.4f})")


if __name__ == "__main__":
    main()
