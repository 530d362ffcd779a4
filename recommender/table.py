"""Small CSV files whose columns are named."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from recommender.catalogue import CatalogueError


def rows_of(path: Path, needed: Sequence[str], others: Sequence[str] = ()) -> Iterator[dict[str, str]]:
    """Rows of a CSV file, "" for an empty or a short cell and for a column of `others` that is not there.

    Raises CatalogueError when the file or a needed column cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = [name for name in needed if name not in (rows.fieldnames or ())]
            if missing:
                raise CatalogueError(
                    f"{path}: no column {', '.join(missing)}; it has {', '.join(rows.fieldnames or ()) or 'none'}, "
                    f"needed are {', '.join(needed)}"
                )
            yield from ({name: row.get(name) or "" for name in (*needed, *others)} for row in rows)
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise CatalogueError(f"{path}: cannot be read as UTF-8 CSV ({problem}); save it as UTF-8 CSV") from problem
