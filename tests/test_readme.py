"""The two READMEs are true: their commands run, and every command and setting stands in both."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import main

ROOT = Path(__file__).parent.parent
READMES = [ROOT / "README.md", ROOT / "README.ko.md"]
SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)
INSTALL = re.compile(r"^\.venv/bin/pip install -e '\.\[(\w+)\]'$")


def commands(readme: Path) -> list[str]:
    lines = "\n".join(SHELL.findall(readme.read_text(encoding="utf-8"))).splitlines()
    return [line.split(" #")[0].strip() for line in lines if line.strip()]


def parsers(parser: argparse.ArgumentParser, name: str = "main.py") -> list[str]:
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        return [name]
    return [full for key, child in below[0].choices.items() for full in parsers(child, f"{name} {key}")]


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder in which the README's commands can run without leaving anything in the repository."""
    for name in ("main.py", "Makefile", "pyproject.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").mkdir()
    (tmp_path / ".venv" / "bin" / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (tmp_path / ".venv" / "bin" / "python").chmod(0o755)
    (tmp_path / ".venv" / "base").touch()  # says that `make run` has installed already
    shutil.copyfile(ROOT / "tests" / "songs.csv", tmp_path / "my.csv")
    return tmp_path


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_every_shell_command_runs(readme, folder):
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("TELEGRAM_", "MAEUMGOK_"))}
    environment |= {"MAEUMGOK_STORE": str(folder / "store.db")}
    ran = 0
    for command in commands(readme):
        install = INSTALL.match(command)
        if install:
            assert install[1] in extras
        elif command != "make test":  # that is what runs this
            done = subprocess.run(
                ["bash", "-c", command], cwd=folder, env=environment, input="", text=True, capture_output=True
            )
            assert done.returncode == 0, f"{command}: {done.stderr}"
            ran += 1
    assert ran >= 5


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_every_command_and_setting_is_named(readme):
    text = readme.read_text(encoding="utf-8")
    missing = [command for command in parsers(main._parser()) if command not in text]
    settings = (ROOT / "bot" / "settings.py").read_text(encoding="utf-8")
    names = set(re.findall(r'value\("([A-Z_]+)"', settings))
    assert names
    missing += [name for name in sorted(names) if f"`{name}`" not in text]
    assert missing == []


def test_the_two_readmes_show_the_same_commands():
    assert commands(READMES[0]) == commands(READMES[1])


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_somewhere(readme):
    links = re.findall(r"\]\(([^)#:]+)\)", readme.read_text(encoding="utf-8"))
    assert [link for link in links if not (ROOT / link).exists()] == []
