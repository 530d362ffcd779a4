"""Text to token ids in KoBERT's layout, on a small vocabulary trained here on sentences of our own."""

import random
import unicodedata

import pytest
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st

from model.tokenizer import CLS, MASK, PAD, SEP, SPECIALS, UNK, Tokenizer
from training.vocabulary import LONGEST_PIECE, train_vocabulary

WORDS = (
    "오늘 어제 바다 노란 우산 고양이 버스 걷다가 슬펐다 행복했다 무서웠다 화가 났다 사과 친구와".split()
    + '1 2 23 10 " , . cafe Tea'.split()
)


def write_sentences(seed: int = 7) -> list[str]:
    """Sentences drawn from the words above, always the same for a seed."""
    chance = random.Random(seed)
    return [" ".join(chance.choices(WORDS, k=chance.randint(3, 9))) for _ in range(600)]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("vocabulary") / "tokenizer.model"
    train_vocabulary(write_sentences(), path, size=160)
    return path


@pytest.fixture(scope="module")
def tokenizer(path):
    return Tokenizer(path)


@pytest.fixture(scope="module")
def plain(path):
    """The same vocabulary as SentencePiece alone reads it."""
    return sentencepiece.SentencePieceProcessor(model_file=str(path))


def test_the_first_five_ids_are_those_of_kobert(plain):
    assert (UNK, PAD, CLS, SEP, MASK) == (0, 1, 2, 3, 4)
    assert [plain.IdToPiece(number) for number in range(5)] == ["[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]"]


def test_a_small_corpus_gives_a_small_vocabulary_of_short_pieces(tokenizer, plain):
    assert 5 < len(tokenizer) <= 160
    assert max(len(plain.IdToPiece(number)) for number in range(5, len(tokenizer))) <= LONGEST_PIECE


def test_training_twice_gives_the_same_vocabulary(path, tmp_path):
    train_vocabulary(write_sentences(), tmp_path / "again.model", size=160)
    assert (tmp_path / "again.model").read_bytes() == path.read_bytes()


def test_text_stands_between_cls_and_sep(tokenizer):
    ids = tokenizer.encode("오늘 바다")
    assert (ids[0], ids[-1]) == (CLS, SEP)
    assert ids[1:-1] == tokenizer.pieces("오늘 바다")
    assert len(ids) > 2


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_empty_text_gives_cls_and_sep_alone(tokenizer, text):
    assert tokenizer.encode(text) == [CLS, SEP]
    assert tokenizer.pieces(text) == []


@pytest.mark.parametrize("most", [3, 8, 64])
def test_long_text_is_cut_at_the_limit_and_still_closed(tokenizer, most):
    text = " ".join(write_sentences()[:40])
    ids = tokenizer.encode(text, max_length=most)
    assert len(ids) == most
    assert ids == [CLS, *tokenizer.pieces(text)[: most - 2], SEP]


def test_known_text_is_encoded_as_sentencepiece_does(tokenizer, plain):
    for sentence in ("오늘 고양이 행복했다", "노란 우산 버스", "친구와 사과"):
        assert tokenizer.pieces(sentence) == plain.EncodeAsIds(sentence)


# --- the rules of KoBERTTokenizer around SentencePiece ----------------------------------------


def test_blanks_collapse(tokenizer):
    assert tokenizer.pieces("  오늘 \n\t 바다 ") == tokenizer.pieces("오늘 바다")


def test_combining_marks_are_dropped(tokenizer):
    assert tokenizer.pieces("café") == tokenizer.pieces("cafe")
    assert UNK not in tokenizer.pieces("café")


def test_hangul_survives_decomposition(tokenizer):
    assert tokenizer.pieces(unicodedata.normalize("NFD", "행복했다")) == tokenizer.pieces("행복했다")
    assert UNK not in tokenizer.pieces("행복했다")


def test_latex_quotes_become_double_quotes(tokenizer):
    assert tokenizer.pieces("``사과''") == tokenizer.pieces('"사과"')
    assert UNK not in tokenizer.pieces("``사과''")


@pytest.fixture(scope="module")
def pieces_with_commas(tmp_path_factory):
    """A vocabulary in which «1,» and «▁23,» stand as pieces, as numbers with commas do in KoBERT's."""
    path = tmp_path_factory.mktemp("commas") / "tokenizer.model"
    chance = random.Random(3)
    amounts = [f"{chance.choice(['1', '23'])}, {chance.choice(['사과', '버스', '우산'])} , 1 23" for _ in range(400)]
    sentencepiece.SentencePieceTrainer.Train(
        sentence_iterator=iter(amounts),
        model_prefix=str(path.with_suffix("")),
        vocab_size=70,
        hard_vocab_limit=False,
        unk_id=UNK,
        pad_id=PAD,
        bos_id=CLS,
        eos_id=SEP,
        unk_piece="[UNK]",
        pad_piece="[PAD]",
        bos_piece="[CLS]",
        eos_piece="[SEP]",
        control_symbols=["[MASK]"],
        user_defined_symbols=["1,", "\u258123,"],
        minloglevel=2,
    )
    return Tokenizer(path), sentencepiece.SentencePieceProcessor(model_file=str(path))


@pytest.mark.parametrize("number", ["1", "23"])
def test_a_piece_that_ends_in_a_digit_and_a_comma_is_split(pieces_with_commas, number):
    tokenizer, plain = pieces_with_commas
    glued = plain.EncodeAsPieces(f"{number}, 사과")
    assert any(piece.endswith(f"{number[-1]},") for piece in glued), (
        "the vocabulary must glue them, or nothing is tested"
    )
    names = [plain.IdToPiece(piece) for piece in tokenizer.pieces(f"{number}, 사과")]
    assert "," in names
    assert not [name for name in names if len(name) > 1 and name.endswith(",") and name[-2].isdigit()]
    assert "".join(names).replace("\u2581", "") == f"{number},사과"


def test_a_comma_behind_a_letter_is_left_alone(pieces_with_commas):
    tokenizer, plain = pieces_with_commas
    assert tokenizer.pieces("사과 , 버스") == plain.EncodeAsIds("사과 , 버스")


# --- what must not happen ---------------------------------------------------------------------


@pytest.mark.parametrize("special", SPECIALS)
def test_text_that_spells_a_special_token_gives_none(tokenizer, special):
    for text in (special, f"{special} 오늘 {special}", f"오늘{special}", " ".join(SPECIALS), "".join(SPECIALS)):
        assert not {PAD, CLS, SEP, MASK} & set(tokenizer.pieces(text))


@settings(deadline=None, max_examples=200)
@given(st.text() | st.lists(st.sampled_from([*WORDS, *SPECIALS, "1,", "\u2581", "\x00", "<s>"])).map(" ".join))
def test_any_text_encodes_to_ids_of_text_inside_the_vocabulary(tokenizer, text):
    ids = tokenizer.pieces(text)
    assert all(number == UNK or MASK < number < len(tokenizer) for number in ids)
    assert tokenizer.encode(text, max_length=16) == [CLS, *ids[:14], SEP]


# --- wrong files --------------------------------------------------------------------------------


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"nothing\.model is not a SentencePiece model"):
        Tokenizer(tmp_path / "nothing.model")


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x00" * 100])
def test_a_file_that_is_no_model_is_refused(tmp_path, content):
    (tmp_path / "wrong.model").write_bytes(content)
    with pytest.raises(ValueError, match=r"wrong\.model"):
        Tokenizer(tmp_path / "wrong.model")


def test_a_cut_file_is_refused(path, tmp_path):
    (tmp_path / "cut.model").write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ValueError, match=r"cut\.model"):
        Tokenizer(tmp_path / "cut.model")


def test_a_vocabulary_of_another_layout_is_refused(tmp_path):
    sentencepiece.SentencePieceTrainer.Train(
        sentence_iterator=iter(write_sentences()),
        model_prefix=str(tmp_path / "other"),
        vocab_size=80,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    with pytest.raises(ValueError, match="KoBERT's layout"):
        Tokenizer(tmp_path / "other.model")
