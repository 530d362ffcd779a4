"""Finding songs by what people type: titles, artists, typos, initial consonants, and what to answer."""

import csv
import json
import random
import re
import shutil
import subprocess
import sys
import unicodedata
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from recommender import hangul
from recommender.aliases import proposed
from recommender.catalogue import Song
from recommender.evaluate_search import Query, evaluate, generated, mistyped, written
from recommender.names import NameIndex
from recommender.script import in_hangul, in_latin
from recommender.search import Found, Hit, OfArtist, Perhaps, Search, Several, Unknown, decide, normal, read_aliases
from recommender.songnames import SongNames, artists_of, names_of, titles_of, write_index

ROOT = Path(__file__).parent.parent
ALIASES = ROOT / "data" / "aliases.csv"

NAMES = [
    ("밤편지", "아이유"),
    ("좋은 날", "아이유"),
    ("Blueming", "아이유"),
    ("팔레트 (Feat. G-DRAGON)", "아이유"),
    ("봄 사랑 벚꽃 말고", "HIGH4, 아이유"),
    ("봄날", "방탄소년단"),
    ("Dynamite", "방탄소년단"),
    ("봄날", "캔디맨"),
    ("사랑", "나훈아"),
    ("사랑", "노사연"),
    ("사랑", "임재범"),
    ("사랑", "부활"),
    ("사랑", "안치환"),
    ("사랑", "장미화"),
    ("사랑비", "김태우"),
    ("태양을 피하는 방법", "비"),
    ("나비", "윤도현"),
    ("예뻐서 (Feat. 김이지) (You're beautiful)", "에릭남 (Eric Nam)"),
    ("고백", "이홍기 (FT아일랜드)"),
    ("눈 (Feat. 이문세)", "Zion.T"),
    ("벚꽃 엔딩", "버스커 버스커"),
    ("여수 밤바다", "버스커 버스커"),
    ("Hold On", "지코 (ZICO)"),
    ("Hold On (Remix)", "지코 (ZICO)"),
    ("거짓말", "BIGBANG (빅뱅)"),
    ("거짓말", "god"),
    ("TOMBOY", "(여자)아이들"),
    ("Electric Shock", "f(x)"),
    ("사랑이었나봐", "기리보이"),
    ("별 보러 가자", "적재"),
    ("으르렁 (Growl)", "EXO"),
    ("우주를 줄게", "볼빨간사춘기"),
    ("비와 당신", "럼블피쉬"),
    ("광화문에서", "규현 (KYUHYUN)"),
    ("~", "2단지"),
    ("ㅋ", "장기하와 얼굴들"),
    ("16/20 (열여섯 스물)", "주주 클럽"),
    ("Seven (feat. Latto) - Clean Ver.", "정국"),
    ("七色の明日 ~Brand New Beat~ (일곱 빛깔의 내일)", "보아 (BoA)"),
    ("연예인", "싸이 (PSY)"),
    ("이름", ""),
    ("Love poem", "아이유"),
    ("I AM", "IVE (아이브)"),
    ("옛사랑", "이문세"),
    ("24시간이 모자라", "선미 (SUNMI)"),
]


def make(names: list[tuple[str, str]]) -> list[Song]:
    works: dict[tuple[str, str], int] = {}
    return [
        Song(place, f"{place:012x}", title, artist, "", None, works.setdefault((normal(title), artist), place), 0, "")
        for place, (title, artist) in enumerate(names)
    ]


SONGS = make(NAMES)
ALIAS_ROWS = {"아이유": ["IU"], "방탄소년단": ["BTS"], "비": ["Rain"], "봄날 - 방탄소년단": ["Spring Day"]}
SEARCH = Search(SONGS, ALIAS_ROWS)


def found(query: str) -> tuple[str, str]:
    answer = decide(SEARCH(query))
    assert isinstance(answer, Found), answer
    return answer.song.title, answer.song.artist


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("좋은 날", "좋은날"),
        (unicodedata.normalize("NFD", "좋은 날"), "좋은날"),
        ("Love　Poem!", "lovepoem"),
        ("「밤편지」", "밤편지"),
        ("“밤편지”", "밤편지"),
        ("밤편지 (Live)", "밤편지"),
        ("밤편지 (2017 Remastered)", "밤편지"),
        ("밤편지 (Inst.)", "밤편지"),
        ("[MV] 밤편지", "밤편지"),
        ("예뻐서 (Feat. X) (You're beautiful)", "예뻐서"),
        ("예뻐서 feat. X", "예뻐서"),
        ("Seven (feat. Latto) - Clean Ver.", "seven"),
        ("(여자)아이들", "여자아이들"),
        ("f(x)", "fx"),
        ("(Live)", "live"),
        ("~", "~"),
        ("ㅂㅍㅈ", "ㅂㅍㅈ"),
        ("사랑 (", "사랑"),
    ],
)
def test_normal(text: str, expected: str) -> None:
    assert normal(text) == expected


@pytest.mark.parametrize(
    ("query", "title", "artist"),
    [
        ("밤편지", "밤편지", "아이유"),
        ("밤 편지", "밤편지", "아이유"),
        (unicodedata.normalize("NFD", "밤편지"), "밤편지", "아이유"),
        ("「밤편지」", "밤편지", "아이유"),
        ("밤편지 (Live)", "밤편지", "아이유"),
        ("밤편지 아이유", "밤편지", "아이유"),
        ("아이유 밤편지", "밤편지", "아이유"),
        ("밤편지 - 아이유", "밤편지", "아이유"),
        ("밤편지/아이유", "밤편지", "아이유"),
        ("아이유의 밤편지", "밤편지", "아이유"),
        ("아이유의 「밤편지」", "밤편지", "아이유"),
        ("밤편지 (아이유)", "밤편지", "아이유"),
        ("아이유밤편지", "밤편지", "아이유"),
        ("IU 밤편지", "밤편지", "아이유"),
        ("bts 봄날", "봄날", "방탄소년단"),
        ("spring day", "봄날", "방탄소년단"),
        ("BTS Spring Day", "봄날", "방탄소년단"),
        ("팔레트", "팔레트 (Feat. G-DRAGON)", "아이유"),
        ("예뻐서", "예뻐서 (Feat. 김이지) (You're beautiful)", "에릭남 (Eric Nam)"),
        ("you’re beautiful", "예뻐서 (Feat. 김이지) (You're beautiful)", "에릭남 (Eric Nam)"),
        ("예뻐서 eric nam", "예뻐서 (Feat. 김이지) (You're beautiful)", "에릭남 (Eric Nam)"),
        ("고백 FT아일랜드", "고백", "이홍기 (FT아일랜드)"),
        ("이홍기 고백", "고백", "이홍기 (FT아일랜드)"),
        ("거짓말 빅뱅", "거짓말", "BIGBANG (빅뱅)"),
        ("거짓말 god", "거짓말", "god"),
        ("여자아이들 tomboy", "TOMBOY", "(여자)아이들"),
        ("아이들 tomboy", "TOMBOY", "(여자)아이들"),
        ("f(x) Electric Shock", "Electric Shock", "f(x)"),
        ("열여섯 스물", "16/20 (열여섯 스물)", "주주 클럽"),
        ("Hold On (Remix)", "Hold On (Remix)", "지코 (ZICO)"),
        ("hold on remix", "Hold On (Remix)", "지코 (ZICO)"),
        ("hold on", "Hold On", "지코 (ZICO)"),
        ("봄 사랑 벚꽃 말고 아이유", "봄 사랑 벚꽃 말고", "HIGH4, 아이유"),
        ("비 태양을 피하는 방법", "태양을 피하는 방법", "비"),
        ("Rain 태양을 피하는 방법", "태양을 피하는 방법", "비"),
        ("밤ㅍㅕㄴ지", "밤편지", "아이유"),
        ("~", "~", "2단지"),
        ("ㅋ", "ㅋ", "장기하와 얼굴들"),
        ("qkavuswl", "밤편지", "아이유"),
        ("별 보로 가자", "별 보러 가자", "적재"),
        ("사랑이었나바", "사랑이었나봐", "기리보이"),
        ("아이유 밤펀지", "밤편지", "아이유"),
        ("이름", "이름", ""),
    ],
)
def test_found(query: str, title: str, artist: str) -> None:
    assert found(query) == (title, artist)


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("밤편지", "exact"),
        ("아이유 밤편지", "exact"),
        ("IU 밤편지", "alias"),
        ("you're beautiful", "alias"),
        ("spring day", "alias"),
        ("밤펀지", "typo"),
        ("ㅂㅍㅈ", "초성"),
        ("qkavuswl", "script"),
        ("아이유", "artist"),
    ],
)
def test_kind(query: str, kind: str) -> None:
    assert SEARCH(query)[0].kind == kind


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("밤펀지", "밤편지"),
        ("밤편지 아이우", "밤편지"),
        ("아이유밤펀지", "밤편지"),
        ("밤편지 라이브", "밤편지"),
        ("ㅂㅍㅈ", "밤편지"),
        ("ㅇㅇㅇ ㅂㅍㅈ", "밤편지"),
        ("ㅂㅍㅈ ㅇㅇㅇ", "밤편지"),
        ("아이유 ㅂㅍㅈ", "밤편지"),
        ("벗꽃 앤딩", "벚꽃 엔딩"),
    ],
)
def test_unsure_asks(query: str, title: str) -> None:
    answer = decide(SEARCH(query))
    assert isinstance(answer, Perhaps)
    assert answer.hits[0].song.title == title


def test_shared_title_asks_which_artist() -> None:
    answer = decide(SEARCH("봄날"))
    assert isinstance(answer, Several)
    assert [hit.song.artist for hit in answer.hits] == ["방탄소년단", "캔디맨"]


def test_at_most_five_are_offered() -> None:
    answer = decide(SEARCH("사랑", limit=20))
    assert isinstance(answer, Several)
    assert [hit.song.artist for hit in answer.hits] == ["나훈아", "노사연", "임재범", "부활", "안치환"]


def test_versions_of_one_song_are_not_several() -> None:
    songs = make([("거짓말", "god"), ("거짓말 (Remix)", "god"), ("거짓말", "god (지오디)")])
    songs[2] = Song(2, "x", "거짓말", "god (지오디)", "", None, 0, 0, "")
    assert decide(Search(songs)("거짓말")) == Found(songs[0])
    assert decide([Hit(song, 100.0, "exact") for song in songs]) == Found(songs[0])


def test_artist_alone_offers_songs_of_the_artist() -> None:
    answer = decide(SEARCH("아이유"))
    assert isinstance(answer, OfArtist)
    assert answer.artist == "아이유"
    assert [hit.song.title for hit in answer.hits] == [title for title, artist in NAMES if artist == "아이유"]
    assert SEARCH("아이유", limit=20)[5].song.artist == "HIGH4, 아이유"
    assert {hit.song.artist for hit in SEARCH("버스커버스커")} == {"버스커 버스커"}


def test_title_outranks_artist() -> None:
    search = Search(make([("첫눈", "거미"), ("거미", "이적")]))
    assert decide(search("거미")) == Found(make([("첫눈", "거미"), ("거미", "이적")])[1])


def test_title_outranks_title_and_artist() -> None:
    hits = Search(make([("사랑", "비"), ("사랑비", "김태우")]))("사랑 비")
    assert [(hit.song.title, hit.score) for hit in hits] == [("사랑비", 100.0), ("사랑", 99.0)]
    assert isinstance(decide(hits), Several)


@pytest.mark.parametrize(
    "query", ["밤편지 나훈아", "나훈아 밤편지", "밤편지 - 나훈아", "나훈아의 밤편지", "밤편지 (나훈아)"]
)
def test_another_artist_is_never_exact(query: str) -> None:
    hits = SEARCH(query)
    assert all(hit.kind == "typo" for hit in hits)
    answer = decide(hits)
    assert isinstance(answer, Perhaps)
    assert answer.hits[0].song.title == "밤편지"


@pytest.mark.parametrize(
    "query", ["나무", "방", "오늘 하루도 너무 힘들었는데 위로가 되는 노래", "asdf", "가나다라마바사", "ㅎㅎㅎㅎ"]
)
def test_unknown(query: str) -> None:
    answer = decide(SEARCH(query))
    assert isinstance(answer, Unknown)
    assert len(answer.nearest) <= 2


def test_unknown_offers_two_different_titles() -> None:
    hits = [Hit(song, 50.0 - place, "typo") for place, song in enumerate(SONGS[8:16])]
    answer = decide(hits)
    assert isinstance(answer, Unknown)
    assert [hit.song.title for hit in answer.nearest] == ["사랑", "사랑비"]


@pytest.mark.parametrize("query", ["", " ", "!?", "😀", "「」", "\u200b"])
def test_query_without_letters_finds_nothing(query: str) -> None:
    assert SEARCH(query) == []
    assert decide([]) == Unknown(())


def test_bare_title_empty_artist_and_empty_catalogue() -> None:
    assert Search([])("밤편지") == []
    assert Search(make([("", ""), ("", "아이유")]))("밤편지") == []
    assert Search(make([("", "아이유")]))("") == []


@pytest.mark.parametrize(
    ("score", "second", "expected"),
    [(95.0, 90.0, Found), (95.0, 90.1, Perhaps), (90.0, 20.0, Found), (89.9, 20.0, Perhaps), (60.0, 59.0, Perhaps),
     (59.9, 59.0, Unknown)],
)  # fmt: skip
def test_policy_borders(score: float, second: float, expected: type) -> None:
    assert isinstance(decide([Hit(SONGS[0], score, "typo"), Hit(SONGS[1], second, "typo")]), expected)


def test_long_query_is_cut() -> None:
    assert SEARCH("밤편지" + " " * 197 + "아무 말") == SEARCH("밤편지")


def test_limit() -> None:
    assert len(SEARCH("사랑", limit=3)) == 3
    assert SEARCH("사랑", limit=0) == []


def test_scores_do_not_depend_on_order() -> None:
    queries = ("봄나", "사랑", "아이유", "밤펀지", "벗꽃 앤딩", "ㅅㄹ", "거짓마 빅뱅", "봄날 나훈아", "qhaskf")
    shuffled = random.Random(3).sample(NAMES, len(NAMES))
    other = Search(make(shuffled), ALIAS_ROWS)
    for query in queries:
        here, there = (
            {(hit.song.title, hit.song.artist): (hit.score, hit.kind) for hit in search(query, limit=100)}
            for search in (SEARCH, other)
        )
        assert here == there


def test_aliases_file_has_both_kinds_and_no_repeats() -> None:
    aliases = read_aliases(ALIASES)
    assert "IU" in aliases["아이유"]
    assert "Spring Day" in aliases["봄날 - 방탄소년단"]
    for name, others in aliases.items():
        spellings = [normal(spelling) for spelling in (name, *others)]
        assert len(set(spellings)) == len(spellings), name


@pytest.mark.parametrize(
    "row",
    ["singer,아이유,IU", "title,봄날,Spring Day", "artist,봄날 - 방탄소년단,Spring Day", "artist,아이유,", "artist"],
)
def test_faulty_alias_row_is_named(tmp_path: Path, row: str) -> None:
    path = tmp_path / "aliases.csv"
    path.write_text(f"kind,name,alias\nartist,비,Rain\n{row}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=f"{re.escape(str(path))}, line 3"):
        read_aliases(path)


@pytest.mark.parametrize(
    ("text", "letters"), [("밤편지", "ㅂㅏㅁㅍㅕㄴㅈㅣ"), ("값 a", "ㄱㅏㅄ a"), ("", ""), ("각사", "ㄱㅏㄱㅅㅏ")]
)
def test_split_and_join(text: str, letters: str) -> None:
    assert hangul.split(text) == letters
    assert hangul.join(letters) == text


@pytest.mark.parametrize(
    ("keys", "text"), [("qkavuswl", "밤편지"), ("Rhc rlf", "꽃 길"), ("ekfrdml", "닭의"), ("dhk", "와"), ("", "")]
)
def test_from_keys(keys: str, text: str) -> None:
    assert hangul.from_keys(keys) == text


@pytest.mark.parametrize(
    ("text", "letters"), [("밤편지", "ㅂㅍㅈ"), ("ㅂ편ㅈ", "ㅂㅍㅈ"), ("밤 편지", ""), ("IU", ""), ("", "")]
)
def test_initials(text: str, letters: str) -> None:
    assert hangul.initials(text) == letters


@given(st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)))
def test_join_undoes_split(text: str) -> None:
    assert hangul.join(hangul.split(text)) == text


QUERIES = st.one_of(
    st.text(max_size=250),
    st.text("가밤편지의ㅂㅍㅈㅏ아이유 ()[]-/~.abfeatkR", max_size=40),
    st.lists(st.sampled_from([part for name in NAMES for part in name]), max_size=4).map(" ".join),
)


@given(QUERIES, st.integers(0, 8))
def test_any_text_gives_sorted_scores_in_range(query: str, limit: int) -> None:
    hits = SEARCH(query, limit)
    scores = [hit.score for hit in hits]
    assert len(hits) <= limit
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 100 for score in scores)
    assert {hit.kind for hit in hits} <= {"exact", "alias", "typo", "초성", "script", "artist"}
    assert isinstance(decide(hits), Found | Several | Perhaps | OfArtist | Unknown)


@given(st.lists(st.tuples(st.text(min_size=1, max_size=30), st.text(max_size=20)), min_size=1, max_size=8), st.data())
def test_every_title_finds_itself(names: list[tuple[str, str]], data: st.DataObject) -> None:
    songs = make(names)
    song = data.draw(st.sampled_from(songs))
    hits = Search(songs)(song.title, limit=100)
    assert not normal(song.title) or (hits[0].kind, hits[0].score) == ("exact", 100.0)
    assert not normal(song.title) or any(normal(hit.song.title) == normal(song.title) for hit in hits)


@pytest.mark.parametrize("song", SONGS, ids=lambda song: song.title)
def test_every_title_of_the_catalogue_finds_itself(song: Song) -> None:
    assert any(hit.song.title == song.title and hit.kind == "exact" for hit in SEARCH(song.title, limit=20))


@pytest.mark.parametrize(
    ("query", "title", "artist"),
    [
        ("러브 포엠", "Love poem", "아이유"),
        ("아이유 러브포엠", "Love poem", "아이유"),
        ("러브 포임", "Love poem", "아이유"),
        ("아이 엠", "I AM", "IVE (아이브)"),
        ("톰보이 여자아이들", "TOMBOY", "(여자)아이들"),
        ("다이너마이트", "Dynamite", "방탄소년단"),
        ("bam pyeonji", "밤편지", "아이유"),
        ("yeosu bambada", "여수 밤바다", "버스커 버스커"),
        ("ㅇㅛㅜ므ㅑㅅㄷ", "Dynamite", "방탄소년단"),
        ("ㅑ 므", "I AM", "IVE (아이브)"),
        ("아이유 qkavuswl", "밤편지", "아이유"),
        ("IU qkavuswl", "밤편지", "아이유"),
        ("dkdldb qkavuswl", "밤편지", "아이유"),
        ("eogksalsrnr dutnqkaqkek", "여수 밤바다", "버스커 버스커"),
        ("24ㅅㄱㅇ ㅁㅈㄹ", "24시간이 모자라", "선미 (SUNMI)"),
        ("ㅇㅇㅇㅂㅍㅈ", "밤편지", "아이유"),
        ("ㄱㅈㅁ god", "거짓말", "god"),
        ("여수 밤", "여수 밤바다", "버스커 버스커"),
        ("벚꽃 엔딩 들려줘", "벚꽃 엔딩", "버스커 버스커"),
        ("아이유 밤편지 노래 틀어줘", "밤편지", "아이유"),
        ("옛사랑 이문새", "옛사랑", "이문세"),
        ("이문새 옜사랑", "옛사랑", "이문세"),
        ("거짓말 god 버전", "거짓말", "god"),
    ],
)
def test_first_hit(query: str, title: str, artist: str) -> None:
    hit = SEARCH(query)[0]
    assert (hit.song.title, hit.song.artist) == (title, artist)


def test_an_artist_is_not_the_song_whose_title_names_or_is_spelt_like_the_artist() -> None:
    own = [(title, "박선율") for title in ("골목", "우산", "편지")] + [(t, "로코 (Roco)") for t in ("배", "섬", "등대")]
    search = Search(make([*own, ("창가 (박선율)", "이하람"), ("ROCO", "정다온"), ("로코", "정다온")]))
    assert decide(search("박선율")) == OfArtist("박선율", tuple(search("박선율", 3)))
    assert {hit.song.title for hit in search("박선율")} == {"골목", "우산", "편지"}
    assert decide(search("창가 박선율")) == decide(search("창가")) == Found(search("창가")[0].song, named=True)
    both = decide(search("로코"))
    assert isinstance(both, Perhaps)
    assert [hit.song.title for hit in both.hits] == ["로코", "배", "섬", "등대"]


def test_a_title_is_not_an_artist_of_few_songs() -> None:
    songs = make([("바다", "유하"), ("산", "바다"), ("들", "바다")])
    assert decide(Search(songs)("바다")) == Found(songs[0], named=True)


def test_of_songs_as_near_the_original_comes_before_its_covers() -> None:
    named = [("골목길", "둘", 2014), ("골목길", "하나", 1992), ("가게", "둘", 2010), ("나무", "둘", 2016)]
    songs = [Song(at, str(at), *name, "", year, 0, 0, "") for at, (*name, year) in enumerate(named)]
    songs = [replace(song, work=0 if song.title == "골목길" else song.index) for song in songs]
    search = Search(songs)
    assert [hit.song.artist for hit in search("골목길")] == ["하나", "둘"]
    assert [hit.song.title for hit in search("둘")] == ["나무", "가게", "골목길"]
    without_year = [replace(songs[0], year=None), replace(songs[1], year=None), *songs[2:]]
    first = Song(4, "4", "다른 노래", "하나", "", 1990, 4, 0, "")
    assert [hit.song.artist for hit in Search([*without_year, first])("골목길")] == ["하나", "둘"]


@pytest.mark.parametrize("query", ["아이유", "IU", "아이유 노래", "dkdldb", "아이유 노래 추천해줘", "ㅑㅕ"])
def test_artist_alone(query: str) -> None:
    answer = decide(SEARCH(query))
    assert isinstance(answer, OfArtist)
    assert answer.artist == "아이유"
    assert len(answer.hits) == 5
    assert all("아이유" in hit.song.artist for hit in answer.hits)


def test_songs_that_others_sang_too_are_offered_first() -> None:
    songs = make([("첫 곡", "가수"), ("둘째 곡", "가수"), ("둘째 곡", "다른 가수")])
    songs[2] = Song(2, "x", "둘째 곡", "다른 가수", "", None, songs[1].work, 0, "")
    assert [hit.song.title for hit in Search(songs)("가수") if hit.song.artist == "가수"] == ["둘째 곡", "첫 곡"]


def test_an_alias_finds_every_spelling_of_the_artist() -> None:
    songs = make([("거짓말", "BIGBANG (빅뱅)"), ("하루하루", "빅뱅"), ("천국", "BIGBANG")])
    assert {hit.song.title for hit in Search(songs, {"BIGBANG": ["빅뱅"]})("빅뱅")} == {"거짓말", "하루하루", "천국"}


def test_a_title_is_preferred_to_another_script() -> None:
    songs = make([("Butterfly", "가"), ("버터플라이", "나")])
    assert decide(Search(songs)("버터플라이")) == Found(songs[1])
    assert decide(Search(songs[:1])("버터플라이")) == Found(songs[0])


def test_an_index_on_disk_answers_as_one_in_memory(tmp_path: Path) -> None:
    SongNames.build(SONGS).save(tmp_path)
    there = Search(SONGS, ALIAS_ROWS, SongNames.open(tmp_path))
    queries = [part for name in NAMES for part in (*name, " ".join(name))]
    for query in [*queries, "밤펀지", "러브 포임", "ㅂㅍㅈ ㅇㅇㅇ", "qkavuswl", "아이우", "여수 밤"]:
        assert there(query, 20) == SEARCH(query, 20)


def test_an_index_of_a_catalogue_is_used_only_where_it_fits(catalogue, tmp_path, caplog) -> None:
    from recommender.catalogue import Catalogue, verify

    folder = tmp_path / "catalogue"
    shutil.copytree(catalogue.folder, folder)
    own = Catalogue(folder)
    assert len(names_of(own)) == len(own)
    write_index(own)
    verify(folder)
    assert isinstance(names_of(own).artist_of, np.memmap)
    SongNames.build(SONGS).save(folder / "search")
    assert len(names_of(own)) == len(own)
    assert "not used" in caplog.text
    np.save(folder / "search" / "format.npy", np.int64(0), allow_pickle=False)
    assert len(names_of(own)) == len(own)
    assert "another version" in caplog.text


def test_a_new_index_hides_no_damage(catalogue, tmp_path) -> None:
    from recommender.catalogue import Catalogue, CatalogueError, verify

    folder = tmp_path / "catalogue"
    shutil.copytree(catalogue.folder, folder)
    write_index(Catalogue(folder))
    facts = bytearray((folder / "facts" / "emotion.npy").read_bytes())
    facts[-4:] = b"\0\0\0\0"
    (folder / "facts" / "emotion.npy").write_bytes(facts)
    write_index(Catalogue(folder))
    with pytest.raises(CatalogueError, match=r"emotion\.npy"):
        verify(folder)


NAME = st.text("가나밤편지ㄱㅏabxyz12", min_size=1, max_size=8)


@given(st.lists(st.tuples(NAME, st.integers(0, 5), st.integers(0, 3)), max_size=30))
def test_an_index_of_names_keeps_who_bears_them(triples: list[tuple[str, int, int]]) -> None:
    index = NameIndex.build(triples)
    for name, _, _ in triples:
        same = {(owner, kind) for other, owner, kind in triples if hangul.split(other) == hangul.split(name)}
        assert set(index.bearers(name)) == same
        number = index.find(name)
        assert number is not None
        assert index.letters(number) == hangul.split(name)
        assert number in index.near(hangul.split(name))[0]
        assert number in index.starting(hangul.split(name)[:2], len(triples))
    assert index.find("없는 이름") is None


@given(st.lists(NAME, min_size=1, max_size=20), NAME)
def test_shared_trigrams_are_counted(names: list[str], typed: str) -> None:
    index = NameIndex.build((name, 0, 0) for name in names)

    def grams(text: str) -> Counter:
        padded = f"\n{hangul.split(text)}\n"
        return Counter(padded[place : place + 3] for place in range(len(padded) - 2))

    shared = index.shared(hangul.split(typed))
    for number in range(len(index)):
        counted = grams(index.letters(number))
        assert shared[number] == sum(counted[gram] for gram in grams(typed))


def test_names_of_a_title_and_an_artist() -> None:
    titles = dict(reversed(list(titles_of("예뻐서 (Feat. 김이지) (You're beautiful)"))))
    assert titles["예뻐서"] == 0
    assert titles["yourebeautiful"] == 2
    assert titles["유어뷰티펄"] == 4
    assert "yeppeoseo" in titles
    artists = dict(reversed(list(artists_of("박지민, 백예린 (Yerin Baek)"))))
    assert {"백예린", "박지민"} <= artists.keys()


@given(st.text())
def test_normal_form_of_a_normal_form_is_itself(text: str) -> None:
    assert normal(normal(text)) == normal(text)


@given(st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)))
def test_the_keyboard_there_and_back(text: str) -> None:
    assert hangul.from_keys(hangul.to_keys(text)) == text


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789 "))
def test_the_keyboard_back_and_there(text: str) -> None:
    assert hangul.to_keys(hangul.from_keys(text)) == text


@pytest.mark.parametrize(
    ("text", "letters"), [("24시간이", "24ㅅㄱㅇ"), ("밤편지", "ㅂㅍㅈ"), ("love", ""), ("", ""), ("ㄱ가", "ㄱㄱ")]
)
def test_initials_of(text: str, letters: str) -> None:
    assert hangul.initials_of(text) == letters


LISTS = sorted((ROOT / "bench" / "queries").glob("*.csv"))


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_lists_written_by_hand_are_found(path: Path, bundled: Search) -> None:
    """At least as often as asked for: spellings in Hangul 85 %, everything else 93 %."""
    queries = [query for _, query in written(path)]
    first = [query.rank([hit.song for hit in bundled(query.text)]) == 0 for query in queries]
    assert len(queries) >= 100
    assert np.mean(first) >= {"hangul_spellings": 0.85}.get(path.stem, 0.93)


def test_no_alias_gives_away_a_spelling_that_is_measured(bundled: Search) -> None:
    """The list of Hangul spellings is measured on what the search works out, so aliases must add little to it."""
    with (LISTS[0].parent / "hangul_spellings.csv").open(encoding="utf-8", newline="") as file:
        measured = {normal(row["query"]) for row in csv.DictReader(file)}
    given_away = {normal(alias) for name, others in read_aliases(ALIASES).items() if " - " in name for alias in others}
    assert len(measured - given_away) >= 100


@pytest.fixture(scope="module")
def bundled() -> Search:
    from bot.app import build_search
    from recommender.catalogue import BUNDLED, Catalogue

    return build_search(Catalogue(BUNDLED))


@pytest.fixture(scope="module")
def measures() -> dict[str, list[Query]]:
    return generated(SONGS, 20)


def test_generated_queries_are_the_same_every_time(measures: dict[str, list[Query]]) -> None:
    assert measures == generated(SONGS, 20)
    assert [query.text for query in measures["exact"]] == [song.title for song in SONGS if normal(song.title)]


def test_a_generated_query_is_never_another_title(measures: dict[str, list[Query]]) -> None:
    titles = {normal(song.title) for song in SONGS}
    for kind, queries in measures.items():
        assert queries or kind == "one letter", kind
        for query in queries:
            assert normal(query.text) not in titles - query.titles


LONG = [normal(title) for title, _ in NAMES if len(normal(title)) > 2]


@given(st.sampled_from(LONG), st.integers(1, 2), st.randoms())
def test_typos_are_as_many_as_asked(title: str, count: int, chance: random.Random) -> None:
    typed, meant = hangul.split(mistyped(title, count, chance)), hangul.split(title)
    assert typed != meant
    # Two letters left out may bring two vowels together, which then are one: «줄게», «줴».
    assert abs(len(typed) - len(meant)) <= count + 1
    assert Levenshtein.distance(typed, meant) <= 2 * count + 1


def test_measures_of_a_small_catalogue() -> None:
    measured = evaluate(SEARCH, SONGS, {}, sample=20)
    assert measured["kinds"]["exact"]["top1"]["rate"] == 1
    assert measured["kinds"]["spacing"]["top1"] == {"rate": 1.0, "low": 1.0, "high": 1.0}
    assert measured["milliseconds"]["times_baseline"] > 0
    nothing = evaluate(Search([]), SONGS, {}, sample=20)
    assert nothing["kinds"]["exact"]["top5"]["rate"] == 0
    assert evaluate(Search([]), [], {})["milliseconds"] == {}


def test_a_list_names_any_song_of_an_artist_by_an_empty_title(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("query,title,artist\nIU,,아이유\nIU,,나훈아\n봄날,봄날,캔디맨\n", encoding="utf-8")
    measured = evaluate(SEARCH, SONGS, {"list": written(path)}, sample=1)["kinds"]["list"]
    assert (measured["top1"]["rate"], measured["top5"]["rate"]) == (0.3333, 0.6667)
    assert measured["missed"] == ["IU"]


def test_aliases_are_read_from_brackets() -> None:
    artists = [
        "소녀시대 (GIRLS' GENERATION)",
        "태연 (TAEYEON)",
        "이홍기 (FT아일랜드)",
        "지민 (AOA)",
        "설현 (AOA)",
        "나연 (TWICE)",
        "TWICE (트와이스)",
        "박지민 (Jimin Park), 백예린",
        "아이유 (IU)",
    ]
    songs = make([(f"노래 {place}", artist) for place, artist in enumerate(artists)])
    assert list(proposed(songs, {"아이유": ["IU"]})) == [
        ("artist", "TWICE", "트와이스"),
        ("artist", "소녀시대", "GIRLS' GENERATION"),
        ("artist", "태연", "TAEYEON"),
    ]


def test_second_titles_are_for_rows_that_lack_them() -> None:
    songs = make([("늦은 밤", "가수"), ("늦은 밤 (Late Night)", "가수"), ("이른 봄 (Early Spring)", "가수")])
    songs += make([("늦은 밤 (Original Ver.)", "가수")])
    assert list(proposed(songs, {})) == [("title", "늦은 밤 - 가수", "Late Night")]


@pytest.mark.parametrize(
    ("name", "spelt"),
    [
        ("Love poem", "러브 포엠"),
        ("BTS", "비티에스"),
        ("Supermagic", "슈퍼매직"),
        ("4minute", "포미닛"),
        ("Don't Go", "돈트 고"),
        ("jannabi", "잔나비"),
        ("밤 Love", "밤 러브"),
    ],
)
def test_in_hangul(name: str, spelt: str) -> None:
    assert spelt in in_hangul(name)


@pytest.mark.parametrize(("name", "spelt"), [("봄날", "bomnal"), ("강남스타일", "gangnamseutail"), ("a밤", "abam")])
def test_in_latin(name: str, spelt: str) -> None:
    assert in_latin(name) == spelt


def test_nothing_to_spell() -> None:
    assert in_hangul("밤편지 2") == ()
    assert in_latin("Love 2") == ""


@given(st.text())
def test_any_name_is_spelt(name: str) -> None:
    assert all(isinstance(spelling, str) for spelling in (*in_hangul(name), in_latin(name)))


def test_commands_of_the_search(catalogue, tmp_path: Path) -> None:
    folder = tmp_path / "catalogue"
    shutil.copytree(catalogue.folder, folder)

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, ROOT / "main.py", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, encoding="utf-8")

    assert run("catalogue", "index", folder).returncode == 0
    assert (folder / "search" / "titles" / "text.npy").is_file()
    rows = run("catalogue", "aliases", folder).stdout.splitlines()
    assert all(line.startswith(("artist,", "title,")) for line in rows)
    measured = json.loads(run("evaluate", "search", "--catalogue", folder, "-n", 5).stdout)
    assert measured["kinds"]["exact"]["top5"]["rate"] == 1
    refused = run("evaluate", "search", "--catalogue", folder, "--list", tmp_path / "none.csv", "-n", 1)
    assert refused.returncode == 2
    assert "none.csv: cannot be read as UTF-8 CSV" in refused.stderr
