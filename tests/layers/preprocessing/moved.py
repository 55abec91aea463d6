"""What images are read as by a layer that moves pixels, whose parameters are computed in float32."""

from __future__ import annotations

import numpy as np

from tests.bounds import gamma
from tests.ops.image.sampling_bound import Reading
from tests.ops.image.transform_bound import Map

# An angle, of up to 2, is rounded three times, its cosine and sine eight; then come products and a sum of three.
ROUNDINGS = 3 * 2 + 8 + 5


def reading_of(images: np.ndarray, transform: np.ndarray, fill_mode: str, fill: float = 0.0) -> Reading:
    """Images (n, h, w, c) by one transform (8,) that leaves the middle where it is, or moves all.

    The third parameter of a row is added up from places of up to the images' width and height.
    """
    height, width = images.shape[1:3]
    large = np.array([1, 1, 2 * (height + width), 1, 1, 2 * (height + width), 0, 0])
    unsure = gamma(ROUNDINGS) * np.maximum(large, abs(transform)) * (transform != IDENTITY)
    return Map(transform[None], height, width, np.float32, unsure).reading(images, "bilinear", fill_mode, fill)


IDENTITY = np.array([1, 0, 0, 0, 1, 0, 0, 0])
