"""Composition root: settings → model, catalogue, search, store and the conversation over them."""

import json
import logging
import time as clock
from base64 import b64decode, b64encode
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from bot import care
from bot.dialogue import Event, Mood, Reply, State, step
from bot.settings import Settings
from bot.store import Store, StoreError
from model.classifier import LiteRTClassifier
from recommender.catalogue import Catalogue, Song
from recommender.engine import Recommendation, Recommender
from recommender.search import Found, Perhaps, Search, Several, Unknown, decide, read_aliases

log = logging.getLogger(__name__)

ALIASES = Path(__file__).parent.parent / "data" / "aliases.csv"
LONGEST_MESSAGE = 50_000  # characters of a message that are read
EXPIRE_EVERY = 86400  # seconds between two looks for what is too old to be kept


class Bot:
    """Answers people. One conversation may be answered at a time; different people at once."""

    def __init__(self, classifier: LiteRTClassifier, recommender: Recommender, search: Search, store: Store):
        self.classifier, self.recommender, self.search, self.store = classifier, recommender, search, store
        self._expired = 0.0

    def answer(
        self, person: str, text: str, time: float | None = None, request: str | None = None
    ) -> tuple[Reply, ...]:
        """Replies to one message of a person (a `Store.person`) at a time in seconds since 1970, else now.

        A request id that comes again is answered the same and changes nothing. Raises StoreError when nothing can
        be kept; words of self-harm are answered even then.
        """
        time = clock.time() if time is None else time
        services = _Services(self, person)
        event = Event(text[:LONGEST_MESSAGE], time, seed=int(time))
        try:
            self._expire(time)
            with self.store.turn(person):
                kept = self.store.answered(person, request) if request else None
                if kept is not None:
                    return _read_replies(kept)
                before = self.store.load(person)
                after, replies = step(before, event, services)
                self.store.save(person, before, after)
                if request:
                    self.store.keep_answer(person, request, _written_replies(replies), time)
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

    def search(self, query: str) -> Found | Several | Perhaps | Unknown:
        return decide(self.bot.search(query))

    def song(self, song_id: str) -> Song | None:
        return self.bot.recommender.catalogue.by_id.get(song_id)

    def recommend(
        self, seeds: Sequence[Song], emotion: Sequence[float], exclude: Collection[str]
    ) -> Sequence[Recommendation]:
        return self.bot.recommender.recommend(seeds, np.array(emotion), exclude=exclude)

    def history(self, since: float) -> Sequence[Mood]:
        return self.bot.store.history(self.person, since)


def _written_replies(replies: Sequence[Reply]) -> str:
    def pictured(reply: Reply) -> dict:
        return asdict(reply) | {"picture": b64encode(reply.picture).decode() if reply.picture else None}

    return json.dumps([pictured(reply) for reply in replies], ensure_ascii=False, default=float)


def _read_replies(kept: str) -> tuple[Reply, ...]:
    return tuple(
        Reply(
            text=one["text"],
            songs=tuple(Recommendation(**song | {"song": Song(**song["song"])}) for song in one["songs"]),
            choices=tuple(one["choices"]),
            call=one["call"],
            picture=b64decode(one["picture"]) if one["picture"] else None,
        )
        for one in json.loads(kept)
    )


def build_search(catalogue: Catalogue) -> Search:
    """A search over a catalogue with the bundled aliases."""
    return Search(catalogue.songs, read_aliases(ALIASES))


def build_bot(settings: Settings) -> Bot:
    """Open everything a conversation needs. Raises the error of the part that cannot be opened."""
    catalogue = Catalogue(settings.catalogue)
    store = Store(settings.store, settings.user_key())
    return Bot(LiteRTClassifier(settings.model), Recommender(catalogue), build_search(catalogue), store)
