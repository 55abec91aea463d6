"""Random numbers that belong to an element of a data set: the same ones whatever thread makes it, and when."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np


class ElementStream:
    """Stands, while an element is made, in the place of all counters of random states.

    Args:
        numbers: integers >= 0 that tell the element from all others, such as the iteration and its number there.
    """

    def __init__(self, numbers: tuple[int, ...]):
        self.numbers, self._draws = numbers, 0

    @property
    def counter(self) -> int:
        """The counter, of 64 bits, that the next draw takes."""
        sequence = np.random.SeedSequence((self._draws, *self.numbers))
        return int(sequence.generate_state(1, np.uint64)[0])

    def advance(self) -> None:
        """Go to the next draw."""
        self._draws += 1


current: ContextVar[ElementStream | None] = ContextVar("current", default=None)
"""The stream of the element that this thread is making, if it makes one."""


@contextmanager
def making(*numbers: int) -> Iterator[None]:
    """Let what is drawn inside belong to the element of these numbers."""
    token = current.set(ElementStream(numbers))
    try:
        yield
    finally:
        current.reset(token)
