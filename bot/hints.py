"""How much words sound like self-harm, learnt from sentences: the net behind the rules of `bot.care`.

A logistic regression on runs of Korean letters without blanks, since chat has few; English is left to the rules.
`bench/hints.py` learns it from data/care.tsv and writes data/care.npz: `terms` (UTF-8 bytes, one a line), their
`weights` float16, `bias` and `threshold` float32 [].
"""

from collections.abc import Sequence
from functools import cache
from math import sqrt
from pathlib import Path

import numpy as np

from model.files import ModelFileError

FILE = Path(__file__).parent.parent / "data" / "care.npz"
LETTERS = (2, 3, 4)  # so many side by side
SHORTEST = 3  # letters that say enough to be judged
WINDOW = 50  # letters of the passages that are judged, so that much talk does not hide a few words


def raised(sentences: Sequence[str]) -> bool:
    """True when one of the sentences, or a passage of them, sounds like words of self-harm.

    A sentence is letters and digits without blanks.
    """
    weights, bias, threshold = learnt()
    return any(score(passage, weights, bias) > threshold for passage in passages(sentences))


def passages(sentences: Sequence[str]) -> list[str]:
    """What is judged, each once: short sentences, and stretches of all letters that overlap by half."""
    letters = "".join(sentences)
    starts = range(0, max(1, len(letters) - WINDOW // 2), WINDOW // 2)
    stretches = [letters[first : first + WINDOW] for first in starts]
    short = [sentence for sentence in sentences if len(sentence) <= WINDOW]
    return [passage for passage in dict.fromkeys([*short, *stretches]) if len(passage) >= SHORTEST]


def terms(passage: str) -> set[str]:
    """The runs of letters in a passage; a blank stands for its beginning and its end."""
    padded = f" {passage} "
    return {padded[at : at + count] for count in LETTERS for at in range(len(padded) - count + 1)}


def score(passage: str, weights: dict[str, float], bias: float) -> float:
    """Log odds: the weights of its terms, over the root of their number, and the bias."""
    found = terms(passage)
    return sum(weights.get(term, 0.0) for term in found) / sqrt(len(found)) + bias


@cache
def learnt() -> tuple[dict[str, float], float, float]:
    """(weight of each term, bias, threshold), read once. Raises ModelFileError when they cannot be read."""
    try:
        with FILE.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            names = bytes(file["terms"]).decode().split("\n")
            weights = dict(zip(names, file["weights"].astype(float).tolist(), strict=True))
            return weights, float(file["bias"]), float(file["threshold"])
    except Exception as problem:  # np.load raises many kinds for a damaged file
        raise ModelFileError(
            f"{FILE}: cannot be read ({type(problem).__name__}); take it from the repository"
        ) from None
