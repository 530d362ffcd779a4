"""The conversation without its parts: `step` over services whose answers are known in advance."""

import json
import re
import time
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot import care, dialogue, texts
from bot.dialogue import Event, Intent, Mood, Reply, Stage, State, current_mood, intent, step
from recommender.catalogue import Song, song_id
from recommender.engine import Recommendation, Wishes
from recommender.search import Found, Hit, OfArtist, Perhaps, Several, Unknown

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


@dataclass(frozen=True)
class Asked:
    """What songs were asked for with."""

    seeds: tuple[Song, ...]
    emotion: tuple[float, ...]
    exclude: set[str]
    mode: str
    wishes: Wishes


class Answers:
    """`Services` that know the title 등불 (one song) and 그림자 (three), and the words 슬프 and 신나."""

    sure = 0.5

    def __init__(self, songs: Sequence[Song] = POOL, moods: Sequence[Mood] = ()):
        self.songs, self.moods = songs, moods
        self.asked: list[Asked] = []

    def classify(self, text: str) -> tuple[Sequence[float], float]:
        if "슬프" in text or "등불" in text or text == "ㄷㅂ":
            return (0.1, 0.1, 0.7, 0.1), 0.1
        if "신나" in text:
            return (0.05, 0.05, 0.1, 0.8), 0.2
        if "복잡" in text:
            return (0.4, 0.05, 0.45, 0.1), 0.1
        if "어쩌다" in text:
            return (0.3, 0.3, 0.3, 0.1), 0.1
        return (0.25, 0.25, 0.25, 0.25), 0.9

    def search(self, query: str) -> Found | Several | Perhaps | Unknown:
        hits = tuple(Hit(song, 100.0, "exact") for song in SHADOWS)
        match query.split():
            case ["등불", *_]:
                return Found(LANTERN)
            case ["호롱", "등불"] | ["lantern"]:
                return Found(LANTERN, named=True)
            case ["lamtern"]:
                return Found(LANTERN)
            case ["둥불"]:
                return Perhaps((Hit(LANTERN, 80.0, "typo"),))
            case ["둥불이요"]:
                return Perhaps((Hit(LANTERN, 70.0, "typo"),))
            case ["그림자"]:
                return Several(hits)
            case ["그림지"]:
                return Perhaps(hits)
            case ["두루미"]:
                return OfArtist("두루미", [hits[0]])
            case ["ㄱㄹㅈ"]:
                return Perhaps(tuple(replace(hit, kind="초성") for hit in hits))
        return Unknown(hits[:2])

    def song(self, song_id: str) -> Song | None:
        return BY_ID.get(song_id)

    def recommend(
        self,
        seeds: Sequence[Song],
        emotion: Sequence[float],
        exclude: Collection[str],
        mode: str = "match",
        wishes: Wishes = Wishes(),  # noqa: B008
    ) -> list[Recommendation]:
        self.asked.append(Asked(tuple(seeds), tuple(emotion), set(exclude), mode, wishes))
        left = [song for song in self.songs if song.id not in exclude and song not in seeds]
        return [Recommendation(song, 0.5, 0.5, "포크 노래") for song in left[:5]]

    def history(self, since: float) -> Sequence[Mood]:
        return [mood for mood in self.moods if mood.time >= since]

    def export(self) -> dict:
        return {"moods": len(self.moods)}

    def draw(self, moods: Sequence[Mood], now: float) -> bytes:
        return b"PNG of %d" % len(moods)


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
    "등불 틀어줘",
    "두루미 노래",
    "예",
    "아니요",
    "ㅋㅋ",
    "그냥 그래",
    "😭",
    "마음이 복잡해",
    "어쩌다 보니 이렇게 됐어",
    "신나게 잊고 싶어",
    "슬픈 노래 틀어줘",
    "다른 가수",
    "기분이 틀렸어",
    "행복해요",
    "2번 왜?",
    "2번 같은 노래",
    "취소",
    "/mydata",
    "기록 켜기",
    "기록 끄기",
    "멜론으로 보여줘",
)


def _kind_of(state: State) -> tuple:
    """What an answer may depend on: two states of one kind have the same edges."""
    told = bool(state.moods), bool(state.seeds), bool(state.listed), len(state.offered), bool(state.rated)
    return state.stage, *told, state.any_song, bool(state.feel)


CARE = "care"  # drawn like an intent, though no words but those of bot.care are asked


def _walk() -> tuple[list[State], set[tuple[Stage, str, Stage]]]:
    """(one state of every kind that messages can lead to, every edge between two stages)."""
    seen = {_kind_of(State()): State()}
    waiting, edges = [State()], set()
    while waiting:
        state = waiting.pop()
        for message in MESSAGES:
            for services in (Answers(), Answers(songs=())):
                after, _ = step(state, Event(message, NOON), services)
                wanted = CARE if care.level(message) else intent(state, message)[0]
                edges.add((state.stage, wanted, after.stage))
                after = replace(after, erased=False)
                if _kind_of(after) not in seen:
                    seen[_kind_of(after)] = after
                    waiting.append(after)
    return list(seen.values()), edges


with mock.patch("bot.care.level", cache(care.level)):  # it is asked of the same messages over and over
    REACHED, EDGES = _walk()


# --- the diagram -------------------------------------------------------------------------


def test_messages_reach_every_stage_and_mean_every_intent():
    assert {state.stage for state in REACHED} == set(Stage)
    assert {wanted for _, wanted, _ in EDGES} == {CARE, *Intent}


def test_diagram_draws_every_edge_between_two_stages_and_no_other():
    """Self-loops are left out on both sides: a diagram that draws them cannot be read.

    Drawn anew with `PYTHONPATH=. python tests/test_dialogue.py`.
    """
    lines = DIAGRAM.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "stateDiagram-v2"
    drawn = set()
    for line in lines:
        edge = re.fullmatch(r"\s*(\w+) --> (\w+): ([\w, ]+)", line)
        if edge:
            drawn |= {(Stage(edge[1]), wanted, Stage(edge[2])) for wanted in edge[3].split(", ")}
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
        ("내 일기 보여줘", Intent.DIARY, ""),
        ("일기장 보고 싶어", Intent.DIARY, ""),
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
        ("네", Intent.CHAT, "yes"),
        ("좋아요", Intent.CHAT, "yes"),
        ("안녕하세요!", Intent.CHAT, "hello"),
        ("ㅋㅋㅋ", Intent.CHAT, "laugh"),
        ("웃겨 죽겠네 진짜", Intent.CHAT, "laugh"),
        ("웃기지 마", Intent.TALK, "웃기지 마"),
        ("너 누구야?", Intent.CHAT, "who"),
        ("뭐 할 수 있어?", Intent.CHAT, "who"),
        ("사람이야?", Intent.CHAT, "who"),
        ("고마워 ㅎㅎ", Intent.CHAT, "thanks"),
        ("잘 자~", Intent.CHAT, "bye"),
        ("그냥 그래", Intent.CHAT, "soso"),
        ("오늘은 그냥 그랬어", Intent.CHAT, "soso"),
        ("심심해", Intent.CHAT, "soso"),
        ("안녕하세용", Intent.CHAT, "hello"),
        ("하이루~", Intent.CHAT, "hello"),
        ("ㅎㅇㅎㅇ", Intent.CHAT, "hello"),
        ("충성!", Intent.CHAT, "hello"),
        ("1번 가사 알려줘", Intent.CHAT, "words"),
        ("기분 안 좋아", Intent.CHAT, "ironic"),
        ("오늘 기분이 별로 안 좋아요", Intent.CHAT, "ironic"),
        ("안녕하세요 이거 어떻게 쓰는 거예요?", Intent.HELP, ""),
        ("이거 말고", Intent.MORE, ""),
        ("발라드 틀어줘", Intent.CHAT, "kinds"),
        ("최신곡으로", Intent.CHAT, "kinds"),
        ("걸그룹 노래", Intent.CHAT, "kinds"),
        ("너무 옛날 노래다", Intent.CHAT, "kinds"),
        ("노래나 틀어줘", Intent.SONG, ""),
        ("비슷한 노래 더", Intent.MORE, ""),
        ("다른 분위기로", Intent.MORE, ""),
        ("아이유 말고 다른 가수 노래", Intent.OTHER_ARTISTS, ""),
        ("더 슬픈 노래", Intent.WISH, "슬픔"),
        ("신나는 걸로 바꿔줘", Intent.WISH, "행복"),
        ("감사합니다 좀 위로가 되네요", Intent.CHAT, "thanks"),
        ("노래 좋았어요 고마워요", Intent.CHAT, "thanks"),
        ("가사 도우미 일이 힘들어", Intent.TALK, "가사 도우미 일이 힘들어"),
        ("이거 말고 다른 노래", Intent.MORE, ""),
        ("ㅂㅂ", Intent.CHAT, "bye"),
        ("그만", Intent.CHAT, "bye"),
        ("취침", Intent.CHAT, "bye"),
        ("이만 잘게요", Intent.CHAT, "bye"),
        ("수고했어", Intent.CHAT, "bye"),
        ("수고하셨습니다. 이만 쉬겠습니다.", Intent.CHAT, "bye"),
        ("노래를 어떻게 신청합니까?", Intent.HELP, ""),
        ("제 정보는 어디에 저장됩니까?", Intent.PRIVACY, ""),
        ("오늘 내 기분 어때?", Intent.DIARY, ""),
        ("그냥 기분전환되는 노래 추천해줘", Intent.WISH, "lift"),
        ("노래가 너무 슬퍼", Intent.WISH, "livelier"),
        ("수고가 많았던 하루", Intent.TALK, "수고가 많았던 하루"),
        ("그만두고 싶다", Intent.TALK, "그만두고 싶다"),
        ("아주 신났네", Intent.CHAT, "ironic"),
        ("/mydata", Intent.EXPORT, ""),
        ("내 데이터 보여줘", Intent.EXPORT, ""),
        ("기록 켜기", Intent.CONSENT, "yes"),
        ("기록 꺼줘", Intent.CONSENT, "no"),
        ("기록하지 마", Intent.CONSENT, "no"),
        ("동의 안 해", Intent.CONSENT, "no"),
        ("멜론으로 보여줘", Intent.SHOW_IN, "melon"),
        ("유튜브로 보여줘", Intent.SHOW_IN, "youtube"),
        ("다른 가수 노래 들려줘", Intent.OTHER_ARTISTS, ""),
        ("더 신나게", Intent.WISH, "livelier"),
        ("좀 더 신나는 걸로", Intent.WISH, "livelier"),
        ("더 잔잔하게 해줘", Intent.WISH, "calmer"),
        ("잔잔한 노래 추천해줘", Intent.WISH, "calmer"),
        ("너무 시끄러워", Intent.WISH, "calmer"),
        ("기분 전환", Intent.WISH, "lift"),
        ("천천히", Intent.WISH, "path"),
        ("그대로", Intent.WISH, "match"),
        ("위로받고 싶어", Intent.WISH, "comfort"),
        ("나 좀 위로해 줘", Intent.WISH, "comfort"),
        ("신나게 잊고 싶어", Intent.WISH, "escape"),
        ("스트레스 풀고 싶어", Intent.WISH, "escape"),
        ("신나는 노래 틀어줘", Intent.WISH, "행복"),
        ("슬픈 노래", Intent.WISH, "슬픔"),
        ("기분이 틀렸어", Intent.WRONG_MOOD, ""),
        ("그런 기분 아니야", Intent.WRONG_MOOD, ""),
        ("안 우울해", Intent.WRONG_MOOD, ""),
        ("우울한 건 아닌데", Intent.WRONG_MOOD, ""),
        ("나 슬프지 않아", Intent.WRONG_MOOD, ""),
        ("화나고 답답해요", Intent.MOOD, "분노혐오"),
        ("행복해요", Intent.MOOD, "행복"),
        # What only begins like one of these is about the day.
        ("다시 시작하고 싶어", Intent.TALK, "다시 시작하고 싶어"),
        ("더 힘들어", Intent.TALK, "더 힘들어"),
        ("또 혼났어", Intent.TALK, "또 혼났어"),
        ("다른 사람이 미워", Intent.TALK, "다른 사람이 미워"),
        ("기분이 좋아", Intent.TALK, "기분이 좋아"),
        ("오늘 회사에서 위로받았어", Intent.TALK, "오늘 회사에서 위로받았어"),
        ("왜 이렇게 힘들지", Intent.TALK, "왜 이렇게 힘들지"),
        ("천천히 눈물이 났어", Intent.TALK, "천천히 눈물이 났어"),
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
        ("두 번째 곡이 마음에 듭니다", True),
        ("두번째 좋아요", True),
        ("2번 맘에 든다", True),
        ("2번 ㄱㅊ", True),
        ("2번 이거 별루", False),
    ],
)
def test_one_song_is_rated_by_its_number(text, liked):
    talk = Talk(text, state=RECOMMENDED)
    assert (talk.state.liked if liked else talk.state.disliked) == (POOL[1].id,)
    assert not (talk.state.disliked if liked else talk.state.liked)
    assert "2번 「노래 1」" in talk.replies[0].text


@pytest.mark.parametrize("text", ["2번 듣고 울었어", "오늘 2번 좋아하는 사람을 봤어", "왜 이렇게 힘들지"])
def test_other_words_about_a_number_rate_nothing(text):
    assert intent(RECOMMENDED, text)[0] is Intent.TALK


@pytest.mark.parametrize(
    ("text", "liked"),
    [
        ("좋아요", True),
        ("다 좋아!", True),
        ("이 노래들 좋네요", True),
        ("오 좋다", True),
        ("노래 좋다ㅎㅎ", True),
        ("노래들이 다 마음에 들어요", True),
        ("별로예요", False),
        ("별로", False),
        ("별로다", False),
        ("다 마음에 안 들어요", False),
    ],
)
def test_a_rating_without_a_number_is_for_all_listed(text, liked):
    talk = Talk(text, state=RECOMMENDED)
    assert (talk.state.liked if liked else talk.state.disliked) == RECOMMENDED.listed
    assert talk.replies[0].text.count("5곡") == 1


def test_a_rating_of_all_leaves_what_was_just_rated_the_other_way():
    talk = Talk("5번 별로", "다 좋아요", state=RECOMMENDED)
    assert talk.state.disliked == RECOMMENDED.listed[4:]
    assert talk.state.liked == RECOMMENDED.listed[:4]
    assert Talk("다 별로", "다 좋아요", state=RECOMMENDED).state.liked == RECOMMENDED.listed


@pytest.mark.parametrize("text", ["좋은 하루였어", "마음에 드는 사람이 생겼어", "노래방에서 별로였어"])
def test_what_only_begins_like_a_rating_rates_nothing(text):
    talk = Talk(text, state=RECOMMENDED)
    assert talk.state.liked == talk.state.disliked == ()


@pytest.mark.parametrize("text", ["아 진짜?", "정말요?", "헐", "대박ㅋㅋ", "와", "우와 대박!", "이게 뭐야", "헉ㅠㅠ"])
def test_an_exclamation_after_songs_is_neither_a_mood_nor_a_title(text):
    talk = Talk(text, state=RECOMMENDED)
    assert talk.replies[0].text.endswith(texts.AFTER_SONGS)
    assert talk.state.moods == ()
    assert talk.state.listed == RECOMMENDED.listed


@pytest.mark.parametrize("text", ["와 진짜 짜증나", "헉 지갑을 잃어버렸어", "정말 힘든 하루였어", "대박 나 합격했어"])
def test_what_only_begins_with_an_exclamation_is_told(text):
    assert intent(RECOMMENDED, text)[0] is Intent.TALK


@pytest.mark.parametrize("text", ["와", "정말", "대박"])
def test_an_exclamation_may_be_a_title_where_one_was_asked_for(text):
    assert intent(ASKED, text)[0] is Intent.TALK


@pytest.mark.parametrize("text", ["이 노래 들려줘", "그 노래 틀어줘"])
def test_what_points_at_the_list_is_no_artist(text):
    talk = Talk(text, state=RECOMMENDED)
    assert talk.replies[0].text == texts.PLAY_HERE
    assert talk.state.stage is Stage.RECOMMENDED


def test_songs_like_these_are_more_of_them():
    talk = Talk("너무 슬프다", "/song 등불", "이런 노래 더 추천해줘")
    assert len(talk.replies[0].songs) == 5
    assert talk.state.seeds == (LANTERN.id,)


def test_별로_is_about_the_day_when_no_list_was_just_shown():
    talk = Talk("별로", state=replace(RECOMMENDED, stage=Stage.ASKED_SONG))
    assert talk.state.disliked == ()


def test_a_number_that_was_not_listed_is_said_to_be_none():
    talk = Talk("9번 좋아", state=RECOMMENDED)
    assert talk.state.liked == ()
    assert talk.replies[0].text == texts.NO_SUCH_NUMBER.format(count=5)


# --- mood ----------------------------------------------------------------------------------


def _mood(emotion: int, neutral: float = 0.001, time: float = NOON) -> Mood:
    return Mood(time, tuple(float(place == emotion) for place in range(4)), neutral)


def test_without_messages_there_is_no_mood():
    assert current_mood(State()) is None


def test_the_last_message_counts_most():
    unclear = replace(_mood(HAPPY), emotion=(0.2, 0.2, 0.2, 0.4))
    mood = current_mood(State(moods=(_mood(SAD), _mood(ANGRY), unclear)))
    assert mood == pytest.approx((0.8 / 1.96, 0.2 / 1.96, 0.56 / 1.96, 0.4 / 1.96))


def test_another_mood_told_before_hardly_counts_where_the_last_message_is_clear():
    mood = current_mood(State(moods=(_mood(SAD), _mood(HAPPY), _mood(ANGRY), _mood(HAPPY))))
    total = 1 + 0.36 + 0.15 * (0.6 + 0.216)
    assert mood == pytest.approx((0.15 * 0.6 / total, 0, 0.15 * 0.216 / total, 1.36 / total))


def test_neutral_messages_count_least():
    mood = current_mood(State(moods=(_mood(SAD), _mood(HAPPY, neutral=0.7))))
    assert mood == pytest.approx((0, 0, 0.6 / 0.9, 0.3 / 0.9), abs=1e-3)


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
    (asked,) = talk.services.asked
    assert asked.seeds == (LANTERN,)
    assert asked.emotion == pytest.approx(current_mood(talk.state))
    assert asked.emotion.index(max(asked.emotion)) == HAPPY


@pytest.mark.parametrize(("answer", "kept"), [("예", True), ("아니요", False), ("", None)])
def test_silence_of_six_hours_starts_anew_and_likes_and_songs_stay_with_consent_alone(answer, kept):
    talk = Talk("너무 슬프다", "/song 등불", *filter(None, [answer]), "1번 좋아", "2번 별로", "더 신나게")
    before = talk.state
    talk.say("오늘은 목요일", later=6 * 3600 + 1)
    remembered = {"liked": before.liked, "disliked": before.disliked, "earlier": before.shown} if kept else {}
    assert talk.state == State(Stage.LISTENING, talk.time, consent=kept, asked_consent=True, **remembered)


def test_silence_of_just_under_six_hours_goes_on():
    talk = Talk("너무 슬프다", "/song 등불")
    before = talk.state
    talk.say("/help", later=6 * 3600)
    assert talk.state == replace(before, time=talk.time, asking=False)


@pytest.mark.parametrize(
    "text", ["안녕", "ㅋㅋㅋ", "너 누구야?", "뭐 할 수 있어?", "고마워", "네", "그냥 그래", "아주 신났네"]
)
@pytest.mark.parametrize("state", [State(), LISTENING, ASKED, RECOMMENDED])
def test_small_talk_is_never_a_mood(text, state):
    class Sure(Answers):
        def classify(self, text):
            return (0.97, 0.01, 0.01, 0.01), 0.0

    talk = Talk(text, services=Sure(), state=state)
    assert talk.state.moods == ()
    assert not talk.titles


@pytest.mark.parametrize("text", ["어쩌다 보니 이렇게 됐어", "today was a strange day"])
def test_a_sentence_of_uncertain_mood_is_asked_about_with_the_four_moods(text):
    talk = Talk("/start", text)
    assert talk.state.stage is Stage.ASKED_MOOD
    assert talk.replies[0].text in texts.NOT_SURE
    assert talk.replies[0].choices == tuple(texts.MOOD_WORDS.values())
    talk.say("슬퍼")
    assert current_mood(talk.state) == (0, 0, 1, 0)


def test_a_mixed_mood_offers_the_four_to_pick_from():
    talk = Talk("마음이 복잡해")
    assert talk.replies[0].choices == (*texts.MOOD_WORDS.values(), texts.ANY_SONG)
    talk.say("화나고 답답해요")
    assert dialogue.mood.strongest(current_mood(talk.state)) == "분노혐오"


@pytest.mark.parametrize("denial", ["기분이 틀렸어", "나 안 슬픈데", "우울한 건 아닌데", "그런 기분 아니야"])
def test_a_corrected_mood_wins_over_all_guesses_and_is_kept(denial):
    talk = Talk("너무 슬프다", "정말 슬프다", denial)
    assert talk.replies == (Reply(texts.PICK_MOOD, choices=tuple(texts.MOOD_WORDS.values())),)
    talk.say("행복해요")
    assert current_mood(talk.state) == (0, 0, 0, 1)
    assert [told.picked for told in talk.state.moods] == [True]
    assert State.from_json(json.loads(json.dumps(talk.state.to_json()))).moods[0].picked
    talk.say("/song 등불")
    assert talk.services.asked[-1].emotion == (0, 0, 0, 1)


def test_what_is_told_after_a_correction_counts_again():
    talk = Talk("너무 슬프다", "기분이 틀렸어", "행복해요", "사실 또 슬프다")
    mood = current_mood(talk.state)
    assert mood[SAD] == pytest.approx((0.9 * 0.7) / (0.9 + 0.15 * 0.6))
    assert mood[HAPPY] == pytest.approx((0.15 * 0.6 + 0.9 * 0.1) / (0.9 + 0.15 * 0.6))


def test_songs_come_again_at_once_when_the_mood_was_wrong_below_a_list():
    talk = Talk("너무 슬프다", "/song 등불")
    first = talk.titles
    talk.say("기분이 틀렸어")
    talk.say("행복")
    assert talk.services.asked[-1].seeds == (LANTERN,)
    assert len(talk.titles) == 5
    assert not set(talk.titles) & set(first)


def test_a_guess_is_never_taken_for_a_pick():
    told = dialogue.mood.guessed(NOON, (0, 0, 0, 1.0), 0.0)
    assert not told.picked
    assert dialogue.mood.picked(NOON, "행복").picked


@pytest.mark.parametrize(("text", "emotion"), [("😭😭", SAD), ("🎉🥳", HAPPY), ("😡", ANGRY), ("😱", AFRAID)])
def test_faces_alone_tell_a_mood(text, emotion):
    (told,) = Talk(text).state.moods
    assert told.emotion.index(max(told.emotion)) == emotion
    assert not told.picked


@pytest.mark.parametrize("text", ["🙂", "😭😂", "👍", "…", "?!"])
def test_marks_that_tell_nothing_or_two_things_ask_for_words(text):
    assert Talk(text).replies[0].text == texts.NO_LETTERS


def test_a_very_hard_day_gets_one_line_of_help():
    class Hard(Answers):
        def classify(self, text):
            return (0.1, 0.1, 0.7, 0.1), 0.1

    talk = Talk("힘들어 죽겠어", services=Hard())
    assert talk.replies[0].text.count("109") == 1
    for text in ("정말 힘든 하루였다", "배고파 죽겠다", "더워 진짜 죽겠네", "너 보고 싶어 죽겠어"):
        assert "109" not in Talk(text, services=Hard()).replies[0].text


# --- wishes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "mode", "energy"),
    [
        ("더 신나게", "match", 1),
        ("더 잔잔하게", "match", -1),
        ("기분 전환", "lift", 0),
        ("천천히", "path", 0),
        ("위로받고 싶어", "match", -1),
        ("신나게 잊고 싶어", "lift", 1),
    ],
)
def test_a_wish_changes_how_songs_are_chosen_and_stays(text, mode, energy):
    talk = Talk("너무 슬프다", "/song 등불", text)
    assert len(talk.titles) == 5
    for _ in range(2):
        asked = talk.services.asked[-1]
        assert (asked.mode, asked.wishes.energy, asked.seeds) == (mode, energy, (LANTERN,))
        talk.say("다른 곡")


def test_energy_stays_between_its_bounds_and_그대로_takes_it_back():
    talk = Talk("너무 슬프다", "아무거나", *["더 신나게"] * 4)
    assert talk.services.asked[-1].wishes.energy == 2
    assert talk.replies[0].text.startswith(texts.WISHED["liveliest"])
    talk.say("그대로")
    assert (talk.state.mode, talk.state.energy) == ("match", 0)


def test_a_wish_before_any_mood_is_kept_for_the_songs_to_come():
    talk = Talk("신나게 잊고 싶어")
    assert talk.state.stage is Stage.ASKED_MOOD
    talk.say("슬프고 속상해요")
    assert (talk.services.asked[-1].mode, talk.services.asked[-1].wishes.energy) == ("lift", 1)
    assert len(talk.titles) == 5


def test_a_wish_inside_a_sentence_about_the_day_is_heard_with_the_mood():
    talk = Talk("너무 슬프다 위로받고 싶어", "아무거나")
    assert len(talk.state.moods) == 1
    assert talk.services.asked[-1].wishes.energy == -1


def test_songs_of_a_feeling_are_no_mood_of_the_person():
    talk = Talk("슬픈 노래 틀어줘")
    assert talk.services.asked[-1].emotion == (0, 0, 1, 0)
    assert talk.state.moods == ()
    talk.say("다른 곡")
    assert talk.services.asked[-1].emotion == (0, 0, 1, 0)
    talk.say("오늘 신나는 일이 있었어")
    talk.say("아무거나")
    assert talk.services.asked[-1].emotion[HAPPY] == max(talk.services.asked[-1].emotion)


def test_other_artists_are_asked_for_once():
    talk = Talk("/song 등불", "다른 가수")
    assert talk.services.asked[-1].wishes.other_artists
    talk.say("다른 곡")
    assert not talk.services.asked[-1].wishes.other_artists


def test_likes_and_dislikes_are_wishes():
    talk = Talk("/song 등불", "1번 좋아", "2번 별로", "다른 곡")
    wishes = talk.services.asked[-1].wishes
    assert (wishes.liked, wishes.disliked) == ((POOL[0],), (POOL[1],))


def test_melon_comes_first_once_wished_for():
    assert not Talk("/song 등불").replies[0].melon
    assert Talk("멜론으로 보여줘", "/song 등불").replies[0].melon
    assert not Talk("멜론으로 보여줘", "유튜브로 보여줘", "/song 등불").replies[0].melon


def test_what_may_be_said_of_songs_stands_below_them():
    (songs, _) = Talk("/song 등불").replies
    assert songs.choices == ("좋아요", "별로예요", "다른 곡", "더 신나게", "더 잔잔하게", "다른 가수")
    assert Talk("/song 등불", "좋아요").state.liked == tuple(song.id for song in POOL[:5])


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
    assert POOL[2].id in talk.services.asked[-1].exclude
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


def test_a_song_in_another_spelling_is_taken_while_one_is_asked_for():
    for text in ("lantern", "lamtern"):
        talk = Talk(text, state=ASKED)
        assert talk.state.seeds == (LANTERN.id,), text
    assert not Talk("lantern", state=ASKED).replies[0].text.startswith(texts.CORRECTED.format(query="lantern"))


def test_a_title_with_its_artist_is_a_song_whatever_mood_its_words_have():
    for state in (LISTENING, ASKED, RECOMMENDED, replace(LISTENING, stage=Stage.CARING)):
        assert Talk("호롱 등불", state=state).state.seeds == (LANTERN.id,), state.stage


def test_other_words_after_a_care_answer_are_answered_softly():
    assert Talk("너무 슬프다", state=replace(LISTENING, stage=Stage.CARING)).replies[0].text == texts.CARE_AFTER


@pytest.mark.parametrize("text", ["등불 좋아해", "나는 등불을 제일 좋아합니다", "등불 노래 좋아해요"])
def test_a_favourite_named_in_a_sentence_is_taken(text):
    assert Talk(text, state=ASKED).state.seeds == (LANTERN.id,)


def test_an_artist_liked_in_a_sentence_is_offered_and_a_person_liked_is_not():
    assert Talk("두루미 노래 좋아해", state=RECOMMENDED).state.stage is Stage.CHOOSING
    assert Talk("등불 좋아해", state=RECOMMENDED).state.stage is not Stage.CONFIRMING


@pytest.mark.parametrize("text", ["등불, 그림자", "등불이랑 그림자 같은 노래", "등불하고 그림자 비슷한 노래 추천해줘"])
def test_several_favourites_are_taken_without_a_command(text):
    talk = Talk(text, state=ASKED)
    assert talk.state.seeds == (LANTERN.id, SHADOWS[0].id)


def test_a_list_of_other_things_is_no_list_of_songs():
    assert Talk("등불, 빨래, 설거지 너무 슬프다", state=ASKED).state.seeds == ()


def test_songs_of_a_known_artist_are_offered_for_an_unknown_title():
    talk = Talk("두루미 모르는제목", state=ASKED)
    assert talk.replies[0].text.startswith(texts.ONLY_ARTIST_KNOWN.format(artist="두루미"))
    assert talk.state.stage is Stage.CHOOSING


def test_consonants_alone_tell_no_mood():
    assert Talk("ㄷㅂ", state=LISTENING).state.moods == ()


def test_comfort_ends_with_the_low_mood():
    talk = Talk("너무 슬프다", "위로받고 싶어")
    assert talk.state.energy == -1
    talk.say("이제 신나는 일이 생겼어")
    assert (talk.state.mode, talk.state.energy) == ("match", 0)


def test_a_mood_is_heard_even_while_a_song_is_asked_for():
    talk = Talk("너무 슬프다", "사실 신나는 일도 있었어")
    assert len(talk.state.moods) == 2
    assert talk.state.stage is Stage.ASKED_SONG


def test_an_answer_that_is_no_known_title_is_not_asked_about_in_the_same_words():
    talk = Talk("너무 슬프다", "처음 듣는 제목")
    assert talk.replies == (Reply(texts.NO_SUCH_TITLE, choices=("아무거나",)),)
    assert talk.state.stage is Stage.ASKED_SONG


@pytest.mark.parametrize("text", ["고마워", "ㅋㅋㅋ", "네", "오늘은 목요일"])
def test_words_after_a_list_that_tell_no_mood_do_not_ask_for_a_song_again(text):
    talk = Talk(text, state=RECOMMENDED)
    assert texts.ASK_SONG not in talk.replies[0].text
    assert talk.replies[0].choices == ("다른 곡",)
    assert talk.state == replace(RECOMMENDED, time=talk.time)


def test_several_favourites_are_taken_at_once_three_at_most():
    talk = Talk("너무 슬프다", "/song 등불, 그림자, 모르는 제목, 등불")
    asked = talk.services.asked[-1]
    assert asked.seeds == (LANTERN, SHADOWS[0])
    text = talk.replies[0].text
    assert text.startswith(f"{texts.THREE_AT_MOST} {texts.NOT_FOUND}")
    assert "「그림자」(두루미)를 골랐어요" in text
    assert "「등불」(호롱), 「그림자」(두루미) 같은 노래" in text


def test_a_title_with_a_comma_in_it_is_one_title():
    class Comma(Answers):
        def search(self, query):
            return Found(LANTERN) if query == "등불, 하나" else Unknown(())

    assert Talk("/song 등불, 하나", services=Comma()).state.seeds == (LANTERN.id,)


@pytest.mark.parametrize(
    "text",
    [
        "/song 두루미",
        "두루미 노래",
        "두루미 노래 틀어줘",
        "두루미의 노래 추천해줘",
        "두루미 추천해줘",
        "두루미 노래로 ㄱㄱ",
        "이거 말고 두루미 다른 노래",
    ],
)
def test_an_artist_alone_gives_the_artists_songs_to_choose_from(text):
    talk = Talk("/start", text)
    assert talk.state.stage is Stage.CHOOSING
    assert talk.replies[0].text.startswith(texts.WHICH_OF_ARTIST.format(artist="두루미"))
    assert talk.replies[0].choices == ("1번", texts.NOT_HERE)
    talk.say("그림자")
    assert talk.state.seeds == (SHADOWS[0].id,)


@pytest.mark.parametrize("text", ["여행 가자", "같이 가자", "물 좀 줘", "용기를 줘", "오늘도 부탁해"])
def test_asking_for_something_is_not_asking_for_a_song(text):
    class Titles(Answers):
        def search(self, query):
            return Found(LANTERN, named=True)

    assert Talk("너무 슬프다", services=Titles()).say(text) is not None
    assert Talk("/start", text, services=Titles()).state.stage not in (Stage.CONFIRMING, Stage.RECOMMENDED)


def test_a_title_that_ends_like_a_particle_keeps_its_end():
    class Heard(Answers):
        def search(self, query):
            queries.append(query)
            return super().search(query)

    queries: list[str] = []
    Talk("/start", "귀로 틀어줘", services=Heard())
    assert "귀로" in queries


@pytest.mark.parametrize("text", ["등불", "두루미"])
def test_a_title_or_an_artist_is_heard_after_songs_too(text):
    talk = Talk("너무 슬프다", "아무거나", text)
    moods = Talk("너무 슬프다", "아무거나").state.moods
    assert talk.state.moods == moods
    assert talk.state.seeds == (LANTERN.id,) or talk.state.stage is Stage.CHOOSING


def test_a_choice_in_words_of_praise_is_a_choice():
    talk = Talk("너무 슬프다", "그림자", "2번 좋아")
    assert talk.state.seeds == (SHADOWS[1].id,)
    assert talk.state.liked == ()


def test_any_song_asked_for_twice_needs_no_mood():
    talk = Talk("/start", "아무거나", "아무거나")
    assert talk.replies[0].text == texts.SONGS_OF_NO_MOOD
    assert len(talk.titles) == 5
    assert len(Talk("/start", "아무거나", "아무거나", "다른 곡").titles) == 5


@pytest.mark.parametrize(
    "text",
    [
        "남편이 때려요",
        "아빠가 술 먹고 때렸어요",
        "선배한테 맞았어",
        "애들이 자꾸 괴롭혀요",
        "오빠한테 맞고 살아요",
        "남친한테 두들겨 맞았어",
        "선배한테 괴롭힘을 당해요",
        "남편이 칼로 위협했어요",
    ],
)
def test_violence_by_somebody_near_is_answered_with_help_lines(text):
    talk = Talk("너무 슬프다", text)
    assert talk.replies == (Reply(texts.HURT),)
    assert re.findall(r"\d{3,}", texts.HURT) == ["112", "1366", "117", "1388"]


@pytest.mark.parametrize(
    "text",
    [
        "엄마한테 등짝 맞았어",
        "남친한테 바람 맞았어",
        "동생이 장난으로 때렸어 ㅋㅋ",
        "영화에서 아빠가 아들을 때려",
        "비를 맞았어",
        "엄마 말이 맞았어",
        "아들이 시험에서 백 점 맞았어",
        "엄마가 칼로 사과를 깎아 줬어",
        "남편이 회사를 때려 치웠어",
        "부모님이랑 예방 접종 맞았어",
        "친구들하고 시간이 안 맞았어",
    ],
)
def test_blows_that_are_none_are_not(text):
    assert Talk("너무 슬프다", text).replies != (Reply(texts.HURT),)


@pytest.mark.parametrize(
    "word", ["좋았", "위로가돼", "네", "남편이 ", "아빠가 a b ", "더", "ㄴㄴ", "이거말고", "노래가", "정말"]
)
def test_repeated_words_are_read_quickly(word):
    started = time.perf_counter()
    Talk(*([word * 90] * 3), state=ASKED)
    assert time.perf_counter() - started < 2


def test_a_name_of_a_title_and_an_artist_is_asked_about_and_as_songs_of_it_the_artist_is_meant():
    class Both(Answers):
        def search(self, query):
            artist = Hit(SHADOWS[0], 89.0, "artist")
            return (
                OfArtist("두루미", (artist,)) if " 노래" in query else Perhaps((Hit(LANTERN, 100.0, "exact"), artist))
            )

    asked = Talk("두루미", services=Both(), state=ASKED)
    assert "\n1. 등불" in asked.replies[0].text
    assert asked.state.stage is Stage.CHOOSING
    artist = Talk("두루미 노래 틀어줘", services=Both())
    assert artist.replies[0].text.startswith(texts.WHICH_OF_ARTIST.format(artist="두루미"))


@pytest.mark.parametrize("text", ["등불 같은 노래", "등불이랑 비슷한 노래 추천해줘"])
def test_songs_like_one_are_asked_for_without_a_command(text):
    class Particle(Answers):
        def search(self, query):
            return super().search(query.removesuffix("이랑"))

    assert Talk("/start", text, services=Particle()).state.seeds == (LANTERN.id,)


def test_a_song_to_play_is_asked_about_first():
    talk = Talk("/start", "등불 들려줘")
    assert talk.replies[0].choices == ("예", "아니요")
    talk.say("응")
    assert talk.state.seeds == (LANTERN.id,)


def test_one_of_the_listed_songs_becomes_the_favourite():
    talk = Talk("/song 등불", "2번 같은 노래")
    assert talk.services.asked[-1].seeds == (POOL[1],)
    assert len(talk.titles) == 5


@pytest.mark.parametrize("text", ["2번 왜?", "2번은 왜 추천했어?", "2번", "두 번째"])
def test_why_one_song_was_chosen(text):
    talk = Talk("너무 슬프다", "/song 등불", text)
    assert talk.replies[0].text.splitlines()[:2] == ["2번 「노래 1」(가수 1)을 고른 까닭이에요.", "· 포크 노래"]
    assert talk.replies[0].choices[:2] == ("2번 좋아", "2번 별로")
    assert talk.state.shown == tuple(song.id for song in POOL[:5])


@pytest.mark.parametrize("text", ["왜?", "이 노래 왜?", "왜 추천했어?", "추천 이유가 뭐야?"])
def test_why_the_list_was_chosen(text):
    lines = Talk("/song 등불", text).replies[0].text.splitlines()
    assert lines == [texts.WHY_ALL.splitlines()[0], *(f"{n + 1}. 노래 {n} – 포크 노래" for n in range(5))]


def test_several_songs_are_rated_at_once():
    talk = Talk("/song 등불", "1번 3번 별로, 2번 좋아")
    assert (talk.state.disliked, talk.state.liked) == ((POOL[0].id, POOL[2].id), (POOL[1].id,))
    talk = Talk("/song 등불", "1번 3번 별로", "2번이랑 4번 좋아")
    assert talk.state.disliked == (POOL[0].id, POOL[2].id)
    assert talk.state.liked == (POOL[1].id, POOL[3].id)
    assert Talk("/song 등불", "1번은 좋은데 2번은 별로야").state.disliked == (POOL[1].id,)


def test_the_last_rating_is_undone_to_what_was_before():
    talk = Talk("/song 등불", "1번 좋아", "1번 2번 별로", "취소")
    assert (talk.state.liked, talk.state.disliked, talk.state.rated) == ((POOL[0].id,), (), ())
    talk.say("취소")
    assert talk.state.liked == (POOL[0].id,)


def test_the_same_request_in_a_new_conversation_brings_other_songs_while_there_are_some():
    talk = Talk("/song 등불")
    first = set(talk.titles)
    talk.say("처음으로")
    talk.say("/song 등불")
    assert not first & set(talk.titles)
    few = Talk("/song 등불", "처음으로", "/song 등불", services=Answers(POOL[:6]))
    assert len(few.titles) == 5


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
    assert [asked.seeds for asked in talk.services.asked] == [(), ()]
    assert len(talk.state.shown) == 10


# --- the diary and forgetting ------------------------------------------------------------------


def test_consent_is_asked_once_after_the_first_songs():
    talk = Talk("너무 슬프다", "/song 등불")
    assert talk.replies[1:] == (Reply(texts.CONSENT_ASK, choices=("기록 켜기", "기록 끄기")),)
    for text in ("다른 곡", "처음으로", "/song 등불"):
        talk.say(text)
        assert len(talk.replies) == 1
    talk.say("/song 등불", later=7 * 3600)
    assert len(talk.replies) == 1


@pytest.mark.parametrize("text", ["예", "네", "응", "ㅇㅇ"])
def test_yes_after_the_question_consents(text):
    talk = Talk("/song 등불", text)
    assert talk.state.consent is True
    assert talk.replies[0].text == texts.CONSENT_YES


@pytest.mark.parametrize("text", ["아니요", "아뇨", "ㄴㄴ", "괜찮아요"])
def test_no_after_the_question_refuses(text):
    assert Talk("/song 등불", text).state.consent is False


@pytest.mark.parametrize("text", ["좋아", "좋아요", "다른 곡", "고마워", "ㅋㅋ"])
def test_words_that_may_be_about_the_songs_consent_to_nothing(text):
    assert Talk("/song 등불", text).state.consent is None


def test_the_buttons_of_the_question_work_later_too_but_a_mere_네_does_not():
    assert Talk("/song 등불", "2번 좋아", "기록 켜기").state.consent is True
    assert Talk("/song 등불", "2번 좋아", "기록 끄기").state.consent is False
    assert Talk("/song 등불", "2번 좋아", "네").state.consent is None


def test_yes_to_another_question_does_not_consent():
    assert Talk("/song 등불", "/song 둥불", "예").state.consent is None
    assert Talk("/song 등불", "사라지고 싶다", "예").state.consent is None


def test_consent_can_be_changed_later_and_withdrawing_takes_the_ratings_back():
    talk = Talk("/song 등불", "아니요", "기록 켜기", "2번 좋아")
    assert (talk.state.consent, talk.state.liked) == (True, (POOL[1].id,))
    assert texts.PRIVACY_CONSENT[True] in talk.say("/privacy").text
    talk.say("기록 끄기")
    assert (talk.state.consent, talk.state.liked) == (False, ())
    assert talk.replies == (Reply(texts.CONSENT_WITHDRAWN, choices=(texts.MORE,)),)


def test_withdrawing_takes_moods_and_earlier_songs_back_too():
    talk = Talk("너무 슬프다", "아무거나", "예", "처음으로", "너무 슬프다", "아무거나", "기록 끄기")
    assert (talk.state.consent, talk.state.moods, talk.state.earlier) == (False, (), ())
    assert talk.replies == (
        Reply(texts.CONSENT_WITHDRAWN, choices=(texts.ANY_SONG,)),
    )  # no mood, nothing to go on from
    assert talk.say("기분 기록").text == texts.DIARY_EMPTY
    assert talk.say("아무거나").text == texts.MOOD_FIRST


def test_a_diary_without_consent_shows_this_conversation_and_says_so():
    talk = Talk("너무 슬프다", "기분 기록")
    assert talk.replies[0].text.splitlines()[1:] == ["10월 9일 – 슬프고 속상한 마음 (1번)", texts.DIARY_NOT_KEPT]
    assert talk.replies[0].picture == b"PNG of 1"


def test_a_mood_that_is_kept_and_still_in_the_conversation_counts_once():
    services = Answers()
    talk = Talk("너무 슬프다", services=services)
    services.moods = talk.state.moods
    assert "(1번)" in talk.say("/mood").text


def test_the_diary_shows_a_correction_instead_of_what_was_guessed():
    services = Answers()
    talk = Talk("너무 슬프다", services=services)
    services.moods = talk.state.moods  # kept before it was put right
    for text in ("기분이 틀렸어", "행복해요", "/mood"):
        talk.say(text)
    assert talk.replies[0].text.splitlines()[1] == "10월 9일 – 행복한 마음 (1번)"


def test_my_data_is_told_in_words_and_as_json():
    talk = Talk("너무 슬프다", "/song 등불", "2번 좋아", "/mydata")
    (reply,) = talk.replies
    assert json.loads(reply.data) == {"moods": 0}
    assert reply.text.splitlines()[1:] == [
        "· 기분 1개: 10/9 슬프고 속상한",
        "· 좋아요 1곡: 「노래 1」(가수 1)",
        "· 이 대화에서 보여드린 곡 5곡",
        texts.EXPORT_CONSENT[None],
    ]


def test_diary_has_one_line_a_day_in_seoul_time():
    before_midnight = 1_760_021_940.0  # 2025-10-09 23:59 in Seoul
    moods = [_mood(SAD, time=before_midnight), _mood(HAPPY, time=before_midnight + 120), _mood(HAPPY, time=NOON + 1e5)]
    talk = Talk(services=Answers(moods=moods))
    talk.say("/mood", later=2e5)
    assert talk.replies[0].text.splitlines()[1:] == [
        "10월 9일 – 슬프고 속상한 마음 (1번)",
        "10월 10일 – 행복한 마음 (2번)",
        texts.DIARY_NOT_KEPT,
    ]


def test_diary_without_moods_says_so():
    assert Talk("/mood").replies[0].text == texts.DIARY_EMPTY


def test_forgetting_asks_first_and_yes_erases():
    talk = Talk("너무 슬프다", "/forget")
    assert not talk.state.erased
    talk.say("예")
    assert talk.state == State(time=talk.time, erased=True)
    assert talk.replies[0].text == texts.FORGOTTEN


@pytest.mark.parametrize(
    "text",
    [
        "네, 지워 주세요",
        "지워줘",
        "네 삭제해주세요",
        "삭제해",
        "예, 삭제",
        "응 다 지워",
        "싹 다 지워줘!",
        "네 제 데이터 전부 삭제해 주세요.",
        "네, 지워도 돼요",
        "그래 모두 삭제할게요",
    ],
)
def test_forgetting_is_confirmed_in_plain_words_too(text):
    assert Talk("데이터 삭제", text).state.erased


@pytest.mark.parametrize(
    "text",
    [
        "지우지마",
        "지우지 말아 주세요",
        "아니 삭제하지 마",
        "삭제 안 할래",
        "안 지울래요",
        "삭제 취소",
        "그냥 놔둬",
        "싫어요",
    ],
)
def test_a_plain_no_keeps_everything(text):
    talk = Talk("너무 슬프다", "/forget", text)
    assert (talk.state.erased, talk.state.stage) == (False, Stage.LISTENING)
    assert talk.replies == (Reply(texts.FORGET_CANCELLED),)


@pytest.mark.parametrize(
    "text", ["네?", "지워?", "삭제하면 뭐가 없어져?", "지우면 어떻게 돼", "/help", "오늘 너무 슬프다", "2번"]
)
def test_whatever_else_is_said_to_the_question_of_deletion_is_told_that_nothing_was_deleted(text):
    talk = Talk("너무 슬프다", "/forget", text)
    assert not talk.state.erased
    assert talk.replies[0].text.startswith("지우지 않았어요.\n")
    assert len(talk.replies[0].text) > len("지우지 않았어요.\n")
    talk.say("/help")
    assert talk.replies[0].text == texts.HELP


@pytest.mark.parametrize("text", ["지워줘", "지워 주세요", "네 지워주세요", "응 지워줘", "지우지마", "지우지 마세요"])
def test_words_of_deletion_answer_no_other_question(text):
    assert Talk("/song 등불", text).state.consent is None
    assert intent(CONFIRMING, text)[0] not in (Intent.YES, Intent.NO)
    assert intent(CHOOSING, text)[0] not in (Intent.YES, Intent.NO)


@pytest.mark.parametrize("text", ["지워줘", "다 지워 주세요", "싹 삭제해줘"])
def test_a_wish_to_delete_is_asked_about(text):
    talk = Talk("/song 등불", text)
    assert talk.state.stage is Stage.FORGETTING
    assert talk.replies == (Reply(texts.FORGET_ASK, choices=("예", "아니요")),)


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
        assert reply.picture is None
        assert reply.call == "109"
        left = {"offered": (), "asking": False, "mode": "match", "energy": 0, "feel": ""}
        assert after == replace(state, stage=Stage.CARING, time=NOON, **left)


def test_the_care_rules_read_a_message_once(monkeypatch):
    """They cost the most of a short answer, and the bot asks for the level too."""
    read = []
    monkeypatch.setattr(care, "level", lambda text: read.append(text))
    event = Event("오늘은 목요일", NOON)
    assert event.level is None
    step(State(), event, Answers())
    assert read == ["오늘은 목요일"]


def test_care_has_an_answer_for_each_level():
    assert Talk("죽고 싶어").replies[0].text == texts.CARE_EXPLICIT
    assert Talk("사라지고 싶다").replies[0].text == texts.CARE_IMPLIED
    assert Talk("친구가 죽고 싶대").replies[0].text == texts.CARE_FOR_ANOTHER


@pytest.mark.parametrize(
    "answer",
    [
        "네",
        "아니",
        "없어",
        "모르겠어",
        "고마워요",
        "🙂",
        "😭",
        "오늘 너무 슬프다",
        "ㅠㅠ",
        "위로받고 싶어",
        "행복해요",
        "더 신나게",
    ],
)
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
@example(text="네", state=State(stage=Stage.FORGETTING, time=NOON), later=0)
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
    assert reply.text.startswith(texts.MOODS["슬픔"][seed % 3])
    assert after == step(State(), Event("너무 슬프다", NOON, 0), Answers())[0]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("「등불」", "「등불」을"),
        ("「그림자」", "「그림자」를"),
        ("「등불 (Live)」", "「등불 (Live)」을"),
        ("「그림자 (Feat. 산) [Remix]」", "「그림자 (Feat. 산) [Remix]」를"),
        ("「그림자」(북두칠성)", "「그림자」(북두칠성)를"),
        ("「1024」", "「1024」를"),
        ("「100」", "「100」을"),
        ("「그림자!」", "「그림자!」를"),
        ("「Shadow」", "「Shadow」을(를)"),
        ("「~」", "「~」을(를)"),
        ("「(산)」", "「(산)」을"),
    ],
)
def test_a_particle_fits_the_name_before_it(name, said):
    assert texts.with_particle(name, "을/를") == said


def test_no_sentence_puts_a_fixed_particle_behind_a_name():
    """Its form would depend on the name: 은/는, 이/가, 을/를, 와/과."""
    said = [value for value in vars(texts).values() if isinstance(value, str)]
    said += [sentence for value in vars(texts).values() if isinstance(value, dict) for sentence in value.values()]
    for sentence in filter(lambda value: isinstance(value, str), said):
        assert not re.search(
            r"\{(?:title|artist|query|command|titles|songs?|mood)\}[」)’]*(?:은|는|이|가|을|를|와|과|으로|로)\b",
            sentence,
        )


def test_every_word_to_tap_is_understood_when_typed():
    """A button only sends its words back, at once or much later."""
    of_the_moment = (texts.NOT_HERE, texts.YES, texts.NO, texts.LIKE_WORD, texts.DISLIKE_WORD)
    seen: set[str] = set()
    with mock.patch("bot.care.level", cache(care.level)):
        for state in REACHED:
            for message in MESSAGES:
                after, replies = step(state, Event(message, NOON), Answers())
                for choice in {choice for reply in replies for choice in reply.choices} - seen:
                    assert intent(after, choice)[0] is not Intent.TALK, choice
                    if choice not in of_the_moment and not choice[0].isdigit():
                        assert intent(LISTENING, choice)[0] is not Intent.TALK, choice
                    seen.add(choice)
    assert len(seen) > 15


@pytest.mark.parametrize("lost", ["earlier", "reasons", "mode", "consent", "asked_consent", "melon", "rated"])
def test_a_session_of_an_older_release_goes_on(lost):
    data = Talk("너무 슬프다", "/song 등불", "2번 좋아").state.to_json()
    del data[lost]
    assert State.from_json(data).liked == (POOL[1].id,)


@pytest.mark.parametrize("field", [{"mode": "loud"}, {"feel": "배고픔"}, {"stage": "gone"}, {"energy": "x"}])
def test_a_session_that_no_release_wrote_is_refused(field):
    with pytest.raises(ValueError, match=r"."):
        State.from_json(State().to_json() | field)


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


def _diagram() -> str:
    """The drawing as it should be; what stands above the edges is written by hand."""
    edges: dict[tuple[Stage, Stage], list[str]] = {}
    for before, wanted, after in sorted(EDGES, key=lambda edge: [CARE, *Intent].index(edge[1])):
        if before is not after:
            edges.setdefault((before, after), []).append(wanted)
    head = [line for line in DIAGRAM.read_text(encoding="utf-8").splitlines() if "-->" not in line]
    order = list(Stage)
    lines = [
        f"    {before} --> {after}: {', '.join(wanted)}"
        for (before, after), wanted in sorted(edges.items(), key=lambda edge: [order.index(stage) for stage in edge[0]])
    ]
    return "\n".join([*head, "    [*] --> new", *lines]) + "\n"


if __name__ == "__main__":
    DIAGRAM.write_text(_diagram(), encoding="utf-8")
