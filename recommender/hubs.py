"""What moves a song in rankings besides its likeness, computed once while a catalogue is built.

Some songs are among the nearest of very many others, some of none, which says more of the measure than of the songs.
In a few rounds each song that is in more than twenty others' first ten is lowered a little, the more the oftener,
and each that is in nobody's first fifty is raised. Songs that Melon knows by an id are preferred a little when
others are as like: a prior of being known, not a likeness, and nothing for a catalogue without Melon ids. Constants
are measured in docs/recommending.md.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from tqdm import tqdm

from recommender.index import TermMatrix
from recommender.similarity import ARTIST, GENRE, TERMS, era, unit_tags

KNOWN = 0.08
ROUNDS, LOWERED, RAISED = 4, 0.03, 0.02
FIRST, OFTEN, REACH = 10, 20, 50
NEAREST = 400  # candidates kept of each song, more than the rounds can bring among the first fifty
COMPARED = 20_000  # songs that are compared with each other; a larger catalogue is cut by chance into such parts
AT_ONCE, SEED = 500, 1


@dataclass(frozen=True)
class Parts:
    """What likeness is made of, row by row; see `recommender.catalogue.Catalogue`."""

    terms: TermMatrix
    artists: TermMatrix
    artist: np.ndarray
    genres: list[str]
    genre: np.ndarray
    year: np.ndarray


def lift(parts: Parts, known: np.ndarray) -> np.ndarray:
    """float32 [songs]: what each song is moved by; known: bool [songs], whether Melon knows it."""
    moved = (KNOWN * known).astype(np.float32)
    count = len(known)
    order = np.arange(count)
    if count > COMPARED:
        np.random.default_rng(SEED).shuffle(order)
    with tqdm(total=count, desc="hubs", unit="song") as progress:
        for rows in map(np.sort, np.array_split(order, -(-count // COMPARED))):
            moved[rows] = _balanced(_nearest(parts, rows, moved[rows], progress), moved[rows])
    return moved


def _balanced(nearest: tuple[np.ndarray, np.ndarray], moved: np.ndarray) -> np.ndarray:
    """What songs are moved by after all rounds; nearest: (places, likeness) [songs, n] of each song's candidates."""
    places, likeness = nearest
    first = min(FIRST, places.shape[1])
    for _ in range(ROUNDS if first else 0):
        order = np.argsort(-(likeness + moved[places]), axis=1, kind="stable")[:, :REACH]
        ranked = np.take_along_axis(places, order, axis=1)
        often = np.bincount(ranked[:, :first].ravel(), minlength=len(moved))
        reached = np.bincount(ranked.ravel(), minlength=len(moved)) > 0
        lowered = LOWERED * np.log(np.maximum(often + 1, OFTEN + 1) / (OFTEN + 1))
        moved = (moved - lowered + RAISED * ~reached).astype(np.float32)
    return moved


def _nearest(parts: Parts, rows: np.ndarray, moved: np.ndarray, progress: tqdm) -> tuple[np.ndarray, np.ndarray]:
    """(places among `rows` int32, likeness float32) [rows, n]: the candidates of each song, itself left out."""
    terms, artists, tags = _scipy(parts.terms)[rows], _scipy(parts.artists), unit_tags(parts.genres)
    artist, genre, year = parts.artist[rows], parts.genre[rows], parts.year[rows]
    columns = terms.T.tocsr()
    count = min(NEAREST, len(rows) - 1)
    places = np.zeros((len(rows), count), np.int32)
    kept = np.zeros((len(rows), count), np.float32)
    for start in range(0, len(rows), AT_ONCE):
        part = slice(start, min(len(rows), start + AT_ONCE))
        likeness = TERMS * (terms[part] @ columns).toarray().astype(np.float32)
        if artists.shape[0]:
            both = (artist[part] >= 0)[:, None] & (artist >= 0)
            of_artists = (artists[np.maximum(artist[part], 0)] @ artists.T).toarray().astype(np.float32)
            likeness += ARTIST * both * of_artists[:, np.maximum(artist, 0)]
        likeness += (GENRE * (tags[genre[part]] @ tags.T))[:, genre]
        for row, of_year in enumerate(year[part].tolist()):
            if of_year:
                likeness[row] += era(of_year)[year]
        likeness[np.arange(part.stop - part.start), np.arange(part.start, part.stop)] = -np.inf
        if count:
            places[part] = np.argpartition(-(likeness + moved), count - 1, axis=1)[:, :count]
            kept[part] = np.take_along_axis(likeness, places[part], axis=1)
        progress.update(part.stop - part.start)
    order = np.argsort(places, axis=1)  # so that equal ones are told apart alike in each round
    return np.take_along_axis(places, order, axis=1), np.take_along_axis(kept, order, axis=1)


def _scipy(matrix: TermMatrix) -> csr_matrix:
    return csr_matrix((matrix.data, matrix.indices, matrix.indptr), (len(matrix), matrix.width))
