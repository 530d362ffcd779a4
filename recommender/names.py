"""An index of names: who bears one exactly, and which names are near, however many there are.

Names are texts in normal form, kept as single letters (jamo). They stand sorted in one block of bytes; an inverted
index of their trigrams finds the near ones. All parts are arrays, so that an index on disk is memory-mapped:

text, ends                       the names in UTF-8, sorted, one after another; int64 [names] where each ends
owner_ends, owners, kinds        int64 [names], int32 and uint8 [pairs]: who bears each name, and in which way
lengths                          uint16 [names], single letters of each name
grams, gram_ends, gram_names     uint64 [trigrams] sorted, int64 [trigrams], int32: the names that hold each
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recommender import hangul

MAX_ALIKE = 1000
MAX_INSIDE = 300
_PARTS = ("text", "ends", "owner_ends", "owners", "kinds", "lengths", "grams", "gram_ends", "gram_names")
_BORDER = "\n"  # before and after every name, so that its first and last letters weigh more
_LEAST_INSIDE = 0.34  # of a name's trigrams
_SHORT = 4.0  # letters; names of no more are found in anything
_BITS = 21  # of a Unicode code point


class NameIndex:
    """Names and the owners of each, as numbers from 0."""

    def __init__(self, parts: dict[str, NDArray]) -> None:
        self._parts = parts
        self._text, self._ends = parts["text"].data, parts["ends"].data
        self._owner_ends, self._gram_ends = parts["owner_ends"].data, parts["gram_ends"].data
        self._sorted = _Sorted(self)

    @classmethod
    def build(cls, triples: Iterable[tuple[str, int, int]], near: bool = True) -> "NameIndex":
        """Of (name, owner, kind); a triple given twice counts once, an empty name not at all.

        Without `near` no name is near any other, and the index is half the size.
        """
        bearers: dict[bytes, set[tuple[int, int]]] = {}
        for name, owner, kind in triples:
            if name:
                bearers.setdefault(_encoded(name), set()).add((owner, kind))
        names = sorted(bearers)
        pairs = [sorted(bearers[name]) for name in names]
        flat = np.array([pair for one in pairs for pair in one], np.int32).reshape(-1, 2)
        parts: dict[str, NDArray] = {
            "text": np.frombuffer(b"".join(names), np.uint8),
            "ends": np.cumsum([len(name) for name in names], dtype=np.int64),
            "owner_ends": np.cumsum([len(one) for one in pairs], dtype=np.int64),
            "owners": np.ascontiguousarray(flat[:, 0]),
            "kinds": flat[:, 1].astype(np.uint8),
        }
        return cls(parts | _trigrams([name.decode() if near else "" for name in names]))

    @classmethod
    def open(cls, folder: Path) -> "NameIndex":
        """Memory-map an index that `save` wrote. Raises OSError or ValueError where that is not possible."""
        return cls({name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in _PARTS})

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name in _PARTS:
            np.save(folder / f"{name}.npy", self._parts[name], allow_pickle=False)

    def __len__(self) -> int:
        return len(self._ends)

    def letters(self, number: int) -> str:
        """A name in single letters: «밤편지» → «ㅂㅏㅁㅍㅕㄴㅈㅣ»."""
        return str(self._text[self._ends[number - 1] if number else 0 : self._ends[number]], "utf-8")

    def find(self, name: str) -> int | None:
        """The number of a name, or None."""
        sought = _encoded(name)
        number = bisect_left(self._sorted, sought)
        return number if number < len(self) and self._bytes(number) == sought else None

    def bearers(self, name: str) -> list[tuple[int, int]]:
        """(owner, kind) of all who bear exactly this name."""
        number = self.find(name)
        return [] if number is None else self.owners(number)

    def owners(self, number: int) -> list[tuple[int, int]]:
        """(owner, kind) of all who bear the name of this number."""
        part = slice(_start(self._owner_ends, number), self._owner_ends[number])
        return list(zip(self._parts["owners"][part].tolist(), self._parts["kinds"][part].tolist(), strict=True))

    def pairs(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """(owners, numbers of names) of all pairs."""
        numbers = np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self._parts["owner_ends"], prepend=0))
        return self._parts["owners"], numbers

    def starting(self, letters: str, count: int) -> list[int]:
        """Up to `count` names that begin with the single letters `letters`."""
        sought = letters.encode(errors="replace")
        first = bisect_left(self._sorted, sought)
        last = bisect_left(self._sorted, sought + b"\xff", first)
        return list(range(first, min(last, first + count)))

    def shared(self, letters: str) -> NDArray[np.int64]:
        """int [names]: how many trigrams each name shares with the single letters `letters`."""
        sought = np.unique(_grams(_codes([letters])))
        places = np.searchsorted(self._parts["grams"], sought)
        inside = places < len(self._parts["grams"])
        places = places[inside][self._parts["grams"][places[inside]] == sought[inside]]
        lists = [self._parts["gram_names"][_start(self._gram_ends, p) : self._gram_ends[p]] for p in places.tolist()]
        return np.bincount(np.concatenate(lists) if lists else np.empty(0, np.int32), minlength=len(self))

    def near(self, letters: str, count: int = MAX_ALIKE) -> tuple[list[int], list[int]]:
        """Names that share most trigrams with the single letters `letters`: those like it, and those inside it."""
        shared = self.shared(letters)
        holding = np.flatnonzero(shared)
        counts, lengths = shared[holding], self._parts["lengths"][holding]
        alike = holding[_highest(counts / (len(letters) + lengths), count)]
        within = np.flatnonzero(counts >= lengths * _LEAST_INSIDE)
        inside = holding[within[_highest(counts[within] / (lengths[within] + _SHORT), MAX_INSIDE)]]
        return alike.tolist(), inside.tolist()

    def _bytes(self, number: int) -> bytes:
        return self._text[_start(self._ends, number) : self._ends[number]].tobytes()


class _Sorted:
    """The names of an index as the sorted sequence that `bisect` wants."""

    def __init__(self, index: NameIndex) -> None:
        self._index = index

    def __len__(self) -> int:
        return len(self._index)

    def __getitem__(self, number: int) -> bytes:
        return self._index._bytes(number)


def _encoded(name: str) -> bytes:
    return hangul.split(name).encode(errors="replace")


def _start(ends: memoryview, number: int) -> int:
    return ends[number - 1] if number else 0


def _highest(scores: NDArray, count: int) -> NDArray[np.int64]:
    """Places of the `count` highest scores, in no order."""
    return np.argpartition(scores, -count)[-count:] if len(scores) > count else np.arange(len(scores))


def _codes(texts: Iterable[str]) -> NDArray[np.uint64]:
    joined = _BORDER + "".join(text.replace(_BORDER, "") + _BORDER for text in texts)
    return np.frombuffer(joined.encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)


def _grams(codes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """One trigram for every letter: it with its neighbours."""
    bits = np.uint64(_BITS)
    grams = (codes[:-2] << (bits + bits)) | (codes[1:-1] << bits) | codes[2:]
    return grams[codes[1:-1] != ord(_BORDER)]


def _trigrams(names: list[str]) -> dict[str, NDArray]:
    lengths = np.array([len(name) for name in names], np.int64)
    grams = _grams(_codes(names)) if names else np.empty(0, np.uint64)
    order = np.argsort(grams, kind="stable")
    distinct, counts = np.unique(grams[order], return_counts=True)
    return {
        "lengths": np.minimum(lengths, 65535).astype(np.uint16),
        "grams": distinct,
        "gram_ends": np.cumsum(counts, dtype=np.int64),
        "gram_names": np.repeat(np.arange(len(names), dtype=np.int32), lengths)[order],
    }


def all_of(indexes: Iterable[NameIndex], name: str) -> Iterator[tuple[int, int]]:
    """(owner, kind) of all who bear a name in any of the indexes."""
    for index in indexes:
        yield from index.bearers(name)
