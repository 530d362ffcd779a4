"""Sparse song × term matrices on disk, scored without scipy, and the exact top k of a score."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

INVERTED = "inverted"


@dataclass(frozen=True)
class TermMatrix:
    """Rows of weights in compressed sparse row form; rows are unit vectors or empty.

    data float32 [nnz], indices int32 [nnz] ascending in a row (so no word order is kept), indptr int64
    [rows + 1], width: number of columns.
    """

    data: np.ndarray
    indices: np.ndarray
    indptr: np.ndarray
    width: int

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def row(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """(columns, weights) of one row."""
        part = slice(self.indptr[index], self.indptr[index + 1])
        return self.indices[part], self.data[part]

    def dot(self, columns: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """float64 [rows]: the dot product of every row with a sparse query; cosine when both are unit."""
        query = np.zeros(self.width)
        query[columns] = weights
        scores = np.zeros(len(self))
        filled = np.flatnonzero(np.diff(self.indptr))
        if len(filled):
            # reduceat adds from each start to the next; an empty row would give it one foreign element.
            scores[filled] = np.add.reduceat(self.data * query[self.indices], self.indptr[filled])
        return scores

    def like(self, index: int) -> np.ndarray:
        """float64 [rows]: the cosine of every row with row `index`."""
        return self.dot(*self.row(index))

    def among(self, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """float32 [n, n]: the products of so many rows with each other."""
        parts = [self.row(row) for row in rows]
        columns = np.concatenate([part[0] for part in parts]) if parts else np.empty(0, np.int32)
        names, places = np.unique(columns, return_inverse=True)
        dense = np.zeros((len(parts), len(names)), np.float32)
        dense[np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts]), places] = np.concatenate(
            [part[1] for part in parts] or [np.empty(0)]
        )
        return dense @ dense.T

    def inverted(self) -> "TermMatrix":
        """Its transpose: for each column the rows that hold it."""
        order = np.argsort(self.indices, kind="stable")
        rows = np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.indptr))[order]
        counts = np.bincount(self.indices, minlength=self.width)
        indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return TermMatrix(np.asarray(self.data)[order], rows, indptr, len(self))

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("data", "indices", "indptr"):
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)
        np.save(folder / "width.npy", np.int64(self.width), allow_pickle=False)

    @classmethod
    def open(cls, folder: Path) -> "TermMatrix":
        """Memory-map a saved matrix. Raises OSError or ValueError when a file is missing or broken."""
        data, indices, indptr = (_mapped(folder / f"{name}.npy") for name in ("data", "indices", "indptr"))
        return cls(data, indices, indptr, int(np.load(folder / "width.npy", allow_pickle=False)))


@dataclass(frozen=True)
class Postings:
    """A matrix and its transpose, so that a product reads nothing but the rows that share a column."""

    rows: TermMatrix
    columns: TermMatrix

    def __len__(self) -> int:
        return len(self.rows)

    def like(self, index: int) -> np.ndarray:
        """float32 [rows]: the cosine of every row with row `index`."""
        scores = np.zeros(len(self.rows), np.float32)
        for column, weight in zip(*self.rows.row(index), strict=True):
            holders, weights = self.columns.row(column)
            scores[holders] += weight * weights
        return scores

    def save(self, folder: Path) -> None:
        self.rows.save(folder)
        self.columns.save(folder / INVERTED)

    @classmethod
    def of(cls, matrix: TermMatrix) -> "Postings":
        return cls(matrix, matrix.inverted())

    @classmethod
    def open(cls, folder: Path) -> "Postings":
        """Memory-map what `save` wrote. Raises OSError or ValueError when a file is missing or broken."""
        return cls(TermMatrix.open(folder), TermMatrix.open(folder / INVERTED))


def _mapped(path: Path) -> np.ndarray:
    """A memory-mapped array as a plain one: slicing NumPy's memmap costs more than what is done with the slice."""
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def top(scores: np.ndarray, k: int) -> np.ndarray:
    """Indices of the k largest scores, best first, equal scores in the order of the catalogue; -inf is left out."""
    k = min(k, int(np.isfinite(scores).sum()))
    if k <= 0:
        return np.empty(0, np.int64)
    least = np.partition(scores, -k)[-k]
    candidates = np.flatnonzero(scores >= least)
    return candidates[np.argsort(-scores[candidates], kind="stable")][:k]
