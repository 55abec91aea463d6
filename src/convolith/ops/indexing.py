"""Parts of an array, x[...], with NumPy's rules, and sums of values put at such places, their adjoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.operators import operators
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import integer
from convolith.ops.conversion import operand
from convolith.ops.elementwise import broadcast

ALL = (None, None, None)
"""The whole of an axis, as (start, stop, step)."""

ARRAY = "array"
"""Where an array of integers belongs."""

AXES = 64
"""More than NumPy's arrays have."""


@dataclass(frozen=True)
class Place(Operation):
    """Where in an array: an item an axis, which is an integer, a (start, stop, step) or ARRAY; None adds an axis, and
    Ellipsis stands for none, but for NumPy it parts the arrays beside it."""

    key: tuple[Any, ...]
    what: str = "get_item: key"  # who asks for it by which argument, for the messages
    keeps = tuple(range(AXES + 1))
    refuses = True

    def numpy_key(self, indices: Any) -> tuple[Any, ...]:
        """Write the key as NumPy reads it."""
        arrays = iter(indices)
        return tuple(
            slice(*item) if isinstance(item, tuple) else next(arrays) if item == ARRAY else item for item in self.key
        )

    def shape(self, x: tuple[Any, ...], indices: tuple[Spec, ...]) -> tuple[Any, ...]:
        """Give the shape of what lies there in an array of shape x."""
        sizes = iter(x)
        result: list[tuple[int, int | None]] = []
        chosen: list[int] = []  # where in the key integers and arrays are
        for place, item in enumerate(self.key):
            if item is Ellipsis:
                continue
            size = None if item is None else next(sizes)
            if item is None:
                result.append((place, 1))
            elif isinstance(item, tuple):
                result.append((place, None if size is None else len(range(*slice(*item).indices(size)))))
            else:
                chosen.append(place)
                if item != ARRAY and size is not None and not -size <= item < size:
                    raise IndexError(f"{self.what} must lie inside of the shape {x}, got {item} for the size {size}")
        if not indices:
            return tuple(size for _, size in result)
        for spec in indices:
            if spec.dtype.kind not in "iu":
                raise TypeError(f"{self.what} must hold integers, got {spec.dtype}")
        together = broadcast(self.what, **{f"array {n}": spec.shape for n, spec in enumerate(indices)})
        neighbours = chosen[-1] - chosen[0] + 1 == len(chosen)  # else NumPy puts their axes first
        before = [size for place, size in result if neighbours and place < chosen[0]]
        after = [size for place, size in result if not neighbours or place > chosen[0]]
        return (*before, *together, *after)

    def check(self, x: tuple[int, ...], indices: Any) -> None:
        """Refuse indices outside of an array of shape x."""
        arrays = iter(indices)
        for axis, item in enumerate(item for item in self.key if item is not None and item is not Ellipsis):
            if item == ARRAY:
                check_range(self.what, next(arrays), x, axis)


class Index(Place):
    """The part of x at a place."""

    def infer(self, x: Spec, *indices: Spec) -> Spec:
        """Give the shape of the part."""
        return Spec(self.shape(x.shape, indices), x.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Copy the part; along a single axis without a copy in between."""
        x, *indices = inputs
        self.check(x.shape, indices)
        if len(indices) == 1 and set(self.key) <= {ALL, ARRAY}:
            places = indices[0].astype(np.intp, copy=False)  # before NumPy 2, `take` refuses unsigned 64-bit integers
            x.take(places, self.key.index(ARRAY), out=outputs[0], mode="wrap")  # "raise" would copy once more
        else:
            np.copyto(outputs[0], x[self.numpy_key(indices)])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Put the upstream where the part came from, and zeros elsewhere."""
        x, *indices = node.inputs
        assert x is not None
        return (Scatter(self.key, self.what, x.shape)(upstreams[0], *indices), *(None for _ in indices))


@dataclass(frozen=True)
class Scatter(Place):
    """Zeros of a shape, with values added at a place."""

    into: tuple[Any, ...] = ()

    def infer(self, values: Spec, *indices: Spec) -> Spec:
        """Check that the values fit the place."""
        found = self.shape(self.into, indices)
        if found != values.shape:
            function = self.what.partition(":")[0]
            raise ValueError(f"{function}: values must have shape {found}, as the indices say, got {values.shape}")
        return Spec(self.into, values.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Add the values, one after the other where several have one place."""
        (out,), (values, *indices) = outputs, inputs
        self.check(out.shape, indices)
        out.fill(0)
        if indices:
            np.add.at(out, self.numpy_key(indices), values)
        else:
            out[self.numpy_key(())] = values

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Read the upstream there."""
        return (Index(self.key, self.what)(upstreams[0], *node.inputs[1:]), *(None for _ in node.inputs[1:]))


def get_item(x: Any, key: Any) -> Any:
    """Give x[key], as NumPy does; with symbolic tensors it is x[key] itself.

    Args:
        x: array or tensor of any shape.
        key: integer, slice, Ellipsis, None (a new axis), an array or tensor of integers, an array of bool (not a
            tensor, as the shape would depend on values), or a tuple of them.

    Returns:
        A copy of the part, of the dtype of x.

    Raises:
        IndexError: if there are more indices than axes, or one is outside of its axis.
        TypeError: if an index is of another kind.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.get_item(np.arange(12).reshape(3, 4), (slice(1, None), [0, 2]))
        array([[ 4,  6],
               [ 8, 10]])
    """
    x = operand("get_item", "x", x)
    items = [_item(item) for item in (key if isinstance(key, tuple) else (key,))]
    used = sum(map(_axes_of, items))
    dots = [number for number, item in enumerate(items) if item is Ellipsis]
    if used > x.ndim or len(dots) > 1:
        raise IndexError(f"get_item: key must name each axis of x of shape {x.shape} once at most, got {key!r}")
    begin, end = (dots[0], dots[0] + 1) if dots else (len(items), len(items))
    items[begin:end] = [ALL] * (x.ndim - used) or items[begin:end]
    places: list[Any] = []
    arrays: list[Any] = []
    axis = 0
    for item in items:
        found = [item]
        if _is_mask(item):
            if item.shape != x.shape[axis : axis + item.ndim]:
                raise IndexError(f"get_item: key has a mask of shape {item.shape}, which x, {x.shape}, has no axes for")
            found = list(item.nonzero())
        indices = [one for one in found if hasattr(one, "dtype")]
        arrays.extend(indices)
        places.extend([ARRAY] * len(indices) if indices else found)
        axis += _axes_of(item)
    return Index(tuple(places))(x, *arrays)


def part(x: Any, axis: int, begin: int, end: int) -> Any:
    """Give the elements from `begin` to before `end` along an axis, numbered from 0."""
    return Index((*[ALL] * axis, (begin, end, None), *[ALL] * (x.ndim - axis - 1)))(x)


def check_range(what: str, indices: np.ndarray, shape: Sequence[int], axis: int) -> None:
    """Refuse indices outside of an axis of a shape; `what` is the operation and the argument, for the message.

    Raises:
        IndexError: if one is.
    """
    size = shape[axis]
    if indices.size and not (-size <= indices.min() and indices.max() < size):
        raise IndexError(
            f"{what} must be in [-{size}, {size}) for axis {axis} of shape {tuple(shape)}, got {indices.min()} to "
            f"{indices.max()}"
        )


def _item(item: Any) -> Any:
    """Check one item of a key: slices become tuples, lists become arrays."""
    if item is None or item is Ellipsis:
        return item
    if isinstance(item, (int, np.integer)) and not isinstance(item, bool):
        return int(item)
    if isinstance(item, slice):
        if item.step == 0:
            raise ValueError(f"get_item: key must hold no slice with the step 0, got {item}")
        ends = (item.start, item.stop, item.step)
        return tuple(None if end is None else integer("get_item", "a slice in key", end) for end in ends)
    array = (
        np.zeros(0, np.intp)
        if isinstance(item, list) and not item
        else item
        if isinstance(item, Tensor)
        else np.asarray(item)
    )
    if array.dtype.kind not in "iu" and not _is_mask(array):
        raise TypeError(
            f"get_item: key must hold integers, slices, Ellipsis, None and arrays of integers (or of bool, if they are "
            f"no tensors), got {type(item).__name__} of {array.dtype}"
        )
    return array


def _is_mask(item: Any) -> bool:
    return isinstance(item, np.ndarray) and item.dtype == bool and item.ndim > 0


def _axes_of(item: Any) -> int:
    """Count the axes that an item of a key uses up."""
    return 0 if item is None or item is Ellipsis else item.ndim if _is_mask(item) else 1


operators["get_item"] = get_item
