"""What is known of a layer after it was timed."""

from __future__ import annotations

from typing import NamedTuple

from benchmarks.network_shapes import Layer


class Row(NamedTuple):
    """What was measured of one pass of one layer; torch's part is None when it did not run.

    The spread is half the distance of the quartiles of the pairs' ratios, in parts of the ratio.
    """

    network: str
    layer: Layer
    direction: str
    seconds: float
    torch_seconds: float | None
    ratio: float | None
    spread: float
    layout: str
    peak: float
    quiet: bool

    @property
    def speed(self) -> float:
        """Floating point operations a second, 0 for pooling."""
        return self.layer.operations / self.seconds

    @property
    def fraction_of_peak(self) -> float:
        """Of the peak measured beside it; a fast algorithm may go beyond 1."""
        return self.speed / self.peak
