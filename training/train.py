"""A training run from corpora to trained weights, in stages that can be taken up again.

A run folder keeps what the run is of (run.json) and what each stage made: tokenizer.model, pretrained.weights.h5, what
teachers say (see `training.distil`), classify.weights.h5, ngrams.npz, the course of learning of each stage in
<stage>.csv, times.jsonl and, while a stage runs, its checkpoint. `--resume` goes on where the last run stopped.
"""

import json
import logging
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from scipy.special import logit

from model.files import NGRAMS, digest
from model.folders import file_written_whole
from model.ngrams import NgramModel
from model.ngrams import load as load_ngrams
from model.text import key, squeeze
from model.tokenizer import Tokenizer
from training import checkpoint, corpora, devices, ngrams
from training.backbone import BertConfig, classifier, encoder
from training.batches import Batches, MaskedBatches, Texts
from training.e5 import E5
from training.fit import BY_WEIGHT, KeepBest, Patience, Times, fit, optimizer, save
from training.loss import ShiftedCrossEntropy, accuracy, packed
from training.mappings import SEPARATOR, scheme
from training.pretrain import MaskedLanguageModel
from training.recipes import Recipe
from training.vocabulary import train_vocabulary

log = logging.getLogger(__name__)

BEGUN = "run.json"
CLASSIFY = "classify"
ALL_FILES = "all files"
UNTOLD = -20.0  # a shift that leaves a label without any say


class Run:
    """One run of a recipe in one folder, on the devices in use (`training.devices`)."""

    def __init__(self, recipe: Recipe, files: Sequence[Path], folder: Path, backbone: str | None = None):
        self.recipe, self.folder, self.times = recipe, folder, Times(folder)
        self.files, self.backbone = files, backbone
        self.checkpoint = checkpoint.fetch(backbone) if backbone else None
        self.start = E5() if recipe.start and not backbone else None
        keras.utils.set_random_seed(recipe.seed)
        self.tables = [path for path in files if path.suffix.lower() in corpora.TABLES]
        if not self.tables:
            raise corpora.CorpusError("--data: no labelled corpus; give at least one .csv file with text and label")
        self.given = corpora.read(self.tables, scheme(recipe.labels))
        for source, label in recipe.taken_out:
            _refuse(self.given, source, label)
        self.before = corpora.sides(self.given, recipe.test)
        self.tests = set(self.before.loc[self.before["test"], "key"])
        self.rows = _relabelled(self.before, recipe.labels)
        plain = [path for path in files if path not in self.tables]
        self.plain = {path.stem: corpora.unlabelled(path, self.tests) for path in plain}
        if len(self.plain) < len(plain):
            raise corpora.CorpusError("--data: two plain files of one name; their names tell them apart, rename one")
        for name in recipe.distillation.lines if recipe.distillation else ():
            if name not in self.plain:
                log.warning("--data: no %s.txt, from which this recipe learns too", name)
        if not all(len(part) for part in (*self.split(), self.rows[self.rows["test"]])):
            raise corpora.CorpusError(
                f"--data: {len(self.rows)} rows of {', '.join(recipe.labels)} are too few to train, validate and test; "
                "give more"
            )

    def open(self, resume: bool) -> None:
        """Make the run folder; without `resume` what an earlier run left in it is removed, its model kept.

        Raises CorpusError where a run of another recipe, backbone or other data is to be resumed.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        of = {"recipe": asdict(self.recipe), "backbone": self.backbone, "data": {p.name: digest(p) for p in self.files}}
        of, begun = json.loads(json.dumps(of)), self.folder / BEGUN
        if resume and begun.exists():
            earlier = json.loads(begun.read_text(encoding="utf-8"))
            if others := [name for name in of if of[name] != earlier[name]]:
                raise corpora.CorpusError(
                    f"{self.folder}: was begun with another {' and '.join(others)}; give the same, or start without "
                    "--resume"
                )
        for left in () if resume else self.folder.iterdir():
            if left.name != "model":
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        with file_written_whole(begun) as partial:
            partial.write_text(json.dumps(of, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    # --- rows -----------------------------------------------------------------

    @property
    def training_rows(self) -> pd.DataFrame:
        """The rows to learn from, a text with one label once; over-represented ones cut as the recipe says.

        What stands in several files counts for the last: a collection of others, as seed4.csv is, is given first.
        """
        rows = self.rows[~self.rows["test"]].drop_duplicates(["key", "label"], keep="last")
        if self.recipe.undersample is None:
            return rows
        most = self.recipe.undersample or rows["label"].value_counts().min()
        drawn = [
            of_label.sample(min(len(of_label), most), random_state=self.recipe.seed)
            for _, of_label in rows.groupby("label")
        ]
        return pd.concat(drawn).sort_index()

    def split(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Training and validation rows, texts with two labels kept on one side."""
        rows = self.training_rows
        keys = rows["key"].drop_duplicates().sample(frac=self.recipe.validation, random_state=self.recipe.seed)
        held = rows["key"].isin(set(keys))
        return rows[~held], rows[held]

    def test_rows(self) -> dict[str, pd.DataFrame]:
        """{file: its rows that nothing was trained on}; before them `ALL_FILES`, where the recipe takes them as one."""
        tests = self.rows[self.rows["test"]]
        found = {table.stem: tests[tests["source"] == table.stem] for table in self.tables}
        found = {name: rows for name, rows in found.items() if len(rows)}
        if self.recipe.together and len(found) > 1:
            return {ALL_FILES: tests.drop_duplicates(["key", "label"])} | found
        return found

    def learnt_of(self, name: str) -> pd.DataFrame:
        """The rows to learn from of one of `test_rows`."""
        rows = self.rows[~self.rows["test"]]
        return rows if name == ALL_FILES else rows[rows["source"] == name]

    def targets(self, rows: pd.DataFrame) -> np.ndarray:
        """float32 [n, labels]: the share of each label."""
        return rows[list(self.recipe.labels)].to_numpy(np.float32)

    def shifts(self, rows: pd.DataFrame) -> np.ndarray:
        """float32 [n, labels]: what is added to the logits of rows in training (`training.loss`).

        For a label of `Recipe.adjusted` the log odds of its share in a row's file, less those in all files. A file
        that has none of it shifts nothing, and `UNTOLD` where the label was taken out.
        """
        shifts = np.zeros((len(rows), len(self.recipe.labels)), np.float32)
        learnt = self.training_rows
        for label in self.recipe.adjusted:
            at = self.recipe.labels.index(label)
            is_label = learnt["label"] == at
            share = is_label.groupby(learnt["source"]).mean()
            odds = logit(share) - logit(is_label.mean())
            odds[share.isin([0, 1])] = 0
            odds[[source for source, taken in self.recipe.taken_out if taken == label and source in odds]] = UNTOLD
            shifts[:, at] = rows["source"].map(odds).fillna(0)
        return shifts

    def counts(self) -> dict[str, dict[str, int]]:
        """Rows a label: as the files name them, under the names of `scheme`, those that train, and those that test.

        A row of several names counts for each of them in «named», where repeats count too; the others are without.
        """
        names, labels = scheme(self.recipe.labels), self.recipe.labels
        tests = self.rows[self.rows["test"]]
        named = self.given["name"].str.split(SEPARATOR).explode().str.strip().value_counts()
        sides = (("files", names, self.before), ("train", labels, self.training_rows), ("test", labels, tests))
        return {"named": {name: int(n) for name, n in named.items()}} | {
            side: {of[label]: int(n) for label, n in rows["label"].value_counts().sort_index().items()}
            for side, of, rows in sides
        }

    def texts(self, most: int | None = None) -> list[str]:
        """The texts to learn the language from, each once: those of the training rows and lines of unlabelled files.

        most: so many lines of a file at most, chosen by the seed; None for all.
        """
        draw = np.random.default_rng(self.recipe.seed)
        found = dict(zip(*(self.rows.loc[~self.rows["test"], column] for column in ("key", "text")), strict=True))
        for lines in self.plain.values():
            for at in np.sort(draw.permutation(len(lines))[:most]):
                found.setdefault(key(lines[at]), lines[at])
        return list(found.values())

    # --- stages ---------------------------------------------------------------

    def vocabulary(self) -> Tokenizer:
        path = self.folder / "tokenizer.model"
        if self.checkpoint:
            shutil.copyfile(checkpoint.vocabulary(self.checkpoint), path)
            pieces, rows = len(Tokenizer(path)), checkpoint.read_config(self.checkpoint).vocabulary
            if pieces > rows:
                raise corpora.CorpusError(
                    f"{self.checkpoint}: its vocabulary has {pieces} pieces, its weights {rows}; "
                    "give the vocabulary that belongs to the weights"
                )
        elif not path.exists():
            make = self.start.cut_vocabulary if self.start else train_vocabulary
            with self.times.of("vocabulary"), file_written_whole(path) as partial:
                make(self.texts(), partial, self.recipe.backbone.vocabulary)
        return Tokenizer(path)

    def pretrain(self, tokenizer: Tokenizer) -> Path | None:
        """Weights of the encoder after masked-language modelling, or None when the recipe has none."""
        settings, done = self.recipe.pretraining, self.folder / "pretrained.weights.h5"
        if settings is None or self.checkpoint or done.exists():
            return done if done.exists() else None
        texts = Texts([tokenizer.encode(text, settings.length) for text in self.texts(settings.lines)])
        log.info("pre-training on %d texts, %d tokens", len(texts), len(texts.tokens))
        batches = MaskedBatches(
            texts,
            len(tokenizer),
            rows=settings.tokens // 8,
            tokens=settings.tokens,
            seed=self.recipe.seed,
            shape=devices.batch_shape(),
        )
        with devices.scope():
            # Without dropout: a small encoder that sees each text a few times under-fits rather than over-fits.
            backbone = encoder(replace(self.recipe.backbone, vocabulary=len(tokenizer), dropout=0.0))
            if self.start:
                self.start.load_weights(backbone, self.folder / "tokenizer.model")
            model = MaskedLanguageModel(backbone)
            model(batches[0][0])  # built, as the checkpoint wants it
            model.compile(
                optimizer=optimizer(settings, len(batches) * settings.epochs),
                loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=BY_WEIGHT),
                weighted_metrics=[keras.metrics.SparseCategoricalAccuracy("accuracy")],
                jit_compile=devices.jit(),
            )
        kept = fit(model, batches, settings.epochs, self.folder, "pretrain")
        save(backbone, done)
        kept.unlink()
        return done

    def classify(self, tokenizer: Tokenizer, pretrained: Path | None, taught=None) -> keras.Model:
        """The classifier that is shipped. `taught`: (texts, targets) to learn from, the training rows' first."""
        training, validation = self.split()
        shifts = self.shifts(training)
        if taught is None:
            texts, targets = training["text"], self.targets(training)
        else:
            texts, targets = taught
            shifts = np.pad(shifts, ((0, len(texts) - len(shifts)), (0, 0)))
        told = packed(targets, shifts)
        return self.tune(CLASSIFY, tokenizer, pretrained, texts, told, validation, self.recipe.epochs)

    def linear(self) -> NgramModel | None:
        """The linear model that is served beside the classifier, where the recipe has one."""
        path = self.folder / NGRAMS
        if self.recipe.ngrams and not path.exists():
            rows, _ = self.split()
            with self.times.of("ngrams"):
                ngrams.save(ngrams.fit(rows["text"], self.targets(rows), self.shifts(rows), self.recipe.ngrams), path)
        return load_ngrams(path, len(self.recipe.labels)) if self.recipe.ngrams else None

    def tune(
        self,
        stage: str,
        tokenizer: Tokenizer,
        pretrained: Path | None,
        texts: Sequence[str],
        targets: np.ndarray,
        validation: pd.DataFrame,
        epochs: int,
    ) -> keras.Model:
        """A classifier fitted to texts and their `packed` targets, with its best weights by validation accuracy.

        It starts with the weights of an encoder. Accuracy, not loss, tells the best epoch: the temperature mends
        confidence later.
        """
        recipe, best = self.recipe, self.folder / f"{stage}.weights.h5"
        with devices.scope():
            model = self.network(tokenizer)
            if best.exists() and (self.folder / f"{stage}.done").exists():
                model.load_weights(best)
                return model
            if self.checkpoint:
                checkpoint.load_weights(model.get_layer("encoder"), self.checkpoint)
            elif pretrained is not None:
                model.get_layer("encoder").load_weights(pretrained)
            elif self.start:
                self.start.load_weights(model.get_layer("encoder"), self.folder / "tokenizer.model")
            fitted = self.batches(tokenizer, texts, targets, recipe.hidden)
            model.compile(
                optimizer=optimizer(recipe, len(fitted) * epochs),
                loss=ShiftedCrossEntropy(reduction=BY_WEIGHT),
                weighted_metrics=[accuracy],
                jit_compile=devices.jit(),
            )
        history = self.folder / f"{stage}.csv"
        kept = fit(
            model,
            fitted,
            epochs,
            self.folder,
            stage,
            [KeepBest(best, history), Patience(history, recipe.patience, recipe.min_delta)],
            self.batches(tokenizer, validation["text"], packed(self.targets(validation), self.shifts(validation))),
        )
        model.load_weights(best)
        (self.folder / f"{stage}.done").touch()
        kept.unlink()
        return model

    # --- parts ----------------------------------------------------------------

    def config(self, tokenizer: Tokenizer) -> BertConfig:
        """The sizes of the network: the checkpoint's, or the recipe's with the vocabulary at hand."""
        if self.checkpoint:
            return checkpoint.read_config(self.checkpoint)
        return replace(self.recipe.backbone, vocabulary=len(tokenizer))

    @property
    def length(self) -> int:
        """The most tokens of a text: the recipe's, or as many as a checkpoint has positions for."""
        positions = checkpoint.read_config(self.checkpoint).positions if self.checkpoint else self.recipe.length
        return min(self.recipe.length, positions)

    def network(self, tokenizer: Tokenizer) -> keras.Model:
        """The classifier, its weights not yet trained."""
        return classifier(self.config(tokenizer), len(self.recipe.labels), self.recipe.dropout)

    def batches(self, tokenizer: Tokenizer, texts: Sequence[str], targets: np.ndarray, hidden: float = 0.0) -> Batches:
        """Padded batches of texts and targets, a share of their tokens hidden."""
        return Batches(
            Texts([tokenizer.encode(squeeze(text), self.length) for text in texts]),
            targets,
            rows=self.recipe.batch,
            tokens=self.recipe.batch * self.length,
            seed=self.recipe.seed,
            hidden=hidden,
            shape=devices.batch_shape(),
        )

    def logits(self, model: keras.Model, tokenizer: Tokenizer, texts: Sequence[str]) -> np.ndarray:
        """float32 [n, labels], in the order of the texts."""
        batches = self.batches(tokenizer, texts, np.zeros(len(texts), np.int32))
        return batches.in_order(model.predict(batches, verbose=0))


def _refuse(rows: pd.DataFrame, source: str, label: str) -> None:
    """Raise CorpusError where a file that is said to have no row of a label has some."""
    found = (rows["source"] == source) & (rows[label] > 0)
    if found.any():
        raise corpora.CorpusError(
            f"{source}: {found.sum()} rows are {label}, but the recipe takes a file of this name for one without them; "
            "rename the file"
        )


def _relabelled(rows: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    """The rows whose label is among `labels`, numbered in their order, their shares summing to 1 again."""
    names = list(scheme(labels))
    rows = rows[rows["label"].isin([names.index(label) for label in labels])].reset_index(drop=True)
    shares = rows[list(labels)]
    rows[list(labels)] = shares.div(shares.sum(axis=1), axis=0).astype(np.float32)
    return rows.assign(label=rows["label"].map({names.index(label): at for at, label in enumerate(labels)}))
