"""Hangul arithmetic: syllables to single letters (jamo) and back, initial consonants, the Korean keyboard."""

import re
import unicodedata

INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_KEYBOARD = "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡㅃㅉㄸㄲㅆㅒㅖ"

_FIRST, _LAST = "가", "힣"
_PAIRS = {
    **dict(zip(("ㅗㅏ", "ㅗㅐ", "ㅗㅣ", "ㅜㅓ", "ㅜㅔ", "ㅜㅣ", "ㅡㅣ"), "ㅘㅙㅚㅝㅞㅟㅢ", strict=True)),
    **dict(zip(("ㄱㅅ", "ㄴㅈ", "ㄴㅎ", "ㄹㄱ", "ㄹㅁ", "ㄹㅂ", "ㄹㅅ", "ㄹㅌ"), "ㄳㄵㄶㄺㄻㄼㄽㄾ", strict=True)),
    **dict(zip(("ㄹㅍ", "ㄹㅎ", "ㅂㅅ"), "ㄿㅀㅄ", strict=True)),
}
_KEYS = dict(zip("qwertyuiopasdfghjklzxcvbnmQWERTOP", _KEYBOARD, strict=True))
_PRESSED = {letter: key for key, letter in _KEYS.items()}
_PRESSED |= {whole: "".join(_PRESSED[part] for part in pair) for pair, whole in _PAIRS.items()}
_CONJOINING = str.maketrans(
    {0x1100 + i: letter for i, letter in enumerate(INITIALS)}
    | {0x1161 + i: letter for i, letter in enumerate(VOWELS)}
    | {0x11A8 + i: letter for i, letter in enumerate(FINALS)}
)
_VOWEL_PAIRS = "|".join(pair for pair in _PAIRS if pair[0] in VOWELS)
_FINAL_PAIRS = "|".join(pair for pair in _PAIRS if pair[0] in FINALS)
_SYLLABLE = re.compile(f"([{INITIALS}])({_VOWEL_PAIRS}|[{VOWELS}])((?:{_FINAL_PAIRS}|[{FINALS}])(?![{VOWELS}]))?")


def plain(text: str) -> str:
    """Conjoining jamo (what NFKC and NFD leave) as the letters people type; other characters stay."""
    return text.translate(_CONJOINING)


def split(text: str) -> str:
    """Every syllable as its two or three letters: «밤편지» → «ㅂㅏㅁㅍㅕㄴㅈㅣ». Empty text stays empty."""
    return plain(unicodedata.normalize("NFD", text))


def join(letters: str) -> str:
    """Letters composed into syllables as a keyboard does it; what makes no syllable stays as it is.

    Undoes `split` on text of whole syllables. A vowel takes the consonant before it: «ㄱㅏㄱㅅㅏ» → «각사».
    """
    return _SYLLABLE.sub(_compose, letters)


def _compose(match: re.Match[str]) -> str:
    initial, vowel, final = match.groups(default="")
    final_place = FINALS.index(_PAIRS.get(final, final)) + 1 if final else 0
    place = (INITIALS.index(initial) * len(VOWELS) + VOWELS.index(_PAIRS.get(vowel, vowel))) * (len(FINALS) + 1)
    return chr(ord(_FIRST) + place + final_place)


def initials(text: str) -> str:
    """First consonant of every syllable: «밤편지» → «ㅂㅍㅈ». Consonants stay; "" when anything else is in it."""
    letters = [INITIALS[(ord(c) - ord(_FIRST)) // 588] if _FIRST <= c <= _LAST else c for c in text]
    return "".join(letters) if all(letter in INITIALS for letter in letters) else ""


def initials_of(text: str) -> str:
    """As `initials`, but whatever is no Hangul stays: «24시간이» → «24ㅅㄱㅇ»; "" without any syllable."""
    if not any(_FIRST <= c <= _LAST for c in text):
        return ""
    return "".join(INITIALS[(ord(c) - ord(_FIRST)) // 588] if _FIRST <= c <= _LAST else c for c in text)


def are_initials(text: str) -> bool:
    """True when single consonants stand for syllables: with digits or Latin letters, but no vowel or syllable."""
    return any(c in INITIALS for c in text) and not any(c in VOWELS or _FIRST <= c <= _LAST for c in text)


def from_keys(typed: str) -> str:
    """What a Korean keyboard would have written for Latin keys: «qkavuswl» → «밤편지». Other characters stay."""
    return join("".join(_KEYS.get(c) or _KEYS.get(c.lower(), c) for c in typed))


def to_keys(written: str) -> str:
    """The Latin keys that wrote Hangul letters: «애묘드» → «doaycm», the layout's other way. Undone by `from_keys`."""
    return "".join(_PRESSED.get(letter, letter) for letter in split(written))
