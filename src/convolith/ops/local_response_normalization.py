"""Local response normalisation: each channel divided by the strength of its neighbours."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import positive
from convolith.ops.arithmetic import square
from convolith.ops.exponential import power
from convolith.ops.window import channels_last, operand


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
        TypeError: if depth_radius or size is no integer.

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
        raise ValueError(f"{name}: inputs must have 4 axes (batch, height, width, channels), came shape {inputs.shape}")
    bias = positive(name, "bias", bias)
    before = after = operator.index(depth_radius)
    if size is not None:
        before, after = operator.index(size) // 2, (operator.index(size) - 1) // 2
    if min(before, after) < 0:
        argument, value = ("depth_radius", depth_radius) if size is None else ("size", size)
        raise ValueError(f"{name}: {argument} must be at least {0 if size is None else 1}, came {value}")

    def normalize(images: Any) -> Any:
        return images * power(bias + alpha * ChannelWindowSum(before, after)(square(images)), -beta)

    return channels_last(name, data_format, normalize, inputs)
