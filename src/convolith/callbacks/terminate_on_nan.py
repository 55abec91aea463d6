"""An end to training that went wrong."""

from __future__ import annotations

import math

from convolith.callbacks.callback import Callback
from convolith.ops.arguments import flag


class TerminateOnNaN(Callback):
    """Ends training when the loss is NaN or infinite.

    Args:
        raise_error: whether to raise RuntimeError instead.

    Source:
        keras.callbacks.TerminateOnNaN.

    Example:
        >>> from convolith.callbacks import TerminateOnNaN
        >>> TerminateOnNaN().raise_error
        False
    """

    def __init__(self, raise_error: bool = False):
        self.raise_error = flag("TerminateOnNaN", "raise_error", raise_error)

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Look at the mean loss so far, which one NaN makes NaN."""
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(f"TerminateOnNaN: the loss is {loss} at batch {batch}")
        print(f"Batch {batch}: the loss is {loss}, training ends")
        self.model.stop_training = True
