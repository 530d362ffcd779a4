"""Token ids → padded batches of like length, shuffled anew each epoch from one seed."""

import math
from collections.abc import Sequence

import keras
import numpy as np

from model.tokenizer import MASK, PAD, SPECIALS

WINDOW = 64  # batches whose rows are sorted by length together: little padding, still well shuffled
MASKED_SHARE = 0.15
MOST_MASKED = 0.3  # of a row; chance hardly ever draws more


class Texts:
    """Many token sequences in two flat arrays, so that millions of them cost their tokens and no more."""

    def __init__(self, sequences: Sequence[Sequence[int]]):
        self.lengths = np.fromiter(map(len, sequences), np.int32, len(sequences))
        self.starts = np.concatenate([[0], np.cumsum(self.lengths, dtype=np.int64)])
        self.tokens = np.empty(self.starts[-1], np.uint16)
        for start, sequence in zip(self.starts, sequences, strict=False):
            self.tokens[start : start + len(sequence)] = sequence

    def __len__(self) -> int:
        return len(self.lengths)

    def padded(self, rows: np.ndarray) -> np.ndarray:
        """int32 [rows, longest of them], padded with [PAD]."""
        ids = np.full((len(rows), self.lengths[rows].max()), PAD, np.int32)
        for at, row in enumerate(rows):
            ids[at, : self.lengths[row]] = self.tokens[self.starts[row] : self.starts[row + 1]]
        return ids


class Batches(keras.utils.PyDataset):
    """Batches of at most `tokens` tokens and `rows` rows; `labels` int [n].

    The share `hidden` of the tokens becomes [MASK], another one each epoch, so that a classifier does not
    learn its rows by heart.
    """

    def __init__(self, texts: Texts, labels=None, *, rows: int, tokens: int, seed: int, hidden: float = 0.0):
        super().__init__()
        self.texts, self.labels, self.rows, self.tokens, self.seed = texts, labels, rows, tokens, seed
        self.hidden = hidden
        self.at_epoch(0)

    def __len__(self) -> int:
        return len(self.plan)

    def __getitem__(self, index: int):
        rows = self.plan[index]
        ids = self.texts.padded(rows)
        random = np.random.default_rng([self.seed, self.epoch, index])
        ids[(ids >= len(SPECIALS)) & (random.random(ids.shape) < self.hidden)] = MASK
        return ids, self.labels[rows]

    def at_epoch(self, epoch: int) -> None:
        """Plan the batches of an epoch (from 0); the same number gives the same batches, also after a resume."""
        self.epoch = epoch
        random = np.random.default_rng([self.seed, epoch])
        order = random.permutation(len(self.texts))
        window = WINDOW * self.rows
        batches = []
        for start in range(0, len(order), window):
            rows = order[start : start + window]
            batches += self._cut(rows[np.argsort(self.texts.lengths[rows], kind="stable")])
        random.shuffle(batches)
        # The longest first shows at once whether memory suffices; the shortest next, because Keras takes
        # the shapes that may vary from the first two batches.
        by_length = sorted(range(len(batches)), key=lambda i: self.texts.lengths[batches[i]].max())
        self.plan = [batches[i] for i in dict.fromkeys([by_length[-1], by_length[0], *range(len(batches))])]

    def _cut(self, rows: np.ndarray) -> list[np.ndarray]:
        batches, first = [], 0
        for last in range(len(rows) + 1):
            full = last == len(rows) or last - first == self.rows
            if full or (last - first + 1) * self.texts.lengths[rows[last]] > self.tokens:
                if last > first:
                    batches.append(rows[first:last])
                first = last
        return batches


class MaskedBatches(Batches):
    """Batches for masked-language modelling, drawn as Devlin et al. 2019 do.

    15 % of the tokens are predicted; of these 80 % become [MASK], 10 % another piece, 10 % stay.
    Yields ({"ids" [n, length], "places" [n, m]}, pieces [n, m], weights float32 [n, m]).
    """

    def __init__(self, texts: Texts, vocabulary: int, **settings):
        self.vocabulary = vocabulary
        super().__init__(texts, **settings)

    def __getitem__(self, index: int):
        random = np.random.default_rng([self.seed, self.epoch, index])
        ids = self.texts.padded(self.plan[index])
        chosen = (random.random(ids.shape) < MASKED_SHARE) & (ids >= len(SPECIALS))
        # A width that only depends on the length, and with it grows: see `at_epoch` on shapes.
        most = math.ceil(ids.shape[1] * MOST_MASKED)
        places = np.argsort(~chosen, axis=1, kind="stable")[:, :most].astype(np.int32)
        weights = np.take_along_axis(chosen, places, axis=1).astype(np.float32)
        pieces = np.take_along_axis(ids, places, axis=1)
        fate = random.random(ids.shape)
        ids[chosen & (fate < 0.8)] = MASK
        other = chosen & (fate >= 0.9)
        ids[other] = random.integers(len(SPECIALS), self.vocabulary, int(other.sum()))
        return {"ids": ids, "places": places}, pieces, weights
