"""The samples of arrays, by their numbers: shuffling and batching move whole arrays instead of single samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from convolith.data.dataset import Dataset
from convolith.layers.structure import flatten, map_structure

Orders = Callable[[], np.ndarray]


class ArrayDataset(Dataset):
    """The samples of arrays, in an order that each iteration asks for anew.

    Args:
        arrays: arrays with the same first size, nested at will.
        orders: gives the numbers of the samples that an iteration goes through.
        length: how many they are.
    """

    def __init__(self, arrays: Any, orders: Orders, length: int):
        self._arrays, self._orders = arrays, orders
        super().__init__(lambda: (self._take(int(number)) for number in orders()), length)

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

    def shuffle(self, buffer_size: int, seed: int | None = None, reshuffle_each_iteration: bool = True) -> Dataset:
        """See ``Dataset.shuffle``; a buffer as large as the data shuffles them evenly."""
        if self._positive("shuffle", "buffer_size", buffer_size) < len(self):
            return super().shuffle(buffer_size, seed, reshuffle_each_iteration)
        draw, orders = self._draws(seed, reshuffle_each_iteration), self._orders
        return ArrayDataset(self._arrays, lambda: draw().permutation(orders()), len(self))

    def take(self, count: int) -> Dataset:
        """See ``Dataset.take``."""
        kept, orders = self._counted("take", count), self._orders
        return ArrayDataset(self._arrays, lambda: orders()[:kept], min(kept, len(self)))

    def skip(self, count: int) -> Dataset:
        """See ``Dataset.skip``."""
        left, orders = self._counted("skip", count), self._orders
        return ArrayDataset(self._arrays, lambda: orders()[left:], max(0, len(self) - left))

    def batch(self, batch_size: int, drop_remainder: bool = False) -> Dataset:
        """See ``Dataset.batch``."""
        size, samples = self._positive("batch", "batch_size", batch_size), len(self)
        steps = samples // size if drop_remainder else -(-samples // size)

        def start() -> Iterator[Any]:
            numbers = self._orders()
            return (self._take(numbers[step * size : (step + 1) * size]) for step in range(steps))

        return Dataset(start, steps)
