"""Spreading the values of pixels over their range by how often they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor


@dataclass(frozen=True)
class Equalize(Operation):
    """Each channel of a batch (n, h, w, c) by its share of the pixels below, values from 0 to 255."""

    bins: int

    def infer(self, images: Spec) -> Spec:
        """Keep the shape."""
        return images

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Count, sum up and look up; a channel of one class of values stays."""
        (images,), (out,), last = inputs, outputs, self.bins - 1
        for channel in range(images.shape[-1]):
            values = images[..., channel]
            classes = np.clip((values * last / 255).astype(np.int64), 0, last)
            counts = np.bincount(classes.ravel(), minlength=self.bins)
            if np.count_nonzero(counts) <= 1:
                out[..., channel] = values
                continue
            below = counts.cumsum()
            least = below[below > 0][0]
            levels = np.round((below - least) * 255 / max(below[-1] - least, 1))
            out[..., channel] = levels[np.clip(values / values.dtype.type(255) * last, 0, last).astype(np.int64)]

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Stop: it is made of steps."""
        return (None,)


def equalize(images: Any, bins: int) -> Any:
    """Spread the values of each channel, over the whole batch, so that all are about as often.

    Args:
        images: array or tensor (n, h, w, c) of values from 0 to 255.
        bins: classes of values that are counted.

    Returns:
        whole numbers from 0 to 255 in the shape of images, float32 or float64.

    Source:
        Gonzalez and Woods, Digital Image Processing, histogram equalisation.
    """
    return Equalize(int(bins))(images)
