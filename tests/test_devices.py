"""Several devices, one device or none of the kind: simulated on the CPU, in processes of their own."""

import argparse
import json
import os
import random
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from small_training import PLACES, WORDS, keras, write_csv

import main
from model.classifier import LiteRTClassifier
from model.labels import LABELS
from model.tokenizer import CLS, SEP
from training import checkpoint, devices, fit, train
from training.backbone import BertConfig, classifier
from training.batches import Batches, Shape, Texts
from training.recipes import RECIPES, Recipe

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "tests" / "run_on_devices.py"
NOTEBOOK = ROOT / "docs" / "train_on_tpu.ipynb"
RECIPE = Recipe(labels=LABELS, length=32)
KILLED_AFTER, KEPT = 10, 8  # steps; of six in an epoch, with a checkpoint every four


def sentences(count: int) -> list[tuple[str, int]]:
    """Distinct sentences of many lengths, and their labels."""
    draw, found = random.Random(5), {}
    while len(found) < count:
        label = len(found) % len(WORDS)
        words = [*draw.choices(PLACES, k=draw.randint(1, 9)), *draw.choices(WORDS[label], k=2)]
        found.setdefault(" ".join(words), label)
    return list(found.items())


def write_data(path: Path) -> Path:
    """110 rows to learn from, of which the recipe validates with 22, and 30 that test."""
    table = [(text, label, "train" if at < 110 else "test") for at, (text, label) in enumerate(sentences(140))]
    return write_csv(path, table, "text label split")


def write_backbone(folder: Path) -> Path:
    """A tiny checkpoint whose weights are wide enough for its gradient to be clipped."""
    from safetensors.numpy import save_file

    from bench.reference import config, draw
    from training.vocabulary import train_vocabulary

    folder.mkdir()
    sizes = config(layers=1, width=32, heads=2, vocabulary=100)
    (folder / "config.json").write_text(json.dumps(sizes))
    train_vocabulary([text for text, _ in sentences(140)], folder / "spiece.model", sizes["vocab_size"])
    save_file(draw(sizes, 0.3), folder / "model.safetensors")
    return folder


def start(arguments: list[str], folder: Path, backend: str, count: int) -> subprocess.Popen:
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        "KERAS_BACKEND": backend,
        "DEVICES": str(count),
        # The rest makes JAX quick: compiled without care, and kept for the next process.
        "XLA_FLAGS": f"--xla_force_host_platform_device_count={count} --xla_backend_optimization_level=0",
        "JAX_COMPILATION_CACHE_DIR": str(folder.parent / "compiled"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    }
    return subprocess.Popen(
        [sys.executable, "-W", "error::UserWarning", str(SCRIPT), *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ended(process: subprocess.Popen, status: int = 0) -> str:
    """What the process said, once it has ended as it should."""
    said, _ = process.communicate(timeout=240)
    assert process.returncode == status, said
    return said


class Learnt:
    """What a training left behind: its diary, the loss of each whole epoch, and the logits for all rows."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.diary = [json.loads(line) for line in (folder / "steps.jsonl").read_text().splitlines()]
        self.begun = [(entry["epoch"], entry["first"]) for entry in self.diary if "first" in entry]
        self.saved = [(entry["saved"], entry["step"]) for entry in self.diary if "saved" in entry]
        self.losses = {entry["epoch"]: entry["loss"] for entry in self.diary if "loss" in entry}
        self.logits = np.load(folder / "logits.npy")


@pytest.fixture(scope="module")
def learnt_on(tmp_path_factory) -> dict[str, tuple[Learnt, Learnt]]:
    """Of each backend: (one device, undisturbed; two devices, killed in the second epoch and taken up again)."""
    folders = {
        backend: [tmp_path_factory.mktemp(f"{backend}{count}") for count in (1, 2)]
        for backend in devices.BACKENDS
        if find_spec(backend)
    }
    for folder in (folder for both in folders.values() for folder in both):
        write_data(folder / "data.csv")
        write_backbone(folder / "backbone")
    undisturbed = [start(["learn", str(one)], one, backend, 1) for backend, (one, _) in folders.items()]
    killed = [start(["learn", str(two), str(KILLED_AFTER)], two, backend, 2) for backend, (_, two) in folders.items()]
    for process in killed:
        ended(process, status=-9)
    again = [start(["learn", str(two)], two, backend, 2) for backend, (_, two) in folders.items()]
    for process in (*again, *undisturbed):
        ended(process)
    return {backend: (Learnt(one), Learnt(two)) for backend, (one, two) in folders.items()}


@pytest.fixture(params=devices.BACKENDS)
def learnt(request, learnt_on) -> tuple[Learnt, Learnt]:
    if request.param not in learnt_on:
        pytest.skip(f"needs {request.param}, of the extras train and dev")
    return learnt_on[request.param]


def test_two_devices_learn_what_one_does(learnt):
    one, two = learnt
    assert sorted(one.losses) == sorted(two.losses) == [0, 1, 2]
    for epoch in (0, 2):  # of the second epoch the killed run tells the last part alone
        assert two.losses[epoch] == pytest.approx(one.losses[epoch], rel=1e-5)
    np.testing.assert_allclose(two.logits, one.logits, atol=1e-4)
    assert one.losses[2] < one.losses[0]


def test_a_killed_run_goes_on_at_the_step_it_had_kept(learnt):
    one, two = learnt
    assert one.begun == [(0, 1), (1, 7), (2, 13)]
    assert two.begun == [(0, 1), (1, 7), (1, KEPT + 1), (2, 13)]
    assert max(entry["last"] for entry in two.diary if "last" in entry) == 18


def test_one_process_writes_each_file_once_for_all_devices(learnt):
    _, two = learnt
    checkpoints = [(name, step) for name, step in two.saved if "checkpoint" in name]
    assert checkpoints == [("partial-classify.checkpoint.weights.h5", step) for step in (4, 8, 13, 17, 18)]
    assert len(set(two.saved)) == len(two.saved)
    left = {path.name for path in (two.folder / "run").iterdir()}
    made = {"tokenizer.model", "classify.weights.h5", "classify.done", "classify.csv", "times.jsonl"}
    assert left == {"run.json"} | made


def test_weights_are_the_same_network_on_tensorflow(learnt):
    for of_run in learnt:
        run = train.Run(RECIPE, [of_run.folder / "data.csv"], of_run.folder / "run")
        model = classifier(checkpoint.read_config(of_run.folder / "backbone"), len(LABELS))
        model.load_weights(of_run.folder / "run" / "classify.weights.h5")
        said = run.logits(model, run.vocabulary(), run.rows["text"])
        np.testing.assert_allclose(said, of_run.logits, atol=1e-4)


def test_a_run_on_jax_is_exported_by_tensorflow(tmp_path):
    pytest.importorskip("jax", reason="needs the extra dev")
    write_data(tmp_path / "data.csv")
    arguments = ["train", "--recipe", "tiny", "--data", "data.csv", "--device", "cpu", "-o", "model"]
    said = ended(start(arguments, tmp_path, "jax", 2))
    manifest = LiteRTClassifier(tmp_path / "model").files.manifest
    assert manifest["devices"] == ["2 cpu"], said
    assert sum(manifest["counts"]["test"].values()) == 30
    assert manifest["metrics"]["data"]["rows"] == 24  # those of an emotion


# --- batches of a fixed shape -------------------------------------------------------------------


@pytest.mark.parametrize("shape", [Shape((32,)), Shape((32, 64), 4), Shape(rows=8)], ids=str)
def test_rows_that_fill_up_a_batch_do_not_change_what_is_learnt(shape):
    draw = np.random.default_rng(1)
    texts = Texts([[CLS, *draw.integers(5, 50, length), SEP] for length in (4, 7, 4)])
    targets = np.eye(5, dtype=np.float32)[[0, 3, 4]]
    config = BertConfig(vocabulary=50, layers=1, width=16, heads=2, feed_forward=32, dropout=0.0)
    learnt = []
    for of_batch in (Shape(), shape):
        keras.utils.set_random_seed(1)
        model = classifier(config, 5, dropout=0.0)
        model.compile(
            optimizer=fit.optimizer(RECIPE, 10),
            loss=keras.losses.CategoricalCrossentropy(from_logits=True, reduction=fit.BY_WEIGHT),
            weighted_metrics=[keras.metrics.CategoricalAccuracy("accuracy")],
            run_eagerly=True,
        )
        batches = Batches(texts, targets, rows=8, tokens=256, seed=1, shape=of_batch)
        learnt.append(model.train_on_batch(*batches[0]))
        learnt.append(model.test_on_batch(*batches[0]))
    assert len(batches[0][0]) == 8
    np.testing.assert_allclose(learnt[:2], learnt[2:], rtol=1e-5)


def test_every_epoch_has_as_many_batches_and_what_is_left_of_one_is_its_end():
    """Keras counts the batches of the first epoch alone: of a longer one it would leave some out."""
    draw = np.random.default_rng(2)
    texts = Texts([[CLS] * length for length in draw.integers(2, 60, 999)])
    for shape in (Shape(), Shape((32, 64), 8)):
        batches = Batches(texts, np.arange(999), rows=64, tokens=700, seed=1, hidden=0.3, shape=shape)
        whole = list(batches)
        for epoch in range(1, 6):
            batches.at_epoch(epoch)
            assert len(batches) == len(whole)
        batches.at_epoch(0, done=7)
        for left, of_whole in zip(batches, whole[7:], strict=True):
            np.testing.assert_array_equal(left[0], of_whole[0])


# --- devices that are not there -----------------------------------------------------------------


def told(folder: Path, device: str) -> str:
    """The one line that wrong input gives."""
    kept = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    command = ["train", "--recipe", "four-labels", "--data", "none.csv", "--device", device]
    done = subprocess.run(
        [sys.executable, ROOT / "main.py", *command], cwd=folder, env=kept, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert not list(folder.iterdir())
    return done.stderr.splitlines()[-1]


def test_an_unknown_device_is_told_with_those_allowed(tmp_path):
    assert told(tmp_path, "npu") == "main.py: --device npu: unknown; allowed are auto, tpu, gpu, cpu"


@pytest.mark.parametrize(("device", "backend"), [("gpu", "tensorflow"), ("tpu", "jax")])
def test_a_device_that_is_missing_is_told_with_what_is_there(tmp_path, device, backend):
    pytest.importorskip(backend, reason="needs the extras train and dev")
    if devices._has_tpu() or Path("/dev/nvidia0").exists():
        pytest.skip("there is one")
    line = told(tmp_path, device)
    assert line.startswith(f"main.py: --device {device}: none found, there is cpu; leave --device out")


def test_tensorflow_tells_a_missing_tpu_too():
    if devices._has_tpu():
        pytest.skip("there is one")
    with pytest.raises(devices.DeviceError, match="--device tpu: none found, there is cpu"):
        devices.use("tpu")


@pytest.mark.parametrize(
    ("device", "set_before", "backend"),
    [
        *(("auto", None, "tensorflow"), ("cpu", None, "tensorflow"), ("gpu", None, "tensorflow"), ("tpu", None, "jax")),
        *(("gpu", "jax", "jax"), ("tpu", "tensorflow", "tensorflow")),
    ],
)
def test_a_device_names_its_backend_unless_one_is_set(monkeypatch, device, set_before, backend):
    pytest.importorskip("jax", reason="needs the extra dev")
    monkeypatch.setattr(devices, "_has_tpu", lambda: False)
    monkeypatch.setenv("KERAS_BACKEND", set_before or "")
    if set_before is None:
        monkeypatch.delenv("KERAS_BACKEND")
    devices.choose_backend(device)
    assert os.environ["KERAS_BACKEND"] == backend


def test_a_tpu_is_taken_where_there_is_one(monkeypatch):
    pytest.importorskip("jax", reason="needs the extra dev")
    monkeypatch.setattr(devices, "_has_tpu", lambda: True)
    monkeypatch.setenv("KERAS_BACKEND", "")
    monkeypatch.delenv("KERAS_BACKEND")
    devices.choose_backend("auto")
    assert os.environ["KERAS_BACKEND"] == "jax"


@pytest.mark.parametrize(("device", "extra"), [("tpu", "train-tpu"), ("gpu", "train-gpu"), ("cpu", "train")])
def test_a_missing_backend_is_told_with_the_line_that_installs_it(monkeypatch, device, extra):
    monkeypatch.setattr(devices, "find_spec", lambda name: None)
    monkeypatch.setenv("KERAS_BACKEND", "")
    monkeypatch.delenv("KERAS_BACKEND")
    with pytest.raises(devices.DeviceError, match=rf"is not installed; install it with .* '\.\[{extra}\]'"):
        devices.choose_backend(device)


def test_a_backend_that_does_not_serve_is_told(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    with pytest.raises(devices.DeviceError, match="KERAS_BACKEND is torch; allowed are jax, tensorflow"):
        devices.choose_backend("auto")


# --- the notebook -------------------------------------------------------------------------------


def shell_commands() -> list[str]:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    lines = [line.strip() for cell in cells if cell["cell_type"] == "code" for line in cell["source"]]
    return [line.lstrip("!%") for line in lines if line.startswith(("!", "%"))]


def test_the_notebook_is_of_format_four():
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert isinstance(notebook["metadata"], dict)
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    for cell in notebook["cells"]:
        of_code = {"execution_count", "outputs"} if cell["cell_type"] == "code" else set()
        assert set(cell) == {"id", "cell_type", "metadata", "source"} | of_code
        assert cell["cell_type"] in ("code", "markdown")
        assert all(isinstance(line, str) for line in cell["source"])
        assert cell.get("outputs", []) == []


def test_the_notebook_names_what_there_is():
    trained = [shlex.split(line) for line in shell_commands() if "main.py train" in line]
    assert trained
    for line in trained:
        options = main._parser().parse_args(line[line.index("main.py") + 1 :])
        assert isinstance(options, argparse.Namespace)
        assert options.recipe in RECIPES
        assert options.device == "tpu"


def test_the_notebook_installs_an_extra_that_there_is():
    import tomllib

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    installed = [line for line in shell_commands() if "pip install" in line]
    assert any("[train-tpu]" in line for line in installed)
    assert "train-tpu" in extras
