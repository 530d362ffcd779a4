"""Pictures that KakaoTalk fetches by an address: unguessable, signed, and gone after ten minutes.

They lie in a folder that all workers of a server share.
"""

import hashlib
import hmac
import re
import secrets
import time
from pathlib import Path

KEPT_SECONDS = 600
_NAME = re.compile(r"(?P<picture>[0-9a-f]{32})\.(?P<until>\d{1,12})\.(?P<signature>[0-9a-f]{64})\.png", re.ASCII)


class Pictures:
    """Pictures in a folder, under a public address."""

    def __init__(self, folder: Path, key: bytes, address: str):
        self._folder, self._key, self._address = folder, key, address

    def keep(self, png: bytes, now: float | None = None) -> str:
        """The address of a picture, from now (seconds since 1970) for ten minutes."""
        now = time.time() if now is None else now
        self._expire(now)
        picture, until = secrets.token_hex(16), int(now) + KEPT_SECONDS
        (self._folder / picture).write_bytes(png)
        return f"{self._address}/picture/{picture}.{until}.{self._signature(picture, str(until))}.png"

    def read(self, name: str, now: float | None = None) -> bytes | None:
        """The picture of an address' last part; None for an unsigned, expired or unknown one."""
        now = time.time() if now is None else now
        parts = _NAME.fullmatch(name)
        if not parts or not hmac.compare_digest(parts["signature"], self._signature(parts["picture"], parts["until"])):
            return None
        self._expire(now)
        if int(parts["until"]) < now:
            return None
        try:
            return (self._folder / parts["picture"]).read_bytes()
        except FileNotFoundError:
            return None

    def _signature(self, picture: str, until: str) -> str:
        return hmac.new(self._key, f"{picture}.{until}".encode(), hashlib.sha256).hexdigest()

    def _expire(self, now: float) -> None:
        for path in self._folder.iterdir():
            try:
                if path.stat().st_mtime < now - KEPT_SECONDS:
                    path.unlink()
            except FileNotFoundError:  # another worker was faster
                continue
