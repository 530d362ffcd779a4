"""Small song files and catalogues for tests, written from rows of our own."""

import csv
import functools
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from unittest import mock

from conftest import OF_LINES, KeywordClassifier
from kiwipiepy import Kiwi

from model.labels import EMOTIONS
from recommender.build import build
from recommender.catalogue import Catalogue

EVEN = "강물 우산 기차 편지 달빛 창문 바람 고양이 골목 시계 가을 사진 의자 종이 바다 소금 하늘 모자 촛불".split()
ODD = "공장 자전거 지하철 전화 햇살 구름 시장 달력 여름 그림 책상 소나기 연필 산길 설탕 땅콩 장갑 등불 거울".split()

# One analyser for all small catalogues: opening it takes longer than building them.
_one_kiwi = functools.cache(Kiwi)


def write_csv(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    """A UTF-8 CSV file with the columns of the first row; missing values are empty."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def build_files(paths: Sequence[Path], folder: Path, **options) -> Catalogue:
    """Build a catalogue of song files with the tests' classifier, and open it."""
    with mock.patch("recommender.terms.Kiwi", _one_kiwi):
        fixed = {"model": {"name": "keywords", "sha256": {}}, "learnt": OF_LINES}
        build(paths, folder, KeywordClassifier(), **fixed | options)
    return Catalogue(folder)


def build_rows(rows: Sequence[Mapping[str, object]], folder: Path, **options) -> Catalogue:
    """Build a catalogue of rows of title, artist, lyrics and whatever else a song file may hold."""
    folder.mkdir(parents=True, exist_ok=True)
    return build_files([write_csv(folder / "songs.csv", rows)], folder / "catalogue", **options)


def song(title: str, artist: str, lyrics: str = "", genre: str = "", date: str = "", emotion=()) -> dict[str, object]:
    """A row of a song file, with emotions of its own when four numbers are given."""
    own = dict(zip(EMOTIONS, emotion, strict=True)) if emotion else {}
    return {"title": title, "artist": artist, "genre": genre, "release_date": date, "lyrics": lyrics} | own


def lyrics_of(words: Sequence[str], chance: random.Random, lines: int = 8) -> str:
    """So many lines of three words each, drawn from `words`."""
    return "\n".join(" ".join(chance.choices(words, k=3)) for _ in range(lines))


def checkerboard(songs: int = 120) -> list[dict[str, object]]:
    """Even songs share words with even songs, odd with odd; emotions go round by pairs; artists differ."""
    chance = random.Random(11)
    rows = []
    for number in range(songs):
        emotion = [0.05] * 4
        emotion[number // 2 % 4] = 0.85
        words = chance.sample((EVEN, ODD)[number % 2], 8)
        rows.append(song(f"노래 {number}", f"가수 {number}", lyrics_of(words, chance, 12), "발라드", "2001", emotion))
    return rows


def no_two_alike(songs: int = 36) -> list[dict[str, object]]:
    """Songs of which no two score alike: other words, years, genres and emotions everywhere."""
    chance = random.Random(5)
    rows = []
    for number in range(songs):
        emotion = [round(chance.uniform(0.01, 1), 6) for _ in range(4)]
        words = chance.sample(EVEN + ODD, 12)
        genre = chance.choice(["발라드", "댄스", "록/메탈", "인디음악, 포크/블루스"])
        lyrics = lyrics_of(words, chance, 12)
        rows.append(song(f"제목 {number}", f"가수 {number // 2}", lyrics, genre, str(1980 + number), emotion))
    return rows
