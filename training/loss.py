"""The loss of classifiers: cross-entropy of logits that are shifted by what is known of a row's file.

How often a label stands in a file may be an accident of how the file was collected. Logit adjustment (Menon et al.
2021, «Long-tail learning via logit adjustment», arXiv:2007.07314) adds the log of that share to the logits in training
and leaves it out afterwards, so that the network need not learn it from how the texts of a file look.
"""

import keras
import numpy as np


def packed(targets: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """Targets and shifts, float32 [n, labels] each, as one array [n, 2 × labels] that a data set can carry."""
    return np.hstack([targets, shifts]).astype(np.float32)


@keras.saving.register_keras_serializable("maeumgok")
class ShiftedCrossEntropy(keras.losses.Loss):
    """Cross-entropy of `packed` shares and logits [n, labels]; with one label a row the sparse categorical one."""

    def call(self, y_true, y_pred):
        """float [n]: the loss of each row."""
        shares, shifts = keras.ops.split(y_true, 2, axis=-1)
        return keras.losses.categorical_crossentropy(shares, y_pred + shifts, from_logits=True)


def accuracy(y_true, y_pred):
    """float [n]: 1 where the largest shifted logit is that of the largest share, else 0."""
    shares, shifts = keras.ops.split(y_true, 2, axis=-1)
    return keras.metrics.categorical_accuracy(shares, y_pred + shifts)
