"""Writers killed under load; `make soak` kills 200, here are a few."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench import crash
from bench.postgres_server import INSTALL, programs, running_server
from bot.store import SQLiteStore

CLEAN = {"lost": 0, "doubled": 0, "unknown": 0, "damaged": 0}


def test_nothing_is_lost_or_doubled_when_writers_to_one_file_are_killed(tmp_path):
    found = crash.kill_writers(str(tmp_path / "store.db"), 5)
    assert found["kills"] == 5
    assert found["steps"] > 20
    assert {name: found[name] for name in CLEAN} == CLEAN


@pytest.mark.skipif(programs() is None, reason=INSTALL)
def test_nothing_is_lost_or_doubled_when_replicas_on_postgresql_are_killed():
    pytest.importorskip("psycopg")
    with running_server() as address:
        found = crash.kill_writers(address, 4)
    assert found["steps"] > 15
    assert {name: found[name] for name in CLEAN} == CLEAN


def _found(store: SQLiteStore) -> dict[str, int]:
    return crash._compared(store, {("me", f"1-{number}") for number in range(3)})


@pytest.fixture
def store(tmp_path):
    store = SQLiteStore(tmp_path / "store.db", crash.KEY)
    for number in range(3):
        crash.write(store, "me", 1, number)
        crash.write(store, "me", 1, number)  # repeated
    yield store
    store.close()


def test_the_comparison_finds_what_is_lost_doubled_or_unknown(store):
    clean = {name: CLEAN[name] for name in ("lost", "doubled", "unknown")}
    assert _found(store) == clean
    with store._written() as run:
        run(
            "insert into moods select person, time + 1, emotion_0, emotion_1, emotion_2, emotion_3, neutral from moods"
            " where emotion_1 = 1"
        )
    assert _found(store) == clean | {"doubled": 1}
    with store._written() as run:
        run("delete from moods where emotion_1 = 1")
    assert _found(store) == clean | {"lost": 1}
    with store._written() as run:
        run("insert into feedback values ('me', '1-99', 1, 0)")
    assert _found(store) == clean | {"lost": 1, "unknown": 1}


def test_the_command_tells_what_it_found(tmp_path):
    command = [sys.executable, "-m", "bench.crash", "--kills", "2", "--store", str(tmp_path / "store.db")]
    done = subprocess.run(command, cwd=Path(__file__).parent.parent, env=os.environ, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["kills"] == 2
