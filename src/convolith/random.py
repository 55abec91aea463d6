"""One generator behind every random choice: first weights, dropout's streams, the order of training samples."""

from __future__ import annotations

from typing import Any

import numpy as np

_generator: Any = None  # a numpy.random.Generator, made when first needed: importing numpy.random takes 10 ms


def generator() -> Any:
    """The process's generator (a numpy.random.Generator), seeded by ``convolith.utils.set_random_seed``."""
    global _generator
    if _generator is None:
        _generator = np.random.default_rng()
    return _generator


def new_seed() -> int:
    """Draw a seed in [1, 1e9] for something that keeps a stream of its own (an initializer, a dropout layer)."""
    return int(generator().integers(1, 10**9 + 1))


def seed_everything(seed: int) -> None:
    """Seed convolith's generator, NumPy's global one and Python's."""
    import random as python_random  # a millisecond that only this needs

    global _generator
    python_random.seed(seed)
    np.random.seed(seed)
    _generator = np.random.default_rng(seed)


def checked_seed(seed: Any, owner: str) -> int | None:
    """Return ``seed`` as an int or None.

    Raises:
        ValueError: ``seed`` is neither None nor an integer >= 0; ``owner`` names the object in the message.
    """
    if seed is None:
        return None
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ValueError(f"{owner}: seed must be None or an integer >= 0, got {seed!r}")
    return int(seed)
