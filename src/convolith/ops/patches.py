"""The patches of images that a window sees, and their sum back into images, which is the adjoint."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.window import Padding, Sizes, output_sizes


@dataclass(frozen=True)
class Patches(Operation):
    """Lay out inputs (n, spatial axes, c) as (n, windows, elements of a window * c); padding adds zeros."""

    size: Sizes
    strides: Sizes
    padding: Padding
    dilation_rate: Sizes

    def infer(self, inputs: Spec) -> Spec:
        """Count the windows."""
        counts = output_sizes(
            self.name, "size", inputs.shape, self.size, self.strides, self.padding, self.dilation_rate
        )
        return Spec((inputs.shape[0], *counts, math.prod(self.size) * inputs.shape[-1]), inputs.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Copy, one element of the window for all windows at a time."""
        (images,) = inputs
        if any(map(any, self.padding)):
            outputs[0][...] = 0
        for patches, pixels in self.meeting(outputs[0], images):
            patches[...] = pixels

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Sum up."""
        (inputs,) = node.inputs
        assert inputs is not None
        return (PatchesSum(self, inputs.shape[1:])(upstreams[0]),)

    def meeting(self, patches: np.ndarray, images: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield for each element of the window the patches' part and the pixels that it meets, without the padding."""
        counts, channels = patches.shape[1:-1], images.shape[-1]
        for number, tap in enumerate(np.ndindex(*self.size)):
            to, at = [slice(None)], [slice(None)]
            for axis, count in enumerate(counts):
                step, begin = self.strides[axis], tap[axis] * self.dilation_rate[axis] - self.padding[axis][0]
                first = max(0, -(begin // step))
                last = max(first, min(count, (images.shape[1 + axis] - begin + step - 1) // step))
                to.append(slice(first, last))
                at.append(slice(begin + first * step, begin + last * step, step))
            to.append(slice(number * channels, (number + 1) * channels))
            yield patches[tuple(to)], images[tuple(at)]


@dataclass(frozen=True)
class PatchesSum(Operation):
    """Add up patches where they lie in images of `inputs_shape`, without the batch: the adjoint of `patches`."""

    patches: Patches
    inputs_shape: tuple[int, ...]

    def infer(self, upstream: Spec) -> Spec:
        """Give the shape of the images."""
        return Spec((upstream.shape[0], *self.inputs_shape), upstream.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Add, one element of the window for all windows at a time: its pixels are different ones."""
        outputs[0][...] = 0
        for part, pixels in self.patches.meeting(inputs[0], outputs[0]):
            pixels += part

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Lay out: the adjoint of the adjoint."""
        return (self.patches(upstreams[0]),)
