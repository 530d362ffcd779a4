"""Composition root: settings → model, catalogue, search, store and the conversation over them."""

import logging
import time as clock
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot import care, diary
from bot.dialogue import Event, Finding, Mood, Reply, State, step
from bot.settings import Settings
from bot.store import Store, StoreError
from model.classifier import LiteRTClassifier
from recommender.catalogue import Catalogue, Song
from recommender.engine import Recommendation, Recommender, Wishes
from recommender.search import Search, decide, read_aliases

log = logging.getLogger(__name__)

ALIASES = Path(__file__).parent.parent / "data" / "aliases.csv"
LONGEST_MESSAGE = 50_000  # characters of a message that are read
NO_WISHES = Wishes()
EXPIRE_EVERY = 86400  # seconds between two looks for what is too old to be kept


class Bot:
    """Answers people. One conversation may be answered at a time; different people at once."""

    def __init__(self, classifier: LiteRTClassifier, recommender: Recommender, search: Search, store: Store):
        self.classifier, self.recommender, self.search, self.store = classifier, recommender, search, store
        self._expired = 0.0

    def answer(self, person: str, text: str, time: float | None = None) -> tuple[Reply, ...]:
        """Replies to one message of a person (a `Store.person`) at a time in seconds since 1970, else now.

        Raises StoreError when nothing can be kept; words of self-harm are answered even then.
        """
        time = clock.time() if time is None else time
        services = _Services(self, person)
        event = Event(text[:LONGEST_MESSAGE], time, seed=int(time))
        try:
            self._expire(time)
            before = self.store.load(person)
            after, replies = step(before, event, services)
            self.store.save(person, before, after)
        except StoreError:
            if care.level(event.text) is None:
                raise
            return step(State(), event, services)[1]
        return replies

    def _expire(self, now: float) -> None:
        """Once a day, so that a bot that runs for months keeps nothing longer than promised."""
        if now - self._expired > EXPIRE_EVERY:
            self.store.expire(now)
            self._expired = now


@dataclass(frozen=True)
class _Services:
    """What the conversation with one person asks of the bot (see `bot.dialogue.Services`)."""

    bot: Bot
    person: str

    @property
    def sure(self) -> float:
        return self.bot.classifier.files.sure

    def classify(self, text: str) -> tuple[Sequence[float], float]:
        read = self.bot.classifier.predict([text])
        return read.probabilities[0].tolist(), float(read.neutral[0])

    def search(self, query: str) -> Finding:
        return decide(self.bot.search(query))

    def song(self, song_id: str) -> Song | None:
        return self.bot.recommender.catalogue.by_id.get(song_id)

    def recommend(
        self,
        seeds: Sequence[Song],
        emotion: Sequence[float],
        exclude: Collection[str],
        mode: str = "match",
        wishes: Wishes = NO_WISHES,
    ) -> Sequence[Recommendation]:
        return self.bot.recommender.recommend(seeds, np.array(emotion), exclude=exclude, mode=mode, wishes=wishes)

    def history(self, since: float) -> Sequence[Mood]:
        return self.bot.store.history(self.person, since)

    def export(self) -> dict[str, Any]:
        return self.bot.store.export(self.person)

    def draw(self, moods: Sequence[Mood], now: float) -> bytes | None:
        return diary.picture(moods, now)


def build_search(catalogue: Catalogue) -> Search:
    """A search over a catalogue with the bundled aliases."""
    return Search(catalogue.songs, read_aliases(ALIASES))


def build_bot(settings: Settings) -> Bot:
    """Open everything a conversation needs. Raises the error of the part that cannot be opened."""
    catalogue = Catalogue(settings.catalogue)
    store = Store(settings.store, settings.user_key())
    return Bot(LiteRTClassifier(settings.model), Recommender(catalogue), build_search(catalogue), store)
