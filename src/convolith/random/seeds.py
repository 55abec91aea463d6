"""The one generator behind every random choice that has no seed of its own, and seeds."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.graph.recording import current
from convolith.graph.tensor import Variable
from convolith.graph.trace import is_tracing
from convolith.ops.dropout import advance, place_in_stream

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
        ValueError: ``seed`` is neither None nor an integer >= 0 of at most 64 bits; the message names ``owner``.
    """
    if seed is None:
        return None
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ValueError(f"{owner}: seed must be None or an integer >= 0, got {seed!r}")
    if seed >= 2**64:
        raise ValueError(f"{owner}: seed must be below 2 ** 64, got {seed!r}")
    return int(seed)


class SeedGenerator:
    """A stream of random numbers: each call that gets it as ``seed`` draws further ones, also in a traced model.

    Args:
        seed: an integer >= 0; None takes one from ``utils.set_random_seed``'s generator.
        name: of the variable that holds its state.

    Raises:
        ValueError: the seed is neither.

    Source:
        keras.random.SeedGenerator.

    Example:
        >>> from convolith.random import SeedGenerator, normal
        >>> stream = SeedGenerator(7)
        >>> bool((normal((3,), seed=stream) != normal((3,), seed=stream)).all())
        True
    """

    def __init__(self, seed: int | None = None, name: str | None = None):
        self.seed = checked_seed(seed, "SeedGenerator")
        self.name = "seed_generator" if name is None else str(name)
        first = new_seed() if self.seed is None else self.seed
        self.state = Variable(np.array([first, 0], np.uint64), trainable=False, name=self.name)

    def next(self) -> Any:
        """Give NumPy's generator (numpy.random.Generator) for the next draw, at once, also while a model is traced."""
        numbers = np.random.default_rng(np.array(place_in_stream(self.state.numpy(), 0), np.uint64))
        token = current.set(None)
        try:
            advance(self.state)
        finally:
            current.reset(token)
        return numbers

    def get_config(self) -> dict[str, Any]:
        """Return the seed that was given."""
        return {"seed": self.seed}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SeedGenerator:
        """Make a generator from what ``get_config`` returned."""
        return cls(**config)


def drawn(name: str, seed: Any, draw: Any) -> Any:
    """Draw by the state of a seed, and count it one further if it is a stream.

    Args:
        name: of the function, for the messages.
        seed: an integer, a ``SeedGenerator`` or None.
        draw: gives the numbers of a state, a Variable or array uint64[2].
    """
    if not isinstance(seed, SeedGenerator):
        return draw(np.array([_seed(name, seed), 0], np.uint64))
    numbers = draw(seed.state)
    advance(seed.state)
    return numbers


def numpy_generator(name: str, seed: Any) -> Any:
    """Give NumPy's generator (numpy.random.Generator) for a seed; of a stream, for its state."""
    if is_tracing():
        raise TypeError(f"{name}: a traced model cannot draw these; only uniform, normal and dropout draw in each step")
    return seed.next() if isinstance(seed, SeedGenerator) else np.random.default_rng(_seed(name, seed))


def _seed(name: str, seed: Any) -> int:
    known = checked_seed(seed, name)
    if known is None and is_tracing():
        raise TypeError(f"{name}: in a traced model, seed must be a SeedGenerator, or each step draws the same numbers")
    return new_seed() if known is None else known
