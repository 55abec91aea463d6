"""Random numbers for each image of a batch, as a function of a seed and a counter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.recording import current
from convolith.graph.tensor import Node, Spec, Tensor, Variable
from convolith.ops.dropout import place_in_stream

STATE = Spec((2,), np.dtype(np.uint64))
"""What a state is: the seed and the counter, as dropout's."""


@dataclass(frozen=True)
class Draw(Operation):
    """For each image one number a column, uniform from `low` to `high`, by the state with its counter + `ahead`."""

    low: tuple[float, ...]
    high: tuple[float, ...]
    integers: bool
    ahead: int
    keeps = (0, 1)
    reads_start = True  # `ahead` makes up for it

    def infer(self, images: Spec, state: Spec) -> Spec:
        """Give a row to each image."""
        check_state("draw", state)
        return Spec((images.shape[0], len(self.low)), np.result_type(images.dtype, np.float32))

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Draw; integers are from `low` to `high` - 1."""
        (_, state), (out,) = inputs, outputs
        low, high = np.array(self.low), np.array(self.high)
        values = low + (high - low) * stream(state, self.ahead).random(out.shape)
        out[...] = np.floor(values) if self.integers else values

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Stop: no pixel counts."""
        return None, None


def draw(images: Any, low: tuple[float, ...], high: tuple[float, ...], state: Any, integers: bool = False) -> Any:
    """Draw numbers for each image, the same ones from the same state; `ops.dropout.advance` it for the next.

    Args:
        images: array or tensor (n, ...), of which only n counts.
        low: the least number of each column.
        high: the bound of each column.
        state: Variable uint64[2] of a seed and a counter.
        integers: whether to draw whole numbers below high.

    Returns:
        (n, columns), float32 or float64.

    Raises:
        ValueError: if state is not of this kind.
    """
    return Draw(tuple(low), tuple(high), integers, pending(state))(images, state)


def pending(state: Any) -> int:
    """Count how often the trace in progress has advanced the state already."""
    recording = current.get()
    return recording.writes_to(state) if recording is not None and isinstance(state, Variable) else 0


def stream(state: np.ndarray, ahead: int) -> np.random.Generator:
    """Give the generator of a state: Philox (Salmon et al., Parallel Random Numbers, SC 2011), keyed by the seed."""
    seed, counter = place_in_stream(state, ahead)
    return np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 0, counter]))


def check_state(name: str, state: Spec) -> None:
    """Raise ValueError unless it is uint64[2]."""
    if state != STATE:
        raise ValueError(f"{name}: state must be {STATE}, the seed and the counter, got {state}")
