"""The words of Korean conversation and what they want; `bot.intents` reads messages with it.

A phrase is a pattern of a whole message in small letters, without blanks and end marks, so that blanks here part
one phrase from the next.
"""

import re
from enum import StrEnum


class Intent(StrEnum):
    """What a message wants."""

    START = "start"
    HELP = "help"
    PRIVACY = "privacy"
    DIARY = "diary"
    EXPORT = "export"
    FORGET = "forget"
    CONSENT = "consent"
    SHOW_IN = "show_in"
    SONG = "song"
    ANY_SONG = "any_song"
    MORE = "more"
    OTHER_ARTISTS = "other_artists"
    WISH = "wish"
    LIKE_LISTED = "like_listed"
    WHY = "why"
    RATE = "rate"
    UNDO = "undo"
    WRONG_MOOD = "wrong_mood"
    MOOD = "mood"
    PICK = "pick"
    YES = "yes"
    NO = "no"
    CHAT = "chat"
    UNKNOWN_COMMAND = "unknown_command"
    NOTHING = "nothing"
    TALK = "talk"


COMMANDS = {
    "start": Intent.START,
    "시작": Intent.START,
    "처음으로": Intent.START,
    "help": Intent.HELP,
    "도움말": Intent.HELP,
    "도움": Intent.HELP,
    "song": Intent.SONG,
    "노래": Intent.SONG,
    "곡": Intent.SONG,
    "mood": Intent.DIARY,
    "기분": Intent.DIARY,
    "기분기록": Intent.DIARY,
    "mydata": Intent.EXPORT,
    "내데이터": Intent.EXPORT,
    "privacy": Intent.PRIVACY,
    "개인정보": Intent.PRIVACY,
    "forget": Intent.FORGET,
    "삭제": Intent.FORGET,
    "데이터삭제": Intent.FORGET,
}

_SONGS = r"(?:노래|곡|음악)(?:들)?(?:로|을|를|은|는|도|이|가|나)?"
_SUCH = r"(?:노래|곡|음악|거|걸|것)(?:들)?(?:로|을|를|은|는|도|이|가)?"
_GIVE = (
    r"(?:좀|하나|더)?(?:(?:추천|부탁|틀|들려|골라|보여|바꿔|알려|찾아|줘|있어|없어|없나|듣고싶|듣고파|들을래|원해)\S*|"
    r"주세요|주라|요)?"
)
_ASKED = rf"(?:{_SONGS}{_GIVE})?"
_SHOW = r"(?:을|를|좀)?(?:(?:보여|볼래|보고싶|확인|알려)\S*|보기|줘|주세요)?"
_ERASE = r"(?:를|을|좀|도|모두|전부|다|싹)*(?:삭제|지워|지우)\S*"
_SELF = r"(?:나|난|저|전|나는|저는|별로|사실|딱히|오늘|지금)*"
_FELT = (
    r"(?:슬[퍼프픈픔]|우울|속상|외[로롭]|힘들|지[쳐친]|화[나난났]|짜증|답답|불안|무[서섭]|놀[라란랐]|"
    r"행복|기[쁘뻐]|신[나난났])"
)
_HI = r"(?:안[녕뇽냥]|하이|헬로|ㅎㅇ|방가|충성)"
_YO = "[요용염여욤]"
_YOU = r"(?:너는?|넌|당신은?|[니네]가|봇은?|마음곡은?)?"
_WRONG = r"(?:틀[려렸린]|아니|아냐|다르|달라|잘못|그게아)"
_RATHER = r"(?:ㄴㄴ|아니|아예|완전|[이그](?:거|것|노래|곡)?말고)*"
_KINDS = (
    r"(?:더|좀|남자|여자)*(?:발라드|힙합|댄스곡?|트로트|팝송|알앤비|재즈|인디|걸그룹|보이그룹|남돌|여돌|아이돌|클래식|"
    r"최신곡|신곡)"
)
_OF_KIND = r"(?:더|좀)*(?:남자|여자|영어|외국|일본|밴드|랩|록|락|요즘|최신|최근|옛날|추억의)"
_MORE = r"(?:ㄴㄴ|더|좀)*"
_ENDING = r"(?:어|아|네|습니다|었어|었습니다|ㅆ)?요?"
_BEFORE_THANKS = (
    rf"(?:네+|응|아|노래(?:들)?(?:도|가)?|좋[았네]{_ENDING}|(?:좀|많이)?위로가?[되돼됐]{_ENDING}|잘들었{_ENDING}|"
    r"정말|진짜|너무|완전)*+"  # possessive: nothing of it is tried twice
)
_FEELING = r"(?:기분|감정|마음)"

SONGS_WANTED = re.compile(rf"{_SONGS}{_GIVE}|(?:노래|곡)?추천\S*")

_TABLE: tuple[tuple[Intent, str, str], ...] = (
    (Intent.START, "", r"처음으로 처음부터(?:다시)? (?:다시|새로)시작(?:해줘|하자|할래|해)?"),
    (Intent.HELP, "", r"도움말? help 명령어 사용법"),
    (Intent.HELP, "", r"(?:안녕\S{0,3})?(?:노래를?|이거|이봇)?[은는]?어떻게(?:써|쓰는거|쓰나|사용|신청|추천받)\S*"),
    (Intent.PRIVACY, "", rf"개인정보(?:처리방침)?{_SHOW}"),
    (Intent.PRIVACY, "", r"(?:내|제)?(?:정보|데이터|말|대화|기록)[은는이가을를]?어디에?(?:저장|보관|남)\S*"),
    (Intent.DIARY, "", rf"(?:내|나의)?{_FEELING}의?(?:기록|일기){_SHOW}"),
    (Intent.DIARY, "", r"(?:내|나의)?(?:일기|기록)장?[을를좀]*(?:보여|볼래|보고싶|확인|보기)\S*"),
    (Intent.DIARY, "", rf"(?:오늘)?(?:내|나의){_FEELING}[은이]?어때\S{{0,3}}"),
    (Intent.FORGET, "", rf"(?:내|나의)?(?:기분|대화)?(?:데이터|기록|정보){_ERASE} 나를?잊어\S*"),
    (Intent.FORGET, "", r"(?:다|싹|전부|모두)*(?:지워|삭제해)(?:줘|주라|주세요)요?"),
    (Intent.EXPORT, "", rf"(?:내|나의)(?:데이터|정보){_SHOW} 내?데이터를?내보내\S* 내가남긴[거것]{_SHOW}"),
    (Intent.CONSENT, "no", r"기록을?(?:(?:꺼|끌래|안할래)\S*|끄기|중지|그만|(?:하지)?마\S*)"),
    (Intent.CONSENT, "no", r"동의를?(?:취소|철회|안|하지않)\S*"),
    (Intent.CONSENT, "yes", r"기록을?(?:(?:켜|켤래|시작|해줘)\S*|해주세요|해도(?:돼|좋아|괜찮아)\S*)"),
    (Intent.CONSENT, "yes", r"동의(?:해|해요|할게|할게요|합니다|함)?"),
    (Intent.SHOW_IN, "melon", r"멜론으로(?:보여|볼래|열어|바꿔|할래|해)\S*"),
    (Intent.SHOW_IN, "youtube", r"유튜브(?:뮤직으)?로(?:보여|볼래|열어|바꿔|할래|해)\S*"),
    (Intent.ANY_SONG, "", rf"아무[거것]이?나{_GIVE} 아무{_SONGS}나?{_GIVE} 알아서{_GIVE}"),
    (Intent.OTHER_ARTISTS, "", rf"(?:\S{{1,12}}말고)?다른(?:가수|아티스트|밴드)(?:의|로|는|들)?{_ASKED}{_GIVE}"),
    (Intent.MORE, "", rf"{_RATHER}(?:또?다른|새로운|새|다음|딴)(?:{_SONGS}|거|것|걸로)(?:은|는|도|로)?{_GIVE}"),
    (Intent.MORE, "", rf"{_RATHER}(?:이거|이런거)?(?:와|랑)?비슷한{_SUCH}?(?:더|또|좀)*{_GIVE}"),
    (Intent.MORE, "", rf"{_RATHER}다른(?:분위기|느낌)\S{{0,6}} {_RATHER}다른(?:거|걸로)"),
    (Intent.MORE, "", r"[이그](?:거|것|노래|곡)들?말고요?"),
    (Intent.MORE, "", rf"(?:더|또|다시|한번더|more){_ASKED} (?:더|또|다시)(?:줘|추천|골라|들려|틀어|보여)\S*"),
    (Intent.WISH, "comfort", rf"나?좀?위로[가를좀도]?(?:받고싶|해줘|해주|필요|돼|되는|될|주는)\S*?{_ASKED}"),
    (Intent.WISH, "comfort", r"토닥토닥\S* 같이울어\S* 실컷울고싶\S*"),
    (Intent.WISH, "escape", r"(?:신나게|다|확|그냥|싹|전부|빨리)*(?:잊|잊어버리|털어버리|날려버리|풀)고싶\S*"),
    (Intent.WISH, "escape", rf"(?:스트레스|화)[를좀]?(?:풀|날)\S*?{_ASKED}"),
    (Intent.WISH, "match", r"그대로(?:가|도|로)?(?:좋아|해줘|할래|골라|갈래|줘)?\S{0,2}"),
    (Intent.WISH, "match", rf"(?:지금)?이?{_FEELING}그대로\S*"),
    (Intent.WISH, "lift", rf"(?:그냥|걍)?기분을?(?:전환|좀바꿔|바꾸|업|풀어|좋아지)\S*?{_ASKED}"),
    (Intent.WISH, "path", r"천천히(?:요|가자|갈래|할래|해줘|(?:골라|밝|나아|좋아)\S*)? 조금씩(?:밝|나아|신나)\S*"),
    (Intent.WISH, "livelier", rf"[좀조금]*더(?:신나|빠르|빠른|밝|경쾌|활기|흥겨|업되|센|세게|강)\S*?{_ASKED}"),
    (Intent.WISH, "calmer", rf"[좀조금]*더(?:잔잔|조용|차분|느리|느린|부드|편안|나른)\S*?{_ASKED}"),
    (Intent.WISH, "livelier", rf"[이그]?{_SONGS}(?:너무|좀|다|다들)*(?:슬프|슬퍼|우울|처지|처져|느리|느려|지루)\S*"),
    (Intent.WISH, "calmer", r"덜(?:신나|시끄|빠르)\S* (?:너무)?시끄러\S*"),
    (Intent.WISH, "calmer", r"(?:잔잔|조용|차분)(?:하게|한거|한걸로)\S{0,2}"),
    (Intent.WISH, "calmer", rf"(?:잔잔|조용|차분|느린|부드러운|편안)\S*?{_SONGS}{_GIVE}"),
    (Intent.WISH, "행복", rf"{_MORE}(?:신나는|신나게|밝은|즐거운|행복한|경쾌한|흥겨운|기분좋은|파티){_SUCH}{_GIVE}"),
    (Intent.WISH, "슬픔", rf"{_MORE}(?:슬픈|우울한|이별|눈물나는|먹먹한|애절한|쓸쓸한){_SUCH}{_GIVE}"),
    (Intent.WISH, "분노혐오", rf"(?:화날때(?:듣는)?|열받을때|센|강한|시원한){_SONGS}{_GIVE}"),
    (Intent.WRONG_MOOD, "", rf"(?:아니)?(?:내|제|지금)?{_FEELING}[이은을]?(?:전혀|좀|완전)?{_WRONG}\S*"),
    (Intent.WRONG_MOOD, "", rf"(?:그런|그|이런){_FEELING}(?:은|이|까지는)?(?:전혀)?아[니냐닌]\S*"),
    (Intent.WRONG_MOOD, "", r"(?:아니)?틀렸\S* 잘못(?:짚|봤|읽)\S*"),
    (Intent.WRONG_MOOD, "", rf"{_SELF}(?:하나도)?안{_FELT}\S{{0,6}} {_SELF}{_FELT}\S{{0,4}}지는?않\S*"),
    (Intent.WRONG_MOOD, "", rf"{_SELF}{_FELT}\S{{0,4}}(?:건|거|것은?|게)아[니닌냐]\S*"),
    (Intent.CHAT, "ironic", r"(?:아주|참|퍽이나|잘도)(?:신났|잘됐|잘났|좋겠|행복하|대단하|훌륭하)\S{0,3}"),
    (Intent.CHAT, "ironic", r"(?:오늘|요즘|지금)*(?:기분|마음)[이은도]?(?:너무|좀|진짜|별로)*(?:안좋|좋지않)\S{0,4}"),
    (Intent.CHAT, "soso", r"(?:오늘(?:은|도|하루도?)?)?(?:그냥|그저|뭐|걍)+(?:그래|그랬어|그런날|그래요) 그냥요? 걍"),
    (Intent.CHAT, "soso", r"(?:오늘[은도]?|그냥|뭐)*(?:쏘쏘|평범\S{0,5}|보통\S{0,4}|무난\S{0,5}|별일은?없\S*|똑같\S*)"),
    (Intent.CHAT, "soso", r"(?:너무|좀)?심심\S{0,4} 무료해\S* 음+ 흠+ 글쎄요?"),
    (Intent.CHAT, "hello", rf"{_HI}(?:하[세셔]|하십니까|하신가|하이|방가|루|{_YO}|[ㅋㅎㅇ])*"),
    (Intent.CHAT, "hello", r"(?:만나서)?반[가갑]\S{1,4} 좋은아침\S{0,3} 굿모닝 hi hey hello"),
    (Intent.CHAT, "laugh", r"(?:아|진짜|너무|개)*웃(?:겨|긴다|기네|김)(?:죽\S{0,4}|요|ㅋ+)*"),
    (Intent.CHAT, "laugh", r"[ㅋㅎ]+ ㅋ[ㅋㅎㅜㅠ]* (?:하하|크크|호호|히히|푸하)+ lol"),
    (Intent.CHAT, "thanks", rf"{_BEFORE_THANKS}(?:고마[워웠]|고맙|감사|땡큐|ㄱㅅ|덕분)\S{{0,8}} thank\S{{0,8}}"),
    (Intent.CHAT, "thanks", rf"{_BEFORE_THANKS}(?:고마워요?|감사(?:해요|합니다))(?:좀|많이)?위로가?[되돼됐]\S{{0,4}}"),
    (Intent.CHAT, "bye", r"(?:잘[자가]|안녕히|바이|bye|굿나잇|나중에(?:봐|올게|또)|다음에(?:봐|올게|또))\S{0,5}"),
    (Intent.CHAT, "bye", r"(?:이제|그만|이만|나|난|저는?|먼저)*(?:갈게|간다|잘게|잔다|자러|쉴게|쉬겠|끊을게)\S{0,4}"),
    (Intent.CHAT, "bye", r"ㅂ[ㅂㅇ2] ㅃ[ㅃㅇ] 빠[이2] 그만(?:할래|하자|할게)?요? 끝 취침"),
    (Intent.CHAT, "bye", r"내일(?:또)?(?:봐|올게|보자)\S{0,3}"),
    (Intent.CHAT, "bye", r"(?:오늘|넘|너무|정말)*수고(?:(?:했|하셨|하세|해|많)\S{0,6})?(?:(?:이만|이제)\S{1,6})?"),
    (Intent.CHAT, "words", r"(?:[이그]|\d번)?(?:노래|곡)?의?가사[가를는도좀]*(?:(?:알려|보여|뭐|궁금|찾아)\S{0,6})?"),
    (Intent.CHAT, "kinds", rf"{_RATHER}{_KINDS}(?:가수|{_SONGS})?(?:으?로)?{_GIVE}"),
    (Intent.CHAT, "kinds", rf"{_RATHER}{_OF_KIND}(?:가수|{_SUCH})로?{_GIVE}"),
    (Intent.CHAT, "kinds", r"더?(?:최신|최근)(?:으로|걸로)\S{0,6} (?:너무|다|좀)*(?:옛날|오래된)(?:노래|거)\S{0,5}"),
    (Intent.CHAT, "who", rf"{_YOU}(?:누구|이름이?뭐|정체가?뭐|gpt|인공지능)\S{{0,6}}"),
    (Intent.CHAT, "who", rf"{_YOU}(?:사람|로봇|챗봇|봇|ai)이?(?:야|니|에요|예요|인가|맞아|지)\S{{0,4}}"),
    (Intent.CHAT, "who", rf"{_YOU}(?:뭐|무엇을|뭘|무슨일을?)를?(?:할수있|할줄|하는|해줄)\S*"),
    (Intent.CHAT, "who", r"(?:너는?|넌)(?:몇살|어디|뭐)\S*"),
    (Intent.CHAT, "sorry", r"이?(?:봇|너|노래)?(?:왜이래|바보\S{0,3}|멍청\S{0,4}|못하네|이상해|이상하네)"),
    (Intent.CHAT, "sorry", r"말?을?못알아\S*"),
    (Intent.CHAT, "yes", r"네+ 넵 넹 예 응+ 어 웅 ㅇㅇ ㅇㅋ 오케이 ok(?:ay)? 그래요? 알[겠았]\S{0,4}"),
    (Intent.CHAT, "yes", r"좋아요? 맞아요? 그렇구나"),
    (Intent.CHAT, "no", r"아니 아니[요오] 아뇨 아냐 ㄴㄴ 싫어요? 됐어 괜찮아요?"),
)  # fmt: skip
PHRASES = tuple((intent, argument, re.compile("|".join(phrases.split()))) for intent, argument, phrases in _TABLE)

# Any of the four moods as a person may pick it where they were offered.
MOODS = {
    name: re.compile("|".join(phrases.split()))
    for name, phrases in {
        "분노혐오": r"1번? (?:분노|혐오|짜증|답답|열받|화[나남났난])\S*",
        "놀람공포": r"2번? (?:놀람|놀라|놀랐|공포|불안|무서|무섭|걱정|초조)\S*",
        "슬픔": r"3번? (?:슬픔|슬[퍼프픈]|속상|우울|외로)\S*",
        "행복": r"4번? (?:행복|기쁨|기[뻐쁘]|좋아|좋은기분|신[나난]|즐거)\S*",
    }.items()
}

# A word for a feeling: «행복해» is a title too, but tells one.
FEELS = re.compile(
    rf"{_FELT}|힘[드들]|괜찮|좋[아네다]|싫|사랑해|미워|그리[워운]|보고싶|미안|고마|아[파프]|울[었고]|죽|피곤|졸[려리]|심심"
)

_NEAR_ONE = (
    r"(?:남편|아내|와이프|남친|여친|남자\s?친구|여자\s?친구|애인|아빠|엄마|아버지|어머니|부모님?|새아빠|새엄마|오빠|형|언니|누나|"
    r"삼촌|시어머니|아들|선배|애들|친구들|선생님|사장|상사|팀장)(?:님|이|가|은|는|들이|께서)*"
)
_FEW_WORDS = r"\s*(?:\S+\s+){0,3}?"
# Violence by somebody near: answered with help lines, not with songs. «맞다» is to be hit only by somebody: «엄마 말이
# 맞았어» and «아들이 백 점 맞았어» are not.
HURT = re.compile(
    rf"{_NEAR_ONE}{_FEW_WORDS}(?:\S*때렸|때려(?!\s?[치넣박])|때린|때리|두들겨|폭행|목을?\s?졸|칼로\s?(?:위협|협박|찌))"
    rf"|{_NEAR_ONE}(?:한테|에게)서?{_FEW_WORDS}(?:맞았|맞고\s?(?:살|지내|있))"
    rf"|{_NEAR_ONE}{_FEW_WORDS}(?:죽으라|따돌|왕따|괴롭[히힘혔혀])"
)
NOT_HURT = re.compile(
    r"[ㅋㅎ]{2}|등짝|꿀밤|장난|바람|야단|퇴짜|딱지|주사|백신|접종|정답|점\s?맞|골\s?때|뒤통수|드라마|영화|웹툰|게임|뉴스|소설|기사|"
    r"홈런|공에|공을|북을|드럼|멍\s?때"
)

YES = set("예 네 네네 넵 넹 응 어 웅 ㅇㅇ ㅇㅋ 맞아 맞아요 그래 그래요 좋아 yes y 응맞아 네맞아요".split())
NO = set(
    "아니 아니요 아니오 아뇨 아냐 아니야 ㄴㄴ 노 no n 여기없어 여기없어요 여기에없어 없어 없어요 취소 됐어".split()
)
# To the question of deletion alone. Endings are named one by one: «지우지 마» and «삭제하면?» must confirm nothing.
_DO = r"(?:[요라]|줘요?|주세요|주라|도(?:돼|되|괜찮|좋)\S{0,2})?"
ERASES = re.compile(
    r"(?:(?:네|예|넵|넹|응|어|웅|ㅇㅇ|맞아요?|그래요?|좋아요?)+(?:[내제]?(?:데이터|기록|정보)[를을]?)?)?"
    r"(?:그냥|싹|다|전부|모두|얼른|빨리)*"
    rf"(?:삭제(?:요|해{_DO}|하세요|하자|할[래게]요?|합니다|바랍니다|부탁\S{{0,4}})?|"
    rf"지워(?:버려)?{_DO}|지우세요|지우자|지울[래게]요?)"
)
KEEPS = re.compile(
    r"(?:아니[요야]?|아뇨)?(?:(?:지우지|삭제하지|삭제)[는를]?(?:마|말|않)\S*|(?:지우|삭제하)기는?싫\S*|"
    r"(?:삭제)?안(?:지워|지울|삭제|할|해)\S*|삭제취소\S*|(?:그냥)?(?:놔|냅|내버려)[둬두]\S*|그대로\S*|싫어요?|괜찮아요?)"
)
# To a question of consent only words that cannot be about the songs above it.
CONSENTS = (YES | set("네기록해줘 응기록해줘 예기록해주세요".split())) - {"좋아", "어"}
REFUSES = (NO | set("싫어 싫어요 괜찮아 괜찮아요 안할래 안할래요".split())) - {"취소", "없어", "없어요"}
DONT_KNOW = set(
    "몰라 몰라요 모르겠어 모르겠어요 잘모르겠어 없어 없어요 딱히 딱히없어 딱히없어요 글쎄 글쎄요 패스 "
    "생각안나 안떠올라 노래는딱히없어 노래는없어 노래는모르겠어 떠오르는노래가없어".split()
)
_THESE = (
    r"(?:오+|와+|우와|역시)?(?:[이그요저]번?(?:노래|곡)?|노래|곡|전부)?(?:들)?[은는이가도]?"
    r"(?:둘다|모두|다|너무|진짜|정말|완전|제법|꽤)*"
)
_MARKS = r"[ㅋㅎㅠㅜ]*"
LIKES_ALL = re.compile(
    rf"{_THESE}(?:좋(?:아|네|다|은데|은걸|군|구나|습니다)|[마맘]음?에(?:들어|드네|듭니다|든다)|최고|굿|ㄱㅊ|괜찮[네다은])(?:요|야|예요|다)?{_MARKS}"
)
DISLIKES_ALL = re.compile(
    rf"{_THESE}(?:별로|별루|별론데|싫어|싫다|[마맘]음?에안(?:들어|드네|듭니다|든다)|안좋[아네다])(?:요|야|다|예요|에요|네|네요|이야|임|입니다)?{_MARKS}"
)
# Understood only after five songs: «와» and «정말» are titles too, and «헐» sounds like an artist's name.
EXCLAIMS = re.compile(
    r"(?:[아오와우엥잉헐헉앗]|어머나?|어라|세상에|대박|레알|ㄹㅇ|(?:이게|이건)?뭐(?:야|지|예요)|미쳤[다네어]|"
    r"(?:진짜|정말)(?:로|루)?(?:요|예요|야)?)+"
    rf"{_MARKS}"
)
UNDO = re.compile(
    r"(?:방금|아까|그)?(?:거|것|꺼|평가|좋아요|별로)?[를을는]?(?:취소|되돌려|되돌리|물러|무를래|실수)\S{0,5}|"
    r"\d번?취소\S{0,3}"
)
_CHOSEN = r"(?:추천|골랐|고른|나왔|나온|뽑)"
WHY = re.compile(
    r"(?:(\d)번째?(?:은|는|이|가|노래|곡)*)?[이그저]?(?:거|건|노래|곡)?들?[은는를을]?(?:도대체|대체)?"
    rf"(?:왜(?:요|지|죠|야|그래|(?:이노래|이곡|이거|{_CHOSEN})\S*)?|(?:추천|고른)?이유\S{{0,8}}|"
    rf"(?:어떻게|무슨근거로|뭘보고){_CHOSEN}\S{{0,6}})"
)
# With blanks: «2번이랑 비슷한 노래 추천해줘».
LISTED_NUMBER = re.compile(
    r"^(\d)\s*번째?\s*(?:노래|곡|거)?\s*(?:와|과|이?랑|하고)?\s*(?:같은|비슷한|닮은|느낌)\s*의?\s*"
    r"(?:노래|곡|거|걸로|음악|느낌)?\S*.{0,12}$"
)
