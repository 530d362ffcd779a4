"""From the moods of several messages to one: of a conversation, of a day, and by name."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, timezone

from bot.state import Mood
from model.labels import EMOTIONS

FADE = 0.6  # weight of a message against the next one
CLEAR = 0.4  # probability from which on a message alone tells its mood
TURNED = 0.15  # further weight of what was told before, where the last message clearly tells another mood
CORRECTED = 6 * 3600  # seconds before a picked mood within which what was guessed is taken for wrong
SEOUL = timezone(timedelta(hours=9))
# What a message of marks alone tells, as a guess.
_MARKS = dict(
    zip(
        EMOTIONS,
        ("😡🤬😠😤👿💢🖕", "😱😨😰😳🫢😧😦🙀", "😭😢😔😞💔😥😿🥺☹😩😣", "😊😄🥰😍🎉❤😆😁😀🤩🥳☺😂🤣💕✨"),
        strict=True,
    )
)
_OF_MARKS = 0.7  # probability


def guessed(time: float, emotion: Sequence[float], neutral: float) -> Mood:
    """A mood that was read from a message; short of certain, since only the person is (see `Mood`)."""
    return Mood(time, tuple(round(min(float(p), 0.9999), 4) for p in emotion), round(float(neutral), 4))


def picked(time: float, emotion: str) -> Mood:
    """The mood that a person picked from the four."""
    return Mood(time, tuple(float(name == emotion) for name in EMOTIONS), 0.0)


def of_marks(time: float, text: str) -> Mood | None:
    """The mood of a message without letters, by the faces in it; None when they tell none or several."""
    told = [at for at, emotion in enumerate(EMOTIONS) if set(text) & set(_MARKS[emotion])]
    if len(told) != 1:
        return None
    rest = (1 - _OF_MARKS) / (len(EMOTIONS) - 1)
    return Mood(time, tuple(round(_OF_MARKS if at == told[0] else rest, 4) for at in range(len(EMOTIONS))), 0.2)


def settled(moods: Sequence[Mood]) -> list[Mood]:
    """Moods, oldest first, without the guesses that a picked one soon after them put right."""
    picks = [mood.time for mood in moods if mood.picked]
    return [mood for mood in moods if mood.picked or not any(0 <= time - mood.time <= CORRECTED for time in picks)]


def current(moods: Sequence[Mood]) -> tuple[float, ...] | None:
    """The mood of a conversation: the last message counts most, neutral ones least, a correction wins; or None.

    Who was sad and says that all is well is not half sad: another mood that was told before hardly counts then.
    """
    if not moods:
        return None
    moods, last = _since_pick(moods), moods[-1]
    turned = max(last.emotion) * (1 - last.neutral) >= CLEAR
    shares = [TURNED if turned and strongest(mood.emotion) != strongest(last.emotion) else 1.0 for mood in moods]
    weights = [share * FADE**age for age, share in zip(range(len(moods) - 1, -1, -1), shares, strict=True)]
    return mean(moods, weights)


def mean(moods: Sequence[Mood], weights: Sequence[float] = ()) -> tuple[float, ...]:
    """One mood of several, each weighing as much as `weights` says, or 1, and by how little neutral it is."""
    weights = [
        weight * (1 - mood.neutral) + 1e-9 for weight, mood in zip(weights or (1.0,) * len(moods), moods, strict=True)
    ]
    total = sum(weights)
    return tuple(
        sum(weight * mood.emotion[i] for weight, mood in zip(weights, moods, strict=True)) / total
        for i in range(len(EMOTIONS))
    )


def _since_pick(moods: Sequence[Mood]) -> Sequence[Mood]:
    last = max((at for at, mood in enumerate(moods) if mood.picked), default=0)
    return moods[last:]


def by_day(moods: Iterable[Mood]) -> dict[date, list[Mood]]:
    """Moods by their day in Seoul, oldest first, corrections taken in."""
    days: dict[date, list[Mood]] = {}
    for mood in settled(sorted(moods, key=lambda mood: mood.time)):
        days.setdefault(day_of(mood.time), []).append(mood)
    return days


def day_of(time: float) -> date:
    return datetime.fromtimestamp(time, SEOUL).date()


def strongest(mood: Sequence[float]) -> str:
    """The name of the likeliest emotion."""
    return EMOTIONS[max(range(len(EMOTIONS)), key=lambda at: mood[at])]
