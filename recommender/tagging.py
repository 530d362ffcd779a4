"""Lyrics → what is read from them: emotions line by line and morphemes; here, in processes, or on a cluster."""

import functools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from model import aggregate
from model.classifier import EmotionClassifier, LiteRTClassifier
from model.text import lyric_lines
from recommender import terms
from recommender.readings import Reading, Readings

SONGS_AT_ONCE = 64


def read(lyrics: Sequence[str], classifier: EmotionClassifier) -> list[Reading]:
    """A reading of each text: a repeated line counts once, an empty one never; no lines give the uniform emotion."""
    lines = [lyric_lines(text) for text in lyrics]
    songs = [aggregate.distinct(of_song) for of_song in lines]
    emotions = classifier.predict([line for song in songs for line in song]).probabilities
    ends = np.cumsum([len(song) for song in songs], dtype=np.int64)
    counted = terms.morphemes(["\n".join(of_song) for of_song in lines])
    return [
        Reading(aggregate.mean(rows), len(song), Counter(names))
        for rows, song, names in zip(np.split(emotions, ends[:-1]), songs, counted, strict=True)
    ]


@dataclass(frozen=True)
class Reader:
    """`read` with the model of a folder, opened once in each process it is called in."""

    folder: Path

    def __call__(self, lyrics: Sequence[str]) -> list[Reading]:
        return read(lyrics, _classifier(self.folder))


@functools.cache
def _classifier(folder: Path) -> EmotionClassifier:
    return LiteRTClassifier(folder)


def tag(
    lyrics: Sequence[str],
    reader: Callable[[Sequence[str]], list[Reading]],
    kept: Readings,
    executor: Executor | None = None,
) -> None:
    """Read what `kept` has not yet, a part at a time, each kept at once, so that a build can be interrupted."""
    missing = kept.missing(lyrics)
    parts = [missing[first : first + SONGS_AT_ONCE] for first in range(0, len(missing), SONGS_AT_ONCE)]
    with tqdm(total=len(lyrics), initial=len(lyrics) - len(missing), desc="lyrics", unit="song") as progress:
        for part, readings in _done(parts, reader, executor):
            kept.add(part, readings)
            progress.update(len(part))


def _done(parts, reader, executor) -> Iterator[tuple[Sequence[str], list[Reading]]]:
    if executor is None:
        yield from ((part, reader(part)) for part in parts)
        return
    running = {executor.submit(reader, part): part for part in parts}
    completed = executor.as_completed if hasattr(executor, "as_completed") else as_completed
    for future in completed(running):
        yield running[future], future.result()
