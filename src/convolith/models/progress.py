"""What ``fit``, ``evaluate`` and ``predict`` show while they work."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from convolith.config import is_interactive_logging_enabled

Logs = dict[str, float]


def checked_verbose(verbose: Any, method: str) -> int:
    """Return 0 (silent), 1 (a progress bar) or 2 (a line an epoch); "auto" means 1.

    Raises:
        ValueError: it is none of these.
    """
    if isinstance(verbose, str) and verbose == "auto":
        return 1
    if verbose not in (0, 1, 2):
        raise ValueError(f"{method}: verbose must be 'auto', 0, 1 or 2, got {verbose!r}")
    return int(verbose)


class Progress:
    """The progress of one epoch, or of one pass over data.

    Args:
        verbose: 0 (silent), 1 (a bar by tqdm, on standard error) or 2 (a line at the end, on standard output);
            with 1 and 2 a line goes to the logger "convolith" instead where interactive logging is disabled.
        steps: number of batches; None if it is not known before.
        title: before the bar, such as "Epoch 1/5".
    """

    INTERVAL = 0.1  # seconds between two looks at the logs: they are not formatted at every batch

    def __init__(self, verbose: int, steps: int | None, title: str):
        self._verbose, self._steps, self._title = verbose, steps, title
        self._started = time.perf_counter()
        self._shown, self._next = 0, self._started + self.INTERVAL
        self._bar: Any = None
        self._log = bool(verbose) and not is_interactive_logging_enabled()
        if verbose == 1 and not self._log:
            self._bar = _tqdm()(total=steps, desc=title, unit="batch", dynamic_ncols=True)

    def step(self, done: int, logs: Callable[[], Logs]) -> None:
        """Show that ``done`` batches are done; ``logs`` gives the means so far where there is time to show them."""
        if self._bar is not None and (now := time.perf_counter()) >= self._next:
            self._next = now + self.INTERVAL
            self._show(done, logs())

    def _show(self, done: int, logs: Logs) -> None:
        values = ", ".join(f"{name}={np.mean(value):.4g}" for name, value in logs.items())  # some have one a class
        self._bar.set_postfix_str(values, refresh=False)
        self._bar.update(done - self._shown)
        self._shown = done

    def finish(self, done: int, logs: Logs) -> None:
        """Show the end."""
        if self._bar is not None:
            self._show(done, logs)
        elif self._verbose == 2 or self._log:
            seconds = time.perf_counter() - self._started
            values = "".join(f" - {name}: {np.mean(value):.4f}" for name, value in logs.items())
            milliseconds = 1000 * seconds / max(done, 1)
            line = f"{self._title}: {done}/{self._steps or done} - {seconds:.0f}s - {milliseconds:.3g}ms/step{values}"
            if self._log:
                logging.getLogger("convolith").info(line)
            else:
                print(line, flush=True)
        self.close()

    def close(self) -> None:
        """Leave the bar as it is."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _tqdm() -> Any:
    """The bar's class: for a notebook where this is one."""
    if "ipykernel" in sys.modules:
        from tqdm.auto import tqdm
    else:
        from tqdm import tqdm
    return tqdm
