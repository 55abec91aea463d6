"""The loss of sequences of labels whose places are not known."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith import ops
from convolith.losses.loss import LossFunctionWrapper, as_array
from convolith.ops.conversion import whole_numbers


def ctc(y_true: Any, y_pred: Any) -> Any:
    """Connectionist temporal classification: -log of the probability that the scores, read in order, spell the labels.

    Args:
        y_true: array or tensor (n, length) of class numbers from 1; 0, the blank, fills up shorter sequences.
        y_pred: array or tensor (n, places, classes) of logits, as of the columns of a line of text.

    Returns:
        array or tensor (n,).

    Raises:
        ValueError: the shapes are others, a label is no class, or a blank comes before a label.

    Source:
        Graves et al., "Connectionist temporal classification", ICML 2006.

    Example:
        >>> import numpy as np
        >>> from convolith.losses import ctc
        >>> ctc([[1]], np.zeros((1, 2, 2))).round(4).tolist()
        [0.2877]
    """
    y_true, y_pred = as_array(y_true), as_array(y_pred)
    if len(y_true.shape) != 2 or len(y_pred.shape) != 3:
        raise ValueError(
            f"ctc: y_true and y_pred must have shapes (n, length) and (n, places, classes), got {tuple(y_true.shape)} "
            f"and {tuple(y_pred.shape)}"
        )
    y_true = whole_numbers("ctc: y_true", y_true)
    places = np.full(y_pred.shape[0], y_pred.shape[1], np.int32)
    return ops.ctc_loss(y_true, y_pred, ops.count_nonzero(y_true, axis=-1), places)


class CTC(LossFunctionWrapper):
    """Connectionist temporal classification; labels and predictions as in ``ctc``.

    Example:
        >>> import numpy as np
        >>> from convolith.losses import CTC
        >>> float(CTC()([[1], [1]], np.zeros((2, 2, 2))).round(4))
        0.2877
    """

    def __init__(self, reduction: str | None = "sum_over_batch_size", name: str = "ctc", dtype: Any = None):
        super().__init__(ctc, reduction, name, dtype)
