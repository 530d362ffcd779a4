"""The store in PostgreSQL, for several machines behind one address; its advisory locks keep each person's order.

Needs the extra `postgres` (psycopg 3). What is deleted is gone for every query at once; the server's own vacuum
overwrites it later, and its WAL archive and backups are the operator's (docs/privacy.md).
"""

import hashlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool, PoolTimeout

from bot.store import SCHEMA, VERSION, Run, Store, StoreError

CONNECTIONS = 16  # of one process; a turn holds one
WAIT = 5.0  # seconds for a connection
_SCHEMA_LOCK = 0x6D61_6575_6D67_6F6B  # «maeumgok»: one process at a time makes the tables


class PostgresStore(Store):
    """A database of its own at «postgresql://…», for threads, processes and machines."""

    def __init__(self, address: str, key: bytes):
        super().__init__(key)
        self._mine = threading.local()  # .connection: the one whose turn this thread has
        try:
            known = conninfo_to_dict(address)
        except psycopg.Error:
            raise StoreError(
                "MAEUMGOK_STORE: is no address of PostgreSQL; give postgresql://user@host:5432/name, its password there"
                " or in PGPASSWORD"
            ) from None  # its message quotes the password
        self._name = (
            f"PostgreSQL at {known.get('host', 'the local socket')}, database {known.get('dbname', '')}".strip()
        )
        try:
            with psycopg.connect(address, connect_timeout=5) as connection:
                self._migrate(connection)
        except psycopg.Error as problem:
            raise self._error("cannot be used as the store", problem) from problem
        self._pool = ConnectionPool(
            address,
            min_size=1,
            max_size=CONNECTIONS,
            timeout=WAIT,
            kwargs={"autocommit": True, "connect_timeout": 5},
            check=ConnectionPool.check_connection,
            open=True,
        )

    def close(self) -> None:
        self._pool.close()

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection]:
        """The connection that holds this thread's turn, else one of the pool; a turn waits for no second one."""
        mine = getattr(self._mine, "connection", None)
        if mine is not None:
            yield mine
        else:
            with self._pool.connection() as connection:
                yield connection

    @contextmanager
    def _written(self) -> Iterator[Run]:
        try:
            with self._connection() as connection, connection.transaction():
                yield _runner(connection)
        except (psycopg.Error, PoolTimeout) as problem:
            raise self._error("could not be written", problem) from problem

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple]:
        try:
            with self._connection() as connection:
                return _runner(connection)(query, values)
        except (psycopg.Error, PoolTimeout) as problem:
            raise self._error("could not be read", problem) from problem

    @contextmanager
    def _snapshot(self) -> Iterator[Run]:
        try:
            with self._pool.connection() as connection, connection.transaction():
                connection.execute("set transaction isolation level repeatable read, read only")
                yield _runner(connection)
        except (psycopg.Error, PoolTimeout) as problem:
            raise self._error("could not be read", problem) from problem

    @contextmanager
    def _locked(self, person: str, seconds: float) -> Iterator[None]:
        """An advisory lock, which ends with the connection when a replica dies."""
        place = int.from_bytes(hashlib.sha256(person.encode()).digest()[:8], signed=True)
        try:
            with self._pool.connection(timeout=max(seconds, 0.1)) as connection:
                connection.execute("select set_config('lock_timeout', %s, false)", [f"{int(seconds * 1000) + 1}ms"])
                connection.execute("select pg_advisory_lock(%s)", [place])
                self._mine.connection = connection
                try:
                    yield
                finally:
                    self._mine.connection = None
                    with suppress(psycopg.Error):  # a lost connection has lost its locks
                        connection.execute("select pg_advisory_unlock(%s)", [place])
        except psycopg.errors.LockNotAvailable as problem:
            raise StoreError(
                "an earlier message of this person is still being answered elsewhere; try again"
            ) from problem
        except (psycopg.Error, PoolTimeout) as problem:
            raise self._error("could not be reached", problem) from problem

    def _purge(self, person: str | None = None) -> None:
        """Deleted rows are the server's to overwrite."""

    def _migrate(self, connection: psycopg.Connection) -> None:
        with connection.transaction():
            connection.execute("select pg_advisory_xact_lock(%s)", [_SCHEMA_LOCK])
            connection.execute("create table if not exists maeumgok_schema (version integer primary key)")
            row = connection.execute("select max(version) from maeumgok_schema").fetchone()
            version = row[0] if row and row[0] else 0
            if version > VERSION:
                raise StoreError(
                    f"{self._name}: was written by a newer Maeumgok (schema {version}, known is {VERSION});"
                    " update Maeumgok or give another database"
                )
            if version < VERSION:
                for statement in SCHEMA:
                    connection.execute(statement)
                connection.execute("insert into maeumgok_schema values (%s)", [VERSION])

    def _error(self, what: str, problem: Exception) -> StoreError:
        said = " ".join(str(problem).split())
        return StoreError(f"{self._name}: {what} ({said}); see that the server runs and MAEUMGOK_STORE is right")


def _runner(connection: psycopg.Connection) -> Run:
    def run(statement: str, values: Sequence[Any] = ()) -> list[tuple]:
        cursor = connection.execute(statement.replace("?", "%s"), values)
        return cursor.fetchall() if cursor.description else []

    return run
