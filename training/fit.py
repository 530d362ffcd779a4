"""Fitting a model so that a process that is killed loses a few hundred steps and no more."""

import json
import time
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path

import keras
import pandas as pd

from model.folders import file_written_whole
from training import devices
from training.batches import Batches
from training.optimizer import RectifiedAdam, WarmupThenLinear

TIMES = "times.jsonl"
CHECKPOINT_STEPS = 500
BY_WEIGHT = "mean_with_sample_weight"  # the reduction that does not count rows which only fill up a batch


class Times:
    """How long each stage of a run took, on what; kept in its folder, summed over interruptions."""

    def __init__(self, folder: Path):
        self.path = folder / TIMES

    def add(self, stage: str, seconds: float) -> None:
        entry = {"stage": stage, "seconds": round(seconds), "device": str(devices.in_use())}
        earlier = self.path.read_text() if self.path.exists() else ""
        with file_written_whole(self.path) as partial:
            partial.write_text(f"{earlier}{json.dumps(entry)}\n")

    @contextmanager
    def of(self, stage: str):
        """Write down how long the block took."""
        started = time.monotonic()
        yield
        self.add(stage, time.monotonic() - started)

    def seconds(self) -> dict[str, int]:
        """Training time by stage."""
        spent: dict[str, int] = {}
        for entry in self._entries():
            spent[entry["stage"]] = spent.get(entry["stage"], 0) + entry["seconds"]
        return spent

    def devices(self) -> list[str]:
        """What trained, for example «1 cpu»."""
        return sorted({entry["device"] for entry in self._entries()})

    def _entries(self) -> list[dict]:
        return [json.loads(line) for line in self.path.read_text().splitlines()] if self.path.exists() else []


def fit(
    model: keras.Model,
    batches: Batches,
    epochs: int,
    folder: Path,
    stage: str,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    validation: Batches | None = None,
) -> Path:
    """Fit a compiled model, going on where an earlier process stopped in the same folder and stage.

    Writes the course of learning to <stage>.csv. `callbacks` see each epoch before it is written there. Gives the
    checkpoint, which is to be removed once what was learnt is saved.
    """
    kept = _Checkpoint(folder / f"{stage}.checkpoint.weights.h5", batches, Times(folder), stage)

    def some(first: int, last: int, done: int = 0) -> None:
        batches.at_epoch(first)  # whole, since Keras takes from its first two batches which lengths vary
        model.fit(
            batches,
            validation_data=validation,
            initial_epoch=first,
            epochs=last,
            steps_per_epoch=len(batches) - done if done else None,
            shuffle=False,
            verbose="auto",
            callbacks=[
                keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: batches.at_epoch(epoch, done)),
                *callbacks,
                keras.callbacks.CSVLogger(str(folder / f"{stage}.csv"), append=True),
                kept,
            ],
        )

    with devices.scope():
        begun, done = divmod(kept.restore(model), len(batches))
    if done:  # the rest of the epoch that was broken off
        some(begun, begun + 1, done)
        begun += 1
    if not model.stop_training:
        some(begun, epochs)
    save(model, kept.path)
    return kept.path


def optimizer(settings, steps: int) -> RectifiedAdam:
    """RectifiedAdam as a recipe's stage wants it: learning_rate, beta_2, weight_decay, warmup, clip of `settings`."""
    rate = WarmupThenLinear(settings.learning_rate, round(settings.warmup * steps), steps)
    clip = settings.clip and settings.clip / devices.shares()
    return RectifiedAdam(rate, beta_2=settings.beta_2, weight_decay=settings.weight_decay, global_clipnorm=clip)


def save(model: keras.Model, path: Path) -> None:
    """Save weights so that a file of this name is always whole."""
    with file_written_whole(path) as partial:
        model.save_weights(partial)


class KeepBest(keras.callbacks.Callback):
    """Saves the weights after each epoch whose validation accuracy is the best so far, also over interruptions."""

    def __init__(self, path: Path, history: Path):
        super().__init__()
        self.path = path
        self.best = max(_accuracies(history), default=None) if path.exists() else None

    def on_epoch_end(self, epoch, logs=None):
        accuracy = logs["val_accuracy"]
        if self.best is None or accuracy > self.best:
            save(self.model, self.path)
            self.best = accuracy


class Patience(keras.callbacks.EarlyStopping):
    """Early stopping by validation accuracy that counts the epochs of an interrupted run in `history` as well."""

    def __init__(self, history: Path, patience: int, min_delta: float):
        super().__init__("val_accuracy", mode="max", min_delta=min_delta, patience=patience)
        self.earlier = history

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        for epoch, accuracy in enumerate(_accuracies(self.earlier)):
            self.on_epoch_end(epoch, {"val_accuracy": accuracy})


def _accuracies(history: Path) -> list[float]:
    """The validation accuracy of each epoch so far; one that was broken off has none, one done twice counts once."""
    if not history.exists() or not history.stat().st_size:
        return []
    of_epoch = pd.read_csv(history).drop_duplicates("epoch", keep="last")
    return pd.to_numeric(of_epoch["val_accuracy"], errors="coerce").dropna().tolist()


class _Checkpoint(keras.callbacks.Callback):
    """Keeps weights and optimizer every `CHECKPOINT_STEPS` steps, and with them how many steps are done and the time.

    Keras' own BackupAndRestore begins the epoch anew, and the whole training after a second interruption.
    """

    def __init__(self, path: Path, batches: Batches, times: Times, stage: str):
        super().__init__()
        self.path, self.batches, self.times, self.stage = path, batches, times, stage
        self.unsaved = 0

    def restore(self, model: keras.Model) -> int:
        """Put back what was kept, if anything; gives the steps done."""
        model.optimizer.build(model.trainable_variables)
        if self.path.exists():
            model.load_weights(self.path)
        return int(keras.ops.convert_to_numpy(model.optimizer.iterations))

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.monotonic()

    def on_train_batch_end(self, batch, logs=None):
        self.unsaved += 1
        # Not after the last batch of an epoch: its validation would be skipped.
        if self.unsaved >= CHECKPOINT_STEPS and batch + 1 < len(self.batches):
            save(self.model, self.path)
            self._note_time()
            self.unsaved = 0

    def on_epoch_end(self, epoch, logs=None):
        self._note_time()

    def _note_time(self) -> None:
        now = time.monotonic()
        self.times.add(self.stage, now - self.started)
        self.started = now
