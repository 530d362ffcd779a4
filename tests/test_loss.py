"""The loss of classifiers: Keras' own cross-entropy where nothing is shifted, logit adjustment where something is."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit
from small_training import keras, write_csv

from training.fit import BY_WEIGHT
from training.loss import ShiftedCrossEntropy, accuracy, packed
from training.recipes import RECIPES
from training.train import UNTOLD, Run

DRAW = np.random.default_rng(3)


@pytest.fixture
def logits() -> np.ndarray:
    return DRAW.normal(size=(6, 5)).astype(np.float32)


def test_without_shifts_it_is_the_cross_entropy_of_keras(logits):
    shares = DRAW.dirichlet(np.ones(5), 6).astype(np.float32)
    loss = ShiftedCrossEntropy()(packed(shares, np.zeros_like(shares)), logits)
    assert float(loss) == pytest.approx(float(keras.losses.CategoricalCrossentropy(from_logits=True)(shares, logits)))


def test_with_one_label_a_row_it_is_the_sparse_one(logits):
    labels = np.arange(6) % 5
    loss = ShiftedCrossEntropy()(packed(np.eye(5)[labels], np.zeros((6, 5))), logits)
    sparse = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, logits)
    assert float(loss) == pytest.approx(float(sparse))


def test_shifts_are_added_to_the_logits(logits):
    shares, shifts = np.eye(5)[[0, 1, 2, 3, 4, 4]], DRAW.normal(size=(6, 5))
    moved = ShiftedCrossEntropy()(packed(shares, shifts), logits)
    by_hand = ShiftedCrossEntropy()(packed(shares, np.zeros((6, 5))), logits + shifts)
    assert float(moved) == pytest.approx(float(by_hand), rel=1e-5)
    right = np.argmax(logits + shifts, axis=1) == shares.argmax(axis=1)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(accuracy(packed(shares, shifts), logits)), right)


def test_an_untold_label_pulls_at_no_logit(logits):
    import tensorflow as tf

    shifts = np.zeros((6, 5))
    shifts[:, 4] = UNTOLD
    variable = tf.Variable(logits)
    with tf.GradientTape() as tape:
        loss = ShiftedCrossEntropy()(packed(np.eye(5)[np.arange(6) % 4], shifts), variable)
    gradient = tape.gradient(loss, variable).numpy()
    assert np.abs(gradient[:, 4]).max() < 1e-6 < np.abs(gradient[:, :4]).min()


def test_a_filled_up_row_counts_for_nothing(logits):
    told = packed(np.eye(5)[np.arange(6) % 5], np.zeros((6, 5)))
    weights = np.array([1, 1, 1, 0, 0, 0], np.float32)
    loss = ShiftedCrossEntropy(reduction=BY_WEIGHT)
    assert float(loss(told, logits, weights)) == pytest.approx(float(loss(told[:3], logits[:3])))


@pytest.fixture
def run(tmp_path) -> Run:
    """Three files in which 중립 is rare, frequent, and taken out, and one that has none."""

    def told(name: str, neutral: int, others: int) -> list[tuple[str, str]]:
        return [(f"{name} 글 {at}", "중립" if at < neutral else "슬픔") for at in range(neutral + others)]

    table = {"rare": (20, 80), "often": (80, 20), "cut": (0, 50), "none": (0, 50)}
    files = [write_csv(tmp_path / f"{name}.csv", told(name, *counts)) for name, counts in table.items()]
    recipe = replace(RECIPES["bundled"], start="", taken_out=(("cut", "중립"), ("elsewhere", "중립")))
    return Run(recipe, files, tmp_path)


def test_shifts_are_what_the_share_in_the_file_differs_in_from_all(run):
    rows = run.training_rows
    shifts = run.shifts(rows)
    assert not shifts[:, :4].any()
    is_neutral = rows["label"] == 4
    for source in ("rare", "often"):
        of_file = (rows["source"] == source).to_numpy()
        (shift,) = set(shifts[of_file, 4])
        assert expit(logit(is_neutral.mean()) + shift) == pytest.approx(is_neutral[of_file].mean())
    assert set(shifts[rows["source"] == "cut", 4]) == {UNTOLD}
    assert set(shifts[rows["source"] == "none", 4]) == {0}


def test_a_recipe_that_adjusts_nothing_shifts_nothing(run):
    run.recipe = replace(run.recipe, adjusted=())
    assert not run.shifts(run.training_rows).any()


def test_a_text_of_several_files_counts_for_the_last(tmp_path):
    texts = [(f"같은 글 {at}", "슬픔") for at in range(60)]
    collection, origin = (write_csv(tmp_path / f"{name}.csv", texts) for name in ("collection", "origin"))
    run = Run(replace(RECIPES["four-labels"], start=""), [collection, origin], tmp_path)
    assert set(run.training_rows["source"]) == {"origin"}
