"""The taps [(pixel, weight)] of a place along an axis of pixels without end, and the slopes of the weights by it."""

import math


def bicubic(x, weigh=None, a=-0.75):
    """Keys's cubic convolution."""
    return [(math.floor(x) + step, (weigh or keys)(x - math.floor(x) - step, a)) for step in (-1, 0, 1, 2)]


def keys(x, a):
    d = abs(x)
    return (a + 2) * d**3 - (a + 3) * d**2 + 1 if d <= 1 else a * (d**3 - 5 * d**2 + 8 * d - 4) if d < 2 else 0.0


def keys_slope(x, a):
    d = abs(x)
    slope = 3 * (a + 2) * d**2 - 2 * (a + 3) * d if d <= 1 else a * (3 * d**2 - 10 * d + 8) if d < 2 else 0.0
    return math.copysign(slope, x * slope)


KERNELS = {
    "nearest": lambda x: [(int(math.copysign(math.floor(abs(x) + 0.5), x)), 1.0)],
    "nearest_even": lambda x: [(round(x), 1.0)],
    "bilinear": lambda x: [(math.floor(x), 1 - (x - math.floor(x))), (math.floor(x) + 1, x - math.floor(x))],
    "bicubic": bicubic,
}
SLOPES = {
    **dict.fromkeys(("nearest", "nearest_even"), lambda x: []),
    "bilinear": lambda x: [(math.floor(x), -1.0), (math.floor(x) + 1, 1.0)],
    "bicubic": lambda x: bicubic(x, keys_slope),
}
