"""Cleaning and splitting of text: the same in training and in serving, and never surprised by what people send."""

import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from model.text import clean, has_letters, key, lyric_lines, sentences, squeeze

MARKS = [
    " ",
    "\n",
    "\u2028",
    "\ufffd",
    ".",
    "?",
    "[",
    "]",
    "(",
    ")",
    "×",
    "2",
    "x",
    "반복",
    "ㅋ",
    "가",
    "\u1100",
    "\u1161",
    "&",
    "<br>",
]
any_text = st.text() | st.lists(st.sampled_from(MARKS)).map("".join)
quick = settings(deadline=None, max_examples=150)


# --- clean, has_letters, key ---------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("  오늘은   비가\t왔다 \n", "오늘은 비가 왔다"),
        ("오늘\u200b은\ufeff 맑음", "오늘 은 맑음"),
        ("깨진 \ufffd\ufffd글자", "깨진 글자"),
        ("줄\u2028바꿈", "줄 바꿈"),
        ("\x00\x07벨", "벨"),
        ("반쪽 이모지 \ud83d 하나", "반쪽 이모지 하나"),
        (unicodedata.normalize("NFD", "한글"), "한글"),
        ("", ""),
        (" \u200b\n", ""),
    ],
)
def test_clean_gives_one_line_without_control_characters(raw, cleaned):
    assert clean(raw) == cleaned


@quick
@given(any_text)
def test_clean_is_idempotent(text):
    assert clean(clean(text)) == clean(text)


@quick
@given(any_text)
def test_clean_text_stands_on_one_line_without_outer_or_double_blanks(text):
    cleaned = clean(text)
    assert cleaned == " ".join(cleaned.split())
    assert len(cleaned.splitlines()) <= 1


@quick
@given(any_text)
def test_cleaning_loses_no_letter(text):
    assert key(clean(text)) == key(text)


@pytest.mark.parametrize("text", ["가", "a", "ㅠ", "7", "漢", "…가…"])
def test_letters_and_digits_of_any_script_count_as_letters(text):
    assert has_letters(text)


@pytest.mark.parametrize("text", ["", " ", "...", "😭😭", "!?", "_", "♥", "\u200b"])
def test_marks_and_emoji_are_no_letters(text):
    assert not has_letters(text)


def test_key_ignores_blanks_marks_case_and_normal_form():
    assert key("Love, 사랑!") == key(unicodedata.normalize("NFD", "LOVE 사랑")) == "love사랑"
    assert key("사랑") != key("사람")
    assert key("♥!") == ""


# --- sentences -------------------------------------------------------------------------


def test_trailing_period_is_not_an_empty_sentence():
    assert sentences("오늘은 힘들었다. 그래도 괜찮다.") == ["오늘은 힘들었다.", "그래도 괜찮다."]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("...", []),
        ("하나", ["하나"]),
        ("하나.둘", ["하나.", "둘"]),
        ("정말?! 몰랐어…", ["정말?!", "몰랐어…"]),
        ("3.5점 받았어. 좋다", ["3.5점 받았어.", "좋다"]),
        ("웃겨ㅋㅋㅋ 그런데 슬퍼ㅠㅠ 끝", ["웃겨ㅋㅋㅋ", "그런데 슬퍼ㅠㅠ", "끝"]),
        ("좋아. . . 싫어", ["좋아.", "싫어"]),
        ("무슨 일이야？ 몰라！", ["무슨 일이야？", "몰라！"]),
    ],
)
def test_sentences_end_where_people_end_them(text, parts):
    assert sentences(text) == parts


@quick
@given(any_text)
def test_sentences_keep_every_letter_and_none_is_without(text):
    text = clean(text)
    parts = sentences(text)
    assert all(has_letters(part) and part == part.strip() for part in parts)
    assert key("".join(parts)) == key(text)


# --- squeeze -----------------------------------------------------------------------------


def test_squeeze_cuts_long_runs_of_one_character_to_four():
    assert squeeze("ㅋㅋㅋㅋㅋㅋㅋㅋ 웃겨!!!!!!") == "ㅋㅋㅋㅋ 웃겨!!!!"
    assert squeeze("ㅋㅋㅋㅋ 아아아") == "ㅋㅋㅋㅋ 아아아"


@quick
@given(
    st.lists(st.tuples(st.sampled_from("가ㅋ! a"), st.integers(1, 12))).map(
        lambda runs: "".join(c * n for c, n in runs)
    )
)
def test_squeezed_text_has_no_run_of_five_and_stays_squeezed(text):
    squeezed = squeeze(text)
    assert not any(c * 5 in squeezed for c in set(squeezed))
    assert squeeze(squeezed) == squeezed


# --- lyric lines -----------------------------------------------------------------------------

SONG = [
    "파란 우산을 들고 걸었지",
    "아무도 없는 골목이었어",
    "너의 창문은 어두웠고",
    "나는 노래를 불렀네",
    "대답은 비뿐이었지",
    "그래도 좋았어",
]


def song_with(line: str) -> list[str]:
    """The lyric lines of a song whose third line is `line`, without its other lines."""
    lines = lyric_lines("\n".join([*SONG[:2], line, *SONG[2:]]))
    assert [other for other in lines if other in SONG] == SONG
    return [other for other in lines if other not in SONG]


def test_lines_come_cleaned_in_order_and_with_repeats():
    repeated = [*SONG, SONG[0]]
    assert lyric_lines("\n\n".join(f"  {line}\t" for line in repeated)) == repeated


@pytest.mark.parametrize(
    "header",
    [
        "[Chorus]",
        "[Verse 1]",
        "(반복)",
        "<후렴>",
        "‹간주>",
        "Hook",
        "[Intro]",
        "1절",
        "2절 ",
        "[pre-chorus]",
        "- 후렴 -",
        "【나레이션】",
        "가사",
        "(x2)",
        "×2",
        "후렴 반복",
        "* 반복",
    ],
)
def test_section_headers_are_no_lines(header):
    assert song_with(header) == []


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("[Chorus] 빗소리에 춤을 춰", "빗소리에 춤을 춰"),
        ("[영생] 빗소리에 춤을 춰", "빗소리에 춤을 춰"),
        ("빗소리에 춤을 춰 ×2", "빗소리에 춤을 춰"),
        ("빗소리에 춤을 춰 (x3)", "빗소리에 춤을 춰"),
        ("빗소리에 춤을 춰 x 2", "빗소리에 춤을 춰"),
        ("빗소리에 춤을 춰 (반복)", "빗소리에 춤을 춰"),
        ("빗소리에 춤을 춰 [2x]", "빗소리에 춤을 춰"),
        ("빗소리에&nbsp;춤을 춰", "빗소리에 춤을 춰"),
        ("<p>빗소리에 <b>춤을</b> 춰</p>", "빗소리에 춤을 춰"),
        ("빗소리에 \ufffd춤을 춰", "빗소리에 춤을 춰"),
        ("R&amp;B에 춤을 춰", "R&B에 춤을 춰"),
    ],
)
def test_what_is_not_sung_is_taken_off_a_line(line, left):
    assert song_with(line) == [left]


@pytest.mark.parametrize(
    "line",
    [
        "relax 2",
        "끝없는 하루의 반복",
        "(워우워) 너에게로",
        "내 랩은 끝이 없어",
        "hook me up tonight",
        "노래는 바람을 타고",
        "I <3 서울",
        "앨범 속의 사진 한 장",
    ],
)
def test_sung_words_that_look_like_marks_stay(line):
    assert song_with(line) == [line]


@pytest.mark.parametrize("credit", ["출처: 어느 블로그", "작사 : 아무개", " 작곡：아무개", "편곡:아무개"])
def test_credit_lines_are_no_lines(credit):
    assert song_with(credit) == []


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x85", "<br>", "<BR />\n"])
def test_every_kind_of_line_break_ends_a_line(line_break):
    assert lyric_lines(line_break.join(SONG)) == SONG


def test_double_blanks_are_stanzas_where_line_breaks_are_missing():
    assert lyric_lines("하나 둘 셋  넷 다섯 여섯 일곱   여덟") == ["하나 둘 셋", "넷 다섯 여섯 일곱", "여덟"]


@pytest.mark.parametrize("count", range(1, 120))
def test_lyrics_without_line_breaks_become_pieces_of_six_to_eight_words(count):
    words = [f"낱말{number}" for number in range(count)]
    lines = lyric_lines(" ".join(words))
    assert " ".join(lines).split() == words
    sizes = [len(line.split()) for line in lines]
    if count in {9, 10, 11, 17}:  # no pieces of six to eight words make these
        assert 5 <= min(sizes) <= max(sizes) <= 10
    elif count < 6:
        assert sizes == [count]
    else:
        assert 6 <= min(sizes) <= max(sizes) <= 8


def test_five_lines_are_kept_as_lines_however_long():
    lines = [" ".join([line] * 5) for line in SONG[:5]]
    assert lyric_lines("\n".join(lines)) == lines


@quick
@given(any_text)
@example("&#xD800;&#0;<" * 6)
@example("[" * 400)
@example("(" * 200 + " " * 200)
def test_no_lyric_line_is_without_letters_and_none_raises(text):
    for line in lyric_lines(text):
        assert has_letters(line)
        assert clean(line) == line


def test_a_long_hostile_text_is_split_in_reasonable_time():
    started = time.perf_counter()
    for text in ("[" * 20_000, "( " * 10_000, "x" * 20_000, "<a" * 10_000, "2 " * 10_000, " " * 20_000 + "가"):
        lyric_lines(text)
        sentences(clean(text))
    assert time.perf_counter() - started < 10
