"""A SentencePiece vocabulary laid out as KoBERT's, trained on the texts of a run."""

import io
from collections.abc import Iterable
from pathlib import Path

import sentencepiece

from model.tokenizer import CLS, PAD, SEP, SPECIALS, UNK

LONGEST_PIECE = 8  # characters: a vocabulary of parts of words, never of phrases out of the corpora


def train_vocabulary(texts: Iterable[str], path: Path, size: int = 8002) -> None:
    """Write a unigram model of at most `size` pieces, ids 0..4 = [UNK] [PAD] [CLS] [SEP] [MASK], to `path`."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.Train(
        sentence_iterator=iter(texts),
        model_writer=model,
        vocab_size=size,
        hard_vocab_limit=False,  # a small corpus may hold fewer pieces
        character_coverage=0.9995,
        max_sentencepiece_length=LONGEST_PIECE,
        input_sentence_size=1_000_000,
        shuffle_input_sentence=False,
        num_threads=1,  # the result of more threads depends on their order
        unk_id=UNK,
        pad_id=PAD,
        bos_id=CLS,
        eos_id=SEP,
        unk_piece=SPECIALS[UNK],
        pad_piece=SPECIALS[PAD],
        bos_piece=SPECIALS[CLS],
        eos_piece=SPECIALS[SEP],
        control_symbols=[SPECIALS[4]],
        minloglevel=2,
    )
    path.write_bytes(model.getvalue())
