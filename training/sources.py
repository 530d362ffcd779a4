"""Where the corpora come from and on which terms; the model card names both for each file of a run."""

_AI_HUB = "AI Hub terms: for research and development of registered applicants; rows are never passed on"
_SINGLE = ("AI Hub / KETI 「한국어 감정 정보가 포함된 단발성 대화 데이터셋」", _AI_HUB)
_CONTINUOUS = ("AI Hub / KETI 「한국어 감정 정보가 포함된 연속적 대화 데이터셋」", _AI_HUB)
_VOICE = ("AI Hub 「감정 분류를 위한 대화 음성 데이터셋」", _AI_HUB)
_DIALOGUE = ("AI Hub 「감성 대화 말뭉치」", _AI_HUB)
_NSMC = ("Naver film reviews, e9t/nsmc", "CC0")
_SONGYS = ("songys/Chatbot_data", "MIT")
_HATE = ("kocohub/korean-hate-speech", "CC BY-SA 4.0")

SOURCES = {
    "한국어_단발성_대화_데이터셋": _SINGLE,
    "한국어_연속적_대화_데이터셋": _CONTINUOUS,
    "4차년도": _VOICE,
    "5차년도": _VOICE,
    "5차년도_2차": _VOICE,
    "seed4": ("AI Hub / KETI 단발성, 연속적 and 음성 5차년도_2차, joined as the original did", _AI_HUB),
    "keti_single": _SINGLE,
    "keti_continuous": _CONTINUOUS,
    "keti_continuous_dialogues": _CONTINUOUS,
    "voice_situation": _VOICE,
    "voice_majority": _VOICE,
    "emo_dialog_train_elder_gold": _DIALOGUE,
    "emo_dialog_train_sent1": _DIALOGUE,
    "kote_val": ("KOTE, searle-j/KOTE", "MIT"),
    "goemotions_ko": ("monologg/GoEmotions-Korean, machine translated", "Apache-2.0"),
    "nsmc3": _NSMC,
    "nsmc_reviews": _NSMC,
    "songys_chatbot": _SONGYS,
    "songys_chatbot_q": _SONGYS,
    "hgtods_music_dialogues": ("NLPlab-skku/HG-TODS, music dialogues", "MIT"),
    "3i4k": ("warnikchow/3i4k", "CC BY-SA 4.0"),
    "klue_nli_sts_dev": ("KLUE-benchmark/KLUE, NLI and STS dev", "CC BY-SA 4.0"),
    "messages": ("written for this project by a language model in the roles of people of every age", "Apache-2.0"),
    "korean_hate_speech_labeled": _HATE,
    "korean_hate_speech_unlabeled5": _HATE,
    "kornlu": ("kakaobrain/kor-nlu-datasets", "CC BY-SA 4.0"),
    "stylekqc_sae4k": ("cynthia/stylekqc and warnikchow/sae4k", "CC BY-SA 4.0"),
}


def described(file: str) -> dict[str, str]:
    """{"file", "origin", "terms"} of a file by its name without ending; of an unknown one the file alone."""
    origin, terms = SOURCES.get(file.rpartition(".")[0], (None, None))
    return {"file": file, "origin": origin, "terms": terms} if origin else {"file": file}
