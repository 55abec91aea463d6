"""Smooth functions of each element that the engine computes in float32, in one pass forward and one backward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from convolith.engine import curve as engine
from convolith.graph.operation import Again, Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arithmetic import multiply
from convolith.ops.elementwise import Unary


class Curve(Unary):
    """A function of each element. Its derivatives are of x or, with `by_result`, of the result."""

    curve: ClassVar[str]
    """The engine's name of it."""
    by_result: ClassVar[bool] = False

    @property
    def numbers(self) -> tuple[float, ...]:
        """What the engine asks for besides x."""
        return ()

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Go by the engine in float32."""
        if outputs[0].dtype == np.float32:
            return engine.curve(self.curve, inputs[0], outputs[0], self.numbers)
        self.compute_exactly(inputs[0], outputs[0])
        return None

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by the slope."""
        return (CurveGradient(self)(upstreams[0], node.outputs[0] if self.by_result else node.inputs[0]),)

    def compute_exactly(self, x: np.ndarray, out: np.ndarray) -> None:
        """Compute in float64; `out` may be x."""
        self.function(x, out=out)

    def gradient_exactly(self, upstream: np.ndarray, at: np.ndarray, out: np.ndarray) -> None:
        """Multiply the upstream by the slope in float64; `out` may be one of them."""
        np.multiply(upstream, self.slope(at), out=out)

    def slope(self, at: Any) -> Any:
        """Give the derivative by x, as other operations make it."""
        raise NotImplementedError

    def bend(self, at: Any) -> Any:
        """Give the derivative of `slope` by its argument."""
        raise NotImplementedError


@dataclass(frozen=True)
class CurveGradient(Operation):
    """The upstream times the slope of a curve."""

    of: Curve
    takes_over = (0, 1)

    def infer(self, upstream: Spec, at: Spec) -> Spec:
        """Keep shape and dtype."""
        return upstream

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Go by the engine in float32."""
        upstream, at = inputs
        if upstream.dtype == np.float32:
            return engine.curve_gradient(self.of.curve, upstream, at, outputs[0], self.of.numbers)
        self.of.gradient_exactly(upstream, at, outputs[0])
        return None

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply again; and by the upstream and the slope's own slope."""
        upstream, at = node.inputs
        return self(upstreams[0], at), multiply(upstreams[0] * upstream, self.of.bend(at))  # type: ignore[operator]
