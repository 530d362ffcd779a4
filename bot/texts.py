"""Every Korean sentence that a person can see, with named fields.

Tone: 해요체, three sentences at most before a list, at most one emoji. A particle behind a name comes from
`with_particle`, since its form depends on the name. The phrases that tell why a song was chosen stand in
`recommender/reasons.py`.
"""

import re
from collections.abc import Sequence

from hangulpy import josa_pick

from recommender.reasons import FEELINGS

START = (
    "안녕하세요, 저는 노래를 골라 드리는 봇 마음곡이에요. 오늘 하루를 들려주시면 기분에 맞는 다섯 곡을 찾아 드려요.\n"
    "보내신 글은 저장하지 않아요(/privacy). 오늘은 어떤 하루였나요?"
)
NOTICE = "(보내신 글은 저장하지 않고, 기분과 곡 번호만 이 대화 동안 기억해요. 자세한 것은 /privacy)"
HELP = (
    "이렇게 말해 주세요.\n"
    "· 오늘 있었던 일이나 기분을 편하게 적어 주세요. 제가 잘못 짚었으면 ‘기분이 틀렸어’\n"
    "· /song 제목 – 그 노래와 닮고 기분에 맞는 다섯 곡 (예: /song 밤편지, 세 곡까지 쉼표로)\n"
    "· 아무거나 – 좋아하는 노래 없이 기분만으로\n"
    "· 다른 곡 · 다른 가수 · 더 신나게 · 더 잔잔하게 · 기분 전환 · 천천히 · 그대로\n"
    "· 2번 좋아 · 1번 3번 별로 · 취소 · 2번 왜? · 2번 같은 노래\n"
    "· /mood 기분 기록 · /mydata 내 데이터 · /privacy 개인정보 · /forget 데이터 삭제 · /start 처음으로"
)
PRIVACY = (
    "마음곡은 보내신 글을 저장하지 않아요.\n"
    "· 이 대화 동안: 기분 수치, 보여드린 곡, 좋아요·별로를 기억하고 하루가 지나면 지워요.\n"
    "· ‘기록 켜기’에 동의하시면: 기분과 시각, 좋아요·별로, 최근 보여드린 곡을 90일 동안 보관해요. "
    "‘기록 끄기’를 하시면 바로 지워요.\n"
    "· 누구의 것인지는 되돌릴 수 없게 바꾼 값으로만 남기고, 다른 곳에 보내거나 학습에 쓰지 않아요.\n"
    "· /mydata 로 보관한 것을 모두 볼 수 있고, /forget 으로 언제든 전부 지울 수 있어요.\n"
    "기분은 사람이 아니라 프로그램이 짐작하는 것이라 틀릴 수 있어요. {consent}"
)
PRIVACY_CONSENT = {
    True: "지금은 기록이 켜져 있어요.",
    False: "지금은 기록이 꺼져 있어요.",
    None: "지금은 기록하지 않고 있어요.",
}

# --- moods ----------------------------------------------------------------------
ASK_DAY = (
    "오늘 하루는 어땠어요? 있었던 일이나 기분을 한 문장이라도 들려주세요.",
    "오늘은 무슨 일이 있었나요? 편하게 적어 주시면 기분에 맞는 노래를 찾아볼게요.",
    "지금 마음은 어떤가요? 짧게 적어 주셔도 괜찮아요.",
)
NO_LETTERS = "글로 적어 주시면 더 잘 알아들을 수 있어요. 오늘 기분을 한 문장으로 들려주세요."
MOODS = {
    "분노혐오": (
        "많이 화나고 답답한 하루였나 봐요.",
        "속이 부글부글하는 일이 있었나 봐요.",
        "그건 정말 화가 날 만하네요.",
    ),
    "놀람공포": (
        "마음이 조마조마한 하루였나 봐요.",
        "많이 놀라거나 불안하셨던 것 같아요.",
        "가슴이 철렁하셨겠어요.",
    ),
    "슬픔": (
        "조금 속상하고 슬픈 하루였나 봐요.",
        "마음이 무거운 하루를 보내신 것 같아요.",
        "많이 속상하셨겠어요.",
    ),
    "행복": (
        "기분 좋은 일이 있었나 봐요!",
        "마음이 환해지는 하루였나 봐요!",
        "듣는 저까지 기분이 좋아지네요!",
    ),
}
MIXED_MOOD = "{first} 쪽인지 {second} 쪽인지 아직 잘 모르겠어요."
ASK_WHICH = "가까운 것을 골라 주시거나 좋아하는 노래를 하나 알려주세요."
NOT_SURE = (
    "어떤 마음인지 제가 아직 잘 모르겠어요. 가까운 것을 골라 주시거나 조금 더 들려주세요.",
    "조금 더 알고 싶어요. 지금 마음에 가까운 것을 골라 주셔도 좋아요.",
)
PICK_MOOD = "제가 잘못 짚었네요, 미안해요. 지금 마음에 가까운 것을 골라 주세요."
MOOD_FIRST = "지금 마음에 가까운 것을 골라 주시면 바로 골라 드릴게요. 오늘 있었던 일을 들려주셔도 좋아요."
PICKED = {
    "분노혐오": "화나고 답답한 마음이셨군요.",
    "놀람공포": "놀라고 불안한 마음이셨군요.",
    "슬픔": "슬프고 속상한 마음이셨군요.",
    "행복": "행복한 마음이셨군요!",
}
PICKED_AGAIN = "{picked} 그 마음에 맞춰 다시 골랐어요."
MOOD_NAMES = FEELINGS
SOFT_HELP = "너무 버거울 때는 109(24시간)에서도 이야기를 들어줘요."
ASK_SONG = "좋아하는 노래를 하나 알려주세요. 예: /song 밤편지 (떠오르는 노래가 없으면 ‘아무거나’)"
ASKED_ALREADY = "더 들려주셔도 좋고, 노래가 떠오르면 제목을 알려주세요."
ASK_MORE = "‘다른 곡’이라고 하시면 이 마음에 맞춰 다시 골라 드릴게요."
HEARD = "지금은 {mood} 마음에 가까워 보여요."

# --- small talk -----------------------------------------------------------------
CHAT = {
    "hello": ("안녕하세요! 오늘은 어떤 하루였나요?", "반가워요! 오늘 하루는 어땠어요?"),
    "laugh": ("웃음이 나는 일이 있었나요? 어떤 기분인지 한마디만 더 들려주세요.",),
    "thanks": ("저도 고마워요. 노래가 작은 힘이 되었으면 좋겠어요.", "천만에요. 듣고 싶을 때 언제든 말을 걸어 주세요."),
    "bye": ("오늘 하루도 수고 많으셨어요. 또 이야기하고 싶을 때 언제든 오세요.", "편안한 시간 보내세요. 또 만나요!"),
    "who": (
        "저는 마음곡이에요. 사람이 아니라, 오늘 기분에 맞춰 노래를 다섯 곡씩 골라 드리는 프로그램이에요. "
        "오늘 있었던 일을 들려주시거나 /song 제목으로 시작해 보세요.",
    ),
    "kinds": (
        "장르나 시대, 가수의 종류로는 아직 고르지 못해요. 좋아하는 노래나 가수 이름을 알려주시면 닮은 곡을 찾고, "
        "‘더 신나게’, ‘더 잔잔하게’, ‘아무거나’도 알아들어요.",
    ),
    "words": ("가사는 저에게 없어요. 노래마다 있는 링크를 열면 보실 수 있어요.",),
    "sorry": ("제가 잘 알아듣지 못했나 봐요, 미안해요. 다르게 적어 주시거나 ‘도움말’이라고 해 주세요.",),
    "soso": ("그런 날도 있지요. 굳이 고르자면 어떤 마음에 가까운가요? ‘아무거나’라고 하셔도 골라 드릴게요.",),
    "ironic": ("반가운 이야기만은 아닌 것 같아요. 지금 마음은 어느 쪽에 가까운가요?",),
    "yes": ("네!",),
    "no": ("네, 알겠어요.",),
    "exclaims": ("마음에 드는 곡이 있으면 좋겠어요.",),
}
AFTER_SONGS = "‘다른 곡’이라고 하시면 더 골라 드릴게요. 기분이 달라졌다면 편하게 들려주세요."

# --- songs ----------------------------------------------------------------------
ASK_TITLE = "어떤 노래를 좋아하세요? 제목을 적어 주세요. 예: /song 밤편지 또는 /song 밤편지 아이유"
NO_SUCH_TITLE = "노래 제목이라면 제가 아직 모르는 곡이에요. 다른 노래를 알려주시거나 ‘아무거나’라고 해 주세요."
URL_FOR_TITLE = "링크는 열어 볼 수 없어요. 노래 제목을 적어 주세요. 예: /song 밤편지"
NAMED = "「{title}」({artist})"
SONGS_LIKE = "{songs} 같은 노래 중에서 지금의 {mood} 기분에 맞춰 골랐어요."
SONGS_LIKE_ONLY = "{songs} 같은 노래를 골랐어요. 오늘 기분도 들려주시면 더 잘 맞출 수 있어요."
SONGS_OF_NO_MOOD = "많이들 아는 노래를 골랐어요. 오늘 기분도 들려주시면 더 잘 맞출 수 있어요."
SONGS_BY_MOOD = "지금의 {mood} 기분에 가까운 노래를 골랐어요."
# How songs were chosen where it is not by the mood as it stands: by mode, then by emotion wished for.
BY_MODE = {
    "lift": "기분이 조금 밝아지도록 골랐어요.",
    "path": "지금 마음에서 시작해 조금씩 밝아지는 순서로 골랐어요.",
}
BY_FEEL = {
    "분노혐오": "속이 시원해질 만한 센 노래로 골랐어요.",
    "놀람공포": "긴장감 있는 노래로 골랐어요.",
    "슬픔": "슬픈 노래로 골랐어요.",
    "행복": "신나고 밝은 노래로 골랐어요.",
}
FROM_SONGS = "{songs}에서 이어서, {how}"
MORE_LIKE = ("이번에는 이런 노래는 어때요?", "아직 안 보여드린 다섯 곡이에요.", "이 노래들은 마음에 드셨으면 좋겠어요.")
WISHED = {
    "match": "네, 지금 마음 그대로 어울리는 노래로 골랐어요.",
    "lift": "기분을 바꿔 볼게요.",
    "path": "서두르지 않을게요.",
    "comfort": "지금 마음에 맞는 잔잔한 노래로 골라 봤어요.",
    "escape": "훌훌 털어 버릴 수 있게 밝고 신나는 쪽으로 골라 봤어요.",
    "livelier": "조금 더 신나는 쪽으로 골랐어요.",
    "liveliest": "제가 아는 가장 신나는 쪽으로 골랐어요.",
    "calmer": "조금 더 잔잔한 쪽으로 골랐어요.",
    "calmest": "제가 아는 가장 잔잔한 쪽으로 골랐어요.",
}
WISH_KEPT = "네, 기억해 둘게요."
OTHER_ARTISTS = "이번에는 모두 다른 가수의 노래예요."
CORRECTED = "「{query}」 대신 이 제목으로 찾았어요."
TAKEN_FOR = "여러 곡 중에서 {song} 골랐어요."
NOT_FOUND = "찾지 못한 제목은 빼고 골랐어요."
THREE_AT_MOST = "한 번에 세 곡까지 볼 수 있어서 앞의 세 곡으로 골랐어요."
WHICH = "같은 제목이 여러 곡 있어요. 몇 번인가요? 번호나 가수 이름으로 답해 주세요."
WHICH_OF_ARTIST = "{artist} 노래는 이런 곡들이 있어요. 어느 노래와 닮은 곡을 찾아볼까요?"
PERHAPS_ONE = "혹시 「{title}」({artist})인가요? 예 / 아니요로 답해 주세요."
PERHAPS = "혹시 이 중에 있나요? 번호로 답해 주세요."
OPTION = "{number}. {title} – {artist}"
NOT_HERE = "여기 없어요"
NO_SUCH_OPTION = "{count}번까지 있어요. 번호나 가수 이름으로 답하시거나 ‘여기 없어요’라고 해 주세요."
TRY_ANOTHER_TITLE = "그럼 제목을 다시 알려주세요. 가수 이름을 함께 적으면 더 잘 찾아요. 예: /song 밤편지 아이유"
UNKNOWN_SONG = "그 노래는 제가 아직 몰라요."
NEAREST = "비슷한 제목: {titles}"
INSTEAD_BY_MOOD = "대신 지금의 {mood} 기분에 가까운 노래를 골랐어요."
PLAY_HERE = "제가 직접 틀어 드리지는 못해요. 위 목록의 제목이나 링크를 누르시면 들을 수 있어요."
ONLY_ARTIST_KNOWN = "그 노래는 제가 아직 몰라요. {artist} 노래라면 이런 곡들이 있어요. 어느 곡으로 할까요?"
SONG_FIRST = "아직 고른 노래가 없어요. /song 제목 또는 ‘아무거나’라고 해 주세요."
NO_MORE_SONGS = "이 대화에서 보여드릴 수 있는 곡은 다 보여드렸어요. ‘처음으로’라고 하시면 새로 골라 드릴게요."
NO_OTHER_ARTISTS = "다른 가수의 노래는 더 찾지 못했어요. ‘다른 곡’이라고 해 보세요."
LIKED = "{number}번 {song} 좋아하신다고 기억할게요."
DISLIKED = "{number}번 {song} 다시 보여드리지 않을게요."
LIKED_ALL = "{count}곡 모두 좋아하신다고 기억할게요."
DISLIKED_ALL = "{count}곡은 다시 보여드리지 않을게요."
UNDONE = "방금 하신 평가를 취소했어요."
NOTHING_TO_UNDO = "취소할 평가가 없어요. 예: 2번 별로"
NO_SUCH_NUMBER = "방금 보여드린 곡은 1번부터 {count}번까지예요. 예: 2번 좋아"
WHY_ONE = "{number}번 {song} 고른 까닭이에요.\n{reasons}"
WHY_ALL = "이래서 골랐어요.\n{reasons}"
WHY_LINE = "{number}. {title} – {reason}"
WHY_MOOD = "기분은 ‘{mood}’ 쪽으로 짐작했어요. 다르다면 ‘기분이 틀렸어’라고 해 주세요."
MELON_SET = "앞으로 멜론을 먼저 보여드릴게요."
YOUTUBE_SET = "앞으로 유튜브 뮤직을 먼저 보여드릴게요."

MORE, ANY_SONG, YES, NO = "다른 곡", "아무거나", "예", "아니요"
OTHER_ARTIST, LIVELIER, CALMER = "다른 가수", "더 신나게", "더 잔잔하게"
COMFORT, ESCAPE = "위로받고 싶어", "신나게 잊고 싶어"
MODE_WORDS = {"match": "그대로", "lift": "기분 전환", "path": "천천히"}
WRONG_MOOD = "기분이 틀렸어"
MOOD_WORDS = {
    "분노혐오": "화나고 답답해요",
    "놀람공포": "놀라고 불안해요",
    "슬픔": "슬프고 속상해요",
    "행복": "행복해요",
}
CONSENT_ON, CONSENT_OFF = "기록 켜기", "기록 끄기"
LIKE_NUMBER, DISLIKE_NUMBER, SAME_NUMBER = "{number}번 좋아", "{number}번 별로", "{number}번 같은 노래"

# --- what is kept ----------------------------------------------------------------
CONSENT_ASK = (
    "오늘의 기분과 좋아요를 다음에도 기억해 둘까요? ‘기록 켜기’라고 하시면 90일 동안 보관하고, 언제든 지울 수 있어요."
)
CONSENT_YES = (
    "고마워요, 이제부터 기분과 좋아요를 기억해 둘게요. ‘기분 기록’으로 볼 수 있고 ‘기록 끄기’로 멈출 수 있어요."
)
CONSENT_NO = "알겠어요, 이 대화가 지나면 남기지 않을게요. 마음이 바뀌면 ‘기록 켜기’라고 해 주세요."
CONSENT_WITHDRAWN = "기록을 껐어요. 모아 둔 기분과 좋아요도 지웠어요. 마음이 바뀌면 ‘기록 켜기’라고 해 주세요."
CONSENT_ALREADY = {True: "기록은 이미 켜져 있어요.", False: "기록은 이미 꺼져 있어요."}
DIARY_EMPTY = "아직 기분 기록이 없어요. 오늘 하루를 들려주시면 여기에 모여요."
DIARY = "최근 {count}일의 기분이에요.\n{days}"
DIARY_DAY = "{month}월 {day}일 – {mood} 마음 ({count}번)"
DIARY_NOT_KEPT = "이 기록은 이 대화에서만 보여요. 계속 모으려면 ‘기록 켜기’라고 해 주세요."
PICTURE_TITLE = "최근 30일의 마음"
PICTURE_DAYS = "{first} – {last} · 기록한 날 {count}일"
PICTURE_DATE = "{month}월 {day}일"
PICTURE_MOST = "가장 잦았던 마음은 ‘{mood}’ ({count}일)"
PICTURE_EMPTY = "아직 기록한 날이 없어요"
PICTURE_MOODS = {"분노혐오": "분노·답답", "놀람공포": "놀람·불안", "슬픔": "슬픔·속상", "행복": "행복"}
EXPORTED = "보관하고 있는 것을 간추렸어요.\n{kept}"
EXPORT_MOODS = "· 기분 {count}개: {days}"
EXPORT_NO_MOODS = "· 기분: 없음"
EXPORT_SONGS = {"liked": "· 좋아요 {count}곡: {songs}", "disliked": "· 별로 {count}곡: {songs}"}
EXPORT_SHOWN = "· 이 대화에서 보여드린 곡 {count}곡"
EXPORT_CONSENT = {
    True: "· 기록: 켜짐 (90일 보관)",
    False: "· 기록: 꺼짐",
    None: "· 기록: 동의 전 (이 대화 동안만 기억)",
}
EXPORT_MORE = "{songs} 외 {count}곡"
EXPORT_FILE = "maeumgok-mydata.json"
EXPORT_CARD, EXPORT_CARD_NOTE, EXPORT_BUTTON = "보관하고 있는 것 전체", "10분 동안 받을 수 있어요.", "파일로 받기"
EXPORT_NO_FILE = "(전체를 담은 파일은 여기에서는 보내 드릴 수 없어요.)"
FORGET_ASK = "기분 기록과 곡 평가, 대화 상태를 모두 지울까요? 되돌릴 수 없어요. (예 / 아니요)"
FORGOTTEN = "모두 지웠어요. 다시 이야기하고 싶을 때 언제든 말을 걸어 주세요."
NOT_ERASED = "지우지 않았어요."
FORGET_CANCELLED = f"{NOT_ERASED} 하던 이야기를 이어서 해 주세요."
UNKNOWN_COMMAND = (
    "{command} – 모르는 명령이에요. 쓸 수 있는 명령은 /song /mood /mydata /help /privacy /forget /start 예요."
)
FAILED = "문제가 생겼어요. 잠시 뒤에 다시 말씀해 주세요."
PRIVATE_ONLY = "마음곡은 일대일 대화에서만 이야기할 수 있어요."

YOUTUBE, MELON = "유튜브 뮤직 검색", "멜론"

# --- KakaoTalk: what stands on its cards and buttons ----------------------------
SONG_LIST = "오늘의 노래 {count}곡 · 누르면 {service}"
SHARE = "공유하기"
SONG_WORD, DIARY_WORD, HELP_WORD = "노래 추천", "기분 기록", "도움말"
LIKE_WORD, DISLIKE_WORD = "좋아요", "별로예요"
PENDING = "답을 준비하고 있어요. 잠시 뒤 아래 ‘결과 보기’를 눌러 주세요."
COLLECT = "결과 보기"
NO_USER = "사용자 정보를 확인할 수 없어요."
NOTHING_PENDING = "아직 준비된 답이 없어요. 잠시 뒤에 다시 눌러 보시거나 한 번 더 말씀해 주세요."
CALLBACK_WAIT = "답을 준비하고 있어요. 금방 보내 드릴게요. 오지 않으면 ‘결과 보기’라고 해 주세요."
PICTURE = "기분 기록 그림"

# --- servers: what they say when there are too many messages -------------------
BUSY = "지금 이야기 나누는 분이 많아서 바로 답하지 못했어요. 잠시 뒤에 다시 말씀해 주세요."
TOO_FAST = "말씀이 너무 빨라서 다 듣지 못했어요. 잠깐 쉬었다가 다시 말씀해 주세요."

# --- Telegram ---------------------------------------------------------------------
ONLY_TEXT = "사진이나 스티커, 음성은 아직 알아듣지 못해요. 오늘 기분을 글로 적어 주시면 들을게요."
OLD_BUTTON = "지난 이야기의 버튼이에요. 가장 최근 메시지의 버튼을 누르거나 글로 적어 주세요."
COMMANDS = {  # of the menu, in Korean and for everybody else
    "song": ("좋아하는 노래와 닮은 다섯 곡", "Five songs like a favourite one"),
    "mood": ("기분 기록", "Your mood diary"),
    "mydata": ("내 데이터", "Everything kept of you"),
    "help": ("도움말", "Help"),
    "privacy": ("개인정보", "What is kept of you"),
    "forget": ("데이터 삭제", "Delete everything kept of you"),
    "start": ("처음으로", "Start anew"),
}

# --- care ---------------------------------------------------------------------
# Numbers checked 2026-11-22: 109 (보건복지부, 24 hours since 2024-01-01), 1577-0199 (정신건강위기상담전화,
# 24 hours), 1388 (청소년상담전화), 마들랜 (SNS 상담, since 2024-09-10).
_NUMBERS = (
    "· 자살예방 상담전화 109 (24시간, 문자도 가능)\n"
    "· 카카오톡 채널 ‘마들랜’ (24시간)\n"
    "· 정신건강위기상담 1577-0199 (24시간) · 청소년 1388"
)
CARE_EXPLICIT = (
    "지금 정말 많이 힘드신 것 같아요. 이야기해 줘서 고마워요. 저는 음악을 추천하는 봇이라 큰 도움이 되지 못하지만, "
    "지금 바로 이야기를 들어줄 분들이 있어요.\n" + _NUMBERS + "\n"
    "지금 위험하다면 119나 112에 바로 전화해 주세요. 혹시 곁에 연락할 수 있는 사람이 있나요?"
)
CARE_IMPLIED = (
    "많이 지치고 힘드신 것 같아 마음이 쓰여요. 혹시 죽고 싶다는 생각이 들 만큼 힘드신가요? 혼자 견디지 않으셔도 돼요.\n"
    + _NUMBERS
    + "\n지금 안전하지 않다고 느끼시면 119나 112에 전화해 주세요. 노래 추천은 언제든 이어서 할 수 있어요."
)
CARE_FOR_ANOTHER = (
    "그분이 걱정되어 이야기해 주셨군요. 판단하지 않고 들어 주시고, 죽고 싶은지 직접 물어봐도 괜찮아요. "
    "혼자 감당하지 마시고 함께 도움을 청해 주세요.\n" + _NUMBERS + "\n"
    "그분이 지금 위험하다면 곁에 있어 주시고 119나 112에 바로 전화해 주세요."
)
CALL_NUMBER = "109"
CALL_TITLE, CALL_HOURS = "자살예방 상담전화 109", "24시간 언제든 전화와 문자로 이야기할 수 있어요."
CALL_BUTTON = "109에 전화하기"
# Violence by somebody near: 112 (경찰청), 1366 (여성긴급전화, 24 hours), 117 (학교폭력 신고, 경찰청), 1388 as above.
HURT = (
    "이야기해 줘서 고마워요. 누가 어떤 이유를 대더라도 맞거나 괴롭힘을 당하는 건 당신 잘못이 아니에요. "
    "안전이 먼저예요.\n"
    "· 지금 위험하다면 112\n"
    "· 여성긴급전화 1366 (24시간) · 학교폭력 117 · 청소년 1388\n"
    "더 이야기하고 싶으시면 들려주세요. 노래는 원하실 때 언제든 골라 드릴게요."
)
# After a care answer, whatever is said that neither is a command nor plainly asks for a song.
CARE_AFTER = (
    "이야기해 줘서 고마워요. 이 마음을 혼자 안고 있지 않으셨으면 해요. 가까운 분께 연락해도 좋고, "
    "이야기를 들어줄 분들도 언제든 있어요.\n" + _NUMBERS + "\n"
    "지금 위험하다면 119나 112에 바로 전화해 주세요. 노래 추천은 원하실 때 언제든 이어서 할 수 있어요."
)


def options(songs: Sequence) -> str:
    """Numbered lines «1. 제목 – 가수» of songs."""
    return "\n".join(
        OPTION.format(number=number, title=song.title, artist=song.artist) for number, song in enumerate(songs, 1)
    )


_LAST_BRACKET = re.compile(r"(?<=\S)\s*(?:\([^()]*\)|\[[^\[\]]*\])\W*$")


def with_particle(words: str, particles: str) -> str:
    """Words and the particle that fits them: «「밤」» and «을/를» → «「밤」을».

    Brackets at the end are not read. Behind a letter whose sound is not known both forms stand: «IU을(를)».
    """
    read = words
    while (shorter := _LAST_BRACKET.sub("", read)) != read and re.search(r"[^\W_]", shorter):
        read = shorter
    last = re.findall(r"[^\W_]", read)[-1:]
    if last and ("가" <= last[0] <= "힣" or last[0].isdecimal()):
        return words + josa_pick(read, particles)
    with_final, without = particles.split("/")
    return f"{words}{with_final}({without})"
