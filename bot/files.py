"""Files that a person on KakaoTalk fetches by an address: the picture of the diary and the data of /mydata.

The address ends with a sealed token that names the file: nobody else can make one, and it is worth nothing after ten
minutes. The file lies sealed in the store, so that every server has it and /forget deletes it.
"""

import base64
import secrets
import time
from typing import Protocol

from cryptography.fernet import Fernet, InvalidToken

from bot.store import FILE_KEPT

TYPES = {"png": "image/png", "json": "application/json"}


class Shared(Protocol):
    """Where files lie; `bot.store.Store` has it."""

    def keep_file(self, person: str, name: str, content: bytes, time: float) -> None: ...

    def file(self, person: str, name: str) -> bytes | None: ...


class Files:
    """Files in a store, under a public address."""

    def __init__(self, shared: Shared, key: bytes, address: str):
        self._shared, self._cipher, self._address = shared, Fernet(base64.urlsafe_b64encode(key)), address

    def keep(self, person: str, content: bytes, kind: str, now: float | None = None) -> str:
        """The address of a person's file of one of `TYPES`, from now (seconds since 1970). Raises StoreError."""
        now = time.time() if now is None else now
        name = f"{secrets.token_hex(16)}.{kind}"
        self._shared.keep_file(person, name, content, now)
        token = self._cipher.encrypt_at_time(f"{person} {name}".encode(), int(now)).decode()
        return f"{self._address}/file/{token}.{kind}"

    def read(self, token: str, kind: str, now: float | None = None) -> bytes | None:
        """The file of an address; None for a forged or expired one, or one whose file is deleted. Raises StoreError."""
        now = time.time() if now is None else now
        try:
            named = self._cipher.decrypt_at_time(token.encode(), FILE_KEPT, int(now)).decode()
        except InvalidToken:
            return None
        person, _, name = named.partition(" ")
        return self._shared.file(person, name) if name.endswith(f".{kind}") else None
