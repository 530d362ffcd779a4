"""A tiny training in a process of its own, for test_devices.py: backend and devices are settled before Keras starts.

    KERAS_BACKEND=… DEVICES=2 XLA_FLAGS=… python run_on_devices.py learn FOLDER [STEP]
    KERAS_BACKEND=… DEVICES=2 XLA_FLAGS=… python run_on_devices.py train --recipe tiny …

`learn` trains on data.csv in FOLDER from the weights in FOLDER/backbone, takes up again what is there, notes each step
in steps.jsonl and what the model says in logits.npy; after STEP it is killed. `train` is main.py's.
"""

import json
import os
import signal
import sys
from pathlib import Path

import keras
import numpy as np

import main
from training import devices, fit, train
from training.backbone import BertConfig
from training.recipes import RECIPES, Pretraining, Recipe

DEVICES = int(os.environ["DEVICES"])  # XLA_FLAGS tells JAX as many
TINY = Recipe(
    labels=RECIPES["bundled"].labels,
    backbone=BertConfig(vocabulary=100, layers=1, width=32, heads=2, feed_forward=64, dropout=0.0),
    pretraining=Pretraining(epochs=1, tokens=512, length=32),
    dropout=0.0,
    length=32,
    batch=16,
    epochs=3,
    learning_rate=1e-2,
    warmup=0.0,
    clip=1.0,
)


class Diary(keras.callbacks.Callback):
    """Notes every step, and is the last thing a process does that is killed after step `until`."""

    def __init__(self, folder: Path, until: int | None):
        super().__init__()
        self.folder, self.until = folder, until

    def note(self, **entry) -> None:
        with (self.folder / "steps.jsonl").open("a") as file:
            file.write(json.dumps(entry) + "\n")

    def on_train_begin(self, logs=None):
        self.step = int(keras.ops.convert_to_numpy(self.model.optimizer.iterations))

    def on_train_batch_end(self, batch, logs=None):
        self.step += 1
        if self.step == self.until:
            os.kill(os.getpid(), signal.SIGKILL)

    def on_epoch_begin(self, epoch, logs=None):
        self.note(epoch=epoch, first=self.step + 1)

    def on_epoch_end(self, epoch, logs=None):
        self.note(epoch=epoch, last=self.step, loss=logs["loss"])


def learn(folder: Path, until: int | None) -> None:
    diary = Diary(folder, until)
    fitted, save = keras.Model.fit, keras.Model.save_weights

    def fit_with_diary(model, *arguments, callbacks, **more):
        return fitted(model, *arguments, callbacks=[diary, *callbacks], **more)

    def save_with_diary(model, path, *arguments, **more):
        diary.note(saved=Path(path).name, step=diary.step)
        return save(model, path, *arguments, **more)

    keras.Model.fit, keras.Model.save_weights = fit_with_diary, save_with_diary
    fit.CHECKPOINT_STEPS = 4
    used = devices.use("cpu")
    assert (used.kind, used.count) == ("cpu", DEVICES)
    run = train.Run(TINY, [folder / "data.csv"], folder / "run", str(folder / "backbone"))
    run.open(resume=True)
    tokenizer = run.vocabulary()
    model = run.classify(tokenizer, None)
    np.save(folder / "logits.npy", run.logits(model, tokenizer, run.rows["text"]))


if __name__ == "__main__":
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        cpu = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * DEVICES)
    if sys.argv[1] == "learn":
        learn(Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else None)
    else:
        RECIPES["tiny"] = TINY
        sys.exit(main.main())
