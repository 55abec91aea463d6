"""Transposed convolution, a sum of shifted, scaled filters: inputs (n, *sizes, ci), kernel (*window, co / groups, ci).

Of that sum, `before` elements are cut off at the beginning of each axis; it ends, or is filled up with zeros, at the
sizes of output_shape. All in float64.
"""

import numpy as np


def conv_transpose(inputs, kernel, output_shape, strides, before, dilation_rate, groups):
    n, *sizes, ci = inputs.shape
    *window, co, _ = kernel.shape
    moves = zip(sizes, window, strides, dilation_rate, strict=True)
    full = np.zeros((n, *((size - 1) * s + d * (k - 1) + 1 for size, k, s, d in moves), co * groups))
    for image, *at in np.ndindex(n, *sizes):
        for tap in np.ndindex(*window):
            to = tuple(y * s + i * d for y, s, i, d in zip(at, strides, tap, dilation_rate, strict=True))
            for channel in range(ci):
                first = channel // (ci // groups) * co
                full[(image, *to)][first : first + co] += inputs[(image, *at)][channel] * kernel[tap][:, channel]
    cut = full[(slice(None), *(slice(start, None) for start in before))]
    out = np.zeros(output_shape)
    both = tuple(slice(min(size, end)) for size, end in zip(cut.shape, output_shape, strict=True))
    out[both] = cut[both]
    return out
