"""Every way in which a model folder can be wrong ends in one line that names it."""

import json
import shutil
from pathlib import Path

import pytest
from test_tokenizer import write_sentences

from model.classifier import LiteRTClassifier
from model.files import BUNDLED, MANIFEST, NETWORK, TOKENIZER, ModelFileError, digest, open_model, open_mood_model
from model.labels import EMOTIONS, LABELS
from training.vocabulary import train_vocabulary


@pytest.fixture
def folder(tmp_path) -> Path:
    """A model folder of its own, a copy of the bundled one."""
    return Path(shutil.copytree(BUNDLED, tmp_path / "model"))


def change(folder: Path, **changes) -> None:
    """Set keys of the manifest; None takes a key out."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8")) | changes
    kept = {name: value for name, value in manifest.items() if value is not None}
    (folder / MANIFEST).write_text(json.dumps(kept), encoding="utf-8")


def vouch(folder: Path) -> None:
    """Write the digests of network and tokenizer as they are into the manifest, which then names no linear model."""
    change(folder, sha256={name: digest(folder / name) for name in (NETWORK, TOKENIZER)})


def refused(folder: Path, opened=open_model) -> str:
    """The one line with which the folder is refused; it names the folder and a next step."""
    with pytest.raises(ModelFileError) as error:
        opened(folder)
    message = str(error.value)
    assert "\n" not in message
    assert str(folder) in message
    assert any(step in message for step in ("again", "give one")), message
    return message


def test_the_bundled_folder_is_accepted():
    files = open_model(BUNDLED)
    assert files.labels in (EMOTIONS, LABELS)
    assert files.max_length >= 3
    assert files.network.is_file()
    assert files.tokenizer.is_file()
    assert 0 <= files.sure <= 1


def test_a_copy_is_accepted(folder):
    LiteRTClassifier(folder).predict(["안녕"])


def test_four_labels_and_five_are_both_accepted(folder):
    for labels in (EMOTIONS, LABELS):
        change(folder, labels=list(labels))
        assert open_model(folder).labels == labels


# --- the manifest ------------------------------------------------------------------------


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    assert "no manifest.json" in refused(tmp_path / "nowhere")


def test_a_folder_without_manifest_is_half_written_and_refused(folder):
    (folder / MANIFEST).unlink()
    assert "no manifest.json" in refused(folder)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "model").write_text("nothing")
    refused(tmp_path / "model")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe{}", b'{"format": 1,}', b"[]", b"1", b"null", b'"text"'])
def test_a_manifest_that_is_no_json_object_is_refused(folder, content):
    (folder / MANIFEST).write_bytes(content)
    assert MANIFEST in refused(folder)


@pytest.mark.parametrize("version", [None, 0, 3, "one"])
def test_another_format_is_refused(folder, version):
    change(folder, format=version)
    assert repr(version) in refused(folder)


@pytest.mark.parametrize(
    "labels",
    [
        None,
        [],
        ["행복", "슬픔", "놀람공포", "분노혐오"],
        ["분노혐오", "놀람공포", "행복", "슬픔", "중립"],
        ["중립", *EMOTIONS],
        list(EMOTIONS[:3]),
        [*LABELS, "사랑"],
        [0, 1, 2, 3],
        "분노혐오",
        5,
        {"분노혐오": 0},
        [None],
        [["분노혐오"]],
    ],
)
def test_labels_in_another_order_or_of_another_kind_are_refused(folder, labels):
    change(folder, labels=labels)
    assert "labels" in refused(folder, open_mood_model)


@pytest.mark.parametrize("name", ["max_length", "sure"])
@pytest.mark.parametrize("value", [None, "many", [], {}])
def test_a_manifest_without_a_needed_number_is_refused(folder, name, value):
    change(folder, **{name: value})
    assert name in refused(folder)


@pytest.mark.parametrize("length", [2, 0, -1, float("inf"), float("nan")])
def test_a_maximum_length_without_room_for_text_is_refused(folder, length):
    change(folder, max_length=length)
    assert "max_length" in refused(folder)


# --- the files ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [NETWORK, TOKENIZER])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    assert f"{name} is missing" in refused(folder)


@pytest.mark.parametrize("name", [NETWORK, TOKENIZER])
def test_one_changed_byte_is_noticed(folder, name):
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    assert f"{name}: is not the file the manifest names" in refused(folder)


@pytest.mark.parametrize("digests", [None, [], "0", 1, {}, {NETWORK: None, TOKENIZER: 3}])
def test_a_manifest_without_digests_vouches_for_nothing(folder, digests):
    change(folder, sha256=digests)
    assert "is not the file the manifest names" in refused(folder)


@pytest.mark.parametrize("share", [0, 0.001, 0.5, 0.99])
def test_a_cut_network_with_a_matching_digest_is_refused(folder, share):
    content = (folder / NETWORK).read_bytes()
    (folder / NETWORK).write_bytes(content[: int(len(content) * share)])
    vouch(folder)
    assert "cannot be loaded" in refused(folder, LiteRTClassifier)


def test_a_network_that_is_something_else_is_refused(folder):
    (folder / NETWORK).write_bytes(b"not a network " * 1000)
    vouch(folder)
    assert "cannot be loaded" in refused(folder, LiteRTClassifier)


def test_a_tokenizer_that_is_something_else_is_refused(folder):
    (folder / TOKENIZER).write_bytes(b"not a tokenizer")
    vouch(folder)
    assert "cannot be loaded" in refused(folder, LiteRTClassifier)


def test_a_network_of_other_outputs_than_labels_is_refused(folder):
    other = EMOTIONS if open_model(folder).labels == LABELS else LABELS
    change(folder, labels=list(other))
    vouch(folder)
    assert f"{len(other)} probabilities" in refused(folder, LiteRTClassifier)


def test_another_vocabulary_with_a_matching_digest_stays_readable(folder):
    train_vocabulary(write_sentences(), folder / TOKENIZER, size=60)
    vouch(folder)
    assert len(LiteRTClassifier(folder).predict(["오늘 바다"])) == 1


def test_the_digest_is_sha256(tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    assert digest(tmp_path / "file") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
