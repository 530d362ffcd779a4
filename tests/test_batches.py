"""Batches: every row once, within limits of size and shape, and back in order."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_training import keras

from model.tokenizer import CLS, MASK, PAD, SEP
from training.batches import Batches, MaskedBatches, Shape, Texts

SHAPES = [Shape(), Shape(rows=4), Shape((8, 16, 32)), Shape((8, 16, 32), 4), Shape((8,), 3)]
shapes = st.builds(Shape, st.sampled_from([(), (8, 16, 32), (16,)]), st.integers(1, 5))
lengths = st.lists(st.integers(2, 40), min_size=1, max_size=60)


def sequences(count: int = 300, least: int = 1, most: int = 29) -> list[list[int]]:
    draw = random.Random(3)
    return [[CLS, *(draw.randrange(5, 90) for _ in range(draw.randint(least, most))), SEP] for _ in range(count)]


def of_lengths(found: list[int]) -> Texts:
    """Texts of so many tokens each, the first of which tells its number."""
    return Texts([[5 + at, *[200] * (length - 1)] for at, length in enumerate(found)])


def test_an_epoch_holds_every_row_once_within_its_limits():
    given_rows = sequences()
    made = Batches(Texts(given_rows), np.arange(300), rows=16, tokens=200, seed=1)
    seen = []
    for ids, targets, weights in (made[at] for at in range(len(made))):
        assert len(ids) <= 16
        assert ids.size <= 200
        assert (ids.dtype, weights.dtype) == (np.int32, np.float32)
        np.testing.assert_array_equal(weights, 1)
        seen += targets.tolist()
        for row, target in zip(ids, targets, strict=True):
            assert [i for i in row.tolist() if i != PAD] == given_rows[target]
    assert sorted(seen) == list(range(300))


def test_rows_of_like_length_stand_together():
    """Padding would be half of all tokens if batches were cut from rows in any order."""
    made = Batches(Texts(sequences()), np.arange(300), rows=16, tokens=2000, seed=1)
    padding = [(ids == PAD).mean() for ids, *_ in (made[at] for at in range(len(made)))]
    assert np.mean(padding) < 0.1


def test_targets_may_be_shares_of_labels():
    shares = np.random.default_rng(1).dirichlet(np.ones(5), 300).astype(np.float32)
    made = Batches(of_lengths([3] * 150), shares, rows=16, tokens=200, seed=1)
    for ids, targets, _ in (made[at] for at in range(len(made))):
        np.testing.assert_array_equal(targets, shares[ids[:, 0] - 5])


def test_a_fixed_shape_is_one_of_few_and_its_filling_rows_weigh_nothing():
    made = Batches(of_lengths([5] * 7 + [20] * 3), np.arange(10), rows=6, tokens=100, seed=1, shape=Shape((8, 32), 2))
    found = [
        (ids.shape, sorted(targets[weights == 1].tolist()), (weights == 0).sum()) for ids, targets, weights in made
    ]
    # 100 tokens hold 12 rows of 8, but 6 are allowed; of 32 they hold 3, of which 2 can be shared by two devices.
    assert sorted(shape for shape, *_ in found) == [(2, 32), (2, 32), (6, 8), (6, 8)]
    assert sorted(row for _, rows, _ in found for row in rows) == list(range(10))
    assert sorted(empty for *_, empty in found) == [0, 0, 1, 5]


@settings(max_examples=100, deadline=None)
@given(lengths, shapes, st.integers(1, 9), st.integers(8, 200), st.integers(0, 3))
def test_any_rows_come_once_in_the_shape_that_is_wanted(found, shape, rows, tokens, epoch):
    texts = of_lengths(found)
    made = Batches(texts, np.arange(len(found)), rows=rows, tokens=tokens, seed=2, shape=shape)
    made.at_epoch(epoch)
    heights, seen = {}, []
    for ids, targets, weights in (made[at] for at in range(len(made))):
        height, length = ids.shape
        assert len(ids) == len(targets) == len(weights)
        assert height % shape.rows == 0
        assert height <= max(rows, shape.rows)
        assert height == shape.rows or height * length <= tokens
        np.testing.assert_array_equal(ids[:, 0] - 5, targets)
        assert set(weights.tolist()) <= {0, 1}
        assert weights[0] == 1
        seen += targets[weights == 1].tolist()
        longest = max(found[target] for target in targets)
        if shape.lengths:
            assert length == min((fit for fit in shape.lengths if fit >= longest), default=longest)
            assert heights.setdefault(length, height) == height
        else:
            assert length == longest
    assert sorted(seen) == list(range(len(found)))


@settings(max_examples=100, deadline=None)
@given(lengths, shapes, st.integers(1, 9), st.integers(0, 3))
def test_predictions_are_put_back_in_order(found, shape, rows, epoch):
    made = Batches(of_lengths(found), np.arange(len(found)), rows=rows, tokens=120, seed=2, shape=shape)
    made.at_epoch(epoch)
    said = np.concatenate([np.stack([ids[:, 0] - 5, (ids != PAD).sum(axis=1)], axis=1) for ids, *_ in made])
    ordered = made.in_order(said)
    np.testing.assert_array_equal(ordered[:, 0], np.arange(len(found)))
    np.testing.assert_array_equal(ordered[:, 1], found)


def test_what_keras_predicts_comes_back_in_order():
    ids = keras.Input((None,), dtype="int32")
    model = keras.Model(ids, keras.ops.cast(ids[:, :1], "float32") - 5)
    made = Batches(of_lengths([3, 9, 4, 17, 2, 9, 30]), np.zeros(7), rows=3, tokens=60, seed=1, shape=Shape((8, 32), 2))
    np.testing.assert_array_equal(made.in_order(model.predict(made, verbose=0))[:, 0], np.arange(7))


def test_hidden_tokens_differ_each_epoch_and_are_never_special_ones():
    made = Batches(Texts(sequences()), np.arange(300), rows=300, tokens=20000, seed=1, hidden=0.1)
    seen = []
    for epoch in range(2):
        made.at_epoch(epoch)
        ids, targets, _ = made[0]
        texts = made.texts.padded(targets, ids.shape[1])
        assert set(texts[ids != texts].tolist()) <= set(range(5, 90))
        assert set(ids[ids != texts].tolist()) == {MASK}
        assert 0.07 < (ids == MASK).sum() / (texts >= 5).sum() < 0.13
        seen.append({(int(targets[row]), int(at)) for row, at in zip(*np.nonzero(ids == MASK), strict=True)})
    assert seen[0] != seen[1]


def test_an_epoch_is_planned_from_its_number_alone():
    one, other = (Batches(Texts(sequences()), np.arange(300), rows=16, tokens=200, seed=1) for _ in range(2))
    one.at_epoch(2)
    first = one[0][0]
    other.at_epoch(1)
    assert not all(np.array_equal(a, b) for a, b in zip(one.plan, other.plan, strict=False))
    other.at_epoch(2)
    np.testing.assert_array_equal(first, other[0][0])


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_masking_predicts_what_stood_there_and_hides_no_special_token(shape):
    texts = Texts(sequences(600))
    made = MaskedBatches(texts, 90, rows=16, tokens=400, seed=1, shape=shape)
    masked = predicted = tokens = changed = 0
    widths = {}
    for at in range(len(made)):
        inputs, pieces, weights = made[at]
        ids, places = inputs["ids"], inputs["places"]
        original, _, real = made._filled(at)
        assert (ids.shape, pieces.shape, weights.shape) == (original.shape, places.shape, places.shape)
        assert widths.setdefault(ids.shape[1], places.shape[1]) == places.shape[1]
        np.testing.assert_array_equal(np.take_along_axis(original, places, axis=1), pieces)
        assert (pieces[weights == 1] >= 5).all()
        assert not weights[real == 0].any()
        assert all(len(set(row)) == len(row) for row in places.tolist())
        chosen = np.zeros_like(original, bool)
        np.put_along_axis(chosen, places, weights == 1, axis=1)
        chosen, ids, original = chosen[real == 1], ids[real == 1], original[real == 1]
        # A row that draws more than its places hold hides a few tokens that it need not tell; none else is touched.
        assert ((ids != original) & ~chosen).sum() <= 0.01 * ids.size
        assert (ids[original < 5] == original[original < 5]).all()
        masked += (ids == MASK)[chosen].sum()
        changed += ((ids != original) & (ids != MASK))[chosen].sum()
        predicted += chosen.sum()
        tokens += (original >= 5).sum()
    assert 0.12 < predicted / tokens < 0.18
    assert 0.75 < masked / predicted < 0.85
    assert 0.06 < changed / predicted < 0.14


def test_masks_differ_each_epoch_and_come_again_with_it():
    texts = Texts(sequences(40, 20))
    one, other = (MaskedBatches(texts, 90, rows=40, tokens=9000, seed=1) for _ in range(2))
    first = one[0][0]["ids"]
    one.at_epoch(1)
    assert not np.array_equal(first, one[0][0]["ids"])
    np.testing.assert_array_equal(first, other[0][0]["ids"])


def test_an_epoch_taken_up_again_gives_the_batches_that_were_left():
    one, other = (Batches(Texts(sequences()), np.arange(300), rows=16, tokens=200, seed=1, hidden=0.3) for _ in "ab")
    one.at_epoch(2)
    other.at_epoch(2, done=5)
    assert len(other) == len(one) - 5
    for at in range(len(other)):
        for mine, whole in zip(other[at], one[at + 5], strict=True):
            np.testing.assert_array_equal(mine, whole)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_epoch_has_batches_of_the_same_shapes_the_longest_first_and_the_shortest_next(shape):
    made = Batches(Texts(sequences(200)), np.arange(200), rows=16, tokens=300, seed=1, shape=shape)
    seen = []
    for epoch in range(3):
        made.at_epoch(epoch)
        found = [made[at][0].shape for at in range(len(made))]
        widths = [width for _, width in found]
        assert (widths[0], widths[1]) == (max(widths), min(widths))
        seen.append(sorted(found))
    assert seen[0] == seen[1] == seen[2]
