"""Which images of a batch are mixed, and how: as a function of a seed and a counter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.image.draw import check_state, pending, stream


@dataclass(frozen=True)
class Mix(Operation):
    """A weight for each image, and the number of its partner, by the state with its counter + `ahead`."""

    low: float
    high: float
    ahead: int
    keeps = (0, 1)
    reads_start = True  # `ahead` makes up for it

    def infer(self, images: Spec, state: Spec) -> tuple[Spec, Spec]:
        """Give two numbers to each image."""
        check_state("mix", state)
        shape = images.shape[:1]
        return Spec(shape, np.result_type(images.dtype, np.float32)), Spec(shape, np.dtype(np.int64))

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Draw the distribution's parameter, the weights, and the order."""
        (_, state), (weights, partners) = inputs, outputs
        numbers = stream(state, self.ahead)
        alpha = self.low + (self.high - self.low) * numbers.random()
        weights[...] = numbers.beta(alpha, alpha, weights.shape)
        partners[...] = numbers.permutation(len(partners))

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Stop: no pixel counts."""
        return None, None


def mix(images: Any, alpha: tuple[float, float], state: Any) -> tuple[Any, Any]:
    """Draw a weight from Beta(alpha, alpha) for each image, and a partner: the images in random order.

    Args:
        images: array or tensor (n, ...), of which only n counts.
        alpha: the range that the distribution's parameter is drawn from, once a call, above 0.
        state: Variable uint64[2] of a seed and a counter.

    Returns:
        (n,) float32 or float64 in [0, 1], and (n,) int64, each image's number once.

    Raises:
        ValueError: if state is not of this kind.
    """
    return Mix(float(alpha[0]), float(alpha[1]), pending(state))(images, state)
