"""How often the search finds the song: queries generated from a catalogue's own titles, and lists written by people."""

import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz, process

from recommender import hangul
from recommender.catalogue import Song
from recommender.normal import names, normal
from recommender.search import Search
from recommender.table import rows_of

SEED = 20261122
LEAST_SYLLABLES = 3
_RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Query:
    """What is typed, and the normal forms of the titles that count as found, with the artist's where one is named."""

    text: str
    titles: frozenset[str]
    artist: str | None = None

    def rank(self, songs: Sequence[Song]) -> int | None:
        """Place from 0 of the first song that counts."""
        return next((place for place, song in enumerate(songs) if self._counts(song)), None)

    def _counts(self, song: Song) -> bool:
        by = self.artist is None or self.artist in normal(song.artist) or normal(song.artist) in self.artist
        called = names(song.title)
        return by and (not self.titles or called.main in self.titles or called.whole in self.titles)


def evaluate(
    search: Search, songs: Sequence[Song], lists: Mapping[str, Sequence[tuple[str, Query]]], sample: int = 1000
) -> dict:
    """Rates of the right song being first and among the first five, with 95 % bootstrap intervals, by kind.

    Up to `sample` queries of each kind are generated with a fixed seed; every title is tried as it stands. Each
    list, by its name, is what `written` gives.
    """
    kinds: dict[str, dict] = {}
    for kind, queries in generated(songs, sample).items():
        kinds[kind] = _measured(search, queries)
    for name, rows in lists.items():
        kinds[name] = _measured(search, [query for _, query in rows])
        for one in sorted({its for its, _ in rows} - {""}):
            kinds[f"{name}: {one}"] = _measured(search, [query for its, query in rows if its == one])
    return {"seed": SEED, "songs": len(songs), "kinds": kinds, "milliseconds": _speed(search, songs)}


def generated(songs: Sequence[Song], sample: int) -> dict[str, list[Query]]:
    """Queries of each kind, made from the titles of three syllables or more.

    A query that is another song's title is left out.
    """
    every_title = {normal(song.title) for song in songs} - {""}
    chosen = random.Random(SEED)  # noqa: S311 (queries, not secrets)
    by_title = {normal(song.title): song for song in reversed(songs)}
    long_titles = sorted(title for title in every_title if len(title) >= LEAST_SYLLABLES)
    hangul_titles = [title for title in long_titles if hangul.initials(title)]
    latin_titles = [title for title in long_titles if title.isascii() and title.isalpha()]

    def draw(titles: Sequence[str], make: Callable[[str, random.Random], str], artist: bool = False) -> list[Query]:
        queries = []
        for title in chosen.sample(titles, min(sample, len(titles))):
            song = by_title[title]
            text = make(title, chosen)
            if artist:
                text = " ".join(chosen.sample([text, song.artist], 2))
            if normal(text) == title or normal(text) not in every_title:
                queries.append(Query(text, frozenset([title]), normal(song.artist) if artist else None))
        return queries

    every = [Query(song.title, frozenset([normal(song.title)])) for song in songs if normal(song.title)]
    return {
        "exact": every,
        "spacing": draw(long_titles, lambda title, chance: _respaced(by_title[title].title, chance)),
        "one jamo": draw(hangul_titles, lambda title, chance: mistyped(title, 1, chance)),
        "two jamo": draw(hangul_titles, lambda title, chance: mistyped(title, 2, chance)),
        "one letter": draw(latin_titles, lambda title, chance: mistyped(title, 1, chance)),
        "one jamo, with artist": draw(hangul_titles, lambda title, chance: mistyped(title, 1, chance), artist=True),
        "초성, with artist": draw(hangul_titles, lambda title, chance: hangul.initials(title), artist=True),
        "title and artist": draw(long_titles, lambda title, chance: by_title[title].title, artist=True),
        "Hangul on Latin keys": draw(hangul_titles, lambda title, chance: hangul.to_keys(title)),
        "Latin on Hangul keys": draw(latin_titles, lambda title, chance: hangul.from_keys(title)),
    }


def mistyped(title: str, count: int, chance: random.Random) -> str:
    """A title with `count` single letters replaced, left out, doubled or swapped with the next, and composed again."""
    letters = list(hangul.split(title))
    while True:
        changed = letters[:]
        for _ in range(count):
            place = chance.randrange(len(changed))
            letter = changed[place]
            alike = next((kind for kind in (hangul.INITIALS, hangul.VOWELS) if letter in kind), "abcdefghijklmnopqrst")
            match chance.randrange(4):
                case 0:
                    changed[place] = chance.choice([other for other in alike if other != letter])
                case 1 if len(changed) > 2:
                    del changed[place]
                case 2:
                    changed.insert(place, chance.choice(alike))
                case _ if place + 1 < len(changed):
                    changed[place : place + 2] = changed[place + 1], changed[place]
        if changed != letters:
            return hangul.join("".join(changed))


def _respaced(title: str, chance: random.Random) -> str:
    """A title with some of its blanks gone and some where none belong."""
    kept = (letter for letter in title if letter != " " or chance.random() < 0.5)
    return "".join(letter + (" " if chance.random() < 0.25 else "") for letter in kept)


def written(path: Path) -> list[tuple[str, Query]]:
    """(kind, query) of a CSV file with the columns query, title and artist, and kind where it has several.

    An empty title means any song of the artist. Raises CatalogueError for a file that is none.
    """
    return [
        (
            row["kind"],
            Query(row["query"], frozenset(filter(None, [normal(row["title"])])), normal(row["artist"]) or None),
        )
        for row in rows_of(path, ("query", "title", "artist"), ("kind",))
    ]


def _measured(search: Search, queries: Sequence[Query]) -> dict:
    ranks = [query.rank([hit.song for hit in search(query.text)]) for query in queries]
    first = np.array([rank == 0 for rank in ranks], float)
    five = np.array([rank is not None for rank in ranks], float)
    missed = [query.text for query, rank in zip(queries, ranks, strict=True) if rank is None]
    return {"queries": len(queries), "top1": _rate(first), "top5": _rate(five), "missed": missed[:10]}


def _rate(found: np.ndarray) -> dict[str, float]:
    """The mean and its 95 % bootstrap interval."""
    if not len(found):
        return {}
    drawn = np.random.default_rng(SEED).choice(found, (_RESAMPLES, len(found))).mean(axis=1)
    low, high = np.percentile(drawn, (2.5, 97.5))
    return {"rate": round(float(found.mean()), 4), "low": round(float(low), 4), "high": round(float(high), 4)}


def _speed(search: Search, songs: Sequence[Song], queries: int = 60) -> dict[str, float]:
    """Median and p95 of a misspelt search, and how many times as long as the baseline of the same run it takes.

    The baseline is rapidfuzz's `extract` of the same query over all titles, `ratio` on single letters.
    """
    chance = random.Random(SEED)  # noqa: S311 (queries, not secrets)
    titles = sorted({normal(song.title) for song in songs if len(normal(song.title)) >= LEAST_SYLLABLES})
    if not titles:
        return {}
    misspelt = [mistyped(chance.choice(titles), 1, chance) for _ in range(queries)]
    letters = [hangul.split(title) for title in titles]
    ours = [_milliseconds(search, text) for text in misspelt]
    scan = [_milliseconds(_nearest, hangul.split(text), letters) for text in misspelt]
    return {
        "misspelt_median": round(statistics.median(ours), 2),
        "misspelt_p95": round(float(np.percentile(ours, 95)), 2),
        "baseline_median": round(statistics.median(scan), 2),
        "times_baseline": round(statistics.median(ours) / statistics.median(scan), 2),
    }


def _nearest(letters: str, titles: Sequence[str]) -> object:
    return process.extract(letters, titles, scorer=fuzz.ratio, limit=5)


def _milliseconds(work: Callable, *arguments) -> float:
    started = time.perf_counter()
    work(*arguments)
    return (time.perf_counter() - started) * 1000
