"""Gradients kept small, from ops of ``convolith.ops``, so that they compute on arrays and record on tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convolith import ops


def clip_by_value(gradient: Any, limit: float) -> Any:
    """Keep each element between -limit and limit."""
    return ops.clip(gradient, -limit, limit)


def clip_by_norm(gradient: Any, limit: float) -> Any:
    """Shorten a gradient whose norm is above limit to it."""
    norm = ops.sqrt(ops.sum(ops.square(gradient)))
    return ops.multiply(gradient, ops.divide(limit, ops.maximum(norm, limit)))


def clip_by_global_norm(gradients: Sequence[Any], limit: float) -> list[Any]:
    """Shorten all gradients by one factor, so that the norm of all their elements is at most limit.

    A norm that is infinite makes all of them NaN, as in Keras: nothing is left to scale.

    Source: Pascanu et al., "On the difficulty of training recurrent neural networks", arXiv 1211.5063.
    """
    squares = [ops.sum(ops.square(gradient)) for gradient in gradients]
    total = squares[0]
    for square in squares[1:]:
        total = ops.add(total, square)
    norm = ops.sqrt(total)
    factor = ops.add(ops.divide(limit, ops.maximum(norm, limit)), ops.subtract(norm, norm))
    return [ops.multiply(gradient, factor) for gradient in gradients]
