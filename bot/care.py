"""Words of self-harm, recognised before any other part of the bot sees a text.

How a text is read:
  1. `_fold` undoes disguises: full-width and invisible characters, letters split into jamo, case.
  2. Each sentence is judged alone, so that a joke in one does not hide a cry for help in the next.
  3. `_HARMLESS` masks words that only look alike («자살골», «유서 깊은»).
  4. The rules of `_RULES` look for verb stem + ending, or means + intent, on letters without spaces.
  5. `_settle` weighs a hit by the words around it: a threat, a report about a friend, the past, a joke, a film.
  6. Sentences in which no rule has a hit are read by `bot.hints`: when they sound like it, the level is B.

Nothing is stored, cached or logged: the texts are private.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from bot import hints
from model.text import clean
from recommender.hangul import from_keys


class Level(StrEnum):
    """How plainly a text speaks of self-harm."""

    A = "A"
    B = "B"


class _Kind(Enum):
    """What a rule's words are, which decides the context that may soften them."""

    WISH = auto()  # «죽고 싶다»: the speaker's own wish unless reported
    PLAN = auto()  # «자살할까», «뛰어내리고 싶다»: intent towards a means
    DEED = auto()  # «자해했어», «유서를 썼어»: done, by the speaker or by another person
    WORD = auto()  # «자살», «번개탄»: the bare word, which news and films use too
    HINT = auto()  # «사라지고 싶다», «살아서 뭐해»: implied


@dataclass(frozen=True)
class _Rule:
    name: str
    kind: _Kind
    level: Level
    stems: tuple[str, ...]  # one of them must stand in the sentence: a cheap test before the pattern
    pattern: re.Pattern[str]
    word_start: bool  # the match must begin a word


@dataclass(frozen=True)
class _Sentence:
    spaced: str  # letters, digits and single blanks
    tight: str  # the same without blanks, and "?" at the end of a question
    starts: frozenset[int]  # indices in `tight` that begin a word


# ---------------------------------------------------------------- disguises

_INVISIBLE = re.compile(
    "[\u00ad\u0300-\u036f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u20d0-\u20ff\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]+"
)
_STYLED = re.compile(r"[^\x00-\x7f가-힣ㄱ-ㅣ\u1100-\u11ff]+")

_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_FINALS = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_LONE_JAMO = {
    first + offset: letter
    for first, letters in ((0x1100, _INITIALS), (0x1161, _VOWELS), (0x11A8, _FINALS))
    for offset, letter in enumerate(letters)
}

_KEYED = re.compile(r"[rsefaqtdwczxvgkoijpuhynbmlRETQWOP]{4,}")
_LAUGH_OR_TEARS = re.compile(r"[ㅋㅎ]+[ㅠㅜㅡ]+|[ㅠㅜㅡ]{2,}|ㅋ{2,}|ㅎ{2,}")
_SPLIT_SYLLABLE = re.compile(r"([ㄱㄲㄴㄷㄸㄹㅁ-ㅃㅅ-ㅎ]) ?([ㅏ-ㅣ])(?: ?([ㄱ-ㄷㄹ-ㅂㅄ-ㅇㅈㅊ-ㅎ])(?! ?[ㅏ-ㅣ]))?")
_LOOSE_FINAL = re.compile(r"([가-힣])([ㄱㄴㄷㄹㅁㅂㅄㅅㅆㅇㅈㅊㅌㅍ])(?=[가-힣])")
_LEFT_OVER = re.compile(r"[ㅏ-ㅣㅋㅎ]+")
_NOT_LETTER = re.compile(r"[\W_]+")
_REPEATED = re.compile(r"([가-힣a-z])\1+")
_LINE_BREAK = re.compile(r"[\n\r\x0b\x0c\x85\u2028\u2029]+")
# Not after one letter («죽. 고. 싶. 다.») nor inside the phrase itself («죽고... 싶어»).
_SENTENCE_END = re.compile(r"(?<=[^\W_]{2})(?<![고죽싶])([.!?…。！？]+)(?:\s+|$)")


def _join_jamo(match: re.Match[str]) -> str:
    initial, vowel, final = match.groups()
    code = 0xAC00 + (_INITIALS.index(initial) * 21 + _VOWELS.index(vowel)) * 28
    return chr(code + (_FINALS.index(final) + 1 if final else 0))


def _join_final(match: re.Match[str]) -> str:
    syllable, final = match.groups()
    is_open = (ord(syllable) - 0xAC00) % 28 == 0
    return chr(ord(syllable) + _FINALS.index(final) + 1) if is_open else syllable + final


def _fold(text: str) -> str:
    """Lower-case text with syllables whole again; line breaks become full stops."""
    text = _STYLED.sub(lambda run: unicodedata.normalize("NFKC", run.group()), _INVISIBLE.sub("", text))
    text = clean(_LINE_BREAK.sub(" . ", unicodedata.normalize("NFC", text))).translate(_LONE_JAMO).lower()
    text = _LAUGH_OR_TEARS.sub(" ", text.replace("'", "").replace("’", ""))
    text = _LOOSE_FINAL.sub(_join_final, _SPLIT_SYLLABLE.sub(_join_jamo, text))
    return _LEFT_OVER.sub(" ", text).replace(" . ", ". ")


def _from_english_keys(text: str) -> str:
    """Words typed without switching the keyboard to Korean («wnrrh» → «죽고»), others as they are."""

    def typed(match: re.Match[str]) -> str:
        joined = from_keys(match.group())
        return match.group() if re.search("[ㄱ-ㅣ]", joined) else joined

    return _KEYED.sub(typed, text)


def _without_echo(text: str) -> str:
    """Drawn-out syllables made short («주우욱고오 싶다다» → «죽고 싶다»)."""
    out: list[str] = []
    for letter in _REPEATED.sub(r"\1", text):
        if out and "가" <= letter <= "힣" and "가" <= out[-1] <= "힣":
            before, now = ord(out[-1]) - 0xAC00, ord(letter) - 0xAC00
            same_vowel = now // 588 == 11 and before % 28 == 0 and before // 28 % 21 == now // 28 % 21
            if same_vowel:
                out[-1] = chr(ord(out[-1]) + now % 28)
                continue
        out.append(letter)
    return "".join(out)


# ---------------------------------------------------------------- words that only look alike

_BOOK_CUE = r"책|읽|작가|저자|에세이|백세희|베스트셀러|서점|도서|독후감|권|제목|출간|오디오북|독서"

# (why, pattern on words with single blanks)
_HARMLESS_TABLE = (
    ("a word ending in 자 before a word starting with 살: «혼자 살고 싶다», «여자 살림»", r"[가-힣]자 살"),
    ("the same without a blank", r"[혼남여부환]자살(?=[고아았기래던자던림])"),
    (
        "compounds of sport, war, policy and figures of speech",
        r"자살 ?(?:수준|테크|당하|당할|자 ?수|사건|사회|국가|공화국|골|폭탄|폭발|테러|특공|공격|행위|돌격|공작"
        r"|부대|요원|예방|방지|률|율|보험|특집|스쿼드|보도|수준의|개미)"
        r"|팀 ?자살|카미카제",
    ),
    ("an old and famous house or temple", r"유서 ?(?:깊|있는|가 ?깊)"),
    ("forms and papers: 사유서, 이유서, 경유서", r"[사이자경소향]유서"),
    (
        "to search something, to lag behind",
        r"(?:[을를] |곳곳 ?|샅샅이 ?)뒤지|뒤지고 ?싶지|주머니 ?뒤지|[에게한]게?테? ?뒤지",
    ),
    (
        "to depend wholly on something: «성적에 목매다»",
        r"(?<!고리)(?<!나무)(?<!천장)(?<!난간)(?<!방문)(?<!봉)(?<!대들보)"
        r"(?:에|에만|에게|한테|한테만|테만) ?목(?:을|숨)? ?[매맸맨맬거건걸]",
    ),
    ("to be told off: «엄마한테 죽을 거야»", r"(?:한테|에게|손에) ?(?:맞아 ?)?죽[을었는]"),
    ("investing, and doing things alone: 투자해, 혼자 해", r"[투혼여남사각의기비과부자관환]자 ?해"),
    (
        "the book, when it is plainly a book",
        rf"죽고 ?싶지만 ?떡볶이[가-힣]{{0,2}} ?(?:먹고 ?싶어)?(?=.{{0,12}}(?:{_BOOK_CUE}))",
    ),
    ("the same, named first", rf"(?<=책 )죽고 ?싶지만 ?떡볶이|(?:{_BOOK_CUE})[^.]{{0,12}}죽고 ?싶지만 ?떡볶이"),
    (
        "English figures of speech",
        r"\bdie (?:laughing|of laugh\w*|for)\b|\bdying to\b|\bkill(?:ing|ed)? myself laughing\b",
    ),
    (
        "English compounds of film, war and policy",
        r"\bsuicide (?:squad|bomb\w*|prevention|awareness|hotline|attack\w*|silence|doors?|boys)\b|\bsuicideboys\b",
    ),
)
_HARMLESS = tuple(re.compile(pattern) for _, pattern in _HARMLESS_TABLE)


def _sentences(text: str) -> Iterator[_Sentence]:
    """The sentences of a folded text, harmless look-alikes masked."""
    parts = _SENTENCE_END.split(text)
    for index in range(0, len(parts), 2):
        question = index + 1 < len(parts) and "?" in parts[index + 1]
        spaced = _NOT_LETTER.sub(" ", parts[index]).strip()
        for pattern in _HARMLESS:
            spaced = pattern.sub(" □ ", spaced)
        words = spaced.split()
        if words:
            starts, position = set(), 0
            for word in words:
                starts.add(position)
                position += len(word)
            yield _Sentence(" ".join(words), "".join(words) + "?" * question, frozenset(starts))


# ---------------------------------------------------------------- rules

_GO = r"[고구꼬꾸거9]"
_WANT = r"(?:싶|십|싳|싲|씹|시[프퍼펐포픈플푸풔팡]|ㅅㅍ|잡[다네어]|픈|팠|파(?![가-힣]{2}))"
_WANTED = rf"{_GO}(?:만|는|도)?{_WANT}"
_SELF = r"(?:나|난|내가|나는|나도|저|전|제가|저는|저도|나만|내)"
_BARE = r"(?:그냥|걍|확|콱|칵|차라리|이대로|빨리|얼른|조용히|자다가|이만|이제)"
_DISLIKE = r"(?:싫|시러|시룸|시름|실타|실어|시렁|싫)"
_INTENT = (
    rf"(?:{_WANTED}|[을]?까(?!봐|보|걱|무|두|겁|말)|[을]?래|려고|으려|기로|버리고|버릴|야겠|야지|[을]?거야"
    rf"|[을]?거예)"
)


def _rule(name: str, kind: _Kind, level: Level, stems: str, *patterns: str, word_start: bool = False) -> _Rule:
    return _Rule(name, kind, level, tuple(stems.split()), re.compile("|".join(patterns)), word_start)


_A, _B = Level.A, Level.B
_RULES = (
    # --- to die: the verb and its slang × every ending of wanting
    # The plainest words; slang, dialect and typing slips of 죽고 and 싶 multiply, the ending is left to `_settle`.
    _rule(
        "wants to die",
        _Kind.WISH,
        _A,
        "죽 쥭 듁 뒤 디 뒈 주꼬 주거 쥬꼬",
        rf"(?:[죽쥭듁]|죽어|죽어버리|죽어삐리|뒤지|디지|뒈지|(?:뒤|디|뒈)져버리){_WANTED}",
        rf"(?:주꼬|쥬꼬|주거(?=[싶시])){_WANT}",
        r"죽go싶|죽어싶|죽[0-9il]고싶|(?<![가-힣])죽고파",
    ),
    # Typed where a filter or a passer-by might read along.
    _rule(
        "initials of 죽고 싶다",
        _Kind.WISH,
        _A,
        "ㅈㄱ 죽ㄱ 죽곳",
        r"ㅈㄱㅅ[ㄷㅇㄴㅍ]|(?:ㅈㄱ|죽ㄱ|죽곳)(?:싶|ㅅㅍ|시[포퍼]|ㅍ)",
    ),
    # 죽이다 is about others unless the object is oneself.
    _rule(
        "kills herself or himself",
        _Kind.WISH,
        _A,
        "죽이 죽여",
        r"(?:나를|날|나자신을|내자신을|저를|저자신을|스스로를|나자신|내자신)(?:좀|그냥|확|진짜"
        r"|정말)?죽(?:이고싶|여버리고싶|여버릴)",
        word_start=True,
    ),
    # A comparison people mean; «너랑 사귀느니» is sorted out in `_settle`.
    _rule(
        "death would be better",
        _Kind.WISH,
        _A,
        "죽는 뒤지는 죽어버리는 죽음 죽어야 죽게",
        r"(?:내가|나만|차라리|나하나)죽는(?:게|것이)[가-힣]{0,6}(?:위한|위하|위해|길이|답이|도움)",
        r"(?:죽는|뒤지는|디지는|죽어버리는)(?:게|것이|편이|거)(?:훨씬|더|차라리|오히려|제일)?(?:낫지않(?:을까|나|겠)|낫|났겠|나아|나을|나은"
        r"|편할|편하|답|좋을것|좋을거|좋겠|좋지않)",
        r"(?:(?<![하구])나|내가|제가|나같은[가-힣]{1,3})(?:는|은|이|가)?(?:그냥|빨리|얼른|차라리|진짜)?죽어야(?:하|해|되|돼|할|될|끝(?:나|이|날)?|마땅)",
        r"(?:나|날|저)(?:를|좀|도)?(?:그냥|제발)?죽게(?:해|내버려|놔|놓아)|제발죽게해(?:주|줘)",
        r"죽음(?:을|만을|이|만이)(?:원하|원해|바라|바란|바래|택하|택할|선택하|선택할|결심|유일한|답)",
    ),
    # 죽다 without 싶다 needs a cue of resolve, as «더워 죽겠다» and «죽을 것 같아» are idioms.
    _rule(
        "lets herself or himself die",
        _Kind.PLAN,
        _A,
        "죽을 죽어 죽자 죽으 죽었 죽고 죽기로 확죽 콱죽 칵죽 뒤질 뒤져 디질 디져",
        rf"{_BARE}(?:나도|진짜|정말|다|확|콱|그만)?죽(?:을까(?!봐|보|걱|무|두|겁)|을래|을게|을란다"
        rf"|어야(?!하는이유)|어버(?:릴(?!것같|거같)|리고|렸으|려야|려서)"
        rf"|자(?!마자)|었으면|고말)",
        rf"{_BARE}(?:뒤|디)(?:질까|질래|져야|져버)",
        r"죽어(?:버릴(?:까|래|거(?!같)|게|테|란다|꺼(?!같))|버려야|야겠)",
        rf"(?:{_SELF}|{_BARE}|진짜|정말)(?:그냥|그만)?죽어야(?:하나|할까|되나|하는걸까)",
        r"죽어버렸으면(?:좋겠|해|싶)|죽으러(?:가|갈|왔|간)|죽기로(?:했|결심|마음|맘|작정|정했)|죽고없는게",
        r"(?:나|난|저)(?:는|이제|그냥|먼저|오늘)*죽을(?:게|거(?!같))(?:요|야|니까|예|다)?",
        r"(?:확|콱|칵)(?:죽어|뒤져|디져)버(?:렸으면|릴까|릴래|리고싶|리자)|빨리죽고(?:편|쉬)",
        r"(?:오늘|내일|이번주|이제|내가|나는)(?:진짜|정말|그냥|꼭|밤|밤에)?죽을(?:거야|꺼야|거예|거에|겁니|게"
        r"|래(?!\?)|란다)",
        r"(?:내가|나도|나는|저는|제가|나같은건|나같은거)(?:그냥|빨리|얼른|차라리|진짜|정말|당장|콱"
        r"|확)?죽었으면(?!어|안|몰)",
    ),
    # 나 must begin a word, or «하나 죽을까» would count.
    _rule(
        "I … die, said in two words",
        _Kind.PLAN,
        _A,
        "나죽 나그냥죽 나진짜죽",
        r"나(?:그냥|진짜|오늘)?죽(?:을까(?!봐|보|걱|무|두|겁)|을래(?!\?)|으려|으러)",
        word_start=True,
    ),
    # Intent, readiness or a search for ways.
    _rule(
        "means to die",
        _Kind.PLAN,
        _A,
        "죽으려 죽을 죽는 죽고 죽었 죽기 죽으면",
        r"죽으려(?:고|구)?(?:했|해|던|한다|하는|합|하고|했던|약|옥상|마음|결심|시도)|죽으려다",
        r"(?:언제|어떻게|어디서)죽을지(?:계속|자꾸|매일|요즘)?(?:정|찾|생각|계획|알아|고민|검색)|이렇게죽을수있|떨어지면죽을수",
        r"죽을(?:생각|결심|마음|준비|계획|방법|궁리|장소|날짜|날을정)|(?<![안않잘])죽는(?:방법|법(?!이|은없))",
        r"(?:안아프게|편하게|편히|고통없이|깨끗하게|깔끔하게|조용히|아프지않게)죽(?:는|고|을|었으면|기)",
    ),
    # Whatever else is willed about one's own dying; what befalls people is sorted out in `_settle`.
    _rule(
        "wills to die",
        _Kind.PLAN,
        _A,
        "죽으려 죽으러 죽을 죽는 죽어 죽기 죽자 뒤질 뒤져 디질",
        r"죽으(?:려고?|려구|려던|려다|러)(?!죽)|죽을(?:래(?!\?)|란다|게(?!임)|생각|작정|각오를|결심|용기|궁리|방법|계획)"
        r"|죽을(?:거|것|꺼)(?:야|예|임|다|니까|에요|라)(?!.{0,6}같)",
        r"죽(?:는|을)(?:수|방법|길|것|거)(?:밖에|뿐)|죽는(?:일|거|것)만(?:남|생각|기다)|죽기만하면",
        r"(?:뒤|디)(?:질래|져버렸[으음]|져버릴|져야)|죽어버렸음|죽어(?:없어져)?버(?:릴(?:거야|거예|거임|래|게|까)|려야|렸으면)|죽어줄(?:게|까|래)",
        r"(?:어떻게|언제|어디서|그냥|진짜|정말|차라리|이대로|오늘|매일|확)죽을까(?!봐|보|걱|무|두|겁|바)",
        r"죽을까(?:싶|해|하는생각|생각|고민|말까)",
    ),
    # A call for company in dying.
    _rule(
        "dies together",
        _Kind.PLAN,
        _A,
        "동반자살 같이죽 함께죽",
        r"동반자살|(?:같이|함께)죽(?:을사람|을분|으실|을래요)",
    ),
    # --- to stop living
    # 살고 싶지 않다 also says «not with him», «not here»: `_LIVES_WITH` looks before it.
    _rule(
        "does not want to live on",
        _Kind.WISH,
        _A,
        "살고 살기 살래 살자 그만살 살아있고",
        rf"그만살(?:{_GO}{_WANT}|래|자|아야|려|까|거|기로|겠|고파|았으면)",
        rf"(?:더는|더이상|더|이젠|이제|이제그만)(?:정말|진짜|그냥)?살기(?:가|도)?{_DISLIKE}",
        rf"살{_GO}{_WANT}지(?:가|도|를|는|조차)?(?:않|안(?!습니까|나요)|아나|아너)",
        rf"안살{_GO}(?:{_WANT})|살아있{_GO}{_WANT}지(?:도|가|는)?(?:않|안)",
        rf"살{_GO}{_WANT}(?:은|다는)?(?:마음|생각|의욕|의지|맘)(?:이|도|은|조차)?(?:없|안|하나도|전혀|1도|들지)",
    ),
    # Life as object of ending, with intent; 학생, 동생 and the like are kept out.
    _rule(
        "ends the life",
        _Kind.PLAN,
        _A,
        "삶 숨통 명줄 숨을 생을 생도 생마감 인생 목숨 생명 세상에없 마지막날",
        r"(?:삶|(?<![학선평일동후여남고습수준시트공])생|목숨|생명)(?:을|도)?(?:그만|이만|이제|다|스스로|여기서)?"
        rf"(?:끝내|끝낼|포기하|포기할|마감하|마감할|버리|버릴|끊|내려놓|놓아|놔|놓|마무리하|마무리할|등지){_INTENT}",
        rf"인생(?:을)?(?:그만|이만|이제|다|스스로|여기서)?(?:끝내|끝낼|마감하|마감할|하직하){_INTENT}",
        r"(?:목숨|숨통|명줄|(?<![가-힣])숨|생명)(?:을|내가|내손으로|스스로|그냥|이제)*(?:끊고싶|끊겠|끊을|끊어버|끊으려|끊자|버리고싶|버리려|버릴래)",
        r"스스로(?:목숨|생)(?:을)?(?:끊|마감|버리)|(?:삶|목숨|(?<![가-힣])생)을?(?:스스로|내손으로)?(?:끝내|끊|마감하)려(?:고|구)?"
        r"|(?:삶|목숨)을?(?:스스로)?(?:끝내|끊|버리)(?:고싶|는생각)",
        r"(?:나는|내가|난|저는|제가)(?:더이상|이미|이제)?(?:이)?세상에없을(?:거|것|겁)|내마지막날(?:이야|이다|이에|일거)",
    ),
    # Euphemisms; 세상을 떠났다 alone is grief and needs no answer here.
    _rule(
        "leaves the world",
        _Kind.PLAN,
        _A,
        "세상 곁으로 하늘나라 영원히 황천",
        rf"(?<!저)세상(?:을)?(?:그만|이만|다)?(?:등지|떠나|하직하|뜨|뜰|떠날){_INTENT}",
        rf"(?:저세상|하늘나라)(?:로|에|으로)?(?:가|갈|떠나){_INTENT}",
        r"곁으로(?:가|갈|따라가)려?고?(?:약|밧줄|번개탄|유서)",
        rf"영원히(?:잠들|자|눈감|쉬)(?:{_WANTED}|었으면|면좋)",
    ),
    # --- suicide as a word
    # The noun with intent; ㅈㅅ alone means «sorry».
    _rule(
        "suicide, intended",
        _Kind.PLAN,
        _A,
        "투신 ㅈㅅ 극단 자살 자0살 자1살 자2살 자i살 자l살",
        r"자살(?:밖에[가-힣]{0,4}(?:없|안보)|(?:만이|이)(?:유일한|최선의|하나뿐인)?(?:답|길|방법|해결))",
        rf"(?<![혼남여부환])자[0-9il]?살(?:을|를|이라도|이나)?(?:하{_GO}(?:만)?{_WANT}|{_GO}{_WANT}|할까(?!봐"
        rf"|보|걱)|할래|할거야|할거예|할거임"
        r"|할게|할란다|할련다|하려(?!는사람|는애)|해버릴|해버리고|해야겠|해야지|해야할까|해야될|하러|시도|충동"
        r"|생각|계획|결심|준비|방법"
        r"|하는법|하는방법|할방법|할생각|기도를|하기로|하고말)",
        r"투신(?:하고싶|할까|하려|할래|하러)",
        r"ㅈㅅ(?:을)?(?:하고싶|할래|할까(?!봐|보|걱)|할거|하려|시도|충동|생각|하고파|하는법|하는방법)",
        r"극단(?:적인|적)?선택(?:을|이라도)?(?:하고싶|할까(?!봐|보|걱)|할것같|하려|할생각|을생각|생각|고민|충동|시도|하고말)",
    ),
    # News, films and lessons use it too, so only B and only without their cues.
    _rule(
        "suicide, the bare word",
        _Kind.WORD,
        _B,
        "자살 자0살 자1살 자2살 자i살 자l살 극단 ㅈㅅ 투신 수어사이드",
        r"(?<![혼남여부환])자[0-9il]?살(?!몽)",
        r"극단(?:적인|적)?선택",
        r"ㅈㅅ(?:각|마렵|하면|했으면)",
        r"투신(?!자|수|사|증|운용|운)|수어사이드(?!스쿼드)",
    ),
    # --- means × intent, or done
    # Writing or leaving it; 사유서 and 유서 깊은 are masked before.
    _rule(
        "note",
        _Kind.DEED,
        _A,
        "유서",
        r"유서(?:같은|비슷한)(?!곳|절|집|동네)[가-힣]{0,6}(?:썼|써|쓰|남기|남겼|보냈|보내|봤|발견)",
        r"유서(?:를|도|까지|라도|나)?(?:다|미리|벌써|이미|방금|몰래|어제|오늘)?(?:썼|써|쓰"
        r"|쓸|쓴|적|남기|남겼|남길|작성|준비)",
    ),
    # A message of hardly more than the word.
    _rule("note, the bare word", _Kind.WORD, _B, "유서", r"유서(?:\?|$|요$|도$|가(?!$)|를(?!$))", word_start=True),
    # 투자해, 혼자 해 hold the same letters.
    _rule(
        "self-harm",
        _Kind.DEED,
        _A,
        "자해",
        r"(?<![투혼여남사각의기비과부관환자])자해(?!결|석|설|명|외|당|양|지|동)(?:를|도|까지)?"
        r"(?:했|하|한|할|해|함|끊|멈추|충동|흔적|자국|흉터|상처|생각|시도|중)",
    ),
    # A message of hardly more than the word.
    _rule("self-harm, the bare word", _Kind.WORD, _B, "자해", r"자해(?:를|가|는|\?|$)|셀프하[름암]", word_start=True),
    # Place on the body with a verb of cutting, never the place alone.
    _rule(
        "cuts or hurts the body",
        _Kind.DEED,
        _A,
        "손목 팔 허벅지 커터 칼 몸에 나를 스스로 내몸 내목 제몸 목을 깊게",
        r"손목(?:을|도|에)?(?:또|칼로|커터칼로|커터로|살짝|몇번|다시)?(?:그었|그어|긋|그을|그은|벴|베고|벨까"
        r"|베어|칼을?대|칼을긋|자르고싶)",
        r"(?:(?<![오알불])팔|허벅지|다리|몸)(?:을|에|를)?(?:칼로|커터칼로|커터로)(?:또|살짝|몇번)?(?:그었|그어"
        r"|긋|그을|벴|베)",
        r"(?:커터칼|커터|칼)(?:로|을)?(?:팔|손목|허벅지|내몸|몸)(?:을|에|를)?(?:그|긋|벴|베|댔|대)",
        r"(?:팔|허벅지)(?:을|에|를)?(?:그었|긋고)",
        r"(?:나를|내몸을|내몸에|스스로를|스스로|제몸을|몸에)(?:막)?(?:해치고|해칠|다치게하고싶|상처내|상처를내"
        r"|상처낼)",
        r"(?:칼|커터|면도날|가위)(?:을|를)?[가-힣]{0,5}손목(?:에|을)(?:댔|대고|댄|갖다|가져|그|긋)|손목(?:에|을)(?:칼|커터|면도날|가위)(?:을|를|로)?(?:댔"
        r"|대|갖다|그)",
        r"내목을조[르르]|내목을졸|(?:넥타이|끈|줄|벨트)(?:로|을)?목을?조[르른]|(?:넥타이|끈|줄|벨트)로목을?졸",
        r"(?:팔|손목|허벅지)(?:에|을)?(?:칼|커터칼|커터|면도날)(?:로)?(?:상처|그었|긋|벴)|(?:피|지혈)[가-힣]{0,8}깊게그[었은]|칼로손목",
    ),
    # Milder, so B.
    _rule("scratches the wrist", _Kind.DEED, _B, "손목", r"손목(?:을|에)?(?:막|자꾸|계속)?(?:긁|상처)"),
    # A quantity must stand by the medicine; `_CLINIC` keeps finished prescriptions out.
    _rule(
        "overdose",
        _Kind.DEED,
        _A,
        "약 수면유도제 수면제 진통제 안정제 항우울제 복용 오버도즈 타이레놀 모아둔 쟁여둔 모은 숨겨둔",
        r"(?<![감기한소화두통비타민영양독농절예언공서조요압뇨장염])약(?:을|이란약은|들을)?(?:전부|다"
        r"|모두)(?:먹었|먹어버|먹을까|먹으면|먹고싶|삼켰|삼키|털어|먹고(?:죽|자|잠|누|가))",
        r"(?:약|수면제|타이레놀|진통제|신경안정제|안정제|항우울제)(?:을|를)?[가-힣0-9]{0,5}?"
        r"(?:한꺼번에|한번에|왕창|잔뜩|통째로|한움큼|한웅큼|한통|수십알|[2-9]0알|100알|열알|스무알|서른알"
        r"|과하게)(?:다|씩)?(?:먹|삼키|삼켰|털어|입에)",
        r"수면제(?:를)?(?:많이|여러알|다|전부|모두)(?:먹|삼키|삼켰|털어|모으|모았|모아)|수면제(?:를)?(?:모으"
        r"|모았|모아)",
        r"(?:약|수면제|진통제|타이레놀|두통약|안정제)(?:을|를)?(?:[가-힣]?십|백|스무|서른|마흔|쉰|열다섯|[0-9]{2,3})여?(?:알|개|정)",
        r"(?:모아둔|모아놓은|쟁여둔|모은|숨겨둔)(?:약|수면제|진통제)?(?:을|를)?(?:거|것|것을)?(?:오늘|다|전부|모두|한번에)*(?:먹으려|먹을거|먹을래"
        r"|먹었|삼킬|삼켰)|(?:모아둔|쟁여둔|모은|숨겨둔)(?:약|수면제)(?:을)?(?:전부|다|모두)",
        r"(?:약|수면제)(?:을|를)?(?:전부|다|잔뜩|왕창|많이)?먹(?:고|으면)(?:그대로|영영|영원히|다시는|이대로)(?:안깨|못깨|깨지|자|잠들|안일어)",
        r"(?:수면제|진통제|약)한통다?먹으면(?:안깨|죽|못깨|편)|수면제(?:를)?(?:전부|다|모두|한통|한움큼)",
        r"(?:수면유도제|수면제|진통제|안정제|신경안정제|두통약|감기약|알약|약통|약)(?:을|를)?(?:전부|모조리|몽땅|싹|있는대로)(?:다)?(?:먹어버|먹어치|먹었|삼켰|삼켜|털어|입에)",
        r"(?:약|수면제)(?:을|를)?[가-힣]{0,4}먹고[가-힣]{0,4}(?:끝내|끝낼|죽으|죽을|죽고|사라지|떠나)",
        r"과다복용|오버도즈|약물과용|수면제먹고(?:영원|안깨|깨지않|깨어나지|다시는)",
    ),
    # 제목을, 과목을, 종목을 매매 are kept out.
    _rule(
        "hanging",
        _Kind.DEED,
        _A,
        "목을 목매 목맬 목맸 목메 넥타이 밧줄",
        r"(?<![과종제항덕품안주골길발손대])목을(?:매(?!일|년|달마|주|번|만지|우|장)|맬|맸|맨다|메고|메달|멜까|맺어죽)",
        r"(?<![과종제항덕품안주골길발손대])목(?:매달|매고|매려|매서|맬|매고싶|맸)",
        r"(?:밧줄|올가미)(?:을|를)?(?:샀|걸|준비|묶|매)",
    ),
    # The verb with intent; sport and swimming are sorted out in `_settle`.
    _rule(
        "jumps",
        _Kind.PLAN,
        _A,
        "뛰어 뛰여 떨어져 뛰어들",
        rf"(?:차도?|찻길|도로|철로|선로|지하철|전철|기차|열차|트럭|버스)[가-힣]{{0,7}}뛰어(?:들|드)(?:{_WANTED}|래|려고)",
        r"뛰어(?:내릴|들)(?:생각|작정|마음|준비)|(?:강|한강|바다)(?:에|로)뛰어들(?:거|것|래|게)",
        rf"뛰[어여]내(?:리|려|릴|려버리|려버릴)(?:{_WANTED}|까(?!봐|보|걱|무|두)|래|려고|려다|려던|려했|려구|버릴|버리고|야겠"
        rf"|겠|야지|거야|게|기로|죽)",
        rf"(?:차|도로|찻길|지하철|전철|기차|선로|강|한강|바다)(?:에|로|앞에|물에)?뛰어(?:들|드)(?:{_WANTED}|까"
        rf"|래|려|{_GO}싶|면)",
        r"(?:옥상|베란다|창문|난간|아파트|건물|다리|절벽)[가-힣0-9]{0,6}떨어져죽",
    ),
    # Place or picture of jumping without stated intent.
    _rule(
        "stands at the edge",
        _Kind.HINT,
        _B,
        "뛰어내 옥상 난간 치이 치였 치여 다리위",
        r"뛰어내리(?:면|는상상|는생각)|(?:옥상|난간|다리위)(?:에|에서|위에)?(?:서있|올라왔|올라와|올라가서"
        r"|앉아있)(?!는)",
        r"(?:옥상|베란다|창문|난간|아파트|건물|다리|대교)(?:위)?에서뛰어내[렸려]",
        rf"차에(?:확|그냥)?치(?:이|여죽|여버리)(?:{_WANTED}|었으면|면)|차에(?:확|그냥)?(?:치였으면|치여죽)",
    ),
    # The means with buying, lighting or drinking.
    _rule(
        "charcoal or poison",
        _Kind.DEED,
        _A,
        "가스 번개탄 연탄 농약 제초제 청산가리 락스 쥐약",
        r"가스(?:를|불)?(?:틀어|열어|켜)(?:놓고|두고|논채)?[가-힣]{0,4}(?:누워|누웠|죽|창문)",
        r"번개탄(?:을|도)?(?:샀|사서|사왔|살까|사려|사러|사고싶|피우|피울|피웠|피워|구했|구할|준비|주문|검색)",
        r"연탄(?:을)?피우려고?(?:준비|샀|사)|연탄(?:을)?(?:피우|피워|피울|피웠)(?:고|서|어서|면)?(?:죽|끝|같이죽|가고싶)",
        r"(?:농약|제초제|청산가리|락스|쥐약)(?:을|를)?(?:다|그냥|확|원샷)?(?:먹|마시|마셨|마실|삼키|삼켰"
        r"|들이)(?!었나|었냐|었니|나|냐)",
    ),
    # A known means, but barbecues use it too.
    _rule("charcoal, the bare word", _Kind.WORD, _B, "번개탄", r"번개탄"),
    # --- implied
    # 살기 싫다 and its kin; «혼자 살기 싫다» is sorted out in `_settle`.
    _rule(
        "does not like to live",
        _Kind.HINT,
        _B,
        "살기 살아 사는게 사는것 사는거 삶 못살 못버 버틸 버티",
        rf"살기(?:가|도|조차|는|)(?:너무|정말|진짜|참)?{_DISLIKE}|살아(?:가기|있기)(?:가|도)?{_DISLIKE}",
        rf"(?:사는게|사는것이|사는거|살아있는게|살아있는것이|살아있다는게|살아가는게)(?:너무|정말|진짜"
        rf"|다)?(?:{_DISLIKE}|무의미|의미가?없|의미없|고통(?:이|스)|괴로)",
        r"(?:더는|더이상|이제|이젠|더이상은|더)(?:정말|진짜|도저히|절대)?(?:못살겠|못버티|버틸수가?없"
        r"|버틸힘이?없|버틸자신이?없|버티고싶지않|버티기싫)",
        r"(?:사는게|사는것이|살아있는게|하루하루가)(?:그냥|너무|정말)?(?:아무|아무런)?(?:의미도?가?없|지옥|벌받|형벌)",
        r"버틸(?:힘|자신|기운|이유)이?(?:하나도|더는|더이상|이제)?(?:없|안남|남지않|남아있지않)",
        r"삶에?미련이?없|삶의(?:의미|이유|의욕|의지)(?:가|를|도|이)?(?:없|못찾|잃|모르)|삶을포기|삶이무의미",
    ),
    # Reason, worth or right to live denied or asked for.
    _rule(
        "no reason to live",
        _Kind.HINT,
        _B,
        "살아 살면 살이유 살가치 살자격 살의미 "
        "살의지 살자신 사는이유 사는의미 왜사 왜살 사는목적 사는낙 살아있는 살아가는 살아야 사는게 사는것 안사는 "
        "살바에 그만살아 안살아 숨쉬 하루가시작 눈뜨 눈을뜨 아침이 인생에 인생의 존재 삶에 삶의 의욕 살아도 살아갈 "
        "왜아직 죽지도 "
        "왜나는 왜내가 왜이렇게 왜계속 죽음 죽지못 죽을용 죽을날 죽는상 생을마감 생을이렇 생을여기 생을그만",
        r"(?:더|오래|계속|이렇게|이래|나)?살아서?(?:뭐하|뭐해|뭐할|뭘해|뭘하|뭣하|무엇하|무슨의미|무슨소용)"
        r"|살면뭐[하해]|살아봐야뭐|살아봤자",
        r"(?<![뱃햇])살(?:아갈|아야할|아야하는|아있을|아있어야할)?(?:이유|가치|자격|의미|의지|의욕|자신(?!감"
        r"|의))(?:가|이|도|는|를|조차|따위)?(?:전혀|하나도|더이상"
        r"|더는|도저히|정말)?"
        r"(?:없|안|모르|못찾|못느|잃|사라|있을까|있을지|있나)",
        r"(?:사는|살아있는|살아가는|존재하는|존재할|존재의|존재)(?:이유|의미|목적|가치)(?:가|이|을|도|를|조차)?(?:전혀|하나도|더이상)?(?:없|모르|못찾|잃|안보)",
        r"(?:더|계속|오래|이렇게|이러고)?살(?:아서|아봐야|아봤자|아본들|면)(?:더)?(?:뭐(?:가|좋|하|해|가달|를)|뭘|무슨|뭔|좋을게|달라질|나아질)",
        r"(?:살아갈|살아가는|살아야할|살아야하는|사는|삶의|삶에|인생의|인생에|앞으로살)(?:이유|까닭|의미|희망|가치|자신|용기|힘)(?:이|가|은|도|을|조차)?"
        r"[가-힣]{0,6}(?:없|안보|못찾|잃|사라|모르)",
        r"(?:사는게|사는것이|살아있는게|살아가는게|숨쉬는게|숨쉬는것|하루가시작[가-힣]{0,4}게|눈(?:을)?뜨는게|눈뜨는것이|아침이(?:오는게)?)[가-힣]{0,4}"
        r"(?:벌|지옥|고역|고문|끔찍|형벌|저주|무의미|버거|버겁|괴로|괴롭)",
        r"안사는(?:게|것이|편이)(?:낫|나을|나아|더|좋)|살바에(?:는|야|는차라리)?(?:안사|죽|없|그만)|(?:그만|안)살아도(?:될|되|괜찮|돼)",
        r"왜사(?:는걸까|나싶|냐(?:고|$|\?)|니$|나$|나\?|는거지$)|왜살까|(?:내가|나는|나)왜(?:아직)?살아",
        r"삶에(?:아무런|아무)?(?:의미|희망|미련)(?:가|이|도)?(?:하나도|전혀|더이상)?없|(?:삶|살아갈|살)의?의욕(?:을|도)?(?:다|전부)?(?:잃|없|사라)",
        r"살아(?:도|있어도)살아있는(?:게|것이|거)(?:가)?아니|살아갈(?:이유|의미|힘|자신|용기)[가-힣]{0,4}(?:없|안보|모르|잃)",
        r"사는(?:이유|의미|목적|낙)(?:가|이|도|를|조차)?(?:전혀|하나도)?(?:없|모르|못찾|잃)",
        r"왜(?:나는|내가|이렇게|계속|아직)?(?:사는지|살아야|살아있|살고있는지|살아가)(?!나왔)",
        r"(?<!에서)(?<!혼자)(?:이렇게까지|굳이|꼭|더|계속)(?:해서)?(?:내가|나는|이렇게|더)?살아야(?:만)?(?:하나|되나|할까|하는걸까|하는지|되는지)",
        r"(?:난|나는|나)(?:도대체|대체)?왜(?:살지(?![않못마말])|(?:사나|사냐|사니)(?=$|\?|싶))",
        r"생을(?:이렇게|여기서|그만)?마감(?:하는걸까|할까|해야|하는구나)|죽음(?:을|만)(?:기다리는|기다리고|바라보고|쳐다보)",
        r"(?<![안])죽지못해(?:살|사|산)|죽지도못하|죽을(?:용기|날만|날을기다)|죽는상상|죽음(?:을|에대해|에대해서)(?:자꾸|자주"
        r"|계속|매일|많이)?(?:생각|떠올|준비)",
    ),
    # With 싶다 always the speaker; with 으면 only when the speaker is named.
    _rule(
        "wants to vanish",
        _Kind.HINT,
        _B,
        "사라 없어 없으 없는 없었던 세상에 존재 데려가 데려갔 잡아가 증발 소멸 지워 지워지 죽어도 죽는다 죽으면",
        rf"(?:사라지|사라져버리|없어지|없어져버리|증발하|증발해버리|소멸하|소멸되|지워지){_WANTED}",
        rf"(?:내가|나도|나는|나만|제가|저는|나라는존재가|내존재가|{_BARE}|나같은건|나같은게|나같은애는"
        rf"|이세상에서|세상에서|흔적도없이|흔적없이)"
        r"(?:나|그냥|아예|확|영영|다|흔적도없이|영원히)?(?:사라졌으면|없어졌으면|사라져버렸으면|없어져버렸으면"
        r"|사라질까|없어질까|지워졌으면|증발했으면|사라지면|없어지면)",
        r"(?:나하나|내가|나|나같은거|나같은건|나같은사람|저하나|제가|나만)(?:하나)?(?:쯤|정도|따위)?(?:는"
        r"|은)?(?:사라져도|없어져도|없어진다고|사라진다고|죽어도|죽는다고)"
        r"(?:해도)?(?:세상|아무|누구|누가|다들|모를|슬퍼|상관|신경|달라|괜찮|모르)",
        r"(?:나|내)같은[가-힣]{1,3}(?:은|는|이|가)?(?:그냥|차라리|다)?(?:없어지|사라지|없어져|사라져|없는게)",
        r"(?:내|나)(?:가|는)?(?:차라리|그냥|아예)?(?:이세상에)?(?:없는게|없는편이)[가-힣]{0,12}(?:나을|낫|나아|좋|편)",
        r"(?:애초에|아예|처음부터)?(?:내가)?존재(?:하지|를하지|자체를)(?:않|안)(?:았으면|고싶|는게|게)|존재자체가(?:고통|민폐|싫|죄|괴로|잘못)",
        r"(?:하늘|하느님|하나님|염라대왕|저승사자|저승)[가-힣]{0,8}(?:데려가|데려갔|잡아가)(?!셨|버렸|신|준)|(?:나|저|날)(?:를|좀|도)?(?:이제|그만|빨리"
        r"|얼른)데려가|(?:그만|이제)데려가셔도",
        r"(?:나|내가|나하나|나같은거|저|제가)(?:하나)?(?:쯤|따위)?(?:가|는)?(?:없어도|사라져도|없어져도|죽어도|죽는다고|사라진다고)(?:우는|울|슬퍼할|찾|알|신경|세상은"
        r"|세상|다들|가족|아무|누가|누구|눈하나)",
        r"(?:나는|내가|난|저는|제가|나란)[가-힣]{0,4}세상에(?:서)?[가-힣]{0,3}(?:필요|쓸모|가치)(?:가|도)?없|세상에(?:서)?[가-힣]{0,3}(?:필요|쓸모"
        r"|가치)(?:가|도)?없는(?:사람|존재|인간|애)|나만(?:없으면|죽으면|사라지면|없어지면)(?:끝|다|되|해결)",
        r"(?:나|난|내가|저|이만|이제)?사라져도(?:되겠|될것|될거|괜찮|그만이|상관)|없었던(?:일|존재|사람|것)(?:처럼|이|으로)?(?:됐으면|되었으면|되고싶|사라)",
        r"나만(?:없으면|없어지면|사라지면|죽으면)|(?:내가|나|나하나)(?:없으면|없는게|없는편이|사라지는게"
        r"|없어지는게)(?:다들|다|모두|가족|더|엄마|세상|차라리|나을"
        r"|낫)[가-힣]{0,6}(?:행복|편|나을|낫|나아|좋)",
    ),
    # Not to wake up; dread of exams and Mondays is sorted out in `_settle`.
    _rule(
        "no tomorrow",
        _Kind.HINT,
        _B,
        "내일 아침 다음날 다음생 이대로 자면 자고나 눈 잠들 잠에서 깨 자다가 심장 숨 영영 영원히 일어나",
        r"(?:내일|아침|다음날)(?:이|은|따위|이란게|같은건)?(?:영영|영원히|다시는|그냥)?(?:안왔으면|오지않았으면"
        r"|오지말았으면|없었으면|안오면좋|오지않으면좋|안와도)",
        r"눈(?:을|이)?(?:영영|영원히|다시는|다시|그냥)?(?:안떴으면|안뜨고싶|뜨지않았으면|뜨지말았으면|뜨기싫"
        r"|안뜨면좋|안떠졌으면|감고싶다고영)",
        r"(?:잠들어서?|잠들면|자다가|자고나서?|이대로|자면|잠에서)(?:그대로|다시|다시는|영영|영원히"
        r"|그냥)?(?:안깼으면|안깨어났으면|깨지않았으면|깨어나지않|못깨어|안일어났으면"
        r"|깨고싶지않|안깨고싶|깨지말았으면|안깨면좋)",
        r"(?:영영|영원히|평생|그대로|이대로)(?:안일어나|못일어나|일어나지)(?:고싶|았으면|않|게)|(?:영영|영원히)(?:잤으면|자고싶|잠만|잠들었|쉬고싶|눈감)",
        r"(?:숨|심장)이?(?:그냥|이대로|그대로)?(?:멎|멈췄|멈춰|끊어졌|끊겼)었?(?:으면|버렸으면|버리면)|(?:눈|눈을)(?:감으면|감고)?(?:다시는|영영|다시)(?:안뜨|안떴"
        r"|뜨지|못뜨)|눈(?:을)?안(?:떠도|떠지면|뜨면|뜰수)|(?:영영|영원히)잠들면",
        r"(?:숨|숨을)쉬(?:는것|는거|기)(?:도|조차|가)?(?:싫|힘들어죽|괴로|고통|귀찮)",
        r"깨어나(?:고싶지않|지않았으면|지말았으면)|심장이(?:그냥|이대로)?멈췄으면",
        r"이대로눈감|다음생(?:에|엔|에는)(?:안태어|태어나지)",
    ),
    # Regret of being born.
    _rule(
        "wishes not to have been born",
        _Kind.HINT,
        _B,
        "태어",
        r"태어나지만않았|태어나서(?:미안|죄송)|태어나고싶지않",
        r"태어나(?:지)?(?:말걸|말았어야|말았으면|않았으면|않았더라면|않는게|않았어야|않았다면|말껄)"
        r"|안태어(?:나고싶|났으면|날걸|났어야|나는게)"
        r"|왜태어(?:났을까|난걸까|난거|나서|났는지|났지|났나)|태어난(?:게|것이|것자체가)(?:잘못|죄|실수|후회"
        r"|싫)|태어나지말[았걸]",
    ),
    # «Everything» must stand there; chores and work are sorted out in `_settle`.
    _rule(
        "wants to end everything",
        _Kind.HINT,
        _B,
        "모든걸 모든것 모든게 모든일 그만하고 편해지고 이세상 미련 인생 끝내 끝낼 놓아 놔버 놓고 포기 떠나",
        r"(?:다|모두|전부|모든걸|모든것을|모든게|모든걸다|다그냥|그냥다|그만다|이제다|이제그만|이만|그만)(?:다"
        r"|그냥|이제|그만|여기서)?(?:끝내고싶|끝내버리고싶|끝내버릴|끝낼까|끝낼래)",
        r"(?:(?<!에)다|모두|전부|모든걸|모든것을)(?:그냥|이제|그만)?(?:내려)?놓고싶|(?:모든걸|모든것을|다)(?:그냥|이제)?(?:끝낼래|끝내자|끝내야겠|끝내려)",
        r"(?:모든걸|모든것을|다)(?:다|그냥|그만)?(?:놓아버리고싶|놔버리고싶|내려놓고떠나고싶|버리고사라)",
        r"모든(?:게|것이|일이)(?:다|그냥|이대로)?끝났으면|(?:포기|그만)하고싶[가-힣]{0,3}(?:인생|사는거|사는것|삶|살아가는)",
        r"(?:이제|그만|그냥|빨리)(?:나도|좀|정말|다)?편해지고싶",
        r"(?:모든걸|모든것을|인생을?|인생그만)(?:다|그냥)?(?:포기하고싶|포기할까|그만두고싶|때려치우고싶)",
        r"이세상(?:에|에서)?(?:미련|있고싶지않|있기싫)|세상(?:에)?(?:미련이?없)",
    ),
    # Feeling a burden to others is a known warning sign.
    _rule(
        "a burden",
        _Kind.HINT,
        _B,
        "짐만 짐이 짐일 짐밖 살아있는 살아가는 짐덩 민폐 폐만",
        r"(?:살아있는|살아가는|존재하는)(?:게|것이|거|것자체가)(?:다)?(?:민폐|죄|폐|미안|지옥|벌)",
        r"(?<![삿잔봇])짐만(?:되는|되고|되어|되니|되네|되잖|돼|된|될뿐|될것같)|(?:가족|부모님?|엄마|자식|자식들"
        r"|남편|아내|모두|주변|다른사람"
        r"|남)[가-힣]{0,4}짐이?(?:된것|된거|되는것|되는거|되고있|돼서|된다)"
        r"|(?:나는|난|저는|내가|제가)(?:그냥|그저|평생)?짐(?:이야|이에|이다|일뿐|이니|밖에)|나는짐덩어리|내가짐덩어리|(?:민폐|폐)만끼치는(?:존재|인간|사람|것같|거같)",
    ),
    # 한강 is a by-word for suicide and a picnic ground: leisure cues decide.
    _rule(
        "the bridge as a by-word",
        _Kind.HINT,
        _B,
        "한강",
        r"한강(?:다리|대교)?에(?:서)?(?:있대|서있|올라|혼자서있)",
        r"한강(?:에|이나|으로)?(?:가고싶|가고파)|한강(?:물)?(?:은|의)?(?:온도|수온|차가울|차갑|따뜻할|따뜻하"
        r"|추울|춥)|한강각|한강(?:에)?(?:빠지|투신|뛰어|입수"
        r"|빠져)|한강다리(?:위|에서|로)",
        r"(?:망|힘들|죽|우울|지쳤|주식|비트|코인|시험|인생|답없|떨어졌|잃었|빚)[가-힣0-9]{0,10}한강(?:에"
        r"|이나)?(?:가자|갈까|갈래|가야|간다|가즈아|가야지|각)",
        word_start=True,
    ),
    # Death pictured, wished without a subject, or asked of another.
    _rule(
        "if I were dead",
        _Kind.HINT,
        _B,
        "늙으면 다음생 죽는 죽음 죽음이 죽기만 죽을까 안락사 죽으면 죽었으면 뒤졌으면 죽여 죽어도 죽어야지 죽자",
        r"(?:내가|나|제가|나하나)(?:만)?죽으면(?:다|아무|누가|슬퍼|울|편|끝|좋|모두|다들|엄마|어떻|되|돼|그만"
        r"|해결|알아|후회)|죽으면(?:다끝|편해|편할|편하겠|그만|끝이|끝인|해결|다편)",
        r"죽었으면(?:좋겠|좋을|해|하는|싶|한다)|뒤졌으면좋겠(?=다$|어$)",
        r"(?:나좀|나를|날|누가나|누가날|누가좀|제발나)(?:그냥|좀|제발)?죽여(?:줘|주|줬으면|달라)",
        r"(?:죽어도)(?:상관없|괜찮을것같|괜찮을거|아무도|아무렇지)|늙으면죽어야|(?:다같이|같이)죽자(?!$)"
        r"|죽을까요?\??$|(?:난|나는|나|내가|제가|이제|빨리|얼른|어서|그만)(?:그냥)?죽어야(?:지|돼|해)",
        r"죽(?:는|을|음)(?:거|것|음)?(?:의|에대한)?(?:얘기|이야기|말|생각)(?:만(?!으로|해도)|을자꾸|을자주|을계속|이자꾸|이계속|밖에)|다음생(?:에|엔|에는"
        r"|에서)(?:만나|보자|봐|다시|꼭|는)",
        r"죽음(?:만|만이|이|뿐)[가-힣]{0,8}(?:편|해방|자유|구원|답|탈출|안식|쉴)|죽는(?:게|것이|것도)(?:이제|하나도|더는|별로|전혀)?(?:안무서|안두려|무섭지않|두렵지않)",
        r"죽음이?(?:더는|이제|더이상|하나도)?(?:두렵|무섭)지(?:도|가)?않|(?:사고|병|암|벼락)[가-힣]{0,8}죽었으면",
        r"(?<!내가)(?<!나)죽기만(?:을)?(?:바라|기다|빌|기도)",
        r"안락사(?:하고싶|받고싶|당하고싶|시켜줘)",
    ),
    # «웃겨 죽겠대» is an idiom; «안 오면 죽겠대» is not.
    _rule(
        "says she or he will die",
        _Kind.PLAN,
        _B,
        "죽겠다 죽겠대 죽어버리겠",
        r"(?<=[면꾸날속짜가이은는])죽겠(?:다고|대)|죽어버리겠(?:다|대)",
    ),
    # Farewell to the world or to the family.
    _rule(
        "says goodbye",
        _Kind.HINT,
        _B,
        "세상아 여기까지 그동안 먼저 내가없 내가죽 내가떠 안녕세상 마지막인사",
        r"그동안(?:정말|다들|모두|너무)?(?:고마웠|감사했|미안했|행복했)[가-힣]{0,4}(?:다들|모두|여러분|잘지내|잘있|안녕)",
        r"내?(?:인생|삶|생)은?여기까지|(?:엄마|아빠|동생|친구|언니|오빠|형|누나|남편|아내)[가-힣]{0,3}먼저간다(?:고|며|는)(?:문자|카톡|연락|편지|글|전화)",
        r"먼저(?:가서|떠나서|가게되어|가게돼)(?:정말|너무)?(?:미안|죄송)",
        r"내가(?:없더라도|없어도|죽더라도|죽어도|떠나도|떠나더라도)[가-힣]{0,10}(?:부탁|돌봐|챙겨|잘지내|잘살아|행복해)",
        r"세상아(?:잘있어|안녕|이제안녕)|안녕세상|(?:엄마|아빠|부모님|다들|모두|얘들아"
        r"|여러분)[가-힣]{0,6}미안[가-힣]{0,8}먼저(?:갈|간|가)"
        r"|(?:모두|다들|세상)(?:에게|에|한테)?마지막인사",
    ),
    # Grief that turns to following.
    _rule(
        "follows the dead",
        _Kind.HINT,
        _B,
        "따라가 따라갈 따라죽 곁으로",
        r"(?:엄마|아빠|할머니|할아버지|남편|아내|아들|딸|언니|오빠|동생|친구|강아지|그사람)(?:를"
        r"|을)?(?:따라(?:서)?(?:하늘|죽|갈래|가고싶(?=[다어네은]?(?:요)?$))"
        r"|(?:있는)?곁으로(?:가고싶|갈래|떠나))",
    ),
)

# Word by word, on the text with blanks.
_ENGLISH = (
    # Whole words, so that «diet» is not «die».
    _rule(
        "wants to die (English)",
        _Kind.WISH,
        _A,
        "die dead live kill suicid hang overdos harm juk life exist myself od",
        r"\b(?:i|im|ive|id|really|just|to) (?:(?:really|just|so|do|still|honestly|only|am"
        r"|literally) ){0,2}(?:want|wanna|wish|need|going|gonna|ready|trying|hope) (?:to )?(?:just )?die\b",
        r"\b(?:wanna|wants? to) (?:just )?(?:die|be dead|kill myself|end my life|end myself)\b",
        r"\bkill(?:ing|ed)? (?:my|him|her|them) ?sel(?:f|ves)\b|\bunalive myself\b|\bhang(?:ing)? myself\b"
        r"|\bend(?:ing)? my (?:own )?life\b|\btake my (?:own )?life\b",
        r"\bi wish i (?:was|were) dead\b|\bbetter off dead\b|\bi (?:am|feel|was) suicidal\b"
        r"|\bim (?:feeling )?(?:so )?suicidal\b",
        r"\b(?:dont|do not) want to (?:live|be alive|exist)\b|\bdont wanna (?:live|be alive|exist)\b",
        r"\bcommit(?:ting)? suicide\b|\bi (?:just )?(?:overdosed|od ?ed)\b|\bi (?:self ?harm(?:ed)?"
        r"|hurt myself on purpose)\b",
        r"\bsuicide note\b|\bjuk ?go ?sip\w*",
    ),
    # The bare word or an implied wish.
    _rule(
        "implied (English)",
        _Kind.HINT,
        _B,
        "suicid kms overdos harm disappear reason born wake without myself living",
        r"\bsuicid(?:e|al)\b|\bkms\b|\boverdos(?:e|ed|ing)\b|\bself ?harm(?:ing|ed)?\b"
        r"|\bcut(?:ting)? myself\b(?! shaving)",
        r"\b(?:want to|wanna) disappear\b|\bno reason to live\b|\bnever been born\b|\bnever born\b",
        r"\b(?:not|never|dont want to|dont wanna) wake up\b(?! early| tomorrow| at| on| so)"
        r"|\bbetter off without me\b|\bno point in living\b",
    ),
)

# ---------------------------------------------------------------- words around a hit

_CLOSE = (
    r"(?:친구|남친|여친|애인|동생|언니|오빠|누나|형|엄마|아빠|어머니|아버지|부모님?|할머니|할아버지|딸|아들"
    r"|아이|조카|사촌|이모|삼촌|고모"
    r"|남편|아내|와이프|선배|후배|동료|룸메|짝꿍|동기|베프|절친|동창|이웃|직원|사원|제자|학생|선생님|지인"
    r"|아는사람|걔|얘|쟤|그애|반애|애들|누군가|사람|환자|딸아이|썸남|썸녀)"
)
_PARTICLE = r"(?:이|가|은|는|도|께서|들이|네가)"
_ADVERBS = (
    r"(?:자꾸|맨날|계속|진짜|정말|요즘|너무|매일|많이|또|어제|오늘|그냥|갑자기|나한테|저한테|저보고|나보고"
    r"|저에게|힘들다고|우울하다고|카톡으로|전화로|전화해서|울면서|막|밤마다)"
)
_CAUSE = re.compile(
    r"[아어여해워와려파퍼나라]서|때문|니까|땜에|길래|나를|나한테|저를|날|나는|나도|내가|저는|제가|저도|난$|는데"
    r"|지만|라고|다고|보고|후로|뒤로|없고|떠나고|가고|이후"
)
_CLOSE_BEFORE = re.compile(rf"{_CLOSE}{_PARTICLE}(?P<gap>[^?]{{0,14}})$")
_CLOSE_WISHES = re.compile(rf"{_CLOSE}{_PARTICLE}{_ADVERBS}{{0,3}}$")
_CLOSE_ANYWHERE = re.compile(rf"{_CLOSE}(?:{_PARTICLE}|한테|에게|의|랑|를|을|중에)")
_SELF_ANYWHERE = re.compile(
    r"(?:나|저)(?:는|도|만|한테|를|의|랑|역시|혼자|하나|없)|내가|제가|난(?![간동로])|스스로|싶[어다네은음]|좋겠|[갈날]게"
)
_SELF_BEFORE = re.compile(
    r"(?:나는|나도|내가|저는|저도|제가|나역시|나진짜|나정말|나요즘|난|나|저)(?:진짜|정말|요즘|너무|그냥|자꾸"
    r"|매일|이제)?$"
)
_REPORTED_WISH = re.compile(
    r"^(?:어?하(?!루|나|늘|지만)|어?해(?!도|서든)|어?한(?!강|번|심)|어?했|대|데요|댄|댔|다네|다던|다는데"
    r"|다는(?:친구|애"
    r"|아이|사람|동생|언니|딸|아들)|어하|은가[봐보]|나[봐보]"
    r"|[다]?고(?:자꾸|계속|맨날|저한테|나한테|나에게|저에게|매일|울면서|카톡|문자|전화|연락)*(?:해(?!요?$)|한"
    r"|하(?!고싶|루|늘)|했|말하|말했|그래|그러|그랬|합|연락|문자"
    r"|카톡|전화|톡|글))"
)
_SAID_ONLY = re.compile(r"^[다]고(?:자꾸|계속|맨날|매일)?(?:해|한|하|했|말|그)")
_REPORTED_DEED = re.compile(
    r"^[가-힣]{0,4}?(?:대(?:요)?(?:\?|$)|대(?:는데|서|요)|다고(?:해|하|했|말|연락|그)|다는(?:소식|얘기|이야기"
    r"|말|연락)|다네|더라|다던|는지걱정|나[봐보]|던데"
    r"|[할길]까봐|려고했대|하래|하라고)"
)
_REPORTED_HINT = re.compile(r"^[가-힣]{0,3}?(?:대(?:요|서|\?|$)|다고(?:해|하|했|말|그|카톡|문자|연락)|어하|어해)")
_THREAT = re.compile(r"^(?:냐|니(?!까)|으세요|으십|나요|나(?![봐보싶왔])|어서?환장|어너\?|어돌았|지않으면|지않거든)")
_TO_YOU = re.compile(
    r"(?:너|넌|너는|너네|너희|니가|네가|니들|이것들|이게|이놈|새끼|놈|놈들|임마|인마|감히|자식|당신|다들|너진짜"
    r"|또그러면|한번만더|까불)[가-힣]{0,6}$"
)
_MYSELF_ASKING = re.compile(r"왜|나는|내가|요즘|자꾸|이렇게|난")
_NEGATED = re.compile(
    r"^(?:지(?:는|가|도|를|진)?(?:않|안|아나)|진(?:않|안)|은(?:건|것은|게|정도는|거는|생각은|마음은|생각도"
    r"|마음도|마음까진)?(?:아니|아닌|아냐|아님|없)|다는(?:건|게"
    r"|뜻은)?아니|다는(?:생각|마음)(?:은|이|도)?(?:없|안))"
)
_LONG_AGO = re.compile(
    r"예전|옛날|한때|그때|작년|재작년|어릴때|어렸을|학창시절|과거|몇년전|년전|달전|당시|사춘기|전에는|전에$"
    r"|그시절|중학교때|고등학교때|고딩때|중딩때|옛적"
)
_OVER_NOW = re.compile(r"지금은|이제는|이젠|요즘은|요샌|괜찮아졌|나아졌|좋아졌|이겨냈|극복")
_PAST = re.compile(r"^(?:었|던|다는생각을?[가-힣]{0,3}(?:했었|했던)|을때|은적|다는생각을한적)|^을정도였")
# «늙어 죽을 거야», «일만 하다 죽을 거야», «암으로 죽을 거래», «너 죽을래»: nobody wills it.
_BEFALLS = re.compile(
    r"(?:못[가-힣]{1,4}고|늙어|굶어|얼어|맞아|쓸쓸하게|외롭게|혼자|혼자서|언젠가|언젠가는|누구나|사람은|인간은|곧|금방|하다|하다가|살다가|살다|[가-힣]다가"
    r"|으로|병들어|깔려|떨어져|치여|빠져|[어아해워려져켜겨]서?|너|이러다|그러다|저러다|게임|캐릭터가?|결국|먼저|일찍|빨리|걔|쟤|누가"
    r"|느니|한테|에게|손에)$"
)
_WILLED = re.compile(r"(?:없어|싫어|힘들어|괴로워|지쳐)서?(?:그냥|이제)?죽(?:을래|을게|으려|으러)")
_NOT_WILLED = re.compile(r"^(?:같|만큼|줄|뻔|지경|맛|병|죄|둥|때|정도|운명|고비|위기|텐데|몸)")
_AS_MUCH = re.compile(r"^(?:을|은)?(?:만큼|정도|지경|듯)")
_JOY = re.compile(
    r"사랑|행복|좋아|좋은|좋다|맛있|예쁘|예뻐|이쁘|이뻐|귀여|귀엽|웃|재미|재밌|즐거|설레|보고싶|멋있|멋지|신나"
    r"|황홀|감동"
)
_SMALL_CAUSE = re.compile(
    r"(?:배고파|배고픈데|더워|추워|졸려|졸린데|심심|쪽팔|창피|부끄|민망|오글|귀찮|배불러|간지러|가려워|느끼"
    r"|먹다가?|웃겨|귀여|월요일|수강신청|이불킥|흑역사)[가-힣]{0,5}$"
)
_SHAME = re.compile(r"쪽팔|창피|부끄|민망|오글|이불킥|흑역사|쪽나|쑥스|뻘쭘|무안")
_FILM_OR_NEWS = re.compile(
    r"영화|드라마|소설|웹툰|만화|애니|주인공|결말|스토리|장면|배우|연예인|가수|아이돌|뉴스|기사|보도|방송|다큐"
    r"|예방|교육|강의|수업|캠페인|통계|논문"
    r"|연구|상담사|발표|과제|작가|역사|테러|폭탄|대통령|의원|장관|시장|검찰|경찰|수사|타살|정치|국가|경제"
    r"|주식시장|사건|범인|용의자|비율|대사|캐릭터"
    r"|노래제목|책에서|공연|연극|뮤지컬|오페라|전시|토론|시사|유튜브|롤에서|게임|악플|사회적|심각한|국민|정부"
    r"|정권|일본|북한|미국|중국|공무원|연출|시즌|감독|시청률|제작"
)
_FIGURE_SPEAKS = re.compile(r"주인공|대사|장면|등장인물|캐릭터|가사(?:가|에|중)|극중|노래제목")
_GAME = re.compile(
    r"롤에서|롤하|게임|배그|오버워치|피파|솔랭|랭크|보스|던전|브롤|마크에서|젤다|리스폰|부활|킬뎃|몬스터|공략"
    r"|스테이지|플레이|캐릭|한타|팀원|서든|발로란트|메이플|원신|엘든링"
)
_NOT_HUMAN = re.compile(
    r"배터리|식물|화분|꽃|나무|컴퓨터|노트북|휴대폰|폰이|폰은|벌레|모기|바퀴|햄스터|물고기|금붕어|달팽이|강아지"
    r"|고양이|세포|닭|시장이"
)
_BAD_OTHER = re.compile(
    r"놈|새끼|인간들?|[이그저친]년|원수|걔|쟤|그사람|상사|부장|과장|사장|팀장|김씨|전남친|전여친|범인|범죄자"
    r"|그자식|저것|저런|그것들|것들|악당|정치인|너(?!무)|니가|네가|당신|모기"
    r"|벌레|바퀴"
)
_THING_BEFORE = re.compile(
    r"(?:놈|새끼|인간|것들|걔|쟤|그사람|모기|벌레|바퀴|숙제|월요일|시험|학교|회사|여드름|살|뱃살|두통|통증|아픔"
    r"|기억|추억|마음|감정|미움|흉터|점|상처|코로나|바이러스|전쟁|차별"
    r"|정치인|냄새|고민|걱정|스트레스|주름|감기|병|직업|나라|법|제도|프로그램|기능|광고|악플)"
    r"(?:들)?(?:이|가|은|는|도|좀|따위)?(?:다|좀|싹|얼른|그냥|빨리|제발|이)?(?:이?세상에서)?$"
)
_LIVES_WITH = re.compile(
    r"(?:에서|에서는|에선|이랑|랑|(?:남편|아내|너|엄마|아빠|부모님|시댁|시부모님|친구|그사람|걔|동생|언니"
    r"|누구)하고|같이|[여거저]기서?|참고|속고|맞고|눈치보고|속이고|숨기고"
    r"|[저그]렇게|함께|혼자|따로|며|면서|남편과|와|(?<!결)과|처럼|집에|곳에|나라에|동네에|시골에|도시에"
    r"|(?:원룸|고시원|반지하|오피스텔|빌라|기숙사|옥탑방|자취방|셋방|관사)에"
    r"|아파트에|(?<!앞)으로|로서|답게|(?<!이)대로|하게|들게|쉽게|라고"
    r"|위해|위해서|매이지않고|지않고|매여)(?:는|도|만|는더이상|더는|더이상|다시는|절대|더)?$"
)
_WORLD = re.compile(
    r"(?:이세상|세상|이런세상|이승|사회|사회속)(?:에서|에)(?:는|도|더는|더이상|더)?$|이렇게만?$|이대로(?:는|도)?$"
)
_HOUSING = re.compile(r"^[가-힣]{0,4}?[은는](?:곳|동네|집|나라|도시|아파트|지역|방|건물)")
_LEISURE = re.compile(
    r"주말|날씨|치킨|치맥|맥주|라면|자전거|피크닉|돗자리|야경|놀러|데이트|벚꽃|불꽃|드라이브|러닝|달리|걷|산책"
    r"|공원|운동|캠핑|소풍|바람쐬|노을|축제|크루"
    r"|텐트|배달|친구(?:랑|들|하고|와)|유람선|수영|버스킹|봄|여름|가을|같이|노래|음악|뷰|소주|커피|고기|바베큐"
    r"|바비큐|삼겹|구워"
    r"|구이|숯|번지|스카이|패러|다이빙|놀이기구|물속|계곡|트램펄린|침대|마라톤"
    r"|구경|시원|사진"
)
_SPORT_OR_VIEW = re.compile(
    r"번지|스카이|패러|다이빙|놀이기구|물속|계곡|트램펄린|침대|수영|워터|야경|노을|구경|사진|고기|바베큐|루프탑"
    r"|예쁘|예뻐|별이|별을"
)
_CHORES = re.compile(
    r"숙제|업무|회사|공부|시험|과제|프로젝트|게임|관계|연애|설거지|청소|야근|회의|방학숙제|작업|논문|일을|일다"
    r"|빨리다|오늘안에|퇴근|집안일|이사|논쟁|싸움|전쟁|코로나|촬영|사이"
)
_DREAD = re.compile(
    r"시험|월요일|출근|발표|면접|개학|등교|휴가|여행|방학|행복|즐거|좋은|생일|주말|연휴|입대|회사|학교|수술"
    r"|검사"
)
_LEAVES_A_PLACE = re.compile(
    r"퇴사|이직|졸업|전학|이사|회사|회의|팀|학교|동아리|반친구|부대|전역|유학|은퇴|모임|회식|집에"
)
_CLINIC = re.compile(
    r"감기|처방|병원|나았|나아|안나|낫|기침|의사|식후|챙겨|약국|열이|열은|비타민|영양제|한약|며칠|일치|배탈"
    r"|두통|또타|더타|리필|꾸준|시간맞|항생제|혈압|당뇨|약값"
)
_FAR_TOO_MUCH = re.compile(r"모아|쟁여|숨겨|한꺼번|한번에|[십백른흔물쉰0-9]여?[알정개]")
_IDIOM_THAN = re.compile(r"(?:하느니|[을를가-힣]느니|바에|바엔|바에야)[가-힣]{0,6}$")
_WITH_YOU = re.compile(r"너랑|너하고|걔랑|그놈|쟤랑|놈이랑|새끼|인간이랑|먹느니|입느니")
_LIFE_THAN = re.compile(r"(?:사느니|살바에|살바엔|살아가느니|살아있느니|사는것보다|사는거보다)[가-힣]{0,6}$")
_NO_SUCH_PLAN = re.compile(r"^(?:은|이|도|따위|까지는|까진)?(?:전혀|절대|추호도)?(?:없|안[하해한])")
_THIRD_SUBJECT = re.compile(
    r"(?<![가-힣])(?!나는|내가|저는|제가|나도|오늘은|지금은|이제는|진짜는|난 )[가-힣]{1,8}(?:이|가|은|는|께서"
    r"|들이)(?: [가-힣]+){0,3} ?$"
)
_EVENT = re.compile(r"^(?:을|를|로)?(?:했|한다|한(?!번)|해(?!야|도|버|서라)|함|하는|당|으로|로|이|한건)")
_OWN_WORDS = re.compile(r"싶|나도|내가|나는|저도|제가")
_EVENT_ENDED = re.compile(r"^(?:은|었다|었어|었대|었는|은것|으신|어서|고죽)")
_INSULT = re.compile(r"^(?:을)?(?:해라|하세요|해주세요|하렴|하십|하시길|해줘|하시지|하든가|하시죠|좀해|이나해)")
_PLEASE_DONT = re.compile(r"^(?:하지마|하지말|은하지|은안|하면안)")
_ENGLISH_OTHER = re.compile(
    r"\b(?:my|a) (?:\w+ )?(?:friend|brother|sister|mom|mother|dad|father|son|daughter|boyfriend|girlfriend|wife"
    r"|husband|cousin|roommate)\b"
    r"|\b(?:he|she|they|someone|somebody) (?:\w+ ){0,3}(?:wants?|tried|said|says|is)\b"
)
_ENGLISH_SHOW = re.compile(
    r"\b(?:movie|film|news|series|drama|documentary|episode|book|novel|lecture|class|song called|album|squad)\b"
)
_ENGLISH_NOT = re.compile(
    r"\b(?:dont|do not|never|not) (?:really |actually )?(?:want to|wanna|going to|gonna) (?:die|kill myself)\b"
)
_QUOTED_TITLE = re.compile(r"[「『《〈<\"“‘'][^」』》〉>\"”’\n]{1,30}[」』》〉>\"”’']")
_MUSIC_REQUEST = re.compile(r"노래|곡|틀어|들려|재생|앨범|뮤비|듣고|추천")

_Verdict = tuple[Level | None, bool]  # the level, and whether it is about another person
_NOTHING: _Verdict = (None, False)


def _is_other_deed(before: str) -> bool:
    """True when a near person, not the speaker, is the one who does what follows."""
    match = _CLOSE_BEFORE.search(before)
    return match is not None and _CAUSE.search(match.group("gap")) is None


def _settle_wish(rule: _Rule, before: str, after: str, around: str) -> _Verdict:
    own = _SELF_BEFORE.search(before) is not None
    if rule.name == "does not want to live on":
        if (_LIVES_WITH.search(before) and not _WORLD.search(before)) or _HOUSING.search(after):
            return _NOTHING
        if before.endswith(("사회에서", "사회속에서", "이렇게", "이렇게는", "이렇게까지", "이런식으로")):
            return Level.B, False
    if rule.name == "death would be better" and _IDIOM_THAN.search(before) and not _LIFE_THAN.search(before):
        return _NOTHING if _WITH_YOU.search(before) else (Level.B, False)
    if after.startswith("구나") and (_TO_YOU.search(before) or after[2:3] in ("니", "네", "너")):
        return _NOTHING
    if _THREAT.search(after):
        return (Level.A, False) if own or _MYSELF_ASKING.search(before) else _NOTHING
    if around.endswith("?") and _TO_YOU.search(before):
        return _NOTHING
    if _AS_MUCH.search(after):
        return _NOTHING if _JOY.search(after) else (Level.B, False)
    if _NEGATED.search(after):
        return Level.B, _CLOSE_WISHES.search(before) is not None
    if _CLOSE_WISHES.search(before) and not own:
        return Level.B, True
    if _REPORTED_WISH.search(after) and not own:
        said_by_nobody = _SAID_ONLY.search(after) and not _CLOSE_ANYWHERE.search(before)
        return Level.B, not said_by_nobody
    softened = (
        _FIGURE_SPEAKS.search(around)
        or _SMALL_CAUSE.search(before)
        or _OVER_NOW.search(after)
        or (_LONG_AGO.search(before) and _PAST.search(after))
        or after.startswith(("만떡볶이", "지만떡볶이", "지만떡볶"))
        or (around.endswith("?") and not own)
    )
    return (Level.B if softened else rule.level), False


def _settle_plan(rule: _Rule, before: str, after: str, around: str) -> _Verdict:
    own = _SELF_BEFORE.search(before) is not None
    if _NOT_HUMAN.search(before) or (_GAME.search(around) and not own):
        return _NOTHING
    if rule.name == "jumps" and _SPORT_OR_VIEW.search(around):
        return _NOTHING
    if (
        rule.name == "wills to die"
        and not own
        and (
            (_BEFALLS.search(before) and not _WILLED.search(around))
            or _TO_YOU.search(before)
            or _NOT_WILLED.search(after)
        )
    ):
        return _NOTHING
    if rule.name in ("lets herself or himself die", "means to die", "wills to die"):
        if _BAD_OTHER.search(before[-12:]) or re.search(r"^(?:고)?(?:환장|작정)", after):
            return _NOTHING
        if _IDIOM_THAN.search(before) and not _LIFE_THAN.search(before):
            return _NOTHING
    if _is_other_deed(before) and not own:
        return Level.B, True
    if rule.name == "ends the life" and _EVENT_ENDED.search(after) and not own:
        return _NOTHING if _FILM_OR_NEWS.search(around) else (Level.B, True)
    if _REPORTED_WISH.search(after) and not own and _CLOSE_ANYWHERE.search(before):
        return Level.B, True
    if not own and (_REPORTED_DEED.search(after) or after.startswith(("대요", "대"))):
        return Level.B, True
    if rule.name == "suicide, intended" and _FILM_OR_NEWS.search(around) and not _OWN_WORDS.search(around):
        return _NOTHING
    if _NO_SUCH_PLAN.search(after) or _NEGATED.search(after) or _OVER_NOW.search(after) or _LONG_AGO.search(before):
        return Level.B, False
    return rule.level, False


def _settle_deed(rule: _Rule, before: str, after: str, around: str) -> _Verdict:
    own = _SELF_BEFORE.search(before) is not None
    if rule.name == "overdose" and _CLINIC.search(around) and not _FAR_TOO_MUCH.search(around):
        return _NOTHING
    if rule.name == "charcoal or poison" and _LEISURE.search(around):
        return _NOTHING
    if _FIGURE_SPEAKS.search(around) or (_FILM_OR_NEWS.search(around) and not own):
        return _NOTHING
    guessed = re.search(r"^[가-힣]{0,2}나[봐보]", after) and not _CLOSE_ANYWHERE.search(before)  # of oneself
    if _is_other_deed(before) or (_REPORTED_DEED.search(after) and not guessed):
        return Level.B, True
    if (
        _LONG_AGO.search(before)
        or _OVER_NOW.search(after)
        or re.search(r"^[가-힣]{0,2}(?:지않|지마|면안(?=돼|되|된))", after)
    ):
        return Level.B, False
    return rule.level, False


def _settle_word(rule: _Rule, before: str, after: str, around: str, spaced_before: str) -> _Verdict:
    if _FILM_OR_NEWS.search(around) or (rule.name.startswith("charcoal") and _LEISURE.search(around)):
        return _NOTHING
    if _INSULT.search(after) or re.search(r"^이?라는(?:시|곡|노래|책|영화|소설|그림|연극)", after):
        return _NOTHING
    if _CLOSE_ANYWHERE.search(before):
        return Level.B, not _SELF_BEFORE.search(before)
    if _EVENT.search(after) and _THIRD_SUBJECT.search(spaced_before) and not _PLEASE_DONT.search(after):
        return _NOTHING
    return Level.B, _REPORTED_DEED.search(after) is not None


def _settle_hint(rule: _Rule, before: str, after: str, around: str) -> _Verdict:
    if _SHAME.search(around):
        return _NOTHING
    match rule.name:
        case "does not like to live":
            lives_with = _LIVES_WITH.search(before) and not _WORLD.search(before)
            if lives_with or _HOUSING.search(after) or re.search(r"(?:더워|추워|시끄러워|때문에시끄러)[서]?$", before):
                return _NOTHING
        case "no reason to live":
            if "존재" in around and _FILM_OR_NEWS.search(around):
                return _NOTHING
            if _BAD_OTHER.search(before[-10:]) or (before.endswith(("을", "를", "거", "걸")) and "왜사" in around):
                return _NOTHING
        case "wishes not to have been born":
            if before.endswith(("로", "에", "에서")):
                return _NOTHING
        case "wants to vanish":
            if _THING_BEFORE.search(before):
                return _NOTHING
        case "no tomorrow":
            if _DREAD.search(around):
                return _NOTHING
        case "wants to end everything":
            if _CHORES.search(around):
                return _NOTHING
        case "stands at the edge":
            if _SPORT_OR_VIEW.search(around) or _FILM_OR_NEWS.search(around):
                return _NOTHING
        case "the bridge as a by-word":
            if _LEISURE.search(around) or _FILM_OR_NEWS.search(around):
                return _NOTHING
        case "says goodbye":
            if _LEAVES_A_PLACE.search(around):
                return _NOTHING
        case "if I were dead":
            if _BAD_OTHER.search(before[-14:]) or _NOT_HUMAN.search(before):
                return _NOTHING
            if _GAME.search(around) or _JOY.search(around):
                return _NOTHING
        case _:
            pass
    reported = _REPORTED_HINT.search(after) is not None and _SELF_BEFORE.search(before) is None
    return rule.level, reported or _CLOSE_WISHES.search(before) is not None


def _words_before(sentence: _Sentence, start: int) -> str:
    """Up to 40 letters before `start` with the blanks between the words."""
    first = max(0, start - 40)
    letters = sentence.tight[first:start]
    return "".join(" " * (first + index in sentence.starts) + letter for index, letter in enumerate(letters)).lstrip()


def _settle(rule: _Rule, sentence: _Sentence, match: re.Match[str]) -> _Verdict:
    """The verdict on one hit, from the 40 letters before it and the 30 after it."""
    start, end = match.span()
    before, after = sentence.tight[max(0, start - 40) : start], sentence.tight[end : end + 30]
    around = before + match.group() + after
    match rule.kind:
        case _Kind.WISH:
            return _settle_wish(rule, before, after, around)
        case _Kind.PLAN:
            return _settle_plan(rule, before, after, around)
        case _Kind.DEED:
            return _settle_deed(rule, before, after, around)
        case _Kind.WORD:
            return _settle_word(rule, before, after, around, _words_before(sentence, start))
        case _Kind.HINT:
            return _settle_hint(rule, before, after, around)


def _english(sentence: _Sentence) -> Iterator[_Verdict]:
    for rule in _ENGLISH:
        if any(stem in sentence.spaced for stem in rule.stems) and rule.pattern.search(sentence.spaced):
            if _ENGLISH_SHOW.search(sentence.spaced) and rule.kind is _Kind.HINT:
                continue
            other = _ENGLISH_OTHER.search(sentence.spaced) is not None
            yield (Level.B if other or _ENGLISH_NOT.search(sentence.spaced) else rule.level), other


def _verdicts(sentence: _Sentence) -> Iterator[_Verdict]:
    """Every hit of every rule in a sentence."""
    seen: set[tuple[str, str]] = set()
    for rule in _RULES:
        if not any(stem in sentence.tight for stem in rule.stems):
            continue
        for match in rule.pattern.finditer(sentence.tight):
            start, end = match.span()
            if rule.word_start and start not in sentence.starts and len(sentence.starts) > 1:
                continue
            place = (rule.name, sentence.tight[max(0, start - 40) : end + 30])
            if place not in seen:
                seen.add(place)
                yield _settle(rule, sentence, match)
    if sentence.tight.isascii() or re.search("[a-z]", sentence.spaced):
        yield from _english(sentence)


def _alarms(folded: str) -> list[_Verdict]:
    """The hits in a folded text that raise a level."""
    return [verdict for sentence in _sentences(folded) for verdict in _verdicts(sentence) if verdict[0]]


def sentences(text: str) -> list[str]:
    """The sentences of a text as `bot.hints` reads them: letters and digits, disguises undone, look-alikes masked."""
    return [_letters(sentence) for sentence in _sentences(_fold(text))]


def _letters(sentence: _Sentence) -> str:
    return sentence.tight.rstrip("?")


def by_rules(text: str) -> _Verdict:
    """The gravest level that the rules find, and whether all that was found is about another person."""
    return _judge(text)[0]


def _judge(text: str) -> tuple[_Verdict, list[str]]:
    """What the rules find, and the sentences in which no rule has a hit, not even a harmless one."""
    folded = _fold(text)
    found: list[_Verdict] = []
    unknown: list[str] = []
    for sentence in _sentences(folded):
        hits = list(_verdicts(sentence))
        found += [verdict for verdict in hits if verdict[0]]
        if not hits:
            unknown.append(_letters(sentence))
    for other in (_without_echo(folded), _fold(_from_english_keys(text))):
        if not found and other != folded:
            found = _alarms(other)
    if not found:
        return _NOTHING, unknown
    own = [verdict for verdict in found if not verdict[1]]
    gravest = Level.A if any(verdict[0] is Level.A for verdict in found) else Level.B
    written = clean(text)
    if gravest is Level.A and _MUSIC_REQUEST.search(written):
        untitled = _QUOTED_TITLE.sub(" ", written)
        if untitled != written and all(verdict[0] is not Level.A for verdict in _alarms(_fold(untitled))):
            gravest = Level.B
    return (gravest, not own), unknown


def level(text: str) -> Level | None:
    """A for plain words of self-harm, B for implied ones or about another person, None for anything else."""
    (found, _), unknown = _judge(text)
    # What a rule knows to be harmless («죽고 싶을 만큼 사랑해») is not asked about again.
    return found or (Level.B if hints.raised(unknown) else None)


def about_another(text: str) -> bool:
    """True when `level` is not None and the words are about another person, so that a friend is answered."""
    (found, another), unknown = _judge(text)
    if found or not hints.raised(unknown):
        return another
    letters = "".join(unknown)
    return re.search(_CLOSE, letters) is not None and _SELF_ANYWHERE.search(letters) is None
