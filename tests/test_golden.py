"""Whole conversations over the small catalogue: the words, songs and buttons a person sees, not reasons and links.

Write the files anew with `python tests/test_golden.py`, then read the difference: the lines «나:» and
«(다음 날)» of a file are kept, the answers under them are replaced.
"""

import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent)]

from bot.app import Bot, build_search
from bot.dialogue import Reply, State
from bot.store import SQLiteStore
from recommender.catalogue import Catalogue
from recommender.engine import Recommender

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.txt"))
START = 1_795_300_200.0  # 2026-11-22 08:30 in Seoul
ME, NEXT_DAY = "나: ", "(다음 날)"


def played(bot: Bot, script: str) -> str:
    """The conversation of a script: its own lines, each with the bot's answer under it, one a minute."""
    lines, time = [], START
    person = bot.store.person("terminal", "golden")
    bot.store.save(person, State(), State(time=START, consent=True))
    for line in script.splitlines():
        if line == NEXT_DAY:
            time += 86400
            lines.append(line)
        elif line.startswith(ME):
            time += 60
            lines.append(line)
            for reply in bot.answer(person, line.removeprefix(ME), time):
                lines += _seen(reply)
    return "\n".join(lines) + "\n"


def _seen(reply: Reply) -> list[str]:
    said = [f"곡: {line}" for line in reply.text.splitlines()]
    songs = [f"    {number}. {one.song.title} – {one.song.artist}" for number, one in enumerate(reply.songs, 1)]
    choices = ["    " + " ".join(f"[{choice}]" for choice in reply.choices)] if reply.choices else []
    return said + songs + choices


def bot_over(catalogue: Catalogue, classifier, store: Path) -> Bot:
    """A bot with a classifier of known answers; `files.sure` is what LiteRTClassifier reads from its manifest."""
    classifier.files = SimpleNamespace(sure=0.6)
    return Bot(classifier, Recommender(catalogue), build_search(catalogue), SQLiteStore(store, b"golden"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_conversation_goes_as_it_was_read_and_approved(path, catalogue, tmp_path):
    from conftest import KeywordClassifier

    approved = path.read_text(encoding="utf-8")
    assert approved.count("\n" + ME) >= 9
    bot = bot_over(catalogue, KeywordClassifier(), tmp_path / "store.db")
    assert played(bot, approved) == approved


def _write() -> None:
    from conftest import _FAKE_MODEL, SONGS, KeywordClassifier

    from recommender.build import build

    with tempfile.TemporaryDirectory() as folder:
        build([SONGS], Path(folder) / "catalogue", KeywordClassifier(), model=_FAKE_MODEL)
        catalogue = Catalogue(Path(folder) / "catalogue")
        for path in GOLDEN:
            bot = bot_over(catalogue, KeywordClassifier(), Path(folder) / f"{path.stem}.db")
            path.write_text(played(bot, path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    _write()
