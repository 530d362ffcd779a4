"""Text → emotion: the interface, and the LiteRT network behind it."""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import Protocol

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from model import aggregate, ngrams
from model.files import ModelFileError, ModelFiles, open_model, open_mood_model
from model.labels import EMOTIONS
from model.text import clean, has_letters, sentences, squeeze
from model.tokenizer import CLS, SEP, Tokenizer

BATCH_TOKENS = 2048


@dataclass(frozen=True)
class Emotions:
    """probabilities: float32 [n, 4] in the order of EMOTIONS, rows sum to 1; neutral: float32 [n] in 0..1."""

    probabilities: np.ndarray
    neutral: np.ndarray

    def __len__(self) -> int:
        return len(self.neutral)


class EmotionClassifier(Protocol):
    """What reads moods. A batch gives what its texts give one by one."""

    def predict(self, texts: Sequence[str]) -> Emotions:
        """Emotions of texts of any length; a text without letters gets the uniform row and neutral 1."""

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """float32 [n, width], unit rows: what the texts are about; a text without letters gets a zero row."""


class LiteRTNetwork:
    """A model folder run by LiteRT, without padding: texts of one length in tokens make a batch.

    Where the folder has a linear model on n-grams too, its logits for the whole text are added to the network's.

    Safe to call from several threads. Raises ModelFileError when the folder does not hold a usable model.
    """

    _open = staticmethod(open_model)

    def __init__(self, folder: Path, threads: int = 1):
        self.files: ModelFiles = self._open(folder)
        try:
            self.tokenizer = Tokenizer(self.files.tokenizer)
            self._ngrams = ngrams.load(self.files.ngrams, len(self.files.labels)) if self.files.ngrams else None
            with _native_messages_off():
                self._network = Interpreter(model_path=str(self.files.network), num_threads=threads)
                self._network.allocate_tensors()
        except (ValueError, RuntimeError) as problem:
            raise ModelFileError(f"{folder}: cannot be loaded ({problem}); export the model again") from problem
        self._input = self._network.get_input_details()[0]["index"]
        self._outputs = self._find_outputs()
        self._lock = threading.Lock()

    def run(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """(probabilities [n, labels], embedding [n, width]), float32: means over the parts of each text.

        A text without letters gets the uniform row and a zero one.
        """
        parts = [list(self._parts(text)) for text in texts]
        probabilities, vectors = self._invoke([ids for of_text in parts for ids in of_text])
        ends = np.cumsum([len(of_text) for of_text in parts], dtype=np.int64)
        spans = list(zip([0, *ends[:-1]], ends, strict=True)) if parts else []
        whole = np.empty((len(texts), probabilities.shape[1]), np.float32)
        embedding = np.zeros((len(texts), vectors.shape[1]), np.float32)
        for at, (first, last) in enumerate(spans):
            whole[at] = aggregate.mean(probabilities[first:last])
            if last > first:
                embedding[at] = vectors[first:last].mean(axis=0)
        said = np.array([first < last for first, last in spans], bool)
        if self._ngrams and said.any():
            whole[said] = ngrams.added(whole[said], self._ngrams.logits(list(compress(texts, said))))
        return whole, embedding

    def _parts(self, text: str) -> Iterator[list[int]]:
        """Token ids of the text, cut between sentences where it is longer than the network reads."""
        text = squeeze(clean(text))
        if not has_letters(text):
            return
        most = self.files.max_length - 2
        pieces = self.tokenizer.pieces(text)
        if len(pieces) <= most:
            yield [CLS, *pieces, SEP]
            return
        part: list[int] = []
        for sentence in sentences(text):
            pieces = self.tokenizer.pieces(sentence)
            if part and len(part) + len(pieces) > most:
                yield [CLS, *part, SEP]
                part = []
            while len(pieces) > most:
                yield [CLS, *pieces[:most], SEP]
                pieces = pieces[most:]
            part += pieces
        if part:
            yield [CLS, *part, SEP]

    def _invoke(self, parts: Sequence[list[int]]) -> list[np.ndarray]:
        answers = [np.zeros((len(parts), width), np.float32) for width in self._widths]
        by_length: dict[int, list[int]] = {}
        for at, ids in enumerate(parts):
            by_length.setdefault(len(ids), []).append(at)
        with self._lock:
            for length, rows in by_length.items():
                most = max(1, BATCH_TOKENS // length)
                for first in range(0, len(rows), most):
                    batch = rows[first : first + most]
                    self._network.resize_tensor_input(self._input, (len(batch), length), strict=False)
                    self._network.allocate_tensors()
                    self._network.set_tensor(self._input, np.array([parts[at] for at in batch], np.int32))
                    self._network.invoke()
                    for answer, output in zip(answers, self._outputs, strict=True):
                        answer[batch] = self._network.get_tensor(output)
        return answers

    def _find_outputs(self) -> list[int]:
        """Tensor numbers of probabilities and embedding, told apart by their widths."""
        widths = {detail["index"]: int(detail["shape"][-1]) for detail in self._network.get_output_details()}
        labels = [index for index, width in widths.items() if width == len(self.files.labels)]
        others = [index for index in widths if index not in labels]
        if len(labels) != 1 or len(others) != 1:
            raise ModelFileError(
                f"{self.files.network}: outputs of widths {sorted(widths.values())}, but "
                f"{len(self.files.labels)} probabilities and one embedding are expected; export the model again"
            )
        outputs = labels + others
        self._widths = [widths[index] for index in outputs]
        return outputs


class LiteRTClassifier(LiteRTNetwork):
    """The `EmotionClassifier` of a model folder whose labels are the emotions, perhaps with 중립 behind.

    Raises ModelFileError when the folder holds no usable model or one of other labels.
    """

    _open = staticmethod(open_mood_model)

    def predict(self, texts: Sequence[str]) -> Emotions:
        return emotions(self.run(texts)[0], texts)

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        vectors = self.run(texts)[1]
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def emotions(probabilities: np.ndarray, texts: Sequence[str]) -> Emotions:
    """Probabilities float [n, 4] or [n, 5] of texts → the four renormalised, and neutral."""
    four = probabilities[:, : len(EMOTIONS)]
    neutral = 1 - four.sum(axis=1) if probabilities.shape[1] > len(EMOTIONS) else np.zeros(len(four))
    silent = [at for at, text in enumerate(texts) if not has_letters(text)]
    four = four / four.sum(axis=1, keepdims=True)
    neutral[silent] = 1
    return Emotions(four.astype(np.float32), np.clip(neutral, 0, 1).astype(np.float32))


@contextmanager
def _native_messages_off() -> Iterator[None]:
    """LiteRT writes «INFO: Created … delegate» to file descriptor 2 and no setting stops it; its errors are raised."""
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nothing:
            os.dup2(nothing.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
