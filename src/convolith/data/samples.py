"""Samples that can be had by their numbers: shuffling, splitting and batching move numbers instead of samples."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from convolith.data.arguments import at_least, called, number_of_threads
from convolith.data.dataset import Dataset
from convolith.data.mapping import call, mapped
from convolith.data.shuffling import draws
from convolith.layers.structure import flatten, map_structure
from convolith.ops.arguments import flag, is_finite
from convolith.random import checked_seed

Orders = Callable[[], np.ndarray]


class SampleDataset(Dataset):
    """Samples in an order that each iteration asks for anew.

    Args:
        read: gives the sample of a number.
        orders: gives the numbers of the samples that an iteration goes through.
        length: how many they are.
        threads: how many make samples ready ahead of time; 0 reads each when it is asked for.
    """

    def __init__(self, read: Callable[[int], Any], orders: Orders, length: int, threads: int = 0):
        self._read, self._orders, self._threads = read, orders, threads
        iterations = itertools.count()

        def start() -> Iterator[Any]:
            numbers = orders().tolist()
            return mapped(read, zip(numbers, numbers, strict=True), next(iterations), threads)

        super().__init__(start, length)

    def _ordered(self, orders: Orders, length: int) -> SampleDataset:
        """Return the same samples in another order, or some of them."""
        return SampleDataset(self._read, orders, length, self._threads)

    def map(
        self,
        map_func: Callable[..., Any],
        num_parallel_calls: int | None = None,
        deterministic: Any = None,
        seed: int | None = None,
    ) -> Dataset:
        """See ``Dataset.map``."""
        function, read = self._element_function(map_func, seed), self._read
        threads = max(self._threads, number_of_threads(num_parallel_calls))
        return SampleDataset(lambda number: function(read(number)), self._orders, len(self), threads)

    def filter(self, predicate: Callable[..., Any]) -> Dataset:
        """See ``Dataset.filter``."""
        return FilteredSamples(self, predicate)

    def shuffle(self, buffer_size: int, seed: int | None = None, reshuffle_each_iteration: bool = True) -> Dataset:
        """See ``Dataset.shuffle``; a buffer as large as the data shuffles them evenly."""
        if at_least(1, "shuffle", "buffer_size", buffer_size) < len(self):
            return super().shuffle(buffer_size, seed, reshuffle_each_iteration)
        draw, orders = draws(seed, reshuffle_each_iteration), self._orders
        return self._ordered(lambda: draw().permutation(orders()), len(self))

    def take(self, count: int) -> Dataset:
        """See ``Dataset.take``."""
        kept, orders = at_least(0, "take", "count", count), self._orders
        return self._ordered(lambda: orders()[:kept], min(kept, len(self)))

    def skip(self, count: int) -> Dataset:
        """See ``Dataset.skip``."""
        left, orders = at_least(0, "skip", "count", count), self._orders
        return self._ordered(lambda: orders()[left:], max(0, len(self) - left))

    def split(self, *parts: float, seed: int | None = None) -> tuple[Dataset, ...]:
        """See ``Dataset.split``."""
        if len(parts) < 2 or not all(map(_is_share, parts)):
            raise ValueError(f"Dataset.split: parts must be two or more numbers above 0, got {parts}")
        own = checked_seed(seed, "Dataset.split")
        numbers = np.sort(self._orders())
        if not np.array_equal(numbers, np.sort(self._orders())):
            raise ValueError("Dataset.split: each iteration goes through other samples; split before shuffle and take")
        ends = np.rint(np.cumsum(parts) / np.sum(parts) * len(numbers)).astype(int)
        drawn = numbers if own is None else np.random.default_rng(own).permutation(numbers)
        shares = np.split(drawn, ends[:-1])
        if not all(map(len, shares)):
            raise ValueError(f"Dataset.split: {parts} of {len(numbers)} samples leave a part without any")
        return tuple(self._part(share) for share in shares)

    def _part(self, numbers: np.ndarray) -> Dataset:
        """Return the samples of these numbers, in the order of the whole."""
        orders = self._orders

        def kept() -> np.ndarray:
            order = orders()
            return order[np.isin(order, numbers)]

        return self._ordered(kept, len(numbers))


def _is_share(part: Any) -> bool:
    real = isinstance(part, (int, float, np.integer, np.floating)) and not isinstance(part, bool)
    return real and is_finite(part) and bool(part > 0)


class FilteredSamples(Dataset):
    """The samples for which a function is true; which they are shows only as they are read.

    Args:
        samples: all of them.
        predicate: called as by ``Dataset.map``.
    """

    def __init__(self, samples: SampleDataset, predicate: Callable[..., Any]):
        called("filter", "predicate", predicate)
        self._samples, self._predicate = samples, predicate
        super().__init__(lambda: (element for element in samples if call(predicate, element)))

    def split(self, *parts: float, seed: int | None = None) -> tuple[Dataset, ...]:
        """See ``Dataset.split``; the sizes are in proportion before the function is asked."""
        return tuple(part.filter(self._predicate) for part in self._samples.split(*parts, seed=seed))


class ArrayDataset(SampleDataset):
    """The samples of arrays.

    Args:
        arrays: arrays with the same first size, nested at will.
        orders: as for ``SampleDataset``.
        length: how many samples they give.
    """

    def __init__(self, arrays: Any, orders: Orders, length: int):
        self._arrays = arrays
        super().__init__(self._take, orders, length)

    @classmethod
    def from_arrays(cls, arrays: Any) -> ArrayDataset:
        """See ``Dataset.from_tensor_slices``."""
        arrays = map_structure(np.asarray, arrays)
        leaves = flatten(arrays)
        sizes = {array.shape[:1] for array in leaves}
        if len(sizes) != 1 or () in sizes:
            raise ValueError(
                f"Dataset.from_tensor_slices: arrays must have the same first size, "
                f"got shapes {[array.shape for array in leaves]}"
            )
        length = len(leaves[0])
        return cls(arrays, lambda: np.arange(length), length)

    def _take(self, numbers: Any) -> Any:
        return map_structure(lambda array: array[numbers], self._arrays)

    def _ordered(self, orders: Orders, length: int) -> ArrayDataset:
        return ArrayDataset(self._arrays, orders, length)

    def batch(self, batch_size: int, drop_remainder: bool = False) -> Dataset:
        """See ``Dataset.batch``."""
        size, samples = at_least(1, "batch", "batch_size", batch_size), len(self)
        flag("Dataset.batch", "drop_remainder", drop_remainder)
        steps = samples // size if drop_remainder else -(-samples // size)

        def start() -> Iterator[Any]:
            numbers = self._orders()
            return (self._take(numbers[step * size : (step + 1) * size]) for step in range(steps))

        return Dataset(start, steps)._of_batches(size)
