"""From candidates to the few that are shown: one song once, one song an artist, each slot its own target."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from recommender.catalogue import Song
from recommender.works import main_artist

SONGS_OF_AN_ARTIST = 2  # in a pool, so that no artist fills it


def pool(songs: Iterable[Song], size: int) -> list[Song]:
    """The first `size` songs with at most two of an artist; when these are too few, more of the same artists."""
    count: Counter[str] = Counter()
    first: list[Song] = []
    more: list[Song] = []
    for song in songs:
        artist = main_artist(song.artist)
        count[artist] += 1
        (first if count[artist] <= SONGS_OF_AN_ARTIST else more).append(song)
    return (first + more)[:size]


def choose(songs: Sequence[Song], match: np.ndarray, seeds: Iterable[Song] = ()) -> list[Song]:
    """One song for each row of `match` (float [k, songs], higher is better) while there are songs.

    A work that is a seed's or chosen already, then an artist chosen already, come only when nothing else
    is left; of songs that match alike the first wins.
    """
    works = {song.work for song in seeds}
    artists: set[str] = set()
    left = dict(enumerate(songs))
    chosen: list[Song] = []
    for row in match[: len(songs)]:
        best = min(left, key=lambda at: (left[at].work in works, main_artist(left[at].artist) in artists, -row[at], at))
        song = left.pop(best)
        works.add(song.work)
        artists.add(main_artist(song.artist))
        chosen.append(song)
    return chosen
