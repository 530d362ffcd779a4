"""Which rows are one song: doubles, other versions and covers share a work number."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence

from model.text import key
from recommender.normal import normal

SAME_LETTERS = 100  # rows whose lyrics agree in so many first letters are one song
_LEAST_LETTERS = 40
SHARED = 0.2  # lyrics of one title that have so much in common are one song (bench/covers.py)
_RUN = 4
_BOTH_SCRIPTS = re.compile(r"([\u4e00-\u9fff]+) ?\(([가-힣]+)\)")
NOBODY = ("", "variousartists")  # what stands where an artist is not known


def works(titles: Sequence[str], artists: Sequence[str], lyrics: Sequence[str], melon_ids: Sequence[str]) -> list[int]:
    """A work number for each row: the index of the first row it is one song with (often its own).

    One song are rows that share the title (without brackets and version tails, or in Hangul where a title in Chinese
    characters brings that) and a known artist, the Melon id, the first 100 letters of their lyrics, or the title and a
    good part of the lyrics (`SHARED`): a cover is written down by somebody else.
    """
    parent = list(range(len(titles)))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    def join(row: int, other: int) -> None:
        one, two = root(row), root(other)
        parent[max(one, two)] = min(one, two)

    seen: dict[Hashable, int] = {}
    for row, (title, artist, words, melon_id) in enumerate(zip(titles, artists, lyrics, melon_ids, strict=True)):
        for sign in _signs(title, artist, words, melon_id):
            join(row, seen.setdefault(sign, row))
    for row, other in _covers(titles, lyrics):
        join(row, other)
    return [root(row) for row in range(len(titles))]


def _signs(title: str, artist: str, lyrics: str, melon_id: str) -> list[Hashable]:
    by = main_artist(artist)
    names = [] if by in NOBODY else [normal(title), *_in_hangul(title)]
    signs: list[Hashable] = [("name", name, by) for name in names]
    if melon_id:
        signs.append(("melon", melon_id, normal(title)))
    letters = key(lyrics)
    if len(letters) >= _LEAST_LETTERS:
        signs.append(("lyrics", letters[:SAME_LETTERS]))
    return signs


def _covers(titles: Sequence[str], lyrics: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of rows whose titles are one and whose lyrics share enough, each row with the first of its kind."""
    of_title: dict[str, list[int]] = defaultdict(list)
    for row, (title, words) in enumerate(zip(titles, lyrics, strict=True)):
        if len(key(words)) >= _LEAST_LETTERS:
            of_title[normal(title)].append(row)
    for rows in of_title.values():
        firsts: dict[int, set[str]] = {}
        for row in rows if len(rows) > 1 else ():
            runs = runs_of_letters(lyrics[row])
            first = next((first for first, theirs in firsts.items() if in_common(runs, theirs) >= SHARED), None)
            if first is None:
                firsts[row] = runs
            else:
                yield row, first


def runs_of_letters(lyrics: str) -> set[str]:
    """The runs of four letters in it, across blanks and lines."""
    letters = key(lyrics)
    return {letters[at : at + _RUN] for at in range(len(letters) - _RUN + 1)}


def in_common(one: set[str], other: set[str]) -> float:
    """0 to 1: the Jaccard index of two sets."""
    both = len(one & other)
    return both / max(1, len(one) + len(other) - both)


def _in_hangul(title: str) -> list[str]:
    """The name in Hangul that a title in Chinese characters brings: «戀人 (연인)» → «연인»."""
    found = _BOTH_SCRIPTS.fullmatch(unicodedata.normalize("NFKC", title).strip())
    return [found[2]] if found and len(found[1]) == len(found[2]) else []


def main_artist(artist: str) -> str:
    """The first artist's normal form, without what stands in brackets: «아이유 (IU), 슈가» → «아이유»."""
    return normal(re.split(r"[,&/]| (?:feat|with)\b", re.sub(r"\([^)]*\)", "", artist), maxsplit=1)[0]) or normal(
        artist
    )
