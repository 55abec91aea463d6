"""An end to training that does not help any more."""

from __future__ import annotations

from typing import Any

from convolith.callbacks.monitor import Monitor
from convolith.ops.arguments import flag, number
from convolith.optimizers.arguments import at_least_zero


class EarlyStopping(Monitor):
    """Ends training when a number has not got better for some epochs.

    Args:
        monitor: the number's name in the logs.
        min_delta: by how much it must be better to count.
        patience: how many epochs without that are waited for.
        verbose: 1 to print the end.
        mode: "min" where less is better, "max" where more is, "auto" to know by the metric.
        baseline: None, or what it must be better than for waiting to begin anew.
        restore_best_weights: whether training ends with the weights of the best epoch.
        start_from_epoch: epochs before this one (from 0) do not count.

    Raises:
        TypeError: an argument is of another kind.
        ValueError: an argument is none of these; or, when an epoch ends, "auto" does not know the metric.

    Source:
        keras.callbacks.EarlyStopping; Prechelt, "Early stopping - but when?", 1998.

    Example:
        >>> from convolith.callbacks import EarlyStopping
        >>> EarlyStopping(patience=3).patience
        3
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ):
        super().__init__(monitor, mode, min_delta, verbose)
        at_least_zero("EarlyStopping", patience=patience, start_from_epoch=start_from_epoch)
        if baseline is not None:
            baseline = number("EarlyStopping", "baseline", baseline, infinite=True)
        self.patience, self.start_from_epoch, self.baseline = patience, start_from_epoch, baseline
        self.restore_best_weights = flag("EarlyStopping", "restore_best_weights", restore_best_weights)
        self.on_train_begin()

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Forget what was watched before."""
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best = None
        self.best_weights: Any = None

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Look at the number, keep the weights, or end training."""
        value = self.watched(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self._keep(epoch)  # whatever comes, there is something to restore
        self.wait += 1
        if self.improves(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self._keep(epoch)
            if self.baseline is None or self.improves(value, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def _keep(self, epoch: int) -> None:
        self.best_weights = self.model.get_weights()
        self.best_epoch = epoch

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Put the best weights back."""
        if self.stopped_epoch and self.verbose:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose:
                print(f"The weights are those of the best epoch, {self.best_epoch + 1}")
            self.model.set_weights(self.best_weights)
