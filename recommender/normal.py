"""The forms in which titles and artists are compared."""

import re
import unicodedata
from dataclasses import dataclass

from model.text import key
from recommender import hangul

_BRACKET = re.compile(r"\(((?:[^()]|\([^()]*\))*)(?:\)|$)|\[([^\]]*)(?:\]|$)|【([^】]*)(?:】|$)")
_LAST_BRACKET = re.compile(r"(?:\(((?:[^()]|\([^()]*\))*)\)?|\[([^\]]*)\]?|【([^】]*)】?)[\W_]*$")
_VERSION_WORD = (
    r"ver|version|(?:re)?mix|remaster(?:ed|ing)?|re-?make|edit|live|inst(?:rumental)?|mr|m/?v|acoustic|original"
    r"|bonus track|hidden track|ost|unplugged|demo|clean|explicit"
)
_TAIL = re.compile(
    rf"\b(?:feat|ft|featuring|prod|produced by)\b|^\W*(?:with|duet|cf|part|pt|narr?|{_VERSION_WORD})\b\W*\d*\W*$"
    rf"|^\W*(?:with|duet with|cf|narr?)\b|\b(?:{_VERSION_WORD})\W*\d*\W*$"
    r"|(?:버전|버젼|라이브|리믹스|삽입곡|테마곡|주제곡|주제가)\W*$|^[\W\d]*$",
    re.IGNORECASE,
)
_LOOSE_TAIL = re.compile(
    rf"\s(?:feat\b|ft\.|prod\.).*$|\s-\s(?:[a-z0-9]+\s)?(?:{_VERSION_WORD})\.?(?:\s\d+)?$", re.DOTALL | re.IGNORECASE
)
_MARKED = re.compile(r"[(\[【]|\s(?:feat|ft|prod)|\s-\s", re.IGNORECASE)
_MEMBERS = re.compile(r"[,/&()]|\sx\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Names:
    """What a title or artist may be called, each in letters and digits alone.

    main: without version tails and second titles. whole: with second titles. literal: with everything.
    others: the second titles one by one, and the name without brackets inside it. spaced: the main name and
    the second ones as they are written.
    """

    main: str
    whole: str
    literal: str
    others: tuple[str, ...]
    spaced: tuple[str, ...]


def normal(text: str) -> str:
    """The form names are compared in: «예뻐서 (Feat. X) (You're beautiful)» → «예뻐서».

    Full-width, upper-case, blanks, punctuation, version tails and trailing brackets make no difference. Text
    without letters keeps its marks («~»); empty text stays empty.
    """
    return names(text).main


def names(text: str) -> Names:
    text = _composed(text)
    literal = _key(text) or "".join(text.split())
    if not _MARKED.search(text):
        return Names(literal, literal, literal, (), (text,))
    kept = _LOOSE_TAIL.sub("", _BRACKET.sub(lambda found: "" if _TAIL.search(_inside(found)) else found[0], text))
    body, seconds = kept, []
    while (bracket := _LAST_BRACKET.search(body)) and _key(body[: bracket.start()]):
        second = _key(_inside(bracket))
        if len(second) < 2 and second.isascii() and body[bracket.start() - 1].isalnum():
            break
        seconds.append(_inside(bracket))
        body = body[: bracket.start()]
    main = _key(body) or literal
    seconds.append(_BRACKET.sub("", body))
    others = {_key(second): second for second in reversed(seconds) if len(_key(second)) > 1 and _key(second) != main}
    return Names(main, _key(kept) or literal, literal, tuple(reversed(others)), (body, *others.values()))


def folded(text: str) -> str:
    """NFKC and case-folded, with single Hangul letters left single."""
    return _composed(text).casefold()


def members(artist: str) -> tuple[str, ...]:
    """The parts of an artist's name that may be artists of their own: each of «박지민, 백예린»; () for one name."""
    return tuple(part.strip() for part in _MEMBERS.split(_composed(artist))) if _MEMBERS.search(artist) else ()


def _key(text: str) -> str:
    return _composed(key(text))  # single letters of a syllable meet where a mark between them is left out


def _composed(text: str) -> str:
    if unicodedata.is_normalized("NFKC", text):
        return text
    return hangul.plain(unicodedata.normalize("NFKC", text))


def _inside(bracket: re.Match[str]) -> str:
    return next((part for part in bracket.groups() if part is not None), "")
