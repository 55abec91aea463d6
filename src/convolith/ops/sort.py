"""Order along an axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import flag, integer, one_axis
from convolith.ops.comparison import greater, isfinite, less
from convolith.ops.conversion import operand
from convolith.ops.counting import count_nonzero
from convolith.ops.indexing import part
from convolith.ops.shape import expand_dims, reshape, squeeze
from convolith.ops.take import TakeAlongAxis, take_along_axis


@dataclass(frozen=True)
class Argsort(Operation):
    """The places of the elements in ascending (or descending) order along an axis, equal ones in their order."""

    axis: int
    descending: bool = False
    keeps = (0,)

    def infer(self, x: Spec) -> Spec:
        """Keep the shape."""
        return Spec(x.shape, np.dtype(np.int32))

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Sort; descending from the end, so that equal ones stay in their order."""
        (x,), (out,) = inputs, outputs
        if self.descending:
            from_end = np.flip(np.argsort(np.flip(x, self.axis), axis=self.axis, kind="stable"), self.axis)
            np.subtract(x.shape[self.axis] - 1, from_end, out=out, casting="unsafe")
        else:
            np.copyto(out, np.argsort(x, axis=self.axis, kind="stable"), casting="unsafe")

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Stop."""
        return (None,)


def argsort(x: Any, axis: int | None = -1) -> Any:
    """Tell where the elements in ascending order are, equal ones in their order, NaN last.

    Args:
        x: array or tensor of any shape and dtype.
        axis: along which to sort, negative from the end; None for all elements in their order.

    Returns:
        Numbers from 0, int32, of the shape of x; (size,) for axis None.

    Raises:
        ValueError: if x has no such axis.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.argsort(np.array([3, 1, 2]))
        array([1, 2, 0], dtype=int32)
    """
    x = operand("argsort", "x", x)
    if axis is None:
        x, axis = reshape(x, -1), 0
    number = one_axis("argsort", axis, x.shape)
    return Argsort(number)(x)


def sort(x: Any, axis: int | None = -1) -> Any:
    """Put the elements in ascending order, NaN last; arguments and errors as of `argsort`, the dtype that of x."""
    x = operand("sort", "x", x)
    if axis is None:
        x, axis = reshape(x, -1), 0
    number = one_axis("sort", axis, x.shape)
    return take_along_axis(x, Argsort(number)(x), number)


def top_k(x: Any, k: int, sorted: bool = True) -> tuple[Any, Any]:
    """Take the k largest along the last axis, equal ones in their order.

    Args:
        x: array or tensor of one axis at least.
        k: how many.
        sorted: True; they always come in descending order.

    Returns:
        The values, of the dtype of x, and their places, int32; k along the last axis.

    Raises:
        ValueError: if x has no axis, or not k elements along the last one.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.top_k(np.array([5, 7, 6]), 2)
        (array([7, 6]), array([1, 2], dtype=int32))
    """
    x = operand("top_k", "x", x)
    flag("top_k", "sorted", sorted)
    if not x.ndim or not 0 <= integer("top_k", "k", k) <= x.shape[-1]:
        raise ValueError(f"top_k: k must be at most the size of the last axis of x of shape {x.shape}, got {k}")
    places = part(Argsort(x.ndim - 1, descending=True)(x), x.ndim - 1, 0, k)
    return take_along_axis(x, places, -1), places


def in_top_k(targets: Any, predictions: Any, k: int) -> Any:
    """Tell whether each target is among the k classes that are predicted highest.

    Args:
        targets: array or tensor (n,) of class numbers.
        predictions: array or tensor (n, classes).
        k: how many classes count, from 0 to all of them; those as high as the last of them count, too.

    Returns:
        (n,), bool; False where the target's prediction is infinite or NaN.

    Raises:
        ValueError: if the shapes are others, or there are no k classes.
        TypeError: if the targets are no integers.
        IndexError: if there is no such class.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.in_top_k(np.array([0, 0]), np.array([[0.2, 0.3, 0.5], [0.3, 0.2, 0.5]]), 2)
        array([False,  True])
    """
    targets, predictions = operand("in_top_k", "targets", targets), operand("in_top_k", "predictions", predictions)
    if targets.ndim != 1 or predictions.ndim != 2 or targets.shape != predictions.shape[:1]:
        raise ValueError(
            f"in_top_k: targets must have shape (n,) and predictions (n, classes), got {targets.shape} and "
            f"{predictions.shape}"
        )
    if targets.dtype.kind not in "iu":
        raise TypeError(f"in_top_k: targets must hold integers, got {targets.dtype}")
    count = integer("in_top_k", "k", k)
    if not 0 <= count <= predictions.shape[1]:
        raise ValueError(
            f"in_top_k: k must be from 0 to the classes of predictions of shape {predictions.shape}, got {k}"
        )
    own = TakeAlongAxis(1, "in_top_k: targets")(predictions, expand_dims(targets, -1))
    higher = count_nonzero(greater(predictions, own), -1)
    return less(higher, count) & isfinite(squeeze(own, -1))
