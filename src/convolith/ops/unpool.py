"""Max pooling that tells where the maxima were, and its inverse, which puts them back there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.engine import pool as engine
from convolith.graph.operation import Again, Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.layout import as_came, channels_last
from convolith.ops.pool import MaxPool, Pool
from convolith.ops.pool_windows import images_of, over_windows, pool_padding
from convolith.ops.window import LIMIT, Sizes, operand, per_axis


class MaxPoolIndices(Pool):
    """Which pixel of its image each window's maximum is; its gradient is zero."""

    def infer(self, inputs: Spec) -> Spec:
        """Give integers."""
        return Spec(super().infer(inputs).shape, np.dtype(np.int64))

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Search."""
        (images,) = inputs
        return engine.max_pool_indices(self.windows.geometry(images.shape, "inside"), images, outputs[0])

    def scratch(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Ask the engine."""
        assert inputs[0] is not None
        return engine.pool_scratch(self.windows.geometry(inputs[0].shape, "inside"))

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Stop."""
        return (None,)


@dataclass(frozen=True)
class MaxUnpool(Operation):
    """Zeros but for the inputs, each at the pixel that its index tells; the last, where several tell the same."""

    output_size: Sizes
    keeps = (1,)

    def infer(self, inputs: Spec, indices: Spec) -> Spec:
        """Give images of the output's size."""
        if indices.dtype.kind not in "iu":
            raise TypeError(f"max_unpool: indices must be integers, got {indices.dtype}")
        if indices.shape != inputs.shape:
            raise ValueError(
                f"max_unpool: indices must have the shape of inputs, got {as_came(indices.shape)} with "
                f"{as_came(inputs.shape)}"
            )
        return Spec((inputs.shape[0], *self.output_size, inputs.shape[-1]), inputs.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Scatter."""
        (pooled, indices), images = inputs, _rows(outputs[0])
        if indices.size and not 0 <= indices.min() <= indices.max() < images.shape[1]:
            raise ValueError(
                f"max_unpool: indices must be from 0 to {images.shape[1] - 1}, the last pixel of output_size "
                f"{self.output_size}, got {indices.min()} to {indices.max()}"
            )
        images[...] = 0
        np.put_along_axis(images, _rows(indices), _rows(pooled), axis=1)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Take the upstream from where the inputs went."""
        return MaxUnpoolGradient(self)(upstreams[0], node.inputs[1]), None


@dataclass(frozen=True)
class MaxUnpoolGradient(Operation):
    """The adjoint of unpooling as a function of its inputs: those that another one has replaced get nothing."""

    unpool: MaxUnpool
    keeps = (1,)

    def infer(self, upstream: Spec, indices: Spec) -> Spec:
        """Give the shape of the inputs."""
        return Spec(indices.shape, upstream.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Gather, after having unpooled the inputs' own numbers to see which of them last."""
        (upstream, indices), out = (_rows(array) for array in inputs), _rows(outputs[0])
        numbers = np.arange(indices.shape[1])[:, None]
        last = np.empty(upstream.shape, np.intp)
        np.put_along_axis(last, indices, numbers, axis=1)
        replaced = np.take_along_axis(last, indices, axis=1) != numbers
        np.copyto(out, np.take_along_axis(upstream, indices, axis=1))
        np.copyto(out, 0, where=replaced)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Unpool: the adjoint of the adjoint."""
        return self.unpool(upstreams[0], node.inputs[1]), None


def max_pool_with_indices(
    inputs: Any,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str | Sequence[Sequence[int]] = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
    ceil_mode: bool = False,
) -> tuple[Any, Any]:
    """Take the largest of each window of images, and tell where it is; arguments and errors as in `max_pool`.

    Returns:
        What `max_pool` gives; and an array or tensor of the same shape, int64: the number of the pixel in its image,
        counted from 0 along the last spatial axis first, without batch and channels: y * w + x in two dimensions, as
        in torch. (TensorFlow counts channels, too.) Of equal ones it is the first, as it is with NaN.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> values, indices = ops.max_pool_with_indices(np.array([[[3.0], [1.0], [2.0], [4.0]]]), 2)
        >>> values[0, :, 0], indices[0, :, 0]
        (array([3., 4.]), array([0, 3]))
    """
    window = pool_size, strides, padding, dilation_rate, ceil_mode
    values = over_windows("max_pool_with_indices", MaxPool, inputs, data_format, *window)
    return values, over_windows("max_pool_with_indices", MaxPoolIndices, inputs, data_format, *window)


def max_unpool(
    inputs: Any,
    indices: Any,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str | Sequence[Sequence[int]] = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
    output_size: int | Sequence[int] | None = None,
) -> Any:
    """Put the results of `max_pool_with_indices` back where they came from, among zeros.

    Where several go to the same pixel, as those of overlapping windows may, the last stays and gets the gradient.

    Args:
        inputs: array or tensor (n, w, c), (n, h, w, c) or (n, d, h, w, c); (n, c, ...) with data_format
            "channels_first".
        indices: array or tensor of integers, of the same shape: for each input the number of its pixel in the image,
            y * w + x in two dimensions.
        pool_size: the window that they were pooled with, as in `max_pool`, like the others up to dilation_rate.
        strides: pixels from one window to the next; by default pool_size.
        padding: "valid", "same" or explicit pairs.
        data_format: "channels_last" (the default) or "channels_first".
        dilation_rate: pixels from one element of the window to the next.
        output_size: the spatial sizes of the images that were pooled. None is what the windows span without the
            padding, with "same" the largest.

    Returns:
        Images of output_size in the data format, float32 or float64.

    Raises:
        ValueError: if the shapes differ, an index is outside the image, output_size is a stride or more off the
            default, a size is not below 2 ** 31, or an argument has no such value.
        TypeError: if the indices are no integers, or an argument is of another type.

    Source:
        torch.nn.functional.max_unpool2d.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.max_unpool(np.array([[[3.0], [4.0]]]), np.array([[[0], [3]]]), 2)[0, :, 0]
        array([3., 0., 0., 4.])
    """
    name = "max_unpool"
    inputs, indices = images_of(name, inputs), operand(name, "indices", indices)
    rank = inputs.ndim - 2
    size = per_axis(name, "pool_size", pool_size, rank)
    steps = size if strides is None else per_axis(name, "strides", strides, rank)
    rates = per_axis(name, "dilation_rate", dilation_rate, rank)
    wanted = None if output_size is None else per_axis(name, "output_size", output_size, rank)
    if indices.ndim != inputs.ndim:
        raise ValueError(f"{name}: indices must have the shape of inputs, got {indices.shape} with {inputs.shape}")

    def unpool(pooled: Any, places: Any) -> Any:
        around = pool_padding(name, padding, pooled.shape[1:-1], size, steps, rates)
        same = isinstance(padding, str) and padding.lower() == "same"
        usual, largest = [], []
        for count, pool, step, rate, pads in zip(pooled.shape[1:-1], size, steps, rates, around, strict=True):
            usual.append(count * step if same else (count - 1) * step + rate * (pool - 1) + 1 - sum(pads))
            largest.append(usual[-1] + (0 if same else step - 1))
        found = tuple(usual) if wanted is None else wanted
        least = [max(one - step + 1, 1) for one, step in zip(usual, steps, strict=True)]
        if not all(low <= one <= high for low, one, high in zip(least, found, largest, strict=True)):
            raise ValueError(
                f"{name}: output_size must be from {tuple(least)} to {tuple(largest)} for inputs of shape "
                f"{as_came(pooled.shape)}, pool_size {size}, strides {steps}, padding {padding!r} and dilation_rate "
                f"{rates}, got {output_size if wanted else found}"
            )
        if max(found) >= LIMIT:
            raise ValueError(
                f"{name}: pool_size and strides must be so small that sizes are below 2 ** 31, got {size} and {steps} "
                f"for inputs of shape {as_came(pooled.shape)}"
            )
        return MaxUnpool(found)(pooled, places)

    return channels_last(name, data_format, unpool, inputs, indices)


def _rows(images: np.ndarray) -> np.ndarray:
    """View (n, spatial axes, c) as (n, pixels, c)."""
    return images.reshape(len(images), math.prod(images.shape[1:-1]), images.shape[-1])
