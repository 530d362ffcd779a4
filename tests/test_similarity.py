"""The original's formula, held against scikit-learn as its documents describe it; and ours, by known answers."""

import csv

import numpy as np
import pytest
from conftest import SONGS, KeywordClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from recommender.build import build
from recommender.catalogue import Catalogue
from recommender.engine import Recommender
from recommender.similarity import DefaultSimilarity, OriginalSimilarity

CLOSE = 1e-5
MOODS = {
    "분노": [0.7, 0.1, 0.15, 0.05],
    "공포": [0.05, 0.8, 0.1, 0.05],
    "슬픔": [0.1, 0.05, 0.8, 0.05],
    "행복": [0.02, 0.03, 0.05, 0.9],
    "반반": [0.4, 0.1, 0.4, 0.1],
    "모름": [0.25, 0.25, 0.25, 0.25],
}


class TheOriginal:
    """emotion_base_recommendation in scikit-learn: one matrix of all pairs, then the mood among the neighbours."""

    def __init__(self, genres: list[str], lyrics: list[str], emotions: np.ndarray):
        genre_counts = CountVectorizer(ngram_range=(1, 2)).fit_transform(genres)
        lyric_weights = TfidfVectorizer().fit_transform(lyrics)
        genre, lyric = cosine_similarity(genre_counts), cosine_similarity(lyric_weights)
        self.similarity = 0.3 * genre + 1.0 * lyric
        self.emotions = emotions

    def neighbours(self, seed: int) -> list[int]:
        """The nine most similar songs other than the seed; equal ones in the order of the catalogue."""
        scores = self.similarity[seed].round(7)
        return [at for at in np.argsort(-scores, kind="stable").tolist() if at != seed][:9]

    def recommend(self, seed: int, mood: list[float]) -> list[int]:
        """The five of them whose emotion is nearest by cosine."""
        near = sorted(self.neighbours(seed))
        match = cosine_similarity(self.emotions[near], [mood])[:, 0].round(7)
        return [near[at] for at in np.argsort(-match, kind="stable")[:5]]


def rows_of(path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def original(catalogue) -> TheOriginal:
    rows = rows_of(SONGS)
    genres = [row["genre"].replace("R&B;", "R&B") for row in rows]
    return TheOriginal(genres, [row["lyrics"] for row in rows], catalogue.lines)


@pytest.fixture(scope="module")
def recommender(catalogue) -> Recommender:
    return Recommender(catalogue)


def assert_same_pairs(catalogue: Catalogue, original: TheOriginal) -> None:
    """Every pair of two songs; a song with itself is left out, since words of one song alone are not kept."""
    ours = OriginalSimilarity(catalogue)
    pairs = ~np.eye(len(catalogue), dtype=bool)
    scores = np.array([ours.scores(song) for song in catalogue.songs])
    np.testing.assert_allclose(scores[pairs], original.similarity[pairs], atol=CLOSE)


def test_similarities_are_those_of_the_original_for_every_pair(catalogue, original):
    assert_same_pairs(catalogue, original)


@pytest.mark.parametrize("mood", MOODS)
def test_the_five_songs_are_those_of_the_original_for_every_seed(catalogue, recommender, original, mood):
    for seed in catalogue.songs:
        expected = original.recommend(seed.index, MOODS[mood])
        answer = recommender.recommend([seed], np.array(MOODS[mood]), profile="original")
        assert [one.song.index for one in answer] == expected, seed.title
        for one in answer:
            assert one.similarity == pytest.approx(original.similarity[seed.index, one.song.index], abs=1e-4)
            match = cosine_similarity(catalogue.lines[[one.song.index]], [MOODS[mood]])[0, 0]
            assert one.emotion_match == pytest.approx(match, abs=1e-4)


def test_the_nearest_by_likeness_are_those_of_the_original_for_every_seed(catalogue, recommender, original):
    for seed in catalogue.songs:
        near = recommender.similar(seed, 9, profile="original")
        assert [song.index for song, _ in near] == original.neighbours(seed.index)
        np.testing.assert_allclose(
            [score for _, score in near], original.similarity[seed.index, [song.index for song, _ in near]], atol=CLOSE
        )


def test_two_songs_of_one_title_do_not_leak_the_seed(catalogue, recommender):
    """The original found the seed by title alone and dropped one row, so the other stayed in the answer."""
    for song in catalogue.songs:
        for profile in ("original", "default"):
            assert song not in [one for one, _ in recommender.similar(song, len(catalogue), profile)]


def test_words_come_from_the_preprocessed_lyrics_where_a_file_has_them(tmp_path):
    rows = [row for row in rows_of(SONGS) if row["genre"]][:20]
    for number, row in enumerate(rows):
        row["preprocess_Lyric_ver2"] = " ".join(row["lyrics"].split()[number % 3 :: 2])
    rows[4]["preprocess_Lyric_ver2"] = ""  # nothing was kept: the lyrics themselves stand in
    with (tmp_path / "songs.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    build([tmp_path / "songs.csv"], tmp_path / "catalogue", KeywordClassifier(), model={})
    catalogue = Catalogue(tmp_path / "catalogue")
    words = [row["preprocess_Lyric_ver2"] or row["lyrics"] for row in rows]
    original = TheOriginal([row["genre"].replace("R&B;", "R&B") for row in rows], words, catalogue.lines)
    unlike = TheOriginal([row["genre"] for row in rows], [row["lyrics"] for row in rows], catalogue.lines)
    assert np.abs(original.similarity - unlike.similarity).max() > 0.05
    recommender, mood = Recommender(catalogue), MOODS["슬픔"]
    assert_same_pairs(catalogue, original)
    for seed in catalogue.songs:
        answer = recommender.recommend([seed], np.array(mood), profile="original")
        assert [one.song.index for one in answer] == original.recommend(seed.index, mood)


# --- the default profile ----------------------------------------------------------------------


def test_a_song_is_as_like_itself_as_can_be_and_likeness_goes_both_ways(catalogue):
    ours = DefaultSimilarity(catalogue)
    scores = np.array([ours.scores(song) for song in catalogue.songs])
    np.testing.assert_allclose(scores, scores.T, atol=CLOSE)
    assert (scores >= 0).all()
    assert (scores <= 1.7 + CLOSE).all()
    assert (scores.diagonal() >= scores.max(axis=1) - CLOSE).all()
    whole = [
        song.index
        for song in catalogue.songs
        if song.genre and song.year and len(catalogue.terms.rows.row(song.index)[0])
    ]
    assert whole
    np.testing.assert_allclose(scores.diagonal()[whole], 1.7, atol=CLOSE)


def dense(matrix) -> np.ndarray:
    rows = np.zeros((len(matrix), matrix.width))
    for row in range(len(matrix)):
        columns, weights = matrix.row(row)
        rows[row, columns] = weights
    return rows


def test_default_similarity_is_the_sum_of_words_artists_tags_and_years(catalogue):
    ours = DefaultSimilarity(catalogue)
    words, artists = dense(catalogue.terms.rows), dense(catalogue.artists.rows)
    for seed in catalogue.songs:
        scores = ours.scores(seed)
        for song in catalogue.songs:
            both = set(seed.genres) & set(song.genres)
            tags = len(both) / (len(seed.genres) * len(song.genres)) ** 0.5 if both else 0
            era = np.exp(-abs(seed.year - song.year) / 5) if seed.year and song.year else 0
            singers = artists[catalogue.artist[seed.index]] @ artists[catalogue.artist[song.index]]
            expected = 0.8 * words[seed.index] @ words[song.index] + 0.3 * (singers + tags + era)
            assert scores[song.index] == pytest.approx(expected, abs=CLOSE)


def test_artists_stand_for_the_mean_of_their_songs(catalogue):
    words, artists = dense(catalogue.terms.rows), dense(catalogue.artists.rows)
    for artist in range(len(artists)):
        mean = words[catalogue.artist == artist].mean(axis=0)
        np.testing.assert_allclose(artists[artist], mean / max(np.linalg.norm(mean), 1e-9), atol=CLOSE)


def test_a_ranking_is_likeness_and_what_moves_a_song(catalogue):
    ours = DefaultSimilarity(catalogue)
    for seed in catalogue.songs:
        np.testing.assert_allclose(ours.ranking(seed) - ours.scores(seed), catalogue.lift, atol=CLOSE)


def test_genres_are_compared_as_whole_tags(catalogue):
    """«랩/힙합» and «R&B/Soul» share nothing, and «인디음악, 포크/블루스» shares a half with «인디음악»."""
    ours = DefaultSimilarity(catalogue)
    tags = ours._genres @ ours._genres.T
    at = {song.title: catalogue.genre[song.index] for song in catalogue.songs}
    assert tags[at["깨진 유리"], at["등대 (Live)"]] == 0
    assert tags[at["여름 버스"], at["막차"]] == pytest.approx(0.5**0.5)
    assert tags[at["Good Morning, 부산"], at["등대 (Live)"]] == pytest.approx(1)
    assert tags[at["~"]].sum() == 0
