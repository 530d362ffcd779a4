"""What every emotion classifier promises, checked on the bundled network and on the tests' own."""

import threading

import numpy as np
import pytest
from conftest import KeywordClassifier
from hypothesis import given, settings
from hypothesis import strategies as st

from model import aggregate
from model.classifier import BATCH_TOKENS, LiteRTClassifier
from model.files import BUNDLED
from model.labels import EMOTIONS
from model.text import clean, has_letters, sentences
from model.tokenizer import CLS, SEP

CLOSE = 1e-4
WORDS = (
    "오늘 회사에서 친구와 바다를 보았다 화가 나서 무서운 밤 슬프게 울었다 행복한 고양이 웃었다 비 버스 tea 7".split()
)
SILENT = ["", " ", "...", "😭😭", "♥ ~ !", "\u200b\n"]


def write(words: int, start: int = 0) -> str:
    """A text of so many words, a full stop after every seventh."""
    return " ".join(
        WORDS[(start + at * (1 + start % 3)) % len(WORDS)] + ("." if at % 7 == 6 else "") for at in range(words)
    )


def forty_texts() -> list[str]:
    """Short, long, silent and repeated texts of many lengths."""
    lengths = [1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 300]
    return [write(lengths[at % len(lengths)], at) for at in range(34)] + SILENT


def assert_any_texts_are_read(classifier, texts: list[str]) -> None:
    read = classifier.predict(texts)
    assert read.probabilities.shape == (len(texts), 4)
    assert np.isfinite(read.probabilities).all()
    np.testing.assert_allclose(read.probabilities.sum(axis=1), 1, atol=1e-5)
    assert ((read.neutral >= 0) & (read.neutral <= 1)).all()
    for row, text in enumerate(texts):
        if not has_letters(text):
            np.testing.assert_allclose(read.probabilities[row], 0.25, atol=1e-6)
            assert read.neutral[row] == 1


class EmotionClassifierContract:
    """Rules for every implementation of `model.classifier.EmotionClassifier`; subclasses give one."""

    @pytest.fixture
    def classifier(self):
        raise NotImplementedError

    def test_shapes_and_types(self, classifier):
        read = classifier.predict(["행복한 하루", "슬프다"])
        assert (read.probabilities.shape, read.probabilities.dtype) == ((2, len(EMOTIONS)), np.float32)
        assert (read.neutral.shape, read.neutral.dtype) == ((2,), np.float32)
        assert len(read) == 2

    def test_rows_are_distributions_and_neutral_is_a_share(self, classifier):
        read = classifier.predict(forty_texts())
        np.testing.assert_allclose(read.probabilities.sum(axis=1), 1, atol=1e-5)
        assert (read.probabilities >= 0).all()
        assert ((read.neutral >= 0) & (read.neutral <= 1)).all()

    @pytest.mark.parametrize("text", SILENT)
    def test_text_without_letters_is_uniform_and_neutral(self, classifier, text):
        read = classifier.predict([text])
        np.testing.assert_allclose(read.probabilities, [[0.25] * 4], atol=1e-6)
        assert read.neutral.tolist() == [1]

    def test_a_batch_gives_what_its_texts_give_one_by_one(self, classifier):
        texts = forty_texts()
        together = classifier.predict(texts)
        alone = [classifier.predict([text]) for text in texts]
        np.testing.assert_allclose(together.probabilities, np.vstack([one.probabilities for one in alone]), atol=CLOSE)
        np.testing.assert_allclose(together.neutral, np.hstack([one.neutral for one in alone]), atol=CLOSE)
        np.testing.assert_allclose(
            classifier.embed(texts), np.vstack([classifier.embed([text]) for text in texts]), atol=CLOSE
        )

    def test_the_order_of_a_batch_does_not_matter(self, classifier):
        texts = forty_texts()
        order = np.random.default_rng(3).permutation(len(texts))
        straight, mixed = classifier.predict(texts), classifier.predict([texts[at] for at in order])
        np.testing.assert_allclose(mixed.probabilities, straight.probabilities[order], atol=CLOSE)
        np.testing.assert_allclose(mixed.neutral, straight.neutral[order], atol=CLOSE)

    def test_the_same_text_twice_gets_the_same_answer(self, classifier):
        read = classifier.predict(["오늘 정말 행복했다"] * 3)
        np.testing.assert_array_equal(read.probabilities[0], read.probabilities[1])
        np.testing.assert_array_equal(read.probabilities[0], read.probabilities[2])

    def test_no_texts_give_empty_answers(self, classifier):
        read = classifier.predict([])
        assert (read.probabilities.shape, read.neutral.shape, len(read)) == ((0, 4), (0,), 0)
        assert classifier.embed([]).shape[0] == 0

    @pytest.mark.parametrize(
        "text", [write(2000)[:10_000], "가" * 5000, "가나" * 2500, "!" * 9999 + "가", "슬퍼. " * 2000]
    )
    def test_texts_of_any_length_are_read(self, classifier, text):
        read = classifier.predict([text, "행복해"])
        np.testing.assert_allclose(read.probabilities.sum(axis=1), 1, atol=1e-5)
        assert np.isfinite(classifier.embed([text])).all()

    def test_embeddings_are_unit_rows_and_zero_without_letters(self, classifier):
        rows = classifier.embed(["행복한 하루", "...", write(400), ""])
        assert rows.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), [1, 0, 1, 0], atol=1e-5)

    def test_threads_get_what_one_caller_gets(self, classifier):
        texts = forty_texts()
        expected = classifier.predict(texts).probabilities
        answers: dict[int, np.ndarray] = {}

        def ask(number: int) -> None:
            mine = texts[number:] + texts[:number]
            answers[number] = np.roll(classifier.predict(mine).probabilities, number, axis=0)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == list(range(6))
        for answer in answers.values():
            np.testing.assert_allclose(answer, expected, atol=CLOSE)


class TestKeywordClassifier(EmotionClassifierContract):
    @staticmethod
    def shared():
        return KeywordClassifier()

    @pytest.fixture
    def classifier(self):
        return self.shared()


class TestLiteRTClassifier(EmotionClassifierContract):
    _opened: LiteRTClassifier | None = None

    @classmethod
    def shared(cls):
        """The bundled network, opened once."""
        if TestLiteRTClassifier._opened is None:
            TestLiteRTClassifier._opened = LiteRTClassifier(BUNDLED)
        return TestLiteRTClassifier._opened

    @pytest.fixture
    def classifier(self):
        return self.shared()

    def test_a_short_text_is_one_part(self, classifier):
        text = "오늘은 슬펐다. 그래도 괜찮다."
        assert list(classifier._parts(text)) == [classifier.tokenizer.encode(text)]

    @pytest.mark.parametrize("text", [write(2000), "가" * 5000, "가나다 " * 1500, "그래. " * 900, "a1" * 3000])
    def test_parts_hold_every_token_of_a_long_text_in_order(self, classifier, text):
        most = classifier.files.max_length
        parts = list(classifier._parts(text))
        assert all(len(part) <= most for part in parts)
        assert all((part[0], part[-1]) == (CLS, SEP) and len(part) > 2 for part in parts)
        if "가가" in text:
            text = "가가가가"  # one letter again and again says no more than four of it
        tokens = [token for sentence in sentences(clean(text)) for token in classifier.tokenizer.pieces(sentence)]
        assert [token for part in parts for token in part[1:-1]] == tokens

    def test_a_text_is_cut_between_sentences(self, classifier):
        parts = list(classifier._parts(write(2000)))
        starts = {tuple(classifier.tokenizer.pieces(sentence)[:2]) for sentence in sentences(write(2000))}
        assert len(parts) > 3
        assert {tuple(part[1:3]) for part in parts} <= starts

    def test_the_last_sentence_of_a_long_text_counts(self, classifier, monkeypatch):
        """The first words alone never make the answer: a last sentence in a part of its own moves the mean."""
        network = classifier._invoke

        def sad_at_the_end(parts):
            probabilities, embedding = network(parts)
            probabilities[:] = 0
            probabilities[:, 3] = 1
            probabilities[-1] = np.eye(probabilities.shape[1])[2]
            return [probabilities, embedding]

        text = write(900)
        count = len(list(classifier._parts(text)))
        monkeypatch.setattr(classifier, "_invoke", sad_at_the_end)
        monkeypatch.setattr(classifier, "_ngrams", None)
        assert count > 2
        np.testing.assert_allclose(
            classifier.predict([text]).probabilities, [[0, 0, 1 / count, 1 - 1 / count]], atol=1e-6
        )

    def test_the_words_at_the_very_end_are_in_the_last_part(self, classifier):
        end = classifier.tokenizer.pieces("무서운 밤 7.")
        *_, last = classifier._parts(f"{write(1500)}. 무서운 밤 7.")
        assert last[-1 - len(end) : -1] == end

    def test_a_long_text_gets_the_mean_of_its_parts(self, classifier, monkeypatch):
        monkeypatch.setattr(classifier, "_ngrams", None)
        text = write(900)
        parts = list(classifier._parts(text))
        rows = classifier._invoke(parts)[0]
        four = aggregate.mean(rows)[: len(EMOTIONS)]
        np.testing.assert_allclose(classifier.predict([text]).probabilities[0], four / four.sum(), atol=1e-6)

    def test_blanks_and_laughter_without_end_change_nothing(self, classifier):
        read = classifier.predict(["웃겨 ㅋㅋㅋㅋ 정말", "  웃겨\n\nㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋ\t정말 "]).probabilities
        np.testing.assert_array_equal(read[0], read[1])

    def test_a_lone_surrogate_is_read_as_a_blank(self, classifier):
        read = classifier.predict(["정말 \ud83d 슬퍼", "정말 슬퍼", "\ud83d"])
        np.testing.assert_array_equal(read.probabilities[0], read.probabilities[1])
        assert read.neutral[2] == 1

    def test_more_texts_than_one_batch_holds_are_all_read(self, classifier):
        texts = ["오늘 슬펐다", "오늘 행복했다"] * BATCH_TOKENS
        read = classifier.predict(texts).probabilities
        np.testing.assert_allclose(
            read, np.tile(classifier.predict(texts[:2]).probabilities, (BATCH_TOKENS, 1)), atol=CLOSE
        )


any_texts = st.lists(st.text(max_size=60) | st.text("가ㅠ. \u3164\u115f\U0001f62d\x00", max_size=400), max_size=4)


@settings(deadline=None, max_examples=100)
@given(any_texts)
def test_any_text_gets_a_distribution_from_the_network(texts):
    assert_any_texts_are_read(TestLiteRTClassifier.shared(), texts)


@settings(deadline=None, max_examples=50)
@given(any_texts)
def test_any_text_gets_a_distribution_from_the_fake(texts):
    assert_any_texts_are_read(KeywordClassifier(), texts)
