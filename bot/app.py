"""Composition root: settings → model, catalogue, search, store and the conversation over them."""

import json
import logging
import time as clock
from base64 import b64decode, b64encode
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot import diary, hints
from bot.dialogue import Event, Finding, Mood, Reply, care_reply, step
from bot.settings import Settings
from bot.store import TURN_SECONDS, Store, StoreError, open_store
from model.classifier import LiteRTClassifier
from recommender.catalogue import Catalogue, Song
from recommender.engine import Recommendation, Recommender, Wishes
from recommender.search import Search, decide, read_aliases
from recommender.songnames import names_of

log = logging.getLogger(__name__)

ALIASES = Path(__file__).parent.parent / "data" / "aliases.csv"
LONGEST_MESSAGE = 50_000  # characters of a message that are read
EXPIRE_EVERY = 3600  # seconds between two looks for what is too old to be kept
CARE_SECONDS = 1.0  # longest wait of a care answer for the person's turn
NO_WISHES = Wishes()


class Bot:
    """Answers people, from any thread: each person's messages one after another, different people at once."""

    def __init__(self, classifier: LiteRTClassifier, recommender: Recommender, search: Search, store: Store):
        self.classifier, self.recommender, self.search, self.store = classifier, recommender, search, store
        self._expired = 0.0
        self._failed = False  # the last answer could not be kept

    def answer(
        self, person: str, text: str, time: float | None = None, request: str | None = None
    ) -> tuple[Reply, ...]:
        """Replies to one message of a person (a `Store.person`) at a time in seconds since 1970, else now.

        `request` is the platform's id of the message: one that comes again is answered the same and changes nothing.
        Raises StoreError when nothing can be kept; words of self-harm are answered even then, and wait for nobody.
        """
        time = clock.time() if time is None else time
        services = _Services(self, person)
        event = Event(text[:LONGEST_MESSAGE], time, seed=int(time))
        cares = event.level is not None
        began = clock.perf_counter()
        try:
            self._expire(time)
            with self.store.turn(person, CARE_SECONDS if cares else TURN_SECONDS):
                kept = self.store.answered(person, request) if request else None
                if kept is not None:
                    return read_replies(kept)
                before = self.store.load(person)
                after, replies = step(before, event, services)
                answer = write_replies(replies) if request else None
                self.store.save(person, before, after, request, answer)
                self._failed = False
        except StoreError as problem:
            self._failed = True
            if not cares:
                raise
            log.error("a care answer could not be kept: %s", problem)
            return (care_reply(event),)
        milliseconds = (clock.perf_counter() - began) * 1000
        log.info("answered person=%s letters=%d replies=%d ms=%.1f", person[:8], len(text), len(replies), milliseconds)
        return replies

    def check(self) -> None:
        """Raises StoreError when the store cannot be read or, since an answer could not be kept, not be written."""
        self.store.load("check")
        if self._failed:
            self.store.try_writing()
            self._failed = False

    def _expire(self, now: float) -> None:
        """Once an hour, so that a bot that runs for months keeps nothing longer than promised."""
        if now - self._expired > EXPIRE_EVERY:
            self._expired = now
            self.store.expire(now)


def write_replies(replies: Sequence[Reply]) -> str:
    """Replies as JSON, pictures in base64."""

    def other(value: object) -> object:
        return b64encode(value).decode() if isinstance(value, bytes) else float(value)  # type: ignore[arg-type]

    return json.dumps([asdict(reply) for reply in replies], default=other)


def read_replies(written: str) -> tuple[Reply, ...]:
    """What `write_replies` wrote."""
    replies = []
    for one in json.loads(written):
        songs = tuple(Recommendation(**song | {"song": Song(**song["song"])}) for song in one["songs"])
        picture = {"picture": b64decode(one["picture"])} if one.get("picture") else {}
        replies.append(Reply(**one | {"songs": songs, "choices": tuple(one["choices"])} | picture))
    return tuple(replies)


def _without_files(answer: str | None) -> str | None:
    """A kept answer of `write_replies` without pictures and data; any other as it is."""
    replies = json.loads(answer) if answer and answer.startswith("[") else None
    if replies is None:
        return answer
    return json.dumps([reply | {"picture": None, "data": ""} for reply in replies], ensure_ascii=False)


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
        """What is kept, answers without their files: an export would hold those before it, ever longer."""
        kept = self.bot.store.export(self.person)
        answers = [one | {"answer": _without_files(one["answer"])} for one in kept["answers"]]
        return kept | {"answers": answers}

    def draw(self, moods: Sequence[Mood], now: float) -> bytes | None:
        return diary.picture(moods, now)


def build_search(catalogue: Catalogue) -> Search:
    """A search over a catalogue with the bundled aliases."""
    return Search(catalogue.songs, read_aliases(ALIASES), names_of(catalogue))


def build_bot(settings: Settings) -> Bot:
    """Open everything a conversation needs. Raises the error of the part that cannot be opened."""
    catalogue = Catalogue(settings.catalogue)
    store = open_store(settings.store, settings.user_key())
    hints.learnt()  # what cannot be read is told now, and not when somebody needs it
    return Bot(LiteRTClassifier(settings.model), Recommender(catalogue), build_search(catalogue), store)
