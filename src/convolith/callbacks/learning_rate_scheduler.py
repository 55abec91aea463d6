"""A learning rate for each epoch."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from convolith.callbacks.callback import Callback, checked_verbose
from convolith.callbacks.learning_rate import check_settable


class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch, and adds it to the logs.

    Args:
        schedule: a function (epoch from 0, learning rate so far), or of the epoch alone, that gives the rate.
        verbose: 1 to print it.

    Raises:
        TypeError: the schedule is no function, or ``verbose`` of another kind.
        ValueError: (when training begins) the model has a MultiOptimizer; (before an epoch) it gives no number.

    Source:
        keras.callbacks.LearningRateScheduler.

    Example:
        >>> from convolith.callbacks import LearningRateScheduler
        >>> halving = LearningRateScheduler(lambda epoch, rate: rate / 2 if epoch else rate)
    """

    def __init__(self, schedule: Callable[..., Any], verbose: int = 0):
        if not callable(schedule):
            raise TypeError(f"LearningRateScheduler: schedule must be a function, got {schedule!r}")
        self.schedule, self.verbose = schedule, checked_verbose("LearningRateScheduler", verbose)
        try:
            inspect.signature(schedule).bind(0, 0.1)
            self._takes_rate = True
        except TypeError:
            self._takes_rate = False
        except ValueError:  # a function in C that does not say
            self._takes_rate = True

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Refuse an optimizer without one rate."""
        check_settable("LearningRateScheduler", self.model)

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Set the rate."""
        optimizer = self.model.optimizer
        rate = self.schedule(epoch, float(optimizer.learning_rate)) if self._takes_rate else self.schedule(epoch)
        if isinstance(rate, bool) or np.ndim(rate) or np.asarray(rate).dtype.kind not in "iuf":
            raise ValueError(f"LearningRateScheduler: schedule must give a number, got {rate!r} for epoch {epoch}")
        optimizer.learning_rate = float(rate)
        if self.verbose:
            print(f"Epoch {epoch + 1}: the learning rate is {float(rate):g}")

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Add the rate to the logs."""
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)
