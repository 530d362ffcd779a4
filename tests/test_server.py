"""The HTTP server as KakaoTalk, a monitor and a stranger meet it: the application behind real HTTP on loopback."""

import asyncio
import json
import logging
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from typing import Any

import httpx
import pytest
from kakao_caller import NAMES, KakaoCaller, Seen, check, fixture, payload
from kakao_chatbot import Payload
from serving import serving
from test_golden import bot_over
from test_kakao import reread
from test_telegram import SlowClassifier

from bot import kakao, skill, texts
from bot.app import Bot
from bot.desk import BURST, PEOPLE, Desk, Pace
from bot.dialogue import Reply
from bot.files import Files
from bot.preview import Audience
from bot.server import LONGEST_BODY, application
from bot.settings import Settings
from bot.store import FILE_KEPT, StoreError

SECRET = "a secret of the channel"
CALLBACK = "https://bot-api.kakao.com/v1/bots/5ae9b76d7409b11ec845b746!/callback/token"
SLOW = "천천히 눈물이 났어"
USER = "1f" * 33
PNG = b"\x89PNG\r\n\x1a\n picture"


def settings(**given: Any) -> Settings:
    return Settings(None, None, None, None, None, "key", kakao_secret=SECRET, **given)


class Kakao:
    """KakaoTalk's callback host: it counts, and takes an answer once for each address."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, dict]] = []
        self.status = "SUCCESS"
        self.answer: Callable[[], httpx.Response] | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.posted.append((str(request.url), json.loads(request.content)))
        if self.answer:
            return self.answer()
        return httpx.Response(200, json={"taskId": "t", "status": self.status, "message": "", "timestamp": 0})


class Channel:
    """One bot's server with people of a channel before it."""

    def __init__(self, address: str, client: httpx.AsyncClient, bot: Bot, called_back: Kakao):
        self.address, self.client, self.bot, self.called_back = address, client, bot, called_back

    async def post(self, sent: Any, *, content: bytes | None = None, **headers: str | bytes | None) -> httpx.Response:
        given = {"Content-Type": "application/json", "X-Skill-Secret": SECRET, "User-Agent": "AHC/2.1"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        given = {name: value for name, value in given.items() if value is not None}
        body = json.dumps(sent).encode() if content is None else content
        return await self.client.post(f"{self.address}/kakao/skill", content=body, headers=given)

    async def says(self, text: str, user: str = USER, callback_url: str | None = None, **headers: str) -> Seen:
        answered = await self.post(payload(text, user=user, callback_url=callback_url), **headers)
        assert answered.status_code == 200
        assert answered.headers["content-type"] == "application/json"
        check(answered.json())
        return Seen(answered.json())

    async def collected(self, user: str = USER) -> Seen:
        """What «결과 보기» brings in the end."""
        async with asyncio.timeout(10):
            while (seen := await self.says(texts.COLLECT, user)).text in (texts.PENDING, texts.NOTHING_PENDING):
                await asyncio.sleep(0.05)
        return seen


@pytest.fixture
def bot(catalogue, tmp_path) -> Iterator[Bot]:
    bot = bot_over(catalogue, SlowClassifier(), tmp_path / "store.db")
    yield bot
    bot.classifier.gate.set()
    bot.store.close()


@asynccontextmanager
async def channel_of(bot: Bot, given: Settings | None = None) -> AsyncIterator[Channel]:
    called_back = Kakao()
    callbacks = httpx.AsyncClient(transport=httpx.MockTransport(called_back))
    app = application(bot, given or settings(), client=callbacks)
    async with serving(app) as address, httpx.AsyncClient(timeout=20) as client:
        yield Channel(address, client, bot, called_back)
        bot.classifier.gate.set()


@pytest.fixture
async def channel(bot, tmp_path) -> AsyncIterator[Channel]:
    async with channel_of(bot) as channel:
        yield channel


@pytest.fixture
def soon(monkeypatch) -> None:
    """A shorter deadline, to save time."""
    monkeypatch.setattr(skill, "DEADLINE", 0.3)
    monkeypatch.setattr(skill, "OTHER_WORKER", 0.1)
    monkeypatch.setattr(skill, "LOOK_EVERY", 0.02)


# --- conversation ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
async def test_every_recorded_request_is_answered(channel, name):
    answered = await channel.post(fixture(name))
    assert answered.status_code == 200
    check(answered.json())
    assert reread(answered.json()) == answered.json()
    assert Payload.from_dict(fixture(name)).user_request.user.id  # the other library reads what we were asked


async def test_korean_is_sent_as_it_is(channel):
    answered = await channel.post(payload("도움말"))
    assert "이렇게 말해 주세요" in answered.content.decode()


async def test_a_whole_conversation_over_http(channel):
    loop = asyncio.get_running_loop()

    def ask(sent: dict) -> dict:
        return asyncio.run_coroutine_threadsafe(channel.post(sent), loop).result(10).json()

    def conversation() -> None:
        caller = KakaoCaller(ask, user=USER)
        assert caller.says("안녕").text == texts.START
        assert caller.says("오늘 발표 망쳐서 속상해 ㅠㅠ").text.endswith(texts.ASK_SONG)
        first = caller.says("/song 첫눈 오는 골목")
        others = caller.taps("다른 곡")
        assert len({item["title"][3:] + item["description"] for item in first.items + others.items}) == 10
        assert caller.says("/노래소나기").labels == ["1번", "2번", "3번", "여기 없어요"]
        assert caller.taps("2번").text.startswith("「소나기」(서랍밴드) 같은 노래")
        assert caller.says("죽고 싶어").text == texts.CARE_EXPLICIT
        assert caller.seen[-1].buttons[0]["phoneNumber"] == "109"

    await asyncio.to_thread(conversation)


# --- who may ask ------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [None, "", "wrong", SECRET + "x", SECRET.upper(), "비밀".encode()])
async def test_the_secret_header_is_needed(channel, given):
    answered = await channel.post(payload("안녕"), X_Skill_Secret=given)
    assert answered.status_code == 401


async def test_the_header_may_have_another_name(bot, tmp_path):
    async with channel_of(bot, settings(kakao_header="X-Other")) as channel:
        assert (await channel.post(payload("안녕"))).status_code == 401
        assert (await channel.post(payload("안녕"), X_Other=SECRET)).status_code == 200


async def test_another_bot_is_refused(bot, tmp_path):
    async with channel_of(bot, settings(kakao_bot_id="659e3b4a7407e2205bf34eae")) as channel:
        sent = payload("안녕")
        assert (await channel.post(sent)).status_code == 200
        assert (await channel.post(sent | {"bot": {"id": "659e3b4a7407e2205bf34eae!"}})).status_code == 200
        for other in ({"id": "other"}, {"id": ""}, {}, None, "659e3b4a7407e2205bf34eae"):
            assert (await channel.post(sent | {"bot": other})).status_code == 403
        assert (await channel.says("기분 기록")).text == texts.DIARY_EMPTY


async def test_without_a_secret_only_this_machine_may_ask(bot, tmp_path):
    open_to_all = Settings(None, None, None, None, None, "key")
    async with channel_of(bot, open_to_all) as channel:
        assert (await channel.post(payload("안녕"), X_Skill_Secret=None)).status_code == 200
        forwarded = {"X_Skill_Secret": None, "X_Forwarded_For": "203.0.113.7"}
        assert (await channel.post(payload("안녕"), **forwarded)).status_code == 403


@pytest.mark.parametrize("given", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""])
async def test_only_json_is_read(channel, given):
    assert (await channel.post(payload("안녕"), Content_Type=given)).status_code == 415


async def test_json_of_a_charset_is_read(channel):
    assert (await channel.post(payload("안녕"), Content_Type="Application/JSON; charset=utf-8")).status_code == 200


@pytest.mark.parametrize("size", [LONGEST_BODY + 1, 10_000_000])
@pytest.mark.parametrize("chunked", [False, True])
async def test_long_bodies_are_refused(channel, size, chunked):
    async def pieces() -> AsyncIterator[bytes]:
        for first in range(0, size, 65_536):
            yield b" " * min(65_536, size - first)

    body = pieces() if chunked else b" " * size
    assert (await channel.post(None, content=body)).status_code == 413
    assert (await channel.says("도움말")).text == texts.HELP


async def test_a_body_of_just_the_longest_size_is_read(channel):
    body = json.dumps(payload("도움말")).encode()
    answered = await channel.post(None, content=body + b" " * (LONGEST_BODY - len(body)))
    assert Seen(answered.json()).text == texts.HELP


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_other_methods_and_places(channel, method):
    assert (await channel.client.request(method, f"{channel.address}/kakao/skill")).status_code == 405
    for path in ("/", "/kakao", "/kakao/skill/", "/telegram/webhook", "/page.js", "/say", "/picture/x", "/../main.py"):
        assert (await channel.client.request(method, channel.address + path)).status_code == 404, path


# --- odd requests -------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 60_000, b'{"userRequest": {}}'])
async def test_what_cannot_be_read_is_answered_politely(channel, body):
    answered = await channel.post(None, content=body)
    assert answered.status_code == 200
    assert answered.json() == kakao.failed()


async def test_a_request_of_nobody_is_answered_and_nothing_is_kept(channel):
    sent = payload("오늘 눈물이 났어")
    del sent["userRequest"]["user"]
    assert (await channel.post(sent)).json() == kakao.no_user()
    assert channel.bot.store._rows("select * from sessions", []) == []


async def test_a_failure_of_ours_is_a_polite_bubble(channel, caplog):
    channel.bot.classifier.problem = RuntimeError("cannot read «눈물»")
    assert (await channel.says("오늘 눈물이 났어")).text == texts.FAILED
    assert "RuntimeError" in caplog.text
    assert "눈물" not in caplog.text
    assert (await channel.says("오늘 눈물이 났어")).text.count(texts.ASK_SONG) == 1


async def test_a_store_that_fails_is_a_polite_bubble_and_care_is_given(channel, monkeypatch):
    def broken(*_):
        raise StoreError("store.db: could not be read")

    for name in ("load", "pending"):
        monkeypatch.setattr(channel.bot.store, name, broken)
    assert (await channel.says("안녕")).text == texts.FAILED
    assert (await channel.says(texts.COLLECT)).text == texts.FAILED
    assert (await channel.says("죽고 싶어")).text == texts.CARE_EXPLICIT
    ready = await channel.client.get(f"{channel.address}/readyz")
    assert ready.status_code == 503
    assert ready.json()["parts"]["store"] == "cannot be used"


async def test_care_is_given_on_the_page_when_nothing_can_be_read(bot, tmp_path, monkeypatch):
    def broken(*_):
        raise StoreError("store.db: could not be read")

    app = application(bot, settings(), preview=Audience.LOOPBACK)
    async with serving(app) as address, httpx.AsyncClient(timeout=20) as client:
        monkeypatch.setattr(bot.store, "load", broken)
        said = (await client.post(f"{address}/say", json={"text": "죽고 싶어"})).json()
        assert (said["replies"][0]["text"], said["mood"]) == (texts.CARE_EXPLICIT, [])
        said = (await client.post(f"{address}/say", json={"text": "안녕"})).json()
        assert [reply["text"] for reply in said["replies"]] == [texts.FAILED]


# --- the deadline ----------------------------------------------------------------------------------


async def test_an_answer_of_ten_seconds_is_collected_after_the_deadline(channel, monkeypatch):
    answer = channel.bot.answer

    def slow(person, text, time_=None, request=None):
        time.sleep(10 if "천천히" in text else 0)
        return answer(person, text, time_, request)

    channel.bot.classifier.gate.set()
    monkeypatch.setattr(channel.bot, "answer", slow)
    begun = time.monotonic()
    seen = await channel.says(SLOW)
    assert 3.2 < time.monotonic() - begun < 3.6
    assert (seen.text, seen.labels) == (texts.PENDING, [texts.COLLECT])
    begun = time.monotonic()
    assert (await channel.says(texts.COLLECT + "\n")).text == texts.PENDING  # still not there
    assert time.monotonic() - begun < 3.6
    assert (await channel.collected()).text.count(texts.ASK_SONG) == 1
    assert (await channel.says(texts.COLLECT)).text == texts.NOTHING_PENDING  # once
    assert "(1번)" in (await channel.says("기분 기록")).text


async def test_a_late_answer_is_kept_and_collected_by_its_person_alone(channel, soon):
    assert (await channel.says(SLOW)).text == texts.PENDING
    channel.bot.classifier.gate.set()
    assert (await channel.says(texts.COLLECT, "b" * 66)).text == texts.NOTHING_PENDING
    assert texts.ASK_SONG in (await channel.collected()).text


async def test_a_late_answer_outlives_the_server(bot, tmp_path, soon, catalogue):
    async with channel_of(bot) as channel:
        assert (await channel.says(SLOW)).text == texts.PENDING
    again = bot_over(catalogue, SlowClassifier(), tmp_path / "store.db")
    async with channel_of(again) as channel:
        assert texts.ASK_SONG in (await channel.collected()).text


async def test_two_late_answers_are_collected_as_one(channel, soon):
    assert (await channel.says(SLOW)).text == texts.PENDING
    assert (await channel.says("/song 첫눈 오는 골목")).text == texts.PENDING
    channel.bot.classifier.gate.set()
    await asyncio.sleep(0.3)
    seen = await channel.collected()
    assert texts.ASK_SONG in seen.text
    assert len(seen.items) == 5
    assert "다른 곡" in seen.labels


async def test_an_answer_that_cannot_be_taken_in_time_is_not_lost(channel, soon, tmp_path):
    assert (await channel.says(SLOW)).text == texts.PENDING
    channel.bot.classifier.gate.set()
    while (
        channel.bot.store.pending(channel.bot.store.person("kakao", kakao.read(payload("", user=USER)).person_key))
        is None
    ):
        await asyncio.sleep(0.02)
    with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as other:
        other.execute("begin immediate")  # as a slow process does
        begun = time.monotonic()
        assert (await channel.says(texts.COLLECT, X_Request_Id="chp-1")).text == texts.PENDING
        assert time.monotonic() - begun < 2
        await asyncio.sleep(0.5)
    assert texts.ASK_SONG in (await channel.collected()).text


async def test_a_repeated_collection_brings_the_same_answer(channel, soon):
    assert (await channel.says(SLOW, X_Request_Id="chp-1")).text == texts.PENDING
    channel.bot.classifier.gate.set()
    await asyncio.sleep(0.5)
    first = await channel.says(texts.COLLECT, X_Request_Id="chp-2")
    assert texts.ASK_SONG in first.text
    assert await channel.says(texts.COLLECT, X_Request_Id="chp-2") == first
    assert (await channel.says(texts.COLLECT, X_Request_Id="chp-3")).text == texts.NOTHING_PENDING
    assert (await channel.says("도움말", X_Request_Id="chp-2")).text == texts.HELP  # an id that is used twice


async def test_collecting_has_a_pace(channel, soon, monkeypatch):
    monkeypatch.setattr("bot.desk.BURST", 3)
    monkeypatch.setattr("bot.desk.PER_SECOND", 0.001)
    said = [(await channel.says(texts.COLLECT)).text for _ in range(5)]
    assert said == [texts.NOTHING_PENDING] * 3 + [texts.TOO_FAST] * 2
    assert 'outcome="too_fast",platform="kakao"} 2.0' in (await channel.client.get(f"{channel.address}/metrics")).text


async def test_nothing_to_collect(channel):
    begun = time.monotonic()
    seen = await channel.says(texts.COLLECT)
    assert (seen.text, seen.labels) == (texts.NOTHING_PENDING, [texts.COLLECT, "도움말"])
    assert time.monotonic() - begun < 3.3


async def test_a_slow_person_delays_no_other(channel, soon):
    slow = [asyncio.create_task(channel.says(SLOW)) for _ in range(6)]
    await asyncio.sleep(0.05)
    begun = time.monotonic()
    assert (await channel.says("도움말", "b" * 66)).text == texts.HELP
    assert time.monotonic() - begun < 0.3
    assert {seen.text for seen in await asyncio.gather(*slow)} == {texts.PENDING}


# --- the callback -------------------------------------------------------------------------------------


async def test_a_finished_answer_is_sent_directly_callback_or_not(channel):
    assert (await channel.says("도움말", callback_url=CALLBACK)).text == texts.HELP
    assert channel.called_back.posted == []


async def test_a_late_answer_is_called_back_once(channel, soon):
    first = (await channel.post(payload(SLOW, user=USER, callback_url=CALLBACK))).json()
    assert first == kakao.use_callback(texts.CALLBACK_WAIT)
    channel.bot.classifier.gate.set()
    async with asyncio.timeout(5):
        while not channel.called_back.posted:
            await asyncio.sleep(0.01)
    ((url, posted),) = channel.called_back.posted
    assert url == CALLBACK
    check(posted)
    assert texts.ASK_SONG in Seen(posted).text
    assert (await channel.says(texts.COLLECT)).text == texts.NOTHING_PENDING
    assert len(channel.called_back.posted) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://bot-api.kakao.com/v1",
        "https://bot-api.kakao.com.evil.test/v1",
        "https://127.0.0.1/v1",
        "https://user:pass@bot-api.kakao.com/v1",
        "https://bot-api.kakao.com:444/v1",
        "file:///etc/passwd",
    ],
)
async def test_no_forged_address_is_called_back(channel, soon, url):
    assert (await channel.says(SLOW, callback_url=url)).text == texts.PENDING
    channel.bot.classifier.gate.set()
    assert texts.ASK_SONG in (await channel.collected()).text
    assert channel.called_back.posted == []


def _no_connection() -> httpx.Response:
    raise httpx.ConnectError("refused")


@pytest.mark.parametrize(
    "answer",
    [
        lambda: httpx.Response(200, json={"status": "FAIL", "message": "Invalid callback token."}),
        lambda: httpx.Response(302, headers={"Location": "https://evil.test/"}),
        lambda: httpx.Response(500),
        lambda: httpx.Response(200, content=b"not json"),
        lambda: httpx.Response(200, json=["SUCCESS"]),
        _no_connection,
    ],
    ids=["fail", "redirect", "500", "no json", "list", "no connection"],
)
async def test_a_callback_that_is_not_taken_is_collected_and_not_posted_again(channel, soon, answer):
    channel.called_back.answer = answer
    await channel.says(SLOW, callback_url=CALLBACK)
    channel.bot.classifier.gate.set()
    assert texts.ASK_SONG in (await channel.collected()).text
    assert [url for url, _ in channel.called_back.posted] == [CALLBACK]


async def test_nothing_is_called_back_when_the_address_has_expired(channel, soon, monkeypatch):
    monkeypatch.setattr(skill, "CALLBACK_ENDS", 0.5)
    await channel.says(SLOW, callback_url=CALLBACK)
    await asyncio.sleep(0.6)
    channel.bot.classifier.gate.set()
    assert texts.ASK_SONG in (await channel.collected()).text
    assert channel.called_back.posted == []


# --- repeated requests -----------------------------------------------------------------------------------


async def test_a_repeated_request_is_answered_the_same_and_changes_nothing(channel):
    first = await channel.says("/song 첫눈 오는 골목", X_Request_Id="chp-1")
    again = await channel.says("/song 첫눈 오는 골목", X_Request_Id="chp-1")
    assert again == first
    more = [await channel.says("다른 곡", X_Request_Id=f"chp-{number}") for number in (2, 2, 3)]
    assert more[0] == more[1] != more[2]
    assert (await channel.says("오늘 눈물이 났어", X_Request_Id="chp-4")).answer
    assert (await channel.says("오늘 눈물이 났어", X_Request_Id="chp-4")).answer
    assert "(1번)" in (await channel.says("기분 기록")).text
    assert (await channel.says("도움말", "b" * 66, X_Request_Id="chp-1")).text == texts.HELP  # another person's


async def test_a_request_repeated_while_it_is_answered(channel, soon):
    assert (await channel.says(SLOW, X_Request_Id="chp-1")).text == texts.PENDING
    assert (await channel.says(SLOW, X_Request_Id="chp-1")).text == texts.PENDING
    channel.bot.classifier.gate.set()
    await asyncio.sleep(0.3)
    assert (await channel.collected()).text.count(texts.ASK_SONG) == 1
    assert "(1번)" in (await channel.says("기분 기록")).text


@pytest.mark.parametrize("number", ["", "x" * 10_000])
async def test_request_ids_of_odd_length_are_not_relied_on(channel, number):
    first = await channel.says("다른 곡", X_Request_Id=number)
    assert first.answer == (await channel.says("다른 곡", X_Request_Id=number)).answer


# --- too much -----------------------------------------------------------------------------------------------


async def test_one_person_cannot_flood_and_care_is_still_given(channel, monkeypatch):
    monkeypatch.setattr("bot.desk.PER_SECOND", 0.001)
    said = [(await channel.says("도움말")).text for _ in range(BURST + 5)]
    assert said[:BURST] == [texts.HELP] * BURST
    assert said[-1] == texts.TOO_FAST
    assert (await channel.says("죽고 싶어")).text == texts.CARE_EXPLICIT
    assert (await channel.says("도움말", "b" * 66)).text == texts.HELP


async def test_an_overloaded_server_says_so_and_care_is_still_given(channel, soon, monkeypatch):
    monkeypatch.setattr("bot.desk.WAITING", 3)
    slow = [asyncio.create_task(channel.says(SLOW, str(number) * 66)) for number in range(3)]
    await asyncio.sleep(0.1)
    assert (await channel.says("안녕", "b" * 66)).text == texts.BUSY
    assert (await channel.says("죽고 싶어", "b" * 66)).text == texts.CARE_EXPLICIT
    await asyncio.gather(*slow)
    channel.bot.classifier.gate.set()
    await asyncio.sleep(0.3)
    assert (await channel.says("도움말", "b" * 66)).text == texts.HELP


async def test_care_waits_for_no_session(channel, monkeypatch):
    monkeypatch.setattr("bot.desk.CARE_SECONDS", 0.1)
    slow = asyncio.create_task(channel.says(SLOW))
    await asyncio.sleep(0.1)
    begun = time.monotonic()
    seen = await channel.says("죽고 싶어")  # the session is held by the message before
    assert seen.text == texts.CARE_EXPLICIT
    assert time.monotonic() - begun < 1
    channel.bot.classifier.gate.set()
    await slow
    await asyncio.sleep(0.2)
    assert (await channel.says("네")).text == texts.CARE_AFTER  # and it was kept when its turn came


def test_pace_of_one_person():
    now = 0.0
    pace = Pace(lambda: now)
    assert [pace.allows("a") for _ in range(BURST + 2)] == [True] * BURST + [False] * 2
    assert (pace.first_refusal("a"), pace.first_refusal("a")) == (True, False)
    assert pace.allows("b")
    now = 0.5
    assert (pace.allows("a"), pace.allows("a")) == (True, False)
    assert pace.first_refusal("a")
    now = 1000.0
    assert [pace.allows("a") for _ in range(BURST + 1)][-2:] == [True, False]


def test_pace_remembers_no_more_people_than_it_must():
    now = 0.0
    pace = Pace(lambda: now)
    for number in range(3 * PEOPLE):
        now += 0.01
        pace.allows(str(number))
    assert len(pace._due) <= PEOPLE


async def test_answers_of_one_person_leave_in_the_order_of_the_messages(bot):
    desk, left = Desk(bot), []

    async def deliver(replies):
        left.append(replies[0].text)

    said = [desk.answer("test", "p", f"/없음{number}", deliver=deliver) for number in range(20)]
    await asyncio.gather(*said)
    desk.close()
    assert left == [texts.UNKNOWN_COMMAND.format(command=f"/없음{number}") for number in range(20)]


# --- health and counts -----------------------------------------------------------------------------------------


async def test_health_and_readiness(channel):
    health = await channel.client.get(f"{channel.address}/healthz")
    assert (health.status_code, health.text) == (200, "ok")
    ready = await channel.client.get(f"{channel.address}/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"ready": True, "parts": {"model": "ok", "catalogue": "ok", "store": "ok"}}
    assert ready.headers["x-content-type-options"] == "nosniff"


async def test_counts_are_of_messages_and_name_nobody(channel, soon):
    await channel.says("비밀 이야기 눈물")
    await channel.says(SLOW)
    channel.bot.classifier.gate.set()
    await channel.collected()
    text = (await channel.client.get(f"{channel.address}/metrics")).text
    assert 'maeumgok_messages_total{outcome="answered",platform="kakao"} 2.0' in text
    assert 'maeumgok_messages_total{outcome="late",platform="kakao"} 1.0' in text
    assert 'maeumgok_answer_seconds_count{platform="kakao"} 2.0' in text
    assert "maeumgok_waiting 0.0" in text
    assert "비밀" not in text
    assert USER not in text
    assert not re.search(r"[0-9a-f]{32}", text)


async def test_logs_hold_neither_texts_nor_keys(channel, soon, caplog):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, "asyncio")
    await channel.says("비밀 이야기 눈물", callback_url=CALLBACK)
    channel.called_back.status = "FAIL"
    await channel.says(f"비밀 {SLOW}", callback_url=CALLBACK)
    channel.bot.classifier.gate.set()
    await channel.collected()
    channel.bot.classifier.problem = ValueError("cannot read «비밀»")
    await channel.says("비밀 눈물")
    await channel.post(None, content='{"비밀": '.encode())
    ours = [record for record in caplog.records if not record.name.startswith(("httpcore", "httpx"))]
    said = "\n".join(logging.Formatter().format(record) for record in ours)
    assert "did not take a callback" in said
    for private in ("비밀", USER, "callback/token", SECRET):
        assert private not in said


# --- pictures ------------------------------------------------------------------------------------------------------


@pytest.fixture
def pictured(bot, monkeypatch) -> None:
    def answer(person, text, time=None, request=None):
        return (Reply("최근 30일의 기분이에요.", picture=PNG),)

    monkeypatch.setattr(bot, "answer", answer)


PUBLIC = "https://bot.example.org"


async def test_a_picture_has_an_address_for_a_while(bot, pictured):
    async with channel_of(bot, settings(public_url=PUBLIC)) as channel:
        (image,) = (await channel.says("기분 기록"))._all("simpleImage")
        assert image["altText"] == texts.PICTURE
        path = image["imageUrl"].removeprefix(PUBLIC)
        shown = await channel.client.get(channel.address + path)
        assert (shown.status_code, shown.content, shown.headers["content-type"]) == (200, PNG, "image/png")
        changed = path.replace(path[40], "A" if path[40] != "A" else "B")
        for other in (changed, path.replace(".png", ""), path.replace(".png", ".json"), "/file/x.png", "/file/가.png"):
            assert (await channel.client.get(channel.address + other)).status_code == 404, other
        assert PUBLIC not in (await channel.client.get(f"{channel.address}/metrics")).text
        await channel.says("/forget")
        bot.store.forget(bot.store.person("kakao", kakao.read(payload("", user=USER)).person_key))
        assert (await channel.client.get(channel.address + path)).status_code == 404


async def test_a_picture_that_cannot_be_kept_leaves_its_text(bot, pictured, monkeypatch):
    def full(*_):
        raise StoreError("store.db: could not be written (disk is full)")

    monkeypatch.setattr(bot.store, "keep_file", full)
    async with channel_of(bot, settings(public_url=PUBLIC)) as channel:
        seen = await channel.says("기분 기록")
        assert (seen.text, seen._all("simpleImage")) == ("최근 30일의 기분이에요.", [])


async def test_everything_kept_can_be_fetched_as_a_file(bot):
    async with channel_of(bot, settings(public_url=PUBLIC)) as channel:
        await channel.says("오늘 눈물이 났어")
        for _ in range(2):  # the second holds nothing of the first
            (card,) = (await channel.says("/mydata"))._all("textCard")
            url = card["buttons"][0]["webLinkUrl"]
            file = await channel.client.get(channel.address + url.removeprefix(PUBLIC))
            assert file.headers["content-disposition"] == 'attachment; filename="maeumgok-mydata.json"'
            assert len(file.json()["session"]["state"]["moods"]) == 1
            assert file.json()["answers"] == []


async def test_without_a_public_address_the_text_stands_alone(channel, pictured):
    seen = await channel.says("기분 기록")
    assert seen.text == "최근 30일의 기분이에요."
    assert seen._all("simpleImage") == []


def test_files_expire_and_are_shared_by_all_that_have_the_key(bot):
    key, other = b"k" * 32, b"o" * 32
    ours, theirs, stranger = (Files(bot.store, one, "https://x.test") for one in (key, key, other))
    now = time.time()
    token, _, kind = ours.keep("me", PNG, "png", now).rpartition("/")[2].rpartition(".")
    assert theirs.read(token, kind, now + FILE_KEPT - 1) == PNG
    assert stranger.read(token, kind, now) is None
    assert theirs.read(token, "json", now) is None
    assert theirs.read(token, kind, now + FILE_KEPT + 2) is None
    bot.store.expire(now + FILE_KEPT + 2)
    assert bot.store._rows("select * from answers") == []


# --- Telegram's route ------------------------------------------------------------------------------------------------


async def test_telegrams_route_needs_its_secret_and_json(bot, tmp_path):
    from fake_bot_api import FakeBotAPI

    async with FakeBotAPI() as api:
        given = Settings(api.token, api.url, None, None, None, "key", telegram_webhook_secret="s3cret")
        async with serving(application(bot, given)) as address, httpx.AsyncClient() as client:
            await api.until("setMyCommands", 2)
            assert api.webhook == {}  # no address was given
            url, header = f"{address}/telegram/webhook", "X-Telegram-Bot-Api-Secret-Token"
            message = api._message(7) | {"text": "/help"}
            update = {"update_id": 1, "message": message}
            for wrong in ({}, {header: ""}, {header: "wrong"}, {header: "s3cret2"}):
                assert (await client.post(url, json=update, headers=wrong)).status_code == 403
            right = {header: "s3cret"}
            assert (await client.post(url, content=b"{}", headers=right)).status_code == 415
            for body in (b"", b"{", b"[]", b"{}", b'{"update_id": "x"}', b"[" * 60_000):
                answered = await client.post(url, content=body, headers=right | {"Content-Type": "application/json"})
                assert answered.status_code == 400
            unreadable = {"update_id": 2, "message": {"message_id": "x"}}
            assert (await client.post(url, json=unreadable, headers=right)).status_code == 200
            assert (await client.post(url, json=update, headers=right)).status_code == 200
            assert (await api.next(7)).text == texts.HELP
            assert (await client.post(url, json=update, headers=right)).status_code == 200  # sent twice
            assert (await client.get(url)).status_code == 405
            assert (await client.get(f"{address}/readyz")).json()["parts"]["telegram"] == "ok"


async def test_a_server_waits_for_telegram_and_serves_kakaotalk_meanwhile(bot, tmp_path, monkeypatch):
    from fake_bot_api import FakeBotAPI

    monkeypatch.setattr("bot.telegram.FIRST_WAIT", 0.1)
    async with FakeBotAPI() as api:
        for _ in range(3):
            api.fail("getMe", 502, "Bad Gateway")
        given = Settings(api.token, api.url, None, None, None, "key", telegram_webhook_secret="s3cret")
        async with serving(application(bot, given)) as address, httpx.AsyncClient() as client:
            ready = await client.get(f"{address}/readyz")
            assert (ready.status_code, ready.json()["parts"]["telegram"]) == (503, "not reached yet")
            assert (await client.post(f"{address}/kakao/skill", json=payload("도움말"))).status_code == 200
            update = {"update_id": 1, "message": api._message(7) | {"text": "/help"}}
            header = {"X-Telegram-Bot-Api-Secret-Token": "s3cret"}
            answered = await client.post(f"{address}/telegram/webhook", json=update, headers=header)
            assert answered.status_code == 503  # Telegram will send it again
            await api.until("setMyCommands", 2)
            assert (await client.get(f"{address}/readyz")).status_code == 200


async def test_a_refused_token_is_told_by_readiness(bot, tmp_path, caplog):
    from fake_bot_api import FakeBotAPI

    async with FakeBotAPI() as api:
        given = Settings("1:WRONG-TOKEN", api.url, None, None, None, "key")
        async with serving(application(bot, given)) as address, httpx.AsyncClient() as client:
            async with asyncio.timeout(5):
                while (await client.get(f"{address}/readyz")).json()["parts"]["telegram"] == "not reached yet":
                    await asyncio.sleep(0.05)
            said = (await client.get(f"{address}/readyz")).json()["parts"]["telegram"]
            assert said.startswith("TELEGRAM_BOT_TOKEN is refused")
    assert "WRONG-TOKEN" not in caplog.text
