"""The Telegram bot as a person meets it, over a fake Bot API server on loopback.

The real application asks it for updates, and the server's webhook is sent them; both give the same conversation.
"""

import asyncio
import io
import json
import logging
import re
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace

import httpx
import pytest
from conftest import KeywordClassifier
from fake_bot_api import FakeBotAPI, Refused, Sent, parse_html
from serving import free_port, serving
from telegram import Update
from telegram.error import InvalidToken

from bot import terminal, texts
from bot.app import Bot, build_search
from bot.desk import Desk
from bot.dialogue import Reply, State
from bot.server import application
from bot.settings import Settings
from bot.store import SQLiteStore, StoreError
from bot.telegram import LOGGERS_THAT_QUOTE, TelegramAdapter, _quotes_nothing, keyboard, render
from recommender.engine import Recommender

ANNA, BORIS, CLARA = 7, 8, 9
GROUP = -100
SAD = "오늘 시험을 망쳐서 눈물이 났어"
NUMBERED = re.compile(r"^\d\. .+$", re.MULTILINE)


class SlowClassifier(KeywordClassifier):
    """Reads a text with «천천히» only when the gate is open; keeps the sentence of a failing one."""

    def __init__(self) -> None:
        self.files = SimpleNamespace(sure=0.5)
        self.gate = threading.Event()
        self.problem: Exception | None = None

    def predict(self, texts):
        if any("천천히" in text for text in texts):
            assert self.gate.wait(20)
        if self.problem:
            problem, self.problem = self.problem, None
            raise problem
        return super().predict(texts)


KNOWN = [("telegram", str(user)) for user in (ANNA, BORIS, CLARA)] + [("terminal", "me")]


@pytest.fixture
def asking(bot) -> None:
    """The bot asks for consent, as it does."""
    for one in KNOWN:
        bot.store.forget(bot.store.person(*one))


@pytest.fixture
def bot(catalogue, tmp_path):
    """Its people were asked for consent before: the question would come between the answers."""
    store = SQLiteStore(tmp_path / "store.db", b"key")
    for one in KNOWN:
        store.save(store.person(*one), State(), State(time=time.time(), asked_consent=True))
    yield Bot(SlowClassifier(), Recommender(catalogue), build_search(catalogue), store)
    store.close()


@pytest.fixture(autouse=True)
def as_run_sets_it(monkeypatch):
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    monkeypatch.setattr("bot.telegram.SECOND_TRY", 0.05)  # shorter, to save time
    monkeypatch.setattr("bot.telegram.ACKNOWLEDGED", 0.02)


@pytest.fixture
async def api() -> AsyncIterator[FakeBotAPI]:
    async with FakeBotAPI() as api:
        yield api


@asynccontextmanager
async def polling(bot: Bot, api: FakeBotAPI) -> AsyncIterator[None]:
    """What `run_polling` does, without its signals; asks for every kind of update, more than the bot does."""
    desk = Desk(bot)
    application = TelegramAdapter(desk).application(api.token, api.url)
    async with application:
        await application.post_init(application)
        await application.start()
        await application.updater.start_polling(allowed_updates=Update.ALL_TYPES)
        try:
            yield
        finally:
            bot.classifier.gate.set()
            await application.updater.stop()
            await application.stop()
            desk.close()


@asynccontextmanager
async def webhook(bot: Bot, api: FakeBotAPI) -> AsyncIterator[None]:
    """The server of `main.py serve`, to which the fake sends its updates."""
    address = free_port()
    url = f"http://127.0.0.1:{address.getsockname()[1]}/telegram/here"
    settings = Settings(api.token, api.url, None, None, None, "secret", telegram_webhook_url=url)
    async with serving(application(bot, settings), address):
        await api.until("setMyCommands", 2)
        try:
            yield
        finally:
            bot.classifier.gate.set()


@pytest.fixture(params=[polling, webhook], ids=["polling", "webhook"])
async def telegram(bot, api, request) -> AsyncIterator[FakeBotAPI]:
    """The server of a bot that is answering."""
    async with request.param(bot, api):
        yield api


@pytest.fixture
async def polled(bot, api) -> AsyncIterator[FakeBotAPI]:
    async with polling(bot, api):
        yield api


async def told(api: FakeBotAPI, user: int, text: str) -> Sent:
    api.says(user, text)
    return await api.next(user)


async def tapped(api: FakeBotAPI, user: int, sent: Sent, word: str) -> Sent:
    api.taps(user, sent, word)
    return await api.next(user)


def songs(sent: Sent) -> list[str]:
    return NUMBERED.findall(sent.text)


# --- conversation ---------------------------------------------------------------------


async def test_first_minute(telegram):
    assert (await told(telegram, ANNA, "안녕")).text == texts.START

    mood = await told(telegram, ANNA, SAD)
    assert mood.text.count(texts.ASK_SONG) == 1
    assert mood.buttons == [texts.ANY_SONG, texts.COMFORT, texts.ESCAPE, texts.WRONG_MOOD]

    first = await told(telegram, ANNA, "/song 첫눈 오는 골목")
    assert first.text.startswith("「첫눈 오는 골목」(하늘우체국) 같은 노래 중에서")
    assert len(songs(first)) == len(set(songs(first))) == 5
    assert first.html.count("<b>") == 5
    assert len(first.links) == 10
    for youtube, melon in zip(first.links[::2], first.links[1::2], strict=True):
        assert youtube.startswith("https://music.youtube.com/search?q=")
        assert melon.startswith("https://www.melon.com/")
    assert first.buttons[:5] == [texts.LIKE_WORD, texts.DISLIKE_WORD, texts.MORE, texts.LIVELIER, texts.CALMER]
    assert first.buttons[5:] == [texts.MODE_WORDS["lift"], texts.OTHER_ARTIST]

    others = await tapped(telegram, ANNA, first, texts.MORE)
    names = [song[3:] for song in songs(first) + songs(others)]
    assert len(names) == len(set(names)) == 10

    disliked = songs(others)[1][3:]
    title = disliked.split(" – ")[0]
    assert (await told(telegram, ANNA, "2번 별로")).text == texts.DISLIKED.format(
        number=2, song=texts.with_particle(f"「{title}」", "은/는")
    )

    which = await told(telegram, ANNA, "/song 소나기")
    assert which.text.startswith(texts.WHICH)
    assert which.buttons == ["1번", "2번", "3번", texts.NOT_HERE]
    artist = songs(which)[1].split(" – ")[1]
    chosen = await tapped(telegram, ANNA, which, "2번")
    assert chosen.text.startswith(f"「소나기」({artist}) 같은 노래")
    assert len(songs(chosen)) == 5
    assert disliked not in [song[3:] for song in songs(chosen)]
    assert chosen.edited  # the question becomes its answer
    assert chosen.id == which.id
    assert not others.edited

    await telegram.until("answerCallbackQuery", 2)
    assert telegram.called("sendChatAction") == []  # no sign of life where the answer comes at once
    assert len(telegram.called("sendMessage")) == 6
    assert telegram.nothing_for(ANNA)


async def test_song_lists_open_no_preview(telegram):
    sent = await told(telegram, ANNA, "/song 첫눈 오는 골목")
    assert sent.parameters["parse_mode"] == "HTML"
    assert '"is_disabled": true' in sent.parameters["link_preview_options"]


async def test_same_script_brings_the_same_songs_in_the_terminal(bot, telegram):
    script = [
        "안녕",
        SAD,
        "/song 첫눈 오는 골목",
        texts.MORE,
        "2번 별로",
        "3번 좋아",
        "/song 소나기",
        "2번",
        "진짜 웃음이 나고 기뻐",
        texts.ANY_SONG,
        "/노래 등대 미나리",
        texts.MORE,
        "/mood",
    ]
    on_telegram = [await told(telegram, ANNA, line) for line in script]
    output = io.StringIO()
    terminal.chat(bot, "me", io.StringIO("\n".join(script)), output)
    assert len(NUMBERED.findall(output.getvalue())) > 25
    assert NUMBERED.findall("\n".join(sent.text for sent in on_telegram)) == NUMBERED.findall(output.getvalue())
    assert on_telegram[-1].text in output.getvalue()


async def test_a_session_outlives_the_process(bot, api):
    async with polling(bot, api):
        await told(api, ANNA, "/song 소나기")
    api.says(ANNA, "3번")
    async with polling(bot, api):
        assert (await api.next(ANNA)).text.startswith("「소나기」(")
        assert api.nothing_for(ANNA)


async def test_people_have_sessions_of_their_own(telegram):
    await told(telegram, ANNA, "/song 소나기")
    assert (await told(telegram, BORIS, "2번")).text == texts.START


async def test_command_menu(telegram):
    await telegram.until("setMyCommands", 2)
    korean, default = telegram.called("setMyCommands")
    assert korean["language_code"] == "ko"
    assert "language_code" not in default
    assert korean["scope"] == default["scope"] == '{"type": "all_private_chats"}'
    for name, (in_korean, otherwise) in texts.COMMANDS.items():
        assert {"command": name, "description": in_korean} in json.loads(korean["commands"])
        assert {"command": name, "description": otherwise} in json.loads(default["commands"])
        assert not (await told(telegram, ANNA, f"/{name}")).text.startswith(f"/{name}")


async def test_command_with_the_name_of_the_bot(telegram):
    assert (await told(telegram, ANNA, "/help@maeumgok_test_bot")).text == texts.HELP


# --- HTML -------------------------------------------------------------------------------


async def test_unknown_command_is_echoed_as_it_was_typed(telegram):
    for text in ("/<b>", "/R&B", "/<3", '/"quotes"\'', "/&amp;</a>", "/<a", "/a&lt;"):
        assert (await told(telegram, ANNA, text)).text == texts.UNKNOWN_COMMAND.format(command=text)


async def test_correction_is_escaped(telegram):
    for query in ('엄마의 <"된장찌게">', "엄마의 & 된장찌게", "'엄마의' </b>된장찌게", "엄마의 된장찌게 <3"):
        sent = await told(telegram, ANNA, f"/song {query}")
        if "<3" not in query and "</b>" not in query:  # whose letters lead away from the title
            assert sent.text.startswith(texts.CORRECTED.format(query=query))
        assert sent.html.count("<b>") in (0, 5)


async def test_catalogue_text_is_escaped(telegram):
    sent = await told(telegram, ANNA, "/song 등대 미나리")
    assert "같은 R&B/Soul" in sent.text
    assert "R&amp;B" in sent.html


def test_titles_and_artists_are_escaped(catalogue):
    (one,) = Recommender(catalogue).recommend([], [0.25] * 4, k=1)
    odd = replace(one, song=replace(one.song, title='<3 & "you"', artist="</a>R&B'"), reason="1 < 2 & 3")
    text, links = parse_html(render(Reply("<b>", (odd,))))
    assert text.splitlines()[0] == "<b>"
    assert '1. <3 & "you" – </a>R&B\'' in text
    assert "1 < 2 & 3" in text
    assert links[0].endswith("q=%3C3%20%26%20%22you%22%20%3C%2Fa%3ER%26B%27")


def test_no_reply_is_longer_than_telegram_allows(catalogue):
    (one,) = Recommender(catalogue).recommend([], [0.25] * 4, k=1)
    endless = replace(one, song=replace(one.song, title="가&" * 3000, artist="나<" * 3000))
    text, _ = parse_html(render(Reply("다&" * 5000, (endless,) * 5)))
    assert len(text) <= 4096
    assert text.count("…") == 11


def test_every_own_sentence_is_shown_whole():
    for name, text in vars(texts).items():
        if name.isupper() and isinstance(text, str):
            assert parse_html(render(Reply(text))) == (text, []), name


def test_buttons_stand_in_rows_of_three_and_hold_their_words():
    rows = keyboard(
        Reply("?", choices=("1번", "2번", "3번", "4번", texts.NOT_HERE, "가" * 20)), "abcdef"
    ).inline_keyboard
    assert [[button.callback_data for button in row] for row in rows] == [
        ["abcdef:1번", "abcdef:2번", "abcdef:3번"],
        ["abcdef:4번", f"abcdef:{texts.NOT_HERE}"],
    ]
    assert keyboard(Reply("?"), "abcdef") is None


# --- what is not a text -----------------------------------------------------------------------

FILE = {"file_id": "f", "file_unique_id": "u"}
STICKER = FILE | {"type": "regular", "width": 1, "height": 1, "is_animated": False, "is_video": False}


async def test_message_without_letters(telegram):
    contents = (
        {"sticker": STICKER},
        {"photo": [FILE | {"width": 1, "height": 1}]},
        {"voice": FILE | {"duration": 1}},
        {"location": {"latitude": 37.5, "longitude": 127.0}},
    )
    which = await told(telegram, ANNA, "/song 소나기")
    for content in contents:
        telegram.sends(ANNA, **content)
        assert (await telegram.next(ANNA)).text == texts.ONLY_TEXT, content
    assert (await told(telegram, ANNA, "🥲")).text == texts.NO_LETTERS
    assert (await tapped(telegram, ANNA, which, "2번")).text.startswith("「소나기」")  # the question still stood


async def test_the_words_under_a_picture_are_read(telegram):
    picture = {"photo": [FILE | {"width": 1, "height": 1}]}
    telegram.sends(ANNA, **picture, caption="죽고 싶어")
    assert (await telegram.next(ANNA)).text == texts.CARE_EXPLICIT
    telegram.sends(BORIS, **picture, caption="/song 소나기")
    assert (await telegram.next(BORIS)).text.startswith(texts.WHICH)


async def test_service_messages_and_edits_are_ignored(telegram):
    telegram.sends(ANNA, pinned_message={"message_id": 1, "date": 0, "chat": {"id": ANNA, "type": "private"}})
    telegram.sends(ANNA, message_auto_delete_timer_changed={"message_auto_delete_time": 60})
    telegram.says(ANNA, SAD, edited=True)
    telegram.says(ANNA, "/song 소나기", edited=True)
    telegram.says(ANNA, "/song 소나기", group=GROUP, edited=True)
    assert (await told(telegram, ANNA, "/help")).text == texts.HELP
    assert telegram.nothing_for(ANNA)
    assert telegram.nothing_for(GROUP)


async def test_groups_are_refused_and_only_for_commands(telegram):
    telegram.says(ANNA, SAD, group=GROUP)
    telegram.says(ANNA, "/song 소나기", group=GROUP)
    assert (await telegram.next(GROUP)).text == texts.PRIVATE_ONLY
    assert (await told(telegram, ANNA, "안녕")).text == texts.START  # nothing of the group was kept
    assert telegram.nothing_for(GROUP)


# --- buttons --------------------------------------------------------------------------------


async def test_button_of_a_message_that_is_gone(telegram):
    which = await told(telegram, ANNA, "/song 소나기")
    telegram.taps(ANNA, which, "2번", gone=True)
    chosen = await telegram.next(ANNA)
    assert chosen.text.startswith("「소나기」")
    assert not chosen.edited


async def test_tap_that_telegram_no_longer_wants_answered(telegram):
    which = await told(telegram, ANNA, "/song 소나기")
    telegram.fail("answerCallbackQuery", 400, "Bad Request: query is too old and response timeout expired")
    assert (await tapped(telegram, ANNA, which, "2번")).text.startswith("「소나기」")


async def test_buttons_of_an_older_question_do_nothing_but_say_so(telegram):
    which = await told(telegram, ANNA, "/song 소나기")
    forget = await told(telegram, ANNA, "/forget")
    await told(telegram, ANNA, "/song 첫눈 오는 골목")
    for sent, word in ((which, "2번"), (which, texts.NOT_HERE), (forget, texts.YES)):
        telegram.taps(ANNA, sent, word)
    await telegram.until("answerCallbackQuery", 3)
    assert [call.get("text") for call in telegram.called("answerCallbackQuery")] == [texts.OLD_BUTTON] * 3
    assert len(songs(await told(telegram, ANNA, texts.MORE))) == 5  # nothing was chosen or forgotten
    assert telegram.nothing_for(ANNA)


async def test_a_second_tap_on_one_choice_changes_nothing(telegram):
    which = await told(telegram, ANNA, "/song 소나기")
    for _ in range(3):
        telegram.taps(ANNA, which, "2번")
    assert (await telegram.next(ANNA)).text.startswith("「소나기」")
    await telegram.until("answerCallbackQuery", 3)
    assert (await told(telegram, ANNA, "/help")).text == texts.HELP
    assert telegram.nothing_for(ANNA)


async def test_likes_are_of_the_list_they_stand_below(telegram):
    first = await told(telegram, ANNA, "/song 첫눈 오는 골목")
    others = await tapped(telegram, ANNA, first, texts.MORE)
    telegram.taps(ANNA, first, "별로예요")
    await telegram.until("answerCallbackQuery", 2)
    assert telegram.called("answerCallbackQuery")[1]["text"] == texts.OLD_BUTTON
    disliked = await tapped(telegram, ANNA, others, "별로예요")
    assert disliked.text == texts.DISLIKED_ALL.format(count=5)
    assert not disliked.edited  # the list stays
    assert (await tapped(telegram, ANNA, others, "좋아요")).text == texts.LIKED_ALL.format(count=5)
    assert len(songs(await tapped(telegram, ANNA, first, texts.MORE))) == 5  # means the same at any time


async def test_consent_is_asked_below_the_first_songs_once(asking, telegram):
    first = await told(telegram, ANNA, "/song 첫눈 오는 골목")
    question = await telegram.next(ANNA)
    assert len(songs(first)) == 5
    assert (question.text, question.buttons) == (texts.CONSENT_ASK, [texts.CONSENT_ON, texts.CONSENT_OFF])
    assert len(songs(await tapped(telegram, ANNA, first, texts.MORE))) == 5
    given = await tapped(telegram, ANNA, question, texts.CONSENT_ON)  # the question stands until it is answered
    assert given.text == texts.CONSENT_YES
    assert telegram.nothing_for(ANNA)


async def test_a_yes_to_something_else_is_no_consent(asking, bot, telegram):
    forget = await told(telegram, ANNA, "/forget")
    await told(telegram, ANNA, "/song 첫눈 오는 골목")
    await telegram.next(ANNA)
    telegram.taps(ANNA, forget, texts.YES)
    await telegram.until("answerCallbackQuery")
    assert telegram.called("answerCallbackQuery")[0]["text"] == texts.OLD_BUTTON
    assert bot.store.load(bot.store.person("telegram", str(ANNA))).consent is None


@pytest.mark.parametrize("data", ["", "2번", "000000:2번", "zzzzzz:2번", "000000:", ":", "가" * 21])
async def test_forged_and_older_callback_data(telegram, data):
    await told(telegram, ANNA, "/song 소나기")
    telegram.taps_data(ANNA, data)
    await telegram.until("answerCallbackQuery")
    assert (await told(telegram, ANNA, "2번")).text.startswith("「소나기」")
    assert telegram.nothing_for(ANNA)


async def test_a_question_that_cannot_be_edited_is_answered_below(telegram):
    which = await told(telegram, ANNA, "/song 소나기")
    telegram.fail("editMessageText", 400, "Bad Request: message can't be edited")
    chosen = await tapped(telegram, ANNA, which, "2번")
    assert chosen.text.startswith("「소나기」")
    assert not chosen.edited


async def test_an_edit_that_changes_nothing_is_no_failure(telegram):
    forget = await told(telegram, ANNA, "/forget")
    telegram.fail("editMessageText", 400, "Bad Request: message is not modified")
    telegram.taps(ANNA, forget, texts.NO)
    assert (await told(telegram, ANNA, "/help")).text == texts.HELP
    assert telegram.nothing_for(ANNA)


async def test_a_stale_tap_that_has_waited_is_answered_by_a_message(bot, telegram, monkeypatch):
    monkeypatch.setattr("bot.telegram.TYPING_AFTER", 0.05)
    which = await told(telegram, ANNA, "/song 소나기")
    telegram.says(ANNA, "천천히 눈물이 났어")
    telegram.taps(ANNA, which, "2번")
    await telegram.until("answerCallbackQuery")  # the button has sprung back
    bot.classifier.gate.set()
    assert texts.ASKED_ALREADY in (await telegram.next(ANNA)).text
    assert (await telegram.next(ANNA)).text == texts.OLD_BUTTON
    assert len(telegram.called("answerCallbackQuery")) == 1


async def test_the_button_springs_back_of_a_tap_that_is_too_fast(telegram, monkeypatch):
    monkeypatch.setattr("bot.desk.BURST", 1)
    monkeypatch.setattr("bot.desk.PER_SECOND", 0.001)
    forget = await told(telegram, ANNA, "/forget")
    for _ in range(2):
        telegram.taps(ANNA, forget, texts.NO)
    assert (await telegram.next(ANNA)).text == texts.TOO_FAST
    await telegram.until("answerCallbackQuery", 2)


async def test_a_tap_that_was_kept_and_not_sent_is_answered_when_it_comes_again(bot, api):
    """As a server does that is killed between the two."""
    async with polling(bot, api):
        forget = await told(api, ANNA, "/forget")
    api.taps(ANNA, forget, texts.NO)
    (update,) = [one for one in api.waiting if "callback_query" in one]
    bot.answer(bot.store.person("telegram", str(ANNA)), texts.NO, request=f"telegram:{update['update_id']}")
    async with polling(bot, api):
        assert (await api.next(ANNA)).text == texts.FORGET_CANCELLED
    assert api.called("answerCallbackQuery")[0].get("text") is None


# --- pictures --------------------------------------------------------------------------------

PNG = b"\x89PNG\r\n\x1a\n picture"


@pytest.fixture
def pictured(bot, monkeypatch):
    """Every answer has a picture and, where it was asked for so, a text that no caption can hold."""

    def answer(person, text, time=None, request=None):
        return (Reply("가" * 1025 if "길게" in text else "그림 <3", choices=("다른 곡",), picture=PNG),)

    monkeypatch.setattr(bot, "answer", answer)


async def test_a_picture_has_its_text_below(telegram, pictured):
    sent = await told(telegram, ANNA, "/mood")
    assert (sent.photo, sent.text, sent.buttons) == (PNG, "그림 <3", ["다른 곡"])


async def test_a_text_too_long_for_a_picture_stands_for_itself(telegram, pictured):
    sent = await told(telegram, ANNA, "/mood 길게")
    assert (sent.photo, sent.text) == (PNG, "")
    assert (await telegram.next(ANNA)).text == "가" * 1025


@pytest.mark.parametrize("status", [400, 500, None])
async def test_a_picture_that_cannot_be_sent_leaves_its_text(telegram, pictured, status):
    if status:
        telegram.fail("sendPhoto", status, "Bad Request: IMAGE_PROCESS_FAILED")
    else:
        telegram.drop("sendPhoto")
    sent = await told(telegram, ANNA, "/mood")
    assert (sent.photo, sent.text, sent.buttons) == (b"", "그림 <3", ["다른 곡"])


async def test_mydata_is_a_file_below_its_summary(telegram):
    await told(telegram, ANNA, SAD)
    sent = await told(telegram, ANNA, "/mydata")
    assert sent.text.startswith(texts.EXPORTED.split("\n")[0])
    assert json.loads(sent.document)["session"]["state"]["moods"]
    assert telegram.nothing_for(ANNA)


@pytest.mark.parametrize("status", [400, 500, None])
async def test_a_file_that_cannot_be_sent_leaves_its_text(telegram, status):
    if status:
        telegram.fail("sendDocument", status, "Bad Request: wrong file")
    else:
        telegram.drop("sendDocument")
    sent = await told(telegram, ANNA, "/mydata")
    assert (sent.document, sent.text.split("\n")[0]) == (b"", texts.EXPORTED.split("\n")[0])


async def test_melon_stands_first_for_who_wants_it(telegram):
    await told(telegram, ANNA, "멜론으로 보여줘")
    sent = await told(telegram, ANNA, "/song 첫눈 오는 골목")
    assert [link.split("/")[2] for link in sent.links] == ["www.melon.com", "music.youtube.com"] * 5


# --- turns ------------------------------------------------------------------------------------


async def test_one_person_is_answered_in_order_and_another_without_delay(bot, telegram):
    telegram.says(ANNA, "천천히 눈물이 났어")
    telegram.says(ANNA, "/song 소나기")
    telegram.taps_data(ANNA, "000000:다른 곡")
    telegram.says(ANNA, "/help")
    assert (await told(telegram, BORIS, "/help")).text == texts.HELP
    assert (await told(telegram, CLARA, SAD)).text.count(texts.ASK_SONG) == 1
    assert telegram.nothing_for(ANNA)
    bot.classifier.gate.set()
    answers = [(await telegram.next(ANNA)).text for _ in range(4)]
    assert texts.ASK_SONG in answers[0]
    assert answers[1].startswith(texts.WHICH)
    assert answers[2].startswith("지금의 ")
    assert answers[3] == texts.HELP
    assert len(telegram.called("answerCallbackQuery")) == 1


async def test_typing_is_shown_while_an_answer_takes_long(bot, telegram, monkeypatch):
    monkeypatch.setattr("bot.telegram.TYPING_AGAIN", 0.1)
    telegram.says(ANNA, "천천히 눈물이 났어")
    await telegram.until("sendChatAction", 3)
    bot.classifier.gate.set()
    await telegram.next(ANNA)
    shown = len(telegram.called("sendChatAction"))
    await asyncio.sleep(0.3)
    assert len(telegram.called("sendChatAction")) == shown


async def test_care_waits_behind_nothing(bot, telegram, monkeypatch):
    monkeypatch.setattr("bot.desk.PER_SECOND", 0.001)
    for _ in range(40):
        telegram.says(ANNA, "천천히 눈물이 났어")
    telegram.says(ANNA, "죽고 싶어")
    seen = [(await telegram.next(ANNA)).text, (await telegram.next(ANNA)).text]
    assert texts.CARE_EXPLICIT in seen
    assert texts.TOO_FAST in seen  # once, for ten messages that were too many
    assert telegram.nothing_for(ANNA)


async def test_full_queue_asks_telegram_to_come_again(bot, api, monkeypatch):
    async with webhook(bot, api):
        monkeypatch.setattr("bot.telegram.WAITING_UPDATES", 0)
        api.says(ANNA, "/help")
        while len(api.refused) < 3:
            await asyncio.sleep(0.01)
        assert set(api.refused) == {503}
        api.waiting.clear()
        api.says(ANNA, "죽고 싶어")
        assert (await api.next(ANNA)).text == texts.CARE_EXPLICIT


async def test_care_does_not_wait_for_the_limits_of_other_chats(telegram):
    await told(telegram, ANNA, "/help")
    telegram.fail("sendMessage", 429, "Too Many Requests: retry after 4", retry_after=4)
    telegram.says(BORIS, "/help")
    await telegram.until("sendMessage", 2)
    begun = asyncio.get_running_loop().time()
    assert (await told(telegram, ANNA, "죽고 싶어")).text == texts.CARE_EXPLICIT
    assert asyncio.get_running_loop().time() - begun < 2
    assert telegram.nothing_for(BORIS)


async def test_care_waits_for_the_limit_of_its_own_chat(telegram):
    telegram.fail("sendMessage", 429, "Too Many Requests: retry after 1", retry_after=1)
    assert (await told(telegram, ANNA, "죽고 싶어")).text == texts.CARE_EXPLICIT
    assert len(telegram.called("sendMessage")) == 2


async def test_answers_that_leave_slowly_keep_no_platform_busy(bot, api, monkeypatch):
    monkeypatch.setattr("bot.desk.WAITING", 3)
    desk, sent = Desk(bot), asyncio.Event()

    async def deliver(replies):
        await sent.wait()

    leaving = [asyncio.create_task(desk.answer("telegram", str(n), "/help", deliver=deliver)) for n in range(3)]
    async with asyncio.timeout(10):
        await asyncio.sleep(0)
        while desk._waiting["telegram"]:
            await asyncio.sleep(0.01)
    assert (await desk.answer("telegram", "9", "/help"))[0].text == texts.HELP
    behind = [asyncio.create_task(desk.answer("telegram", "1", "/help")) for _ in range(3)]  # the person's own turn
    await asyncio.sleep(0.05)
    assert (await desk.answer("telegram", "9", "/help"))[0].text == texts.BUSY
    assert (await desk.answer("kakao", "9", "/help"))[0].text == texts.HELP
    sent.set()
    await asyncio.gather(*leaving, *behind)
    desk.close()


async def test_twenty_messages_at_once_are_answered_in_order(telegram):
    for number in range(20):
        telegram.says(ANNA, f"/없음{number}")
    answers = [(await telegram.next(ANNA)).text for _ in range(20)]
    assert answers == [texts.UNKNOWN_COMMAND.format(command=f"/없음{number}") for number in range(20)]


# --- updates that are lost or sent again -----------------------------------------------------


@asynccontextmanager
async def posting(bot: Bot, api: FakeBotAPI) -> AsyncIterator[Callable[[dict], Awaitable[httpx.Response]]]:
    """Posts updates to the server as Telegram does."""
    settings = Settings(api.token, api.url, None, None, None, "secret", telegram_webhook_secret="s3cret")
    async with serving(application(bot, settings)) as address, httpx.AsyncClient(timeout=20) as client:
        await api.until("setMyCommands", 2)
        header = {"X-Telegram-Bot-Api-Secret-Token": "s3cret"}
        yield lambda update: client.post(f"{address}/telegram/webhook", json=update, headers=header)
        bot.classifier.gate.set()


def update_of(api: FakeBotAPI, text: str, number: int = 1) -> dict:
    return {"update_id": number, "message": api._message(ANNA) | {"text": text}}


async def test_an_update_is_acknowledged_when_it_is_answered_or_after_a_while(bot, api, monkeypatch):
    monkeypatch.setattr("bot.telegram.ACKNOWLEDGED", 2)
    async with posting(bot, api) as post:
        assert (await post(update_of(api, "/help"))).status_code == 200
        assert not api.nothing_for(ANNA)
        assert (await api.next(ANNA)).text == texts.HELP
        begun = time.monotonic()
        assert (await post(update_of(api, "천천히 눈물이 났어", 2))).status_code == 200
        assert 2 <= time.monotonic() - begun < 4
        assert api.nothing_for(ANNA)
        bot.classifier.gate.set()
        assert texts.ASK_SONG in (await api.next(ANNA)).text


@pytest.mark.parametrize("at_once", [False, True])
async def test_an_update_that_comes_twice_is_answered_once(bot, api, at_once):
    async with posting(bot, api) as post:
        update = update_of(api, "/song 첫눈 오는 골목")
        if at_once:
            await asyncio.gather(*(post(update) for _ in range(3)))
        else:
            for _ in range(3):
                await post(update)
        assert len(songs(await api.next(ANNA))) == 5
        await post(update_of(api, "/help", 2))
        assert (await api.next(ANNA)).text == texts.HELP
        assert api.nothing_for(ANNA)


async def test_an_answer_that_was_not_sent_is_sent_when_its_update_comes_again(bot, api):
    async with posting(bot, api) as post:
        update = update_of(api, "/song 첫눈 오는 골목")
        for _ in range(2):
            api.drop("sendMessage")
        await post(update)
        assert (await api.next(ANNA)).text == texts.FAILED
        await post(update)
        first = await api.next(ANNA)
        await post(update_of(api, texts.MORE, 2))
        assert not {song[3:] for song in songs(first)} & {song[3:] for song in songs(await api.next(ANNA))}


@pytest.mark.parametrize("date", [1e20, 10**20, "x", None])
async def test_an_update_with_an_odd_date_does_not_come_for_ever(bot, api, date):
    async with posting(bot, api) as post:
        update = update_of(api, "/help")
        update["message"]["date"] = date
        assert (await post(update)).status_code == 200


async def test_the_stop_does_not_wait_for_telegram_for_ever(bot, api, monkeypatch, caplog):
    monkeypatch.setattr("bot.telegram.STOP_SECONDS", 0.3)
    monkeypatch.setattr("bot.telegram.ACKNOWLEDGED", 0.02)
    async with posting(bot, api) as post:
        api.fail("sendMessage", 429, "Too Many Requests: retry after 9", retry_after=9)
        await post(update_of(api, "/help"))
        await api.until("sendMessage")
        begun = time.monotonic()
    assert time.monotonic() - begun < 4
    assert "could not be answered before the stop" in caplog.text


# --- failures ---------------------------------------------------------------------------------


async def test_block_is_noted_and_nothing_is_sent(telegram, caplog):
    caplog.set_level(logging.INFO, "bot")
    telegram.blocks(ANNA)
    await told(telegram, BORIS, "/help")
    assert "blocked by a person" in caplog.text
    assert [sent["chat_id"] for sent in telegram.called("sendMessage")] == [str(BORIS)]


async def test_forbidden_is_not_sent_again(telegram, caplog):
    caplog.set_level(logging.INFO, "bot")
    telegram.blocked.add(ANNA)
    telegram.says(ANNA, "/help")
    await telegram.until("sendMessage")
    assert (await told(telegram, BORIS, "/help")).text == texts.HELP
    await asyncio.sleep(0.2)
    assert [sent["chat_id"] for sent in telegram.called("sendMessage")] == [str(ANNA), str(BORIS)]
    assert "blocked" in caplog.text
    assert not [record for record in caplog.records if record.levelno > logging.INFO]


@pytest.mark.parametrize("method", ["sendMessage"])
async def test_flood_limit_is_waited_for(telegram, method):
    telegram.fail(method, 429, "Too Many Requests: retry after 1", retry_after=1)
    begun = asyncio.get_running_loop().time()
    assert (await told(telegram, ANNA, "/help")).text == texts.HELP
    assert asyncio.get_running_loop().time() - begun >= 1
    assert telegram.nothing_for(ANNA)


@pytest.mark.parametrize("status", [400, 403, 500, None])
async def test_typing_that_fails_does_not_prevent_the_answer(bot, telegram, status):
    if status:
        telegram.fail("sendChatAction", status, "refused")
    else:
        telegram.drop("sendChatAction")
    telegram.says(ANNA, "천천히 눈물이 났어")
    await telegram.until("sendChatAction")
    bot.classifier.gate.set()
    assert (await telegram.next(ANNA)).text.count(texts.ASK_SONG) == 1


@pytest.mark.parametrize("status", [500, 502, None])
async def test_answer_is_sent_again_when_the_connection_fails(telegram, status):
    if status:
        telegram.fail("sendMessage", status, "Internal Server Error")
    else:
        telegram.drop("sendMessage")
    first = await told(telegram, ANNA, "/song 첫눈 오는 골목")
    assert len(songs(first)) == 5
    assert len(telegram.called("sendMessage")) == 2


@pytest.mark.parametrize("status", [400, 500, None])
async def test_person_is_told_of_a_failure_and_the_next_message_works(telegram, status):
    await told(telegram, ANNA, SAD)
    for _ in range(1 if status == 400 else 2):
        if status:
            telegram.fail("sendMessage", status, "refused")
        else:
            telegram.drop("sendMessage")
    assert (await told(telegram, ANNA, "/song 소나기")).text == texts.FAILED
    assert (await told(telegram, ANNA, "2번")).text.startswith("「소나기」")  # what was stored holds


async def test_person_who_cannot_be_told(telegram, caplog):
    for _ in range(2):
        telegram.fail("sendMessage", 400, "Bad Request: chat not found")
    telegram.says(ANNA, "/help")
    await telegram.until("sendMessage", 2)
    assert (await told(telegram, ANNA, "/help")).text == texts.HELP
    assert "could not be told" in caplog.text


async def test_failure_of_ours_is_told(bot, telegram):
    bot.classifier.problem = RuntimeError("broken")
    assert (await told(telegram, ANNA, SAD)).text == texts.FAILED
    assert (await told(telegram, ANNA, SAD)).text.count(texts.ASK_SONG) == 1


async def test_full_disk_is_told_and_logged_with_its_reason(bot, telegram, caplog, monkeypatch):
    def full(*_):
        raise StoreError("store.db: could not be written (disk is full)")

    with monkeypatch.context() as broken:
        broken.setattr(bot.store, "save", full)
        assert (await told(telegram, ANNA, SAD)).text == texts.FAILED
    assert "disk is full" in caplog.text
    assert (await told(telegram, ANNA, SAD)).text.count(texts.ASK_SONG) == 1


async def test_care_is_given_when_nothing_can_be_read(bot, telegram, monkeypatch, caplog):
    def broken(*_):
        raise StoreError("store.db: could not be read")

    for name in ("load", "answered", "save"):
        monkeypatch.setattr(bot.store, name, broken)
    care = await told(telegram, ANNA, "죽고 싶어")
    assert (care.text, care.buttons) == (texts.CARE_EXPLICIT, [])
    assert (await told(telegram, ANNA, "/help")).text == texts.FAILED


async def test_a_kept_answer_is_sent_without_buttons_when_the_store_breaks_then(bot, telegram, monkeypatch):
    answer, load = bot.answer, bot.store.load

    def broken(*_):
        raise StoreError("store.db: could not be read")

    def breaking(*given):
        monkeypatch.setattr(bot.store, "load", load)
        replies = answer(*given)
        monkeypatch.setattr(bot.store, "load", broken)
        monkeypatch.setattr(bot.store, "answer_sent", broken)
        return replies

    monkeypatch.setattr(bot, "answer", breaking)
    sent = await told(telegram, ANNA, "/song 첫눈 오는 골목")
    assert (len(songs(sent)), sent.buttons) == (5, [])


async def test_polling_goes_on_after_failures(polled):
    polled.fail("getUpdates", 409, "Conflict: terminated by other getUpdates request")
    polled.drop("getUpdates")
    assert (await told(polled, ANNA, "/help")).text == texts.HELP
    assert (await told(polled, ANNA, "/help")).text == texts.HELP


async def test_menu_that_cannot_be_set_does_not_prevent_the_start(bot, api):
    api.fail("setMyCommands", 500, "Internal Server Error")
    async with polling(bot, api):
        assert (await told(api, ANNA, "/help")).text == texts.HELP


# --- privacy ---------------------------------------------------------------------------------


async def test_log_holds_neither_the_text_nor_the_token(bot, telegram, caplog):
    secret = "비밀스러운 이야기"
    for name in ("bot", "model", "recommender"):
        caplog.set_level(logging.DEBUG, name)
    caplog.set_level(logging.INFO, "telegram")
    caplog.set_level(logging.WARNING, "httpx")  # as main.py sets it
    await told(telegram, ANNA, f"{secret} 눈물")
    await told(telegram, ANNA, f"/song {secret}")
    await told(telegram, ANNA, f"/{secret}")
    bot.classifier.problem = ValueError(f"cannot read «{secret}»")
    await told(telegram, ANNA, f"{secret} 눈물")
    for _ in range(2):
        telegram.fail("sendMessage", 400, f"Bad Request: can't parse entities: «{secret}»")
    telegram.says(ANNA, f"/{secret}")
    await told(telegram, ANNA, "/help")
    telegram.fail("getUpdates", 500, "Internal Server Error")
    telegram.blocked.add(BORIS)
    telegram.says(BORIS, secret)
    await told(telegram, ANNA, "/help")
    assert "an update failed" in caplog.text
    assert "비밀" not in caplog.text
    assert telegram.token not in caplog.text
    assert telegram.token.split(":")[1] not in caplog.text


def test_update_that_cannot_be_read_is_not_quoted():
    for name in LOGGERS_THAT_QUOTE:
        record = logging.LogRecord(name, logging.CRITICAL, "", 1, "Received data was %s", ("비밀",), None)
        assert _quotes_nothing(record)
        assert "비밀" not in record.getMessage()


def test_token_that_is_refused_is_not_quoted():
    problem = InvalidToken(f"The token `{FakeBotAPI.token}` was rejected by the server.")
    for phase, kept in (("Bootstrap", False), ("Polling", True)):
        trace = (InvalidToken, problem, None)
        record = logging.LogRecord("telegram.ext", logging.ERROR, "", 1, "%s Invalid token.", (phase,), trace)
        assert _quotes_nothing(record) is kept
        assert FakeBotAPI.token not in logging.Formatter().format(record)


# --- the fake itself ---------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["R&B", "<3", "<b>bold", "bold</b>", "<i><b>x</i></b>", "<font>x</font>", "a < b"])
def test_fake_refuses_html_that_telegram_cannot_parse(text):
    with pytest.raises(Refused, match="can't parse entities"):
        parse_html(text)


async def test_fake_keeps_updates_until_they_are_confirmed():
    async with FakeBotAPI() as api:
        api.says(ANNA, "하나")
        api.says(ANNA, "둘")
        (first, second) = await api.answer("getUpdates", {})
        assert await api.answer("getUpdates", {}) == [first, second]
        assert await api.answer("getUpdates", {"offset": str(second["update_id"])}) == [second]
        assert await api.answer("getUpdates", {"offset": "3", "timeout": "0"}) == []


@pytest.mark.parametrize("text", ["", "가" * 4097, "🥲" * 2049])
async def test_fake_refuses_texts_of_wrong_length(text):
    with pytest.raises(Refused):
        await FakeBotAPI().answer("sendMessage", {"chat_id": "7", "text": text})


async def test_fake_refuses_long_callback_data():
    markup = json.dumps({"inline_keyboard": [[{"text": "x", "callback_data": "가" * 22}]]})
    with pytest.raises(Refused, match="BUTTON_DATA_INVALID"):
        await FakeBotAPI().answer("sendMessage", {"chat_id": "7", "text": "x", "reply_markup": markup})
