"""Recommending: what every answer keeps to, and catalogues whose right answer is known."""

import random

import numpy as np
import pytest
from catalogues import EVEN, ODD, build_rows, checkerboard, lyrics_of, no_two_alike, song
from hypothesis import example, given, settings
from hypothesis import strategies as st

from model.labels import EMOTIONS
from recommender.emotion import CLOSENESS, MODES, hellinger, jensen_shannon, sharpened, targets
from recommender.energy import energy
from recommender.engine import MOST_SEEDS, Recommender, Wishes
from recommender.reasons import FEELINGS
from recommender.similarity import PROFILES, DefaultSimilarity

UNIFORM = np.full(4, 0.25)
SAD = np.array([0.05, 0.05, 0.85, 0.05])
quick = settings(deadline=None, max_examples=150)


@pytest.fixture(scope="module")
def recommender(catalogue) -> Recommender:
    return Recommender(catalogue)


@pytest.fixture(scope="module")
def board(tmp_path_factory) -> Recommender:
    return Recommender(build_rows(checkerboard(), tmp_path_factory.mktemp("checkerboard")))


def ids(answer) -> list[str]:
    return [one.song.id for one in answer]


def cosine(one, other) -> float:
    return float(np.dot(one, other) / (np.linalg.norm(one) * np.linalg.norm(other)))


# --- what every answer keeps to -------------------------------------------------------------

moods = st.just(UNIFORM.tolist()) | st.lists(st.floats(0, 1), min_size=4, max_size=4).filter(
    lambda row: sum(row) > 0.01
)
questions = st.fixed_dictionaries(
    {
        "seeds": st.lists(st.integers(0, 37), max_size=MOST_SEEDS, unique=True),
        "excluded": st.sets(st.integers(0, 37), max_size=37) | st.sets(st.integers(0, 37), max_size=4),
        "mood": moods,
        "mode": st.sampled_from(MODES),
        "k": st.integers(1, 12),
    }
)


def ask(recommender, question, profile):
    songs = recommender.catalogue.songs
    mood = np.array(question["mood"])
    return recommender.recommend(
        [songs[at] for at in question["seeds"]],
        mood / mood.sum(),
        k=question["k"],
        mode=question["mode"],
        exclude={songs[at].id for at in question["excluded"]},
        profile=profile,
    )


@pytest.mark.parametrize("profile", PROFILES)
@quick
@given(question=questions)
def test_exactly_k_distinct_songs_while_the_catalogue_has_them(recommender, profile, question):
    answer = ask(recommender, question, profile)
    barred = set(question["seeds"]) | question["excluded"]
    shown = [one.song.index for one in answer]
    assert not barred & set(shown)
    assert len(set(shown)) == len(shown)
    assert len(shown) == min(question["k"], len(recommender.catalogue) - len(barred))


@pytest.mark.parametrize("profile", PROFILES)
@quick
@given(question=questions)
def test_what_is_told_of_a_song_is_so(recommender, profile, question):
    catalogue, songs = recommender.catalogue, recommender.catalogue.songs
    emotions = catalogue.lines if profile == "original" else catalogue.emotion
    for one in ask(recommender, question, profile):
        assert one.song is songs[one.song.index]
        assert one.emotion_match == pytest.approx(cosine(emotions[one.song.index], question["mood"]), abs=1e-4)
        likeness = [recommender._similarity[profile].scores(songs[at])[one.song.index] for at in question["seeds"]]
        if not likeness:
            assert one.similarity == 0
        elif profile == "default":
            assert one.similarity == pytest.approx(np.mean(likeness), abs=1e-4)
        else:
            assert min(abs(one.similarity - like) for like in likeness) < 1e-4
        assert one.reason
        assert one.reason == " ".join(one.reason.split())


@quick
@given(question=questions)
def test_one_song_a_work_and_an_artist_while_others_are_left(recommender, question):
    """A seed's other versions come last of all, then a work shown already, then an artist shown already."""
    songs = recommender.catalogue.songs
    left = {at for at in range(len(songs)) if at not in question["excluded"] and at not in question["seeds"]}
    works, artists = {songs[at].work for at in question["seeds"]}, set()
    for one in ask(recommender, question, "default"):
        new_works = [at for at in left if songs[at].work not in works]
        new_artists = [at for at in new_works if songs[at].artist not in artists]
        if new_artists:
            assert one.song.index in new_artists
        elif new_works:
            assert one.song.index in new_works
        works.add(one.song.work)
        artists.add(one.song.artist)
        left.discard(one.song.index)


def test_versions_of_a_seed_come_last(recommender):
    catalogue = recommender.catalogue
    seed = catalogue.by_name["등대", "미나리"]
    versions = {song.index for song in catalogue.songs if song.work == seed.work} - {seed.index}
    assert len(versions) == 2
    everything = recommender.recommend([seed], SAD, k=len(catalogue))
    assert {one.song.index for one in everything[-2:]} == versions
    assert not versions & {one.song.index for one in recommender.recommend([seed], SAD)}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("mode", MODES)
def test_asking_again_with_what_was_shown_excluded_ends_with_every_song_shown_once(recommender, mode, profile):
    catalogue = recommender.catalogue
    shown: list[str] = []
    while answer := recommender.recommend(catalogue.songs[:1], SAD, mode=mode, exclude=shown, profile=profile):
        shown += ids(answer)
    assert sorted(shown) == sorted(song.id for song in catalogue.songs[1:])


def test_recommending_changes_nothing_for_the_next_question(recommender):
    songs = recommender.catalogue.songs
    before = [ids(recommender.recommend([seed], SAD, profile=profile)) for seed in songs for profile in PROFILES]
    again = [ids(recommender.recommend([seed], SAD, profile=profile)) for seed in songs for profile in PROFILES]
    assert before == again


# --- wrong questions ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"mode": "sad"}, "mode 'sad'; allowed are match, lift, path"),
        ({"mode": ""}, "allowed are match"),
        ({"profile": "new"}, "profile 'new'; allowed are default, original"),
        ({"k": 0}, "at least 1"),
        ({"k": -3}, "-3 songs"),
    ],
)
def test_another_mode_profile_or_number_is_refused(recommender, options, told):
    with pytest.raises(ValueError, match=told):
        recommender.recommend([], UNIFORM, **options)


def test_more_than_three_seeds_are_refused(recommender):
    songs = recommender.catalogue.songs
    assert len(recommender.recommend(songs[:3], UNIFORM)) == 5
    with pytest.raises(ValueError, match="4 favourite songs; at most 3"):
        recommender.recommend(songs[:4], UNIFORM)


def test_similar_refuses_another_profile(recommender):
    with pytest.raises(ValueError, match="allowed are default, original"):
        recommender.similar(recommender.catalogue.songs[0], 5, "best")


# --- similar --------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES)
def test_similar_ranks_all_other_songs_by_likeness_alone(recommender, profile):
    catalogue = recommender.catalogue
    for seed in catalogue.songs:
        scores = recommender._similarity[profile].scores(seed)
        near = recommender.similar(seed, 1000, profile)
        order = sorted(set(range(len(catalogue))) - {seed.index}, key=lambda at: (-scores[at], at))
        assert [song.index for song, _ in near] == order
        assert [score for _, score in near] == [scores[at] for at in order]
        assert recommender.similar(seed, 3, profile) == near[:3]


@pytest.mark.parametrize("profile", PROFILES)
def test_similar_includes_the_artist_and_the_versions_of_the_seed(recommender, profile):
    catalogue = recommender.catalogue
    seed = catalogue.by_name["등대", "미나리"]
    nearest = [(song.title, song.artist) for song, _ in recommender.similar(seed, 3, profile)]
    assert ("등대 (Live)", "미나리") in nearest
    assert set(nearest) & {("Good Morning, 부산", "미나리"), ("등대", "한솔")}


# --- catalogues whose answer is known ---------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES)
def test_on_a_checkerboard_the_nearest_songs_are_of_the_seed_s_colour(board, profile):
    for seed in board.catalogue.songs:
        near = board.similar(seed, 40, profile)
        assert {song.index % 2 for song, _ in near} == {seed.index % 2}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("mode", MODES)
def test_on_a_checkerboard_every_answer_is_of_the_seed_s_colour(board, profile, mode):
    for seed in board.catalogue.songs[:20]:
        for mood in (UNIFORM, SAD, np.array([0.1, 0.1, 0.1, 0.7])):
            answer = board.recommend([seed], mood, mode=mode, profile=profile)
            assert {one.song.index % 2 for one in answer} == {seed.index % 2}
            assert len(answer) == 5


@pytest.mark.parametrize("strongest", range(4))
def test_on_a_checkerboard_all_five_songs_match_the_mood(board, strongest):
    mood = np.full(4, 0.05)
    mood[strongest] = 0.85
    for seeds in ([], board.catalogue.songs[:1], board.catalogue.songs[2:7:2]):
        answer = board.recommend(seeds, mood)
        assert [board.catalogue.emotion[one.song.index].argmax() for one in answer] == [strongest] * 5
        assert all(one.emotion_match > 0.99 for one in answer)


def test_without_a_mood_the_songs_most_like_the_seed_come_first(board):
    for seed in board.catalogue.songs[:20]:
        near = [song.id for song, _ in board.similar(seed, 12)]
        answer = ids(board.recommend([seed], UNIFORM))
        assert answer[0] == near[0]
        assert set(answer) <= set(near)  # the others give way a little to what is less like those before them


@given(st.lists(st.floats(0.01, 1), min_size=4, max_size=4))
@quick
def test_a_mood_is_claimed_only_of_songs_whose_strongest_emotion_it_is(recommender, mood):
    feeling = FEELINGS[EMOTIONS[int(np.argmax(mood))]]
    for one in recommender.recommend([], np.array(mood)):
        strongest = int(np.argmax(recommender.catalogue.emotion[one.song.index]))
        assert ("마음에 가까운" in one.reason) <= (strongest == int(np.argmax(mood)))
        assert ("마음에 가까운" not in one.reason) or one.reason.startswith(feeling)


def test_the_reason_names_words_that_both_songs_hold(board):
    rows = checkerboard()
    words_told = 0
    for seed in board.catalogue.songs[:30]:
        for one in board.recommend([seed], UNIFORM):
            assert "같은 발라드" in one.reason
            assert "같은 가수" not in one.reason
            _, *words = one.reason.split("가사에 함께 나오는 말: ")
            for word in words[0].split(", ") if words else []:
                assert word in rows[seed.index]["lyrics"]
                assert word in rows[one.song.index]["lyrics"]
                words_told += 1
    assert words_told > 150


def test_lift_and_path_aim_where_they_say():
    happy = np.eye(4)[EMOTIONS.index("행복")]
    np.testing.assert_allclose(targets(SAD, "match", 3), [SAD] * 3)
    np.testing.assert_allclose(targets(SAD, "lift", 3), [(SAD + happy) / 2] * 3)
    path = targets(SAD, "path", 5)
    np.testing.assert_allclose(path, [(1 - t) * SAD + t * happy for t in (0, 0.15, 0.35, 0.55, 0.75)])
    for mode in MODES:
        for k in range(1, 12):
            aims = targets(SAD, mode, k)
            assert aims.shape == (k, 4)
            np.testing.assert_allclose(aims.sum(axis=1), 1)
    np.testing.assert_allclose(targets(SAD, "path", 1), [SAD])


@pytest.fixture(scope="module")
def stairs(tmp_path_factory) -> Recommender:
    """One song for every step from sad to happy, mixed, among songs of other emotions."""
    chance = random.Random(2)
    steps = [song(f"계단 {t}", f"가수 {t}", lyrics_of(EVEN, chance), "", "", aim.tolist()) for t, aim in STEPS.items()]
    others = [song(f"딴 {n}", f"딴 {n}", lyrics_of(EVEN, chance), "", "", [0.6, 0.3, 0.05, 0.05]) for n in range(8)]
    mixed = others + steps
    chance.shuffle(mixed)
    return Recommender(build_rows(mixed, tmp_path_factory.mktemp("stairs")))


HAPPY = np.eye(4)[3]
STEPS = {t: (1 - t) * SAD + t * HAPPY for t in (0, 0.15, 0.35, 0.5, 0.55, 0.75)}


@pytest.mark.parametrize("profile", PROFILES)
def test_path_goes_from_the_mood_to_happiness_step_by_step(stairs, profile):
    answer = stairs.recommend([], SAD, mode="path", profile=profile)
    assert [one.song.title for one in answer] == ["계단 0", "계단 0.15", "계단 0.35", "계단 0.55", "계단 0.75"]


@pytest.mark.parametrize("profile", PROFILES)
def test_match_begins_with_the_mood_and_lift_half_way_to_happiness(stairs, profile):
    assert stairs.recommend([], SAD, k=1, profile=profile)[0].song.title == "계단 0"
    lifted = stairs.recommend([], SAD, k=3, mode="lift", profile=profile)
    assert [one.song.title for one in lifted] == ["계단 0.5", "계단 0.55", "계단 0.35"]


def test_an_artist_with_most_of_the_songs_gets_one_place(tmp_path):
    chance = random.Random(4)
    rows = [song(f"많다 {n}", "다작", lyrics_of(EVEN[:8], chance), "발라드", "2000", SAD.tolist()) for n in range(60)]
    few = [0.4, 0.3, 0.2, 0.1]
    rows += [song(f"적다 {n}", f"가수 {n}", lyrics_of(ODD, chance), "댄스", "1970", few) for n in range(6)]
    recommender = Recommender(build_rows(rows, tmp_path))
    answer = recommender.recommend(recommender.catalogue.songs[:1], SAD)
    assert sum(one.song.artist == "다작" for one in answer) == 1
    assert len(answer) == 5


# --- wishes ----------------------------------------------------------------------------------------

wishes = st.builds(
    lambda liked, disliked, energy, others: (liked, disliked, energy, others),
    st.lists(st.integers(0, 37), max_size=4),
    st.lists(st.integers(0, 37), max_size=4),
    st.integers(-2, 2),
    st.booleans(),
)


@quick
@given(question=questions, wish=wishes)
def test_wishes_leave_five_distinct_songs_and_never_show_what_was_disliked(recommender, question, wish):
    songs = recommender.catalogue.songs
    liked, disliked, energy, others = wish
    barred = {*question["seeds"], *question["excluded"], *disliked}
    asked = Wishes(tuple(songs.at(liked)), tuple(songs.at(disliked)), energy, others)
    seeds = songs.at(question["seeds"])
    exclude = {songs[at].id for at in question["excluded"]}
    for profile in PROFILES:
        answer = recommender.recommend(
            seeds, SAD, k=question["k"], mode=question["mode"], exclude=exclude, profile=profile, wishes=asked
        )
        shown = [one.song.index for one in answer]
        assert len(set(shown)) == len(shown) == min(question["k"], len(songs) - len(barred))
        assert not set(shown) & barred


def colours(answer) -> list[int]:
    return [one.song.index % 2 for one in answer]


def test_what_was_liked_and_disliked_moves_the_next_answer(board):
    songs = board.catalogue.songs
    even, odd = tuple(songs[0:6:2]), tuple(songs[1:7:2])
    assert colours(board.recommend([], UNIFORM, wishes=Wishes(liked=odd))) == [1] * 5
    assert colours(board.recommend([], UNIFORM, wishes=Wishes(liked=even))) == [0] * 5
    assert colours(board.recommend([], UNIFORM, wishes=Wishes(disliked=even))) == [1] * 5
    near = board.recommend([songs[8]], SAD)
    assert ids(board.recommend([songs[8]], SAD, wishes=Wishes(disliked=(near[0].song,)))) != ids(near)


def test_energy_goes_with_the_wish(tmp_path):
    chance = random.Random(12)
    rows = [
        song(f"노래 {n}", f"가수 {n}", lyrics_of(EVEN, chance), ("발라드", "댄스")[n % 2], "2001", [0.25] * 4)
        for n in range(40)
    ]
    recommender = Recommender(build_rows(rows, tmp_path))
    seed = recommender.catalogue.songs[:1]
    lively = [sum(colours(recommender.recommend(seed, SAD, wishes=Wishes(energy=step)))) for step in range(-2, 3)]
    assert lively == sorted(lively)
    assert (lively[0], lively[-1]) == (0, 5)
    with pytest.raises(ValueError, match="energy 3; allowed are -2 to 2"):
        recommender.recommend(seed, SAD, wishes=Wishes(energy=3))


def test_livelier_leaves_a_ballad_s_neighbours(tmp_path):
    """A hundred ballads share the favourite's words; the few dance songs are far down in its ranking."""
    chance = random.Random(3)
    rows = [
        song(f"발라드 {n}", f"가수 {n}", lyrics_of(EVEN, chance), "발라드", "2001", SAD.tolist()) for n in range(100)
    ]
    rows += [song(f"댄스 {n}", f"춤꾼 {n}", lyrics_of(ODD, chance), "댄스", "2001", SAD.tolist()) for n in range(10)]
    recommender = Recommender(build_rows(rows, tmp_path))
    seed = recommender.catalogue.songs[:1]
    assert {one.song.genre for one in recommender.recommend(seed, SAD)} == {"발라드"}
    assert {one.song.genre for one in recommender.recommend(seed, SAD, wishes=Wishes(energy=2))} == {"댄스"}


def test_by_mood_alone_newer_songs_come_first_among_those_that_fit_as_well(tmp_path):
    chance = random.Random(5)
    years = ("1975", "2020", "", "1995")
    rows = [
        song(f"노래 {n}", f"가수 {n}", lyrics_of(EVEN, chance), "발라드", years[n % 4], SAD.tolist()) for n in range(40)
    ]
    rows += [
        song(f"딴 노래 {n}", f"딴 가수 {n}", lyrics_of(ODD, chance), "발라드", "2021", [0, 0, 0, 1]) for n in range(9)
    ]
    recommender = Recommender(build_rows(rows, tmp_path))
    assert {one.song.year for one in recommender.recommend([], SAD)} == {2020}
    seed = [one for one in recommender.catalogue.songs if one.year == 1975][:1]
    assert {one.song.year for one in recommender.recommend(seed, SAD)} == {1975}


def test_a_mood_is_sharpened_to_a_distribution_in_the_same_order():
    mood = np.array([0.3, 0.1, 0.4, 0.2])
    sharper = sharpened(mood)
    assert sharper.sum() == pytest.approx(1)
    assert np.argsort(sharper).tolist() == np.argsort(mood).tolist()
    assert sharper.max() > mood.max()
    np.testing.assert_allclose(sharpened(np.full(4, 0.25)), 0.25)
    np.testing.assert_allclose(sharpened(np.array([0, 0, 1, 0])), [0, 0, 1, 0])


def test_calm_songs_for_an_angry_mood_are_looked_for_further_away(tmp_path):
    loud, calm = [0.9, 0.04, 0.03, 0.03], [0.3, 0.1, 0.5, 0.1]
    rows = [song(f"큰 노래 {n}", f"가수 {n}", "", "댄스", "2020", loud) for n in range(60)]
    rows += [song(f"작은 노래 {n}", f"딴 가수 {n}", "", "발라드", "2020", calm) for n in range(20)]
    recommender = Recommender(build_rows(rows, tmp_path))
    angry = np.array([0.8, 0.1, 0.05, 0.05])
    assert {one.song.genre for one in recommender.recommend([], angry)} == {"댄스"}
    assert {one.song.genre for one in recommender.recommend([], angry, wishes=Wishes(energy=-1))} == {"발라드"}


def test_songs_without_a_year_are_as_new_as_their_artist(tmp_path):
    rows = [song(f"옛 노래 {n}", "옛 가수", "", "발라드", "1975", SAD.tolist()) for n in range(5)]
    rows += [song(f"새 노래 {n}", "새 가수", "", "발라드", "2020", SAD.tolist()) for n in range(5)]
    rows += [
        song("무제 하나", "옛 가수", "", "발라드", "", SAD.tolist()),
        song("무제 둘", "새 가수", "", "발라드", "", SAD.tolist()),
    ]
    recommender = Recommender(build_rows(rows, tmp_path))
    newest, *_ = recommender.recommend([], SAD)
    assert newest.song.artist == "새 가수"
    familiar = dict(zip((one.title for one in recommender.catalogue.songs), recommender._familiar, strict=True))
    assert familiar["무제 둘"] == familiar["새 노래 0"] > familiar["무제 하나"] == familiar["옛 노래 0"]


def test_by_mood_alone_artists_with_more_songs_come_first_among_songs_as_new(tmp_path):
    artists = [f"가수 {n}" for n in range(30)] + [f"아는 가수 {n % 6}" for n in range(60)]
    rows = [song(f"노래 {at}", artist, "", "발라드", "2020", SAD.tolist()) for at, artist in enumerate(artists)]
    songs = Recommender(build_rows(rows, tmp_path)).recommend([], SAD)
    assert all(one.song.artist.startswith("아는 가수") for one in songs)


def test_without_any_year_a_catalogue_answers_by_mood_alone(tmp_path):
    rows = [song(f"노래 {n}", f"가수 {n}", "", "발라드", "", SAD.tolist()) for n in range(9)]
    assert len(Recommender(build_rows(rows, tmp_path)).recommend([], SAD)) == 5


def test_energy_is_from_calm_to_lively():
    emotions = np.eye(4)
    np.testing.assert_allclose(energy(["댄스"], np.zeros(4, int), emotions), [1, 0.5, 0, 1])
    np.testing.assert_allclose(energy(["발라드, 댄스"], np.zeros(4, int), emotions), [0, -0.5, -1, 0])
    genres, genre = ["", "처음 보는 장르", "국악"], np.array([0, 1, 2, 0])
    np.testing.assert_allclose(energy(genres, genre, emotions), [0.5, 0, -0.5, 0.5])


def test_other_artists_are_others_while_there_are_some(recommender):
    songs = recommender.catalogue.songs
    seed = recommender.catalogue.by_name["소나기", "민들레"]
    shown = recommender.catalogue.by_name["막걸리 블루스", "남춘자"]
    answer = recommender.recommend([seed], SAD, k=12, exclude={shown.id}, wishes=Wishes(other_artists=True))
    assert not {one.song.artist for one in answer} & {"민들레", "남춘자"}
    assert len(recommender.recommend([seed], SAD, k=len(songs) - 1, wishes=Wishes(other_artists=True))) == 37


def test_an_artist_refused_comes_after_a_second_song_of_another(tmp_path):
    rows = [song(f"노래 {n}", artist, "우산과 기차", "댄스") for n, artist in enumerate(["하나", "둘", "둘", "하나"])]
    recommender = Recommender(build_rows(rows, tmp_path))
    first = recommender.catalogue.songs[0]
    answer = recommender.recommend([first], SAD, k=3, wishes=Wishes(other_artists=True))
    assert [one.song.artist for one in answer] == ["둘", "둘", "하나"]


@pytest.mark.parametrize("seeds", [0, 1])
def test_without_a_mood_a_lift_still_aims_at_joy(board, seeds):
    songs = board.catalogue.songs[:seeds]
    plain, lifted = (board.recommend(songs, UNIFORM, mode=mode) for mode in ("match", "lift"))
    joy = [np.mean([board.catalogue.emotion[one.song.index][3] for one in answer]) for answer in (plain, lifted)]
    assert joy[1] > joy[0]


@pytest.mark.parametrize("emotion", [[np.nan] * 4, [0, 0, 0, 0], [1, -1, 0, 0], [np.inf, 0, 0, 0]])
def test_a_mood_that_is_no_distribution_is_refused(recommender, emotion):
    with pytest.raises(ValueError, match="give four numbers"):
        recommender.recommend([], np.array(emotion))


def test_a_song_that_tells_little_claims_no_mood(tmp_path):
    rows = [song(f"노래 {n}", f"가수 {n}", "짧은 노래", "댄스") for n in range(4)]
    recommender = Recommender(build_rows(rows, tmp_path))
    for one in recommender.recommend(recommender.catalogue.songs[:1], np.array([0.25, 0.25, 0.26, 0.24])):
        assert one.reason.startswith("가사만으로는")


# --- closeness of moods --------------------------------------------------------------------------------


@quick
@given(one=moods, other=moods)
@example([0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 5e-324, 1.0])
def test_every_closeness_is_one_for_the_same_mood_and_falls_away_from_it(one, other):
    one, other = np.array(one) / sum(one), np.array(other) / sum(other)
    for closeness in CLOSENESS.values():
        assert closeness(one[None], one)[0] == pytest.approx(1, abs=1e-5)
        there, back = closeness(one[None], other)[0], closeness(other[None], one)[0]
        assert there == pytest.approx(back, abs=1e-7)
        assert -1e-9 <= there <= 1 + 1e-9
    assert hellinger(np.eye(4), np.eye(4)[2]).tolist() == pytest.approx([0, 0, 1, 0])
    assert jensen_shannon(np.eye(4), np.eye(4)[2]).tolist() == pytest.approx([0, 0, 1, 0])
    known = 1 - np.sqrt(((np.sqrt(one) - np.sqrt(other)) ** 2).sum() / 2)
    assert hellinger(one[None], other)[0] == pytest.approx(known, abs=1e-6)


# --- small and poor catalogues -----------------------------------------------------------------------

POOR = {
    "one song": [song("하나", "혼자", "우산 하나 들고\n비를 보던 밤")],
    "one song without words": [song("하나", "혼자")],
    "three songs": [song(f"노래 {n}", f"가수 {n}", lyrics_of(EVEN, random.Random(n))) for n in range(3)],
    "one artist": [song(f"노래 {n}", "혼자", lyrics_of(EVEN, random.Random(n)), "댄스", "1999") for n in range(8)],
    "one work": [song(f"노래 (Ver. {n})", "혼자", "같은 우산 같은 비", "댄스") for n in range(7)],
    "no genre, year or words": [song(f"노래 {n}", f"가수 {n}") for n in range(7)],
    "no words but genres": [song(f"노래 {n}", f"가수 {n}", "~ ♥ ~", "재즈", "2000") for n in range(7)],
    "no names of artists": [song(f"노래 {n}", "", lyrics_of(ODD, random.Random(n))) for n in range(7)],
    "doubles": [song("노래", "가수", "같은 우산 같은 비") for n in range(6)],
}


@pytest.fixture(scope="module")
def poor(tmp_path_factory) -> dict[str, Recommender]:
    return {name: Recommender(build_rows(rows, tmp_path_factory.mktemp("poor"))) for name, rows in POOR.items()}


@pytest.mark.parametrize("name", POOR)
def test_small_and_poor_catalogues_answer_with_what_they_have(poor, name):
    recommender = poor[name]
    songs = recommender.catalogue.songs
    assert len(songs) == len(POOR[name])
    for seeds in range(min(MOST_SEEDS, len(songs)) + 1):
        for mood in (UNIFORM, SAD):
            for mode in MODES:
                for profile in PROFILES:
                    for k in (1, 5, 9):
                        answer = recommender.recommend(songs[:seeds], mood, k=k, mode=mode, profile=profile)
                        shown = {one.song.index for one in answer}
                        assert len(answer) == len(shown) == min(k, len(songs) - seeds)
                        assert not shown & set(range(seeds))
                        assert all(np.isfinite([one.similarity, one.emotion_match]).all() for one in answer)
    for profile in PROFILES:
        assert len(recommender.similar(songs[0], 100, profile)) == len(songs) - 1


def test_a_song_of_which_nothing_is_known_is_like_nothing(poor):
    catalogue = poor["no genre, year or words"].catalogue
    np.testing.assert_array_equal(DefaultSimilarity(catalogue).scores(catalogue.songs[0]), np.zeros(7))
    assert (catalogue.terms.rows.width, catalogue.terms_original.width, catalogue.genres_original.width) == (0, 0, 0)


# --- the order of the rows --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shuffled(tmp_path_factory) -> list[Recommender]:
    """The same songs three times, in other orders."""
    rows = no_two_alike()
    orders = [rows, rows[::-1], random.Random(9).sample(rows, len(rows))]
    return [Recommender(build_rows(order, tmp_path_factory.mktemp("order"))) for order in orders]


@pytest.mark.parametrize("profile", PROFILES)
@quick
@given(
    seeds=st.lists(st.integers(0, 35), max_size=MOST_SEEDS, unique=True),
    mood=st.lists(st.floats(0.05, 1), min_size=4, max_size=4),
    mode=st.sampled_from(MODES),
    excluded=st.sets(st.integers(0, 35), max_size=6),
)
def test_the_order_of_the_catalogue_never_changes_the_answer(shuffled, profile, seeds, mood, mode, excluded):
    names = [song.id for song in shuffled[0].catalogue.songs]
    answers = [
        ids(
            recommender.recommend(
                [recommender.catalogue.by_id[names[at]] for at in seeds],
                np.array(mood) / sum(mood),
                mode=mode,
                exclude={names[at] for at in excluded},
                profile=profile,
            )
        )
        for recommender in shuffled
    ]
    assert len(answers[0]) == 5
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("profile", PROFILES)
def test_the_order_of_the_catalogue_never_changes_what_is_similar(shuffled, profile):
    for first in shuffled[0].catalogue.songs:
        rankings = []
        for recommender in shuffled:
            near = recommender.similar(recommender.catalogue.by_id[first.id], 35, profile)
            by_score = sorted((-round(score, 6), song.id) for song, score in near)  # equal scores in any order
            assert [round(score, 6) for _, score in near] == [-score for score, _ in by_score]
            rankings.append(by_score)
        assert rankings[0] == rankings[1] == rankings[2]
