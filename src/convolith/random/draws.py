"""Uniform and normal numbers, integers, random order and dropout, by their names in keras.random."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from convolith import ops
from convolith.graph.tensor import Tensor, Variable
from convolith.ops import random as draws
from convolith.ops.arguments import integer, number, one_axis, real, sizes
from convolith.ops.conversion import array_of_rows
from convolith.ops.unknown_batch import for_a_batch, unknown
from convolith.random.seeds import drawn, numpy_generator


def uniform(shape: Sequence[int], minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: Any = None) -> Any:
    """Draw uniform numbers from [minval, maxval).

    Args:
        shape: of the result; the first size may be None where a layer is called to find out its outputs' shapes.
        minval: the least number.
        maxval: what all numbers are below.
        dtype: "float32" or "float64"; None is ``config.floatx()``.
        seed: an integer, which gives the same numbers each time; a ``SeedGenerator``; or None, which takes a new one.

    Returns:
        An array; a tensor where a model is traced, or the first size is None.

    Raises:
        ValueError: the dtype is another, a size is negative, or the first is None and no layer is being called; maxval
            is not above minval, or seed is none of these.
        TypeError: a size is no integer, or there is no seed where a model is traced, which would draw the same numbers
            in each step.

    Source:
        keras.random.uniform.

    Example:
        >>> from convolith.random import uniform
        >>> float(abs(uniform((1000,), -1.0, 1.0, seed=3)).max()) <= 1
        True
    """
    kind = float_dtype("uniform", dtype)
    least, most = number("uniform", "minval", minval), number("uniform", "maxval", maxval)
    if not least < most:
        raise ValueError(f"uniform: maxval must be above minval = {minval!r}, got {maxval!r}")

    def draw(size: tuple[int, ...]) -> Any:
        numbers = drawn("uniform", seed, lambda state: draws.uniform(size, state, kind))
        last = np.nextafter(kind.type(most), kind.type(least))  # rounding may reach maxval
        return ops.minimum(numbers * kind.type(most - least) + kind.type(least), last)

    return of_shape("uniform", shape, kind, draw)


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
        >>> from convolith.random import normal
        >>> normal((2, 3), seed=3).shape
        (2, 3)
    """
    kind = float_dtype("normal", dtype)
    mean, stddev = _moments("normal", mean, stddev)

    def draw(size: tuple[int, ...]) -> Any:
        numbers = drawn("normal", seed, lambda state: draws.normal(size, state, kind))
        return numbers * kind.type(stddev) + kind.type(mean)

    return of_shape("normal", shape, kind, draw)


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
        >>> from convolith.random import truncated_normal
        >>> bool(abs(truncated_normal((1000,), seed=3)).max() <= 2)
        True
    """
    kind = float_dtype("truncated_normal", dtype)
    mean, stddev = _moments("truncated_normal", mean, stddev)

    def draw(size: tuple[int, ...]) -> Any:
        numbers = numpy_generator("truncated_normal", seed)
        values = np.asarray(numbers.standard_normal(size))
        while (outside := abs(values) > 2).any():
            values[outside] = numbers.standard_normal(int(outside.sum()))
        return (mean + stddev * values).astype(kind)

    return of_shape("truncated_normal", shape, kind, draw)


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
        >>> from convolith.random import randint
        >>> sorted(set(randint((100,), 2, 5, seed=3).tolist()))
        [2, 3, 4]
    """
    kind = real("randint", dtype)
    least, most = integer("randint", "minval", minval), integer("randint", "maxval", maxval)
    if kind.kind not in "iu" or not np.iinfo(kind).min <= least or not most - 1 <= np.iinfo(kind).max:
        raise ValueError(f"randint: dtype must be one of integers from {minval!r} to {maxval!r}, got {dtype!r}")
    if not least < most:
        raise ValueError(f"randint: maxval must be above minval = {minval!r}, got {maxval!r}")

    def draw(size: tuple[int, ...]) -> Any:
        return numpy_generator("randint", seed).integers(minval, maxval, size, kind)

    return of_shape("randint", shape, kind, draw)


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
        >>> from convolith.random import shuffle
        >>> sorted(shuffle([3, 1, 2], seed=3).tolist())
        [1, 2, 3]
    """
    if isinstance(x, Tensor) and not isinstance(x, Variable):
        raise TypeError("shuffle: x must be an array; a traced model cannot shuffle")
    array = array_of_rows("shuffle", "x", x)
    return numpy_generator("shuffle", seed).permutation(array, one_axis("shuffle", axis, array.shape))


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
        >>> import numpy as np
        >>> from convolith.random import dropout
        >>> sorted(set(dropout(np.ones(100, "float32"), 0.5, seed=3).tolist()))
        [0.0, 2.0]
    """
    return drawn("dropout", seed, lambda state: ops.dropout(inputs, rate, state, noise_shape))


def of_shape(name: str, shape: Any, dtype: np.dtype, draw: Callable[[tuple[int, ...]], Any]) -> Any:
    """Draw numbers of a shape, which is checked; a tensor without values where None stands for the batch size.

    Args:
        name: of the function, for the messages.
        shape: as the user gave it.
        dtype: of the numbers.
        draw: gives the numbers for a shape that is known.
    """
    return for_a_batch(name, "shape", shape, dtype) if unknown(shape) else draw(sizes(name, "shape", shape))


def float_dtype(name: str, dtype: Any) -> np.dtype:
    """Give the dtype of a function's numbers.

    Raises:
        TypeError: it is none of real numbers.
        ValueError: it is another than "float32", "float64" and None.
    """
    kind = real(name, dtype)
    if kind not in (np.float32, np.float64):
        raise ValueError(f"{name}: dtype must be 'float32' or 'float64', got {dtype!r}")
    return kind


def _moments(name: str, mean: Any, stddev: Any) -> tuple[float, float]:
    """Make floats of a mean and a standard deviation.

    Raises:
        TypeError: one is no number.
        ValueError: one is not finite, or the deviation below 0.
    """
    middle, deviation = number(name, "mean", mean), number(name, "stddev", stddev)
    if deviation < 0:
        raise ValueError(f"{name}: stddev must be at least 0, got {stddev!r}")
    return middle, deviation
