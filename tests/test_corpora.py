"""Corpora: what each kind of file holds, and that no test text trains, wherever it stands."""

import csv
import hashlib
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_training import write_csv

from model.labels import EMOTIONS, LABELS, label_index
from model.text import key
from training import aihub, corpora, mappings
from training.recipes import RECIPES

SHARED = Path(__file__).parent.parent.parent / "shared" / "data" / "emotion"
KOTE = (
    "불평/불만,환영/호의,감동/감탄,지긋지긋,고마움,슬픔,화남/분노,존경,기대감,우쭐댐/무시함,안타까움/실망,비장함,의심/불신,"
    "뿌듯함,편안/쾌적,신기함/관심,아껴주는,부끄러움,공포/무서움,절망,한심함,역겨움/징그러움,짜증,어이없음,없음,패배/자기혐오,"
    "귀찮음,힘듦/지침,즐거움/신남,깨달음,죄책감,증오/혐오,흐뭇함(귀여움/예쁨),당황/난처,경악,부담/안_내킴,서러움,재미없음,"
    "불쌍함/연민,놀람,행복,불안/걱정,기쁨,안심/신뢰"
).split(",")
GOEMOTIONS = (
    "admiration amusement anger annoyance approval caring confusion curiosity desire disappointment disapproval "
    "disgust embarrassment excitement fear gratitude grief joy love nervousness optimism pride realization relief "
    "remorse sadness surprise neutral"
).split()


def write_xlsx(path: Path, *rows: Sequence) -> Path:
    openpyxl = pytest.importorskip("openpyxl", reason="needs openpyxl: .venv/bin/pip install openpyxl")
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def sides(table) -> dict[str, set[str]]:
    """{file: texts with the side they are on}."""
    found = defaultdict(set)
    for row in table.itertuples():
        found[row.source].add(("test " if row.test else "train ") + row.text)
    return dict(found)


def refused(paths: list[Path], *words: str, labels=LABELS) -> None:
    """The files cannot be used, and one line says so."""
    with pytest.raises(corpora.CorpusError) as caught:
        corpora.labelled(paths, labels)
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def sha_1(name: str) -> int:
    return int.from_bytes(hashlib.sha1(name.encode()).digest(), "big")


def drawn(count: int, of: int = 5) -> tuple[list[str], list[str]]:
    """(texts that a share of one in `of` takes for the test, texts that it leaves)."""
    texts = [f"글 번호 {number}" for number in range(count)]
    return [t for t in texts if sha_1(key(t)) % of == 0], [t for t in texts if sha_1(key(t)) % of]


# --- which side a text is on -----------------------------------------------------------


def test_a_test_text_of_one_file_trains_in_none(tmp_path):
    first = write_csv(
        tmp_path / "first.csv",
        [("첫째 글이에요", "0", "train"), ("둘째 글!", "1", "test"), ("셋째 글", "2", "test")],
        "text label split",
    )
    second = write_csv(tmp_path / "second.csv", [("둘째 글", "중립"), ("첫째  글이에요.", "중립")])
    assert sides(corpora.labelled([first, second])) == {
        "first": {"train 첫째 글이에요", "test 둘째 글!", "test 셋째 글"},
        "second": {"test 둘째 글", "train 첫째 글이에요."},
    }


def test_a_training_row_whose_text_is_a_test_elsewhere_is_withdrawn(tmp_path):
    first = write_csv(tmp_path / "first.csv", [("같은 글", "0", "train"), ("글", "1", "test")], "text label split")
    second = write_csv(tmp_path / "second.csv", [("같은 글", "0", "test"), ("말", "1", "train")], "text label split")
    assert sides(corpora.labelled([first, second])) == {
        "first": {"test 글"},
        "second": {"test 같은 글", "train 말"},
    }


def test_a_file_without_tests_of_its_own_gives_the_share_that_sha_1_draws(tmp_path):
    tests, trains = drawn(40)
    table = [("글", "0", "train"), ("말", "1", " Test ")]  # however it is spelt
    spelt = corpora.labelled([write_csv(tmp_path / "spelt.csv", table, "text label split")])
    assert spelt.loc[spelt["test"], "text"].tolist() == ["말"]
    table = [(text, "0", "train") for text in sorted(tests + trains)]  # a split without tests is none
    path = write_csv(tmp_path / "plain.csv", table, "text label split")
    assert tests
    assert sides(corpora.labelled([path])) == {"plain": {f"test {t}" for t in tests} | {f"train {t}" for t in trains}}
    half, _ = drawn(40, of=2)
    found = corpora.labelled([path], test=(1, 2))
    assert set(found.loc[found["test"], "text"]) == set(half)


def test_a_dialogue_that_holds_a_test_text_is_a_test_whole(tmp_path):
    split = write_csv(tmp_path / "a.csv", [("영화 봤어?", "0", "test"), ("응", "1", "train")], "text label split")
    turns = [("1", "영화 봤어"), ("1", "재미있더라"), ("1", "그래 그래"), ("2", "밥은 먹었니"), ("2", "아직 못 먹었어")]
    talk = write_csv(tmp_path / "talk.csv", [(*turn, "중립") for turn in turns], "dialogue text label")
    for files in ([split, talk], [talk, split]):
        assert sides(corpora.labelled(files))["talk"] == {
            "test 영화 봤어",
            "test 재미있더라",
            "test 그래 그래",
            "train 밥은 먹었니",
            "train 아직 못 먹었어",
        }


def test_texts_of_a_training_dialogue_stay_in_training_and_a_test_dialogue_trains_nothing(tmp_path):
    split = write_csv(tmp_path / "a.csv", [("영화 봤어?", "0", "test"), ("글", "1", "train")], "text label split")
    turns = [("1", "영화 봤어", "중립"), ("1", "네", "행복"), ("2", "밥 먹었니", "중립"), ("2", "네", "중립")]
    talk = write_csv(tmp_path / "talk.csv", turns, "dialogue text label")
    table = corpora.labelled([split, talk])
    assert sides(table)["talk"] == {"test 영화 봤어", "train 밥 먹었니", "train 네"}
    # «네» trains as the training dialogue labels it, not as the test dialogue does.
    assert list(table.loc[table["text"] == "네", "label"]) == [LABELS.index("중립")]


def test_where_no_dialogue_holds_a_test_text_a_share_of_dialogues_is_drawn(tmp_path):
    names = [str(number) for number in range(30)]
    turns = [(name, f"{side} 말 {name}", "중립") for name in names for side in ("가", "나")]
    talk = write_csv(tmp_path / "talk.csv", turns, "dialogue text label")
    found = corpora.labelled([talk])
    kept = {name for name in names if sha_1(name) % 5 == 0}
    assert 0 < len(kept) < 30
    assert set(found.loc[found["test"], "text"]) == {f"{side} 말 {name}" for name in kept for side in ("가", "나")}


def test_two_files_of_dialogues_are_cut_together(tmp_path):
    """A test dialogue of one file must not make a test of a text in a training dialogue of the other."""
    split = write_csv(tmp_path / "a.csv", [("시험 글", "0", "test"), ("글", "1", "train")], "text label split")
    first = [("1", "시험 글", "중립"), ("1", "가는 말", "중립"), ("2", "오는 말", "중립"), ("2", "고운 말", "중립")]
    second = [("2", "시험 글", "중립"), ("2", "오는 말", "중립"), ("1", "먼 말", "중립")]
    files = [split] + [
        write_csv(tmp_path / f"{name}.csv", turns, "dialogue text label")
        for name, turns in (("first", first), ("second", second))
    ]
    for order in (files, files[::-1]):
        found = sides(corpora.labelled(order))
        assert found["first"] == {"test 시험 글", "test 가는 말", "train 오는 말", "train 고운 말"}
        assert found["second"] == {"test 시험 글", "train 먼 말"}


def test_a_test_text_that_one_file_labels_twice_is_dropped(tmp_path):
    path = write_csv(
        tmp_path / "a.csv",
        [("같은 글", "0", "test"), ("같은 글!", "1", "test"), ("다른 글", "1", "train"), ("다른 글", "2", "train")],
        "text label split",
    )
    other = write_csv(tmp_path / "b.csv", [("같은 글", "0")])
    table = corpora.labelled([path, other])
    assert sides(table) == {"a": {"train 다른 글"}, "b": {"test 같은 글"}}
    assert sorted(table.loc[table["source"] == "a", "label"]) == [1, 2]  # training rows may disagree


def test_the_same_row_twice_counts_once(tmp_path):
    path = write_csv(tmp_path / "a.csv", [("같은 글", "분노"), ("같은  글.", "혐오"), ("딴 글", "슬픔")])
    table = corpora.labelled([path])
    assert list(zip(table["text"], table["label"], strict=True)) == [("같은 글", 0), ("딴 글", 2)]


def test_a_file_on_its_own_keeps_nothing_of_a_text_without_letters_or_label(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,label\r\n!!!,1\r\n글 하나,\r\n글 둘, \r\n글 셋\r\n글 넷,3\r\n", encoding="utf-8-sig")
    assert list(corpora.labelled([path])["text"]) == ["글 넷"]


KINDS = st.sampled_from(["plain", "split", "dialogue"])
ROWS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(KINDS, ROWS), min_size=1, max_size=4))
def test_no_text_and_no_dialogue_is_on_both_sides(files):
    """Ten texts, spelt in two ways, in files of every kind."""
    with tempfile.TemporaryDirectory() as folder:
        paths, read = [], []
        for number, (kind, drawn_rows) in enumerate(files):
            table = []
            for text, label, part in drawn_rows:
                own = {"plain": (), "split": (("test", "train", "train", "dev")[part],), "dialogue": (str(part),)}[kind]
                table.append((f"글 {text}" + "!" * (label % 2), str(label), *own))
                read.append((str(number), kind, f"글{text}", label, *own))
            columns = {"plain": "text label", "split": "text label split", "dialogue": "text label dialogue"}[kind]
            paths.append(write_csv(Path(folder) / f"{number}.csv", table, columns))
        table = corpora.labelled(paths, test=(1, 2))
        again = corpora.labelled(paths[::-1], test=(1, 2))
        plain = Path(folder) / "plain.txt"
        plain.write_text("\n".join(f"글 {number}?" for number in range(10)), encoding="utf-8")
        tests = set(table.loc[table["test"], "key"])
        lines = corpora.unlabelled(plain, tests)

    trains = set(table.loc[~table["test"], "key"])
    assert not tests & trains
    assert {key(line) for line in lines} == {f"글{number}" for number in range(10)} - tests
    rows = {(row.source, row.key, row.label, row.test) for row in table.itertuples()}
    assert rows == {(row.source, row.key, row.label, row.test) for row in again.itertuples()}
    # What a file calls a test is one; it is missing from the table only where its file labels it twice.
    of_text = defaultdict(set)
    for source, _, name, label, *_ in read:
        of_text[source, name].add(label)
    for source, kind, name, _, *own in read:
        if kind == "split" and own == ["test"]:
            assert name not in trains
            assert name in tests or len(of_text[source, name]) > 1
    dropped = {name for _, name in of_text} - tests - trains
    assert all(any(len(of_text[str(file), name]) > 1 for file in range(len(files))) for name in dropped)
    # A dialogue that holds a test text trains nothing.
    turns = defaultdict(set)
    for source, kind, name, label, *own in read:
        if kind == "dialogue":
            turns[source, own[0]].add((name, label))
    for source in {source for source, _ in turns}:
        free = [said for (file, _), said in turns.items() if file == source]
        free = [said for said in free if not {name for name, _ in said} & (tests | dropped)]
        trained = {(row[1], row[2]) for row in rows if row[0] == source and not row[3]}
        assert trained <= set().union(*free)
    shares = table[list(LABELS)].to_numpy()
    np.testing.assert_array_equal(shares.sum(axis=1), 1)
    np.testing.assert_array_equal(shares.argmax(axis=1), table["label"])


# --- labels -----------------------------------------------------------------------------


def test_seven_and_six_labels_map_onto_the_four(tmp_path):
    names = ["분노", "혐오", "놀람", "공포", "불안", "당황", "슬픔", "상처", "행복", "기쁨", "중립"]
    path = write_csv(tmp_path / "names.csv", [(f"{name} 글", name) for name in names])
    assert list(corpora.labelled([path])["label"]) == [0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4]


def test_a_row_of_several_labels_has_a_share_of_each_emotion_among_them(tmp_path):
    path = write_csv(
        tmp_path / "several.csv",
        [
            ("첫째 글", "슬픔|안타까움/실망|짜증"),
            ("둘째 글", "joy|surprise"),
            ("셋째 글", "깨달음|curiosity"),  # neither counts for an emotion
            ("넷째 글", "없음"),
            ("다섯째 글", "비장함 | 기쁨"),
        ],
    )
    table = corpora.labelled([path])
    assert list(table["text"]) == ["첫째 글", "둘째 글", "넷째 글", "다섯째 글"]
    np.testing.assert_allclose(
        table[list(LABELS)], [[1 / 3, 0, 2 / 3, 0, 0], [0, 0.5, 0, 0.5, 0], [0, 0, 0, 0, 1], [0, 0, 0, 1, 0]]
    )
    assert list(table["label"]) == [2, 1, 4, 3]
    assert table[LABELS[0]].dtype == np.float32


@pytest.mark.parametrize(
    ("mapping", "names", "count"),
    [(mappings._KOTE, KOTE, 44), (mappings._GOEMOTIONS, GOEMOTIONS, 28)],
    ids=["KOTE", "GoEmotions"],
)
def test_a_mapping_holds_every_name_of_its_corpus_once(mapping, names, count):
    assert len(set(names)) == count
    held = [name for of_emotion in mapping.values() for name in of_emotion.split()]
    assert sorted(held) == sorted(names)
    assert set(mapping) == {*LABELS, None}


def test_a_name_means_the_same_in_every_corpus():
    meanings = defaultdict(set)
    for mapping in (mappings._KOTE, mappings._GOEMOTIONS, mappings._VOICE):
        for emotion, names in mapping.items():
            for name in names.split():
                meanings[name].add(emotion)
                try:
                    meanings[name].add(LABELS[label_index(name)])
                except KeyError:
                    pass
    assert [name for name, found in meanings.items() if len(found) > 1] == []


@given(st.lists(st.sampled_from(KOTE + GOEMOTIONS + list(LABELS)), min_size=1, max_size=6))
def test_a_target_sums_to_one_or_is_none(names):
    target = mappings.target("|".join(names))
    single = [mappings.target(name) for name in names]
    if all(one is None for one in single):
        assert target is None
    else:
        assert target.sum() == pytest.approx(1)
        np.testing.assert_allclose(target, np.mean([one for one in single if one is not None], axis=0), atol=1e-6)


def test_sentiments_are_numbered_as_the_original_did(tmp_path):
    path = write_csv(tmp_path / "s.csv", [("좋다", "positive"), ("싫다", "negative"), ("그저 그렇다", "neutral")])
    table = corpora.labelled([path], mappings.SENTIMENTS)
    assert list(table["label"]) == [1, 2, 0]
    assert mappings.scheme(("positive", "negative")) == mappings.scheme(("neutral",)) == mappings.SENTIMENTS
    assert mappings.scheme(EMOTIONS) == mappings.scheme(LABELS) == LABELS


# --- AI Hub's own files -------------------------------------------------------------------


def test_single_sentences_are_read_from_their_spreadsheet(tmp_path):
    path = write_xlsx(
        tmp_path / "단발성.xlsx",
        ("Sentence", "Emotion", None, None, "합계"),
        ("깜짝 놀랐잖아", "놀람", None, None, "공포"),
        ("정말 고마워", "행복", None, None, 5468),
        (None, None, None, None, None),
        ("그냥 그래", "중립"),
    )
    table = corpora.labelled([path], test=(0, 1))
    assert list(zip(table["text"], table["label"], strict=True)) == [
        ("깜짝 놀랐잖아", 1),
        ("정말 고마워", 3),
        ("그냥 그래", 4),
    ]


def test_dialogues_are_read_from_their_spreadsheet_with_its_typing_errors(tmp_path):
    path = write_xlsx(
        tmp_path / "연속적.xlsx",
        ("dialog #", "발화", "감정"),
        ("S", "아까 왜 그랬어", "분ㄴ"),
        (None, "미안해 내가 잘못했어", "ㄴ중립"),
        (None, "괜찮아", "중림"),
        ("S", "비가 오네", "중립 "),
        (None, "우산이 없어", "ㅍ"),
        (None, "같이 쓰자", "S"),
        (None, "신난다", "행복"),
    )
    read = aihub.read(path)
    assert list(read["dialogue"]) == ["1"] * 3 + ["2"] * 4
    assert list(read["label"]) == ["분노", "중립", "중립", "중립", "", "", "행복"]
    table = corpora.labelled([path], test=(0, 1))
    assert list(table["label"]) == [0, 4, 4, 4, 3]
    assert set(table["text"]).isdisjoint({"우산이 없어", "같이 쓰자"})


def test_a_mark_in_a_wrong_cell_does_not_join_the_dialogues(tmp_path):
    path = write_xlsx(
        tmp_path / "연속적.xlsx",
        ("dialog #", "발화", "감정"),
        ("S", "하나", "중립"),
        ("ㄴ", "둘", "중립"),
        ("S", "셋", "중립"),
    )
    assert list(aihub.read(path)["dialogue"]) == ["1", "1", "2"]


@pytest.mark.parametrize("encoding", ["cp949", "utf-8", "utf-8-sig"])
def test_speech_is_read_with_its_labels_in_english(tmp_path, encoding):
    labels = ["angry", "anger", "disgust", "fear", "surprise", "sadness", "sad", "happiness", "neutral "]
    path = write_csv(
        tmp_path / "4차년도.csv",
        [(f"{number}.wav", f"말 {number}", label, "Neutral") for number, label in enumerate(labels)],
        "wav_id 발화문 상황 1번감정",
        encoding,
    )
    assert list(corpora.labelled([path], test=(0, 1))["label"]) == [0, 0, 0, 1, 1, 2, 2, 3, 4]


def test_emotional_dialogues_are_read_by_their_first_sentence_and_coarse_label(tmp_path):
    path = write_xlsx(
        tmp_path / "감성대화.xlsx",
        (
            "연령",
            "성별",
            "상황키워드",
            "신체질환",
            "감정_대분류",
            "감정_소분류",
            "사람문장1",
            "시스템문장1",
            "사람문장2",
        ),
        ("노년", "여성", "건강", "만성질환", "불안 ", "걱정스러운", "요즘 허리가 아파서 겁이 나", "그러시군요", "응"),
        ("청년", "남성", "직장", None, "기쁨", "신이 난", "첫 월급을 받았어", "축하해요", "고마워"),
        ("청년", "남성", "학업", None, " 상처", "억울한", "친구가 나만 빼고 갔어", "속상하겠어요", "응"),
    )
    table = corpora.labelled([path], test=(0, 1))
    assert list(zip(table["text"], table["label"], strict=True)) == [
        ("요즘 허리가 아파서 겁이 나", 1),
        ("첫 월급을 받았어", 3),
        ("친구가 나만 빼고 갔어", 2),
    ]


def test_a_spreadsheet_with_columns_and_names_of_ours_is_read_as_it_is(tmp_path):
    path = write_xlsx(tmp_path / "s.xlsx", ("text", "label"), ("좋다", "positive"), ("싫다", "negative"))
    assert list(corpora.labelled([path], mappings.SENTIMENTS, test=(0, 1))["label"]) == [1, 2]


# --- unlabelled text ------------------------------------------------------------------------


def test_unlabelled_text_leaves_out_test_texts_and_repeats_and_keeps_the_order(tmp_path):
    plain = tmp_path / "plain.txt"
    plain.write_text(
        "\ufeff나중에 읽을 글\r\n시험에 나올 글.\n  연습할   글\n연습할 글!\n\n...\n가장 끝 글", encoding="utf-8"
    )
    assert corpora.unlabelled(plain, {key("시험에 나올 글")}) == ["나중에 읽을 글", "연습할 글", "가장 끝 글"]


@pytest.mark.parametrize("content", ["한글".encode("cp949"), None], ids=["not UTF-8", "missing"])
def test_unlabelled_text_that_cannot_be_read_is_told_in_one_line(tmp_path, content):
    if content:
        (tmp_path / "plain.txt").write_bytes(content)
    with pytest.raises(corpora.CorpusError, match=r"plain\.txt: cannot be read as UTF-8 text") as caught:
        corpora.unlabelled(tmp_path / "plain.txt", set())
    assert "\n" not in str(caught.value)


# --- files that cannot be used ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("bad.csv", b"label\n1\n", ["no column text", "it has label"]),
        ("bad.csv", b"text,emotion\n1,2\n", ["no column label", "it has text, emotion"]),
        ("bad.csv", "text,label\n글,기타\n".encode(), ["unknown label '기타'", "0 to 4", "행복"]),
        ("bad.csv", "text,label\n글,5\n".encode(), ["unknown label '5'"]),
        ("bad.csv", "text,label\n글,기쁨|기타\n".encode(), ["unknown label '기타'"]),
        ("bad.csv", "text,label\n글,비장함\n".encode(), ["no label counts", "leave the file out"]),
        ("bad.csv", b"text,label\n!!!,1\n", ["holds no labelled text"]),
        ("bad.csv", b"text,label\n", ["holds no labelled text"]),
        ("bad.csv", b"", ["cannot be read"]),
        ("bad.csv", b"text,label\n\xff\xff\xff,1\n", ["cannot be read"]),
        ("bad.csv", b"text,label\na,b,c\n1,2,3,4,5\n", ["cannot be read"]),
        ("bad.csv", "text,label\n글, 그리고 말,1\n".encode(), ["more fields than the header", "quotes"]),
        ("bad.csv", None, ["cannot be read", "No such file"]),
        ("bad.xlsx", b"text,label\n", ["cannot be read"]),
        ("bad.xlsx", b"PK\x03\x04 and no more", ["cannot be read"]),
        ("bad.xlsx", b"", ["cannot be read"]),
        ("bad.xlsx", None, ["cannot be read", "No such file"]),
    ],
)
def test_a_corpus_that_cannot_be_used_is_told_in_one_line(tmp_path, name, content, told):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    refused([path], str(path), *told)


def test_a_spreadsheet_cut_short_is_told_in_one_line(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", ("text", "label"), *[(f"글 {number}", "0") for number in range(300)])
    whole = path.read_bytes()
    for size in range(100, len(whole), len(whole) // 7):
        path.write_bytes(whole[:size])
        refused([path], "a.xlsx: cannot be read")


def test_a_label_of_another_kind_is_told_with_those_allowed(tmp_path):
    path = write_csv(tmp_path / "s.csv", [("좋다", "1")])
    refused([path], "unknown label '1'; allowed are neutral, positive, negative", labels=mappings.SENTIMENTS)


def test_two_files_of_one_name_are_told_apart_by_nothing_and_refused(tmp_path):
    (tmp_path / "other").mkdir()
    paths = [write_csv(folder / "a.csv", [("글", "0")]) for folder in (tmp_path, tmp_path / "other")]
    refused(paths, "a: two labelled files of this name")


# --- the corpora themselves --------------------------------------------------------------------

FILES = (
    "seed4 emo_dialog_train_elder_gold keti_single keti_continuous_dialogues voice_situation kote_val goemotions_ko"
).split()


@pytest.fixture(scope="module")
def real():
    """The rows of corpora of every kind, more than the bundled model is trained on."""
    if not SHARED.exists():
        pytest.skip("needs ../shared with the corpora")
    return corpora.labelled([SHARED / f"{name}.csv" for name in FILES])


@pytest.fixture(scope="module")
def bundled() -> tuple[list[Path], list[Path]]:
    """(labelled, unlabelled) files of the command that makes the bundled model, as its document gives it."""
    if not SHARED.exists():
        pytest.skip("needs ../shared with the corpora")
    root = Path(__file__).parent.parent
    document = (root / "docs" / "recipes" / "bundled.md").read_text(encoding="utf-8")
    command = document.partition("--data")[2].partition("```")[0].replace("\\\n", " ").replace("$D", str(SHARED))
    named = subprocess.run(["bash", "-c", f"printf '%s\\n' {command}"], capture_output=True, text=True, check=True)
    files = [root / name for name in named.stdout.split()]
    return [path for path in files if path.suffix == ".csv"], [path for path in files if path.suffix == ".txt"]


def original(name: str) -> list[dict[str, str]]:
    with (SHARED / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_no_text_of_the_corpora_is_on_both_sides(real):
    tests, trains = (set(real.loc[side, "key"]) for side in (real["test"], ~real["test"]))
    assert not tests & trains
    assert set(real["source"]) == set(FILES)
    lines = corpora.unlabelled(SHARED / "raw_text" / "emo_dialog_train_sent1.txt", tests)
    assert len(lines) > 45_000
    assert tests.isdisjoint(map(key, lines))


def test_no_test_text_of_the_bundled_model_is_among_what_it_learns_from(bundled):
    tables, plain = bundled
    assert tables[0].name == "seed4.csv"
    assert {path.name for path in tables} >= {"messages.csv", "kote_val.csv"}
    rows = corpora.labelled(tables)
    tests = set(rows.loc[rows["test"], "key"])
    assert tests.isdisjoint(rows.loc[~rows["test"], "key"])
    assert {path.stem for path in plain} == set(RECIPES["bundled"].distillation.lines)
    for path in plain:
        assert tests.isdisjoint(map(key, corpora.unlabelled(path, tests)))


def test_every_test_row_of_seed4_is_one_here(real):
    own = {key(row["text"]) for row in original("seed4") if row["split"] == "test"}
    rows = real[(real["source"] == "seed4") & real["test"]]
    assert len(rows) == 11_298
    assert set(rows["key"]) == own


def test_one_in_five_elder_texts_that_no_split_settles_is_a_test(real):
    settled = {key(row["text"]) for row in original("seed4") + original("keti_continuous_dialogues")}
    settled |= {key(row["text"]) for name in FILES for row in original(name) if row.get("split") == "test"}
    settled |= {key(row["text"]) for row in original("goemotions_ko")}
    rows = real[(real["source"] == "emo_dialog_train_elder_gold") & ~real["key"].isin(settled)]
    assert len(rows) > 6000
    assert list(rows["test"]) == [sha_1(name) % 5 == 0 for name in rows["key"]]


def test_no_turn_of_a_dialogue_with_a_test_text_trains(real):
    rows = real[real["source"] == "keti_continuous_dialogues"]
    tests = set(real.loc[real["test"], "key"])
    dialogues = defaultdict(set)
    for row in original("keti_continuous_dialogues"):
        if row["label"] and key(row["text"]):
            dialogues[row["dialogue"]].add((key(row["text"]), label_index(row["label"])))
    free = [turns for turns in dialogues.values() if not {name for name, _ in turns} & tests]
    assert 1000 < len(free) < 9000
    trained = set(rows.loc[~rows["test"], ["key", "label"]].itertuples(index=False, name=None))
    assert trained == set().union(*free)
