"""Settings from flags, the environment and .env, in this order; every error names the variable."""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import platformdirs
from dotenv import dotenv_values

from model.files import BUNDLED as BUNDLED_MODEL
from recommender.catalogue import BUNDLED as BUNDLED_CATALOGUE

_SECRET_BYTES = 32
_POSTGRES = ("postgresql://", "postgres://")
_PASSWORD = re.compile(r"(://[^/@\s]*?:)[^/\s]*@")


class SettingsError(ValueError):
    """A setting that cannot be used; the message names it, what was seen and what is allowed."""


@dataclass(frozen=True)
class Settings:
    """What the bot runs with; `secret` keys the hashes of user ids and comes from a file when None."""

    telegram_token: str | None
    telegram_api_base: str | None
    store: Path | str  # a SQLite file, or postgresql://…
    model: Path
    catalogue: Path
    secret: str | None

    def user_key(self) -> bytes:
        """The key for hashing user ids: MAEUMGOK_SECRET, or a file beside the store, made on first use."""
        if self.secret is not None:
            return self.secret.encode(errors="surrogateescape")
        if isinstance(self.store, str):
            raise SettingsError("MAEUMGOK_SECRET: is not set; with PostgreSQL give one, the same for every replica")
        path = self.store.parent / f"{self.store.name}.secret"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                key = path.read_bytes()
                if not key:
                    raise SettingsError(
                        f"MAEUMGOK_SECRET: {path} is empty; put the key back, or remove the file to begin anew"
                    ) from None
                return key
            with os.fdopen(file, "wb") as opened:
                opened.write(secrets.token_hex(_SECRET_BYTES).encode())
            return path.read_bytes()
        except OSError as problem:
            raise SettingsError(
                f"MAEUMGOK_STORE: {path} cannot be used ({problem.strerror}); give a writable folder"
            ) from problem

    def shown(self) -> dict[str, str]:
        """Every setting as text, secrets as set or not set."""
        hidden = {"telegram_token", "secret"}
        return {
            field.name: ("set" if getattr(self, field.name) else "not set")
            if field.name in hidden
            else _PASSWORD.sub(r"\1***@", str(getattr(self, field.name) or "not set"))
            for field in fields(self)
        }


def read_settings(flags: Mapping[str, str | None], folder: Path = Path()) -> Settings:
    """Settings for one run; `flags` may hold store, model and catalogue, and `folder` a .env file."""
    values = {**_dotenv(folder / ".env"), **os.environ}

    def value(name: str, flag: str | None = None) -> str | None:
        return flag or values.get(name, "").strip() or None

    store = value("MAEUMGOK_STORE", flags.get("store"))
    if store and "://" in store and not store.startswith(_POSTGRES):
        raise SettingsError(
            f"MAEUMGOK_STORE: {store.split('://')[0]}:// is not supported; give the path of a SQLite file or postgresql://…"
        )
    if store and Path(store).is_dir():
        raise SettingsError(f"MAEUMGOK_STORE: {store} is a folder; give the path of a SQLite file")
    base = value("TELEGRAM_API_BASE")
    if base and not base.startswith(("http://", "https://")):
        raise SettingsError(f"TELEGRAM_API_BASE: {base!r} is no address; give one that begins with https:// or http://")
    return Settings(
        telegram_token=value("TELEGRAM_BOT_TOKEN"),
        telegram_api_base=base.rstrip("/") if base else None,
        store=_store(store),
        model=Path(value("MAEUMGOK_MODEL", flags.get("model")) or BUNDLED_MODEL),
        catalogue=Path(value("MAEUMGOK_CATALOGUE", flags.get("catalogue")) or BUNDLED_CATALOGUE),
        secret=value("MAEUMGOK_SECRET"),
    )


def _store(given: str | None) -> Path | str:
    if given is None:
        return Path(platformdirs.user_data_dir("maeumgok")) / "maeumgok.db"
    return given if given.startswith(_POSTGRES) else Path(given).expanduser()


def _dotenv(path: Path) -> dict[str, str]:
    try:
        return {name: text for name, text in dotenv_values(path).items() if text is not None}
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingsError(f"{path}: cannot be read ({problem}); save it as UTF-8 text or remove it") from problem
