"""Where batches come from, epoch after epoch: arrays, or anything that gives one batch after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Protocol

import numpy as np

from convolith.config import max_steps_per_epoch
from convolith.graph.tensor import Spec
from convolith.models.batches import Batches
from convolith.models.feed import Feed
from convolith.models.samples import Layout, Samples
from convolith.warning import warn

Batch = list[np.ndarray]


def unpacked(item: Any, who: str) -> tuple[Any, Any, Any]:
    """Return (x, y, sample_weight) of a batch, a tuple or list that may leave out the last ones, or x alone.

    Raises:
        ValueError: it has another length.
    """
    if not isinstance(item, (tuple, list)):
        return item, None, None
    if not 1 <= len(item) <= 3:
        raise ValueError(f"{who}: a batch must be x, (x, y) or (x, y, sample_weight), got {len(item)} things")
    x, y, sample_weight = (*item, None, None)[:3]
    return x, y, sample_weight


class Source(Protocol):
    """What an epoch's batches are taken from."""

    steps: int | None

    def first_specs(self) -> list[Spec]:
        """Return shapes and dtypes of the first batch."""

    def start(self, number: int) -> Iterator[Batch]:
        """Return the batches of a pass over the data, of that number."""

    def begin(self) -> None:
        """Hear that an epoch begins."""

    def end(self) -> None:
        """Hear that an epoch is over."""


class Arrays:
    """Arrays, cut into batches, in an order of its own each epoch.

    Args:
        batches: the arrays.
        order: None, or a function (epoch, samples) -> the order of the samples.
    """

    def __init__(self, batches: Batches, order: Callable[[int, int], np.ndarray] | None = None):
        self.batches, self._order = batches, order
        self.steps: int | None = batches.steps

    def first_specs(self) -> list[Spec]:
        """Return shapes and dtypes of the first batch."""
        return self.batches.specs()

    def start(self, number: int) -> Iterator[Batch]:
        """Return the batches of a pass over the data."""
        if self._order is not None:
            self.batches.shuffle(self._order(number, self.batches.samples))
        return (self.batches[step] for step in range(self.batches.steps))

    def begin(self) -> None:
        """Do nothing: arrays need not know."""

    def end(self) -> None:
        """Do nothing."""


class Stream:
    """Anything that gives one batch after the other.

    The first batch is taken at once: it tells what the batches are made of.

    Args:
        source: an iterable, or a sequence, of x, (x, y) or (x, y, sample_weight).
        check: turns these three into Samples, or raises ValueError.
        who: for errors, such as "lenet5: fit".
        order: as for ``Arrays``; sequences come in that order.
        again: how many of the first batches of a generator each further pass begins with, before it goes on.

    Attributes:
        layout: what the arrays of a batch are.
        first: the first batch.

    Raises:
        ValueError: there is no batch, or one does not fit the model.
    """

    def __init__(
        self,
        source: Any,
        check: Callable[[Any, Any, Any], Samples],
        who: str,
        order: Callable[[int, int], np.ndarray] | None = None,
        again: int = 0,
    ):
        self._feed, self._check, self._who = Feed(source, who, order), check, who
        self._again = again if self._feed.once else 0
        self._kept: list[Batch] = []
        self.steps: int | None = self._feed.steps
        self._feed.begin()
        self._waiting: Iterator[Any] | None = None if self._feed.numbered else self._feed.batches(0)
        item = self._feed.sample() if self._waiting is None else next(self._waiting, None)
        if item is None:
            raise ValueError(f"{who}: {type(source).__name__} gives no batches")
        samples = check(*unpacked(item, who))
        self.layout: Layout = samples.layout
        self.first: Batch = _converted(samples)

    def first_specs(self) -> list[Spec]:
        """Return shapes and dtypes of the first batch."""
        return [Spec(array.shape, array.dtype) for array in self.first]

    def begin(self) -> None:
        """Tell the source that an epoch begins."""
        self._feed.begin()

    def end(self) -> None:
        """Tell the source that an epoch is over."""
        self._feed.end()

    def start(self, number: int) -> Iterator[Batch]:
        """Return the batches of a pass over the data; the first pass goes on where the first batch was taken."""
        items, self._waiting = self._waiting, None
        if items is not None:
            self._keep(self.first)
            yield self.first
        else:
            yield from list(self._kept)
            items = self._feed.batches(number)
        for item in items:
            samples = self._check(*unpacked(item, self._who))
            if samples.layout != self.layout:
                raise ValueError(f"{self._who}: a batch has other inputs, labels or weights than the first batch had")
            batch = _converted(samples)
            self._keep(batch)
            yield batch

    def _keep(self, batch: Batch) -> None:
        if len(self._kept) < self._again:
            self._kept.append([array.copy() for array in batch])  # the generator may fill the same arrays again


def _converted(samples: Samples) -> Batch:
    return [np.asarray(array, dtype) for array, dtype in zip(samples.arrays, samples.dtypes, strict=True)]


def fewest(*steps: int | None) -> int | None:
    """Return the smallest number among those that are known, None if none is."""
    return min((one for one in steps if one is not None), default=None)


class Epochs:
    """The batches of one epoch after the other.

    Args:
        source: where they come from.
        wanted: batches in an epoch; None for a whole pass over the data.
        anew: whether each epoch begins with the first batch, though less than all were wanted. Else an epoch goes on
            where the one before has ended, and the data begin again once they were at their end.
    """

    def __init__(self, source: Source, wanted: int | None = None, anew: bool = False):
        self._limit = max_steps_per_epoch()
        self.source, self._wanted = source, wanted if wanted is None else fewest(wanted, self._limit)
        self.steps = fewest(source.steps, self._limit) if wanted is None else self._wanted
        self._anew = anew
        self._rest: Iterator[Batch] | None = None
        self._passes = 0

    def batches(self, epoch: int) -> Iterator[Batch]:
        """Return the batches of an epoch; too few of them are warned of."""
        self.source.begin()
        try:
            if self._wanted is None:
                yield from islice(self.source.start(epoch), self._limit)
            else:
                yield from self._some(self._wanted)
        finally:  # also of an epoch that somebody ends early
            if self._anew:
                self._rest = None  # with it end its threads, before the source hears that the epoch is over
            self.source.end()

    def _some(self, wanted: int) -> Iterator[Batch]:
        done, begun = 0, False
        while done < wanted:
            if self._rest is None:
                self._rest, begun = self.source.start(self._passes), True
                self._passes += 1
            batch = next(self._rest, None)
            if batch is not None:
                done += 1
                yield batch
                continue
            self._rest = None
            if not done and begun:
                return  # of which the loop tells
            if done:
                warn(
                    f"the data ended after {done} of {wanted} batches of an epoch: give more of them, or let a "
                    f"Dataset repeat()"
                )
                return
