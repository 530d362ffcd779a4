"""A published BERT checkpoint (SKT's KoBERT, monologg's, or a folder) → sizes, tokenizer and encoder weights.

Reads config.json, a SentencePiece vocabulary, and model.safetensors or pytorch_model.bin, without torch.
"""

import collections
import io
import json
import pickle
import zipfile
from pathlib import Path

import keras
import numpy as np

from training.backbone import BertConfig
from training.corpora import CorpusError

_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
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
    """The sizes in config.json. Raises CorpusError when it is missing or not of a BERT."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
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
    except (OSError, KeyError, ValueError) as problem:
        raise CorpusError(
            f"{folder}: config.json of a BERT cannot be read ({problem}); give a BERT checkpoint"
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
        from safetensors.numpy import load_file

        return load_file(folder / _WEIGHTS[0])
    if (folder / _WEIGHTS[1]).is_file():
        return _torch_file(folder / _WEIGHTS[1])
    raise CorpusError(f"{folder}: no weights; one of {', '.join(_WEIGHTS)} is needed")


def _torch_file(path: Path) -> dict[str, np.ndarray]:
    """Tensors of a torch.save file in its zip form (torch 1.6 and later); nothing else in it is built."""
    try:
        with zipfile.ZipFile(path) as packed:
            pickled = next(name for name in packed.namelist() if name.endswith("/data.pkl"))
            return _Tensors(packed, pickled).load()
    except (zipfile.BadZipFile, StopIteration, pickle.UnpicklingError) as problem:
        raise CorpusError(
            f"{path}: is no zip file as torch 1.6 and later save ({problem}); convert it to model.safetensors"
        ) from problem


_DTYPES = {"FloatStorage": "<f4", "HalfStorage": "<f2", "DoubleStorage": "<f8", "LongStorage": "<i8"}


class _Tensors(pickle.Unpickler):
    """Reads the pickle inside a torch file; only tensors, their storages and ordered dictionaries are allowed."""

    def __init__(self, packed: zipfile.ZipFile, pickled: str):
        super().__init__(io.BytesIO(packed.read(pickled)))
        self._packed, self._root = packed, pickled.removesuffix("data.pkl")

    def persistent_load(self, pid):
        _, dtype, key, _, _ = pid
        return np.frombuffer(self._packed.read(f"{self._root}data/{key}"), dtype)

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return lambda tensor, *_: tensor
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed in a checkpoint")


def _tensor(storage, offset, size, stride, *_):
    last = offset + sum((count - 1) * step for count, step in zip(size, stride, strict=True))
    if min((offset, *size, *stride)) < 0 or (0 not in size and last >= len(storage)):
        raise pickle.UnpicklingError(f"a tensor of shape {tuple(size)} reaches beyond its {len(storage)} values")
    steps = [step * storage.itemsize for step in stride]
    return np.lib.stride_tricks.as_strided(storage[offset:], size, steps).copy()
