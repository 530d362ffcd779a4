"""What a catalogue holds, in lines for a person."""

from collections import Counter

import numpy as np

from model.labels import EMOTIONS
from recommender.catalogue import Catalogue

GENRES_SHOWN = 12
LITTLE = 0.5  # of what would be enough to tell a song's emotion


def describe(catalogue: Catalogue) -> list[str]:
    """Songs, artists, genres, years, emotions, and how many songs of a genre have which strongest emotion."""
    songs = list(catalogue.songs)
    years = [song.year for song in songs if song.year]
    strongest = catalogue.emotion.argmax(axis=1)
    with_emotion = int((np.ptp(catalogue.emotion, axis=1) > 0).sum())
    works, model = Counter(song.work for song in songs), catalogue.manifest["model"]
    decades = Counter(year // 10 * 10 for year in years)
    probability = catalogue.emotion.max(axis=1) if songs else np.zeros(1)
    low, middle, high = np.percentile(probability, [10, 50, 90])
    shared = sum(count for count in works.values() if count > 1)
    lines = [
        f"folder: {catalogue.folder}",
        f"songs: {len(songs)} ({len(works)} works, {shared} rows are doubles or covers)",
        f"artists: {len({song.artist for song in songs})}",
        f"years: {min(years)}-{max(years)}, {len(songs) - len(years)} without" if years else "years: none",
        "decades: " + ", ".join(f"{decade}s {count}" for decade, count in sorted(decades.items())),
        f"with emotion: {with_emotion}",
        "strongest emotion: " + ", ".join(f"{name} {n}" for name, n in zip(EMOTIONS, _counts(strongest), strict=True)),
        f"strongest probability: median {middle:.2f}, four songs of five {low:.2f}-{high:.2f}",
        f"told by little or foreign text: {int((catalogue.told < LITTLE).sum())} songs, their emotion is flatter",
        f"terms: {len(catalogue.term_names)} morphemes, {len(catalogue.terms.rows.data)} weights",
        f"sources: {', '.join(catalogue.manifest['sources'])}",
        f"model: {model['name']}, {', '.join(f'{name} {sha[:12]}' for name, sha in sorted(model['sha256'].items()))}",
        f"digest: {catalogue.digest}",
        "",
        f"{'main genre':<16}{'songs':>7}" + "".join(f"{name:>8}" for name in EMOTIONS),
    ]
    genres = [song.genres[0] if song.genres else "(none)" for song in songs]
    for genre, count in Counter(genres).most_common(GENRES_SHOWN):
        of_genre = strongest[[at for at, name in enumerate(genres) if name == genre]]
        lines.append(f"{genre:<16}{count:>7}" + "".join(f"{n:>11}" for n in _counts(of_genre)))
    for index, name in enumerate(EMOTIONS):
        tagged = Counter(genre for genre, top in zip(genres, strongest, strict=True) if top == index)
        if tagged:
            genre, count = tagged.most_common(1)[0]
            lines.append(f"most songs tagged {name}: {genre} ({count})")
    return lines


def _counts(strongest: np.ndarray) -> list[int]:
    return np.bincount(strongest, minlength=len(EMOTIONS)).tolist()
