"""A progress bar for loops of a user's own."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from convolith.config import is_interactive_logging_enabled

Values = Sequence[tuple[str, Any]]


class Progbar:
    """Shows on standard output how far a loop is, how long it takes, and means of what it computes.

    Where interactive logging is disabled, a line at the end goes to the logger "convolith" instead.

    Args:
        target: number of steps; None if it is not known.
        width: characters of the bar.
        verbose: 0 (silent), 1 (a bar) or 2 (a line at the end).
        interval: seconds between two looks of the bar.
        stateful_metrics: names of the values that are shown as they are; the others are averaged over the steps.
        stateless_metrics: names of the values that are averaged; the others are shown as they are. Give one of the two.
        unit_name: what a step is called.

    Raises:
        ValueError: both lists of names are given, or ``verbose`` is none of these.

    Source:
        keras.utils.Progbar.

    Example:
        >>> from convolith.utils import Progbar
        >>> bar = Progbar(2, verbose=2)
        >>> bar.update(1, [("loss", 0.5)])
        >>> bar.add(1, [("loss", 0.25)])  # doctest: +ELLIPSIS
        2/2 - 0s - ...s/step - loss: 0.2500
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ):
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ValueError("Progbar: give either stateful_metrics or stateless_metrics, not both")
        if verbose not in (0, 1, 2):
            raise ValueError(f"Progbar: verbose must be 0, 1 or 2, got {verbose!r}")
        self.target, self.width, self.verbose = target, width, verbose
        self.interval, self.unit_name = interval, unit_name
        self._as_they_are = set(stateful_metrics or ())
        self._averaged = None if stateless_metrics is None else set(stateless_metrics)
        self._means: dict[str, tuple[float, int]] = {}  # sum and number of steps
        self._done = self._shown_width = 0
        self._started = time.time()
        self._first: float | None = None  # when the first step was done, which often takes longest
        self._shown = 0.0

    def update(self, current: int, values: Values | None = None, finalize: bool | None = None) -> None:
        """Go to a step.

        Args:
            current: how many steps are done.
            values: pairs (name, value of the steps since the last update).
            finalize: whether this is the end, where the last values are shown themselves; None: if the target is
                reached.
        """
        end = self.target is not None and current >= self.target if finalize is None else finalize
        for name, value in values or ():
            self._count(name, float(np.mean(value)), max(current - self._done, 1), end)
        self._done = current
        now = time.time()
        pace = self._seconds_a_step(current, now)
        if not self.verbose or (self.verbose == 2 and not end):
            return
        if not is_interactive_logging_enabled():
            if end:
                logging.getLogger("convolith").info(self._line(now, pace))
        elif self.verbose == 2:
            print(self._line(now, pace), flush=True)
        elif end or now - self._shown >= self.interval:
            self._show(now, pace, end)
            self._shown = now

    def add(self, n: int, values: Values | None = None) -> None:
        """Go ``n`` steps on; as ``update``."""
        self.update(self._done + n, values)

    def _count(self, name: str, value: float, steps: int, end: bool) -> None:
        averaged = name not in self._as_they_are if self._averaged is None else name in self._averaged
        before, counted = self._means.get(name, (0.0, 0))
        self._means[name] = (before + value * steps, counted + steps) if averaged and not end else (value, 1)

    def _seconds_a_step(self, current: int, now: float) -> float:
        if not current:
            return 0.0
        pace = (now - self._started) / current
        if self._first is not None and current > 1:
            pace = (now - self._first) / (current - 1)
        if current == 1:
            self._first = now
        return pace

    def _values(self) -> str:
        means = {name: total / counted for name, (total, counted) in self._means.items()}
        return "".join(f" - {name}: {_number(mean)}" for name, mean in means.items())

    def _line(self, now: float, pace: float) -> str:
        steps = f"{self._done}/{self.target}" if self.target else f"{self._done}"
        return f"{steps} - {now - self._started:.0f}s - {_pace(pace)}/{self.unit_name}{self._values()}"

    def _show(self, now: float, pace: float, end: bool) -> None:
        spent = f"{now - self._started:.0f}s"
        if self.target:
            filled = int(self.width * self._done / self.target)
            bar = f"{self._done:{len(str(self.target))}d}/{self.target} {'━' * filled}{'─' * (self.width - filled)}"
            spent = spent if end else _duration(pace * (self.target - self._done))
        else:
            bar = f"{self._done:7d}/Unknown"
        text = f"{bar} {spent} {_pace(pace)}/{self.unit_name}{self._values()}"
        sys.stdout.write("\r" + text.ljust(self._shown_width) + ("\n" if end else ""))
        sys.stdout.flush()
        self._shown_width = len(text)


def _number(value: float) -> str:
    return f"{value:.4f}" if abs(value) > 1e-3 else f"{value:.4e}"


def _pace(seconds: float) -> str:
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.0f}s"
    return f"{seconds * 1e3:.0f}ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us"


def _duration(seconds: float) -> str:
    """Return a time that is left, as 12s, 1:02 or 1:00:01."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if seconds > 3600:
        return f"{hours}:{minutes:02d}:{rest:02d}"
    return f"{minutes}:{rest:02d}" if seconds > 60 else f"{rest + 60 * minutes}s"
