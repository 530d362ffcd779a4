"""From which probability on a message tells a mood: rows with an emotion against rows labelled 중립.

    .venv/bin/python -m bench.moods ../shared/data/emotion/seed4.csv ../shared/data/emotion/keti_single.csv

Emotional are the test rows of the first file, neutral those of the second labelled 중립
(`training.corpora.labelled` tells which rows are tests). For each threshold on the probability of one emotion
among five: the share of neutral rows that would be taken for a mood, the share of emotional rows that would not,
and the accuracy of the moods that are left.
"""

import sys
from pathlib import Path

import numpy as np

from model.classifier import LiteRTClassifier
from model.files import BUNDLED
from model.labels import LABELS, NEUTRAL
from training.corpora import labelled


def main() -> None:
    classifier = LiteRTClassifier(BUNDLED, threads=2)
    first, second = (Path(name) for name in sys.argv[1:])
    rows = labelled([first, second])
    rows = rows[rows["test"]]
    emotions = rows[rows["source"] == first.stem]
    emotional, truth = list(emotions["text"]), emotions["label"].to_numpy()
    neutral = list(rows.loc[(rows["source"] == second.stem) & (rows["label"] == LABELS.index(NEUTRAL)), "text"])

    def told(read) -> np.ndarray:
        return read.probabilities.max(axis=1) * (1 - read.neutral)

    of_neutral, read = told(classifier.predict(neutral)), classifier.predict(emotional)
    of_emotional, right = told(read), read.probabilities.argmax(axis=1) == truth
    print(f"{len(neutral)} neutral rows, {len(emotional)} with an emotion")
    for threshold in np.arange(0.3, 0.61, 0.05):
        kept = of_emotional >= threshold
        print(
            f"{threshold:.2f}: neutral taken for a mood {(of_neutral >= threshold).mean():.3f}, "
            f"moods missed {1 - kept.mean():.3f}, accuracy of the rest {right[kept].mean():.3f}"
        )


if __name__ == "__main__":
    main()
