"""Which corpora help: a regression that learns from the files of the bundled model, from one more, or from one fewer.

    .venv/bin/python -m bench.corpora ../shared/data/emotion

The regression is that of `bench.shares`, with the logit of 중립 shifted by file; it is measured on the test rows of the
bundled model's files, of which nothing is learnt whatever the files, and on tests/day.csv.
"""

import sys
from pathlib import Path

from bench.shares import BUCKETS, FILES, OURS, measure, opened, tests_of
from model.text import key
from training.ngrams import fit

OTHERS = ("voice_situation", "goemotions_ko")


def main() -> None:
    folder = Path(sys.argv[1])
    files = [*(folder / f"{name}.csv" for name in FILES), OURS]
    tests = tests_of(opened(files))
    kept_apart = {key(text) for texts, _ in tests.values() for text in texts}
    for name, learnt in (
        ("these files", files),
        *((f"with {name}", [*files, folder / f"{name}.csv"]) for name in OTHERS),
        *((f"without {left.stem}", [path for path in files if path != left]) for left in files[1:]),
    ):
        run = opened(learnt)
        rows = run.training_rows
        rows = rows[~rows["key"].isin(kept_apart)]
        print(f"{name}: {len(rows)} rows")
        measure(fit(rows["text"], run.targets(rows), run.shifts(rows), BUCKETS).logits, tests)


if __name__ == "__main__":
    main()
