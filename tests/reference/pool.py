"""Pooling in loops: inputs (n, spatial axes, c), float64; `axes` are those of reference.window."""

import numpy as np


def pooled(inputs, axes, function):
    """The function of each window's pixels inside the image (pixels, c), of their places and of all its elements."""
    sizes = inputs.shape[1:-1]
    out = np.zeros((inputs.shape[0], *map(len, axes), inputs.shape[-1]))
    for to in np.ndindex(out.shape[:-1]):
        window = [windows[o] for windows, o in zip(axes, to[1:], strict=True)]
        places = [tuple(map(list.__getitem__, window, element)) for element in np.ndindex(*map(len, window))]
        inside = [at for at in places if all(0 <= p < size for p, size in zip(at, sizes, strict=True))]
        out[to] = function(np.array([inputs[(to[0], *at)] for at in inside], float), to, inside, len(places))
    return out


def max_pool(inputs, axes):
    return pooled(inputs, axes, lambda pixels, *_: pixels.max(axis=0))


def max_pool_indices(inputs, axes):
    """The number of each maximum's pixel: the first one's, and NaN is larger than any number."""
    numbers = np.arange(np.prod(inputs.shape[1:-1])).reshape(inputs.shape[1:-1])
    return pooled(inputs, axes, lambda pixels, to, at, _: [numbers[at[i]] for i in pixels.argmax(axis=0)]).astype(int)


def max_pool_gradient(inputs, upstream, axes):
    out, indices = np.zeros(inputs.shape), max_pool_indices(inputs, axes)
    for image, *window, channel in np.ndindex(upstream.shape):
        at = np.unravel_index(indices[(image, *window, channel)], inputs.shape[1:-1])
        out[(image, *at, channel)] += upstream[(image, *window, channel)]
    return out


def average_pool(inputs, axes, count_include_pad=False):
    return pooled(inputs, axes, lambda pixels, _, at, all: pixels.sum(axis=0) / (all if count_include_pad else len(at)))


def average_pool_gradient(upstream, input_shape, axes, count_include_pad=False):
    out = np.zeros(input_shape)

    def spread(pixels, to, inside, count):
        for at in inside:
            out[(to[0], *at)] += upstream[to] / (count if count_include_pad else len(inside))
        return 0

    pooled(out, axes, spread)
    return out
