"""Teachers → what the student learns: softer targets for the labelled rows, and new ones for unlabelled text.

The labels of the corpora are noisy, so each row gets what teachers say who did not see it: the rows are cut into
folds, and every teacher reads the fold that it was not trained on. Two kinds of teacher see different things in a
text: the recipe's own network, and logistic regressions on character n-grams, one a file, since each collection
speaks and was labelled in its own way (a regression on all files tells 중립 of everyday replies far worse than one on
these replies alone). Unlabelled lines are read by the networks and by regressions on all rows, and smoothed over the
order of their file (`training.chain`). Lines of a collection that a labelled file is a part of are read by the networks
and by a regression on that part alone, in its own label names, which show more of its order.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from model.folders import file_written_whole
from model.text import key
from model.tokenizer import Tokenizer
from training import chain, report
from training.corpora import CorpusError, number_of
from training.linear import LinearClassifier
from training.loss import packed
from training.train import Run

TEACHER, TAUGHT = "teacher-{}", "taught.npz"
SHARES = np.linspace(0, 1, 21)
LEAST = 1e-9  # a probability that is not to be divided by, nor to have its logarithm taken
FEW = 1000  # rows of a file to learn from below which it has no regression of its own


def taught(run: Run, tokenizer: Tokenizer, pretrained: Path | None) -> tuple[list[str], np.ndarray]:
    """(texts, targets float32 [n, labels]) for the student; made once and kept in the run folder."""
    settings, kept = run.recipe.distillation, run.folder / TAUGHT
    rows, validation = run.split()
    files = _lines(run, set(validation["key"]))  # the best epoch is not to be chosen by what the student has read
    texts = [*rows["text"], *(line for lines in files.values() for line in lines)]
    if kept.exists():
        targets = np.load(kept, allow_pickle=False)["targets"]
        if len(targets) != len(texts):
            raise CorpusError(f"{kept}: was made from other data; start without --resume")
        return texts, targets

    lines = [line for of_file in files.values() for line in of_file]
    network, linear = _read(run, tokenizer, pretrained, rows, validation, lines)
    labels = run.targets(rows)
    share = _best_share(network[: len(rows)], linear[: len(rows)], labels.argmax(axis=1))
    mixed = share * network + (1 - share) * linear
    targets = [settings.label_share * labels + (1 - settings.label_share) * mixed[: len(rows)]]
    ends = len(rows) + np.cumsum([len(of_file) for of_file in files.values()])
    for (name, of_file), end in zip(files.items(), ends, strict=True):
        said = slice(end - len(of_file), end)
        kin = rows[rows["source"] == settings.lines[name].kin]
        if of_file and kin["name"].nunique() > 1:
            targets.append(_read_as_kin(kin, run.recipe.labels, of_file, network[said], share))
        else:
            targets.append(chain.smoothed(_with_known(mixed[said], of_file, rows["key"], labels)))
    targets = np.concatenate(targets).astype(np.float32)
    _keep(kept, targets=targets, network_share=share)
    return texts, targets


def _lines(run: Run, without: set[str]) -> dict[str, list[str]]:
    """The lines to learn from by file, but for those whose key is in `without`."""
    wanted = run.recipe.distillation.lines
    files = {name: run.plain[name][: of.most] for name, of in wanted.items() if name in run.plain}
    return {name: [line for line in lines if key(line) not in without] for name, lines in files.items()}


def _read(
    run: Run,
    tokenizer: Tokenizer,
    pretrained: Path | None,
    rows: pd.DataFrame,
    validation: pd.DataFrame,
    lines: Sequence[str],
) -> tuple[np.ndarray, np.ndarray]:
    """What networks and what regressions say of rows and lines, each float32 [rows + lines, labels]."""
    settings = run.recipe.distillation
    count = len(rows) + len(lines)
    folds = rows["key"].map(number_of).to_numpy() % settings.folds
    network, linear = (np.zeros((count, len(run.recipe.labels)), np.float32) for _ in range(2))
    for fold in range(settings.folds):
        said = _teachers(run, tokenizer, pretrained, fold, rows, folds == fold, validation, lines)
        unseen = np.concatenate([np.flatnonzero(folds == fold), np.arange(len(rows), count)])
        weight = np.where(unseen < len(rows), 1, 1 / settings.folds)[:, None]
        network[unseen] += said["network"] * weight
        linear[unseen] += said["linear"] * weight
    return network, linear


def _read_as_kin(
    kin: pd.DataFrame, labels: Sequence[str], lines: Sequence[str], network: np.ndarray, share: float
) -> np.ndarray:
    """What lines are taken for, smoothed, float32 [lines, labels]: by a regression on the rows of their collection.

    network: what the networks say of the lines, float32 [lines, labels], and their share in the mean. They know only
    the recipe's labels; among the names of one label the regression decides.
    """
    names, numbers = np.unique(kin["name"], return_inverse=True)
    label_of = kin.groupby("name")[list(labels)].mean().loc[names].to_numpy(np.float32)  # [names, labels]
    said = LinearClassifier(len(names)).fit(kin["text"], numbers).predict(lines)
    if share:
        agreed = said * ((network / np.maximum(said @ label_of, LEAST)) @ label_of.T)
        said = share * agreed / np.maximum(agreed.sum(axis=1, keepdims=True), LEAST) + (1 - share) * said
    known = _with_known(said, lines, kin["key"], np.eye(len(names), dtype=np.float32)[numbers])
    return chain.smoothed(known) @ label_of


def _with_known(said: np.ndarray, lines: Sequence[str], keys: Sequence[str], targets: np.ndarray) -> np.ndarray:
    """`said`, but for lines that are training rows: these say their own label, also to their neighbours."""
    known = dict(zip(keys, targets, strict=True))
    mixed = [known.get(key(line), of_line) for line, of_line in zip(lines, said, strict=True)]
    return np.array(mixed, np.float32).reshape(said.shape)


def _teachers(
    run: Run,
    tokenizer: Tokenizer,
    pretrained: Path | None,
    fold: int,
    rows: pd.DataFrame,
    held: np.ndarray,
    validation: pd.DataFrame,
    lines: Sequence[str],
) -> dict[str, np.ndarray]:
    """Probabilities float32 [rows held + lines, labels] by teachers that learnt the rows not `held`, a bool [rows]."""
    stage = TEACHER.format(fold)
    kept = run.folder / f"{stage}.npz"
    if kept.exists():
        return dict(np.load(kept, allow_pickle=False))
    epochs, model = run.recipe.distillation.epochs, None
    learnt, unread = rows[~held], rows[held]
    if epochs:
        told = packed(run.targets(learnt), run.shifts(learnt))
        model = run.tune(stage, tokenizer, pretrained, learnt["text"], told, validation, epochs)
    with run.times.of(stage):
        said = {
            "network": np.zeros((len(unread) + len(lines), len(run.recipe.labels)), np.float32),
            "linear": _regressions(len(run.recipe.labels), learnt, unread, lines),
        }
        if model:
            told = run.logits(model, tokenizer, validation["text"]) + run.shifts(validation)
            temperature = report.temperature(told, validation["label"].to_numpy())
            logits = run.logits(model, tokenizer, [*unread["text"], *lines])
            logits[: len(unread)] += run.shifts(unread)
            said["network"] = report.softmax(logits / temperature)
    _keep(kept, **said)
    return said


def _regressions(labels: int, learnt: pd.DataFrame, unread: pd.DataFrame, lines: Sequence[str]) -> np.ndarray:
    """Probabilities float32 [unread + lines, labels]: a row by the regression of its file, a line by that of all."""
    of_all = LinearClassifier(labels).fit(learnt["text"], learnt["label"])
    said = of_all.predict([*unread["text"], *lines])
    for source, own in learnt.groupby("source"):
        of_source = np.flatnonzero(unread["source"] == source)
        if len(own) >= FEW and own["label"].nunique() > 1 and len(of_source):
            of_own = LinearClassifier(labels).fit(own["text"], own["label"])
            said[of_source] = of_own.predict(unread["text"].iloc[of_source])
    return said


def _keep(path: Path, **arrays) -> None:
    """Save arrays so that a file of this name is always whole."""
    with file_written_whole(path) as partial:
        np.savez(partial, **arrays)


def _best_share(network: np.ndarray, linear: np.ndarray, labels: np.ndarray) -> float:
    """The network's share in the mean of both that has the least cross-entropy with the labels."""
    right = np.arange(len(labels)), labels
    losses = [
        -np.log(np.maximum(share * network[right] + (1 - share) * linear[right], LEAST)).mean() for share in SHARES
    ]
    return float(SHARES[int(np.argmin(losses))])
