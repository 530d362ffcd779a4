"""A chat page in the browser, to try the bot without an account; no outside asset, nothing but this server's own.

By default it answers this machine alone: a conversation about moods is not for a network without TLS.
"""

import asyncio
import base64
import logging
import re
import secrets
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from bot import links, texts
from bot.desk import Desk
from bot.dialogue import Reply, State, current_mood
from bot.http import from_loopback, require_json
from bot.store import StoreError
from model.labels import EMOTIONS

log = logging.getLogger(__name__)

FOLDER = Path(__file__).parent / "page"
FILES = {"/": "index.html", "/page.css": "page.css", "/page.js": "page.js"}
LONGEST_TEXT = 4000  # characters
COOKIE, COOKIE_SECONDS = "maeumgok", 30 * 86400
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_SESSION = re.compile(r"[0-9a-f]{32}")
_OWN_NAME = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?")


class Audience(StrEnum):
    """Who may open the page."""

    LOOPBACK = "loopback"
    ANYONE = "anyone"


def routes(desk: Desk, audience: Audience, middleware: Sequence[Middleware]) -> list[Route]:
    """The page, its files and what it asks for."""

    def admit(request: Request) -> None:
        """A page elsewhere that has itself resolved to this machine names another host."""
        own = from_loopback(request) and _OWN_NAME.fullmatch(request.headers.get("host", ""))
        if audience is Audience.LOOPBACK and not own:
            raise HTTPException(403, "the preview is for this machine alone; see --preview anyone")

    async def file(request: Request) -> Response:
        admit(request)
        return FileResponse(FOLDER / FILES[request.url.path], headers=HEADERS)

    async def say(request: Request) -> Response:
        """{"text"} → {"replies", "mood"}; the session is a cookie that scripts cannot read."""
        admit(request)
        require_json(request)  # which no form of another site can send
        try:
            said = await request.json()
        except (ValueError, RecursionError):
            raise HTTPException(400, "no JSON") from None
        text = said.get("text") if isinstance(said, dict) else None
        if not isinstance(text, str):
            raise HTTPException(400, "no text")
        session = request.cookies.get(COOKIE, "")
        session = session if _SESSION.fullmatch(session) else secrets.token_hex(16)
        person = desk.bot.store.person("preview", session)
        text = text.encode("utf-8", "replace").decode()[:LONGEST_TEXT]
        try:
            replies = await desk.answer("preview", person, text) or (Reply(texts.TOO_FAST),)
        except Exception:  # counted by the desk; the page says what every other place says
            replies = (Reply(texts.FAILED),)
        try:
            state = await asyncio.to_thread(desk.bot.store.load, person)
        except StoreError as problem:
            log.error("no mood is shown: %s", problem)
            state = State()
        answer = JSONResponse({"replies": [_shown(reply) for reply in replies], "mood": _mood(state)}, headers=HEADERS)
        secure = request.url.scheme == "https"
        answer.set_cookie(COOKIE, session, COOKIE_SECONDS, path="/", secure=secure, httponly=True, samesite="strict")
        return answer

    pages = [Route(path, file) for path in FILES]
    return [*pages, Route("/say", say, methods=["POST"], middleware=middleware)]


def _shown(reply: Reply) -> dict[str, Any]:
    return {
        "text": reply.text,
        "call": reply.call,
        "choices": [*dict.fromkeys(reply.words)],
        "data": reply.data,
        "picture": f"data:image/png;base64,{base64.b64encode(reply.picture).decode()}" if reply.picture else "",
        "songs": [
            {
                "title": one.song.title,
                "artist": one.song.artist,
                "year": one.song.year,
                "reason": one.reason,
                "links": links.of(one.song, reply.melon),
            }
            for one in reply.songs
        ],
    }


def _mood(state: State) -> list[dict[str, Any]]:
    """The present mood, strongest first; empty when none is known."""
    mood = current_mood(state)
    if mood is None:
        return []
    bars = [{"name": texts.MOOD_NAMES[name], "percent": round(100 * p)} for name, p in zip(EMOTIONS, mood, strict=True)]
    return sorted(bars, key=lambda bar: -bar["percent"])
