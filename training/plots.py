"""What a run has measured, as PNG files for its model card.

Names are English here: Matplotlib's own font has no Hangul, and a fresh machine has no other.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from model.evaluate import BINS, ece

FOLDER = "plots"
ENGLISH = {
    "분노혐오": "anger·disgust",
    "놀람공포": "surprise·fear",
    "슬픔": "sadness",
    "행복": "happiness",
    "중립": "neutral",
    # AI Hub's own names
    "분노": "anger",
    "혐오": "disgust",
    "놀람": "surprise",
    "공포": "fear",
    "불안": "anxiety",
    "당황": "embarrassed",
    "상처": "hurt",
    "기쁨": "joy",
}
MOST_NAMES = 16
DPI = 110
BLUE, ORANGE, GREEN, GREY = "#0072b2", "#d55e00", "#009e73", "#999999"  # told apart by the colour-blind too


def counts(rows: Mapping[str, Mapping[str, int]], path: Path) -> None:
    """{side: {label: rows}} as bars: above before relabelling («named»), below the other sides after it."""
    figure = Figure(figsize=(7, 6.4), layout="constrained")
    above, axes = map(_bare, figure.subplots(2))
    _named(above, rows["named"])
    sides = {side: of_label for side, of_label in rows.items() if side != "named"}
    names = list(dict.fromkeys(name for side in sides.values() for name in side))
    width = 0.8 / len(sides)
    for at, (side, of_label) in enumerate(sides.items()):
        places = np.arange(len(names)) + (at - (len(sides) - 1) / 2) * width
        bars = axes.bar(places, [of_label.get(name, 0) for name in names], width, label=side, color=_COLOURS[at % 4])
        axes.bar_label(bars, fmt="{:,.0f}", fontsize=6.5)
    axes.set_xticks(range(len(names)), _english(names))
    axes.set_ylabel("rows")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.margins(y=0.12)
    axes.legend(frameon=False, fontsize=8)
    _save(figure, path)


def _named(axes: Axes, rows: Mapping[str, int]) -> None:
    """The names that English is known for, those with most rows first; the rest together."""
    known = {name: count for name, count in rows.items() if _english([name])[0].isascii() or name in ENGLISH}
    shown = dict(list(known.items())[:MOST_NAMES])
    rest = sum(rows.values()) - sum(shown.values())
    bars = axes.bar(
        [*_english(list(shown)), *(["others"] if rest else [])], [*shown.values(), *([rest] if rest else [])]
    )
    axes.bar_label(bars, fmt="{:,.0f}", fontsize=6.5)
    axes.set_ylabel("rows, as named")
    axes.tick_params(axis="x", labelrotation=40)
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.margins(y=0.12)


def confusion(matrix: Sequence[Sequence[int]], names: Sequence[str], path: Path) -> None:
    """int [labels, labels], rows the true labels: shares of each row as shades, with the counts."""
    found = np.array(matrix)
    shares = found / np.maximum(found.sum(axis=1, keepdims=True), 1)
    figure, axes = _figure(5.4, 4.6)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), share in np.ndenumerate(shares):
        colour = "white" if share > 0.5 else "black"
        told = f"{share:.2f}\n{found[row, column]:,}"
        axes.text(column, row, told, ha="center", va="center", color=colour, fontsize=9)
    axes.set_xticks(range(len(names)), _english(names), rotation=20, ha="right")
    axes.set_yticks(range(len(names)), _english(names))
    axes.set_xlabel("read as")
    axes.set_ylabel("labelled")
    _save(figure, path)


def calibration(probabilities: np.ndarray, labels: np.ndarray, path: Path) -> None:
    """The accuracy of rows by their top probability, in the bins of `model.evaluate.ece`.

    probabilities: float [n, labels]; labels: int [n].
    """
    top, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    bins = np.minimum((top * BINS).astype(int), BINS - 1)
    filled = np.unique(bins)
    means = [top[bins == b].mean() for b in filled]
    accuracies = [right[bins == b].mean() for b in filled]
    figure, axes = _figure(5.4, 4.6)
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="perfect")
    axes.bar(filled / BINS, accuracies, 1 / BINS, align="edge", color=BLUE, alpha=0.25, edgecolor="white")
    axes.plot(means, accuracies, color=BLUE, marker="o", markersize=4, label="rows of the bin")
    sizes = _bare(axes.twinx())
    sizes.step(np.arange(BINS + 1) / BINS, np.append(np.bincount(bins, minlength=BINS), 0), where="post", color=ORANGE)
    sizes.set_ylim(0, len(labels))
    sizes.set_ylabel("rows in the bin", color=ORANGE)
    sizes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xlabel("top probability")
    axes.set_ylabel("accuracy")
    axes.set_title(f"ECE {ece(probabilities, labels):.4f}, {len(labels):,} rows", fontsize=10)
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    _save(figure, path)


def learning(run: Path, path: Path) -> None:
    """Loss and accuracy by epoch: of the classifier, and of masked-language modelling where the run has it."""
    stages = {stage: _history(run / f"{stage}.csv") for stage in ("pretrain", "classify")}
    stages = {stage: history for stage, history in stages.items() if stage == "classify" or len(history)}
    figure = Figure(figsize=(6.4, 2.4 * len(stages)), layout="constrained")
    rows = figure.subplots(len(stages), 2, squeeze=False)
    for row, (stage, history) in zip(rows, stages.items(), strict=True):
        for axes, measure in zip(row, ("loss", "accuracy"), strict=True):
            for name, label, colour in ((measure, "training", BLUE), (f"val_{measure}", "validation", ORANGE)):
                if name in history:
                    axes.plot(history["epoch"] + 1, history[name], marker="o", markersize=4, color=colour, label=label)
            axes.set_title(f"{stage}: {measure}", fontsize=10)
            axes.set_xlabel("epoch")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            _bare(axes)
            if axes.lines:
                axes.legend(frameon=False, fontsize=8)
    _save(figure, path)


def coverage(curves: Mapping[str, tuple[np.ndarray, np.ndarray]], sure: float, wanted: float, path: Path) -> None:
    """The share of wrong rows among the surest ones, by how many are named, and where `sure` cuts.

    curves: {name: (top probabilities in falling order float [n], accuracy of the rows so far float [n])},
    the first being the one that `sure` was taken from; wanted: the accuracy asked for.
    """
    figure, axes = _figure(6.4, 4)
    axes.axhline(1 - wanted, color=GREY, linestyle="--", linewidth=1, label=f"risk {1 - wanted:.2f} allowed")
    for (name, (top, accuracy)), colour in zip(curves.items(), _COLOURS, strict=False):
        share = np.arange(1, len(top) + 1) / len(top)
        axes.plot(share, 1 - accuracy, color=colour, label=name)
        named = int((top >= sure).sum())
        if named:
            axes.plot(share[named - 1], 1 - accuracy[named - 1], color=colour, marker="o")
    axes.set_xlim(0, 1)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("share of rows named, the surest first")
    axes.set_ylabel("risk: share of these that are wrong")
    axes.set_title(f"dots: top probability of at least {sure:g}", fontsize=10)
    axes.legend(frameon=False, fontsize=8)
    _save(figure, path)


_COLOURS = (BLUE, ORANGE, GREEN, GREY)


def _english(names: Sequence[str]) -> list[str]:
    return [ENGLISH.get(name, name) for name in names]


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, _bare(figure.subplots())


def _bare(axes: Axes) -> Axes:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    return axes


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=DPI, metadata={"Software": None}, pil_kwargs={"optimize": True})


def _history(path: Path) -> pd.DataFrame:
    """The epochs of a stage; one that was taken up again may have its header, or an epoch, twice."""
    if not path.exists() or not path.stat().st_size:
        return pd.DataFrame({"epoch": []})
    rows = pd.read_csv(path, dtype=str).apply(pd.to_numeric, errors="coerce").dropna(subset="epoch")
    return rows.drop_duplicates("epoch", keep="last").sort_values("epoch")
