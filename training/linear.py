"""Logistic regression on TF-IDF of character n-grams: the baseline in the model card, and a second kind of teacher."""

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression


class LinearClassifier:
    """n-grams of one to four letters within words, damped counts; `labels` classes."""

    def __init__(self, labels: int):
        self.labels = labels
        self._terms = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(1, 4), min_df=2, sublinear_tf=True, dtype=np.float32
        )
        self._weights = LogisticRegression(C=4, max_iter=2000, tol=1e-5)

    def fit(self, texts: Sequence[str], labels: np.ndarray) -> "LinearClassifier":
        """Learn from texts and int labels [n]."""
        self._weights.fit(self._terms.fit_transform(texts), labels)
        return self

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        """Probabilities float32 [n, labels]; a label that never occurred has 0."""
        probabilities = np.zeros((len(texts), self.labels), np.float32)
        probabilities[:, self._weights.classes_] = self._weights.predict_proba(self._terms.transform(texts))
        return probabilities
