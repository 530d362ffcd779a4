"""The mood diary as a picture: the last 30 days side by side, each a column of the four emotions."""

import io
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bot import mood, texts
from bot.state import Mood
from model.labels import EMOTIONS

DAYS = 30
SIDE = 1080  # pixels of the picture, which is square
# From the foot of a column up. Told apart with any colour vision (a test simulates it), and by faces besides.
COLOURS = {"행복": "#F2C12E", "슬픔": "#1F5FA8", "놀람공포": "#C3A6E0", "분노혐오": "#C8442B"}
_PAPER, _INK, _SOFT, _FAINT, _CARD = "#FBF8F3", "#2B2A33", "#7C7885", "#E9E3D9", "#FFFFFF"
_FONTS = Path(__file__).parent / "fonts"
_FINE = 2  # drawn so many times larger, for smooth edges
_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 996, 366, 890  # where the columns stand
_STEP = (_RIGHT - _LEFT) / DAYS
_WIDE, _GAP, _LEAST = 23, 3, 6  # of a column, between two shares, and of a share that is drawn


def picture(moods: Sequence[Mood], now: float) -> bytes:
    """A PNG of 1080 by 1080 pixels for the 30 days that end on the day of `now` (seconds since 1970, in Seoul).

    A column shows the mean mood of a day, 행복 at its foot, with the face of the strongest emotion above; a day
    without a mood is a dot. Moods outside these days are left out.
    """
    last = mood.day_of(now)
    first = last - timedelta(days=DAYS - 1)
    days = {day: mood.mean(told) for day, told in mood.by_day(moods).items() if first <= day <= last}
    canvas = Image.new("RGB", (SIDE * _FINE, SIDE * _FINE), _PAPER)
    pen = _Pen(ImageDraw.Draw(canvas))
    pen.box((36, 36, SIDE - 36, SIDE - 36), 48, _CARD)
    _title(pen, first, last, days)
    _legend(pen)
    _columns(pen, first, days)
    _closing(pen, days)
    png = io.BytesIO()
    canvas.reduce(_FINE).quantize(128, Image.Quantize.FASTOCTREE).save(png, "PNG")
    return png.getvalue()


class _Pen:
    """Draws in pixels of the finished picture."""

    def __init__(self, draw: ImageDraw.ImageDraw):
        self._draw = draw

    def box(self, corners: Sequence[float], radius: float, colour: str) -> None:
        self._draw.rounded_rectangle([value * _FINE for value in corners], radius * _FINE, fill=colour)

    def disc(self, x: float, y: float, radius: float, colour: str) -> None:
        self._draw.ellipse(_around(x, y, radius), colour)

    def line(self, points: Sequence[tuple[float, float]], colour: str, width: float) -> None:
        scaled = [(x * _FINE, y * _FINE) for x, y in points]
        self._draw.line(scaled, colour, round(width * _FINE), joint="curve")

    def arc(self, x: float, y: float, radius: float, start: float, end: float, colour: str, width: float) -> None:
        self._draw.arc(_around(x, y, radius), start, end, colour, round(width * _FINE))

    def text(
        self, x: float, y: float, words: str, size: int, colour: str = _INK, bold: bool = False, anchor="lm"
    ) -> None:
        self._draw.text((x * _FINE, y * _FINE), words, colour, _font(size * _FINE, bold), anchor)

    def width(self, words: str, size: int, bold: bool = False) -> float:
        return self._draw.textlength(words, _font(size * _FINE, bold)) / _FINE


def _around(x: float, y: float, radius: float) -> list[float]:
    return [value * _FINE for value in (x - radius, y - radius, x + radius, y + radius)]


@cache
def _font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_FONTS / f"MaeumgokSans-{'Bold' if bold else 'Medium'}.ttf", size)


def _title(pen: _Pen, first: date, last: date, days: dict[date, tuple[float, ...]]) -> None:
    pen.text(_LEFT, 122, texts.PICTURE_TITLE, 60, bold=True)
    said = texts.PICTURE_DAYS.format(first=_named(first), last=_named(last), count=len(days))
    pen.text(_LEFT, 190, said, 32, _SOFT)


def _legend(pen: _Pen) -> None:
    wide = (_RIGHT - _LEFT) / len(EMOTIONS)
    for place, emotion in enumerate(COLOURS):
        x = _LEFT + place * wide
        _face(pen, x + 26, 278, 26, emotion)
        pen.text(x + 64, 278, texts.PICTURE_MOODS[emotion], 31)


def _columns(pen: _Pen, first: date, days: dict[date, tuple[float, ...]]) -> None:
    pen.line([(_LEFT, _BOTTOM + 10), (_RIGHT, _BOTTOM + 10)], _FAINT, 3)
    for place in range(DAYS):
        day, x = first + timedelta(days=place), _LEFT + (place + 0.5) * _STEP
        if day in days:
            _column(pen, x, days[day])
        else:
            pen.disc(x, _BOTTOM - 8, 4, _FAINT)
        if (DAYS - 1 - place) % 7 == 0:
            pen.line([(x, _BOTTOM + 10), (x, _BOTTOM + 22)], _SOFT, 2)
            words = f"{day.month}/{day.day}"
            pen.text(min(x, _RIGHT - pen.width(words, 28) / 2), _BOTTOM + 46, words, 28, _SOFT, anchor="mm")


def _column(pen: _Pen, x: float, told: Sequence[float]) -> None:
    """Shares of the four, a thin gap of paper between two."""
    foot = float(_BOTTOM)
    for emotion, colour in COLOURS.items():
        high = told[EMOTIONS.index(emotion)] * (_BOTTOM - _TOP - 34)
        if high >= _LEAST:
            pen.box((x - _WIDE / 2, foot - high + _GAP, x + _WIDE / 2, foot), min(7, (high - _GAP) / 2), colour)
        foot -= high
    _face(pen, x, _TOP + 12, 14.5, mood.strongest(told))


def _closing(pen: _Pen, days: dict[date, tuple[float, ...]]) -> None:
    if not days:
        pen.text(SIDE / 2, 630, texts.PICTURE_EMPTY, 38, _SOFT, anchor="mm")
        return
    ((often, count),) = Counter(mood.strongest(told) for told in days.values()).most_common(1)
    words = texts.PICTURE_MOST.format(mood=texts.PICTURE_MOODS[often], count=count)
    pen.text(SIDE / 2, 992, words, 34, anchor="mm")


def _face(pen: _Pen, x: float, y: float, size: float, emotion: str) -> None:
    """A round face: smiling, with its mouth down, with an open mouth, or with slanting brows."""
    pen.disc(x, y, size, COLOURS[emotion])
    ink, line = (_INK if emotion in ("행복", "놀람공포") else _CARD), max(1.5, size * 0.13)
    eye, high = size * 0.36, y - size * 0.18
    for side in (-1, 1):
        pen.disc(x + side * eye, high, size * (0.15 if emotion != "놀람공포" else 0.19), ink)
    if emotion == "행복":
        pen.arc(x, y + size * 0.02, size * 0.52, 25, 155, ink, line)
    elif emotion == "슬픔":
        pen.arc(x, y + size * 0.72, size * 0.46, 215, 325, ink, line)
    elif emotion == "놀람공포":
        pen.disc(x, y + size * 0.42, size * 0.22, ink)
    else:
        pen.line([(x - size * 0.3, y + size * 0.44), (x + size * 0.3, y + size * 0.44)], ink, line)
        for side in (-1, 1):
            pen.line([(x + side * size * 0.58, y - size * 0.6), (x + side * size * 0.18, y - size * 0.4)], ink, line)


def _named(day: date) -> str:
    return texts.PICTURE_DATE.format(month=day.month, day=day.day)
