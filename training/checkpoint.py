"""A published BERT checkpoint (SKT's KoBERT, monologg's, or a folder) → sizes, tokenizer and encoder weights.

Reads config.json, a SentencePiece vocabulary, and model.safetensors or pytorch_model.bin, without torch.
"""

import json
from pathlib import Path

import keras
import numpy as np

from training import torch_file
from training.backbone import BertConfig
from training.corpora import CorpusError

_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
_AS_HERE = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute"}
_VOCABULARIES = ("spiece.model", "tokenizer_78b3253a26.model", "tokenizer.model")


def fetch(name: str) -> Path:
    """The folder of a checkpoint: `name` itself when it is one, else what the model hub has under that name."""
    if Path(name).is_dir():
        return Path(name)
    from transformers.utils.hub import cached_file

    try:
        found = cached_file(name, "config.json")
        for other in (*_WEIGHTS, *_VOCABULARIES):
            cached_file(name, other, _raise_exceptions_for_missing_entries=False)
        return Path(found).parent
    except (OSError, ValueError) as problem:
        raise CorpusError(
            f"--backbone {name}: is no folder here and cannot be had from the model hub ({problem}); "
            "give skt/kobert-base-v1, monologg/kobert or a folder with config.json, weights and vocabulary"
        ) from problem


def read_config(folder: Path) -> BertConfig:
    """The sizes in config.json. Raises CorpusError when it is missing or of no BERT like `training.backbone`'s."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        for name, ours in _AS_HERE.items():
            if (found := config.get(name, ours)) != ours:
                raise ValueError(f"{name} is {found}, not {ours}")
        return BertConfig(
            vocabulary=config["vocab_size"],
            layers=config["num_hidden_layers"],
            width=config["hidden_size"],
            heads=config["num_attention_heads"],
            feed_forward=config["intermediate_size"],
            positions=config["max_position_embeddings"],
            dropout=config.get("hidden_dropout_prob", 0.1),
            epsilon=config.get("layer_norm_eps", 1e-12),
        )
    except (OSError, AttributeError, KeyError, TypeError, ValueError) as problem:
        raise CorpusError(
            f"{folder}: config.json is of no BERT that can be read here ({problem}); give a BERT checkpoint"
        ) from problem


def vocabulary(folder: Path) -> Path:
    """The SentencePiece file of a checkpoint."""
    found = [folder / name for name in _VOCABULARIES if (folder / name).is_file()]
    if not found:
        raise CorpusError(f"{folder}: no vocabulary; one of {', '.join(_VOCABULARIES)} is needed")
    return found[0]


def load_weights(encoder: keras.Model, folder: Path) -> None:
    """Put a checkpoint's weights into `training.backbone.encoder`."""
    load_tensors(encoder, {_plain(name): value for name, value in _read(folder).items()}, folder)


def load_tensors(encoder: keras.Model, tensors: dict[str, np.ndarray], source: Path, pooler: bool = True) -> None:
    """Put tensors named as in PyTorch's BERT into an encoder, one port after another in network order.

    Raises CorpusError when one is missing or of another shape; `pooler` False leaves the pooler as it is.
    """

    def port(variable, key: str, transpose: bool = False) -> None:
        if key not in tensors:
            raise CorpusError(f"{source}: the checkpoint has no {key}; give a BERT checkpoint")
        value = tensors[key].T if transpose else tensors[key]
        if tuple(variable.shape) != value.shape:
            raise CorpusError(
                f"{source}: {key} is {value.shape}, the network has {tuple(variable.shape)}; "
                "give weights, config.json and vocabulary of one checkpoint"
            )
        variable.assign(value.astype(np.float32))

    def dense(layer, key: str) -> None:
        port(layer.kernel, f"{key}.weight", transpose=True)
        port(layer.bias, f"{key}.bias")

    def norm(layer, key: str) -> None:
        port(layer.gamma, f"{key}.weight")
        port(layer.beta, f"{key}.bias")

    embeddings = encoder.get_layer("embeddings")
    port(embeddings.words.embeddings, "embeddings.word_embeddings.weight")
    port(embeddings.places.embeddings, "embeddings.position_embeddings.weight")
    port(embeddings.types.embeddings, "embeddings.token_type_embeddings.weight")
    norm(embeddings.norm, "embeddings.LayerNorm")
    layers = sum(layer.name.startswith("layer_") for layer in encoder.layers)
    for number in range(layers):
        layer, key = encoder.get_layer(f"layer_{number}"), f"encoder.layer.{number}"
        dense(layer.query, f"{key}.attention.self.query")
        dense(layer.key, f"{key}.attention.self.key")
        dense(layer.value, f"{key}.attention.self.value")
        dense(layer.attended, f"{key}.attention.output.dense")
        norm(layer.attended_norm, f"{key}.attention.output.LayerNorm")
        dense(layer.inner, f"{key}.intermediate.dense")
        dense(layer.outer, f"{key}.output.dense")
        norm(layer.outer_norm, f"{key}.output.LayerNorm")
    if pooler:
        dense(encoder.get_layer("pooler"), "pooler.dense")


def _plain(name: str) -> str:
    """Checkpoints differ in the prefix «bert.» and, older ones, in gamma and beta for weight and bias."""
    name = name.removeprefix("bert.")
    return name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias")


def _read(folder: Path) -> dict[str, np.ndarray]:
    if (folder / _WEIGHTS[0]).is_file():
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            return load_file(folder / _WEIGHTS[0])
        except (SafetensorError, KeyError) as problem:  # KeyError: of a dtype that numpy does not have
            raise CorpusError(
                f"{folder / _WEIGHTS[0]}: cannot be read ({problem}); fetch it anew, or save it as float32"
            ) from problem
    if (folder / _WEIGHTS[1]).is_file():
        return torch_file.load(folder / _WEIGHTS[1])
    raise CorpusError(f"{folder}: no weights; one of {', '.join(_WEIGHTS)} is needed")
