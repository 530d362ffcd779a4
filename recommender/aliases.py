"""Other spellings of artists and titles, read from a catalogue's own brackets, for a person to look through.

«소녀시대 (GIRLS' GENERATION)» names an artist twice, «이홍기 (FT아일랜드)» a singer and the group. What is proposed
serves the rows that are written without the bracket; the rules reject what is no other spelling.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from rapidfuzz import fuzz

from model.text import clean, key
from recommender import script
from recommender.catalogue import Song
from recommender.normal import names, normal

_ARTIST = re.compile(r"^([^()]+?)\s*\(([^()]+)\)$")
_TITLE = re.compile(r"^([^()\[\]]+?)\s*\(([^()]+)\)$")
_HANGUL, _LATIN = re.compile("[가-힣]"), re.compile("[A-Za-z]")
_SEVERAL = re.compile(r"[,/&+=]|\bx\b|\bof\b|\bfrom\b|\bw/", re.IGNORECASE)
_TAIL = re.compile(
    r"\d{4}|\b(?:ver|version|mix|remix|live|inst|feat|with|prod|ost|part|pt|vol|solo|edit|intro|outro|theme|title"
    r"|original|bonus|opening|track)\b|삽입곡|주제[곡가]",
    re.IGNORECASE,
)
_SHORTEST = 2
_SHORTEST_TITLE = 4
_SOUNDS_ALIKE = 70  # of 100; a name of one person in both scripts


def proposed(songs: Sequence[Song], known: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str, str]]:
    """(kind, name, alias) rows as data/aliases.csv has them, artists first; none that `known` holds already."""
    together = {frozenset((normal(name), normal(other))) for name, others in known.items() for other in others}
    for artist, other in sorted(_artists({song.artist for song in songs})):
        if frozenset((normal(artist), normal(other))) not in together:
            yield "artist", artist, other
    for title, artist, other in sorted(_titles(songs)):
        if frozenset((normal(f"{title} - {artist}"), normal(other))) not in together:
            yield "title", f"{title} - {artist}", other


def _artists(artists: set[str]) -> Iterator[tuple[str, str]]:
    """Artists with a second name in the other script that is theirs alone."""
    first_names = {normal(artist) for artist in artists}
    bearers: dict[str, set[str]] = defaultdict(set)
    pairs = {(clean(m[1]), clean(m[2])) for artist in artists if (m := _ARTIST.match(artist))}
    for first, second in pairs:
        bearers[normal(second)].add(normal(first))
    seen: set[frozenset[str]] = set()
    for first, second in sorted(pairs):
        both = frozenset((normal(first), normal(second)))
        alone = len(bearers[normal(second)]) == 1 and normal(second) not in first_names
        if len(both) == 2 and both not in seen and _other_script(first, second) and (alone or _alike(first, second)):
            seen.add(both)
            yield first, second


def _titles(songs: Sequence[Song]) -> Iterator[tuple[str, str, str]]:
    """Titles with a translation in brackets, where another row of the same work by the same artist has none."""
    rows: dict[tuple[int, str], list[Song]] = defaultdict(list)
    for song in songs:
        rows[song.work, normal(song.artist)].append(song)
    seen: set[tuple[str, str, str]] = set()
    for same in rows.values():
        for song in same:
            bracket = _TITLE.match(song.title)
            if not bracket or _TAIL.search(bracket[2]) or not _other_script(bracket[1], bracket[2]):
                continue
            title, other = clean(bracket[1]), clean(bracket[2])
            lacking = any(normal(row.title) == normal(title) and key(other) not in key(row.title) for row in same)
            artist = clean(re.sub(r"\s*\([^()]*\)$", "", song.artist))
            sign = normal(title), normal(artist), normal(other)
            if len(key(other)) >= _SHORTEST_TITLE and lacking and " - " not in title + artist and sign not in seen:
                seen.add(sign)
                yield title, artist, other


def _other_script(first: str, second: str) -> bool:
    """One name wholly in Hangul, the other wholly in Latin letters, and neither of them several names."""
    if _SEVERAL.search(first + " " + second) or min(len(key(first)), len(key(second))) < _SHORTEST:
        return False
    hangul = [bool(_HANGUL.search(name)) for name in (first, second)]
    latin = [bool(_LATIN.search(name)) for name in (first, second)]
    return hangul[0] != hangul[1] and latin[0] != latin[1]


def _alike(first: str, second: str) -> bool:
    """True when one name reads like the other."""
    latin, written = (first, second) if _LATIN.search(first) else (second, first)
    roman = names(script.in_latin(written)).literal
    spelt = [names(one).literal for one in script.in_hangul(latin)]
    return max(fuzz.ratio(roman, normal(latin)), *(fuzz.ratio(one, normal(written)) for one in spelt)) >= _SOUNDS_ALIKE
