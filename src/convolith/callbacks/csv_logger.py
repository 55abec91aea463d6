"""The logs of every epoch as a table in a file."""

from __future__ import annotations

import csv
import os
from typing import Any

import numpy as np

from convolith.callbacks.callback import Callback
from convolith.files import checked_path
from convolith.ops.arguments import flag


class CSVLogger(Callback):
    """Writes a row an epoch into a CSV file: the epoch's number (from 0), then the logs sorted by name.

    Args:
        filename: the file.
        separator: between columns.
        append: whether rows are added to a file that there is; else it is written anew.

    Raises:
        TypeError: an argument is of another kind.
        ValueError: the file has no name, or the separator is not one character.
        OSError: (when training begins) the file cannot be written.

    Source:
        keras.callbacks.CSVLogger.

    Example:
        >>> from convolith.callbacks import CSVLogger
        >>> CSVLogger("training.csv", append=True).append
        True
    """

    def __init__(self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False):
        self.filename = checked_path("CSVLogger", "filename", filename)
        if not isinstance(separator, str) or len(separator) != 1:
            raise ValueError(f"CSVLogger: separator must be a single character, got {separator!r}")
        self.separator, self.append = separator, flag("CSVLogger", "append", append)
        self._names: list[str] = []

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Make the file, or see that it can be added to."""
        self._names = []
        with open(self.filename, "a" if self.append else "w", encoding="utf-8"):
            pass

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write a row; the first one decides on the columns, with room for what validation in later epochs adds."""
        logs = logs or {}
        with open(self.filename, "a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, delimiter=self.separator)
            if not self._names:
                self._names = sorted(logs)
                if not any(name.startswith("val_") for name in logs):
                    self._names += [f"val_{name}" for name in self._names]
                if not file.tell():
                    writer.writerow(["epoch", *self._names])
            writer.writerow([epoch, *(_cell(logs.get(name, "NA")) for name in self._names)])


def _cell(value: Any) -> Any:
    return value if np.ndim(value) == 0 else f'"[{", ".join(map(str, value))}]"'
