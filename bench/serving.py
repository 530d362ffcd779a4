"""What the bundled model costs, beside the original's way in the same run.

    .venv/bin/python -m bench.serving

The original's way (a network of KoBERT's size, weights drawn at random): Keras' predict, one text at a time,
padded to 300 tokens. Times on one thread but for tagging, which uses two; memory is the resident set of a fresh
process with NumPy and the classifier alone.
"""

import os
import random
import statistics
import subprocess
import sys
import time

import numpy as np

from bench.speed import milliseconds
from model.classifier import LiteRTClassifier
from model.files import BUNDLED
from model.tokenizer import PAD

MESSAGE = "오늘 회사에서 발표를 했는데 생각보다 잘 안 돼서 정말 속상했어요"
WORDS = "나는 너를 사랑해 그대 없는 밤 하늘 별이 진다 다시 만나 우리 함께 걷던 길 눈물 바람 기억 속에 그날 처음".split()
LINES, SONGS, TOKENS, PADDED = 26, 40, 20, 300
MEMORY = """
from pathlib import Path
from model.classifier import LiteRTClassifier
from model.files import BUNDLED
classifier = LiteRTClassifier(BUNDLED)
classifier.predict([{message!r}] * 8)
print(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0])
"""


def message(classifier: LiteRTClassifier) -> str:
    """A message of exactly `TOKENS` tokens with [CLS] and [SEP]."""
    words = (MESSAGE + " ") * 4
    return next(
        words[:end] for end in range(len(words), 0, -1) if len(classifier.tokenizer.encode(words[:end])) == TOKENS
    )


def song(draw: random.Random) -> list[str]:
    """As many different lines as an average song has, three to eight words each."""
    return [" ".join(draw.choices(WORDS, k=draw.randint(3, 8))) for _ in range(LINES)]


def originals_way() -> float:
    """Median milliseconds of one text through Keras' predict, padded."""
    os.environ["KERAS_BACKEND"], os.environ["TF_CPP_MIN_LOG_LEVEL"] = "tensorflow", "2"
    from training.backbone import classifier
    from training.recipes import RECIPES

    network = classifier(RECIPES["four-labels"].backbone, 4)
    ids = np.full((1, PADDED), PAD, np.int32)
    ids[0, :TOKENS] = np.arange(5, 5 + TOKENS)
    network.predict(ids, verbose=0)
    return statistics.median(milliseconds(lambda: network.predict(ids, verbose=0)) for _ in range(15))


def main() -> None:
    one, two = LiteRTClassifier(BUNDLED), LiteRTClassifier(BUNDLED, threads=2)
    text, draw = message(one), random.Random(1)
    one.predict([text])
    single = statistics.median(milliseconds(one.predict, [text]) for _ in range(200))
    songs = [song(draw) for _ in range(SONGS)]
    started = time.perf_counter()
    for lines in songs:
        two.predict(lines)
    tagged = SONGS / (time.perf_counter() - started)
    memory = subprocess.run(
        [sys.executable, "-c", MEMORY.format(message=MESSAGE)], capture_output=True, text=True, check=True
    )
    original = originals_way()
    print(
        f"one message of {TOKENS} tokens: median {single:.2f} ms, "
        f"{original / single:.0f} times faster than the original's way"
    )
    print(f"tagging: {tagged:.1f} songs a second, {LINES} lines each ({LINES * tagged:.0f} lines)")
    print(f"the original's way: {original:.0f} ms a text, {1000 / original / LINES:.2f} songs a second")
    print(f"resident memory of the loaded classifier: {int(memory.stdout) / 1024:.0f} MB")


if __name__ == "__main__":
    main()
