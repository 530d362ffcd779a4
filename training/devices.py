"""TPU, several GPUs, one GPU or the CPU, from one flag.

A TPU is driven by JAX, the rest by TensorFlow, unless KERAS_BACKEND says otherwise: TensorFlow has had no TPU
release since 2.20, and Keras' data parallelism works on JAX alone. Several devices of a kind share each batch,
each holding all weights; one process drives them all, so a checkpoint is written once.
"""

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from pathlib import Path

NAMES = ("auto", "tpu", "gpu", "cpu")
BACKENDS = ("jax", "tensorflow")
LENGTHS = (32, 64, 128, 256, 512)  # XLA compiles each shape anew: few lengths, and as many rows for each
_EXTRAS = {"tpu": "train-tpu", "gpu": "train-gpu"}
_TPU_FILES = ("/dev/accel0", "/dev/vfio/0")


class DeviceError(ValueError):
    """A device that was asked for and is not there; the message says what is, and what to do."""


class Devices:
    """The devices in use: kind "tpu", "gpu" or "cpu", how many, and TensorFlow's strategy for several."""

    def __init__(self, kind: str = "cpu", count: int = 1, strategy=None):
        self.kind, self.count, self.strategy = kind, count, strategy

    def __str__(self) -> str:
        return f"{self.count} {self.kind}"


_in_use = Devices()


def choose_backend(name: str) -> None:
    """Set KERAS_BACKEND for a device; to be called before Keras is imported for the first time.

    Raises DeviceError for a name that is not among `NAMES`, and for a backend that does not serve or is missing.
    """
    if name not in NAMES:
        raise DeviceError(f"--device {name}: unknown; allowed are {', '.join(NAMES)}")
    tpu = name == "tpu" or (name == "auto" and _has_tpu())
    backend = os.environ.setdefault("KERAS_BACKEND", "jax" if tpu else "tensorflow")
    if backend not in BACKENDS:
        raise DeviceError(f"KERAS_BACKEND is {backend}; allowed are {', '.join(BACKENDS)}, or leave it unset")
    if find_spec(backend) is None:
        extra = "train-tpu" if tpu else _EXTRAS.get(name, "train")
        raise DeviceError(
            f"--device {name}: {backend} is not installed; install it with .venv/bin/pip install -e '.[{extra}]'"
        )


def use(name: str) -> Devices:
    """Find the devices and train on them from here on. Raises DeviceError when there is none of the kind."""
    global _in_use
    import keras

    _in_use = _jax_devices(name) if keras.backend.backend() == "jax" else _tensorflow_devices(name)
    return _in_use


def in_use() -> Devices:
    """What `use` found last; before, one CPU."""
    return _in_use


def scope() -> AbstractContextManager:
    """Where models are built and compiled, so that their weights are on all devices."""
    return _in_use.strategy.scope() if _in_use.strategy else nullcontext()


def batch_shape():
    """How batches have to look for the devices in use (`training.batches.Shape`)."""
    import keras

    from training.batches import Shape

    compiled = keras.backend.backend() == "jax" or _in_use.kind == "tpu"
    return Shape(LENGTHS if compiled else (), _in_use.count)


def jit():
    """Keras' `jit_compile`: not where each batch has a shape of its own."""
    return "auto" if batch_shape().lengths else False


def shares() -> int:
    """How many parts the gradient of a batch comes in: on TensorFlow one a device; JAX sees the whole batch."""
    return _in_use.count if _in_use.strategy else 1


def even_shares(gradients: Sequence) -> list:
    """The parts of a gradient on each device → as many even parts, of which each tells the norm of the whole."""
    if not _in_use.strategy:
        return list(gradients)
    import tensorflow as tf

    known = [tf.convert_to_tensor(gradient) for gradient in gradients if gradient is not None]
    mean = iter(tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.MEAN, known))
    return [None if gradient is None else next(mean) for gradient in gradients]


def _has_tpu() -> bool:
    return find_spec("jax") is not None and any(Path(file).exists() for file in _TPU_FILES)


def _jax_devices(name: str) -> Devices:
    import jax
    import keras

    for kind in NAMES[1:] if name == "auto" else (name,):
        try:
            found = jax.devices(kind)
        except RuntimeError:
            continue
        jax.config.update("jax_default_device", found[0])  # else a TPU is used although the CPU was asked for
        several = keras.distribution.DataParallel(devices=found) if len(found) > 1 else None
        keras.distribution.set_distribution(several)
        return Devices(kind, len(found))
    raise _missing(name, {device.platform for device in jax.devices()})


def _tensorflow_devices(name: str) -> Devices:
    import tensorflow as tf

    if name == "tpu":
        try:  # as far as tensorflow-tpu goes, which could not be tried
            resolver = tf.distribute.cluster_resolver.TPUClusterResolver.connect()
        except (ValueError, tf.errors.OpError) as problem:
            raise _missing(name, _tensorflow_kinds(tf)) from problem
        strategy = tf.distribute.TPUStrategy(resolver)
        return Devices("tpu", strategy.num_replicas_in_sync, strategy)
    if name == "cpu":
        tf.config.set_visible_devices([], "GPU")  # else a GPU is used although the CPU was asked for
    for gpu in tf.config.get_visible_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
    for kind in ("gpu", "cpu") if name == "auto" else (name,):
        found = [device.name for device in tf.config.list_logical_devices(kind.upper())]
        if found:
            return Devices(kind, len(found), tf.distribute.MirroredStrategy(found) if len(found) > 1 else None)
    raise _missing(name, _tensorflow_kinds(tf))


def _tensorflow_kinds(tf) -> set[str]:
    return {device.device_type.lower() for device in tf.config.list_physical_devices()}


def _missing(name: str, found: set[str]) -> DeviceError:
    return DeviceError(
        f"--device {name}: none found, there is {', '.join(sorted(found))}; leave --device out to train on that, "
        "or see docs/devices.md for drivers and notebooks"
    )
