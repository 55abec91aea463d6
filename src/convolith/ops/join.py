"""Joining arrays along an axis, and taking them apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import integer, integers, one_axis
from convolith.ops.conversion import operand
from convolith.ops.indexing import ALL, Index, part
from convolith.ops.shape import expand_dims


@dataclass(frozen=True)
class Concatenate(Operation):
    """Arrays one after the other along an axis, numbered from 0."""

    axis: int
    floats = False

    def infer(self, *xs: Spec) -> Spec:
        """Add the sizes along the axis; the others must agree."""
        first = xs[0].shape
        for number, x in enumerate(xs):
            if len(x.shape) != len(first) or any(
                one != other for axis, (one, other) in enumerate(zip(x.shape, first, strict=True)) if axis != self.axis
            ):
                raise ValueError(
                    f"concatenate: xs must have the same sizes but along axis {self.axis}, got xs[{number}] of shape "
                    f"{x.shape} with xs[0] of shape {first}"
                )
        sizes = [x.shape[self.axis] for x in xs]
        total = None if None in sizes else sum(sizes)
        return Spec((*first[: self.axis], total, *first[self.axis + 1 :]), xs[0].dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Copy."""
        np.concatenate(inputs, self.axis, out=outputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Take the upstream apart."""
        sizes = [x.shape[self.axis] for x in node.inputs if x is not None]
        ends = accumulate(sizes, initial=0)
        return tuple(part(upstreams[0], self.axis, begin, end) for begin, end in pairwise(ends))


def concatenate(xs: Sequence[Any], axis: int = 0) -> Any:
    """Join arrays along an axis that they have.

    Args:
        xs: arrays or tensors, whose sizes agree but along the axis.
        axis: along which, negative from the end.

    Returns:
        The joined array, of the dtype that NumPy promotes those of xs to; integers take floats' dtype.

    Raises:
        ValueError: if there is no array or no such axis, or the sizes do not agree.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.concatenate([np.array([1, 2]), np.array([3])])
        array([1, 2, 3])
    """
    arrays = _operands("concatenate", "xs", xs)
    number = one_axis("concatenate", axis, arrays[0].shape, "xs[0]")
    return Concatenate(number)(*arrays)


def stack(x: Sequence[Any], axis: int = 0) -> Any:
    """Join arrays of one shape along a new axis.

    Args:
        x: arrays or tensors.
        axis: where the new axis is in the result, negative from the end.

    Returns:
        The joined array, of the dtype that NumPy promotes those of x to.

    Raises:
        ValueError: if there is no array, the result has no such axis, or the shapes differ.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.stack([np.array([1, 2]), np.array([3, 4])], axis=1)
        array([[1, 3],
               [2, 4]])
    """
    arrays = _operands("stack", "x", x)
    if len({array.shape for array in arrays}) != 1:
        raise ValueError(f"stack: x must be arrays of one shape, got {[array.shape for array in arrays]}")
    number = one_axis("stack", axis, arrays[0].shape, "the result", new=1)
    return Concatenate(number)(*(expand_dims(array, number) for array in arrays))


def _operands(name: str, argument: str, values: Any) -> list[Any]:
    """Make arrays of a sequence of them, or of the rows of an array."""
    if isinstance(values, (str, bytes, Tensor)) or not isinstance(values, (Sequence, np.ndarray)) or not len(values):
        raise (ValueError if isinstance(values, (list, tuple)) else TypeError)(
            f"{name}: {argument} must be a sequence of one array at least, got {values!r}"
        )
    return [operand(name, f"{argument}[{number}]", value) for number, value in enumerate(values)]


def split(x: Any, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Any]:
    """Cut an array into parts along an axis.

    Args:
        x: array or tensor of any shape.
        indices_or_sections: how many equal parts; or where to cut, from 0 to the size of the axis, ascending.
        axis: along which, negative from the end.

    Returns:
        The list of the parts, of the dtype of x.

    Raises:
        ValueError: if x has no such axis, it cannot be cut into so many equal parts, or at these places.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.split(np.array([1, 2, 3]), [1])
        [array([1]), array([2, 3])]
    """
    x = operand("split", "x", x)
    number = one_axis("split", axis, x.shape)
    size = x.shape[number]
    if size is None:
        raise ValueError(f"split: axis {axis} must have a known size, got x of shape {x.shape}")
    if isinstance(indices_or_sections, (int, np.integer)) and not isinstance(indices_or_sections, bool):
        sections = int(indices_or_sections)
        if sections < 1 or size % sections:
            raise ValueError(
                f"split: indices_or_sections must divide the {size} of axis {axis} of x of shape {x.shape}, "
                f"got {sections}"
            )
        cuts = [size // sections * place for place in range(1, sections)]
    else:
        places = integers("split", "indices_or_sections", indices_or_sections)
        cuts = list(places)
        if cuts != sorted(cuts) or any(not 0 <= place <= size for place in cuts):
            raise ValueError(
                f"split: indices_or_sections must ascend from 0 to the {size} of axis {axis} of x of shape {x.shape}, "
                f"got {indices_or_sections}"
            )
    return [part(x, number, begin, end) for begin, end in pairwise([0, *cuts, size])]


def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Any]:
    """Cut an array into its elements along an axis, which they do not have.

    Args:
        x: array or tensor of any shape.
        num: how many there are; None for as many as there are.
        axis: along which, negative from the end.

    Returns:
        The list of the elements, of the dtype of x.

    Raises:
        ValueError: if x has no such axis, or not `num` elements along it.
    """
    x = operand("unstack", "x", x)
    number = one_axis("unstack", axis, x.shape)
    size = x.shape[number]
    if size is None or (num is not None and integer("unstack", "num", num) != size):
        raise ValueError(f"unstack: num must be the (known) size of axis {axis} of x of shape {x.shape}, got {num}")
    return [Index((*[ALL] * number, place, *[ALL] * (x.ndim - number - 1)))(x) for place in range(size)]
