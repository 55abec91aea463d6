"""Changing shapes: reshape and transpose."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor


@dataclass(frozen=True)
class Reshape(Operation):
    """The same elements in the same order under another shape."""

    shape: tuple[int, ...]
    view = True
    keeps = (0,)

    def infer(self, x: Spec) -> Spec:
        """Find the size for -1; with an unknown batch size that is unknown too, and must come first."""
        known = math.prod(size for size in self.shape if size != -1)
        if None in x.shape:
            elements = math.prod(size for size in x.shape if size is not None)
            if self.shape[:1] == (-1,) and known > 0 and (elements % known == 0 or known % max(1, elements) == 0):
                return Spec((None, *self.shape[1:]), x.dtype)
            raise ValueError(
                f"reshape: newshape must start with -1 as the batch size of x, of shape {x.shape}, is not known yet, "
                f"and go on with sizes that fit the other axes; came {self.shape}"
            )
        elements = math.prod(x.shape)
        fits = known > 0 and elements % known == 0 if -1 in self.shape else known == elements
        if min(self.shape, default=0) < -1 or self.shape.count(-1) > 1 or not fits:
            raise ValueError(f"reshape: newshape must hold the {elements} elements of {x.shape}, came {self.shape}")
        return Spec(tuple(elements // known if size == -1 else size for size in self.shape), x.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Copy; a Plan need not."""
        np.copyto(outputs[0], inputs[0].reshape(outputs[0].shape))

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Give the upstream the old shape."""
        (x,) = node.inputs
        assert x is not None
        return (reshape(upstreams[0], x.shape),)


@dataclass(frozen=True)
class Transpose(Operation):
    """The axes in another order."""

    axes: tuple[int, ...]
    keeps = (0,)

    def infer(self, x: Spec) -> Spec:
        """Reorder the shape."""
        if sorted(self.axes) != list(range(len(x.shape))):
            raise ValueError(f"transpose: axes must be an order of the {len(x.shape)} axes of x, came {self.axes}")
        return Spec(tuple(x.shape[axis] for axis in self.axes), x.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Copy in the other order."""
        np.copyto(outputs[0], inputs[0].transpose(self.axes))

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Transpose back."""
        return (transpose(upstreams[0], [self.axes.index(axis) for axis in range(len(self.axes))]),)

    def footprint(self, inputs: Sequence[Spec | None]) -> tuple[tuple[int, int], tuple[int, int]] | None:
        """Give a single pixel where the channels of images move from the end to the front or back."""
        return ((1, 1), (1, 1)) if self.axes in ((0, 2, 3, 1), (0, 3, 1, 2)) else None


def reshape(x: Any, newshape: int | Sequence[int | None]) -> Any:
    """Give the same elements, in the same order, another shape.

    Args:
        x: array or tensor of any shape.
        newshape: the new sizes, one of which may be -1 or None: whatever is left.

    Returns:
        A copy of that shape and the dtype of x.

    Raises:
        ValueError: if the number of elements differs.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.reshape(np.zeros((2, 3, 4), "float32"), (2, -1)).shape
        (2, 12)
    """
    sizes = (newshape,) if isinstance(newshape, (int, np.integer)) else newshape
    return Reshape(tuple(-1 if size is None else operator.index(size) for size in sizes))(x)


def transpose(x: Any, axes: Sequence[int] | None = None) -> Any:
    """Put the axes in another order.

    Args:
        x: array or tensor of any shape.
        axes: for each axis of the result, that of x; by default in reverse.

    Returns:
        A copy of the permuted shape and the dtype of x.

    Raises:
        ValueError: if axes is not an order of the axes of x.
        TypeError: if they are not integers.
    """
    rank = np.ndim(x) if not isinstance(x, Tensor) else x.ndim
    order = [operator.index(axis) for axis in (range(rank)[::-1] if axes is None else axes)]
    return Transpose(tuple(axis + rank if axis < 0 else axis for axis in order))(x)
