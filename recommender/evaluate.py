"""How good recommendations are: likeness against what DJs put side by side, song emotion against theme lists.

Needs the extra `catalogue` for song emotion, which learns what it measures anew. Intervals are 95 % bootstraps with
a fixed generator; a difference between two ways is drawn over the same seeds, so it is a paired one.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from model.classifier import EmotionClassifier
from model.evaluate import auc
from model.labels import EMOTIONS
from recommender import themes
from recommender.catalogue import Catalogue, CatalogueError, Song
from recommender.emotion import CLOSENESS, hellinger, sharpened
from recommender.engine import Recommender
from recommender.index import top
from recommender.similarity import PROFILES
from recommender.table import rows_of
from recommender.works import main_artist

NEAR = 10  # places of a list within which songs are taken as put side by side
LIST = 100  # songs of a ranking that are looked at
LEAST = 2  # neighbours that make a song a seed
OCCURRENCE, REACH = 10, 50  # a hub is in many a song's first ten; a song is never shown when in nobody's first fifty
MOST_RANKED = 20_000  # songs whose rankings are looked at for hubs, drawn when a catalogue has more
MESSAGES = 100  # of each mood
POWERS = (1.5, 2, 3)  # that a mood is raised to before it is matched
ANSWERS = 300  # seeds whose five songs are looked at
DRAWS, SEED = 1000, 1234
SAD = np.array([0.05, 0.05, 0.85, 0.05])


# --- likeness -----------------------------------------------------------------------------------


def similarity(catalogue: Catalogue, crawl: Path) -> dict:
    """Recall of a seed's neighbours, hubs, and the songs and artists of the answers, by profile.

    crawl: CSV with playlist_id, position, title, artist. Neighbours of a song are songs of the same list by another
    artist, within ten places, that the catalogue has; recall@100 is their share among the hundred songs by other
    artists that a profile ranks first, averaged over seeds. Raises CatalogueError for a file that cannot be used.
    """
    near = neighbours(catalogue, crawl)
    recommender = Recommender(catalogue)
    artists = np.unique([main_artist(song.artist) for song in catalogue.songs], return_inverse=True)[1]
    chance = np.random.default_rng(SEED)
    rankings: dict[str, Callable[[Song], np.ndarray]] = {"random": lambda seed: chance.random(len(catalogue))}
    rankings |= {name: recommender.ranking(name) for name in PROFILES}
    found = {name: recall(ranking, near, artists) for name, ranking in rankings.items()}
    differences = {
        name: interval(found[name] - found["original"]) | {"ratio": _ratio(found[name], found["original"])}
        for name in PROFILES
        if name != "original"
    }
    return {
        "songs": len(catalogue),
        "seeds": len(near),
        f"recall@{LIST}": {name: interval(values) for name, values in found.items()},
        "against original": differences,
        "hubs": {name: hubs(rankings[name], catalogue) for name in PROFILES},
        "answers": {name: answers(recommender, list(near), name) for name in PROFILES},
    }


def neighbours(catalogue: Catalogue, crawl: Path) -> dict[Song, set[int]]:
    """Seed → indices of the songs that stand near it in a list, by another artist."""
    lists: dict[str, list[tuple[int, Song]]] = defaultdict(list)
    for row in rows_of(crawl, ("playlist_id", "position", "title", "artist")):
        song = catalogue.by_name.get((row["title"], row["artist"]))
        if song and row["position"].isdecimal():
            lists[row["playlist_id"]].append((int(row["position"]), song))
    near: dict[Song, set[int]] = defaultdict(set)
    for songs in lists.values():
        for position, song in songs:
            near[song] |= {
                other.index
                for place, other in songs
                if abs(place - position) <= NEAR and main_artist(other.artist) != main_artist(song.artist)
            }
    seeds = {song: others for song, others in near.items() if len(others) >= LEAST}
    if not seeds:
        raise CatalogueError(
            f"{crawl}: no song of the catalogue has {LEAST} others within {NEAR} places; "
            "give lists whose titles and artists are spelt as in the catalogue"
        )
    return seeds


def hubs(ranking: Callable[[Song], np.ndarray], catalogue: Catalogue) -> dict:
    """Skew and maximum of how often a song is in another's first ten, and the share in nobody's first fifty."""
    seeds = np.arange(len(catalogue))
    if len(seeds) > MOST_RANKED:
        seeds = np.sort(np.random.default_rng(SEED).choice(seeds, MOST_RANKED, replace=False))
    often, reached = np.zeros(len(catalogue)), np.zeros(len(catalogue), bool)
    for at in seeds.tolist():
        scores = ranking(catalogue.songs[at])
        scores[at] = -np.inf
        nearest = top(scores, REACH)
        often[nearest[:OCCURRENCE]] += 1
        reached[nearest] = True
    centred = often - often.mean()
    skew = (centred**3).mean() / max((centred**2).mean() ** 1.5, 1e-12)
    return {
        "rankings": len(seeds),
        f"skew of N{OCCURRENCE}": round(float(skew), 3),
        f"largest N{OCCURRENCE}": int(often.max(initial=0)),
        f"in no first {REACH}": round(float((~reached).mean()), 5) if len(reached) else 0.0,
    }


def answers(recommender: Recommender, seeds: Sequence[Song], profile: str) -> dict:
    """What five songs for a sad mood are like: artists, and likeness to the favourite and among themselves."""
    chosen = np.random.default_rng(SEED).permutation(len(seeds))[:ANSWERS]
    artists, likeness, among, match = [], [], [], []
    ranking = recommender.likeness(profile)
    for at in chosen:
        five = recommender.recommend([seeds[at]], SAD, profile=profile)
        rows = [one.song.index for one in five]
        artists.append(len({main_artist(one.song.artist) for one in five}))
        likeness.append(np.mean([one.similarity for one in five]))
        match.append(np.mean([one.emotion_match for one in five]))
        each = np.array([ranking(one.song)[rows] for one in five])
        among.append(each[~np.eye(len(rows), dtype=bool)].mean())
    return {
        "answers": len(chosen),
        "artists per answer": interval(np.array(artists, float)),
        "likeness to the favourite": interval(np.array(likeness)),
        "likeness among the five": interval(np.array(among)),
        "match with a sad mood": interval(np.array(match)),
    }


def recall(ranking, near: Mapping[Song, set[int]], artists: np.ndarray) -> np.ndarray:
    """float [seeds]: the share of each seed's neighbours that are among the `LIST` songs ranked first.

    artists: int [songs]; songs by the seed's own artist are left out.
    """
    found = []
    for seed, others in near.items():
        scores = np.array(ranking(seed), np.float64)
        scores[artists == artists[seed.index]] = -np.inf
        found.append(len(others & set(top(scores, LIST).tolist())) / len(others))
    return np.array(found)


# --- song emotion ---------------------------------------------------------------------------------


def songs(catalogue: Catalogue, labels: Path, classifier: EmotionClassifier | None = None, messages=None) -> dict:
    """How well emotions of songs tell songs of sad from songs of happy lists, and angry ones from the rest.

    labels: CSV of title, artist, label (`themes.read_lists`). «out of fold» are vectors made by themes that learnt from
    neither the song, its other versions, nor its artist; «lines» are the means over a song's lines alone. With a
    classifier and messages ((texts, labels 0..3), see `model.evaluate.read_rows`) moods of people are matched with
    songs by each closeness, and their typical probabilities stand beside those of the songs.
    """
    lists = themes.read_lists(catalogue, labels)
    facts, rows = themes.facts_of(catalogue), lists.rows
    work = np.asarray(catalogue.work)
    emotion = np.full((len(catalogue), len(EMOTIONS)), np.nan)
    for taught, asked in themes.folds(rows, np.asarray(catalogue.artist), work):
        learnt = themes.learn(facts, lists, taught, np.asarray(catalogue.artist), work)
        whole = themes.flattened(themes.joined(facts.lines, learnt.scores(facts)), np.asarray(catalogue.told))
        emotion[asked] = whole[asked]
    sides = lists.one_sided[rows]
    sad, angry = lists.sad[rows][sides], lists.angry[rows]
    artists = np.unique([main_artist(song.artist) for song in catalogue.songs.at(rows)], return_inverse=True)[1]
    measured = {}
    for name, vectors in (("out of fold", emotion[rows]), ("lines", facts.lines[rows])):
        measured[name] = {
            "슬픔 - 행복": auc_interval((vectors[:, 2] - vectors[:, 3])[sides], sad, artists[sides]),
            "분노혐오": auc_interval(vectors[:, 0], angry, artists),
        }
    found: dict = {
        "songs": len(rows),
        "sad, happy, angry": [int(kind.sum()) for kind in (lists.sad, lists.happy, lists.angry)],
        "auc": measured,
        "probabilities": {"songs out of fold": typical(emotion[rows]), "all songs": typical(catalogue.emotion)},
    }
    if classifier and messages:
        texts, moods = messages
        read = classifier.predict(texts).probabilities
        found["probabilities"]["messages"] = typical(read)
        found["closeness"] = _matched(read, moods, emotion[rows], lists, rows)
    return found


def typical(emotions: np.ndarray) -> dict:
    """Median and 90 % point of the strongest probability, and the share of rows that each emotion is strongest in."""
    strongest = emotions.max(axis=1)
    shares = np.bincount(emotions.argmax(axis=1), minlength=len(EMOTIONS)) / len(emotions)
    return {
        "median of the strongest": round(float(np.median(strongest)), 3),
        "tenth and ninetieth percentile": [round(float(at), 3) for at in np.percentile(strongest, [10, 90])],
        "share": {name: round(float(share), 3) for name, share in zip(EMOTIONS, shares, strict=True)},
    }


def _matched(read: np.ndarray, moods: np.ndarray, emotions: np.ndarray, lists: themes.Lists, rows: np.ndarray) -> dict:
    """How often a message's mood is nearer to a song of its list than to one of the other (AUC).

    By closeness, of the mood as it is; and by the Hellinger distance of the mood to several powers (`sharpened`).
    """
    sides = lists.one_sided[rows]
    sad, happy, angry = lists.sad[rows], lists.happy[rows] & ~lists.sad[rows], lists.angry[rows]
    ways = {name: (closeness, 1.0) for name, closeness in CLOSENESS.items()}
    ways |= {f"hellinger, power {power:g}": (hellinger, power) for power in POWERS}
    found: dict = {name: {} for name in ways}
    cases = {"분노혐오": (angry, np.ones_like(sides)), "슬픔": (sad, sides), "행복": (happy, sides)}
    for mood, (right, asked) in cases.items():
        said = np.flatnonzero(moods == EMOTIONS.index(mood))
        said = said[np.random.default_rng(SEED).permutation(len(said))[:MESSAGES]]
        for name, (closeness, power) in ways.items():
            near = [closeness(emotions[asked], sharpened(read[at], power)) for at in said]
            each = np.array([auc(to_message, right[asked]) for to_message in near])
            if len(each):
                found[name][mood] = interval(each)
    return found


def auc_interval(scores: np.ndarray, positive: np.ndarray, artists: np.ndarray) -> dict[str, float]:
    """AUC and a 95 % bootstrap over artists, whose songs stay together."""
    chance = np.random.default_rng(SEED)
    names, places = np.unique(artists, return_inverse=True)
    of_artist = np.split(np.argsort(places, kind="stable"), np.cumsum(np.bincount(places))[:-1])
    drawn = []
    for _ in range(DRAWS // 2):
        rows = np.concatenate([of_artist[at] for at in chance.integers(0, len(names), len(names))])
        drawn.append(auc(scores[rows], positive[rows]))
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return {"auc": round(auc(scores, positive), 4), "low": round(float(low), 4), "high": round(float(high), 4)}


# --- intervals ------------------------------------------------------------------------------------


def interval(values: np.ndarray) -> dict[str, float]:
    """Mean of float [n] and the 95 % bootstrap interval of it."""
    means = values[_draws(len(values))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return {"mean": round(float(values.mean()), 5), "low": round(float(low), 5), "high": round(float(high), 5)}


def _ratio(values: np.ndarray, base: np.ndarray) -> dict[str, float]:
    drawn = _draws(len(values))
    ratios = values[drawn].mean(axis=1) / np.maximum(base[drawn].mean(axis=1), 1e-12)
    low, high = np.percentile(ratios, [2.5, 97.5])
    mean = values.mean() / max(base.mean(), 1e-12)
    return {"mean": round(float(mean), 3), "low": round(float(low), 3), "high": round(float(high), 3)}


def _draws(count: int) -> np.ndarray:
    return np.random.default_rng(SEED).integers(0, count, (DRAWS, count))
