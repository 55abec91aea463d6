"""Local response normalisation: each channel divided by the strength of its neighbours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.engine import local_response_normalization as engine
from convolith.graph.operation import Again, Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import integer, number, positive
from convolith.ops.arithmetic import add, multiply, square
from convolith.ops.exponential import power
from convolith.ops.layout import channels_last
from convolith.ops.window import LIMIT, operand


@dataclass(frozen=True)
class ChannelWindowSum(Operation):
    """The sum over a window of channels: `before` and `after` the channel, as far as there are any."""

    before: int
    after: int

    def infer(self, x: Spec) -> Spec:
        """Keep the shape."""
        return x

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Add the array to itself, shifted."""
        (x,), (total,) = inputs, outputs
        channels = x.shape[-1]
        np.copyto(total, x)
        for shift in range(1, min(self.before, channels - 1) + 1):
            total[..., shift:] += x[..., :-shift]
        for shift in range(1, min(self.after, channels - 1) + 1):
            total[..., :-shift] += x[..., shift:]

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Sum over the mirrored window."""
        return (ChannelWindowSum(self.after, self.before)(upstreams[0]),)


@dataclass(frozen=True)
class LocalResponseNormalization(Operation):
    """x * strength ** -beta, where the strength is bias + alpha * the sum of squares over a window of channels."""

    before: int
    after: int
    bias: float
    alpha: float
    beta: float
    takes_over = (0,)

    def infer(self, x: Spec) -> Spec:
        """Keep the shape."""
        return x

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Normalise."""
        return engine.normalize_response(inputs[0], *self.numbers, outputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Take both ways that an element counts: by itself, and by its neighbours' strengths."""
        return (LocalResponseNormalizationGradient(self)(upstreams[0], node.inputs[0]),)

    def scratch(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Ask the engine."""
        return self.working_memory(outputs[0], gradient=False)

    def flops(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Count the window's squares and sums, and the power as one."""
        return (2 * (self.before + self.after) + 5) * math.prod(outputs[0].shape)

    @property
    def numbers(self) -> tuple[int, int, float, float, float]:
        """What the engine asks for besides arrays."""
        return self.before, self.after, self.bias, self.alpha, self.beta

    def working_memory(self, images: Spec, gradient: bool) -> int:
        """Give the bytes that the engine takes."""
        size, itemsize = math.prod(images.shape), images.dtype.itemsize
        return engine.normalize_response_scratch(size, images.shape[-1], self.before, self.after, gradient, itemsize)


@dataclass(frozen=True)
class LocalResponseNormalizationGradient(Operation):
    """The gradient by x: upstream * strength ** -beta - 2 * alpha * beta * x * sum of shares over the mirrored window.

    An element's share is upstream * x * strength ** (-beta - 1).
    """

    of: LocalResponseNormalization
    takes_over = (0,)

    def infer(self, upstream: Spec, x: Spec) -> Spec:
        """Keep the shape."""
        return upstream

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Take both ways in one pass."""
        upstream, x = inputs
        return engine.normalize_response_gradient(upstream, x, *self.of.numbers, outputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Go back through the formula, whose window sums are each other's adjoints."""
        upstream, x = node.inputs
        assert upstream is not None and x is not None
        alpha, beta, given = self.of.alpha, self.of.beta, upstreams[0]
        window = ChannelWindowSum(self.of.before, self.of.after)
        mirrored = ChannelWindowSum(self.of.after, self.of.before)
        strength = self.of.bias + multiply(window(square(x)), alpha)
        weight = power(strength, -beta - 1)
        shares = multiply(multiply(upstream, x), weight)
        by_sum = -2 * alpha * beta * window(multiply(given, x))
        by_upstream = multiply(weight, add(multiply(given, strength), multiply(by_sum, x)))
        to_strength = multiply(multiply(given, upstream), weight) * -beta
        to_strength = add(to_strength, multiply(multiply(by_sum, shares), power(strength, -1)) * (-beta - 1))
        direct = multiply(multiply(given, mirrored(shares)), -2 * alpha * beta)
        own = multiply(multiply(by_sum, upstream), weight)
        return by_upstream, add(add(direct, own), multiply(mirrored(to_strength), x) * (2 * alpha))

    def scratch(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Ask the engine."""
        return self.of.working_memory(outputs[0], gradient=True)


def local_response_normalization(
    inputs: Any,
    depth_radius: int = 5,
    bias: float = 1.0,
    alpha: float = 1.0,
    beta: float = 0.5,
    data_format: str | None = None,
    size: int | None = None,
) -> Any:
    """Divide each element by a power of the sum of squares of its neighbours across channels.

    result[c] = inputs[c] * (bias + alpha * sum of inputs[j]^2 over |j - c| <= depth_radius) ** -beta, as TensorFlow has
    it. PyTorch's (size, alpha, beta, k) is the same with bias=k, alpha=alpha / size and the window's `size`.

    Args:
        inputs: array or tensor (n, h, w, c); (n, c, h, w) with data_format "channels_first".
        depth_radius: channels to each side, at least 0.
        bias: added to the sum, above 0.
        alpha: factor of the sum.
        beta: the exponent.
        data_format: "channels_last" (the default) or "channels_first".
        size: width of the window instead of depth_radius: size // 2 channels before, (size - 1) // 2 after.

    Returns:
        The shape and dtype of the inputs.

    Raises:
        ValueError: if inputs have not 4 axes, or an argument has no such value.
        TypeError: if depth_radius or size is no integer, or alpha or beta no number.

    Source:
        Krizhevsky, Sutskever and Hinton, NIPS 2012, section 3.3.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.local_response_normalization(np.array([[[[3.0, 0.0, 1.0]]]], "float32"), 1, beta=1.0).ravel().tolist()
        [0.30000001192092896, 0.0, 0.5]
    """
    name = "local_response_normalization"
    inputs = operand(name, "inputs", inputs)
    if inputs.ndim != 4:
        raise ValueError(f"{name}: inputs must have 4 axes (batch, height, width, channels), got shape {inputs.shape}")
    bias = positive(name, "bias", bias)
    before = after = integer(name, "depth_radius", depth_radius)
    if size is not None:
        width = integer(name, "size", size)
        before, after = width // 2, (width - 1) // 2
    if min(before, after) < 0:
        argument, value = ("depth_radius", depth_radius) if size is None else ("size", size)
        raise ValueError(f"{name}: {argument} must be at least {0 if size is None else 1}, got {value}")
    before, after = min(before, LIMIT), min(after, LIMIT)  # there are no more channels
    factor, exponent = number(name, "alpha", alpha), number(name, "beta", beta)
    normalize = LocalResponseNormalization(before, after, bias, factor, exponent)
    return channels_last(name, data_format, normalize, inputs)
