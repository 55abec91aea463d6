"""Batches as a user gives them, pass after pass: an iterable, or what gives batches by number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import numpy as np


def gives_batches(x: Any) -> bool:
    """Tell a generator, a data set, a data loader or a sequence of batches from arrays and lists or dicts of them."""
    if hasattr(x, "__array__") or isinstance(x, (list, tuple, dict, str, bytes)):
        return False
    return hasattr(x, "__iter__") or _has_numbers(x)


def _has_numbers(x: Any) -> bool:
    """Tell what gives its batches by number: a PyDataset, or another class that is like one."""
    kind = type(x)
    return hasattr(x, "__getitem__") and (hasattr(kind, "num_batches") or hasattr(x, "__len__"))


class Feed:
    """What gives batches, as it is.

    Args:
        source: an iterable, or a sequence with ``__getitem__`` and ``__len__`` or ``num_batches``.
        who: for errors, such as "lenet5: fit".
        order: None, or a function (epoch, number of batches) -> the order in which a sequence gives them.

    Attributes:
        steps: number of batches in a pass; None if it is not known, or if there is no end.
        once: whether the batches can be had once only.
        numbered: whether they are had by their numbers.

    Raises:
        ValueError: its ``workers``, ``use_multiprocessing`` or ``max_queue_size`` is none that works.
    """

    def __init__(self, source: Any, who: str, order: Callable[[int, int], np.ndarray] | None = None):
        self._source, self._order = source, order
        self._within = False
        self._sample: Any = None
        kind = type(source)
        self.numbered = _has_numbers(source) and (hasattr(kind, "num_batches") or not hasattr(kind, "__iter__"))
        self._threads, self._ahead = self._workers(who) if self.numbered else (0, 0)
        self.steps = self._number_of_batches()
        self.once = not self.numbered and hasattr(source, "__next__")

    def _workers(self, who: str) -> tuple[int, int]:
        """Return how many threads make batches ready, and how many batches may be ready."""
        if not hasattr(type(self._source), "num_batches"):
            return 0, 0
        from convolith.data.py_dataset import PyDataset, checked_workers

        workers, ahead = checked_workers(
            f"{who}: {type(self._source).__name__}",
            *(
                getattr(self._source, name, getattr(PyDataset, name))
                for name in ("workers", "use_multiprocessing", "max_queue_size")
            ),
        )
        return workers if workers > 1 else 0, ahead

    def _number_of_batches(self) -> int | None:
        if self.numbered and hasattr(type(self._source), "num_batches"):
            return self._source.num_batches
        try:
            return len(self._source)
        except TypeError:  # it has no length, or an endless one
            return None

    def begin(self) -> None:
        """Tell the source that an epoch begins, if it does not know."""
        if not self._within:
            self._within = True
            self._tell("on_epoch_begin")

    def end(self) -> None:
        """Tell the source that the epoch is over."""
        self._within = False
        self._tell("on_epoch_end")

    def _tell(self, event: str) -> None:
        listener = getattr(self._source, event, None)
        if listener is not None:
            listener()

    def batches(self, epoch: int) -> Iterator[Any]:
        """Return the batches of a pass.

        Args:
            epoch: the number of the pass, on which the order depends.
        """
        if not self.numbered:
            return iter(self._source)
        steps = self._number_of_batches()  # which an epoch may have changed
        numbers: Any = count() if steps is None else range(steps)
        if steps is not None and self._order is not None:
            numbers = self._order(epoch, steps).tolist()
        return self._made(numbers, epoch, self._threads)

    def sample(self) -> Any:
        """Return the batch of number 0, or None where there are no batches; epoch 0 does not ask for it again."""
        if self.steps != 0:
            self._sample = next(self._made((0,), 0, 0))
        return self._sample

    def _made(self, numbers: Any, epoch: int, threads: int) -> Iterator[Any]:
        """Return the batches of these numbers; what is drawn in them follows from the epoch and the number."""
        from convolith.data.mapping import mapped

        def batch(number: int) -> Any:
            if number == 0 and epoch == 0 and self._sample is not None:
                kept, self._sample = self._sample, None
                return kept
            return self._source[number]

        return mapped(batch, ((number, number) for number in numbers), epoch, threads, self._ahead)
