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


def of_yes_and_no(a, b):
    b = kept(b, EPSILON, 1 - EPSILON)
    return -a * math.log(b) - (1 - a) * math.log(1 - b)


def of_logits(a, b):
    """The same of the probability 1 / (1 + e^-b), whose logarithms are -log(1 + e^-b) and -log(1 + e^b)."""
    return math.log1p(math.exp(-abs(b))) + max(b, 0) - a * b


def binary_focal_crossentropy(y, p, balanced=False, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0):
    values = []
    for a, b in zip(y, p, strict=True):
        a = a * (1 - label_smoothing) + 0.5 * label_smoothing
        entropy = of_logits(a, b) if from_logits else of_yes_and_no(a, b)
        b = 1 / (1 + math.exp(-b)) if from_logits else b
        weight = a * alpha + (1 - a) * (1 - alpha) if balanced else 1
        values.append(weight * (1 - a * b - (1 - a) * (1 - b)) ** gamma * entropy)
    return mean(values)


def binary_crossentropy(y, p, **arguments):
    return binary_focal_crossentropy(y, p, gamma=0.0, **arguments)


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
