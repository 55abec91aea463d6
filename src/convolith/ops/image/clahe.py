"""Spreading the values of pixels by how often they are in the tile around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor

LEVELS = 256


@dataclass(frozen=True)
class Clahe(Operation):
    """Each channel of each image of a batch (n, h, w, c) by the histograms of the tiles around a pixel."""

    clip_limit: float
    grid: tuple[int, int]

    def infer(self, images: Spec) -> Spec:
        """Keep the shape."""
        return images

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Count in tiles, then look each pixel up in the four next to it and interpolate."""
        (images,), (out,) = inputs, outputs
        levels = images.clip(0, LEVELS - 1).astype(np.intp)
        sides = [-(-size // count) for size, count in zip(images.shape[1:3], self.grid, strict=True)]
        between = [_between(*one) for one in zip(images.shape[1:3], sides, self.grid, strict=True)]
        for image, result in zip(levels, out, strict=True):
            for channel in range(image.shape[-1]):
                own = image[..., channel]
                maps = self._maps(own, sides)
                total = np.zeros(own.shape)
                for rows, down in between[0]:
                    for columns, across in between[1]:
                        total += np.outer(down, across) * maps[rows[:, None], columns, own]
                result[..., channel] = total

    def _maps(self, levels: np.ndarray, sides: list[int]) -> np.ndarray:
        """Give what each level becomes in each tile: float64 (grid height, grid width, LEVELS)."""
        height, width = self.grid
        missing = [(0, count * side - size) for count, side, size in zip(self.grid, sides, levels.shape, strict=True)]
        wide = np.pad(levels, missing, mode="symmetric")
        tiles = np.arange(height * width).reshape(self.grid).repeat(sides[0], 0).repeat(sides[1], 1)
        counts = np.bincount((tiles * LEVELS + wide).ravel(), minlength=height * width * LEVELS)
        shares, pixels = counts.reshape(height, width, LEVELS).astype(np.float64), sides[0] * sides[1]
        if self.clip_limit > 0:
            clipped = np.minimum(shares, self.clip_limit * pixels / LEVELS)
            shares = clipped + (shares - clipped).sum(axis=-1, keepdims=True) / LEVELS
        below = shares.cumsum(axis=-1)
        least = below[..., :1]
        room = np.where(least == pixels, 1, pixels - least)
        return ((below - least) * (LEVELS - 1) / room).clip(0, LEVELS - 1)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Stop: it is made of steps."""
        return (None,)


def clahe(images: Any, clip_limit: float, grid: Sequence[int]) -> Any:
    """Spread the values of each channel of each image by the histograms of its tiles, interpolated between them.

    Args:
        images: array or tensor (n, h, w, c) of values from 0 to 255.
        clip_limit: how often a value may be in a tile, in multiples of the mean; what is above is shared among all.
            Not above 0: no limit.
        grid: how many tiles there are down and across; images that they do not divide are mirrored at their ends.

    Returns:
        numbers from 0 to 255 in the shape of images, float32 or float64.

    Source:
        Zuiderveld, "Contrast Limited Adaptive Histogram Equalization", Graphics Gems IV, 1994; keras.layers.
    """
    return Clahe(float(clip_limit), (int(grid[0]), int(grid[1])))(images)


def _between(size: int, side: int, count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Give for each pixel along an axis the tile before and the tile after it, each with its weight."""
    places = (np.arange(size) - side / 2) / side  # from the middle of the first tile, as Keras counts
    first = np.floor(places)
    after = places - first
    tile = first.astype(np.intp)
    return [(tile.clip(0, count - 1), 1 - after), ((tile + 1).clip(0, count - 1), after)]
