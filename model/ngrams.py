"""What single words say of a text's labels: a linear model on character n-grams, its logits added to the network's.

The thought of «Wide & deep» (Cheng et al. 2016), though the two are fitted apart here: a small network forgets words
that are rare in what it learnt; a linear model does not, but knows nothing of their order. The n-grams of one to four
characters within a word and its two blanks are hashed into as many buckets as there are weights (Weinberger et al.
2009) and weighed by TF-IDF, with sublinear term frequencies and unit length.
"""

import math
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from model.text import clean, squeeze

LONGEST = 4
PARTS = ("weights", "bias", "idf")
LEAST = 1e-9  # a probability of which no logarithm is taken, nor a length that is to be divided by


@dataclass(frozen=True)
class NgramModel:
    """weights: float32 [buckets, labels]; bias: float32 [labels]; idf: float32 [buckets]."""

    weights: np.ndarray
    bias: np.ndarray
    idf: np.ndarray

    def scaled(self, factor: float) -> "NgramModel":
        """Logits `factor` times as large."""
        return replace(self, weights=self.weights * np.float32(factor), bias=self.bias * np.float32(factor))

    def logits(self, texts: Sequence[str]) -> np.ndarray:
        """float32 [n, labels]."""
        found = np.empty((len(texts), len(self.bias)), np.float32)
        for at, text in enumerate(texts):
            buckets, values = features(text, self.idf)
            found[at] = values @ self.weights[buckets] + self.bias
        return found


def added(probabilities: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """Probabilities float32 [n, labels] whose logarithms `logits` are added to, rows summing to 1 again."""
    sums = np.log(np.maximum(probabilities, LEAST)) + logits
    powers = np.exp(sums - sums.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def features(text: str, idf: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(buckets int64 [m], TF-IDF float32 [m]) of the n-grams of a text; a bucket may come twice."""
    counts = Counter(ngrams(text))
    buckets = np.array([zlib.crc32(ngram.encode()) % len(idf) for ngram in counts], np.int64)
    values = np.array([1 + math.log(count) for count in counts.values()], np.float32) * idf[buckets]
    return buckets, values / max(float(np.linalg.norm(values)), LEAST)


def ngrams(text: str) -> list[str]:
    """The n-grams of a text, repeats included."""
    words = [f" {word} " for word in squeeze(clean(text)).lower().split()]
    return [
        word[at : at + size] for word in words for size in range(1, LONGEST + 1) for at in range(len(word) - size + 1)
    ]


def load(path: Path, labels: int) -> NgramModel:
    """Read what `training.ngrams.save` wrote. Raises ValueError for a file that is none, or of other labels."""
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            parts = {name: file[name].astype(np.float32, casting="same_kind") for name in PARTS}
    except Exception as problem:  # np.load raises many kinds for a damaged file
        raise ValueError(f"{path.name}: {type(problem).__name__} {problem}") from problem
    found = NgramModel(**parts)
    buckets = found.idf.size
    if found.idf.shape != (buckets,) or found.weights.shape != (buckets, labels) or found.bias.shape != (labels,):
        raise ValueError(f"{path.name}: weights {list(found.weights.shape)} do not fit {labels} labels")
    if not buckets or not all(np.isfinite(part).all() for part in parts.values()):
        raise ValueError(f"{path.name}: holds no weights, or some that are no numbers")
    return found
