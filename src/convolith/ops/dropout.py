"""Dropout, whose mask is a function of a seed and a counter, so that nothing but these need be kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.engine import random as engine
from convolith.graph.operation import Operation, current
from convolith.graph.tensor import Node, Spec, Tensor, Variable


@dataclass(frozen=True)
class Dropout(Operation):
    """Each element zero with probability `rate`, else times 1 / (1 - rate), by the state with its counter + `ahead`."""

    rate: float
    ahead: int
    takes_over = (0,)
    keeps = (1,)
    reads_start = True  # `ahead` makes up for it

    def infer(self, inputs: Spec, state: Spec) -> Spec:
        """Keep shape and dtype."""
        if state != Spec((2,), np.dtype(np.uint64)):
            raise ValueError(f"dropout: state must be uint64[2], the seed and the counter, came {state}")
        return inputs

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Draw the mask and apply it."""
        values, (seed, counter) = inputs
        engine.dropout(values, outputs[0], self.rate, int(seed), (int(counter) + self.ahead) % 2**64)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Apply the same mask to the upstream."""
        return self(upstreams[0], node.inputs[1]), None


class Advance(Operation):
    """Add 1 to the counter of a dropout's state: an effect."""

    writes = (0,)

    def infer(self, state: Spec) -> tuple[Spec, ...]:
        """Give no result."""
        return ()

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Count; the largest integer is followed by 0."""
        inputs[0][1:] += np.uint64(1)


def dropout(inputs: Any, rate: float, state: Any) -> Any:
    """Zero elements at random, and scale the others so that the mean stays the same.

    The same state gives the same mask, in the gradient too; `advance` it for the next one.

    Args:
        inputs: array or tensor of any shape.
        rate: the probability of zero, from 0 to less than 1.
        state: Variable uint64[2] of a seed and a counter.

    Returns:
        The same shape, float32 or float64.

    Raises:
        ValueError: if rate or state is not of this kind.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.dropout(np.ones(4, "float32"), 0.0, np.array([7, 0], "uint64"))
        array([1., 1., 1., 1.], dtype=float32)
    """
    if not 0 <= rate < 1:
        raise ValueError(f"dropout: rate must be at least 0 and less than 1, came {rate}")
    recording = current.get()
    ahead = recording.writes_to(state) if recording is not None and isinstance(state, Variable) else 0
    return Dropout(float(rate), ahead)(inputs, state)


def advance(state: Variable) -> None:
    """Count a dropout's state one further; inside a trace, at the end of each run.

    Args:
        state: the Variable given to `dropout`.
    """
    Advance()(state)
