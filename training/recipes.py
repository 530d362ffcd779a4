"""The training runs as data: sizes, labels and hyper-parameters."""

from dataclasses import dataclass, field

from model.labels import EMOTIONS, LABELS
from training.backbone import BertConfig


@dataclass(frozen=True)
class Pretraining:
    """Masked-language modelling before the classifier is trained.

    epochs: passes over all texts; tokens: tokens a batch at most; learning_rate: its peak, reached after
    the share `warmup` of all steps; length: longer texts are cut to so many tokens.
    """

    epochs: int = 3
    tokens: int = 4096
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    warmup: float = 0.06
    length: int = 64


@dataclass(frozen=True)
class Recipe:
    """One training run; the defaults are those of the original's KoBERT_4_labels notebook.

    labels: names in the order of the output, those of `model.labels`, or its first four. caps: at most so
    many training rows of a label are taken from a source file, chosen by the seed. hidden: the share of the
    training tokens that are shown as [MASK].
    """

    labels: tuple[str, ...] = EMOTIONS
    backbone: BertConfig = field(default_factory=lambda: BertConfig(layers=12, width=768, heads=12, feed_forward=3072))
    pretraining: Pretraining | None = None
    caps: dict[tuple[str, str], int] = field(default_factory=dict)
    length: int = 300
    dropout: float = 0.2
    hidden: float = 0.0
    epochs: int = 7
    batch: int = 100
    learning_rate: float = 1e-5
    weight_decay: float = 0.0025
    warmup: float = 0.05
    validation: float = 0.2
    patience: int = 5
    min_delta: float = 1e-4
    precision: str = "float32"
    seed: int = 1234


RECIPES = {
    "four-labels": Recipe(),
    "bundled": Recipe(
        labels=LABELS,
        backbone=BertConfig(),
        pretraining=Pretraining(),
        # Short everyday replies labelled 중립 are eight times as many as the rows of any emotion.
        caps={("keti_continuous", "중립"): 9000},
        length=128,
        batch=64,
        hidden=0.1,
        epochs=5,
        learning_rate=2e-4,
        weight_decay=0.01,
        validation=0.08,
        patience=2,
        precision="mixed_bfloat16",
    ),
}
