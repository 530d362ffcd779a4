"""The conversation without its parts: `step` over services whose answers are known in advance."""

import json
import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import care, dialogue, texts
from bot.dialogue import Event, Intent, Mood, Reply, Stage, State, current_mood, intent, step
from recommender.catalogue import Song, song_id
from recommender.engine import Recommendation
from recommender.search import Found, Hit, Perhaps, Several, Unknown

DIAGRAM = Path(dialogue.__file__).with_name("dialogue.mmd")
NOON = 1_760_000_000.0  # 2025-10-09 17:53 in Seoul
MARKER = "표식단어쿼카"
ANGRY, AFRAID, SAD, HAPPY = range(4)


def _song(index: int, title: str, artist: str) -> Song:
    return Song(index, song_id(title, artist), title, artist, "포크", 2020, index, 10, "")


POOL = [_song(place, f"노래 {place}", f"가수 {place}") for place in range(30)]
LANTERN = _song(30, "등불", "호롱")
SHADOWS = [_song(31 + place, "그림자", artist) for place, artist in enumerate(("두루미", "산울림터", "북두칠성"))]
BY_ID = {song.id: song for song in (*POOL, LANTERN, *SHADOWS)}


class Answers:
    """`Services` that know the title 등불 (one song) and 그림자 (three), and the words 슬프 and 신나."""

    sure = 0.5

    def __init__(self, songs: Sequence[Song] = POOL, moods: Sequence[Mood] = ()):
        self.songs, self.moods = songs, moods
        self.asked: list[tuple[tuple[Song, ...], tuple[float, ...], set[str]]] = []

    def classify(self, text: str) -> tuple[Sequence[float], float]:
        if "슬프" in text:
            return (0.1, 0.1, 0.7, 0.1), 0.1
        if "신나" in text:
            return (0.05, 0.05, 0.1, 0.8), 0.2
        if "복잡" in text:
            return (0.4, 0.05, 0.45, 0.1), 0.1
        return (0.25, 0.25, 0.25, 0.25), 0.9

    def search(self, query: str) -> Found | Several | Perhaps | Unknown:
        hits = tuple(Hit(song, 100.0, "exact") for song in SHADOWS)
        match query.split():
            case ["등불", *_]:
                return Found(LANTERN)
            case ["둥불"]:
                return Perhaps((Hit(LANTERN, 80.0, "typo"),))
            case ["둥불이요"]:
                return Perhaps((Hit(LANTERN, 70.0, "typo"),))
            case ["그림자"]:
                return Several(hits)
            case ["그림지"]:
                return Perhaps(hits)
            case ["ㄱㄹㅈ"]:
                return Perhaps(tuple(replace(hit, kind="초성") for hit in hits))
        return Unknown(hits[:2])

    def song(self, song_id: str) -> Song | None:
        return BY_ID.get(song_id)

    def recommend(
        self, seeds: Sequence[Song], emotion: Sequence[float], exclude: Collection[str]
    ) -> list[Recommendation]:
        self.asked.append((tuple(seeds), tuple(emotion), set(exclude)))
        left = [song for song in self.songs if song.id not in exclude and song not in seeds]
        return [Recommendation(song, 0.5, 0.5, "포크 노래") for song in left[:5]]

    def history(self, since: float) -> Sequence[Mood]:
        return [mood for mood in self.moods if mood.time >= since]


class Talk:
    """A conversation of several messages, one a minute; keeps the last replies."""

    def __init__(self, *messages: str, services: Answers | None = None, state: State | None = None):
        self.services, self.state, self.time = services or Answers(), state or State(), NOON
        self.replies: tuple[Reply, ...] = ()
        for message in messages:
            self.say(message)

    def say(self, message: str, later: float = 60) -> Reply:
        self.time += later
        self.state, self.replies = step(self.state, Event(message, self.time), self.services)
        return self.replies[0]

    @property
    def titles(self) -> list[str]:
        return [one.song.title for one in self.replies[0].songs]


# Together these make every intent and every answer of the services in every stage.
MESSAGES = (
    "안녕",
    "오늘 너무 슬프다",
    "🙂",
    "죽고 싶어",
    "/start",
    "/help",
    "/privacy",
    "/mood",
    "/forget",
    "/song",
    "/song 등불",
    "/song 그림자",
    "/song 둥불",
    "/song 그림지",
    "/song 처음 듣는 제목",
    "/song https://example.com/watch",
    "/nonsense",
    "등불",
    "그림자",
    "둥불이요",
    "ㄱㄹㅈ",
    "아무거나",
    "몰라",
    "다른 곡",
    "2번 좋아",
    "2번",
    "1번",
    "9번",
    "두루미",
    "예",
    "아니요",
)


def _kind_of(state: State) -> tuple:
    """What an answer may depend on: two states of one kind have the same edges."""
    return (state.stage, bool(state.moods), bool(state.seeds), bool(state.listed), len(state.offered))


def _walk() -> tuple[list[State], set[tuple[Stage, Intent, Stage]]]:
    """(one state of every kind that messages can lead to, every edge between two stages)."""
    seen = {_kind_of(State()): State()}
    waiting, edges = [State()], set()
    while waiting:
        state = waiting.pop()
        for message in MESSAGES:
            for services in (Answers(), Answers(songs=())):
                after, _ = step(state, Event(message, NOON), services)
                wanted = Intent.CARE if care.level(message) else intent(state, message)[0]
                edges.add((state.stage, wanted, after.stage))
                after = replace(after, erased=False)
                if _kind_of(after) not in seen:
                    seen[_kind_of(after)] = after
                    waiting.append(after)
    return list(seen.values()), edges


REACHED, EDGES = _walk()


# --- the diagram -------------------------------------------------------------------------


def test_messages_reach_every_stage_and_mean_every_intent():
    assert {state.stage for state in REACHED} == set(Stage)
    assert {wanted for _, wanted, _ in EDGES} == set(Intent)


def test_diagram_draws_every_edge_between_two_stages_and_no_other():
    """Self-loops are left out on both sides: a diagram that draws them cannot be read."""
    lines = DIAGRAM.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "stateDiagram-v2"
    drawn = set()
    for line in lines:
        edge = re.fullmatch(r"\s*(\w+) --> (\w+): ([\w, ]+)", line)
        if edge:
            drawn |= {(Stage(edge[1]), Intent(wanted), Stage(edge[2])) for wanted in edge[3].split(", ")}
    assert drawn == {edge for edge in EDGES if edge[0] is not edge[2]}


# --- what a message wants ------------------------------------------------------------------

LISTENING = State(stage=Stage.LISTENING, time=NOON)
ASKED = State(stage=Stage.ASKED_SONG, time=NOON)
CHOOSING = State(stage=Stage.CHOOSING, time=NOON, offered=tuple(song.id for song in SHADOWS))
CONFIRMING = State(stage=Stage.CONFIRMING, time=NOON, offered=(LANTERN.id,))
RECOMMENDED = State(stage=Stage.RECOMMENDED, time=NOON, listed=tuple(song.id for song in POOL[:5]))
FORGETTING = State(stage=Stage.FORGETTING, time=NOON)


@pytest.mark.parametrize(
    ("text", "wanted", "argument"),
    [
        ("/song밤편지", Intent.SONG, "밤편지"),
        ("/song 밤편지", Intent.SONG, "밤편지"),
        ("／song 밤편지", Intent.SONG, "밤편지"),
        ("/SONG x", Intent.SONG, "x"),
        ("/Song  두  칸", Intent.SONG, "두 칸"),
        ("/song@bot x", Intent.SONG, "x"),
        ("/노래밤편지", Intent.SONG, "밤편지"),
        ("/노래 밤편지", Intent.SONG, "밤편지"),
        ("/곡 밤편지", Intent.SONG, "밤편지"),
        ("/song", Intent.SONG, ""),
        ("/song\n밤편지", Intent.SONG, "밤편지"),
        ("  /song 밤편지  ", Intent.SONG, "밤편지"),
        (f"/song {unicodedata.normalize('NFD', '밤편지')}", Intent.SONG, "밤편지"),
        ("/song R&B / AC/DC", Intent.SONG, "R&B / AC/DC"),
        ("/songs x", Intent.UNKNOWN_COMMAND, "/songs"),
        ("/songbird", Intent.UNKNOWN_COMMAND, "/songbird"),
        ("/없는명령 x", Intent.UNKNOWN_COMMAND, "/없는명령"),
        ("/start", Intent.START, ""),
        ("/start abc", Intent.START, "abc"),
        ("/처음으로", Intent.START, ""),
        ("처음으로", Intent.START, ""),
        ("/help", Intent.HELP, ""),
        ("/도움말", Intent.HELP, ""),
        ("도움말", Intent.HELP, ""),
        ("/mood", Intent.DIARY, ""),
        ("/기분기록", Intent.DIARY, ""),
        ("기분 기록", Intent.DIARY, ""),
        ("기분 기록 보여줘!", Intent.DIARY, ""),
        ("/privacy", Intent.PRIVACY, ""),
        ("/개인정보", Intent.PRIVACY, ""),
        ("개인정보", Intent.PRIVACY, ""),
        ("/forget", Intent.FORGET, ""),
        ("/데이터삭제", Intent.FORGET, ""),
        ("데이터 삭제", Intent.FORGET, ""),
        ("내 데이터 삭제.", Intent.FORGET, ""),
        ("노래 추천해줘", Intent.SONG, ""),
        ("아무거나", Intent.ANY_SONG, ""),
        ("아무거나~", Intent.ANY_SONG, ""),
        ("아무 노래나", Intent.ANY_SONG, ""),
        ("다른 곡", Intent.MORE, ""),
        ("다른곡!!", Intent.MORE, ""),
        ("다른 노래 추천해줘", Intent.MORE, ""),
        ("더", Intent.MORE, ""),
        ("또…", Intent.MORE, ""),
        ("다시", Intent.MORE, ""),
        ("", Intent.NOTHING, ""),
        ("   ", Intent.NOTHING, ""),
        ("/", Intent.NOTHING, "/"),
        ("🙂🙂", Intent.NOTHING, "🙂🙂"),
        ("?!", Intent.NOTHING, "?!"),
        ("ㅠㅠ", Intent.TALK, "ㅠㅠ"),
        ("오늘 노래 대회에서 떨어졌어", Intent.TALK, "오늘 노래 대회에서 떨어졌어"),
        ("2번", Intent.TALK, "2번"),
        ("네", Intent.TALK, "네"),
        ("좋아요", Intent.TALK, "좋아요"),
    ],
)
def test_a_message_means_the_same_however_it_is_spelt(text, wanted, argument):
    assert intent(LISTENING, text) == (wanted, argument)


@pytest.mark.parametrize("state", [CHOOSING, CONFIRMING, FORGETTING])
@pytest.mark.parametrize("text", ["예", "네", "네!", "응", "ㅇㅇ", "맞아요", "그래", "YES", "y"])
def test_yes_is_understood_where_a_question_was_asked(state, text):
    assert intent(state, text)[0] is Intent.YES


@pytest.mark.parametrize("state", [CHOOSING, CONFIRMING, FORGETTING])
@pytest.mark.parametrize("text", ["아니요", "아니오", "아뇨", "아니.", "ㄴㄴ", "여기 없어요", "취소", "no"])
def test_no_is_understood_where_a_question_was_asked(state, text):
    assert intent(state, text)[0] is Intent.NO


@pytest.mark.parametrize("text", ["몰라", "모르겠어요", "없어", "딱히 없어", "아무거나요"])
def test_no_favourite_song_is_an_answer_when_one_was_asked_for(text):
    assert intent(ASKED, text)[0] is Intent.ANY_SONG


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2", 2),
        ("２", 2),
        ("2번", 2),
        ("2 번", 2),
        ("2번이요", 2),
        ("2번요", 2),
        ("2번 노래", 2),
        ("2번으로.", 2),
        ("2번째", 2),
        ("2번째 거요", 2),
        ("둘째", 2),
        ("두 번째", 2),
        ("두번째", 2),
        ("두 번째 거", 2),
        ("두 번째 노래요", 2),
        ("첫째", 1),
        ("첫 번째요", 1),
        ("세번째", 3),
    ],
)
def test_a_choice_is_made_with_any_spelling_of_its_number(text, number):
    talk = Talk(text, state=CHOOSING)
    assert talk.state.seeds == (SHADOWS[number - 1].id,)


@pytest.mark.parametrize("text", ["산울림터", "산울림", "산울림터요", "산울림터 노래"])
def test_a_choice_is_made_with_the_artists_name(text):
    assert Talk(text, state=CHOOSING).state.seeds == (SHADOWS[1].id,)


@pytest.mark.parametrize(
    ("text", "liked"),
    [
        ("2번 좋아", True),
        ("2번 좋아요!", True),
        ("2번은 좋았어", True),
        ("2번 노래 너무 좋아요", True),
        ("2번이 제일 좋네", True),
        ("2번째 마음에 들어요", True),
        ("2번 맘에들어", True),
        ("2번 별로", False),
        ("2번은 별로예요", False),
        ("2번 노래는 별로야", False),
        ("2번 싫어", False),
        ("2번 안 좋아", False),
        ("2번 안좋아", False),
        ("2번은 마음에 안 들어", False),
    ],
)
def test_one_song_is_rated_by_its_number(text, liked):
    talk = Talk(text, state=RECOMMENDED)
    assert (talk.state.liked if liked else talk.state.disliked) == (POOL[1].id,)
    assert not (talk.state.disliked if liked else talk.state.liked)
    assert "2번 「노래 1」" in talk.replies[0].text


@pytest.mark.parametrize("text", ["2번", "2번 듣고 울었어", "오늘 2번 좋아하는 사람을 봤어", "별로 안 힘들었어"])
def test_other_words_about_a_number_rate_nothing(text):
    assert intent(RECOMMENDED, text)[0] is Intent.TALK


@pytest.mark.parametrize(
    ("text", "liked"), [("좋아요", True), ("다 좋아!", True), ("별로예요", False), ("별로", False)]
)
def test_a_rating_without_a_number_is_for_all_listed(text, liked):
    talk = Talk(text, state=RECOMMENDED)
    assert (talk.state.liked if liked else talk.state.disliked) == RECOMMENDED.listed
    assert talk.replies[0].text.count("5곡") == 1


def test_별로_is_about_the_day_when_no_list_was_just_shown():
    talk = Talk("별로", state=replace(RECOMMENDED, stage=Stage.ASKED_SONG))
    assert talk.state.disliked == ()


def test_a_number_that_was_not_listed_is_said_to_be_none():
    talk = Talk("9번 좋아", state=RECOMMENDED)
    assert talk.state.liked == ()
    assert talk.replies[0].text == texts.NO_SUCH_NUMBER.format(count=5)


# --- mood ----------------------------------------------------------------------------------


def _mood(emotion: int, neutral: float = 0.0, time: float = NOON) -> Mood:
    return Mood(time, tuple(float(place == emotion) for place in range(4)), neutral)


def test_without_messages_there_is_no_mood():
    assert current_mood(State()) is None


def test_the_last_message_counts_most():
    mood = current_mood(State(moods=(_mood(SAD), _mood(ANGRY), _mood(HAPPY))))
    assert mood == pytest.approx((0.6 / 1.96, 0, 0.36 / 1.96, 1 / 1.96))


def test_neutral_messages_count_least():
    mood = current_mood(State(moods=(_mood(SAD), _mood(HAPPY, neutral=0.5))))
    assert mood == pytest.approx((0, 0, 0.6 / 1.1, 0.5 / 1.1))


def test_a_mood_of_wholly_neutral_messages_is_still_a_distribution():
    assert sum(current_mood(State(moods=(_mood(SAD, 1.0), _mood(HAPPY, 1.0))))) == pytest.approx(1)


def test_a_message_without_mood_is_not_kept():
    assert Talk("/start", "오늘은 목요일", "🙂", "/help").state.moods == ()


def test_only_the_latest_moods_are_kept_in_the_session():
    talk = Talk(*["오늘 슬프다"] * 9)
    assert len(talk.state.moods) == dialogue.MOODS_KEPT
    assert talk.state.moods[-1].time == talk.time


def test_a_clear_mood_is_named_and_a_mixed_one_is_not_claimed():
    assert Talk("너무 슬프다").replies[0].text.startswith(texts.MOODS["슬픔"])
    mixed = texts.MIXED_MOOD.format(first=texts.MOOD_NAMES["슬픔"], second=texts.MOOD_NAMES["분노혐오"])
    assert Talk("마음이 복잡해").replies[0].text.startswith(mixed)


def test_songs_are_asked_with_the_mood_of_all_messages():
    talk = Talk("너무 슬프다", "그래도 신나는 일도 있었어", "/song 등불")
    ((seeds, emotion, _),) = talk.services.asked
    assert seeds == (LANTERN,)
    assert emotion == pytest.approx(current_mood(talk.state))
    assert emotion.index(max(emotion)) == HAPPY


def test_silence_of_six_hours_starts_anew_but_likes_stay():
    talk = Talk("너무 슬프다", "/song 등불", "1번 좋아", "2번 별로")
    rated = talk.state.liked, talk.state.disliked
    talk.say("오늘은 목요일", later=6 * 3600 + 1)
    assert talk.state == State(stage=Stage.LISTENING, time=talk.time, liked=rated[0], disliked=rated[1])


def test_silence_of_just_under_six_hours_goes_on():
    talk = Talk("너무 슬프다", "/song 등불")
    before = talk.state
    talk.say("/help", later=6 * 3600)
    assert talk.state == replace(before, time=talk.time)


# --- songs ----------------------------------------------------------------------------------


def test_shown_songs_never_come_again_until_there_are_none():
    talk = Talk("/song 등불")
    seen = talk.titles
    while talk.say("다른 곡").songs:
        seen += talk.titles
    assert len(seen) == len(set(seen)) == len(POOL)
    assert talk.replies[0].text == texts.NO_MORE_SONGS


def test_after_the_last_song_처음으로_offers_them_anew():
    talk = Talk("/song 등불", *["다른 곡"] * 6, "처음으로", "/song 등불")
    assert len(talk.titles) == 5


def test_shown_songs_stay_away_from_another_favourite_too():
    talk = Talk("/song 등불")
    first = set(talk.titles)
    talk.say("/song 그림자")
    talk.say("1번")
    assert talk.titles
    assert first.isdisjoint(talk.titles)


def test_disliked_songs_are_excluded_even_after_starting_over():
    talk = Talk("/song 등불", "3번 별로", "처음으로", "/song 등불")
    assert POOL[2].id in talk.services.asked[-1][2]
    assert POOL[2].title not in talk.titles


def test_a_rating_undoes_the_opposite_one():
    talk = Talk("2번 별로", "2번 좋아", state=RECOMMENDED)
    assert (talk.state.liked, talk.state.disliked) == ((POOL[1].id,), ())
    talk.say("2번 별로")
    assert (talk.state.liked, talk.state.disliked) == ((), (POOL[1].id,))


def test_the_song_found_is_named_back():
    assert "「등불」(호롱)" in Talk("/song 등불").replies[0].text


def test_a_misspelt_title_is_asked_about_and_taken_on_yes():
    talk = Talk("/song 둥불")
    assert talk.state.stage is Stage.CONFIRMING
    assert talk.replies[0].choices == ("예", "아니요")
    talk.say("예")
    assert talk.state.seeds == (LANTERN.id,)


def test_a_title_typed_instead_of_yes_or_no_is_taken():
    assert Talk("/song 그림지", "등불").state.seeds == (LANTERN.id,)
    assert Talk("/song 둥불", "그림자").state.stage is Stage.CHOOSING


def test_no_asks_for_the_title_again():
    talk = Talk("/song 둥불", "아니요")
    assert (talk.state.stage, talk.state.offered) == (Stage.ASKED_SONG, ())
    assert talk.replies[0].text == texts.TRY_ANOTHER_TITLE


def test_several_songs_of_a_title_are_listed_to_choose_from():
    reply = Talk("/song 그림자").replies[0]
    assert reply.text.count("\n1. 그림자 – 두루미\n2. 그림자 – 산울림터\n3. 그림자 – 북두칠성\n") == 1
    assert reply.choices == ("1번", "2번", "3번", "여기 없어요")
    assert not reply.songs


def test_a_choice_out_of_range_is_asked_again():
    talk = Talk("/song 그림자", "4번")
    assert talk.state.stage is Stage.CHOOSING
    assert talk.replies[0].text == texts.NO_SUCH_OPTION.format(count=3)


def test_a_mood_told_instead_of_a_choice_is_heard():
    talk = Talk("/song 그림자", "오늘 너무 슬프다")
    assert (talk.state.stage, talk.state.offered, len(talk.state.moods)) == (Stage.ASKED_SONG, (), 1)


def test_an_offered_song_that_left_the_catalogue_is_asked_for_again():
    talk = Talk("2번", state=replace(CHOOSING, offered=(SHADOWS[0].id, "gone", SHADOWS[2].id)))
    assert talk.replies[0].text == texts.TRY_ANOTHER_TITLE


def test_an_unknown_song_still_gets_songs_by_mood():
    talk = Talk("너무 슬프다", "/song 처음 듣는 제목")
    assert talk.replies[0].text.startswith(texts.UNKNOWN_SONG)
    assert "「그림자」(두루미)" in talk.replies[0].text
    assert len(talk.titles) == 5


def test_an_unknown_song_without_a_mood_asks_for_the_mood():
    talk = Talk("/song 처음 듣는 제목")
    assert talk.replies[0].text.endswith(texts.MOOD_FIRST)
    assert not talk.replies[0].songs


def test_a_title_without_song_command_is_taken_only_when_one_was_asked_for():
    assert Talk("너무 슬프다", "등불").state.seeds == (LANTERN.id,)
    assert Talk("/start", "등불").state.seeds == ()


def test_initials_and_misspelt_titles_are_searched_while_a_song_is_asked_for():
    assert Talk("/song", "ㄱㄹㅈ").state.stage is Stage.CHOOSING
    assert Talk("/song", "둥불이요").state.stage is Stage.CONFIRMING
    assert Talk("/start", "ㄱㄹㅈ").state.stage is Stage.LISTENING


def test_a_mood_is_heard_even_while_a_song_is_asked_for():
    talk = Talk("너무 슬프다", "사실 신나는 일도 있었어")
    assert len(talk.state.moods) == 2
    assert talk.state.stage is Stage.ASKED_SONG


def test_an_answer_that_is_no_known_title_is_not_asked_about_in_the_same_words():
    talk = Talk("너무 슬프다", "처음 듣는 제목")
    assert talk.replies == (Reply(texts.NO_SUCH_TITLE, choices=("아무거나",)),)
    assert talk.state.stage is Stage.ASKED_SONG


@pytest.mark.parametrize("text", ["고마워", "ㅋㅋㅋ", "네"])
def test_words_after_a_list_that_tell_no_mood_do_not_ask_for_a_song_again(text):
    talk = Talk(text, state=RECOMMENDED)
    assert talk.replies == (Reply(texts.AFTER_SONGS, choices=("다른 곡",)),)
    assert talk.state == replace(RECOMMENDED, time=talk.time)


@pytest.mark.parametrize("state", [LISTENING, ASKED, CHOOSING, RECOMMENDED])
def test_a_link_is_never_read_as_a_mood(state):
    assert Talk("https://example.com/슬프다", state=state).replies == (Reply(texts.URL_FOR_TITLE),)


def test_an_empty_song_command_and_an_address_ask_for_a_title():
    assert Talk("/song").replies[0].text == texts.ASK_TITLE
    assert Talk("/song https://example.com/1").replies[0].text == texts.URL_FOR_TITLE


def test_more_without_anything_before_asks_for_a_song_or_mood():
    assert Talk("다른 곡").replies[0].text == texts.SONG_FIRST


def test_more_by_mood_stays_by_mood():
    talk = Talk("너무 슬프다", "아무거나", "다른 곡")
    assert [seeds for seeds, _, _ in talk.services.asked] == [(), ()]
    assert len(talk.state.shown) == 10


# --- the diary and forgetting ------------------------------------------------------------------


def test_diary_has_one_line_a_day_in_seoul_time():
    before_midnight = 1_760_021_940.0  # 2025-10-09 23:59 in Seoul
    moods = [_mood(SAD, time=before_midnight), _mood(HAPPY, time=before_midnight + 120), _mood(HAPPY, time=NOON + 1e5)]
    talk = Talk(services=Answers(moods=moods))
    talk.say("/mood", later=2e5)
    assert talk.replies[0].text.splitlines()[1:] == [
        "10월 9일 – 슬프고 속상한 마음 (1번)",
        "10월 10일 – 행복한 마음 (2번)",
    ]


def test_diary_without_moods_says_so():
    assert Talk("/mood").replies[0].text == texts.DIARY_EMPTY


def test_forgetting_asks_first_and_yes_erases():
    talk = Talk("너무 슬프다", "/forget")
    assert not talk.state.erased
    talk.say("예")
    assert talk.state == State(time=talk.time, erased=True)
    assert talk.replies[0].text == texts.FORGOTTEN


def test_지워_주세요_erases_too():
    assert Talk("데이터 삭제", "네, 지워 주세요").state.erased


def test_forgetting_is_cancelled_with_no():
    talk = Talk("너무 슬프다", "/forget", "아니요")
    assert (talk.state.erased, len(talk.state.moods)) == (False, 1)


@pytest.mark.parametrize("between", [text for text in MESSAGES if text not in ("/forget", "예")])
def test_yes_erases_only_right_after_the_question(between):
    assert not Talk("너무 슬프다", "/forget", between, "예").state.erased


# --- care ----------------------------------------------------------------------------------------

CARE_MESSAGES = (
    "죽고 싶어",
    "/song 죽고 싶어",
    "/help 그만 살고 싶다",
    "2번 죽고 싶다",
    "사라지고 싶다",
    "친구가 죽고 싶대",
)


class NoServices:
    """Everything but the care rules is off."""

    def __getattr__(self, name: str):
        raise AssertionError(f"{name} was asked")


@pytest.mark.parametrize("message", CARE_MESSAGES)
def test_care_answers_before_everything_in_every_stage(message):
    for state in REACHED:
        after, (reply,) = step(state, Event(message, NOON), NoServices())
        assert "109" in reply.text
        assert reply.songs == reply.choices == ()
        assert reply.call == "109"
        assert after == replace(state, stage=Stage.CARING, offered=(), time=NOON)


def test_care_has_an_answer_for_each_level():
    assert Talk("죽고 싶어").replies[0].text == texts.CARE_EXPLICIT
    assert Talk("사라지고 싶다").replies[0].text == texts.CARE_IMPLIED
    assert Talk("친구가 죽고 싶대").replies[0].text == texts.CARE_FOR_ANOTHER


@pytest.mark.parametrize("answer", ["네", "없어", "모르겠어", "고마워요", "🙂", "오늘 너무 슬프다", "ㅠㅠ"])
def test_the_answer_to_a_care_question_gets_no_songs_and_no_request_for_one(answer):
    talk = Talk("너무 슬프다", "/song 등불", "죽고 싶어", answer)
    assert talk.replies == (Reply(texts.CARE_AFTER, call="109"),)
    assert talk.state.stage is Stage.LISTENING


def test_a_command_after_a_care_answer_works():
    assert len(Talk("너무 슬프다", "사라지고 싶다", "/song 등불").titles) == 5


def test_yes_after_a_care_answer_never_erases_or_picks():
    assert not Talk("너무 슬프다", "/forget", "죽고 싶어", "예").state.erased
    assert Talk("/song 둥불", "죽고 싶어", "예").state.seeds == ()


def test_nothing_of_a_care_message_is_kept_but_the_turn():
    talk = Talk("죽고 싶어", "네")
    assert talk.state == State(stage=Stage.LISTENING, time=talk.time)


def test_care_numbers_are_the_right_ones():
    written = Path(texts.__file__).read_text(encoding="utf-8")
    for reply in (texts.CARE_EXPLICIT, texts.CARE_IMPLIED, texts.CARE_FOR_ANOTHER, texts.CARE_AFTER):
        assert all(number in reply for number in ("109", "1577-0199", "1388", "마들랜", "119", "112"))
        assert set(re.findall(r"\d[\d-]{2,}", reply)) == {"109", "1577-0199", "1388", "119", "112"}
    assert not re.search(r"1393|1577-?0119", written)


# --- what holds for every message ----------------------------------------------------------------------

anything = st.one_of(
    st.text(st.characters(), max_size=80),
    st.sampled_from(MESSAGES + CARE_MESSAGES),
    st.builds(
        "{}{}".format, st.sampled_from(("/song ", "/", "／", "2번 ", "/노래")), st.text(st.characters(), max_size=30)
    ),
    st.text(st.sampled_from("가나다ㄱㅏ등불 그림자/song2번좋아네 \n\t\x00\u200b🙂"), max_size=20),
)


@given(text=anything, state=st.sampled_from(REACHED), later=st.sampled_from((0, 60, 7 * 3600)))
@settings(max_examples=400, deadline=None)
def test_any_message_in_any_stage_is_answered_and_leaves_a_state_that_can_be_kept(text, state, later):
    event = Event(text, NOON + later, seed=1)
    after, replies = step(state, event, Answers())
    assert replies
    assert all(reply.text.strip() for reply in replies)
    assert all(reply.songs == () or len(reply.songs) <= dialogue.SONGS for reply in replies)
    assert all(reply.call == "" or reply.call in reply.text for reply in replies)
    kept = State.from_json(json.loads(json.dumps(after.to_json())))
    assert kept == replace(after, erased=False)
    assert (after, replies) == step(state, event, Answers())


@pytest.mark.parametrize(
    "message",
    [
        MARKER,
        f"{MARKER} 너무 슬프다",
        f"/song {MARKER}",
        f"/song 등불 {MARKER}",
        f"/{MARKER} x",
        f"등불 {MARKER}",
        f"죽고 싶어 {MARKER}",
        f"2번 {MARKER}",
        f"/song https://{MARKER}",
    ],
)
def test_a_state_never_holds_what_was_written(message):
    for state in REACHED:
        after, _ = step(state, Event(message, NOON), Answers())
        assert MARKER not in json.dumps(after.to_json(), ensure_ascii=False)


@pytest.mark.parametrize("seed", range(4))
def test_the_seed_varies_the_wording_and_nothing_else(seed):
    after, (reply,) = step(State(), Event("너무 슬프다", NOON, seed), Answers())
    assert reply.text.startswith(texts.MOODS["슬픔"][seed % 2])
    assert after == step(State(), Event("너무 슬프다", NOON, 0), Answers())[0]


def test_no_sentence_puts_a_particle_behind_a_name():
    """Its form would depend on the name: 은/는, 이/가, 을/를, 와/과."""
    said = [value for value in vars(texts).values() if isinstance(value, str)]
    for sentence in said:
        assert not re.search(
            r"\{(?:title|artist|query|command|titles)\}[」)]*(?:은|는|이|가|을|를|와|과|으로|로)\b", sentence
        )


def test_the_first_answer_to_a_mood_tells_once_what_is_kept():
    after, replies = step(State(), Event("너무 슬프다", NOON, 0), Answers())
    assert replies[0].text.endswith(texts.NOTICE)
    assert all(
        texts.NOTICE not in reply.text for reply in step(after, Event("너무 슬프다", NOON + 60, 0), Answers())[1]
    )
    for greeting in ("안녕", "/start"):
        greeted, told = step(State(), Event(greeting, NOON, 0), Answers())
        told += step(greeted, Event("너무 슬프다", NOON + 60, 0), Answers())[1]
        assert all(texts.NOTICE not in reply.text for reply in told)


def test_what_is_kept_is_told_with_the_first_thing_that_is_kept():
    helped, (reply,) = step(State(), Event("/help", NOON, 0), Answers())
    assert texts.NOTICE not in reply.text
    assert texts.NOTICE in step(helped, Event("너무 슬프다", NOON, 0), Answers())[1][0].text


def test_a_care_answer_carries_no_notice():
    (reply,) = step(State(), Event("죽고 싶어", NOON, 0), Answers())[1]
    assert texts.NOTICE not in reply.text
