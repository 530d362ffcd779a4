"""How like two songs are: the original's formula, and ours.

original  0.3 × cosine of genre word counts + 1.0 × cosine of lyric TF-IDF (sihyeon3523/Six_of_cells)
default   1.0 × cosine of damped morpheme weights + 0.3 × cosine of whole genre tags + 0.3 × closeness of year

Each compares one song with all others; a matrix of all pairs is never built.
"""

from typing import Literal, Protocol, get_args

import numpy as np

from recommender.catalogue import Catalogue, Song

Profile = Literal["default", "original"]
PROFILES: tuple[str, ...] = get_args(Profile)
ORIGINAL_GENRE, ORIGINAL_LYRICS = 0.3, 1.0
# Measured against the original in bench/similarity.py.
TERMS, GENRE, ERA, ERA_YEARS = 1.0, 0.3, 0.3, 5.0


class Similarity(Protocol):
    """How like songs are."""

    def scores(self, seed: Song) -> np.ndarray:
        """float64 [songs]: how like each song is to the seed, the seed itself included."""


class OriginalSimilarity:
    """The original's similarity of songs, exactly."""

    def __init__(self, catalogue: Catalogue):
        self._genres, self._lyrics = catalogue.genres_original, catalogue.terms_original

    def scores(self, seed: Song) -> np.ndarray:
        """float64 [songs] in 0..1.3: how like each song is to the seed (the seed itself included)."""
        return ORIGINAL_GENRE * self._genres.like(seed.index) + ORIGINAL_LYRICS * self._lyrics.like(seed.index)


class DefaultSimilarity:
    """Ours: morphemes instead of spaced words, genre tags as wholes, and the time a song is from."""

    def __init__(self, catalogue: Catalogue):
        self._terms = catalogue.terms
        self._genres = _tags([song.genres for song in catalogue.songs])
        self._years = np.array([np.nan if song.year is None else song.year for song in catalogue.songs], np.float32)

    def scores(self, seed: Song) -> np.ndarray:
        """float64 [songs] in 0..1.6: how like each song is to the seed; an unknown genre or year adds nothing."""
        apart = np.abs(self._years - self._years[seed.index])
        era = np.nan_to_num(np.exp(-apart / ERA_YEARS), nan=0.0)
        genre = self._genres @ self._genres[seed.index]
        return TERMS * self._terms.like(seed.index) + GENRE * genre + ERA * era


def _tags(genres: list[tuple[str, ...]]) -> np.ndarray:
    """float32 [songs, tags]: unit rows of whole genre tags; no genre, a zero row."""
    names = {name: column for column, name in enumerate(sorted({name for song in genres for name in song}))}
    tags = np.zeros((len(genres), len(names)), np.float32)
    for row, song in enumerate(genres):
        for name in song:
            tags[row, names[name]] = len(song) ** -0.5
    return tags
