"""`main.py train`: from corpora to a model folder with its card."""

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import argparse
import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np

from training import devices, distil, report
from training.corpora import CorpusError
from training.export import check_target, export, serving_model
from training.recipes import RECIPES, Recipe
from training.train import Run

RUNS = Path("runs")


def run(options: argparse.Namespace) -> None:
    """Train, calibrate, export and measure one recipe.

    Prints the class counts as a JSON line, the classification report, and last the measures as a JSON line.
    """
    recipe = _recipe(options)
    folder = RUNS / options.recipe
    output = (Path(options.output) if options.output else folder / "model").resolve()
    check_target(output)
    if output.is_relative_to(folder.resolve()) and output != folder.resolve() / "model":
        raise CorpusError(f"-o {options.output}: lies in {folder}, which the next run empties; give a folder elsewhere")
    keras.config.set_dtype_policy(recipe.precision)
    devices.use(options.device)
    training = Run(recipe, [Path(name) for name in options.data], folder, options.backbone)
    training.open(resume=options.resume)
    counts = training.counts()
    print(json.dumps(counts, ensure_ascii=False), flush=True)
    if missing := [label for label in recipe.labels if not counts["train"].get(label)]:
        raise CorpusError(f"--data: no row of {', '.join(missing)} to train on; give rows of each label")
    tokenizer = training.vocabulary()
    pretrained = training.pretrain(tokenizer)
    taught = distil.taught(training, tokenizer, pretrained) if recipe.distillation else None
    model = training.classify(tokenizer, pretrained, taught)
    linear = training.linear()
    if keras.backend.backend() != "tensorflow":
        _export_elsewhere(options)
        return

    keras.config.set_dtype_policy("float32")
    whole = training.network(tokenizer)
    whole.set_weights(model.get_weights())
    _, validation = training.split()
    texts, labels, shifts = list(validation["text"]), validation["label"].to_numpy(), training.shifts(validation)
    share = 0.0
    if linear:
        share = report.linear_share(training.logits(whole, tokenizer, texts) + shifts, linear.logits(texts), labels)
        linear = linear.scaled(share) if share else None

    def logits(texts: Sequence[str]) -> np.ndarray:
        said = training.logits(whole, tokenizer, texts)
        return said + linear.logits(texts) if linear else said

    held = logits(texts)
    temperature = report.temperature(held + shifts, labels)
    probabilities = report.softmax(held / temperature)
    manifest = {
        "recipe": options.recipe,
        "labels": list(recipe.labels),
        "max_length": training.length,
        "temperature": temperature,
        "ngrams_share": share,
        "sure": report.sure_threshold(*report.emotions_alone(probabilities, labels, recipe.labels)),
        "backbone": asdict(training.config(tokenizer)),
        "start": options.backbone or recipe.start,
        "devices": training.times.devices(),
        "sources": [Path(name).name for name in options.data],
        "counts": counts,
        "seconds": training.times.seconds(),
    }
    served = linear.scaled(1 / temperature) if linear else None
    export(serving_model(whole, temperature), folder / "tokenizer.model", served, output, manifest)
    report.write(output, training, lambda texts: report.softmax(logits(texts) / temperature))


def _recipe(options: argparse.Namespace) -> Recipe:
    if options.recipe not in RECIPES:
        raise CorpusError(f"--recipe {options.recipe}: unknown; allowed are {', '.join(RECIPES)}")
    recipe = RECIPES[options.recipe]
    if options.class_size is None:
        return recipe
    if recipe.undersample is None or options.class_size < 1:
        raise CorpusError(
            f"--class-size {options.class_size}: a positive number is needed, with a recipe that undersamples"
        )
    return replace(recipe, undersample=options.class_size)


def _export_elsewhere(options: argparse.Namespace) -> None:
    """Only TensorFlow exports: take the finished run up again there, or say how to."""
    command = [sys.executable, *sys.argv, "--device", "cpu"]
    command += [] if options.resume else ["--resume"]
    if find_spec("tensorflow") is None:
        print(f"trained; with the extra train installed, export with: KERAS_BACKEND=tensorflow {shlex.join(command)}")
        return
    subprocess.run(command, env=os.environ | {"KERAS_BACKEND": "tensorflow"}, check=True)  # noqa: S603 (our own call)
