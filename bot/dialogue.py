"""The conversation as a pure function: (state, event) → (state, replies). No I/O, no clock, no chat library.

`bot.intents` says what a message wants, one function a want answers it. The same state and event give the same
answer; `bot/dialogue.mmd` draws the stages, and a test compares the two.
"""

import json
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, Protocol

from bot import care, mood, texts
from bot.intents import (
    ASKED_FOR,
    FAVOURITE,
    POINTS,
    POINTS_AT_KIND,
    URL,
    VAGUE,
    WISHES_INSIDE,
    Intent,
    intent,
    number,
    ratings,
)
from bot.lexicon import FEELS, HURT, NOT_HURT
from bot.state import Mood, Stage, State
from model.labels import EMOTIONS
from recommender.catalogue import Song
from recommender.engine import MOST_SEEDS, Recommendation, Wishes
from recommender.search import Found, Hit, OfArtist, Perhaps, Several, Unknown, normal

__all__ = [
    "Event",
    "Intent",
    "Mood",
    "Reply",
    "Services",
    "Stage",
    "State",
    "care_reply",
    "current_mood",
    "intent",
    "step",
]

SONGS = 5
MOODS_KEPT = 5
SHOWN_KEPT = 300
EARLIER_KEPT = 60
RATED_KEPT = 300
SILENCE = 6 * 3600  # seconds after which a conversation starts anew
TELLS_MOOD = 0.35  # least probability of one emotion among the four and 중립 (bench/moods.py)
MAY_TELL_MOOD = 0.2  # a sentence from here up to that is asked about
LEAST_SENTENCE = 5  # letters of a message that may tell a mood and is asked about
LONGEST_TITLE = 60  # characters of a message that may be a title without /song
LEAST_INITIALS = 3  # letters of a message that may be a title's 초성 without /song: «ㅇㅋ» is none
LEAST_NEAR = 3  # letters of a message that may be a misspelt title without /song
MOST_ENERGY = 2
DIARY_DAYS = 30
SONGS_NAMED = 10  # of each kind in /mydata
_COMMA = re.compile(r"\s*[,，、\n]\s*")
_HANGUL = re.compile("[가-힣ㄱ-ㅣ]")
# Other consonants alone are a title's 초성 or a greeting.
_TELLING = re.compile("[가-힣ㅠㅜ]|[ㅅㅆ]ㅂ|ㅈㄴ|ㅁㅊ|ㅈㄱㅌ|ㅃㅊ")
_GREETS = re.compile(r"안[녕뇽](?:하[세셔][요용염])?\b")
_JOINED = re.compile(r"\s*[,，、]\s*|(?:이?랑|하고|와|과)\s+")
_DYING = re.compile(r"죽겠|죽을\s?(?:것|거)\s?같")
_DYING_OF_LITTLE = re.compile(
    r"(?:고파|고픈|배불|졸려|졸리|더워|더운|추워|추운|웃겨|웃기|심심|귀여|궁금|좋아|신나|재밌|목말|매워|부러|간지|예뻐|이뻐|보고\s?싶)"
    r"\S*\s*(?:진짜\s*)?죽"
)

Finding = Found | Several | OfArtist | Perhaps | Unknown


@dataclass(frozen=True)
class Event:
    """A message, when it came (seconds since 1970), and a number that varies the wording."""

    text: str
    time: float
    seed: int = 0

    @cached_property
    def level(self) -> care.Level | None:
        """How plainly the message speaks of self-harm; read once, whoever asks."""
        return care.level(self.text)


@dataclass(frozen=True)
class Reply:
    """One message to the person: text, then songs to list, then words they may tap instead of typing.

    call: a telephone number of the text that one tap may call; only a care answer has one. picture: PNG, and data:
    JSON, for where they can be sent; the text stands alone without them. melon: links lead there first.
    """

    text: str
    songs: tuple[Recommendation, ...] = ()
    choices: tuple[str, ...] = ()
    call: str = ""
    picture: bytes | None = None
    data: str = ""
    melon: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """What may be tapped where there are buttons: below songs first what may be said of them."""
        return (texts.LIKE_WORD, texts.DISLIKE_WORD, *self.choices) if self.songs else self.choices


class Services(Protocol):
    """What the conversation asks of the rest; replaced in tests."""

    @property
    def sure(self) -> float:
        """The least top probability at which a mood is named without hedging."""

    def classify(self, text: str) -> tuple[Sequence[float], float]:
        """(four probabilities in the order of EMOTIONS, neutral 0..1)."""

    def search(self, query: str) -> Finding: ...

    def song(self, song_id: str) -> Song | None: ...

    def recommend(
        self,
        seeds: Sequence[Song],
        emotion: Sequence[float],
        exclude: Collection[str],
        mode: str = "match",
        wishes: Wishes = ...,
    ) -> Sequence[Recommendation]: ...

    def history(self, since: float) -> Sequence[Mood]:
        """This person's kept moods since a time, oldest first."""

    def export(self) -> dict[str, Any]:
        """Everything kept of this person, ready for JSON."""

    def draw(self, moods: Sequence[Mood], now: float) -> bytes | None:
        """The diary as a PNG; None where none can be drawn."""


Answer = tuple[State, tuple[Reply, ...]]
# After a care answer only what is plainly asked for is done; anything else is answered softly.
_DONE_AFTER_CARE = frozenset(
    {Intent.START, Intent.HELP, Intent.PRIVACY, Intent.DIARY, Intent.EXPORT, Intent.FORGET, Intent.CONSENT}
    | {Intent.SHOW_IN, Intent.SONG, Intent.ANY_SONG, Intent.MORE, Intent.UNKNOWN_COMMAND}
)

_AWAITS_TITLE = (Stage.ASKED_SONG, Stage.ASKED_MOOD, Stage.CONFIRMING)


def step(state: State, event: Event, services: Services) -> Answer:
    """Answer one message. Whatever the text, there is at least one reply.

    Two questions hold for the next message alone: whether to delete everything, and what a care answer asks.
    """
    if state.time and event.time - state.time > SILENCE:
        state = _anew(state, remembers=state.consent is True)
    state = replace(state, time=event.time)
    if event.level is not None:
        calm = replace(state, stage=Stage.CARING, offered=(), asking=False, mode="match", energy=0, feel="")
        return calm, (care_reply(event),)
    wanted, argument = intent(state, event.text)
    if state.stage is Stage.CARING and wanted not in _DONE_AFTER_CARE:
        state = replace(state, stage=Stage.LISTENING)
        plainly = _plainly_a_song(state, argument, event, services, services.search) if wanted is Intent.TALK else None
        return plainly or (state, (Reply(texts.CARE_AFTER, call=texts.CALL_NUMBER),))
    not_erased = state.stage is Stage.FORGETTING and wanted not in (Intent.YES, Intent.NO, Intent.FORGET)
    if not_erased:
        state = replace(state, stage=Stage.LISTENING)
    new = state.stage is Stage.NEW  # who was greeted has been told what is kept
    state, replies = _ANSWERS[wanted](replace(state, asking=False), argument, event, services)
    if new and (state.moods or state.offered or state.shown):
        replies = (replace(replies[0], text=f"{replies[0].text}\n{texts.NOTICE}"), *replies[1:])
    if not_erased:
        replies = (replace(replies[0], text=f"{texts.NOT_ERASED}\n{replies[0].text}"), *replies[1:])
    if state.shown and not state.asked_consent:
        state = replace(state, asked_consent=True, asking=state.consent is None)
        if state.asking:
            replies = (*replies, Reply(texts.CONSENT_ASK, choices=(texts.CONSENT_ON, texts.CONSENT_OFF)))
    return state, replies


def care_reply(event: Event) -> Reply:
    """What is answered to words of self-harm, in every state and when all else is off."""
    if event.level is care.Level.A:
        return Reply(texts.CARE_EXPLICIT, call=texts.CALL_NUMBER)
    said = texts.CARE_FOR_ANOTHER if care.about_another(event.text) else texts.CARE_IMPLIED
    return Reply(said, call=texts.CALL_NUMBER)


def _anew(state: State, remembers: bool) -> State:
    """A new conversation of the same person; one that remembers knows the ratings and what was shown lately."""
    return State(
        stage=Stage.LISTENING,
        time=state.time,
        earlier=(*state.earlier, *state.shown)[-EARLIER_KEPT:] if remembers else (),
        liked=state.liked if remembers else (),
        disliked=state.disliked if remembers else (),
        melon=state.melon,
        consent=state.consent,
        asked_consent=state.asked_consent,
    )


def current_mood(state: State) -> tuple[float, ...] | None:
    """The mood of the recent messages, the last one counting most and neutral ones least; None without any."""
    return mood.current(state.moods)


# --- the bot itself, and what it keeps --------------------------------------------------


def _start(state: State, argument: str, event: Event, services: Services) -> Answer:
    return _anew(state, remembers=True), (Reply(texts.START),)


def _help(state: State, argument: str, event: Event, services: Services) -> Answer:
    return state, (Reply(texts.HELP),)


def _privacy(state: State, argument: str, event: Event, services: Services) -> Answer:
    text = texts.PRIVACY.format(consent=texts.PRIVACY_CONSENT[state.consent])
    return state, (Reply(text, choices=(texts.CONSENT_OFF if state.consent else texts.CONSENT_ON,)),)


def _unknown_command(state: State, argument: str, event: Event, services: Services) -> Answer:
    return state, (Reply(texts.UNKNOWN_COMMAND.format(command=argument)),)


def _diary(state: State, argument: str, event: Event, services: Services) -> Answer:
    moods = _all_moods(state, event.time - DIARY_DAYS * 86400, services)
    days = mood.by_day(moods)
    if not days:
        return state, (Reply(texts.DIARY_EMPTY),)
    lines = [
        texts.DIARY_DAY.format(month=day.month, day=day.day, mood=_mood_name(mood.mean(told)), count=len(told))
        for day, told in days.items()
    ]
    text = texts.DIARY.format(count=DIARY_DAYS, days="\n".join(lines))
    picture = services.draw(moods, event.time)
    if state.consent:
        return state, (Reply(text, picture=picture),)
    return state, (Reply(f"{text}\n{texts.DIARY_NOT_KEPT}", choices=(texts.CONSENT_ON,), picture=picture),)


def _all_moods(state: State, since: float, services: Services) -> list[Mood]:
    """What is kept, and what this conversation told besides; oldest first."""
    kept = [told for told in services.history(since)]
    times = {told.time for told in kept}
    return sorted([*kept, *(told for told in state.moods if told.time not in times)], key=lambda told: told.time)


def _export(state: State, argument: str, event: Event, services: Services) -> Answer:
    kept = []
    days = mood.by_day(_all_moods(state, 0, services))
    if days:
        told = ", ".join(f"{day.month}/{day.day} {_mood_name(mood.mean(moods))}" for day, moods in days.items())
        kept.append(texts.EXPORT_MOODS.format(count=sum(map(len, days.values())), days=told))
    else:
        kept.append(texts.EXPORT_NO_MOODS)
    for kind, line in texts.EXPORT_SONGS.items():
        ids = getattr(state, kind)
        if ids:
            songs = _songs(ids[-SONGS_NAMED:], services)
            named = ", ".join(texts.NAMED.format(title=song.title, artist=song.artist) for song in songs)
            if len(ids) > len(songs):
                named = texts.EXPORT_MORE.format(songs=named, count=len(ids) - len(songs))
            kept.append(line.format(count=len(ids), songs=named))
    if state.shown:
        kept.append(texts.EXPORT_SHOWN.format(count=len(state.shown)))
    kept.append(texts.EXPORT_CONSENT[state.consent])
    data = json.dumps(services.export(), ensure_ascii=False, indent=1)
    return state, (Reply(texts.EXPORTED.format(kept="\n".join(kept)), data=data),)


def _forget(state: State, argument: str, event: Event, services: Services) -> Answer:
    return replace(state, stage=Stage.FORGETTING), (Reply(texts.FORGET_ASK, choices=(texts.YES, texts.NO)),)


def _consent(state: State, argument: str, event: Event, services: Services) -> Answer:
    wanted = argument == "yes"
    if state.consent is wanted:
        return state, (Reply(texts.CONSENT_ALREADY[wanted]),)
    withdrawn = state.consent is True
    said = texts.CONSENT_YES if wanted else texts.CONSENT_WITHDRAWN if withdrawn else texts.CONSENT_NO
    state = replace(_greeted(state), consent=wanted, asked_consent=True)
    if withdrawn:  # what was kept is deleted, so nothing of it may come back from the session
        state = replace(state, moods=(), earlier=(), liked=(), disliked=(), rated=(), any_song=False)
    choices = _more_if(state)
    return state, (Reply(said, choices=(texts.ANY_SONG,) if choices and not _has_aim(state) else choices),)


def _show_in(state: State, argument: str, event: Event, services: Services) -> Answer:
    melon = argument == "melon"
    text = texts.MELON_SET if melon else texts.YOUTUBE_SET
    return replace(_greeted(state), melon=melon), (Reply(text, choices=_more_if(state)),)


# --- moods ----------------------------------------------------------------------------------


def _nothing(state: State, argument: str, event: Event, services: Services) -> Answer:
    """No letters: the faces in it may tell a mood."""
    told = mood.of_marks(event.time, argument)
    if told is None:
        return _greeted(state), (Reply(texts.NO_LETTERS),)
    return _told(state, told, event, services)


def _talk(state: State, argument: str, event: Event, services: Services) -> Answer:
    """Free text: songs asked for in a sentence, the title that was asked for, or a mood."""
    if URL.match(argument):
        return _greeted(state), (Reply(texts.URL_FOR_TITLE),)
    if HURT.search(argument) and not NOT_HURT.search(argument):
        return _greeted(state), (Reply(texts.HURT),)
    short, feels = len(argument) <= LONGEST_TITLE, bool(FEELS.search(normal(argument)))
    search = cache(services.search)  # what is said is looked for once, whoever asks
    if short and (answer := _plainly_a_song(state, argument, event, services, search)):
        return answer
    awaited = short and (state.stage in _AWAITS_TITLE or (state.stage is Stage.RECOMMENDED and not feels))
    if awaited and (answer := _title_awaited(state, argument, feels, event, services, search)):
        return answer
    probabilities, neutral = services.classify(argument)
    tells = max(probabilities) * (1 - neutral)
    if tells >= TELLS_MOOD and len(normal(argument)) > 1 and _TELLING.search(argument):
        return _told(state, mood.guessed(event.time, probabilities, neutral), event, services)
    maybe_title = short and LEAST_NEAR <= len(normal(argument))
    if maybe_title and awaited and "?" not in argument and isinstance(near := search(argument), Perhaps):
        return _found(state, argument, near, event, services)
    if maybe_title and state.stage is Stage.ASKED_SONG and (tells < MAY_TELL_MOOD or len(argument.split()) < 2):
        return state, (Reply(texts.NO_SUCH_TITLE, choices=(texts.ANY_SONG,)),)
    if maybe_title and state.stage in (Stage.NEW, Stage.LISTENING, Stage.RECOMMENDED):
        found = search(argument)
        if _is_title(argument, found) and _is_named_wholly(argument, found):
            return _confirm(state, argument, found, event, services)
    if _GREETS.match(argument):
        return _chat(state, "hello", event, services)
    a_sentence = len(normal(argument)) >= LEAST_SENTENCE and "?" not in argument
    if a_sentence and (tells >= MAY_TELL_MOOD or not _HANGUL.search(argument)):
        return _ask_mood(state, texts.NOT_SURE[event.seed % len(texts.NOT_SURE)])
    return _no_mood(state, event)


def _title_awaited(
    state: State, text: str, feels: bool, event: Event, services: Services, search: Callable[[str], Finding]
) -> Answer | None:
    """Where a favourite was asked for, or songs were shown: songs like what the text names; None if it names none."""
    if answer := _favourites(state, text, event, services):
        return answer
    found = search(text)
    # Letters that are no Hangul tell no mood, so a near title is meant.
    foreign = state.stage in _AWAITS_TITLE and isinstance(found, Found) and not _HANGUL.search(text)
    if foreign or _is_title(text, found) or _is_of_artist_named(text, found):
        # «외로워» is a title too, but tells something: it is asked about first.
        asked_about = feels and len(text.split()) < 2
        return (_confirm if asked_about else _found)(state, text, found, event, services)
    if state.stage in (Stage.ASKED_SONG, Stage.RECOMMENDED):
        return _of_artist_alone(state, text, services)
    return None


def _plainly_a_song(
    state: State, text: str, event: Event, services: Services, search: Callable[[str], Finding]
) -> Answer | None:
    """Songs asked for in a sentence, or a song by title and artist: at any time, whatever mood the words have."""
    if answer := _asked_for(state, text, event, services):
        return answer
    found = search(text) if " " in text and len(text) <= LONGEST_TITLE else None
    if isinstance(found, Found) and found.named and _says_title_and_artist(text, found.song):
        return _found(state, text, found, event, services)
    return None


def _favourites(state: State, text: str, event: Event, services: Services) -> Answer | None:
    """Answers to the question for a favourite that are more than a title: «… 좋아해», «밤편지, 좋은 날»."""
    if favourite := FAVOURITE.match(text):
        found = services.search(favourite["name"])
        if isinstance(found, OfArtist) or _is_title(favourite["name"], found):
            return _found(state, favourite["name"], found, event, services)
    return _several_named(state, text, event, services)


def _several_named(state: State, text: str, event: Event, services: Services) -> Answer | None:
    """Songs like several: None unless each part of the text is a title."""
    parts = [part for part in _JOINED.split(text) if part.strip()]
    if len(parts) < 2 or not all(_is_title(part, services.search(part)) for part in parts[:MOST_SEEDS]):
        return None
    return _several_songs(state, parts, event, services)


def _of_artist_alone(state: State, text: str, services: Services) -> Answer | None:
    """«나훈아 홍시» where the artist is known and the song is not: songs of the artist."""
    artist, _, title = text.partition(" ")
    found = services.search(artist) if title.strip() and len(artist) > 1 else None
    if not isinstance(found, OfArtist) or normal(found.artist) != normal(artist):
        return None
    return _offer(
        state,
        [hit.song for hit in found.hits][:SONGS],
        texts.ONLY_ARTIST_KNOWN.format(artist=found.artist),
    )


def _told(state: State, told: Mood, event: Event, services: Services) -> Answer:
    """A mood was told: it is named, tentatively, and a song is asked for once."""
    again, asked_already = bool(state.seeds or state.any_song), state.stage is Stage.ASKED_SONG
    state = replace(state, stage=Stage.ASKED_SONG, moods=(*state.moods, told)[-MOODS_KEPT:], offered=(), feel="")
    inside = [wish for wish, pattern in WISHES_INSIDE if pattern.search(event.text)]
    if inside:
        mode, energy = _WISH[inside[0]]
        state = replace(state, mode=mode, energy=energy)
    now = current_mood(state) or told.emotion
    said = _named(now, services.sure, event.seed)
    low = _is_low(state)
    if not low and not inside:  # comfort was for the low mood
        state = replace(state, mode="match", energy=max(0, state.energy))
    if max(now) < services.sure:
        choices = (*texts.MOOD_WORDS.values(), texts.ANY_SONG)
        state = replace(state, stage=Stage.ASKED_MOOD)
    elif again:
        choices = (texts.MORE, texts.ANY_SONG, texts.WRONG_MOOD)
    else:
        wishes = (texts.COMFORT, texts.ESCAPE) if low and not inside else ()
        choices = (texts.ANY_SONG, *wishes, texts.WRONG_MOOD)
    if low and _DYING.search(event.text) and not _DYING_OF_LITTLE.search(event.text):
        said = f"{said} {texts.SOFT_HELP}"
    asked = texts.ASK_MORE if again else texts.ASKED_ALREADY if asked_already else texts.ASK_SONG
    asked = texts.ASK_WHICH if state.stage is Stage.ASKED_MOOD else asked
    return state, (Reply(f"{said} {asked}", choices=choices),)


def _ask_mood(state: State, text: str, any_song: bool = False) -> Answer:
    """Offer the four moods to pick from; with `any_song`, songs follow at once."""
    state = replace(state, stage=Stage.ASKED_MOOD, offered=(), any_song=state.any_song or any_song)
    return state, (Reply(text, choices=tuple(texts.MOOD_WORDS.values())),)


def _wrong_mood(state: State, argument: str, event: Event, services: Services) -> Answer:
    return _ask_mood(state, texts.PICK_MOOD if state.moods else texts.MOOD_FIRST)


def _mood(state: State, argument: str, event: Event, services: Services) -> Answer:
    """A mood picked from the four: it wins over every guess of this conversation."""
    state = replace(_greeted(state), moods=(mood.picked(event.time, argument),), offered=(), feel="")
    said = texts.PICKED[argument]
    if state.listed:
        return _show(state, _songs(state.seeds, services), texts.PICKED_AGAIN.format(picked=said), services)
    if state.any_song:
        return _show(state, (), f"{said} {_introduced(state, (), '')}", services)
    return replace(state, stage=Stage.ASKED_SONG), (Reply(f"{said} {texts.ASK_SONG}", choices=_beside_a_song(state)),)


def _beside_a_song(state: State) -> tuple[str, ...]:
    """What may be tapped where a favourite song is asked for."""
    return (texts.ANY_SONG, texts.COMFORT, texts.ESCAPE) if _is_low(state) else (texts.ANY_SONG,)


def _no_mood(state: State, event: Event) -> Answer:
    """Neither a mood nor anything else that is understood."""
    if state.stage is Stage.NEW:
        return _greeted(state), (Reply(texts.START),)
    if state.stage is Stage.RECOMMENDED:
        return state, (Reply(texts.AFTER_SONGS, choices=(texts.MORE,)),)
    now = current_mood(state)
    if now is None:
        said = texts.ASK_DAY[event.seed % len(texts.ASK_DAY)]
        return replace(state, stage=Stage.LISTENING), (Reply(said),)
    heard = texts.HEARD.format(mood=_mood_name(now))
    asked = texts.ASKED_ALREADY if state.stage is Stage.ASKED_SONG else texts.ASK_SONG
    return replace(state, stage=Stage.ASKED_SONG), (Reply(f"{heard} {asked}", choices=_beside_a_song(state)),)


def _chat(state: State, argument: str, event: Event, services: Services) -> Answer:
    """Small talk: a greeting, a laugh, thanks, a question about the bot; never a mood."""
    said = texts.CHAT[argument][event.seed % len(texts.CHAT[argument])]
    if argument in ("soso", "ironic"):
        return _ask_mood(state, said)
    if argument == "hello" and state.stage is Stage.NEW:
        return _greeted(state), (Reply(texts.START),)
    if argument in ("yes", "no", "exclaims"):
        after, (reply, *_) = _no_mood(state, event)
        return after, (reply if state.stage is Stage.NEW else replace(reply, text=f"{said} {reply.text}"),)
    if argument == "laugh" and state.moods:
        return _no_mood(state, event)
    return _greeted(state), (Reply(said, choices=_more_if(state)),)


# --- songs -------------------------------------------------------------------------------------


def _song(state: State, argument: str, event: Event, services: Services) -> Answer:
    if URL.match(argument):
        return _greeted(state), (Reply(texts.URL_FOR_TITLE),)
    if not argument.strip():
        return replace(state, stage=Stage.ASKED_SONG), (Reply(texts.ASK_TITLE),)
    found = services.search(argument)
    parts = [part for part in _COMMA.split(argument) if part.strip()]
    if len(parts) > 1 and not isinstance(found, Found | Several):
        return _several_songs(state, parts, event, services)
    return _found(state, argument, found, event, services)


def _found(state: State, query: str, found: Finding, event: Event, services: Services) -> Answer:
    """Songs like the one found, or the question which one is meant."""
    match found:
        case Found(song=song, named=named):
            return _recommend(state, (song,), event, services, "" if named else _correction(query, song))
        case Perhaps(hits=(hit,)):
            return _confirm_one(state, hit.song)
        case Several(hits=hits):
            return _offer(state, [hit.song for hit in hits], texts.WHICH)
        case OfArtist(artist=artist, hits=hits):
            return _offer(state, [hit.song for hit in hits][:SONGS], texts.WHICH_OF_ARTIST.format(artist=artist))
        case Perhaps(hits=hits):
            return _offer(state, [hit.song for hit in hits], texts.PERHAPS)
        case Unknown(nearest=hits):
            return _unknown_song(state, [hit.song for hit in hits], event, services)


def _confirm(state: State, query: str, found: Finding, event: Event, services: Services) -> Answer:
    """Like `_found`, but a song that was not asked for is asked about first."""
    return _confirm_one(state, found.song) if isinstance(found, Found) else _found(state, query, found, event, services)


def _confirm_one(state: State, song: Song) -> Answer:
    text = texts.PERHAPS_ONE.format(title=song.title, artist=song.artist)
    state = replace(state, stage=Stage.CONFIRMING, offered=(song.id,))
    return state, (Reply(text, choices=(texts.YES, texts.NO)),)


def _offer(state: State, songs: Sequence[Song], text: str) -> Answer:
    numbers = tuple(f"{place}번" for place in range(1, len(songs) + 1))
    state = replace(state, stage=Stage.CHOOSING, offered=tuple(song.id for song in songs))
    return state, (Reply(f"{text}\n{texts.options(songs)}", choices=(*numbers, texts.NOT_HERE)),)


def _several_songs(state: State, parts: Sequence[str], event: Event, services: Services) -> Answer:
    """Up to three favourites at once: the likeliest song of each title, each named back in the answer."""
    songs: dict[str, Song] = {}
    said = [texts.THREE_AT_MOST] if len(parts) > MOST_SEEDS else []
    parts = parts[:MOST_SEEDS]
    guessed = []
    for part in parts:
        match services.search(part):
            case Found(song=song):
                songs[song.id] = song
            case Several(hits=hits) | OfArtist(hits=hits) | Perhaps(hits=hits):
                songs[hits[0].song.id] = hits[0].song
                guessed.append(_name_of(hits[0].song))
            case Unknown():
                said.append(texts.NOT_FOUND)
    if not songs:
        return _unknown_song(state, (), event, services)
    if guessed:
        said.append(texts.TAKEN_FOR.format(song=texts.with_particle(", ".join(guessed), "을/를")))
    before = "".join(f"{sentence} " for sentence in dict.fromkeys(said))
    return _recommend(state, tuple(songs.values()), event, services, before)


def _asked_for(state: State, text: str, event: Event, services: Services) -> Answer | None:
    """«아이유 노래», «밤편지 같은 노래 추천해줘», «밤편지 틀어줘»: None where no such artist or song is known."""
    asked = ASKED_FOR.match(text)
    if not asked or not (asked["like"] or asked["by"] or asked["verb"]):
        return None
    if not (asked["like"] or asked["by"]) and asked["verb"].startswith(("부탁", "줘", "ㄱㄱ", "가자")):
        return None  # «여행 가자», «물 좀 줘»
    if asked["name"] in VAGUE and asked["by"]:
        return _any_song(state, "", event, services)
    if state.listed and asked["name"] in POINTS | POINTS_AT_KIND:
        if asked["like"] or asked["name"] in POINTS_AT_KIND:
            return _more(state, "", event, services)
        return state, (Reply(texts.PLAY_HERE, choices=(texts.MORE,)),)
    if asked["verb"] and asked["verb"].startswith("좋아") and not asked["by"]:  # «동생을 좋아해»
        return None
    if asked["like"] and (several := _several_named(state, asked["name"], event, services)):
        return several
    found = services.search(asked["name"])
    if asked["by"] and _is_title_and_artist(found):
        found = services.search(f"{asked['name']} 노래")
    if isinstance(found, OfArtist):
        return _found(state, asked["name"], found, event, services)
    if asked["like"] and not isinstance(found, Unknown):
        return _found(state, asked["name"], found, event, services)
    if isinstance(found, Found | Several) and _is_title(asked["name"], found):
        answer = _found if state.stage is Stage.ASKED_SONG else _confirm
        return answer(state, asked["name"], found, event, services)
    if FEELS.search(asked["name"]):  # «우울해서 노래 듣고 싶어» tells first
        return None
    wants_songs = asked["verb"] and (asked["by"] or asked["like"]) and not asked["verb"].startswith("좋아")
    return _any_song(state, "", event, services) if wants_songs else None


def _unknown_song(state: State, nearest: Sequence[Song], event: Event, services: Services) -> Answer:
    text = texts.UNKNOWN_SONG
    if nearest:
        text += "\n" + texts.NEAREST.format(titles=", ".join(map(_name_of, nearest)))
    now = current_mood(state)
    if now is None:
        return _ask_mood(state, f"{text}\n{texts.MOOD_FIRST}", any_song=True)
    text += "\n" + texts.INSTEAD_BY_MOOD.format(mood=_mood_name(now))
    return _show(replace(state, any_song=True), (), text, services)


def _any_song(state: State, argument: str, event: Event, services: Services) -> Answer:
    asked_already = state.stage is Stage.ASKED_MOOD and state.any_song
    if current_mood(state) is None and not state.feel and not asked_already:
        return _ask_mood(state, texts.MOOD_FIRST, any_song=True)
    state = replace(state, seeds=(), any_song=True)
    return _show(state, (), _introduced(state, (), ""), services)


def _more(state: State, argument: str, event: Event, services: Services) -> Answer:
    if not _has_aim(state):
        return replace(state, stage=Stage.LISTENING), (Reply(texts.SONG_FIRST, choices=(texts.ANY_SONG,)),)
    said = texts.MORE_LIKE[event.seed % len(texts.MORE_LIKE)] if state.listed else ""
    return _again(state, event, services, said)


def _other_artists(state: State, argument: str, event: Event, services: Services) -> Answer:
    if not _has_aim(state):
        return _more(state, argument, event, services)
    seeds = _songs(state.seeds, services)
    return _show(state, seeds, texts.OTHER_ARTISTS, services, other_artists=True)


# What a wish in words makes of mode and energy.
_WISH: dict[str, tuple[str, int]] = {
    "match": ("match", 0),
    "lift": ("lift", 0),
    "path": ("path", 0),
    "comfort": ("match", -1),
    "escape": ("lift", 1),
}


def _wish(state: State, argument: str, event: Event, services: Services) -> Answer:
    """«더 신나게», «기분 전환», «위로받고 싶어», «슬픈 노래 틀어줘»: how the songs are to be, now and from here on."""
    said = ""
    if argument in ("livelier", "calmer"):
        energy = max(-MOST_ENERGY, min(MOST_ENERGY, state.energy + (1 if argument == "livelier" else -1)))
        most = {MOST_ENERGY: "liveliest", -MOST_ENERGY: "calmest"}
        said = texts.WISHED[most.get(energy, argument)]
        state = replace(state, energy=energy)
    elif argument in EMOTIONS:
        state = replace(state, feel=argument, energy=int(argument == "행복"), any_song=True)
    else:
        mode, energy = _WISH[argument]
        said = texts.WISHED[argument]
        state = replace(state, mode=mode, energy=energy, feel="")
    if not _has_aim(state):
        return _ask_mood(state, f"{texts.WISH_KEPT} {texts.MOOD_FIRST}", any_song=True)
    return _again(state, event, services, said)


def _again(state: State, event: Event, services: Services, said: str = "") -> Answer:
    """Songs from the same favourites, or by mood alone, as they are wished for by now."""
    seeds = _songs(state.seeds, services)
    if not seeds:
        state = replace(state, any_song=True)
    return _show(state, seeds, _introduced(state, seeds, said), services)


def _like_listed(state: State, argument: str, event: Event, services: Services) -> Answer:
    """«2번 같은 노래»: one of the listed songs becomes the favourite."""
    place = int(argument)
    if not 1 <= place <= len(state.listed):
        return state, (Reply(texts.NO_SUCH_NUMBER.format(count=len(state.listed))),)
    song = services.song(state.listed[place - 1])
    return _recommend(state, (song,), event, services) if song else _more(state, argument, event, services)


def _why(state: State, argument: str, event: Event, services: Services) -> Answer:
    """Why the listed songs, or one of them."""
    songs = [services.song(listed) for listed in state.listed]
    now = current_mood(state)
    mood_line = "\n" + texts.WHY_MOOD.format(mood=_mood_name(now)) if now and not state.feel else ""
    if not argument:
        lines = [
            texts.WHY_LINE.format(number=place, title=song.title, reason=reason)
            for place, (song, reason) in enumerate(zip(songs, state.reasons, strict=False), 1)
            if song
        ]
        text = texts.WHY_ALL.format(reasons="\n".join(lines)) + mood_line
        return state, (Reply(text, choices=(texts.MORE, texts.WRONG_MOOD)),)
    place = int(argument)
    song = songs[place - 1] if 1 <= place <= len(songs) else None
    if song is None:
        return state, (Reply(texts.NO_SUCH_NUMBER.format(count=len(state.listed))),)
    reasons = "\n".join(f"· {part}" for part in state.reasons[place - 1].split(" · "))
    named = texts.with_particle(_name_of(song), "을/를")
    text = texts.WHY_ONE.format(number=place, song=named, reasons=reasons) + mood_line
    words = (texts.LIKE_NUMBER, texts.DISLIKE_NUMBER, texts.SAME_NUMBER)
    return state, (Reply(text, choices=(*(word.format(number=place) for word in words), texts.MORE)),)


def _rate(state: State, argument: str, event: Event, services: Services) -> Answer:
    """A like or dislike of listed songs by number, or of all of them; it undoes an earlier one."""
    by_number = ratings(argument) or _all_but_rated(state, argument == "좋아")
    if not all(1 <= place <= len(state.listed) for place in by_number):
        return state, (Reply(texts.NO_SUCH_NUMBER.format(count=len(state.listed))),)
    rated = {state.listed[place - 1]: likes for place, likes in by_number.items()}
    before = tuple((song, (song in state.liked) - (song in state.disliked)) for song in rated)
    state = _rated(replace(state, rated=before), {song: 1 if likes else -1 for song, likes in rated.items()})
    return state, (Reply(_rating_noted(by_number, state.listed, services), choices=(texts.MORE,)),)


def _all_but_rated(state: State, likes: bool) -> dict[int, bool]:
    """A rating of all listed songs: not of those that were just rated the other way, unless these are all."""
    other = state.disliked if likes else state.liked
    rest = {place: likes for place, song in enumerate(state.listed, 1) if song not in other}
    return rest or dict.fromkeys(range(1, len(state.listed) + 1), likes)


def _rating_noted(by_number: dict[int, bool], listed: Sequence[str], services: Services) -> str:
    if len(by_number) == len(listed) and len(set(by_number.values())) == 1 and len(listed) > 1:
        return (texts.LIKED_ALL if by_number[1] else texts.DISLIKED_ALL).format(count=len(listed))
    noted = []
    for place, likes in by_number.items():
        song = services.song(listed[place - 1])
        title = f"「{song.title}」" if song else ""
        if likes:
            noted.append(texts.LIKED.format(number=place, song=texts.with_particle(title, "을/를") if song else "곡을"))
        else:
            noted.append(
                texts.DISLIKED.format(number=place, song=texts.with_particle(title, "은/는") if song else "곡은")
            )
    return "\n".join(noted)


def _undo(state: State, argument: str, event: Event, services: Services) -> Answer:
    """Take the last rating back; what the songs were rated before holds again."""
    if not state.rated:
        return state, (Reply(texts.NOTHING_TO_UNDO, choices=_more_if(state)),)
    state = replace(_rated(state, dict(state.rated)), rated=())
    return state, (Reply(texts.UNDONE, choices=_more_if(state)),)


def _rated(state: State, values: dict[str, int]) -> State:
    """The state with songs liked (1), disliked (-1) or neither (0)."""
    liked = [song for song in state.liked if song not in values]
    disliked = [song for song in state.disliked if song not in values]
    liked += [song for song, value in values.items() if value > 0]
    disliked += [song for song, value in values.items() if value < 0]
    return replace(state, liked=tuple(liked[-RATED_KEPT:]), disliked=tuple(disliked[-RATED_KEPT:]))


# --- answers to a question ------------------------------------------------------------------------


def _pick(state: State, argument: str, event: Event, services: Services) -> Answer:
    """One of the offered songs, by number or artist; any other text is taken for what it says."""
    place = number(argument)
    if place is not None:
        if not 1 <= place <= len(state.offered):
            return state, (Reply(texts.NO_SUCH_OPTION.format(count=len(state.offered)), choices=(texts.NOT_HERE,)),)
        chosen = services.song(state.offered[place - 1])
        if chosen is None:
            return replace(state, stage=Stage.ASKED_SONG, offered=()), (Reply(texts.TRY_ANOTHER_TITLE),)
        return _recommend(state, (chosen,), event, services)
    offered = _songs(state.offered, services)
    for is_named in (_names_title, _names_artist):
        named = [song for song in offered if is_named(argument, song)]
        if len(named) == 1:
            return _recommend(state, (named[0],), event, services)
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
    Intent.EXPORT: _export,
    Intent.FORGET: _forget,
    Intent.CONSENT: _consent,
    Intent.SHOW_IN: _show_in,
    Intent.SONG: _song,
    Intent.ANY_SONG: _any_song,
    Intent.MORE: _more,
    Intent.OTHER_ARTISTS: _other_artists,
    Intent.WISH: _wish,
    Intent.LIKE_LISTED: _like_listed,
    Intent.WHY: _why,
    Intent.RATE: _rate,
    Intent.UNDO: _undo,
    Intent.WRONG_MOOD: _wrong_mood,
    Intent.MOOD: _mood,
    Intent.PICK: _pick,
    Intent.YES: _yes,
    Intent.NO: _no,
    Intent.CHAT: _chat,
    Intent.UNKNOWN_COMMAND: _unknown_command,
    Intent.NOTHING: _nothing,
    Intent.TALK: _talk,
}


# --- parts of answers ------------------------------------------------------------------


def _recommend(state: State, seeds: tuple[Song, ...], event: Event, services: Services, before: str = "") -> Answer:
    state = replace(state, seeds=tuple(song.id for song in seeds), any_song=False, feel="")
    return _show(state, seeds, before + _introduced(state, seeds, ""), services)


def _introduced(state: State, seeds: Sequence[Song], said: str) -> str:
    """What stands above the list: `said` where something is to be said first, then how the songs were chosen."""
    now, names = current_mood(state), ", ".join(map(_name_of, seeds))
    if said and (state.listed or said in texts.WISHED.values()):
        changed = said in (texts.WISHED["lift"], texts.WISHED["path"])
        return f"{said} {texts.BY_MODE[state.mode]}" if changed else said
    if state.feel:
        return texts.BY_FEEL[state.feel]
    if now is None:
        return texts.SONGS_LIKE_ONLY.format(songs=names) if names else texts.SONGS_OF_NO_MOOD
    if state.mode != "match":
        how = texts.BY_MODE[state.mode]
        return texts.FROM_SONGS.format(songs=names, how=how) if names else how
    if names:
        return texts.SONGS_LIKE.format(songs=names, mood=_mood_name(now))
    return texts.SONGS_BY_MOOD.format(mood=_mood_name(now))


def _show(state: State, seeds: Sequence[Song], text: str, services: Services, other_artists: bool = False) -> Answer:
    """The list itself: songs that were not shown in this conversation, nor lately where there are others."""
    wishes = Wishes(
        tuple(_songs(state.liked, services)), tuple(_songs(state.disliked, services)), state.energy, other_artists
    )
    barred = {*state.shown, *state.disliked}
    songs: Sequence[Recommendation] = ()
    for exclude in (barred | set(state.earlier), barred):
        if len(songs) < SONGS:
            songs = services.recommend(seeds, _aim(state), exclude, state.mode, wishes)[:SONGS]
    if not songs:
        return _greeted(state), (Reply(texts.NO_OTHER_ARTISTS if other_artists else texts.NO_MORE_SONGS),)
    listed = tuple(one.song.id for one in songs)
    state = replace(
        state,
        stage=Stage.RECOMMENDED,
        seeds=tuple(song.id for song in seeds),
        offered=(),
        listed=listed,
        reasons=tuple(one.reason for one in songs),
        rated=(),
        shown=(*state.shown, *listed)[-SHOWN_KEPT:],
    )
    said_of_them = (texts.LIKE_WORD, texts.DISLIKE_WORD)
    others = (texts.MORE, texts.LIVELIER, texts.CALMER, *_other_mode(state), texts.OTHER_ARTIST)
    return state, (Reply(text, songs=tuple(songs), choices=said_of_them + others, melon=state.melon),)


def _other_mode(state: State) -> tuple[str, ...]:
    """The word that changes the mode back, or to a brighter one where the mood is low."""
    if state.mode != "match":
        return (texts.MODE_WORDS["match"],)
    return (texts.MODE_WORDS["lift"],) if _is_low(state) else ()


def _has_aim(state: State) -> bool:
    """True when there is something to choose songs by."""
    by_nothing = state.any_song and bool(state.listed)  # «아무거나» said twice without a mood
    return bool(state.seeds or state.feel) or by_nothing or current_mood(state) is not None


def _is_low(state: State) -> bool:
    now = current_mood(state)
    return now is not None and mood.strongest(now) != "행복"


def _aim(state: State) -> tuple[float, ...]:
    """The emotion that songs are asked for: the one wished for, else the mood, else the uniform one for none."""
    if state.feel:
        return tuple(float(name == state.feel) for name in EMOTIONS)
    return current_mood(state) or (1 / len(EMOTIONS),) * len(EMOTIONS)


def _songs(ids: Sequence[str], services: Services) -> list[Song]:
    """The songs that the catalogue still has."""
    return [song for song in map(services.song, ids) if song is not None]


def _correction(query: str, song: Song) -> str:
    """«… 대신 이 제목으로 찾았어요» when the title was misspelt, so that a wrong guess is seen at once."""
    asked, title, artist = normal(query), normal(song.title), normal(song.artist)
    if not title or title in asked or asked in normal(song.title + song.artist) or artist in asked:
        return ""
    return texts.CORRECTED.format(query=query[:LONGEST_TITLE]) + " "


def _is_title(text: str, found: Finding) -> bool:
    """True when a message without /song is the found title itself, perhaps with its artist, or its 초성."""
    match found:
        case Found(named=True):
            return True
        case Found(song=song):
            titles = [normal(song.title)]
        case Several(hits=hits):
            titles = [normal(hit.song.title) for hit in hits]
        case OfArtist():
            return True
        case Perhaps() if _is_title_and_artist(found):
            return True
        case Perhaps(hits=hits) if len(set(normal(text))) > 1:
            return len(normal(text)) >= LEAST_INITIALS and all(hit.kind == "초성" for hit in hits)
        case _:
            return False
    return any(len(title) >= 2 and title in normal(text) for title in titles)


def _is_title_and_artist(found: Finding) -> bool:
    """True for a name that a song has and an artist too."""
    match found:
        case Perhaps(hits=hits):
            return hits[0].kind in ("exact", "alias") and any(hit.kind == "artist" for hit in hits)
    return False


def _is_of_artist_named(text: str, found: Finding) -> bool:
    """True for «싸이 챔피온»: a near title, perhaps with others, by an artist who is named beside it."""
    match found:
        case Found(song=song) | Perhaps(hits=(Hit(song=song), *_)):
            return len(text.split()) > 1 and _names_artist(text, song)
    return False


def _is_named_wholly(text: str, found: Finding) -> bool:
    """True when nothing but a title of three letters or more, or an artist, was said out of the blue."""
    match found:
        case Found(song=song):
            return len(normal(song.title)) >= LEAST_NEAR
        case OfArtist():
            return True
    return False


def _says_title_and_artist(text: str, song: Song) -> bool:
    """True when both are said, in the catalogue's spelling, and next to nothing else."""
    said, title, artist = normal(text), normal(song.title), normal(song.artist)
    return title in said and artist in said and len(said) <= len(title) + len(artist) + 1


def _names_title(text: str, song: Song) -> bool:
    return normal(text) == normal(song.title)


def _names_artist(text: str, song: Song) -> bool:
    """True when an answer to a choice is the song's artist: the name, a part of it, or «민들레 노래요»."""
    wanted, artist = normal(text), normal(song.artist)
    if wanted == artist or (len(wanted) > 1 and wanted in artist):
        return True
    return len(artist) > 1 and wanted.startswith(artist)


def _greeted(state: State) -> State:
    return replace(state, stage=Stage.LISTENING) if state.stage is Stage.NEW else state


def _more_if(state: State) -> tuple[str, ...]:
    return (texts.MORE,) if state.stage is Stage.RECOMMENDED else ()


def _named(mood_now: Sequence[float], sure: float, seed: int) -> str:
    """The mood in one tentative sentence, or the two it lies between."""
    first, second = sorted(range(len(EMOTIONS)), key=lambda at: -mood_now[at])[:2]
    if mood_now[first] < sure:
        return texts.MIXED_MOOD.format(
            first=texts.MOOD_NAMES[EMOTIONS[first]], second=texts.MOOD_NAMES[EMOTIONS[second]]
        )
    sentences = texts.MOODS[EMOTIONS[first]]
    return sentences[seed % len(sentences)]


def _mood_name(mood_now: Sequence[float]) -> str:
    return texts.MOOD_NAMES[mood.strongest(mood_now)]


def _name_of(song: Song) -> str:
    return texts.NAMED.format(title=song.title, artist=song.artist)
