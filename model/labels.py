"""The four emotions, their order and names, and how corpora's labels map onto them."""

EMOTIONS = ("분노혐오", "놀람공포", "슬픔", "행복")
NEUTRAL = "중립"
LABELS = (*EMOTIONS, NEUTRAL)

# AI Hub's seven emotions and the coarse ones of its 감성 대화 corpus.
_LABEL_OF = {name: name for name in LABELS} | {
    "분노": "분노혐오",
    "혐오": "분노혐오",
    "놀람": "놀람공포",
    "공포": "놀람공포",
    "불안": "놀람공포",
    "당황": "놀람공포",
    "슬픔": "슬픔",
    "상처": "슬픔",
    "행복": "행복",
    "기쁨": "행복",
}


def label_index(name: str) -> int:
    """Index in `LABELS` (0..4) of a corpus's label: one of the names above, or a digit "0" to "4".

    Raises KeyError for any other label.
    """
    name = name.strip()
    if name in {str(index) for index in range(len(LABELS))}:
        return int(name)
    return LABELS.index(_LABEL_OF[name])
