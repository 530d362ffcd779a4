"""How much words sound like self-harm, learnt from sentences: the net behind the rules of `bot.care`.

A logistic regression on the Korean letters that stand side by side; English is left to the rules. `bench/hints.py`
learns it from data/care.tsv and writes data/care.npz: `terms` (UTF-8 bytes, one a line), their `weights` float16,
`bias` and `threshold` float32 [].
"""

from collections.abc import Iterator, Sequence
from functools import cache
from math import sqrt
from pathlib import Path

import numpy as np

FILE = Path(__file__).parent.parent / "data" / "care.npz"
LETTERS = (2, 3, 4)  # so many side by side, blanks counted
SHORTEST = 3  # letters that say enough to be judged
WINDOW = 80  # letters of the passages that are judged, so that much talk does not hide a few words


def raised(sentences: Sequence[str]) -> bool:
    """True when one of the sentences, or a passage of them, sounds like words of self-harm.

    A sentence is words of letters and digits with single blanks between.
    """
    weights, bias, threshold = learnt()
    return any(
        len(passage) >= SHORTEST and score(passage, weights, bias) > threshold for passage in passages(sentences)
    )


def passages(sentences: Sequence[str]) -> Iterator[str]:
    """What is judged: each short sentence, and passages of all words that overlap by half."""
    if len(sentences) > 1:
        yield from (sentence for sentence in sentences if len(sentence) <= WINDOW)
    words = " ".join(sentences).split()
    first = 0
    while first < len(words):
        last = _reach(words, first, WINDOW)
        yield " ".join(words[first:last])
        first = max(first + 1, _reach(words, first, WINDOW // 2)) if last < len(words) else last


def _reach(words: Sequence[str], first: int, letters: int) -> int:
    """The end of the words from `first` that fit in so many letters, at least one."""
    last, length = first + 1, len(words[first])
    while last < len(words) and length + 1 + len(words[last]) <= letters:
        length += 1 + len(words[last])
        last += 1
    return last


def terms(passage: str) -> set[str]:
    """The runs of letters in a passage, blanks at its ends included."""
    padded = f" {passage} "
    return {padded[at : at + count] for count in LETTERS for at in range(len(padded) - count + 1)}


def score(passage: str, weights: dict[str, float], bias: float) -> float:
    """Log odds: the weights of its terms, over the root of their number, and the bias."""
    found = terms(passage)
    return sum(weights.get(term, 0.0) for term in found) / sqrt(len(found)) + bias


@cache
def learnt() -> tuple[dict[str, float], float, float]:
    """(weight of each term, bias, threshold), read once."""
    with np.load(FILE, allow_pickle=False) as file:
        names = bytes(file["terms"]).decode().split("\n")
        weights = dict(zip(names, file["weights"].astype(float).tolist(), strict=True))
        return weights, float(file["bias"]), float(file["threshold"])
