"""Files of torch.save in both forms, read without torch."""

import pickle
import zipfile
from collections import OrderedDict

import numpy as np
import pytest
import torch_files
from torch_files import WRITE, Call, Global, Storage

pytest.importorskip("pandas", reason="needs the extra train: .venv/bin/pip install -e '.[train]'")

from training import torch_file
from training.corpora import CorpusError

DRAWN = np.random.default_rng(3).normal(size=(12, 4, 6)).astype(np.float32)
CONTENT = {f"layer.{number}": value for number, value in enumerate(DRAWN)} | {"turned": DRAWN[0].T}
BOTH = pytest.mark.parametrize("form", WRITE)


@BOTH
def test_tensors_are_read_as_they_were_written(tmp_path, form):
    WRITE[form](tmp_path / "a.bin", CONTENT)
    found = torch_file.load(tmp_path / "a.bin")
    assert list(found) == list(CONTENT)
    for name, value in CONTENT.items():
        np.testing.assert_array_equal(found[name], value)


@BOTH
def test_tensors_may_share_a_storage(tmp_path, form):
    def part(offset, size, stride):
        return Call("_rebuild_tensor_v2", (Storage("0", 24), offset, size, stride, False, OrderedDict()))

    parameter = Call("_rebuild_parameter", (part(6, (2, 3), (6, 2)), True, OrderedDict()))
    WRITE[form](tmp_path / "a.bin", {"all": DRAWN[0]}, {"row": part(6, (6,), (1,)), "some": parameter})
    found = torch_file.load(tmp_path / "a.bin")
    np.testing.assert_array_equal(found["row"], DRAWN[0][1])
    np.testing.assert_array_equal(found["some"], DRAWN[0][1:3, ::2])


@pytest.mark.parametrize("zipped", [True, False])
def test_a_torch_file_may_not_call_anything(tmp_path, zipped):
    path = tmp_path / "a.bin"
    if zipped:
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr("archive/data.pkl", torch_files.harmful())
    else:
        path.write_bytes(torch_files.harmful())
    with pytest.raises(CorpusError, match=r"a\.bin: .*system is not allowed in a checkpoint"):
        torch_file.load(path)


@BOTH
def test_what_holds_something_else_than_tensors_is_told(tmp_path, form):
    half = Call("_rebuild_tensor_v2", (Storage("0", 24, "BFloat16Storage"), 0, (4, 6), (6, 1), False, OrderedDict()))
    for made in ({"a": half}, {"a": Global("device")}):
        WRITE[form](tmp_path / "a.bin", {"a": DRAWN[0]}, made)
        with pytest.raises(CorpusError, match=r"torch\.\w+ is not allowed in a checkpoint.*; convert it to"):
            torch_file.load(tmp_path / "a.bin")


@BOTH
@pytest.mark.parametrize("share", [0, 0.02, 0.5, 0.99])
def test_a_file_that_was_cut_is_told(tmp_path, form, share):
    path = tmp_path / "a.bin"
    WRITE[form](path, CONTENT)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(CorpusError, match=r"a\.bin: is no file of tensors .*; convert it to model\.safetensors"):
        torch_file.load(path)


@pytest.mark.parametrize("first", [(1, 1001), (0x1950A86A20F9469CFC6C, 1000)])
def test_pickles_of_another_program_are_told(tmp_path, first):
    (tmp_path / "a.bin").write_bytes(b"".join(pickle.dumps(number) for number in (*first, {})))
    with pytest.raises(CorpusError, match="its first numbers are not those of torch"):
        torch_file.load(tmp_path / "a.bin")


@pytest.mark.parametrize(
    ("offset", "size", "stride"),
    [(0, (5,), (1,)), (1, (4,), (1,)), (0, (2, 2), (3, 1)), (0, (2,), (-1,)), (-1, (2,), (1,)), (0, (-2,), (1,))],
)
def test_a_tensor_never_reaches_beyond_its_storage(offset, size, stride):
    storage = np.arange(4, dtype=np.float32)
    np.testing.assert_array_equal(torch_file._tensor(storage, 0, (2, 2), (1, 2)), [[0, 2], [1, 3]])
    assert torch_file._tensor(storage, 4, (0, 3), (3, 1)).shape == (0, 3)
    with pytest.raises(pickle.UnpicklingError, match="reaches beyond its 4 values"):
        torch_file._tensor(storage, offset, size, stride)


@pytest.mark.parametrize("zipped", [True, False])
def test_torch_itself_writes_such_files(tmp_path, zipped):
    torch = pytest.importorskip("torch", reason="needs the extra reference: .venv/bin/pip install -e '.[reference]'")
    content = OrderedDict((name, torch.from_numpy(value.copy())) for name, value in CONTENT.items())
    torch.save(content, tmp_path / "a.bin", _use_new_zipfile_serialization=zipped)
    found = torch_file.load(tmp_path / "a.bin")
    for name, value in CONTENT.items():
        np.testing.assert_array_equal(found[name], value)
