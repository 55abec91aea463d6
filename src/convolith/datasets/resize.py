"""Bilinear resizing of images."""

from __future__ import annotations

import numpy as np


def resize(images: np.ndarray, image_size: tuple[int, int]) -> np.ndarray:
    """Resize images by the triangle filter: bilinear when growing, averaging over the whole source when shrinking.

    The same numbers as Pillow's BILINEAR (within 1, the rounding of its two passes) and JAX's image.resize.

    Args:
        images: (n, height, width, channels), uint8 or floating.
        image_size: (height, width) of the result, in pixels.

    Returns:
        (n, height', width', channels) in the dtype of the images; uint8 is rounded.

    Raises:
        ValueError: The images do not have four axes or have no pixel.

    Example:
        >>> import numpy as np
        >>> from convolith.datasets.resize import resize
        >>> resize(np.array([[[[0], [100]]]], np.uint8), (1, 4))[0, 0, :, 0]
        array([  0,  25,  75, 100], dtype=uint8)
    """
    if images.ndim != 4 or 0 in images.shape[1:3]:
        raise ValueError(f"resize: images must be (n, height, width, channels) with pixels, got shape {images.shape}")
    if images.shape[1:3] == tuple(image_size):
        return images.copy()
    rows = _weights(images.shape[1], image_size[0])
    columns = _weights(images.shape[2], image_size[1])
    result = np.einsum("hi,nijc,wj->nhwc", rows, images.astype(np.float64), columns, optimize=True)
    if images.dtype == np.uint8:
        # the weights of a row add up to 1 within a rounding error, so only that error is clipped
        return np.clip(np.rint(result), 0, 255).astype(np.uint8)
    return result.astype(images.dtype)


def _weights(source: int, target: int) -> np.ndarray:
    """Return (target, source) weights; pixel centres lie at i + 1/2, and weights beyond the border are dropped."""
    scale = source / target
    radius = max(scale, 1.0)
    centres = (np.arange(target) + 0.5) * scale
    distance = np.abs(centres[:, np.newaxis] - (np.arange(source) + 0.5))
    weights = np.maximum(0.0, 1.0 - distance / radius)
    return weights / weights.sum(axis=1, keepdims=True)
