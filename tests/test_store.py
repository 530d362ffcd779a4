"""What is kept of people, and the settings that say where."""

import json
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import KeywordClassifier
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import texts
from bot.app import LONGEST_MESSAGE, Bot, build_search
from bot.dialogue import Mood, Stage, State
from bot.settings import Settings, SettingsError, read_settings
from bot.store import KEPT_SECONDS, Store, StoreError
from recommender.engine import Recommender

NOW = 1_795_300_200.0
DAY = 86400
SAD = Mood(NOW, (0.1, 0.2, 0.6, 0.1), 0.05)
HAPPY = Mood(NOW + 60, (0.0, 0.1, 0.1, 0.8), 0.3)
FULL = State(
    stage=Stage.CHOOSING,
    time=NOW,
    moods=(SAD, HAPPY),
    seeds=("a1",),
    offered=("b1", "b2"),
    shown=("c1", "c2", "c3"),
    listed=("c3",),
    liked=("c1",),
    disliked=("c2",),
)


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path):
    with closing(Store(path, b"key")) as opened:
        yield opened


def _rows(path: Path, table: str) -> list[tuple]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(f"select * from {table}").fetchall()


def _bytes(path: Path) -> bytes:
    """Everything that SQLite has on the disk: the file, its write-ahead log and the log's index."""
    return b"".join(part.read_bytes() for part in sorted(path.parent.glob(f"{path.name}*")))


# --- sessions ---------------------------------------------------------------------------


def test_someone_unknown_has_a_new_session(store):
    assert store.load(store.person("telegram", "1")) == State()


def test_a_session_comes_back_as_it_was(store):
    person = store.person("telegram", "1")
    store.save(person, State(), FULL)
    assert store.load(person) == FULL
    assert store.load(store.person("telegram", "2")) == State()


_ids = st.lists(st.from_regex(r"[0-9a-f]{12}", fullmatch=True), max_size=6, unique=True).map(tuple)
_share = st.floats(0, 1)
_moods = st.lists(st.builds(Mood, st.floats(0, 4e9), st.tuples(_share, _share, _share, _share), _share), max_size=5)
_states = st.builds(
    State,
    stage=st.sampled_from(Stage),
    time=st.floats(0, 4e9),
    moods=_moods.map(tuple),
    seeds=_ids,
    offered=_ids,
    shown=_ids,
    listed=_ids,
    liked=_ids,
    disliked=_ids,
)


@given(before=_states, after=_states)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_state_comes_back_as_it_was(store, before, after):
    person = store.person("terminal", "any")
    store.save(person, State(), before)
    assert store.load(person) == before
    store.save(person, before, after)
    assert store.load(person) == after


def test_a_restart_loses_nothing(path):
    with closing(Store(path, b"key")) as first:
        first.save(first.person("telegram", "1"), State(), FULL)
    with closing(Store(path, b"key")) as second:
        person = second.person("telegram", "1")
        assert second.load(person) == FULL
        assert second.history(person, 0) == [SAD, HAPPY]
    assert sorted(_rows(path, "feedback")) == [(person, "c1", 1, NOW), (person, "c2", 0, NOW)]


def test_a_crash_without_close_loses_nothing(path):
    lost = Store(path, b"key")
    lost.save(lost.person("telegram", "1"), State(), FULL)
    with closing(Store(path, b"key")) as second:
        assert second.load(second.person("telegram", "1")) == FULL
    lost.close()


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "nothing",
        "null",
        "[]",
        "{}",
        '{"stage": "new"}',
        b"\xff\xfe{",
        json.dumps(FULL.to_json() | {"stage": "dancing"}),
        json.dumps(FULL.to_json() | {"time": "yesterday"}),
        json.dumps(FULL.to_json() | {"seeds": None}),
        json.dumps(FULL.to_json() | {"moods": [{"time": 1}]}),
        json.dumps(FULL.to_json() | {"moods": [{"time": 1, "emotion": [1, 0, 0], "neutral": 0}]}),
        json.dumps(FULL.to_json() | {"moods": [{"time": 1, "emotion": ["a", 0, 0, 0], "neutral": 0}]}),
    ],
)
def test_a_session_that_cannot_be_read_starts_anew_and_can_be_written(store, path, broken):
    person = store.person("telegram", "1")
    store.save(person, State(), FULL)
    with closing(sqlite3.connect(path)) as database:
        database.execute("update sessions set state = cast(? as text)", [broken])
        database.commit()
    assert store.load(person) == State()
    store.save(person, State(), FULL)
    assert store.load(person) == FULL


# --- moods and ratings ---------------------------------------------------------------------


def test_a_mood_is_written_once(store, path):
    person = store.person("telegram", "1")
    one = State(time=NOW, moods=(SAD,))
    two = State(time=NOW + 60, moods=(SAD, HAPPY))
    store.save(person, State(), one)
    store.save(person, one, one)
    store.save(person, one, two)
    store.save(person, two, replace(two, moods=(HAPPY,)))
    assert store.history(person, 0) == [SAD, HAPPY]


def test_history_is_of_one_person_and_begins_at_a_time(store):
    person = store.person("telegram", "1")
    store.save(person, State(), State(time=NOW, moods=(HAPPY, SAD)))
    assert store.history(person, 0) == [SAD, HAPPY]
    assert store.history(person, HAPPY.time) == [HAPPY]
    assert store.history(person, HAPPY.time + 1) == []
    assert store.history(store.person("telegram", "2"), 0) == []


def test_a_rating_is_written_once_and_changed_or_removed_with_the_state(store, path):
    person = store.person("telegram", "1")
    liked = State(time=NOW, liked=("a", "b"))
    store.save(person, State(), liked)
    store.save(person, liked, replace(liked, time=NOW + 1))
    assert sorted(_rows(path, "feedback")) == [(person, "a", 1, NOW), (person, "b", 1, NOW)]
    turned = State(time=NOW + 2, liked=("b",), disliked=("a",))
    store.save(person, liked, turned)
    assert sorted(_rows(path, "feedback")) == [(person, "a", 0, NOW + 2), (person, "b", 1, NOW)]
    store.save(person, turned, State(time=NOW + 3, disliked=("a",)))
    assert _rows(path, "feedback") == [(person, "a", 0, NOW + 2)]


@pytest.mark.parametrize("table", ["sessions", "moods", "feedback"])
def test_saving_is_all_or_nothing(store, path, table):
    person = store.person("telegram", "1")
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"create trigger stop before insert on {table} begin select raise(abort, 'full'); end")
    with pytest.raises(StoreError, match="full"):
        store.save(person, State(), FULL)
    assert [_rows(path, name) for name in ("sessions", "moods", "feedback")] == [[], [], []]
    with closing(sqlite3.connect(path)) as database:
        database.execute("drop trigger stop")
    store.save(person, State(), FULL)
    assert store.load(person) == FULL


# --- forgetting ------------------------------------------------------------------------------


def test_forgetting_deletes_everything_of_one_person_from_the_disk(store, path):
    gone, stays = store.person("telegram", "1"), store.person("telegram", "2")
    for person in (gone, stays):
        store.save(person, State(), FULL)
    store.save(gone, FULL, State(time=NOW, erased=True))
    assert store.load(gone) == State()
    assert store.history(gone, 0) == []
    assert store.load(stays) == FULL
    assert all(gone not in row for table in ("sessions", "moods", "feedback") for row in _rows(path, table))
    assert gone.encode() not in _bytes(path)
    assert stays.encode() in _bytes(path)


def test_what_is_older_than_90_days_is_deleted_and_nothing_younger(store, path):
    old, young = store.person("telegram", "1"), store.person("telegram", "2")
    store.save(old, State(), replace(FULL, moods=(replace(SAD, time=NOW - 1),), time=NOW - 1))
    store.save(young, State(), replace(FULL, moods=(SAD,)))
    store.expire(NOW + KEPT_SECONDS)
    assert KEPT_SECONDS == 90 * DAY
    assert {row[0] for table in ("sessions", "moods", "feedback") for row in _rows(path, table)} == {young}
    assert store.load(young).moods == (SAD,)


def test_old_moods_of_someone_who_still_talks_are_deleted_too(store):
    person = store.person("telegram", "1")
    store.save(person, State(), State(time=NOW, moods=(SAD, replace(HAPPY, time=NOW + 100 * DAY))))
    store.save(person, State(), State(time=NOW + 100 * DAY))
    store.expire(NOW + 100 * DAY)
    assert [mood.time for mood in store.history(person, 0)] == [NOW + 100 * DAY]


# --- people -----------------------------------------------------------------------------------


def test_people_differ_by_platform_user_and_key(tmp_path):
    with closing(Store(tmp_path / "a.db", b"one")) as one, closing(Store(tmp_path / "b.db", b"two")) as two:
        names = [store.person(*who) for store in (one, two) for who in (("telegram", "1"), ("telegram", "2"))]
        names += [one.person("kakao", "1"), one.person("terminal", "1")]
        assert len(set(names)) == len(names)
        assert one.person("telegram", "1") == names[0]


@given(st.text(st.characters(), min_size=4))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_persons_name_is_32_hex_digits_whatever_the_id(store, user):
    person = store.person("telegram", user)
    assert len(person) == 32
    assert set(person) <= set("0123456789abcdef")
    assert user not in person or set(user) <= set("0123456789abcdef")


# --- whole conversations --------------------------------------------------------------------------

MARKERS = ("쿼카표식", "마멋표식", "QUOKKAMARK", "수달아이디")


@pytest.fixture
def bot(store, catalogue):
    classifier = KeywordClassifier()
    classifier.files = SimpleNamespace(sure=0.6)
    return Bot(classifier, Recommender(catalogue), build_search(catalogue), store)


def test_no_written_word_and_no_user_id_reaches_the_disk(bot, store, path):
    person = store.person("terminal", "수달아이디")
    said = (
        "쿼카표식 때문에 너무 슬프다",
        "마멋표식",
        "/song 쿼카표식",
        "/song 등대 QUOKKAMARK",
        "/song 소나기 민들레",
        "1번 별로 마멋표식",
        "/쿼카표식",
        "죽고 싶어 마멋표식",
        "/forget 마멋표식",
        "https://example.com/QUOKKAMARK",
    )
    for minute, message in enumerate(said):
        bot.answer(person, message, NOW + 60 * minute)
    kept = _bytes(path)
    assert person.encode() in kept
    for marker in MARKERS:
        assert marker.encode() not in kept
        assert json.dumps(marker)[1:-1].encode() not in kept
        assert marker.encode("utf-16-le") not in kept


def test_the_diary_shows_what_earlier_conversations_told(bot, store):
    person = store.person("terminal", "me")
    bot.answer(person, "기록 켜기", NOW - 60)
    bot.answer(person, "너무 슬프다", NOW)
    bot.answer(person, "오늘은 행복하다", NOW + DAY)
    assert bot.answer(person, "기분 기록", NOW + 2 * DAY)[0].text.splitlines()[1:] == [
        "11월 22일 – 슬프고 속상한 마음 (1번)",
        "11월 23일 – 행복한 마음 (1번)",
    ]


def test_a_running_bot_deletes_what_has_become_too_old(bot, store):
    person, other = store.person("terminal", "me"), store.person("terminal", "other")
    bot.answer(person, "너무 슬프다", NOW)
    bot.answer(other, "안녕", NOW + 91 * DAY)
    assert store.history(person, 0) == []
    assert store.load(person) == State()


def test_care_is_answered_even_when_nothing_can_be_kept(bot, store, path):
    with closing(sqlite3.connect(path)) as database:
        database.execute("drop table sessions")
    person = store.person("terminal", "me")
    (reply,) = bot.answer(person, "죽고 싶어", NOW)
    assert reply.text == texts.CARE_EXPLICIT
    with pytest.raises(StoreError, match=str(path)):
        bot.answer(person, "너무 슬프다", NOW)


def test_a_message_is_read_up_to_its_limit_and_care_reads_as_far(bot, store):
    replies = bot.answer(store.person("terminal", "me"), "가" * LONGEST_MESSAGE + " 행복" * 10, NOW)
    assert all("행복" not in reply.text for reply in replies)
    cry = "오늘은 그냥 그랬어. " * 2000 + "죽고 싶어."
    assert len(cry) < LONGEST_MESSAGE
    (reply,) = bot.answer(store.person("terminal", "another"), cry, NOW)
    assert reply.text == texts.CARE_EXPLICIT


def test_help_that_was_given_is_forgotten_after_a_day(store):
    person = store.person("terminal", "me")
    store.save(person, State(), State(stage=Stage.CARING, time=NOW, liked=("a",)))
    store.expire(NOW + 3600)
    assert store.load(person).stage is Stage.CARING
    store.expire(NOW + 2 * 86400)
    assert store.load(person) == State(stage=Stage.LISTENING, time=NOW, liked=("a",))


# --- paths that cannot be used --------------------------------------------------------------------


def _no_folder(folder: Path) -> Path:
    (folder / "file").write_text("")
    return folder / "file" / "store.db"


def _no_database(folder: Path) -> Path:
    (folder / "text.db").write_text("나는 데이터베이스가 아니다\n" * 100, encoding="utf-8")
    return folder / "text.db"


@pytest.mark.parametrize("unusable", [lambda folder: folder, _no_folder, _no_database])
def test_an_unusable_path_is_said_in_one_line_with_the_way_out(tmp_path, unusable):
    path = unusable(tmp_path)
    with pytest.raises(StoreError) as problem:
        Store(path, b"key")
    assert "\n" not in str(problem.value)
    assert str(path) in str(problem.value)
    assert "MAEUMGOK_STORE" in str(problem.value)


# --- settings ---------------------------------------------------------------------------------------

NAMES = (
    "MAEUMGOK_STORE",
    "MAEUMGOK_MODEL",
    "MAEUMGOK_CATALOGUE",
    "MAEUMGOK_SECRET",
    "TELEGRAM_BOT_TOKEN",
    "TELEGRAM_API_BASE",
)


@pytest.fixture
def clean_environment(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("variable", "field"),
    [("MAEUMGOK_STORE", "store"), ("MAEUMGOK_MODEL", "model"), ("MAEUMGOK_CATALOGUE", "catalogue")],
)
def test_a_flag_goes_before_the_environment_and_that_before_the_env_file(clean_environment, tmp_path, variable, field):
    default = getattr(read_settings({}, tmp_path), field)
    (tmp_path / ".env").write_text(f"{variable}=from_file\n", encoding="utf-8")
    assert getattr(read_settings({}, tmp_path), field) == Path("from_file") != default
    clean_environment.setenv(variable, "from_environment")
    assert getattr(read_settings({}, tmp_path), field) == Path("from_environment")
    assert getattr(read_settings({field: None}, tmp_path), field) == Path("from_environment")
    assert getattr(read_settings({field: "from_flag"}, tmp_path), field) == Path("from_flag")


def test_secrets_come_from_the_environment_or_the_env_file_and_are_never_shown(clean_environment, tmp_path):
    (tmp_path / ".env").write_text("TELEGRAM_BOT_TOKEN=1:filetoken\nMAEUMGOK_SECRET=filesecret\n", encoding="utf-8")
    clean_environment.setenv("MAEUMGOK_SECRET", "environmentsecret")
    read = read_settings({}, tmp_path)
    assert (read.telegram_token, read.secret) == ("1:filetoken", "environmentsecret")
    assert read.user_key() == b"environmentsecret"
    shown = read.shown()
    assert shown["telegram_token"] == shown["secret"] == "set"
    assert not any(secret in text for text in shown.values() for secret in ("filetoken", "secret"))


def test_an_empty_value_counts_as_none(clean_environment, tmp_path):
    for name in NAMES:
        clean_environment.setenv(name, "  ")
    read = read_settings({}, tmp_path)
    clean = {name: "not set" for name in ("telegram_token", "telegram_api_base", "secret")}
    assert clean.items() <= read.shown().items()
    assert read.store.name == "maeumgok.db"


@pytest.mark.parametrize(
    ("variable", "value", "seen"),
    [
        ("MAEUMGOK_STORE", "postgresql://user:pass@host/db", "postgresql://"),
        ("TELEGRAM_API_BASE", "localhost:8081", "localhost:8081"),
    ],
)
def test_a_bad_value_names_its_variable(clean_environment, tmp_path, variable, value, seen):
    clean_environment.setenv(variable, value)
    with pytest.raises(SettingsError) as problem:
        read_settings({}, tmp_path)
    assert str(problem.value).startswith(f"{variable}: ")
    assert seen in str(problem.value)
    assert "pass" not in str(problem.value).removeprefix(variable)


def test_a_folder_is_refused_as_the_store(clean_environment, tmp_path):
    clean_environment.setenv("MAEUMGOK_STORE", str(tmp_path))
    with pytest.raises(SettingsError, match=r"MAEUMGOK_STORE: .* is a folder"):
        read_settings({}, tmp_path)


def test_an_env_file_that_is_no_text_is_named(clean_environment, tmp_path):
    (tmp_path / ".env").write_bytes(b"MAEUMGOK_STORE=\xff\xfe\n")
    with pytest.raises(SettingsError, match=r"\.env: cannot be read"):
        read_settings({}, tmp_path)


def _settings(store: Path) -> Settings:
    return Settings(None, None, store, Path("model"), Path("catalogue"), None)


def test_the_key_is_made_once_for_the_owner_alone_and_used_again(tmp_path):
    made = _settings(tmp_path / "new" / "store.db").user_key()
    file = tmp_path / "new" / "store.db.secret"
    assert len(made) >= 32
    assert file.read_bytes() == made
    assert file.stat().st_mode & 0o777 == 0o600
    assert _settings(tmp_path / "new" / "store.db").user_key() == made
    assert _settings(tmp_path / "other.db").user_key() != made


def test_the_key_file_is_created_exclusively(tmp_path, monkeypatch):
    flags = []
    opened = os.open
    monkeypatch.setattr(os, "open", lambda path, flag, *mode: flags.append(flag) or opened(path, flag, *mode))
    _settings(tmp_path / "store.db").user_key()
    assert flags == [os.O_WRONLY | os.O_CREAT | os.O_EXCL]


def test_an_empty_key_file_is_refused(tmp_path):
    (tmp_path / "store.db.secret").write_bytes(b"")
    with pytest.raises(SettingsError, match="MAEUMGOK_SECRET"):
        _settings(tmp_path / "store.db").user_key()


def test_a_folder_that_cannot_hold_the_key_names_the_variable(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="MAEUMGOK_STORE"):
        _settings(tmp_path / "file" / "store.db").user_key()
