"""What a message wants, by its words alone: rules over `bot.lexicon`, no model."""

import re
import unicodedata

from bot import texts
from bot.lexicon import (
    COMMANDS,
    CONSENTS,
    DISLIKES_ALL,
    DONT_KNOW,
    ERASES,
    EXCLAIMS,
    KEEPS,
    LIKES_ALL,
    LISTED_NUMBER,
    MOODS,
    NO,
    PHRASES,
    REFUSES,
    SONGS_WANTED,
    UNDO,
    WHY,
    YES,
    Intent,
)
from bot.state import Stage, State
from model.text import clean, has_letters

# The longest name first: «/노래밤편지» without a blank is /노래 and a title.
_SLASH = re.compile(rf"^[/／]\s*({'|'.join(sorted(COMMANDS, key=len, reverse=True))})(?:@\w+)?(?![a-z])\s*(.*)$", re.I)

_BUTTONS = {words.replace(" ", ""): name for name, words in texts.MOOD_WORDS.items()}
_OF_SONG = r"(?:요|거|꺼|노래|곡)?(?:요|로|으로)?[.!]?"
_NUMBER = re.compile(rf"^(\d{{1,2}})\s*(?:번째|번)?\s*(?:이요|{_OF_SONG})$")
_ORDINALS = ("첫", "두", "세", "네", "다섯")
_ORDINAL = re.compile(rf"^(?:({'|'.join(_ORDINALS)})\s*번?째|(첫|둘|셋|넷|다섯)째)\s*{_OF_SONG}$")
_PLACE = re.compile(rf"({'|'.join(_ORDINALS)})\s*번째")
_AND = r"(?:\s*(?:,|·|와|과|이랑|랑|하고|그리고|및)\s*|\s+)"
_SOME = r"\d{1,2}\s*(?:번째?)?"
_PLEASES = r"[마맘]음?에\s?"
_RATING = re.compile(
    rf"^({_SOME}(?:(?:(?<=번)|{_AND}){_SOME}){{0,4}})(?<=[번째])(?:은|이|도|는|가|만|다)?,?\s*"
    r"(?:(?:노래|곡|이거|그거|거|꺼)(?:는|은|가|이|도)?)?\s*(?:둘\s*다|모두|다)?\s*(?:너무|진짜|정말|제일|가장|완전|좀)?\s*"
    rf"(?:(좋아|좋았|좋네|좋다|좋은|최고|ㄱㅊ|괜찮|{_PLEASES}[들드든듭])|(별로|싫|안\s?좋|별루|아니|{_PLEASES}안\s?[들드든듭]))\S*$"
)
_CHOICE = re.compile(r"^(\d)\s*번(?:째)?(?:이|을|으로|로)?\s*(?:좋|할[래게]|골라|고를|선택|들을|듣고|줘|부탁|ㄱㄱ)\S*$")
_LEFT_OUT = re.compile(r"[\s.!?~,…]+")
WISHES_INSIDE = (
    ("comfort", re.compile(r"위로\s?(?:받고\s?싶|해\s?줘|해\s?주|가\s?필요|가\s?되)")),
    ("escape", re.compile(r"(?:잊|털어\s?버리|날려\s?버리|풀)고\s?싶")),
)
URL = re.compile(r"^(?:https?://|www\.)\S+$", re.I)
# «아이유 노래 틀어줘», «밤편지 같은 노래», «밤편지 들려줘»: name, how it is asked for, and the verb.
ASKED_FOR = re.compile(
    r"^(?:(?:이|그)(?:거|것|\s?노래|\s?곡)?\s?말고\s+)?(?P<name>.{1,60}?)"
    r"(?:(?P<like>\s*(?:와|과|이?랑|하고)?\s*(?:같은|비슷한|닮은)\s*(?:느낌의\s*)?(?:노래|곡|음악|거))|"
    r"(?P<by>의?\s+(?:다른\s?)?(?:노래|곡|음악)(?:들)?로?))?(?:을|를|은|는|도)?\s*(?:좀|하나|더)?\s*"
    r"(?P<verb>(?:추천|틀어|들려|듣고\s?싶|들을\s?수\s?있|골라|찾아\s?줘|부탁|줘|ㄱㄱ|가자|있[어나]|좋아[해하합])\S*(?:\s?\S{1,4})?)?[\s.!?~]*$"
)
# Names of no song: they point at the list, or at its kind.
POINTS = frozenset("이 그 저 요 이거 그거 아까 방금 위".split())
POINTS_AT_KIND = frozenset("이런 그런 저런".split())
VAGUE = frozenset("그냥 아무 좋은 괜찮은 편안한 조용한".split())
FAVOURITE = re.compile(
    r"^(?:(?:나는?|난|저는?|전|요즘|제일|가장|제가|내가)\s+)*(?P<name>.{1,60}?)\s*(?:노래|곡)?(?:을|를|이|가|도)?\s*"
    r"(?:(?:제일|가장|정말|진짜|너무)\s*)*(?:좋아(?:해|하|합|함)\S*|최애\S*|좋아)[\s.!~ㅎㅋ]*$"
)


def intent(state: State, text: str) -> tuple[Intent, str]:
    """(what the message wants, its argument: the title, the number, the wish or the text itself)."""
    text = clean(unicodedata.normalize("NFKC", text) if text.lstrip().startswith("／") else text)
    command = _SLASH.match(text)
    if command:
        return COMMANDS[command[1].casefold()], command[2]
    if text.startswith("/") and len(text) > 1:
        return Intent.UNKNOWN_COMMAND, text.split()[0][:30]
    if not has_letters(text):
        return Intent.NOTHING, text
    bare = _LEFT_OUT.sub("", text).casefold()
    return _to_a_question(state, text, bare) or _about_the_list(state, text, bare) or _by_words(state, text, bare)


def _to_a_question(state: State, text: str, bare: str) -> tuple[Intent, str] | None:
    """An answer to what was asked in the last message; None for anything else."""
    if state.stage is Stage.FORGETTING:
        if "?" not in text and (bare in YES or ERASES.fullmatch(bare)):  # a question back confirms nothing
            return Intent.YES, text
        if bare in NO or KEEPS.fullmatch(bare):
            return Intent.NO, text
    elif state.stage in (Stage.CONFIRMING, Stage.CHOOSING):
        if bare in YES | NO:
            return (Intent.YES if bare in YES else Intent.NO), text
    elif state.asking and bare in CONSENTS | REFUSES:
        return Intent.CONSENT, "yes" if bare in CONSENTS else "no"
    if state.stage is Stage.ASKED_MOOD:
        for name, pattern in MOODS.items():
            if pattern.fullmatch(bare):
                return Intent.MOOD, name
    if bare in _BUTTONS:
        return Intent.MOOD, _BUTTONS[bare]
    if state.stage in (Stage.CHOOSING, Stage.CONFIRMING) and number(text):
        return Intent.PICK, text
    if state.stage is Stage.CHOOSING and (choice := _CHOICE.match(text)):
        return Intent.PICK, choice[1]
    if state.stage in (Stage.ASKED_SONG, Stage.ASKED_MOOD) and bare in DONT_KNOW:
        return Intent.ANY_SONG, ""
    return None


def _about_the_list(state: State, text: str, bare: str) -> tuple[Intent, str] | None:
    """What is said of the songs that were listed last; None for anything else."""
    if not state.listed or state.stage in (Stage.CHOOSING, Stage.CONFIRMING):
        return None
    if ratings(text):
        return Intent.RATE, text
    if same := LISTED_NUMBER.match(text):
        return Intent.LIKE_LISTED, same[1]
    if why := WHY.fullmatch(bare):
        return Intent.WHY, why[1] or ""
    if UNDO.fullmatch(bare):
        return Intent.UNDO, ""
    if state.stage is Stage.RECOMMENDED:
        if LIKES_ALL.fullmatch(bare) or DISLIKES_ALL.fullmatch(bare):
            return Intent.RATE, "좋아" if LIKES_ALL.fullmatch(bare) else "별로"
        if EXCLAIMS.fullmatch(bare):
            return Intent.CHAT, "exclaims"
        if one := number(text):
            return Intent.WHY, str(one)
    return None


def _by_words(state: State, text: str, bare: str) -> tuple[Intent, str]:
    if SONGS_WANTED.fullmatch(bare):
        return (Intent.ANY_SONG if state.moods and bare not in ("노래", "곡") else Intent.SONG), ""
    for wanted, argument, pattern in PHRASES:
        if pattern.fullmatch(bare):
            return wanted, argument
    if state.stage is Stage.CHOOSING:
        return Intent.PICK, text
    return Intent.TALK, text


def number(text: str) -> int | None:
    """The number a choice names: «2», «2번», «두 번째», «둘째»; None when it names none."""
    digits = _NUMBER.match(text)
    if digits:
        return int(digits[1])
    ordinal = _ORDINAL.match(text)
    if ordinal:
        return (_ORDINALS.index(ordinal[1]) if ordinal[1] else ("첫", "둘", "셋", "넷", "다섯").index(ordinal[2])) + 1
    return None


def ratings(text: str) -> dict[int, bool]:
    """Likes by number: «1번 3번 별로, 2번 좋아» → {1: False, 3: False, 2: True}; {} for any other text."""
    found: dict[int, bool] = {}
    text = _PLACE.sub(lambda place: f"{_ORDINALS.index(place[1]) + 1}번", text)
    for part in _parts(text):
        rating = _RATING.match(part)
        if not rating:
            return {}
        found |= dict.fromkeys(map(int, re.findall(r"\d+", rating[1])), bool(rating[2]))
    return found


def _parts(text: str) -> list[str]:
    """A text with several ratings cut into them: behind each word of praise or blame."""
    text = text.strip()
    if _RATING.match(text):
        return [text]
    return [part.strip() for part in re.split(r"(?<=[아요야고데만로다어네])\s*,?\s+(?=\d)", text)]
