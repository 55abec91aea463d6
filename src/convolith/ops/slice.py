"""Rectangular parts by where they start, and values put at places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import integers, sizes
from convolith.ops.conversion import operand
from convolith.ops.creation import zeros_like
from convolith.ops.indexing import ALL, ARRAY, Index, Scatter


@dataclass(frozen=True)
class SliceUpdate(Operation):
    """x with a rectangular part, from `starts` on, replaced."""

    starts: tuple[int, ...]
    takes_over = (0,)
    floats = False

    def infer(self, inputs: Spec, updates: Spec) -> Spec:
        """Check that the part lies inside."""
        _within(self.name, "updates", inputs.shape, self.starts, updates.shape)
        return inputs

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Copy, then replace."""
        np.copyto(outputs[0], inputs[0])
        outputs[0][Index(self._key(inputs[1].shape)).numpy_key(())] = inputs[1]

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Give the part of the upstream to the updates, and the rest to the inputs."""
        updates = node.inputs[1]
        assert updates is not None
        by_updates = Index(self._key(updates.shape))(upstreams[0])
        return self(upstreams[0], zeros_like(updates)), by_updates

    def _key(self, sizes: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(
            ALL if size is None else (start, start + size, None) for start, size in zip(self.starts, sizes, strict=True)
        )


def slice(inputs: Any, start_indices: Sequence[int], shape: Sequence[int]) -> Any:
    """Give the rectangular part of some sizes that starts at some place.

    Args:
        inputs: array or tensor of any shape.
        start_indices: an integer an axis: where the part starts.
        shape: its sizes.

    Returns:
        A copy of that shape, of the dtype of the inputs.

    Raises:
        ValueError: if there is not one integer an axis, or the part does not lie inside.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.slice(np.arange(12).reshape(3, 4), (1, 1), (2, 2))
        array([[ 5,  6],
               [ 9, 10]])
    """
    inputs = operand("slice", "inputs", inputs)
    starts, extents = integers("slice", "start_indices", start_indices), integers("slice", "shape", shape)
    _within("slice", "shape", inputs.shape, starts, extents)
    return Index(tuple((start, start + extent, None) for start, extent in zip(starts, extents, strict=True)))(inputs)


def slice_update(inputs: Any, start_indices: Sequence[int], updates: Any) -> Any:
    """Give the inputs with the rectangular part that starts at some place replaced.

    Args:
        inputs: array or tensor of any shape.
        start_indices: an integer an axis: where the part starts.
        updates: array or tensor of as many axes, which lies inside.

    Returns:
        The shape of the inputs, of the dtype that NumPy promotes both to; integers take floats'.

    Raises:
        ValueError: if there is not one integer an axis, or the part does not lie inside.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.slice_update(np.zeros(4, "float32"), [1], np.array([5, 6], "float32"))
        array([0., 5., 6., 0.], dtype=float32)
    """
    return SliceUpdate(integers("slice_update", "start_indices", start_indices))(inputs, updates)


def scatter(indices: Any, values: Any, shape: Sequence[int]) -> Any:
    """Make zeros with values added at places.

    Args:
        indices: array or tensor (n, k) of integers: in each row a place, of one number for each of the first k axes.
        values: array or tensor (n, ...), what to add there.
        shape: of the result.

    Returns:
        That shape, of the dtype of the values; values for the same place are added up.

    Raises:
        ValueError: if the shapes do not fit.
        TypeError: if the indices are no integers.
        IndexError: if a place is outside.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.scatter(np.array([[0], [2], [0]]), np.array([1, 2, 3], "float32"), (3,))
        array([4., 0., 2.], dtype=float32)
    """
    indices = operand("scatter", "indices", indices)
    into = sizes("scatter", "shape", shape)
    if indices.dtype.kind not in "iu":
        raise TypeError(f"scatter: indices must hold integers, got {indices.dtype}")
    if indices.ndim != 2 or not 0 < indices.shape[1] <= len(into):
        raise ValueError(
            f"scatter: indices must have shape (n, k) with k from 1 to the {len(into)} axes of the result, got "
            f"{indices.shape}"
        )
    columns = [Index((ALL, column))(indices) for column in range(indices.shape[1])]
    key = (*[ARRAY] * len(columns), *[ALL] * (len(into) - len(columns)))
    return Scatter(key, "scatter: indices", into)(operand("scatter", "values", values), *columns)


def _within(name: str, argument: str, inputs: Any, starts: tuple[int, ...], sizes: tuple[Any, ...]) -> None:
    """Refuse a part that does not lie inside."""
    inside = len(inputs) == len(starts) == len(sizes) and all(
        start == 0 and size is None if whole is None or size is None else 0 <= start and 0 <= start + size <= whole
        for whole, start, size in zip(inputs, starts, sizes, strict=True)
    )
    if not inside or any(size is not None and size < 0 for size in sizes):
        raise ValueError(
            f"{name}: start_indices and {argument} must name a part of inputs of shape {inputs}, got {starts} and "
            f"{sizes}"
        )
