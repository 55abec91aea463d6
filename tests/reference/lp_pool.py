"""Lp pooling in loops: inputs (n, spatial axes, c), float64; `axes` are those of reference.window."""

import numpy as np

from tests.reference.pool import pooled


def lp_pool(inputs, axes, norm_type):
    return pooled(inputs, axes, lambda pixels, *_: (abs(pixels) ** norm_type).sum(axis=0) ** (1 / norm_type))


def lp_pool_gradient(inputs, upstream, axes, norm_type):
    """A window of zeros has none."""
    out = np.zeros(inputs.shape)

    def spread(pixels, to, inside, _):
        norm = (abs(pixels) ** norm_type).sum(axis=0) ** (1 / norm_type)
        share = np.divide(abs(pixels), norm, out=np.zeros(pixels.shape), where=norm > 0) ** (norm_type - 1)
        for at, slope in zip(inside, np.where(norm > 0, share * np.sign(pixels), 0), strict=True):
            out[(to[0], *at)] += upstream[to] * slope
        return 0

    pooled(inputs, axes, spread)
    return out
