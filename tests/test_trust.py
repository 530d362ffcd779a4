"""Promises over whole conversations: no word kept or logged, nothing done twice, care on every path, nobody waits."""

import json
import logging
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import KeywordClassifier

from bot import texts
from bot.app import Bot, build_search, read_replies, write_replies
from bot.dialogue import Reply, Stage, State
from bot.store import SQLiteStore, StoreError
from recommender.engine import Recommender

NOW = 1_795_300_200.0
MARKED = ("쿼카표식", "마멋표식", "QUOKKAMARK", "수달아이디", "요청번호알파카")
CARE = (texts.CARE_EXPLICIT, texts.CARE_IMPLIED, texts.CARE_FOR_ANOTHER)


class Classifier(KeywordClassifier):
    """The tests' classifier, with what `Bot` asks of a model folder."""

    files = SimpleNamespace(sure=0.6)


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path):
    with closing(SQLiteStore(path, b"key")) as opened:
        yield opened


@pytest.fixture
def bot(store, catalogue) -> Bot:
    return Bot(Classifier(), Recommender(catalogue), build_search(catalogue), store)


@pytest.fixture
def me(store) -> str:
    person = store.person("terminal", "수달아이디")
    store.save(person, State(), State(stage=Stage.LISTENING, time=NOW, consent=True))
    return person


# --- words ----------------------------------------------------------------------------------

SAID = (
    "쿼카표식 때문에 너무 슬프다",
    "마멋표식",
    "/song 쿼카표식",
    "/song 등대 QUOKKAMARK",
    "/song 첫눈 오는 골믁",
    "1번 별로 마멋표식",
    "/쿼카표식",
    "죽고 싶어 마멋표식",
    "친구가 죽고 싶대 QUOKKAMARK",
    "/forget 마멋표식",
    "https://example.com/QUOKKAMARK",
)


def test_no_word_and_no_id_reaches_the_disk_or_the_log(bot, store, me, path, caplog):
    caplog.set_level(logging.DEBUG)
    for number, message in enumerate(SAID):
        replies = bot.answer(me, message, NOW + 60 * number, f"요청번호알파카-{number}")
        store.set_pending(me, write_replies(replies), NOW)
    kept = b"".join(part.read_bytes() for part in sorted(path.parent.glob("store.db*")))
    assert me.encode() in kept
    assert me not in caplog.text
    for marker in (*MARKED, "골믁"):
        assert marker not in caplog.text
        for written in (marker.encode(), json.dumps(marker)[1:-1].encode(), marker.encode("utf-16-le")):
            assert written not in kept


def test_a_log_line_holds_length_and_ids_and_no_care(bot, me, caplog):
    caplog.set_level(logging.INFO)
    bot.answer(me, "너무 슬프다", NOW)
    bot.answer(me, "죽고 싶어", NOW + 60)
    lines = [record.getMessage() for record in caplog.records if record.name == "bot.app"]
    assert [line.rsplit("ms=")[0] for line in lines] == [
        f"answered person={me[:8]} letters=6 replies=1 ",
        f"answered person={me[:8]} letters=5 replies=1 ",
    ]


def test_a_bot_deletes_what_has_expired_every_hour(bot, store, me):
    stranger = store.person("terminal", "stranger")
    bot.answer(stranger, "너무 슬프다", NOW)
    bot.answer(me, "안녕", NOW + 86400)
    assert store.export(stranger)["session"]
    bot.answer(me, "안녕", NOW + 86400 + 3700)
    assert store.export(stranger)["session"] is None


def test_moods_that_were_withdrawn_do_not_come_back(bot, store, me):
    for minute, message in enumerate(("너무 슬프다", "/song 첫눈 오는 골목", "1번 좋아", "기록 끄기", "기록 켜기")):
        bot.answer(me, message, NOW + 60 * minute)
    assert store.load(me).consent is True
    assert (store.history(me, 0), store.export(me)["feedback"]) == ([], [])


# --- is it well? ------------------------------------------------------------------------------


@pytest.mark.parametrize("message", ["너무 슬프다", "죽고 싶어"])
def test_a_bot_that_could_not_write_says_so_until_it_can_again(bot, store, me, message):
    bot.check()
    store._rows("pragma query_only = on")
    bot.check()  # nothing was to be written so far
    with suppress(StoreError):
        bot.answer(me, message, NOW)
    for _ in range(2):
        with pytest.raises(StoreError, match="could not be written"):
            bot.check()
    store._rows("pragma query_only = off")
    bot.check()
    before = store.export(me)
    bot.check()
    assert store.export(me) == before


def test_a_bot_whose_store_cannot_be_read_says_so(bot, store):
    store.close()
    with pytest.raises(StoreError, match="could not be read"):
        bot.check()


# --- once -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "replies",
    [
        (Reply("하나", choices=("예", "아니요")), Reply("둘", call="109")),
        (Reply("셋", picture=b"\x89PNG \xff", melon=True), Reply("넷", data='{"한글": "\\""}')),
        (),
    ],
)
def test_replies_come_back_as_they_were_written(replies):
    assert read_replies(write_replies(replies)) == replies


def test_an_export_does_not_hold_the_ones_before_it(bot, me):
    lengths = [len(bot.answer(me, "/mydata", NOW + number, f"mydata-{number}")[0].data) for number in range(12)]
    assert lengths[-1] - lengths[-2] < 2 * (lengths[2] - lengths[1])
    assert lengths[-1] < 12 * 2000


def test_a_repeated_request_is_answered_the_same_and_changes_nothing(bot, store, me):
    first = bot.answer(me, "너무 슬프다", NOW, "7")
    songs = bot.answer(me, "/song 첫눈 오는 골목", NOW + 60, "8")
    liked = bot.answer(me, "1번 좋아", NOW + 120, "9")
    before = store.export(me)
    assert songs[0].songs
    assert bot.answer(me, "너무 슬프다", NOW + 180, "7") == first
    assert bot.answer(me, "/song 첫눈 오는 골목", NOW + 190, "8") == songs
    assert bot.answer(me, "1번 좋아", NOW + 200, "9") == liked
    assert store.export(me) == before
    assert bot.answer(me, "너무 슬프다", NOW + 210, "10") != ()
    assert len(store.export(me)["moods"]) == len(before["moods"]) + 1


def test_an_answer_whose_keeping_fails_is_not_half_kept(bot, store, me, monkeypatch):
    before = store.export(me)
    monkeypatch.setattr("bot.store._ANSWER", "insert into nowhere values (?, ?, ?, ?)")
    with pytest.raises(StoreError):
        bot.answer(me, "너무 슬프다", NOW, "7")
    assert store.export(me) == before


def test_messages_of_one_person_at_once_lose_nothing(bot, store, me):
    def say(number: int) -> None:
        bot.answer(me, "너무 슬프다", NOW + number, str(number))

    threads = [threading.Thread(target=say, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.history(me, 0)) == 12


def test_two_bots_on_one_store_keep_one_conversation(bot, store, me, path, catalogue):
    with closing(SQLiteStore(path, b"key")) as second:
        other = Bot(Classifier(), Recommender(catalogue), build_search(catalogue), second)
        bot.answer(me, "너무 슬프다", NOW, "1")
        shown = {one.song.id for one in other.answer(me, "/song 첫눈 오는 골목", NOW + 60, "2")[0].songs}
        more = {one.song.id for one in bot.answer(me, "다른 곡", NOW + 120, "3")[0].songs}
        assert len(shown) == 5
        assert not shown & more
        assert other.answer(me, "다른 곡", NOW + 130, "3") == bot.answer(me, "다른 곡", NOW + 140, "3")


# --- care on every path ---------------------------------------------------------------------------

BEFORE = {
    "new": (),
    "asked for a song": ("너무 슬프다",),
    "choosing": ("/song 소나기",),
    "confirming": ("/song 막챠",),
    "recommended": ("너무 슬프다", "/song 첫눈 오는 골목"),
    "forgetting": ("/forget",),
    "caring": ("죽고 싶어",),
}
CRIES = (
    "죽고 싶어",
    "/song 죽고 싶다",
    "/노래 자살하고 싶어",
    "1번 좋아 근데 나 죽고 싶어",
    "기분이 틀렸어 죽고 싶다고",
)


@pytest.mark.parametrize("cry", CRIES)
@pytest.mark.parametrize("stage", BEFORE)
def test_care_comes_before_everything_at_every_stage(bot, store, stage, cry):
    person = store.person("terminal", stage)
    for minute, message in enumerate(BEFORE[stage]):
        bot.answer(person, message, NOW + minute)
    (reply,) = bot.answer(person, cry, NOW + 60)
    assert reply.text == texts.CARE_EXPLICIT
    assert (reply.songs, reply.choices, reply.call) == ((), (), "109")


class Broken:
    """A part that is off: whatever is asked of it fails."""

    def __getattr__(self, name: str):
        raise RuntimeError("this part is off")

    def __call__(self, *arguments: object) -> None:
        raise RuntimeError("this part is off")


@pytest.mark.parametrize("cry", CRIES)
def test_care_needs_no_model_no_search_and_no_store(store, me, cry):
    off = Bot(Broken(), Broken(), Broken(), store)
    assert off.answer(me, cry, NOW)[0].text == texts.CARE_EXPLICIT
    store.close()
    assert off.answer(me, cry, NOW)[0].text == texts.CARE_EXPLICIT


def test_care_does_not_wait_for_an_earlier_message(bot, store, me):
    with store.turn(me):
        began = time.monotonic()
        answered: list[tuple[Reply, ...]] = []
        thread = threading.Thread(target=lambda: answered.append(bot.answer(me, "죽고 싶어", NOW)))
        thread.start()
        thread.join(10)
        assert time.monotonic() - began < 5
    assert answered[0][0].text == texts.CARE_EXPLICIT


def test_nothing_of_a_care_message_is_kept_beyond_a_day(bot, store, me):
    bot.answer(me, "죽고 싶어", NOW)
    kept = store.export(me)
    assert (kept["moods"], kept["feedback"], kept["answers"]) == ([], [], [])
    store.expire(NOW + 2 * 86400)
    assert "caring" not in json.dumps(store.export(me))


# --- nobody waits ------------------------------------------------------------------------------------


class Slow(Classifier):
    """Reads nothing until it may."""

    def __init__(self) -> None:
        self.begun, self.may = threading.Event(), threading.Event()

    def predict(self, texts):
        if "느린" in texts[0]:
            self.begun.set()
            assert self.may.wait(30)
        return super().predict(texts)


def test_a_slow_answer_delays_no_other_person(store, catalogue):
    slow = Slow()
    bot = Bot(slow, Recommender(catalogue), build_search(catalogue), store)
    thread = threading.Thread(target=bot.answer, args=("a" * 32, "느린 말이 너무 슬프다", NOW))
    thread.start()
    assert slow.begun.wait(10)
    began = time.monotonic()
    for number in range(10):
        assert bot.answer(f"{number:032x}", "너무 슬프다", NOW)
    assert time.monotonic() - began < 5
    assert thread.is_alive()
    slow.may.set()
    thread.join()
