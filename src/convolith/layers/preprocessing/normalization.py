"""Normalising features to mean 0 and variance 1 over a data set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from convolith import ops
from convolith.defaults import epsilon
from convolith.layers.layer import Layer
from convolith.ops.arguments import flag


class Normalization(Layer):
    """``(inputs - mean) / sqrt(variance)``, with the mean and variance of a data set.

    Either both are given, or ``adapt(data)`` finds them; before that they are 0 and 1.

    Args:
        axis: the axis or axes whose places have a mean each, not the batch's if that is unknown; None for one in all.
        mean: a number, or an array that broadcasts to the sizes of the axes.
        variance: of the same shape.
        invert: whether to undo: ``inputs * sqrt(variance) + mean``.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, there is no such axis, or its size is unknown or another.

    Source:
        keras.layers.Normalization.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Normalization
        >>> layer = Normalization(axis=None)
        >>> layer.adapt(np.array([1.0, 3.0]))
        >>> layer(np.array([[5.0]])).tolist()
        [[3.0]]
    """

    def __init__(self, axis: Any = -1, mean: Any = None, variance: Any = None, invert: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        axes = () if axis is None else (axis,) if isinstance(axis, (int, np.integer)) else tuple(axis)
        if not all(isinstance(one, (int, np.integer)) and not isinstance(one, bool) for one in axes):
            raise ValueError(f"{self.who()}: axis must be None, an integer or several, got {axis!r}")
        if (mean is None) != (variance is None):
            raise ValueError(f"{self.who()}: mean and variance must be given together, got {mean!r} and {variance!r}")
        if mean is not None and (np.shape(mean) != np.shape(variance) or np.ndim(mean) > len(axes)):
            raise ValueError(
                f"{self.who()}: mean and variance must have one shape, of at most {len(axes)} axes for axis {axis!r}, "
                f"got {np.shape(mean)} and {np.shape(variance)}"
            )
        self.axis = tuple(int(one) for one in axes)
        self.input_mean = None if mean is None else np.asarray(mean, np.float64).tolist()
        self.input_variance = None if variance is None else np.asarray(variance, np.float64).tolist()
        self.invert = flag(self.who(), "invert", invert)

    def build(self, input_shape: Any) -> None:
        """Make the mean and variance, with the count that Keras has beside them."""
        rank = len(input_shape)
        self.kept = tuple(sorted(axis + rank if axis < 0 else axis for axis in self.axis))
        if any(not 0 <= axis < rank for axis in self.kept) or any(input_shape[axis] is None for axis in self.kept):
            raise ValueError(f"{self.who()}: axis {self.axis} must name axes of known sizes, got shape {input_shape}")
        self.sizes = tuple(input_shape[axis] for axis in self.kept)
        self.rank = rank
        if self.input_mean is None:
            self.mean = self.add_weight(self.sizes, "zeros", trainable=False, name="mean")
            self.variance = self.add_weight(self.sizes, "ones", trainable=False, name="variance")
            self.count = self.add_weight((), "zeros", dtype="int32", trainable=False, name="count")
        else:
            try:
                self.mean, self.variance = (
                    np.broadcast_to(np.asarray(value, self.dtype), self.sizes).copy()
                    for value in (self.input_mean, self.input_variance)
                )
            except ValueError:
                raise ValueError(
                    f"{self.who()}: mean of shape {np.shape(self.input_mean)} does not broadcast to {self.sizes}"
                ) from None

    def adapt(self, data: Any) -> None:
        """Set mean and variance to those of a data set.

        Args:
            data: an array whose first axis is the samples', or an iterable of such arrays (or tuples that start with
                one).

        Raises:
            ValueError: mean and variance were given, there are no data, or their shape is another than the input's.
        """
        if self.input_mean is not None:
            raise ValueError(f"{self.who()}: mean and variance were given, so there is nothing to adapt")
        count, mean, deviations = 0, np.zeros(()), np.zeros(())
        for batch in _batches(data):
            values = np.asarray(batch, np.float64)
            if values.size == 0:
                continue
            if not self.built:
                by_sample = any(axis in (0, -values.ndim) for axis in self.axis)
                self.build(values.shape if by_sample else (None, *values.shape[1:]))
            wrong_rank = self.kept and values.ndim != self.rank
            if wrong_rank or tuple(values.shape[axis] for axis in self.kept) != self.sizes:
                raise ValueError(
                    f"{self.who()}: data must have {self.rank} axes, of sizes {self.sizes} along {self.kept}, got "
                    f"shape {values.shape}"
                )
            others = tuple(axis for axis in range(values.ndim) if axis not in self.kept)
            new = int(np.prod([values.shape[axis] for axis in others]))
            # Chan et al.: the sums of squares of two parts, and what the distance of their means adds.
            own = values.mean(axis=others)
            distance = own - mean
            deviations = deviations + values.var(axis=others) * new + distance**2 * (count * new / (count + new))
            mean = mean + distance * (new / (count + new))
            count += new
        if count == 0:
            raise ValueError(f"{self.who()}: there are no data to adapt to")
        self.mean.assign(mean)
        self.variance.assign(deviations / count)

    def call(self, inputs: Any) -> Any:
        """Shift and scale."""
        if self.kept and inputs.ndim != self.rank:
            raise ValueError(f"expected an input with {self.rank} axes, got shape {tuple(inputs.shape)}")
        spread = [self.sizes[self.kept.index(axis)] if axis in self.kept else 1 for axis in range(inputs.ndim)]
        mean, variance = ops.reshape(self.mean, spread), ops.reshape(self.variance, spread)
        deviation = ops.maximum(ops.sqrt(variance), epsilon())
        if self.invert:
            return ops.add(mean, ops.multiply(inputs, deviation))
        return ops.divide(ops.subtract(inputs, mean), deviation)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = {"axis": self.axis, "mean": self.input_mean, "variance": self.input_variance, "invert": self.invert}
        return {**super().get_config(), **config}


def _batches(data: Any) -> Iterable[Any]:
    """Give the arrays among an array, an iterable of arrays, or one of tuples that start with an array."""
    if hasattr(data, "__array__") or (isinstance(data, (list, tuple)) and np.ndim(data[0] if data else 0) == 0):
        return (data,)
    return (batch[0] if isinstance(batch, (tuple, list)) else batch for batch in data)
