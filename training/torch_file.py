"""Tensors out of a file that torch.save wrote, without torch; nothing but tensors in it is built.

There are two forms (torch/serialization.py). Since torch 1.6 a zip of one pickle and of raw storages; before that
pickles one after another (a magic number, a version, the machine it was written on, the object, the keys of its
storages) and then the storages, each behind the number of its values as int64.
"""

import collections
import io
import pickle
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from training.corpora import CorpusError

_MAGIC, _VERSION = 0x1950A86A20F9469CFC6C, 1001
_DTYPES = {"FloatStorage": "<f4", "HalfStorage": "<f2", "DoubleStorage": "<f8", "LongStorage": "<i8"}

Storage = Callable[[str, str, int], np.ndarray | None]


def load(path: Path) -> dict[str, np.ndarray]:
    """{name: tensor}. Raises CorpusError for a file of neither form, a broken one and one that holds something else."""
    try:
        return (_zip if zipfile.is_zipfile(path) else _pickles)(path)
    except (
        zipfile.BadZipFile,
        zlib.error,
        pickle.UnpicklingError,
        StopIteration,
        EOFError,
        KeyError,
        TypeError,
        ValueError,
    ) as problem:
        raise CorpusError(
            f"{path}: is no file of tensors as torch.save writes them ({problem}); convert it to model.safetensors"
        ) from problem


def _zip(path: Path) -> dict[str, np.ndarray]:
    with zipfile.ZipFile(path) as packed:
        pickled = next(name for name in packed.namelist() if name.endswith("/data.pkl"))
        root = pickled.removesuffix("data.pkl")
        return _Tensors(
            io.BytesIO(packed.read(pickled)),
            lambda key, dtype, _: np.frombuffer(packed.read(f"{root}data/{key}"), dtype),
        ).load()


def _pickles(path: Path) -> dict[str, np.ndarray]:
    dtypes: dict[str, str] = {}
    with path.open("rb") as file:
        if [_Tensors(file).load() for _ in range(3)][:2] != [_MAGIC, _VERSION]:
            raise pickle.UnpicklingError("its first numbers are not those of torch")
        first = file.tell()
        # The storages stand behind what is made of them, so this is read twice.
        _Tensors(file, lambda key, dtype, _: dtypes.setdefault(key, dtype) and None, lambda *_: None).load()
        storages = {key: _storage(file, dtypes[key]) for key in _Tensors(file).load()}
        file.seek(first)
        return _Tensors(file, lambda key, *_: storages[key]).load()


def _storage(file: BinaryIO, dtype: str) -> np.ndarray:
    count = int.from_bytes(file.read(8), "little")
    return np.frombuffer(file.read(count * np.dtype(dtype).itemsize), dtype, count)


class _Tensors(pickle.Unpickler):
    """Reads one pickle; only tensors, their storages and ordered dictionaries are allowed in it.

    storage(key, dtype, count) gives the values of a storage, tensor(values, offset, size, stride, …) an array of them.
    """

    def __init__(self, file: BinaryIO, storage: Storage | None = None, tensor: Callable | None = None):
        super().__init__(file)
        self._storage, self._tensor = storage, tensor or _tensor

    def persistent_load(self, pid):
        _, dtype, key, _, count, *view = pid
        if self._storage is None or any(part is not None for part in view):
            raise pickle.UnpicklingError("a storage where none may be")
        return self._storage(key, dtype, count)

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return self._tensor
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return lambda tensor, *_: tensor
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed in a checkpoint")


def _tensor(storage, offset, size, stride, *_):
    last = offset + sum((count - 1) * step for count, step in zip(size, stride, strict=True))
    if min((offset, *size, *stride)) < 0 or (0 not in size and last >= len(storage)):
        raise pickle.UnpicklingError(f"a tensor of shape {tuple(size)} reaches beyond its {len(storage)} values")
    steps = [step * storage.itemsize for step in stride]
    return np.lib.stride_tricks.as_strided(storage[offset:], size, steps).copy()
