"""The layers of a network summed up: a line a network and pass, and a line a group of layers over all networks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from statistics import fmean, geometric_mean
from typing import NamedTuple

from benchmarks.layer_row import Row
from benchmarks.network_shapes import Layer

SHARE, LEAST = 0.95, 0.85  # of the layers reach torch's speed, and none is slower than this part of it


def _window3(layer: Layer) -> bool:
    return layer.op == "conv" and layer.kernel == (3, 3) and layer.stride == (1, 1) and layer.groups == 1


GROUPS: dict[str, Callable[[Layer], bool]] = {
    "all": lambda layer: True,
    "conv": lambda layer: layer.op == "conv",
    "3x3": _window3,
    "wide 3x3": lambda layer: _window3(layer) and min(layer.ci, layer.co) >= 64,
    "grouped": lambda layer: layer.op == "conv" and layer.groups > 1,
    "depthwise": lambda layer: layer.op == "depthwise_conv",
    "transposed": lambda layer: layer.op == "conv_transpose",
}
"""Layers that are measured or summed up together; "3x3" has stride 1 and no groups, "wide" at least 64 channels."""


class LayerSummary(NamedTuple):
    """Some layers' ratios torch / convolith: how many, their geometric mean, the share of those that reach 1, the least
    and whose it is; and the mean and the least fraction of the multiply-add peak.
    """

    what: str
    count: int
    mean: float
    share: float
    least: float
    layer: str
    peak_mean: float
    peak_least: float

    def line(self) -> str:
        """The summary as a line of text."""
        middle = f"geometric mean {self.mean:.2f}, {self.share:.0%} reach 1.0, least {self.least:.2f} ({self.layer})"
        return f"{self.what}: {self.count} layers; {middle}; of peak {self.peak_mean:.0%}, least {self.peak_least:.0%}"


def summaries(rows: Iterable[Row]) -> list[LayerSummary]:
    """A summary a network and pass, then those of the groups that have layers, all passes together."""
    compared = [row for row in rows if row.ratio is not None]
    networks: dict[tuple[str, str], list[Row]] = {}
    for row in compared:
        networks.setdefault((row.network, row.direction), []).append(row)
    parts = [(f"{network}, {direction}", part) for (network, direction), part in networks.items()]
    parts += [(name, [row for row in compared if fits(row.layer)]) for name, fits in GROUPS.items()]
    return [_summary(what, part) for what, part in parts if part]


def _summary(what: str, rows: list[Row]) -> LayerSummary:
    ratios = [row.ratio or 0.0 for row in rows]
    worst = min(rows, key=lambda row: row.ratio or 0.0)
    fractions = [row.fraction_of_peak for row in rows if row.layer.operations] or [0.0]
    return LayerSummary(
        what,
        len(rows),
        geometric_mean(ratios),
        sum(ratio >= 1 for ratio in ratios) / len(rows),
        min(ratios),
        f"{worst.network} {worst.layer.name} {worst.direction}",
        fmean(fractions),
        min(fractions),
    )
