"""One HTTP server: the KakaoTalk skill, Telegram's webhook, health, metrics, files and the preview page.

`serve` runs it in one process or several; what several share lies in the store, their counts in a folder.
"""

import asyncio
import hmac
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.supervisors import Multiprocess

from bot import preview as page
from bot import texts
from bot.app import Bot, build_bot
from bot.desk import Desk
from bot.files import TYPES, Files
from bot.http import require_json
from bot.metrics import CONTENT_TYPE, Metrics
from bot.settings import Settings, SettingsError
from bot.skill import Skill

log = logging.getLogger(__name__)

LONGEST_BODY = 64 * 1024
LONGEST_UPDATE = 1024 * 1024
DISCARDED = 32 * 1024 * 1024  # bytes of a body that is too long which are read before it is refused
CALLBACK_SECONDS = 10.0
GRACE_SECONDS = 6  # for requests under way when the server stops
SWITCH_SECONDS = 0.001  # after which a thread lets another one run: the event loop keeps the deadlines
KEEP_ALIVE_SECONDS = 75  # longer than a proxy keeps an idle connection, so that none is closed under a request
HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


def application(
    bot: Bot,
    settings: Settings,
    *,
    preview: page.Audience | None = None,
    servers: int = 1,
    client: httpx.AsyncClient | None = None,
) -> Starlette:
    """The ASGI application over an open bot; it closes the bot's store when it ends.

    servers: so many share a bot. client: posts KakaoTalk's callbacks; it must follow no redirect.
    """
    metrics = Metrics()
    desk = Desk(bot, metrics)
    client = client or httpx.AsyncClient(timeout=CALLBACK_SECONDS, follow_redirects=False)
    files = Files(bot.store, settings.key_for("files"), settings.public_url) if settings.public_url else None
    skill = Skill(desk, bot.store, settings, client, files)
    webhook = None
    if settings.telegram_token:
        from bot.telegram import TelegramAdapter, Webhook

        api = TelegramAdapter(desk).application(
            settings.telegram_token, settings.telegram_api_base, polling=False, servers=servers
        )
        webhook = Webhook(api, settings.telegram_webhook_url, settings.webhook_secret())

    async def file(request: Request) -> Response:
        token, kind = request.path_params["token"], request.path_params["kind"]
        content = await asyncio.to_thread(files.read, token, kind) if files and kind in TYPES else None
        metrics.files.labels("refused" if content is None else "shown").inc()
        if content is None:
            raise HTTPException(404)
        saved_as = {"Content-Disposition": f'attachment; filename="{texts.EXPORT_FILE}"'} if kind == "json" else None
        return Response(content, media_type=TYPES[kind], headers=saved_as)

    async def telegram(request: Request) -> Response:
        given = request.headers.get("x-telegram-bot-api-secret-token", "")
        if webhook is None or not hmac.compare_digest(given.encode("latin-1", "replace"), secret):
            raise HTTPException(403)
        require_json(request)
        try:
            taken = await webhook.take(await request.body())
        except (ValueError, RecursionError):
            raise HTTPException(400, "no update") from None
        return Response(status_code=200 if taken else 503)

    async def healthy(request: Request) -> Response:
        return PlainTextResponse("ok")

    async def ready(request: Request) -> Response:
        """Which parts are there; without a token Telegram is none."""
        parts = {"model": "ok", "catalogue": "ok", "store": "ok"}  # the first two were opened before listening
        try:
            await asyncio.to_thread(bot.check)
        except Exception as problem:
            log.error("the store cannot be used: %s", type(problem).__name__)
            parts["store"] = "cannot be used"
        if webhook:
            parts["telegram"] = webhook.state
        missing = [name for name, state in parts.items() if state != "ok"]
        return JSONResponse({"ready": not missing, "parts": parts}, 503 if missing else 200)

    async def counts(request: Request) -> Response:
        return Response(await asyncio.to_thread(metrics.text), media_type=CONTENT_TYPE)

    @asynccontextmanager
    async def running(app: Starlette) -> AsyncIterator[None]:
        if webhook:
            webhook.start()
        yield
        await asyncio.gather(skill.close(), *([webhook.stop()] if webhook else []))
        desk.close()
        await client.aclose()
        bot.store.close()

    secret = settings.webhook_secret().encode() if webhook else b""
    short = [Middleware(LimitBody, most=LONGEST_BODY)]
    routes = [
        Route("/kakao/skill", skill.post, methods=["POST"], middleware=short),
        Route("/healthz", healthy),
        Route("/readyz", ready),
        Route("/metrics", counts),
    ]
    if files:
        routes.append(Route("/file/{token}.{kind}", file))
    if webhook:
        path = f"/telegram/{_last_part(settings.telegram_webhook_url)}"
        limit = [Middleware(LimitBody, most=LONGEST_UPDATE)]
        routes.append(Route(path, telegram, methods=["POST"], middleware=limit))
    if preview:
        routes += page.routes(desk, preview, short)
    app = Starlette(routes=routes, lifespan=running, middleware=[Middleware(AddHeaders)])
    app.router.redirect_slashes = False
    return app


def serve(settings: Settings, *, host: str, port: int, workers: int = 1, preview: page.Audience | None = None) -> None:
    """Serve until SIGINT or SIGTERM. Raises SettingsError when the address cannot be had, and what `build_bot` raises.

    The model and the catalogue are loaded before a connection is accepted.
    """
    address = _bound(host, port)
    with address, TemporaryDirectory(prefix="maeumgok-") as folder:
        if workers > 1:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        make = partial(_worker, settings, preview, workers, logging.getLogger().level)
        config = uvicorn.Config(
            make,
            factory=True,
            workers=workers,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        if workers > 1:
            build_bot(settings).store.close()  # what is missing is told once, here
            print(_shown(address), flush=True)
            Multiprocess(config, [address]).run()
            return
        app = make()
        config.app, config.factory = app, False
        for ending in (signal.SIGINT, signal.SIGTERM):  # uvicorn raises them again when it has stopped
            signal.signal(ending, lambda *_: None)
        print(_shown(address), flush=True)
        uvicorn.Server(config).run([address])


def _worker(settings: Settings, preview: page.Audience | None, workers: int, level: int) -> Starlette:
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=level)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # its lines hold the token
    sys.setswitchinterval(SWITCH_SECONDS)
    return application(build_bot(settings), settings, preview=preview, servers=workers)


def _bound(host: str, port: int) -> socket.socket:
    """A socket that holds the address but does not listen yet."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        address = socket.socket(found[0][0], socket.SOCK_STREAM)
        address.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        address.bind(found[0][4])
    except OSError as problem:
        raise SettingsError(
            f"--host {host} --port {port}: cannot be used ({problem.strerror}); give another --port or --host"
        ) from problem
    address.set_inheritable(True)
    return address


def _shown(address: socket.socket) -> str:
    host, port = address.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _last_part(url: str | None) -> str:
    return urlsplit(url).path.rsplit("/", 1)[1] if url else "webhook"


class LimitBody:
    """Answers 413 to a longer body; most of it is read and thrown away, or the answer would be lost on its way."""

    def __init__(self, app: ASGIApp, most: int):
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        length = dict(scope["headers"]).get(b"content-length", b"0")
        read = 0

        async def limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._most or not length.isdigit() or int(length) > self._most:
                while message.get("more_body") and read < DISCARDED:
                    message = await receive()
                    read += len(message.get("body", b""))
                raise HTTPException(413, f"at most {self._most} bytes are read")
            return message

        await self._app(scope, limited, send)


class AddHeaders:
    """Adds to every answer the headers that hold for all."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                for name, value in HEADERS.items():
                    if name.lower().encode() not in given:
                        message["headers"].append((name.lower().encode(), value.encode()))
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)
