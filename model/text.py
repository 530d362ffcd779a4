"""Cleaning and splitting of text, the same in training and in serving."""

import html
import re
import unicodedata
from collections.abc import Iterator

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ud800-\udfff\ufeff\ufffd]+")
_SPACES = re.compile(r"\s+")
_SENTENCE_END = re.compile(r"(?<=[.!?…。！？])(?![.!?…。！？\d])\s*|(?<=[ㅋㅎㅠㅜ~])\s+(?=\S)")
_LETTER = re.compile(r"[^\W_]")
_LETTERS = re.compile(r"[^\W_]+")
_ONE_LETTER_RUN = re.compile(r"(.)\1{4,}", re.DOTALL)


def clean(text: str) -> str:
    """NFC text on one line: control, zero-width, replacement and surrogate characters become blanks, which collapse."""
    return _SPACES.sub(" ", _CONTROL.sub(" ", unicodedata.normalize("NFC", text))).strip()


def has_letters(text: str) -> bool:
    """True when the text holds at least one letter or digit of any script (emoji and marks do not count)."""
    return _LETTER.search(text) is not None


def key(text: str) -> str:
    """Letters and digits alone, NFC and case-folded: two texts with one key are taken as the same."""
    return "".join(_LETTERS.findall(unicodedata.normalize("NFC", text))).casefold()


def sentences(text: str) -> list[str]:
    """Sentences of a cleaned text that hold letters; a trailing full stop opens no empty sentence."""
    return [part.strip() for part in _SENTENCE_END.split(text) if has_letters(part)]


def squeeze(text: str) -> str:
    """Runs of five or more of one character cut to four («ㅋㅋㅋㅋㅋㅋㅋ» says no more than «ㅋㅋㅋㅋ»)."""
    return _ONE_LETTER_RUN.sub(lambda run: run.group(1) * 4, text)


# --- lyrics ------------------------------------------------------------------

_HEADER = re.compile(r"[\[(<‹〈【{][^\])>›〉】}\n]{1,24}[\])>›〉】}]")
_HEADER_WORD = re.compile(
    r"(?i)^\W*(?:(?:pre-?|post-?)?chorus|hook|verse|intro|outro|bridge|interlude|refrain|rap|narr?ation|repeat"
    r"|간주|전주|후주|후렴|반복|랩|나레이션|내레이션|코러스|가사|\d절)\s*\d*\W*$"
)
_SPEAKER = re.compile(r"^\s*\[[^\]\n]{1,24}\]\s*")
_REPEAT_MARK = re.compile(  # without brackets, only where it cannot be a word: not in «relax 2» or «끝없는 반복»
    r"(?i)(?:[(\[]\s*(?:[x×*]\s*\d+|\d+\s*[x×*]|(?:후렴|\d절)?\s*반복)\s*[)\]]"
    r"|(?<![a-z0-9])(?:[x×*]\s*\d+|\d+\s*[x×])|(?:후렴|\d절|[*※])\s*반복)\s*$"
)
_CREDIT = re.compile(r"^\s*(?:출처|작사|작곡|편곡|작사가|작곡가|노래|가수|앨범|제목)\s*[:：]")
_HTML = re.compile(r"(?i)<br\s*/?>")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,40}>")
_LINE_BREAK = re.compile(r"[\n\r\u2028\u2029\x85]+")
_STANZA = re.compile(r" {2,}")
LINES_OF_A_SONG = 5  # fewer line breaks than this: the source glued its lines together
WORDS_OF_A_PIECE = 7


def lyric_lines(lyrics: str) -> list[str]:
    """The lines of a song, cleaned, in order and with repeats; none is without letters.

    Section headers, speaker tags, repeat marks, credits and HTML left-overs go. Lyrics without line breaks
    are cut at double blanks and into pieces of about seven words, so that no short rest is left.
    """
    text = _TAG.sub(" ", _HTML.sub("\n", html.unescape(lyrics)))
    raw = [line for line in _LINE_BREAK.split(text) if line.strip()]
    if len(raw) < LINES_OF_A_SONG:
        raw = [piece for line in raw for stanza in _STANZA.split(line) for piece in _pieces(stanza.split())]
    lines = (_lyric_line(line) for line in raw)
    return [line for line in lines if has_letters(line)]


def _lyric_line(line: str) -> str:
    if _CREDIT.match(line):
        return ""
    line = _HEADER.sub(lambda tag: " " if _HEADER_WORD.match(tag.group()) else tag.group(), line)
    line = _REPEAT_MARK.sub("", _SPEAKER.sub("", line))
    return "" if _HEADER_WORD.match(line) else clean(line)


def _pieces(words: list[str]) -> Iterator[str]:
    """Runs of six to eight words; other lengths only where the whole cannot be cut so (1 to 5, 9, 10, 11, 17)."""
    count = max(1, round(len(words) / WORDS_OF_A_PIECE))
    for part in range(count):
        yield " ".join(words[part * len(words) // count : (part + 1) * len(words) // count])
