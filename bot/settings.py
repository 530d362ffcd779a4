"""Settings from flags, the environment and .env, in this order; every error names the variable."""

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import unquote, urlsplit

import platformdirs
from dotenv import dotenv_values

from model.files import BUNDLED as BUNDLED_MODEL
from recommender.catalogue import BUNDLED as BUNDLED_CATALOGUE

_SECRET_BYTES = 32
_POSTGRES = ("postgresql://", "postgres://")
_PASSWORD = re.compile(r"(://[^/@\s]*?:).*@")
_PARAMETER = re.compile(r"(?<=[?&])([^=&]*)=([^&]*)")


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
    telegram_webhook_url: str | None = None
    telegram_webhook_secret: str | None = None
    kakao_secret: str | None = None
    kakao_header: str = "X-Skill-Secret"
    kakao_bot_id: str | None = None
    public_url: str | None = None

    def key_for(self, use: str) -> bytes:
        """A key for another use than hashing user ids, the same in every process."""
        return hmac.new(self.user_key(), use.encode(), hashlib.sha256).digest()

    def webhook_secret(self) -> str:
        """What Telegram sends with every update: TELEGRAM_WEBHOOK_SECRET, or one made from the user key."""
        return self.telegram_webhook_secret or self.key_for("telegram webhook").hex()

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
        hidden = {"telegram_token", "secret", "telegram_webhook_secret", "kakao_secret"}
        return {
            field.name: ("set" if getattr(self, field.name) else "not set")
            if field.name in hidden
            else _without_passwords(str(getattr(self, field.name) or "not set"))
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
    base = _address("TELEGRAM_API_BASE", value("TELEGRAM_API_BASE"))
    header = value("KAKAO_SKILL_HEADER") or Settings.kakao_header
    if not _HEADER_NAME.fullmatch(header):
        raise SettingsError(f"KAKAO_SKILL_HEADER: {header!r} is no header name; allowed are letters, digits and «-»")
    kakao_secret = value("KAKAO_SKILL_SECRET")
    if kakao_secret and not (kakao_secret.isascii() and kakao_secret.isprintable()):
        raise SettingsError("KAKAO_SKILL_SECRET: a header cannot hold it; allowed are ASCII letters, digits and marks")
    bot_id = value("KAKAO_BOT_ID")
    return Settings(
        telegram_token=value("TELEGRAM_BOT_TOKEN"),
        telegram_api_base=base,
        telegram_webhook_url=_webhook_url(value("TELEGRAM_WEBHOOK_URL"), base),
        telegram_webhook_secret=_webhook_secret(value("TELEGRAM_WEBHOOK_SECRET")),
        kakao_secret=kakao_secret,
        kakao_header=header,
        kakao_bot_id=bot_id.removesuffix("!") if bot_id else None,
        public_url=_address("MAEUMGOK_PUBLIC_URL", value("MAEUMGOK_PUBLIC_URL")),
        store=_store(store),
        model=Path(value("MAEUMGOK_MODEL", flags.get("model")) or BUNDLED_MODEL),
        catalogue=Path(value("MAEUMGOK_CATALOGUE", flags.get("catalogue")) or BUNDLED_CATALOGUE),
        secret=value("MAEUMGOK_SECRET"),
    )


def _without_passwords(address: str) -> str:
    """An address whose password is stars, whether it stands before the host or, as PostgreSQL allows, in the query."""

    def hidden(parameter: re.Match[str]) -> str:
        return f"{parameter[1]}=***" if "password" in unquote(parameter[1]).lower() else parameter[0]

    return _PASSWORD.sub(r"\1***@", _PARAMETER.sub(hidden, address))


def _store(given: str | None) -> Path | str:
    if given is None:
        return Path(platformdirs.user_data_dir("maeumgok")) / "maeumgok.db"
    return given if given.startswith(_POSTGRES) else Path(given).expanduser()


_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")
_WEBHOOK_PATH = re.compile(r"(?:/[\w.~-]+)*/telegram/[\w.~-]+", re.ASCII)
_WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")  # what setWebhook accepts


def _address(name: str, address: str | None) -> str | None:
    """An address without the slash at its end. Raises SettingsError for what is none."""
    if address and not address.startswith(("http://", "https://")):
        raise SettingsError(f"{name}: {address!r} is no address; give one that begins with https:// or http://")
    return address.rstrip("/") if address else None


def _webhook_url(url: str | None, base: str | None) -> str | None:
    """Telegram itself calls https alone; a Bot API server of one's own may call http."""
    if url is None:
        return None
    parts = urlsplit(url)
    allowed = ("https", "http") if base else ("https",)
    if parts.scheme not in allowed or not parts.hostname or not _WEBHOOK_PATH.fullmatch(parts.path) or parts.query:
        raise SettingsError(
            f"TELEGRAM_WEBHOOK_URL: {url!r} cannot be used; give https://, your host and /telegram/ with a word "
            "of your choice behind it"
        )
    return url


def _webhook_secret(secret: str | None) -> str | None:
    if secret and not _WEBHOOK_SECRET.fullmatch(secret):
        raise SettingsError("TELEGRAM_WEBHOOK_SECRET: allowed are 1 to 256 of A-Z, a-z, 0-9, «_» and «-»")
    return secret


def _dotenv(path: Path) -> dict[str, str]:
    try:
        return {name: text for name, text in dotenv_values(path).items() if text is not None}
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingsError(f"{path}: cannot be read ({problem}); save it as UTF-8 text or remove it") from problem
