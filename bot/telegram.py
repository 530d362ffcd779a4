"""The conversation on Telegram: an update becomes a message of the dialogue, replies become messages.

The only file that imports `telegram`. State lives in the store, so no PTB handler keeps any; updates of one
person are answered in order, those of different people at once.
"""

import asyncio
import logging
import os
import traceback
from contextlib import suppress
from html import escape
from weakref import WeakValueDictionary

from telegram import (
    BotCommand,
    CallbackQuery,
    Chat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Update,
)
from telegram.constants import ChatAction, ChatMemberStatus, ParseMode
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, TelegramError
from telegram.ext import (
    AIORateLimiter,
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    ContextTypes,
    Defaults,
    MessageHandler,
    filters,
)

from bot import links, texts
from bot.app import Bot
from bot.dialogue import Reply
from bot.settings import SettingsError
from bot.store import StoreError

log = logging.getLogger(__name__)

ALLOWED_UPDATES = ["message", "callback_query", "my_chat_member"]
COMMANDS = (
    BotCommand("song", "좋아하는 노래와 닮은 다섯 곡"),
    BotCommand("mood", "기분 기록"),
    BotCommand("help", "도움말"),
    BotCommand("privacy", "개인정보"),
    BotCommand("forget", "데이터 삭제"),
    BotCommand("start", "처음으로"),
)
LONGEST_LABEL = 64  # bytes of callback data
LONGEST_TEXT, LONGEST_NAME = 2000, 100  # with five songs they stay below Telegram's 4096 characters
SECOND_TRY = 1.0  # seconds
LOGGERS_THAT_QUOTE = ("telegram.ext", "telegram.ext.ExtBot", "telegram.request.BaseRequest")


class TelegramAdapter:
    """Handlers over one bot."""

    def __init__(self, bot: Bot):
        self._bot = bot
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    def application(self, token: str, api_base: str | None = None) -> Application:
        """The PTB application; `api_base` is another Bot API server, e.g. «http://127.0.0.1:8081»."""
        builder = (
            Application.builder()
            .token(token)
            .defaults(Defaults(parse_mode=ParseMode.HTML, link_preview_options=LinkPreviewOptions(is_disabled=True)))
            .rate_limiter(AIORateLimiter(max_retries=3))
            .concurrent_updates(True)
            .post_init(set_commands)
        )
        if api_base:
            builder = builder.base_url(f"{api_base}/bot").base_file_url(f"{api_base}/file/bot")
        application = builder.build()
        new = filters.UpdateType.MESSAGE & ~filters.StatusUpdate.ALL
        application.add_handler(MessageHandler(new & filters.ChatType.PRIVATE, self.message))
        application.add_handler(MessageHandler(new & filters.ChatType.GROUPS & filters.COMMAND, self.group))
        application.add_handler(CallbackQueryHandler(self.tap))
        application.add_handler(ChatMemberHandler(self.membership, ChatMemberHandler.MY_CHAT_MEMBER))
        application.add_error_handler(report)
        return application

    async def message(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A text, the words under a picture, or something else that is answered like a text without letters."""
        await self._answer(
            update.effective_chat,
            update.effective_user.id,
            update.effective_message.text or update.effective_message.caption or "",
        )

    async def tap(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A button stands for the words on it."""
        query = update.callback_query
        if query.message and query.message.chat.type == Chat.PRIVATE:
            await self._answer(query.message.chat, query.from_user.id, query.data or "", query)

    async def group(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Moods are told in private chats only."""
        await update.effective_message.reply_text(texts.PRIVATE_ONLY)

    async def membership(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A person who blocks the bot is only noted: nothing is ever sent unasked."""
        if update.my_chat_member.new_chat_member.status == ChatMemberStatus.BANNED:
            log.info("blocked by a person")

    async def _answer(self, chat: Chat, user: int, text: str, tapped: CallbackQuery | None = None) -> None:
        """Answer when it is this person's turn: nothing may be awaited before, or a later message comes first."""
        async with self._turns.setdefault(user, asyncio.Lock()):
            with suppress(TelegramError):  # only signs of life: the answer does not hang on them
                if tapped:
                    await tapped.answer()
                await chat.send_action(ChatAction.TYPING)
            person = self._bot.store.person("telegram", str(user))
            for reply in await asyncio.to_thread(self._bot.answer, person, text):
                await send(chat, reply)


def run(bot: Bot, token: str, api_base: str | None = None) -> None:
    """Answer by long polling until SIGINT or SIGTERM. Raises SettingsError when Telegram refuses the token."""
    os.environ.setdefault("PTB_TIMEDELTA", "true")  # the coming type of durations; else PTB warns at each flood limit
    for name in LOGGERS_THAT_QUOTE:
        logging.getLogger(name).addFilter(_quotes_nothing)
    try:
        TelegramAdapter(bot).application(token, api_base).run_polling(
            allowed_updates=ALLOWED_UPDATES, bootstrap_retries=-1
        )
    except InvalidToken:
        raise SettingsError(
            "TELEGRAM_BOT_TOKEN: Telegram does not know this token; copy it again from @BotFather"
        ) from None  # PTB's error spells the token out


def _quotes_nothing(record: logging.LogRecord) -> bool:
    """Takes the updates and the token that PTB quotes out of its records; False for what `run` says itself."""
    if record.exc_info and isinstance(record.exc_info[1], InvalidToken):
        record.exc_info = None
        return "Bootstrap" not in record.getMessage()
    record.args = ()
    return True


async def set_commands(application: Application) -> None:
    """Put the commands into Telegram's menu; without them the bot works as well."""
    try:
        await application.bot.set_my_commands(COMMANDS)
    except TelegramError as problem:
        log.warning("the menu of commands could not be set: %s", type(problem).__name__)


async def send(chat: Chat, reply: Reply) -> None:
    """Send a reply, and once more when the connection fails: the session counts its songs as shown."""
    try:
        await chat.send_message(render(reply), reply_markup=keyboard(reply))
    except BadRequest:
        raise  # a NetworkError to PTB, but it would be refused again
    except NetworkError:
        await asyncio.sleep(SECOND_TRY)
        await chat.send_message(render(reply), reply_markup=keyboard(reply))


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
        lines.append(
            f'<a href="{escape(links.youtube_music(one.song))}">{texts.YOUTUBE}</a> · '
            f'<a href="{escape(links.melon(one.song))}">{texts.MELON}</a>'
        )
    return "\n".join(lines)


def _shown(text: str, longest: int = LONGEST_NAME) -> str:
    return escape(text if len(text) <= longest else text[: longest - 1] + "…")


def keyboard(reply: Reply) -> InlineKeyboardMarkup | None:
    """One button for each choice, its words as callback data; three in a row."""
    buttons = [
        InlineKeyboardButton(choice, callback_data=choice)
        for choice in reply.choices
        if len(choice.encode()) <= LONGEST_LABEL
    ]
    rows = [buttons[first : first + 3] for first in range(0, len(buttons), 3)]
    return InlineKeyboardMarkup(rows) if rows else None
