"""A random order of elements, by a buffer of those that come next."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from convolith.ops.arguments import flag
from convolith.random import checked_seed, new_seed


def draws(seed: int | None, again: bool | None) -> Callable[[], np.random.Generator]:
    """Return what gives each iteration its generator.

    Args:
        seed: of the order; None draws one.
        again: whether each iteration has an order of its own; None is True, as in tf.data.

    Raises:
        TypeError: ``again`` is neither True nor False.
        ValueError: ``seed`` is no integer >= 0.
    """
    again = True if again is None else flag("Dataset.shuffle", "reshuffle_each_iteration", again)
    own = checked_seed(seed, "Dataset.shuffle")
    own = new_seed() if own is None else own
    iterations = itertools.count()
    return lambda: np.random.default_rng((own, next(iterations) if again else 0))


def shuffled(elements: Iterable[Any], size: int, random: np.random.Generator) -> Iterator[Any]:
    """Give each element from a buffer of the next ``size``."""
    buffer: list[Any] = []
    for element in elements:
        if len(buffer) < size:
            buffer.append(element)
            continue
        place = random.integers(size)
        yield buffer[place]
        buffer[place] = element
    for place in random.permutation(len(buffer)):
        yield buffer[place]
