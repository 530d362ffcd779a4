"""How the label names of other corpora map onto the four emotions and 중립.

Names of AI Hub's text corpora stand in `model.labels`, since people meet them in test files too. A text of KOTE
or GoEmotions carries several names: its target is the share of each emotion among them. A name that fits no
emotion better than another (깨달음, curiosity, …) counts for none of them.
"""

from collections.abc import Sequence

import numpy as np

from model.labels import LABELS, label_index

SEPARATOR = "|"
SENTIMENTS = ("neutral", "positive", "negative")  # in the order of the original's KoBERT_keras_2 notebook

# KOTE: Jeon et al. 2022, «User Guide for KOTE: Korean Online That-gul Emotions Dataset», 43 emotions and 없음.
_KOTE = {
    "분노혐오": (
        "불평/불만 지긋지긋 화남/분노 우쭐댐/무시함 의심/불신 한심함 역겨움/징그러움 짜증 어이없음 귀찮음 증오/혐오"
    ),
    "놀람공포": "공포/무서움 당황/난처 경악 놀람 불안/걱정",
    "슬픔": "슬픔 안타까움/실망 절망 패배/자기혐오 힘듦/지침 죄책감 서러움 불쌍함/연민",
    "행복": (
        "환영/호의 감동/감탄 고마움 존경 기대감 뿌듯함 편안/쾌적 아껴주는 즐거움/신남 흐뭇함(귀여움/예쁨) "
        "행복 기쁨 안심/신뢰"
    ),
    "중립": "없음",
    None: "비장함 부끄러움 신기함/관심 깨달음 재미없음 부담/안_내킴",
}
# GoEmotions: Demszky et al. 2020, 27 emotions and neutral.
_GOEMOTIONS = {
    "분노혐오": "anger annoyance disapproval disgust",
    "놀람공포": "embarrassment fear nervousness surprise",
    "슬픔": "disappointment grief remorse sadness",
    "행복": "admiration amusement caring excitement gratitude joy love optimism pride relief",
    "중립": "neutral",
    None: "approval confusion curiosity desire realization",
}
# AI Hub 「감정 분류를 위한 대화 음성 데이터셋」.
_VOICE = {
    "분노혐오": "angry disgust",
    "놀람공포": "fear surprise",
    "슬픔": "sadness sad",
    "행복": "happiness",
    "중립": "neutral",
}
_OF_NAME = {
    name: emotion
    for mapping in (_KOTE, _GOEMOTIONS, _VOICE)
    for emotion, names in mapping.items()
    for name in names.split()
}


def scheme(labels: Sequence[str]) -> tuple[str, ...]:
    """The label set that the labels of a recipe are drawn from."""
    return SENTIMENTS if set(labels) <= set(SENTIMENTS) else LABELS


def allowed(labels: Sequence[str]) -> str:
    """What a file may name its labels, in words."""
    return ", ".join(labels) + ("" if labels == SENTIMENTS else f", 0 to {len(labels) - 1} and other corpora's names")


def target(label: str, labels: Sequence[str] = LABELS) -> np.ndarray | None:
    """float32 [len(labels)] that sums to 1: the share of each among the names in `label`; None if none counts.

    `labels` is `LABELS` or `SENTIMENTS`. Raises KeyError with the name for one that no mapping knows.
    """
    shares = np.zeros(len(labels), np.float32)
    for name in label.split(SEPARATOR):
        index = _index(name.strip(), labels)
        if index is not None:
            shares[index] += 1
    total = shares.sum()
    return shares / total if total else None


def _index(name: str, labels: Sequence[str]) -> int | None:
    if labels == SENTIMENTS:
        return {own: at for at, own in enumerate(SENTIMENTS)}[name]
    try:
        return label_index(name)
    except KeyError:
        emotion = _OF_NAME[name]
        return None if emotion is None else LABELS.index(emotion)
