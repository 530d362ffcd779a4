"""Early stopping over interruptions."""

from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("keras")

from training.fit import Patience

ACCURACIES = (0.5, 0.6, 0.6, 0.60005, 0.6, 0.6)


def stops_after(history: Path, told: int) -> int:
    """The epoch at which training stops when `told` epochs stand in the history of an interrupted run."""
    rows = [f"{epoch},{accuracy}" for epoch, accuracy in enumerate(ACCURACIES[:told])]
    rows = [*rows, *rows[-1:]]  # the last one done twice, since its end lay behind the checkpoint
    history.write_text("\n".join(["epoch,val_accuracy", *rows, "9,NA", ""]))
    model = SimpleNamespace(stop_training=False)
    patience = Patience(history, patience=3, min_delta=1e-4)
    patience.set_model(model)
    patience.on_train_begin()
    for epoch, accuracy in list(enumerate(ACCURACIES))[told:]:
        patience.on_epoch_end(epoch, {"val_accuracy": accuracy})
        if model.stop_training:
            return epoch
    pytest.fail("training never stopped")


@pytest.mark.parametrize("told", range(5))
def test_an_interruption_makes_training_no_more_patient(tmp_path, told):
    assert stops_after(tmp_path / "classify.csv", told) == 4


def test_a_history_not_begun_is_none(tmp_path):
    for history in (tmp_path / "missing.csv", tmp_path / "empty.csv"):
        (tmp_path / "empty.csv").touch()
        Patience(history, 3, 1e-4).on_train_begin()
