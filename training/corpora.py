"""Readers of the public corpora, and splits without leaks.

A labelled file is a CSV with the columns text and label, and perhaps split, whose «test» rows are kept apart
(without any, one text in five is); an unlabelled
one is plain text, a sentence a line. Two texts with one `model.text.key` count as the same text, and every
test text is taken out of everything that trains, unlabelled text included.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from model.labels import LABELS, label_index
from model.text import clean, key

TEST_PARTS = 5  # of a file that brings no split, one text in five is kept for the test


class CorpusError(ValueError):
    """A corpus file that cannot be used; the message names the file, the fault and what is allowed."""


def labelled(paths: Sequence[Path]) -> pd.DataFrame:
    """The rows of several CSV files, each text on one side only.

    Columns: text, key, label (int, index in LABELS), source (file stem), test (bool). The first file that
    holds a text decides its side, and of a test text the later files' rows are dropped; so is an exact
    repeat everywhere, and in the test part a text that one file labels twice.
    """
    rows = pd.concat([_read(Path(path)) for path in paths], ignore_index=True)
    first = rows.groupby("key", sort=False)[["source", "test"]].transform("first")
    rows["test"] = first["test"]
    rows = rows[~rows["test"] | (rows["source"] == first["source"])].drop_duplicates(["key", "label"])
    ambiguous = rows["key"].duplicated(keep=False) & rows["test"]
    return rows[~ambiguous].reset_index(drop=True)


def unlabelled(paths: Sequence[Path], without: set[str]) -> list[str]:
    """Distinct cleaned lines of plain-text files whose key is not in `without` (the keys of the test texts)."""
    found: dict[str, str] = {}
    for path in paths:
        for line in _lines(Path(path)):
            text = clean(line)
            found.setdefault(key(text), text)
    return [text for k, text in found.items() if k and k not in without]


def in_test_part(text_key: str) -> bool:
    """True for one text in `TEST_PARTS`, chosen by its own letters, so the same in every file and run."""
    return int(hashlib.sha1(text_key.encode(), usedforsecurity=False).hexdigest(), 16) % TEST_PARTS == 0


def _read(path: Path) -> pd.DataFrame:
    try:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as problem:
        raise CorpusError(f"{path}: cannot be read as a UTF-8 CSV file ({problem})") from problem
    missing = {"text", "label"} - set(rows.columns)
    if missing:
        raise CorpusError(
            f"{path}: no column {', '.join(sorted(missing))}; it has {', '.join(rows.columns)}. "
            "A labelled corpus needs text and label, and may have split (train or test)"
        )
    rows["text"] = rows["text"].map(clean)
    rows["key"] = rows["text"].map(key)
    rows = rows[rows["key"] != ""]
    if rows.empty:
        raise CorpusError(f"{path}: holds no text; give a CSV file with rows of text and label")
    labels = {name: _index(name, path) for name in rows["label"].unique()}
    test = rows["split"] == "test" if "split" in rows.columns else pd.Series(False, rows.index)
    if not test.any():
        test = rows["key"].map(in_test_part)
    return pd.DataFrame(
        {
            "text": rows["text"],
            "key": rows["key"],
            "label": rows["label"].map(labels),
            "source": path.stem,
            "test": test,
        }
    )


def _index(name: str, path: Path) -> int:
    try:
        return label_index(name)
    except KeyError:
        raise CorpusError(
            f"{path}: unknown label {name!r}; allowed are 0 to {len(LABELS) - 1} and names such as {', '.join(LABELS)}"
        ) from None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as problem:
        raise CorpusError(f"{path}: cannot be read as UTF-8 text ({problem})") from problem
