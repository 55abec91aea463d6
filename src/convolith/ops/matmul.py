"""The product of matrices, one by one where there are several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.engine import dense as engine
from convolith.graph.operation import Operation
from convolith.graph.operators import operators
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.conversion import float_operand
from convolith.ops.dense import dense
from convolith.ops.elementwise import broadcast
from convolith.ops.reduction import sum_to
from convolith.ops.shape import expand_dims, squeeze

PLAIN, SECOND, FIRST = "", "second", "first"
"""Which factor is transposed before the product: the engine has these three, and their gradients are among them."""

PRODUCTS = {
    PLAIN: lambda x1, x2, out: engine.dense(x1, x2, None, None, out),
    SECOND: engine.dense_input_gradient,
    FIRST: engine.dense_kernel_gradient,
}
DIRECTIONS = {PLAIN: "forward", SECOND: "input_gradient", FIRST: "kernel_gradient"}


@dataclass(frozen=True)
class Matmul(Operation):
    """Matrices (..., m, k) times (..., k, n), one of them transposed before, whose other axes broadcast."""

    transposed: str = PLAIN

    def infer(self, x1: Spec, x2: Spec) -> Spec:
        """Broadcast all axes but the matrices', whose inner sizes agree."""
        m, n = x1.shape[-1 if self.transposed == FIRST else -2], x2.shape[-2 if self.transposed == SECOND else -1]
        others = {f"x1 of shape {x1.shape}": x1.shape[:-2], f"x2 of shape {x2.shape}": x2.shape[:-2]}
        return Spec((*broadcast(self.name, **others), m, n), x1.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Multiply one after the other."""
        (out,) = outputs
        if 0 in (*inputs[0].shape, *inputs[1].shape):  # nothing to sum
            out.fill(0)
            return
        multiply, batch = PRODUCTS[self.transposed], out.shape[:-2]
        x1, x2 = (np.broadcast_to(x, (*batch, *x.shape[-2:])) for x in inputs)
        for place in np.ndindex(batch):
            multiply(x1[place], x2[place], out[place])

    def scratch(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Ask the engine for one of the products."""
        assert inputs[0] is not None and inputs[1] is not None
        (m, k), n = inputs[0].shape[-2:], outputs[0].shape[-1]
        if self.transposed == SECOND:
            k, n = n, k  # the engine counts the matrix that is transposed as it lies
        if 0 in (m, k, n):
            return 0
        return engine.dense_scratch(m, k, n, DIRECTIONS[self.transposed], outputs[0].dtype.itemsize)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply the upstream with the other factor."""
        x1, x2 = node.inputs
        (upstream,) = upstreams
        if self.transposed == PLAIN:
            factors = Matmul(SECOND)(upstream, x2), Matmul(FIRST)(x1, upstream)
        elif self.transposed == SECOND:
            factors = Matmul(PLAIN)(upstream, x2), Matmul(FIRST)(upstream, x1)
        else:
            factors = Matmul(SECOND)(x2, upstream), Matmul(PLAIN)(x1, upstream)
        return sum_to(factors[0], x1), sum_to(factors[1], x2)


def matmul(x1: Any, x2: Any) -> Any:
    """Multiply matrices.

    Args:
        x1: array or tensor (..., m, k); or (k,), which counts as one row.
        x2: array or tensor (..., k, n), whose first axes broadcast with those of x1; or (k,), as one column.

    Returns:
        (..., m, n), without m or n where x1 or x2 has one axis; float32 or float64.

    Raises:
        ValueError: if the shapes do not fit together.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.matmul(np.ones((5, 2, 3), "float32"), np.ones((5, 3, 4), "float32")).shape
        (5, 2, 4)
    """
    x1, x2 = float_operand("matmul", "x1", x1), float_operand("matmul", "x2", x2)
    if not x1.ndim or not x2.ndim:
        raise ValueError(f"matmul: x1 and x2 must have one axis at least, got shapes {x1.shape} and {x2.shape}")
    if x1.shape[-1] != x2.shape[max(x2.ndim - 2, 0)]:
        raise ValueError(
            f"matmul: the last axis of x1 must have the size of x2's last but one, or only one, got shapes {x1.shape} "
            f"and {x2.shape}"
        )
    if x2.ndim == 1:
        return squeeze(matmul(x1, expand_dims(x2, 1)), -1)
    if x2.ndim == 2 and 0 not in x2.shape:
        return dense(x1, x2)  # all rows at once
    if x1.ndim == 1:
        return squeeze(matmul(expand_dims(x1, 0), x2), -2)
    return Matmul()(x1, x2)


operators["matmul"] = matmul
