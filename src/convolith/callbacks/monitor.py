"""What callbacks that watch one number have in common."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.callbacks.callback import Callback, checked_verbose
from convolith.ops.arguments import number, one_of
from convolith.warning import warn


class Monitor(Callback):
    """Base of the callbacks that go by whether a number in the logs gets better.

    Args:
        monitor: its name in the logs.
        mode: "min" where less is better, "max" where more is, "auto" to know by the metric.
        min_delta: by how much a number must be better to count.
        verbose: whether to print, see ``checked_verbose``.

    Raises:
        TypeError: an argument is of another kind.
        ValueError: an argument is none of these; or, when an epoch ends, "auto" does not know the metric.
    """

    def __init__(self, monitor: str, mode: str, min_delta: float = 0.0, verbose: int = 0):
        owner = type(self).__name__
        if not isinstance(monitor, str):
            raise TypeError(f"{owner}: monitor must be a name in the logs, got {monitor!r}")
        one_of(owner, "mode", mode, ("auto", "min", "max"))
        self.monitor, self.mode, self.min_delta = monitor, mode, abs(number(owner, "min_delta", min_delta))
        self.verbose = checked_verbose(owner, verbose)
        self.best: float | None = None

    def better_up(self) -> bool:
        """Tell whether more is better."""
        if self.mode != "auto":
            return self.mode == "max"
        name = self.monitor.removeprefix("val_")
        for metric in [part for one in self.model.metrics for part in getattr(one, "metrics", [one])]:
            if name in (metric.name, metric.log_name) and metric.direction is not None:
                return metric.direction == "up"
        if name == "loss" or name.endswith("_loss"):
            return False
        raise ValueError(
            f"{type(self).__name__}: whether more or less of {self.monitor!r} is better is not known: "
            f"give mode='max' or mode='min'"
        )

    def improves(self, value: float, reference: float | None) -> bool:
        """Tell whether a number is better than a reference, None being worse than all."""
        if reference is None:
            return True
        return value - self.min_delta > reference if self.better_up() else value + self.min_delta < reference

    def watched(self, logs: dict[str, Any] | None) -> float | None:
        """Return the number from the logs; None, with a warning, where it is not there or no single number."""
        value = (logs or {}).get(self.monitor)
        if value is None or np.ndim(value):
            warn(
                f"{type(self).__name__} needs {self.monitor!r}, a single number, in the logs, which have: "
                f"{', '.join(logs or {})}"
            )
            return None
        return float(value)
