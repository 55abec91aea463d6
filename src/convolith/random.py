"""Keras's ``keras.random``, and the one generator behind every random choice that has no seed of its own.

First weights, dropout's streams and the order of training samples come from that generator. What is drawn here with a
seed is a function of the seed (and, of a ``SeedGenerator``, of how often it was asked), whatever the number of threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from convolith import ops
from convolith.defaults import floatx
from convolith.graph.tensor import Tensor, Variable
from convolith.graph.trace import is_tracing
from convolith.ops import random as draws
from convolith.ops.dropout import advance, place_in_stream

__all__ = ["SeedGenerator", "dropout", "normal", "randint", "shuffle", "truncated_normal", "uniform"]

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
        >>> stream = SeedGenerator(7)
        >>> bool((normal((3,), seed=stream) != normal((3,), seed=stream)).all())
        True
    """

    def __init__(self, seed: int | None = None, name: str | None = None):
        self.seed = checked_seed(seed, "SeedGenerator")
        self.name = "seed_generator" if name is None else str(name)
        first = new_seed() if self.seed is None else self.seed
        self.state = Variable(np.array([first, 0], np.uint64), trainable=False, name=self.name)

    def get_config(self) -> dict[str, Any]:
        """Return the seed that was given."""
        return {"seed": self.seed}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SeedGenerator:
        """Make a generator from what ``get_config`` returned."""
        return cls(**config)


def uniform(shape: Sequence[int], minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: Any = None) -> Any:
    """Draw uniform numbers from [minval, maxval).

    Args:
        shape: of the result.
        minval: the least number.
        maxval: what all numbers are below.
        dtype: "float32" or "float64"; None is ``config.floatx()``.
        seed: an integer, which gives the same numbers each time; a ``SeedGenerator``; or None, which takes a new one.

    Returns:
        An array; a tensor where a model is traced.

    Raises:
        ValueError: the dtype is another, maxval is not above minval, or seed is none of these.
        TypeError: there is no seed where a model is traced, which would draw the same numbers in each step.

    Source:
        keras.random.uniform.

    Example:
        >>> float(abs(uniform((1000,), -1.0, 1.0, seed=3)).max()) <= 1
        True
    """
    kind = _float_dtype("uniform", dtype)
    if not minval < maxval:
        raise ValueError(f"uniform: maxval must be above minval = {minval!r}, got {maxval!r}")
    numbers = drawn("uniform", seed, lambda state: draws.uniform(shape, state, kind))
    last = np.nextafter(kind.type(maxval), kind.type(minval))  # rounding may reach maxval
    return ops.minimum(numbers * kind.type(maxval - minval) + kind.type(minval), last)


def normal(shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None) -> Any:
    """Draw normal numbers; shape, dtype and seed as in ``uniform``, and what is raised for them.

    Args:
        shape: of the result.
        mean: of the numbers.
        stddev: their standard deviation.
        dtype: "float32" or "float64"; None is ``config.floatx()``.
        seed: an integer, a ``SeedGenerator`` or None.

    Source:
        keras.random.normal.

    Example:
        >>> normal((2, 3), seed=3).shape
        (2, 3)
    """
    kind = _float_dtype("normal", dtype)
    numbers = drawn("normal", seed, lambda state: draws.normal(shape, state, kind))
    return numbers * kind.type(stddev) + kind.type(mean)


def truncated_normal(
    shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Draw normal numbers, anew where they lie beyond two standard deviations; arguments as in ``normal``.

    Raises:
        ValueError: as ``uniform``.
        TypeError: as ``uniform``, or a model is traced, where it cannot draw.

    Source:
        keras.random.truncated_normal.

    Example:
        >>> bool(abs(truncated_normal((1000,), seed=3)).max() <= 2)
        True
    """
    kind = _float_dtype("truncated_normal", dtype)
    numbers = _numpy("truncated_normal", seed)
    values = numbers.standard_normal(tuple(shape))
    while (outside := abs(values) > 2).any():
        values[outside] = numbers.standard_normal(int(outside.sum()))
    return (mean + stddev * values).astype(kind)


def randint(shape: Sequence[int], minval: int, maxval: int, dtype: Any = "int32", seed: Any = None) -> Any:
    """Draw integers from [minval, maxval).

    Args:
        shape: of the result.
        minval: the least.
        maxval: what all are below.
        dtype: any of integers that holds them.
        seed: an integer, a ``SeedGenerator`` or None.

    Raises:
        ValueError: the dtype is another, or maxval is not above minval; or as ``uniform``.
        TypeError: as ``truncated_normal``.

    Source:
        keras.random.randint.

    Example:
        >>> sorted(set(randint((100,), 2, 5, seed=3).tolist()))
        [2, 3, 4]
    """
    kind = np.dtype(dtype)
    if kind.kind not in "iu" or not np.iinfo(kind).min <= minval or not maxval - 1 <= np.iinfo(kind).max:
        raise ValueError(f"randint: dtype must be one of integers from {minval!r} to {maxval!r}, got {dtype!r}")
    if not minval < maxval:
        raise ValueError(f"randint: maxval must be above minval = {minval!r}, got {maxval!r}")
    return _numpy("randint", seed).integers(minval, maxval, tuple(shape), kind)


def shuffle(x: Any, axis: int = 0, seed: Any = None) -> np.ndarray:
    """Put the slices of an array along an axis in random order.

    Args:
        x: array of any shape and dtype.
        axis: along which they are moved.
        seed: an integer, a ``SeedGenerator`` or None.

    Returns:
        A new array.

    Raises:
        ValueError: x has no such axis; or as ``uniform``.
        TypeError: as ``truncated_normal``.

    Source:
        keras.random.shuffle.

    Example:
        >>> sorted(shuffle([3, 1, 2], seed=3).tolist())
        [1, 2, 3]
    """
    if isinstance(x, Tensor) and not isinstance(x, Variable):
        raise TypeError("shuffle: x must be an array; a traced model cannot shuffle")
    array = np.asarray(x)
    if not -array.ndim <= axis < array.ndim:
        raise ValueError(f"shuffle: axis must name one of the {array.ndim} axes of x, got {axis!r}")
    return _numpy("shuffle", seed).permutation(array, axis)


def dropout(inputs: Any, rate: float, noise_shape: Sequence[int | None] | None = None, seed: Any = None) -> Any:
    """Zero elements at random, and scale the others so that the mean stays the same: as ``ops.dropout``, by a seed.

    Args:
        inputs: array or tensor.
        rate: the probability of zero, in [0, 1).
        noise_shape: by axis, 1 where elements are dropped together, else None or the size; None: each by itself.
        seed: an integer, a ``SeedGenerator`` or None.

    Raises:
        ValueError: an argument is none of these.
        TypeError: as ``uniform``.

    Source:
        keras.random.dropout.

    Example:
        >>> sorted(set(dropout(np.ones(100, "float32"), 0.5, seed=3).tolist()))
        [0.0, 2.0]
    """
    return drawn("dropout", seed, lambda state: ops.dropout(inputs, rate, state, noise_shape))


def _float_dtype(name: str, dtype: Any) -> np.dtype:
    kind = np.dtype(floatx() if dtype is None else dtype)
    if kind not in (np.float32, np.float64):
        raise ValueError(f"{name}: dtype must be 'float32' or 'float64', got {dtype!r}")
    return kind


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


def _numpy(name: str, seed: Any) -> Any:
    """Give NumPy's generator (numpy.random.Generator) for a seed; of a stream, for its state."""
    if is_tracing():
        raise TypeError(f"{name}: a traced model cannot draw these; only uniform, normal and dropout draw in each step")
    if not isinstance(seed, SeedGenerator):
        return np.random.default_rng(_seed(name, seed))
    numbers = np.random.default_rng(np.array(place_in_stream(seed.state.numpy(), 0), np.uint64))
    advance(seed.state)
    return numbers


def _seed(name: str, seed: Any) -> int:
    known = checked_seed(seed, name)
    if known is None and is_tracing():
        raise TypeError(f"{name}: in a traced model, seed must be a SeedGenerator, or each step draws the same numbers")
    return new_seed() if known is None else known
