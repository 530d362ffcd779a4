"""Shared parts: a small catalogue of songs written for the tests, and a classifier whose answers are known."""

import ipaddress
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from bench.postgres_server import INSTALL, programs, running_server
from bot.store import TABLES, Store, open_store
from model.classifier import Emotions
from model.labels import EMOTIONS
from model.text import has_letters
from recommender.catalogue import Catalogue
from recommender.themes import Themes

SONGS = Path(__file__).parent / "songs.csv"
LONGEST = ("test_devices.py", "test_training.py")
KEYWORDS = {"화": 0, "짜증": 0, "무서": 1, "놀라": 1, "슬프": 2, "눈물": 2, "속상": 2, "행복": 3, "기뻐": 3, "웃": 3}
# Themes that know nothing of words and say of a song what its lines say, whatever the shipped ones have learnt.
OF_LINES = Themes({}, {}, (0, 0), [(0, 1), (0, -1 / 3), (1, -1 / 3), (-1, -1 / 3)], (0, -np.log(3)))
_FAKE_MODEL = {"name": "keywords", "sha256": {"model.tflite": "0" * 64}}


class KeywordClassifier:
    """An EmotionClassifier that reads the keywords above: .85 for their emotion, .05 for the others."""

    def predict(self, texts: Sequence[str]) -> Emotions:
        probabilities = np.full((len(texts), len(EMOTIONS)), 0.25, np.float32)
        neutral = np.ones(len(texts), np.float32)
        for row, text in enumerate(texts):
            found = [emotion for word, emotion in KEYWORDS.items() if word in text]
            if found and has_letters(text):
                probabilities[row] = 0.05
                probabilities[row, found[0]] = 0.85
                neutral[row] = 0.1
        return Emotions(probabilities, neutral)

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.array([[len(text), sum(map(ord, text)) % 97 + 1] for text in texts], np.float32).reshape(
            len(texts), 2
        )
        rows[[not has_letters(text) for text in texts]] = 0
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest come first, so that no process ends with one while the other has nothing left."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> Iterator[None]:
    """The suite runs offline: a connection to anything but loopback fails the test that tries it."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: tuple | str) -> None:
        if isinstance(address, tuple) and not ipaddress.ip_address(address[0]).is_loopback:
            raise AssertionError(f"a test tries to connect to {address}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(scope="session")
def catalogue_folder(tmp_path_factory) -> Path:
    """A catalogue folder built from tests/songs.csv."""
    from recommender.build import build

    folder = tmp_path_factory.mktemp("small") / "catalogue"
    build([SONGS], folder, KeywordClassifier(), model=_FAKE_MODEL, learnt=OF_LINES)
    return folder


@pytest.fixture(scope="session")
def catalogue(catalogue_folder) -> Catalogue:
    return Catalogue(catalogue_folder)


@pytest.fixture
def opened(address) -> Iterator[Callable[[], Store]]:
    """Opens another store at the `address` that a test module brings; all are closed in the end."""
    stores: list[Store] = []

    def another() -> Store:
        stores.append(open_store(address, b"key"))
        return stores[-1]

    yield another
    for store in stores:
        store.close()


@pytest.fixture
def store(opened) -> Store:
    return opened()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    if programs() is None:
        pytest.skip(INSTALL)
    with running_server() as address:
        yield address


@pytest.fixture
def postgres(postgres_server) -> str:
    """The address of a PostgreSQL database whose tables are empty."""
    with closing(open_store(postgres_server, b"key")) as store, store._written() as run:
        for table in TABLES:
            run(f"delete from {table}")
    return postgres_server
