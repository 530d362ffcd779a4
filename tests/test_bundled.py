"""What ships: the bundled model and catalogue, together, as a person meets them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bot.app import build_search
from model.classifier import LiteRTClassifier
from model.evaluate import evaluate, read_rows
from model.files import BUNDLED as MODEL
from model.labels import EMOTIONS
from model.text import key
from recommender.catalogue import BUNDLED as CATALOGUE
from recommender.catalogue import Catalogue, song_id, verify
from recommender.engine import Recommender
from recommender.search import Found, decide

ROOT = Path(__file__).parent.parent
LEAKCHECK = ROOT.parent / "shared" / "tools" / "leakcheck"
SAID = {
    "분노혐오": [
        "진짜 짜증나 죽겠네 왜 자꾸 나한테만 그래",
        "약속을 또 어기다니 너무 화가 난다",
        "사람을 무시하는 태도가 정말 역겨워",
        "왜 거짓말을 해? 어이가 없네 진짜",
        "상사가 내 일을 가로채서 열받아",
        "정말 재수없는 인간이야",
    ],
    "놀람공포": [
        "밤에 누가 따라오는 것 같아서 너무 무서워",
        "헉 깜짝이야! 이게 무슨 일이야?",
        "갑자기 쿵 소리가 나서 심장이 멎는 줄 알았어",
        "귀신 나올 것 같아 무섭다",
        "정말이야? 믿을 수가 없어!",
        "수술이 잘못될까 봐 겁나요",
    ],
    "슬픔": [
        "헤어진 사람이 생각나서 눈물이 나",
        "할머니가 돌아가셔서 너무 슬퍼",
        "아무도 내 곁에 없는 것 같아 외롭다",
        "오늘 발표를 망쳐서 너무 속상해",
        "마음이 아파서 계속 울었어",
        "우울하고 기운이 없어요 ㅠㅠ",
    ],
    "행복": [
        "드디어 합격했어! 너무 행복해",
        "오늘 데이트 정말 즐거웠어",
        "선물을 받아서 기분이 최고야",
        "날씨도 좋고 신나는 하루였어",
        "가족들이랑 맛있는 거 먹어서 행복하다",
        "고마워 덕분에 정말 기뻐",
    ],
}


@pytest.fixture(scope="module")
def classifier() -> LiteRTClassifier:
    return LiteRTClassifier(MODEL)


@pytest.fixture(scope="module")
def songs() -> Catalogue:
    return Catalogue(CATALOGUE)


def test_the_model_reads_plain_sentences(classifier):
    texts = [text for said in SAID.values() for text in said]
    labels = np.repeat(np.arange(4), [len(said) for said in SAID.values()])
    measured = evaluate(classifier, texts, labels)
    assert measured["accuracy"] >= 0.87
    assert min(measured["f1"].values()) >= 0.8


@pytest.mark.parametrize(("messages", "least"), [("day.csv", 0.94), ("short.csv", 0.86)])
def test_the_model_reads_days_told_in_a_chat(classifier, messages, least):
    measured = evaluate(classifier, *read_rows(ROOT / "tests" / messages))
    assert measured["accuracy"] >= least
    assert measured["neutral_auc"] >= 0.97


def test_messages_to_learn_from_are_written_once_and_are_none_of_the_test_s():
    texts, labels = read_rows(ROOT / "data" / "messages.csv")
    assert set(labels) == set(range(5))
    learnt = set(map(key, texts))
    assert len(texts) == len(learnt) > 12_000
    # All were written by a language model, so that sentences of one plot may come twice.
    runs = set().union(*map(nine_letters, learnt))
    tests = {key(text) for name in ("day.csv", "short.csv") for text in read_rows(ROOT / "tests" / name)[0]}
    assert not [text for text in tests if text in learnt or nine_letters(text) & runs]


def nine_letters(text: str) -> set[str]:
    """All runs of nine letters in a text."""
    return {text[at : at + 9] for at in range(len(text) - 8)}


def test_small_talk_is_more_neutral_than_feelings(classifier):
    small_talk = [
        "회의는 세 시에 시작해요",
        "책상 위에 있어요",
        "네 알겠습니다",
        "버스 타고 가면 돼요",
        "내일 두 시에 봐요",
    ]
    neutral = classifier.predict(small_talk).neutral
    feelings = classifier.predict([text for said in SAID.values() for text in said]).neutral
    assert np.median(neutral) > 0.5 > np.median(feelings)


def test_neutral_is_an_output_of_the_network_and_no_constant(classifier):
    assert classifier.files.labels[-1] == "중립"
    assert np.ptp(classifier.predict([text for said in SAID.values() for text in said]).neutral) > 0.05


def test_the_model_keeps_the_figures_it_states(classifier):
    metrics = classifier.files.manifest["metrics"]["seed4"]
    assert metrics["rows"] == 11298
    assert metrics["accuracy"] >= 0.765
    assert metrics["macro_f1"] >= 0.76


def test_the_catalogue_is_whole(songs):
    verify(CATALOGUE)
    assert len(songs) == 14124
    assert len({song.id for song in songs.songs}) == 14124
    first = songs.by_name[("밤편지", "아이유")]
    assert first.id == song_id("밤편지", "아이유")
    np.testing.assert_allclose(songs.emotion.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(songs.lines.sum(axis=1), 1, atol=1e-5)


def test_the_catalogue_was_read_by_the_bundled_model(songs, classifier):
    assert songs.manifest["model"]["sha256"] == classifier.files.manifest["sha256"]


def test_every_emotion_is_the_strongest_of_some_songs(songs):
    counts = np.bincount(songs.emotion.argmax(axis=1), minlength=4)
    assert (counts > 0).all(), dict(zip(EMOTIONS, counts, strict=True))


def test_no_file_holds_a_sentence_of_the_corpora():
    if not LEAKCHECK.exists():
        pytest.skip("needs ../shared with the corpora to compare with")
    done = subprocess.run([LEAKCHECK, ROOT], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_well_known_songs_are_found_and_matched(songs):
    search, recommender = build_search(songs), Recommender(songs)
    sad = np.array([0.05, 0.05, 0.85, 0.05])
    for query in ("밤편지 아이유", "벚꽃 엔딩", "IU 밤편지", "ㅂㅍㅈ 아이유"):
        found = decide(search(query))
        titles = {found.song.title} if isinstance(found, Found) else {hit.song.title for hit in found.hits}
        assert titles & {"밤편지", "벚꽃 엔딩"}, query
    seed = songs.by_name[("밤편지", "아이유")]
    five = recommender.recommend([seed], sad)
    assert len({one.song.work for one in five} | {seed.work}) == 6
    assert len({one.song.artist for one in five}) == 5
    assert all(one.reason for one in five)


def test_the_whole_path_over_a_pipe(tmp_path):
    said = "오늘 발표를 망쳐서 너무 속상해\n/song 밤편지\n"
    environment = os.environ | {"MAEUMGOK_STORE": str(tmp_path / "store.db")}
    done = subprocess.run(
        [sys.executable, "main.py", "chat"], cwd=ROOT, env=environment, input=said, text=True, capture_output=True
    )
    assert done.returncode == 0
    assert done.stderr == ""
    assert "좋아하는 노래를 하나 알려주세요" in done.stdout
    assert done.stdout.count("music.youtube.com/search") == 5
    for number in range(1, 6):
        assert f"\n{number}. " in done.stdout


def test_a_mood_in_words_moves_the_recommendation():
    def five(*mood: str) -> list[str]:
        command = [sys.executable, "main.py", "recommend", "--song", "밤편지", "--artist", "아이유", "--json", *mood]
        done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=True)
        return [song["id"] for song in json.loads(done.stdout)["songs"]]

    assert five("--emotion", "0,0,1,0") != five("--emotion", "0,0,0,1")
    assert len(five("--mood", "오늘 정말 행복해")) == 5
