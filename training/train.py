"""A training run from corpora to a model folder, in stages that can be taken up again.

A run folder keeps what each stage made: tokenizer.model, pretrained.weights.h5, classifier.weights.h5, the course
of learning in pretrain.csv and classify.csv, times.jsonl and, while a stage runs, its checkpoint. `--resume` goes
on where the last run stopped.
"""

import json
import logging
import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from model.labels import LABELS
from model.text import key
from model.tokenizer import Tokenizer
from training import checkpoint, corpora
from training.backbone import BertConfig, classifier, encoder
from training.batches import Batches, MaskedBatches, Texts
from training.optimizer import RectifiedAdam, WarmupThenLinear
from training.pretrain import MaskedLanguageModel
from training.recipes import Recipe
from training.vocabulary import train_vocabulary

log = logging.getLogger(__name__)

CHECKPOINT_STEPS = 500
TIMES = "times.jsonl"


class Run:
    """One run of a recipe in one folder."""

    def __init__(self, recipe: Recipe, files: Sequence[Path], folder: Path, backbone: str | None = None):
        self.recipe, self.folder = recipe, folder
        self.checkpoint = checkpoint.fetch(backbone) if backbone else None
        keras.utils.set_random_seed(recipe.seed)
        self.tables = [path for path in files if path.suffix == ".csv"]
        if not self.tables:
            raise corpora.CorpusError("--data: no labelled corpus; give at least one .csv file with text and label")
        rows = corpora.labelled(self.tables)
        self.rows = rows[rows["label"] < len(recipe.labels)].reset_index(drop=True)
        self.tests = set(self.rows.loc[self.rows["test"], "key"])
        self.plain = corpora.unlabelled([path for path in files if path.suffix != ".csv"], self.tests)

    def open(self, resume: bool) -> None:
        """Make the run folder; without `resume` what an earlier run left in it is removed, its model kept."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in () if resume else self.folder.iterdir():
            if left.name != "model":
                shutil.rmtree(left) if left.is_dir() else left.unlink()

    @property
    def training_rows(self) -> pd.DataFrame:
        rows = self.rows[~self.rows["test"]]
        for (source, label), most in self.recipe.caps.items():
            of_label = rows[(rows["source"] == source) & (rows["label"] == LABELS.index(label))]
            if len(of_label) > most:
                rows = rows.drop(of_label.sample(len(of_label) - most, random_state=self.recipe.seed).index)
        return rows

    def test_rows(self, table: Path) -> pd.DataFrame:
        """The rows of one labelled file that nothing was trained on, also those another file holds too."""
        rows = corpora.labelled([table])
        return rows[rows["key"].isin(self.tests) & (rows["label"] < len(self.recipe.labels))]

    def counts(self) -> dict[str, dict[str, int]]:
        """Rows a label that train and test."""
        return {
            side: {self.recipe.labels[label]: int(n) for label, n in rows["label"].value_counts().sort_index().items()}
            for side, rows in (("train", self.training_rows), ("test", self.rows[self.rows["test"]]))
        }

    def seconds(self) -> dict[str, int]:
        """Training time of each stage, summed over resumed runs."""
        spent: dict[str, int] = {}
        times = self.folder / TIMES
        for line in times.read_text().splitlines() if times.exists() else ():
            entry = json.loads(line)
            spent[entry["stage"]] = spent.get(entry["stage"], 0) + entry["seconds"]
        return spent

    def config(self, tokenizer: Tokenizer) -> BertConfig:
        """The sizes of the network: the checkpoint's, or the recipe's with the vocabulary at hand."""
        if self.checkpoint:
            return checkpoint.read_config(self.checkpoint)
        return replace(self.recipe.backbone, vocabulary=len(tokenizer))

    def network(self, tokenizer: Tokenizer) -> keras.Model:
        """The classifier, its weights not yet trained."""
        return classifier(self.config(tokenizer), len(self.recipe.labels), self.recipe.dropout)

    def texts(self) -> list[str]:
        """Every text that may train, once."""
        labelled = self.rows.loc[~self.rows["test"], "text"].drop_duplicates()
        seen = {key(text) for text in labelled}
        return [*labelled, *(text for text in self.plain if key(text) not in seen)]

    # --- stages -----------------------------------------------------------

    def vocabulary(self) -> Tokenizer:
        path = self.folder / "tokenizer.model"
        if self.checkpoint:
            shutil.copyfile(checkpoint.vocabulary(self.checkpoint), path)
        elif not path.exists():
            train_vocabulary(self.texts(), path, self.recipe.backbone.vocabulary)
        return Tokenizer(path)

    def pretrain(self, tokenizer: Tokenizer) -> Path | None:
        """Weights of the encoder after masked-language modelling, or None when the recipe has none."""
        settings, done = self.recipe.pretraining, self.folder / "pretrained.weights.h5"
        if settings is None or self.checkpoint or done.exists():
            return done if done.exists() else None
        texts = Texts([tokenizer.encode(text, settings.length) for text in self.texts()])
        log.info("pre-training on %d texts, %d tokens", len(texts), len(texts.tokens))
        batches = MaskedBatches(
            texts, len(tokenizer), rows=settings.tokens // 8, tokens=settings.tokens, seed=self.recipe.seed
        )
        # Without dropout: a small encoder that sees each text a few times under-fits rather than over-fits.
        backbone = encoder(replace(self.recipe.backbone, vocabulary=len(tokenizer), dropout=0.0))
        model = MaskedLanguageModel(backbone)
        model(batches[0][0])  # built, as the checkpoint wants it
        model.compile(
            optimizer=self._optimizer(settings, len(batches) * settings.epochs),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            weighted_metrics=[keras.metrics.SparseCategoricalAccuracy("accuracy")],
            jit_compile=False,
        )
        self._fit(model, batches, settings.epochs, "pretrain")
        backbone.save_weights(done)
        return done

    def classify(self, tokenizer: Tokenizer, pretrained: Path | None) -> keras.Model:
        """The classifier with its best weights by validation accuracy: the temperature mends confidence later."""
        recipe, best = self.recipe, self.folder / "classifier.weights.h5"
        model = self.network(tokenizer)
        if best.exists() and (self.folder / "classify.done").exists():
            model.load_weights(best)
            return model
        if self.checkpoint:
            checkpoint.load_weights(model.get_layer("encoder"), self.checkpoint)
        elif pretrained is not None:
            model.get_layer("encoder").load_weights(pretrained)
        training, validation = self.split()
        fitted = self.batches(tokenizer, training, recipe.hidden)
        model.compile(
            optimizer=self._optimizer(recipe, len(fitted) * recipe.epochs),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=[keras.metrics.SparseCategoricalAccuracy("accuracy")],
            jit_compile=False,
        )
        self._fit(
            model,
            fitted,
            recipe.epochs,
            "classify",
            validation=self.batches(tokenizer, validation),
            more=[
                keras.callbacks.EarlyStopping(
                    "val_accuracy",
                    mode="max",
                    min_delta=recipe.min_delta,
                    patience=recipe.patience,
                    baseline=self._best_so_far(),
                ),
                keras.callbacks.ModelCheckpoint(
                    str(best),
                    monitor="val_accuracy",
                    mode="max",
                    save_best_only=True,
                    save_weights_only=True,
                    initial_value_threshold=self._best_so_far(),
                ),
            ],
        )
        model.load_weights(best)
        (self.folder / "classify.done").touch()
        return model

    def _best_so_far(self) -> float | None:
        """The best validation accuracy of the run that is taken up again, or None."""
        history = self.folder / "classify.csv"
        if not history.exists() or not (self.folder / "classifier.weights.h5").exists():
            return None
        found = pd.to_numeric(pd.read_csv(history)["val_accuracy"], errors="coerce").max()
        return None if np.isnan(found) else float(found)

    def split(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Training and validation rows, texts with two labels kept on one side."""
        rows = self.training_rows
        keys = rows["key"].drop_duplicates().sample(frac=self.recipe.validation, random_state=self.recipe.seed)
        held = rows["key"].isin(set(keys))
        return rows[~held], rows[held]

    # --- parts --------------------------------------------------------------

    def batches(self, tokenizer: Tokenizer, rows: pd.DataFrame, hidden: float = 0.0) -> Batches:
        """Padded batches of labelled rows, a share of their tokens hidden."""
        texts = Texts([tokenizer.encode(text, self.recipe.length) for text in rows["text"]])
        return Batches(
            texts,
            rows["label"].to_numpy(np.int32),
            rows=self.recipe.batch,
            tokens=self.recipe.batch * self.recipe.length,
            seed=self.recipe.seed,
            hidden=hidden,
        )

    def _optimizer(self, settings, steps: int) -> RectifiedAdam:
        rate = WarmupThenLinear(settings.learning_rate, round(settings.warmup * steps), steps)
        return RectifiedAdam(rate, weight_decay=settings.weight_decay, global_clipnorm=1.0)

    def _fit(self, model, batches: Batches, epochs: int, stage: str, validation=None, more=()) -> None:
        model.fit(
            batches,
            validation_data=validation,
            epochs=epochs,
            shuffle=False,
            verbose="auto",
            callbacks=[
                keras.callbacks.BackupAndRestore(str(self.folder / f"{stage}.checkpoint"), save_freq=CHECKPOINT_STEPS),
                keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: batches.at_epoch(epoch)),
                keras.callbacks.CSVLogger(str(self.folder / f"{stage}.csv"), append=True),
                _Stopwatch(self.folder / TIMES, stage),
                *more,
            ],
        )


class _Stopwatch(keras.callbacks.Callback):
    """Writes down the seconds of each epoch as it ends; of a killed run only its last, unfinished epoch is lost."""

    def __init__(self, path: Path, stage: str):
        super().__init__()
        self.path, self.stage = path, stage

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        with self.path.open("a") as times:
            times.write(json.dumps({"stage": self.stage, "seconds": round(time.monotonic() - self.started)}) + "\n")
