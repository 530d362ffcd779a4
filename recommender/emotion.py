"""A mood against the emotions of songs: what to aim at, and how near a song comes."""

from typing import Literal, get_args

import numpy as np

from model.labels import EMOTIONS

Mode = Literal["match", "lift", "path"]
MODES: tuple[str, ...] = get_args(Mode)
_HAPPY = np.array([name == "행복" for name in EMOTIONS], np.float64)
_LIFT = 0.5
_PATH = (0.0, 0.15, 0.35, 0.55, 0.75)


def cosine(emotions: np.ndarray, target: np.ndarray) -> np.ndarray:
    """float64 [songs]: the cosine of each row of float [songs, 4] with a target [4]; 0 for a zero row."""
    lengths = np.linalg.norm(emotions, axis=1) * np.linalg.norm(target)
    return np.divide(emotions @ target, lengths, out=np.zeros(len(emotions)), where=lengths > 0)


def targets(emotion: np.ndarray, mode: str, k: int) -> np.ndarray:
    """float64 [k, 4]: the emotion to aim at for each of k songs.

    match: the mood itself; lift: half way to 행복; path: from the mood towards 행복, step by step.
    """
    steps = {
        "match": np.zeros(k),
        "lift": np.full(k, _LIFT),
        "path": np.interp(np.linspace(0, 1, k), np.linspace(0, 1, len(_PATH)), _PATH),
    }[mode][:, None]
    return (1 - steps) * np.asarray(emotion, np.float64) + steps * _HAPPY


def says_nothing(emotion: np.ndarray) -> bool:
    """True for the uniform emotion: no mood is known, so none is to be matched."""
    return bool(np.ptp(emotion) < 1e-6)
