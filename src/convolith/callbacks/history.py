"""The logs of every epoch."""

from __future__ import annotations

import weakref
from typing import Any

from convolith.callbacks.callback import Callback


class History(Callback):
    """Records the logs of every epoch; ``fit`` returns one.

    Attributes:
        epoch: numbers of the epochs, from 0.
        history: by name, one float an epoch.

    Source:
        keras.callbacks.History.

    Example:
        >>> from convolith.callbacks import History
        >>> History().history
        {}
    """

    def __init__(self) -> None:
        self.epoch: list[int] = []
        self.history: dict[str, list[float]] = {}
        self._model: Any = None

    @property
    def model(self) -> Any:  # type: ignore[override]
        """The model, as long as somebody else holds it: a history that is kept does not keep the model's memory."""
        return None if self._model is None else self._model()

    def set_model(self, model: Any) -> None:
        """Take the model that is trained."""
        self._model = weakref.ref(model)

    def __repr__(self) -> str:
        last = ", ".join(f"{name}={values[-1]:.4g}" for name, values in self.history.items() if values)
        epochs = "1 epoch" if len(self.epoch) == 1 else f"{len(self.epoch)} epochs"
        return f"<History of {epochs}{', the last: ' if last else ''}{last}>"

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Start a new list of epochs."""
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Append the epoch's logs."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        self.model.history = self
