"""The progress bar as a callback."""

from __future__ import annotations

from convolith.callbacks.callback import Callback


class ProgbarLogger(Callback):
    """Stands for the bar that ``fit``, ``evaluate`` and ``predict`` show by themselves with ``verbose=1``.

    It adds no second one. Keras's programs may name it among their callbacks.

    Source:
        keras.callbacks.ProgbarLogger.

    Example:
        >>> from convolith.callbacks import ProgbarLogger
        >>> ProgbarLogger()  # doctest: +ELLIPSIS
        <convolith.callbacks.progbar_logger.ProgbarLogger object at ...>
    """
