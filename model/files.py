"""A model folder and its manifest.

model.tflite      ids int32 [n, length] → probabilities float32 [n, labels], embedding float32 [n, width]
tokenizer.model   SentencePiece in KoBERT's layout
ngrams.npz        perhaps: a linear model whose logits are added to the network's, weights of the n-grams that
                  `model.ngrams` finds: FORMAT is raised when it finds others
manifest.json     format, labels in order, maximum length, thresholds, digests, metrics, sources, versions

The manifest is written last, so a folder without one is half-written and refused.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from model.labels import EMOTIONS, LABELS

FORMAT = 2
READ = (1, 2)  # 1 knew no n-grams
NETWORK, TOKENIZER, NGRAMS, MANIFEST = "model.tflite", "tokenizer.model", "ngrams.npz", "manifest.json"
LEAST_LENGTH = 3  # [CLS], one piece, [SEP]
BUNDLED = Path(__file__).parent / "weights" / "bundled"


class ModelFileError(ValueError):
    """A model folder that cannot be used; the message names the folder, the fault and the next step."""


@dataclass(frozen=True)
class ModelFiles:
    """A verified model folder.

    labels: names in the order of the output. max_length: tokens with [CLS] and [SEP]. sure: the least top
    probability at which the mood is named without asking.
    """

    folder: Path
    labels: tuple[str, ...]
    max_length: int
    sure: float
    manifest: dict

    @property
    def network(self) -> Path:
        return self.folder / NETWORK

    @property
    def tokenizer(self) -> Path:
        return self.folder / TOKENIZER

    @property
    def ngrams(self) -> Path | None:
        return self.folder / NGRAMS if NGRAMS in self.manifest["sha256"] else None


def open_model(folder: Path) -> ModelFiles:
    """Read and verify a model folder. Raises ModelFileError when anything does not match."""
    manifest = _manifest(folder)
    if manifest.get("format") not in READ:
        raise ModelFileError(
            f"{folder}: model format {manifest.get('format')!r}, this version reads {' and '.join(map(str, READ))}; "
            "export the model again"
        )
    labels = manifest.get("labels")
    labels = tuple(map(str, labels)) if isinstance(labels, list) else ()
    if len(labels) < 2 or len(set(labels)) < len(labels):
        raise ModelFileError(
            f"{folder}: labels {', '.join(labels) or 'missing'}; at least two different names are needed; "
            "export the model again"
        )
    digests = manifest["sha256"] if isinstance(manifest.get("sha256"), dict) else {}
    for name in (NETWORK, TOKENIZER, *({NGRAMS} & digests.keys())):
        path = folder / name
        if not path.is_file():
            raise ModelFileError(f"{folder}: {name} is missing; copy the whole folder or export the model again")
        if digest(path) != digests.get(name):
            raise ModelFileError(f"{path}: is not the file the manifest names; copy the whole folder again")
    try:
        max_length, sure = int(manifest["max_length"]), float(manifest["sure"])
    except (KeyError, TypeError, ValueError, OverflowError) as problem:
        raise ModelFileError(
            f"{folder}: {MANIFEST} lacks a valid max_length or sure ({problem}); export the model again"
        ) from problem
    if max_length < LEAST_LENGTH:
        raise ModelFileError(
            f"{folder}: max_length {max_length}, at least {LEAST_LENGTH} is needed; export the model again"
        )
    return ModelFiles(folder, labels, max_length, sure, manifest)


def open_mood_model(folder: Path) -> ModelFiles:
    """Read and verify a model folder whose labels are the emotions, perhaps with 중립 behind."""
    files = open_model(folder)
    if files.labels not in (EMOTIONS, LABELS):
        raise ModelFileError(
            f"{folder}: labels {', '.join(files.labels)}; allowed are {', '.join(EMOTIONS)} in this order, "
            "perhaps with 중립 behind; give one of moods"
        )
    return files


def digest(path: Path) -> str:
    """SHA-256 of a file, as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _manifest(folder: Path) -> dict:
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelFileError(
            f"{folder}: is not a model folder (no {MANIFEST}); "
            "give one that `main.py train` wrote, or leave --model out"
        ) from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as problem:
        raise ModelFileError(f"{path}: cannot be read ({problem}); export the model again") from problem
    if not isinstance(manifest, dict):
        raise ModelFileError(f"{path}: holds no JSON object; export the model again")
    return manifest
