"""A mood against the emotions of songs: what to aim at, and how near a song comes."""

from typing import Literal, get_args

import numpy as np

from model.labels import EMOTIONS

Mode = Literal["match", "lift", "path"]
MODES: tuple[str, ...] = get_args(Mode)
_HAPPY = np.array([name == "행복" for name in EMOTIONS], np.float64)
SHARPENED = 1.5  # power that a mood is raised to before songs are matched with it, see docs/recommending.md
_LIFT = 0.5
_PATH = (0.0, 0.15, 0.35, 0.55, 0.75)


def cosine(emotions: np.ndarray, target: np.ndarray) -> np.ndarray:
    """float64 [songs]: the cosine of each row of float [songs, 4] with a target [4]; 0 for a zero row."""
    lengths = np.linalg.norm(emotions, axis=1) * np.linalg.norm(target)
    return np.divide(emotions @ target, lengths, out=np.zeros(len(emotions)), where=lengths > 0)


def hellinger(emotions: np.ndarray, target: np.ndarray) -> np.ndarray:
    """float64 [songs]: 1 less the Hellinger distance of distributions float [songs, 4] and a target [4]."""
    shared = np.sqrt(emotions, dtype=np.float64) @ np.sqrt(target)
    return 1 - np.sqrt(np.clip(1 - shared, 0, 1))


def jensen_shannon(emotions: np.ndarray, target: np.ndarray) -> np.ndarray:
    """float64 [songs]: 1 less the Jensen-Shannon distance (root of the divergence in bits) of distributions."""
    emotions = np.asarray(emotions, np.float64)
    middle = (emotions + target) / 2
    divergence = (_information(emotions, middle) + _information(np.broadcast_to(target, emotions.shape), middle)) / 2
    return 1 - np.sqrt(np.clip(divergence, 0, 1))


def _information(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    ratio = np.divide(one, other, out=np.ones_like(other), where=(one > 0) & (other > 0))
    return (one * np.log2(ratio)).sum(axis=1)


CLOSENESS = {"cosine": cosine, "jensen-shannon": jensen_shannon, "hellinger": hellinger}


def sharpened(emotion: np.ndarray, power: float = SHARPENED) -> np.ndarray:
    """float64 [4] that sums to 1: a mood with its strongest emotion told apart; the uniform one stays as it is.

    Songs nearest to a mixed mood are those of which little is known, not those that people of this mood want.
    """
    raised = np.asarray(emotion, np.float64) ** power
    return raised / raised.sum()


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
