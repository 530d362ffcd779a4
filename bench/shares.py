"""What shifting the logits by file is worth (`training.loss`): a softmax regression that learns with and without it.

    .venv/bin/python -m bench.shares ../shared/data/emotion

It is the one that is served beside the bundled model's network, and learns from the same rows and those kept for
validation. It is measured on the test rows of each file and on tests/day.csv: the share of right labels among the four
emotions, and the AUC of 중립 against them.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from scipy.special import log_softmax
from sklearn.metrics import roc_auc_score

from model.evaluate import read_rows
from model.labels import EMOTIONS
from training.ngrams import fit
from training.recipes import RECIPES
from training.train import Run

FILES = ("seed4", "emo_dialog_train_elder_gold", "keti_single", "keti_continuous_dialogues", "kote_val")
OURS = Path(__file__).parent.parent / "data" / "messages.csv"
DAY = Path(__file__).parent.parent / "tests" / "day.csv"
BUCKETS = RECIPES["bundled"].ngrams
FEW = 20  # rows 중립 of which no AUC is told


def opened(files: Sequence[Path]) -> Run:
    """The rows of files, split as for the bundled model."""
    with TemporaryDirectory() as folder:
        return Run(replace(RECIPES["bundled"], start="", distillation=None), files, Path(folder))


def tests_of(run: Run) -> dict[str, tuple[list[str], np.ndarray]]:
    """{file: (texts, labels)} of the test rows, and of tests/day.csv."""
    of_run = {name: (list(of["text"]), of["label"].to_numpy()) for name, of in run.test_rows().items()}
    return of_run | {DAY.name: read_rows(DAY)}


def measure(logits: Callable[[list[str]], np.ndarray], tests: Mapping[str, tuple[list[str], np.ndarray]]) -> None:
    """Print how often the emotion is right, and the AUC of 중립, by file."""
    for name, (texts, labels) in tests.items():
        said, four = logits(texts), labels < len(EMOTIONS)
        right = (said[four, : len(EMOTIONS)].argmax(axis=1) == labels[four]).mean()
        neutral = log_softmax(said, axis=1)[:, -1]
        auc = f", 중립 AUC {roc_auc_score(~four, neutral):.4f}" if (~four).sum() > FEW else ""
        print(f"  {name}: {right:.4f}{auc}", flush=True)


def main() -> None:
    run = opened([*(Path(sys.argv[1]) / f"{name}.csv" for name in FILES), OURS])
    rows, tests = run.training_rows, tests_of(run)
    for name, share in (("as they are", 0), ("shifted by file", 1)):
        print(name)
        measure(fit(rows["text"], run.targets(rows), run.shifts(rows) * share, BUCKETS).logits, tests)


if __name__ == "__main__":
    main()
