"""From sentences or lyric lines to the emotion of the whole."""

import numpy as np
import pytest
from conftest import KeywordClassifier
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from model.aggregate import distinct, mean
from model.text import has_letters, key
from recommender.tagging import read

ANGRY, HAPPY = [0.79, 0.08, 0.06, 0.07], [0.03, 0.04, 0.02, 0.91]


def tagged(lyrics: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """(float32 [songs, 4] emotions, int [songs] lines)."""
    readings = read(lyrics, KeywordClassifier())
    return np.array([reading.emotion for reading in readings]), np.array([reading.lines for reading in readings])


def test_song_vector_is_mean_not_last_line():
    """The original overwrote the sum with each line, so its song vector was the last line's."""
    lines = np.array([ANGRY, ANGRY, ANGRY, HAPPY], np.float32)
    np.testing.assert_allclose(mean(lines), [0.60, 0.07, 0.05, 0.28], atol=1e-6)


def test_a_tagged_song_gets_the_mean_of_its_lines():
    lyrics = "\n".join(["화가 나던 밤", "짜증만 나던 낮", "화를 내던 아침", "괜히 화낸 저녁", "그래도 행복했지"])
    emotions, counts = tagged([lyrics])
    np.testing.assert_allclose(emotions, [[0.69, 0.05, 0.05, 0.21]], atol=1e-6)
    assert counts.tolist() == [5]


def test_a_repeated_line_counts_once_and_an_empty_one_never():
    chorus = [
        "화가 나던 밤",
        "화가  나던 밤!",
        "화가나던 밤",
        "~~~",
        "",
        "...",
        "그래도 행복했지",
        "무서운 길",
        "슬프던 방",
    ]
    emotions, counts = tagged(["\n".join(chorus)])
    np.testing.assert_allclose(emotions, [[0.25, 0.25, 0.25, 0.25]], atol=1e-6)
    assert counts.tolist() == [4]


def test_a_song_without_lines_gets_the_uniform_row_and_others_keep_theirs():
    emotions, counts = tagged(["", "행복해", "♥♥♥", "슬프다"])
    assert counts.tolist() == [0, 1, 0, 1]
    assert emotions.argmax(axis=1)[[1, 3]].tolist() == [3, 2]
    np.testing.assert_allclose(emotions[[0, 2]], 0.25)


def test_songs_read_together_get_what_they_get_alone():
    songs = [["행복해", "슬프다", "", "무서워"][number % 4] + f"\n{number}" for number in range(150)]
    emotions, counts = tagged(songs)
    alone = [tagged([song]) for song in songs[:8] + songs[120:]]
    np.testing.assert_array_equal(emotions[[*range(8), *range(120, 150)]], np.concatenate([one[0] for one in alone]))
    assert counts[[*range(8), *range(120, 150)]].tolist() == [int(one[1][0]) for one in alone]


def test_no_songs_give_no_rows():
    assert mean(np.empty((0, 4))).tolist() == [0.25] * 4
    assert distinct([]) == []


@pytest.mark.parametrize("labels", [4, 5])
def test_no_parts_give_the_uniform_row(labels):
    np.testing.assert_allclose(mean(np.empty((0, labels), np.float32)), 1 / labels)


@settings(deadline=None)
@given(arrays(np.float32, st.tuples(st.integers(1, 60), st.just(4)), elements=st.floats(0.125, 1, width=32)))
def test_the_mean_is_a_distribution_between_its_parts(rows):
    rows /= rows.sum(axis=1, keepdims=True)
    whole = mean(rows)
    assert whole.dtype == np.float32
    assert whole.sum() == pytest.approx(1, abs=1e-5)
    assert (whole <= rows.max(axis=0) + 1e-5).all()
    assert (whole >= rows.min(axis=0) - 1e-5).all()


@settings(deadline=None)
@given(st.lists(st.text("가나 A!a.", max_size=4)))
def test_distinct_keeps_one_spelling_of_each_key(parts):
    kept = distinct(parts)
    assert {key(part) for part in kept} == {key(part) for part in parts if has_letters(part)}
    assert len({key(part) for part in kept}) == len(kept)
    assert set(kept) <= set(parts)
