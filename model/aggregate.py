"""Emotions of parts (sentences, lyric lines) → the emotion of the whole."""

from collections.abc import Sequence

import numpy as np

from model.text import has_letters, key


def distinct(parts: Sequence[str]) -> list[str]:
    """The parts that hold letters, each once: repeats differ in blanks, marks or case at most."""
    return list({key(part): part for part in reversed(parts) if has_letters(part)}.values())[::-1]


def mean(probabilities: np.ndarray) -> np.ndarray:
    """float [parts, labels] → float32 [labels]: their mean, a distribution; no parts give the uniform one."""
    if not len(probabilities):
        return np.full(probabilities.shape[1], 1 / probabilities.shape[1], np.float32)
    whole = probabilities.mean(axis=0, dtype=np.float64)
    return (whole / whole.sum()).astype(np.float32)
