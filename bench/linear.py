"""What the linear model beside the bundled network is worth: both, and each alone.

    .venv/bin/python -m bench.linear ../shared/data/emotion

Measured as in `bench.shares`, on the test rows of the bundled model's files and on tests/day.csv.
"""

import json
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bench.shares import FILES, OURS, measure, opened, tests_of
from model import ngrams
from model.classifier import LiteRTNetwork
from model.files import BUNDLED, MANIFEST, NGRAMS


def without_linear(folder: Path) -> LiteRTNetwork:
    """The bundled network alone, from a copy of its folder whose manifest names no linear model."""
    shutil.copytree(BUNDLED, folder, dirs_exist_ok=True)
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    del manifest["sha256"][NGRAMS]
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return LiteRTNetwork(folder)


def main() -> None:
    both = LiteRTNetwork(BUNDLED)
    linear = ngrams.load(BUNDLED / NGRAMS, len(both.files.labels))
    tests = tests_of(opened([*(Path(sys.argv[1]) / f"{name}.csv" for name in FILES), OURS]))
    with TemporaryDirectory() as folder:
        network = without_linear(Path(folder))
    for name, logits in (
        ("both", lambda texts: np.log(both.run(texts)[0])),
        ("the network alone", lambda texts: np.log(network.run(texts)[0])),
        ("the linear model alone", linear.logits),
    ):
        print(name)
        measure(logits, tests)


if __name__ == "__main__":
    main()
