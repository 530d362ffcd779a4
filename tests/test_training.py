"""Training: the optimizer, checkpoints, and whole small runs of every recipe."""

import argparse
import errno
import io
import json
import math
import os
import shutil
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from small_training import (
    E5_INNER,
    E5_LAYERS,
    E5_PIECES,
    E5_POSITIONS,
    E5_WIDTH,
    TONES,
    e5_tensors,
    keras,
    pd,
    rows,
    write_csv,
    write_e5,
)
from torch_files import WRITE

import main
from model.classifier import LiteRTClassifier, LiteRTNetwork
from model.files import MANIFEST, NGRAMS, ModelFileError
from model.folders import written_whole
from model.labels import EMOTIONS, LABELS
from model.ngrams import NgramModel
from model.ngrams import load as load_ngrams
from model.text import key
from model.tokenizer import PAD, Tokenizer
from training import checkpoint, command, corpora, distil, e5, export, fit, ngrams, recipes, report, train
from training.backbone import BertConfig, encoder
from training.mappings import SENTIMENTS
from training.optimizer import RectifiedAdam, WarmupThenLinear
from training.train import Run
from training.vocabulary import train_vocabulary

# The pooler has no part in masked-language modelling.
pytestmark = pytest.mark.filterwarnings("ignore:Gradients do not exist")


# --- optimizer ---------------------------------------------------------------------------


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


@pytest.fixture
def checkpoint_folder(tmp_path) -> Path:
    (tmp_path / "config.json").write_text(json.dumps(SMALL))
    train_vocabulary([text for text, _ in rows(200)], tmp_path / "spiece.model", 80)
    return tmp_path


@pytest.mark.parametrize("form", ["safetensors", "zip", "pickles"])
def test_a_checkpoint_gives_the_states_of_an_independent_bert(checkpoint_folder, form):
    if form == "safetensors":
        from safetensors.numpy import save_file

        save_file(tensors(), checkpoint_folder / "model.safetensors")
    else:
        WRITE[form](checkpoint_folder / "pytorch_model.bin", tensors(old_names=True))
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


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ({"hidden_act": "gelu_new"}, "hidden_act is gelu_new, not gelu"),
        ({"position_embedding_type": "relative_key"}, "position_embedding_type is relative_key, not absolute"),
        ({"model_type": "roberta"}, "model_type is roberta, not bert"),
        ({"hidden_size": None}, "config.json is of no BERT"),
    ],
)
def test_a_checkpoint_of_another_kind_is_told_and_not_computed_as_a_bert(checkpoint_folder, setting, told):
    config = {name: value for name, value in (SMALL | setting).items() if value is not None}
    (checkpoint_folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(corpora.CorpusError, match=told):
        checkpoint.read_config(checkpoint_folder)
    (checkpoint_folder / "config.json").write_text("[1]")
    with pytest.raises(corpora.CorpusError, match=r"config\.json is of no BERT"):
        checkpoint.read_config(checkpoint_folder)


def test_a_broken_safetensors_file_is_told_by_name(checkpoint_folder):
    (checkpoint_folder / "model.safetensors").write_bytes(b"\x08" + bytes(7) + b"nothing.")
    with pytest.raises(corpora.CorpusError, match=r"model\.safetensors: cannot be read"):
        checkpoint._read(checkpoint_folder)


# --- whole runs ------------------------------------------------------------------------------

TINY = BertConfig(vocabulary=100, layers=1, width=32, heads=2, feed_forward=64)
MOODS = ["오늘 정말 행복해 기뻐", "어제 밤에 무서워 떨려", "오늘 아침에 책상 창문", "집에서 조금 슬퍼 우울해"]


def small(name: str, **more) -> recipes.Recipe:
    """A recipe as it is, but for a tiny network, short training, and steps that RectifiedAdam learns with."""
    recipe = recipes.RECIPES[name]
    sizes = {"backbone": TINY, "start": "", "length": 24, "epochs": 1, "batch": 32, "learning_rate": 3e-3}
    if recipe.distillation:
        sizes["distillation"] = replace(recipe.distillation, folds=2, epochs=1, lines={"plain": recipes.Lines(200)})
        sizes["ngrams"] = 512
    return replace(recipe, **sizes | more)


LONG_MOODS = small("bundled", epochs=12, patience=12)
LONG_TONES = small("sentiment-3", epochs=30, patience=30)


def write_data(folder: Path, name: str) -> list[Path]:
    """Small corpora for a recipe."""
    if name.startswith("sentiment"):
        # Of six rows one is neutral, three are positive and two negative.
        tones = [row for at, row in enumerate(rows(900, words=TONES)) if at % 9 in (0, 1, 2, 4, 5, 7)]
        return [write_csv(folder / "tones.csv", [(text, SENTIMENTS[label]) for text, label in tones])]
    (folder / "plain.txt").write_text("\n".join(text for text, _ in rows(300, seed=8)), encoding="utf-8")
    return [write_csv(folder / "moods.csv", rows(700)), folder / "plain.txt"]


def trained(folder: Path, name: str, recipe: recipes.Recipe | None = None, **more) -> SimpleNamespace:
    """`main.py train` of a recipe made small: its run folder, model folder, counts and what it printed."""
    run = folder / "runs" / name
    given = {"data": list(map(str, write_data(folder, name))), "backbone": None, "output": None, "resume": False}
    options = argparse.Namespace(recipe=name, **given | {"device": "cpu", "class_size": None} | more)
    policy = keras.config.dtype_policy()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as printed:
        patch.setattr(command, "RECIPES", {name: recipe or small(name)})
        patch.setattr(command, "RUNS", run.parent)
        try:
            command.run(options)
        finally:
            keras.config.set_dtype_policy(policy)
    lines = printed.getvalue().splitlines()
    objects = [json.loads(line) for line in lines if line.startswith("{")]
    return SimpleNamespace(run=run, model=run / "model", counts=objects[0], metrics=objects[-1], lines=lines)


def stages(run: Path) -> list[str]:
    """The stages that a run has finished work of, in order."""
    return list(dict.fromkeys(json.loads(line)["stage"] for line in (run / fit.TIMES).read_text().splitlines()))


@pytest.fixture
def eager(monkeypatch):
    """Steps are run as they are written: a graph takes longer to trace than an epoch of a small corpus to run."""
    compiled = keras.Model.compile

    def compile(self, *arguments, **settings):
        compiled(self, *arguments, **settings | {"run_eagerly": True, "jit_compile": False})

    monkeypatch.setattr(keras.Model, "compile", compile)


@pytest.fixture
def unmeasured(monkeypatch):
    """No report is written behind the export."""
    monkeypatch.setattr(report, "write", lambda *of: print("{}"))


@pytest.fixture(scope="module")
def moods(tmp_path_factory) -> SimpleNamespace:
    """The recipe «bundled», trained until it can tell the sentences apart."""
    return trained(tmp_path_factory.mktemp("moods"), "bundled", LONG_MOODS)


@pytest.fixture(scope="module")
def tones(tmp_path_factory) -> SimpleNamespace:
    """The recipe «sentiment-3», trained until it can tell the sentences apart."""
    return trained(tmp_path_factory.mktemp("tones"), "sentiment-3", LONG_TONES)


def test_a_run_with_teachers_learns_exports_and_serves(moods):
    classifier = LiteRTClassifier(moods.model)
    assert classifier.files.labels == LABELS
    found = classifier.files.manifest["metrics"]["moods"]
    assert found == moods.metrics["moods"]
    assert found["accuracy"] > 0.9
    assert found["neutral_auc"] > 0.9
    read = classifier.predict(MOODS)
    assert read.probabilities.argmax(axis=1)[[0, 1, 3]].tolist() == [3, 1, 2]
    assert read.neutral.argmax() == 2
    assert (moods.model / "MODEL_CARD.md").is_file()
    assert stages(moods.run) == ["vocabulary", "teacher-0", "teacher-1", "classify", "ngrams"]


def test_the_student_learns_from_every_row_and_line(moods):
    run = Run(small("bundled"), write_data(moods.run.parent.parent, "bundled"), moods.run)
    targets = np.load(moods.run / distil.TAUGHT)["targets"]
    fitted, validation = run.split()
    lines = [line for line in run.plain["plain"][:200] if key(line) not in set(validation["key"])]
    assert targets.shape == (len(fitted) + len(lines), 5)
    np.testing.assert_allclose(targets.sum(axis=1), 1, atol=1e-5)
    assert (targets[: len(fitted)].argmax(axis=1) == fitted["label"]).mean() > 0.95
    # No line has a label, but the words tell it.
    words = dict(rows(300, seed=8))
    assert (targets[len(fitted) :].argmax(axis=1) == [words[line] for line in lines]).mean() > 0.9


def test_the_linear_model_learns_neither_test_nor_validation_rows(tmp_path, monkeypatch):
    learnt = []

    def noted(texts, shares, shifts, buckets):
        learnt.extend(texts)
        return NgramModel(np.zeros((buckets, 5), np.float32), np.zeros(5, np.float32), np.ones(buckets, np.float32))

    monkeypatch.setattr(ngrams, "fit", noted)
    run = Run(small("bundled"), write_data(tmp_path, "bundled"), tmp_path)
    run.linear()
    apart = set(run.split()[1]["text"]) | set(run.test_rows()["moods"]["text"])
    assert learnt
    assert not apart & set(learnt)


def test_the_saved_folder_reloads_and_predicts_as_the_network_that_was_trained(moods):
    recipe = small("bundled")
    run = Run(recipe, write_data(moods.run.parent.parent, "bundled"), moods.run)
    tokenizer = Tokenizer(moods.run / "tokenizer.model")
    whole = run.network(tokenizer)
    whole.load_weights(moods.run / "classify.weights.h5")
    texts = [text for text, _ in rows(60, seed=12)]
    manifest = LiteRTNetwork(moods.model).files.manifest
    share, temperature = manifest["ngrams_share"], manifest["temperature"]
    linear, exported = run.linear(), load_ngrams(moods.model / NGRAMS, len(LABELS))
    assert share > 0
    np.testing.assert_allclose(exported.weights, linear.weights * share / temperature, atol=1e-3)
    np.testing.assert_allclose(exported.bias, linear.bias * share / temperature, atol=1e-3)
    logits = run.logits(whole, tokenizer, texts) + linear.scaled(share).logits(texts)
    expected = report.softmax(logits / temperature)
    read, _ = LiteRTNetwork(moods.model).run(texts)
    assert np.abs(read - expected).max() < 0.05  # int8 weights
    again, _ = LiteRTNetwork(moods.model).run(texts)
    np.testing.assert_array_equal(again, read)


def test_a_finished_run_taken_up_again_trains_nothing_and_exports_the_same(moods, unmeasured, tmp_path):
    shutil.copytree(moods.run, tmp_path / "runs" / "bundled")
    shutil.rmtree(tmp_path / "runs" / "bundled" / "model")
    again = trained(tmp_path, "bundled", LONG_MOODS, resume=True)
    assert (again.run / fit.TIMES).read_text() == (moods.run / fit.TIMES).read_text()
    before, after = (LiteRTNetwork(one.model).run(MOODS)[0] for one in (moods, again))
    np.testing.assert_allclose(after, before, atol=1e-5)


def test_sentiments_are_named_in_the_order_of_the_output(tones):
    network = LiteRTNetwork(tones.model)
    assert network.files.labels == ("neutral", "positive", "negative")
    read, _ = network.run(["오늘 정말 무난해 평범해", "어제 집에서 훌륭해 재밌어", "밤에 조금 지루해 아까워"])
    assert read.argmax(axis=1).tolist() == [0, 1, 2]


def test_the_classification_report_names_the_sentiments_of_the_test_rows(tones):
    read = {words[0]: words for words in map(str.split, tones.lines) if words[:1] and words[0] in SENTIMENTS}
    found = tones.metrics["tones"]
    assert list(read) == list(SENTIMENTS)
    for name, (_, _, _, f1, support) in read.items():
        assert int(support) == tones.counts["test"][name] == sum(found["confusion"][SENTIMENTS.index(name)])
        assert float(f1) == pytest.approx(found["f1"][name], abs=0.006)
    assert tones.counts["test"]["neutral"] < tones.counts["test"]["negative"] < tones.counts["test"]["positive"]
    assert found["accuracy"] > 0.9


@pytest.mark.parametrize(
    ("name", "labels", "more"),
    [
        ("sentiment-no-neutral", ("positive", "negative"), {}),
        ("sentiment-undersampled", SENTIMENTS, {"class_size": 40}),
        ("four-labels", EMOTIONS, {}),
    ],
)
def test_every_other_recipe_trains_exports_and_reloads(eager, tmp_path, name, labels, more):
    done = trained(tmp_path, name, **more)
    network = LiteRTNetwork(done.model)
    assert network.files.labels == labels
    assert list(done.counts["train"]) == list(done.counts["test"]) == list(labels)
    read, _ = network.run([text for text, _ in rows(5)])
    assert read.shape == (5, len(labels))
    np.testing.assert_allclose(read.sum(axis=1), 1, atol=1e-3)
    if "class_size" in more:
        assert set(done.counts["train"].values()) == {more["class_size"]}
    assert stages(done.run) == ["vocabulary", "classify"]


def test_the_recipes_tried_here_are_all_there_are():
    assert set(recipes.RECIPES) == {
        *("sentiment-3", "sentiment-no-neutral", "sentiment-undersampled", "four-labels", "bundled")
    }


# --- a run that is interrupted -------------------------------------------------------------------


class Interrupted(BaseException):
    """What Ctrl-C or a machine that goes down does."""


def test_a_run_goes_on_behind_the_last_stage_that_was_finished(eager, unmeasured, tmp_path):
    fitted = train.fit
    recipe = small("bundled", epochs=2, pretraining=recipes.Pretraining(epochs=1, tokens=2048))

    def stop_at(stage: str, resume: bool) -> list[str]:
        def fit_until(model, batches, epochs, folder, own, *settings):
            if own == stage:
                raise Interrupted
            return fitted(model, batches, epochs, folder, own, *settings)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(train, "fit", fit_until)
            patch.setattr(command, "export", lambda *of: (_ for _ in ()).throw(Interrupted))
            with pytest.raises(Interrupted):
                trained(tmp_path, "bundled", recipe, resume=resume)
        assert not (tmp_path / "runs" / "bundled" / "model").exists()
        return stages(tmp_path / "runs" / "bundled")

    assert stop_at("pretrain", resume=False) == ["vocabulary"]
    assert stop_at("teacher-1", resume=True) == ["vocabulary", "pretrain", "teacher-0"]
    assert stop_at("classify", resume=True) == ["vocabulary", "pretrain", "teacher-0", "teacher-1"]
    assert stop_at("export", resume=True)[-2:] == ["classify", "ngrams"]
    done = trained(tmp_path, "bundled", recipe, resume=True)
    assert LiteRTNetwork(done.model).run(MOODS)[0].shape == (4, 5)
    # Nothing was done twice: one line for each epoch of two, and for what has none.
    lines = [json.loads(line)["stage"] for line in (done.run / fit.TIMES).read_text().splitlines()]
    assert {stage: lines.count(stage) for stage in stages(done.run)} == {
        "vocabulary": 1,
        "pretrain": 1,
        "teacher-0": 2,  # one epoch, and its reading
        "teacher-1": 2,
        "classify": 2,
        "ngrams": 1,
    }


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the table of epochs is left open
def test_a_stage_goes_on_within_the_epoch_that_was_interrupted(tmp_path, monkeypatch):
    monkeypatch.setattr(fit, "CHECKPOINT_STEPS", 3)
    steps = []

    class Count(keras.callbacks.Callback):
        stop_after = 20

        def on_train_batch_end(self, batch, logs=None):
            steps.append(int(self.model.optimizer.iterations.numpy()))
            if len(steps) == self.stop_after:
                raise Interrupted

    counting = Count()

    class Best(fit.KeepBest):
        def on_train_batch_end(self, batch, logs=None):
            counting.set_model(self.model)
            counting.on_train_batch_end(batch)

    monkeypatch.setattr(train, "KeepBest", Best)
    run = Run(small("four-labels", epochs=3), write_data(tmp_path, "four-labels"), tmp_path / "run")
    run.open(resume=False)
    with pytest.raises(Interrupted):
        run.classify(run.vocabulary(), None)
    counting.stop_after = None
    run.open(resume=True)
    run.classify(run.vocabulary(), None)
    assert steps[:20] == list(range(1, 21))
    assert steps[20] in (18, 19, 20, 21)  # at most three steps were lost
    assert steps[20:] == list(range(steps[20], steps[-1] + 1))
    history = pd.read_csv(tmp_path / "run" / "classify.csv")
    assert list(history["epoch"]) == [0, 1, 2]
    assert history["val_accuracy"].notna().all()
    assert not list((tmp_path / "run").glob("*checkpoint*"))


# --- a run that begins elsewhere -------------------------------------------------------------


def test_a_run_starts_from_the_layers_and_pieces_of_e5(eager, unmeasured, tmp_path, monkeypatch):
    monkeypatch.setattr(e5, "_installed", lambda: write_e5(tmp_path / "small.bin"))
    backbone = BertConfig(60, E5_LAYERS, E5_WIDTH, 2, E5_INNER, E5_POSITIONS)
    still = recipes.Pretraining(epochs=1, tokens=2048, learning_rate=0.0)
    recipe = small("bundled", backbone=backbone, start="e5", pretraining=still, distillation=None)
    done = trained(tmp_path, "bundled", recipe)
    network = LiteRTNetwork(done.model)
    assert network.files.manifest["start"] == "e5"
    vocabulary = network.tokenizer
    assert len(vocabulary) <= 60
    assert set(vocabulary._pieces.IdToPiece(at) for at in range(5, len(vocabulary))) < set(E5_PIECES)
    # Pre-training without steps leaves what it began with.
    began = encoder(replace(backbone, vocabulary=len(vocabulary)))
    began.load_weights(done.run / "pretrained.weights.h5")
    found = keras.ops.convert_to_numpy(began.get_layer("layer_1").inner.kernel).T
    np.testing.assert_allclose(found, e5_tensors()["l1.fi.w"][0], atol=1e-6)


def test_the_bundled_recipe_trains_from_its_command_as_it_ships(eager, tmp_path, monkeypatch, capsys):
    """All that is made small are sizes and counts: it starts from e5, and regressions teach rows, lines and kin."""
    monkeypatch.setattr(e5, "_installed", lambda: write_e5(tmp_path / "small.bin"))
    shipped = recipes.RECIPES["bundled"]
    taught = replace(shipped.distillation, folds=2, lines={"plain": recipes.Lines(200, kin="moods")})
    backbone = BertConfig(60, E5_LAYERS, E5_WIDTH, 2, E5_INNER, E5_POSITIONS, pooling="mean")
    recipe = replace(shipped, backbone=backbone, distillation=taught, length=24, epochs=1)
    monkeypatch.setattr(command, "RECIPES", {"bundled": recipe})
    monkeypatch.setattr(command, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    files = [write_csv(tmp_path / "seed4.csv", [row for row in rows(200, seed=9) if row[1] != 4])]
    files += write_data(tmp_path, "bundled")
    policy = keras.config.dtype_policy()
    try:
        assert main.main(["train", "--recipe", "bundled", "--device", "cpu", "--data", *map(str, files)]) == 0
    finally:
        keras.config.set_dtype_policy(policy)
    assert set(json.loads(capsys.readouterr().out.splitlines()[-1])) == {"seed4", "moods"}
    run = tmp_path / "runs" / "bundled"
    assert stages(run) == ["vocabulary", "teacher-0", "teacher-1", "classify", "ngrams"]
    assert (run / "model" / "ngrams.npz").exists()
    assert LiteRTNetwork(run / "model").run(MOODS)[0].shape == (4, 5)
    assert not (run / "pretrained.weights.h5").exists()


def test_a_checkpoint_is_tuned_and_served_by_the_same_classifier(eager, unmeasured, tmp_path, checkpoint_folder):
    from safetensors.numpy import save_file

    save_file(tensors(), checkpoint_folder / "model.safetensors")
    done = trained(tmp_path, "four-labels", backbone=str(checkpoint_folder))
    classifier = LiteRTClassifier(done.model)
    assert classifier.predict(["오늘 정말 기뻐"]).probabilities.shape == (1, 4)
    assert len(classifier.tokenizer) <= 80
    assert classifier.files.manifest["start"] == str(checkpoint_folder)
    assert classifier.files.manifest["backbone"]["width"] == SMALL["hidden_size"]


# --- which rows train ------------------------------------------------------------------------


def rows_of(run: Run) -> dict[str, int]:
    return run.counts()["train"]


def test_undersampling_takes_as_many_of_each_label(tmp_path):
    files = write_data(tmp_path, "sentiment-undersampled")
    recipe = small("sentiment-undersampled")
    every = rows_of(Run(small("sentiment-3"), files, tmp_path))
    assert every["neutral"] < every["negative"] < every["positive"]
    assert set(rows_of(Run(recipe, files, tmp_path)).values()) == {every["neutral"]}
    assert set(rows_of(Run(replace(recipe, undersample=30), files, tmp_path)).values()) == {30}
    most = every["negative"] - 1
    assert rows_of(Run(replace(recipe, undersample=most), files, tmp_path)) == {
        "neutral": every["neutral"],
        "positive": most,
        "negative": most,
    }
    first, again = (Run(recipe, files, tmp_path).training_rows["text"] for _ in range(2))
    assert list(first) == list(again)


def test_a_recipe_without_neutral_leaves_its_rows_out_and_numbers_the_rest(tmp_path):
    files = write_data(tmp_path, "sentiment-no-neutral")
    run = Run(small("sentiment-no-neutral"), files, tmp_path)
    assert list(run.counts()["files"]) == list(SENTIMENTS)
    words = [set(of_label) for of_label in TONES[1:]]
    for row in run.rows.itertuples():
        assert words[row.label] & set(row.text.split())
        assert (row.positive, row.negative) == (1 - row.label, row.label)


def test_rows_that_a_recipe_calls_taken_out_are_refused(tmp_path):
    files = [write_csv(tmp_path / "seed4.csv", [(f"글 {at}", "4" if at % 3 else "3") for at in range(90)])]
    with pytest.raises(corpora.CorpusError, match=r"^seed4: 60 rows are 중립, but .* without them; rename the file$"):
        Run(small("bundled"), files, tmp_path)


def test_a_text_trains_once_a_label_and_stands_on_one_side_of_the_validation(tmp_path):
    texts = [f"같은 글 {at}" for at in range(60)]
    first = write_csv(tmp_path / "first.csv", [(text, "행복") for text in texts])
    other = write_csv(tmp_path / "other.csv", [(f"{text}!", label) for text in texts for label in ("행복", "슬픔")])
    fitted, validation = Run(small("four-labels"), [first, other], tmp_path).split()
    assert not set(fitted["key"]) & set(validation["key"])
    assert len(validation) == pytest.approx(0.2 * (len(fitted) + len(validation)), abs=2)
    together = pd.concat([fitted, validation])
    assert not together.duplicated(["key", "label"]).any()
    assert (together.groupby("key")["label"].nunique() == 2).all()


def test_shares_of_labels_that_are_left_out_go_to_the_others(tmp_path):
    table = [("하나", "슬픔|없음|슬픔"), ("둘", "기쁨"), ("셋", "없음|없음|슬픔")] + [
        (f"다른 글 {at}", "0") for at in range(9)
    ]
    run = Run(small("four-labels"), [write_csv(tmp_path / "a.csv", table)], tmp_path)
    shares = {row.text: list(run.targets(run.rows[run.rows["text"] == row.text])[0]) for row in run.rows.itertuples()}
    assert shares["하나"] == [0, 0, 1, 0]
    assert shares["둘"] == [0, 0, 0, 1]
    assert "셋" not in shares


# --- input that cannot be used --------------------------------------------------------------------


@pytest.fixture
def told(tmp_path, monkeypatch, capsys):
    """Runs `main.py train` with recipes made small; gives its code and the one line that it wrote."""
    monkeypatch.setattr(command, "RECIPES", {name: small(name) for name in recipes.RECIPES})
    monkeypatch.setattr(command, "RUNS", tmp_path / "runs")
    policy = keras.config.dtype_policy()

    def run(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
        capsys.readouterr()
        code = main.main(["train", "--device", "cpu", *map(str, arguments)])
        errors = capsys.readouterr().err
        assert errors.count("\n") == 1, errors
        assert errors.startswith("main.py: ")
        return code, errors

    yield run
    keras.config.set_dtype_policy(policy)


@pytest.mark.parametrize(
    ("recipe", "content", "words"),
    [
        ("four-labels", "sentence,label\n글,1\n", ["no column text", "it has sentence, label"]),
        ("four-labels", "text,label\n글,positive\n", ["unknown label 'positive'", "행복"]),
        ("sentiment-3", "text,label\n글,행복\n", ["unknown label '행복'", "neutral, positive, negative"]),
        ("four-labels", "text,label\n", ["holds no labelled text"]),
        ("four-labels", "", ["cannot be read"]),
        ("four-labels", None, ["cannot be read", "No such file"]),
    ],
)
def test_a_corpus_that_cannot_be_used_is_told_in_one_line(told, tmp_path, recipe, content, words):
    if content is not None:
        (tmp_path / "given.csv").write_text(content, encoding="utf-8")
    code, line = told("--recipe", recipe, "--data", tmp_path / "given.csv")
    assert code == 2
    assert all(word in line for word in [str(tmp_path / "given.csv"), *words])
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--recipe", "none"), ["--recipe none", *recipes.RECIPES]),
        (("--recipe", "four-labels", "--class-size", "10"), ["--class-size 10", "undersamples"]),
        (("--recipe", "sentiment-undersampled", "--class-size", "0"), ["--class-size 0", "positive"]),
        (("--recipe", "four-labels", "--device", "gpu"), ["--device gpu", "there is cpu"]),
        (("--recipe", "four-labels", "--device", "abacus"), ["--device abacus", "auto, tpu, gpu, cpu"]),
    ],
)
def test_an_option_that_cannot_be_used_is_told_in_one_line(told, tmp_path, arguments, words):
    import tensorflow as tf

    if "gpu" in arguments and tf.config.list_physical_devices("GPU"):
        pytest.skip("there is a GPU")
    code, line = told(*arguments, "--data", write_csv(tmp_path / "a.csv", rows(50)))
    assert code == 2
    assert all(word in line for word in words), line


def test_a_checkpoint_that_cannot_be_fetched_is_told_in_one_line(told, tmp_path, monkeypatch):
    from transformers.utils import hub

    def cached_file(*_, **__):
        raise OSError("We couldn't connect to the hub\nto load the file")

    monkeypatch.setattr(hub, "cached_file", cached_file)
    data = write_csv(tmp_path / "a.csv", rows(50))
    code, line = told("--recipe", "four-labels", "--backbone", "none/such", "--data", data)
    assert code == 2
    assert all(word in line for word in ("--backbone none/such", "couldn't connect", "config.json"))


def test_plain_text_alone_is_no_corpus_to_learn_labels_from(told, tmp_path):
    (tmp_path / "plain.txt").write_text("글 하나\n글 둘\n", encoding="utf-8")
    code, line = told("--recipe", "four-labels", "--data", tmp_path / "plain.txt")
    assert code == 2
    assert "no labelled corpus" in line


def test_a_checkpoint_of_another_shape_is_told_in_one_line(told, tmp_path, checkpoint_folder):
    from safetensors.numpy import save_file

    sizes = json.loads((checkpoint_folder / "config.json").read_text())
    (checkpoint_folder / "config.json").write_text(json.dumps(sizes | {"intermediate_size": 48}))
    save_file(tensors(), checkpoint_folder / "model.safetensors")
    data = write_csv(tmp_path / "a.csv", rows(100))
    code, line = told("--recipe", "four-labels", "--backbone", checkpoint_folder, "--data", data)
    assert code == 2
    assert "encoder.layer.0.intermediate.dense.weight" in line
    assert not (tmp_path / "runs" / "four-labels" / "model").exists()


def test_a_vocabulary_that_does_not_fit_the_weights_is_told_in_one_line(eager, told, tmp_path, checkpoint_folder):
    from safetensors.numpy import save_file

    train_vocabulary([text for text, _ in rows(600)], checkpoint_folder / "spiece.model", 120)
    assert len(Tokenizer(checkpoint_folder / "spiece.model")) > SMALL["vocab_size"]
    save_file(tensors(), checkpoint_folder / "model.safetensors")
    data = write_csv(tmp_path / "a.csv", rows(100))
    code, line = told("--recipe", "four-labels", "--backbone", checkpoint_folder, "--data", data)
    assert code == 2
    assert all(word in line for word in ("pieces", "80"))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("plain.txt", "", ["no line is left to learn from", "a sentence a line"]),
        ("plain.txt", "!!\n\n", ["no line is left to learn from"]),
        ("plain.tsv", "text\tlabel\n글\t0\n", ["unknown kind of file", ".csv, .xlsx with labels and .txt"]),
    ],
)
def test_plain_text_that_cannot_be_used_is_told_in_one_line(told, tmp_path, name, content, words):
    (tmp_path / name).write_text(content, encoding="utf-8")
    code, line = told("--recipe", "four-labels", "--data", write_csv(tmp_path / "a.csv", rows(50)), tmp_path / name)
    assert code == 2
    assert all(word in line for word in (name, *words)), line


def test_a_label_that_has_no_row_is_told_in_one_line(told, tmp_path):
    table = [(text, label) for text, label in rows(200) if label in (0, 3)]
    code, line = told("--recipe", "four-labels", "--data", write_csv(tmp_path / "a.csv", table))
    assert code == 2
    assert "no row of 놀람공포, 슬픔 to train on" in line


def test_lines_that_a_recipe_learns_from_and_were_not_given_are_named(tmp_path, caplog):
    Run(small("bundled"), [write_csv(tmp_path / "a.csv", rows(200))], tmp_path)
    assert "no plain.txt, from which this recipe learns too" in caplog.text


def test_a_model_is_not_put_where_the_next_run_empties(told, tmp_path):
    output = tmp_path / "runs" / "four-labels" / "second"
    data = write_csv(tmp_path / "a.csv", rows(50))
    code, line = told("--recipe", "four-labels", "--data", data, "-o", output)
    assert code == 2
    assert all(word in line for word in (str(output), "empties", "elsewhere"))


@pytest.mark.parametrize("other", ["recipe", "data", "backbone"])
def test_a_run_of_something_else_is_not_resumed(tmp_path, checkpoint_folder, other):
    data = write_csv(tmp_path / "a.csv", rows(100))
    Run(small("four-labels"), [data], tmp_path / "run").open(resume=False)
    Run(small("four-labels"), [data], tmp_path / "run").open(resume=True)
    recipe, backbone = small("four-labels"), None
    if other == "recipe":
        recipe = replace(recipe, epochs=2)
    elif other == "data":
        write_csv(data, rows(101))
    else:
        backbone = str(checkpoint_folder)
    run = Run(recipe, [data], tmp_path / "run", backbone)
    with pytest.raises(corpora.CorpusError, match=f"run: was begun with another {other}; give the same, or start"):
        run.open(resume=True)
    run.open(resume=False)
    run.open(resume=True)


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_rows_are_told_in_one_line(told, tmp_path, count):
    """None is left to train on, or of one row none to choose the best epoch by."""
    table = [("배울 글", "0", "train")] * count + [(f"시험 글 {at}", "1", "test") for at in range(3)]
    code, line = told("--recipe", "four-labels", "--data", write_csv(tmp_path / "a.csv", table, "text label split"))
    assert code == 2
    assert "--data" in line


# --- what is written is whole ----------------------------------------------------------------


def no_space(*_, **__) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_while_exporting_is_told_in_one_line_and_leaves_the_model_before(
    told, tones, tmp_path, monkeypatch
):
    shutil.copytree(tones.run, tmp_path / "runs" / "sentiment-3")
    monkeypatch.setitem(command.RECIPES, "sentiment-3", LONG_TONES)
    before = {path.name: path.read_bytes() for path in tones.model.iterdir() if path.is_file()}
    monkeypatch.setattr(export, "shutil", SimpleNamespace(copyfile=no_space))
    data = write_data(tmp_path, "sentiment-3")[0]
    code, line = told("--recipe", "sentiment-3", "--data", data, "--resume")
    assert (code, "No space left on device" in line) == (1, True)
    model = tmp_path / "runs" / "sentiment-3" / "model"
    assert {path.name: path.read_bytes() for path in model.iterdir() if path.is_file()} == before
    assert not [path for path in model.parent.iterdir() if path.name.startswith("model") and path != model]


def test_a_full_disk_while_saving_weights_leaves_no_half_of_them(tmp_path):
    class Model:
        def save_weights(self, path):
            Path(path).write_bytes(b"half")
            no_space()

    whole = tmp_path / "pretrained.weights.h5"
    with pytest.raises(OSError, match="No space left"):
        fit.save(Model(), whole)
    assert not whole.exists()


def test_a_folder_that_cannot_take_its_place_leaves_what_was_there(tmp_path, monkeypatch):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "old").touch()
    replaced = os.replace

    def replace_all_but_the_new(source, target):
        if str(source).endswith(".partial"):
            no_space()
        replaced(source, target)

    monkeypatch.setattr(os, "replace", replace_all_but_the_new)
    with pytest.raises(OSError, match="No space left"), written_whole(tmp_path / "model") as partial:
        (partial / "new").touch()
    assert [path.name for path in tmp_path.rglob("*")] == ["model", "old"]


def test_a_folder_without_its_manifest_is_taken_for_no_model(told, tones, tmp_path):
    half = tmp_path / "half"
    shutil.copytree(tones.model, half)
    (half / MANIFEST).unlink()
    with pytest.raises(ModelFileError, match="is not a model folder"):
        LiteRTNetwork(half)
    code, line = told("--recipe", "sentiment-3", "--data", write_data(tmp_path, "sentiment-3")[0], "-o", half)
    assert (code, "exists and is no model folder" in line) == (2, True)
