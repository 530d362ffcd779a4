"""What the order of a file tells about its sentences: labels before and after smoothing (`training.chain`).

    .venv/bin/python -m bench.chain ../shared/data/emotion

A logistic regression learns from seed4 alone, from it and the training part of the elder sentences, or from these
sentences alone, in the four emotions or in the six names of their corpus. It reads all first sentences of the 감성
대화 corpus in the order of their file. Measured on the elder test part, whose labels nothing saw; the control smooths
the same lines in a random order. With the elder sentences, lines that are training rows stand in the chain with their
own labels, as in `training.distil`. The last figure is of a second regression that learns from the smoothed lines,
none of them a test text, and reads the test texts one by one: what a model can learn from them.
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
    others = np.setdiff1d(np.arange(len(lines)), places)
    order = np.random.default_rng(SEED).permutation(len(lines))
    print(f"{len(lines)} lines, {len(places)} of them with a label kept apart")
    train, apart = rows[~rows["test"]], rows[~rows["test"] & elder]
    for learnt, of, column in (
        ("seed4", rows[~rows["test"] & ~elder], "label"),
        ("seed4 and elder", train, "label"),
        ("elder", apart, "label"),
        ("elder, its own names", apart, "name"),
    ):
        names, numbers = np.unique(of[column], return_inverse=True)
        label_of_name = of.groupby(column)["label"].first().loc[names].to_numpy()
        read = LinearClassifier(len(names)).fit(of["text"], numbers).predict(lines)
        kin = (of["source"] == Path(TABLES[1]).stem).to_numpy()
        known = dict(zip(of["key"][kin], np.eye(len(names))[numbers[kin]], strict=True))
        sure = np.array([known.get(name, said) for name, said in zip(keys, read, strict=True)])
        smoothed = chain.smoothed(sure)
        mixed = np.empty_like(sure)
        mixed[order] = chain.smoothed(sure[order])

        def right(said: np.ndarray, label_of_name=label_of_name) -> float:
            return (_emotions(said, label_of_name).argmax(axis=1) == labels).mean()

        for name, said in (("line by line", read), ("smoothed", smoothed), ("in random order", mixed)):
            print(f"{learnt}, {name}: {right(said[places]):.4f}")
        pupil = LinearClassifier(len(names)).fit([lines[at] for at in others], smoothed[others].argmax(axis=1))
        print(f"{learnt}, a pupil of the smoothed lines: {right(pupil.predict([lines[at] for at in places])):.4f}")


def _emotions(said: np.ndarray, label_of_name: np.ndarray) -> np.ndarray:
    """Probabilities [n, names] → [n, emotions]: those of the names of one emotion together."""
    return said @ np.eye(len(EMOTIONS))[label_of_name]


if __name__ == "__main__":
    main()
