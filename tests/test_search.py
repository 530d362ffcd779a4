"""Finding songs by what people type: titles, artists, typos, initial consonants, and what to answer."""

import random
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender import hangul
from recommender.catalogue import Song
from recommender.search import Found, Hit, OfArtist, Perhaps, Search, Several, Unknown, decide, normal, read_aliases

ALIASES = Path(__file__).parent.parent / "data" / "aliases.csv"

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
    assert [hit.song.title for hit in answer.hits] == [title for title, artist in NAMES if "아이유" in artist]
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
