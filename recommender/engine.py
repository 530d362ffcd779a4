"""Favourite songs and a mood → the songs to hear."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.catalogue import Catalogue, Song
from recommender.emotion import MODES, cosine, hellinger, says_nothing, sharpened, targets
from recommender.energy import energy
from recommender.index import top
from recommender.reasons import reason
from recommender.rerank import choose, pool
from recommender.similarity import PROFILES, DefaultSimilarity, OriginalSimilarity, Similarity

MOST_SEEDS = 3
ORIGINAL_NEIGHBOURS = 9  # the original's top_n=10 counts the seed itself
POOL = 40  # the default profile matches the mood among so many songs that are most like the seeds
WALKED = 400  # songs looked at, most alike first, to fill that pool with two of an artist at most
LAST = 10.0  # more than any likeness: other versions of a seed come when nothing else is left
# Beside closeness to the mood, 0 to 1: what likeness counts, and what a song loses that is like one chosen already.
# Measured by bench/weights.py, see docs/recommending.md.
LIKENESS, ALIKE = 0.2, 0.3
ENERGY = 0.3  # what a step of energy counts beside likeness and beside closeness to the mood
# By mood alone: what it counts to be of the newest year and of an artist with MANY songs or more; the years in which
# that halves.
FAMILIAR, HALVED, MANY = 0.15, 10, 16
LIKED, DISLIKED, REMEMBERED = 0.3, 0.3, 3  # what likeness to what was liked counts beside that to the seeds


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A song with its likeness to the seeds (0 without seeds), cosine to the mood, and why, in Korean."""

    song: Song
    similarity: float
    emotion_match: float
    reason: str


@dataclass(frozen=True)
class Wishes:
    """What a person said of earlier answers.

    liked, disliked: songs, the latest last; the last three of each move the answer. energy: -2, calmer, to 2,
    livelier. other_artists: none of the artists of the seeds or of `exclude`.
    """

    liked: tuple[Song, ...] = ()
    disliked: tuple[Song, ...] = ()
    energy: int = 0
    other_artists: bool = False


NO_WISHES = Wishes()


class Recommender:
    """Recommends from one catalogue; safe to call from several threads, since it only reads."""

    def __init__(self, catalogue: Catalogue):
        self.catalogue = catalogue
        self._similarity: dict[str, Similarity] = {
            "default": DefaultSimilarity(catalogue),
            "original": OriginalSimilarity(catalogue),
        }
        self._familiar = _recency(catalogue.year, catalogue.artist) * _many(catalogue.artist)
        self._energy = energy(catalogue.genres, catalogue.genre, catalogue.emotion)

    def recommend(
        self,
        seeds: Sequence[Song],
        emotion: np.ndarray,
        *,
        k: int = 5,
        mode: str = "match",
        exclude: Collection[str] = (),
        profile: str = "default",
        wishes: Wishes = NO_WISHES,
    ) -> list[Recommendation]:
        """Exactly k distinct songs while the catalogue has them, no seed among them.

        seeds: 0 to 3 songs of the catalogue; none: by mood alone. emotion: float [4] in the order of
        EMOTIONS; the uniform one says that no mood is known. exclude: ids of songs not to return; songs disliked are
        not returned either. The profile `original` knows no wishes but these. Raises ValueError for another mode,
        profile or number of seeds, for energy beyond -2..2, for k below 1, and for an emotion that is no distribution.
        """
        _check("mode", mode, MODES)
        _check("profile", profile, PROFILES)
        if len(seeds) > MOST_SEEDS:
            raise ValueError(f"{len(seeds)} favourite songs; at most {MOST_SEEDS} are allowed")
        if k < 1:
            raise ValueError(f"{k} songs asked for; at least 1 is needed")
        if not -2 <= wishes.energy <= 2:
            raise ValueError(f"energy {wishes.energy}; allowed are -2 to 2")
        emotion = np.asarray(emotion, np.float64)
        if not np.isfinite(emotion).all() or (emotion < 0).any() or emotion.sum() <= 0:
            raise ValueError(f"emotion {emotion.tolist()}; give four numbers from 0, not all of them 0")
        barred = {*exclude, *(song.id for song in (*seeds, *wishes.disliked))}
        if profile == "original":
            return self._original(seeds, emotion, k, mode, barred)
        return self._default(seeds, emotion / emotion.sum(), k, mode, barred, wishes)

    def similar(self, seed: Song, k: int, profile: str = "default") -> list[tuple[Song, float]]:
        """The k songs most like the seed, without mood, best first, the seed itself left out.

        The number is what the profile ranks by: likeness, and in `default` what moves a song (`recommender.hubs`).
        """
        _check("profile", profile, PROFILES)
        scores = self._similarity[profile].ranking(seed)
        scores[seed.index] = -np.inf
        rows = top(scores, k)
        return [(song, float(scores[song.index])) for song in self.catalogue.songs.at(rows)]

    def likeness(self, profile: str) -> Callable[[Song], np.ndarray]:
        """Song → float [songs], how like each song is."""
        return self._similarity[profile].scores

    def ranking(self, profile: str) -> Callable[[Song], np.ndarray]:
        """Song → float [songs], what `similar` ranks by."""
        return self._similarity[profile].ranking

    def _original(self, seeds, emotion, k, mode, barred) -> list[Recommendation]:
        """The original's two stages: nine neighbours of each seed, then the nearest to the mood, whatever it is."""
        barred = self._rows(barred)
        likeness = np.full(len(self.catalogue), -np.inf)
        for seed in seeds:
            scores = self._similarity["original"].scores(seed)
            scores[barred] = -np.inf
            nearest = top(scores, max(ORIGINAL_NEIGHBOURS, k))
            likeness[nearest] = np.maximum(likeness[nearest], scores[nearest])
        if not seeds:
            likeness[:] = 0.0
            likeness[barred] = -np.inf
        candidates = np.flatnonzero(np.isfinite(likeness))
        emotions = self.catalogue.lines[candidates]
        chosen: list[int] = []
        for target in targets(emotion, mode, k):
            match = cosine(emotions, target)
            match[chosen] = -np.inf
            chosen += top(match, 1).tolist()
        rows = candidates[chosen]
        return self._recommendations(rows, seeds, emotion, likeness, self.catalogue.lines)

    def _default(self, seeds, emotion, k, mode, barred, wishes) -> list[Recommendation]:
        """Stage one keeps the songs most like all seeds, stage two matches the mood among them."""
        catalogue, default = self.catalogue, self._similarity["default"]
        likeness = np.zeros(len(catalogue), np.float32)
        for seed in seeds:
            likeness += default.scores(seed) / len(seeds)
        target = targets(sharpened(emotion), mode, k)
        known = not all(map(says_nothing, target))  # «기분 전환» aims at something without a mood too
        order = likeness + catalogue.lift
        if not seeds:
            # By mood alone: near to any of the targets, and of what is told of a song enough to go by. What hardly
            # anybody has heard is not what is meant by «anything»: DJs list it hardly ever.
            aims = np.unique(target, axis=0)
            order = np.max([hellinger(catalogue.emotion, row) for row in aims], axis=0).astype(np.float32)
            order += FAMILIAR * self._familiar - (1 - catalogue.told)
        for weight, songs in ((LIKED, wishes.liked), (-DISLIKED, wishes.disliked)):
            for song in songs[-REMEMBERED:]:
                order += weight / len(songs[-REMEMBERED:]) * default.scores(song)
        # Songs for an angry mood are loud, so calm ones have to be looked for further away.
        livelier = wishes.energy * ENERGY * (1 if seeds else 2) * self._energy
        order += livelier  # dance songs are not among the nearest of a ballad
        for work in {seed.work for seed in seeds}:
            order[catalogue.work == work] -= LAST
        if wishes.other_artists:
            order[np.isin(catalogue.artist, self._artists({*barred, *(seed.id for seed in seeds)}))] -= LAST
        order[self._rows(barred)] = -np.inf
        walked = top(order, WALKED + k)
        rows = pool(walked, catalogue.artist[walked], POOL + k)
        emotions = catalogue.emotion[rows]
        worth = np.zeros((k, len(rows)))
        if known:
            worth[:] = [hellinger(emotions, row) for row in target]
        worth += livelier[rows]
        among = np.zeros((len(rows), len(rows)))
        if not seeds:
            worth += FAMILIAR * self._familiar[rows]
        else:
            worth += (LIKENESS if known else 1.0) * (order[rows] - livelier[rows])
            among = ALIKE * catalogue.terms.rows.among(rows)
        last = order[rows] < -LAST / 2
        chosen = choose(worth, among, catalogue.work[rows], catalogue.artist[rows], last)
        return self._recommendations(rows[chosen], seeds, emotion, likeness, catalogue.emotion)

    def _rows(self, ids: Collection[str]) -> list[int]:
        """The rows of those ids that the catalogue has; a session may remember songs of another one."""
        return [song.index for song in map(self.catalogue.by_id.get, ids) if song]

    def _artists(self, ids: Collection[str]) -> np.ndarray:
        artists = self.catalogue.artist[self._rows(ids)]
        return artists[artists >= 0]

    def _recommendations(self, rows, seeds, emotion, likeness, emotions) -> list[Recommendation]:
        known = not says_nothing(emotion)
        matches = cosine(emotions[rows], emotion)
        return [
            Recommendation(
                song,
                round(float(likeness[song.index]), 4) if seeds else 0.0,
                round(float(match), 4),
                reason(self.catalogue, song, seeds, emotion, match, known),
            )
            for song, match in zip(self.catalogue.songs.at(rows), matches, strict=True)
        ]


def _recency(year: np.ndarray, artist: np.ndarray) -> np.ndarray:
    """float32 [songs]: 1 for the newest year, half of it every `HALVED` years earlier.

    year: int [songs], 0 for none: these songs have the median of their artist's, or of all. artist: int [songs], -1
    for none.
    """
    known = year > 0
    if not known.any():
        return np.zeros(len(year), np.float32)
    recency = 0.5 ** ((int(year.max()) - year.astype(np.float32)) / HALVED)
    middle = _medians(recency[known], artist[known] + 1, int(artist.max()) + 2)
    middle[0] = np.median(recency[known])
    return np.where(known, recency, np.where(np.isnan(middle), middle[0], middle)[artist + 1]).astype(np.float32)


def _medians(values: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """float [groups]: the middle one of each group's values, of two the larger; NaN for a group without any."""
    count = np.bincount(group, minlength=groups)
    ordered = values[np.lexsort((values, group))]
    found = np.full(groups, np.nan)
    found[count > 0] = ordered[(np.cumsum(count) - count + count // 2)[count > 0]]
    return found


def _many(artist: np.ndarray) -> np.ndarray:
    """float32 [songs]: 1 for an artist with `MANY` songs or more, less by the logarithm down to one, 0 for no artist.

    artist: int [songs], -1 for none.
    """
    songs = np.bincount(artist + 1, minlength=1)
    songs[0] = 0
    return (np.log2(1 + np.minimum(songs, MANY)) / np.log2(1 + MANY)).astype(np.float32)[artist + 1]


def _check(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} {value!r}; allowed are {', '.join(allowed)}")
