"""The linear model beside the network: its features, its fit, and what it does to a model folder."""

import json
import shutil
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import ngrams
from model.classifier import LiteRTNetwork
from model.files import BUNDLED, MANIFEST, NGRAMS, ModelFileError, digest
from model.ngrams import NgramModel, added, features

BUCKETS = 2**14
WORDS = {0: "기쁘다 웃었다 신난다", 1: "슬프다 울었다 외롭다", 2: "책상 창문 버스"}


def drawn(texts: int = 240) -> tuple[list[str], np.ndarray]:
    """(texts of two words of a label and one of chance, labels int [n])"""
    draw = np.random.default_rng(7)
    labels = draw.integers(0, len(WORDS), texts)
    anything = " ".join(WORDS.values()).split()
    return [" ".join([*draw.choice(WORDS[label].split(), 2), draw.choice(anything)]) for label in labels], labels


# --- features --------------------------------------------------------------------------------


def test_ngrams_stay_within_a_word_and_its_blanks():
    assert ngrams.ngrams("가나") == [" ", "가", "나", " ", " 가", "가나", "나 ", " 가나", "가나 ", " 가나 "]
    assert set(ngrams.ngrams("가 A")) == {" ", "가", "a", " 가", "가 ", " a", "a ", " 가 ", " a "}
    assert ngrams.ngrams("") == ngrams.ngrams(" \u200b\n") == []


def test_long_repeats_and_forms_of_a_syllable_are_read_as_the_network_reads_them():
    assert ngrams.ngrams("ㅋㅋㅋㅋㅋㅋㅋㅋㅋ") == ngrams.ngrams("ㅋㅋㅋㅋ")
    assert ngrams.ngrams("\u1100\u1161") == ngrams.ngrams("가")


def test_features_are_those_of_scikit_learn():
    text = pytest.importorskip("sklearn.feature_extraction.text", reason="needs the extra train")
    texts, _ = drawn()
    theirs = text.TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True)
    values = theirs.fit_transform(texts)
    idf = np.ones(BUCKETS, np.float32)
    for ngram, of_ngram in zip(theirs.get_feature_names_out(), theirs.idf_, strict=True):
        idf[bucket(ngram)] = of_ngram
    for row in range(20):
        expected = np.sort(values[row].data)
        np.testing.assert_allclose(np.sort(features(texts[row], idf)[1]), expected, atol=1e-5)


def bucket(ngram: str) -> int:
    return zlib.crc32(ngram.encode()) % BUCKETS


@given(st.text(max_size=80))
def test_features_have_unit_length_or_none(text):
    buckets, values = features(text, np.ones(64, np.float32))
    assert len(buckets) == len(values)
    assert ((buckets >= 0) & (buckets < 64)).all()
    assert np.linalg.norm(values) == pytest.approx(1 if len(values) else 0, abs=1e-5)


# --- the model -------------------------------------------------------------------------------


def test_logits_of_a_text_are_its_values_times_the_weights():
    weights = np.zeros((BUCKETS, 2), np.float32)
    weights[bucket("가")] = [1, -2]
    model = NgramModel(weights, np.array([0.5, 0], np.float32), np.ones(BUCKETS, np.float32))
    # «가» is one n-gram among « », «가», « 가», «가 » and « 가 »; the blank comes twice.
    share = 1 / np.sqrt((1 + np.log(2)) ** 2 + 4)
    np.testing.assert_allclose(model.logits(["가", ""]), [[0.5 + share, -2 * share], [0.5, 0]], atol=1e-6)
    np.testing.assert_allclose(model.scaled(2).logits(["가"]), 2 * model.logits(["가"]), atol=1e-6)


@given(st.lists(st.floats(-20, 20), min_size=3, max_size=3), st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_added_logits_multiply_the_odds(logits, weights):
    probabilities = np.array([weights], np.float32) + 0.01
    probabilities /= probabilities.sum()
    said = added(probabilities, np.array([logits], np.float32))
    odds = np.log(said[0, 1:] / said[0, 0]) if (said > 1e-6).all() else None
    assert said.sum() == pytest.approx(1, abs=1e-5)
    if odds is not None:
        expected = np.log(probabilities[0, 1:] / probabilities[0, 0]) + np.array(logits[1:]) - logits[0]
        np.testing.assert_allclose(odds, expected, atol=0.05)
    np.testing.assert_allclose(added(probabilities, np.zeros((1, 3))), probabilities, atol=1e-5)


# --- the fit ---------------------------------------------------------------------------------


@pytest.fixture
def training():
    pytest.importorskip("sklearn", reason="needs the extra train: .venv/bin/pip install -e '.[train]'")
    from training import ngrams as fitting

    return fitting


def test_the_fit_is_that_of_scikit_learns_logistic_regression(training):
    from training.linear import LinearClassifier

    texts, labels = drawn()
    unseen, _ = drawn(60)
    found = training.fit(texts, np.eye(3, dtype=np.float32)[labels], np.zeros((len(texts), 3), np.float32), BUCKETS)
    theirs = LinearClassifier(3)
    theirs._terms.set_params(min_df=1)  # buckets are counted however rare
    expected = theirs.fit(texts, labels).predict(unseen)
    np.testing.assert_allclose(added(np.full((60, 3), 1 / 3, np.float32), found.logits(unseen)), expected, atol=0.02)


def test_what_a_shift_explains_is_not_learnt(training):
    texts, labels = drawn()
    told = np.eye(3, dtype=np.float32)[labels]
    plain = training.fit(texts, told, np.zeros((len(texts), 3), np.float32), BUCKETS)
    shifted = training.fit(texts, told, np.tile(np.float32([3, 0, 0]), (len(texts), 1)), BUCKETS)
    difference = shifted.logits(texts) - plain.logits(texts)
    difference -= difference.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(difference, np.tile([-2, 1, 1], (len(texts), 1)), atol=0.1)


def test_soft_targets_are_met_on_average(training):
    shares = np.tile(np.float32([0.6, 0.3, 0.1]), (50, 1))
    found = training.fit(["가 나"] * 50, shares, np.zeros((50, 3), np.float32), 256)
    np.testing.assert_allclose(added(np.full((1, 3), 1 / 3), found.logits(["가 나"])), shares[:1], atol=0.01)


def test_a_saved_model_is_read_again(training, tmp_path):
    texts, labels = drawn()
    found = training.fit(texts, np.eye(3, dtype=np.float32)[labels], np.zeros((len(texts), 3), np.float32), 256)
    training.save(found, tmp_path / NGRAMS)
    np.testing.assert_allclose(ngrams.load(tmp_path / NGRAMS, 3).logits(texts), found.logits(texts), atol=0.01)
    with pytest.raises(ValueError, match="do not fit 4 labels"):
        ngrams.load(tmp_path / NGRAMS, 4)


# --- model folders ---------------------------------------------------------------------------

LONG = "오늘은 종일 서류만 넘겼다. " * 40  # more than the network reads at once
TEXTS = ["오늘 회사에서 칭찬을 들었다", LONG, "", "지하철에서 넘어졌다. 무릎이 아프다.", "ㅋㅋ", "🙂"]


@pytest.fixture
def folder(tmp_path):
    """A copy of the bundled folder to which a linear model may be given."""
    return shutil.copytree(BUNDLED, tmp_path / "model")


def give(folder, model: NgramModel) -> None:
    with (folder / NGRAMS).open("wb") as file:
        np.savez(file, **vars(model))
    sign(folder)


def sign(folder) -> None:
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    manifest["sha256"][NGRAMS] = digest(folder / NGRAMS)
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


def without(folder) -> None:
    """The folder's own linear model taken out."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if manifest["sha256"].pop(NGRAMS, None):
        (folder / NGRAMS).unlink()
        (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


def test_its_logits_are_added_to_the_network_s_where_there_are_letters(folder):
    without(folder)
    alone, embedding = LiteRTNetwork(folder).run(TEXTS)
    draw = np.random.default_rng(3)
    model = NgramModel(
        draw.normal(size=(512, 5)).astype(np.float32), np.float32([1, 0, 0, 0, -1]), np.ones(512, np.float32)
    )
    give(folder, model)
    both, same = LiteRTNetwork(folder).run(TEXTS)
    np.testing.assert_array_equal(same, embedding)
    letters = [0, 1, 3, 4]
    expected = added(alone[letters], model.logits([TEXTS[at] for at in letters]))
    np.testing.assert_allclose(both[letters], expected, atol=1e-5)
    np.testing.assert_array_equal(both[[2, 5]], alone[[2, 5]])
    assert LiteRTNetwork(folder).run([])[0].shape == (0, 5)


@pytest.mark.parametrize(
    ("weights", "bias", "idf", "fault"),
    [
        (np.ones((8, 3)), np.ones(3), np.ones(8), "do not fit 5 labels"),
        (np.ones((8, 5)), np.ones(5), np.ones(9), "do not fit 5 labels"),
        (np.ones((8, 5)), np.ones(5), np.ones((8, 5)), "do not fit 5 labels"),
        (np.ones((8, 5)), np.ones(5), np.float32(1), "do not fit 5 labels"),
        (np.ones((0, 5)), np.ones(5), np.ones(0), "holds no weights"),
        (np.full((8, 5), np.nan), np.ones(5), np.ones(8), "are no numbers"),
        (np.ones((8, 5)), np.full(5, np.inf), np.ones(8), "are no numbers"),
        (np.ones((8, 5), complex), np.ones(5), np.ones(8), "complex"),
    ],
)
def test_a_linear_model_that_does_not_fit_is_refused(folder, weights, bias, idf, fault):
    give(folder, NgramModel(weights, bias, idf))
    with pytest.raises(ModelFileError, match=rf"ngrams\.npz: .*{fault}"):
        LiteRTNetwork(folder)


def test_a_missing_part_is_named(folder):
    np.savez(folder / NGRAMS, weights=np.ones((8, 5)), bias=np.ones(5))
    sign(folder)
    with pytest.raises(ModelFileError, match="idf is not a file in the archive"):
        LiteRTNetwork(folder)


def test_a_linear_model_that_the_manifest_does_not_name_is_not_read(folder):
    without(folder)
    (folder / NGRAMS).write_bytes(b"left by a copy")
    assert LiteRTNetwork(folder).files.ngrams is None


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"\x93NUMPY"])
def test_a_damaged_linear_model_is_refused(folder, content):
    (folder / NGRAMS).write_bytes(content)
    sign(folder)
    with pytest.raises(ModelFileError, match="cannot be loaded"):
        LiteRTNetwork(folder)


def test_a_linear_model_that_the_manifest_names_must_be_there_and_be_that_file(folder):
    give(folder, NgramModel(np.ones((8, 5), np.float32), np.ones(5, np.float32), np.ones(8, np.float32)))
    (folder / NGRAMS).write_bytes((folder / NGRAMS).read_bytes() + b"0")
    with pytest.raises(ModelFileError, match="not the file the manifest names"):
        LiteRTNetwork(folder)
    (folder / NGRAMS).unlink()
    with pytest.raises(ModelFileError, match=r"ngrams\.npz is missing"):
        LiteRTNetwork(folder)
