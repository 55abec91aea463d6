"""The model on disk while it is trained."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from convolith.callbacks.monitor import Monitor
from convolith.callbacks.saving_pace import SavingPace
from convolith.files import checked_path
from convolith.ops.arguments import flag, number


class ModelCheckpoint(Monitor):
    """Saves the model or its weights while it is trained; a file is whole at every moment, the old one or the new.

    Args:
        filepath: the file, such as "{epoch:02d}-{val_loss:.2f}.convolith": the epoch (from 1), with ``save_freq`` a
            number the batch (from 1), and the logs are filled in; or ".keras". Weights alone go to
            ".weights.safetensors" or ".weights.h5". Missing folders are made.
        monitor: the number's name in the logs, for ``save_best_only``.
        verbose: 1 to print when it saves.
        save_best_only: whether to save only when the number is better than at all earlier times.
        save_weights_only: whether to save the weights alone.
        mode: "min" where less is better, "max" where more is, "auto" to know by the metric.
        save_freq: "epoch", or after every how many batches to save.
        initial_value_threshold: None, or what the number must be better than at first.

    Raises:
        TypeError: an argument is of another kind.
        ValueError: an argument is none of these, or the ending is not one for models, or for weights where they are
            saved alone; or, when it saves, ``filepath`` names what the logs do not have.

    Source:
        keras.callbacks.ModelCheckpoint.

    Example:
        >>> from convolith.callbacks import ModelCheckpoint
        >>> ModelCheckpoint("best.convolith", save_best_only=True).monitor
        'val_loss'
    """

    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: Any = "epoch",
        initial_value_threshold: float | None = None,
    ):
        from convolith.models.formats import check_ending

        super().__init__(monitor, mode, verbose=verbose)
        owner = "ModelCheckpoint"
        checked_path(owner, "filepath", filepath)
        self.filepath = os.fspath(filepath)
        self.save_best_only = flag(owner, "save_best_only", save_best_only)
        self.save_weights_only = flag(owner, "save_weights_only", save_weights_only)
        if initial_value_threshold is not None:
            initial_value_threshold = number(owner, "initial_value_threshold", initial_value_threshold, infinite=True)
        try:
            check_ending(Path(self.filepath), save_weights_only, f"set save_weights_only={not save_weights_only}")
        except ValueError as error:
            raise ValueError(f"{owner}: save_weights_only is {save_weights_only}: {error}") from error
        self.pace = SavingPace(owner, save_freq)
        self.best = initial_value_threshold
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Remember the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Save after a number of batches."""
        if self.pace.after_batch():
            self._save({"batch": batch + 1}, logs)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Save after an epoch."""
        if self.pace.after_epoch():
            self._save({}, logs)

    def _save(self, numbers: dict[str, int], logs: dict[str, Any] | None) -> None:
        path = Path(self._path({**(logs or {}), "epoch": self._epoch + 1, **numbers}))
        if self.save_best_only:
            value = self.watched(logs)
            if value is not None:
                if not self.improves(value, self.best):
                    self._tell(f"{self.monitor} is {value:.5f}, not better than {self.best:.5f}")
                    return
                self.best = value
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)
        self._tell(f"saved to {path}")

    def _path(self, values: dict[str, Any]) -> str:
        try:
            return self.filepath.format(**values)
        except (KeyError, IndexError) as error:
            raise ValueError(
                f"ModelCheckpoint: filepath {self.filepath!r} names {error}; there is: {', '.join(sorted(values))}"
            ) from error

    def _tell(self, text: str) -> None:
        if self.verbose:
            print(f"Epoch {self._epoch + 1}: {text}")
