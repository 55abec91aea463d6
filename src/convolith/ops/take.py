"""Elements by their numbers along an axis: the same for all, or others for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import one_axis
from convolith.ops.conversion import operand
from convolith.ops.elementwise import broadcast
from convolith.ops.indexing import ALL, ARRAY, Index, check_range
from convolith.ops.shape import reshape


@dataclass(frozen=True)
class TakeAlongAxis(Operation):
    """Along an axis, numbered from 0, the elements that the indices there name; other axes are broadcast."""

    axis: int
    what: str = "take_along_axis: indices"  # for the messages
    keeps = (0, 1)
    refuses = True

    def infer(self, x: Spec, indices: Spec) -> Spec:
        """Give the broadcast shape, with the indices' size along the axis."""
        _check_indices(self.what, indices, x)
        others, wanted = list(x.shape), indices.shape[self.axis]
        others[self.axis] = 1
        shape = [1 if axis == self.axis else size for axis, size in enumerate(indices.shape)]
        whole = list(broadcast(self.name, x=tuple(others), indices=tuple(shape)))
        whole[self.axis] = wanted
        return Spec(tuple(whole), x.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Pick."""
        x, indices = inputs
        check_range(self.what, indices, x.shape, self.axis)
        np.copyto(outputs[0], x[_places(x.shape, indices, self.axis)])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Put the upstream where its elements came from."""
        x, indices = node.inputs
        assert x is not None
        return PutAlongAxis(self.axis, x.shape, self.what)(upstreams[0], indices), None


@dataclass(frozen=True)
class PutAlongAxis(Operation):
    """Zeros of a shape, with values added along an axis where the indices say: the adjoint of TakeAlongAxis."""

    axis: int
    shape: tuple[Any, ...]
    what: str
    keeps = (0, 1)

    def infer(self, values: Spec, indices: Spec) -> Spec:
        """Give the shape."""
        return Spec(self.shape, values.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Add the values, one after the other where several have one place."""
        (out,), (values, indices) = outputs, inputs
        out.fill(0)
        np.add.at(out, _places(out.shape, indices, self.axis), values)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Pick from the upstream."""
        return TakeAlongAxis(self.axis, self.what)(upstreams[0], node.inputs[1]), None


def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    """Take elements by their numbers along an axis.

    Args:
        x: array or tensor of any shape.
        indices: integer, array or tensor of integers; negative ones count from the end.
        axis: along which; None takes from all elements in their order.

    Returns:
        The shape of x with that of the indices in place of the axis, and the dtype of x.

    Raises:
        ValueError: if x has no such axis.
        TypeError: if the indices are no integers.
        IndexError: if one is outside of the axis.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.take(np.array([[1, 2, 3], [4, 5, 6]]), [2, 0], axis=1)
        array([[3, 1],
               [6, 4]])
    """
    x = operand("take", "x", x)
    if axis is None:
        x, axis = reshape(x, -1), 0
    number = one_axis("take", axis, x.shape)
    indices = operand("take", "indices", indices)
    if indices.dtype.kind not in "iu":
        raise TypeError(f"take: indices must be integers, got dtype {indices.dtype}")
    return Index((*[ALL] * number, ARRAY, *[ALL] * (x.ndim - number - 1)), "take: indices")(x, indices)


def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> Any:
    """Take elements along an axis, others in each row; as `argsort` and `argmax` with keepdims give them.

    Args:
        x: array or tensor of any shape.
        indices: array or tensor of integers, of as many axes as x, which broadcasts with it but along the axis.
        axis: along which, negative from the end; None takes from all elements in their order.

    Returns:
        The shape of the indices (broadcast with x along the other axes), and the dtype of x.

    Raises:
        ValueError: if x has no such axis, or the shapes do not fit.
        TypeError: if the indices are no integers.
        IndexError: if one is outside of the axis.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.take_along_axis(np.array([[1, 2], [3, 4]]), np.array([[1], [0]]), axis=1)
        array([[2],
               [3]])
    """
    x = operand("take_along_axis", "x", x)
    if axis is None:
        x, axis = reshape(x, -1), 0
    number = one_axis("take_along_axis", axis, x.shape)
    indices = operand("take_along_axis", "indices", indices)
    return TakeAlongAxis(number)(x, indices)


def _check_indices(what: str, indices: Spec, x: Spec) -> None:
    if indices.dtype.kind not in "iu":
        raise TypeError(f"{what} must be integers, got dtype {indices.dtype}")
    if len(indices.shape) != len(x.shape):
        raise ValueError(f"{what} must have as many axes as x of shape {x.shape}, got shape {indices.shape}")


def _places(shape: tuple[int, ...], indices: np.ndarray, axis: int) -> tuple[np.ndarray, ...]:
    """Give for each axis the indices into it, which broadcast to the shape of the result."""
    counting = [np.arange(size).reshape(-1, *[1] * (len(shape) - number - 1)) for number, size in enumerate(shape)]
    counting[axis] = indices
    return tuple(counting)
