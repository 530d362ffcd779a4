"""The training runs as data: sizes, labels and hyper-parameters."""

from dataclasses import dataclass, field, replace

from model.labels import EMOTIONS, LABELS
from training.backbone import BertConfig
from training.mappings import SENTIMENTS


@dataclass(frozen=True)
class Pretraining:
    """Masked-language modelling before the classifier is trained.

    epochs: passes over all texts; tokens: tokens a batch at most; learning_rate: its peak, reached after
    the share `warmup` of all steps; clip: the norm that gradients are cut to; length: longer texts are cut to so
    many tokens; lines: at most so many of each unlabelled file, chosen by the seed.
    """

    epochs: int = 2
    tokens: int = 4096
    learning_rate: float = 2e-4
    beta_2: float = 0.999
    weight_decay: float = 0.01
    warmup: float = 0.06
    clip: float = 1.0
    length: int = 64
    lines: int = 40_000


@dataclass(frozen=True)
class Lines:
    """What is used of an unlabelled file: its first `most` lines at most.

    kin: the name of a labelled file of the same collection, without ending; its own label names, which may be finer
    than the recipe's, are then what a teacher reads in the lines.
    """

    most: int
    kin: str = ""


@dataclass(frozen=True)
class Distillation:
    """What the student learns from teachers (`training.distil`).

    folds: as many teachers of each kind, each reading what it was not trained on; epochs: passes of each network
    over its rows, 0 for regressions alone; label_share: a labelled row's own label in its target, the rest being
    the teachers'; lines: which unlabelled files are used, by their names without ending.
    """

    lines: dict[str, Lines] = field(default_factory=dict)
    folds: int = 3
    epochs: int = 1
    label_share: float = 0.5


@dataclass(frozen=True)
class Recipe:
    """One training run; the defaults are those of the original's KoBERT_4_labels notebook.

    labels: names in the order of the output, out of `model.labels.LABELS` or of `mappings.SENTIMENTS`; rows of
    other labels are left out. start: "e5" begins with multilingual-e5-small's layers and pieces. test: of files
    without a split of their own, (a, b) keeps a texts in b for the test. undersample: at most so many training rows of
    each label, chosen by the seed, 0 for as many as the rarest has. adjusted: labels whose share in a file is an
    accident of how it was collected, so that their logits are shifted by file in training (`training.loss`);
    taken_out: (file, label) of files from which the rows of such a label were taken out, so that they tell nothing of
    it. hidden: the share of the training tokens that are shown as [MASK]. beta_2: of RectifiedAdam, which holds back
    its first 1 / (1 - beta_2) steps. clip: the norm that gradients are cut to. validation: the share of the training
    rows by which the best epoch is chosen. ngrams: the buckets of a linear model on character n-grams that is served
    beside the network (`model.ngrams`), 0 for none. together: the labelled files are parts of one corpus, so that
    figures are given of all their test rows as well.
    """

    labels: tuple[str, ...] = EMOTIONS
    backbone: BertConfig = field(default_factory=lambda: BertConfig(layers=12, width=768, heads=12, feed_forward=3072))
    start: str = ""
    pretraining: Pretraining | None = None
    distillation: Distillation | None = None
    test: tuple[int, int] = (1, 5)
    undersample: int | None = None
    adjusted: tuple[str, ...] = ()
    taken_out: tuple[tuple[str, str], ...] = ()
    length: int = 300
    dropout: float = 0.2
    hidden: float = 0.0
    epochs: int = 7
    batch: int = 100
    learning_rate: float = 1e-5
    beta_2: float = 0.999
    weight_decay: float = 0.0025
    warmup: float = 0.05
    clip: float | None = None
    validation: float = 0.2
    patience: int = 5
    min_delta: float = 1e-4
    precision: str = "float32"
    ngrams: int = 0
    together: bool = True
    seed: int = 1234


_SENTIMENT = Recipe(labels=SENTIMENTS, test=(3, 10), epochs=10, batch=200)

RECIPES = {
    "sentiment-3": _SENTIMENT,
    "sentiment-no-neutral": replace(_SENTIMENT, labels=("positive", "negative")),
    "sentiment-undersampled": replace(_SENTIMENT, undersample=0),
    "four-labels": Recipe(),
    "bundled": Recipe(
        labels=LABELS,
        backbone=BertConfig(layers=12, width=384, heads=12, feed_forward=1536, dropout=0.0, pooling="mean"),
        start="e5",
        distillation=Distillation(
            lines={
                "emo_dialog_train_sent1": Lines(60_000, kin="emo_dialog_train_elder_gold"),
                "korean_hate_speech_unlabeled5": Lines(10_000),
                "songys_chatbot": Lines(5_000),
            },
        ),
        adjusted=("중립",),
        taken_out=(("seed4", "중립"),),
        length=128,
        batch=64,
        hidden=0.1,
        epochs=3,
        learning_rate=1e-4,
        beta_2=0.99,
        weight_decay=0.01,
        clip=1.0,
        validation=0.05,
        precision="mixed_bfloat16",
        ngrams=2**18,
        together=False,
    ),
}
