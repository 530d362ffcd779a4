"""The conversation as a pure function: (state, event) → (state, replies). No I/O, no clock, no chat library.

`intent` says what a message wants, one function a want answers it. The same state and event give the same
answer; `bot/dialogue.mmd` draws the stages, and a test compares the two.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Any, Protocol

from bot import care, texts
from model.labels import EMOTIONS
from model.text import clean, has_letters
from recommender.catalogue import Song
from recommender.engine import Recommendation
from recommender.search import Found, Perhaps, Several, Unknown, normal

SONGS = 5
MOODS_KEPT = 5
SHOWN_KEPT = 300
SILENCE = 6 * 3600  # seconds after which a conversation starts anew
MOOD_FADE = 0.6  # weight of a message against the next one
TELLS_MOOD = 0.38  # least probability of one emotion among the four and 중립 (bench/moods.py)
LONGEST_TITLE = 60  # characters of a message that may be a title without /song
LEAST_INITIALS = 3  # letters of a message that may be a title's 초성 without /song: «ㅇㅋ» is none
LEAST_NEAR = 3  # letters of a message that may be a misspelt title without /song
DIARY_DAYS = 30
SEOUL = timezone(timedelta(hours=9))


class Stage(StrEnum):
    """Where a conversation stands."""

    NEW = "new"
    LISTENING = "listening"
    ASKED_SONG = "asked_song"
    CHOOSING = "choosing"
    CONFIRMING = "confirming"
    RECOMMENDED = "recommended"
    FORGETTING = "forgetting"
    CARING = "caring"


class Intent(StrEnum):
    """What a message wants."""

    CARE = "care"
    START = "start"
    HELP = "help"
    PRIVACY = "privacy"
    DIARY = "diary"
    FORGET = "forget"
    SONG = "song"
    ANY_SONG = "any_song"
    MORE = "more"
    RATE = "rate"
    PICK = "pick"
    YES = "yes"
    NO = "no"
    UNKNOWN_COMMAND = "unknown_command"
    NOTHING = "nothing"
    TALK = "talk"


@dataclass(frozen=True)
class Mood:
    """What one message told: seconds since 1970, the four probabilities, and how neutral it was (0..1)."""

    time: float
    emotion: tuple[float, ...]
    neutral: float


@dataclass(frozen=True)
class State:
    """A conversation; nothing a person wrote is in it, songs stand as ids.

    seeds: the favourite songs; offered: what a choice is asked of; shown: every song of this conversation;
    listed: the last five; erased: everything kept of this person is to be deleted.
    """

    stage: Stage = Stage.NEW
    time: float = 0.0
    moods: tuple[Mood, ...] = ()
    seeds: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    liked: tuple[str, ...] = ()
    disliked: tuple[str, ...] = ()
    erased: bool = False

    def to_json(self) -> dict:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict) -> "State":
        """The state that `to_json` wrote. Raises KeyError, TypeError or ValueError for anything else."""
        moods = tuple(
            Mood(float(mood["time"]), tuple(map(float, mood["emotion"])), float(mood["neutral"]))
            for mood in data["moods"]
        )
        if any(len(mood.emotion) != len(EMOTIONS) for mood in moods):
            raise ValueError(f"a mood without {len(EMOTIONS)} probabilities")
        songs: dict[str, Any] = {
            name: tuple(data[name]) for name in ("seeds", "offered", "shown", "listed", "liked", "disliked")
        }
        return cls(stage=Stage(data["stage"]), time=float(data["time"]), moods=moods, **songs)


@dataclass(frozen=True)
class Event:
    """A message, when it came (seconds since 1970), and a number that varies the wording."""

    text: str
    time: float
    seed: int = 0


@dataclass(frozen=True)
class Reply:
    """One message to the person: text, then songs to list, then words they may tap instead of typing.

    call: a telephone number of the text that one tap may call; only a care answer has one. picture: a PNG to show with
    the text, which stands alone without it.
    """

    text: str
    songs: tuple[Recommendation, ...] = ()
    choices: tuple[str, ...] = ()
    call: str = ""
    picture: bytes | None = None


class Services(Protocol):
    """What the conversation asks of the rest; replaced in tests."""

    @property
    def sure(self) -> float:
        """The least top probability at which a mood is named without hedging."""

    def classify(self, text: str) -> tuple[Sequence[float], float]:
        """(four probabilities in the order of EMOTIONS, neutral 0..1)."""

    def search(self, query: str) -> Found | Several | Perhaps | Unknown: ...

    def song(self, song_id: str) -> Song | None: ...

    def recommend(
        self, seeds: Sequence[Song], emotion: Sequence[float], exclude: Collection[str]
    ) -> Sequence[Recommendation]: ...

    def history(self, since: float) -> Sequence[Mood]:
        """This person's moods since a time, oldest first."""


Answer = tuple[State, tuple[Reply, ...]]


def step(state: State, event: Event, services: Services) -> Answer:
    """Answer one message. Whatever the text, there is at least one reply.

    Two questions hold for the next message alone: whether to delete everything, and what a care answer asks.
    """
    if state.time and event.time - state.time > SILENCE:
        state = State(stage=Stage.LISTENING, liked=state.liked, disliked=state.disliked)
    state = replace(state, time=event.time)
    level = care.level(event.text)
    if level is not None:
        return replace(state, stage=Stage.CARING, offered=()), (_care_reply(level, event.text),)
    wanted, argument = intent(state, event.text)
    if state.stage is Stage.CARING and wanted in (Intent.TALK, Intent.NOTHING):
        return replace(state, stage=Stage.LISTENING), (Reply(texts.CARE_AFTER, call=texts.CALL_NUMBER),)
    if state.stage is Stage.FORGETTING and wanted not in (Intent.YES, Intent.NO, Intent.FORGET):
        state = replace(state, stage=Stage.LISTENING)
    new = state.stage is Stage.NEW  # who was greeted has been told what is kept
    state, replies = _ANSWERS[wanted](state, argument, event, services)
    if new and (state.moods or state.offered or state.shown):
        replies = (replace(replies[0], text=f"{replies[0].text}\n{texts.NOTICE}"), *replies[1:])
    return state, replies


# --- what a message wants --------------------------------------------------------

_COMMANDS = {
    "start": Intent.START,
    "시작": Intent.START,
    "처음으로": Intent.START,
    "help": Intent.HELP,
    "도움말": Intent.HELP,
    "도움": Intent.HELP,
    "song": Intent.SONG,
    "노래": Intent.SONG,
    "곡": Intent.SONG,
    "mood": Intent.DIARY,
    "기분": Intent.DIARY,
    "기분기록": Intent.DIARY,
    "privacy": Intent.PRIVACY,
    "개인정보": Intent.PRIVACY,
    "forget": Intent.FORGET,
    "삭제": Intent.FORGET,
    "데이터삭제": Intent.FORGET,
}
# The longest name first: «/노래밤편지» without a blank is /노래 and a title.
_SLASH = re.compile(rf"^[/／]\s*({'|'.join(sorted(_COMMANDS, key=len, reverse=True))})(?:@\w+)?(?![a-z])\s*(.*)$", re.I)
# Compared without blanks and end marks.
_WORDS = {
    "처음으로": Intent.START,
    "도움말": Intent.HELP,
    "개인정보": Intent.PRIVACY,
    "기분기록": Intent.DIARY,
    "기분기록보여줘": Intent.DIARY,
    "데이터삭제": Intent.FORGET,
    "내데이터삭제": Intent.FORGET,
    "데이터삭제해줘": Intent.FORGET,
    "노래": Intent.SONG,
    "노래추천": Intent.SONG,
    "노래추천해줘": Intent.SONG,
    "노래추천해주세요": Intent.SONG,
    "아무거나": Intent.ANY_SONG,
    "아무거나요": Intent.ANY_SONG,
    "아무거나줘": Intent.ANY_SONG,
    "아무거나추천해줘": Intent.ANY_SONG,
    "아무노래나": Intent.ANY_SONG,
    "다른곡": Intent.MORE,
    "다른곡줘": Intent.MORE,
    "다른곡추천해줘": Intent.MORE,
    "다른노래": Intent.MORE,
    "다른노래추천해줘": Intent.MORE,
    "다른거": Intent.MORE,
    "더": Intent.MORE,
    "더줘": Intent.MORE,
    "더추천해줘": Intent.MORE,
    "또": Intent.MORE,
    "다시": Intent.MORE,
    "다시추천해줘": Intent.MORE,
}
_YES = set(
    "예 네 네네 넵 넹 응 어 웅 ㅇㅇ ㅇㅋ 맞아 맞아요 그래 그래요 좋아 yes y 응맞아 네맞아요 "
    "지워 지워줘 지워주세요 네지워주세요 응지워줘".split()
)
_NO = set(
    "아니 아니요 아니오 아뇨 아냐 아니야 ㄴㄴ 노 no n 여기없어요 없어 없어요 취소 됐어 지우지마 지우지마세요".split()
)
_DONT_KNOW = set("몰라 몰라요 모르겠어 모르겠어요 없어 없어요 딱히 딱히없어 글쎄 패스 아무거나좋아 생각안나".split())
_LIKES_ALL = set("좋아 좋아요 좋네요 다좋아 다좋아요 마음에들어 마음에들어요".split())
_DISLIKES_ALL = set("별로 별로야 별로예요 별로네요 다별로 다별로야 다별로예요 마음에안들어 마음에안들어요".split())
_OF_SONG = r"(?:요|거|꺼|노래|곡)?(?:요|로|으로)?[.!]?"
_NUMBER = re.compile(rf"^(\d{{1,2}})\s*(?:번째|번)?\s*(?:이요|{_OF_SONG})$")
_ORDINALS = ("첫", "두", "세", "네", "다섯")
_ORDINAL = re.compile(rf"^(?:({'|'.join(_ORDINALS)})\s*번?째|(첫|둘|셋|넷|다섯)째)\s*{_OF_SONG}$")
_RATING = re.compile(
    r"^(\d{1,2})\s*번(?:째|은|이|도)?,?\s*(?:(?:노래|곡|거)(?:는|은|가|이|도)?)?\s*(?:너무|진짜|정말|제일|가장|완전|좀)?\s*"
    r"(?:(좋아|좋았|좋네|좋다|좋은|최고|[마맘]음?에\s?들)|(별로|싫|안\s?좋|별루|아니|[마맘]음?에\s?안\s?들))\S*$"
)
_URL = re.compile(r"^(?:https?://|www\.)\S+$", re.I)


def intent(state: State, text: str) -> tuple[Intent, str]:
    """(what the message wants, its argument: the title, the number or the text itself)."""
    text = clean(unicodedata.normalize("NFKC", text) if text.lstrip().startswith("／") else text)
    command = _SLASH.match(text)
    if command:
        return _COMMANDS[command[1].casefold()], command[2]
    if text.startswith("/") and len(text) > 1:
        return Intent.UNKNOWN_COMMAND, text.split()[0][:30]
    if not has_letters(text):
        return Intent.NOTHING, text
    bare = re.sub(r"[\s.!?~,…]+", "", text).casefold()
    if state.stage in (Stage.CONFIRMING, Stage.FORGETTING, Stage.CHOOSING):
        if bare in _YES:
            return Intent.YES, text
        if bare in _NO:
            return Intent.NO, text
    if state.stage in (Stage.CHOOSING, Stage.CONFIRMING) and (_number(text) or state.stage is Stage.CHOOSING):
        if bare not in _WORDS:
            return Intent.PICK, text
    if state.stage is Stage.ASKED_SONG and bare in _DONT_KNOW:
        return Intent.ANY_SONG, ""
    if bare in _WORDS:
        return _WORDS[bare], ""
    if state.listed and _RATING.match(text):
        return Intent.RATE, text
    if state.stage is Stage.RECOMMENDED and bare in _LIKES_ALL | _DISLIKES_ALL:
        return Intent.RATE, bare
    return Intent.TALK, text


def _number(text: str) -> int | None:
    """The number a choice names: «2», «2번», «두 번째», «둘째»; None when it names none."""
    digits = _NUMBER.match(text)
    if digits:
        return int(digits[1])
    ordinal = _ORDINAL.match(text)
    if ordinal:
        return (_ORDINALS.index(ordinal[1]) if ordinal[1] else ("첫", "둘", "셋", "넷", "다섯").index(ordinal[2])) + 1
    return None


# --- answers ----------------------------------------------------------------------


def _start(state: State, argument: str, event: Event, services: Services) -> Answer:
    fresh = State(stage=Stage.LISTENING, time=state.time, liked=state.liked, disliked=state.disliked)
    return fresh, (Reply(texts.START),)


def _help(state: State, argument: str, event: Event, services: Services) -> Answer:
    return state, (Reply(texts.HELP),)


def _privacy(state: State, argument: str, event: Event, services: Services) -> Answer:
    return state, (Reply(texts.PRIVACY),)


def _unknown_command(state: State, argument: str, event: Event, services: Services) -> Answer:
    return state, (Reply(texts.UNKNOWN_COMMAND.format(command=argument)),)


def _diary(state: State, argument: str, event: Event, services: Services) -> Answer:
    days: dict[tuple[int, int], list[Mood]] = {}
    for mood in services.history(event.time - DIARY_DAYS * 86400):
        day = datetime.fromtimestamp(mood.time, SEOUL)
        days.setdefault((day.month, day.day), []).append(mood)
    if not days:
        return state, (Reply(texts.DIARY_EMPTY),)
    lines = [
        texts.DIARY_DAY.format(month=month, day=day, mood=_mood_name(_mean(moods)), count=len(moods))
        for (month, day), moods in days.items()
    ]
    return state, (Reply(texts.DIARY.format(days="\n".join(lines))),)


def _forget(state: State, argument: str, event: Event, services: Services) -> Answer:
    return replace(state, stage=Stage.FORGETTING), (Reply(texts.FORGET_ASK, choices=(texts.YES, texts.NO)),)


def _nothing(state: State, argument: str, event: Event, services: Services) -> Answer:
    return _greeted(state), (Reply(texts.NO_LETTERS),)


def _talk(state: State, argument: str, event: Event, services: Services) -> Answer:
    """Free text: a mood, or the title that was asked for."""
    if _URL.match(argument):
        return _greeted(state), (Reply(texts.URL_FOR_TITLE),)
    found: Found | Several | Perhaps | Unknown = Unknown(())
    if state.stage in (Stage.ASKED_SONG, Stage.CONFIRMING) and len(argument) <= LONGEST_TITLE:
        found = services.search(argument)
        if _is_title(argument, found):
            return _song(state, argument, event, services)
    probabilities, neutral = services.classify(argument)
    if max(probabilities) * (1 - neutral) < TELLS_MOOD:
        maybe_title = LEAST_NEAR <= len(normal(argument)) <= LONGEST_TITLE and not _is_laugh(argument)
        if maybe_title and isinstance(found, Perhaps):
            return _song(state, argument, event, services)
        if maybe_title and state.stage is Stage.ASKED_SONG:
            return state, (Reply(texts.NO_SUCH_TITLE, choices=(texts.ANY_SONG,)),)
        return _no_mood(state, event)
    mood = Mood(event.time, tuple(round(float(p), 4) for p in probabilities), round(float(neutral), 4))
    again = bool(state.seeds)
    asked = texts.ASK_MORE if again else texts.ASKED_ALREADY if state.stage is Stage.ASKED_SONG else texts.ASK_SONG
    state = replace(state, stage=Stage.ASKED_SONG, moods=(*state.moods, mood)[-MOODS_KEPT:], offered=())
    said = _named(current_mood(state) or mood.emotion, services.sure, event.seed)
    choices = (texts.MORE, texts.ANY_SONG) if again else (texts.ANY_SONG,)
    return state, (Reply(f"{said} {asked}", choices=choices),)


def _no_mood(state: State, event: Event) -> Answer:
    if state.stage is Stage.NEW:
        return _greeted(state), (Reply(texts.START),)
    if state.stage is Stage.RECOMMENDED:
        return state, (Reply(texts.AFTER_SONGS, choices=(texts.MORE,)),)
    mood = current_mood(state)
    if mood is None:
        said = texts.ASK_DAY[event.seed % len(texts.ASK_DAY)]
        return replace(state, stage=Stage.LISTENING), (Reply(said),)
    heard = texts.HEARD.format(mood=_mood_name(mood))
    return replace(state, stage=Stage.ASKED_SONG), (Reply(f"{heard} {texts.ASK_SONG}", choices=(texts.ANY_SONG,)),)


def _song(state: State, argument: str, event: Event, services: Services) -> Answer:
    if _URL.match(argument):
        return _greeted(state), (Reply(texts.URL_FOR_TITLE),)
    if not argument.strip():
        return replace(state, stage=Stage.ASKED_SONG), (Reply(texts.ASK_TITLE),)
    found = services.search(argument)
    match found:
        case Found(song=song):
            return _recommend(state, (song,), services, _correction(argument, song))
        case Several(hits=hits):
            songs = [hit.song for hit in hits]
            return _offer(state, songs, Stage.CHOOSING, f"{texts.WHICH}\n{texts.options(songs)}")
        case Perhaps(hits=(hit,)):
            text = texts.PERHAPS_ONE.format(title=hit.song.title, artist=hit.song.artist)
            return _offer(state, [hit.song], Stage.CONFIRMING, text)
        case Perhaps(hits=hits):
            songs = [hit.song for hit in hits]
            return _offer(state, songs, Stage.CHOOSING, f"{texts.PERHAPS}\n{texts.options(songs)}")
        case Unknown(nearest=hits):
            return _unknown_song(state, [hit.song for hit in hits], services)


def _offer(state: State, songs: Sequence[Song], stage: Stage, text: str) -> Answer:
    offered = tuple(song.id for song in songs)
    numbers = tuple(f"{number}번" for number in range(1, len(songs) + 1))
    choices = (texts.YES, texts.NO) if stage is Stage.CONFIRMING else (*numbers, texts.NOT_HERE)
    return replace(state, stage=stage, offered=offered), (Reply(text, choices=choices),)


def _unknown_song(state: State, nearest: Sequence[Song], services: Services) -> Answer:
    text = texts.UNKNOWN_SONG
    if nearest:
        titles = ", ".join(f"「{song.title}」({song.artist})" for song in nearest)
        text += "\n" + texts.NEAREST.format(titles=titles)
    mood = current_mood(state)
    if mood is None:
        return replace(state, stage=Stage.LISTENING), (Reply(f"{text}\n{texts.MOOD_FIRST}"),)
    text += "\n" + texts.INSTEAD_BY_MOOD.format(mood=_mood_name(mood))
    return _show(state, (), text, services)


def _any_song(state: State, argument: str, event: Event, services: Services) -> Answer:
    mood = current_mood(state)
    if mood is None:
        return replace(state, stage=Stage.LISTENING), (Reply(texts.MOOD_FIRST),)
    return _show(state, (), texts.SONGS_BY_MOOD.format(mood=_mood_name(mood)), services)


def _more(state: State, argument: str, event: Event, services: Services) -> Answer:
    seeds = tuple(song for song in map(services.song, state.seeds) if song is not None)
    if seeds:
        return _recommend(state, seeds, services)
    if current_mood(state) is None:
        return replace(state, stage=Stage.LISTENING), (Reply(texts.SONG_FIRST),)
    return _any_song(state, argument, event, services)


def _rate(state: State, argument: str, event: Event, services: Services) -> Answer:
    """A like or dislike of one listed song by its number, or of all of them; it undoes an earlier one."""
    one = _RATING.match(argument)
    if one and not 1 <= int(one[1]) <= len(state.listed):
        return state, (Reply(texts.NO_SUCH_NUMBER.format(count=len(state.listed))),)
    likes = bool(one[2]) if one else argument in _LIKES_ALL
    rated = (state.listed[int(one[1]) - 1],) if one else state.listed
    kept_liked = tuple(i for i in state.liked if i not in rated)
    kept_disliked = tuple(i for i in state.disliked if i not in rated)
    state = replace(
        state,
        liked=(*kept_liked, *rated) if likes else kept_liked,
        disliked=kept_disliked if likes else (*kept_disliked, *rated),
    )
    song = services.song(rated[0])
    if one and song:
        text = (texts.LIKED if likes else texts.DISLIKED).format(number=one[1], title=song.title)
    else:
        text = (texts.LIKED_ALL if likes else texts.DISLIKED_ALL).format(count=len(rated))
    return state, (Reply(text, choices=(texts.MORE,)),)


def _pick(state: State, argument: str, event: Event, services: Services) -> Answer:
    """One of the offered songs, by number or artist; any other text is taken for what it says."""
    number = _number(argument)
    if number is not None:
        if not 1 <= number <= len(state.offered):
            return state, (Reply(texts.NO_SUCH_OPTION.format(count=len(state.offered)), choices=(texts.NOT_HERE,)),)
        chosen = services.song(state.offered[number - 1])
        if chosen is None:
            return replace(state, stage=Stage.ASKED_SONG, offered=()), (Reply(texts.TRY_ANOTHER_TITLE),)
        return _recommend(state, (chosen,), services)
    offered = [song for song in map(services.song, state.offered) if song is not None]
    named = [song for song in offered if _names_artist(argument, song)]
    if len(named) == 1:
        return _recommend(state, (named[0],), services)
    return _talk(replace(state, stage=Stage.ASKED_SONG, offered=()), argument, event, services)


def _yes(state: State, argument: str, event: Event, services: Services) -> Answer:
    if state.stage is Stage.FORGETTING:
        return State(time=event.time, erased=True), (Reply(texts.FORGOTTEN),)
    if state.stage is Stage.CONFIRMING:
        return _pick(state, "1", event, services)
    return state, (Reply(texts.NO_SUCH_OPTION.format(count=len(state.offered)), choices=(texts.NOT_HERE,)),)


def _no(state: State, argument: str, event: Event, services: Services) -> Answer:
    if state.stage is Stage.FORGETTING:
        return replace(state, stage=Stage.LISTENING), (Reply(texts.FORGET_CANCELLED),)
    return replace(state, stage=Stage.ASKED_SONG, offered=()), (Reply(texts.TRY_ANOTHER_TITLE),)


_ANSWERS: dict[Intent, Callable[[State, str, Event, Services], Answer]] = {
    Intent.START: _start,
    Intent.HELP: _help,
    Intent.PRIVACY: _privacy,
    Intent.DIARY: _diary,
    Intent.FORGET: _forget,
    Intent.SONG: _song,
    Intent.ANY_SONG: _any_song,
    Intent.MORE: _more,
    Intent.RATE: _rate,
    Intent.PICK: _pick,
    Intent.YES: _yes,
    Intent.NO: _no,
    Intent.UNKNOWN_COMMAND: _unknown_command,
    Intent.NOTHING: _nothing,
    Intent.TALK: _talk,
}


# --- parts of answers ------------------------------------------------------------------


def current_mood(state: State) -> tuple[float, ...] | None:
    """The mood of the recent messages, the last one counting most and neutral ones least; None without any."""
    if not state.moods:
        return None
    return _mean(state.moods, MOOD_FADE)


def _mean(moods: Sequence[Mood], fade: float = 1.0) -> tuple[float, ...]:
    weights = [fade**age * (1 - mood.neutral) + 1e-9 for age, mood in enumerate(reversed(moods))][::-1]
    total = sum(weights)
    return tuple(
        sum(weight * mood.emotion[i] for weight, mood in zip(weights, moods, strict=True)) / total
        for i in range(len(EMOTIONS))
    )


def _recommend(state: State, seeds: tuple[Song, ...], services: Services, before: str = "") -> Answer:
    mood, seed = current_mood(state), seeds[0]
    if mood is None:
        text = texts.SONGS_LIKE_ONLY.format(title=seed.title, artist=seed.artist)
    else:
        text = texts.SONGS_LIKE.format(title=seed.title, artist=seed.artist, mood=_mood_name(mood))
    return _show(replace(state, seeds=tuple(song.id for song in seeds)), seeds, before + text, services)


def _show(state: State, seeds: Sequence[Song], text: str, services: Services) -> Answer:
    mood = current_mood(state) or (1 / len(EMOTIONS),) * len(EMOTIONS)
    songs = tuple(services.recommend(seeds, mood, {*state.shown, *state.disliked}))[:SONGS]
    if not songs:
        return _greeted(state), (Reply(texts.NO_MORE_SONGS),)
    listed = tuple(one.song.id for one in songs)
    state = replace(
        state,
        stage=Stage.RECOMMENDED,
        seeds=tuple(song.id for song in seeds),
        offered=(),
        listed=listed,
        shown=(*state.shown, *listed)[-SHOWN_KEPT:],
    )
    return state, (Reply(text, songs=songs, choices=(texts.MORE,)),)


def _correction(query: str, song: Song) -> str:
    """«… 대신 이 제목으로 찾았어요» when the title was misspelt, so that a wrong guess is seen at once."""
    asked, title, artist = normal(query), normal(song.title), normal(song.artist)
    if not title or title in asked or asked in normal(song.title + song.artist) or artist in asked:
        return ""
    return texts.CORRECTED.format(query=query[:LONGEST_TITLE]) + " "


def _is_title(text: str, found: Found | Several | Perhaps | Unknown) -> bool:
    """True when a message without /song is the found title itself, perhaps with its artist, or its 초성."""
    match found:
        case Found(song=song):
            titles = [normal(song.title)]
        case Several(hits=hits):
            titles = [normal(hit.song.title) for hit in hits]
        case Perhaps(hits=hits) if len(set(normal(text))) > 1:
            return len(normal(text)) >= LEAST_INITIALS and all(hit.kind == "초성" for hit in hits)
        case _:
            return False
    return any(len(title) >= 2 and title in normal(text) for title in titles)


def _names_artist(text: str, song: Song) -> bool:
    """True when an answer to a choice is the song's artist: the name, a part of it, or «민들레 노래요»."""
    wanted, artist = normal(text), normal(song.artist)
    if wanted == artist or (len(wanted) > 1 and wanted in artist):
        return True
    return len(artist) > 1 and wanted.startswith(artist)


def _is_laugh(text: str) -> bool:
    """True for «ㅋㅋㅋ», «ㅎㅎ», «ㅠㅠ» and the like."""
    return not set(normal(text)) - set("ㅋㅎㅠㅜㅡ")


def _greeted(state: State) -> State:
    return replace(state, stage=Stage.LISTENING) if state.stage is Stage.NEW else state


def _named(mood: Sequence[float], sure: float, seed: int) -> str:
    """The mood in one tentative sentence, or the two it lies between."""
    first, second = sorted(range(len(EMOTIONS)), key=lambda i: -mood[i])[:2]
    if mood[first] < sure:
        return texts.MIXED_MOOD.format(
            first=texts.MOOD_NAMES[EMOTIONS[first]], second=texts.MOOD_NAMES[EMOTIONS[second]]
        )
    sentences = texts.MOODS[EMOTIONS[first]]
    return sentences[seed % len(sentences)]


def _mood_name(mood: Sequence[float]) -> str:
    return texts.MOOD_NAMES[EMOTIONS[max(range(len(EMOTIONS)), key=lambda i: mood[i])]]


def _care_reply(level: care.Level, text: str) -> Reply:
    if level is care.Level.A:
        return Reply(texts.CARE_EXPLICIT, call=texts.CALL_NUMBER)
    said = texts.CARE_FOR_ANOTHER if care.about_another(text) else texts.CARE_IMPLIED
    return Reply(said, call=texts.CALL_NUMBER)
