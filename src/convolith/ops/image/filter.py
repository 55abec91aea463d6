"""Fixed filters: Gaussian blur, Sobel's edges, and any other kernel, on each channel by itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from convolith.ops.arguments import naming, number
from convolith.ops.conv import conv
from convolith.ops.image.images import in_batch
from convolith.ops.image.taps import AlongAxis
from convolith.ops.join import stack
from convolith.ops.reduction import broadcast_to
from convolith.ops.shape import reshape
from convolith.ops.window import operand, per_axis


@dataclass(frozen=True)
class Correlation:
    """Correlation along an axis of `source` pixels: with zeros around them, which keeps their number, or `valid`."""

    source: int
    weights: tuple[float, ...]
    valid: bool = False

    @property
    def target(self) -> int:
        """The number of pixels of the result."""
        return self.source - len(self.weights) + 1 if self.valid else self.source

    def matrix(self) -> np.ndarray:
        """Give the band matrix."""
        before, shape = 0 if self.valid else (len(self.weights) - 1) // 2, (self.target, self.source)
        return sum(
            (weight * np.eye(*shape, k=place - before) for place, weight in enumerate(self.weights)),
            start=np.zeros(shape),
        )


def gaussian_blur(
    images: Any,
    kernel_size: int | Sequence[int] = (3, 3),
    sigma: float | Sequence[float] = (1.0, 1.0),
    data_format: str | None = None,
) -> Any:
    """Blur images with a Gaussian window; what is around them counts as zero.

    Args:
        images: array or tensor (n, h, w, c) or (h, w, c); channels before h with data_format "channels_first".
        kernel_size: height and width of the window.
        sigma: the Gaussian's standard deviations in pixels, down and across.
        data_format: "channels_last" (the default) or "channels_first".

    Returns:
        The shape of images, float32 or float64.

    Raises:
        ValueError: if the shape does not fit, or an argument has no such value.
        TypeError: if an argument is of another type.

    Source:
        keras.ops.image.gaussian_blur.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.image.gaussian_blur(np.ones((1, 3, 1)), (1, 3), 100.0)[0, :, 0].round(3)
        array([0.667, 1.   , 0.667])
    """
    sizes = per_axis("gaussian_blur", "kernel_size", kernel_size, 2)
    deviations: Any = sigma if isinstance(sigma, (tuple, list)) or np.ndim(sigma) == 1 else (sigma, sigma)
    if len(deviations) != 2 or any(number("gaussian_blur", "sigma", one) <= 0 for one in deviations):
        raise ValueError(f"gaussian_blur: sigma must be a number above 0 or two of them, got {sigma!r}")

    def blurred(batch: Any) -> Any:
        axes = zip(sizes, deviations, batch.shape[1:3], strict=True)
        return _separable(batch, *(gaussian_window(size, float(deviation), pixels) for size, deviation, pixels in axes))

    return in_batch("gaussian_blur", data_format, blurred, images)


def sobel_edges(images: Any, data_format: str | None = None) -> Any:
    """Find edges: the slopes of images down and across; what is around them counts as zero.

    Args:
        images: array or tensor (n, h, w, c); (n, c, h, w) with data_format "channels_first".
        data_format: "channels_last" (the default) or "channels_first".

    Returns:
        The shape of images and a last axis (down, across), float32 or float64.

    Raises:
        ValueError: if the shape does not fit, or the data format is another.
        TypeError: if images is None.

    Source:
        keras.ops.image.sobel_edges; Sobel and Feldman, 1968.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ramp = np.tile(np.arange(3.0), (3, 1)).reshape(1, 3, 3, 1)
        >>> ops.image.sobel_edges(ramp)[0, 1, 1, 0]
        array([0., 8.])
    """
    images = operand("sobel_edges", "images", images)
    if images.ndim != 4:
        raise ValueError(f"sobel_edges: images must have 4 axes, got shape {images.shape}")
    smooth, slope = (1.0, 2.0, 1.0), (-1.0, 0.0, 1.0)
    edges = [
        in_batch("sobel_edges", data_format, partial(_separable, down=down, across=across), images)
        for down, across in ((slope, smooth), (smooth, slope))
    ]
    return stack(edges, axis=-1)


def filter_images(
    images: Any, kernel: Any, padding: str | Sequence[Sequence[int]] = "same", data_format: str | None = None
) -> Any:
    """Correlate each channel of images with the same kernel; differentiable by both.

    Args:
        images: array or tensor (n, h, w, c) or (h, w, c); channels before h with data_format "channels_first".
        kernel: array or tensor (kh, kw).
        padding: "same", "valid" or ((top, bottom), (left, right)) of zeros, as in `ops.conv`.
        data_format: "channels_last" (the default) or "channels_first".

    Returns:
        The filtered images, float32 or float64.

    Raises:
        ValueError: if the shapes do not fit together, or an argument has no such value.
        TypeError: if images or kernel is None.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> plus = [[0, 1, 0], [1, 1, 1], [0, 1, 0]]
        >>> ops.image.filter_images(np.ones((3, 3, 1), "float32"), np.array(plus, "float32"))[..., 0]
        array([[3., 4., 3.],
               [4., 5., 4.],
               [3., 4., 3.]], dtype=float32)
    """
    kernel = operand("filter_images", "kernel", kernel)
    if kernel.ndim != 2 or 0 in kernel.shape:
        raise ValueError(f"filter_images: kernel must have 2 axes, none of them empty, got shape {kernel.shape}")

    def filtered(batch: Any) -> Any:
        channels = batch.shape[-1]
        each = broadcast_to(reshape(kernel, (*kernel.shape, 1, 1)), (*kernel.shape, 1, channels))
        with naming("filter_images", "conv", inputs="images"):
            return conv(batch, each, 1, padding, "channels_last", groups=channels)

    return in_batch("filter_images", data_format, filtered, images)


def _separable(batch: Any, down: tuple[float, ...], across: tuple[float, ...]) -> Any:
    """Correlate (n, h, w, c) with the outer product of two windows."""
    for axis, window in ((1, down), (2, across)):
        batch = AlongAxis(axis, Correlation(batch.shape[axis], window))(batch)
    return batch


def gaussian_window(size: int, sigma: float, pixels: int) -> tuple[float, ...]:
    """Give the weights of a Gaussian around the middle of a window, which have the sum 1 over the whole of it.

    Args:
        size: how wide the window is, in pixels.
        sigma: the standard deviation in pixels, above 0.
        pixels: the size of the images. Weights that stand on none of their pixels, wherever the middle is, are left
            out on both sides, so that a window may be as wide as it likes.

    Returns:
        The weights; the middle, or what is before it, is at the index (their number - 1) // 2, as in the window.
    """
    before = (size - 1) // 2
    first, count = (before - pixels + 1, 2 * pixels - 1) if before >= pixels else (0, size)
    nearest, total = ((size - 1) % 2) / 2, _gaussian_sum(size, sigma)
    return tuple(_gaussian(place - (size - 1) / 2, nearest, sigma) / total for place in range(first, first + count))


def _gaussian(x: float, nearest: float, sigma: float) -> float:
    """Give exp(-x^2 / (2 sigma^2)) over that of the nearest x, which is not 0 even where both are."""
    return math.exp(-0.5 * ((x - nearest) * (x + nearest) / sigma / sigma))


MANY = 2**16
"""Terms of a Gaussian, from which on its sum is that of its integral and what is known to lie between them."""


def _gaussian_sum(size: int, sigma: float) -> float:
    """Add `_gaussian` up over `size` places x, one apart, around 0."""
    reach, nearest = (size - 1) / 2, ((size - 1) % 2) / 2
    seen = 39 * sigma  # terms further out are 0
    edge = reach if seen >= reach - nearest else reach - math.floor(reach - nearest - seen)
    if 2 * edge < MANY:
        return math.fsum(_gaussian(place - edge, nearest, sigma) for place in range(round(2 * edge) + 1))
    # Euler and Maclaurin's formula; the next term is below 1e-15 of the sum.
    last = math.exp(-0.5 * (edge / sigma) ** 2)
    integral = sigma * math.sqrt(2 * math.pi) * math.erf(edge / sigma / math.sqrt(2))
    return (integral + last - last * edge / sigma / sigma / 6) * math.exp(0.5 * (nearest / sigma) ** 2)
