"""Teachers → what the student learns: softer targets for the labelled rows, and new ones for unlabelled text.

The labels of the corpora are noisy, so each row gets what teachers say who did not see it: the rows are cut into
folds, and every teacher reads the fold that it was not trained on. Two kinds of teacher see different things in a
text: the recipe's own network, and a logistic regression on character n-grams. Unlabelled lines are read by all of
them, and smoothed over the order of their file (`training.chain`).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from model.text import key
from model.tokenizer import Tokenizer
from training import chain, report
from training.corpora import CorpusError, number_of
from training.linear import LinearClassifier
from training.train import TEACHER, Run

TAUGHT = "taught.npz"
SHARES = np.linspace(0, 1, 21)


def taught(run: Run, tokenizer: Tokenizer, pretrained: Path | None) -> tuple[list[str], np.ndarray]:
    """(texts, targets float32 [n, labels]) for the student; made once and kept in the run folder."""
    settings, kept = run.recipe.distillation, run.folder / TAUGHT
    rows, validation = run.split()
    held = set(validation["key"])  # the best epoch is not to be chosen by what the student has read
    files = [run.plain[name][:most] for name, most in settings.lines.items() if name in run.plain]
    files = [[line for line in of_file if key(line) not in held] for of_file in files]
    lines = [line for of_file in files for line in of_file]
    texts = [*rows["text"], *lines]
    if kept.exists():
        targets = np.load(kept, allow_pickle=False)["targets"]
        if len(targets) != len(texts):
            raise CorpusError(f"{kept}: was made from other data; start without --resume")
        return texts, targets

    folds = rows["key"].map(number_of).to_numpy() % settings.folds
    network, linear = (np.zeros((len(texts), len(run.recipe.labels)), np.float32) for _ in range(2))
    for fold in range(settings.folds):
        read = [*rows["text"][folds == fold], *lines]
        said = _teacher(run, tokenizer, pretrained, fold, rows[folds != fold], validation, read)
        unseen = np.concatenate([np.flatnonzero(folds == fold), np.arange(len(rows), len(texts))])
        weight = np.where(unseen < len(rows), 1, 1 / settings.folds)[:, None]
        network[unseen] += said["network"] * weight
        linear[unseen] += said["linear"] * weight

    labels = run.targets(rows)
    share = _best_share(network[: len(rows)], linear[: len(rows)], labels.argmax(axis=1)) if settings.epochs else 0.0
    mixed = share * network + (1 - share) * linear
    of_rows, of_lines = mixed[: len(rows)], mixed[len(rows) :]
    known = dict(zip(rows["key"], labels, strict=True))
    for at, line in enumerate(lines):  # a line that is a training row too says its own label, also to its neighbours
        of_lines[at] = known.get(key(line), of_lines[at])
    ends = np.cumsum([len(of_file) for of_file in files], dtype=int)
    targets = np.concatenate(
        [
            settings.label_share * labels + (1 - settings.label_share) * of_rows,
            *(chain.smoothed(of_file) for of_file in np.split(of_lines, ends[:-1]) if len(of_file)),
        ]
    ).astype(np.float32)
    _keep(kept, targets=targets, network_share=share)
    return texts, targets


def _teacher(
    run: Run,
    tokenizer: Tokenizer,
    pretrained: Path | None,
    fold: int,
    rows: pd.DataFrame,
    validation: pd.DataFrame,
    read: Sequence[str],
) -> dict[str, np.ndarray]:
    """Probabilities float32 [n, labels] that a pair of teachers trained on `rows` gives the texts in `read`."""
    stage = TEACHER.format(fold)
    kept = run.folder / f"{stage}.npz"
    if kept.exists():
        return dict(np.load(kept, allow_pickle=False))
    epochs, model = run.recipe.distillation.epochs, None
    if epochs:
        model = run.tune(stage, tokenizer, pretrained, rows["text"], run.targets(rows), validation, epochs)
    with run.times.of(stage):
        said = {
            "network": np.zeros((len(read), len(run.recipe.labels)), np.float32),
            "linear": LinearClassifier(len(run.recipe.labels)).fit(rows["text"], rows["label"]).predict(read),
        }
        if model:
            told = run.logits(model, tokenizer, validation["text"])
            temperature = report.temperature(told, validation["label"].to_numpy())
            said["network"] = report.softmax(run.logits(model, tokenizer, read) / temperature)
    _keep(kept, **said)
    return said


def _keep(path: Path, **arrays) -> None:
    """Save arrays so that a file of this name is always whole."""
    partial = path.with_name(f"partial-{path.name}")
    np.savez(partial, **arrays)
    partial.replace(path)


def _best_share(network: np.ndarray, linear: np.ndarray, labels: np.ndarray) -> float:
    """The network's share in the mean of both that has the least cross-entropy with the labels."""
    right = np.arange(len(labels)), labels
    losses = [
        -np.log(np.maximum(share * network[right] + (1 - share) * linear[right], 1e-9)).mean() for share in SHARES
    ]
    return float(SHARES[int(np.argmin(losses))])
