"""How many elements are not zero: all, any, or a number of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.reduction import Reduction, axes_of


class Count(Reduction):
    """A reduction of elements of any dtype to what has no gradient."""

    keeps = (0,)
    dtype: np.dtype = np.dtype(bool)

    def infer(self, x: Spec) -> Spec:
        """Give the reduced shape and the dtype of the answer."""
        return Spec(super().infer(x).shape, self.dtype)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Stop."""
        return (None,)


class AllNonzero(Count):
    """Whether none is zero."""

    name = "all"
    function = np.logical_and


class AnyNonzero(Count):
    """Whether one is not zero."""

    name = "any"
    function = np.logical_or


class CountNonzero(Count):
    """How many are not zero."""

    dtype = np.dtype(np.int32)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Count."""
        count = np.count_nonzero(inputs[0], axis=self.axes(inputs[0].shape), keepdims=self.keepdims)
        np.copyto(outputs[0], count, casting="unsafe")


def all(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Any:
    """Tell whether all elements along axes are true, that is not 0.

    Args:
        x: array or tensor of any shape and dtype.
        axis: the axis or axes to go through, negative from the end; None for all.
        keepdims: keep them with size 1.

    Returns:
        bool; True where there are no elements.

    Raises:
        ValueError: if x has no such axis.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.all(np.array([[True, False], [True, True]]), axis=1)
        array([False,  True])
    """
    return AllNonzero(axes_of("all", axis), keepdims)(x)


def any(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Any:
    """Tell whether one element along axes is true; False where there are none; arguments and errors as of `all`."""
    return AnyNonzero(axes_of("any", axis), keepdims)(x)


def count_nonzero(x: Any, axis: int | Sequence[int] | None = None) -> Any:
    """Count the elements along axes that are not 0: int32; arguments and errors as of `all`."""
    return CountNonzero(axes_of("count_nonzero", axis), False)(x)
