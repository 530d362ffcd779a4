"""`main.py serve` as it is shipped: processes of their own, asked over loopback."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fake_bot_api import FakeBotAPI
from kakao_caller import Seen, check, payload

from bot import texts

MAIN = Path(__file__).parent.parent / "main.py"
ANNA = 7


def started(catalogue: Path, folder: Path, *arguments: str, **settings: str) -> subprocess.Popen:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "MAEUMGOK_STORE": str(folder / "store.db")}
    return subprocess.Popen(
        [sys.executable, str(MAIN), "serve", "--port", "0", "--catalogue", str(catalogue), *arguments],
        env=environment | settings,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@asynccontextmanager
async def running(process: subprocess.Popen) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the server once it is ready; SIGTERM ends it in time, with exit code 0 and nothing said."""
    try:
        address = (await asyncio.to_thread(process.stdout.readline)).strip()
        async with httpx.AsyncClient(base_url=address, timeout=10) as client:
            async with asyncio.timeout(60):
                while not await is_ready(client):
                    await asyncio.sleep(0.05)
            yield client
        process.send_signal(signal.SIGTERM)
        output, error = await asyncio.to_thread(process.communicate, None, 20)
        assert (process.returncode, output, error) == (0, "", "")
    finally:
        process.kill()
        process.communicate()


async def is_ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).status_code == 200
    except httpx.TransportError:
        return False


async def said(client: httpx.AsyncClient, text: str, user: str = "a" * 66) -> Seen:
    answered = await client.post("/kakao/skill", json=payload(text, user=user))
    check(answered.json())
    return Seen(answered.json())


async def test_answers_stops_and_goes_on_after_a_restart(catalogue_folder, tmp_path):
    async with running(started(catalogue_folder, tmp_path)) as client:
        assert (await said(client, "/song 소나기")).text.startswith(texts.WHICH)
    async with running(started(catalogue_folder, tmp_path)) as client:
        assert (await said(client, "2번")).text.startswith("「소나기」(")


async def test_several_workers_share_sessions_and_counts(catalogue_folder, tmp_path):
    async with running(started(catalogue_folder, tmp_path, "--workers", "2")) as client:
        for number in range(10):
            user = str(number) * 66
            async with httpx.AsyncClient(base_url=client.base_url, timeout=10) as another:  # perhaps another worker
                assert (await said(another, "/song 소나기", user)).text.startswith(texts.WHICH)
            async with httpx.AsyncClient(base_url=client.base_url, timeout=10) as another:
                assert (await said(another, "2번", user)).text.startswith("「소나기」(")
        assert (
            'maeumgok_messages_total{outcome="answered",platform="kakao"} 20.0' in (await client.get("/metrics")).text
        )


async def test_telegram_by_webhook(catalogue_folder, tmp_path):
    async with FakeBotAPI() as api:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        url = f"http://127.0.0.1:{port}/telegram/here"
        given = {"TELEGRAM_BOT_TOKEN": api.token, "TELEGRAM_API_BASE": api.url, "TELEGRAM_WEBHOOK_URL": url}
        process = started(catalogue_folder, tmp_path, "--port", str(port), "--workers", "2", **given)
        async with running(process):
            await api.until("setWebhook")
            api.says(ANNA, "/song 소나기")
            which = await api.next(ANNA, 30)
            api.taps(ANNA, which, "2번")
            assert (await api.next(ANNA)).text.startswith("「소나기」(")
        (secret,) = {call["secret_token"] for call in api.called("setWebhook")}
        assert len(secret) == 64
        assert api.waiting == []


def test_models_are_loaded_before_a_connection_is_accepted(catalogue_folder, tmp_path):
    process = started(catalogue_folder, tmp_path, "--model", str(tmp_path / "none"))
    output, error = process.communicate(timeout=60)
    assert (process.returncode, output) == (2, "")
    assert error.startswith("main.py: ")
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_address_that_is_taken_is_told_in_one_line(catalogue_folder, tmp_path, workers):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = started(catalogue_folder, tmp_path, "--port", str(port), "--workers", workers)
        _, error = process.communicate(timeout=60)
    assert process.returncode == 2
    assert error.startswith(f"main.py: --host 127.0.0.1 --port {port}: cannot be used (")
    assert len(error.splitlines()) == 1
