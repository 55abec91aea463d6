"""Binary cross-entropy and the focal one, of one row of labels and one of predictions, by definition, float64."""

import math

from tests.reference.likelihood import EPSILON, kept, mean


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
