"""`main.py train`: from corpora to a model folder with its card."""

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np

from model.classifier import LiteRTClassifier
from model.evaluate import evaluate
from model.files import MANIFEST
from model.labels import EMOTIONS
from training import report
from training.corpora import CorpusError
from training.export import check_target, export, serving_model
from training.recipes import RECIPES
from training.train import Run

SURE_ACCURACY = 0.8  # a mood is named without hedging where four of five such guesses were right
RUNS = Path("runs")


def run(options: argparse.Namespace) -> None:
    """Train, calibrate, export and measure one recipe; prints the measures as JSON."""
    if options.recipe not in RECIPES:
        raise CorpusError(f"--recipe {options.recipe}: unknown; allowed are {', '.join(RECIPES)}")
    recipe = RECIPES[options.recipe]
    folder = RUNS / options.recipe
    output = (Path(options.output) if options.output else folder / "model").resolve()
    check_target(output)
    keras.config.set_dtype_policy(recipe.precision)
    training = Run(recipe, [Path(name) for name in options.data], folder, options.backbone)
    training.open(resume=options.resume)
    print(json.dumps(training.counts(), ensure_ascii=False))
    tokenizer = training.vocabulary()
    model = training.classify(tokenizer, training.pretrain(tokenizer))

    keras.config.set_dtype_policy("float32")
    whole = training.network(tokenizer)
    whole.set_weights(model.get_weights())
    _, validation = training.split()
    batches = training.batches(tokenizer, validation)
    labels = np.concatenate([batches[at][1] for at in range(len(batches))])
    logits = whole.predict(batches, verbose=0)
    t = report.temperature(logits, labels)
    four = labels < len(EMOTIONS)
    probabilities = report.softmax(logits[four] / t)[:, : len(EMOTIONS)]
    probabilities /= probabilities.sum(axis=1, keepdims=True)

    manifest = {
        "recipe": options.recipe,
        "labels": list(recipe.labels),
        "max_length": recipe.length,
        "temperature": t,
        "sure": report.sure_threshold(probabilities, labels[four], SURE_ACCURACY),
        "backbone": asdict(training.config(tokenizer)),
        "sources": [Path(name).name for name in options.data],
        "seconds": training.seconds(),
    }
    export(serving_model(whole, t), folder / "tokenizer.model", output, manifest)
    _measure(output, training)


def _measure(output: Path, training: Run) -> None:
    """Read the test rows of each corpus with the exported model; the figures go into manifest and card."""
    classifier = LiteRTClassifier(output, threads=2)
    metrics = {}
    for table in training.tables:
        # Each corpus by itself: over several, the corpus would tell 중립 from the emotions.
        rows = training.test_rows(table)
        if rows.empty:
            continue
        metrics[table.stem] = evaluate(classifier, list(rows["text"]), rows["label"].to_numpy())
    manifest = classifier.files.manifest | {"metrics": metrics}
    (output / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    report.model_card(manifest, output / "MODEL_CARD.md")
    print(json.dumps(metrics, ensure_ascii=False))
