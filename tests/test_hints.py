"""The net behind the care rules: what it learnt, and that nothing hides from it in a long message."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import hints as bench
from bot import care, hints
from bot.care import Level
from model.text import key

UNSEEN = Path(__file__).parent / "care" / "unseen.tsv"
TALK = "오늘은 회사에서 회의를 하고 점심에 국수를 먹었어. 날씨가 맑아서 강아지와 공원을 걸었고 저녁에는 드라마를 봤어. "

words = st.lists(st.text("가나다라마바사아자차", min_size=1, max_size=12), max_size=60)


@pytest.mark.parametrize(("level", "least", "most"), [("A", 0.9, 1), ("B", 0.8, 1), ("N", 0, 0.02)])
def test_sentences_that_neither_rules_nor_net_have_seen(level, least, most):
    told = [text for name, text in bench.rows(UNSEEN) if name == level]
    assert len(told) > 200
    assert least <= np.mean([care.level(text) is not None for text in told]) <= most


def test_the_net_finds_what_the_rules_do_not():
    told = [text for name, text in bench.rows(UNSEEN) if name == "A" and care.by_rules(text)[0] is None]
    assert sum(care.level(text) is Level.B for text in told) > len(told) / 2


def test_no_unseen_sentence_was_learnt():
    learnt = {key(text) for _, text in bench.rows(bench.SENTENCES)}
    assert len(learnt) > 7000
    assert not learnt & {key(text) for _, text in bench.rows(UNSEEN)}


@pytest.mark.parametrize("place", [0, 50, 100])
def test_a_few_words_are_found_in_much_talk(place):
    hidden = "다리 위에 서면 그대로 떨어지는 상상이 돼"
    assert care.by_rules(hidden)[0] is None
    assert care.level(TALK * place + hidden + ". " + TALK * (100 - place)) is Level.B
    assert care.level(TALK * 100) is None


def test_what_a_rule_knows_to_be_harmless_is_not_asked_about():
    assert hints.raised(["여기서 살기 싫다"])
    assert care.level("여기서 살기 싫다") is None
    assert care.level("여기서 살기 싫다. 다리 위에 서면 그대로 떨어지는 상상이 돼") is Level.B


@settings(max_examples=200, deadline=None)
@given(st.lists(words.filter(bool).map(" ".join), max_size=5))
def test_every_word_stands_in_a_passage_and_a_passage_is_short(sentences):
    passages = list(hints.passages(sentences))
    every = " ".join(sentences).split()
    assert {word for passage in passages for word in passage.split()} == set(every)
    assert all(len(passage) <= hints.WINDOW for passage in passages)
    if len(" ".join(every)) <= hints.WINDOW and every:
        assert passages[-1] == " ".join(every)


def test_a_score_is_that_of_the_formula():
    assert hints.terms("가나") == {" 가", "가나", "나 ", " 가나", "가나 ", " 가나 "}
    assert hints.score("가나", {"가나": 2.0, " 가나 ": 1.0, "다라": 9.0}, -1.5) == pytest.approx(3 / 6**0.5 - 1.5)


def test_it_can_be_learnt_again(tmp_path, monkeypatch):
    """On a table of plain talk, as on a machine without the corpora."""
    table = tmp_path / "talk.csv"
    harmless = [text for level, text in bench.rows(UNSEEN) if level == "N"]
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["text", "split"], *([text, "train"] for text in harmless)])
    monkeypatch.setattr(hints, "FILE", tmp_path / "care.npz")
    hints.learnt.cache_clear()
    try:
        bench.learn([table])
        assert not hints.raised(["오늘은 버스를 타고 회사에 갔어"])
        assert hints.raised(["다리 위에 서면 그대로 떨어지는 상상이 돼"])
    finally:
        hints.learnt.cache_clear()
