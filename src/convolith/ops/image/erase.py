"""Erasing a box out of each image."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.image.draw import check_state, pending, stream


@dataclass(frozen=True)
class Erase(Operation):
    """Images (n, h, w, c) with a box of each overwritten by `fill`, or by clipped noise if that is None."""

    fill: tuple[float, ...] | None
    value_range: tuple[float, float]
    ahead: int
    takes_over = (0,)
    keeps = (2,)
    reads_start = True  # `ahead` makes up for it

    def infer(self, images: Spec, boxes: Spec, state: Spec) -> Spec:
        """Keep shape and dtype."""
        check_state("erase", state)
        if len(images.shape) != 4 or boxes.shape != (images.shape[0], 4):
            raise ValueError(
                f"erase: images must have 4 axes and boxes shape (batch size, 4), got {images.shape}, {boxes.shape}"
            )
        if self.fill is not None and len(self.fill) not in (1, images.shape[-1]):
            raise ValueError(
                f"erase: fill must be one number or one for each channel of images {images.shape}, got {self.fill}"
            )
        return images

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Overwrite the pixels whose centres are in the boxes."""
        (images, boxes, state), (out,) = inputs, outputs
        if out is not images:
            np.copyto(out, images)
        noise = stream(state, self.ahead) if self.fill is None else None
        least, most = self.value_range
        for image, (top, bottom, left, right) in zip(out, np.ceil(boxes).clip(0).astype(int), strict=True):
            box = image[top:bottom, left:right]
            fill = noise.standard_normal(box.shape) * most if noise is not None else np.array(self.fill)
            box[...] = fill.clip(least, most)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Erase the upstream: the boxes' pixels have no part in the result."""
        _, boxes, state = node.inputs
        return replace(self, fill=(0.0,), value_range=(0.0, 0.0))(upstreams[0], boxes, state), None, None


def erase(images: Any, boxes: Any, state: Any, fill: tuple[float, ...] | None, value_range: tuple[float, float]) -> Any:
    """Overwrite a box of each image.

    Args:
        images: array or tensor (n, h, w, c).
        boxes: array or tensor (n, 4) of the first row and the one behind the last, and the columns likewise.
        state: Variable uint64[2] of a seed and a counter, for the noise.
        fill: a number, or one for each channel; None for normal noise times the upper end of value_range.
        value_range: what the fill is clipped to.

    Returns:
        The shape of images, float32 or float64.

    Raises:
        ValueError: if the shapes do not fit together, or state is not of this kind.

    Source:
        Zhong et al., Random Erasing Data Augmentation, arXiv 1708.04896.
    """
    return Erase(fill, value_range, pending(state))(images, boxes, state)
