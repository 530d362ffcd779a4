"""What is known of songs besides how their lines read: learnt from lists of songs that people put under a theme.

A model of how people talk reads song lines badly: «행복» in a lyric is often what is lost. Two logistic regressions
over a song's terms, genre, year and the mean over its lines say whether it is sad rather than happy, and whether
it is angry; they join with the lines into the emotion of the song (`joined`). What they learnt is a small table
of words and numbers (`Themes`), kept in data/themes.json, so that any catalogue can be built with it.

Only learning needs scikit-learn.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from model.labels import EMOTIONS
from recommender.catalogue import Catalogue, CatalogueError, repaired, tags
from recommender.index import TermMatrix
from recommender.table import rows_of

SAD, HAPPY, ANGRY = ("슬픔", "그리움", "외로울때"), ("사랑&기쁨", "설렘&심쿵"), ("스트레스&짜증",)
BUNDLED = Path(__file__).parent.parent / "data" / "themes.json"
# How much a feature may say before the regression weighs it, against a unit row of terms: bench/weights.py.
GENRE, YEAR, LINES = 0.5, 0.3, 0.3
STRENGTH, FOLDS, LEAST_SONGS = 3, 5, 20
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
        of_genres = {
            names: np.sum([(0.0, 0.0), *(self.genres[name] for name in names if name in self.genres)], axis=0)
            for names in set(facts.genres)
        }
        found += np.array([of_genres[names] for names in facts.genres]).reshape(-1, 2)
        found += _years(facts.years) @ np.array([self.year])
        return found + np.log(facts.lines + LEAST) @ np.array(self.lines)

    def scaled(self, scale: np.ndarray, start: np.ndarray) -> "Themes":
        """Themes whose scores are these times `scale` [2] plus `start` [2]."""

        def pair(values: Sequence[float]) -> list[float]:
            return (np.asarray(values) * scale).tolist()

        return Themes(
            {name: pair(values) for name, values in self.terms.items()},
            {name: pair(values) for name, values in self.genres.items()},
            pair(self.year),
            [pair(values) for values in self.lines],
            (np.asarray(self.start) * scale + start).tolist(),
        )

    def save(self, path: Path) -> None:
        rounded = json.loads(json.dumps(asdict(self)), parse_float=lambda number: round(float(number), 3))
        path.write_text(json.dumps(rounded, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")

    @classmethod
    def open(cls, path: Path) -> "Themes":
        """Raises CatalogueError for a file that `save` did not write."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, TypeError, ValueError) as problem:
            raise CatalogueError(
                f"{path}: cannot be read ({problem}); give a file that `main.py catalogue learn` wrote"
            ) from problem


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


@dataclass(frozen=True)
class Lists:
    """Which songs of a catalogue are on lists of which kind: bool [songs] each; rows: int, those on any."""

    sad: np.ndarray
    happy: np.ndarray
    angry: np.ndarray

    @property
    def rows(self) -> np.ndarray:
        return np.flatnonzero(self.sad | self.happy | self.angry)

    @property
    def one_sided(self) -> np.ndarray:
        """bool [songs]: sad or happy; a song on lists of both kinds says nothing of either."""
        return self.sad ^ self.happy


def read_lists(catalogue: Catalogue, path: Path) -> Lists:
    """A CSV of title, artist, label. Raises CatalogueError for a file without songs of the three kinds."""
    kinds = {name: at for at, names in enumerate((SAD, HAPPY, ANGRY)) for name in names}
    places = {(song.title, song.artist): song.index for song in catalogue.songs}
    found = np.zeros((3, len(catalogue)), bool)
    for row in rows_of(path, ("title", "artist", "label")):
        place = places.get((row["title"], row["artist"]), places.get(repaired(row["title"], row["artist"])))
        if place is not None and row["label"] in kinds:
            found[kinds[row["label"]], place] = True
    if found.sum(axis=1).min() < LEAST_SONGS:
        counts = ", ".join(f"{n} {kind}" for n, kind in zip(found.sum(axis=1), ("sad", "happy", "angry"), strict=True))
        raise CatalogueError(
            f"{path}: {counts} songs of the catalogue; at least {LEAST_SONGS} of each are needed, "
            f"labelled {', '.join(kinds)} and spelt as in the catalogue"
        )
    return Lists(*found)


def facts_of(catalogue: Catalogue) -> Facts:
    fields = [tags(name) for name in catalogue.genres]
    years = [year or None for year in catalogue.year.tolist()]
    return Facts(
        catalogue.themes, catalogue.theme_names, [fields[at] for at in catalogue.genre], years, catalogue.lines
    )


def learn(facts: Facts, lists: Lists, rows: np.ndarray, artist: np.ndarray, work: np.ndarray) -> Themes:
    """Themes from the songs `rows` (int [m]) of a catalogue; artist, work: int [songs], see `folds`.

    Scores are log odds: a logistic regression over the scores of songs it did not see sets their scale. The odds of
    anger are then moved so that over the whole catalogue they are as high as its share of the lists. Those of sad
    rather than happy stay as they are on lists of both kinds in equal number.
    """
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # small products; threads that wait for each other take minutes on a busy machine
        return _learnt(facts, lists, rows, artist, work, LogisticRegression)


def _learnt(facts: Facts, lists: Lists, rows: np.ndarray, artist: np.ndarray, work: np.ndarray, regression) -> Themes:
    blind = np.full((len(lists.sad), 2), np.nan)
    for taught, asked in folds(rows, artist, work):
        blind[asked] = _fitted(facts, lists, taught).scores(facts)[asked]
    themes = _fitted(facts, lists, rows)
    scale, start = np.ones(2), np.zeros(2)
    kinds = ((lists.sad, lists.one_sided), (lists.angry, np.ones_like(lists.angry)))
    for score, (positive, told) in enumerate(kinds):
        chosen = rows[told[rows] & np.isfinite(blind[rows, score])]
        line = regression(C=1e6, class_weight="balanced").fit(blind[chosen, score][:, None], positive[chosen])
        scale[score], start[score] = line.coef_[0, 0], line.intercept_[0]
    themes = themes.scaled(scale, start)
    anger = themes.scores(facts)[:, ANGRY_OR_NOT]
    shifts = np.linspace(-6, 6, 241)
    means = np.array([_odds(anger + shift).mean() for shift in shifts])
    shift = float(shifts[np.abs(means - lists.angry[rows].mean()).argmin()])
    return themes.scaled(np.ones(2), np.array([0.0, shift]))


def folds(rows: np.ndarray, artist: np.ndarray, work: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(rows to learn from, rows to ask about), five times: no artist and no work is on both sides."""
    from sklearn.model_selection import GroupKFold

    single = artist.max(initial=0) + 1 + np.arange(len(artist))
    groups = np.where(artist < 0, single, artist)[rows]
    for taught, asked in GroupKFold(FOLDS).split(rows, groups=groups):
        yield rows[taught][~np.isin(work[rows[taught]], work[rows[asked]])], rows[asked]


def _fitted(facts: Facts, lists: Lists, rows: np.ndarray) -> Themes:
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    names = sorted({name for row in rows for name in facts.genres[row]})
    matrix = facts.terms
    terms = csr_matrix((matrix.data, matrix.indices, matrix.indptr), (len(matrix), matrix.width))[rows]
    known = np.array([[GENRE * (tag in facts.genres[row]) for tag in names] for row in rows]).reshape(len(rows), -1)
    years = YEAR * _years([facts.years[row] for row in rows])
    features = hstack([terms, known, years, LINES * np.log(facts.lines[rows] + LEAST)]).tocsr()
    scales = [1.0] * matrix.width + [GENRE] * len(names) + [YEAR] + [LINES] * len(EMOTIONS)
    weights, starts = [], []
    for positive, told in ((lists.sad, lists.one_sided), (lists.angry, np.ones_like(lists.angry))):
        chosen = told[rows]
        model = LogisticRegression(C=STRENGTH, max_iter=1000, class_weight="balanced")
        model.fit(features[chosen], positive[rows[chosen]])
        weights.append(model.coef_[0] * scales)
        starts.append(float(model.intercept_[0]))
    pairs = np.stack(weights, axis=1).tolist()
    width = matrix.width
    return Themes(
        terms={name: pair for name, pair in zip(facts.names, pairs, strict=False) if any(pair)},
        genres=dict(zip(names, pairs[width:], strict=False)),
        year=pairs[width + len(names)],
        lines=pairs[-len(EMOTIONS) :],
        start=starts,
    )
