"""Smaller steps when training does not help any more."""

from __future__ import annotations

from convolith.callbacks.learning_rate import check_settable
from convolith.callbacks.monitor import Monitor
from convolith.optimizers.arguments import at_least_zero, share


class ReduceLROnPlateau(Monitor):
    """Multiplies the learning rate by a factor when a number has not got better for some epochs.

    Args:
        monitor: the number's name in the logs.
        factor: below 1.
        patience: how many epochs without a better number are waited for.
        verbose: 1 to print each new rate.
        mode: "min" where less is better, "max" where more is, "auto" to know by the metric.
        min_delta: by how much a number must be better to count.
        cooldown: epochs after a change that do not count.
        min_lr: the rate never falls below.

    Raises:
        TypeError: an argument is of another kind.
        ValueError: an argument is none of these; or, when training begins, the model has a MultiOptimizer; or, when an
            epoch ends, "auto" does not know the metric.

    Source:
        keras.callbacks.ReduceLROnPlateau.

    Example:
        >>> from convolith.callbacks import ReduceLROnPlateau
        >>> ReduceLROnPlateau(factor=0.5).patience
        10
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 0.0001,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ):
        super().__init__(monitor, mode, min_delta, verbose)
        self.factor = share("ReduceLROnPlateau", "factor", factor, below_one=True)
        at_least_zero("ReduceLROnPlateau", patience=patience, cooldown=cooldown, min_lr=min_lr)
        self.patience = patience
        self.cooldown, self.min_lr = cooldown, min_lr
        self._forget()

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Refuse an optimizer without one rate, and forget what was watched before."""
        check_settable("ReduceLROnPlateau", self.model)
        self._forget()

    def _forget(self) -> None:
        self.best, self.wait, self.cooldown_counter = None, 0, 0

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Look at the number, add the rate to the logs, and make it smaller."""
        optimizer = self.model.optimizer
        rate = float(optimizer.learning_rate)
        value = self.watched(logs)
        if logs is not None:
            logs["learning_rate"] = rate
        if value is None:
            return
        if self.cooldown_counter:
            self.cooldown_counter -= 1
            self.wait = 0
        if self.improves(value, self.best):
            self.best, self.wait = value, 0
        elif not self.cooldown_counter:
            self.wait += 1
            if self.wait >= self.patience and rate > self.min_lr:
                optimizer.learning_rate = max(rate * self.factor, self.min_lr)
                self.cooldown_counter, self.wait = self.cooldown, 0
                if self.verbose:
                    print(f"Epoch {epoch + 1}: the learning rate is {float(optimizer.learning_rate):g} now")
