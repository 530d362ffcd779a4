"""How fast the bundled network trains on this processor, by backend, precision and compilation.

    .venv/bin/python -m bench.precision

Each row is a process of its own: tokens a second over training steps of 64 rows × 48 tokens, RectifiedAdam,
after the first two steps. The baseline is Keras on TensorFlow in float32 without compilation. JAX's rows need
the package jax.
"""

import os
import statistics
import subprocess
import sys
import time

WAYS = [
    (backend, policy, compiled)
    for backend, compilations in (("tensorflow", (False, True)), ("jax", (True,)))
    for compiled in compilations
    for policy in ("float32", "mixed_bfloat16")
]
ROWS, LENGTH, STEPS = 64, 48, 6


def tokens_a_second(policy: str, compiled: bool) -> float:
    """Of the backend in KERAS_BACKEND."""
    import keras
    import numpy as np

    from training.backbone import classifier
    from training.optimizer import RectifiedAdam
    from training.recipes import RECIPES

    keras.config.set_dtype_policy(policy)
    network = classifier(RECIPES["bundled"].backbone, 5)
    network.compile(
        optimizer=RectifiedAdam(1e-4),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=compiled,
    )
    draw, seconds = np.random.default_rng(1), []
    for _ in range(STEPS):
        ids = draw.integers(5, 8000, (ROWS, LENGTH)).astype(np.int32)
        started = time.perf_counter()
        network.train_on_batch(ids, draw.integers(0, 5, ROWS))
        seconds.append(time.perf_counter() - started)
    return ROWS * LENGTH / statistics.median(seconds[2:])


def main() -> None:
    if len(sys.argv) > 1:
        print(tokens_a_second(sys.argv[1], sys.argv[2] == "True"))
        return
    baseline = None
    for backend, policy, compiled in WAYS:
        done = subprocess.run(
            [sys.executable, "-m", "bench.precision", policy, str(compiled)],
            env=os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"},
            capture_output=True,
            text=True,
        )
        name = f"{backend}, {policy}{', compiled' if compiled else ''}"
        if done.returncode:
            print(f"{name}: not run ({done.stderr.strip().splitlines()[-1]})")
            continue
        speed = float(done.stdout.split()[-1])
        baseline = baseline or speed
        print(f"{name}: {speed:.0f} tokens a second ({speed / baseline:.2f} × baseline)")


if __name__ == "__main__":
    main()
