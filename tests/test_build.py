"""Building catalogues: what is read from song files, what is written, and what must never be in it."""

import csv
import hashlib
import itertools
import json
import random
import re
import shutil
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from catalogues import EVEN, ODD, build_files, build_rows, lyrics_of, song, write_csv
from conftest import SONGS, KeywordClassifier
from sklearn.feature_extraction.text import TfidfVectorizer

from model.files import BUNDLED as MODEL
from model.files import digest
from model.labels import EMOTIONS
from model.text import lyric_lines
from recommender.build import build, merge, read_shard
from recommender.catalogue import MANIFEST, Catalogue, CatalogueError, files_of, song_id, verify
from recommender.cluster import executor
from recommender.describe import describe
from recommender.tagging import Reader
from recommender.works import works

LONG = ["하나 둘 셋", "화가 나던 밤", "슬프던 골목", "행복한 우산", "무서운 기차", "짜증 섞인 편지"]


def source_rows() -> list[dict[str, str]]:
    with SONGS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def one_line(error) -> str:
    message = str(error.value)
    assert message
    assert "\n" not in message
    return message


# --- songs.csv ---------------------------------------------------------------------------


def test_every_row_stays_in_the_order_of_the_source(catalogue):
    rows = source_rows()
    assert len(catalogue) == len(rows)
    assert [song.index for song in catalogue.songs] == list(range(len(rows)))
    for song_, row in zip(catalogue.songs, rows, strict=True):
        if not row["title"].startswith("19금") and not row["artist"].startswith("2:00"):
            assert (song_.title, song_.artist) == (row["title"], row["artist"])


def test_ids_are_hashes_of_title_and_artist_and_never_shared(catalogue):
    for one in catalogue.songs:
        name = unicodedata.normalize("NFC", one.title) + "\x1f" + one.artist
        assert one.id == hashlib.sha256(name.encode()).hexdigest()[:12] == song_id(one.title, one.artist)
    assert len(catalogue.by_id) == len(catalogue)
    assert song_id(unicodedata.normalize("NFD", "밤편지"), "가수") == song_id("밤편지", "가수")


def test_emotions_are_the_mean_over_the_lines(catalogue):
    for one, row in zip(catalogue.songs, source_rows(), strict=True):
        lines = list(dict.fromkeys(lyric_lines(row["lyrics"])))
        mean = KeywordClassifier().predict(lines).probabilities.mean(axis=0)
        np.testing.assert_allclose(catalogue.lines[one.index], mean, atol=1e-5)
        assert one.lines == len(lines)
    np.testing.assert_allclose(catalogue.emotion.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("date", "year"),
    [
        ("1998", 1998),
        ("1998.05", 1998),
        ("1998.05.17", 1998),
        ("2021-03-04", 2021),
        ("1990s", None),
        ("", None),
        ("98", None),
        ("19981", None),
        ("알 수 없음", None),
        ("0000.00.00", None),
    ],
)
def test_years_are_read_from_dates_but_never_from_decades(tmp_path, date, year):
    assert build_rows([song("제목", "가수", date=date)], tmp_path).songs[0].year == year


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"artist": "2:00 PM"}, {"artist": "2PM"}),
        ({"artist": "2:00 AM, 케이"}, {"artist": "2AM, 케이"}),
        ({"artist": "12:00 PM"}, {"artist": "12:00 PM"}),
        ({"title": "19금 불장난"}, {"title": "불장난"}),
        ({"title": "19금"}, {"title": "19금"}),
        ({"title": "Rock &amp; Roll"}, {"title": "Rock & Roll"}),
        ({"title": " 두  칸\u2028제목 "}, {"title": "두 칸 제목"}),
        ({"title": "~"}, {"title": "~"}),
        ({"title": unicodedata.normalize("NFD", "밤편지")}, {"title": "밤편지"}),
        ({"genre": "R&B;/Soul"}, {"genre": "R&B/Soul"}),
        ({"genre": "R&amp;B/Soul, 인디음악"}, {"genre": "R&B/Soul, 인디음악"}),
        ({"genre": "아이돌"}, {"genre": "댄스"}),
        ({"genre": " 발라드 ,  아이돌 "}, {"genre": "발라드, 댄스"}),
        ({"genre": "국악"}, {"genre": "국악"}),
        ({"genre": ""}, {"genre": ""}),
        ({"artist": ""}, {"artist": ""}),
    ],
)
def test_names_and_genres_are_repaired_and_otherwise_left_alone(tmp_path, given, meant):
    built = build_rows([song("제목", "가수") | given], tmp_path).songs[0]
    for name, value in meant.items():
        assert getattr(built, name) == value


def test_a_title_in_chinese_characters_is_one_work_with_its_reading():
    titles = ["새벽 (黎明)", "黎明 (새벽)", "黎明", "밤 (夜)", "夜曲 (밤)", "Tell Me (텔 미)", "텔 미"]
    nothing = [""] * len(titles)
    assert works(titles, ["같은 가수"] * len(titles), nothing, nothing) == [0, 0, 0, 3, 4, 5, 6]


def test_doubles_versions_and_covers_stay_and_share_a_work(tmp_path):
    words = lyrics_of(EVEN, random.Random(8), 25)
    rows = [
        song("우산", "하나", words),
        song("우산", "하나", "다른 가사가 붙어 있는 같은 노래"),
        song("우산 (Live)", "하나", "또 다른 가사"),
        song("우산 다시", "둘", words + "\n덧붙인 마지막 줄"),
        song("우산", "셋", "제목만 같은 노래"),
        song("의자", "하나", "가수만 같은 노래"),
        song("배", "넷", "멜론 번호가 같은 노래") | {"melon_song_id": "77"},
        song("배", "넷 (Four)", "멜론 번호가 같은 노래의 다른 행") | {"melon_song_id": "77"},
    ]
    for row in rows:
        row.setdefault("melon_song_id", "")
    catalogue = build_rows(rows, tmp_path)
    works = [one.work for one in catalogue.songs]
    assert len(works) == len(rows)
    assert works[0] == works[1] == works[2] == works[3]
    assert works[6] == works[7]
    assert len({works[0], works[4], works[5], works[6]}) == 4


def test_a_cover_that_is_written_down_otherwise_is_one_work_and_a_namesake_is_not():
    words = lyrics_of(EVEN, random.Random(8), 30)
    lines = words.splitlines()
    with_a_verse_before = "\n".join([*lyrics_of(EVEN, random.Random(9), 6).splitlines(), *lines])
    a_part = "\n".join(lines[len(lines) // 2 :])
    lyrics = [words, with_a_verse_before, a_part, lyrics_of(ODD, random.Random(8), 30)]
    titles = ["우산", "우산 (Remake)", "우 산", "우산"]
    assert works(titles, ["하나", "둘", "셋", "넷"], lyrics, [""] * len(titles)) == [0, 0, 0, 3]


@pytest.mark.parametrize("nobody", ["", "Various Artists"])
def test_songs_of_nobody_known_are_one_only_by_their_lyrics(tmp_path, nobody):
    words = lyrics_of(EVEN, random.Random(8), 25)
    rows = [song("사랑", nobody, words), song("사랑", nobody, lyrics_of(ODD, random.Random(9), 25))]
    rows.append(song("사랑", nobody, words))
    one, other, same = (row.work for row in build_rows(rows, tmp_path).songs)
    assert one == same != other


def test_rows_of_one_name_keep_ids_of_their_own(tmp_path):
    catalogue = build_rows([song("우산", "하나"), song("우산", "하나"), song("우산", "둘")], tmp_path)
    first, second, other = (one.id for one in catalogue.songs)
    assert first == song_id("우산", "하나")
    assert second == song_id("우산", "하나", 1)
    assert other == song_id("우산", "둘")
    assert catalogue.by_name["우산", "하나"].id == first


def test_several_files_follow_one_another(tmp_path):
    paths = [write_csv(tmp_path / f"{n}.csv", [song(f"노래 {n}", "가수", "가사")]) for n in range(3)]
    catalogue = build_files(paths, tmp_path / "catalogue")
    assert [one.title for one in catalogue.songs] == ["노래 0", "노래 1", "노래 2"]
    assert catalogue.manifest["sources"] == ["0.csv", "1.csv", "2.csv"]


def test_a_byte_order_mark_and_words_that_look_like_missing_values_are_read(tmp_path):
    path = tmp_path / "songs.csv"
    path.write_text("title,artist,lyrics\nNA,None,null\nnan,1e5,가사\n", encoding="utf-8-sig")
    catalogue = build_files([path], tmp_path / "catalogue")
    assert [(one.title, one.artist) for one in catalogue.songs] == [("NA", "None"), ("nan", "1e5")]


# --- the original's two files -----------------------------------------------------------------

OWN = {
    "우산": [0.1, 0.2, 0.3, 0.4],
    "기차": [2, 0, 0, 2],
    "의자": ["", 0.1, 0.1, 0.1],
    "배": [-0.1, 0.4, 0.4, 0.3],
    "섬": [0, 0, 0, 0],
}


@pytest.fixture
def original_files(tmp_path) -> list[Path]:
    """Small files of our own with the columns of sample_songlist.csv and df_final_lyrics.csv."""
    chance = random.Random(1)
    plain, tagged = [], []
    for number, title in enumerate([*OWN, "혼자 있는 노래"]):
        lyrics = lyrics_of(EVEN, chance)
        plain.append(
            {
                "Unnamed: 0": number,
                "Title": title,
                "Artist": "가수",
                "Genre": "발라드" if number % 2 else "",
                "Lyric": lyrics.replace("\n", " "),
                "preprocess_Lyric_ver1": "쓰지 않는 열",
                "preprocess_Lyric_ver2": " ".join(chance.choices(ODD, k=9)),
            }
        )
    for title, emotions in OWN.items():
        lines = [*LONG, LONG[0], ""]
        facts = {"Title": title, "SongID": "123", "Artist": "가수", "Date": "2004.05.06", "Genre": "댄스"}
        tagged.append(facts | {"Lyrics": str(lines)} | dict(zip(EMOTIONS, emotions, strict=True)))
    tagged.append(tagged[0] | {"Artist": "다른 가수"})
    tagged.append(tagged[0] | {"행복": 0.9})  # a double, as the original's file has them
    return [write_csv(tmp_path / "sample_songlist.csv", plain), write_csv(tmp_path / "df_final_lyrics.csv", tagged)]


def test_the_two_files_are_joined_on_title_and_artist(original_files, tmp_path):
    for order, paths in enumerate((original_files, original_files[::-1])):
        catalogue = build_files(paths, tmp_path / f"catalogue {order}")
        assert [(one.title, one.artist) for one in catalogue.songs] == [(title, "가수") for title in OWN]
        assert [one.genre for one in catalogue.songs] == ["댄스", "발라드", "댄스", "발라드", "댄스"]
        assert {(one.year, one.melon_id) for one in catalogue.songs} == {(2004, "123")}
        assert {one.lines for one in catalogue.songs} == {len(LONG)}


def test_words_are_those_of_the_preprocessed_lyrics(original_files, tmp_path):
    catalogue = build_files(original_files, tmp_path / "catalogue")
    with original_files[0].open(encoding="utf-8", newline="") as file:
        words = [row["preprocess_Lyric_ver2"] for row in csv.DictReader(file)][: len(OWN)]
    weights = TfidfVectorizer().fit_transform(words)
    expected = (weights @ weights.T).toarray()
    pairs = ~np.eye(len(words), dtype=bool)
    ours = np.array([catalogue.terms_original.like(row) for row in range(len(words))])
    np.testing.assert_allclose(ours[pairs], expected[pairs], atol=1e-5)
    assert expected[pairs].max() > 0


def test_emotions_of_the_file_are_kept_as_distributions(original_files, tmp_path):
    catalogue = build_files(original_files, tmp_path / "catalogue")
    np.testing.assert_allclose(catalogue.lines[:2], [[0.1, 0.2, 0.3, 0.4], [0.5, 0, 0, 0.5]], atol=1e-6)


def test_missing_negative_and_zero_emotions_are_read_by_the_model(original_files, tmp_path):
    catalogue = build_files(original_files, tmp_path / "catalogue")
    read = KeywordClassifier().predict(LONG).probabilities.mean(axis=0)
    np.testing.assert_allclose(catalogue.lines[2:], [read] * 3, atol=1e-6)


def test_retag_reads_all_emotions_anew(original_files, tmp_path):
    catalogue = build_files(original_files, tmp_path / "catalogue", retag=True)
    read = KeywordClassifier().predict(LONG).probabilities.mean(axis=0)
    np.testing.assert_allclose(catalogue.lines, [read] * len(OWN), atol=1e-6)


def test_the_tagged_file_alone_is_a_catalogue(original_files, tmp_path):
    catalogue = build_files(original_files[1:], tmp_path / "catalogue")
    assert len(catalogue) == len(OWN) + 2
    np.testing.assert_allclose(catalogue.lines[0], [0.1, 0.2, 0.3, 0.4], atol=1e-6)


def test_the_plain_file_alone_is_a_catalogue(original_files, tmp_path):
    assert len(build_files(original_files[:1], tmp_path / "catalogue")) == len(OWN) + 1


# --- what is never in a catalogue ---------------------------------------------------------------


def assert_without_lyrics(catalogue: Catalogue, lyrics: list[str]) -> None:
    """No line, no two neighbouring words, spaced or glued, in any file, but where a title or artist says the same."""
    names = " ".join(f"{one.title} {one.artist} {one.genre}" for one in catalogue.songs)
    phrases: set[str] = set()
    for text in lyrics:
        words = text.split()
        phrases |= {line.strip() for line in text.splitlines() if len(line.split()) > 1}
        for first, second in itertools.pairwise(words):
            phrases |= {f"{first} {second}", first + second}
    phrases = {phrase for phrase in phrases if phrase not in names}
    assert len(phrases) > 10
    files = [path for path in catalogue.folder.rglob("*") if path.is_file()]
    assert len(files) > 10
    for path in files:
        content = path.read_bytes()
        found = [phrase for phrase in phrases if phrase.encode() in content]
        assert not found, f"{path.name}: {found[:5]}"


def test_no_line_and_no_order_of_words_is_in_any_file(catalogue):
    assert_without_lyrics(catalogue, [row["lyrics"] for row in source_rows()])


def test_glued_lines_are_in_no_file(tmp_path):
    glued = [
        "우산을들고골목을걸었지비가오던밤이었네",
        "기차는떠나고편지만남았지",
        "sunsetoverthelonelyharbour",
        "달빛아래춤추던고양이",
    ]
    chance = random.Random(6)
    rows = []
    for number in range(12):
        lyrics = "\n".join([*chance.sample(glued, 3), lyrics_of(ODD, chance)])
        rows.append(song(f"제목 {number}", f"가수 {number}", lyrics))
    catalogue = build_rows(rows, tmp_path)
    assert_without_lyrics(catalogue, [row["lyrics"] for row in rows])
    for path in catalogue.folder.rglob("*"):
        if path.is_file():
            assert not [line for line in glued if line.encode() in path.read_bytes()]


def test_no_term_is_long_or_spaced_or_of_one_song(catalogue):
    names = catalogue.term_names
    assert len(names) == len(set(names)) == catalogue.terms.rows.width > 20
    assert list(names) == sorted(names)
    for name in names:
        assert not re.search(r"\s", name)
        assert len(name.split("/")[0]) <= 11  # ten letters, and the «다» of a verb
    for matrix in (catalogue.terms.rows, catalogue.themes, catalogue.terms_original):
        songs = np.bincount(matrix.indices, minlength=matrix.width)
        assert songs.min() >= 2
    assert np.bincount(catalogue.terms.rows.indices).max() <= 0.3 * len(catalogue)


def test_a_catalogue_of_one_song_holds_no_terms(tmp_path):
    catalogue = build_rows([song("제목", "가수", lyrics_of(EVEN, random.Random(1)))], tmp_path)
    assert (list(catalogue.term_names), catalogue.terms.rows.width, catalogue.terms_original.width) == ([], 0, 0)


def test_columns_ascend_in_every_row(catalogue):
    for matrix in (catalogue.terms.rows, catalogue.themes, catalogue.terms_original, catalogue.genres_original):
        assert len(matrix) == len(catalogue)
        for row in range(len(matrix)):
            columns, weights = matrix.row(row)
            assert (np.diff(columns) > 0).all()
            assert (weights > 0).all()


def test_rows_of_the_default_terms_are_unit_or_empty(catalogue):
    lengths = [np.linalg.norm(catalogue.terms.rows.row(row)[1]) for row in range(len(catalogue))]
    assert all(length == 0 or abs(length - 1) < 1e-5 for length in lengths)


# --- digests, half-written folders, building again ------------------------------------------------


def test_the_manifest_vouches_for_every_file(catalogue_folder):
    verify(catalogue_folder)
    manifest = json.loads((catalogue_folder / MANIFEST).read_text(encoding="utf-8"))
    assert sorted(manifest["sha256"]) == files_of(catalogue_folder)
    assert all(digest(catalogue_folder / name) == value for name, value in manifest["sha256"].items())
    assert manifest["songs"] == 38
    assert not list(catalogue_folder.parent.glob("*.partial"))


@pytest.fixture
def copy(catalogue_folder, tmp_path) -> Path:
    return Path(shutil.copytree(catalogue_folder, tmp_path / "copy"))


def test_a_changed_byte_in_any_file_is_detected(copy):
    for name in files_of(copy):
        content = (copy / name).read_bytes()
        (copy / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        with pytest.raises(CatalogueError) as error:
            verify(copy)
        assert str(copy / name) in one_line(error)
        (copy / name).write_bytes(content)
    verify(copy)


def test_a_missing_file_is_detected(copy):
    for name in files_of(copy):
        (copy / name).rename(copy / "aside")
        with pytest.raises(CatalogueError, match=re.escape(name)):
            verify(copy)
        (copy / "aside").rename(copy / name)


def test_a_folder_without_manifest_is_half_written_and_refused(copy):
    (copy / MANIFEST).unlink()
    for opened in (Catalogue, verify):
        with pytest.raises(CatalogueError) as error:
            opened(copy)
        assert "no manifest.json" in one_line(error)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "1",
        "{}",
        '{"format": 1}',
        '{"format": 2}',
        '{"format": 2, "songs": -1, "sha256": {}}',
        '{"format": 2, "songs": "many", "sha256": {}}',
        '{"format": 2, "songs": 38, "sha256": []}',
    ],
)
def test_a_broken_manifest_is_refused(copy, content):
    (copy / MANIFEST).write_text(content)
    with pytest.raises(CatalogueError) as error:
        Catalogue(copy)
    assert "again" in one_line(error)


@pytest.mark.parametrize(
    "name",
    [
        "songs.db",
        "facts/emotion.npy",
        "facts/genres.json",
        "terms/data.npy",
        "artists/inverted/indptr.npy",
        "terms_original/indptr.npy",
        "genres_original/width.npy",
    ],
)
def test_a_catalogue_with_a_missing_or_broken_part_is_refused(copy, name):
    for content in (b"broken", None):
        (copy / name).unlink()
        if content:
            (copy / name).write_bytes(content)
        with pytest.raises(CatalogueError) as error:
            Catalogue(copy)
        assert "build the catalogue again" in one_line(error)


def test_parts_of_different_sizes_are_refused(copy, tmp_path):
    other = build_rows([song("하나", "둘", "셋")], tmp_path / "other")
    shutil.rmtree(copy / "terms")
    shutil.copytree(other.folder / "terms", copy / "terms")
    with pytest.raises(CatalogueError, match=r"\[1, 38\] songs"):
        Catalogue(copy)


def test_opening_a_catalogue_writes_nothing(copy):
    before = {path: path.stat().st_mtime_ns for path in copy.rglob("*")}
    catalogue = Catalogue(copy)
    assert list(catalogue.term_names)
    assert describe(catalogue)
    assert {path: path.stat().st_mtime_ns for path in copy.rglob("*")} == before


@pytest.mark.parametrize("name", ["한글 이름", "a#b", "a?b", "50%25", "it's"])
def test_a_catalogue_may_stand_under_any_name(copy, tmp_path, name):
    moved = copy.rename(tmp_path / name)
    assert len(Catalogue(moved)) == 38


def test_building_twice_gives_the_same_files(tmp_path):
    one, two = (build_files([SONGS], tmp_path / name) for name in ("one", "two"))
    assert one.digest == two.digest
    for name in (*files_of(one.folder), MANIFEST):
        assert (one.folder / name).read_bytes() == (two.folder / name).read_bytes(), name


def test_a_catalogue_is_replaced_and_nothing_is_left_over(tmp_path):
    path = write_csv(tmp_path / "songs.csv", [song("새 노래", "가수", "가사")])
    build_files([SONGS], tmp_path / "catalogue")
    assert [one.title for one in build_files([path], tmp_path / "catalogue").songs] == ["새 노래"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["catalogue", "songs.csv"]


class BrokenClassifier(KeywordClassifier):
    def predict(self, texts):
        raise RuntimeError("no more")


def test_a_build_that_fails_leaves_the_old_catalogue_and_no_rest(copy, tmp_path):
    from recommender.build import build

    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(RuntimeError, match="no more"):
        build([SONGS], copy, BrokenClassifier(), model={})
    assert sorted(tmp_path.rglob("*")) == sorted([*before, copy.with_name("copy.readings")])
    verify(copy)


def test_a_folder_of_other_things_is_never_replaced(tmp_path):
    for name in ("notes.txt", "manifest.json"):
        folder = tmp_path / name[:5]
        folder.mkdir()
        (folder / name).write_text("mine")
        with pytest.raises(CatalogueError) as error:
            build_files([SONGS], folder)
        assert "is no catalogue" in one_line(error)
        assert (folder / name).read_text() == "mine"
    with pytest.raises(CatalogueError, match="is no catalogue"):
        build_files([SONGS], tmp_path / "notes" / "notes.txt")


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "empty").mkdir()
    assert len(build_files([SONGS], tmp_path / "empty")) == 38


# --- files that cannot be used --------------------------------------------------------------------

UNUSABLE = {
    "empty": (b"", "cannot be read as UTF-8 CSV"),
    "header alone": (b"title,artist,lyrics\n", "no songs"),
    "no titles": ("title,artist,lyrics\n,가수,가사\n \u200b,가수,가사\n".encode(), "no songs"),
    "no lyrics": ("title,artist,genre\n제목,가수,댄스\n".encode(), "no column lyrics; it has title, artist, genre"),
    "other columns": (b"a,b\n1,2\n", "no column artist, lyrics, title"),
    "another encoding": ("title,artist,lyrics\n제목,가수,가사\n".encode("utf-16"), "cannot be read as UTF-8 CSV"),
    "binary": (bytes(range(256)) * 8, "cannot be read as UTF-8 CSV"),
    "open quote": ('title,artist,lyrics\n제목,가수,"가사\n'.encode(), "cannot be read as UTF-8 CSV"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(tmp_path, name):
    content, told = UNUSABLE[name]
    (tmp_path / "songs.csv").write_bytes(content)
    with pytest.raises(CatalogueError) as error:
        build_files([tmp_path / "songs.csv"], tmp_path / "catalogue")
    assert told in one_line(error)
    assert str(tmp_path / "songs.csv") in str(error.value)
    assert not (tmp_path / "catalogue").exists()


@pytest.mark.parametrize("name", ["nothing.csv", "."])
def test_a_file_that_is_not_there_or_a_folder_is_refused_in_one_line(tmp_path, name):
    with pytest.raises(CatalogueError) as error:
        build_files([tmp_path / name], tmp_path / "catalogue")
    assert str(tmp_path) in one_line(error)


def test_two_files_of_the_original_without_a_common_song_are_refused(tmp_path):
    plain = write_csv(tmp_path / "a.csv", [{"Title": "하나", "Artist": "가수", "Lyric": "가사"}])
    tagged = write_csv(tmp_path / "b.csv", [song("둘", "가수", "가사", emotion=[1, 0, 0, 0])])
    with pytest.raises(CatalogueError, match="joined on title and artist"):
        build_files([plain, tagged], tmp_path / "catalogue")


def test_other_files_beside_the_originals_two_keep_all_their_songs(tmp_path, original_files):
    more = write_csv(tmp_path / "more.csv", [song("하나 더", "다른 가수", "가사 한 줄")])
    tagged = write_csv(tmp_path / "tagged.csv", [song("또 하나", "가수", "가사", emotion=[1, 0, 0, 0])])
    alone = build_files(original_files, tmp_path / "alone")
    with_more = build_files([more, *original_files], tmp_path / "both")
    assert [one.title for one in with_more.songs] == ["하나 더", *(one.title for one in alone.songs)]
    assert [one.title for one in build_files([more, tagged], tmp_path / "two").songs] == ["하나 더", "또 하나"]


def test_a_column_under_two_names_is_read_once(tmp_path):
    path = tmp_path / "songs.csv"
    path.write_text("title,Title,artist,lyrics,genre,Genre\n제목,딴 제목,가수,가사,댄스,재즈\n", encoding="utf-8")
    only = build_files([path], tmp_path / "catalogue").songs[0]
    assert (only.title, only.genre) == ("제목", "댄스")


# --- what is left out, and going on -----------------------------------------------------------------


def test_rows_that_cannot_be_used_are_told_with_their_lines_and_left_out(tmp_path, caplog):
    path = tmp_path / "songs.csv"
    path.write_text(
        'title,artist,lyrics\n우산,하나,"두 줄\n가사"\n,둘,가사\n기차,셋\n편지,넷,가사,더,많이\n의자,다섯,가사\n',
        encoding="utf-8",
    )
    catalogue = build_files([path], tmp_path / "catalogue")
    assert [one.title for one in catalogue.songs] == ["우산", "의자"]
    assert "left out 3 of 5 rows: line 4: no title; line 5: 2 values where the header names 3; line 6: 5" in caplog.text


def test_a_file_of_a_korean_spreadsheet_is_read_and_told(tmp_path, caplog):
    path = tmp_path / "songs.csv"
    path.write_bytes("title,artist,lyrics\n우산,하나,비가 오는 밤\n".encode("cp949"))
    assert build_files([path], tmp_path / "catalogue").songs[0].title == "우산"
    assert "is not UTF-8 (line 2); read as CP949" in caplog.text


class CountingClassifier(KeywordClassifier):
    """Counts the lines it reads, and breaks after so many."""

    def __init__(self, most: int = 10**9):
        self.read, self.most = 0, most

    def predict(self, texts):
        self.read += len(texts)
        if self.read > self.most:
            raise RuntimeError("no more")
        return super().predict(texts)


def files_and_digests(folder: Path) -> dict[str, str]:
    return {name: digest(folder / name) for name in files_of(folder)}


def test_an_interrupted_build_goes_on_where_it_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr("recommender.tagging.SONGS_AT_ONCE", 4)
    whole = CountingClassifier()
    build([SONGS], tmp_path / "whole", whole, model={})
    broken = CountingClassifier(whole.read // 2)
    with pytest.raises(RuntimeError, match="no more"):
        build([SONGS], tmp_path / "catalogue", broken, model={})
    rest = CountingClassifier()
    build([SONGS], tmp_path / "catalogue", rest, model={})
    assert whole.read / 3 < rest.read < whole.read * 2 / 3
    assert files_and_digests(tmp_path / "catalogue") == files_and_digests(tmp_path / "whole")
    assert not list(tmp_path.glob("*.readings"))


def test_kept_readings_are_used_again_but_not_by_another_model(tmp_path):
    kept = tmp_path / "kept"
    build([SONGS], tmp_path / "one", KeywordClassifier(), model={"sha256": {"a": "1"}}, readings=kept)
    again, other = CountingClassifier(), CountingClassifier()
    build([SONGS], tmp_path / "two", again, model={"sha256": {"a": "1"}}, readings=kept)
    build([SONGS], tmp_path / "two", other, model={"sha256": {"a": "2"}}, readings=kept)
    assert again.read == 0
    assert other.read > 0


def test_shards_brought_together_are_the_whole(tmp_path):
    for number in (1, 2, 3):
        read_shard([SONGS], tmp_path / f"{number}", KeywordClassifier(), model={}, shard=(number, 3))
    shards = [tmp_path / f"{number}" for number in (1, 2, 3)]
    assert merge(tmp_path / "merged", [SONGS], shards[:2], model={}) > 10  # the third is forgotten
    assert merge(tmp_path / "merged", [SONGS], shards, model={}) == 0
    nothing = CountingClassifier()
    build([SONGS], tmp_path / "merged", nothing, model={})
    build([SONGS], tmp_path / "whole", KeywordClassifier(), model={})
    assert nothing.read == 0
    assert files_and_digests(tmp_path / "merged") == files_and_digests(tmp_path / "whole")


@pytest.mark.parametrize("where", [{"workers": 2}, {"workers": 2, "dask": "local"}], ids=["processes", "dask"])
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_lyrics_read_in_other_processes_are_read_the_same(tmp_path, where, monkeypatch):
    """The bundled model in two processes, on this machine or as a local Dask cluster, against this process."""
    if "dask" in where:
        pytest.importorskip("distributed")
    path = write_csv(tmp_path / "songs.csv", [song(f"노래 {n}", "가수", f"우산 {n}\n비가 오는 밤") for n in range(4)])
    monkeypatch.setattr("recommender.tagging.SONGS_AT_ONCE", 2)
    reader = Reader(MODEL)
    build([path], tmp_path / "here", reader, model={})
    with executor(**where) as running:
        build([path], tmp_path / "there", reader, model={}, executor=running)
    assert files_and_digests(tmp_path / "there") == files_and_digests(tmp_path / "here")


def test_a_missing_shard_and_a_file_that_is_none_are_refused(tmp_path):
    with pytest.raises(CatalogueError, match="no such file"):
        merge(tmp_path / "all", [SONGS], [tmp_path / "none"], model={})
    read_shard([SONGS], tmp_path / "old", KeywordClassifier(), model={"sha256": {"a": "1"}}, shard=(1, 9))
    with pytest.raises(CatalogueError, match="old: another model read it; write it anew"):
        merge(tmp_path / "all", [SONGS], [tmp_path / "old"], model={"sha256": {"a": "2"}})
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").touch()
    with pytest.raises(CatalogueError, match="exists and is no catalogue"):
        merge(tmp_path / "mine", [SONGS], [], model={})
    (tmp_path / "text").write_text("no database\n" * 100)
    with pytest.raises(CatalogueError, match="cannot be used for readings"):
        build([SONGS], tmp_path / "catalogue", KeywordClassifier(), model={}, readings=tmp_path / "text")


def test_readings_hold_no_order_of_words(tmp_path):
    """What an interrupted build leaves on the disk holds counts of morphemes, none of the lines."""
    read_shard([SONGS], tmp_path / "kept", KeywordClassifier(), model={}, shard=(1, 1))
    content = (tmp_path / "kept").read_bytes()
    for row in source_rows():
        for line in lyric_lines(row["lyrics"]):
            assert line.encode() not in content


def test_little_or_foreign_text_tells_little_and_is_flatter(tmp_path):
    chance = random.Random(7)
    korean = "\n".join(f"{number} {lyrics_of(EVEN, chance, 2)}" for number in range(20))
    english = "\n".join(f"{number} paper boats and lemonade, all the little plans we made" for number in range(20))
    rows = [song("한글", "하나", korean), song("English", "둘", english), song("짧다", "셋", "짧은 노래")]
    rows += [song(f"노래 {n}", f"가수 {n}", lyrics_of(ODD, chance, 30)) for n in range(9)]
    catalogue = build_rows(rows, tmp_path)
    told = {one.title: one.told for one in catalogue.songs}
    assert told["한글"] == 1
    assert told["English"] == 0
    assert told["짧다"] == pytest.approx(0.04)
    np.testing.assert_allclose(catalogue.told, [one.told for one in catalogue.songs], atol=1e-4)
    middle = catalogue.emotion.mean(axis=0)
    np.testing.assert_allclose(catalogue.emotion[1], middle, atol=0.02)
