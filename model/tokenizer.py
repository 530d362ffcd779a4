"""Text → token ids in KoBERT's vocabulary layout.

The steps before and after SentencePiece are those of SKT's `KoBERTTokenizer` (a subclass of
`transformers.XLNetTokenizer`): blanks collapse, `` and '' become ", NFKD without combining marks,
and a piece that ends in a digit and a comma is split again.
"""

import unicodedata
from collections.abc import Sequence
from pathlib import Path

import sentencepiece

UNK, PAD, CLS, SEP, MASK = range(5)
SPECIALS = ("[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]")
_UNDERLINE = "\u2581"


class Tokenizer:
    """A SentencePiece model whose ids 0..4 are [UNK] [PAD] [CLS] [SEP] [MASK].

    Raises ValueError when the file is no SentencePiece model or its special pieces stand elsewhere.
    """

    def __init__(self, path: Path | str):
        self._pieces = sentencepiece.SentencePieceProcessor()
        try:
            self._pieces.Load(str(path))
        except (OSError, RuntimeError) as problem:
            raise ValueError(f"{path} is not a SentencePiece model ({problem})") from problem
        found = tuple(self._pieces.IdToPiece(i) for i in range(min(5, len(self))))
        if found != SPECIALS:
            raise ValueError(f"{path} begins with {found}, but KoBERT's layout is {SPECIALS}")

    def __len__(self) -> int:
        return self._pieces.GetPieceSize()

    def encode(self, text: str, max_length: int = 512) -> list[int]:
        """Ids with [CLS] before and [SEP] behind, at most `max_length` of them; "" gives the two alone."""
        return [CLS, *self.pieces(text)[: max_length - 2], SEP]

    def pieces(self, text: str) -> list[int]:
        """Ids of the text alone, without special tokens and without a limit."""
        pieces = self._pieces.EncodeAsPieces(_normalise(text))
        return [i for piece in pieces for i in self._split_number(piece)]

    def _split_number(self, piece: str) -> Sequence[int]:
        if not (len(piece) > 1 and piece[-1] == "," and piece[-2].isdigit()):
            return (self._id(piece),)
        parts = self._pieces.EncodeAsPieces(piece[:-1].replace(_UNDERLINE, ""))
        if piece[0] != _UNDERLINE and parts and parts[0][0] == _UNDERLINE:
            parts = parts[1:] if len(parts[0]) == 1 else [parts[0][1:], *parts[1:]]
        return [self._id(part) for part in (*parts, ",")]

    def _id(self, piece: str) -> int:
        """Id of a piece of text, which is never a special token, even when the text spells one out."""
        found = self._pieces.PieceToId(piece)
        return UNK if found < len(SPECIALS) else found


def _normalise(text: str) -> str:
    text = " ".join(text.split()).replace("``", '"').replace("''", '"')
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
