"""Functions that draw what they do, anew in each run, and so cannot be recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.image.draw import check_state, pending, stream
from convolith.ops.vjp import vjp

Function = Callable[[Any, np.random.Generator], Any]
"""A function of a batch of images, array or tensor, and of a generator, that keeps shape and dtype."""


@dataclass(frozen=True)
class Drawn(Operation):
    """What a function gives by the generator of the state with its counter + `ahead`."""

    function: Function
    ahead: int
    keeps = (1,)
    reads_start = True  # `ahead` makes up for it

    def infer(self, images: Spec, state: Spec) -> Spec:
        """Keep the shape."""
        check_state(self.name, state)
        return images

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Call the function."""
        images, state = inputs
        outputs[0][...] = self.function(images, stream(state, self.ahead))

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Differentiate what the same numbers make the function do."""
        images, state = node.inputs
        return DrawnGradient(self.function, self.ahead)(upstreams[0], images, state), None


@dataclass(frozen=True)
class DrawnGradient(Operation):
    """The gradient of `Drawn` by the images."""

    function: Function
    ahead: int
    keeps = (2,)
    reads_start = True

    def infer(self, upstream: Spec, images: Spec, state: Spec) -> Spec:
        """Give the shape of the images."""
        return images

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Record what the function does this time, and pull back."""
        upstream, images, state = inputs
        _, pullback = vjp(lambda values: self.function(values, stream(state, self.ahead)), images)
        outputs[0][...] = pullback(upstream)[0]


def by_draw(function: Function, images: Any, state: Any) -> Any:
    """Call a function that decides by numbers that it draws; in a trace, anew in each run.

    Differentiable as the function is, once.

    Args:
        function: of images and a numpy.random.Generator, which keeps shape and dtype; it decides by nothing else.
        images: array or tensor (n, h, w, c) or (n, c, h, w).
        state: Variable or array uint64[2] of a seed and a counter; `ops.dropout.advance` it for the next draw.

    Returns:
        The shape of images, float32 or float64.

    Raises:
        ValueError: if state is not of this kind.
    """
    return Drawn(function, pending(state))(images, state)
