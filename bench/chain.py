"""What the order of a file tells about its sentences: labels before and after smoothing (`training.chain`).

    .venv/bin/python -m bench.chain ../shared/data/emotion

A logistic regression learns from seed4 alone or from it and the training part of the elder sentences, and reads
all first sentences of the 감성 대화 corpus in the order of their file. Measured on the elder test part, whose labels
nothing saw; the control smooths the same lines in a random order. With the elder sentences, lines that are training
rows stand in the chain with their own labels, as in `training.distil`.
"""

import sys
from pathlib import Path

import numpy as np

from model.labels import EMOTIONS
from model.text import key
from training import chain
from training.corpora import labelled, unlabelled
from training.linear import LinearClassifier

TABLES = ("seed4.csv", "emo_dialog_train_elder_gold.csv")
LINES = "raw_text/emo_dialog_train_sent1.txt"
SEED = 1234


def main() -> None:
    folder = Path(sys.argv[1])
    rows = labelled([folder / name for name in TABLES])
    elder = rows["source"] == Path(TABLES[1]).stem
    test = rows[elder & rows["test"]]
    lines = unlabelled(folder / LINES, set())
    keys = [key(line) for line in lines]
    label_of = dict(zip(test["key"], test["label"], strict=True))
    places = np.array([at for at, name in enumerate(keys) if name in label_of])
    labels = np.array([label_of[keys[at]] for at in places])
    order = np.random.default_rng(SEED).permutation(len(lines))
    print(f"{len(lines)} lines, {len(places)} of them with a label kept apart")
    for learnt, train in (("seed4", rows[~rows["test"] & ~elder]), ("seed4 and elder", rows[~rows["test"]])):
        read = LinearClassifier(len(EMOTIONS)).fit(train["text"], train["label"]).predict(lines)
        known = train[train["source"] != Path(TABLES[0]).stem]
        of_known = dict(zip(known["key"], np.eye(len(EMOTIONS))[known["label"]], strict=True))
        sure = np.array([of_known.get(name, said) for name, said in zip(keys, read, strict=True)])
        mixed = np.empty_like(sure)
        mixed[order] = chain.smoothed(sure[order])
        for name, said in (("line by line", read), ("smoothed", chain.smoothed(sure)), ("in random order", mixed)):
            print(f"{learnt}, {name}: {(said[places].argmax(axis=1) == labels).mean():.4f}")


if __name__ == "__main__":
    main()
