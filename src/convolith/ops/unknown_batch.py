"""Shapes whose batch size is not known yet: what a layer makes of them while its outputs' shapes are found out."""

from __future__ import annotations

from typing import Any, TypeGuard

import numpy as np

from convolith.graph.shape_pass import within_call
from convolith.graph.tensor import Spec, Tensor
from convolith.ops.arguments import sizes


def unknown(shape: Any) -> TypeGuard[tuple[Any, ...] | list[Any]]:
    """Tell whether a shape has None for the batch, as `shape(x)` of a symbolic tensor has."""
    return isinstance(shape, (tuple, list)) and bool(shape) and shape[0] is None


def for_a_batch(name: str, argument: str, shape: Any, dtype: Any) -> Tensor:
    """Make a tensor without values, whose first size is not known.

    Args:
        name: of the function, for the messages.
        argument: likewise.
        shape: the sizes, None first.
        dtype: of the tensor.

    Raises:
        TypeError: if a size but the first is no integer.
        ValueError: if one is negative, or no layer is being called: no model could compute such a tensor.
    """
    rest = sizes(name, argument, shape[1:])
    if not within_call.get():
        raise ValueError(
            f"{name}: {argument} may begin with None, for a batch size that is not known yet, only within the call of "
            f"a layer, got {shape!r}"
        )
    return Tensor(Spec((None, *rest), np.dtype(dtype)))
