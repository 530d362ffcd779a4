"""What the neighbours of a sentence say about it: smoothing over the order of a file.

Whoever writes or collects sentences of a mood often does so in runs, so that a sentence tends to share the mood
of the one before it. A hidden Markov chain over the classifier's probabilities makes use of it (Rabiner 1989): with
the probability `stay` the mood goes on, otherwise it is drawn anew from the moods' shares. `stay` is the likeliest
one given the probabilities themselves, for each stretch of a file on its own; in a file whose order means nothing
it is about nought, and the probabilities are left as they are.
"""

import numpy as np

STRETCH = 2000  # lines: collections change their order from part to part
STAYS = np.linspace(0, 0.99, 100)
LEAST = 1e-6


def smoothed(probabilities: np.ndarray) -> np.ndarray:
    """float [n, labels] in the order of a file → float32 [n, labels]: given all lines of the stretch."""
    stretches = [probabilities[at : at + STRETCH] for at in range(0, len(probabilities), STRETCH)]
    return np.concatenate([_smoothed(part) for part in stretches] or [probabilities]).astype(np.float32)


def stay(probabilities: np.ndarray) -> float:
    """How likely a line goes on with the mood of the line before: the likeliest of `STAYS` for one stretch."""
    return _likeliest(*_likelihoods(probabilities))


def _smoothed(probabilities: np.ndarray) -> np.ndarray:
    if len(probabilities) == 1:
        return probabilities
    likelihoods, shares = _likelihoods(probabilities)
    forward, backward = _pass(likelihoods, shares, _likeliest(likelihoods, shares))
    after = forward * backward
    return after / after.sum(axis=1, keepdims=True)


def _likelihoods(probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(what each line says for each mood [n, labels], the moods' shares [labels]), float64."""
    shares = np.maximum(probabilities.mean(axis=0, dtype=float), LEAST)
    shares = shares / shares.sum()
    return np.maximum(probabilities, LEAST) / shares, shares


def _likeliest(likelihoods: np.ndarray, shares: np.ndarray) -> float:
    going_on = STAYS[:, None]
    message, logarithm = np.tile(shares, (len(STAYS), 1)), np.zeros(len(STAYS))
    for likelihood in likelihoods:
        message = (going_on * message + (1 - going_on) * shares) * likelihood
        total = message.sum(axis=1, keepdims=True)
        logarithm += np.log(total[:, 0])
        message = message / total
    return float(STAYS[logarithm.argmax()])


def _pass(likelihoods: np.ndarray, shares: np.ndarray, going_on: float) -> tuple[np.ndarray, np.ndarray]:
    """The forward and backward messages, each row scaled to sum to 1."""
    forward, backward = np.empty_like(likelihoods), np.empty_like(likelihoods)
    message = shares
    for at, likelihood in enumerate(likelihoods):
        message = (going_on * message + (1 - going_on) * shares) * likelihood
        message = message / message.sum()
        forward[at] = message
    message = np.ones_like(shares) / len(shares)
    backward[-1] = message
    for at in range(len(likelihoods) - 2, -1, -1):
        ahead = likelihoods[at + 1] * message
        message = going_on * ahead + (1 - going_on) * (shares * ahead).sum()
        message = message / message.sum()
        backward[at] = message
    return forward, backward
