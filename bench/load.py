"""Many people at once, over loopback, the callers on the same machine as the server.

    .venv/bin/python -m bench.load kakao
    .venv/bin/python -m bench.load telegram

kakao: 100 people hold whole conversations with the skill, each pausing 0.8 s after an answer, for 60 s; every answer is
held to KakaoTalk's limits. telegram: 100 chats pause 4 s after a reply, through the webhook and a fake Bot API server,
with the rate limiter on. Latencies are the callers'; memory is the largest resident set of one worker.
"""

import argparse
import asyncio
import itertools
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import httpx
import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tests"))

from fake_bot_api import FakeBotAPI  # noqa: E402
from kakao_caller import NotShown, Seen, check, payload  # noqa: E402

from bot import texts  # noqa: E402

DAYS = (
    "오늘 발표를 망쳐서 너무 속상해",
    "시험에 붙어서 하늘을 날 것 같아",
    "친구가 약속을 또 어겨서 화가 나",
    "밤길이 무서웠어",
)
SONGS = (
    "밤편지 아이유",
    "벚꽃 엔딩",
    "사랑했지만 김광석",
    "거짓말 빅뱅",
    "봄날 방탄소년단",
    "ㅂㅍㅈ",
    "밤펀지",
    "나의 노래",
)
AFTER = ("다른 곡", "2번 좋아", "다른 곡", "3번 별로", "기분 기록", "도움말", "처음으로")
PAUSES = {"kakao": 0.8, "telegram": 4.0}
HEADER = "bench"


def conversation(draw: random.Random) -> list[str]:
    """The lines of one person, from the greeting to the goodbye."""
    return [
        "안녕",
        draw.choice(DAYS),
        f"/song {draw.choice(SONGS)}",
        *draw.sample(AFTER, 4),
        draw.choice(DAYS),
        "아무거나",
    ]


class Measured:
    """What happened in a run: seconds of every answer by kind, and what went wrong."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = {}
        self.wrong: Counter[str] = Counter()

    def took(self, kind: str, since: float) -> None:
        self.seconds.setdefault(kind, []).append(time.perf_counter() - since)

    def report(self, seconds: float) -> None:
        for kind, values in self.seconds.items():
            p50, p99 = np.percentile(values, (50, 99)) * 1000
            print(
                f"{kind}: {len(values)} ({len(values) / seconds:.0f} a second), "
                f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, longest {max(values) * 1000:.0f} ms"
            )
        print("wrong:", dict(self.wrong) or "nothing")


async def kakao_person(number: int, client: httpx.AsyncClient, until: float, measured: Measured) -> None:
    draw, user = random.Random(number), f"{number:066x}"
    await asyncio.sleep(draw.random() * PAUSES["kakao"])
    lines = itertools.chain.from_iterable(conversation(draw) for _ in itertools.count())
    while time.perf_counter() < until:
        begun = time.perf_counter()
        try:
            answered = await client.post("/kakao/skill", json=payload(next(lines), user=user))
            measured.took("answers", begun)
            answer = answered.json()
            check(answer)
            text = Seen(answer).text
            for name in ("FAILED", "PENDING", "BUSY", "TOO_FAST"):
                measured.wrong[name] += text == getattr(texts, name)
        except (httpx.HTTPError, NotShown, ValueError) as problem:
            measured.wrong[type(problem).__name__] += 1
        await asyncio.sleep(PAUSES["kakao"])


async def telegram_person(
    number: int, api: FakeBotAPI, client: httpx.AsyncClient, until: float, measured: Measured
) -> None:
    draw, user = random.Random(number), 1000 + number
    await asyncio.sleep(draw.random() * PAUSES["telegram"])
    header = {"X-Telegram-Bot-Api-Secret-Token": HEADER}
    lines = itertools.chain.from_iterable(conversation(draw) for _ in itertools.count())
    last = None
    while time.perf_counter() < until:
        line = next(lines)
        if last and line in last.data:
            api.taps(user, last, line)
        else:
            api.says(user, line)
        begun = time.perf_counter()
        try:
            acknowledged = await client.post("/telegram/webhook", json=api.waiting.pop(), headers=header)
            measured.took("acknowledged", begun)
            measured.wrong[f"HTTP {acknowledged.status_code}"] += acknowledged.status_code != 200
            last = await api.next(user, 15)
            measured.took("replies", begun)
        except TimeoutError:
            measured.wrong["lost"] += 1
        except httpx.HTTPError as problem:
            measured.wrong[type(problem).__name__] += 1
        await asyncio.sleep(PAUSES["telegram"])
        while not api.nothing_for(user):
            if (await api.next(user)).text != texts.CONSENT_ASK:  # which follows the first songs
                measured.wrong["doubled"] += 1


async def run(platform: str, people: int, seconds: float, workers: int) -> None:
    measured = Measured()
    with tempfile.TemporaryDirectory() as folder:
        async with FakeBotAPI() as api:
            settings = {"MAEUMGOK_STORE": f"{folder}/store.db"}
            if platform == "telegram":
                settings |= {"TELEGRAM_BOT_TOKEN": api.token, "TELEGRAM_API_BASE": api.url}
                settings |= {"TELEGRAM_WEBHOOK_SECRET": HEADER}
            server = await asyncio.create_subprocess_exec(
                *(sys.executable, "main.py", "serve", "--port", "0", "--workers", str(workers)),
                cwd=ROOT,
                env=os.environ | settings,
                stdout=asyncio.subprocess.PIPE,
            )
            address = (await server.stdout.readline()).decode().strip()
            limits = httpx.Limits(max_connections=people, max_keepalive_connections=people)
            async with httpx.AsyncClient(base_url=address, timeout=10, limits=limits) as client:
                await ready(client)
                begun = time.perf_counter()
                until = begun + seconds
                if platform == "kakao":
                    one = [kakao_person(number, client, until, measured) for number in range(people)]
                else:
                    one = [telegram_person(number, api, client, until, measured) for number in range(people)]
                await asyncio.gather(*one)
                took = time.perf_counter() - begun
            memory, processor = max(map(resident, family(server.pid))), sum(map(processor_seconds, family(server.pid)))
            server.terminate()
            await server.wait()
    measured.wrong = +measured.wrong  # without zeros
    print(f"{platform}: {people} people, {PAUSES[platform]} s pauses, {seconds:.0f} s, workers: {workers}")
    measured.report(took)
    answers = sum(map(len, measured.seconds.values())) / len(measured.seconds)
    print(f"processor time of the server, its start included: {1000 * processor / answers:.1f} ms an answer")
    print(f"largest resident memory of one worker: {memory:.0f} MB")


async def ready(client: httpx.AsyncClient) -> None:
    while True:
        try:
            if (await client.get("/readyz")).status_code == 200:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.1)


def family(pid: int) -> list[int]:
    """A process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def resident(pid: int) -> float:
    """The largest resident set of a process so far, in MB."""
    return int(Path(f"/proc/{pid}/status").read_text().split("VmHWM:")[1].split()[0]) / 1024


def processor_seconds(pid: int) -> float:
    """What a process has used of the processors so far."""
    used = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("platform", choices=tuple(PAUSES))
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    asyncio.run(run(options.platform, options.people, options.seconds, options.workers))


if __name__ == "__main__":
    main()
