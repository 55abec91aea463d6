"""Random numbers as operations: functions of a seed and a counter, so that a trace draws anew in each run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.engine import random as engine
from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.dropout import check_state, place_in_stream, writes_before


@dataclass(frozen=True)
class Draw(Operation):
    """Random numbers of a shape and dtype, or of those of a tensor, by the state with its counter + `ahead`."""

    ahead: int
    shape: tuple[int, ...] = ()
    dtype: Any = None
    keeps = (0,)
    reads_start = True  # `ahead` makes up for it

    def infer(self, state: Spec, like: Spec | None = None) -> Spec:
        """Give shape and dtype."""
        check_state(self.name, state)
        return Spec(self.shape, np.dtype(self.dtype)) if like is None else like

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Stop: they depend on nothing."""
        return (None,) * len(node.inputs)


class Uniform(Draw):
    """Uniform numbers from 0 to below 1."""

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Draw."""
        engine.uniform(outputs[0], *place_in_stream(inputs[0], self.ahead))


class Normal(Draw):
    """Normal numbers of mean 0 and variance 1."""

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Draw."""
        engine.normal(outputs[0], *place_in_stream(inputs[0], self.ahead))


def uniform(shape: Sequence[int], state: Any, dtype: Any = np.float32) -> Any:
    """Draw uniform numbers from 0 to below 1; the same state gives the same ones, with any number of threads.

    Args:
        shape: of the result.
        state: Variable or array uint64[2] of a seed and a counter; `dropout.advance` it for the next numbers.
        dtype: float32, whose numbers are multiples of 2^-24, or float64, where they are multiples of 2^-32.

    Returns:
        An array, or a tensor inside of a trace.

    Raises:
        ValueError: if state is not of this kind.

    Example:
        >>> import numpy as np
        >>> from convolith.ops.random import uniform
        >>> numbers = uniform((1000,), np.array([7, 0], "uint64"))
        >>> bool(numbers.min() >= 0), bool(numbers.max() < 1)
        (True, True)
    """
    return Uniform(writes_before(state), tuple(shape), dtype)(state)


def normal(shape: Sequence[int], state: Any, dtype: Any = np.float32) -> Any:
    """Draw normal numbers of mean 0 and variance 1; arguments as in `uniform`.

    Source: Box and Muller, "A Note on the Generation of Random Normal Deviates", 1958, of pairs of 32-bit words: no
    number is beyond 6.8.

    Example:
        >>> import numpy as np
        >>> from convolith.ops.random import normal
        >>> bool(abs(normal((10_000,), np.array([7, 0], "uint64")).mean()) < 0.05)
        True
    """
    return Normal(writes_before(state), tuple(shape), dtype)(state)


def normal_like(x: Any, state: Any) -> Any:
    """Draw as `normal` does, of the shape of x, whose batch size need not be known yet, and its dtype."""
    return Normal(writes_before(state))(state, x)
