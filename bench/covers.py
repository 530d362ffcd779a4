"""How much lyrics of one title have in common: what tells covers from songs that are merely called alike.

    .venv/bin/python -m bench.covers ../shared/data/songs/songs.csv

Counted are pairs of rows with one title that are no one song by the other signs of `recommender.works`, by what they
have in common (`in_common`).
"""

import itertools
import sys
from collections import defaultdict
from pathlib import Path
from unittest.mock import patch

import numpy as np

from recommender import works
from recommender.normal import normal
from recommender.source import read_songs

STEPS = (0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1)


def main() -> None:
    songs = read_songs([Path(name) for name in sys.argv[1:]])
    titles, lyrics = list(songs["title"]), list(songs["lyrics"])
    with patch.object(works, "SHARED", 2):
        work = works.works(titles, list(songs["artist"]), lyrics, list(songs["melon_song_id"]))
    of_title = defaultdict(list)
    for row, title in enumerate(titles):
        of_title[normal(title)].append(row)
    shared = []
    for rows in of_title.values():
        runs = {row: works.runs_of_letters(lyrics[row]) for row in (rows if len(rows) > 1 else ())}
        pairs = ((one, other) for one, other in itertools.combinations(rows, 2) if work[one] != work[other])
        shared += [works.in_common(runs[one], runs[other]) for one, other in pairs]
    counts, _ = np.histogram(shared, STEPS)
    for low, high, count in zip(STEPS, STEPS[1:], counts, strict=False):
        print(f"{low:.2f} to {high:.2f}: {count} pairs")


if __name__ == "__main__":
    main()
