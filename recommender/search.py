"""Finding the song a person means by its title, its artist, or both, misspelt or in initial consonants."""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from model.text import has_letters, key
from recommender import hangul
from recommender.catalogue import Song

MAX_QUERY = 200
MAX_OFFERED = 5
SURE = 90.0
LEAD = 5.0
MAYBE = 60.0

_TITLE = 100.0
_TITLE_AND_ARTIST = 99.0
_SECOND_TITLE = 98.0
_KEYBOARD = 95.0
_OTHER_VERSION = 95.0
_ARTIST = 89.0
_INITIALS_AND_ARTIST = 88.0
_INITIALS = 80.0
_OTHER_ARTIST = 75.0
_TITLE_AND_MORE = 65.0
_SHORT_TITLE = 88.0
_NEAR_PAIR = 80.0
_NEAREST = 45.0
_SHORT = 8

_BRACKET = re.compile(r"\(((?:[^()]|\([^()]*\))*)(?:\)|$)|\[([^\]]*)(?:\]|$)|【([^】]*)(?:】|$)")
_LAST_BRACKET = re.compile(r"(?:\(((?:[^()]|\([^()]*\))*)\)?|\[([^\]]*)\]?|【([^】]*)】?)[\W_]*$")
_VERSION_WORD = (
    r"ver|version|(?:re)?mix|remaster(?:ed|ing)?|re-?make|edit|live|inst(?:rumental)?|mr|m/?v|acoustic|original"
    r"|bonus track|hidden track|ost|unplugged|demo|clean|explicit"
)
_TAIL = re.compile(
    rf"\b(?:feat|ft|featuring|prod|produced by)\b|^\W*(?:with|duet|cf|part|pt|narr?|{_VERSION_WORD})\b\W*\d*\W*$"
    rf"|^\W*(?:with|duet with|cf|narr?)\b|\b(?:{_VERSION_WORD})\W*\d*\W*$"
    r"|(?:버전|버젼|라이브|리믹스|삽입곡|테마곡|주제곡|주제가)\W*$|^[\W\d]*$"
)
_LOOSE_TAIL = re.compile(
    rf"\s(?:feat\b|ft\.|prod\.).*$|\s-\s(?:[a-z0-9]+\s)?(?:{_VERSION_WORD})\.?(?:\s\d+)?$", re.DOTALL
)
_MARKED = re.compile(r"[(\[【]|\s(?:feat|ft|prod)|\s-\s")
_TOKENS = re.compile(r"[^\s/|:,()\[\]–—-]+")
_MEMBERS = re.compile(r"[,/&()]|\sx\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hit:
    """A song that may be meant. score: 0 to 100. kind: exact, alias, typo, 초성, script, or artist.

    alias: by a second title or another spelling of the name. script: typed with the keyboard in the other
    language. artist: the query was an artist's name alone. typo: anything nearly right.
    """

    song: Song
    score: float
    kind: str


@dataclass(frozen=True, slots=True)
class Found:
    """The one song meant."""

    song: Song


@dataclass(frozen=True, slots=True)
class Several:
    """Two to five songs that bear the title: ask which one."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class OfArtist:
    """The query names an artist alone; some of its songs, best known first."""

    artist: str
    hits: Sequence[Hit]


@dataclass(frozen=True, slots=True)
class Perhaps:
    """One to five songs near the query, best first: ask whether one of them is meant."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing near enough; the two nearest titles, or fewer."""

    nearest: tuple[Hit, ...]


def decide(hits: Sequence[Hit]) -> Found | Several | OfArtist | Perhaps | Unknown:
    """What to answer for the hits of one query, best first; needs two at least to be sure of a misspelt one.

    Rows of one work by one artist count as one song. No hits give `Unknown` with nothing near.
    """
    hits = _distinct(hits)
    titled = [hit for hit in hits if hit.kind in ("exact", "alias") and hit.score >= _SECOND_TITLE]
    if len(titled) > 1:
        return Several(tuple(titled[:MAX_OFFERED]))
    if titled:
        return Found(titled[0].song)
    if hits and all(hit.kind == "artist" for hit in hits):
        return OfArtist(hits[0].song.artist, hits[:MAX_OFFERED])
    near = [hit for hit in hits if hit.score >= MAYBE and hit.score > hits[0].score - LEAD]
    if len(near) == 1 and near[0].score >= SURE:
        return Found(near[0].song)
    if near:
        return Perhaps(tuple(near[:MAX_OFFERED]))
    by_title = {normal(hit.song.title): hit for hit in reversed(hits)}
    return Unknown(tuple(hit for hit in hits if by_title[normal(hit.song.title)] is hit)[:2])


def _distinct(hits: Iterable[Hit]) -> list[Hit]:
    """The first hit of each work and artist."""
    first: dict[tuple[int, str], Hit] = {}
    for hit in hits:
        first.setdefault((hit.song.work, normal(hit.song.artist)), hit)
    return list(first.values())


@dataclass(frozen=True, slots=True)
class _Names:
    """What a title or artist may be called, each in letters and digits alone.

    main: without version tails and second titles. whole: with second titles. literal: with everything.
    others: the second titles one by one, and the name without brackets inside it.
    """

    main: str
    whole: str
    literal: str
    others: tuple[str, ...] = ()


def normal(text: str) -> str:
    """The form names are compared in: «예뻐서 (Feat. X) (You're beautiful)» → «예뻐서».

    Full-width, upper-case, blanks, punctuation, version tails and trailing brackets make no difference. Text
    without letters keeps its marks («~»); empty text stays empty.
    """
    return _names(text).main


def _names(text: str) -> _Names:
    text = _fold(text)
    literal = key(text) or "".join(text.split())
    if not _MARKED.search(text):
        return _Names(literal, literal, literal)
    kept = _LOOSE_TAIL.sub("", _BRACKET.sub(lambda found: "" if _TAIL.search(_inside(found)) else found[0], text))
    body, seconds = kept, []
    while (bracket := _LAST_BRACKET.search(body)) and key(body[: bracket.start()]):
        second = key(_inside(bracket))
        if len(second) < 2 and second.isascii() and body[bracket.start() - 1].isalnum():
            break
        seconds.append(second)
        body = body[: bracket.start()]
    main = key(body) or literal
    seconds.append(key(_BRACKET.sub("", body)))
    others = tuple(name for name in dict.fromkeys(seconds) if len(name) > 1 and name != main)
    return _Names(main, key(kept) or literal, literal, others)


def _inside(bracket: re.Match[str]) -> str:
    return next((part for part in bracket.groups() if part is not None), "")


def _fold(text: str) -> str:
    """NFKC and case-folded, with single Hangul letters left single."""
    if not unicodedata.is_normalized("NFKC", text):
        text = hangul.plain(unicodedata.normalize("NFKC", text))
    return text.casefold()


def _artist_names(artist: str) -> frozenset[str]:
    """Every name an artist is found by: both of «이홍기 (FT아일랜드)», each member of «박지민, 백예린»."""
    names = _names(artist)
    members = (key(_fold(part)) for part in _MEMBERS.split(artist)) if _MEMBERS.search(artist) else ()
    return frozenset((names.main, names.whole, *names.others, *(name for name in members if len(name) > 1))) - {""}


def read_aliases(path: Path) -> dict[str, list[str]]:
    """Other spellings by name, from a CSV file with the columns kind, name, alias.

    kind artist: name is an artist's. kind title: name is «title - artist», so that a title shared by several
    artists gets the alias once. ValueError names the line that is neither.
    """
    aliases: dict[str, list[str]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        for row in rows:
            kind, name, alias = (row.get(column) or "" for column in ("kind", "name", "alias"))
            if (
                (kind, " - " in name) not in (("artist", False), ("title", True))
                or not normal(name)
                or not normal(alias)
            ):
                raise ValueError(
                    f"{path}, line {rows.line_num}: {row} should be `artist,<artist>,<alias>` "
                    "or `title,<title> - <artist>,<alias>`"
                )
            aliases.setdefault(name, []).append(alias)
    return aliases


class Search:
    """Finds songs of a catalogue by what a person types."""

    def __init__(self, songs: Sequence[Song], aliases: Mapping[str, Sequence[str]] | None = None) -> None:
        """aliases: other spellings by artist («아이유»: «IU») or by «title - artist», as from `read_aliases`."""
        self._songs = tuple(songs)
        self._titles: dict[str, list[int]] = {}
        self._seconds: dict[str, list[int]] = {}
        self._versions: dict[str, list[int]] = {}
        self._artists: dict[str, list[int]] = {}
        self._pairs: dict[tuple[str, str], list[int]] = {}
        self._by: list[frozenset[str]] = []
        known: dict[str, tuple[str, frozenset[str]]] = {}
        for place, song in enumerate(self._songs):
            names = _names(song.title)
            for title in {names.main, names.whole} - {""}:
                self._titles.setdefault(title, []).append(place)
            for title in names.others:
                self._seconds.setdefault(title, []).append(place)
            if names.literal != names.whole:
                self._versions.setdefault(names.literal, []).append(place)
            if song.artist not in known:
                known[song.artist] = normal(song.artist), _artist_names(song.artist)
            artist, spellings = known[song.artist]
            self._pairs.setdefault((names.main, artist), []).append(place)
            self._by.append(spellings)
            for spelling in spellings:
                self._artists.setdefault(spelling, []).append(place)
        self._spellings: dict[str, set[str]] = {}
        self._add_aliases(aliases or {})

    def _add_aliases(self, aliases: Mapping[str, Sequence[str]]) -> None:
        for name, others in aliases.items():
            if " - " not in name:
                group = {normal(spelling) for spelling in (name, *others)} - {""}
                for spelling in group:
                    self._spellings.setdefault(spelling, set()).update(group)
        for name, others in aliases.items():
            if " - " in name:
                title, _, artist = name.rpartition(" - ")
                places = [place for place, _, _ in self._titled(normal(title)) if self._is_by(place, normal(artist))]
                for alias in {normal(other) for other in others} - {""}:
                    self._seconds.setdefault(alias, []).extend(places)

    def __call__(self, query: str, limit: int = 5) -> list[Hit]:
        """Up to `limit` songs, best first, equal ones in the order of the catalogue, one row a work and artist.

        Only the first 200 characters count. A query without letters finds nothing, unless it is a title as it
        stands («~»).
        """
        query = query[:MAX_QUERY]
        names = _names(query)
        best: dict[int, tuple[float, str]] = {}
        for place, score, kind in self._candidates(query, names):
            if place not in best or score > best[place][0]:
                best[place] = score, kind
        ranked = sorted(best, key=lambda place: (-best[place][0], place))
        return _distinct(Hit(self._songs[place], *best[place]) for place in ranked)[: max(limit, 0)]

    def _candidates(self, query: str, names: _Names) -> Iterator[tuple[int, float, str]]:
        """Places with score and kind; a place may come twice. The first stage that is sure ends the search."""
        exact = list(self._exact(names))
        yield from exact
        if exact or not has_letters(query):
            return
        if query.isascii() and (slips := list(self._exact(_names(hangul.from_keys(query))))):
            yield from ((place, min(score, _KEYBOARD), "script") for place, score, _ in slips)
            return
        pairs = _pairs([token for token in map(key, _TOKENS.findall(_fold(query))) if token])
        if all(letter in hangul.INITIALS for letter in names.whole):
            yield from self._by_initials(names.whole, pairs)
            return
        yield from ((place, _ARTIST, "artist") for place in self._all_by(names.whole))
        typed = hangul.split(names.whole)
        yield from self._near_titles(typed)
        artist_named = False
        for title, artist in pairs:
            by_artist = self._all_by(artist)
            artist_named = artist_named or bool(by_artist)
            yield from self._near_titles_of(by_artist, title, artist)
            if len(title) > 1 and (by_artist or 2 * len(title) >= len(artist)):
                score = _OTHER_ARTIST if by_artist else _TITLE_AND_MORE
                yield from ((place, score, "typo") for place, _, _ in self._titled(title))
        if not artist_named:
            yield from self._near_pairs(typed)

    def _exact(self, names: _Names) -> Iterator[tuple[int, float, str]]:
        whole = names.whole
        versions = self._versions.get(names.literal, ())
        yield from ((place, _TITLE, "exact") for place in versions)
        for place, score, kind in self._titled(whole):
            yield place, min(score, _OTHER_VERSION) if versions else score, kind
        for cut in range(1, len(whole)):
            left, right = whole[:cut], whole[cut:]
            yield from self._titled_by(left, right)
            yield from self._titled_by(right, left)
            yield from self._titled_by(right.removeprefix("의"), left)

    def _titled(self, title: str) -> Iterator[tuple[int, float, str]]:
        yield from ((place, _TITLE, "exact") for place in self._titles.get(title, ()))
        yield from ((place, _SECOND_TITLE, "alias") for place in self._seconds.get(title, ()))

    def _titled_by(self, title: str, artist: str) -> Iterator[tuple[int, float, str]]:
        for place, score, kind in self._titled(title):
            if self._is_by(place, artist):
                yield place, min(score, _TITLE_AND_ARTIST), kind if artist in self._by[place] else "alias"

    def _is_by(self, place: int, artist: str) -> bool:
        return artist in self._by[place] or not self._by[place].isdisjoint(self._spellings.get(artist, ()))

    def _all_by(self, artist: str) -> set[int]:
        names = self._spellings.get(artist, set()) | {artist}
        return {place for name in names for place in self._artists.get(name, ())}

    def _near_titles_of(self, places: Iterable[int], title: str, artist: str) -> Iterator[tuple[int, float, str]]:
        """Songs of a known artist by a misspelt title or its 초성; the artist being right counts for half."""
        typed, by = hangul.split(title), hangul.split(artist)
        for place in places:
            name = normal(self._songs[place].title)
            if hangul.initials(name) == title:
                yield place, _INITIALS_AND_ARTIST, "초성"
            stored = hangul.split(name)
            if alone := fuzz.ratio(typed, stored, score_cutoff=_NEAREST):
                yield place, _graded((alone + fuzz.ratio(by + typed, by + stored)) / 2), "typo"

    def _near_titles(self, typed: str) -> Iterator[tuple[int, float, str]]:
        """Songs whose title alone is near the letters typed; never sure when either is short."""
        titles, letters = self._title_letters
        scores = process.cdist([typed], letters, scorer=fuzz.ratio, score_cutoff=_NEAREST)[0]
        for row in _best(scores):
            score = _graded(float(scores[row]))
            if min(len(typed), len(letters[row])) < _SHORT:
                score = min(score, _SHORT_TITLE)
            yield from ((place, score, "typo") for place, _, _ in self._titled(titles[row]))

    def _near_pairs(self, typed: str) -> Iterator[tuple[int, float, str]]:
        """Songs whose title and artist together are near, in either order; never sure, as a long artist hides much."""
        places = list(self._pairs.values())
        for letters in self._pair_letters:
            scores = process.cdist([typed], letters, scorer=fuzz.ratio, score_cutoff=_NEAR_PAIR)[0]
            for row in _best(scores):
                score = min(_graded(float(scores[row])), _ARTIST)
                yield from ((place, score, "typo") for place in places[row])

    @cached_property
    def _title_letters(self) -> tuple[list[str], list[str]]:
        titles = [title for title in dict.fromkeys((*self._titles, *self._seconds)) if has_letters(title)]
        return titles, [hangul.split(title) for title in titles]

    @cached_property
    def _pair_letters(self) -> tuple[list[str], list[str]]:
        pairs = [(hangul.split(title), hangul.split(artist)) for title, artist in self._pairs]
        return [title + artist for title, artist in pairs], [artist + title for title, artist in pairs]

    @cached_property
    def _initials(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = {}
        for title in self._titles:
            if letters := hangul.initials(title):
                places.setdefault(letters, []).extend(self._titles[title])
        return places

    def _by_initials(self, letters: str, pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[int, float, str]]:
        yield from ((place, _INITIALS, "초성") for place in self._initials.get(letters, ()))
        for title, artist in pairs:
            for place in self._initials.get(title, ()):
                if any(hangul.initials(name) == artist for name in self._names_of(place)):
                    yield place, _INITIALS_AND_ARTIST, "초성"

    def _names_of(self, place: int) -> frozenset[str]:
        return self._by[place].union(*(self._spellings.get(name, ()) for name in self._by[place]))


def _pairs(words: Sequence[str]) -> list[tuple[str, str]]:
    """Every title and artist the words may be, cut between two of them: «가수 제목», «제목 가수», «가수의 제목»."""
    pairs: list[tuple[str, str]] = []
    for cut in range(1, len(words)):
        left, right = "".join(words[:cut]), "".join(words[cut:])
        pairs += dict.fromkeys([(left, right), (right, left), (right, left.removesuffix("의"))])
    return pairs


def _graded(ratio: float) -> float:
    """A ratio of letters as a score: below 90 it falls twice as fast, so that 75 becomes 60 and 45 becomes 0.

    One wrong letter of five stays worth a question; two of eight do not.
    """
    return round(min(ratio, SURE - 2 * (SURE - ratio)), 1)


def _best(scores: NDArray[np.float32], count: int = 20) -> list[int]:
    """Rows of the `count` highest scores above 0, and those equal to the last of them."""
    floor = np.partition(scores, -count)[-count] if len(scores) > count else 0
    return np.flatnonzero((scores > 0) & (scores >= floor)).tolist()
