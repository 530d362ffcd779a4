"""The report of a training run: calibration, plots, comparison and model card, with answers known in advance."""

# ruff: noqa: E402 - the backend is named before Keras is imported

import argparse
import json
import os
import random
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras", reason="needs the extra train: .venv/bin/pip install -e '.[train]'")

from matplotlib.image import imread

from model.classifier import LiteRTNetwork
from model.files import BUNDLED, FORMAT, MANIFEST
from model.labels import EMOTIONS, LABELS
from training import command, plots, recipes, report, sources
from training.backbone import BertConfig
from training.card import card as card_of
from training.corpora import CorpusError
from training.train import Run

WORDS = ["화나", "무서워", "슬퍼", "행복해", "책상"]
TONES = {"neutral": "보통이에요", "positive": "훌륭해요", "negative": "지루해요"}
ODD = "뜻밖에"  # the network below takes a text with this word for the next label
PLACES = ["오늘", "어제", "학교에서", "회사에서", "집에서", "아침에", "밤에", "친구랑", "혼자", "정말"]
PLOTS = ("counts", "confusion", "calibration", "learning", "coverage")


def write_csv(path: Path, words: dict[str, str], count: int, odd: float = 0.2) -> Path:
    """Distinct sentences that one word gives away; a share `odd` of them holds ODD too."""
    draw, rows = random.Random(4), {}
    while len(rows) < count:
        label = list(words)[len(rows) % len(words)]
        marks = [ODD] if draw.random() < odd else []
        rows[" ".join([*draw.sample(PLACES, 3), *marks, words[label], str(draw.randrange(50))])] = label
    pd.DataFrame(rows.items(), columns=["text", "label"]).to_csv(path, index=False)
    return path


# --- calibration ----------------------------------------------------------------------------


def test_temperature_undoes_over_confidence():
    draw = np.random.default_rng(2)
    honest = draw.normal(0, 1.5, (4000, 4))
    labels = np.array([draw.choice(4, p=p) for p in report.softmax(honest)])
    assert report.temperature(honest * 2, labels) == pytest.approx(2, abs=0.15)


def test_the_linear_models_share_is_what_the_labels_were_drawn_with():
    draw = np.random.default_rng(3)
    network, linear = draw.normal(0, 1.5, (2, 6000, 4))
    for share in (0.0, 0.35, 1.0):
        labels = np.array([draw.choice(4, p=p) for p in report.softmax(network + share * linear)])
        for factor in (1, 3):  # the temperature undoes it before shares are compared
            assert report.linear_share(factor * network, factor * linear, labels) == pytest.approx(share, abs=0.1)


TOP = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
FALLING = np.stack([TOP, 1 - TOP, 0 * TOP, 0 * TOP], axis=1)


def test_sure_threshold_is_the_lowest_that_keeps_the_accuracy():
    assert report.sure_threshold(FALLING, np.array([0, 0, 0, 1, 1]), 0.75) == 0.6
    assert report.sure_threshold(FALLING, np.array([0, 0, 0, 0, 1])) == 0.5  # four of five
    assert report.sure_threshold(FALLING, np.array([1, 1, 1, 1, 1]), 0.75) == 1.0


def test_the_surest_rows_come_first_whatever_their_order():
    top, accuracy = report.surest_first(FALLING[[3, 0, 4, 2, 1]], np.array([1, 0, 1, 0, 0]))
    np.testing.assert_array_equal(top, TOP)
    np.testing.assert_allclose(accuracy, [1, 1, 1, 3 / 4, 3 / 5])


def test_emotions_alone_leaves_neutral_out_and_other_labels_as_they_are():
    five = np.array([[0.2, 0.1, 0.1, 0.0, 0.6], [0.1, 0.1, 0.1, 0.5, 0.2]])
    probabilities, labels = report.emotions_alone(five, np.array([4, 3]), LABELS)
    np.testing.assert_allclose(probabilities, [[0.125, 0.125, 0.125, 0.625]])
    assert labels.tolist() == [3]
    probabilities, labels = report.emotions_alone(five[:, :4], np.array([0, 3]), EMOTIONS)
    np.testing.assert_allclose(probabilities[0], [0.5, 0.25, 0.25, 0])
    three = np.array([[0.2, 0.3, 0.5]])
    assert report.emotions_alone(three, np.array([2]), ("neutral", "positive", "negative"))[0] is three


# --- plots --------------------------------------------------------------------------------------


def assert_picture(path: Path) -> None:
    """A PNG file of a size that fits a page, and not blank."""
    height, width, _ = imread(path).shape
    assert path.read_bytes().startswith(b"\x89PNG")
    assert 250 < height < 800
    assert 400 < width < 900
    assert imread(path).std() > 0.02
    assert path.stat().st_size < 60_000


def test_every_label_has_a_name_that_can_be_drawn(tmp_path):
    counts = {side: {name: 1000 * at for at, name in enumerate(LABELS)} for side in ("files", "train", "test")}
    counts["named"] = {"분노": 700, "안타까움/실망": 500, "gratitude": 300, "기쁨": 200}
    plots.counts(counts, tmp_path / "plots" / "counts.png")
    plots.confusion(np.diag([5, 4, 3, 2, 0]), LABELS, tmp_path / "plots" / "confusion.png")  # warnings are errors
    assert_picture(tmp_path / "plots" / "counts.png")
    assert_picture(tmp_path / "plots" / "confusion.png")
    assert all(name.replace("·", "").isascii() for name in plots.ENGLISH.values())
    assert set(plots.ENGLISH) >= set(LABELS)


def test_a_history_taken_up_again_counts_every_epoch_once(tmp_path):
    path = tmp_path / "classify.csv"
    path.write_text("epoch,accuracy,loss\n0,0.5,1.0\n1,0.6,0.9\nepoch,accuracy,loss\n1,0.7,0.8\n2,0.8,0.7\n")
    history = plots._history(path)
    assert history["epoch"].tolist() == [0, 1, 2]
    assert history["accuracy"].tolist() == [0.5, 0.7, 0.8]
    assert plots._history(tmp_path / "none.csv").empty
    (tmp_path / "pretrain.csv").touch()
    plots.learning(tmp_path, tmp_path / "learning.png")
    assert_picture(tmp_path / "learning.png")


def test_calibration_and_coverage_are_drawn_from_few_rows_too(tmp_path):
    plots.calibration(FALLING[:1], np.array([0]), tmp_path / "calibration.png")
    curve = report.surest_first(FALLING, np.array([0, 0, 0, 1, 1]))
    plots.coverage({"validation": curve}, 1.0, 0.8, tmp_path / "coverage.png")
    assert_picture(tmp_path / "calibration.png")
    assert_picture(tmp_path / "coverage.png")


# --- a report whose figures are known -------------------------------------------------------------


class WordNetwork:
    """In place of `LiteRTNetwork`: .6 for the label of the word in a text, or for the next one where ODD is in it."""

    def __init__(self, folder: Path, threads: int):
        self.files = argparse.Namespace(manifest=json.loads((folder / MANIFEST).read_text(encoding="utf-8")))

    def run(self, texts):
        return probabilities(texts, odd=ODD), np.zeros((len(texts), 2), np.float32)


def probabilities(texts, odd: str | None = None) -> np.ndarray:
    found = np.full((len(texts), len(LABELS)), 0.1, np.float32)
    for row, text in enumerate(texts):
        label = next(at for at, word in enumerate(WORDS) if word in text)
        found[row, (label + (odd is not None and odd in text)) % len(LABELS)] = 0.6
    return found


def exported(folder: Path, run: Run, files: list[str]) -> None:
    folder.mkdir()
    manifest = {
        "format": FORMAT,
        "recipe": "bundled",
        "labels": list(run.recipe.labels),
        "max_length": run.recipe.length,
        "temperature": 1.25,
        "ngrams_share": 0.15,
        "sure": 0.55,
        "backbone": {"vocabulary": 99, "layers": 2, "width": 16, "heads": 2, "feed_forward": 32, "pooling": "mean"},
        "start": "e5",
        "devices": ["1 cpu"],
        "sources": files,
        "counts": run.counts(),
        "seconds": {"vocabulary": 1, "pretrain": 20, "classify": 300},
        "sha256": {"model.tflite": "0" * 64, "tokenizer.model": "f" * 64},
        "versions": {"keras": "3.99.1"},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


@pytest.fixture
def words_run(tmp_path, monkeypatch) -> Run:
    monkeypatch.setattr(report, "LiteRTNetwork", WordNetwork)
    written = {"mine": dict(zip(LABELS, WORDS, strict=True)), "kote_val": {"기쁨": "행복해", "없음": "책상"}}
    files = [write_csv(tmp_path / f"{name}.csv", words, 400) for name, words in written.items()]
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "classify.csv").write_text("epoch,accuracy,loss,val_accuracy,val_loss\n0,0.5,1,0.4,1.1\n")
    (tmp_path / "run" / "pretrain.csv").write_text("epoch,accuracy,loss\n0,0.1,6\n1,0.2,5\n")
    run = Run(replace(recipes.RECIPES["bundled"], start="", pretraining=recipes.Pretraining()), files, tmp_path / "run")
    exported(tmp_path / "model", run, [file.name for file in files])
    return run


@pytest.fixture
def written(tmp_path, words_run) -> Path:
    report.write(tmp_path / "model", words_run, probabilities)
    return tmp_path / "model"


def read_manifest(folder: Path) -> dict:
    return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))


def test_a_report_measures_what_the_networks_say(tmp_path, words_run, capsys):
    report.write(tmp_path / "model", words_run, probabilities)
    manifest = read_manifest(tmp_path / "model")
    rows = words_run.test_rows()["mine"]
    told = rows[rows["label"] < 4]
    # 행복 with the odd word is taken for 중립: the four are then alike, and the first of them, 분노혐오, is wrong too.
    wrong = told["text"].str.contains(ODD)
    metrics = manifest["metrics"]["mine"]
    assert metrics["rows"] == len(told)
    assert metrics["accuracy"] == pytest.approx(1 - wrong.mean(), abs=1e-4)
    assert set(manifest["metrics"]) == {"mine", "kote_val"}
    assert manifest["compared_on"] == "mine"

    systems = {one["system"]: one for one in manifest["comparison"]}
    assert list(systems) == [report.MAJORITY, report.LINEAR, report.ORIGINAL["system"], report.FLOAT, report.SERVED]
    training = words_run.learnt_of("mine")
    assert set(training["source"]) == {"mine"}
    assert not training["test"].any()
    most = training.loc[training["label"] < 4, "label"].value_counts().idxmax()
    assert systems[report.MAJORITY]["accuracy"] == pytest.approx((told["label"] == most).mean(), abs=1e-4)
    assert systems[report.LINEAR]["accuracy"] > 0.95
    assert systems[report.FLOAT]["accuracy"] == systems[report.FLOAT]["macro_f1"] == 1
    assert systems[report.SERVED]["accuracy"] == metrics["accuracy"]
    assert manifest["agreement"]["same_label"] == metrics["accuracy"]
    assert manifest["agreement"]["accuracy_difference"] == pytest.approx(metrics["accuracy"] - 1)
    assert manifest["agreement"]["largest_difference"] == pytest.approx(5 / 9, abs=1e-4)  # .6 of .9, then .1 of .9

    rule = manifest["sure_rule"]
    assert rule["validation"]["accuracy_named"] == 1
    assert rule["validation"]["named"] == 1  # 2/3 each, over the .55 of the manifest
    assert rule["test"]["accuracy_of_surest"]["1"] == metrics["accuracy"]
    assert manifest["total_seconds"] == 321

    said = capsys.readouterr().out
    assert "weighted avg" in said
    assert str(metrics["confusion"][0][0]) in said
    assert json.loads(said.splitlines()[-1]) == manifest["metrics"]


def test_each_plot_of_a_report_is_a_picture(written):
    for name in PLOTS:
        assert_picture(written / "plots" / f"{name}.png")


CARD = r"""
# Model card: bundled
.*multilingual-e5-small.*not SKT's KoBERT.*
- Input: .* 128 SentencePiece tokens .*
- Output: probabilities of 분노혐오, 놀람공포, 슬픔, 행복, 중립, and an embedding.
- Encoder: 2 layers × 16, 2 heads, feed-forward 32, 99 pieces; .* on the mean of the tokens\. .*
## Use and limits
.*no tool for diagnosis.*
## Data
\| file \| origin \| terms \|
\| `mine.csv` \| – \| – \|
\| `kote_val.csv` \| KOTE, searle-j/KOTE \| MIT \|
\| label \| files \| train \| test \|
\| 분노혐오 \| \d+ \| \d+ \| \d+ \|
As the files name them, before relabelling .*: .* \d+.*
!\[Rows by label\]\(plots/counts.png\)
## Recipe
\| masked-language modelling \| epochs \d+, tokens \d+, learning_rate [\d.]+, .* \|
\| teachers and their targets \| lines \(.*\), folds \d+, .* \|
\| shifted by file \| 중립; taken out of seed4: 중립 \|
\| classification \| test \d of \d, length \d+, .*, seed \d+ \|
!\[Loss and accuracy by epoch\]\(plots/learning.png\)
## Figures
\| test rows of \| rows \| accuracy \| macro F1 \| ECE \| share named surely \| accuracy of these \| neutral AUC \|
\| mine \| \d+ \|( [01]\.\d+ \|){6}
\| kote_val \| \d+ \|( [01]\.\d+ \|){6}
Compared on the test rows of mine; .*
\|  \| accuracy \| macro F1 \| 분노혐오 \| 놀람공포 \| 슬픔 \| 행복 \|
(\| .+ \| [\d.]+ \| [\d.]+ \| [\d.]+ \| [\d.]+ \| [\d.]+ \| [\d.]+ \|\n){5}
.*logistic regression is one that learnt from the training rows of mine alone\.
The original's report is on a split of its own, about 7 % .*
The float and the int8 model give the same label on a share of 0\.\d+ of \d+ rows; .*
!\[Confusion matrix\]\(plots/confusion.png\)
## Calibration
Logits are divided by a temperature of 1\.25, .*
!\[Calibration\]\(plots/calibration.png\)
A guess counts as sure from a top probability of 0\.55: .*
\| validation \| \d+ \| [\d.]+ \| [\d.]+ \|( [\d.]+ \|){4}
\| test \| \d+ \| [\d.]+ \| [\d.]+ \|( [\d.]+ \|){4}
!\[Risk and coverage\]\(plots/coverage.png\)
## Making
Trained on 1 cpu. Versions: keras 3.99.1.
Time of training, .*
\| classify \| 300 \|
\| together \| 321 \|
\| `model.tflite` \| `0{64}` \|
"""


def test_the_card_has_its_parts_in_order(written):
    card = (written / "MODEL_CARD.md").read_text(encoding="utf-8")
    at = 0
    for line in CARD.strip().splitlines():
        found = re.compile(f"^{line}$" if not line.endswith("}") else f"^{line}", re.MULTILINE).search(card, at)
        assert found, f"not in the card, or out of order: {line}"
        at = found.end()


def figures(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w.-])-?\d+(?:\.\d+)*(?:e-?\d+)?(?!\w)", text.replace("SHA-256", "")))


def test_every_figure_of_the_card_stands_in_the_manifest(written):
    card = (written / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert len(figures(card)) > 40
    assert figures(card) <= figures((written / MANIFEST).read_text(encoding="utf-8"))


def test_the_card_tells_of_the_linear_model_where_there_is_one(written):
    manifest = read_manifest(written)
    assert "times 0.15, are added to the network's" in card_of(manifest)
    assert "n-grams, whose logits" not in card_of(manifest | {"ngrams_share": 0.0})


def test_the_card_of_the_bundled_model_is_the_one_its_manifest_makes():
    manifest = read_manifest(BUNDLED)
    assert (BUNDLED / "MODEL_CARD.md").read_text(encoding="utf-8") == card_of(manifest)
    for name in PLOTS:
        assert_picture(BUNDLED / "plots" / f"{name}.png")


def test_a_report_that_dies_leaves_what_was_exported(tmp_path, words_run, monkeypatch):
    before = (tmp_path / "model" / MANIFEST).read_text(encoding="utf-8")
    monkeypatch.setattr(plots, "coverage", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        report.write(tmp_path / "model", words_run, probabilities)
    assert (tmp_path / "model" / MANIFEST).read_text(encoding="utf-8") == before
    assert sorted(path.name for path in (tmp_path / "model").iterdir()) == [MANIFEST, "plots"]


def test_a_run_without_test_rows_is_told_in_one_line(tmp_path, words_run, monkeypatch):
    monkeypatch.setattr(words_run, "test_rows", dict)
    with pytest.raises(CorpusError, match="no file of --data has test rows"):
        report.write(tmp_path / "model", words_run, probabilities)


def test_every_source_has_its_terms():
    assert sources.described("seed4.csv")["terms"].startswith("AI Hub terms")
    assert sources.described("5차년도_2차.csv")["terms"].startswith("AI Hub terms")
    assert sources.described("nsmc3.csv")["terms"] == "CC0"
    assert sources.described("mine.csv") == {"file": "mine.csv"}


# --- a whole run ---------------------------------------------------------------------------------


def test_a_recipe_of_other_labels_is_reported_with_them(tmp_path, monkeypatch, capsys):
    small = replace(
        recipes.RECIPES["sentiment-undersampled"],
        backbone=BertConfig(layers=1, width=16, heads=2, feed_forward=32, vocabulary=80),
        epochs=2,
        learning_rate=1e-3,
        length=40,
    )
    monkeypatch.setattr(command, "RECIPES", {"sentiment-undersampled": small})
    monkeypatch.setattr(command, "RUNS", tmp_path / "runs")
    data = write_csv(tmp_path / "reviews.csv", TONES, 400)
    command.run(
        argparse.Namespace(
            recipe="sentiment-undersampled",
            data=[str(data)],
            backbone=None,
            output=None,
            resume=False,
            device="cpu",
            class_size=50,
        )
    )
    folder = tmp_path / "runs" / "sentiment-undersampled" / "model"
    manifest = LiteRTNetwork(folder).files.manifest
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == manifest["metrics"]
    assert manifest["metrics"]["reviews"]["labels"] == list(TONES)
    assert manifest["counts"]["train"] == dict.fromkeys(TONES, 50)
    assert manifest["agreement"]["same_label"] > 0.9
    assert [one["system"] for one in manifest["comparison"]] == [
        report.MAJORITY,
        report.LINEAR,
        report.FLOAT,
        report.SERVED,
    ]
    card = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "original" not in card
    assert figures(card) <= figures((folder / MANIFEST).read_text(encoding="utf-8"))
    assert sorted(path.stem for path in (folder / "plots").iterdir()) == sorted(PLOTS)
