"""How a convolution's kernel moves over the images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from convolith.engine.conv_geometry import ConvGeometry
from convolith.graph.tensor import Spec
from convolith.ops.window import Padding, Sizes

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
