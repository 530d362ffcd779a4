"""Finding the song a person means by its title, its artist, or both, misspelt or in initial consonants."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from model.text import has_letters, key
from recommender import hangul
from recommender.catalogue import Song
from recommender.names import MAX_ALIKE, NameIndex
from recommender.normal import Names, folded, names, normal
from recommender.songnames import As, SongNames

MAX_QUERY = 200
MAX_OFFERED, _OFFERED_OF_TITLE = 5, 2
_TITLED = ("exact", "alias")
SURE = 90.0
LEAD = 5.0
MAYBE = 60.0

_SCORES = {As.MAIN: 100.0, As.VERSION: 100.0, As.SECOND: 98.0, As.SPELT: 97.0, As.SECOND_SPELT: 96.0}
_TITLE_AND_ARTIST = 99.0
_SECOND_TITLE = 98.0
_KEYBOARD = 95.0
_OTHER_VERSION = 95.0
_ARTIST = 89.0
_AMONG_ARTISTS = 88.5
_NEAR_ARTIST = 84.0
_INITIALS_AND_ARTIST = 88.0
_INITIALS = 80.0
_OTHER_ARTIST = 75.0
_BEGINNING = 62.0
_TITLE_AND_MORE = 65.0
_SHORT_TITLE = 88.0
_NEAR_PAIR = 80.0
_NEAREST = 45.0
_SHORT = 8
_SHORTEST_BEGINNING = 4
_SHORTEST_NAMED = 3
_SONGS_OF_AN_ARTIST = 3  # that make a name that is also a title likely to be meant
_MAX_BEGINNING = 200
_MAX_ARTISTS = 200
_MAX_OF_ARTISTS = 2000
_LONGEST_CUT = 12

_REQUEST = re.compile(
    r"(?<=\S)\s+(?:이?라는\s*)?(?:(?:노래|곡|음악|좀|하나|추천|틀어|들려|재생|찾아|듣고|들을래|해|줘|주세요|줄래|싶어|싶다|부탁|요)\s*)+"
    r"[.!?~]*$"
)
_SONGS_WANTED = re.compile("노래|곡|음악")
_TOKENS = re.compile(r"[^\s/|:,()\[\]–—-]+")

_Candidate = tuple[int, float, str]


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
    """The one song meant. named: by its title, or title and artist, in one of their spellings, and not nearly."""

    song: Song
    named: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Several:
    """Two to five songs that bear the title: ask which one."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Perhaps:
    """One to five songs near the query, best first, or of a title and an artist of that name: ask which is meant."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class OfArtist:
    """The query names an artist alone: one to five songs by that artist, best known first; ask which one."""

    artist: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing near enough; the two nearest titles, or fewer."""

    nearest: tuple[Hit, ...]


def decide(hits: Sequence[Hit]) -> Found | Several | Perhaps | OfArtist | Unknown:
    """What to answer for the hits of one query, best first; needs two at least to be sure of a misspelt one.

    Rows of one work by one artist count as one song. No hits give `Unknown` with nothing near.
    """
    hits = _distinct(hits)
    titled = [hit for hit in hits if hit.kind in _TITLED and hit.score >= _SECOND_TITLE]
    by_artist = [hit for hit in hits if hit.kind == "artist"]
    if titled and by_artist:  # «노을» is a title and an artist
        return Perhaps((*titled, *by_artist))
    if len(titled) > 1:
        return Several(tuple(titled[:MAX_OFFERED]))
    if titled:
        return Found(titled[0].song, named=True)
    if hits and hits[0].kind == "artist":
        return OfArtist(by_artist[0].song.artist, tuple(by_artist[:MAX_OFFERED]))
    near = [hit for hit in hits if hit.score >= MAYBE and hit.score > hits[0].score - LEAD]
    if len(near) == 1 and near[0].score >= SURE:
        return Found(near[0].song)
    if near:
        return Perhaps(tuple(near[:MAX_OFFERED]))
    by_title = {normal(hit.song.title): hit for hit in reversed(hits)}
    return Unknown(tuple(hit for hit in hits if by_title[normal(hit.song.title)] is hit)[:2])


def _distinct(hits: Iterable[Hit], limit: int | None = None) -> list[Hit]:
    """The first hit of each work and artist, up to `limit`."""
    first: dict[tuple[int, str], Hit] = {}
    for hit in hits:
        if len(first) == limit:
            break
        first.setdefault((hit.song.work, normal(hit.song.artist)), hit)
    return list(first.values())


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

    def __init__(
        self,
        songs: Sequence[Song],
        aliases: Mapping[str, Sequence[str]] | None = None,
        known: SongNames | None = None,
    ) -> None:
        """aliases: other spellings by artist («아이유»: «IU») or by «title - artist», as from `read_aliases`.

        known: the names of just these songs, when they are on disk already.
        """
        self._songs = songs
        self._known = known or SongNames.build(songs)
        self._artists: tuple[NameIndex, ...] = (self._known.artists,)
        self._titles: tuple[NameIndex, ...] = (self._known.titles,)
        self._add_aliases(aliases or {})

    def _add_aliases(self, aliases: Mapping[str, Sequence[str]]) -> None:
        groups = [tuple(map(normal, (name, *others))) for name, others in aliases.items() if " - " not in name]
        called = [
            (spelling, artist, As.SECOND)
            for group in groups
            for artist in set().union(*map(self._artists_called, group))
            for spelling in sorted(set(group))
            if hangul.split(spelling) not in self._known.called(artist)
        ]
        self._artists += (NameIndex.build(called),)
        self._aliases_of: dict[int, list[str]] = {}
        for spelling, artist, _ in called:
            self._aliases_of.setdefault(artist, []).append(hangul.split(spelling))
        titled = []
        for name, others in aliases.items():
            title, dash, singer = name.rpartition(" - ")
            if dash and (found := [place for place, _ in self._titled(normal(title))]):
                artists = self._artists_called(normal(singer))
                titled += [
                    (normal(other), place, As.SECOND)
                    for place in found
                    if self._by(place) in artists
                    for other in others
                ]
        self._titles += (NameIndex.build(titled),)

    def __call__(self, query: str, limit: int = 5) -> list[Hit]:
        """Up to `limit` songs, best first, one row a work and artist.

        Of equal ones those come first that people are likelier to know (`SongNames.renown`). Only the first 200
        characters count. A query without letters finds nothing, unless it is a title as it stands («~»).
        """
        query = query[:MAX_QUERY]
        best: dict[int, tuple[float, str]] = {}
        for place, score, kind in self._candidates(query):
            if place not in best or score > best[place][0]:
                best[place] = score, kind
        renown = self._known.renown
        ranked = sorted(best, key=lambda place: (-best[place][0], renown[place]))
        by_artist = [place for place in ranked if best[place][1] == "artist"]
        titled = [place for place in ranked if best[place][1] in _TITLED and best[place][0] >= _SECOND_TITLE]
        if by_artist and titled:  # however many bear the title, the artist is not crowded out
            first = self._hits(titled, best, _OFFERED_OF_TITLE)
            return (first + self._hits(by_artist, best, limit - len(first)))[: max(limit, 0)]
        return self._hits(ranked, best, limit)

    def _hits(self, places: Iterable[int], best: Mapping[int, tuple[float, str]], limit: int) -> list[Hit]:
        return _distinct((Hit(self._songs[place], *best[place]) for place in places), max(limit, 0))

    # --- stages: places with score and kind; a place may come twice --------------------------------

    def _candidates(self, query: str) -> Iterator[_Candidate]:
        """The first stage that is sure ends the search."""
        called = names(query)
        exact = list(self._or_by_artist(called))
        yield from exact
        if exact or not has_letters(query):
            return
        asked = _REQUEST.sub("", query)
        if asked != query and has_letters(asked):
            songs_wanted = _SONGS_WANTED.search(query[len(asked) :]) is not None
            without = list(self._or_by_artist(names(asked), songs_wanted)) or list(self._of_artist(names(asked).whole))
            yield from without
            if without:
                return
        slips = _slips(query)
        slipped = [(place, min(score, _KEYBOARD), "script") for slip in slips for place, score, _ in self._exact(slip)]
        by_slip = [candidate for slip in slips for candidate in self._of_artist(slip.whole)] if not slipped else []
        yield from slipped
        if slipped:
            return
        if hangul.are_initials(called.whole):
            yield from self._by_initials(called.whole, _words(query))
            return
        yield from by_slip
        near = list(self._near(called.whole, _words(query)))
        yield from near
        if not by_slip and max((score for _, score, _ in near), default=0) < MAYBE:
            for slip in slips:
                found = self._near(slip.whole, _words(slip.spaced[0]))
                yield from ((place, min(score, _SHORT_TITLE), "script") for place, score, _ in found)

    def _exact(self, called: Names) -> Iterator[_Candidate]:
        whole = called.whole
        versions = [place for place, kind in self._titled(called.literal) if kind is As.VERSION]
        yield from ((place, _SCORES[As.VERSION], "exact") for place in versions)
        for place, kind in self._titled(whole):
            score = _SCORES[kind]
            if kind is not As.VERSION:
                yield place, min(score, _OTHER_VERSION) if versions else score, _kind(kind)
        for cut in range(1, len(whole)):
            left, right = whole[:cut], whole[cut:]
            yield from self._titled_by(left, right)
            yield from self._titled_by(right, left)
            yield from self._titled_by(right.removeprefix("의"), left)

    def _or_by_artist(self, called: Names, songs_wanted: bool = False) -> Iterator[_Candidate]:
        """What bears a name, and songs by an artist of that name: the nearer one, or both.

        A cover's title may name whom it covers, and titles are spelt as artists are: «보아» is no «No.1 (보아)». An
        artist of few songs is not meant by a title. songs_wanted: «… 노래», by which the artist is meant.
        """
        exact = list(self._exact(called))
        artists = self._of_that_name(called.whole) if called.whole == called.literal else {}
        if not artists or not exact:
            yield from exact
            return
        named_as = min(artists.values())
        titled_as = min((kind for _, kind in self._titled(called.whole)), default=As.SECOND_SPELT)
        if titled_as <= named_as and not songs_wanted:
            both = titled_as == named_as
            yield from (candidate for candidate in exact if not both or candidate[1] == _SCORES[titled_as])
        if named_as <= titled_as or songs_wanted:
            for number in (number for number, kind in artists.items() if kind == named_as):
                yield from ((place, _ARTIST, "artist") for place in self._known.songs_by(number))

    def _of_that_name(self, whole: str) -> dict[int, As]:
        """Artists of some songs who are called so, and how; an alias is as good as the name."""
        called = {
            number: As.MAIN if self._is_alias(whole, number) else kind
            for number, kind in self._artists_called(whole).items()
            if len(self._known.songs_by(number)) >= _SONGS_OF_AN_ARTIST
        }
        return {number: kind for number, kind in called.items() if kind not in (As.SECOND, As.SECOND_SPELT)}

    def _titled_by(self, title: str, artist: str) -> Iterator[_Candidate]:
        titled = self._titled(title)
        by = self._artists_called(artist) if titled else {}
        for place, kind in titled:
            artist_kind = by.get(self._by(place))
            if artist_kind is not None and kind is not As.VERSION:
                spelt = artist_kind >= As.SPELT or self._is_alias(artist, self._by(place))
                yield place, min(_SCORES[kind], _TITLE_AND_ARTIST), "alias" if spelt else _kind(kind)

    def _near(self, whole: str, words: Sequence[str]) -> Iterator[_Candidate]:
        """What is misspelt, incomplete, or more than a title; songs of an artist who is named so end it."""
        of_artist = list(self._of_artist(whole))
        yield from of_artist
        if sum(score == _ARTIST for _, score, _ in of_artist) >= _SONGS_OF_AN_ARTIST:
            return
        typed = hangul.split(whole)
        near = [(index, *index.near(typed)) for index in self._titles]
        yield from self._near_titles(typed, [(index, alike) for index, alike, _ in near])
        yield from self._beginning(typed)
        artist_named = False
        for title, artist in _pairs(words):
            by_artist = self._artists_called(artist)
            artist_named = artist_named or bool(by_artist)
            if by_artist:
                yield from self._near_titles_by(by_artist, title, artist)
            if len(title) > 1 and (by_artist or 2 * len(title) >= len(artist)):
                score = _OTHER_ARTIST if by_artist else _TITLE_AND_MORE
                for place, kind in self._titled(title):
                    if kind < As.SPELT:
                        yield place, score if by_artist or not self._named_in(artist, place) else _OTHER_ARTIST, "typo"
        if not artist_named:
            yield from self._near_artists(typed)
            yield from self._near_pairs(typed, [(index, inside) for index, _, inside in near])

    def _of_artist(self, artist: str) -> Iterator[_Candidate]:
        for number, kind in self._artists_called(artist).items():
            among = kind in (As.SECOND, As.SECOND_SPELT) and not self._is_alias(artist, number)
            score = _AMONG_ARTISTS if among else _ARTIST
            yield from ((place, score, "artist") for place in self._known.songs_by(number))

    def _near_artists(self, typed: str) -> Iterator[_Candidate]:
        """Songs of artists whose name is near the letters typed."""
        for index in self._artists:
            found, _ = index.near(typed, _MAX_ARTISTS)
            for number, ratio in _ratios(typed, [index.letters(one) for one in found], _NEAR_PAIR):
                score = min(_graded(ratio), _NEAR_ARTIST)
                for artist, _ in index.owners(found[number]):
                    yield from ((place, score, "artist") for place in self._known.songs_by(artist))

    def _near_titles(self, typed: str, near: Iterable[tuple[NameIndex, list[int]]]) -> Iterator[_Candidate]:
        """Songs whose title alone is near the letters typed; never sure when either is short."""
        for index, found in near:
            letters = [index.letters(number) for number in found]
            for row, ratio in _ratios(typed, letters, _NEAREST):
                score = _graded(ratio)
                if min(len(typed), len(letters[row])) < _SHORT:
                    score = min(score, _SHORT_TITLE)
                yield from ((place, score, "typo") for place, _ in index.owners(found[row]))

    def _near_titles_by(self, artists: Iterable[int], title: str, artist: str) -> Iterator[_Candidate]:
        """Songs of a known artist by a misspelt title or its 초성; the artist being right counts for half."""
        typed, by = hangul.split(title), hangul.split(artist)
        wanted = set(artists)
        if hangul.are_initials(title):
            found = [place for place, _ in self._known.initials.bearers(title) if self._by(place) in wanted]
            yield from ((place, _INITIALS_AND_ARTIST, "초성") for place in found)
        for place, letters in self._letters_by(wanted, typed):
            if alone := fuzz.ratio(typed, letters, score_cutoff=_NEAREST):
                yield place, _graded((alone + fuzz.ratio(by + typed, by + letters)) / 2), "typo"

    def _letters_by(self, artists: Iterable[int], typed: str) -> list[tuple[int, str]]:
        """(song, letters of a title) of the artists' songs; of very many those nearest to the letters typed."""
        titles = self._known.titles
        numbered = [(place, n) for one in artists for place in self._known.songs_by(one) for n in self._names_of(place)]
        if len(numbered) > _MAX_OF_ARTISTS:
            shared = titles.shared(typed)[[number for _, number in numbered]]
            numbered = [numbered[row] for row in np.argsort(-shared, kind="stable")[:_MAX_OF_ARTISTS]]
        return [(place, titles.letters(number)) for place, number in numbered]

    def _beginning(self, typed: str) -> Iterator[_Candidate]:
        """Songs whose title begins so; the more of it is typed, the likelier."""
        if len(typed) >= _SHORTEST_BEGINNING:
            for number in self._known.titles.starting(typed, _MAX_BEGINNING):
                score = _BEGINNING + 10 * len(typed) / len(self._known.titles.letters(number))
                yield from ((place, round(score, 1), "typo") for place, _ in self._known.titles.owners(number))

    def _near_pairs(self, typed: str, near: Iterable[tuple[NameIndex, list[int]]]) -> Iterator[_Candidate]:
        """Songs whose title and artist together are near, in either order; never sure, as a long artist hides much."""
        places: list[int] = []
        stored: list[str] = []
        slack = len(typed) // 3
        called = cache(self._called)
        for index, found in near:
            for number in found:
                title = index.letters(number)
                for place, _ in index.owners(number)[:MAX_ALIKE] if len(title) < len(typed) else ():
                    for name in called(self._by(place)):
                        if abs(len(name) + len(title) - len(typed)) <= slack:
                            places += (place, place)
                            stored += (title + name, name + title)
        for row, ratio in _ratios(typed, stored, _NEAR_PAIR):
            yield places[row], min(_graded(ratio), _ARTIST), "typo"

    def _by_initials(self, letters: str, words: Sequence[str]) -> Iterator[_Candidate]:
        """Songs whose title has these 초성, alone or with the artist's before or behind it."""
        bearers = self._known.initials.bearers
        yield from ((place, _INITIALS, "초성") for place, _ in bearers(letters))
        joined = [(letters[:cut], letters[cut:]) for cut in range(1, len(letters))]
        for pairs, score in ((_pairs(words), _INITIALS_AND_ARTIST), (joined, _INITIALS - 1)):
            for title, artist in chain(pairs, ((right, left) for left, right in pairs)):
                for place, _ in bearers(title):
                    if artist in self._initials_called(self._by(place)):
                        yield place, score, "초성"

    # --- what is known ------------------------------------------------------------------------------

    def _titled(self, title: str) -> list[tuple[int, As]]:
        return [(place, As(kind)) for index in self._titles for place, kind in index.bearers(title)]

    def _artists_called(self, artist: str) -> dict[int, As]:
        """Artists of a name, and how they are called so."""
        found: dict[int, As] = {}
        for index in self._artists:
            for number, kind in index.bearers(artist):
                found[number] = min(found.get(number, As.SECOND_SPELT), As(kind))
        return found

    def _by(self, place: int) -> int:
        return int(self._known.artist_of[place])

    def _called(self, artist: int) -> list[str]:
        return self._known.called(artist) + self._aliases_of.get(artist, [])

    def _initials_called(self, artist: int) -> set[str]:
        """Every name of an artist as 초성, or as it is where it has none."""
        called = map(hangul.join, self._called(artist))
        return {hangul.initials_of(name) or name for name in called}

    def _named_in(self, text: str, place: int) -> bool:
        """True when a name of the song's artist stands somewhere in the text."""
        letters = hangul.split(text)
        return any(len(name) >= _SHORTEST_NAMED and name in letters for name in self._called(self._by(place)))

    def _is_alias(self, name: str, artist: int) -> bool:
        return hangul.split(name) in self._aliases_of.get(artist, ())

    def _names_of(self, place: int) -> list[int]:
        return self._known.names_of(place)


def _kind(kind: As) -> str:
    return "exact" if kind in (As.MAIN, As.VERSION) else "alias"


def _words(text: str) -> list[str]:
    return [word for word in map(key, _TOKENS.findall(folded(text))) if word]


def _pairs(words: Sequence[str]) -> list[tuple[str, str]]:
    """Every title and artist the words may be, cut between two of them: «가수 제목», «제목 가수», «가수의 제목»."""
    pairs: list[tuple[str, str]] = []
    for cut in range(1, min(len(words), _LONGEST_CUT)):
        left, right = "".join(words[:cut]), "".join(words[cut:])
        pairs += dict.fromkeys([(left, right), (right, left), (right, left.removesuffix("의"))])
    return [(title, artist) for title, artist in pairs if artist]


def _slips(query: str) -> list[Names]:
    """What the query would be on the keyboard's other layout: all of it, or only the words that make sense there."""
    words = query.split()
    to_hangul = [hangul.from_keys(word) for word in words]
    to_latin = [hangul.to_keys(word) for word in words]
    whole = [all("가" <= letter <= "힣" or not letter.isalpha() for letter in word) for word in to_hangul]
    stray = [any(letter in hangul.INITIALS or letter in hangul.VOWELS for letter in word) for word in words]
    variants = (
        to_hangul,
        [new if sensible else old for old, new, sensible in zip(words, to_hangul, whole, strict=True)],
        to_latin,
        [new if broken else old for old, new, broken in zip(words, to_latin, stray, strict=True)],
    )
    slips = dict.fromkeys(" ".join(variant) for variant in variants)
    return [names(slip) for slip in slips if slip != " ".join(words)]


def _ratios(typed: str, stored: Sequence[str], least: float) -> list[tuple[int, float]]:
    """(row, ratio of letters from 0 to 100) of the nearest of the stored texts that reach `least`."""
    if not stored:
        return []
    scores = process.cdist([typed], stored, scorer=fuzz.ratio, score_cutoff=least)[0]
    return [(row, float(scores[row])) for row in _best(scores)]


def _graded(ratio: float) -> float:
    """A ratio of letters as a score: below 90 it falls twice as fast, so that 75 becomes 60 and 45 becomes 0.

    One wrong letter of five stays worth a question; two of eight do not.
    """
    return round(max(min(ratio, SURE - 2 * (SURE - ratio)), 0.0), 1)


def _best(scores: NDArray[np.float32], count: int = 20) -> list[int]:
    """Rows of the `count` highest scores above 0, and those equal to the last of them."""
    floor = np.partition(scores, -count)[-count] if len(scores) > count else 0
    return np.flatnonzero((scores > 0) & (scores >= floor)).tolist()
