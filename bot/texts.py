"""Every Korean sentence that a person can see, with named fields.

Tone: 해요체, three sentences at most before a list, at most one emoji. No sentence puts a particle behind a
name, since its form would depend on the name. The phrases that tell why a song was chosen stand in
`recommender/reasons.py`.
"""

from collections.abc import Sequence

from recommender.reasons import FEELINGS

START = (
    "안녕하세요, 마음곡이에요. 오늘 하루를 들려주시면 기분을 헤아려서 노래 다섯 곡을 골라 드려요.\n"
    "대화 내용은 저장하지 않고 기분과 곡 번호만 기억해요(/privacy). 오늘은 어떤 하루였나요?"
)
NOTICE = "(대화 내용은 저장하지 않고 기분과 곡 번호만 기억해요. 자세한 것은 /privacy)"
HELP = (
    "이렇게 말해 주세요.\n"
    "· 오늘 있었던 일이나 기분을 편하게 적어 주세요.\n"
    "· /song 제목 – 좋아하는 노래와 닮고 기분에 맞는 다섯 곡 (예: /song 밤편지)\n"
    "· 아무거나 – 좋아하는 노래 없이 기분만으로 고르기\n"
    "· 다른 곡 – 새로 다섯 곡 · 2번 좋아 / 2번 별로 – 곡 평가\n"
    "· /mood 기분 기록 · /privacy 개인정보 · /forget 데이터 삭제 · /start 처음으로"
)
PRIVACY = (
    "마음곡은 보내신 글을 저장하지 않아요. 기억하는 것은 기분 수치와 시각, 고른 곡과 좋아요·별로예요뿐이고, "
    "누구의 것인지는 되돌릴 수 없게 바꾼 값으로만 보관해요.\n"
    "기분 기록은 90일이 지나면, 대화 상태와 곡 평가는 90일 동안 말씀이 없으면 지워지고, "
    "/forget 이라고 하시면 지금 바로 모두 지워요. "
    "기분은 사람이 아니라 프로그램이 짐작하는 것이라 틀릴 수 있어요."
)

ASK_DAY = (
    "오늘 하루는 어땠어요? 있었던 일이나 기분을 한 문장이라도 들려주세요.",
    "오늘은 무슨 일이 있었나요? 편하게 적어 주시면 기분에 맞는 노래를 찾아볼게요.",
)
NO_LETTERS = "글로 적어 주시면 더 잘 알아들을 수 있어요. 오늘 기분을 한 문장으로 들려주세요."
MOODS = {
    "분노혐오": ("많이 화나고 답답한 하루였나 봐요.", "속이 부글부글하는 일이 있었나 봐요."),
    "놀람공포": ("마음이 조마조마한 하루였나 봐요.", "많이 놀라거나 불안하셨던 것 같아요."),
    "슬픔": ("조금 속상하고 슬픈 하루였나 봐요.", "마음이 무거운 하루를 보내신 것 같아요."),
    "행복": ("기분 좋은 일이 있었나 봐요!", "마음이 환해지는 하루였나 봐요!"),
}
MIXED_MOOD = "{first} 쪽인지 {second} 쪽인지 아직 잘 모르겠어요. 여러 마음이 섞여 있나 봐요."
MOOD_NAMES = FEELINGS
ASK_SONG = "좋아하는 노래를 하나 알려주세요. 예: /song 밤편지 (떠오르는 노래가 없으면 ‘아무거나’)"
ASKED_ALREADY = "더 들려주셔도 좋고, 노래가 떠오르면 /song 제목으로 알려주세요."
ASK_MORE = (
    "‘다른 곡’이라고 하시면 이 기분에 맞춰 다시 골라 드릴게요. 다른 노래에서 시작하려면 /song 제목으로 알려주세요."
)
HEARD = "네, 듣고 있어요. 지금은 {mood} 마음에 가까워 보여요."
NO_SUCH_TITLE = "노래 제목이라면 제가 아직 모르는 곡이에요. 다른 노래를 알려주시거나 ‘아무거나’라고 해 주세요."
AFTER_SONGS = "네! ‘다른 곡’이라고 하시면 더 골라 드릴게요. 기분이 달라졌다면 편하게 들려주세요."
ASK_TITLE = "어떤 노래를 좋아하세요? 제목을 적어 주세요. 예: /song 밤편지 또는 /song 밤편지 아이유"
URL_FOR_TITLE = "링크는 열어 볼 수 없어요. 노래 제목을 적어 주세요. 예: /song 밤편지"

SONGS_LIKE = "「{title}」({artist}) 같은 노래 중에서 지금의 {mood} 기분에 맞춰 골랐어요."
SONGS_LIKE_ONLY = "「{title}」({artist}) 같은 노래를 골랐어요. 오늘 기분도 들려주시면 더 잘 맞출 수 있어요."
SONGS_BY_MOOD = "지금의 {mood} 기분에 가까운 노래를 골랐어요."
CORRECTED = "「{query}」 대신 이 제목으로 찾았어요."
WHICH = "같은 제목이 여러 곡 있어요. 몇 번인가요? 번호나 가수 이름으로 답해 주세요."
PERHAPS_ONE = "혹시 「{title}」({artist})인가요? 예 / 아니요로 답해 주세요."
PERHAPS = "혹시 이 중에 있나요? 번호로 답해 주세요."
OPTION = "{number}. {title} – {artist}"
NOT_HERE = "여기 없어요"
NO_SUCH_OPTION = "{count}번까지 있어요. 번호나 가수 이름으로 답하시거나 ‘여기 없어요’라고 해 주세요."
TRY_ANOTHER_TITLE = "그럼 제목을 다시 알려주세요. 가수 이름을 함께 적으면 더 잘 찾아요. 예: /song 밤편지 아이유"
UNKNOWN_SONG = "그 노래는 제가 아직 몰라요."
NEAREST = "비슷한 제목: {titles}"
INSTEAD_BY_MOOD = "대신 지금의 {mood} 기분에 가까운 노래를 골랐어요."
MOOD_FIRST = "기분을 먼저 들려주시면 그 기분에 맞는 노래를 골라 드릴게요. 오늘은 어떤 하루였나요?"
SONG_FIRST = "아직 고른 노래가 없어요. /song 제목 또는 ‘아무거나’라고 해 주세요."
NO_MORE_SONGS = "이 대화에서 보여드릴 수 있는 곡은 다 보여드렸어요. ‘처음으로’라고 하시면 새로 골라 드릴게요."
LIKED = "{number}번 「{title}」, 좋아하신다고 기억할게요."
DISLIKED = "{number}번 「{title}」, 다시 보여드리지 않을게요."
LIKED_ALL = "보여드린 {count}곡 모두 좋아하신다고 기억할게요."
DISLIKED_ALL = "보여드린 {count}곡은 다시 보여드리지 않을게요."
NO_SUCH_NUMBER = "방금 보여드린 곡은 1번부터 {count}번까지예요. 예: 2번 좋아"

MORE, ANY_SONG, YES, NO = "다른 곡", "아무거나", "예", "아니요"

DIARY_EMPTY = "아직 기분 기록이 없어요. 오늘 하루를 들려주시면 여기에 모여요."
DIARY = "최근 30일의 기분이에요.\n{days}"
DIARY_DAY = "{month}월 {day}일 – {mood} 마음 ({count}번)"
FORGET_ASK = "기분 기록과 곡 평가, 대화 상태를 모두 지울까요? 되돌릴 수 없어요. (예 / 아니요)"
FORGOTTEN = "모두 지웠어요. 다시 이야기하고 싶을 때 언제든 말을 걸어 주세요."
FORGET_CANCELLED = "지우지 않았어요. 하던 이야기를 이어서 해 주세요."
UNKNOWN_COMMAND = "{command} – 모르는 명령이에요. 쓸 수 있는 명령은 /song /mood /help /privacy /forget /start 예요."
FAILED = "문제가 생겼어요. 잠시 뒤에 다시 말씀해 주세요."
PRIVATE_ONLY = "마음곡은 일대일 대화에서만 이야기할 수 있어요."

YOUTUBE, MELON = "유튜브 뮤직 검색", "멜론"

# --- KakaoTalk: what stands on its cards and buttons ----------------------------
SONG_LIST = "오늘의 노래 {count}곡 · 누르면 유튜브 뮤직 검색"
SHARE = "공유하기"
SONG_WORD, DIARY_WORD, HELP_WORD = "노래 추천", "기분 기록", "도움말"
LIKE_WORD, DISLIKE_WORD = "좋아요", "별로예요"
PENDING = "답을 준비하고 있어요. 잠시 뒤 아래 ‘결과 보기’를 눌러 주세요."
COLLECT = "결과 보기"
NO_USER = "사용자 정보를 확인할 수 없어요."
NOTHING_PENDING = "아직 준비된 답이 없어요. 잠시 뒤에 다시 눌러 보시거나 한 번 더 말씀해 주세요."
CALLBACK_WAIT = "답을 준비하고 있어요. 금방 보내 드릴게요."
PICTURE = "기분 기록 그림"

# --- servers: what they say when there are too many messages -------------------
BUSY = "지금 이야기 나누는 분이 많아서 바로 답하지 못했어요. 잠시 뒤에 다시 말씀해 주세요."
TOO_FAST = "말씀이 너무 빨라서 다 듣지 못했어요. 잠깐 쉬었다가 다시 말씀해 주세요."

# --- Telegram ---------------------------------------------------------------------
ONLY_TEXT = "사진이나 스티커, 음성은 아직 알아듣지 못해요. 오늘 기분을 글로 적어 주시면 들을게요."
OLD_BUTTON = "지난 이야기의 버튼이에요. 가장 최근 메시지의 버튼을 누르거나 글로 적어 주세요."
LIFT_WORD = "기분 전환"
COMMANDS = {  # of the menu, in Korean and for everybody else
    "song": ("좋아하는 노래와 닮은 다섯 곡", "Five songs like a favourite one"),
    "mood": ("기분 기록", "Your mood diary"),
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
# After a care answer, whatever is said that is no command: soft, and never a list of songs.
CARE_AFTER = (
    "대답해 줘서 고마워요. 이 마음을 혼자 안고 있지 않으셨으면 해요. 가까운 분께 연락해도 좋고, "
    "이야기를 들어줄 분들도 언제든 있어요.\n" + _NUMBERS + "\n"
    "지금 위험하다면 119나 112에 바로 전화해 주세요. 노래 추천은 원하실 때 언제든 이어서 할 수 있어요."
)


def options(songs: Sequence) -> str:
    """Numbered lines «1. 제목 – 가수» of songs."""
    return "\n".join(
        OPTION.format(number=number, title=song.title, artist=song.artist) for number, song in enumerate(songs, 1)
    )
