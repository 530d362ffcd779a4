"""How well rules and net find words of self-harm, on the labelled sentences of tests/care.

    .venv/bin/python -m bench.care [CORPUS.csv ...]

`recall` of a level: rows with an alarm at least as grave. `exact`: rows of exactly this level. `alarms`: rows that need
none and raise one. For a corpus with the columns text, label and split: rows of its test part that raise an alarm, by
label; no row is printed.
"""

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bot.care import Level, level

FOLDER = Path(__file__).parent.parent / "tests" / "care"
HALVES = ("development", "test")
NONE = "-"


def sentences(half: str) -> Iterator[tuple[str, str, str]]:
    """(its level A, B or «-», what its family means, the sentence)."""
    wanted, family = "", ""
    for line in (FOLDER / f"{half}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            wanted, family = line.removeprefix("## ").split(" ", 1)
        elif line:
            yield wanted, family, line


def measured(half: str) -> dict[str, float | int]:
    found = Counter((wanted, level(text) or NONE) for wanted, _, text in sentences(half))
    rows = Counter({name: sum(n for (wanted, _), n in found.items() if wanted == name) for name in ("A", "B", NONE)})
    return {
        "rows": rows.total(),
        "A": rows["A"],
        "A_recall": round(found["A", Level.A] / rows["A"], 4),
        "B": rows["B"],
        "B_recall": round((found["B", Level.B] + found["B", Level.A]) / rows["B"], 4),
        "B_exact": round(found["B", Level.B] / rows["B"], 4),
        "other": rows[NONE],
        "alarms": round(1 - found[NONE, NONE] / rows[NONE], 4),
    }


def alarms_by_label(path: Path) -> dict[str, str]:
    rows: Counter[str] = Counter()
    alarms: Counter[str] = Counter()
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row.get("split", "test") == "test":
                rows[row["label"]] += 1
                alarms[row["label"]] += level(row["text"]) is not None
    return {label: f"{alarms[label]} of {rows[label]}" for label in sorted(rows)}


def main() -> None:
    for half in HALVES:
        print(half, json.dumps(measured(half)))
    for name in sys.argv[1:]:
        print(Path(name).name, json.dumps(alarms_by_label(Path(name)), ensure_ascii=False))


if __name__ == "__main__":
    main()
