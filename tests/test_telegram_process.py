"""`main.py telegram` as it is shipped: a process of its own, which polls a fake Bot API server on loopback."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fake_bot_api import FakeBotAPI

from bot import texts
from bot.telegram import ALLOWED_UPDATES

MAIN = Path(__file__).parent.parent / "main.py"
ANNA = 7

Start = Callable[..., Coroutine[None, None, Process]]


@pytest.fixture
async def api() -> AsyncIterator[FakeBotAPI]:
    async with FakeBotAPI() as api:
        yield api


@pytest.fixture
def start(api, catalogue_folder, tmp_path) -> Start:
    """Starts `main.py` with arguments; settings override the environment, None removes one."""

    async def start(*arguments: str, **settings: str | None) -> Process:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "TELEGRAM_BOT_TOKEN": api.token,
            "TELEGRAM_API_BASE": api.url,
            "MAEUMGOK_STORE": str(tmp_path / "store.db"),
            **settings,
        }
        return await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                "-W",
                "error",
                "-W",
                "ignore::ResourceWarning",
                str(MAIN),
                *arguments,
                "--catalogue",
                str(catalogue_folder),
            ),
            env={name: value for name, value in environment.items() if value is not None},
            cwd=tmp_path,  # no .env of a developer
            stdin=asyncio.subprocess.DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
        )

    return start


async def ended(process: Process, seconds: float = 10) -> tuple[int, str, str]:
    """Exit code, standard output and standard error. Raises TimeoutError when the process goes on."""
    try:
        output, error = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError:
        process.kill()
        await process.communicate()
        raise
    return process.returncode, output.decode(), error.decode()


@asynccontextmanager
async def running(process: Process) -> AsyncIterator[None]:
    """Stops the process by SIGTERM in the end: in time, with exit code 0 and nothing said."""
    try:
        yield
    except BaseException:
        process.kill()
        print((await process.communicate())[1].decode())
        raise
    process.send_signal(signal.SIGTERM)
    assert await ended(process) == (0, "", "")


async def told(api: FakeBotAPI, text: str):
    api.says(ANNA, text)
    return await api.next(ANNA, 30)


async def test_answers_stops_and_goes_on_after_a_restart(start, api):
    async with running(await start("telegram")):
        assert (await told(api, "안녕하세요! 오늘은 조금 힘든 하루였어요.")).text
        assert (await told(api, "/song 소나기")).text.startswith(texts.WHICH)
    assert '"command": "song"' in api.called("setMyCommands")[0]["commands"]
    assert all(kind in api.called("getUpdates")[0]["allowed_updates"] for kind in ALLOWED_UPDATES)
    assert api.waiting == []  # nothing will be answered twice

    api.says(ANNA, "2번")
    async with running(await start("telegram")):
        assert (await api.next(ANNA, 30)).text.startswith("「소나기」(")
        assert (await api.next(ANNA, 30)).text == texts.CONSENT_ASK
        assert (await told(api, "/help")).text == texts.HELP
    assert api.nothing_for(ANNA)


async def test_start_with_a_token_is_telegram(start, api):
    async with running(await start("start")):
        assert (await told(api, "/help")).text == texts.HELP


async def test_trouble_at_the_start_is_waited_out(start, api):
    api.drop("getMe")
    api.fail("deleteWebhook", 502, "Bad Gateway")
    api.fail("setMyCommands", 500, "Internal Server Error")
    process = await start("telegram")
    assert (await told(api, "/help")).text == texts.HELP
    process.send_signal(signal.SIGINT)
    code, output, error = await ended(process)
    assert (code, output) == (0, "")
    assert error.splitlines() == ["WARNING bot.telegram: the menu of commands could not be set: NetworkError"]


async def test_stops_while_telegram_cannot_be_reached(start, api):
    for _ in range(20):
        api.drop("getMe")
    process = await start("telegram")
    async with running(process):
        await api.until("getMe", 1, 30)


@pytest.mark.parametrize("debug", [(), ("--debug",)])
async def test_wrong_token_is_told_in_one_line(start, api, debug):
    wrong = "654321:WRONG-TOKEN"
    code, output, error = await ended(await start("telegram", *debug, TELEGRAM_BOT_TOKEN=wrong), 30)
    assert output == ""
    assert "TELEGRAM_BOT_TOKEN: Telegram does not know this token" in error
    assert "WRONG-TOKEN" not in error
    if not debug:
        assert code == 2
        assert len(error.splitlines()) == 1
        assert "Traceback" not in error


@pytest.mark.parametrize("token", [None, "", " "])
async def test_no_token(start, api, token):
    code, output, error = await ended(await start("telegram", TELEGRAM_BOT_TOKEN=token), 30)
    assert (code, output) == (2, "")
    assert error.startswith("main.py: TELEGRAM_BOT_TOKEN is not set;")
    assert len(error.splitlines()) == 1
    assert api.calls == []


async def test_start_without_a_token_is_the_terminal(start, api):
    code, output, error = await ended(await start("start", TELEGRAM_BOT_TOKEN=None), 30)
    assert (code, output, error) == (0, "", "")
    assert api.calls == []
