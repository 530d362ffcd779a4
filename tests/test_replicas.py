"""Two servers behind one address on one PostgreSQL database; one is killed while people talk, and nothing is lost."""

import asyncio
import json
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing, suppress

import httpx
import pytest
from kakao_caller import Seen, check, payload
from test_serve_process import is_ready, running, started

from bot import kakao, texts
from bot.store import open_store

pytest.importorskip("psycopg", reason="install it with .venv/bin/pip install -e '.[postgres]'")

PEOPLE, ROUNDS, TRIES = 12, 5, 20
SECRET = "the same for both"


@asynccontextmanager
async def one_address(ports: Sequence[int], taken: Counter) -> AsyncIterator[str]:
    """A balancer: each connection is counted, goes to a server that takes it, drawn anew, and ends when it does."""

    async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while part := await source.read(65536):
                target.write(part)
                await target.drain()
        target.close()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for port in random.sample(ports, len(ports)):
            with suppress(OSError):
                behind_reader, behind_writer = await asyncio.open_connection("127.0.0.1", port)
                taken[port] += 1
                await asyncio.gather(carry(reader, behind_writer), carry(behind_reader, writer))
                return
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", 0) as balancer:
        yield f"http://127.0.0.1:{balancer.sockets[0].getsockname()[1]}"


class Person:
    """Sends one message after another; one whose answer did not come is sent again under the same number."""

    def __init__(self, address: str, number: int, answered: Counter):
        self.address, self.user, self.answered = address, f"{number:x}" * 66, answered
        self.sent = self.again = 0

    @property
    def key(self) -> str:
        return kakao.read(json.dumps(payload("", user=self.user)).encode()).person_key

    async def talk(self) -> None:
        await self.says("/song 소나기")
        for round in range(ROUNDS):
            seen = await self.says("2번" if round == 0 else texts.MORE)
            assert len(seen.items) == 5, seen.text
            assert (await self.says("1번 좋아")).text.startswith("1번 「")

    async def says(self, text: str) -> Seen:
        self.sent += 1
        request = {"X-Request-Id": f"{self.user[:2]}-{self.sent}"}
        for _ in range(TRIES):
            try:
                async with httpx.AsyncClient(base_url=self.address, timeout=10) as client:
                    answer = await client.post("/kakao/skill", json=payload(text, user=self.user), headers=request)
            except httpx.TransportError:
                self.again += 1
                await asyncio.sleep(0.2)
                continue
            check(answer.json())
            self.answered["all"] += 1
            return Seen(answer.json())
        raise AssertionError(f"no answer to {text!r} in {TRIES} tries")


async def test_a_server_that_is_killed_takes_nothing_with_it(postgres, catalogue_folder, tmp_path):
    given = {"MAEUMGOK_STORE": postgres, "MAEUMGOK_SECRET": SECRET}
    one, other = (started(catalogue_folder, tmp_path, **given) for _ in range(2))
    async with running(other) as staying:
        going = httpx.URL((await asyncio.to_thread(one.stdout.readline)).strip())
        async with httpx.AsyncClient(base_url=going) as client, asyncio.timeout(60):
            while not await is_ready(client):
                await asyncio.sleep(0.05)
        ports = [going.port, staying.base_url.port]
        answered: Counter = Counter()
        taken: Counter = Counter()
        async with one_address(ports, taken) as address:
            people = [Person(address, number, answered) for number in range(1, PEOPLE + 1)]
            talks = asyncio.gather(*(person.talk() for person in people))
            while answered["all"] < PEOPLE * ROUNDS // 2 and not talks.done():
                await asyncio.sleep(0.01)
            one.send_signal(signal.SIGSTOP)  # a message that reaches it now is certainly unanswered when it is killed
            before = taken[going.port]
            while taken[going.port] == before and not talks.done():
                await asyncio.sleep(0.01)
            one.kill()
            await talks
        one.communicate()

    with closing(open_store(postgres, SECRET.encode())) as store:
        for person in people:
            state = store.load(store.person("kakao", person.key))
            assert len(state.liked) == len(set(state.liked)) == ROUNDS
            assert len(state.shown) == len(set(state.shown)) == 5 * ROUNDS  # no «다른 곡» was done twice
    assert sum(person.again for person in people) > 0  # the kill was felt
