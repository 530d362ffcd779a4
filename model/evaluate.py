"""How well a classifier reads labelled rows: accuracy, macro F1, calibration, and 중립 against the rest."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from model.classifier import EmotionClassifier, Emotions
from model.labels import EMOTIONS, LABELS, label_index

BINS = 15
CHUNK = 4096


def read_rows(path: Path, split: str | None = None) -> tuple[list[str], np.ndarray]:
    """(texts, int labels 0..4) of a CSV file with text and label, perhaps only of one split.

    Raises ValueError with one line when the file, a column or a label is not usable.
    """
    needed = {"text", "label"} | ({"split"} if split else set())
    texts, labels = [], []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = needed - set(rows.fieldnames or ())
            if missing:
                raise ValueError(
                    f"{path}: no column {', '.join(sorted(missing))}; "
                    f"it has {', '.join(rows.fieldnames or ()) or 'none'}, needed are text and label"
                )
            for row in rows:
                if split and row["split"] != split:
                    continue
                try:
                    labels.append(label_index(row["label"] or ""))
                except KeyError:
                    raise ValueError(
                        f"{path}: line {rows.line_num}: unknown label {row['label']!r}; allowed are 0 to 4 and "
                        f"{', '.join(LABELS)}"
                    ) from None
                texts.append(row["text"] or "")
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise ValueError(f"{path}: cannot be read as UTF-8 CSV ({problem}); save it as UTF-8 CSV") from problem
    if not texts:
        raise ValueError(
            f"{path}: no rows" + (f" of split {split}" if split else "") + "; give a CSV with text and label"
        )
    return texts, np.array(labels)


def evaluate(classifier: EmotionClassifier, texts: Sequence[str], labels: np.ndarray) -> dict:
    """`measured` of what a classifier says of texts, int labels 0..4."""
    read = [classifier.predict(texts[at : at + CHUNK]) for at in range(0, len(texts), CHUNK)]
    probabilities = np.concatenate([part.probabilities for part in read])
    return measured(Emotions(probabilities, np.concatenate([part.neutral for part in read])), labels)


def measured(read: Emotions, labels: np.ndarray) -> dict:
    """Measures of the four emotions on the rows labelled with one, and the AUC of neutral where 중립 is among them."""
    four = labels < len(EMOTIONS)
    found = measures(read.probabilities[four], labels[four])
    if four.any() and not four.all():
        found["neutral_auc"] = round(auc(read.neutral, ~four), 4)
    return found


def measures(probabilities: np.ndarray, labels: np.ndarray, names: Sequence[str] = EMOTIONS) -> dict:
    """Measures of float [n, names] probabilities against int [n] labels; zeros without rows."""
    guesses = probabilities.argmax(axis=1) if len(labels) else labels
    confusion = np.zeros((len(names), len(names)), int)
    np.add.at(confusion, (labels, guesses), 1)
    hits = confusion.diagonal()
    f1 = 2 * hits / np.maximum(confusion.sum(axis=0) + confusion.sum(axis=1), 1)
    present = confusion.sum(axis=0) + confusion.sum(axis=1) > 0
    return {
        "rows": len(labels),
        "accuracy": round(float(hits.sum() / max(1, len(labels))), 4),
        "macro_f1": round(float(f1[present].mean()), 4) if present.any() else 0.0,
        "ece": round(ece(probabilities, labels), 4),
        "labels": list(names),
        "f1": {name: round(float(value), 4) for name, value in zip(names, f1, strict=True)},
        "confusion": confusion.tolist(),
    }


def ece(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Expected calibration error (Naeini et al. 2015): 15 equal-width bins of the top probability."""
    if not len(labels):
        return 0.0
    top, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    bins = np.minimum((top * BINS).astype(int), BINS - 1)
    return float(sum(abs(right[bins == b].sum() - top[bins == b].sum()) for b in range(BINS)) / len(labels))


def auc(scores: np.ndarray, positive: np.ndarray) -> float:
    """Area under the ROC curve: the share of (positive, negative) pairs in the right order, ties half.

    scores: float [n]; positive: bool [n]. NaN where all or none are positive.
    """
    _, rank, count = np.unique(scores, return_inverse=True, return_counts=True)
    mean_rank = (np.cumsum(count) - (count - 1) / 2)[rank]
    n = int(positive.sum())
    pairs = n * (len(scores) - n)
    return float((mean_rank[positive].sum() - n * (n + 1) / 2) / pairs) if pairs else float("nan")
