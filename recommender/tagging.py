"""Lyric lines → the emotion of each song."""

from collections.abc import Sequence

import numpy as np
from tqdm import tqdm

from model import aggregate
from model.classifier import EmotionClassifier
from model.text import lyric_lines

SONGS_AT_ONCE = 64


def tag(lyrics: Sequence[str], classifier: EmotionClassifier) -> tuple[np.ndarray, np.ndarray]:
    """(float32 [songs, 4] mean emotion over distinct lines, int32 [songs] how many lines those were).

    A repeated line counts once, an empty one never; a song without lines gets the uniform row.
    """
    emotions, counts = [], []
    with tqdm(total=len(lyrics), desc="emotions", unit="song") as progress:
        for first in range(0, len(lyrics), SONGS_AT_ONCE):
            songs = [aggregate.distinct(lyric_lines(text)) for text in lyrics[first : first + SONGS_AT_ONCE]]
            lines = classifier.predict([line for song in songs for line in song]).probabilities
            ends = np.cumsum([len(song) for song in songs])
            emotions += [aggregate.mean(rows) for rows in np.split(lines, ends[:-1])]
            counts += [len(song) for song in songs]
            progress.update(len(songs))
    return np.array(emotions, np.float32), np.array(counts, np.int32)
