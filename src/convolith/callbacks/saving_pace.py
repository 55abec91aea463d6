"""When callbacks save: after each epoch, or after a number of batches."""

from __future__ import annotations

from typing import Any

import numpy as np


class SavingPace:
    """Counts batches.

    Args:
        owner: the callback's name, for errors.
        save_freq: "epoch", or a number of batches.

    Raises:
        ValueError: it is neither.
    """

    def __init__(self, owner: str, save_freq: Any):
        number = isinstance(save_freq, (int, np.integer)) and not isinstance(save_freq, bool) and save_freq >= 1
        if not number and not (isinstance(save_freq, str) and save_freq == "epoch"):
            raise ValueError(f"{owner}: save_freq must be 'epoch' or an integer >= 1, got {save_freq!r}")
        self.save_freq = save_freq
        self._batches = 0

    def after_batch(self) -> bool:
        """Count a batch, and tell whether to save after it."""
        if self.save_freq == "epoch":
            return False
        self._batches += 1
        return self._batches % self.save_freq == 0

    def after_epoch(self) -> bool:
        """Tell whether to save after an epoch."""
        return self.save_freq == "epoch"
