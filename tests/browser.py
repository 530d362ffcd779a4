"""A real headless Chromium before a real `main.py serve --preview`; for the tests of the page and its screenshots."""

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MAIN = Path(__file__).parent.parent / "main.py"
INSTALL = "Chromium is not installed; install it with: apt-get install -y chromium"
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}


def chromium() -> str | None:
    """The browser's path, None where it is not installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def served(store: Path, *arguments: str, **settings: str) -> Iterator[str]:
    """The address of a server of its own process, which is stopped by SIGTERM in the end."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
    process = subprocess.Popen(
        [sys.executable, str(MAIN), "serve", "--port", "0", "--preview", "--store", str(store), *arguments],
        env=kept | settings,
        cwd=store.parent,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        address = process.stdout.readline().strip().rstrip("/")
        wait_until_ready(address)
        yield address
    finally:
        process.terminate()
        assert process.wait(20) == 0
        process.stdout.close()


def wait_until_ready(address: str, seconds: float = 30) -> None:
    """Returns when /readyz says so. Raises TimeoutError when it does not in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise TimeoutError(f"{address} is not ready after {seconds} s")


@contextmanager
def browser() -> Iterator:
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield opened
        opened.close()
