"""What the weights of recommending do: each is changed alone, the others stay as they ship.

    .venv/bin/python -m bench.weights five ../shared/data/songs/dj_crawl_dev.csv
    .venv/bin/python -m bench.weights likeness ../shared/data/songs/dj_crawl_dev.csv
    .venv/bin/python -m bench.weights themes ../shared/data/songs/theme6.csv

likeness: recall@100 of what DJs put side by side (`main.py evaluate similarity`), with what moves songs against hubs
as it ships. themes: AUC out of fold of sad against happy lists and of angry ones (`main.py evaluate songs`). five:
favourites are drawn from the songs of DJs' lists; each is asked for in four plain moods. «listed»: songs of the five
that stand beside the favourite in a list. «mood»: closeness to what is aimed at (1 less Hellinger distance to the
mood, `recommender.emotion.sharpened`). «alike»: mean cosine of terms among the five. With likes, one more song of the
favourite's neighbours is liked, and «listed» counts its neighbours too; with a dislike the first of the five is
disliked, and «to the disliked» is the likeness of the next five to it. Energy is that of `recommender.energy`, which
nobody has judged. By mood alone (FAMILIAR) the first twenty are looked at: the share of them that DJs list, their
closeness to the mood, and their middle year.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import numpy as np

from model.labels import EMOTIONS
from recommender import engine, similarity, themes
from recommender.catalogue import Catalogue, Song
from recommender.emotion import hellinger, sharpened
from recommender.energy import energy
from recommender.engine import Recommender, Wishes
from recommender.evaluate import neighbours, recall, songs
from recommender.works import main_artist

FOLDER = Path(__file__).parent.parent / "data" / "catalogue"
SEEDS, SEED, PLAIN = 250, 1234, 0.7
PLAINER, FIRST = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8), 20  # moods without a favourite, and songs looked at
LIKENESS = {
    "TERMS": (0.4, 0.8, 1.6),
    "ARTIST": (0.0, 0.15, 0.3, 0.6),
    "GENRE": (0.0, 0.15, 0.3, 0.6),
    "ERA": (0.0, 0.15, 0.3, 0.6),
    "ERA_YEARS": (2.5, 5.0, 10.0),
}
THEMES = {
    "GENRE": (0.0, 0.25, 0.5, 1.0),
    "YEAR": (0.0, 0.15, 0.3, 0.6),
    "LINES": (0.0, 0.15, 0.3, 0.6),
    "STRENGTH": (1, 3, 9),
}
FIVE = {
    "POOL": (10, 20, 40, 80, 160),
    "LIKENESS": (0.0, 0.1, 0.2, 0.4, 0.8),
    "ALIKE": (0.0, 0.15, 0.3, 0.6, 1.2),
    "LIKED": (0.0, 0.15, 0.3, 0.6),
    "DISLIKED": (0.0, 0.15, 0.3, 0.6),
    "ENERGY": (0.0, 0.15, 0.3, 0.6),
    "FAMILIAR": (0.0, 0.05, 0.1, 0.15, 0.2),
}


class Asked:
    """One recommender, the favourites it is asked for, and what stands beside each."""

    def __init__(self, catalogue: Catalogue, crawl: Path, count: int):
        self.catalogue, self.recommender = catalogue, Recommender(catalogue)
        self.energy = energy(catalogue.genres, catalogue.genre, catalogue.emotion)
        self.near = neighbours(catalogue, crawl)
        seeds, draw = list(self.near), np.random.default_rng(SEED)
        self.seeds = [seeds[at] for at in draw.permutation(len(seeds))[:count]]
        self.moods = PLAIN * np.eye(len(EMOTIONS)) + (1 - PLAIN) / len(EMOTIONS)

    def measure(self, weight: str) -> dict[str, float]:
        """Means over favourites and moods of what this weight is to change."""
        if weight == "FAMILIAR":
            return self._by_mood_alone()
        found: dict[str, list[float]] = {}
        for seed in self.seeds:
            for mood in self.moods:
                for name, value in self._one(weight, seed, mood):
                    found.setdefault(name, []).append(value)
        return {name: float(np.mean(values)) for name, values in found.items()}

    def _one(self, weight: str, seed: Song, mood: np.ndarray):
        beside = self.near[seed]
        if weight == "LIKED":
            liked = self.catalogue.songs[min(beside)]
            beside = (beside | self.near.get(liked, set())) - {liked.index, seed.index}
            rows = self._five(seed, mood, Wishes(liked=(liked,)), {liked.id})
        elif weight == "DISLIKED":
            first = self.catalogue.songs[self._five(seed, mood)[0]]
            rows = self._five(seed, mood, Wishes(disliked=(first,)))
            yield "to the disliked", float(self.recommender.likeness("default")(first)[rows].mean())
        elif weight == "ENERGY":
            for step in (-2, 0, 2):
                rows = self._five(seed, mood, Wishes(energy=step))
                yield f"energy at {step}", float(self.energy[rows].mean())
                yield f"mood at {step}", float(hellinger(self._emotions(rows), sharpened(mood)).mean())
            return
        else:
            rows = self._five(seed, mood)
        yield "listed", float(len(beside & set(rows)))
        yield "mood", float(hellinger(self._emotions(rows), sharpened(mood)).mean())
        among = self.catalogue.terms.rows.among(np.array(rows))
        yield "alike", float(among[~np.eye(len(rows), dtype=bool)].mean())

    def _by_mood_alone(self) -> dict[str, float]:
        listed = {seed.index for seed in self.near}
        moods = [
            plain * np.eye(len(EMOTIONS))[at] + (1 - plain) / len(EMOTIONS) for plain in PLAINER for at in range(4)
        ]
        rows = [[one.song.index for one in self.recommender.recommend([], mood, k=FIRST)] for mood in moods]
        years = self.catalogue.year[np.concatenate(rows)]
        return {
            "listed": float(np.mean([len(listed & set(of_mood)) / FIRST for of_mood in rows])),
            "mood": float(np.mean(list(map(hellinger, map(self._emotions, rows), map(sharpened, moods))))),
            "year": float(np.median(years[years > 0])),
        }

    def _five(self, seed: Song, mood: np.ndarray, wishes: Wishes = engine.NO_WISHES, exclude=()) -> list[int]:
        return [one.song.index for one in self.recommender.recommend([seed], mood, wishes=wishes, exclude=exclude)]

    def _emotions(self, rows: list[int]) -> np.ndarray:
        return np.asarray(self.catalogue.emotion)[rows]


def recalled(catalogue: Catalogue, crawl: Path) -> Callable[[str], dict[str, float]]:
    near = neighbours(catalogue, crawl)
    artists = np.unique([main_artist(song.artist) for song in catalogue.songs], return_inverse=True)[1]
    ranking = Recommender(catalogue).ranking("default")
    return lambda weight: {"recall@100": float(recall(ranking, near, artists).mean())}


def felt(catalogue: Catalogue, labels: Path) -> Callable[[str], dict[str, float]]:
    def measure(weight: str) -> dict[str, float]:
        found = songs(catalogue, labels)["auc"]["out of fold"]
        return {name: of["auc"] for name, of in found.items()}

    return measure


def main() -> None:
    kind, path, catalogue = sys.argv[1], Path(sys.argv[2]), Catalogue(FOLDER)
    match kind:
        case "five":
            module, changed, measure = engine, FIVE, Asked(catalogue, path, SEEDS).measure
        case "likeness":
            module, changed, measure = similarity, LIKENESS, recalled(catalogue, path)
        case _:
            module, changed, measure = themes, THEMES, felt(catalogue, path)
    print("* as shipped")
    for weight, values in changed.items():
        for value in values:
            with patch.object(module, weight, value):
                measured = measure(weight)
            star = "*" if value == getattr(module, weight) else ""
            figures = ", ".join(f"{name} {mean:.4f}" for name, mean in measured.items())
            print(f"{weight} {value}{star}: {figures}", flush=True)


if __name__ == "__main__":
    main()
