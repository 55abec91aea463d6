"""Losses of margins and of overlap, of one row of labels and one of predictions, by their definitions, float64."""

import math

EPSILON = 1e-7


def mean(values):
    values = list(values)
    return math.fsum(values) / len(values)


def hinge(y, p, power=1):
    return mean(max(1 - a * b, 0) ** power for a, b in zip(y, p, strict=True))


def squared_hinge(y, p):
    return hinge(y, p, 2)


def categorical_hinge(y, p):
    own = math.fsum(a * b for a, b in zip(y, p, strict=True))
    return max(max((1 - a) * b for a, b in zip(y, p, strict=True)) - own + 1, 0)


def dice(y, p):
    return 1 - 2 * math.fsum(a * b for a, b in zip(y, p, strict=True)) / (math.fsum(y) + math.fsum(p) + EPSILON)


def tversky(y, p, alpha=0.5, beta=0.5):
    overlap, lacking, extra = (
        math.fsum(terms)
        for terms in zip(*((a * b, a * (1 - b), (1 - a) * b) for a, b in zip(y, p, strict=True)), strict=True)
    )
    return 1 - overlap / (overlap + alpha * lacking + beta * extra + EPSILON)
