"""The figures of a conversation on this machine, each as a median, beside a named baseline of the same run.

    .venv/bin/python -m bench.speed

Cold start: a new process of `main.py chat` until its first prompt on a terminal. Memory: the resident set of
that process after a conversation. The baseline of the times is a multiplication of two 512 × 512 matrices.
"""

import itertools
import os
import pty
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from bot import app
from bot.settings import read_settings
from recommender.catalogue import Song
from recommender.search import Found, decide

ROOT = Path(__file__).parent.parent
DAYS = (
    "오늘 발표를 망쳐서 너무 속상해",
    "친구가 약속을 또 어겨서 정말 화가 나",
    "시험에 붙어서 하늘을 날 것 같아",
    "밤길이 무서워서 뛰어왔어",
)
SONGS = (
    "밤편지 아이유",
    "벚꽃 엔딩 버스커 버스커",
    "사랑했지만 김광석",
    "거짓말 빅뱅",
    "나의 노래 이현우",
    "서울의 달 김건모",
    "봄날 방탄소년단",
    "비와 당신 이무진",
)
ROUNDS = 25


def milliseconds(work, *arguments) -> float:
    started = time.perf_counter()
    work(*arguments)
    return (time.perf_counter() - started) * 1000


def cold_start() -> tuple[float, float]:
    """(seconds from start to the first prompt, resident MB after a short conversation) of `main.py chat`."""
    with tempfile.TemporaryDirectory() as folder:
        terminal, other_end = pty.openpty()
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "main.py", "chat", "--store", f"{folder}/store.db"],
            cwd=ROOT,
            stdin=other_end,
            stdout=other_end,
            stderr=subprocess.DEVNULL,
        )
        os.close(other_end)
        seen = b""
        while "나> ".encode() not in seen:
            seen += os.read(terminal, 4096)
        seconds = time.perf_counter() - started
        for line in (DAYS[0], "/song 밤편지", "다른 곡", "/song 밤펀지"):
            os.write(terminal, f"{line}\n".encode())
            seen = b""
            while not seen.endswith("나> ".encode()):
                seen += os.read(terminal, 65536)
        status = Path(f"/proc/{process.pid}/status").read_text()
        process.kill()
        process.wait()
        os.close(terminal)
    return seconds, int(status.split("VmRSS:")[1].split()[0]) / 1024


def main() -> None:
    starts = [cold_start() for _ in range(5)]
    print(f"cold start to the first prompt: {statistics.median(s for s, _ in starts):.2f} s")
    print(f"resident memory of main.py chat: {max(m for _, m in starts):.0f} MB")
    matrix = np.random.default_rng(1).random((512, 512))
    baseline = statistics.median(milliseconds(np.dot, matrix, matrix) for _ in range(50))
    print(f"baseline, 512 × 512 product: {baseline:.2f} ms")
    with tempfile.TemporaryDirectory() as folder:
        bot = app.build_bot(read_settings({"store": f"{folder}/store.db"}))
        people = (bot.store.person("bench", str(number)) for number in itertools.count())

        def seeds(query: str) -> list[Song]:
            found = decide(bot.search(query))
            return [found.song] if isinstance(found, Found) else []

        def song(query: str) -> None:
            bot.recommender.recommend(seeds(query), np.array([0.1, 0.1, 0.7, 0.1]))

        def say(person: str, text: str) -> None:
            bot.answer(person, text)

        def told(person: str) -> str:
            bot.answer(person, DAYS[0])
            return person

        named = [query for query in SONGS if seeds(query)]
        measured = {
            "message to its mood (model alone)": [milliseconds(bot.classifier.predict, [t]) for t in DAYS * ROUNDS],
            "message to its answer, stored": [milliseconds(say, next(people), text) for text in DAYS * ROUNDS],
            "/song to five songs (search and recommender)": [milliseconds(song, query) for query in named * ROUNDS],
            "/song to five songs, stored": [
                milliseconds(say, told(next(people)), f"/song {query}") for query in named * ROUNDS
            ],
        }
    for name, values in measured.items():
        middle, high = statistics.median(values), np.percentile(values, 95)
        print(f"{name}: median {middle:.1f} ms, p95 {high:.1f} ms ({middle / baseline:.1f} × baseline)")


if __name__ == "__main__":
    main()
