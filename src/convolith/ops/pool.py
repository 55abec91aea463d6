"""Max and average pooling of images."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from convolith.engine import pool as engine
from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.window import Padding, Pair, channels_last, operand, output_sizes, pair, resolve_padding

geometry = lru_cache(maxsize=256)(engine.PoolGeometry)
"""The engine's description of a pooling, which is made once for the same shapes."""


@dataclass(frozen=True)
class Pool(Operation):
    """What the poolings have in common: how their window moves."""

    pool_size: Pair
    strides: Pair
    padding: Padding

    def infer(self, inputs: Spec) -> Spec:
        """Find the height and width of the result."""
        size = output_sizes(self.name, "pool_size", inputs.shape, self.pool_size, self.strides, self.padding)
        return Spec((inputs.shape[0], *size, inputs.shape[3]), inputs.dtype)

    def flops(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Count a comparison or an addition for each element of each window."""
        return math.prod(outputs[0].shape) * math.prod(self.pool_size)

    def footprint(self, inputs: Sequence[Spec | None]) -> tuple[Pair, Pair]:
        """Give the window's size and its strides."""
        return self.pool_size, self.strides


class MaxPool(Pool):
    """The largest of each window; what padding adds does not count."""

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Pool."""
        (images,) = inputs
        engine.max_pool(geometry(images.shape, self.pool_size, self.strides, self.padding), images, outputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Give each window's upstream to its first largest element."""
        return (MaxPoolGradient(self.pool_size, self.strides, self.padding)(node.inputs[0], upstreams[0]),)


@dataclass(frozen=True)
class MaxPoolGradient(Operation):
    """The gradient of max pooling by its inputs."""

    pool_size: Pair
    strides: Pair
    padding: Padding

    def infer(self, inputs: Spec, upstream: Spec) -> Spec:
        """Give the shape of the inputs."""
        return inputs

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Scatter the upstream."""
        images, upstream = inputs
        engine.max_pool_gradient(
            geometry(images.shape, self.pool_size, self.strides, self.padding), images, upstream, outputs[0]
        )


@dataclass(frozen=True)
class AveragePool(Pool):
    """The mean of each window, over the elements inside the image unless `count_include_pad`."""

    count_include_pad: bool = False

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Pool."""
        (images,) = inputs
        engine.average_pool(self.geometry(images.shape), images, outputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Spread each window's upstream equally."""
        (inputs,) = node.inputs
        assert inputs is not None
        return (AveragePoolGradient(self, inputs.shape)(upstreams[0]),)

    def geometry(self, inputs: tuple[int, ...]) -> engine.PoolGeometry:
        """Describe the pooling of a concrete shape to the engine."""
        return geometry(inputs, self.pool_size, self.strides, self.padding, self.count_include_pad)


@dataclass(frozen=True)
class AveragePoolGradient(Operation):
    """The adjoint of average pooling, to inputs of shape `inputs_shape`."""

    pool: AveragePool
    inputs_shape: tuple[Any, ...]

    def infer(self, upstream: Spec) -> Spec:
        """Give the shape of the inputs."""
        return Spec(self.inputs_shape, upstream.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Spread the upstream."""
        engine.average_pool_gradient(self.pool.geometry(outputs[0].shape), inputs[0], outputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Pool: the adjoint of the adjoint."""
        return (self.pool(upstreams[0]),)


def max_pool(
    inputs: Any,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str | Sequence[Sequence[int]] = "valid",
    data_format: str | None = None,
) -> Any:
    """Take the largest of each window of images.

    Args:
        inputs: array or tensor (n, h, w, c); (n, c, h, w) with data_format "channels_first".
        pool_size: height and width of the window.
        strides: pixels from one window to the next, down and across; by default pool_size.
        padding: "valid", "same", or ((top, bottom), (left, right)), each smaller than pool_size; none of it is
            ever the largest.
        data_format: "channels_last" (the default) or "channels_first".

    Returns:
        (n, oh, ow, c) in the data format, float32 or float64; oh is (h + top + bottom - pool_size) // strides + 1.

    Raises:
        ValueError: if no window fits, or an argument has no such value.
        TypeError: if an argument is of another type.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.max_pool(np.arange(16, dtype="float32").reshape(1, 4, 4, 1), 2)[0, :, :, 0]
        array([[ 5.,  7.],
               [13., 15.]], dtype=float32)
    """
    return _pool("max_pool", MaxPool, inputs, pool_size, strides, padding, data_format)


def average_pool(
    inputs: Any,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str | Sequence[Sequence[int]] = "valid",
    data_format: str | None = None,
    count_include_pad: bool = False,
) -> Any:
    """Take the mean of each window of images.

    Args:
        inputs: as in `max_pool`.
        pool_size: as in `max_pool`.
        strides: as in `max_pool`.
        padding: as in `max_pool`.
        data_format: as in `max_pool`.
        count_include_pad: whether zeros that padding adds count as elements; with "same" they never do.

    Returns:
        As `max_pool` does.

    Raises:
        ValueError: if no window fits, or an argument has no such value.
        TypeError: if an argument is of another type.
    """
    count = bool(count_include_pad) and not isinstance(padding, str)

    def operation(size: Pair, steps: Pair, around: Padding) -> Operation:
        return AveragePool(size, steps, around, count)

    return _pool("average_pool", operation, inputs, pool_size, strides, padding, data_format)


def _pool(
    name: str,
    operation: Callable[..., Operation],
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: Any,
    data_format: str | None,
) -> Any:
    inputs = operand(name, "inputs", inputs)
    if inputs.ndim != 4:
        raise ValueError(f"{name}: inputs must have 4 axes (batch, height, width, channels), came shape {inputs.shape}")
    size = pair(name, "pool_size", pool_size)
    steps = size if strides is None else pair(name, "strides", strides)

    def pool(images: Any) -> Any:
        around = resolve_padding(name, padding, images.shape[1:3], size, steps)
        if any(max(pads) >= extent for pads, extent in zip(around, size, strict=True)):
            raise ValueError(f"{name}: padding must be smaller than pool_size {size}, came {padding!r}")
        return operation(size, steps, around)(images)

    return channels_last(name, data_format, pool, inputs)
