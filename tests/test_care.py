"""The rules, and the net behind them, that recognise words of self-harm, on sentences written for these tests."""

import re
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.care import HALVES, measured, sentences
from bot import care, texts
from bot.care import Level, about_another, level

PLAIN = (
    "논문에 떨어진 뒤로 매일 자살을 생각해",
    "과제를 못 낸 날부터 자꾸 자살 충동이 들어",
    "몇 층에서 뛰어내려야 죽나요",
    "수면제 몇 알 먹으면 죽어?",
    "죽고 싶어",
    "오늘따라 진짜 죽고 싶다",
    "정말 죽고 싶어요 어떡하죠",
    "죽고 싶네",
    "하루 종일 죽고 싶은데 말할 데가 없어",
    "아까 회의 끝나고 죽고 싶었어",
    "죽고 싶을 때 듣는 노래 틀어줘",
    "죽고만 싶다",
    "그냥 죽어버리고 싶어",
    "나 죽고 싶단 생각만 해",
    "매일 밤 죽고 싶다고 생각해",
    "제가 죽고 싶다고 했더니 다들 울었어요",
    "반 애들이 괴롭혀서 죽고 싶어",
    "친구가 떠나서 나도 죽고 싶어",
    "나 왜 이렇게 죽고 싶냐",
    "디지고 싶다",
    "걍 뒤지고 싶다",
    "빨리 죽고 싶다",
    "차라리 죽는 게 낫겠어",
    "이렇게 사느니 죽는 게 낫지",
    "이대로 죽었으면 좋겠다",
    "그냥 죽을까",
    "콱 죽어버릴까",
    "나 오늘 죽을 거야",
    "안 아프게 죽는 방법 알려줘",
    "죽는 법 찾아봤어",
    "나를 죽이고 싶어",
    "같이 죽을 사람 구해요",
    "죽음을 원해",
    "그만 살고 싶다",
    "이제 그만 살래",
    "더 살고 싶지 않아",
    "더는 살고 싶지가 않네요",
    "너무 비참하고 살고 싶지 않아",
    "살고 싶은 마음이 하나도 없어",
    "인생 끝내고 싶다",
    "삶을 포기하고 싶어",
    "스스로 목숨을 끊고 싶다",
    "조용히 생을 마감하고 싶다",
    "이 세상을 떠나고 싶다",
    "하늘나라 가고 싶어",
    "영원히 잠들고 싶어",
    "자살하고 싶다",
    "혼자 있으면 자살 충동이 와",
    "자살할까 고민 중이야",
    "나 혼자 자살하고 싶어",
    "뉴스 보다가 나도 자살하고 싶어졌어",
    "극단적 선택을 하고 싶다",
    "유서를 썼어",
    "어젯밤에 유서 다 써 놨어",
    "자해했어",
    "또 자해를 해 버렸다",
    "자해하고 싶어",
    "손목을 그었어",
    "커터칼로 팔을 그었어",
    "손목 긋고 싶다",
    "약을 다 먹었어",
    "약을 한꺼번에 먹었어",
    "수면제 모아 놨어",
    "타이레놀 30알 삼켰어",
    "목을 매고 싶다",
    "목매달고 싶어",
    "뛰어내리고 싶다",
    "여기서 뛰어내릴까",
    "달려오는 차에 뛰어들고 싶어",
    "번개탄 샀어",
    "농약 마셨어",
    "투신하고 싶다",
    "I want to die",
    "i'm going to kill myself",
    "I don't want to live anymore",
    "I wish I was dead",
)

DISGUISED = (
    "죽고싶어",
    "죽 고 싶 어",
    "나 죽 고싶 다",
    "죽고시퍼",
    "죽구 싶다",
    "죽고십다",
    "주꼬싶다",
    "죽고 싶어어어어",
    "주우욱고오 싶다",
    "죽죽고고싶싶다다",
    "ㅈㅜㄱ고 싶다",
    "ㅈㅜㄱㄱㅗ ㅅㅣㅍㄷㅏ",
    "주ㄱ고 싶다",
    "ㅈㄱㅅㄷ",
    "ㅈㅅ하고 싶다",
    "죽.고.싶.다",
    "죽/고/싶/다",
    "죽. 고. 싶. 다.",
    "죽고... 싶어",
    "죽고\n싶다",
    "죽\u200b고\u200d 싶\ufeff어",
    "죽\u00ad고 싶\u3164다",
    "죽고ㅠㅠ싶다ㅠㅠ",
    "자1살하고 싶다",
    "자.살하고 싶어",
    "자 살 하 고 싶 다",
    "ｉ　ｗａｎｔ　ｔｏ　ｄｉｅ",
    unicodedata.normalize("NFD", "죽고 싶어요"),
    unicodedata.normalize("NFKD", "자살하고 싶다"),
    "\uffb8\uffd3\uffa1고 싶다",
)

IMPLIED = (
    "서울 와서 너무 외롭고 살기 싫다",
    "배달 일 하다 지쳐서 살기 싫어",
    "세상을 떠난 엄마 곁으로 가고 싶어",
    "살기 싫다",
    "진짜 살기 시러",
    "이 세상에서 살기 싫어",
    "이렇게 살고 싶지 않아",
    "계속 아프느니 죽는 게 낫겠어",
    "이런 사회에서 살고 싶지 않아",
    "죽음을 자꾸 생각해",
    "사라지고 싶다",
    "사라지고 싶은 밤에 듣는 노래",
    "그냥 없어지고 싶다",
    "먼지처럼 증발하고 싶어",
    "내일이 안 왔으면",
    "아침이 오지 않았으면 좋겠어",
    "눈 안 떴으면",
    "자다가 안 깼으면 좋겠다",
    "살아서 뭐해",
    "살아서 뭐 하나 싶다",
    "살 이유가 없다",
    "나는 살 가치가 없어",
    "왜 사는지 모르겠어",
    "태어나지 말걸",
    "나는 왜 태어났을까",
    "다 끝내고 싶다",
    "더는 못 버티겠어",
    "한강 가고 싶다",
    "한강 물 온도",
    "세상에서 없어졌으면",
    "나 하나 없어져도 아무도 모를 거야",
    "나만 없으면 다들 편할 텐데",
    "짐만 되는 것 같아",
    "가족한테 짐이 되는 것 같아",
    "내가 죽으면 다들 슬퍼할까",
    "죽었으면 좋겠다",
    "죽을까",
    "누가 나 좀 죽여줘",
    "엄마 미안해 먼저 갈게",
    "다음 생엔 안 태어나고 싶다",
    "세상아 잘 있어",
    "지금 옥상에 올라왔어",
    "자살",
    "자.살",
    "극단적 선택",
    "번개탄",
    "유서",
    "죽고 싶지 않아",
    "죽고 싶은 건 아닌데 힘드네",
    "예전엔 죽고 싶었는데 지금은 괜찮아",
    "예전에 자해했었어",
    "죽고 싶을 만큼 힘들어",
    "쪽팔려 죽고 싶다",
    "죽고 싶지만 떡볶이는 먹고 싶어",
    "'죽고 싶다' 노래 틀어줘",
    "suicide",
    "better off without me",
    "I don't want to die",
)

ABOUT_ANOTHER = (
    "누나 죽고 싶대",
    "하루 종일 죽고 싶다는 얘기를 듣는 일을 해",
    "친구가 죽고 싶대",
    "남편이 죽고 싶다고 해요",
    "친구가 자살하고 싶다고 했어",
    "동생이 죽고 싶다고 카톡 보냈어",
    "죽고 싶다는 친구에게 뭐라고 하지",
    "친구가 살기 싫대",
    "남자친구가 뛰어내리겠대",
    "친구가 자살 시도를 했어",
    "동생이 자해를 해요",
    "엄마가 약을 다 먹었어",
    "언니가 유서를 남기고 연락이 안 돼",
    "딸이 죽고 싶어 해요",
    "친구가 사라지고 싶대",
    "딸이 극단적 선택을 할까 봐 무서워요",
    "my friend wants to die",
)

NOT_MEANT = (
    "집사람이 작년에 세상을 떠났습니다. 그립습니다",
    "남편이 하늘나라로 간 지 삼 년 됐어요",
    "저세상으로 간 친구가 보고 싶다",
    "서울살이 이제 그만 살래 바다로 갈래",
    "이 동네에선 시끄러워서 더는 못 살겠어",
    "자살 신고 받고 출동했는데 무사히 구했어",
    "신입 연수에서 유서 쓰기를 시켰어",
    "영양제를 샀는데 약을 한꺼번에 다 먹으니 배불러",
    "공무원 시험에만 목매고 살았네",
    "배고파서 죽으려고 해",
    "엄마가 나보다 먼저 죽을 거라는 생각에 눈물이 나",
    "추리 소설 보니까 자살로 꾸민 거였어",
    "남자 친구랑 이제 그만 끝내고 싶어",
    # idioms
    "배고파 죽겠다",
    "웃겨 죽겠네",
    "더워 죽겠어",
    "귀여워 죽겠어",
    "졸려 죽겠음",
    "힘들어 죽겠어",
    "죽겠다 진짜",
    "이러다 죽겠다",
    "죽이는 노래",
    "죽여주는 곡 추천해 줘",
    "죽도록 사랑해",
    "죽을 만큼 보고 싶다",
    "죽고 싶을 만큼 사랑해",
    "지금 죽어도 여한이 없어",
    "죽고 못 사는 사이",
    "죽도 밥도 안 됐어",
    "너 없인 못 살아",
    "쪽팔려서 사라지고 싶다",
    "너랑 사귀느니 죽는 게 낫지",
    "엄마한테 죽을 거야",
    "너 죽고 싶어?",
    "뒤지고 싶냐",
    "성적에 목을 매는 부모",
    "심장이 멈출 것 같아 너무 설레",
    "왜 태어났니 왜 태어났니",
    "내일 시험인데 내일이 안 왔으면",
    "숙제 다 끝내고 싶다",
    # titles, games, look-alikes
    "「죽겠다」",
    "죽음의 다이어트",
    "자살골",
    "롤에서 자꾸 죽어",
    "책 '죽고 싶지만 떡볶이는 먹고 싶어' 읽었어",
    "수어사이드 스쿼드 봤어",
    "한강 작가 소설 좋더라",
    "주말에 한강 가고 싶다",
    "한강 가서 맥주 마시고 싶어",
    "번개탄 피워서 고기 구워 먹자",
    "번지점프대에서 뛰어내리고 싶다",
    "혼자 살고 싶다",
    "이제 놀자 살살",
    "여자 살림살이",
    "어디에 투자해야 할까",
    "혼자 해 봤어",
    "유서 깊은 절에 갔다",
    "지각해서 사유서를 썼어",
    "종목을 매매했다",
    "과목을 매일 공부해",
    "손목 시계 샀어",
    "서랍을 뒤지고 싶다",
    "실력에서 뒤지고 싶지 않아",
    "너한테 다 주고 싶어",
    "팥죽 먹고 싶다",
    "ㅈㅅ합니다 늦었어요",
    "suicide squad ost",
    "dying to see you",
    "I want to diet",
    # grief, news, others, illness
    "할아버지가 돌아가셨어",
    "강아지가 죽었어",
    "자살 예방 교육 들었어",
    "영화에서 주인공이 자살해",
    "드라마에서 유서를 남기고 떠난 장면",
    "연예인이 자살했대",
    "저 사람 죽이고 싶다",
    "누나를 죽이고 싶어",
    "걔 죽었으면 좋겠다",
    "세상에서 모기가 없어졌으면",
    "약 다 먹었는데 기침이 안 나아",
    "감기약 다 먹었어",
    "여기서 살기 싫다",
    "남편하고 살고 싶지 않아",
    # ordinary feelings
    "너무 슬퍼",
    "우울해",
    "외로워서 눈물 나",
    "푹 자고 싶어",
    "어디론가 떠나고 싶다",
    "힘들어서 아무것도 하기 싫어",
    "오늘 너무 행복해",
    "신나는 노래 틀어줘",
    "안녕",
    "",
    "ㅋㅋㅋㅋ",
    "🎵🎶",
)

SYLLABLE_GAPS = st.lists(st.booleans(), min_size=40, max_size=40)


@pytest.mark.parametrize("text", PLAIN)
def test_plain_words_are_level_a(text: str) -> None:
    assert level(text) is Level.A
    assert not about_another(text)


@pytest.mark.parametrize("text", DISGUISED)
def test_disguised_words_are_level_a(text: str) -> None:
    assert level(text) is Level.A


@pytest.mark.parametrize("text", IMPLIED)
def test_implied_words_are_level_b(text: str) -> None:
    assert level(text) is Level.B
    assert not about_another(text)


@pytest.mark.parametrize("text", ABOUT_ANOTHER)
def test_words_about_another_person_are_level_b(text: str) -> None:
    assert level(text) is Level.B
    assert about_another(text)


@pytest.mark.parametrize("text", NOT_MEANT)
def test_other_texts_raise_nothing(text: str) -> None:
    assert level(text) is None
    assert not about_another(text)


@pytest.mark.parametrize("idiom", ["배고파 죽겠다", "자살골 봤어", "한강에서 치맥", "영화 보는 중", "롤에서 자꾸 죽어"])
@pytest.mark.parametrize("joint", [". ", " ", "\n", "ㅋㅋㅋ "])
def test_an_idiom_beside_it_does_not_hide_a_cry_for_help(idiom: str, joint: str) -> None:
    assert level(f"{idiom}{joint}사실은 죽고 싶어") is Level.A
    assert level(f"사실은 죽고 싶어{joint}{idiom}") is Level.A


def test_own_words_win_over_words_about_a_friend() -> None:
    text = "친구가 죽고 싶대. 나도 죽고 싶어"
    assert level(text) is Level.A
    assert not about_another(text)


def test_song_arguments_count_too() -> None:
    assert level("/song 죽고 싶다") is Level.A


@given(st.text(max_size=2000))
@settings(max_examples=60, deadline=None)
def test_any_text_gives_a_level_or_none(text: str) -> None:
    assert level(text) in (Level.A, Level.B, None)
    assert about_another(text) in (True, False)


PIECES = [*"죽고싶살자해나친구가ㅈㅜㄱ .?!\n1'「」ㅋㅠ", *PLAIN[:20], *IMPLIED[:20]]


@given(st.lists(st.sampled_from(PIECES), max_size=120))
@settings(max_examples=60, deadline=None)
def test_any_mix_of_grave_words_gives_a_level_or_none(parts: list[str]) -> None:
    text = "".join(parts)
    found = level(text)
    assert found in (Level.A, Level.B, None)
    assert found is not None or not about_another(text)


@given(st.sampled_from([text for text in PLAIN if not text.isascii()]), SYLLABLE_GAPS)
@settings(max_examples=200, deadline=None)
def test_blanks_between_syllables_do_not_hide_level_a(text: str, gaps: list[bool]) -> None:
    spaced = "".join(letter + " " * gap for letter, gap in zip(text, gaps, strict=False))
    assert level(spaced) is not None


@pytest.mark.parametrize("text", [text for text in PLAIN if not text.isascii()])
def test_blanks_after_every_letter_do_not_hide_level_a(text: str) -> None:
    assert level(" ".join(text)) is not None


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
@pytest.mark.parametrize("text", PLAIN + IMPLIED)
def test_unicode_form_does_not_hide_anything(text: str, form: str) -> None:
    assert level(unicodedata.normalize(form, text)) == level(text)


@pytest.mark.parametrize("text", [text for text in PLAIN if not text.isascii()])
def test_zero_width_characters_do_not_hide_level_a(text: str) -> None:
    assert level("\u200b".join(text)) is Level.A


@pytest.mark.parametrize(
    "unit",
    [
        *("죽", "죽고싶", "죽고 싶냐 ", "자살 예방 ", "ㅈㅜㄱ", "나를그냥", "친구가 ", "약을", "내가죽으면"),
        *("a", "아", " ", "「", ".", "죽."),
    ],
)
def test_ten_thousand_letters_take_steps_in_proportion(unit: str) -> None:
    """Python-level steps grow no faster than the text; a catastrophic pattern would never return."""

    def steps(letters: int) -> int:
        count = 0

        def tick(*_: object) -> None:
            nonlocal count
            count += 1

        before = sys.getprofile()
        sys.setprofile(tick)
        try:
            level((unit * letters)[:letters])
        finally:
            sys.setprofile(before)
        return count

    assert steps(10_000) <= 30 * steps(1_000)


def test_the_end_of_a_long_text_is_read() -> None:
    assert level("오늘은 산책을 하고 밥을 먹었다. " * 500 + "그리고 죽고 싶어") is Level.A


def test_a_letter_that_ends_no_syllable_is_left_alone() -> None:
    """«ㄱㅏㅉ» once raised ValueError; found by bench.fuzz."""
    letters = [chr(code) for code in range(ord("ㄱ"), ord("ㅎ") + 1)]
    assert [level(f"{first}ㅏ{last}") for first in letters for last in letters] == [None] * len(letters) ** 2
    assert level("죽고 싶어 ㄱㅏㅉ") is Level.A


def test_only_the_levels_and_two_functions_are_public() -> None:
    assert [*Level] == ["A", "B"]
    assert {name for name in ("level", "about_another", "Level") if hasattr(care, name)} == {
        "level",
        "about_another",
        "Level",
    }


# --- the labelled sentences --------------------------------------------------------------------------


def test_there_are_enough_sentences_and_no_meaning_stands_in_both_halves() -> None:
    rows = {half: list(sentences(half)) for half in HALVES}
    assert sum(map(len, rows.values())) >= 600
    texts_of, families = ({half: {row[part] for row in rows[half]} for half in HALVES} for part in (2, slice(0, 2)))
    assert not texts_of["development"] & texts_of["test"]
    assert all(len(rows[half]) == len(texts_of[half]) for half in HALVES)
    assert all(len(families[half]) >= 10 for half in HALVES)
    assert {row[0] for half in HALVES for row in rows[half]} == {"A", "B", "-"}


@pytest.mark.parametrize("half", HALVES)
def test_the_figures_are_reached(half: str) -> None:
    found = measured(half)
    assert found["A_recall"] == 1 if half == "test" else found["A_recall"] >= 0.9
    assert found["B_recall"] >= 0.95
    assert found["alarms"] <= 0.01


def test_the_cheap_test_before_a_pattern_hides_nothing(monkeypatch) -> None:
    every = [text for half in HALVES for _, _, text in sentences(half)] + [*PLAIN, *IMPLIED, *ABOUT_ANOTHER]
    found = [level(text) for text in every]
    without = tuple(rule.__class__(**{**vars(rule), "stems": ("",)}) for rule in care._RULES)
    monkeypatch.setattr(care, "_RULES", without)
    assert [text for text, before in zip(every, found, strict=True) if level(text) is not before] == []


@pytest.mark.parametrize(
    ("typed", "means"), [("wnrrh tlvdj", Level.A), ("wnrrhtlvek", Level.A), ("wktkfgkrh tlvek", Level.A)]
)
def test_words_typed_on_english_keys_count(typed: str, means: Level) -> None:
    assert level(typed) is means


def test_english_words_stay_english() -> None:
    assert [level(text) for text in ("rest well", "she was great", "password", "street fighter")] == [None] * 4


# --- the numbers that are shown ------------------------------------------------------------------------


def test_the_help_lines_are_these_and_no_older_ones() -> None:
    for answer in (texts.CARE_EXPLICIT, texts.CARE_IMPLIED, texts.CARE_FOR_ANOTHER, texts.CARE_AFTER):
        assert {"109", "1577-0199", "1388", "119", "112"} <= set(re.findall(r"[0-9][0-9-]*[0-9]", answer)) - {"24"}
        assert "마들랜" in answer
    assert texts.CALL_NUMBER == "109"
    shown = Path(texts.__file__).read_text(encoding="utf-8")
    assert not re.search(r"1393|1577-0119|129(?![0-9])", shown)
