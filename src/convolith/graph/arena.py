"""Memory: aligned arrays, and the one block in which plans place their buffers."""

from __future__ import annotations

import math
import threading
from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet, WeakValueDictionary

import numpy as np

from convolith.memory import free_memory

ALIGNMENT = 64
"""Bytes: a cache line, and the widest vector."""

CHECKED = 32 << 20
"""Bytes: from here on it is asked whether the machine has them."""

HUGE_PAGE = 2 << 20
"""Bytes: what a huge page of x86-64 holds, and mostly of AArch64."""


def empty(shape: Any, dtype: Any) -> np.ndarray:
    """Allocate an uninitialised C-contiguous array that starts on a cache line.

    Args:
        shape: tuple of ints.
        dtype: any NumPy dtype of numbers.

    Returns:
        The array.

    Raises:
        TypeError: if the dtype holds Python objects, for which uninitialised memory is no value.
    """
    dtype = np.dtype(dtype)
    if dtype.hasobject:
        raise TypeError(f"empty: dtype must be one of numbers, got {dtype}")
    size = math.prod(shape) * dtype.itemsize
    block = np.empty(size + ALIGNMENT, np.uint8)
    return np.ndarray(shape, dtype, block, -block.ctypes.data % ALIGNMENT)


def plain(array: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Give the array itself if it is C-contiguous, aligned, native and of a dtype, as the engine needs it, or a copy.

    Args:
        array: any array.
        dtype: what it shall be; its byte order does not count.

    Returns:
        The array.
    """
    array = np.asarray(array, dtype=dtype.newbyteorder("="), order="C")
    return array if array.flags.aligned else array.copy()


class Memory:
    """The memory of some arrays, for asking quickly whether another array may lie in it.

    Args:
        arrays: C-contiguous arrays, none of which shares memory with another.
    """

    def __init__(self, arrays: Iterable[np.ndarray]) -> None:
        starts = {array.ctypes.data: array for array in arrays if array.size}
        self.starts = sorted(starts)
        self.arrays = [starts[start] for start in self.starts]

    def meets(self, array: np.ndarray) -> bool:
        """Tell whether the bytes from the first to the last of `array` meet those of one of the arrays."""
        if not self.arrays or not array.size:
            return False
        first = last = array.__array_interface__["data"][0]
        for size, stride in zip(array.shape, array.strides, strict=True):
            if stride < 0:
                first += (size - 1) * stride
            else:
                last += (size - 1) * stride
        # As they are apart, of those that start before the last byte ends only the last one can reach the first.
        number = bisect_left(self.starts, last + array.itemsize) - 1
        return number >= 0 and self.starts[number] + self.arrays[number].nbytes > first


@dataclass
class Buffer:
    """A piece of memory that is in use from step `first` to step `last`, both included.

    `size` is in bytes, `offset` in bytes from the start of the block, once `place` has found it.
    """

    size: int
    first: int
    last: int
    offset: int = 0


class Arena:
    """One block of memory that several plans use in turn; it grows to the largest of them.

    `lock` is held while a plan runs; hold it for as long as nobody else may overwrite the results.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.block = empty((0,), np.uint8)
        self.lock = threading.RLock()
        self.plans: WeakSet[Any] = WeakSet()
        self.prepared: WeakValueDictionary[Any, Any] = WeakValueDictionary()  # what the plans have in common

    def reserve(self, size: int, beside: int = 0) -> None:
        """Make the block at least `size` bytes large; arrays that live in a smaller one keep that one alive.

        Args:
            size: bytes.
            beside: bytes that will be taken elsewhere, which the machine must have left too.

        Raises:
            MemoryError: if the machine has less left; a system that overcommits would end the process later.
        """
        with self.lock:
            if size > self.block.nbytes:
                needed = size + beside
                free = free_memory() if needed >= CHECKED else None
                if free is not None and needed > free + self.block.nbytes:
                    left = free + self.block.nbytes
                    raise MemoryError(f"a plan needs {needed:,} bytes, the machine has {left:,} left")
                # NumPy asks the system for huge pages where an array is large; they begin on a boundary of their own.
                boundary = HUGE_PAGE if size >= HUGE_PAGE else ALIGNMENT
                whole = np.empty(size + boundary, np.uint8)
                start = -whole.ctypes.data % boundary
                self.block = whole[start : start + size]
                for plan in self.plans:  # so that the smaller block can be freed
                    plan.unbind()


class Paper(Arena):
    """An arena in which plans are made but never run: it takes no memory."""

    def reserve(self, size: int, beside: int = 0) -> None:
        """Do nothing."""


def place(buffers: list[Buffer]) -> int:
    """Give each buffer an offset, so that no two that are in use at the same time overlap.

    The largest buffer comes first, each goes into the smallest gap that holds it.

    Args:
        buffers: their `offset` is set.

    Returns:
        The bytes that they need together.

    Source: Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", arXiv 2001.03288,
    algorithm 3 (greedy by size).
    """
    placed: list[tuple[int, int, int, int]] = []  # offset, end, first and last of those that have one, by their offsets
    for buffer in sorted(buffers, key=lambda buffer: (-buffer.size, buffer.first)):
        size, first, last = buffer.size, buffer.first, buffer.last
        end, found, smallest = 0, None, math.inf
        for offset, stop, begins, ends in placed:
            if begins <= last and ends >= first:
                if size <= offset - end < smallest:
                    found, smallest = end, offset - end
                if stop > end:
                    end = stop
        buffer.offset = end if found is None else found
        insort(placed, (buffer.offset, buffer.offset + _rounded(size), first, last))
    return max((buffer.offset + buffer.size for buffer in buffers), default=0)


def _rounded(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
