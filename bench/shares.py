"""What shifting the logits by file is worth (`training.loss`): a softmax regression that learns with and without it.

    .venv/bin/python -m bench.shares ../shared/data/emotion

It learns from the rows of the bundled model, TF-IDF of character n-grams, and is measured on the test rows of each
file and on tests/day.csv: the share of right labels among the four emotions, and the AUC of 중립 against them.
"""

import os
import sys
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
C, STEPS = 4.0, 80


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


def main() -> None:
    files = [*(Path(sys.argv[1]) / f"{name}.csv" for name in FILES), OURS]
    with TemporaryDirectory() as folder:
        run = Run(replace(RECIPES["bundled"], start=""), files, Path(folder))
    rows = run.training_rows
    tests = {name: (list(of["text"]), of["label"].to_numpy()) for name, of in run.test_rows().items()}
    tests[DAY.name] = read_rows(DAY)
    terms = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 3), min_df=3, sublinear_tf=True)
    texts, shares, shifts = terms.fit_transform(rows["text"]), run.targets(rows), run.shifts(rows)
    for name, added in (("as they are", np.zeros_like(shifts)), ("shifted by file", shifts)):
        weights = fitted(texts, shares, added)
        print(name)
        for test, (said, labels) in tests.items():
            logits = terms.transform(said) @ weights[:-1] + weights[-1]
            four = labels < len(EMOTIONS)
            right = (logits[four, : len(EMOTIONS)].argmax(axis=1) == labels[four]).mean()
            neutral = log_softmax(logits, axis=1)[:, -1]
            auc = f", 중립 AUC {roc_auc_score(~four, neutral):.4f}" if (~four).sum() > 20 else ""
            print(f"  {test}: {right:.4f}{auc}", flush=True)


if __name__ == "__main__":
    main()
