"""The fuzz targets of bench/fuzz.py on their seeds and on what hypothesis finds; `make soak` runs them for long."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bench.fuzz import SEEDS, TARGETS

ALPHABET = st.characters() | st.sampled_from("죽고싶다자살ㅈㅜㄱ0123/@:\\<>&\"' .?!")
SLOW = {"song_search": 40}


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds_of_a_target_hold(name: str) -> None:
    seeds = sorted((SEEDS / name).iterdir())
    assert len(seeds) >= 2
    for seed in seeds:
        TARGETS[name](seed.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes_hold(name: str) -> None:
    @given(st.text(ALPHABET, max_size=400).map(lambda text: text.encode("utf-8", "replace")) | st.binary(max_size=200))
    @example(b"")
    @settings(max_examples=SLOW.get(name, 150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def holds(data: bytes) -> None:
        TARGETS[name](data)

    holds()


@pytest.mark.skipif("CI" not in os.environ, reason="CI alone must have atheris")
def test_the_fuzzer_is_installed() -> None:
    pytest.importorskip("atheris")


def test_every_target_has_seeds_and_no_other_folder_has() -> None:
    assert {folder.name for folder in Path(SEEDS).iterdir()} == set(TARGETS)
