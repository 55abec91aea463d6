"""Pooling of whole images."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.adaptive_pool import to_size
from convolith.ops.arguments import flag
from convolith.ops.arithmetic import add
from convolith.ops.pool import AveragePool, MaxPool
from convolith.ops.pool_windows import AdaptiveWindow
from convolith.ops.shape import reshape


@dataclass(frozen=True)
class PlaceChannels(Operation):
    """Zeros of `total` channels but for x, which begins at channel `begin`."""

    begin: int
    total: int

    def infer(self, x: Spec) -> Spec:
        """Give the total channels."""
        return Spec((*x.shape[:-1], self.total), x.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Copy."""
        outputs[0].fill(0)
        outputs[0][..., self.begin : self.begin + inputs[0].shape[-1]] = inputs[0]

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Take x's channels."""
        (x,) = node.inputs
        assert x is not None
        return (TakeChannels(self.begin, x.shape[-1])(upstreams[0]),)


@dataclass(frozen=True)
class TakeChannels(Operation):
    """`count` channels from `begin` on."""

    begin: int
    count: int

    def infer(self, x: Spec) -> Spec:
        """Give the channels taken."""
        return Spec((*x.shape[:-1], self.count), x.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Copy."""
        np.copyto(outputs[0], inputs[0][..., self.begin : self.begin + self.count])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Place them among zeros."""
        (x,) = node.inputs
        assert x is not None
        return (PlaceChannels(self.begin, x.shape[-1])(upstreams[0]),)


def global_average_pool(inputs: Any, data_format: str | None = None, keepdims: bool = False) -> Any:
    """Take the mean of each image, channel by channel.

    Args:
        inputs: array or tensor (n, w, c), (n, h, w, c) or (n, d, h, w, c); (n, c, ...) with data_format
            "channels_first".
        data_format: "channels_last" (the default) or "channels_first".
        keepdims: whether the spatial axes stay, with size 1.

    Returns:
        The means (n, c), float32 or float64; with keepdims in the data format.

    Raises:
        ValueError: if the images have no pixels, or an argument has no such value.
        TypeError: if inputs is None, or keepdims neither True nor False.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.global_average_pool(np.array([[[3.0, 0.0], [1.0, 2.0]]]))
        array([[2., 1.]])
    """
    return _to_one("global_average_pool", AveragePool, inputs, data_format, keepdims)


def global_max_pool(inputs: Any, data_format: str | None = None, keepdims: bool = False) -> Any:
    """Take the largest of each image, channel by channel; arguments as in `global_average_pool`.

    NaN passes through, and the first of equal ones gets the gradient.
    """
    return _to_one("global_max_pool", MaxPool, inputs, data_format, keepdims)


def global_concat_pool(inputs: Any, data_format: str | None = None, keepdims: bool = False) -> Any:
    """Take the mean and the largest of each image, channel by channel; arguments as in `global_average_pool`.

    Returns:
        (n, 2 c), the means and then the largest, float32 or float64; with keepdims in the data format.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.global_concat_pool(np.array([[[3.0, 0.0], [1.0, 2.0]]]))
        array([[2., 1., 3., 2.]])
    """

    def pool(windows: AdaptiveWindow) -> Callable[[Any], Any]:
        def beside(images: Any) -> Any:
            channels = images.shape[-1]
            means = PlaceChannels(0, 2 * channels)(AveragePool(windows)(images))
            return add(means, PlaceChannels(channels, 2 * channels)(MaxPool(windows)(images)))

        return beside

    return _to_one("global_concat_pool", pool, inputs, data_format, keepdims)


def _to_one(
    name: str,
    operation: Callable[[AdaptiveWindow], Callable[[Any], Any]],
    inputs: Any,
    data_format: str | None,
    keepdims: bool,
) -> Any:
    kept = flag(name, "keepdims", keepdims)
    pooled = to_size(name, operation, inputs, 1, data_format)
    if kept:
        return pooled
    batch, *sizes = pooled.shape
    return reshape(pooled, (-1 if batch is None else batch, math.prod(sizes)))
