"""Batches by number, written as a class of the user's own, which threads may make ready."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import numpy as np

from convolith.ops.arguments import flag


class PyDataset:
    """Base of a user's own class that gives batches by their numbers, for ``fit``, ``evaluate`` and ``predict``.

    A subclass defines ``__getitem__``, which returns the batch of a number from 0: x, (x, y) or (x, y, sample_weight);
    and ``__len__`` or the property ``num_batches``, how many there are. ``fit`` takes them in an order of its own each
    epoch, unless it is told not to shuffle.

    Args:
        workers: with 2 or more, so many threads call ``__getitem__`` ahead of time; the batches come in their order.
            What random layers draw in it follows from their seeds, the epoch and the number, not from the threads.
        use_multiprocessing: False. There are no processes: reading files, decoding images and NumPy's larger functions
            leave the other threads at work, and batches need not be copied from one process to another.
        max_queue_size: how many batches may be ready.

    Raises:
        TypeError: ``use_multiprocessing`` is neither True nor False.
        ValueError: an argument is none of these.

    Source:
        keras.utils.PyDataset.

    Example:
        >>> import numpy as np
        >>> from convolith.utils import PyDataset
        >>> class Squares(PyDataset):
        ...     def __len__(self):
        ...         return 3
        ...
        ...     def __getitem__(self, index):
        ...         x = np.full((2, 1), index, "float32")
        ...         return x, x**2
        >>> [y.ravel().tolist() for x, y in Squares(workers=2)]
        [[0.0, 0.0], [1.0, 1.0], [4.0, 4.0]]
    """

    # Of a subclass whose constructor does not call this one's.
    workers = 1
    use_multiprocessing = False
    max_queue_size = 10

    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10):
        checked_workers(type(self).__name__, workers, use_multiprocessing, max_queue_size)
        self.workers, self.use_multiprocessing, self.max_queue_size = workers, use_multiprocessing, max_queue_size

    @property
    def num_batches(self) -> int | None:
        """The number of batches; None for a data set without an end, which needs ``steps_per_epoch`` or ``steps``."""
        if not hasattr(self, "__len__"):
            raise NotImplementedError(f"{type(self).__name__} must define __len__ or num_batches")
        return len(self)

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__")

    def __iter__(self) -> Iterator[Any]:
        batches = self.num_batches
        return (self[number] for number in (count() if batches is None else range(batches)))

    def on_epoch_begin(self) -> None:
        """Do something before each epoch."""

    def on_epoch_end(self) -> None:
        """Do something after each epoch."""


def checked_workers(who: str, workers: Any, use_multiprocessing: Any, max_queue_size: Any) -> tuple[int, int]:
    """Return the number of threads and of batches that may be ready.

    Raises:
        TypeError: ``use_multiprocessing`` is neither True nor False.
        ValueError: one of the three is none that works; the text begins with ``who``.
    """
    if flag(who, "use_multiprocessing", use_multiprocessing):
        raise ValueError(
            f"{who}: use_multiprocessing={use_multiprocessing!r}, but batches are made by threads, not by processes: "
            f"leave it out, and give workers=N"
        )
    for name, value, least in (("workers", workers, 0), ("max_queue_size", max_queue_size, 1)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise ValueError(f"{who}: {name} must be an integer >= {least}, got {value!r}")
    return int(workers), int(max_queue_size)
