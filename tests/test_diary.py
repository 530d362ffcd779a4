"""The diary as a picture, and the moods of a day behind it."""

import io
import itertools

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot import diary, mood, texts
from bot.state import Mood
from model.labels import EMOTIONS

NOW = 1_795_300_200.0  # 2026-11-22 07:30 in Seoul
DAY = 86400
# Machado, Oliveira and Fernandes (2009), severity 1: linear RGB as people with each colour vision see it.
VISIONS = {
    "all three": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def told(emotion: str, days_ago: float = 0) -> Mood:
    return mood.picked(NOW - days_ago * DAY, emotion)


def drawn(moods: list[Mood], now: float = NOW) -> np.ndarray:
    """int [1080, 1080, 3]: the picture's pixels."""
    return np.asarray(Image.open(io.BytesIO(diary.picture(moods, now))).convert("RGB")).astype(int)


def share(pixels: np.ndarray, emotion: str, left: float = 0, right: float = 1080) -> float:
    """Which part of the columns' area, between two x, is of an emotion's colour."""
    part = pixels[diary._TOP + 30 : diary._BOTTOM, round(left) : round(right)]
    colour = [int(diary.COLOURS[emotion][at : at + 2], 16) for at in (1, 3, 5)]
    return float((np.abs(part - colour).max(axis=2) < 12).mean())


def test_the_picture_is_a_square_png_of_a_size_to_send():
    png = diary.picture([told("행복")], NOW)
    assert png.startswith(b"\x89PNG")
    assert Image.open(io.BytesIO(png)).size == (1080, 1080)
    assert len(png) < 300_000


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_a_day_of_one_emotion_is_a_column_of_its_colour_where_the_day_stands(emotion):
    pixels = drawn([told(emotion, days_ago=29)])
    first = diary._LEFT, diary._LEFT + diary._STEP
    assert share(pixels, emotion, *first) > 0.6
    assert share(pixels, emotion, first[1], 1080) == 0
    assert all(share(pixels, other) == 0 for other in EMOTIONS if other != emotion)


def test_today_stands_last_and_what_is_older_than_thirty_days_nowhere():
    last = diary._RIGHT - diary._STEP, diary._RIGHT
    assert share(drawn([told("슬픔")]), "슬픔", *last) > 0.6
    assert share(drawn([told("슬픔", days_ago=30)]), "슬픔") == 0


def test_a_day_shows_the_shares_of_its_mean_mood():
    pixels = drawn([told("슬픔"), Mood(NOW + 60, (0.0, 0.0, 0.0, 1.0), 0.0)])
    last = diary._RIGHT - diary._STEP, diary._RIGHT
    assert share(pixels, "슬픔", *last) == pytest.approx(share(pixels, "행복", *last), rel=0.1)


def test_a_guess_that_was_put_right_is_not_drawn():
    guess = Mood(NOW - 60, (0.0, 0.05, 0.9, 0.05), 0.1)
    assert share(drawn([guess]), "슬픔") > 0.01
    assert share(drawn([guess, told("행복")]), "슬픔") == 0


def test_a_day_ends_at_midnight_in_seoul():
    midnight = NOW - 7.5 * 3600
    days = mood.by_day([told("슬픔", (NOW - midnight + 1) / DAY), told("행복", (NOW - midnight - 1) / DAY)])
    assert [day.day for day in days] == [21, 22]


@given(
    st.lists(
        st.tuples(st.floats(-40, 1), st.lists(st.floats(0, 1), min_size=4, max_size=4), st.floats(0, 1)), max_size=40
    )
)
@settings(max_examples=8, deadline=None)
def test_any_moods_can_be_drawn(rows):
    moods = [Mood(NOW + days * DAY, tuple(emotion), neutral) for days, emotion, neutral in rows]
    assert diary.picture(moods, NOW).startswith(b"\x89PNG")


def test_the_same_moods_give_the_same_picture():
    assert diary.picture([told("행복")], NOW) == diary.picture([told("행복")], NOW)


def test_every_letter_of_the_picture_is_in_the_fonts():
    words = "".join(
        letter
        for name, value in vars(texts).items()
        if name.startswith("PICTURE_")
        for text in (value.values() if isinstance(value, dict) else [value])
        for letter in text
    )
    for weight in ("Medium", "Bold"):
        known = TTFont(diary._FONTS / f"MaeumgokSans-{weight}.ttf").getBestCmap()
        assert not {letter for letter in words + "0123456789/" if ord(letter) not in known}


def test_the_fonts_come_with_their_licence_under_a_name_of_their_own():
    licence = (diary._FONTS / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    for path in diary._FONTS.glob("*.ttf"):
        assert TTFont(path)["name"].getDebugName(1) == "Maeumgok Sans"  # the original's name is reserved


@pytest.mark.parametrize("vision", VISIONS)
def test_the_four_colours_are_told_apart_with_any_colour_vision(vision):
    """CIE76 distances; 2.3 is just noticeable, neighbours in a column need far more."""
    seen = {name: _lab(np.clip(VISIONS[vision] @ _linear(colour), 0, 1)) for name, colour in diary.COLOURS.items()}
    assert min(np.linalg.norm(one - two) for one, two in itertools.combinations(seen.values(), 2)) > 25


def _linear(colour: str) -> np.ndarray:
    values = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _lab(linear: np.ndarray) -> np.ndarray:
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = np.cbrt(np.maximum(to_xyz @ linear / [0.9505, 1, 1.089], 0.008856))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])
