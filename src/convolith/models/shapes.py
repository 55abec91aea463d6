"""Shapes of nested tensors, and symbolic tensors of nested shapes."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.graph.tensor import Spec, Tensor
from convolith.layers.structure import is_shape, map_structure


def shapes_of(tensors: Any) -> Any:
    """Return the shapes of nested tensors; of one in a list, its own, as Keras does."""
    only = tensors[0] if isinstance(tensors, list) and len(tensors) == 1 else tensors
    return map_structure(lambda tensor: tensor.shape, only)


def symbolic(shapes: Any, dtype: str) -> Any:
    """Return a tensor (or nested tensors) for a shape (or nested shapes)."""
    if is_shape(shapes):
        return Tensor(Spec((None, *shapes[1:]), np.dtype(dtype)))
    if isinstance(shapes, dict):
        return {key: symbolic(shape, dtype) for key, shape in shapes.items()}
    return [symbolic(shape, dtype) for shape in shapes]
