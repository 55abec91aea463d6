"""Dropout, whose mask is a function of a seed and a counter, so that nothing but these need be kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.engine import random as engine
from convolith.graph.operation import Operation
from convolith.graph.recording import current
from convolith.graph.tensor import Node, Spec, Tensor, Variable
from convolith.ops.arguments import integers, number
from convolith.ops.element_stream import current as current_element


@dataclass(frozen=True)
class Dropout(Operation):
    """Each element zero with probability `rate`, else times 1 / (1 - rate), by the state with its counter + `ahead`.

    Along axes of size 1 in `noise_shape` elements go together; None in it stands for the size of the inputs.
    """

    rate: float
    ahead: int
    noise_shape: tuple[int | None, ...] | None = None
    takes_over = (0,)
    keeps = (1,)
    reads_start = True  # `ahead` makes up for it

    def infer(self, inputs: Spec, state: Spec) -> Spec:
        """Keep shape and dtype."""
        check_state("dropout", state)
        wanted = self.noise_shape or ()
        fits = [size in (None, 1, own) or own is None for size, own in zip(wanted, inputs.shape, strict=False)]
        if self.noise_shape is not None and (len(wanted) != len(inputs.shape) or not all(fits)):
            raise ValueError(
                f"dropout: noise_shape must have 1, None or the size of inputs for each axis of {inputs.shape}, "
                f"got {wanted}"
            )
        return inputs

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Draw the mask and apply it."""
        (values, state), (out,) = inputs, outputs
        if self.noise_shape is None:
            engine.dropout(values, out, self.rate, *place_in_stream(state, self.ahead))
            return
        sizes = zip(self.noise_shape, values.shape, strict=True)
        mask = np.ones(tuple(own if size is None else size for size, own in sizes), values.dtype)
        engine.dropout(mask, mask, self.rate, *place_in_stream(state, self.ahead))
        with np.errstate(invalid="ignore"):  # said of infinities times 0
            np.multiply(values, mask, out=out)
        np.copyto(out, 0, where=mask == 0)  # NaN and infinities are dropped too

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
        element = current_element.get()
        if element is None:
            inputs[0][1:] += np.uint64(1)
        else:
            element.advance()


def check_state(name: str, state: Spec) -> None:
    """Refuse a state that is not uint64[2].

    Raises:
        ValueError: naming the operation `name`.
    """
    if state != Spec((2,), np.dtype(np.uint64)):
        raise ValueError(f"{name}: state must be uint64[2], the seed and the counter, got {state}")


def place_in_stream(state: np.ndarray, ahead: int) -> tuple[int, int]:
    """Give the seed and the counter, the latter moved on by `ahead`; the largest integer is followed by 0.

    While an element of a data set is made, the counter is the element's instead of the state's.
    """
    seed, counter = state.tolist()
    element = current_element.get()
    return seed, ((counter if element is None else element.counter) + ahead) % 2**64


def writes_before(state: Any) -> int:
    """Count how often the trace in progress has advanced a state: its counter changes only at the end of each run."""
    recording = current.get()
    return recording.writes_to(state) if recording is not None and isinstance(state, Variable) else 0


def dropout(inputs: Any, rate: float, state: Any, noise_shape: Sequence[int | None] | None = None) -> Any:
    """Zero elements at random, and scale the others so that the mean stays the same.

    The same state gives the same mask, in the gradient too; `advance` it for the next one.

    Args:
        inputs: array or tensor of any shape.
        rate: the probability of zero, from 0 to less than 1.
        state: Variable uint64[2] of a seed and a counter.
        noise_shape: by axis, 1 where elements are dropped together, else None or the size; None: each by itself.

    Returns:
        The same shape, float32 or float64.

    Raises:
        ValueError: if rate, state or noise_shape is not of this kind.
        TypeError: if rate is no number, or noise_shape holds no integers.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.dropout(np.ones(4, "float32"), 0.0, np.array([7, 0], "uint64"))
        array([1., 1., 1., 1.], dtype=float32)
    """
    share = number("dropout", "rate", rate)
    if not 0 <= share < 1:
        raise ValueError(f"dropout: rate must be at least 0 and less than 1, got {rate}")
    shape = None if noise_shape is None else integers("dropout", "noise_shape", noise_shape, missing=True)
    return Dropout(share, writes_before(state), shape)(inputs, state)


def advance(state: Variable) -> None:
    """Count a dropout's state one further; inside a trace, at the end of each run.

    Args:
        state: the Variable given to `dropout`.
    """
    Advance()(state)
