"""What is kept of a person: the session, and with consent the mood diary and the likes; never what they wrote.

`Store` is the interface and every query; `SQLiteStore` is one file for the processes of one machine, and
`bot/postgres.py` a server for several. People stand under a keyed hash (HMAC-SHA-256) of platform and user id.
What an answer quotes of a message (a misspelt title) is the person's word, so answers are kept encrypted.
"""

import base64
import fcntl
import hashlib
import hmac
import json
import logging
import os
import shutil
import sqlite3
import struct
import sys
import threading
import time as clock
import weakref
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from bot.state import Mood, Stage, State

log = logging.getLogger(__name__)

DAY = 86400
KEPT_SECONDS = 90 * DAY
KEPT_WITHOUT_CONSENT = DAY
FILE_KEPT = 600  # seconds in which a file can be fetched
ANSWER_KEPT = DAY  # seconds in which a repeated request or a late answer is known
OLD_FILE_KEPT = 7 * DAY  # seconds for which the file from before a migration stays
TURN_SECONDS = 30.0  # longest wait for a turn
PURGE_SECONDS = 0.1  # longest wait for readers to leave the log, each time it is emptied
VERSION = 2  # of the schema; 1 knew no consent

_EMOTIONS = ("emotion_0", "emotion_1", "emotion_2", "emotion_3")
TABLES = ("sessions", "moods", "feedback", "answers")
SCHEMA = (
    "create table if not exists sessions (person text primary key, state text not null,"
    " time double precision not null, until double precision not null)",
    "create table if not exists moods (person text not null, time double precision not null,"
    f" {', '.join(f'{name} double precision not null' for name in _EMOTIONS)},"
    " neutral double precision not null, primary key (person, time))",
    "create table if not exists feedback (person text not null, song text not null, liked integer not null,"
    " time double precision not null, primary key (person, song))",
    # request is «answered:» and a hash of the request's id, «pending», or «file:» and a name that was drawn
    "create table if not exists answers (person text not null, request text not null, answer text not null,"
    " time double precision not null, primary key (person, request))",
    "create index if not exists sessions_until on sessions (until)",
    "create index if not exists moods_time on moods (time)",
    "create index if not exists feedback_time on feedback (time)",
    "create index if not exists answers_time on answers (time)",
)
SENT = ""  # stands for an answer that its person has got
_PENDING, _FILE = "pending", "file:"
_BACKED_UP = {
    "sessions": ("person", "state", "time", "until"),
    "moods": ("person", "time", *_EMOTIONS, "neutral"),
    "feedback": ("person", "song", "liked", "time"),
}

_SESSION_AND_RATED = (
    "select state, song from sessions left join feedback on feedback.person = sessions.person where sessions.person = ?"
)

Run = Callable[..., list[tuple]]  # runs a statement with its values and gives the rows
Join = Callable[[str, str], str]


def _insert(table: str, columns: Sequence[str], conflict: str = "") -> str:
    places = ", ".join("?" * len(columns))
    return f"insert into {table} ({', '.join(columns)}) values ({places}) {conflict}".rstrip()  # noqa: S608


def _upsert(table: str, key: Sequence[str], columns: Sequence[str]) -> str:
    new = ", ".join(f"{column} = excluded.{column}" for column in columns)
    return _insert(table, (*key, *columns), f"on conflict ({', '.join(key)}) do update set {new}")


_SESSION = _upsert("sessions", ("person",), ("state", "time", "until"))
_MOOD = _upsert("moods", ("person", "time"), (*_EMOTIONS, "neutral"))
_FEEDBACK = _upsert("feedback", ("person", "song"), ("liked", "time"))
_ANSWER = _insert("answers", ("person", "request", "answer", "time"), "on conflict (person, request) do nothing")


class StoreError(RuntimeError):
    """The store cannot be opened, read or written; the message names it and the next step."""


class Store(ABC):
    """What is kept of people, used from any thread; queries are SQL that SQLite and PostgreSQL share, with «?».

    sessions: one conversation a person, deleted at `until`. moods, feedback: kept with consent alone, a mood by its
    time. answers: what repeated requests are answered with, and what was finished too late to be shown.
    """

    def __init__(self, key: bytes):
        self._key, self._line = key, Line()
        self._cipher = Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"answers:" + key).digest()))

    @abstractmethod
    def _written(self) -> AbstractContextManager[Run]:
        """A transaction: commits when the block ends well, else rolls back. Raises StoreError."""

    @abstractmethod
    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple]:
        """The rows of a query. Raises StoreError."""

    @abstractmethod
    def _locked(self, person: str, seconds: float) -> AbstractContextManager[None]:
        """This person's lock among all processes and machines. Raises StoreError after so many seconds."""

    @abstractmethod
    def _snapshot(self) -> AbstractContextManager[Run]:
        """Reads of one moment, while others go on writing. Raises StoreError."""

    @abstractmethod
    def _purge(self, person: str | None = None) -> None:
        """Make unreadable what was deleted, of this person also in what a migration has left."""

    @abstractmethod
    def close(self) -> None: ...

    def verify(self) -> None:
        """Look whether the store can be used. Raises StoreError."""
        self.try_writing()

    def try_writing(self) -> None:
        """Write and delete a row. Raises StoreError."""
        with self._written() as run:
            run(_ANSWER, ["check", "check", "", 0.0])
            run("delete from answers where person = ?", ["check"])

    @contextmanager
    def turn(self, person: str, seconds: float = TURN_SECONDS) -> Iterator[None]:
        """One conversation step of a person at a time, first come first served within a process.

        Raises StoreError when it does not come within so many seconds. Other people are never waited for.
        """
        until = clock.monotonic() + seconds
        with self._line.turn(person, seconds), self._locked(person, max(0.0, until - clock.monotonic())):
            yield

    def person(self, platform: str, user: str) -> str:
        """The name under which a platform's user is kept: 32 hex digits that only the key can make."""
        name = f"{platform}:{user}".encode(errors="surrogatepass")
        return hmac.new(self._key, name, hashlib.sha256).hexdigest()[:32]

    def load(self, person: str) -> State:
        """The session of a person, a new one when there is none or it cannot be read.

        With consent it holds the ratings of `feedback` alone: the session lives on with each message, they do not.
        """
        rows = self._rows(_SESSION_AND_RATED, [person])
        if not rows:
            return State()
        state = _session(rows)
        if state is None:
            log.warning("a session could not be read and starts anew")
        return state or State()

    def save(
        self, person: str, before: State, after: State, request: str | None = None, answer: str | None = None
    ) -> None:
        """Keep a session and, with consent, what is new in it against `before`. All or nothing.

        With `request` its answer is kept in the same transaction: whoever repeats it finds both or neither. When
        everything is deleted, so is the answer that says so.
        """
        if after.erased:
            return self.forget(person)
        known = before if before.consent else State()
        withdrawn = not after.consent and before.consent is not after.consent
        with self._written() as run:
            keep = KEPT_SECONDS if after.consent else KEPT_WITHOUT_CONSENT
            run(_SESSION, [person, _as_json(after), after.time, after.time + keep])
            if after.consent:
                self._keep_moods(run, person, known, after)
                self._keep_feedback(run, person, known, after)
            elif withdrawn:
                run("delete from moods where person = ?", [person])
                run("delete from feedback where person = ?", [person])
            if request is not None and answer is not None:
                run(_ANSWER, [person, self._request(person, request), self._sealed(answer), after.time])
        if withdrawn:
            self._purge(person)

    def _keep_moods(self, run: Run, person: str, known: State, after: State) -> None:
        """A mood of the same time is the same mood, corrected."""
        for mood in after.moods:
            if mood not in known.moods:
                run(_MOOD, [person, mood.time, *mood.emotion, mood.neutral])

    def _keep_feedback(self, run: Run, person: str, known: State, after: State) -> None:
        for song in (set(known.liked) ^ set(after.liked)) | (set(known.disliked) ^ set(after.disliked)):
            if song in after.liked or song in after.disliked:
                run(_FEEDBACK, [person, song, int(song in after.liked), after.time])
            else:
                run("delete from feedback where person = ? and song = ?", [person, song])

    def history(self, person: str, since: float) -> list[Mood]:
        """The moods of a person since a time (seconds since 1970), oldest first."""
        columns = ", ".join(_EMOTIONS)
        rows = self._rows(
            f"select time, {columns}, neutral from moods where person = ? and time >= ? order by time",  # noqa: S608
            [person, since],
        )
        return [Mood(row[0], tuple(row[1:5]), row[5]) for row in rows]

    def export(self, person: str) -> dict[str, Any]:
        """Everything kept of a person, as JSON can hold it; answers as they were sent."""
        sessions = self._rows("select state, time, until from sessions where person = ?", [person])
        feedback = self._rows("select song, liked, time from feedback where person = ? order by time, song", [person])
        answers = self._rows(
            "select request, answer, time from answers where person = ? and request not like ? order by time",
            [person, f"{_FILE}%"],
        )
        return {
            "person": person,
            "session": {"state": _json(sessions[0][0]), "time": sessions[0][1], "kept_until": sessions[0][2]}
            if sessions
            else None,
            "moods": [
                {"time": mood.time, "emotion": list(mood.emotion), "neutral": mood.neutral}
                for mood in self.history(person, float("-inf"))
            ],
            "feedback": [{"song": song, "liked": bool(liked), "time": time} for song, liked, time in feedback],
            "answers": [
                {"late": request == _PENDING, "answer": self._opened(answer), "time": time}
                for request, answer, time in answers
            ],
        }

    def answered(self, person: str, request: str) -> str | None:
        """What a request was answered with; None for a new one, or one that has expired."""
        rows = self._rows(
            "select answer from answers where person = ? and request = ?", [person, self._request(person, request)]
        )
        return self._opened(rows[0][0]) if rows else None

    def keep_answer(self, person: str, request: str, answer: str, time: float) -> None:
        """Keep what a request was answered with; the first answer stays."""
        with self._written() as run:
            run(_ANSWER, [person, self._request(person, request), self._sealed(answer), time])

    def answer_sent(self, person: str, request: str) -> None:
        """The answer to a request has been sent and need not be kept: from now on it is `SENT`."""
        with self._written() as run:
            kept = [self._sealed(SENT), person, self._request(person, request)]
            run("update answers set answer = ? where person = ? and request = ?", kept)

    def set_pending(self, person: str, answer: str | None, time: float, join: Join | None = None) -> None:
        """Keep an answer that was finished too late, until the person collects it; None keeps none.

        Where nobody has collected an earlier one, `join(earlier, answer)` is kept, without `join` the answer alone.
        """
        with self.turn(f"{_PENDING} {person}"), self._written() as run:  # a database reads the earlier one unlocked
            rows = run("delete from answers where person = ? and request = ? returning answer", [person, _PENDING])
            earlier = self._opened(rows[0][0]) if rows else None
            if answer is not None:
                whole = join(earlier, answer) if join and earlier is not None else answer
                run(_ANSWER, [person, _PENDING, self._sealed(whole), time])

    def pending(self, person: str) -> str | None:
        """The answer that was finished too late, left where it is."""
        rows = self._rows("select answer from answers where person = ? and request = ?", [person, _PENDING])
        return self._opened(rows[0][0]) if rows else None

    def take_pending(self, person: str, request: str | None = None, time: float = 0.0) -> str | None:
        """The answer that was finished too late, once; with `request` it is that one's answer, for its repetition."""
        with self._written() as run:
            rows = run("delete from answers where person = ? and request = ? returning answer", [person, _PENDING])
            if rows and request is not None:
                run(_ANSWER, [person, self._request(person, request), rows[0][0], time])
        return self._opened(rows[0][0]) if rows else None

    def keep_file(self, person: str, name: str, content: bytes, time: float) -> None:
        """Keep a file that a person will fetch; what it holds is kept elsewhere, so the export leaves it out."""
        with self._written() as run:
            run(_ANSWER, [person, _FILE + name, self._sealed(base64.b64encode(content).decode()), time])

    def file(self, person: str, name: str) -> bytes | None:
        """What a file holds; None for an unknown one."""
        rows = self._rows("select answer from answers where person = ? and request = ?", [person, _FILE + name])
        content = self._opened(rows[0][0]) if rows else None
        return None if content is None else base64.b64decode(content)

    def forget(self, person: str) -> None:
        """Delete everything kept of a person."""
        with self._written() as run:
            for table in TABLES:
                run(f"delete from {table} where person = ?", [person])  # noqa: S608
        self._purge(person)

    def expire(self, now: float) -> None:
        """Delete what is too old; that a person was given help is not remembered beyond a day."""
        with self._written() as run:
            run("delete from sessions where until < ?", [now])
            run("delete from moods where time < ?", [now - KEPT_SECONDS])
            old = run("delete from feedback where time < ? returning person", [now - KEPT_SECONDS])
            for person in {person for (person,) in old}:
                self._drop_old_ratings(run, person)
            run("delete from answers where time < ?", [now - ANSWER_KEPT])
            run("delete from answers where time < ? and request like ?", [now - FILE_KEPT, f"{_FILE}%"])
            caring, listening = (f'"stage":"{stage}"' for stage in (Stage.CARING, Stage.LISTENING))
            run(
                "update sessions set state = replace(state, ?, ?) where time < ? and state like ?",
                [caring, listening, now - DAY, f"%{caring}%"],
            )
        self._purge()

    def _drop_old_ratings(self, run: Run, person: str) -> None:
        """Out of a session at rest; one that is written meanwhile stays, and `load` reads it without them."""
        rows = run(_SESSION_AND_RATED, [person])
        state = _session(rows)
        if state is not None:
            run("update sessions set state = ? where person = ? and state = ?", [_as_json(state), person, rows[0][0]])

    def backup(self, path: Path) -> None:
        """Write sessions, moods and feedback of one moment to a new SQLite file. Raises StoreError.

        The file takes its name when it is whole: one that broke off would be taken for a backup of nobody.
        """
        if path.exists():
            raise StoreError(f"{path}: is there already; give the name of a new file")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(prefix=f"{path.name}.", dir=path.parent) as folder:
                whole = Path(folder) / path.name
                with closing(SQLiteStore(whole, self._key)) as copy, self._snapshot() as read, copy._written() as run:
                    for table, columns in _BACKED_UP.items():
                        for row in read(f"select {', '.join(columns)} from {table}"):  # noqa: S608
                            run(_insert(table, columns), row)
                whole.replace(path)
        except OSError as problem:
            raise StoreError(f"{path}: cannot be written ({problem.strerror}); give another file") from problem

    def restore(self, path: Path, old: Path) -> None:
        """Put back what `backup` wrote, also of an older schema; what was there goes to `old`. All or nothing."""
        if not path.is_file():
            raise StoreError(f"{path}: is no file; give one that main.py backup has written")
        with TemporaryDirectory() as folder:
            copy = Path(folder) / path.name
            shutil.copyfile(path, copy)
            with closing(SQLiteStore(copy, self._key, new=False)) as kept:
                kept.verify()
                self.backup(old)
                with kept._snapshot() as read, self._written() as run:
                    for table, columns in _BACKED_UP.items():
                        run(f"delete from {table}")  # noqa: S608
                        for row in read(f"select {', '.join(columns)} from {table}"):  # noqa: S608
                            run(_insert(table, columns), row)
        self._purge()

    def _request(self, person: str, request: str) -> str:
        """A platform's id of a request may name the person, so it is hashed as well."""
        name = f"{person}:{request}".encode(errors="surrogatepass")
        return "answered:" + hmac.new(self._key, name, hashlib.sha256).hexdigest()[:32]

    def _sealed(self, answer: str) -> str:
        return self._cipher.encrypt(answer.encode(errors="surrogatepass")).decode()

    def _opened(self, sealed: str) -> str | None:
        """None for what another key has sealed."""
        try:
            return self._cipher.decrypt(sealed.encode()).decode(errors="surrogatepass")
        except InvalidToken:
            return None


class Line:
    """People wait behind themselves alone: each key has its own queue, first come first served."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[threading.Event]] = {}

    @contextmanager
    def turn(self, key: str, seconds: float) -> Iterator[None]:
        """Raises StoreError when the turn does not come within so many seconds."""
        mine = threading.Event()
        with self._lock:
            queue = self._waiting.setdefault(key, deque())
            queue.append(mine)
            if queue[0] is mine:
                mine.set()
        try:
            if not mine.wait(seconds):
                raise StoreError("an earlier message of this person is still being answered; try again")
            yield
        finally:
            with self._lock:
                queue.remove(mine)
                if queue:
                    queue[0].set()
                else:
                    del self._waiting[key]


class SQLiteStore(Store):
    """One SQLite file, for all threads and processes of one machine; «file.turns» beside it holds their locks.

    WAL, so that readers and a writer do not wait for each other; synchronous FULL, so that an answered message is on
    the disk even when the power fails.
    """

    def __init__(self, path: Path, key: bytes, new: bool = True):
        """Opens a file, of an older schema too. Without `new` it must hold a store already."""
        super().__init__(key)
        self._path, self._lock = path, threading.RLock()
        with ExitStack() as opened:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # the log takes the file's mode over
                self._turns = os.open(path.with_name(f"{path.name}.turns"), os.O_RDWR | os.O_CREAT, 0o600)
                opened.callback(weakref.finalize(self, os.close, self._turns))
                self._connection = opened.enter_context(
                    closing(sqlite3.connect(path, check_same_thread=False, timeout=10, isolation_level=None))
                )
                self._connection.text_factory = lambda text: text.decode(errors="replace")
                for pragma in ("journal_mode = wal", "synchronous = full", "secure_delete = on"):
                    self._connection.execute(f"pragma {pragma}")
                if not new and not self._version():
                    raise StoreError(f"{path}: is no store; give a file that main.py backup has written")
                self._migrate()
            except (OSError, sqlite3.Error) as problem:
                raise StoreError(
                    f"{path}: cannot be used as the store ({problem}); give another file with --store or MAEUMGOK_STORE"
                ) from problem
            self._handles = opened.pop_all()

    def close(self) -> None:
        with self._lock:
            self._handles.close()

    def verify(self) -> None:
        ((found,),) = self._rows("pragma quick_check(1)")
        if found != "ok":
            raise StoreError(f"{self._path}: is damaged ({found}); put a backup back with main.py restore")
        super().verify()

    @contextmanager
    def _written(self) -> Iterator[Run]:
        with self._lock:
            try:
                self._connection.execute("begin immediate")
                try:
                    yield lambda statement, values=(): self._connection.execute(statement, values).fetchall()
                    self._connection.execute("commit")
                except BaseException:
                    if self._connection.in_transaction:
                        self._connection.execute("rollback")
                    raise
            except sqlite3.Error as problem:
                raise StoreError(f"{self._path}: could not be written ({problem}); {_way_out(problem)}") from problem

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple]:
        try:
            with self._lock:
                return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as problem:
            raise StoreError(f"{self._path}: could not be read ({problem}); {_way_out(problem)}") from problem

    @contextmanager
    def _locked(self, person: str, seconds: float) -> Iterator[None]:
        """One byte of the lock file a person; the system frees it when a process dies."""
        place = int(hashlib.sha256(person.encode()).hexdigest()[:15], 16)
        until = clock.monotonic() + seconds
        while True:
            try:
                _lock_byte(self._turns, fcntl.LOCK_EX, place)
                break
            except OSError as problem:
                if clock.monotonic() > until:
                    raise StoreError(
                        "an earlier message of this person is still being answered elsewhere; try again"
                    ) from problem
                clock.sleep(0.002)
        try:
            yield
        finally:
            _lock_byte(self._turns, fcntl.LOCK_UN, place)

    @contextmanager
    def _snapshot(self) -> Iterator[Run]:
        """On a connection of its own, so that nobody waits while everything is read."""
        try:
            with closing(sqlite3.connect(self._path, timeout=10, isolation_level=None)) as connection:
                connection.execute("begin")
                yield lambda statement, values=(): connection.execute(statement, values).fetchall()
        except sqlite3.Error as problem:
            raise StoreError(f"{self._path}: could not be read ({problem}); {_way_out(problem)}") from problem

    def _purge(self, person: str | None = None) -> None:
        """secure_delete has overwritten the rows in the file; here the log that held them is emptied.

        That waits for whoever reads the file, so it has a connection of its own and waits briefly: nobody waits for
        it in turn, and every expiry tries again.
        """
        for old in self._path.parent.glob(f"{self._path.name}.schema-*"):
            if old.stat().st_mtime < clock.time() - OLD_FILE_KEPT:
                old.unlink(missing_ok=True)
            elif person is not None:
                with closing(sqlite3.connect(old, timeout=10)) as opened, opened:
                    opened.execute("pragma secure_delete = on")
                    for table in _BACKED_UP:
                        opened.execute(f"delete from {table} where person = ?", [person])  # noqa: S608
        try:
            with closing(sqlite3.connect(self._path, timeout=PURGE_SECONDS)) as own:
                ((busy, *_),) = own.execute("pragma wal_checkpoint(truncate)")
        except sqlite3.Error as problem:
            log.error("%s: its log could not be emptied (%s); %s", self._path, problem, _way_out(problem))
        else:
            if busy:
                log.warning("the store is being read; its log still holds what was deleted until the next hour")

    # --- schema -----------------------------------------------------------------------

    def _migrate(self) -> None:
        """Bring the schema to VERSION in one transaction; the file as it was stays beside it for a week."""
        version = self._version()
        if version > VERSION:
            raise StoreError(
                f"{self._path}: was written by a newer Maeumgok (schema {version}, known is {VERSION});"
                " update Maeumgok or give another file with --store"
            )
        if version == VERSION:
            return
        if version:
            with closing(sqlite3.connect(self._path.with_name(f"{self._path.name}.schema-{version}"))) as old:
                self._connection.backup(old)
        with self._written() as run:
            found = self._version()  # another process may have been faster
            if found == 1:
                for table in _BACKED_UP:
                    run(f"alter table {table} rename to old_{table}")
            if found < VERSION:
                for statement in SCHEMA:
                    run(statement)
            if found == 1:
                # Their people were told of 90 days and not asked: rows stay until then, or until a «no».
                run("insert into sessions select person, state, time, time + ? from old_sessions", [KEPT_SECONDS])
                run("insert or ignore into moods select * from old_moods")
                run("insert or ignore into feedback select * from old_feedback")
                for table in _BACKED_UP:
                    run(f"drop table old_{table}")
            run(f"pragma user_version = {VERSION}")

    def _version(self) -> int:
        """0 for an empty file; schema 1 did not number itself."""
        ((version,),) = self._rows("pragma user_version")
        return version or len(self._rows("select 1 from sqlite_master where name = 'sessions'"))


def open_store(address: str | Path, key: bytes) -> Store:
    """The store at «postgresql://…», or in a SQLite file. Raises StoreError."""
    if str(address).startswith(("postgresql://", "postgres://")):
        try:
            from bot.postgres import PostgresStore
        except ModuleNotFoundError as problem:
            raise StoreError(
                f"{problem.name} is not installed; install it with .venv/bin/pip install -e '.[postgres]'"
            ) from problem
        return PostgresStore(str(address), key)
    return SQLiteStore(Path(address), key)


def _lock_byte(file: int, kind: int, place: int) -> None:
    """Take or free one byte without waiting. Raises OSError when another open file has it.

    Linux knows locks of an open file, which keep two stores of one process apart too; elsewhere they are the process's.
    """
    if sys.platform == "linux":
        lock = fcntl.F_WRLCK if kind == fcntl.LOCK_EX else fcntl.F_UNLCK
        fcntl.fcntl(file, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", lock, os.SEEK_SET, place, 1, 0))
    else:
        fcntl.lockf(file, kind | fcntl.LOCK_NB, 1, place)


def _way_out(problem: sqlite3.Error) -> str:
    """What the operator can do about a fault of SQLite."""
    match getattr(problem, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return "free some space on the disk and try again"
        case sqlite3.SQLITE_READONLY:
            return "make the file and its folder writable"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return "another program holds it; close that one and try again"
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return "put a backup back with main.py restore, or give another file with --store"
        case _:
            return "check the disk and try again"


def _as_json(state: State) -> str:
    return json.dumps(state.to_json(), separators=(",", ":"))


def _session(rows: Sequence[tuple]) -> State | None:
    """The session of `_SESSION_AND_RATED`, with consent only ratings that still stand; None without a readable one."""
    try:
        state = State.from_json(json.loads(rows[0][0]))
    except (IndexError, KeyError, TypeError, ValueError):
        return None
    if not state.consent:
        return state
    rated = {song for _, song in rows}
    liked, disliked = (tuple(song for song in songs if song in rated) for songs in (state.liked, state.disliked))
    return replace(state, liked=liked, disliked=disliked)


def _json(text: str) -> Any:
    """What a text holds as JSON, None when it holds none."""
    try:
        return json.loads(text)
    except ValueError:
        return None
