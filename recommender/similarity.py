"""How like two songs are: the original's formula, and ours.

original  0.3 × cosine of genre word counts + 1.0 × cosine of lyric TF-IDF (sihyeon3523/Six_of_cells)
default   0.8 × cosine of damped morpheme weights + 0.3 × cosine of what the two artists sing about
          + 0.3 × cosine of whole genre tags + 0.3 × closeness of year

Each compares one song with all others; a matrix of all pairs is never built. A ranking adds to the likeness what a
song is lifted by (`recommender.hubs`); the original's adds nothing.
"""

from typing import Literal, Protocol, get_args

import numpy as np

from recommender.catalogue import Catalogue, Song, tags

Profile = Literal["default", "original"]
PROFILES: tuple[str, ...] = get_args(Profile)
ORIGINAL_GENRE, ORIGINAL_LYRICS = 0.3, 1.0
# Each weight is measured by bench/weights.py, see docs/recommending.md.
TERMS, ARTIST, GENRE, ERA, ERA_YEARS = 0.8, 0.3, 0.3, 0.3, 5.0
YEARS = 4096  # more than any year


class Similarity(Protocol):
    """How like songs are."""

    def scores(self, seed: Song) -> np.ndarray:
        """float [songs]: how like each song is to the seed, the seed itself included."""

    def ranking(self, seed: Song) -> np.ndarray:
        """float [songs]: what songs are ranked by when the seed's neighbours are asked for."""


class OriginalSimilarity:
    """The original's similarity of songs, exactly."""

    def __init__(self, catalogue: Catalogue):
        self._genres, self._lyrics = catalogue.genres_original, catalogue.terms_original

    def scores(self, seed: Song) -> np.ndarray:
        """float64 [songs] in 0..1.3: how like each song is to the seed (the seed itself included)."""
        return ORIGINAL_GENRE * self._genres.like(seed.index) + ORIGINAL_LYRICS * self._lyrics.like(seed.index)

    ranking = scores


class DefaultSimilarity:
    """Ours: morphemes instead of spaced words, what artists sing about, genre tags as wholes, and the time."""

    def __init__(self, catalogue: Catalogue):
        self._catalogue = catalogue
        self._genres = unit_tags(catalogue.genres)

    def scores(self, seed: Song) -> np.ndarray:
        """float32 [songs] in 0..1.7: how like each song is to the seed; what is not known adds nothing."""
        catalogue, at = self._catalogue, seed.index
        likeness = TERMS * catalogue.terms.like(at)
        if catalogue.artist[at] >= 0:
            artists = np.append(ARTIST * catalogue.artists.like(int(catalogue.artist[at])), np.float32(0))
            likeness += artists[catalogue.artist]  # -1, no artist, takes the 0 at the end
        likeness += (GENRE * (self._genres @ self._genres[catalogue.genre[at]]))[catalogue.genre]
        if catalogue.year[at]:
            likeness += era(int(catalogue.year[at]))[catalogue.year]
        return likeness

    def ranking(self, seed: Song) -> np.ndarray:
        return self.scores(seed) + self._catalogue.lift


def era(year: int) -> np.ndarray:
    """float32 [years]: what closeness to a year adds, by year; an unknown one, 0, adds nothing."""
    closeness = ERA * np.exp(-np.abs(np.arange(YEARS) - year) / ERA_YEARS)
    closeness[0] = 0
    return closeness.astype(np.float32)


def unit_tags(genres: list[str]) -> np.ndarray:
    """float32 [genres, tags]: unit rows of the whole tags of genre fields; no genre, a zero row."""
    fields = [set(tags(field)) for field in genres]
    names = {name: column for column, name in enumerate(sorted(set().union(*fields)))}
    rows = np.zeros((len(genres), len(names)), np.float32)
    for row, field in enumerate(fields):
        for name in field:
            rows[row, names[name]] = len(field) ** -0.5
    return rows
