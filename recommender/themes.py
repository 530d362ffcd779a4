"""What is known of songs besides how their lines read: learnt from lists of songs that people put under a theme.

A model of how people talk reads song lines badly: «행복» in a lyric is often what is lost. Two logistic regressions
over a song's terms, genre, year and the mean over its lines say whether it is sad rather than happy, and whether
it is angry; they join with the lines into the emotion of the song (`joined`). What they learnt is a small table
of words and numbers (`Themes`), kept in data/themes.json, so that any catalogue can be built with it.

Only `learn` needs scikit-learn.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from model.labels import EMOTIONS
from recommender.index import TermMatrix

SAD, HAPPY, ANGRY = ("슬픔", "그리움", "외로울때"), ("사랑&기쁨", "설렘&심쿵"), ("스트레스&짜증",)
BUNDLED = Path(__file__).parent.parent / "data" / "themes.json"
GENRE, YEAR, LINES = (
    0.5,
    0.3,
    0.3,
)  # how much a feature may say before the regression weighs it, against a unit row of terms
MIDDLE, SPREAD = 2005, 15  # of the years of Korean charts
LEAST = 1e-3
SAD_OR_HAPPY, ANGRY_OR_NOT = range(2)


@dataclass(frozen=True)
class Facts:
    """Songs as the themes see them, row by row: unit rows of terms, their names, genres, year or None, lines [n, 4]."""

    terms: TermMatrix
    names: Sequence[str]
    genres: Sequence[tuple[str, ...]]
    years: Sequence[int | None]
    lines: np.ndarray


@dataclass(frozen=True)
class Themes:
    """Two linear scores of a song, as log odds: sad rather than happy, and angry rather than not.

    Each weight is a pair in this order. terms: by the name of a term; genres: by tag; year: for one `SPREAD` later;
    lines: for the logarithm of each of the four probabilities; start: without any of these.
    """

    terms: Mapping[str, Sequence[float]]
    genres: Mapping[str, Sequence[float]]
    year: Sequence[float]
    lines: Sequence[Sequence[float]]
    start: Sequence[float]

    def scores(self, facts: Facts) -> np.ndarray:
        """float64 [songs, 2]: log odds of sad rather than happy, and of angry."""
        of_terms = np.array([self.terms.get(name, (0.0, 0.0)) for name in facts.names]).reshape(-1, 2)
        rows = np.repeat(np.arange(len(facts.terms)), np.diff(facts.terms.indptr))
        found = np.tile(np.asarray(self.start, float), (len(facts.terms), 1))
        for score in range(2):
            weighted = facts.terms.data * of_terms[facts.terms.indices, score]
            found[:, score] += np.bincount(rows, weighted, minlength=len(facts.terms))
        found += [
            np.sum([self.genres[name] for name in names if name in self.genres], axis=0) if names else (0.0, 0.0)
            for names in facts.genres
        ]
        found += _years(facts.years) @ np.array([self.year])
        return found + np.log(facts.lines + LEAST) @ np.array(self.lines)

    def save(self, path: Path) -> None:
        rounded = json.loads(json.dumps(asdict(self)), parse_float=lambda number: round(float(number), 3))
        path.write_text(json.dumps(rounded, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")

    @classmethod
    def open(cls, path: Path) -> "Themes":
        return cls(**json.loads(path.read_text(encoding="utf-8")))


def _years(years: Sequence[int | None]) -> np.ndarray:
    """float64 [songs, 1]: spreads after the middle; an unknown year stands in it."""
    return np.array([[0.0 if year is None else (year - MIDDLE) / SPREAD] for year in years]).reshape(-1, 1)


# --- the emotion of a song ------------------------------------------------------------------------


def joined(lines: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """float32 [songs, 4] in the order of EMOTIONS: is a song angry; if not, fearful; if not, sad or happy?

    lines: float [songs, 4], the mean over a song's lines, which alone know of fear; scores: `Themes.scores`.
    """
    angry, sad = _odds(scores[:, ANGRY_OR_NOT]), _odds(scores[:, SAD_OR_HAPPY])
    fearful = lines[:, 1] / np.maximum(1 - lines[:, 0], LEAST)
    calm = (1 - angry) * (1 - fearful)
    return np.stack([angry, (1 - angry) * fearful, calm * sad, calm * (1 - sad)], axis=1).astype(np.float32)


def flattened(emotion: np.ndarray, told: np.ndarray) -> np.ndarray:
    """float32 [songs, 4]: nearer to the mean of all songs the less a song's words tell of it (`told`, 0 to 1)."""
    told = told[:, None]
    return (told * emotion + (1 - told) * emotion.mean(axis=0, dtype=np.float64)).astype(np.float32)


def _odds(score: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-score))


# --- learning -------------------------------------------------------------------------------------


def learn(facts: Facts, sad: np.ndarray, happy: np.ndarray, angry: np.ndarray, rows: np.ndarray) -> Themes:
    """Themes from the songs `rows` (int [m]) of a catalogue; sad, happy, angry: bool [songs], on which lists a song is.

    A song that is on lists of both kinds says nothing of sad or happy. The odds of anger are set so that over the
    whole catalogue they are as high as its lines say: on the lists they are not.
    """
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    tags = sorted({name for row in rows for name in facts.genres[row]})
    terms = csr_matrix(
        (facts.terms.data, facts.terms.indices, facts.terms.indptr), (len(facts.terms), facts.terms.width)
    )
    known = np.array([[GENRE * (tag in names) for tag in tags] for names in facts.genres]).reshape(
        len(terms.indptr) - 1, -1
    )
    features = hstack([terms, known, YEAR * _years(facts.years), LINES * np.log(facts.lines + LEAST)]).tocsr()
    scales = [1.0] * facts.terms.width + [GENRE] * len(tags) + [YEAR] + [LINES] * len(EMOTIONS)
    weights, starts = [], []
    for positive, told in ((sad, sad ^ happy), (angry, np.ones_like(angry))):
        chosen = rows[told[rows]]
        model = LogisticRegression(C=3, max_iter=1000, class_weight="balanced").fit(features[chosen], positive[chosen])
        weights.append(model.coef_[0] * scales)
        starts.append(float(model.intercept_[0]))
    pairs = np.stack(weights, axis=1).tolist()
    width = facts.terms.width
    themes = Themes(
        terms={name: pair for name, pair in zip(facts.names, pairs, strict=False) if any(pair)},
        genres=dict(zip(tags, pairs[width:], strict=False)),
        year=pairs[width + len(tags)],
        lines=pairs[-len(EMOTIONS) :],
        start=starts,
    )
    anger = themes.scores(facts)[:, ANGRY_OR_NOT]
    shifts = np.linspace(-6, 6, 241)
    means = np.array([_odds(anger + shift).mean() for shift in shifts])
    shift = float(shifts[np.abs(means - facts.lines[:, 0].mean()).argmin()])
    return replace(themes, start=(starts[SAD_OR_HAPPY], starts[ANGRY_OR_NOT] + shift))
