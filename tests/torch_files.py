"""What torch.save writes, made without torch: see `training.torch_file`."""

import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np


class Call(NamedTuple):
    name: str
    arguments: tuple


class Global(NamedTuple):
    name: str


class Storage(NamedTuple):
    key: str
    count: int
    dtype: str = "FloatStorage"


class Pickler(pickle._Pickler):
    """Writes names of torch's without having them; `more` stands at the end of the mark of a storage."""

    def __init__(self, file, *more):
        super().__init__(file, 2)
        self.more = more

    def persistent_id(self, value):
        if not isinstance(value, Storage):
            return None
        return ("storage", Global(value.dtype), value.key, "cpu", value.count, *self.more)

    def save(self, value, save_persistent_id=True):
        if isinstance(value, Global):
            self.write(pickle.GLOBAL + b"torch\n" + value.name.encode() + b"\n")
        elif isinstance(value, Call):
            self.write(pickle.GLOBAL + b"torch._utils\n" + value.name.encode() + b"\n")
            super().save(value.arguments)
            self.write(pickle.REDUCE)
        else:
            super().save(value, save_persistent_id)


def table(content: Mapping[str, np.ndarray]) -> OrderedDict:
    """A state_dict of float32 tensors, each of a storage of its own, whose key is its number."""
    made = OrderedDict()
    for number, (name, value) in enumerate(content.items()):
        stride = tuple(step // 4 for step in value.strides)
        storage = Storage(str(number), value.size)
        made[name] = Call("_rebuild_tensor_v2", (storage, 0, value.shape, stride, False, OrderedDict()))
    return made


def write_zip(path: Path, content: Mapping[str, np.ndarray], made: object = None) -> None:
    """The form since torch 1.6; `made` takes the place of the state_dict of `content`."""
    with zipfile.ZipFile(path, "w") as packed:
        for number, value in enumerate(content.values()):
            packed.writestr(f"archive/data/{number}", value.tobytes("A"))
        with packed.open("archive/data.pkl", "w") as file:
            Pickler(file).dump(made or table(content))


def write_pickles(path: Path, content: Mapping[str, np.ndarray], made: object = None) -> None:
    """The form before torch 1.6."""
    with path.open("wb") as file:
        machine = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
        for first in (0x1950A86A20F9469CFC6C, 1001, machine):
            pickle.dump(first, file, 2)
        Pickler(file, None).dump(made or table(content))
        keys = sorted(map(str, range(len(content))))  # as text: 10 stands before 2
        pickle.dump(keys, file, 2)
        for value in (list(content.values())[int(key)] for key in keys):
            file.write(struct.pack("<q", value.size) + value.tobytes("A"))


def harmful() -> bytes:
    """A pickle that runs a command where it is read without care."""
    import os

    class Harm:
        def __reduce__(self):
            return os.system, ("true",)

    file = BytesIO()
    pickle.dump(Harm(), file, 2)
    return file.getvalue()


WRITE = {"zip": write_zip, "pickles": write_pickles}
