"""The original profile against scikit-learn's own computation, on the whole catalogue's source.

    .venv/bin/python -m bench.original ../shared/data/songs/songs.csv

Computes 0.3 × cosine(CountVectorizer(ngram_range=(1, 2)) of genre) + 1.0 × cosine(TfidfVectorizer() of lyrics)
anew for every song and counts the seeds whose nine nearest songs are the same, up to songs of equal score.
"""

import sys
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from recommender.catalogue import BUNDLED, Catalogue
from recommender.index import top
from recommender.similarity import OriginalSimilarity
from recommender.source import read_songs

NEAREST, ROWS, EQUAL = 9, 256, 1e-6


def main() -> None:
    songs = read_songs([Path(name) for name in sys.argv[1:]])
    catalogue = Catalogue(BUNDLED)
    genres = CountVectorizer(ngram_range=(1, 2)).fit_transform(songs["source_genre"])
    lyrics = TfidfVectorizer().fit_transform(songs["words"])
    ours, same, apart = OriginalSimilarity(catalogue), 0, 0.0
    for first in range(0, len(songs), ROWS):
        rows = slice(first, first + ROWS)
        theirs = 0.3 * cosine_similarity(genres[rows], genres) + 1.0 * cosine_similarity(lyrics[rows], lyrics)
        for at, scores in enumerate(theirs, first):
            mine = ours.scores(catalogue.songs[at])
            mine[at] = scores[at] = 0  # a song with itself is never asked; its lonely words are not kept
            apart = max(apart, float(np.abs(mine - scores).max()))
            mine[at] = scores[at] = -np.inf
            nearest = top(mine, NEAREST)
            same += bool((scores[nearest] >= np.sort(scores)[-NEAREST] - EQUAL).all())
    print(f"{same} of {len(songs)} songs have the same {NEAREST} nearest; largest difference of a score {apart:.1e}")


if __name__ == "__main__":
    main()
