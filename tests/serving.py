"""An ASGI application behind real HTTP on loopback, in the event loop of the test."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from bot.server import GRACE_SECONDS, KEEP_ALIVE_SECONDS


def free_port() -> socket.socket:
    address = socket.socket()
    address.bind(("127.0.0.1", 0))
    return address


@asynccontextmanager
async def serving(app: ASGIApp, address: socket.socket | None = None) -> AsyncIterator[str]:
    """The base address of an application that runs as `main.py serve` runs it; it is stopped in the end."""
    address = address or free_port()
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve([address]))
    try:
        while not server.started:
            if running.done():
                running.result()
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{address.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        address.close()
