"""Measures of recommending on catalogues and lists whose right answer is known."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from catalogues import build_rows, checkerboard, write_csv
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from recommender.catalogue import Catalogue, CatalogueError
from recommender.evaluate import auc, hubs, interval, neighbours, similarity

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def board(tmp_path_factory) -> Catalogue:
    return build_rows(checkerboard(), tmp_path_factory.mktemp("board"))


def crawl(songs, path, apart: int = 1):
    rows = [
        {"playlist_id": "비", "position": place * apart, "title": one.title, "artist": one.artist}
        for place, one in enumerate(songs)
    ]
    return write_csv(path, rows)


def test_neighbours_stand_within_ten_places_of_the_same_list(board, tmp_path):
    songs = list(board.songs[:30])
    near = neighbours(board, crawl(songs, tmp_path / "lists.csv"))
    assert near[songs[0]] == set(range(1, 11))
    assert near[songs[15]] == set(range(5, 26)) - {15}
    with pytest.raises(CatalogueError, match="no song of the catalogue has 2 others"):
        neighbours(board, crawl(songs, tmp_path / "apart.csv", apart=11))


def test_recall_is_full_where_lists_are_of_one_colour_and_none_where_they_never_are(board, tmp_path):
    """120 songs of two colours: a hundred ranked ones hold all 59 others of the colour."""
    even = crawl(board.songs[::2], tmp_path / "even.csv")
    found = similarity(board, even)
    assert found["recall@100"]["default"]["mean"] == 1
    assert found["recall@100"]["original"]["mean"] == 1
    assert found["recall@100"]["random"]["mean"] == pytest.approx(100 / 120, abs=0.05)
    assert found["against original"]["default"]["ratio"]["mean"] == 1
    assert found["answers"]["default"]["artists per answer"]["mean"] == 5


def test_hubs_are_counted(board):
    """A ranking that puts the same ten songs first for everyone makes them hubs, and all others are never shown."""
    found = hubs(lambda seed: -np.arange(len(board), dtype=float), board)
    assert found["largest N10"] == 119
    assert found["skew of N10"] > 2
    assert found["in no first 50"] == pytest.approx(69 / 120, abs=1e-5)  # fifty, and one in place of a seed
    even = hubs(lambda seed: -(((np.arange(len(board)) - seed.index) % 120).astype(float)), board)
    assert (even["largest N10"], even["in no first 50"]) == (10, 0)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=30))
def test_auc_is_that_of_scikit_learn(rows):
    scores, positive = np.array([row[0] for row in rows], float), np.array([row[1] for row in rows])
    if positive.all() or not positive.any():
        assert np.isnan(auc(scores, positive))
    else:
        assert auc(scores, positive) == pytest.approx(roc_auc_score(positive, scores))


def test_intervals_hold_the_mean_and_narrow_with_more_values():
    chance = np.random.default_rng(2)
    few, many = (interval(chance.normal(3, 1, count)) for count in (50, 5000))
    for one in (few, many):
        assert one["low"] < one["mean"] < one["high"]
    assert many["high"] - many["low"] < (few["high"] - few["low"]) / 5
    assert interval(np.ones(9)) == {"mean": 1, "low": 1, "high": 1}


def evaluate(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "main.py", "evaluate", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, text=True, capture_output=True)


def test_the_commands_print_one_json_object(board, tmp_path):
    pairs = crawl(board.songs[:40], tmp_path / "lists.csv")
    done = evaluate("similarity", "--pairs", pairs, "--catalogue", board.folder)
    assert {"songs", "seeds", "recall@100", "against original", "hubs", "answers"} <= json.loads(done.stdout).keys()
    for wrong, told in (
        (("songs", "--labels", pairs, "--catalogue", board.folder), "no column label"),
        (("similarity", "--pairs", tmp_path / "none.csv"), "cannot be read"),
    ):
        done = evaluate(*wrong)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert told in done.stderr
