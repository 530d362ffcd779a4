"""Smoothing over the order of a file: known chains, and every path counted by hand."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training import chain


def noisy(labels: np.ndarray, seed: int, of: int = 5) -> np.ndarray:
    """What a classifier says that is right as often as it claims, between 0.3 and 0.9 of the time."""
    draw = np.random.default_rng(seed)
    sure = draw.uniform(0.3, 0.9, len(labels))
    other = (labels + draw.integers(1, of, len(labels))) % of
    told = np.where(draw.random(len(labels)) < sure, labels, other)
    probabilities = np.tile((1 - sure[:, None]) / (of - 1), of)
    probabilities[np.arange(len(labels)), told] = sure
    return probabilities.astype(np.float32)


def in_runs(count: int, seed: int = 1, length: int = 40, of: int = 5) -> np.ndarray:
    draw = np.random.default_rng(seed)
    return np.concatenate([[draw.integers(of)] * draw.integers(1, 2 * length) for _ in range(count)])[:count]


def every_path(likelihoods: np.ndarray, shares: np.ndarray, stay: float) -> np.ndarray:
    """The probability of each label on each line, summed over all paths: what forward-backward must give."""
    lines, labels = likelihoods.shape
    step = stay * np.eye(labels) + (1 - stay) * shares
    totals = np.zeros((lines, labels))
    for path in itertools.product(range(labels), repeat=lines):
        weight = shares[path[0]] * np.prod([step[a, b] for a, b in itertools.pairwise(path)])
        weight *= np.prod(likelihoods[np.arange(lines), path])
        totals[np.arange(lines), path] += weight
    return totals / totals.sum(axis=1, keepdims=True)


def right(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return float((probabilities.argmax(axis=1) == labels).mean())


def test_runs_of_a_mood_are_recovered_from_noise():
    labels = in_runs(1500)
    raw = noisy(labels, 2)
    smooth = chain.smoothed(raw)
    assert 0.5 < right(raw, labels) < 0.7
    assert right(smooth, labels) > 0.95
    assert chain.stay(raw) > 0.9


def test_in_an_order_that_means_nothing_the_probabilities_stay_as_they_were():
    labels = in_runs(1500)
    order = np.random.default_rng(3).permutation(1500)
    raw = noisy(labels, 2)[order]
    smooth = chain.smoothed(raw)
    assert chain.stay(raw) < 0.05
    assert np.abs(smooth - raw).max() < 0.1
    assert (smooth.argmax(axis=1) == raw.argmax(axis=1)).mean() > 0.97


def test_a_rare_mood_is_not_made_rarer():
    """Lines drawn one by one, most of them of one mood, say nothing about each other."""
    raw = np.random.default_rng(4).dirichlet([4, 1, 0.3], 1500)
    smooth = chain.smoothed(raw)
    assert chain.stay(raw) < 0.05
    np.testing.assert_allclose(smooth.mean(axis=0), raw.mean(axis=0), atol=0.01)
    assert np.abs(smooth - raw).max() < 0.1


def test_each_stretch_learns_for_itself():
    ordered = in_runs(chain.STRETCH, 5)
    shuffled = np.random.default_rng(6).permutation(in_runs(chain.STRETCH, 7))
    raw = noisy(np.concatenate([ordered, shuffled]), 8)
    smooth = chain.smoothed(raw)
    assert right(smooth[: chain.STRETCH], ordered) > 0.95
    assert np.abs(smooth - raw)[chain.STRETCH :].max() < 0.2
    np.testing.assert_array_equal(smooth[: chain.STRETCH], chain.smoothed(raw[: chain.STRETCH]))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.lists(st.floats(0.01, 1), min_size=3, max_size=3), min_size=4, max_size=4),
    st.lists(st.floats(0.05, 1), min_size=3, max_size=3),
    st.floats(0.01, 0.99),
)
def test_forward_and_backward_give_the_sum_over_all_paths(likelihoods, shares, stay):
    likelihoods, shares = np.array(likelihoods), np.array(shares) / sum(shares)
    forward, backward = chain._pass(likelihoods, shares, stay)
    both = forward * backward
    np.testing.assert_allclose(both / both.sum(axis=1, keepdims=True), every_path(likelihoods, shares, stay), atol=1e-9)


@pytest.mark.parametrize("stay", [0, 0.3, 0.6, 0.9])
def test_the_stay_that_lines_were_drawn_with_is_learnt(stay):
    draw = np.random.default_rng(9)
    labels = draw.integers(0, 5, 2000)
    for at in range(1, len(labels)):
        labels[at] = labels[at - 1] if draw.random() < stay else labels[at]
    assert chain.stay(noisy(labels, 10)) == pytest.approx(stay, abs=0.06)


@pytest.mark.parametrize("order", [(0, 0, 0, 1), (0, 1, 0, 1), (2, 2, 1, 0)])
def test_no_other_stay_makes_the_lines_likelier(order):
    """The likelihood of four lines, summed over all their paths."""
    raw = noisy(np.array(order), 3, of=3).astype(float)
    shares = raw.mean(axis=0)

    def likelihood(stay: float) -> float:
        step = stay * np.eye(3) + (1 - stay) * shares
        paths = itertools.product(range(3), repeat=4)
        return sum(
            shares[path[0]]
            * np.prod([step[a, b] for a, b in itertools.pairwise(path)])
            * np.prod((raw / shares)[range(4), path])
            for path in paths
        )

    assert chain.stay(raw) == chain.STAYS[int(np.argmax([likelihood(stay) for stay in chain.STAYS]))]


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 40), st.integers(2, 5), st.integers(0, 99), st.sampled_from([0.05, 1.0]))
def test_rows_sum_to_one_whatever_the_lines_say(lines, labels, seed, sharpness):
    raw = np.random.default_rng(seed).dirichlet(np.full(labels, sharpness), lines).astype(np.float32)
    smooth = chain.smoothed(raw)
    assert (smooth.shape, smooth.dtype) == (raw.shape, np.float32)
    assert np.isfinite(smooth).all()
    assert (smooth >= 0).all()
    np.testing.assert_allclose(smooth.sum(axis=1), 1, atol=1e-5)
    assert 0 <= chain.stay(raw) <= 1


def test_a_single_line_has_no_neighbours():
    raw = np.array([[0.2, 0.5, 0.3]], np.float32)
    np.testing.assert_array_equal(chain.smoothed(raw), raw)


def test_no_lines_give_none():
    assert chain.smoothed(np.zeros((0, 5), np.float32)).shape == (0, 5)


@pytest.mark.parametrize("lines", [2, 50, 2000])
def test_a_label_that_never_occurs_stays_away(lines):
    raw = noisy(in_runs(lines, 11, of=4), 12, of=4)
    smooth = chain.smoothed(np.insert(raw, 2, 0, axis=1))
    assert smooth[:, 2].max() < 1e-3
    np.testing.assert_allclose(np.delete(smooth, 2, axis=1), chain.smoothed(raw), atol=1e-3)


def test_certain_lines_stay_certain():
    raw = np.eye(3, dtype=np.float32)[[0, 0, 0, 1, 1, 2, 2, 2]]
    np.testing.assert_allclose(chain.smoothed(raw), raw, atol=1e-3)
