"""What is kept of a person: the session, the mood diary and the likes, in SQLite; never what they wrote.

People are kept under a keyed hash (HMAC-SHA-256) of platform and user id.
"""

import hashlib
import hmac
import json
import logging
import sqlite3
import sys
import threading
from contextlib import AbstractContextManager
from pathlib import Path
from weakref import WeakValueDictionary

from bot.dialogue import Mood, Stage, State

# sqlite_utils imports pandas wherever it is installed, only to know its types; answering people needs none of it.
_pandas = sys.modules.get("pandas")
sys.modules["pandas"] = None  # type: ignore[assignment]
try:
    import sqlite_utils
finally:
    del sys.modules["pandas"]
    if _pandas is not None:
        sys.modules["pandas"] = _pandas

log = logging.getLogger(__name__)

DAY = 86400
KEPT_SECONDS = 90 * DAY


class StoreError(RuntimeError):
    """The store cannot be opened or written; the message names the file and the next step."""


class Store:
    """One SQLite file, used from any thread of one process.

    sessions(person, state, time), moods(person, time, emotion_0..3, neutral), feedback(person, song, liked).
    """

    def __init__(self, path: Path, key: bytes):
        self._path, self._key, self._lock = path, key, threading.RLock()
        self._turns: WeakValueDictionary[str, _Turn] = WeakValueDictionary()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite_utils.Database(sqlite3.connect(path, check_same_thread=False, timeout=10))
            self._database.enable_wal()
            self._database.execute("pragma secure_delete = on")
            self._create()
        except (OSError, sqlite3.Error) as problem:
            raise StoreError(
                f"{path}: cannot be used as the store ({problem}); give another file with --store or MAEUMGOK_STORE"
            ) from problem

    def person(self, platform: str, user: str) -> str:
        """The name under which a platform's user is kept: 32 hex digits that only the key can make."""
        name = f"{platform}:{user}".encode(errors="surrogatepass")
        return hmac.new(self._key, name, hashlib.sha256).hexdigest()[:32]

    def load(self, person: str) -> State:
        """The session of a person, a new one when there is none or it cannot be read."""
        rows = self._rows("select cast(state as blob) as state from sessions where person = ?", [person])
        if not rows:
            return State()
        try:
            return State.from_json(json.loads(rows[0]["state"]))
        except (KeyError, TypeError, ValueError):
            log.warning("a session could not be read and starts anew")
            return State()

    def save(self, person: str, before: State, after: State) -> None:
        """Keep a session, and what is new in it against `before`: moods, likes and dislikes. All or nothing."""
        if after.erased:
            return self.forget(person)
        new_moods = [mood for mood in after.moods if mood not in before.moods]
        changed = (set(before.liked) ^ set(after.liked)) | (set(before.disliked) ^ set(after.disliked))
        with self._lock, self._written():
            state = json.dumps(after.to_json(), separators=(",", ":"))
            self._database.table("sessions").upsert({"person": person, "state": state, "time": after.time}, pk="person")
            self._database.table("moods").insert_all(_mood_row(person, mood) for mood in new_moods)
            for song in changed:
                if song in after.liked or song in after.disliked:
                    row = {"person": person, "song": song, "liked": song in after.liked, "time": after.time}
                    self._database.table("feedback").upsert(row, pk=("person", "song"))
                else:
                    self._database.table("feedback").delete_where("person = ? and song = ?", [person, song])

    def history(self, person: str, since: float) -> list[Mood]:
        """The moods of a person since a time (seconds since 1970), oldest first."""
        rows = self._rows("select * from moods where person = ? and time >= ? order by time, rowid", [person, since])
        return [Mood(row["time"], tuple(row[f"emotion_{i}"] for i in range(4)), row["neutral"]) for row in rows]

    def forget(self, person: str) -> None:
        """Delete everything kept of a person, from the file and its write-ahead log as well."""
        with self._lock:
            with self._written():
                for table in ("sessions", "moods", "feedback", "answers"):
                    self._database.table(table).delete_where("person = ?", [person])
            self._rows("pragma wal_checkpoint(truncate)", [])

    def expire(self, now: float) -> None:
        """Delete what is older than 90 days; that a person was given help is not remembered beyond a day."""
        with self._lock, self._written():
            for table in ("sessions", "moods", "feedback", "answers"):
                self._database.table(table).delete_where("time < ?", [now - KEPT_SECONDS])
            self._database.execute(
                "update sessions set state = json_set(state, '$.stage', ?)"
                " where time < ? and json_valid(state) and json_extract(state, '$.stage') = ?",
                [Stage.LISTENING, now - DAY, Stage.CARING],
            )

    def close(self) -> None:
        self._database.close()

    # --- what several servers share (the shortest form; the durable one of bot/store.py takes its place) ---------

    def turn(self, person: str) -> AbstractContextManager:
        """One conversation step of a person at a time, in this process."""
        with self._lock:
            return self._turns.setdefault(person, _Turn())

    def answered(self, person: str, request: str) -> str | None:
        """The answer kept for a request id of a person."""
        rows = self._rows("select answer from answers where person = ? and request = ?", [person, request])
        return rows[0]["answer"] if rows else None

    def keep_answer(self, person: str, request: str, answer: str, time: float) -> None:
        self._keep_answer(person, request, answer, time)

    def set_pending(self, person: str, answer: str | None, time: float) -> None:
        """Keep an answer that came too late; None takes an older one away."""
        self._keep_answer(person, "", answer, time)

    def take_pending(self, person: str) -> str | None:
        """The answer that came too late, once."""
        with self._lock:
            kept = self.answered(person, "")
            if kept is not None:
                self._keep_answer(person, "", None, 0)
            return kept

    def _keep_answer(self, person: str, request: str, answer: str | None, time: float) -> None:
        with self._lock, self._written():
            row = {"person": person, "request": request, "answer": answer, "time": time}
            self._database.table("answers").upsert(row, pk=("person", "request"))

    def _rows(self, query: str, values: list) -> list[dict]:
        try:
            with self._lock:
                return list(self._database.query(query, values))
        except sqlite3.Error as problem:
            raise StoreError(f"{self._path}: could not be read ({problem}); check the disk and try again") from problem

    def _written(self):
        return _Transaction(self._database.conn, self._path)

    def _create(self) -> None:
        tables = {
            "sessions": ({"person": str, "state": str, "time": float}, "person"),
            "moods": (
                {"person": str, "time": float, **{f"emotion_{i}": float for i in range(4)}, "neutral": float},
                None,
            ),
            "feedback": ({"person": str, "song": str, "liked": int, "time": float}, ("person", "song")),
            "answers": ({"person": str, "request": str, "answer": str, "time": float}, ("person", "request")),
        }
        for name, (columns, primary_key) in tables.items():
            self._database.table(name).create(columns, pk=primary_key, if_not_exists=True)
        self._database.table("moods").create_index(["person", "time"], if_not_exists=True)


class _Turn:
    """A lock that can be forgotten when nobody holds it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, kind, problem, trace) -> None:
        self._lock.release()


class _Transaction:
    """Commits when the block ends well, else rolls back; SQLite's faults become StoreError."""

    def __init__(self, connection: sqlite3.Connection, path: Path):
        self._connection, self._path = connection, path

    def __enter__(self) -> None:
        try:
            self._connection.execute("begin immediate")
        except sqlite3.Error as problem:
            raise self._error(problem) from problem

    def __exit__(self, kind, problem, trace) -> None:
        if kind is None:
            try:
                self._connection.commit()
                return
            except sqlite3.Error as failed:
                self._connection.rollback()
                raise self._error(failed) from failed
        self._connection.rollback()
        if isinstance(problem, sqlite3.Error):
            raise self._error(problem) from problem

    def _error(self, problem: sqlite3.Error) -> StoreError:
        return StoreError(f"{self._path}: could not be written ({problem}); check the disk and try again")


def _mood_row(person: str, mood: Mood) -> dict:
    emotions = {f"emotion_{i}": p for i, p in enumerate(mood.emotion)}
    return {"person": person, "time": mood.time, **emotions, "neutral": mood.neutral}
