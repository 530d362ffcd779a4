"""What moves songs in rankings: hubs are lowered, songs that nobody is shown raised, known ones preferred."""

import random

import numpy as np
import pytest
from catalogues import EVEN, ODD, build_rows, lyrics_of, song

from recommender import hubs
from recommender.catalogue import Catalogue
from recommender.engine import Recommender
from recommender.evaluate import hubs as measured


@pytest.fixture(scope="module")
def crowd(tmp_path_factory) -> Catalogue:
    """Songs of which some hold everybody's words, so that they are near to all."""
    chance = random.Random(10)
    rows = []
    for number in range(150):
        words = EVEN + ODD if number < 5 else chance.sample(EVEN + ODD, 7)
        rows.append(song(f"노래 {number}", f"가수 {number}", lyrics_of(words, chance, 12), "발라드"))
    return build_rows(rows, tmp_path_factory.mktemp("crowd"))


def parts(catalogue: Catalogue) -> hubs.Parts:
    terms, artists = catalogue.terms.rows, catalogue.artists.rows
    return hubs.Parts(terms, artists, catalogue.artist, catalogue.genres, catalogue.genre, catalogue.year)


def test_hubs_are_fewer_and_nobody_is_left_out_more_often(crowd):
    recommender = Recommender(crowd)
    plain = measured(recommender.likeness("default"), crowd)
    balanced = measured(recommender.ranking("default"), crowd)
    assert balanced["skew of N10"] < plain["skew of N10"]
    assert balanced["largest N10"] < plain["largest N10"]
    assert balanced["in no first 50"] <= plain["in no first 50"]


def test_what_a_catalogue_keeps_is_what_is_computed_and_in_parts_nearly_so(crowd, monkeypatch):
    known = np.zeros(len(crowd), bool)
    np.testing.assert_allclose(hubs.lift(parts(crowd), known), crowd.lift, atol=1e-6)
    monkeypatch.setattr(hubs, "COMPARED", 50)
    assert np.isfinite(hubs.lift(parts(crowd), known)).all()


def test_candidates_are_the_likeness_that_serves(crowd):
    """What is computed many at a time while building is what DefaultSimilarity says of one."""
    from tqdm import tqdm

    nothing = np.zeros(len(crowd), np.float32)
    places, likeness = hubs._nearest(parts(crowd), np.arange(len(crowd)), nothing, tqdm(disable=True))
    for one in crowd.songs[:20]:
        scores = Recommender(crowd).likeness("default")(one)
        np.testing.assert_allclose(likeness[one.index], scores[places[one.index]], atol=1e-5)
        assert one.index not in places[one.index]


def test_a_song_that_melon_knows_is_preferred_where_likeness_is_the_same(tmp_path):
    words = lyrics_of(EVEN, random.Random(1))
    rows = [song(f"노래 {n}", f"가수 {n}", words, "댄스", "2000") | {"melon_song_id": ""} for n in range(9)]
    rows[7]["melon_song_id"] = "77"
    recommender = Recommender(build_rows(rows, tmp_path))
    assert recommender.similar(recommender.catalogue.songs[0], 1)[0][0].index == 7
