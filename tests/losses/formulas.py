"""Every loss as a formula of numbers that carry their errors, step by step as it is computed.

Of labels and predictions (..., d); what is reduced over the last axis stays with size 1.
"""

from __future__ import annotations

import math

import numpy as np

from tests.running_error import Rounded

EPSILON = 1e-7
LAST = (-1,)


def squared(x):
    return x * x


def mean_squared_error(y, p):
    return squared(p - y).mean(LAST)


def mean_absolute_error(y, p):
    return (p - y).abs().mean(LAST)


def mean_absolute_percentage_error(y, p):
    return ((y - p) / y.abs().at_least(EPSILON)).abs().mean(LAST) * 100.0


def mean_squared_logarithmic_error(y, p):
    first, second = ((x.at_least(EPSILON) + 1.0).log() for x in (p, y))
    return squared(first - second).mean(LAST)


def cosine_similarity(y, p):
    first, second = (x / squared(x).sum(LAST).at_least(EPSILON**2).sqrt() for x in (y, p))
    return -(first * second).sum(LAST)


def huber(y, p, delta=1.0):
    error = (p - y).abs()
    curved = error.at_most(delta)
    return (squared(curved) * 0.5 + (error - curved) * delta).mean(LAST)


def log_cosh(y, p):
    error = (p - y).abs()
    return (error + ((error * -2.0).exp() + 1.0).log() - math.log(2)).mean(LAST)


def kl_divergence(y, p):
    y, p = (x.at_least(EPSILON).at_most(1.0) for x in (y, p))
    return (y * (y / p).log()).sum(LAST)


def poisson(y, p):
    return (p - y * (p + EPSILON).log()).mean(LAST)


def shortfall(y, p):
    return (1.0 - y * p).at_least(0.0)


def hinge(y, p):
    return shortfall(y, p).mean(LAST)


def squared_hinge(y, p):
    return squared(shortfall(y, p)).mean(LAST)


def categorical_hinge(y, p):
    return (((1.0 - y) * p).largest() - (y * p).sum(LAST) + 1.0).at_least(0.0)


def dice(y, p):
    return 1.0 - (y * p).sum(LAST) * 2.0 / (y.sum(LAST) + p.sum(LAST) + EPSILON)


def tversky(y, p, alpha=0.5, beta=0.5):
    overlap, lacking, extra = (x.sum(LAST) for x in (y * p, y * (1.0 - p), p * (1.0 - y)))
    return 1.0 - overlap / (overlap + (lacking * alpha + extra * beta) + EPSILON)


def entropy(y, p, from_logits):
    """Binary cross-entropy of each element. The slope by logits is the difference of probability and label."""
    if not from_logits:
        p = p.at_least(EPSILON).at_most(1 - EPSILON)
        return -(y * p.log() + (1.0 - y) * (1.0 - p).log())
    value = (-p.abs()).exp().log1p() - y * p + p.at_least(0.0)
    return Rounded(value.value, value.error, value.dtype, [(p, lambda g: (p.sigmoid() - y) * g)])


def binary_crossentropy(y, p, from_logits=False, label_smoothing=0.0):
    return entropy(y * (1 - label_smoothing) + 0.5 * label_smoothing, p, from_logits).mean(LAST)


def binary_focal_crossentropy(
    y, p, apply_class_balancing=False, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0
):
    y = y * (1 - label_smoothing) + 0.5 * label_smoothing
    each, p = entropy(y, p, from_logits), p.sigmoid() if from_logits else p
    values = (1.0 - (y * p + (1.0 - y) * (1.0 - p))).power(gamma) * each
    if apply_class_balancing:
        values = values * (y * alpha + (1.0 - y) * (1 - alpha))
    return values.mean(LAST)


def softmax(x):
    """The largest is subtracted, and has no slope: the sum's takes its part."""
    exponential = (x - x.value.max(axis=-1, keepdims=True)).exp()
    share = exponential / exponential.sum(LAST)

    def slope(upstream):
        weighed = upstream * result
        return weighed - result * weighed.sum(LAST)

    result = Rounded(share.value, share.error, share.dtype, [(x, slope)])
    return result


def shares(p):
    """Probabilities with the sum 1, kept from 0 and 1."""
    return (p / p.sum(LAST)).at_least(EPSILON).at_most(1 - EPSILON)


def categorical_focal_crossentropy(y, p, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0):
    y = y * (1 - label_smoothing) + label_smoothing / y.value.shape[-1]
    share = shares(softmax(p) if from_logits else p)
    return -((1.0 - share).power(gamma) * alpha * (y * share.log())).sum(LAST)


def categorical_crossentropy(y, p, from_logits=False, label_smoothing=0.0):
    """The slope by logits is the difference of softmax times the labels' sum and labels."""
    y = y * (1 - label_smoothing) + label_smoothing / y.value.shape[-1]
    if not from_logits:
        return -(y * shares(p).log()).sum(LAST)
    below = p - p.value.max(axis=-1, keepdims=True)
    value = -(y * (below - below.exp().sum(LAST).log())).sum(LAST)
    return Rounded(value.value, value.error, value.dtype, [(p, lambda g: (softmax(p) * y.sum(LAST) - y) * g)])


sparse_categorical_crossentropy = categorical_crossentropy


def categorical_generalized_cross_entropy(y, p, q):
    return (1.0 - p.signed(y.value).sum(LAST).power(q)) / q


def reduced(values, reduction, weights=None):
    """What a loss makes of values (n, ..., 1), and weights (n,) or none: a number of shape (1, ...)."""
    every = tuple(range(values.value.ndim))
    if weights is not None:
        weights = Rounded(weights.reshape(-1, *(1,) * len(every[1:])), dtype=values.dtype)
        values = values * weights
    if reduction in (None, "none"):
        return values
    total = values.sum(every)
    if reduction == "sum":
        return total
    if reduction == "mean_with_sample_weight" and weights is not None:
        return total / weights.sum(every)
    return total / float(values.value.size)


def softplus(x):
    return entropy(0.0, x, True)


def cut(x):
    """The larger ones of these and 0, also where a rounding decides which that is: then the slope is not certain."""
    return Rounded(x.value.clip(0), x.error, x.dtype, [(x, lambda g: g.signed(x.value > 0))])


def circle(rows, references, same, different, gamma, margin):
    """Values (n, 1, 1) of embeddings (n, 1, d), compared with others (1, m, d) in pairs (n, m, 1), some for each."""
    distance = cut(1.0 - (rows * references).sum(LAST))
    near = (distance + margin) * (distance - margin)
    far = cut((1 + margin) - distance) * ((1 - margin) - distance)
    return softplus(log_of_sum(near * gamma, same) + log_of_sum(far * gamma, different))


def log_of_sum(terms, pairs):
    """The logarithm of the sum of the exponentials, over pairs, of which the largest is subtracted."""
    largest = np.where(pairs, terms.value, -np.inf).max(axis=1, keepdims=True)
    below = (terms - largest).signed(pairs)
    return below.exp().signed(pairs).sum((1,)).log() + largest
