"""Training: corpora without leaks, batches, the optimizer, checkpoints, and a whole small run."""

import argparse
import json
import math
import os
import random
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras", reason="needs the extra train: .venv/bin/pip install -e '.[train]'")

from model.classifier import LiteRTClassifier
from model.labels import LABELS
from model.text import key
from model.tokenizer import CLS, MASK, PAD, SEP
from training import checkpoint, command, corpora, recipes, report
from training.backbone import BertConfig, encoder
from training.batches import Batches, MaskedBatches, Texts
from training.optimizer import RectifiedAdam, WarmupThenLinear
from training.vocabulary import train_vocabulary

WORDS = {
    0: ["화나", "짜증나", "열받아", "미워"],
    1: ["무서워", "놀랐어", "불안해", "떨려"],
    2: ["슬퍼", "외로워", "속상해", "우울해"],
    3: ["행복해", "신나", "기뻐", "즐거워"],
    4: ["책상", "창문", "의자", "시계"],
}
PLACES = ["오늘", "어제", "학교에서", "회사에서", "집에서", "아침에", "밤에", "정말", "조금", "친구랑"]


def rows(count: int, seed: int = 1) -> list[tuple[str, int]]:
    """Sentences that anyone could tell apart by one word."""
    draw = random.Random(seed)
    return [
        (f"{draw.choice(PLACES)} {draw.choice(PLACES)} {draw.choice(WORDS[i % 5])} {draw.choice(WORDS[i % 5])}", i % 5)
        for i in range(count)
    ]


def write_csv(path: Path, table: list[tuple], columns=("text", "label")) -> Path:
    pd.DataFrame(table, columns=list(columns)).to_csv(path, index=False)
    return path


# --- corpora -------------------------------------------------------------------------


def test_no_text_is_on_both_sides_in_any_file(tmp_path):
    first = write_csv(
        tmp_path / "first.csv",
        [("첫째 글이에요", "0", "train"), ("둘째 글!", "1", "test"), ("셋째 글", "2", "test")],
        ("text", "label", "split"),
    )
    second = write_csv(tmp_path / "second.csv", [("둘째 글", "중립"), ("첫째  글이에요.", "중립"), ("넷째 글", "행복")])
    table = corpora.labelled([first, second])
    sides = table.groupby("key")["test"].nunique()
    assert (sides == 1).all()
    assert list(table.loc[table["key"] == key("둘째 글"), "source"]) == ["first"]
    assert not table.loc[table["key"] == key("첫째 글이에요"), "test"].any()


def test_a_test_text_with_two_labels_is_dropped(tmp_path):
    path = write_csv(
        tmp_path / "a.csv",
        [("같은 글", "0", "test"), ("같은 글", "1", "test"), ("다른 글", "1", "train")],
        ("text", "label", "split"),
    )
    assert list(corpora.labelled([path])["text"]) == ["다른 글"]


def test_unlabelled_text_leaves_out_every_test_text(tmp_path):
    plain = tmp_path / "plain.txt"
    plain.write_text("시험에 나올 글.\n연습할 글\n연습할 글!\n\n", encoding="utf-8")
    assert corpora.unlabelled([plain], {key("시험에 나올 글")}) == ["연습할 글"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("label\n1\n", "no column text"),
        ("text,label\n글,기타\n", "unknown label '기타'"),
        ("text,label\n!!!,1\n", "holds no text"),
        ("", "cannot be read"),
    ],
)
def test_a_corpus_that_cannot_be_used_is_told_in_one_line(tmp_path, content, told):
    path = tmp_path / "bad.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(corpora.CorpusError, match=told) as caught:
        corpora.labelled([path])
    assert "\n" not in str(caught.value)


def test_seven_and_six_labels_map_onto_the_four(tmp_path):
    names = ["분노", "혐오", "놀람", "공포", "불안", "당황", "슬픔", "상처", "행복", "기쁨", "중립"]
    path = write_csv(tmp_path / "names.csv", [(f"{name} 글", name) for name in names])
    assert list(corpora.labelled([path])["label"]) == [0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4]


# --- batches -----------------------------------------------------------------------------


def sequences(count: int = 300) -> list[list[int]]:
    draw = random.Random(3)
    return [[CLS, *(draw.randrange(5, 90) for _ in range(draw.randrange(1, 30))), SEP] for _ in range(count)]


def test_an_epoch_holds_every_row_once_within_its_limits():
    made = Batches(Texts(sequences()), np.arange(300), rows=16, tokens=200, seed=1)
    seen = []
    for at in range(len(made)):
        ids, labels = made[at]
        assert len(ids) <= 16
        assert ids.size <= 200
        seen += labels.tolist()
        for row, label in zip(ids, labels, strict=True):
            assert [i for i in row.tolist() if i != PAD] == sequences()[label]
    assert sorted(seen) == list(range(300))


def test_hidden_tokens_differ_each_epoch_and_are_never_special_ones():
    made = Batches(Texts(sequences()), np.arange(300), rows=300, tokens=20000, seed=1, hidden=0.1)
    seen = []
    for epoch in range(2):
        made.at_epoch(epoch)
        ids, labels = made[0]
        texts = made.texts.padded(labels)
        assert set(texts[ids != texts].tolist()) <= set(range(5, 90))
        assert set(ids[ids != texts].tolist()) == {MASK}
        assert 0.07 < (ids == MASK).sum() / (texts >= 5).sum() < 0.13
        seen.append({(int(row), int(at)) for row, at in zip(*np.nonzero(ids == MASK), strict=True)})
    assert seen[0] != seen[1]


def test_an_epoch_is_planned_from_its_number_alone():
    one, other = (Batches(Texts(sequences()), np.arange(300), rows=16, tokens=200, seed=1) for _ in range(2))
    one.at_epoch(2)
    first = one[0][0]
    other.at_epoch(1)
    assert not all(np.array_equal(a, b) for a, b in zip(one.plan, other.plan, strict=False))
    other.at_epoch(2)
    np.testing.assert_array_equal(first, other[0][0])


def test_masking_predicts_what_stood_there_and_hides_no_special_token():
    texts = Texts(sequences())
    made = MaskedBatches(texts, 90, rows=16, tokens=400, seed=1)
    masked = predicted = tokens = 0
    for at in range(len(made)):
        inputs, pieces, weights = made[at]
        original = texts.padded(made.plan[at])
        np.testing.assert_array_equal(np.take_along_axis(original, inputs["places"], axis=1), pieces)
        assert (pieces[weights == 1] >= 5).all()
        hidden = inputs["ids"] == MASK
        masked += hidden.sum()
        predicted += weights.sum()
        tokens += (original >= 5).sum()
        unchanged = np.ones_like(original, bool)
        np.put_along_axis(unchanged, inputs["places"], weights == 0, axis=1)
        assert (inputs["ids"] == original)[unchanged & ~hidden].mean() > 0.97
    assert 0.12 < predicted / tokens < 0.18
    assert 0.7 < masked / predicted < 0.9


# --- optimizer ------------------------------------------------------------------------------


def rectified_adam(weights, gradients, rates, decay, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """Algorithm 2 of Liu et al. 2020 in plain floats, with decoupled decay before the step."""
    first = second = np.zeros_like(weights)
    limit = 2 / (1 - beta_2) - 1
    for t, (gradient, rate) in enumerate(zip(gradients, rates, strict=True), 1):
        weights = weights - rate * decay * weights
        first = beta_1 * first + (1 - beta_1) * gradient
        second = beta_2 * second + (1 - beta_2) * gradient**2
        mean = first / (1 - beta_1**t)
        rho = limit - 2 * t * beta_2**t / (1 - beta_2**t)
        if rho >= 5:
            r = math.sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho))
            weights = weights - rate * r * mean / (np.sqrt(second / (1 - beta_2**t)) + epsilon)
        else:
            weights = weights - rate * mean
    return weights


def test_rectified_adam_follows_the_published_algorithm_step_by_step():
    draw = np.random.default_rng(5)
    start, gradients = draw.normal(size=(3, 4)), draw.normal(size=(40, 3, 4))
    schedule = WarmupThenLinear(0.01, warmup=5, total=60)
    optimizer = RectifiedAdam(schedule, weight_decay=0.0025)
    variable = keras.Variable(start.astype(np.float32))
    rates = []
    for gradient in gradients:
        rates.append(float(schedule(optimizer.iterations)))
        optimizer.apply([keras.ops.convert_to_tensor(gradient.astype(np.float32))], [variable])
    assert rates[0] == pytest.approx(0.002)
    assert max(rates) == pytest.approx(0.01)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(variable), rectified_adam(start, gradients, rates, 0.0025), atol=1e-5
    )


def test_rectified_adam_survives_serialisation():
    made = RectifiedAdam(0.01, weight_decay=0.1, beta_2=0.99)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(made))
    assert again.get_config() == made.get_config()


# --- checkpoints -----------------------------------------------------------------------------

SMALL = {
    "vocab_size": 80,
    "num_hidden_layers": 2,
    "hidden_size": 16,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 40,
}


def tensors(old_names: bool = False) -> dict[str, np.ndarray]:
    """A random BERT checkpoint under the names that Hugging Face's files use."""
    draw = np.random.default_rng(9)
    width, inner = SMALL["hidden_size"], SMALL["intermediate_size"]
    shapes = {
        "embeddings.word_embeddings.weight": (80, width),
        "embeddings.position_embeddings.weight": (40, width),
        "embeddings.token_type_embeddings.weight": (2, width),
        "pooler.dense.weight": (width, width),
        "pooler.dense.bias": (width,),
    }
    norms = ["embeddings.LayerNorm"]
    for n in range(2):
        layer = f"encoder.layer.{n}"
        for name, out, into in (
            ("attention.self.query", width, width),
            ("attention.self.key", width, width),
            ("attention.self.value", width, width),
            ("attention.output.dense", width, width),
            ("intermediate.dense", inner, width),
            ("output.dense", width, inner),
        ):
            shapes |= {f"{layer}.{name}.weight": (out, into), f"{layer}.{name}.bias": (out,)}
        norms += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
    made = {name: draw.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()}
    scale, shift = ("gamma", "beta") if old_names else ("weight", "bias")
    for norm in norms:
        made[f"{norm}.{scale}"] = draw.normal(1, 0.1, width).astype(np.float32)
        made[f"{norm}.{shift}"] = draw.normal(0, 0.1, width).astype(np.float32)
    prefix = "bert." if old_names else ""
    return {prefix + name: value for name, value in made.items()}


def numpy_bert(t: dict[str, np.ndarray], ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(hidden, pooled) of the paper's encoder, written here anew with NumPy."""

    def dense(x, name):
        return x @ t[f"{name}.weight"].T + t[f"{name}.bias"]

    def norm(x, name):
        x = x - x.mean(-1, keepdims=True)
        return x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-12) * t[f"{name}.weight"] + t[f"{name}.bias"]

    def heads(x):
        return x.reshape(*x.shape[:2], 2, 8).transpose(0, 2, 1, 3)

    erf = np.vectorize(math.erf)
    e = "embeddings"
    x = t[f"{e}.word_embeddings.weight"][ids] + t[f"{e}.position_embeddings.weight"][: ids.shape[1]]
    x = norm(x + t[f"{e}.token_type_embeddings.weight"][0], f"{e}.LayerNorm")
    away = np.where(ids == PAD, -1e9, 0)[:, None, None, :]
    for n in range(2):
        a = f"encoder.layer.{n}.attention"
        q, k, v = (heads(dense(x, f"{a}.self.{name}")) for name in ("query", "key", "value"))
        scores = q @ k.transpose(0, 1, 3, 2) / math.sqrt(8) + away
        share = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (share / share.sum(-1, keepdims=True) @ v).transpose(0, 2, 1, 3).reshape(x.shape)
        x = norm(x + dense(mixed, f"{a}.output.dense"), f"{a}.output.LayerNorm")
        inner = dense(x, f"encoder.layer.{n}.intermediate.dense")
        inner = inner * (1 + erf(inner / math.sqrt(2))) / 2
        x = norm(x + dense(inner, f"encoder.layer.{n}.output.dense"), f"encoder.layer.{n}.output.LayerNorm")
    return x, np.tanh(dense(x[:, 0], "pooler.dense"))


def write_torch_zip(path: Path, content: dict[str, np.ndarray]) -> None:
    """What torch.save writes since 1.6, made without torch: a zip of one pickle and raw storages."""
    import pickle
    from collections import OrderedDict

    class Call:
        def __init__(self, name, arguments):
            self.name, self.arguments = name, arguments

    class Global:
        def __init__(self, name):
            self.name = name

    class Pickler(pickle._Pickler):
        def persistent_id(self, value):
            return (
                ("storage", Global("FloatStorage"), value[1], "cpu", value[2])
                if isinstance(value, tuple) and value[:1] == ("S",)
                else None
            )

        def save(self, value, save_persistent_id=True):
            if isinstance(value, Global):
                self.write(pickle.GLOBAL + b"torch\n" + value.name.encode() + b"\n")
            elif isinstance(value, Call):
                self.write(pickle.GLOBAL + b"torch._utils\n" + value.name.encode() + b"\n")
                super().save(value.arguments)
                self.write(pickle.REDUCE)
            else:
                super().save(value, save_persistent_id)

    with zipfile.ZipFile(path, "w") as packed:
        table = OrderedDict()
        for number, (name, value) in enumerate(content.items()):
            stride = tuple(step // 4 for step in value.strides)
            storage = ("S", str(number), value.size)
            table[name] = Call("_rebuild_tensor_v2", (storage, 0, value.shape, stride, False, OrderedDict()))
            packed.writestr(f"archive/data/{number}", value.tobytes())
        with packed.open("archive/data.pkl", "w") as file:
            Pickler(file, 2).dump(table)


@pytest.fixture
def checkpoint_folder(tmp_path) -> Path:
    (tmp_path / "config.json").write_text(json.dumps(SMALL))
    train_vocabulary([text for text, _ in rows(200)], tmp_path / "spiece.model", 80)
    return tmp_path


@pytest.mark.parametrize("form", ["safetensors", "torch"])
def test_a_checkpoint_gives_the_states_of_an_independent_bert(checkpoint_folder, form):
    if form == "torch":
        write_torch_zip(checkpoint_folder / "pytorch_model.bin", tensors(old_names=True))
    else:
        from safetensors.numpy import save_file

        save_file(tensors(), checkpoint_folder / "model.safetensors")
    network = encoder(checkpoint.read_config(checkpoint_folder))
    checkpoint.load_weights(network, checkpoint_folder)
    ids = np.array([[2, 9, 41, 17, 3], [2, 30, 3, 1, 1]], np.int32)
    hidden, pooled = network(ids)
    expected, expected_pooled = numpy_bert(tensors(), ids)
    real = ids != PAD
    np.testing.assert_allclose(keras.ops.convert_to_numpy(hidden)[real], expected[real], atol=1e-4)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(pooled), expected_pooled, atol=1e-4)


def test_a_checkpoint_that_does_not_fit_is_told_in_one_line(checkpoint_folder):
    from safetensors.numpy import save_file

    wrong = tensors() | {"pooler.dense.bias": np.zeros(3, np.float32)}
    save_file(wrong, checkpoint_folder / "model.safetensors")
    network = encoder(checkpoint.read_config(checkpoint_folder))
    with pytest.raises(corpora.CorpusError, match=r"pooler.dense.bias is \(3,\)"):
        checkpoint.load_weights(network, checkpoint_folder)


def test_a_torch_file_may_not_call_anything(tmp_path):
    import pickle

    class Harm:
        def __reduce__(self):
            return os.system, ("true",)

    with zipfile.ZipFile(tmp_path / "pytorch_model.bin", "w") as packed:
        packed.writestr("archive/data.pkl", pickle.dumps(Harm()))
    with pytest.raises(corpora.CorpusError, match="not allowed in a checkpoint"):
        checkpoint._read(tmp_path)


# --- report ------------------------------------------------------------------------------------


def test_temperature_undoes_over_confidence():
    draw = np.random.default_rng(2)
    honest = draw.normal(0, 1.5, (4000, 4))
    labels = np.array([draw.choice(4, p=p) for p in report.softmax(honest)])
    assert report.temperature(honest * 2, labels) == pytest.approx(2, abs=0.15)


def test_sure_threshold_is_the_lowest_that_keeps_the_accuracy():
    top = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    probabilities = np.stack([top, 1 - top, 0 * top, 0 * top], axis=1)
    assert report.sure_threshold(probabilities, np.array([0, 0, 0, 1, 1]), 0.75) == 0.6
    assert report.sure_threshold(probabilities, np.array([1, 1, 1, 1, 1]), 0.75) == 1.0


# --- a whole run ---------------------------------------------------------------------------------


def options(tmp_path: Path, **more) -> argparse.Namespace:
    write_csv(tmp_path / "small.csv", rows(700))
    (tmp_path / "plain.txt").write_text("\n".join(text for text, _ in rows(300, seed=8)), encoding="utf-8")
    data = [str(tmp_path / "small.csv"), str(tmp_path / "plain.txt")]
    return argparse.Namespace(
        **({"recipe": "bundled", "data": data, "backbone": None, "output": None, "resume": False} | more)
    )


@pytest.fixture
def small_recipes(tmp_path, monkeypatch):
    policy = keras.config.dtype_policy()
    small = BertConfig(vocabulary=100, layers=1, width=32, heads=2, feed_forward=64)
    bundled = replace(
        recipes.RECIPES["bundled"],
        backbone=small,
        pretraining=replace(recipes.RECIPES["bundled"].pretraining, epochs=1, tokens=512),
        epochs=40,  # RectifiedAdam takes small steps for its first hundreds
        patience=40,
        batch=32,
        learning_rate=3e-3,
    )
    four = replace(recipes.RECIPES["four-labels"], epochs=1)
    monkeypatch.setattr(command, "RECIPES", {"bundled": bundled, "four-labels": four})
    monkeypatch.setattr(command, "RUNS", tmp_path / "runs")
    yield
    keras.config.set_dtype_policy(policy)


@pytest.mark.filterwarnings("ignore:Gradients do not exist")  # the pooler has no part in masked-language modelling
def test_a_run_learns_exports_and_serves(tmp_path, small_recipes, capsys):
    command.run(options(tmp_path))
    folder = tmp_path / "runs" / "bundled" / "model"
    classifier = LiteRTClassifier(folder)
    metrics = classifier.files.manifest["metrics"]["small"]
    assert classifier.files.labels == LABELS
    assert metrics["accuracy"] > 0.9
    assert metrics["neutral_auc"] > 0.9
    read = classifier.predict(["오늘 정말 행복해 기뻐", "오늘 책상 창문"])
    assert read.probabilities[0].argmax() == 3
    assert read.neutral[1] > 0.5
    card = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert f"| small | {metrics['rows']} | {metrics['accuracy']} |" in card
    # A second run with --resume finds every stage done and exports the same network again.
    times = (tmp_path / "runs" / "bundled" / "times.jsonl").read_text()
    command.run(options(tmp_path, resume=True))
    again = LiteRTClassifier(folder).predict(["오늘 정말 행복해 기뻐", "오늘 책상 창문"])
    np.testing.assert_allclose(again.probabilities, read.probabilities, atol=1e-5)
    assert (tmp_path / "runs" / "bundled" / "times.jsonl").read_text() == times


def test_a_checkpoint_is_tuned_and_served_by_the_same_classifier(tmp_path, small_recipes, checkpoint_folder):
    from safetensors.numpy import save_file

    save_file(tensors(), checkpoint_folder / "model.safetensors")
    four = [row for row in rows(400) if row[1] < 4]
    write_csv(tmp_path / "four.csv", four)
    made = options(tmp_path, recipe="four-labels", backbone=str(checkpoint_folder), data=[str(tmp_path / "four.csv")])
    command.run(made)
    classifier = LiteRTClassifier(tmp_path / "runs" / "four-labels" / "model")
    assert classifier.predict(["오늘 정말 기뻐"]).probabilities.shape == (1, 4)
    assert len(classifier.tokenizer) <= 80


def test_an_unknown_recipe_is_told_with_those_allowed(tmp_path):
    with pytest.raises(corpora.CorpusError, match="allowed are four-labels, bundled"):
        command.run(options(tmp_path, recipe="none"))
