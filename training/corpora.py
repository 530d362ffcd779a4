"""Readers of the public corpora, and splits without leaks.

A labelled file is a CSV with the columns text and label, and perhaps split (its «test» rows are kept apart)
or dialogue (dialogues are kept apart whole). An unlabelled one is plain text, a sentence a line. Two texts with
one `model.text.key` count as the same text, and every test text of every file is taken out of everything that
trains, unlabelled text included.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from model.labels import LABELS
from model.text import clean, key
from training import aihub, mappings

TEST = (1, 5)  # of what brings no split, one text or dialogue in five is kept for the test
TABLES, PLAIN = (".csv", aihub.SPREADSHEET), ".txt"


class CorpusError(ValueError):
    """A corpus file that cannot be used; the message names the file, the fault and what is allowed."""


def labelled(paths: Sequence[Path], labels: Sequence[str] = LABELS, test: tuple[int, int] = TEST) -> pd.DataFrame:
    """The rows of several files, each text on one side only: `sides` of what `read` reads."""
    return sides(read(paths, labels), test)


def read(paths: Sequence[Path], labels: Sequence[str] = LABELS) -> pd.DataFrame:
    """The rows of several files as they are, but for those whose label counts for none of `labels`.

    Columns: text, key, label (int, index in `labels`), name (the label as its file spells it), source (file stem),
    split and dialogue ("" where there is none), and one column for each of `labels`, float32, its share in the row's
    target (a row sums to 1; most rows are 0 and 1). Raises CorpusError for a file that cannot be used.
    """
    stems = [Path(path).stem for path in paths]
    twice = [stem for stem in stems if stems.count(stem) > 1]
    if twice:
        raise CorpusError(f"{twice[0]}: two labelled files of this name; rename one, since figures name their file")
    return pd.concat([_read(Path(path), labels) for path in paths], ignore_index=True)


def sides(rows: pd.DataFrame, test: tuple[int, int] = TEST) -> pd.DataFrame:
    """Rows of `read` with a column test (bool) in place of split and dialogue, each text on one side only.

    Exact repeats are dropped, and in the test part every text that one file labels twice.

    Which texts are tests: those of a file's own «test» rows; in a file of dialogues, those of a dialogue that
    holds such a text (where none does, of a share `test` of the dialogues) unless a training dialogue has them
    too; in any other file, a share `test` of the texts that no file with a split of its own holds.
    """
    keys, held = _tests(rows, test)
    is_test = rows["key"].isin(keys)
    withdrawn = np.where(is_test, ~rows["split"].isin(["", "test"]), held)
    rows = rows.assign(test=is_test)[~withdrawn].drop_duplicates(["source", "key", "label"])
    twice = rows.duplicated(["source", "key"], keep=False) & rows["test"]
    return rows[~twice].drop(columns=["split", "dialogue"]).reset_index(drop=True)


def unlabelled(path: Path, without: set[str]) -> list[str]:
    """Distinct cleaned lines of a .txt file, in order, whose key is not in `without` (that of the test texts)."""
    if path.suffix.lower() != PLAIN:
        raise CorpusError(f"{path}: unknown kind of file; allowed are {', '.join(TABLES)} with labels and {PLAIN}")
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as problem:
        raise CorpusError(f"{path}: cannot be read as UTF-8 text ({problem})") from problem
    found: dict[str, str] = {}
    for text in map(clean, lines):
        found.setdefault(key(text), text)
    lines = [text for k, text in found.items() if k and k not in without]
    if not lines:
        raise CorpusError(f"{path}: no line is left to learn from; give a text file with a sentence a line")
    return lines


def number_of(name: str) -> int:
    """A number that depends on the letters of a name alone: the same in every file and run."""
    return int(hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest(), 16)


def _tests(rows: pd.DataFrame, test: tuple[int, int]) -> tuple[set[str], pd.Series]:
    """(keys of the test texts, which rows stand in a dialogue that is kept for the test)."""

    def drawn(name: str) -> bool:
        return number_of(name) % test[1] < test[0]

    split, dialogue = rows["split"] != "", rows["dialogue"] != ""
    tests = set(rows.loc[rows["split"] == "test", "key"])
    settled = set(rows.loc[split | dialogue, "key"])
    turns = rows[dialogue & ~split]
    kept = turns["key"].isin(tests).groupby([turns["source"], turns["dialogue"]]).transform("any")
    brings_tests = kept.groupby(turns["source"]).transform("any")
    kept = kept.where(brings_tests, turns["dialogue"].map(drawn)).astype(bool)
    tests |= set(turns.loc[kept, "key"]) - set(turns.loc[~kept, "key"])
    tests |= {name for name in rows["key"].unique() if name not in settled and drawn(name)}
    return tests, kept.reindex(rows.index, fill_value=False)


def _read(path: Path, labels: Sequence[str]) -> pd.DataFrame:
    try:
        rows = aihub.read(path)
    except (OSError, ValueError) as problem:
        reason = " ".join(str(problem).split())
        raise CorpusError(f"{path}: cannot be read as a UTF-8 CSV file or an xlsx file ({reason})") from problem
    missing = {"text", "label"} - set(rows.columns)
    if missing:
        raise CorpusError(
            f"{path}: no column {', '.join(sorted(missing))}; it has {', '.join(map(str, rows.columns))}. "
            "A labelled corpus needs text and label, and may have split (train or test) or dialogue"
        )
    rows["text"] = rows["text"].map(clean)
    rows["key"] = rows["text"].map(key)
    rows = rows[(rows["key"] != "") & (rows["label"] != "")]
    if rows.empty:
        raise CorpusError(f"{path}: holds no labelled text; give a CSV file with rows of text and label")
    targets = {name: _target(name, labels, path) for name in rows["label"].unique()}
    rows = rows[rows["label"].map(lambda name: targets[name] is not None)]
    if rows.empty:
        raise CorpusError(f"{path}: no label counts for any of {', '.join(labels)}; leave the file out")
    shares = np.stack([targets[name] for name in rows["label"]])
    split = rows["split"].str.strip().str.lower() if "split" in rows.columns else pd.Series("", rows.index)
    return pd.DataFrame(
        {
            "text": rows["text"],
            "key": rows["key"],
            "label": shares.argmax(axis=1),
            "name": rows["label"],
            "source": path.stem,
            "split": split if (split == "test").any() else "",
            "dialogue": rows["dialogue"] if "dialogue" in rows.columns else "",
        }
        | {name: shares[:, at] for at, name in enumerate(labels)}
    )


def _target(label: str, labels: Sequence[str], path: Path) -> np.ndarray | None:
    try:
        return mappings.target(label, labels)
    except KeyError as unknown:
        raise CorpusError(
            f"{path}: unknown label {unknown.args[0]!r}; allowed are {mappings.allowed(labels)}"
        ) from None
