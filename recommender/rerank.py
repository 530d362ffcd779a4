"""From candidates to the few that are shown: one song once, one song an artist, each slot its own target."""

import numpy as np

SONGS_OF_AN_ARTIST = 2  # in a pool, so that no artist fills it
NOBODY = -1  # the number of songs whose artist is not known; they never count as of one artist


def pool(rows: np.ndarray, artist: np.ndarray, size: int) -> np.ndarray:
    """The first `size` of `rows` with at most two of an artist; when these are too few, more of the same artists.

    rows: int [n], best first; artist: int [n], of each.
    """
    count: dict[int, int] = {}
    first: list[int] = []
    more: list[int] = []
    for row, name in zip(rows.tolist(), artist.tolist(), strict=True):
        count[name] = count.get(name, 0) + (name != NOBODY)
        (first if count[name] <= SONGS_OF_AN_ARTIST else more).append(row)
    return np.array((first + more)[:size], np.int64)


def choose(
    worth: np.ndarray,
    among: np.ndarray,
    work: np.ndarray,
    artist: np.ndarray,
    last: np.ndarray,
) -> list[int]:
    """The place of one song for each row of `worth` (float [k, songs], higher is better) while there are songs.

    among: float [songs, songs], what a song loses beside one that was chosen. A work chosen already, then a song
    marked in `last` (bool [songs]), then an artist chosen already, come only when nothing else is left. Of songs that
    are worth the same the first wins.
    """
    count = worth.shape[1]
    works, artists = set[int](), set[int]()
    left = list(range(count))
    chosen: list[int] = []
    lost = np.zeros(count)
    for row in worth[:count]:
        value = row - lost
        best = min(left, key=lambda at: (work[at] in works, last[at], artist[at] in artists, -value[at], at))
        left.remove(best)
        chosen.append(best)
        works.add(work[best])
        if artist[best] != NOBODY:
            artists.add(artist[best])
        lost = np.maximum(lost, among[best])
    return chosen
