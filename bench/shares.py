"""What shifting the logits by file is worth (`training.loss`): a softmax regression that learns with and without it.

    .venv/bin/python -m bench.shares ../shared/data/emotion

It learns from the rows of the bundled model, TF-IDF of character n-grams, and is measured on the test rows of each
file and on tests/day.csv: the share of right labels among the four emotions, and the AUC of 중립 against them.
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
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import log_softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import roc_auc_score

from model.evaluate import read_rows
from model.labels import EMOTIONS
from training.recipes import RECIPES
from training.train import Run

FILES = ("seed4", "emo_dialog_train_elder_gold", "keti_single", "keti_continuous_dialogues", "kote_val")
OURS = Path(__file__).parent.parent / "data" / "messages.csv"
DAY = Path(__file__).parent.parent / "tests" / "day.csv"
C, STEPS = 4.0, 400
FEW = 20  # rows 중립 of which no AUC is told


def vectorizer() -> TfidfVectorizer:
    return TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 3), min_df=3, sublinear_tf=True)


def logits_of(terms: TfidfVectorizer, weights: np.ndarray) -> Callable[[list[str]], np.ndarray]:
    return lambda texts: terms.transform(texts) @ weights[:-1] + weights[-1]


def fitted(texts: csr_matrix, shares: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """Weights float64 [terms + 1, labels], the last row the biases, of the least shifted cross-entropy."""
    terms, labels = texts.shape[1], shares.shape[1]
    turned = texts.T.tocsr()

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(terms + 1, labels)
        logs = log_softmax(texts @ weights[:-1] + weights[-1] + shifts, axis=1)
        error = C * (np.exp(logs) - shares)
        gradient = np.vstack([turned @ error + weights[:-1], error.sum(axis=0)])
        return 0.5 * (weights[:-1] ** 2).sum() - C * (shares * logs).sum(), gradient.ravel()

    start = np.zeros((terms + 1) * labels)
    return minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x.reshape(terms + 1, labels)


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
    terms = vectorizer()
    texts, shares, shifts = terms.fit_transform(rows["text"]), run.targets(rows), run.shifts(rows)
    for name, added in (("as they are", np.zeros_like(shifts)), ("shifted by file", shifts)):
        print(name)
        measure(logits_of(terms, fitted(texts, shares, added)), tests)


if __name__ == "__main__":
    main()
