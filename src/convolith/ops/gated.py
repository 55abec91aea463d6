"""Functions that multiply x, or one half of it, by a gate between 0 and 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arithmetic import multiply
from convolith.ops.conversion import real_numbers
from convolith.ops.piecewise import hard_sigmoid
from convolith.ops.sigmoid import sigmoid, softplus, tanh


@dataclass(frozen=True)
class Half(Operation):
    """The first (0) or the second (1) half of x along an axis, counted from 0."""

    axis: int
    number: int

    def infer(self, x: Spec) -> Spec:
        """Halve the axis."""
        if x.shape[self.axis] is None or x.shape[self.axis] % 2:
            raise ValueError(f"glu: x must have an even size along axis {self.axis}, came shape {x.shape}")
        return Spec(tuple(size // 2 if axis == self.axis else size for axis, size in enumerate(x.shape)), x.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Copy the half."""
        np.copyto(outputs[0], np.split(inputs[0], 2, self.axis)[self.number])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Put zeros in place of the other half."""
        return (HalfGradient(self.axis, self.number)(upstreams[0]),)


@dataclass(frozen=True)
class HalfGradient(Operation):
    """The upstream as one half along an axis, and zeros as the other."""

    axis: int
    number: int

    def infer(self, upstream: Spec) -> Spec:
        """Double the axis."""
        sizes = tuple(2 * size if axis == self.axis else size for axis, size in enumerate(upstream.shape))
        return Spec(sizes, upstream.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Fill both halves."""
        halves = np.split(outputs[0], 2, self.axis)
        halves[self.number][...] = inputs[0]
        halves[1 - self.number][...] = 0

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Take the half: the adjoint of the adjoint."""
        return (Half(self.axis, self.number)(upstreams[0]),)


def silu(x: Any) -> Any:
    """Take x * sigmoid(x) elementwise (also called swish).

    Args:
        x: array or tensor of any shape.

    Returns:
        The same shape, float32 or float64.

    Source: Ramachandran et al., arXiv 1710.05941, equation 1 with beta 1.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.silu(np.array([-1000, 0, 1000], "float32"))
        array([  -0.,    0., 1000.], dtype=float32)
    """
    x = real_numbers("silu", "x", x)
    return multiply(x, sigmoid(x))


def hard_silu(x: Any) -> Any:
    """Take x * hard_sigmoid(x) elementwise (also called hard swish); argument as in `silu`.

    Source: Howard et al., arXiv 1905.02244, section 5.2.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.hard_silu(np.array([-4, 0, 4], "float32"))
        array([-0.,  0.,  4.], dtype=float32)
    """
    x = real_numbers("hard_silu", "x", x)
    return multiply(x, hard_sigmoid(x))


def mish(x: Any) -> Any:
    """Take x * tanh(softplus(x)) elementwise; argument as in `silu`.

    Source: Misra, arXiv 1908.08681, equation 1.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.mish(np.array([-1000, 0, 1000], "float32"))
        array([  -0.,    0., 1000.], dtype=float32)
    """
    x = real_numbers("mish", "x", x)
    return multiply(x, tanh(softplus(x)))


def glu(x: Any, axis: int = -1) -> Any:
    """Multiply the first half of x along an axis by the sigmoid of the second.

    Args:
        x: array or tensor of at least one axis.
        axis: the axis whose two halves meet; its size is even.

    Returns:
        The shape of x with half of that axis, float32 or float64.

    Raises:
        ValueError: if x has no such axis, or its size is odd or not known.

    Source: Dauphin et al., arXiv 1612.08083, equation 1.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.glu(np.array([[3, 5, 0, 1000]], "float32"))
        array([[1.5, 5. ]], dtype=float32)
    """
    x = real_numbers("glu", "x", x)
    rank = x.ndim if isinstance(x, Tensor) else np.ndim(x)
    if not -rank <= axis < rank:
        raise ValueError(f"glu: axis must name one of the {rank} axes of x, came {axis}")
    return multiply(Half(axis % rank, 0)(x), sigmoid(Half(axis % rank, 1)(x)))
