"""Losses of numbers, of one row of labels and one of predictions, by their definitions, float64."""

import math

EPSILON = 1e-7


def mean(values):
    values = list(values)
    return math.fsum(values) / len(values)


def pairs(y, p):
    return list(zip(map(float, y), map(float, p), strict=True))


def mean_squared_error(y, p):
    return mean((b - a) ** 2 for a, b in pairs(y, p))


def mean_absolute_error(y, p):
    return mean(abs(b - a) for a, b in pairs(y, p))


def mean_absolute_percentage_error(y, p):
    return mean(100 * abs(b - a) / max(abs(a), EPSILON) for a, b in pairs(y, p))


def mean_squared_logarithmic_error(y, p):
    return mean((math.log1p(max(b, EPSILON)) - math.log1p(max(a, EPSILON))) ** 2 for a, b in pairs(y, p))


def cosine_similarity(y, p):
    lengths = max(math.hypot(*y), EPSILON) * max(math.hypot(*p), EPSILON)
    return -math.fsum(a * b for a, b in pairs(y, p)) / lengths


def huber(y, p, delta=1.0):
    return mean(0.5 * d * d if d <= delta else delta * d - 0.5 * delta**2 for d in (abs(a - b) for a, b in pairs(y, p)))


def log_cosh(y, p):
    return mean(math.log(math.cosh(b - a)) for a, b in pairs(y, p))
