"""The store in a SQLite file, and the settings that say where; what every store must do is in store_contract.py."""

import json
import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import KeywordClassifier
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_contract import DAY, FULL, HAPPY, ME, NOW, OTHER, SAD, StoreContract, rows

from bot import texts
from bot.app import LONGEST_MESSAGE, Bot, build_search
from bot.settings import Settings, SettingsError, read_settings
from bot.state import State
from bot.store import VERSION, SQLiteStore, StoreError
from recommender.engine import Recommender

ROOT = Path(__file__).parent.parent


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def address(path) -> Path:
    return path


def _bytes(path: Path) -> bytes:
    """Everything that the store has on the disk: the file, its write-ahead log, the log's index, old schemas."""
    return b"".join(part.read_bytes() for part in sorted(path.parent.glob(f"{path.name}*")))


class TestSQLite(StoreContract):
    """SQLite keeps the contract."""


# --- the file ------------------------------------------------------------------------------


def test_an_answered_message_survives_a_power_cut_and_readers_do_not_wait(store):
    assert store._rows("pragma journal_mode") == [("wal",)]
    assert store._rows("pragma synchronous") == [(2,)]  # FULL
    assert store._rows("pragma secure_delete") == [(1,)]


def test_the_files_are_for_the_owner_alone(store, path):
    store.save(ME, State(), FULL)
    files = list(path.parent.glob("store.db*"))
    assert {file.name for file in files} == {"store.db", "store.db-wal", "store.db-shm", "store.db.turns"}
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)


def test_a_crash_without_close_loses_nothing(store, opened):
    store.save(ME, State(), FULL)
    assert opened().load(ME) == FULL


def test_a_session_of_broken_bytes_starts_anew(store, path):
    store.save(ME, State(), FULL)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("update sessions set state = cast(? as text)", [b"\xff\xfe{"])
    assert store.load(ME) == State()


def test_forgetting_leaves_no_trace_in_the_file_or_its_log(store, path):
    for person in (ME, OTHER):
        store.save(person, State(), FULL, "1", "answer")
    assert ME.encode() in _bytes(path)
    store.forget(ME)
    assert ME.encode() not in _bytes(path)
    assert OTHER.encode() in _bytes(path)


def test_consent_withdrawn_leaves_no_rating_in_the_file_or_its_log(store, path):
    liked = replace(FULL, liked=("deadbeef0123",))
    store.save(ME, State(), liked)
    store.save(ME, liked, replace(FULL, liked=(), consent=False))
    assert b"deadbeef0123" not in _bytes(path)


def test_expiry_leaves_no_trace_in_the_file_or_its_log(store, path):
    store.save(ME, State(), replace(FULL, consent=None))
    store.expire(NOW + 2 * DAY)
    assert ME.encode() not in _bytes(path)


def test_a_long_read_elsewhere_delays_no_deletion_and_nobody_else(store, path):
    for person in (ME, OTHER):
        store.save(person, State(), FULL)
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("begin")
        reader.execute("select count(*) from sessions").fetchone()
        began, waited = time.monotonic(), 0.0
        forgetting = threading.Thread(target=store.forget, args=(ME,))
        forgetting.start()
        while forgetting.is_alive():
            asked = time.monotonic()
            store.load(OTHER)
            waited = max(waited, time.monotonic() - asked)
        assert time.monotonic() - began < 5
        assert waited < 2
        assert ME.encode() in _bytes(path)  # the log cannot be emptied while it is read
    store.expire(NOW)
    assert ME.encode() not in _bytes(path)


# --- schema ---------------------------------------------------------------------------------

SCHEMA_1 = """
create table sessions (person text primary key, state text, time float);
create table moods (person text, time float, emotion_0 float, emotion_1 float, emotion_2 float, emotion_3 float,
    neutral float);
create table feedback (person text, song text, liked integer, time float, primary key (person, song));
create index idx_moods_person_time on moods (person, time);
"""


@pytest.fixture
def old_file(path) -> Path:
    """A store as the first release left it, with two people."""
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(SCHEMA_1)
        state = FULL.to_json()
        del state["consent"]
        for person in (ME, OTHER):
            database.execute("insert into sessions values (?, ?, ?)", [person, json.dumps(state), NOW])
            database.executemany(
                "insert into moods values (?, ?, ?, ?, ?, ?, ?)",
                [(person, mood.time, *mood.emotion, mood.neutral) for mood in (SAD, HAPPY, HAPPY)],
            )
            database.execute("insert into feedback values (?, 'c1', 1, ?)", [person, NOW])
    return path


def test_an_older_file_is_taken_over_and_kept_beside_it(old_file):
    before = _rows(old_file, "moods")
    with closing(SQLiteStore(old_file, b"key")) as store:
        assert store.load(ME) == replace(FULL, consent=None)
        assert store.history(ME, 0) == [SAD, HAPPY]  # what was doubled is single now
        assert store.export(ME)["feedback"] == [{"song": "c1", "liked": True, "time": NOW}]
        assert store._rows("pragma user_version") == [(VERSION,)]
    assert _rows(old_file.with_name("store.db.schema-1"), "moods") == before
    with closing(SQLiteStore(old_file, b"key")) as again:
        assert again.load(ME) == replace(FULL, consent=None)


def test_whoever_is_forgotten_after_a_migration_is_gone_from_the_old_file_too(old_file):
    with closing(SQLiteStore(old_file, b"key")) as store:
        assert _bytes(old_file).count(ME.encode()) > 1
        store.forget(ME)
        assert ME.encode() not in _bytes(old_file)
        assert OTHER.encode() in old_file.with_name("store.db.schema-1").read_bytes()


def test_the_old_file_goes_after_a_week(old_file):
    with closing(SQLiteStore(old_file, b"key")) as store:
        kept = old_file.with_name("store.db.schema-1")
        store.expire(NOW)
        assert kept.exists()
        os.utime(kept, (kept.stat().st_mtime - 8 * DAY,) * 2)
        store.expire(NOW)
        assert not kept.exists()


def test_a_migration_that_fails_leaves_the_file_as_it_was(old_file, monkeypatch):
    before = {table: _rows(old_file, table) for table in ("sessions", "moods", "feedback")}
    monkeypatch.setattr("bot.store.SCHEMA", ("create table sessions (wrong)", "nonsense"))
    with pytest.raises(StoreError, match="nonsense"):
        SQLiteStore(old_file, b"key")
    assert {table: _rows(old_file, table) for table in before} == before
    monkeypatch.undo()
    with closing(SQLiteStore(old_file, b"key")) as store:
        assert store.history(OTHER, 0) == [SAD, HAPPY]


def test_a_newer_file_is_refused_and_left_alone(path):
    SQLiteStore(path, b"key").close()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"pragma user_version = {VERSION + 1}")
    with pytest.raises(StoreError, match="newer Maeumgok"):
        SQLiteStore(path, b"key")
    assert _rows(path, "sessions") == []


OPEN = "import sys; from pathlib import Path; from bot.store import SQLiteStore; SQLiteStore(Path(sys.argv[1]), b'key')"


def test_processes_that_open_an_old_file_together_migrate_it_once(old_file):
    command = [sys.executable, "-c", OPEN, str(old_file)]
    processes = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(4)]
    assert [(process.communicate()[1], process.returncode) for process in processes] == [(b"", 0)] * 4
    with closing(SQLiteStore(old_file, b"key")) as store:
        assert store.history(ME, 0) == [SAD, HAPPY]


BACKS_UP_TO_A_FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from bot.store import SQLiteStore, StoreError

store = SQLiteStore(Path(sys.argv[1]), b"key")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    store.backup(Path(sys.argv[2]))
except StoreError as problem:
    print(problem)
"""


def test_a_backup_to_a_full_disk_leaves_no_file(store, path, tmp_path):
    for number in range(500):
        store.save(f"{number:032x}", State(), FULL)
    backup = tmp_path / "backups" / "backup.db"
    command = [sys.executable, "-c", BACKS_UP_TO_A_FULL_DISK, str(path), str(backup)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (run.stderr, run.stdout.count("\n")) == ("", 1)
    assert "could not be written" in run.stdout
    assert list(backup.parent.iterdir()) == []


def test_a_backup_that_has_no_place_is_told_in_one_line(store, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"file/backup\.db: cannot be written \(.*\); give another file") as problem:
        store.backup(tmp_path / "file" / "backup.db")
    assert "\n" not in str(problem.value)


# --- a disk that is full, or only to be read ---------------------------------------------------


def _fill(store: SQLiteStore) -> None:
    for number in range(10_000):
        store.save(f"{number:032x}", State(), FULL)


def test_a_full_disk_is_told_in_one_line_and_what_was_kept_stays(store, bot):
    person = store.person("terminal", "me")
    bot.answer(person, "너무 슬프다", NOW)
    before = store.load(person)
    ((pages,),) = store._rows("pragma page_count")
    store._rows(f"pragma max_page_count = {pages}")
    with pytest.raises(StoreError) as problem:
        _fill(store)
    assert str(problem.value).endswith("(database or disk is full); free some space on the disk and try again")
    assert "\n" not in str(problem.value)
    assert store.load(person) == before
    (reply,) = bot.answer(store.person("terminal", "another"), "죽고 싶어", NOW)
    assert reply.text == texts.CARE_EXPLICIT
    store._rows("pragma max_page_count = 1000000")
    store.save("f" * 32, State(), FULL)
    assert store.load("f" * 32) == FULL
    store.verify()


# A file size limit of the system is as good as a full disk: writes fail in the middle.
FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from bot.state import State
from bot.store import SQLiteStore, StoreError

store = SQLiteStore(Path(sys.argv[1]), b"key")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
kept = 0
try:
    for kept in range(10_000):
        store.save(f"{kept:032x}", State(), State(time=1.0))
except StoreError as problem:
    print(kept, problem)
"""


def test_writes_that_the_system_refuses_lose_nothing_that_was_kept(path):
    run = subprocess.run([sys.executable, "-c", FULL_DISK, str(path)], cwd=ROOT, capture_output=True, text=True)
    assert run.stderr == ""
    kept, _, message = run.stdout.strip().partition(" ")
    assert "could not be written" in message
    assert "check the disk and try again" in message or "free some space" in message
    assert int(kept) > 10
    with closing(SQLiteStore(path, b"key")) as store:
        store.verify()
        assert [row[0] for row in rows(store, "sessions")] == [f"{number:032x}" for number in range(int(kept))]


READ_ONLY = """
import os, sys
from pathlib import Path
from bot.store import SQLiteStore, StoreError
if os.getuid() == 0:
    os.setuid(65534)  # nothing is read-only to root
try:
    SQLiteStore(Path(sys.argv[1]), b"key")
except StoreError as problem:
    print(problem)
"""


def test_a_read_only_disk_is_told_in_one_line(path):
    SQLiteStore(path, b"key").close()
    with closing(sqlite3.connect(path)) as database:
        database.execute("pragma journal_mode = delete")
    for file in path.parent.glob("store.db*"):
        file.chmod(0o444)
    for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
        folder.chmod(0o555)
    try:
        run = subprocess.run([sys.executable, "-c", READ_ONLY, str(path)], cwd=ROOT, capture_output=True, text=True)
    finally:
        for folder in (path.parent.parent.parent, path.parent.parent, path.parent):
            folder.chmod(0o700)
    assert run.stderr == ""
    assert run.stdout.count("\n") == 1
    assert str(path) in run.stdout
    assert "Permission denied" in run.stdout
    assert "MAEUMGOK_STORE" in run.stdout


def test_a_store_that_becomes_read_only_says_what_to_do(store):
    store._rows("pragma query_only = on")
    with pytest.raises(StoreError, match=r"readonly database.*; make the file and its folder writable"):
        store.save(ME, State(), FULL)


def test_a_damaged_file_is_found(store, path):
    for number in range(200):
        store.save(f"{number:032x}", State(), FULL)
    store.verify()
    store.close()
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 6] = b"\x55" * (4096 * 3)
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"main\.py restore"), closing(SQLiteStore(path, b"key")) as broken:
        broken.verify()


def _rows(path: Path, table: str) -> list[tuple]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(f"select * from {table}").fetchall()


# --- people -----------------------------------------------------------------------------------


def test_people_differ_by_platform_user_and_key(tmp_path):
    with closing(SQLiteStore(tmp_path / "a.db", b"one")) as one, closing(SQLiteStore(tmp_path / "b.db", b"two")) as two:
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


def consented(store, user: str) -> str:
    """Someone who has agreed to the diary."""
    person = store.person("terminal", user)
    store.save(person, State(), State(time=NOW, consent=True))
    return person


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
    person = consented(store, "me")
    bot.answer(person, "너무 슬프다", NOW)
    bot.answer(person, "오늘은 행복하다", NOW + DAY)
    assert bot.answer(person, "기분 기록", NOW + 2 * DAY)[0].text.splitlines()[1:] == [
        "11월 22일 – 슬프고 속상한 마음 (1번)",
        "11월 23일 – 행복한 마음 (1번)",
    ]


def test_a_running_bot_deletes_what_has_become_too_old(bot, store):
    person, other = consented(store, "me"), store.person("terminal", "other")
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
        SQLiteStore(path, b"key")
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
        ("MAEUMGOK_STORE", "mysql://user:pass@host/db", "mysql://"),
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
