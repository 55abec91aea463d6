"""The base of all callbacks: what ``fit``, ``evaluate`` and ``predict`` call while they work."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.ops.arguments import integer

# Hooks that run once a call or an epoch, and those that run once a batch, which ``fit`` skips where nobody overrides
# them.
OUTER_HOOKS = (
    "on_train_begin", "on_train_end", "on_test_begin", "on_test_end", "on_predict_begin", "on_predict_end",
    "on_epoch_begin", "on_epoch_end",
)  # fmt: skip
BATCH_HOOKS = (
    "on_train_batch_begin", "on_train_batch_end", "on_test_batch_begin", "on_test_batch_end",
    "on_predict_batch_begin", "on_predict_batch_end",
)  # fmt: skip


class Callback:
    """Base of all callbacks: override the hooks that you need; ``self.model`` and ``self.params`` are set before.

    ``logs`` maps names such as "loss" and "val_accuracy" to floats. Setting ``self.model.stop_training = True`` ends
    ``fit`` after the batch (or epoch) that is under way; ``stop_evaluating`` and ``stop_predicting`` end the others.

    Source:
        keras.callbacks.Callback.

    Example:
        >>> from convolith.callbacks import Callback
        >>> class Bell(Callback):
        ...     def on_train_end(self, logs=None):
        ...         print("done")
    """

    params: dict[str, Any] | None = None
    model: Any = None

    def set_params(self, params: dict[str, Any]) -> None:
        """Take {"verbose", "epochs", "steps"} of the call that begins."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Take the model that is trained."""
        self.model = model

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Run before the first epoch of ``fit``."""

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Run after the last epoch of ``fit``, with that epoch's logs."""

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Run before an epoch; ``epoch`` counts from 0."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Run after an epoch and its validation."""

    def on_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Run before a training batch, another name of ``on_train_batch_begin``."""

    def on_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Run after a training batch, another name of ``on_train_batch_end``."""

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Run before a training batch; ``batch`` counts from 0 within the epoch."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Run after a training batch with the epoch's means so far."""
        self.on_batch_end(batch, logs=logs)

    def on_test_begin(self, logs: dict[str, float] | None = None) -> None:
        """Run before ``evaluate`` or the validation of an epoch."""

    def on_test_end(self, logs: dict[str, float] | None = None) -> None:
        """Run after ``evaluate`` or the validation of an epoch."""

    def on_test_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Run before a batch of ``evaluate`` or of validation."""

    def on_test_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Run after a batch of ``evaluate`` or of validation with the means so far."""

    def on_predict_begin(self, logs: dict[str, float] | None = None) -> None:
        """Run before ``predict``."""

    def on_predict_end(self, logs: dict[str, float] | None = None) -> None:
        """Run after ``predict``."""

    def on_predict_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Run before a batch of ``predict``."""

    def on_predict_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Run after a batch of ``predict``; ``logs`` holds its "outputs"."""


def checked_verbose(owner: str, verbose: Any) -> int:
    """Return whether to print: an integer, True or False.

    Raises:
        TypeError: it is none of these.
    """
    return int(verbose) if isinstance(verbose, (bool, np.bool_)) else integer(owner, "verbose", verbose)
