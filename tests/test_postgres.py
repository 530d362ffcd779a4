"""The store in PostgreSQL, on a real server: the contract, and what only several machines show."""

import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from store_contract import FULL, HAPPY, ME, NOW, OTHER, SAD, StoreContract, rows

from bot.state import State
from bot.store import TABLES, SQLiteStore, StoreError, open_store

ROOT = Path(__file__).parent.parent
pytest.importorskip("psycopg", reason="install it with .venv/bin/pip install -e '.[postgres]'")


@pytest.fixture
def address(postgres) -> str:
    return postgres


class TestPostgres(StoreContract):
    """PostgreSQL keeps the contract."""


def test_a_sqlite_backup_moves_to_postgresql_and_back(store, tmp_path):
    with closing(SQLiteStore(tmp_path / "small.db", b"key")) as small:
        small.save(ME, State(), FULL)
        small.backup(tmp_path / "moved.db")
    store.save(OTHER, State(), FULL)
    store.restore(tmp_path / "moved.db", tmp_path / "old.db")
    assert (store.load(ME), store.load(OTHER), store.history(ME, 0)) == (FULL, State(), [SAD, HAPPY])


def test_more_turns_than_connections_are_all_served(store):
    """A turn needs one connection for everything, so waiting ones cannot starve the ones at work."""
    failed: list[Exception] = []

    def step(number: int) -> None:
        try:
            with store.turn(f"{number:032x}"):
                time.sleep(0.01)
                store.save(f"{number:032x}", State(), FULL)
        except Exception as problem:
            failed.append(problem)

    threads = [threading.Thread(target=step, args=(number % 50,)) for number in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(rows(store, "sessions")) == 50


def test_a_lost_connection_is_an_error_once_and_then_opened_anew(store):
    store.save(ME, State(), FULL)
    with pytest.raises(StoreError, match="PostgreSQL at"), store.turn(ME):
        store._rows("select pg_terminate_backend(pg_backend_pid())")
    with store.turn(ME, 2):
        assert store.load(ME) == FULL


HOLDS_A_TURN = """
import sys, time
from bot.store import open_store

with open_store(sys.argv[1], b"key").turn(sys.argv[2]):
    print("mine", flush=True)
    time.sleep(60)
"""


def test_a_killed_replica_gives_its_turns_back(store, address):
    command = [sys.executable, "-c", HOLDS_A_TURN, address, ME]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as replica:
        assert replica.stdout.readline() == b"mine\n"
        with pytest.raises(StoreError, match="elsewhere"), store.turn(ME, 0.1):
            raise AssertionError("two turns at once")
        replica.kill()
    with store.turn(ME, 5):
        store.save(ME, State(), FULL)


def test_a_server_that_is_gone_is_told_in_one_line_without_the_password(store, address):
    gone = "postgresql://bot:hidden-word@127.0.0.1:1/maeumgok"
    with pytest.raises(StoreError) as problem:
        open_store(gone, b"key")
    assert "127.0.0.1, database maeumgok: cannot be used as the store" in str(problem.value)
    assert "MAEUMGOK_STORE" in str(problem.value)
    assert "hidden-word" not in str(problem.value)
    assert "\n" not in str(problem.value)


def test_an_address_that_is_none_is_told_without_the_password():
    with pytest.raises(StoreError, match="MAEUMGOK_STORE") as problem:
        open_store("postgresql://bot:hidden-word@host:port:1/x?nonsense=hidden-word", b"key")
    assert "hidden-word" not in str(problem.value)


def test_a_newer_schema_is_refused(store, address):
    with store._written() as run:
        run("insert into maeumgok_schema values (?)", [99])
    try:
        with pytest.raises(StoreError, match="newer Maeumgok"):
            open_store(address, b"key")
    finally:
        with store._written() as run:
            run("delete from maeumgok_schema where version = ?", [99])


OPEN = "import sys; from bot.store import open_store; open_store(sys.argv[1], b'key').close()"


def test_replicas_that_start_together_make_the_tables_once(store, address):
    with store._written() as run:
        for table in (*TABLES, "maeumgok_schema"):
            run(f"drop table {table}")
    command = [sys.executable, "-c", OPEN, address]
    replicas = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(4)]
    assert [(replica.communicate()[1], replica.returncode) for replica in replicas] == [(b"", 0)] * 4
    store.save(ME, State(), replace(FULL, time=NOW))
    assert store.load(ME) == FULL
