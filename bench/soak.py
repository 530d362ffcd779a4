"""Thirty minutes of mixed load on a server as it is shipped: does its memory grow, does anything fail?

    .venv/bin/python -m bench.soak [--minutes 30] [--callers 4] [--store FILE|postgresql://…]

`main.py serve` with the bundled model and catalogue answers people over HTTP: so many callers ask its KakaoTalk skill,
as many send updates to its Telegram webhook (which sends through a fake Bot API, with the limits on), and one talks on
the preview page. Moods, songs, misspelt songs, ratings, cries for help, consent, deletions, exports, hostile text,
repeated requests, stale buttons. The server's resident memory is read each second; «grown» compares the median of the
last tenth with that of the tenth after warm-up (the first fifth). Exit 1 above 5 %, or on any error.
"""

import argparse
import asyncio
import itertools
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import httpx

from bench.load import HEADER, ROOT, ready
from bot import texts
from bot.store import open_store

from fake_bot_api import FakeBotAPI  # isort: skip  (bench.load has put the tests on the path)
from kakao_caller import Seen, check, payload  # isort: skip

MOST_GROWN = 0.05
PEOPLE = 400
PAUSE = {"kakao": 0.05, "telegram": 0.25, "preview": 0.25}  # seconds of a caller; Telegram's bound is 30 a second
KEY = "soak"
CRY = "죽고 싶어"
SAID = (
    "오늘 발표를 망쳐서 너무 속상해",
    "친구가 약속을 또 어겨서 화가 나",
    "시험에 붙어서 하늘을 날 것 같아",
    "/song 밤편지 아이유",
    "/song 벚꽃 엔딩",
    "/song ㅂㅍㅈ",
    "/song 밤펀지",
    "/song 아무도 모르는 제목 쿼카",
    texts.MORE,
    texts.ANY_SONG,
    "1번 좋아",
    "2번 별로",
    texts.CONSENT_ON,
    texts.CONSENT_OFF,
    texts.COLLECT,
    "기분 기록",
    "2",
    texts.YES,
    texts.NO,
    CRY,
    "친구가 죽고 싶대",
    "/mydata",
    "/forget",
    "/privacy",
    "ㅋㅋㅋㅋ",
    "<b>&\u202e\x00😀" * 50,
    "가" * 4000,
)


class Load:
    """Callers that talk to a server until told to stop."""

    def __init__(self, client: httpx.AsyncClient, api: FakeBotAPI):
        self._client, self._api = client, api
        self.stopping, self.done, self.failed = False, Counter[str](), Counter[str]()

    async def run(self, platform: str, seed: int) -> None:
        """One caller: draws a person and what is said, and sometimes sends it twice."""
        chance = random.Random(f"{platform} {seed}")
        talk = {"kakao": self._kakao, "telegram": self._telegram, "preview": self._preview}[platform]
        for number in itertools.count():
            if self.stopping:
                return
            text, person = chance.choice(SAID), chance.randrange(PEOPLE)
            try:
                for _ in range(2 if chance.random() < 0.05 else 1):
                    said = await talk(person, text, f"{seed}-{number}")
                    self.done[platform] += 1
                    if text == CRY and texts.CALL_NUMBER not in said:
                        self.failed["a cry for help was answered otherwise"] += 1
                    if texts.FAILED in said:
                        self.failed["FAILED"] += 1
                    self.done["late"] += texts.PENDING in said
            except Exception as problem:
                self.failed[type(problem).__name__] += 1
            await asyncio.sleep(PAUSE[platform])

    async def _kakao(self, person: int, text: str, request: str) -> str:
        sent = payload(text, user=f"{person:066x}")
        answered = await self._client.post("/kakao/skill", json=sent, headers={"X-Request-Id": request})
        check(answered.json())
        return Seen(answered.json()).text

    async def _telegram(self, person: int, text: str, request: str) -> str:
        """An update, or the tap of a stale button; what is sent is not waited for, but for a cry for help."""
        user = 1000 + person
        if text in (texts.YES, texts.NO):
            self._api.taps_data(user, f"000000:{text}")
        else:
            self._api.says(user, text)
        update, header = self._api.waiting.pop(), {"X-Telegram-Bot-Api-Secret-Token": HEADER}
        while not self._api.nothing_for(user):
            await self._api.next(user)
        taken = await self._client.post("/telegram/webhook", json=update, headers=header)
        taken.raise_for_status()
        if text != CRY:
            return ""
        async with asyncio.timeout(10):
            while texts.CALL_NUMBER not in (sent := (await self._api.next(user)).text):
                pass
        return sent

    async def _preview(self, person: int, text: str, request: str) -> str:
        answered = await self._client.post("/say", json={"text": text}, headers={"Cookie": f"maeumgok={person:032x}"})
        return "\n".join(reply["text"] for reply in answered.json()["replies"])


async def soak(minutes: float, callers: int, address: str) -> dict[str, object]:
    """Run; gives what was measured."""
    memory: list[float] = []
    async with FakeBotAPI() as api:
        settings = {"MAEUMGOK_STORE": address, "MAEUMGOK_SECRET": KEY, "TELEGRAM_WEBHOOK_SECRET": HEADER}
        settings |= {"TELEGRAM_BOT_TOKEN": api.token, "TELEGRAM_API_BASE": api.url}
        server = await asyncio.create_subprocess_exec(
            *(sys.executable, "main.py", "serve", "--port", "0", "--preview", "loopback"),
            cwd=ROOT,
            env=os.environ | settings,
            stdout=asyncio.subprocess.PIPE,
        )
        base = (await server.stdout.readline()).decode().strip()
        async with httpx.AsyncClient(base_url=base, timeout=30) as client:
            await ready(client)
            load = Load(client, api)
            talks = [load.run(platform, seed) for platform in ("kakao", "telegram") for seed in range(callers)]
            running = asyncio.gather(*talks, load.run("preview", 0))
            until = time.monotonic() + minutes * 60
            while time.monotonic() < until:
                await asyncio.sleep(1)
                memory.append(resident_mb(server.pid))
            load.stopping = True
            await running
        server.terminate()
        load.failed["exit code"] += await server.wait() != 0
        load.failed["FAILED"] += sum(sent["text"] == texts.FAILED for sent in api.called("sendMessage"))
        load.done["sent by Telegram"] = len(api.called("sendMessage"))
    with closing(open_store(address, KEY.encode())) as store:
        store.verify()
    tenth = max(1, len(memory) // 10)
    warm = statistics.median(memory[2 * tenth : 3 * tenth] or memory)
    last = statistics.median(memory[-tenth:])
    return {
        "minutes": minutes,
        "answers": dict(load.done),
        "errors": dict(+load.failed),
        "warm_mb": round(warm, 1),
        "last_mb": round(last, 1),
        "grown": round(last / warm - 1, 4),
    }


def resident_mb(pid: int) -> float:
    """The resident set of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--callers", type=int, default=4)
    parser.add_argument("--store", help="default: a SQLite file in a temporary folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(soak(options.minutes, options.callers, options.store or f"{folder}/store.db"))
    print(json.dumps(found))
    sys.exit(bool(found["errors"]) or found["grown"] > MOST_GROWN)


if __name__ == "__main__":
    main()
