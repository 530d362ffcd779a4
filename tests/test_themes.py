"""Song emotion: what is learnt from lists, and that nothing is asked about what was learnt from."""

import csv
import random

import numpy as np
import pytest
from catalogues import EVEN, ODD, build_rows, lyrics_of, song, write_csv
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender import themes
from recommender.catalogue import Catalogue, CatalogueError
from recommender.evaluate import auc, songs

WORDS = {"슬픔": EVEN[:9], "사랑&기쁨": EVEN[9:], "스트레스&짜증": ODD[:9]}


def listed(count: int = 90) -> list[dict[str, object]]:
    """Songs whose words tell their list: sad, happy, angry by turns, two songs an artist."""
    chance = random.Random(3)
    rows = []
    for number in range(count):
        words = list(WORDS.values())[number % 3]
        rows.append(
            song(f"노래 {number}", f"가수 {number // 2}", lyrics_of(words + ODD[9:], chance, 14), "발라드", "2001")
        )
    return rows


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory) -> Catalogue:
    return build_rows(listed(), tmp_path_factory.mktemp("lists"))


@pytest.fixture(scope="module")
def labels(catalogue, tmp_path_factory):
    rows = [{"title": one.title, "artist": one.artist, "label": list(WORDS)[one.index % 3]} for one in catalogue.songs]
    return write_csv(tmp_path_factory.mktemp("labels") / "labels.csv", rows)


@pytest.fixture(scope="module")
def lists(catalogue, labels) -> themes.Lists:
    return themes.read_lists(catalogue, labels)


@pytest.fixture(scope="module")
def learnt(catalogue, lists) -> themes.Themes:
    return themes.learn(themes.facts_of(catalogue), lists, lists.rows, catalogue.artist, catalogue.work)


def test_lists_are_read_by_title_and_artist(catalogue, lists):
    assert lists.rows.tolist() == list(range(90))
    for kind, rest in ((lists.sad, 0), (lists.happy, 1), (lists.angry, 2)):
        assert np.flatnonzero(kind).tolist() == list(range(rest, 90, 3))


def test_what_lists_tell_is_learnt_and_told_of_songs_that_were_not_asked(catalogue, lists):
    facts = themes.facts_of(catalogue)
    for taught, asked in themes.folds(lists.rows, catalogue.artist, catalogue.work):
        scores = themes.learn(facts, lists, taught, catalogue.artist, catalogue.work).scores(facts)[asked]
        sides = (lists.sad | lists.happy)[asked]
        assert auc(scores[sides, themes.SAD_OR_HAPPY], lists.sad[asked][sides]) > 0.95
        assert auc(scores[:, themes.ANGRY_OR_NOT], lists.angry[asked]) > 0.95


@settings(deadline=None, max_examples=60)
@given(
    artist=st.lists(st.integers(-1, 8), min_size=24, max_size=24),
    work=st.lists(st.integers(0, 12), min_size=24, max_size=24),
)
def test_no_artist_and_no_work_is_learnt_from_and_asked_about(artist, work):
    artist, work = np.array(artist), np.array(work)
    if len({*artist[artist >= 0]}) + (artist < 0).sum() < themes.FOLDS:
        return
    asked_at_all = []
    for taught, asked in themes.folds(np.arange(24), artist, work):
        known = {*artist[taught]} - {-1}
        assert not known & {*artist[asked]}
        assert not {*work[taught]} & {*work[asked]}
        asked_at_all += asked.tolist()
    assert sorted(asked_at_all) == list(range(24))


def test_scores_are_the_sum_of_what_is_known(catalogue, learnt):
    facts = themes.facts_of(catalogue)
    scores = learnt.scores(facts)
    for row in (0, 1, 44, 89):
        expected = np.array(learnt.start, float)
        for column, weight in zip(*facts.terms.row(row), strict=True):
            expected += weight * np.array(learnt.terms.get(facts.names[column], (0, 0)))
        for name in facts.genres[row]:
            expected += learnt.genres.get(name, (0, 0))
        expected += (facts.years[row] - themes.MIDDLE) / themes.SPREAD * np.array(learnt.year)
        expected += np.log(facts.lines[row] + themes.LEAST) @ np.array(learnt.lines)
        np.testing.assert_allclose(scores[row], expected, atol=1e-6)


def test_anger_has_its_share_of_the_lists(catalogue, learnt, lists):
    odds = 1 / (1 + np.exp(-learnt.scores(themes.facts_of(catalogue))[:, themes.ANGRY_OR_NOT]))
    assert odds.mean() == pytest.approx(lists.angry.mean(), abs=0.02)


def test_themes_are_kept_in_a_file_and_others_refused(catalogue, learnt, tmp_path):
    learnt.save(tmp_path / "themes.json")
    facts = themes.facts_of(catalogue)
    again = themes.Themes.open(tmp_path / "themes.json")
    np.testing.assert_allclose(again.scores(facts), learnt.scores(facts), atol=0.02)
    for content in ("", "[]", '{"terms": {}}'):
        (tmp_path / "broken.json").write_text(content)
        with pytest.raises(CatalogueError, match="catalogue learn"):
            themes.Themes.open(tmp_path / "broken.json")


distributions = st.lists(st.floats(0.01, 1), min_size=4, max_size=4)


@settings(deadline=None, max_examples=200)
@given(lines=distributions, scores=st.lists(st.floats(-9, 9), min_size=2, max_size=2), told=st.floats(0, 1))
def test_a_song_s_emotion_is_a_distribution_that_follows_the_scores(lines, scores, told):
    lines = np.array([lines, [1, 1, 1, 1]]) / [[sum(lines)], [4]]
    scores = np.array([scores, [0, 0]])
    joined = themes.joined(lines, scores)
    flat = themes.flattened(joined, np.array([told, 1.0]))
    for emotion in (joined, flat):
        np.testing.assert_allclose(emotion.sum(axis=1), 1, atol=1e-5)
        assert (emotion >= 0).all()
    more = themes.joined(lines, scores + np.array([1, 0]))
    assert (more[:, 2] >= joined[:, 2]).all()
    assert (more[:, 3] <= joined[:, 3]).all()
    if told == 0:
        np.testing.assert_allclose(flat[0], joined.mean(axis=0), atol=1e-5)


def test_evaluate_songs_uses_vectors_that_did_not_see_the_song(catalogue, labels, tmp_path):
    found = songs(catalogue, labels)
    assert found["songs"] == 90
    assert found["auc"]["out of fold"]["슬픔 - 행복"]["auc"] > 0.95
    rows = list(csv.DictReader(labels.read_text(encoding="utf-8").splitlines()))
    names = [row["label"] for row in rows]
    random.Random(1).shuffle(names)  # lists that say nothing of the songs: chance alone, unless songs were seen
    mixed = write_csv(tmp_path / "mixed.csv", [row | {"label": label} for row, label in zip(rows, names, strict=True)])
    chance = songs(catalogue, mixed)["auc"]["out of fold"]
    assert 0.25 < chance["슬픔 - 행복"]["auc"] < 0.75
    assert 0.25 < chance["분노혐오"]["auc"] < 0.75


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{"title": "노래 0", "artist": "가수 0", "label": "슬픔"}], "1 sad, 0 happy, 0 angry songs"),
        ([{"title": "노래 0", "artist": "가수 0"}], "no column label"),
    ],
)
def test_lists_that_tell_too_little_are_refused_in_one_line(catalogue, tmp_path, rows, told):
    with pytest.raises(CatalogueError, match=told) as error:
        themes.read_lists(catalogue, write_csv(tmp_path / "labels.csv", rows))
    assert "\n" not in str(error.value)
