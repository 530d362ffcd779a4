"""Where servers bring their messages: words of self-harm first, then each person's in order, and never too many.

The bot itself is synchronous; here it works in threads, so that a slow answer delays no other person.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from weakref import WeakValueDictionary

from bot import care, texts
from bot.app import CARE_SECONDS, LONGEST_MESSAGE, Bot
from bot.dialogue import Event, Reply, care_reply
from bot.metrics import Metrics

log = logging.getLogger(__name__)

THREADS = 3  # more only keep each other, and the event loop, from the one lock of Python
WAITING = 256  # messages of a platform that may wait here; about as many are answered within KakaoTalk's deadline
CARE_THREADS = 2
SHORT = 1000  # characters whose care level is found without a thread, in a few milliseconds
BURST, PER_SECOND = 30, 2.0  # messages of one person: at once, and for ever
PEOPLE = 10_000  # remembered by the pace

Replies = tuple[Reply, ...]
Holds = Callable[[], Awaitable[bool]]
Deliver = Callable[[Replies], Awaitable[None]]


class Desk:
    """The asynchronous front of one bot, for one event loop."""

    def __init__(self, bot: Bot, metrics: Metrics | None = None):
        self.bot, self.metrics = bot, metrics or Metrics()
        self._threads = ThreadPoolExecutor(THREADS, "answer")
        self._care_threads = ThreadPoolExecutor(CARE_THREADS, "care")
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.pace = Pace()
        self._waiting: Counter[str] = Counter()
        self._caring = 0

    async def answer(
        self,
        platform: str,
        person: str,
        text: str,
        request: str | None = None,
        holds: Holds | None = None,
        deliver: Deliver | None = None,
    ) -> Replies:
        """Replies to one message of a person (a `Store.person`).

        `holds` is asked when it is the person's turn; where it says no the message is dropped. `deliver` gets the
        replies while it is still the person's turn, so that answers leave in the order of the messages. A person who
        sends too much is told so once, then gets no reply until there is room again. Raises what `Bot.answer`, `holds`
        and `deliver` raise.
        """
        if await self._cares(text):
            with self.metrics.answering(platform):
                return await self._delivered(await self._care(person, text, request), deliver)
        refused = self._refused(platform, person)
        if refused is not None:
            return await self._delivered(refused, deliver)
        turn = self._turns.setdefault(person, asyncio.Lock())
        with self.metrics.answering(platform), ExitStack() as waiting:
            waiting.enter_context(self._counted(platform))
            async with turn:
                if holds and not await holds():
                    return ()
                loop = asyncio.get_running_loop()
                replies = await loop.run_in_executor(self._threads, self.bot.answer, person, text, None, request)
                waiting.close()  # an answer that only leaves slowly keeps no other from being made
                return await self._delivered(replies, deliver)

    def close(self) -> None:
        """End the threads; what they have not begun is not answered."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._care_threads.shutdown(wait=False, cancel_futures=True)

    @contextmanager
    def _counted(self, platform: str) -> Iterator[None]:
        self._waiting[platform] += 1
        try:
            yield
        finally:
            self._waiting[platform] -= 1

    async def _delivered(self, replies: Replies, deliver: Deliver | None) -> Replies:
        if deliver and replies:
            await deliver(replies)
        return replies

    def _refused(self, platform: str, person: str) -> Replies | None:
        """What is said instead of an answer; None when there is room."""
        if not self.pace.allows(person):
            self.metrics.refused(platform, "too_fast")
            return (Reply(texts.TOO_FAST),) if self.pace.first_refusal(person) else ()
        if self._waiting[platform] >= WAITING:
            self.metrics.refused(platform, "busy")
            return (Reply(texts.BUSY),)
        return None

    async def _cares(self, text: str) -> bool:
        text = text[:LONGEST_MESSAGE]
        if len(text) <= SHORT:
            return care.level(text) is not None
        return await asyncio.get_running_loop().run_in_executor(self._care_threads, care.level, text) is not None

    async def _care(self, person: str, text: str, request: str | None) -> Replies:
        """The care answer, which is constant: it waits neither for a slow session nor behind other people."""
        if self._caring < WAITING:
            self._caring += 1
            loop = asyncio.get_running_loop()
            work = loop.run_in_executor(self._care_threads, self.bot.answer, person, text, None, request)
            work.add_done_callback(self._cared)
            done, _ = await asyncio.wait({work}, timeout=CARE_SECONDS)
            if done and work.exception() is None:
                return work.result()
        return (care_reply(Event(text[:LONGEST_MESSAGE], time.time())),)

    def _cared(self, work: asyncio.Future) -> None:
        self._caring -= 1
        if not work.cancelled() and work.exception():
            log.error("a care answer could not be kept: %s", type(work.exception()).__name__)


class Pace:
    """How fast each person may send: `BURST` messages at once, `PER_SECOND` in the long run."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._due: dict[str, float] = {}  # when the messages so far are paid off
        self._told: set[str] = set()

    def allows(self, person: str) -> bool:
        """Count one message; False when it is too many."""
        now = self._clock()
        due = max(self._due.get(person, now), now) + 1 / PER_SECOND
        if due - now > BURST / PER_SECOND + 1e-9:
            return False
        if len(self._due) >= PEOPLE:
            self._due = {one: until for one, until in self._due.items() if until > now}
        self._due[person] = due
        self._told.discard(person)
        return True

    def first_refusal(self, person: str) -> bool:
        """True for the first message that is refused since one was allowed."""
        if person in self._told:
            return False
        self._told.add(person)
        return True
