"""A Bot API server on loopback: what Telegram would answer, and what a person would do.

    async with FakeBotAPI() as api:
        ...  # an application with api.token, its base_url at f"{api.url}/bot"
        api.says(7, "안녕")
        sent = await api.next(7)
        api.taps(7, sent, "다른 곡")
        api.fail("sendMessage", 429, "Too Many Requests: retry after 1", retry_after=1)

It is stricter than Telegram in one thing: a bare «&» is refused, as the documentation asks for `&amp;`.
"""

import asyncio
import itertools
import json
import re
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from html import unescape
from types import TracebackType

from tornado.httpclient import AsyncHTTPClient, HTTPClientError
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

LONGEST_TEXT = 4096  # UTF-16 units, after the entities are parsed
LONGEST_CAPTION = 1024
LONGEST_DATA = 64  # bytes of callback data
TAGS = {"b", "strong", "i", "em", "u", "s", "code", "pre", "a", "blockquote"}

_COMMAND = re.compile(r"/[A-Za-z0-9_]{1,32}(?:@\w+)?(?=\s|$)")  # «/노래» is plain text to Telegram
_PIECE = re.compile(
    r'<(?P<end>/?)(?P<tag>[a-z]+)(?: href="(?P<href>[^"<>]*)")?>|(?P<bad><|&(?!(?:amp|lt|gt|quot|#\w+);))'
)
_DONE = {"sendChatAction", "setMyCommands", "answerCallbackQuery", "deleteWebhook", "close", "logOut"}


class Refused(Exception):
    """What a call is refused with: HTTP status, description and perhaps the seconds to wait."""

    def __init__(self, status: int, description: str, retry_after: int | None = None):
        super().__init__(description)
        self.status, self.description, self.retry_after = status, description, retry_after

    def body(self) -> dict:
        parameters = {"parameters": {"retry_after": self.retry_after}} if self.retry_after else {}
        return {"ok": False, "error_code": self.status, "description": self.description, **parameters}


class Dropped(Exception):
    """The connection is closed instead of an answer."""


@dataclass
class Sent:
    """A message of the bot, as it stands in the chat."""

    id: int
    chat: int
    text: str  # without tags
    html: str
    links: list[str]
    data: dict[str, str] = field(default_factory=dict)  # the callback data of each button, by the words on it
    parameters: dict[str, str] = field(default_factory=dict)
    edited: bool = False
    photo: bytes = b""
    document: bytes = b""

    @property
    def buttons(self) -> list[str]:
        """The words on the buttons."""
        return list(self.data)


class FakeBotAPI:
    """One bot's server; ids of private chats are those of the people, groups have negative ids."""

    token = "123456:TEST-TOKEN"

    def __init__(self) -> None:
        self.me = {"id": 123456, "is_bot": True, "first_name": "마음곡", "username": "maeumgok_test_bot"}
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.waiting: list[dict] = []  # updates that no later offset has confirmed
        self.blocked: set[int] = set()
        self.webhook: dict[str, str] = {}
        self.refused: list[int] = []  # the HTTP statuses with which the webhook did not take an update
        self._delivering: asyncio.Task | None = None
        self._shown: dict[tuple[int, int], str] = {}  # what stands in (chat, message)
        self._failures: dict[str, deque[Exception]] = defaultdict(deque)
        self._outbox: dict[int, asyncio.Queue[Sent]] = defaultdict(asyncio.Queue)
        self._numbers = defaultdict(lambda: itertools.count(1))
        self._news = asyncio.Event()

    async def __aenter__(self) -> "FakeBotAPI":
        sockets = bind_sockets(0, "127.0.0.1")
        self.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
        self._server = HTTPServer(Application([(r"/bot([^/]+)/(\w+)", _Method, {"api": self})]))
        self._server.add_sockets(sockets)
        return self

    async def __aexit__(self, kind: type | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        if self._delivering:
            self._delivering.cancel()
        self._server.stop()
        self._news.set()
        await self._server.close_all_connections()

    # --- what people do ---------------------------------------------------------------

    def says(self, user: int, text: str, *, group: int | None = None, edited: bool = False) -> None:
        """A text of a person, in the private chat or in a group; `edited` makes it the change of an older one."""
        entities = {}
        if command := _COMMAND.match(text):
            entities = {"entities": [{"type": "bot_command", "offset": 0, "length": command.end()}]}
        self._update("edited_message" if edited else "message", self._message(user, group) | {"text": text} | entities)

    def sends(self, user: int, **content: object) -> None:
        """A message of a person without text: `sends(7, sticker={...})`."""
        self._update("message", self._message(user) | content)

    def taps(self, user: int, sent: Sent, word: str, *, gone: bool = False) -> None:
        """A tap on a button by its words; `gone` when Telegram no longer shows the bot the message."""
        self.taps_data(user, sent.data[word], 1 if gone else sent.id, gone)

    def taps_data(self, user: int, data: str, message: int = 1, gone: bool = False) -> None:
        """A tap that sends any data, as forged or older ones."""
        below = {"message_id": message, "date": 0 if gone else int(time.time()), "chat": _chat(user)}
        number = str(next(self._numbers["query"]))
        tap = {"id": number, "from": _user(user), "message": below, "chat_instance": "1", "data": data}
        self._update("callback_query", tap)

    def blocks(self, user: int) -> None:
        """A person blocks the bot: it is told, and what it sends is refused."""
        self.blocked.add(user)
        self._update(
            "my_chat_member",
            {
                "chat": _chat(user),
                "from": _user(user),
                "date": int(time.time()),
                "old_chat_member": {"user": self.me, "status": "member"},
                "new_chat_member": {"user": self.me, "status": "kicked", "until_date": 0},
            },
        )

    async def next(self, user: int, seconds: float = 10) -> Sent:
        """The next message in a chat. Raises TimeoutError when none comes in time."""
        return await asyncio.wait_for(self._outbox[user].get(), seconds)

    def nothing_for(self, user: int) -> bool:
        """True when no message waits in a chat."""
        return self._outbox[user].empty()

    # --- what goes wrong ----------------------------------------------------------------

    def fail(self, method: str, status: int, description: str, retry_after: int | None = None) -> None:
        """Refuse the next call of a method; several failures queue up."""
        self._failures[method].append(Refused(status, description, retry_after))

    def drop(self, method: str) -> None:
        """Close the connection at the next call of a method."""
        self._failures[method].append(Dropped())

    # --- what the bot does ------------------------------------------------------------------

    def called(self, method: str) -> list[dict[str, str]]:
        """The parameters of every call of a method so far, refused ones included."""
        return [parameters for name, parameters in self.calls if name == method]

    async def until(self, method: str, count: int = 1, seconds: float = 10) -> None:
        """Wait for so many calls of a method. Raises TimeoutError when they do not come in time."""
        async with asyncio.timeout(seconds):
            while len(self.called(method)) < count:
                await asyncio.sleep(0.01)

    async def until_all_confirmed(self, seconds: float = 10) -> None:
        """Wait until the bot has taken every update."""
        async with asyncio.timeout(seconds):
            while self.waiting:
                await asyncio.sleep(0.01)

    async def answer(self, method: str, parameters: dict[str, str]) -> object:
        """The result of a call. Raises Refused or Dropped."""
        self.calls.append((method, parameters))
        if self._failures[method]:
            raise self._failures[method].popleft()
        match method:
            case "getMe":
                return self.me
            case "getUpdates":
                return await self._updates(int(parameters.get("offset", 0)), float(parameters.get("timeout", 0)))
            case "getWebhookInfo":
                url = self.webhook.get("url", "")
                return {"url": url, "has_custom_certificate": False, "pending_update_count": len(self.waiting)}
            case "setWebhook":
                self.webhook = parameters
                self._delivering = self._delivering or asyncio.create_task(self._deliver())
                return True
            case "sendMessage" | "editMessageText" | "sendPhoto" | "sendDocument":
                return self._sent(method, parameters)
        if method not in _DONE:
            raise Refused(404, "Not Found: method not found")
        self._refuse_blocked(parameters)
        return True

    async def _updates(self, offset: int, seconds: float) -> list[dict]:
        self.waiting = [update for update in self.waiting if update["update_id"] >= offset]
        if not self.waiting:
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), seconds)
            except TimeoutError:
                pass
        return self.waiting[:100]

    async def _deliver(self) -> None:
        """Post each update until the webhook takes it, one after the other."""
        client = AsyncHTTPClient()
        while True:
            while not self.waiting:
                self._news.clear()
                await self._news.wait()
            headers = {"Content-Type": "application/json"}
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.webhook.get("secret_token", "")
            try:
                body = json.dumps(self.waiting[0])
                taken = await client.fetch(self.webhook["url"], method="POST", headers=headers, body=body)
            except (HTTPClientError, OSError) as problem:
                self.refused.append(getattr(problem, "code", 0))
                await asyncio.sleep(0.05)
            else:
                assert taken.code == 200
                self.waiting.pop(0)

    def _sent(self, method: str, parameters: dict[str, str]) -> dict:
        self._refuse_blocked(parameters)
        raw = parameters.get("caption" if method in ("sendPhoto", "sendDocument") else "text", "")
        photo, document = parameters.pop("photo", b""), parameters.pop("document", b"")
        below_file = bool(photo or document)
        text, links = parse_html(raw) if parameters.get("parse_mode") == "HTML" else (raw, [])
        if not text.strip() and not below_file:
            raise Refused(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > (LONGEST_CAPTION if below_file else LONGEST_TEXT):
            raise Refused(400, f"Bad Request: message {'caption ' * below_file}is too long")
        markup = json.loads(parameters.get("reply_markup", "{}"))
        rows = markup.get("inline_keyboard", [])
        data = {button["text"]: button["callback_data"] for row in rows for button in row}
        if not all(1 <= len(one.encode()) <= LONGEST_DATA for one in data.values()):
            raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
        chat, edited = int(parameters["chat_id"]), method == "editMessageText"
        number = int(parameters["message_id"]) if edited else next(self._numbers["message"])
        standing = f"{raw} {parameters.get('reply_markup')}"
        if edited and self._shown.get((chat, number)) in (None, standing):
            here = (chat, number) in self._shown
            raise Refused(400, f"Bad Request: message {'is not modified' if here else 'to edit not found'}")
        self._shown[chat, number] = standing
        self._outbox[chat].put_nowait(Sent(number, chat, text, raw, links, data, parameters, edited, photo, document))
        return {"message_id": number, "date": int(time.time()), "chat": _chat(chat), "from": self.me, "text": text}

    def _refuse_blocked(self, parameters: dict[str, str]) -> None:
        if int(parameters.get("chat_id", 0)) in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")

    def _message(self, user: int, group: int | None = None) -> dict:
        number = next(self._numbers["message"])
        return {"message_id": number, "date": int(time.time()), "from": _user(user), "chat": _chat(group or user)}

    def _update(self, kind: str, content: dict) -> None:
        self.waiting.append({"update_id": next(self._numbers["update"]), kind: content})
        self._news.set()


def parse_html(text: str) -> tuple[str, list[str]]:
    """(the visible text, the addresses of its links). Raises Refused for what Telegram cannot parse."""
    open_tags: list[str] = []
    links: list[str] = []
    for piece in _PIECE.finditer(text):
        tag = piece["tag"]
        if piece["bad"]:
            raise _unparsed(f"«{text[piece.start() : piece.start() + 10]}» is not escaped")
        if tag not in TAGS:
            raise _unparsed(f'unsupported start tag "{tag}"')
        if not piece["end"]:
            open_tags.append(tag)
            links += [unescape(piece["href"])] if piece["href"] else []
        elif not open_tags or open_tags.pop() != tag:
            raise _unparsed(f'unexpected end tag "{tag}"')
    if open_tags:
        raise _unparsed(f'can\'t find end tag corresponding to start tag "{open_tags[-1]}"')
    return unescape(_PIECE.sub("", text)), links


def _unparsed(why: str) -> Refused:
    return Refused(400, f"Bad Request: can't parse entities: {why}")


def _user(number: int) -> dict:
    return {"id": number, "is_bot": False, "first_name": "사람", "language_code": "ko"}


def _chat(number: int) -> dict:
    return {"id": number, "type": "private"} if number > 0 else {"id": number, "type": "supergroup", "title": "모임"}


class _Method(RequestHandler):
    """One call: form-encoded parameters in, JSON out."""

    def initialize(self, api: FakeBotAPI) -> None:
        self.api = api

    async def post(self, token: str, method: str) -> None:
        try:
            if token != self.api.token:
                raise Refused(401, "Unauthorized")
            parameters = {name: values[-1].decode() for name, values in self.request.body_arguments.items()}
            parameters |= {name: files[0]["body"] for name, files in self.request.files.items()}
            body = {"ok": True, "result": await self.api.answer(method, parameters)}
        except Refused as problem:
            self.set_status(problem.status)
            body = problem.body()
        except Dropped:
            self.detach().close()
            return
        self.finish(json.dumps(body))

    def _log(self) -> None:
        """No access log: a refused call is expected here."""
