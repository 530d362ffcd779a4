"""Which rows are one song: doubles, other versions and covers share a work number."""

import re
import unicodedata
from collections.abc import Hashable, Sequence

from model.text import key
from recommender.normal import normal

SAME_LETTERS = 100  # rows whose lyrics agree in so many first letters are one song
_LEAST_LETTERS = 40
_BOTH_SCRIPTS = re.compile(r"([\u4e00-\u9fff]+) ?\(([가-힣]+)\)")
NOBODY = ("", "variousartists")  # what stands where an artist is not known


def works(titles: Sequence[str], artists: Sequence[str], lyrics: Sequence[str], melon_ids: Sequence[str]) -> list[int]:
    """A work number for each row: the index of the first row it is one song with (often its own).

    One song are rows that share the title (without brackets and version tails, or in Hangul where a title in Chinese
    characters brings that) and a known artist, the Melon id, or the first 100 letters of their lyrics.
    """
    parent = list(range(len(titles)))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    seen: dict[Hashable, int] = {}
    for row, (title, artist, words, melon_id) in enumerate(zip(titles, artists, lyrics, melon_ids, strict=True)):
        for sign in _signs(title, artist, words, melon_id):
            other = root(seen.setdefault(sign, row))
            mine = root(row)
            parent[max(mine, other)] = min(mine, other)
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


def _in_hangul(title: str) -> list[str]:
    """The name in Hangul that a title in Chinese characters brings: «戀人 (연인)» → «연인»."""
    found = _BOTH_SCRIPTS.fullmatch(unicodedata.normalize("NFKC", title).strip())
    return [found[2]] if found and len(found[1]) == len(found[2]) else []


def main_artist(artist: str) -> str:
    """The first artist's normal form, without what stands in brackets: «아이유 (IU), 슈가» → «아이유»."""
    return normal(re.split(r"[,&/]| (?:feat|with)\b", re.sub(r"\([^)]*\)", "", artist), maxsplit=1)[0]) or normal(
        artist
    )
