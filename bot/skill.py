"""The KakaoTalk skill over HTTP: who may ask, the deadline, and what happens to an answer that misses it.

KakaoTalk waits five seconds and shows nothing at all for any status but 200, so every failure of ours is an answer of
200; 401, 403, 413 and 415 are for callers that are not KakaoTalk.
"""

import asyncio
import hmac
import json
import logging
import time
from collections.abc import Awaitable
from functools import partial
from typing import Any, Protocol

import httpx
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot import kakao, texts
from bot.desk import Desk
from bot.dialogue import Reply
from bot.files import Files
from bot.http import from_loopback, require_json
from bot.settings import Settings
from bot.store import Join, StoreError

log = logging.getLogger(__name__)

DEADLINE = 3.3  # seconds from receipt after which something else than the answer is said
CALLBACK_ENDS = 50.0  # seconds from receipt; the address is valid for 60
OTHER_WORKER = 1.5  # seconds in which «결과 보기» looks for an answer that another process may be finishing
LOOK_EVERY = 0.25
LONGEST_REQUEST_ID = 128
CLOSE_SECONDS = 4.0  # for late answers when the server stops


class Shared(Protocol):
    """What all servers of one bot know; `bot.store.Store` has it."""

    def person(self, platform: str, user: str) -> str: ...

    def answered(self, person: str, request: str) -> str | None:
        """What a request was answered with."""

    def set_pending(self, person: str, answer: str | None, time: float, join: Join | None = None) -> None:
        """Keep an answer that missed its deadline, joined with an earlier one."""

    def pending(self, person: str) -> str | None:
        """The kept answer."""

    def take_pending(self, person: str, request: str | None = None, time: float = 0.0) -> str | None:
        """The kept answer, once; it becomes the answer to the request."""


class Skill:
    """Answers POST /kakao/skill."""

    def __init__(
        self,
        desk: Desk,
        shared: Shared,
        settings: Settings,
        client: httpx.AsyncClient,
        files: Files | None = None,
    ):
        """`client` posts callbacks; it must follow no redirect. Without `files` none are shown."""
        self._desk, self._shared, self._settings, self._client = desk, shared, settings, client
        self._files, self._metrics = files, desk.metrics
        self._tasks: set[asyncio.Task] = set()
        self._late: dict[str, asyncio.Task] = {}  # the last late answer of a person, while it is being made here

    async def post(self, request: Request) -> Response:
        """One skill request. Raises HTTPException 401, 403, 413 or 415."""
        received = _now()
        self._admit(request)
        try:
            return JSONResponse(await self._respond(request, received))  # Korean as it is, not as \\u escapes
        except HTTPException:
            raise
        except kakao.NoUserError:
            return JSONResponse(kakao.no_user())
        except kakao.PayloadError as problem:
            log.warning("a skill request could not be read: %s", problem)
        except Exception as problem:  # whatever it is, KakaoTalk shows nothing but an answer
            log.error("a skill request failed: %s", type(problem).__name__)
        return JSONResponse(kakao.failed())

    async def _respond(self, request: Request, received: float) -> dict[str, Any]:
        sent = kakao.read(await request.body())
        if self._settings.kakao_bot_id and sent.bot_id != self._settings.kakao_bot_id:
            raise HTTPException(403, "another bot")
        person = self._shared.person("kakao", sent.person_key)
        given = request.headers.get("x-request-id", "")
        number = f"kakao:{given}" if 0 < len(given) <= LONGEST_REQUEST_ID else None
        if sent.utterance.strip() == texts.COLLECT:
            return await self._collect(person, number and f"{number}:collected", received)
        work = self._spawn(self._answer(person, sent.utterance, number))
        if await _done(work, received + DEADLINE):
            return work.result()
        self._metrics.messages.labels("kakao", "late").inc()
        if sent.callback_url and kakao.callback_allowed(sent.callback_url):
            self._keep_late(person, self._call_back(person, work, sent.callback_url, received))
            return kakao.use_callback(texts.CALLBACK_WAIT)
        self._keep_late(person, self._keep(person, work))
        return kakao.pending()

    async def close(self) -> None:
        """Give late answers a moment to be kept or called back."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=CLOSE_SECONDS)

    def _admit(self, request: Request) -> None:
        secret = self._settings.kakao_secret
        if secret is None:
            if not from_loopback(request):
                raise HTTPException(403, "KAKAO_SKILL_SECRET is not set: only this machine may ask")
        else:
            given = request.headers.get(self._settings.kakao_header, "")
            if not hmac.compare_digest(given.encode("latin-1", "replace"), secret.encode()):
                raise HTTPException(401, "the secret header is missing or wrong")
        require_json(request)

    async def _answer(self, person: str, text: str, number: str | None) -> dict[str, Any]:
        """The answer to a text; a failure of ours is an answer too."""
        try:
            replies = await self._desk.answer("kakao", person, text, number)
            if any(reply.picture or reply.data for reply in replies):
                return await asyncio.to_thread(kakao.answer, replies, partial(self._address, person))
            return kakao.answer(replies or (Reply(texts.TOO_FAST),))
        except Exception as problem:
            log.error("an answer failed: %s", type(problem).__name__)
            return kakao.failed()

    def _address(self, person: str, content: bytes, kind: str) -> str:
        """Where a person can fetch a file; "" where nowhere, which takes no text away."""
        if self._files is None:
            return ""
        try:
            return self._files.keep(person, content, kind)
        except StoreError as problem:
            log.error("a file could not be kept: %s", problem)
            return ""

    async def _collect(self, person: str, number: str | None, received: float) -> dict[str, Any]:
        """What was found since, before the deadline; what is found behind it is put back."""
        if not self._desk.pace.allows(person):
            self._metrics.refused("kakao", "too_fast")
            return kakao.answer((Reply(texts.TOO_FAST),))
        looking = self._spawn(self._look(person, number, received))
        if not await _done(looking, received + DEADLINE):
            self._keep_late(person, self._keep(person, looking))
            return kakao.pending()
        found = looking.result()
        if found is None:
            return kakao.pending() if person in self._late else kakao.nothing_pending()
        return found

    async def _look(self, person: str, number: str | None, received: float) -> dict[str, Any] | None:
        """What is kept: here it is waited for, from other workers it is looked for a while; None for nothing."""
        if number and (again := await asyncio.to_thread(self._shared.answered, person, number)) is not None:
            return json.loads(again)
        while True:
            if await asyncio.to_thread(self._shared.pending, person) is not None:
                kept = await asyncio.to_thread(self._shared.take_pending, person, number, time.time())
                if kept is not None:  # no other worker was faster
                    return json.loads(kept)
            late = self._late.get(person)
            if late:
                if not await _done(late, received + DEADLINE):
                    return None
            elif _now() < received + OTHER_WORKER:
                await asyncio.sleep(LOOK_EVERY)
            else:
                return None

    def _keep_late(self, person: str, work) -> None:
        task = self._spawn(work)
        self._late[person] = task

        def forget(done: asyncio.Task) -> None:
            if self._late.get(person) is done:
                del self._late[person]

        task.add_done_callback(forget)

    async def _keep(self, person: str, work: Awaitable[dict[str, Any] | None]) -> None:
        """Keep a late answer where there is one, with an earlier one that nobody has collected."""
        try:
            answer = await work
            if answer is not None:
                written = json.dumps(answer, ensure_ascii=False)
                await asyncio.to_thread(self._shared.set_pending, person, written, time.time(), _joined)
        except Exception as problem:
            log.error("a late answer could not be kept: %s", type(problem).__name__)

    async def _call_back(self, person: str, work: "asyncio.Task[dict[str, Any]]", url: str, received: float) -> None:
        """Post a late answer, once; where that fails it can be collected."""
        if not await _done(work, received + CALLBACK_ENDS):
            self._metrics.callbacks.labels("too late").inc()
            return await self._keep(person, work)
        try:
            answered = await self._client.post(url, json=work.result(), timeout=received + CALLBACK_ENDS - _now())
            said = answered.json() if answered.is_success else {}
            status = str(said.get("status", "")) if isinstance(said, dict) else ""
        except (httpx.HTTPError, ValueError) as problem:
            log.warning("a callback could not be posted: %s", type(problem).__name__)
            status = "ERROR"
        status = status if status in ("SUCCESS", "FAIL", "ERROR") else "ERROR"
        self._metrics.callbacks.labels(status).inc()
        if status != "SUCCESS":
            log.warning("KakaoTalk did not take a callback: %s", status)
            await self._keep(person, work)

    def _spawn(self, work) -> asyncio.Task:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _joined(earlier: str, later: str) -> str:
    before, after = json.loads(earlier), json.loads(later)
    return later if before == after else json.dumps(kakao.joined(before, after), ensure_ascii=False)


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _done(work: asyncio.Future, until: float) -> bool:
    """Wait for work until a time of the loop, leaving it to go on."""
    done, _ = await asyncio.wait({work}, timeout=max(0.0, until - _now()))
    return bool(done)
