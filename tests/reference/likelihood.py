"""Losses of probabilities, of one row of labels and one of predictions, by their definitions, float64."""

import math

EPSILON = 1e-7


def mean(values):
    values = list(values)
    return math.fsum(values) / len(values)


def kept(value, low, high):
    return min(max(value, low), high)


def kl_divergence(y, p):
    clipped = [(kept(a, EPSILON, 1), kept(b, EPSILON, 1)) for a, b in zip(y, p, strict=True)]
    return math.fsum(a * math.log(a / b) for a, b in clipped)


def poisson(y, p):
    return mean(b - a * math.log(b + EPSILON) for a, b in zip(y, p, strict=True))


def categorical_generalized_cross_entropy(y, p, q):
    return math.fsum((1 - b**q) / q for a, b in zip(y, p, strict=True) if a == 1)


def softmax(p):
    return [math.exp(b) / math.fsum(map(math.exp, p)) for b in p]


def categorical_focal_crossentropy(y, p, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0):
    p = softmax(p) if from_logits else [b / math.fsum(p) for b in p]
    p = [kept(b, EPSILON, 1 - EPSILON) for b in p]
    y = [a * (1 - label_smoothing) + label_smoothing / len(y) for a in y]
    return math.fsum(-alpha * (1 - b) ** gamma * a * math.log(b) for a, b in zip(y, p, strict=True))


def categorical_crossentropy(y, p, **arguments):
    return categorical_focal_crossentropy(y, p, alpha=1.0, gamma=0.0, **arguments)


sparse_categorical_crossentropy = categorical_crossentropy
