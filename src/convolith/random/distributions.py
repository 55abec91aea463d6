"""Numbers from the beta, binomial, categorical and gamma distributions, by their names in keras.random."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from convolith.graph.tensor import Tensor, Variable
from convolith.ops.arguments import integer, real, sizes
from convolith.ops.conversion import array_of_rows
from convolith.random.draws import float_dtype, of_shape
from convolith.random.seeds import numpy_generator


def gamma(shape: Sequence[int], alpha: Any, dtype: Any = None, seed: Any = None) -> np.ndarray:
    """Draw from the gamma distribution of the scale 1.

    Args:
        shape: of the result.
        alpha: above 0, the mean: a number, or an array that broadcasts to the shape.
        dtype: "float32" or "float64"; None is ``config.floatx()``.
        seed: an integer, a ``SeedGenerator`` or None.

    Returns:
        An array.

    Raises:
        ValueError: the dtype is another, or alpha is not above 0 or does not broadcast; or as ``uniform``.
        TypeError: alpha is no array of numbers; or as ``truncated_normal``.

    Source:
        keras.random.gamma.

    Example:
        >>> from convolith.random import gamma
        >>> bool((gamma((1000,), 0.5, seed=3) >= 0).all())
        True
    """
    kind = float_dtype("gamma", dtype)

    def draw(size: tuple[int, ...]) -> Any:
        parameter = _above_zero("gamma", "alpha", alpha, size)
        return numpy_generator("gamma", seed).gamma(parameter, 1.0, size).astype(kind)

    return of_shape("gamma", shape, kind, draw)


def beta(shape: Sequence[int], alpha: Any, beta: Any, dtype: Any = None, seed: Any = None) -> np.ndarray:
    """Draw from the beta distribution, whose mean is alpha / (alpha + beta); dtype and seed as in ``gamma``.

    Args:
        shape: of the result.
        alpha: above 0: a number, or an array that broadcasts to the shape.
        beta: likewise.
        dtype: "float32" or "float64"; None is ``config.floatx()``.
        seed: an integer, a ``SeedGenerator`` or None.

    Returns:
        An array of numbers from 0 to 1.

    Raises:
        ValueError: as ``gamma``, of alpha and beta.
        TypeError: likewise.

    Source:
        keras.random.beta.

    Example:
        >>> from convolith.random import beta
        >>> float(beta((1000,), 2.0, 0.5, seed=3).max()) <= 1
        True
    """
    kind = float_dtype("beta", dtype)

    def draw(size: tuple[int, ...]) -> Any:
        first, second = _above_zero("beta", "alpha", alpha, size), _above_zero("beta", "beta", beta, size)
        return numpy_generator("beta", seed).beta(first, second, size).astype(kind)

    return of_shape("beta", shape, kind, draw)


def binomial(shape: Sequence[int], counts: Any, probabilities: Any, dtype: Any = None, seed: Any = None) -> np.ndarray:
    """Draw how many of a number of trials succeed; dtype and seed as in ``gamma``.

    Args:
        shape: of the result.
        counts: how many trials: a whole number of at least 0, or an array of them that broadcasts to the shape.
        probabilities: that one succeeds, in [0, 1]: a number, or an array that broadcasts to the shape.
        dtype: "float32" or "float64"; None is ``config.floatx()``.
        seed: an integer, a ``SeedGenerator`` or None.

    Returns:
        An array of whole numbers, as floats.

    Raises:
        ValueError: the dtype is another, or counts or probabilities are none of these; or as ``uniform``.
        TypeError: one is no array of numbers; or as ``truncated_normal``.

    Source:
        keras.random.binomial.

    Example:
        >>> from convolith.random import binomial
        >>> sorted(set(binomial((100,), 2, 0.5, seed=3).tolist()))
        [0.0, 1.0, 2.0]
    """
    kind = float_dtype("binomial", dtype)

    def draw(size: tuple[int, ...]) -> Any:
        trials = _parameter("binomial", "counts", counts, size)
        if not ((trials >= 0) & (trials == np.floor(trials)) & (trials < 2.0**53)).all():
            raise ValueError(f"binomial: counts must be whole numbers of at least 0, got {counts!r}")
        chance = _parameter("binomial", "probabilities", probabilities, size)
        if not ((chance >= 0) & (chance <= 1)).all():
            raise ValueError(f"binomial: probabilities must be in [0, 1], got {probabilities!r}")
        drawn = numpy_generator("binomial", seed).binomial(trials.astype(np.int64), chance, size)
        return np.asarray(drawn).astype(kind)

    return of_shape("binomial", shape, kind, draw)


def categorical(logits: Any, num_samples: int, dtype: Any = "int32", seed: Any = None) -> np.ndarray:
    """Draw class numbers, each with the probability that ``softmax`` gives it.

    Args:
        logits: array (n, classes) of numbers, -inf for a class that never comes.
        num_samples: how many are drawn of each row, by itself.
        dtype: any of integers that holds the class numbers.
        seed: an integer, a ``SeedGenerator`` or None.

    Returns:
        An array (n, num_samples).

    Raises:
        ValueError: the logits are none of these, num_samples is below 1, or the dtype is another; or as ``uniform``.
        TypeError: logits is no array of numbers, or num_samples no integer; or as ``truncated_normal``.

    Source:
        keras.random.categorical.

    Example:
        >>> import numpy as np
        >>> from convolith.random import categorical
        >>> categorical(np.array([[0.0, -np.inf], [-np.inf, 0.0]]), 3).tolist()
        [[0, 0, 0], [1, 1, 1]]
    """
    values = _numbers("categorical", "logits", logits)
    if values.ndim != 2 or values.shape[1] == 0:
        raise ValueError(f"categorical: logits must have 2 axes (n, classes), with a class, got shape {values.shape}")
    if not np.isfinite(values.max(axis=1)).all():  # which is NaN where one is
        raise ValueError("categorical: logits must be numbers or -inf, a number in each row, got others")
    kind = real("categorical", dtype)
    if kind.kind not in "iu" or values.shape[1] - 1 > np.iinfo(kind).max:
        raise ValueError(f"categorical: dtype must be one of integers up to {values.shape[1] - 1}, got {dtype!r}")
    if integer("categorical", "num_samples", num_samples) < 1:
        raise ValueError(f"categorical: num_samples must be at least 1, got {num_samples}")
    sizes("categorical", "num_samples", num_samples)
    places = numpy_generator("categorical", seed).random((len(values), num_samples))
    sums = np.exp(values - values.max(axis=1, keepdims=True)).cumsum(axis=1)
    result = np.empty(places.shape, kind)
    for row, own, place in zip(result, sums, places, strict=True):
        found = np.searchsorted(own, place * own[-1], side="right")
        row[:] = np.minimum(found, np.searchsorted(own, own[-1]))  # rounding may reach the sum of all
    return result


def _above_zero(name: str, argument: str, value: Any, shape: tuple[int, ...]) -> np.ndarray:
    parameter = _parameter(name, argument, value, shape)
    if not ((parameter > 0) & np.isfinite(parameter)).all():
        raise ValueError(f"{name}: {argument} must be above 0 and finite, got {value!r}")
    return parameter


def _parameter(name: str, argument: str, value: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Make a float64 array of a parameter that broadcasts to a shape."""
    parameter = _numbers(name, argument, value)
    try:
        fits = np.broadcast_shapes(parameter.shape, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f"{name}: {argument} must broadcast to shape {shape}, got shape {parameter.shape}")
    return parameter


def _numbers(name: str, argument: str, value: Any) -> np.ndarray:
    """Make a float64 array."""
    if isinstance(value, Tensor) and not isinstance(value, Variable):
        raise TypeError(f"{name}: {argument} must be an array; a traced model cannot draw these")
    array = array_of_rows(name, argument, value)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name}: {argument} must hold real numbers, got {array.dtype}")
    return array.astype(np.float64)
