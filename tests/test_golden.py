"""Whole conversations, as they were read and approved, and the same on the terminal, Telegram and KakaoTalk.

`golden/*.txt` are told to what ships, `golden/small/*.txt` to the small catalogue and a classifier of known answers.
After a change of the model, the catalogue or the words write them anew with `python tests/test_golden.py` and read
the difference: the lines «나:» and «(다음 날)» of a file are kept, the answers under them are replaced. That the three
platforms say the same is asserted by comparing them with each other, whatever the files hold.
"""

import io
import json
import re
import sys
import tempfile
import time as clock_of_python
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from threading import Event as Gate
from types import SimpleNamespace
from typing import NamedTuple
from urllib.parse import unquote

import pytest

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent)]

import itertools

from bot import kakao, links, terminal
from bot.app import Bot, build_search
from bot.dialogue import Reply
from bot.store import SQLiteStore
from model.classifier import LiteRTClassifier
from model.files import BUNDLED as MODEL
from recommender.catalogue import BUNDLED, Catalogue
from recommender.engine import Recommender

FOLDER = Path(__file__).parent / "golden"
GOLDEN = sorted(FOLDER.rglob("*.txt"))
START = 1_795_300_200.0  # 2026-11-22 07:30 in Seoul
ME, NEXT_DAY = "나: ", "(다음 날)"
TAMAR = 7


class Line(NamedTuple):
    """What a person says, and at what time."""

    text: str
    time: float


def said_in(script: str) -> Iterator[Line]:
    """A person's lines, one a minute."""
    time = START
    for line in script.splitlines():
        if line == NEXT_DAY:
            time += 86400
        elif line.startswith(ME):
            time += 60
            yield Line(line.removeprefix(ME), time)


def played(bot: Bot, script: str) -> str:
    """The conversation of a script: its own lines, each with the bot's answer under it."""
    lines, to_come = [], said_in(script)
    person = bot.store.person("terminal", "golden")
    for line in script.splitlines():
        if line == NEXT_DAY:
            lines.append(line)
        elif line.startswith(ME):
            lines.append(line)
            for reply in bot.answer(person, *next(to_come)):
                lines += _seen(reply)
    return "\n".join(lines) + "\n"


def _seen(reply: Reply) -> list[str]:
    said = [f"곡: {line}" for line in reply.text.splitlines()]
    songs = [f"    {number}. {one.song.title} – {one.song.artist}" for number, one in enumerate(reply.songs, 1)]
    besides = ["    (그림)"] * bool(reply.picture) + ["    (JSON)"] * bool(reply.data)
    choices = ["    " + " ".join(f"[{choice}]" for choice in reply.choices)] if reply.choices else []
    return said + songs + besides + choices


def bot_over(catalogue: Catalogue, classifier, store: Path) -> Bot:
    """A bot with a classifier of known answers; `files.sure` is what LiteRTClassifier reads from its manifest."""
    classifier.files = SimpleNamespace(sure=0.6)
    return Bot(classifier, Recommender(catalogue), build_search(catalogue), SQLiteStore(store, b"golden"))


@cache
def _shipped() -> Bot:
    """What ships, opened once; its store is replaced for each conversation."""
    catalogue = Catalogue(BUNDLED)
    return Bot(LiteRTClassifier(MODEL), Recommender(catalogue), build_search(catalogue), None)


def bot_for(path: Path, small: Catalogue, store: Path) -> Bot:
    """The bot that a script of this folder is told to, over an empty store."""
    if path.parent == FOLDER:
        shipped = _shipped()
        return Bot(shipped.classifier, shipped.recommender, shipped.search, SQLiteStore(store, b"golden"))
    from conftest import KeywordClassifier

    return bot_over(small, KeywordClassifier(), store)


# --- as approved ---------------------------------------------------------------------------------


def test_scripts_are_as_many_and_as_long_as_promised():
    long = [path.stem for path in GOLDEN if len(list(said_in(path.read_text(encoding="utf-8")))) >= 10]
    assert len(long) == len(GOLDEN) >= 10


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_conversation_goes_as_it_was_read_and_approved(path, catalogue, tmp_path):
    approved = path.read_text(encoding="utf-8")
    bot = bot_for(path, catalogue, tmp_path / "store.db")
    assert played(bot, approved).splitlines() == approved.splitlines()
    bot.store.close()


# --- the same on every platform ---------------------------------------------------------------------


@dataclass(frozen=True)
class Heard:
    """What one message was answered with: everything written, and the songs as «title artist»."""

    text: str
    songs: tuple[str, ...]


class Clock:
    """The time that the bot is told, wherever it asks for it."""

    def __init__(self) -> None:
        self.now, self.perf_counter = START, clock_of_python.perf_counter

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("bot.app.clock", clock)
    return clock


def in_terminal(bot: Bot, script: str, clock: Clock) -> list[Heard]:
    output, ends = io.StringIO(), []
    lines = said_in(script)

    def readline() -> str:
        ends.append(output.tell())
        line = next(lines, None)
        if line is None:
            return ""
        clock.now = line.time
        return line.text + "\n"

    terminal.chat(bot, "golden", SimpleNamespace(isatty=lambda: False, readline=readline), output)
    shown = output.getvalue()
    answers = [shown[start:end] for start, end in itertools.pairwise(ends)]
    return [Heard(text, _songs_behind(re.findall(r"https://\S+", text))) for text in answers]


def on_kakao(bot: Bot, script: str, clock: Clock) -> list[Heard]:
    from kakao_caller import KakaoCaller

    def skill(sent: dict) -> dict:
        request = kakao.read(json.dumps(sent).encode())
        return kakao.answer(bot.answer(bot.store.person("kakao", request.person_key), request.utterance))

    caller, heard = KakaoCaller(skill), []
    # Links on cards lead to Melon where wished for, and search for the beginning of a very long name.
    songs, cut = bot.recommender.catalogue.songs, kakao.LONGEST_TITLE
    meant = {links.melon(song): links.youtube_music(song) for song in songs}
    for song in songs:
        shown = replace(song, title=song.title[:cut], artist=song.artist[:cut])
        meant |= {address(shown): links.youtube_music(song) for address in (links.melon, links.youtube_music)}
    for line in said_in(script):
        clock.now = line.time
        seen = caller.says(line.text)
        behind = [item["link"]["web"] for item in seen.items]
        heard.append(Heard(seen.text, _songs_behind([meant.get(link, link) for link in behind])))
    return heard


async def on_telegram(bot: Bot, script: str, clock: Clock, messages: list[int]) -> list[Heard]:
    """`messages`: so many come for each line."""
    from fake_bot_api import FakeBotAPI
    from test_telegram import polling

    bot.classifier.gate = Gate()
    heard = []
    async with FakeBotAPI() as api, polling(bot, api):
        for line, count in zip(said_in(script), messages, strict=True):
            clock.now = line.time
            api.says(TAMAR, line.text)
            sent = [await api.next(TAMAR) for _ in range(count)]
            behind = [link for one in sent for link in one.links]
            heard.append(Heard("\n".join(one.text for one in sent), _songs_behind(behind)))
        assert api.nothing_for(TAMAR)
    return heard


def _songs_behind(addresses: list[str]) -> tuple[str, ...]:
    """Title and artist of the songs that YouTube Music is asked for."""
    return tuple(
        unquote(link.split("q=")[1]) for link in addresses if link.startswith("https://music.youtube.com/search?q=")
    )


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
async def test_every_platform_says_the_same_and_brings_the_same_songs(path, catalogue, tmp_path, clock, monkeypatch):
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    script = path.read_text(encoding="utf-8")
    replies: list[tuple[Reply, ...]] = []

    def opened(name: str) -> Bot:
        return bot_for(path, catalogue, tmp_path / f"{name}.db")

    def noting(answer: Callable) -> Callable:
        return lambda *asked: replies.append(answer(*asked)) or replies[-1]

    bot = opened("terminal")
    monkeypatch.setattr(bot, "answer", noting(bot.answer))
    in_a_terminal = in_terminal(bot, script, clock)
    on_channel = on_kakao(opened("kakao"), script, clock)
    in_chat = await on_telegram(opened("telegram"), script, clock, list(map(len, replies)))
    assert len(replies) == len(in_a_terminal) == len(on_channel) == len(in_chat) >= 10
    assert sum(bool(heard.songs) for heard in in_a_terminal) >= 2
    for said, one, two, three in zip(replies, in_a_terminal, on_channel, in_chat, strict=True):
        assert one.songs == two.songs == three.songs
        assert len(one.songs) == sum(len(reply.songs) for reply in said)
        for reply in said:
            assert reply.text in one.text
            assert reply.text in two.text
            assert reply.text in three.text


def _write() -> None:
    from conftest import _FAKE_MODEL, OF_LINES, SONGS, KeywordClassifier

    from recommender.build import build

    with tempfile.TemporaryDirectory() as folder:
        build([SONGS], Path(folder) / "catalogue", KeywordClassifier(), model=_FAKE_MODEL, learnt=OF_LINES)
        small = Catalogue(Path(folder) / "catalogue")
        for path in GOLDEN:
            bot = bot_for(path, small, Path(folder) / f"{path.stem}.db")
            path.write_text(played(bot, path.read_text(encoding="utf-8")), encoding="utf-8")
            bot.store.close()


if __name__ == "__main__":
    _write()
