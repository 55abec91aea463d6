"""Max, min and average pooling of images with one to three spatial axes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from convolith.engine import pool as engine
from convolith.graph.operation import Again, Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import flag
from convolith.ops.arithmetic import negative
from convolith.ops.conversion import float_operand
from convolith.ops.pool_windows import MovingWindow, Windows, over_windows
from convolith.ops.relu import ReluGradient
from convolith.ops.window import Sizes


@dataclass(frozen=True)
class Pool(Operation):
    """What the poolings have in common: their windows."""

    windows: Windows

    def infer(self, inputs: Spec) -> Spec:
        """Find the spatial sizes of the result."""
        size = self.windows.output_sizes(self.name, inputs.shape)
        return Spec((inputs.shape[0], *size, inputs.shape[-1]), inputs.dtype)

    def flops(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Count a comparison or an addition for each element of each window."""
        assert inputs[0] is not None
        if isinstance(self.windows, MovingWindow):
            return math.prod(outputs[0].shape) * math.prod(self.windows.pool_size)
        return math.prod(inputs[0].shape)  # windows that share the image out

    def footprint(self, inputs: Sequence[Spec | None]) -> tuple[Sizes, Sizes] | None:
        """Give the window's extent and its strides, where it has them."""
        window = self.windows
        if not isinstance(window, MovingWindow):
            return None
        sizes = zip(window.pool_size, window.dilation_rate, strict=True)
        return tuple(step * (size - 1) + 1 for size, step in sizes), window.strides


class MaxPool(Pool):
    """The largest of each window; what padding adds does not count."""

    def scratch(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Ask the engine."""
        assert inputs[0] is not None
        return engine.pool_scratch(self.windows.geometry(inputs[0].shape, "inside"))

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Pool."""
        (images,) = inputs
        return engine.max_pool(self.windows.geometry(images.shape, "inside"), images, outputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Give each window's upstream to its first largest element."""
        return (MaxPoolGradient(self.windows)(node.inputs[0], upstreams[0]),)

    def padded(self, spatial: Sequence[Sequence[int]]) -> MaxPool | None:
        """Give the pooling of images that have no such zeros around them yet, if no window lies in the zeros alone."""
        window = self.windows
        if not isinstance(window, MovingWindow) or window.ceil_mode or max(window.dilation_rate) > 1:
            return None
        pairs = zip(window.padding, spatial, strict=True)
        around = tuple((one[0] + other[0], one[1] + other[1]) for one, other in pairs)
        fits = all(max(pads) < size for pads, size in zip(around, window.pool_size, strict=True))
        return replace(self, windows=replace(window, padding=around)) if fits else None


@dataclass(frozen=True)
class MaxPoolGradient(Operation):
    """The gradient of max pooling by its inputs, or by what they were before relu."""

    windows: Windows
    rectified: bool = False

    def infer(self, inputs: Spec, upstream: Spec) -> Spec:
        """Give the shape of the inputs."""
        return inputs

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Scatter the upstream."""
        images, upstream = inputs
        geometry = self.windows.geometry(images.shape, "inside")
        return engine.max_pool_gradient(geometry, images, upstream, outputs[0], self.rectified)

    def scratch(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Ask the engine."""
        return engine.pool_scratch(self.windows.geometry(outputs[0].shape, "inside"))

    def fuse(self, node: Node, reader: Node) -> tuple[Operation, tuple[Tensor | None, ...]] | None:
        """Take the gradient of the relu that made the inputs along: it masks a window's largest, or nothing."""
        masks = type(reader.operation) is ReluGradient and reader.inputs == (node.outputs[0], node.inputs[0])
        return (replace(self, rectified=True), node.inputs) if masks else None


@dataclass(frozen=True)
class AveragePool(Pool):
    """The sum of each window, divided by its pixels "inside" the image, by those of the "padded" image, or by "one"."""

    divisor: str = "inside"

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Pool."""
        (images,) = inputs
        return engine.average_pool(self.windows.geometry(images.shape, self.divisor), images, outputs[0])

    def scratch(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Ask the engine."""
        assert inputs[0] is not None
        return engine.pool_scratch(self.windows.geometry(inputs[0].shape, self.divisor))

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Spread each window's upstream equally."""
        (inputs,) = node.inputs
        assert inputs is not None
        return (AveragePoolGradient(self, inputs.shape)(upstreams[0]),)


@dataclass(frozen=True)
class AveragePoolGradient(Operation):
    """The adjoint of average pooling, to inputs of shape `inputs_shape`."""

    pool: AveragePool
    inputs_shape: tuple[Any, ...]

    def infer(self, upstream: Spec) -> Spec:
        """Give the shape of the inputs."""
        return Spec(self.inputs_shape, upstream.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Spread the upstream."""
        (out,) = outputs
        return engine.average_pool_gradient(self.pool.windows.geometry(out.shape, self.pool.divisor), inputs[0], out)

    def scratch(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Ask the engine."""
        return engine.pool_scratch(self.pool.windows.geometry(outputs[0].shape, self.pool.divisor))

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Pool: the adjoint of the adjoint."""
        return (self.pool(upstreams[0]),)


def max_pool(
    inputs: Any,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str | Sequence[Sequence[int]] = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
    ceil_mode: bool = False,
) -> Any:
    """Take the largest of each window of images.

    Args:
        inputs: array or tensor (n, w, c), (n, h, w, c) or (n, d, h, w, c); (n, c, ...) with data_format
            "channels_first".
        pool_size: the window's size, an integer for all spatial axes or one for each.
        strides: pixels from one window to the next, likewise; by default pool_size.
        padding: "valid", "same", or a pair (before, after) for each spatial axis, such as ((top, bottom), (left,
            right)), each at most half of pool_size; none of it is ever the largest.
        data_format: "channels_last" (the default) or "channels_first".
        dilation_rate: pixels from one element of the window to the next, an integer or one for each spatial axis.
        ceil_mode: whether a last window that begins inside the image, or inside the padding before it, may reach past
            the end, as in torch.

    Returns:
        The largest, NaN where there is one, in the data format, float32 or float64; a spatial axis of size s becomes
        (s + before + after - dilation_rate * (pool_size - 1) - 1) // strides + 1. The first of equal ones gets the
        gradient.

    Raises:
        ValueError: if no window fits, one holds nothing of the image, or an argument has no such value.
        TypeError: if an argument is of another type.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.max_pool(np.arange(16, dtype="float32").reshape(1, 4, 4, 1), 2)[0, :, :, 0]
        array([[ 5.,  7.],
               [13., 15.]], dtype=float32)
    """
    window = pool_size, strides, padding, dilation_rate, ceil_mode
    return over_windows("max_pool", MaxPool, inputs, data_format, *window)


def min_pool(
    inputs: Any,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str | Sequence[Sequence[int]] = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
    ceil_mode: bool = False,
) -> Any:
    """Take the smallest of each window of images; arguments, result and errors as in `max_pool`.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.min_pool(np.array([[[3.0], [1.0], [2.0], [4.0]]]), 2)[0, :, 0]
        array([1., 2.])
    """

    def pool(window: MovingWindow) -> Callable[[Any], Any]:
        # Integers have no opposites within their dtype: of bytes none, of others the least.
        return lambda images: negative(MaxPool(window)(negative(float_operand("min_pool", "inputs", images))))

    return over_windows("min_pool", pool, inputs, data_format, pool_size, strides, padding, dilation_rate, ceil_mode)


def average_pool(
    inputs: Any,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str | Sequence[Sequence[int]] = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """Take the mean of each window of images; what is not said here is as in `max_pool`.

    Args:
        inputs: images.
        pool_size: the window's size.
        strides: pixels from one window to the next.
        padding: "valid", "same" or explicit pairs.
        data_format: "channels_last" (the default) or "channels_first".
        dilation_rate: pixels from one element of the window to the next.
        ceil_mode: whether a last window may reach past the end; what lies there never counts.
        count_include_pad: whether the zeros of an explicit padding count as elements; those of "same" never do.

    Returns:
        The means, float32 or float64.

    Raises:
        ValueError: as in `max_pool`, and if a window is larger than the volumes inside of an explicit padding.
        TypeError: likewise.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.average_pool(np.array([[[3.0], [1.0], [2.0], [4.0]]]), 2)[0, :, 0]
        array([2., 3.])
    """
    counted = flag("average_pool", "count_include_pad", count_include_pad) and not isinstance(padding, str)
    divisor = "padded" if counted else "inside"

    same = isinstance(padding, str) and padding.lower() == "same"

    def pool(window: MovingWindow) -> Callable[[Any], Any]:
        def average(images: Any) -> Any:
            if not same:
                window.check_volumes("average_pool", images.shape, ((0, 0),) * len(window.padding))
            return AveragePool(window, divisor)(images)

        return average

    return over_windows(
        "average_pool", pool, inputs, data_format, pool_size, strides, padding, dilation_rate, ceil_mode
    )
