"""Evaluating with the moving averages of the weights."""

from __future__ import annotations

from typing import Any

from convolith.callbacks.callback import Callback
from convolith.ops.arguments import flag


class SwapEMAWeights(Callback):
    """Exchanges the weights for their moving averages while the model is validated, tested or used to predict.

    Args:
        swap_on_epoch: whether the averages are there at the end of an epoch too, for callbacks that come after this one
            (ModelCheckpoint), until the next epoch begins.

    Raises:
        TypeError: ``swap_on_epoch`` is neither True nor False.
        ValueError: (when a run begins) the optimizer was made without ``use_ema=True``.

    Source:
        keras.callbacks.SwapEMAWeights.

    Example:
        >>> import numpy as np
        >>> from convolith import Sequential, layers
        >>> from convolith.callbacks import SwapEMAWeights
        >>> from convolith.optimizers import SGD
        >>> model = Sequential([layers.Input((3,)), layers.Dense(1)])
        >>> model.compile(SGD(use_ema=True), "mse")
        >>> history = model.fit(np.ones((8, 3)), np.ones(8), callbacks=[SwapEMAWeights()], verbose=0)
    """

    def __init__(self, swap_on_epoch: bool = False):
        self.swap_on_epoch = flag("SwapEMAWeights", "swap_on_epoch", swap_on_epoch)
        self._swapped = False

    def _swap(self) -> None:
        optimizer = self.model.optimizer
        if optimizer is None or not optimizer.use_ema:
            raise ValueError("SwapEMAWeights needs an optimizer with use_ema=True")
        for variable in self.model.trainable_variables:
            if variable in optimizer.slots_by_weight:
                average = optimizer.slot(variable, "average")
                value = variable.numpy()
                variable.assign(average.numpy())
                average.assign(value)
        self._swapped = not self._swapped

    def _bring(self, averages: bool) -> None:
        if self._swapped != averages:
            self._swap()

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Take the weights back."""
        self._bring(averages=False)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Exchange where that was asked for."""
        self._bring(averages=self.swap_on_epoch)

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Take the weights back."""
        self._bring(averages=False)

    def on_test_begin(self, logs: dict[str, float] | None = None) -> None:
        """Exchange."""
        self._bring(averages=True)

    def on_test_end(self, logs: dict[str, float] | None = None) -> None:
        """Take the weights back."""
        self._bring(averages=False)

    def on_predict_begin(self, logs: dict[str, float] | None = None) -> None:
        """Exchange."""
        self._bring(averages=True)

    def on_predict_end(self, logs: dict[str, Any] | None = None) -> None:
        """Take the weights back."""
        self._bring(averages=False)
