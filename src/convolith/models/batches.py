"""From the arrays that a user gives to the arrays that a plan runs on: checks once, then one batch after the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.graph.tensor import Spec


def as_arrays(values: list[Any], names: list[str], method: str) -> list[np.ndarray]:
    """Return NumPy arrays with the same number of samples.

    Args:
        values: arrays, or what turns into them (lists, torch tensors).
        names: for errors, one each, such as "x" or "y['digit']".
        method: for errors, such as "fit".

    Raises:
        ValueError: one is missing, has no numbers, has no samples, or another number of samples than the first.
    """
    arrays = []
    for value, name in zip(values, names, strict=True):
        if value is None:
            raise ValueError(f"{method}: {name} is missing")
        if not hasattr(value, "__array__") and not isinstance(value, (list, tuple)):
            raise ValueError(f"{method}: {name} must be an array, got {type(value).__name__}")
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise ValueError(f"{method}: {name} must hold real numbers, got dtype {array.dtype}")
        if array.ndim == 0:
            raise ValueError(f"{method}: {name} must have an axis of samples, got a single number")
        arrays.append(array)
    for array, name in zip(arrays, names, strict=True):
        if len(array) != len(arrays[0]):
            raise ValueError(
                f"{method}: all arrays must have the same number of samples, got {len(arrays[0])} in {names[0]} "
                f"and {len(array)} in {name}"
            )
        if not len(array):
            raise ValueError(f"{method}: {name} has no samples, its shape is {array.shape}")
    return arrays


def checked_batch_size(batch_size: Any, method: str, argument: str = "batch_size") -> int:
    """Return the number of samples in a batch; None means 32.

    Raises:
        ValueError: it is no integer >= 1.
    """
    if batch_size is None:
        return 32
    if isinstance(batch_size, bool) or not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
        raise ValueError(f"{method}: {argument} must be an integer >= 1, got {batch_size!r}")
    return int(batch_size)


def checked_steps(steps: Any, who: str, argument: str = "validation_steps") -> int | None:
    """Return a number of batches, or None for all.

    Raises:
        ValueError: it is no integer >= 1.
    """
    if steps is None:
        return None
    if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or steps < 1:
        raise ValueError(f"{who}: {argument} must be an integer >= 1, got {steps!r}")
    return int(steps)


def split(arrays: list[np.ndarray], share: Any) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Cut off the last ``share`` of the samples, as views: (the first, the last).

    Raises:
        ValueError: the share is not in (0, 1), or one part would be empty.
    """
    if isinstance(share, bool) or not isinstance(share, (int, float, np.number)) or not 0 < share < 1:
        raise ValueError(f"fit: validation_split must be a number in (0, 1), got {share!r}")
    samples = len(arrays[0])
    kept = int(samples * (1 - share))
    if kept in (0, samples):
        raise ValueError(f"fit: validation_split={share!r} of {samples} samples leaves none for training or validation")
    return [array[:kept] for array in arrays], [array[kept:] for array in arrays]


class Batches:
    """Arrays cut into batches, each of a given dtype.

    An array that already has the dtype is sliced, not copied; with a shuffled order the samples are gathered into a
    buffer that is made once, and arrays of other dtypes are converted batch by batch.

    Args:
        arrays: with the same number of samples.
        dtypes: what to convert each to.
        batch_size: samples in a batch; the last one may have fewer.
    """

    def __init__(self, arrays: list[np.ndarray], dtypes: list[np.dtype], batch_size: int):
        self.samples = len(arrays[0])
        self.batch_size = min(batch_size, self.samples)
        self.steps = -(-self.samples // self.batch_size)
        self._order: np.ndarray | None = None
        self._arrays = arrays
        self._dtypes = dtypes
        self._gathered: list[np.ndarray | None] = [None] * len(arrays)
        self._converted = [
            None if array.dtype == dtype else np.empty((self.batch_size, *array.shape[1:]), dtype)
            for array, dtype in zip(arrays, dtypes, strict=True)
        ]

    def specs(self) -> list[Spec]:
        """Return shapes and dtypes of a whole batch's arrays."""
        return [
            Spec((self.batch_size, *array.shape[1:]), np.dtype(dtype))
            for array, dtype in zip(self._arrays, self._dtypes, strict=True)
        ]

    def shuffle(self, order: np.ndarray) -> None:
        """Take the samples in another order from now on."""
        if self._order is None:
            # numpy.take copies the whole of an array that is not contiguous, at every call.
            self._arrays = [np.ascontiguousarray(array) for array in self._arrays]
            self._gathered = [np.empty((self.batch_size, *array.shape[1:]), array.dtype) for array in self._arrays]
        self._order = order

    def __getitem__(self, step: int) -> list[np.ndarray]:
        """Return the arrays of one batch, valid until the next is asked for."""
        start = step * self.batch_size
        stop = min(start + self.batch_size, self.samples)
        batch = []
        for array, gathered, converted in zip(self._arrays, self._gathered, self._converted, strict=True):
            if gathered is None or self._order is None:
                part = array[start:stop]
            else:
                part = gathered[: stop - start]
                np.take(array, self._order[start:stop], axis=0, out=part, mode="clip")  # "raise" would copy once more
            if converted is not None:
                np.copyto(converted[: stop - start], part, casting="unsafe")
                part = converted[: stop - start]
            batch.append(part)
        return batch
