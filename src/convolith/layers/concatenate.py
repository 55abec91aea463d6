"""Joining inputs along an axis, and their dot product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from convolith import ops
from convolith.layers.layer import Layer
from convolith.layers.merge import check_several
from convolith.ops.arguments import flag


class Concatenate(Layer):
    """All inputs one behind the other along an axis; their other sizes are equal.

    Args:
        axis: along which, negative from the end; not the batch's.
        kwargs: ``name``, ``dtype``.

    Raises:
        ValueError: the axis is no integer or the batch's, the inputs are no list of at least two, or the shapes do
            not fit.

    Source:
        keras.layers.Concatenate.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Concatenate
        >>> Concatenate()([np.zeros((1, 2), "float32"), np.ones((1, 1), "float32")]).tolist()
        [[0.0, 0.0, 1.0]]
    """

    def __init__(self, axis: int = -1, **kwargs: Any):
        super().__init__(**kwargs)
        if isinstance(axis, bool) or not isinstance(axis, (int, np.integer)) or axis == 0:
            raise ValueError(f"{self.who()}: axis must be an integer other than 0, the batch's, got {axis!r}")
        self.axis = int(axis)

    def build(self, input_shape: Any) -> None:
        """Check that there are several inputs."""
        check_several(self.who(), input_shape)

    def call(self, inputs: Sequence[Any]) -> Any:
        """Join."""
        shapes = [tuple(value.shape) for value in inputs]
        check_several(self.who(), shapes)
        rank = len(shapes[0])
        axis = self.axis + rank if self.axis < 0 else self.axis
        others = {(*shape[:axis], *shape[axis + 1 :]) for shape in shapes}
        if not 0 < axis < rank or len(others) > 1 or len({len(shape) for shape in shapes}) > 1:
            raise ValueError(f"inputs must have equal shapes but for axis {self.axis}, not the batch's, got {shapes}")
        return ops.concatenate(list(inputs), axis=axis)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "axis": self.axis}


class Dot(Layer):
    """The dot product of two inputs along an axis of each, sample by sample.

    (batch, ..., k) and (batch, k, ...) give (batch, ..., ...): what is left of the first, then of the second; of two
    vectors (batch, 1).

    Args:
        axes: the axis of both, or a pair; not the batch's, negative from the end.
        normalize: whether to divide by the lengths along the axes, which gives the cosine of the angle.
        kwargs: ``name``, ``dtype``.

    Raises:
        ValueError: an argument is none of these, the inputs are no list of two with at least 2 axes, or the sizes
            along the axes differ.

    Source:
        keras.layers.Dot.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Dot
        >>> Dot(axes=1)([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])]).tolist()
        [[11.0]]
    """

    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        pair = axes if isinstance(axes, (tuple, list)) else (axes, axes)
        integers = all(isinstance(axis, (int, np.integer)) and not isinstance(axis, bool) for axis in pair)
        if len(pair) != 2 or not integers or 0 in pair:
            raise ValueError(f"{self.who()}: axes must be an integer or two, none of them 0, the batch's, got {axes!r}")
        self.axes = int(axes) if isinstance(axes, (int, np.integer)) else tuple(int(axis) for axis in pair)
        self.normalize = flag(self.who(), "normalize", normalize)

    def build(self, input_shape: Any) -> None:
        """Check that there are two inputs."""
        check_several(self.who(), input_shape, 2)

    def call(self, inputs: Sequence[Any]) -> Any:
        """Bring the axes to the end of the first and to the front of the second, and multiply."""
        shapes = [tuple(value.shape) for value in inputs]
        check_several(self.who(), shapes, 2)
        given = self.axes if isinstance(self.axes, tuple) else (self.axes, self.axes)
        axes = [axis + len(shape) if axis < 0 else axis for axis, shape in zip(given, shapes, strict=True)]
        fit = all(0 < axis < len(shape) for axis, shape in zip(axes, shapes, strict=True))
        if not fit or shapes[0][axes[0]] != shapes[1][axes[1]]:
            raise ValueError(f"inputs must be equally long along axes {self.axes}, not the batch's, got {shapes}")
        first, second = (
            _normalised(value, axis) if self.normalize else value for value, axis in zip(inputs, axes, strict=True)
        )
        left = [size for axis, size in enumerate(shapes[0]) if axis not in (0, axes[0])]
        right = [size for axis, size in enumerate(shapes[1]) if axis not in (0, axes[1])]
        length = shapes[0][axes[0]]
        batch = -1 if shapes[0][0] is None else shapes[0][0]
        rows = ops.reshape(ops.moveaxis(first, axes[0], -1), (batch, int(np.prod(left)), length))
        columns = ops.reshape(ops.moveaxis(second, axes[1], 1), (batch, length, int(np.prod(right))))
        return ops.reshape(ops.matmul(rows, columns), (batch, *left, *right) if left or right else (batch, 1))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "axes": self.axes, "normalize": self.normalize}


def concatenate(inputs: Sequence[Any], axis: int = -1, **kwargs: Any) -> Any:
    """Join arrays or tensors, as ``Concatenate(axis, **kwargs)(inputs)`` does."""
    return Concatenate(axis=axis, **kwargs)(inputs)


def dot(inputs: Sequence[Any], axes: Any = -1, **kwargs: Any) -> Any:
    """Multiply arrays or tensors, as ``Dot(axes, **kwargs)(inputs)`` does."""
    return Dot(axes=axes, **kwargs)(inputs)


def _normalised(value: Any, axis: int) -> Any:
    """Divide by the length along an axis, but by no square of a length below 1e-12."""
    squares = ops.sum(ops.square(value), axis=axis, keepdims=True)
    return ops.divide(value, ops.sqrt(ops.maximum(squares, 1e-12)))
