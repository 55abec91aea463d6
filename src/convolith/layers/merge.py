"""Layers that merge several inputs element by element, and the functions of the same names."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any, ClassVar

from convolith import ops
from convolith.layers.layer import Layer
from convolith.layers.structure import is_shape


class Merge(Layer):
    """What the merging layers share: a list of inputs, whose axes behind the batch broadcast.

    An input with fewer axes than another gets axes of size 1 right behind the batch.

    Args:
        kwargs: ``name``, ``dtype``.

    Raises:
        ValueError: the inputs are no list of at least two, or their shapes do not broadcast.
    """

    at_most: ClassVar[int | None] = None

    @staticmethod
    def pairwise(x1: Any, x2: Any) -> Any:
        """Merge two inputs."""
        raise NotImplementedError

    def build(self, input_shape: Any) -> None:
        """Check the number of inputs."""
        check_several(self.who(), input_shape, self.at_most)

    def call(self, inputs: Sequence[Any]) -> Any:
        """Merge one after the other."""
        check_several(self.who(), [value.shape for value in inputs], self.at_most)
        rank = max(value.ndim for value in inputs)
        return self.merge([_with_axes(value, rank) for value in inputs])

    def merge(self, inputs: list[Any]) -> Any:
        """Merge inputs of equally many axes."""
        return reduce(self.pairwise, inputs)


class Add(Merge):
    """The sum of all inputs.

    Args:
        kwargs: ``name``, ``dtype``.

    Raises:
        ValueError: the inputs are no list of at least two, or their shapes do not broadcast.

    Source:
        keras.layers.Add.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Add
        >>> Add()([np.ones((1, 2), "float32")] * 3).tolist()
        [[3.0, 3.0]]
    """

    pairwise = staticmethod(ops.add)


class Subtract(Merge):
    """The first of two inputs minus the second.

    Args:
        kwargs: ``name``, ``dtype``.

    Raises:
        ValueError: the inputs are no list of two, or their shapes do not broadcast.

    Source:
        keras.layers.Subtract.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Subtract
        >>> Subtract()([np.ones((1, 2), "float32"), np.full((1, 2), 3, "float32")]).tolist()
        [[-2.0, -2.0]]
    """

    pairwise = staticmethod(ops.subtract)
    at_most = 2


class Multiply(Merge):
    """The product of all inputs, element by element.

    Args:
        kwargs: ``name``, ``dtype``.

    Raises:
        ValueError: the inputs are no list of at least two, or their shapes do not broadcast.

    Source:
        keras.layers.Multiply.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Multiply
        >>> Multiply()([np.full((1, 2), 2, "float32")] * 3).tolist()
        [[8.0, 8.0]]
    """

    pairwise = staticmethod(ops.multiply)


class Average(Merge):
    """The mean of all inputs, element by element.

    Args:
        kwargs: ``name``, ``dtype``.

    Raises:
        ValueError: the inputs are no list of at least two, or their shapes do not broadcast.

    Source:
        keras.layers.Average.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Average
        >>> Average()([np.zeros((1, 2), "float32"), np.ones((1, 2), "float32")]).tolist()
        [[0.5, 0.5]]
    """

    pairwise = staticmethod(ops.add)

    def merge(self, inputs: list[Any]) -> Any:
        """Add, then divide."""
        return ops.divide(super().merge(inputs), len(inputs))


class Maximum(Merge):
    """The largest of all inputs, element by element.

    Args:
        kwargs: ``name``, ``dtype``.

    Raises:
        ValueError: the inputs are no list of at least two, or their shapes do not broadcast.

    Source:
        keras.layers.Maximum.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Maximum
        >>> Maximum()([np.zeros((1, 2), "float32"), np.ones((1, 2), "float32")]).tolist()
        [[1.0, 1.0]]
    """

    pairwise = staticmethod(ops.maximum)


class Minimum(Merge):
    """The smallest of all inputs, element by element.

    Args:
        kwargs: ``name``, ``dtype``.

    Raises:
        ValueError: the inputs are no list of at least two, or their shapes do not broadcast.

    Source:
        keras.layers.Minimum.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Minimum
        >>> Minimum()([np.zeros((1, 2), "float32"), np.ones((1, 2), "float32")]).tolist()
        [[0.0, 0.0]]
    """

    pairwise = staticmethod(ops.minimum)


def add(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Add arrays or tensors, as ``Add(**kwargs)(inputs)`` does."""
    return Add(**kwargs)(inputs)


def subtract(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Subtract the second of two from the first, as ``Subtract(**kwargs)(inputs)`` does."""
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Multiply arrays or tensors, as ``Multiply(**kwargs)(inputs)`` does."""
    return Multiply(**kwargs)(inputs)


def average(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Average arrays or tensors, as ``Average(**kwargs)(inputs)`` does."""
    return Average(**kwargs)(inputs)


def maximum(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Take the largest of arrays or tensors, as ``Maximum(**kwargs)(inputs)`` does."""
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Take the smallest of arrays or tensors, as ``Minimum(**kwargs)(inputs)`` does."""
    return Minimum(**kwargs)(inputs)


def check_several(owner: str, shapes: Any, at_most: int | None = None) -> None:
    """Refuse inputs that are no list of two or more (and `at_most`), or without a batch axis.

    Raises:
        ValueError: they are none.
    """
    listed = isinstance(shapes, (list, tuple)) and not is_shape(shapes)
    if not listed or len(shapes) < 2 or len(shapes) > (at_most or len(shapes)) or not all(shapes):
        number = "two or more" if at_most is None else str(at_most)
        raise ValueError(
            f"{owner}: inputs must be a list of {number} arrays or tensors of batches, got shapes {shapes}"
        )


def _with_axes(value: Any, rank: int) -> Any:
    """Give `value` axes of size 1 behind the batch, so that it has `rank` axes."""
    if value.ndim == rank:
        return value
    n, *sizes = value.shape
    return ops.reshape(value, (-1 if n is None else n, *(1,) * (rank - value.ndim), *sizes))
