"""Which corpora help: a logistic regression that learns from two of them, and from each other one besides.

    .venv/bin/python -m bench.corpora ../shared/data/emotion

The two are the original's rows (seed4) and messages about the day (the elder sentences). Measured on the test rows
of those and of KOTE, by the split of every training run: the share of right labels among the four emotions.
"""

import sys
from pathlib import Path

import numpy as np

from model.labels import EMOTIONS, LABELS
from training.corpora import labelled
from training.linear import LinearClassifier

BASE = ("seed4", "emo_dialog_train_elder_gold")
OTHERS = ("keti_single", "keti_continuous_dialogues", "kote_val", "voice_situation", "goemotions_ko")
MEASURED = (*BASE, "kote_val")


def main() -> None:
    folder = Path(sys.argv[1])
    rows = labelled([folder / f"{name}.csv" for name in (*BASE, *OTHERS)])
    emotional = rows[rows["label"] < len(EMOTIONS)]
    train = rows[~rows["test"]].drop_duplicates(["key", "label"])
    tests = {name: emotional[emotional["test"] & (emotional["source"] == name)] for name in MEASURED}
    for others in ((), *((name,) for name in OTHERS), OTHERS):
        learnt = train[train["source"].isin([*BASE, *others])]
        model = LinearClassifier(len(LABELS)).fit(learnt["text"], learnt["label"])
        right = {
            name: np.mean(model.predict(test["text"])[:, : len(EMOTIONS)].argmax(axis=1) == test["label"])
            for name, test in tests.items()
        }
        print(f"{' + '.join(('base', *others))}, {len(learnt)} rows: ", end="")
        print(", ".join(f"{name} {share:.4f}" for name, share in right.items()), flush=True)


if __name__ == "__main__":
    main()
