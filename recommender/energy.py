"""How lively a song is taken to be, for «더 잔잔하게» and «더 신나게»: by its genre and emotion, not by its sound.

No sound is known, so this is a plain assumption and is documented as one: half of it says whether the main genre is
one people dance or shout to, half how much of the song's emotion is joy or anger rather than sadness.
"""

from collections.abc import Sequence

import numpy as np

from model.labels import EMOTIONS
from recommender.catalogue import tags

LIVELY = frozenset({"댄스", "록/메탈", "랩/힙합", "일렉트로니카", "아이돌"})
QUIET = frozenset({"발라드", "포크/블루스", "재즈", "국내드라마", "국내영화", "뉴에이지", "클래식"})
_AROUSED = np.array([1.0 if name in ("분노혐오", "행복") else -1.0 if name == "슬픔" else 0.0 for name in EMOTIONS])


def energy(genres: Sequence[str], genre: np.ndarray, emotions: np.ndarray) -> np.ndarray:
    """float32 [songs] from -1, calm, to 1, lively.

    genres: genre fields; genre: int [songs], the place of each song's field in it; emotions: float [songs, 4].
    """
    kinds = np.array([_of_genre(next(iter(tags(field)), "")) for field in genres], np.float32)
    return 0.5 * kinds[genre] + 0.5 * (emotions @ _AROUSED).astype(np.float32)


def _of_genre(name: str) -> float:
    return float(name in LIVELY) - float(name in QUIET)
