"""Settings of the servers: what is read, what is refused in one line that names the variable, what is shown."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import SettingsError, read_settings


@pytest.fixture
def environment(monkeypatch, tmp_path):
    """Sets variables and reads them; nothing of the developer's own is seen."""

    def read(**given: str):
        for name in ("TELEGRAM_API_BASE", "TELEGRAM_WEBHOOK_URL", "TELEGRAM_WEBHOOK_SECRET", "MAEUMGOK_PUBLIC_URL"):
            monkeypatch.delenv(name, raising=False)
        for name in ("KAKAO_SKILL_SECRET", "KAKAO_SKILL_HEADER", "KAKAO_BOT_ID"):
            monkeypatch.delenv(name, raising=False)
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        return read_settings({"store": str(tmp_path / "store.db")}, tmp_path)

    return read


def test_servers_need_no_setting(environment):
    settings = environment()
    assert settings.kakao_header == "X-Skill-Secret"
    assert (settings.kakao_secret, settings.kakao_bot_id, settings.public_url) == (None, None, None)
    assert settings.telegram_webhook_url is None


def test_what_is_given_is_read(environment):
    settings = environment(
        KAKAO_SKILL_SECRET="value",
        KAKAO_SKILL_HEADER="X-Mine",
        KAKAO_BOT_ID="5ae9b76d7409b11ec845b746!",
        MAEUMGOK_PUBLIC_URL="https://bot.example.org/",
        TELEGRAM_WEBHOOK_URL="https://bot.example.org/behind/telegram/updates",
        TELEGRAM_WEBHOOK_SECRET="a-b_c",
    )
    assert (settings.kakao_secret, settings.kakao_header) == ("value", "X-Mine")
    assert settings.kakao_bot_id == "5ae9b76d7409b11ec845b746"  # «!» marks a draft bot
    assert settings.public_url == "https://bot.example.org"
    assert settings.webhook_secret() == "a-b_c"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KAKAO_SKILL_SECRET", "비밀"),
        ("KAKAO_SKILL_SECRET", "a\tb"),
        ("KAKAO_SKILL_HEADER", "X Skill"),
        ("KAKAO_SKILL_HEADER", "헤더"),
        ("MAEUMGOK_PUBLIC_URL", "bot.example.org"),
        ("TELEGRAM_WEBHOOK_URL", "http://bot.example.org/telegram/x"),
        ("TELEGRAM_WEBHOOK_URL", "https://bot.example.org/"),
        ("TELEGRAM_WEBHOOK_URL", "https://bot.example.org/telegram/"),
        ("TELEGRAM_WEBHOOK_URL", "https://bot.example.org/telegram/x?y=1"),
        ("TELEGRAM_WEBHOOK_URL", "https:///telegram/x"),
        ("TELEGRAM_WEBHOOK_SECRET", "with blank"),
        ("TELEGRAM_WEBHOOK_SECRET", "x" * 257),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(environment, name, value):
    with pytest.raises(SettingsError, match=f"^{name}: ") as refused:
        environment(**{name: value})
    assert "\n" not in str(refused.value)
    if name.endswith("SECRET"):
        assert value not in str(refused.value)


def test_a_bot_api_server_of_ones_own_may_call_without_tls(environment):
    url = "http://127.0.0.1:8080/telegram/x"
    assert environment(TELEGRAM_API_BASE="http://127.0.0.1:8081", TELEGRAM_WEBHOOK_URL=url).telegram_webhook_url == url


def test_keys_for_other_uses_are_the_same_in_every_process_and_differ(environment):
    settings, again = environment(), environment()
    assert settings.webhook_secret() == again.webhook_secret()
    keys = {settings.user_key(), settings.key_for("pictures"), settings.key_for("telegram webhook")}
    assert len(keys) == 3


def test_secrets_are_not_shown(environment):
    shown = environment(KAKAO_SKILL_SECRET="hidden-1", TELEGRAM_WEBHOOK_SECRET="hidden-2").shown()
    assert "hidden" not in str(shown)
    assert shown["kakao_secret"] == shown["telegram_webhook_secret"] == "set"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://bot:hunter2@db:5432/x", "postgresql://bot:***@db:5432/x"),
        ("postgresql://bot:hunter2@@db/x", "postgresql://bot:***@db/x"),
        ("postgresql://bot:hunter2/@db/x", "postgresql://bot:***@db/x"),
        ("postgresql://db/x?user=b&password=hunter2", "postgresql://db/x?user=b&password=***"),
        ("postgresql://db/x?password=hunter2&user=b", "postgresql://db/x?password=***&user=b"),
        ("postgresql://db/x?password=hunter2@z&user=b", "postgresql://db/x?password=***&user=b"),
        ("postgresql://db/x?pass%77ord=hunter2", "postgresql://db/x?pass%77ord=***"),
        ("postgresql://db/x?sslmode=require&sslpassword=hunter2", "postgresql://db/x?sslmode=require&sslpassword=***"),
        ("postgresql://bot:hunter2@db/x?password=hunter2", "postgresql://bot:***@db/x?password=***"),
        ("postgresql://db/x?user=b", "postgresql://db/x?user=b"),
        ("postgresql://[::1]:5432/x", "postgresql://[::1]:5432/x"),
    ],
)
def test_no_password_of_a_database_is_shown(environment, monkeypatch, tmp_path, address, shown):
    monkeypatch.setenv("MAEUMGOK_STORE", address)
    assert read_settings({}, tmp_path).shown()["store"] == shown


def test_check_warns_of_an_open_skill(catalogue_folder, tmp_path):
    arguments = ["check", "--catalogue", str(catalogue_folder), "--store", str(tmp_path / "store.db")]
    main = Path(__file__).parent.parent / "main.py"
    done = subprocess.run(
        [sys.executable, str(main), *arguments],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "KAKAO_SKILL_SECRET": "value"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "warning: KAKAO_BOT_ID is not set" in done.stdout
    assert "value" not in done.stdout.replace("values", "")
