"""What convolutions and transposed ones have in common: their arguments, and how the kernel moves over the images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from convolith.engine.conv_geometry import ConvGeometry
from convolith.graph.tensor import Spec
from convolith.ops.conversion import float_operand
from convolith.ops.window import Padding, Sizes, per_axis

geometry = lru_cache(maxsize=256)(ConvGeometry)
"""The engine's description of a convolution, which is made once for the same shapes."""


@dataclass(frozen=True)
class Window:
    """How the kernel moves: what a convolution and its gradients have in common."""

    strides: Sizes
    padding: Padding
    dilation_rate: Sizes
    groups: int

    def geometry(self, inputs: tuple[int, ...], kernel: tuple[int, ...]) -> ConvGeometry:
        """Describe the convolution of concrete shapes to the engine."""
        return geometry(inputs, kernel, self.strides, self.padding, self.dilation_rate, self.groups)

    def padded(self, spatial: Sequence[Sequence[int]]) -> Window:
        """Give the window on images that have no zeros around them any more."""
        pairs = zip(self.padding, spatial, strict=True)
        return replace(self, padding=tuple((one[0] + other[0], one[1] + other[1]) for one, other in pairs))

    def extent(self, kernel: Spec | None) -> Sizes:
        """Count the pixels that the kernel spans along each axis."""
        assert kernel is not None
        return tuple(step * (size - 1) + 1 for size, step in zip(kernel.shape[:-2], self.dilation_rate, strict=True))


def check_batch(name: str, inputs: Any, kernel: Any) -> None:
    """Raise ValueError where images have an axis less than the kernel tells: most likely that of the batch."""
    if inputs.ndim == kernel.ndim - 1:
        raise ValueError(
            f"{name}: inputs must have {kernel.ndim} axes (batch, {kernel.ndim - 2} spatial, channels) for a kernel of "
            f"shape {kernel.shape}, got shape {inputs.shape}"
        )


def conv_arguments(
    name: str, channels: str, inputs: Any, kernel: Any, strides: Any, dilation_rate: Any, groups: Any
) -> tuple[Any, Any, Sizes, Sizes, int]:
    """Check what a convolution and a transposed one have in common, and make it explicit.

    Args:
        name: the operation's name, for the messages.
        channels: what the kernel's last two axes are, likewise.
        inputs: an array or tensor.
        kernel: an array or tensor.
        strides: an integer or one a spatial axis.
        dilation_rate: an integer or one a spatial axis.
        groups: an integer.

    Raises:
        ValueError: if an argument has no such value.
        TypeError: if an argument is of another type.
    """
    inputs, kernel = float_operand(name, "inputs", inputs), float_operand(name, "kernel", kernel)
    rank = inputs.ndim - 2
    if not 1 <= rank <= 3:
        raise ValueError(
            f"{name}: inputs must have 3, 4 or 5 axes (batch, spatial, channels), got shape {inputs.shape}"
        )
    check_batch(name, inputs, kernel)
    if kernel.ndim != rank + 2 or 0 in kernel.shape:
        raise ValueError(
            f"{name}: kernel must have {rank + 2} axes ({rank} spatial, {channels}), none of them empty, for inputs of "
            f"shape {inputs.shape}; got shape {kernel.shape}"
        )
    if isinstance(groups, bool) or not isinstance(groups, (int, np.integer)) or groups < 1:
        raise ValueError(f"{name}: groups must be a positive integer, got {groups!r}")
    steps, dilation = per_axis(name, "strides", strides, rank), per_axis(name, "dilation_rate", dilation_rate, rank)
    return inputs, kernel, steps, dilation, int(groups)
