"""Temperature, the «sure» threshold, and what an exported model is worth: measures, comparison, plots and card."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.metrics import classification_report

from model.classifier import LiteRTNetwork, emotions
from model.evaluate import measured, measures
from model.files import MANIFEST
from model.folders import file_written_whole
from model.labels import EMOTIONS
from training import plots
from training.card import card, of_emotions
from training.corpora import CorpusError
from training.linear import LinearClassifier
from training.sources import described

if TYPE_CHECKING:
    from training.recipes import Recipe
    from training.train import Run

SURE_ACCURACY = 0.8  # a mood is named without hedging where four of five such guesses were right
SHARES = (0.4, 0.6, 0.8, 1.0)
CARD = "MODEL_CARD.md"
MAJORITY, LINEAR = "the most frequent label", "TF-IDF of characters + logistic regression"
FLOAT, SERVED = "this model, float32", "this model, int8 as shipped"
ORIGINAL = {
    "system": "the original's report",
    "note": "on a split of its own, about 7 % of whose test rows stood among its training rows",
    "accuracy": 0.7503,
    "macro_f1": 0.74,
    "f1": {"분노혐오": 0.78, "놀람공포": 0.73, "슬픔": 0.64, "행복": 0.82},
}

# --- calibration ------------------------------------------------------------------------


def temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The T for which softmax(logits / T) has the least cross-entropy (Guo et al. 2017).

    logits: float [n, labels]; labels: int [n]. Between 0.5 and 4, to the second decimal.
    """
    found = minimize_scalar(lambda t: _cross_entropy(logits / t, labels), bounds=(0.5, 4), method="bounded")
    return round(float(found.x), 2)


def linear_share(logits: np.ndarray, linear: np.ndarray, labels: np.ndarray) -> float:
    """The s in 0..1 for which softmax((logits + s · linear) / T) has the least cross-entropy, T being its temperature.

    logits, linear: float [n, labels]; labels: int [n].
    """

    def loss(share: float) -> float:
        mixed = logits + share * linear
        return _cross_entropy(mixed / temperature(mixed, labels), labels)

    return min((step / 20 for step in range(21)), key=loss)


def softmax(logits: np.ndarray) -> np.ndarray:
    """float [n, labels] → rows that sum to 1."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def emotions_alone(
    probabilities: np.ndarray, labels: np.ndarray, names: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """(probabilities [m, 4] that sum to 1, labels [m]) of the rows labelled with an emotion.

    probabilities: float [n, names]; labels: int [n]. Where the names are others than the emotions, all as given.
    """
    if not of_emotions(names):
        return probabilities, labels
    told = labels < len(EMOTIONS)
    four = probabilities[told, : len(EMOTIONS)]
    return four / np.maximum(four.sum(axis=1, keepdims=True), 1e-9), labels[told]


def sure_threshold(probabilities: np.ndarray, labels: np.ndarray, accuracy: float = SURE_ACCURACY) -> float:
    """The least top probability above which at least `accuracy` of the rows are right; 1 if there is none."""
    top, right = surest_first(probabilities, labels)
    enough = np.flatnonzero(right >= accuracy)
    return round(float(top[enough[-1]]), 3) if len(enough) else 1.0


def surest_first(probabilities: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(top probabilities in falling order [n], accuracy of the rows up to each [n]): the risk-coverage curve."""
    top = probabilities.max(axis=1)
    order = np.argsort(-top, kind="stable")
    right = (probabilities.argmax(axis=1) == labels)[order]
    return top[order], np.cumsum(right) / np.arange(1, len(labels) + 1)


# --- a whole report -----------------------------------------------------------------------


def write(output: Path, run: "Run", read: Callable[[Sequence[str]], np.ndarray]) -> None:
    """Measure the exported model on the test rows of each file of a run, and write figures, plots and card.

    `output` is the exported folder; `read` gives the float model's probabilities, float32 [n, labels]. The
    comparison, the plots and what is printed first are about the first of `Run.test_rows`; the last line printed is
    {file: measures} as JSON. Everything in the card stands in the manifest too.
    """
    names = run.recipe.labels
    network = LiteRTNetwork(output, threads=2)
    tests = run.test_rows()
    served = {name: network.run(list(rows["text"]))[0] for name, rows in tests.items()}
    sure = network.files.manifest["sure"]
    metrics = {name: _measured(served[name], rows, names, sure) for name, rows in tests.items()}
    first = next((name for name, found in metrics.items() if found["rows"]), None)
    if first is None:
        raise CorpusError(f"{output}: exported, but no file of --data has test rows to measure it on; add one")
    _, validation = run.split()
    tested = emotions_alone(served[first], tests[first]["label"].to_numpy(), names)
    held = emotions_alone(read(list(validation["text"])), validation["label"].to_numpy(), names)

    manifest = network.files.manifest
    manifest = manifest | {
        "data": [described(name) for name in manifest["sources"]],
        "settings": _settings(run.recipe),
        "total_seconds": sum(manifest["seconds"].values()),
        "metrics": metrics,
        "compared_on": first,
        **_comparison(run, first, tests[first], read, served[first]),
        "sure_rule": {"accuracy": SURE_ACCURACY}
        | {side: _coverage(*rows, sure) for side, rows in (("validation", held), ("test", tested))},
    }
    _draw(output / "plots", run, manifest, held, tested)
    for name, text in ((MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"), (CARD, card(manifest))):
        with file_written_whole(output / name) as partial:
            partial.write_text(text, encoding="utf-8")
    _print_report(tested, metrics[first])
    print(json.dumps(metrics, ensure_ascii=False), flush=True)


def _measured(probabilities: np.ndarray, rows: pd.DataFrame, names: Sequence[str], sure: float) -> dict:
    labels = rows["label"].to_numpy()
    if of_emotions(names):
        found = measured(emotions(probabilities, list(rows["text"])), labels)
    else:
        found = measures(probabilities, labels, names)
    told = _coverage(*emotions_alone(probabilities, labels, names), sure) if found["rows"] else {}
    return found | {name: told.get(name) for name in ("named", "accuracy_named")}


def _comparison(run: "Run", name: str, rows: pd.DataFrame, read: Callable, served: np.ndarray) -> dict:
    """{"comparison": one entry a system, "agreement": of the float and the shipped model} on test rows.

    The regression learns from the training rows of the same file alone, with which it is better than with all.
    """
    names, texts, labels = run.recipe.labels, list(rows["text"]), rows["label"].to_numpy()
    training = run.learnt_of(name)
    shares = np.bincount(training["label"], minlength=len(names)) / len(training)
    systems = {
        MAJORITY: np.tile(shares, (len(rows), 1)),
        LINEAR: LinearClassifier(len(names)).fit(training["text"], training["label"].to_numpy()).predict(texts),
        FLOAT: read(texts),
        SERVED: served,
    }
    alone = {system: emotions_alone(said, labels, names) for system, said in systems.items()}
    compared = EMOTIONS if of_emotions(names) else names
    found = [_scores(system, measures(*rows_of, compared)) for system, rows_of in alone.items()]
    (whole, _), (small, _) = alone[FLOAT], alone[SERVED]
    agreement = {
        "rows": len(whole),
        "same_label": round(float((whole.argmax(axis=1) == small.argmax(axis=1)).mean()), 4),
        "accuracy_difference": round(found[-1]["accuracy"] - found[-2]["accuracy"], 4),
        "largest_difference": round(float(np.abs(whole - small).max()), 4),
    }
    found[1]["note"] = f"one that learnt from the training rows of {name} alone"
    if of_emotions(names):
        found.insert(2, ORIGINAL)
    return {"comparison": found, "agreement": agreement}


def _scores(system: str, found: dict) -> dict:
    return {"system": system} | {name: found[name] for name in ("accuracy", "macro_f1", "f1")}


def _coverage(probabilities: np.ndarray, labels: np.ndarray, sure: float) -> dict:
    """How many rows `sure` names and how many of these are right, and the accuracy of the surest shares of rows."""
    top, right = surest_first(probabilities, labels)
    named = int((top >= sure).sum())
    return {
        "rows": len(labels),
        "named": round(named / len(labels), 4),
        "accuracy_named": round(float(right[named - 1]), 4) if named else None,
        "accuracy_of_surest": {f"{share:g}": round(float(right[round(share * len(right)) - 1]), 4) for share in SHARES},
    }


def _settings(recipe: "Recipe") -> dict:
    """The recipe's numbers; sizes and labels stand elsewhere in the manifest."""
    return {name: value for name, value in asdict(recipe).items() if name not in ("labels", "backbone", "start")}


def _draw(folder: Path, run: "Run", manifest: Mapping, held: tuple, tested: tuple) -> None:
    found = manifest["metrics"][manifest["compared_on"]]
    curves = {"validation rows, float32": surest_first(*held), "test rows, int8": surest_first(*tested)}
    plots.counts(manifest["counts"], folder / "counts.png")
    plots.confusion(found["confusion"], found["labels"], folder / "confusion.png")
    plots.calibration(*tested, folder / "calibration.png")
    plots.learning(run.folder, folder / "learning.png")
    plots.coverage(curves, manifest["sure"], SURE_ACCURACY, folder / "coverage.png")


def _print_report(tested: tuple[np.ndarray, np.ndarray], found: Mapping) -> None:
    """What the original's notebooks print: scikit-learn's report and the confusion matrix."""
    probabilities, labels = tested
    names = found["labels"]
    print(
        classification_report(
            labels,
            probabilities.argmax(axis=1),
            labels=range(len(names)),
            target_names=names,
            digits=4,
            zero_division=0,
        )
    )
    print(np.array(found["confusion"]))


def _cross_entropy(logits: np.ndarray, labels: np.ndarray) -> float:
    return float(-log_softmax(logits, axis=1)[np.arange(len(labels)), labels].mean())
