"""The conversation on Telegram: an update becomes a message of the dialogue, replies become messages.

The only file that imports `telegram`. State lives in the store, so no PTB handler keeps any. Updates come by long
polling (`run`) or from a server (`Webhook`).
"""

import asyncio
import hashlib
import json
import logging
import os
import re
import traceback
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from html import escape
from typing import cast

from telegram import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    CallbackQuery,
    Chat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    Update,
)
from telegram.constants import ChatAction, ChatMemberStatus, ParseMode
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.ext import (
    AIORateLimiter,
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    ContextTypes,
    Defaults,
    ExtBot,
    MessageHandler,
    filters,
)

from bot import care, links, texts
from bot.desk import Desk
from bot.dialogue import Intent, Reply, State, intent
from bot.settings import SettingsError
from bot.store import SENT, StoreError

log = logging.getLogger(__name__)

ALLOWED_UPDATES = ["message", "callback_query", "my_chat_member"]
CALLS_PER_SECOND = 30  # to chats, Telegram's own bound for a bot
LONGEST_DATA = 64  # bytes of callback data
LONGEST_TEXT, LONGEST_NAME = 2000, 100  # with five songs they stay below Telegram's 4096 characters
LONGEST_CAPTION = 1024  # characters under a picture or a file
SECOND_TRY = 1.0  # seconds
TYPING_AFTER, TYPING_AGAIN = 0.5, 4.5  # seconds; one call to a chat is spared where the answer comes at once
FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0  # seconds between two tries to reach Telegram at the start of a server
WAITING_UPDATES = 1000  # beyond them Telegram is asked to come again
ACKNOWLEDGED = 0.08  # seconds that an update may take before Telegram is told that it has come
CONNECTIONS = 100  # of Telegram's, Telegram's own bound: so many updates may be waiting to be acknowledged
STOP_SECONDS = 4.0  # for answers on their way when the server stops
AT_ONCE = "at once"  # a call that waits for no limit
LOGGERS_THAT_QUOTE = ("telegram.ext", "telegram.ext.Application", "telegram.ext.ExtBot", "telegram.request.BaseRequest")

_DATA = re.compile(r"([0-9a-f]{6}):(.+)", re.DOTALL)


class TelegramAdapter:
    """Handlers over one desk."""

    def __init__(self, desk: Desk):
        self._desk, self._bot = desk, desk.bot

    def application(
        self, token: str, api_base: str | None = None, *, polling: bool = True, servers: int = 1
    ) -> Application:
        """The PTB application; `api_base` is another Bot API server, e.g. «http://127.0.0.1:8081».

        `servers`: so many processes share Telegram's bound on calls.
        """
        _quote_nothing()
        builder = (
            Application.builder()
            .token(token)
            .defaults(Defaults(parse_mode=ParseMode.HTML, link_preview_options=LinkPreviewOptions(is_disabled=True)))
            .rate_limiter(Limiter(overall_max_rate=CALLS_PER_SECOND / servers, max_retries=3))
            .concurrent_updates(WAITING_UPDATES)
            .post_init(set_commands)
        )
        if api_base:
            builder = builder.base_url(f"{api_base}/bot").base_file_url(f"{api_base}/file/bot")
        if not polling:
            builder = builder.updater(None)
        application = builder.build()
        new = filters.UpdateType.MESSAGE & ~filters.StatusUpdate.ALL
        application.add_handler(MessageHandler(new & filters.ChatType.PRIVATE, self.message))
        application.add_handler(MessageHandler(new & filters.ChatType.GROUPS & filters.COMMAND, self.group))
        application.add_handler(CallbackQueryHandler(self.tap))
        application.add_handler(ChatMemberHandler(self.membership, ChatMemberHandler.MY_CHAT_MEMBER))
        application.add_error_handler(report)
        return application

    async def message(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A text, the words under a picture, or something that says none."""
        chat, user, message = update.effective_chat, update.effective_user.id, update.effective_message
        text = message.text or message.caption
        if text:
            await self._answer(update, chat, user, text)
        elif self._desk.pace.allows(self._person(user)):
            await send(chat, Reply(texts.ONLY_TEXT))

    async def tap(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A button stands for the words on it, while the question or the list it belongs to stands."""
        query = update.callback_query
        if query.message and query.message.chat.type == Chat.PRIVATE:
            data = _DATA.fullmatch(query.data or "")
            mark, word = data.groups() if data else ("", query.data or "")
            await self._answer(update, query.message.chat, query.from_user.id, word, query, mark)

    async def group(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Moods are told in private chats only."""
        if self._desk.pace.allows(f"group {update.effective_chat.id}"):
            await update.effective_message.reply_text(texts.PRIVATE_ONLY)

    async def membership(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A person who blocks the bot is only noted: nothing is ever sent unasked."""
        if update.my_chat_member.new_chat_member.status == ChatMemberStatus.BANNED:
            log.info("blocked by a person")

    async def _answer(
        self, update: Update, chat: Chat, user: int, text: str, tapped: CallbackQuery | None = None, mark: str = ""
    ) -> None:
        """Answer in turn: nothing may be awaited before the desk, or a later message comes first.

        An update that Telegram sends again is answered again only where its answer was not sent.
        """
        person, request, store = self._person(user), f"telegram:{update.update_id}", self._bot.store
        command = _is_command(text)
        asked = tapped and not command and text not in (texts.LIKE_WORD, texts.DISLIKE_WORD)  # which stand below songs
        question = tapped.message if asked and isinstance(tapped.message, Message) else None
        in_turn = False  # neither words of self-harm, which wait for no turn, nor refused

        async def holds() -> bool:
            nonlocal in_turn
            in_turn = True
            kept = await asyncio.to_thread(store.answered, person, request)
            if kept == SENT or not tapped:
                return kept != SENT
            stands = kept is not None or command or mark == mark_of(await asyncio.to_thread(store.load, person))
            told = signs.answer(None if stands else texts.OLD_BUTTON)
            if not stands and not told:  # the button has sprung back meanwhile, and says nothing more
                await send(chat, Reply(texts.OLD_BUTTON))
            return stands

        async def deliver(replies: Sequence[Reply]) -> None:
            signs.stop()
            buttons = await asyncio.to_thread(self._mark, person, replies)
            for at, reply in enumerate(replies):
                markup = keyboard(reply, buttons) if buttons else None
                await send(chat, reply, markup, question if at == 0 else None)
            if in_turn:
                await asyncio.to_thread(self._sent, person, request)

        async with _signs_of_life(chat, tapped) as signs:
            await self._desk.answer("telegram", person, text, request, holds, deliver)

    def _mark(self, person: str, replies: Sequence[Reply]) -> str | None:
        """What the buttons of replies refer to; None without buttons, or where the store takes no answer away."""
        if not any(reply.songs or reply.choices for reply in replies):
            return None
        try:
            return mark_of(self._bot.store.load(person))
        except StoreError as problem:
            log.error("an answer has no buttons: %s", problem)
            return None

    def _sent(self, person: str, request: str) -> None:
        try:
            self._bot.store.answer_sent(person, request)
        except StoreError as problem:
            log.error("an answer that was sent may be sent again: %s", problem)

    def _person(self, user: int) -> str:
        return self._bot.store.person("telegram", str(user))


class Limiter(AIORateLimiter):
    """Telegram's bounds on calls; a care answer waits neither behind other messages nor for another chat's bound."""

    async def process_request(self, callback, args, kwargs, endpoint, data, rate_limit_args):
        if rate_limit_args == AT_ONCE:
            rate_limit_args = None
            with suppress(RetryAfter):  # its own chat's bound is waited for
                return await callback(*args, **kwargs)
        return await super().process_request(callback, args, kwargs, endpoint, data, rate_limit_args)


class Webhook:
    """The application of a server: updates are handed over by `take`, Telegram is reached in the background."""

    def __init__(self, application: Application, url: str | None, secret: str):
        """`url`: where Telegram is told to send updates; None leaves what is set there."""
        self._application, self._url, self._secret = application, url, secret
        self._beginning: asyncio.Task | None = None
        self._answering: set[asyncio.Task] = set()
        self.state = "not reached yet"  # «ok» when updates are taken

    def start(self) -> None:
        self._beginning = asyncio.create_task(self._begin())

    async def take(self, body: bytes) -> bool:
        """Answer an update; False when it should be sent again later. Raises ValueError for what is no update.

        Returns when it is answered, so that Telegram sends it again to another server when this one is killed; a slow
        one goes on alone. Words of self-harm are always taken.
        """
        content = json.loads(body)
        if not isinstance(content, dict) or not isinstance(content.get("update_id"), int):
            raise ValueError("no update")
        if self.state != "ok":
            return False
        try:
            update = Update.de_json(content, self._application.bot)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as problem:
            log.warning("an update could not be read and is dropped: %s", type(problem).__name__)
            return True  # it would come again for ever
        said = (update.message.text or update.message.caption or "") if update.message else ""
        if len(self._answering) >= WAITING_UPDATES and care.level(said) is None:
            return False
        task = asyncio.create_task(self._application.process_update(update))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)
        await asyncio.wait({task}, timeout=ACKNOWLEDGED)
        return True

    async def stop(self) -> None:
        """Give what has been taken a moment to be answered, then end; later updates wait at Telegram."""
        if self._beginning:
            self._beginning.cancel()
            await asyncio.gather(self._beginning, return_exceptions=True)
        if self._answering:
            _, unanswered = await asyncio.wait(set(self._answering), timeout=STOP_SECONDS)
            for task in unanswered:
                log.warning("a message could not be answered before the stop")
                task.cancel()
            if unanswered:
                await asyncio.wait(unanswered, timeout=1)
        await self._application.shutdown()
        await self._application.bot.shutdown()  # the one above does nothing where the beginning has failed

    async def _begin(self) -> None:
        wait = FIRST_WAIT
        while self.state != "ok":
            try:
                await self._application.initialize()
                if self._url:
                    await self._application.bot.set_webhook(
                        self._url,
                        max_connections=CONNECTIONS,
                        secret_token=self._secret,
                        allowed_updates=ALLOWED_UPDATES,
                    )
                self.state = "ok"
            except InvalidToken:
                self.state = "TELEGRAM_BOT_TOKEN is refused; copy it again from @BotFather"
                log.error(self.state)
                return
            except BadRequest as problem:
                self.state = f"TELEGRAM_WEBHOOK_URL is refused ({problem.message})"
                log.error(self.state)
                return
            except TelegramError as problem:
                log.warning("Telegram could not be reached: %s", type(problem).__name__)
                await asyncio.sleep(wait)
                wait = min(2 * wait, LONGEST_WAIT)
        await set_commands(self._application)


def run(desk: Desk, token: str, api_base: str | None = None) -> None:
    """Answer by long polling until SIGINT or SIGTERM. Raises SettingsError when Telegram refuses the token."""
    try:
        TelegramAdapter(desk).application(token, api_base).run_polling(
            allowed_updates=ALLOWED_UPDATES, bootstrap_retries=-1
        )
    except InvalidToken:
        raise SettingsError(
            "TELEGRAM_BOT_TOKEN: Telegram does not know this token; copy it again from @BotFather"
        ) from None  # PTB's error spells the token out
    finally:
        desk.close()


def _quote_nothing() -> None:
    os.environ.setdefault("PTB_TIMEDELTA", "true")  # the coming type of durations; else PTB warns at each flood limit
    for name in LOGGERS_THAT_QUOTE:
        logging.getLogger(name).addFilter(_quotes_nothing)


def _quotes_nothing(record: logging.LogRecord) -> bool:
    """Takes the updates and the token that PTB quotes out of its records; False for what `run` says itself."""
    if record.exc_info and isinstance(record.exc_info[1], InvalidToken):
        record.exc_info = None
        return "Bootstrap" not in record.getMessage()
    record.args = ()
    return True


async def set_commands(application: Application) -> None:
    """Put the commands into the menu of private chats; without them the bot works as well."""
    private = BotCommandScopeAllPrivateChats()
    try:
        for place, language in ((0, "ko"), (1, None)):
            menu = [BotCommand(name, said[place]) for name, said in texts.COMMANDS.items()]
            await application.bot.set_my_commands(menu, private, language)
    except TelegramError as problem:
        log.warning("the menu of commands could not be set: %s", type(problem).__name__)


class _Signs:
    """What a person sees before the answer: the button springs back, then «typing…»."""

    def __init__(self, chat: Chat, tapped: CallbackQuery | None):
        self._chat, self._tapped = chat, tapped
        self._typing = asyncio.create_task(self._type())
        self._answering: asyncio.Task | None = None

    def answer(self, text: str | None) -> bool:
        """Let the button spring back, perhaps with a short text above the chat; False where it has done so before."""
        if not self._tapped or self._answering:
            return False
        self._answering = asyncio.create_task(_quietly(self._tapped.answer(text)))
        return True

    def stop(self) -> None:
        """No more typing."""
        self._typing.cancel()

    async def end(self) -> None:
        self.stop()
        self.answer(None)  # also of a tap that was refused
        await asyncio.gather(self._typing, *filter(None, [self._answering]), return_exceptions=True)

    async def _type(self) -> None:
        await asyncio.sleep(TYPING_AFTER)
        self.answer(None)
        while True:
            await _quietly(self._chat.send_action(ChatAction.TYPING))
            await asyncio.sleep(TYPING_AGAIN)


async def _quietly(call) -> None:
    with suppress(TelegramError):  # the answer does not hang on a sign of life
        await call


@asynccontextmanager
async def _signs_of_life(chat: Chat, tapped: CallbackQuery | None) -> AsyncIterator[_Signs]:
    signs = _Signs(chat, tapped)
    try:
        yield signs
    finally:
        await signs.end()


async def send(
    chat: Chat, reply: Reply, markup: InlineKeyboardMarkup | None = None, question: Message | None = None
) -> None:
    """Send a reply, in the place of the question it answers where there is one.

    Once more when the connection fails: the session counts its songs as shown.
    """
    try:
        await _send(chat, reply, markup, question)
    except (BadRequest, RetryAfter):
        raise  # the first is a NetworkError to PTB, but it would be refused again
    except NetworkError:
        await asyncio.sleep(SECOND_TRY)
        await _send(chat, reply, markup, question)


async def _send(chat: Chat, reply: Reply, markup: InlineKeyboardMarkup | None, question: Message | None) -> None:
    text = render(reply)
    if reply.picture or reply.data:
        caption = text if len(reply.text) <= LONGEST_CAPTION and not reply.songs else None
        below = {"caption": caption, "reply_markup": markup if caption else None}
        try:
            if reply.picture:
                await chat.send_photo(reply.picture, **below)
            else:
                await chat.send_document(reply.data.encode(), filename=texts.EXPORT_FILE, **below)
            if caption:
                return
        except (Forbidden, RetryAfter):
            raise
        except TelegramError as problem:
            log.warning("a file could not be sent: %s", type(problem).__name__)
    elif question and not reply.call:
        try:
            await question.edit_text(text, reply_markup=markup)
            return
        except BadRequest as problem:  # too old, gone, a picture, or already so
            if "not modified" in problem.message:
                return
    at_once = AT_ONCE if reply.call else None
    api = cast(ExtBot, chat.get_bot())
    await api.send_message(chat.id, text, reply_markup=markup, rate_limit_args=at_once)


async def report(update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Log a failure without the text that caused it, and tell the person when one waits."""
    problem = context.error
    if isinstance(problem, Forbidden):
        log.info("a person has blocked the bot; nothing more is sent")
        return
    if not isinstance(update, Update):
        log.warning("Telegram could not be asked for messages: %s", type(problem).__name__)
        return
    # Only the store's messages are ours; any other might quote the person.
    said = str(problem) if isinstance(problem, StoreError) else type(problem).__name__
    trace = traceback.format_tb(problem.__traceback__ if problem else None)
    log.error("an update failed: %s\n%s", said, "".join(trace))
    if update.effective_chat:
        try:
            await update.effective_chat.send_message(texts.FAILED)
        except TelegramError:
            log.warning("the person could not be told of the failure")


def render(reply: Reply) -> str:
    """A reply as Telegram HTML; whatever comes from people or the catalogue is escaped."""
    lines = [_shown(reply.text, LONGEST_TEXT)]
    for number, one in enumerate(reply.songs, 1):
        year = f" ({one.song.year})" if one.song.year else ""
        lines.append(f"\n<b>{number}. {_shown(one.song.title)}</b> – {_shown(one.song.artist)}{year}")
        lines.append(escape(one.reason))
        shown = links.of(one.song, reply.melon)
        lines.append(" · ".join(f'<a href="{escape(link)}">{name}</a>' for name, link in shown.items()))
    return "\n".join(lines)


def _shown(text: str, longest: int = LONGEST_NAME) -> str:
    return escape(text if len(text) <= longest else text[: longest - 1] + "…")


def keyboard(reply: Reply, mark: str) -> InlineKeyboardMarkup | None:
    """One button for each word, three in a row, below songs two.

    The callback data are the mark of the conversation (`mark_of`) and the words.
    """
    width = 2 if reply.songs else 3
    buttons = [
        InlineKeyboardButton(word, callback_data=f"{mark}:{word}")
        for word in dict.fromkeys(reply.words)
        if word.strip() and len(f"{mark}:{word}".encode()) <= LONGEST_DATA
    ]
    rows = [buttons[first : first + width] for first in range(0, len(buttons), width)]
    return InlineKeyboardMarkup(rows) if rows else None


def mark_of(state: State) -> str:
    """Six hex digits of what a button refers to: the question that stands and the songs that are listed."""
    what = f"{state.stage}|{','.join(state.offered)}|{','.join(state.listed)}"
    return hashlib.sha256(what.encode()).hexdigest()[:6]


def _is_command(word: str) -> bool:
    """True for words that mean the same at any time, as «다른 곡» and unlike «2번» or «예»."""
    return intent(State(), word)[0] not in (Intent.TALK, Intent.NOTHING, Intent.CHAT)
