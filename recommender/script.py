"""Names in the other script: Latin ones as Koreans spell them in Hangul, Hangul ones in Latin letters."""

import csv
import re
from functools import cache
from pathlib import Path

from recommender import hangul

WORDS = Path(__file__).parent.parent / "data" / "spellings.csv"
_LATIN = re.compile(r"[a-z]+(?:['’`′][a-z]+)*|\d+", re.IGNORECASE)
_APOSTROPHE = re.compile(r"['’`′]")
_LETTER_NAMES = {
    **dict(zip("abcdefghijklm", "에이 비 씨 디 이 에프 지 에이치 아이 제이 케이 엘 엠".split(), strict=True)),
    **dict(zip("nopqrstuvwxyz", "엔 오 피 큐 알 에스 티 유 브이 더블유 엑스 와이 제트".split(), strict=True)),
}
_LONGEST_INITIALISM = 4
_SHORTEST_PART = 3  # of a word made of two

# Latin letters of words that no table knows, longest first, as single Hangul letters: what most such names mean.
_BY_LETTERS = (
    *zip("tch sch sh ch ck ph th qu ng wh".split(), "ㅊ ㅅㅠ ㅅㅠ ㅊ ㄱ ㅍ ㅅ ㅋㅜ ㅇ ㅇㅜ".split(), strict=True),
    *zip("eo eu ae oo ee ou ai ei ay ey oa".split(), "ㅓ ㅡ ㅐ ㅜ ㅣ ㅏㅜ ㅏㅣ ㅔㅣ ㅔㅣ ㅣ ㅗ".split(), strict=True),
    *zip("ya yeo yo yu ye wa wo wi we".split(), "ㅑ ㅕ ㅛ ㅠ ㅖ ㅘ ㅝ ㅟ ㅞ".split(), strict=True),
    *zip("abcdefghijklm", "ㅏㅂㅋㄷㅔㅍㄱㅎㅣㅈㅋㄹㅁ", strict=True),
    *zip("nopqrstuvwyz", "ㄴㅗㅍㅋㄹㅅㅌㅜㅂㅜㅣㅈ", strict=True),
    ("x", "ㄱㅅ"),
)
_PIECES = dict(_BY_LETTERS)
_PIECE = re.compile("|".join(sorted(_PIECES, key=len, reverse=True)))
_CODAS = {"ㄱ": "ㄱ", "ㄴ": "ㄴ", "ㄹ": "ㄹ", "ㅁ": "ㅁ", "ㅂ": "ㅂ", "ㅇ": "ㅇ", "ㅋ": "ㄱ", "ㅌ": "ㅅ", "ㅍ": "ㅂ"}

# Revised Romanization, letter by letter, as people write titles: without the changes of sound between syllables.
_ROMAN_INITIALS = "g kk n d tt r m b pp s ss - j jj ch k t p h".replace("-", "").split(" ")
_ROMAN_VOWELS = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i".split()
_ROMAN_FINALS = "k k k n n n t l k m l l l p l m p p t t ng t t k t p t".split()


def in_hangul(name: str) -> tuple[str, ...]:
    """A name's spellings with its Latin words and numbers in Hangul: «Love poem» → («러브 포엠»); () without any.

    The first takes the first spelling of every word, the second the last one. Initialisms are read letter by
    letter («BTS» → «비티에스»).
    """
    if not re.search("[A-Za-z]", name):
        return ()
    usual = _LATIN.sub(lambda word: _word(word[0])[0], name)
    other = _LATIN.sub(lambda word: _word(word[0])[-1], name)
    return tuple(dict.fromkeys((usual, other)))


def _word(word: str) -> tuple[str, ...]:
    """The spellings of one word or number, most usual first."""
    lower = _APOSTROPHE.sub("", word.lower())
    if known := _table().get(lower):
        return known
    if word.isdigit():
        return ("".join(_table().get(digit, (digit,))[0] for digit in word),)
    if lower.endswith("s") and (stem := _table().get(lower[:-1])):
        return tuple(spelling + "즈" for spelling in stem)
    for cut in range(len(lower) - _SHORTEST_PART, _SHORTEST_PART - 1, -1):
        if (first := _table().get(lower[:cut])) and (second := _table().get(lower[cut:])):
            return (first[0] + second[0], first[-1] + second[-1])
    if len(word) <= _LONGEST_INITIALISM and (word.isupper() or not re.search("[aeiouy]", lower)):
        return ("".join(_LETTER_NAMES[letter] for letter in lower), by_letters(lower))
    return (by_letters(lower),)


def by_letters(word: str) -> str:
    """A Latin word read letter by letter, for what no table knows: «jannabi» → «잔나비»."""
    word = re.sub(r"(?<=[aeiou][bcdfgklmnprstvz])e$", "", word)
    pieces = [_PIECES[piece] for piece in _PIECE.findall(word)]
    letters = ""
    for place, piece in enumerate(pieces):
        first, after = piece[0], pieces[place + 1][0] if place + 1 < len(pieces) else ""
        vowel = first in hangul.VOWELS
        if vowel and (not letters or letters[-1] in hangul.VOWELS):
            piece = "ㅇ" + piece
        letters += "ㅇ".join(piece) if vowel and len(piece) > 1 and piece[0] != "ㅇ" else piece
        if not vowel and piece[-1] not in hangul.VOWELS and after not in hangul.VOWELS:
            coda = _CODAS.get(piece[-1])
            if coda and len(letters) > 1 and letters[-2] in hangul.VOWELS:
                letters = letters[:-1] + coda
            else:
                letters += "ㅡ"
    return hangul.join(letters)


def in_latin(name: str) -> str:
    """Hangul syllables in Latin letters, by Revised Romanization: «봄날» → «bomnal»; "" without any."""
    if not re.search("[가-힣]", name):
        return ""
    return "".join(map(_roman, name))


def _roman(letter: str) -> str:
    if not "가" <= letter <= "힣":
        return letter
    initial, rest = divmod(ord(letter) - ord("가"), 588)
    vowel, final = divmod(rest, 28)
    return _ROMAN_INITIALS[initial] + _ROMAN_VOWELS[vowel] + (_ROMAN_FINALS[final - 1] if final else "")


@cache
def _table() -> dict[str, tuple[str, ...]]:
    """Words and their spellings, from data/spellings.csv, which `bench.spellings` wrote."""
    with WORDS.open(encoding="utf-8", newline="") as file:
        return {row["word"]: tuple(row["hangul"].split("|")) for row in csv.DictReader(file)}
