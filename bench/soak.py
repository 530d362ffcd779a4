"""Thirty minutes of mixed load: does memory grow, does anything fail?

    .venv/bin/python -m bench.soak [--minutes 30] [--threads 4] [--store FILE|postgresql://…]

A bot with the bundled model and catalogue answers people from several threads: moods, songs, misspelt songs, ratings,
cries for help, deletions, exports, hostile text, repeated requests. Resident memory is read each second; «grown»
compares the median of the last tenth with that of the tenth after warm-up (the first fifth). Exit 1 above 5 %, or on
any error.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from bot import texts
from bot.app import Bot, build_bot
from bot.dialogue import State
from bot.settings import read_settings

MOST_GROWN = 0.05
PEOPLE = 400
SAID = (
    "오늘 발표를 망쳐서 너무 속상해",
    "친구가 약속을 또 어겨서 화가 나",
    "시험에 붙어서 하늘을 날 것 같아",
    "/song 밤편지 아이유",
    "/song 벚꽃 엔딩",
    "/song ㅂㅍㅈ",
    "/song 밤펀지",
    "/song 아무도 모르는 제목 쿼카",
    "다른 곡",
    "아무거나",
    "1번 좋아",
    "2번 별로",
    "기분 기록",
    "2",
    "예",
    "아니요",
    "죽고 싶어",
    "친구가 죽고 싶대",
    "/forget",
    "/privacy",
    "ㅋㅋㅋㅋ",
    "<b>&\u202e\x00😀" * 50,
    "가" * 4000,
)


def resident_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


class Load:
    """Threads that talk to a bot until told to stop."""

    def __init__(self, bot: Bot, threads: int):
        self._bot, self.stop, self.done, self.failed = bot, threading.Event(), Counter[str](), Counter[str]()
        self._threads = [threading.Thread(target=self._talk, args=(number,)) for number in range(threads)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self._threads:
            thread.join()

    def _talk(self, seed: int) -> None:
        chance = random.Random(seed)
        store, number = self._bot.store, 0
        while not self.stop.is_set():
            person = store.person("soak", str(chance.randrange(PEOPLE)))
            text, number = chance.choice(SAID), number + 1
            request = f"{seed}-{number // 2 if chance.random() < 0.1 else number}"
            try:
                if chance.random() < 0.05:
                    store.save(person, store.load(person), State(time=time.time(), consent=True))
                if chance.random() < 0.02:
                    json.dumps(store.export(person))
                replies = self._bot.answer(person, text, request=request)
                if text == "죽고 싶어" and not any(texts.CALL_NUMBER in reply.text for reply in replies):
                    self.failed["a cry for help was answered otherwise"] += 1
                self.done["answers"] += 1
                self.done["songs"] += sum(len(reply.songs) for reply in replies)
            except Exception as problem:
                self.failed[type(problem).__name__] += 1


def soak(minutes: float, threads: int, address: str) -> dict[str, object]:
    """Run; gives what was measured."""
    bot = build_bot(read_settings({"store": address}))
    memory: list[float] = []
    with Load(bot, threads) as load:
        until = time.monotonic() + minutes * 60
        while time.monotonic() < until:
            time.sleep(1)
            memory.append(resident_mb())
    bot.store.verify()
    bot.store.close()
    tenth = max(1, len(memory) // 10)
    warm = statistics.median(memory[2 * tenth : 3 * tenth] or memory)
    last = statistics.median(memory[-tenth:])
    return {
        "minutes": minutes,
        "answers": load.done["answers"],
        "errors": dict(load.failed),
        "warm_mb": round(warm, 1),
        "last_mb": round(last, 1),
        "grown": round(last / warm - 1, 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--store", help="default: a SQLite file in a temporary folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = soak(options.minutes, options.threads, options.store or f"{folder}/store.db")
    print(json.dumps(found))
    sys.exit(bool(found["errors"]) or found["grown"] > MOST_GROWN)


if __name__ == "__main__":
    main()
