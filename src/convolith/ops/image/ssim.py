"""The structural similarity of images."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.ops.arguments import checked_data_format, integer, number, positive
from convolith.ops.arithmetic import multiply, square
from convolith.ops.conversion import cast, operand
from convolith.ops.image.filter import Correlation, gaussian_window
from convolith.ops.image.taps import AlongAxis
from convolith.ops.reduction import mean
from convolith.ops.shape import reshape


def ssim(
    image1: Any,
    image2: Any,
    max_val: float = 1.0,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
    data_format: str | None = None,
) -> Any:
    """Compare the means, variances and covariance of images in a Gaussian window; differentiable by both.

    With these as m and v, c1 = (k1 max_val)^2 and c2 = (k2 max_val)^2, it is the mean over all windows and channels of
    (2 m1 m2 + c1) (2 v12 + c2) / ((m1^2 + m2^2 + c1) (v1 + v2 + c2)).

    Args:
        image1: array or tensor (n, h, w, c) or (h, w, c); channels before h with data_format "channels_first".
        image2: array or tensor of the same shape.
        max_val: the largest value that a pixel can have, above 0.
        filter_size: height and width of the window, which lies inside of the images.
        filter_sigma: its standard deviation in pixels, above 0.
        k1: of the constant that keeps dark windows stable, not negative.
        k2: of that which keeps even windows stable, not negative.
        data_format: "channels_last" (the default) or "channels_first".

    Returns:
        (n,), or one number, at most 1, which the same images have; float32 or float64.

    Raises:
        ValueError: if the shapes are not the same, the window does not fit, or an argument has no such value.
        TypeError: if an argument is of another type.

    Source:
        keras.ops.image.ssim; Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity",
        IEEE Transactions on Image Processing 13 (2004), equation 13.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> black, grey = np.zeros((2, 16, 16, 1), "float32"), np.full((2, 16, 16, 1), 0.1, "float32")
        >>> ops.image.ssim(black, grey).round(4)
        array([0.0099, 0.0099], dtype=float32)
    """
    image1, image2 = operand("ssim", "image1", image1), operand("ssim", "image2", image2)
    if image1.ndim not in (3, 4) or tuple(image1.shape) != tuple(image2.shape):
        raise ValueError(
            f"ssim: image1 and image2 must have the same shape of 3 axes (one image) or 4 (a batch), got "
            f"{tuple(image1.shape)} and {tuple(image2.shape)}"
        )
    peak, size = positive("ssim", "max_val", max_val), integer("ssim", "filter_size", filter_size)
    window = positive("ssim", "filter_sigma", filter_sigma)
    small = [(number("ssim", argument, value) * peak) ** 2 for argument, value in (("k1", k1), ("k2", k2))]
    if min(k1, k2) < 0:
        raise ValueError(f"ssim: k1 and k2 must not be negative, got {k1} and {k2}")
    first = 2 if checked_data_format("ssim", data_format) == "channels_first" else 1
    single = image1.ndim == 3
    dtype = np.result_type(image1.dtype, image2.dtype, np.float32)
    x, y = (reshape(one, (1, *one.shape)) if single else one for one in (cast(image1, dtype), cast(image2, dtype)))
    if not 1 <= size <= min(x.shape[first : first + 2]):
        raise ValueError(
            f"ssim: filter_size must be from 1 to the height and width {tuple(x.shape[first : first + 2])}, got {size}"
        )
    weights = gaussian_window(size, window, size)

    def weighed(values: Any) -> Any:
        for axis in (first, first + 1):
            values = AlongAxis(axis, Correlation(values.shape[axis], weights, valid=True))(values)
        return values

    mean1, mean2 = weighed(x), weighed(y)
    product, squares = multiply(mean1, mean2), square(mean1) + square(mean2)
    covariance = weighed(multiply(x, y)) - product
    variances = weighed(square(x) + square(y)) - squares
    c1, c2 = small
    similar = (2.0 * product + c1) * (2.0 * covariance + c2) / ((squares + c1) * (variances + c2))
    result = mean(similar, (1, 2, 3))
    return reshape(result, ()) if single else result
