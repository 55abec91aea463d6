"""What the whole networks are to reach against each peer, and what they reached."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import geometric_mean
from typing import NamedTuple, Protocol

LOWER_IS_BETTER = ("memory", "first_step")


class Target(NamedTuple):
    """The geometric mean of the networks' ratios, and that of the worst network."""

    mean: float
    worst: float


TARGETS = {
    ("training", "torch"): Target(2.0, 1.3),
    ("inference", "torch"): Target(1.8, 1.3),
    ("inference", "onnxruntime"): Target(1.3, 1.0),
    ("batch1", "onnxruntime"): Target(1.0, 1.0),
    ("memory", "torch"): Target(0.6, 0.8),
    ("first_step", "convolith, later steps"): Target(3.0, 3.0),
    ("threads", "convolith, 1 thread"): Target(1.85, 1.85),
}
LIMITED = {("training", "torch"): Target(1.0, 1.0)}
"""Where convolith and torch are limited to an instruction set."""


class Ratio(Protocol):
    """A measured row, as far as a summary needs it."""

    network: str
    kind: str
    peer: str
    ratio: float


class Summary(NamedTuple):
    """The ratios of all networks of one kind against one peer: their geometric mean, the worst and whose it is."""

    kind: str
    peer: str
    mean: float
    worst: float
    network: str

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        target = TARGETS.get((self.kind, self.peer))
        if target is None:
            return None
        if self.kind in LOWER_IS_BETTER:
            return self.mean <= target.mean and self.worst <= target.worst
        return self.mean >= target.mean and self.worst >= target.worst


def summaries(rows: Iterable[Ratio]) -> list[Summary]:
    """A summary a kind and peer, in the rows' order."""
    groups: dict[tuple[str, str], list[Ratio]] = {}
    for row in rows:
        groups.setdefault((row.kind, row.peer), []).append(row)
    return [_summary(kind, peer, group) for (kind, peer), group in groups.items()]


def _summary(kind: str, peer: str, group: list[Ratio]) -> Summary:
    choose = max if kind in LOWER_IS_BETTER else min
    worst = choose(group, key=lambda row: row.ratio)
    return Summary(kind, peer, geometric_mean(row.ratio for row in group), worst.ratio, worst.network)
