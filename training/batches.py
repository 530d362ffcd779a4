"""Token ids → padded batches of like length, shuffled anew each epoch from one seed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np

from model.tokenizer import MASK, PAD, SPECIALS
from training.corpora import CorpusError

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

    def padded(self, rows: np.ndarray, length: int) -> np.ndarray:
        """int32 [rows, length], padded with [PAD]."""
        ids = np.full((len(rows), length), PAD, np.int32)
        for at, row in enumerate(rows):
            ids[at, : self.lengths[row]] = self.tokens[self.starts[row] : self.starts[row + 1]]
        return ids


@dataclass(frozen=True)
class Shape:
    """What a device wants of a batch. lengths: the padded lengths allowed, () for any; rows: a divisor of its rows.

    With `lengths` every batch of one length has as many rows: an accelerator compiles each shape anew.
    """

    lengths: tuple[int, ...] = ()
    rows: int = 1

    def length(self, longest: int) -> int:
        """The length that texts of `longest` tokens at most are padded to."""
        return next((length for length in self.lengths if length >= longest), longest)

    def most(self, rows: int, tokens: int, length: int) -> int:
        """How many rows of `length` tokens a batch may have, given the most rows and tokens it may have."""
        return max(1, min(rows, tokens // length) // self.rows) * self.rows

    def filled(self, count: int, rows: int, tokens: int, length: int) -> int:
        """How many rows a batch of `count` is filled up to."""
        return self.most(rows, tokens, length) if self.lengths else -(-count // self.rows) * self.rows


ANY_SHAPE = Shape()


class Batches(keras.utils.PyDataset):
    """Batches of at most `tokens` tokens and `rows` rows: (ids int32 [n, length], targets [n, …], weights [n]).

    targets: int [n] labels or float [n, labels] shares. A row that only fills up a batch weighs 0, any other 1.
    The share `hidden` of the tokens becomes [MASK], another one each epoch, so that a classifier does not
    learn its rows by heart.
    """

    def __init__(
        self,
        texts: Texts,
        targets=None,
        *,
        rows: int,
        tokens: int,
        seed: int,
        hidden: float = 0.0,
        shape: Shape = ANY_SHAPE,
    ):
        super().__init__()
        if not len(texts):
            raise CorpusError("--data: no text is left to train on or to measure by; give more rows")
        self.texts, self.targets, self.rows, self.tokens, self.seed = texts, targets, rows, tokens, seed
        self.hidden, self.shape = hidden, shape
        self.at_epoch(0)

    def __len__(self) -> int:
        return len(self.plan)

    def __getitem__(self, index: int):
        ids, rows, weights = self._filled(index)
        random = self._random(index)
        ids[(ids >= len(SPECIALS)) & (random.random(ids.shape) < self.hidden)] = MASK
        return ids, self.targets[rows], weights

    def in_order(self, predictions: np.ndarray) -> np.ndarray:
        """What a model gave for all batches of this epoch, one after another → one row a text, in their order."""
        sent = np.concatenate([self._filled(index)[1] for index in range(len(self))])
        ordered = np.empty((len(self.texts), *predictions.shape[1:]), predictions.dtype)
        ordered[sent] = predictions
        return ordered

    def at_epoch(self, epoch: int, done: int = 0) -> None:
        """Plan an epoch (from 0) without its first `done` batches; the same number gives the same batches.

        A batch is drawn from rows of like length, so that there is little padding and every epoch has as many
        batches of the same shapes.
        """
        self.epoch, self.done = epoch, done
        random = np.random.default_rng([self.seed, epoch])
        order = random.permutation(len(self.texts))
        batches = self._cut(order[np.argsort(-self.texts.lengths[order], kind="stable")])
        # The longest first shows at once whether memory suffices; the shortest next, because Keras takes the
        # lengths that may vary from the first two batches.
        last = len(batches) - 1
        self.plan = [batches[at] for at in dict.fromkeys([0, last, *random.permutation(range(1, last))])][done:]

    def _cut(self, rows: np.ndarray) -> list[np.ndarray]:
        """Cut rows that stand from the longest to the shortest into batches."""
        lengths = [self.shape.length(length) for length in self.texts.lengths[rows]]
        batches, first = [], 0
        for last, length in enumerate(lengths):
            shorter = bool(self.shape.lengths) and length != lengths[first]
            if last > first and (shorter or last - first >= self.shape.most(self.rows, self.tokens, lengths[first])):
                batches.append(rows[first:last])
                first = last
        return [*batches, rows[first:]]

    def _random(self, index: int) -> np.random.Generator:
        """What is drawn for a batch: the same one whether its epoch was taken up again or not."""
        return np.random.default_rng([self.seed, self.epoch, self.done + index])

    def _filled(self, index: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(ids [n, length], row numbers [n], weights float32 [n]) of one batch, in the shape that is wanted."""
        rows = self.plan[index]
        length = self.shape.length(int(self.texts.lengths[rows].max()))
        count = self.shape.filled(len(rows), self.rows, self.tokens, length)
        weights = np.zeros(count, np.float32)
        weights[: len(rows)] = 1
        rows = np.resize(rows, count)
        return self.texts.padded(rows, length), rows, weights


class MaskedBatches(Batches):
    """Batches for masked-language modelling, drawn as Devlin et al. 2019 do.

    15 % of the tokens are predicted; of these 80 % become [MASK], 10 % another piece, 10 % stay.
    Yields ({"ids" [n, length], "places" [n, m]}, pieces [n, m], weights float32 [n, m]).
    """

    def __init__(self, texts: Texts, vocabulary: int, **settings):
        self.vocabulary = vocabulary
        super().__init__(texts, **settings)

    def __getitem__(self, index: int):
        random = self._random(index)
        ids, _, real = self._filled(index)
        chosen = (random.random(ids.shape) < MASKED_SHARE) & (ids >= len(SPECIALS))
        # A width that only depends on the length, and with it grows: see `at_epoch` on shapes.
        most = math.ceil(ids.shape[1] * MOST_MASKED)
        chosen &= chosen.cumsum(axis=1) <= most
        places = np.argsort(~chosen, axis=1, kind="stable")[:, :most].astype(np.int32)
        weights = np.take_along_axis(chosen, places, axis=1) * real[:, None]
        pieces = np.take_along_axis(ids, places, axis=1)
        fate = random.random(ids.shape)
        ids[chosen & (fate < 0.8)] = MASK
        other = chosen & (fate >= 0.9)
        ids[other] = random.integers(len(SPECIALS), self.vocabulary, int(other.sum()))
        return {"ids": ids, "places": places}, pieces, weights
