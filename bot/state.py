"""What a conversation stands on: its stage, the moods told, songs by id, and what the person asked to be kept."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from model.labels import EMOTIONS
from recommender.emotion import MODES


class Stage(StrEnum):
    """Where a conversation stands."""

    NEW = "new"
    LISTENING = "listening"
    ASKED_SONG = "asked_song"
    ASKED_MOOD = "asked_mood"  # the four moods were offered to pick from
    CHOOSING = "choosing"
    CONFIRMING = "confirming"
    RECOMMENDED = "recommended"
    FORGETTING = "forgetting"
    CARING = "caring"


@dataclass(frozen=True)
class Mood:
    """What one message told: seconds since 1970, the four probabilities, and how neutral it was (0..1).

    One that the person picked from the four is wholly that emotion and not neutral at all; a guess never is.
    """

    time: float
    emotion: tuple[float, ...]
    neutral: float

    @property
    def picked(self) -> bool:
        return self.neutral == 0 and max(self.emotion) == 1


@dataclass(frozen=True)
class State:
    """A conversation; nothing a person wrote is in it, songs stand as ids.

    seeds: the favourite songs; offered: what a choice is asked of; shown: every song of this conversation; earlier:
    those of the ones before; listed: the last five, reasons: why each of them; rated: what the last rating changed,
    id and what it was before (1 liked, -1 disliked, 0 neither). mode, energy, feel: how songs are to be chosen
    («기분 전환», -2 calmer to 2 livelier, an emotion that the songs are to have instead of the mood's, or "").
    any_song: songs by mood alone were asked for. consent: may moods and likes be kept beyond the conversation, None
    before an answer; asked_consent: that was asked, asking: in the last answer. erased: everything kept of this
    person is to be deleted.
    """

    stage: Stage = Stage.NEW
    time: float = 0.0
    moods: tuple[Mood, ...] = ()
    seeds: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    liked: tuple[str, ...] = ()
    disliked: tuple[str, ...] = ()
    rated: tuple[tuple[str, int], ...] = ()
    mode: str = "match"
    energy: int = 0
    feel: str = ""
    any_song: bool = False
    melon: bool = False
    consent: bool | None = None
    asked_consent: bool = False
    asking: bool = False
    erased: bool = False

    def to_json(self) -> dict:
        """What is kept of it: all but `erased`, after which nothing is."""
        kept = asdict(self)
        del kept["erased"]
        return kept

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "State":
        """The state that `to_json` wrote; what an older release did not write is as in a new conversation.

        Raises KeyError, TypeError or ValueError for anything else.
        """
        moods = tuple(
            Mood(float(mood["time"]), tuple(map(float, mood["emotion"])), float(mood["neutral"]))
            for mood in data["moods"]
        )
        if any(len(mood.emotion) != len(EMOTIONS) for mood in moods):
            raise ValueError(f"a mood without {len(EMOTIONS)} probabilities")
        if data.get("mode", "match") not in MODES or data.get("feel", "") not in ("", *EMOTIONS):
            raise ValueError("songs wished in a way that is not known")
        known = {field.name: data[field.name] for field in fields(cls) if field.name in data and field.name != "erased"}
        songs = {name: tuple(known[name]) for name in _OF_TEXTS & known.keys()}
        rated = tuple((str(song), int(before)) for song, before in known.get("rated", ()))
        numbers = {"time": float(data["time"]), "energy": int(known.get("energy", 0))}
        return cls(**{**known, **songs, **numbers, "stage": Stage(data["stage"]), "moods": moods, "rated": rated})


_OF_TEXTS = {"seeds", "offered", "shown", "earlier", "listed", "reasons", "liked", "disliked"}
