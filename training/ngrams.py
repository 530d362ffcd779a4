"""Fitting `model.ngrams`: a softmax regression on shares of labels, its logits shifted by file (`training.loss`)."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import log_softmax

from model.folders import file_written_whole
from model.ngrams import PARTS, NgramModel, features

log = logging.getLogger(__name__)

PENALTY = 0.25  # of the squared weights, against a row's cross-entropy
STEPS = 400


def fit(texts: Sequence[str], shares: np.ndarray, shifts: np.ndarray, buckets: int) -> NgramModel:
    """The model of the least cross-entropy. shares: float32 [n, labels], rows sum to 1; shifts: the same shape."""
    present = _matrix(texts, np.ones(buckets, np.float32))
    # As in scikit-learn's TfidfVectorizer.
    idf = 1 + np.log((1 + len(texts)) / (1 + np.bincount(present.indices, minlength=buckets))).astype(np.float32)
    rows = _matrix(texts, idf)
    columns, labels = rows.T.tocsr(), shares.shape[1]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(buckets + 1, labels)
        logs = log_softmax(rows @ weights[:-1] + weights[-1] + shifts, axis=1)
        error = np.exp(logs) - shares
        gradient = np.vstack([columns @ error + PENALTY * weights[:-1], error.sum(axis=0)])
        return PENALTY / 2 * (weights[:-1] ** 2).sum() - (shares * logs).sum(), gradient.ravel()

    start = np.zeros((buckets + 1) * labels)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    log.info("n-grams: %s after %d steps", found.message, found.nit)
    weights = found.x.reshape(-1, labels).astype(np.float32)
    return NgramModel(weights[:-1], weights[-1], idf)


def save(model: NgramModel, path: Path) -> None:
    """Write what `model.ngrams.load` reads, in float16: no weight needs more."""
    with file_written_whole(path) as partial:
        np.savez_compressed(partial, **{name: getattr(model, name).astype(np.float16) for name in PARTS})


def _matrix(texts: Sequence[str], idf: np.ndarray) -> csr_matrix:
    """float64 [texts, buckets], as the optimizer's weights are"""
    rows = [features(text, idf) for text in texts]
    ends = np.cumsum([0, *(len(buckets) for buckets, _ in rows)])
    buckets, values = (np.concatenate([row[part] for row in rows]) for part in (0, 1))
    found = csr_matrix((values.astype(float), buckets, ends), (len(texts), len(idf)))
    found.sum_duplicates()
    return found
