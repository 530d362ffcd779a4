"""The net behind the care rules: what it learnt, and that nothing hides from it in a long message."""

import csv
import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import hints as bench
from bench.care import HALVES, sentences
from bot import care, hints
from bot.app import build_bot
from bot.care import Level
from bot.settings import read_settings
from model.files import ModelFileError
from model.text import key

UNSEEN = Path(__file__).parent / "care" / "unseen.tsv"
TALK = "오늘은 회사에서 회의를 하고 점심에 국수를 먹었어. 날씨가 맑아서 강아지와 공원을 걸었고 저녁에는 드라마를 봤어. "

letters = st.text("가나다라마바사아자차", min_size=1, max_size=200)


@pytest.mark.parametrize(("level", "least", "most"), [("A", 0.97, 1), ("B", 0.9, 1), ("N", 0, 0.02)])
def test_sentences_that_neither_rules_nor_net_have_seen(level, least, most):
    told = [text for name, text in bench.rows(UNSEEN) if name == level]
    assert len(told) > 200
    assert least <= np.mean([care.level(text) is not None for text in told]) <= most


def test_the_net_finds_what_the_rules_do_not():
    told = [text for name, text in bench.rows(UNSEEN) if name == "A" and care.by_rules(text)[0] is None]
    assert sum(care.level(text) is Level.B for text in told) > len(told) / 2


def test_no_unseen_sentence_was_learnt():
    learnt = {key(text) for _, text in bench.rows(bench.SENTENCES)}
    learnt |= {key(text) for half in HALVES for _, _, text in sentences(half)}
    learnt |= {key(text) for text in bench.texts(bench.OURS)}
    assert len(learnt) > 7000
    assert not learnt & {key(text) for _, text in bench.rows(UNSEEN)}


@pytest.mark.parametrize("place", [0, 50, 100])
def test_a_few_words_are_found_in_much_talk(place):
    hidden = "다리 위에 서면 그대로 떨어지는 상상이 돼"
    assert care.by_rules(hidden)[0] is None
    for talk in (TALK, TALK.replace(".", "")):
        assert care.level(talk * place + hidden + " " + talk * (100 - place)) is Level.B
        assert care.level(talk * 100) is None


def test_what_a_rule_knows_to_be_harmless_is_not_asked_about():
    assert hints.raised(["여기서살기싫다"])
    assert care.level("여기서 살기 싫다") is None
    assert care.level("여기서 살기 싫다. 다리 위에 서면 그대로 떨어지는 상상이 돼") is Level.B


def test_what_a_rule_guesses_to_be_harmless_is_asked_about():
    told = "빚쟁이 전화를 또 받느니 죽을래. 진심이야"
    assert care.by_rules(told)[0] is None
    assert care.level(told) is Level.B


@pytest.mark.parametrize("hide", ["{}", "ㅋㅋ{}", "{}. 그래서 국수를 먹었어"])
def test_missing_blanks_and_talk_beside_it_hide_little(hide):
    told = [text for name, text in bench.rows(UNSEEN) if name == "A"]
    assert np.mean([care.level(hide.format(text)) is not None for text in told]) > 0.8
    assert np.mean([care.level(hide.format(text.replace(" ", ""))) is not None for text in told]) > 0.8


@pytest.mark.parametrize(
    ("text", "another"),
    [
        ("제일 친한 친구 팔에서 칼로 그은 상처를 봤어요", True),
        ("여친이 새벽에 한강이라고 문자 보내고 폰 꺼 놨어", True),
        ("제가 없는 편이 남편한테도 애들한테도 나을 것 같아요", False),
        ("다리 위에 서면 그대로 떨어지는 상상이 돼", False),
        ("애들 때문에 못 죽고 있어요", False),
        ("애들이 나보고 죽으라고 했어", False),
    ],
)
def test_who_is_meant(text, another):
    assert care.by_rules(text)[0] is None
    assert care.level(text) is Level.B
    assert care.about_another(text) is another


@settings(max_examples=200, deadline=None)
@given(st.lists(letters, max_size=5))
def test_every_letter_stands_in_a_passage_and_a_passage_is_short(sentences):
    passages = hints.passages(sentences)
    every = "".join(sentences)
    assert all(hints.SHORTEST <= len(passage) <= hints.WINDOW for passage in passages)
    assert all(any(every[at : at + 10] in passage for passage in passages) for at in range(max(0, len(every) - 10))), (
        "ten letters side by side are always judged together"
    )


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.unlink(),
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(file.read_bytes()[:5000]),
    ],
    ids=["missing", "empty", "cut off"],
)
def test_weights_that_cannot_be_read_are_told_at_the_start(tmp_path, monkeypatch, damage):
    file = tmp_path / "care.npz"
    file.write_bytes(hints.FILE.read_bytes())
    damage(file)
    monkeypatch.setattr(hints, "FILE", file)
    hints.learnt.cache_clear()
    try:
        with pytest.raises(ModelFileError, match=r"care\.npz: cannot be read .*take it from the repository"):
            build_bot(read_settings({"store": str(tmp_path / "bot.db")}))
    finally:
        hints.learnt.cache_clear()


def test_a_score_is_that_of_the_formula():
    assert hints.terms("가나") == {" 가", "가나", "나 ", " 가나", "가나 ", " 가나 "}
    assert hints.score("가나", {"가나": 2.0, " 가나 ": 1.0, "다라": 9.0}, -1.5) == pytest.approx(3 / 6**0.5 - 1.5)


def test_it_can_be_learnt_again(tmp_path, monkeypatch):
    """On a table of plain talk, as on a machine without the corpora."""
    table = tmp_path / "talk.csv"
    harmless = [text for level, text in bench.rows(UNSEEN) if level == "N"]
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["text", "split"], *([text, "train"] for text in harmless)])
    ours = tmp_path / "messages.csv"
    with bench.OURS.open(encoding="utf-8") as file:
        ours.write_text("".join(itertools.islice(file, 5001)), encoding="utf-8")
    monkeypatch.setattr(bench, "OURS", ours)
    monkeypatch.setattr(hints, "FILE", tmp_path / "care.npz")
    hints.learnt.cache_clear()
    try:
        bench.learn([table])
        assert not hints.raised(["오늘은버스를타고회사에갔어"])
        assert hints.raised(["다리위에서면그대로떨어지는상상이돼"])
    finally:
        hints.learnt.cache_clear()
