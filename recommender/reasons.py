"""Why a song: one honest Korean phrase from our own numbers and catalogue facts; never a line of lyrics."""

from collections.abc import Sequence
from itertools import islice

import numpy as np

from model.labels import EMOTIONS
from recommender.catalogue import Catalogue, Song

_TERMS_SHOWN = 2
_VAGUE = frozenset("위 안 속 앞 뒤 곁 곳 때 번 말 날 전 후 중 자신 정도 사이".split())  # say nothing as a reason
_CLOSE_YEARS = 3
FEELINGS = {"분노혐오": "화나고 답답한", "놀람공포": "놀라고 불안한", "슬픔": "슬프고 속상한", "행복": "행복한"}
_TOLD = 0.5  # of a song that tells less of itself no mood is claimed
_MATCHED = 0.9  # cosine of song and mood from which they may be called alike


def shared_terms(catalogue: Catalogue, song: Song, seed: Song) -> list[str]:
    """The nouns that both lyrics hold, those that count most for their likeness first; at most two."""
    columns, weights = catalogue.terms.rows.row(song.index)
    others, other_weights = catalogue.terms.rows.row(seed.index)
    common, mine, theirs = np.intersect1d(columns, others, assume_unique=True, return_indices=True)
    best = common[np.argsort(-weights[mine] * other_weights[theirs], kind="stable")]
    names = (catalogue.term_names[column] for column in best)
    nouns = (name.removesuffix("/N") for name in names if name.endswith("/N"))
    return list(islice((noun for noun in nouns if noun not in _VAGUE), _TERMS_SHOWN))


def reason(
    catalogue: Catalogue, song: Song, seeds: Sequence[Song], emotion: np.ndarray, match: float, mood_known: bool
) -> str:
    """For example «슬프고 속상한 마음에 가까운 노래 · 같은 발라드 장르 · 가사에 함께 나오는 말: 이별, 밤»."""
    parts = []
    if mood_known and song.told < _TOLD:
        parts.append("가사만으로는 마음을 잘 알 수 없는 노래")
    elif mood_known and match >= _MATCHED and np.argmax(emotion) == np.argmax(catalogue.emotion[song.index]):
        parts.append(f"{FEELINGS[EMOTIONS[int(np.argmax(emotion))]]} 마음에 가까운 노래")
    if seeds:
        seed = max(seeds, key=lambda s: len(set(s.genres) & set(song.genres)))
        same = [name for name in song.genres if name in seed.genres]
        if song.artist == seed.artist:
            parts.append("같은 가수")
        if same:
            parts.append(f"같은 {same[0]} 장르")
        if song.year and seed.year and abs(song.year - seed.year) <= _CLOSE_YEARS:
            parts.append(f"비슷한 시기({song.year}년)")
        terms = shared_terms(catalogue, song, seed)
        if terms:
            parts.append(f"가사에 함께 나오는 말: {', '.join(terms)}")
    if not parts and song.genres:
        parts.append(f"{song.genres[0]} 노래")
    return " · ".join(parts) or "고를 수 있는 노래 중 가장 가까운 노래"
