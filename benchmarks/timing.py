"""Taking the time of a call, the same way on both sides of a comparison."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from statistics import median, quantiles

TURN_SECONDS = 0.06  # long enough to cover many calls of a small layer, short enough to alternate often


def seconds_a_call(call: Callable[[], object], turn: float = TURN_SECONDS, least: int = 3) -> float:
    """The shortest time of one call, over at least `turn` seconds and `least` calls; call it once before, to warm up.

    The shortest, since whatever else the machine does can only make a call longer.
    """
    times = []
    begin = now = time.perf_counter()
    while now - begin < turn or len(times) < least:
        call()
        then, now = now, time.perf_counter()
        times.append(now - then)
    return min(times)


def median_and_spread(ratios: Sequence[float]) -> tuple[float, float]:
    """The median of the pairs' ratios, and half the distance of their quartiles in parts of it (0 of a single pair)."""
    middle = median(ratios)
    low, _, high = quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else (middle,) * 3
    return middle, (high - low) / 2 / middle
