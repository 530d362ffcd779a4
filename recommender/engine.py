"""Favourite songs and a mood → the songs to hear."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.catalogue import Catalogue, Song
from recommender.emotion import MODES, cosine, says_nothing, targets
from recommender.index import top
from recommender.reasons import reason
from recommender.rerank import choose, pool
from recommender.similarity import PROFILES, DefaultSimilarity, OriginalSimilarity, Similarity

MOST_SEEDS = 3
ORIGINAL_NEIGHBOURS = 9  # the original's top_n=10 counts the seed itself
POOL = 40  # the default profile matches the mood among so many songs that are most like the seeds
WALKED = 400  # songs looked at, most alike first, to fill that pool with two of an artist at most
LEAST_LINES = 6  # fewer lines tell too little for a song to be chosen by its mood alone
LAST = 10.0  # more than any likeness: other versions of a seed come when nothing else is left


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A song with its likeness to the seeds (0 without seeds), cosine to the mood, and why, in Korean."""

    song: Song
    similarity: float
    emotion_match: float
    reason: str


@dataclass(frozen=True)
class Wishes:
    """What a person asked for beside the mood: songs liked and disliked, -2 (calmer) to +2 (livelier), new artists."""

    liked: tuple[Song, ...] = ()
    disliked: tuple[Song, ...] = ()
    energy: int = 0
    other_artists: bool = False  # none of the artists of the seeds or of `exclude`


class Recommender:
    """Recommends from one catalogue; safe to call from several threads, since it only reads."""

    def __init__(self, catalogue: Catalogue):
        self.catalogue = catalogue
        self._similarity: dict[str, Similarity] = {
            "default": DefaultSimilarity(catalogue),
            "original": OriginalSimilarity(catalogue),
        }
        self._works = np.array([song.work for song in catalogue.songs], np.int64)
        self._tells_little = np.array([song.lines < LEAST_LINES for song in catalogue.songs], np.float64)

    def recommend(
        self,
        seeds: Sequence[Song],
        emotion: np.ndarray,
        *,
        k: int = 5,
        mode: str = "match",
        exclude: Collection[str] = (),
        profile: str = "default",
        wishes: Wishes = Wishes(),
    ) -> list[Recommendation]:
        """Exactly k distinct songs while the catalogue has them, no seed among them.

        seeds: 0 to 3 songs of the catalogue; none: by mood alone. emotion: float [4] in the order of
        EMOTIONS; the uniform one says that no mood is known. exclude: ids of songs not to return.
        Raises ValueError for another mode, profile or number of seeds, and for k below 1.
        """
        _check("mode", mode, MODES)
        _check("profile", profile, PROFILES)
        if len(seeds) > MOST_SEEDS:
            raise ValueError(f"{len(seeds)} favourite songs; at most {MOST_SEEDS} are allowed")
        if k < 1:
            raise ValueError(f"{k} songs asked for; at least 1 is needed")
        emotion = np.asarray(emotion, np.float64)
        by_profile = self._original if profile == "original" else self._default
        return by_profile(seeds, emotion, k, mode, set(exclude) | {seed.id for seed in seeds})

    def similar(self, seed: Song, k: int, profile: str = "default") -> list[tuple[Song, float]]:
        """The k songs most like the seed by likeness alone, best first, the seed itself left out."""
        _check("profile", profile, PROFILES)
        scores = self._similarity[profile].scores(seed)
        scores[seed.index] = -np.inf
        return [(self.catalogue.songs[at], float(scores[at])) for at in top(scores, k)]

    def _original(self, seeds, emotion, k, mode, exclude) -> list[Recommendation]:
        """The original's two stages: nine neighbours of each seed, then the nearest to the mood, whatever it is."""
        songs = self.catalogue.songs
        barred = self._rows(exclude)
        likeness = np.full(len(songs), -np.inf)
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
        picked = candidates[chosen]
        return self._recommendations([songs[at] for at in picked], seeds, emotion, likeness, self.catalogue.lines)

    def _default(self, seeds, emotion, k, mode, exclude) -> list[Recommendation]:
        """Stage one keeps the songs most like all seeds, stage two matches the mood among them."""
        songs = self.catalogue.songs
        likeness = np.zeros(len(songs))
        for seed in seeds:
            likeness += self._similarity["default"].scores(seed) / len(seeds)
        target = targets(emotion, mode, k)
        order = likeness.copy()
        if not seeds:
            order += np.max([cosine(self.catalogue.emotion, row) for row in target], axis=0) - self._tells_little
        order[np.isin(self._works, [seed.work for seed in seeds])] -= LAST
        order[self._rows(exclude)] = -np.inf
        candidates = pool([songs[at] for at in top(order, WALKED + k)], POOL + k)
        emotions = self.catalogue.emotion[[song.index for song in candidates]]
        match = np.zeros((k, len(candidates)))
        if not says_nothing(emotion):
            match[:] = [cosine(emotions, row) for row in target]
        return self._recommendations(choose(candidates, match, seeds), seeds, emotion, likeness, self.catalogue.emotion)

    def _rows(self, ids: Collection[str]) -> list[int]:
        """The rows of those ids that the catalogue has; a session may remember songs of another one."""
        return [song.index for song in map(self.catalogue.by_id.get, ids) if song]

    def _recommendations(self, chosen, seeds, emotion, likeness, emotions) -> list[Recommendation]:
        known = not says_nothing(emotion)
        matches = cosine(emotions[[song.index for song in chosen]], emotion)
        return [
            Recommendation(
                song,
                round(float(likeness[song.index]), 4) if seeds else 0.0,
                round(float(match), 4),
                reason(self.catalogue, song, seeds, emotion, match, known),
            )
            for song, match in zip(chosen, matches, strict=True)
        ]


def _check(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} {value!r}; allowed are {', '.join(allowed)}")
