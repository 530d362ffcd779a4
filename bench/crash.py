"""Kill writers with SIGKILL at random moments under load, then look for what was lost or doubled.

    .venv/bin/python -m bench.crash [--kills 200] [--store FILE|postgresql://… | --own-postgres] [--seed 1]

Two writer processes at a time share one store. Each step of a writer keeps a mood, a like and a setting under a request
id, and is acknowledged on a pipe, which outlives the writer. After a kill the request that was on its way is repeated,
as a platform does. In the end the store must be sound and hold every step exactly once.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path

from bench.postgres_server import running_server
from bot.state import Mood
from bot.store import Store, StoreError, open_store

ROOT = Path(__file__).parent.parent
KEY = b"crash"
THREADS = 3  # of a writer; the first writes for a person shared with other writers
LONGEST_LIFE = 0.25  # seconds from a writer's first step to its end
SHARED_LIVES = 10  # writers in a row that share one person


# --- the writer ----------------------------------------------------------------------------


def write(store: Store, person: str, life: int, number: int) -> None:
    """One step of a conversation, kept as `bot.app.Bot.answer` keeps it."""
    request = f"{life}-{number}"
    with store.turn(person):
        if store.answered(person, request) is not None:
            return
        before = store.load(person)
        now = time.time()
        mood = Mood(now, (float(life), float(number), 0.0, 0.0), 0.0)
        after = replace(before, consent=True, time=now, moods=(*before.moods, mood)[-5:], seeds=(request,))
        store.save(person, before, replace(after, liked=(*before.liked, request)), request, "answer")


def write_until_killed(address: str, life: int) -> None:
    """Says «person number» for each step that is kept."""
    store = open_store(address, KEY)

    def steps(person: str) -> None:
        for number in range(1_000_000):
            write(store, person, life, number)
            os.write(1, f"{person} {number}\n".encode())

    threads = [threading.Thread(target=steps, args=(person,)) for person in _people(life)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _people(life: int) -> list[str]:
    return [f"shared{life // SHARED_LIVES}", *(f"own{life}-{thread}" for thread in range(1, THREADS))]


# --- the killer ------------------------------------------------------------------------------


class _Writer:
    """A writer process, and the number of steps that it has acknowledged for each of its people."""

    def __init__(self, address: str, life: int):
        self.life, self.kept = life, dict.fromkeys(_people(life), 0)
        command = [sys.executable, "-m", "bench.crash", "--store", address, "--life", str(life)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
        self._begun = threading.Event()
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            if line.endswith(b"\n"):
                person, number = line.decode().split()
                self.kept[person] = int(number) + 1
                self._begun.set()

    def kill(self, after: float) -> None:
        """End it so many seconds after its first step. Raises TimeoutError when it never made one."""
        begun = self._begun.wait(60)
        time.sleep(after)
        self._process.kill()
        self._listener.join()
        self._process.communicate()
        if not begun:
            raise TimeoutError("a writer has kept nothing for 60 seconds")


def kill_writers(address: str, kills: int, seed: int = 1) -> dict[str, int]:
    """Kill so many writers, at least two; gives how many steps were kept, and what is lost, doubled and damaged."""
    chance, lives = random.Random(seed), iter(range(kills))
    running, ended, damaged = [_Writer(address, next(lives)) for _ in range(2)], [], 0
    with closing(open_store(address, KEY)) as store:
        while running:
            writer = running.pop(chance.randrange(len(running)))
            writer.kill(chance.uniform(0, LONGEST_LIFE))
            for person, number in writer.kept.items():
                write(store, person, writer.life, number)  # the one that was on its way
            ended.append(writer)
            damaged += not _is_sound(store)
            running += [_Writer(address, life) for life in [next(lives, None)] if life is not None]
        expected = {
            (person, f"{writer.life}-{number}")
            for writer in ended
            for person, kept in writer.kept.items()
            for number in range(kept + 1)
        }
        return {"kills": len(ended), "steps": len(expected), **_compared(store, expected), "damaged": damaged}


def _compared(store: Store, expected: set[tuple[str, str]]) -> dict[str, int]:
    moods: Counter[tuple[str, str]] = Counter()
    likes: Counter[tuple[str, str]] = Counter()
    settings: Counter[tuple[str, str]] = Counter()
    for person in {person for person, _ in expected}:
        state = store.load(person)
        likes.update((person, one["song"]) for one in store.export(person)["feedback"])
        settings.update((person, song) for song in state.liked)
        for mood in store.history(person, 0):
            moods[person, f"{mood.emotion[0]:.0f}-{mood.emotion[1]:.0f}"] += 1
        if state.seeds != state.liked[-1:]:
            settings[person, "last"] += 1
    kept = (moods, likes, settings)
    return {
        "lost": sum(len(expected - one.keys()) for one in kept),
        "doubled": sum(count - 1 for one in kept for count in one.values()),
        "unknown": sum(len(one.keys() - expected) for one in kept),
    }


def _is_sound(store: Store) -> bool:
    try:
        store.verify()
    except StoreError:
        return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", help="default: a SQLite file in a temporary folder")
    parser.add_argument("--life", type=int, help="be writer number LIFE")
    parser.add_argument("--own-postgres", action="store_true", help="start a PostgreSQL server for it")
    options = parser.parse_args()
    if options.life is not None:
        return write_until_killed(options.store, options.life)
    with tempfile.TemporaryDirectory() as folder, running_server() if options.own_postgres else nullcontext() as server:
        found = kill_writers(server or options.store or f"{folder}/store.db", options.kills, options.seed)
    print(json.dumps(found))
    sys.exit(any(found[fault] for fault in ("lost", "doubled", "unknown", "damaged")))


if __name__ == "__main__":
    main()
