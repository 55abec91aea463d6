"""Normalisations as plain loops in float64."""

from __future__ import annotations

import math
from itertools import product

import numpy as np


def normalize(x, axes, gamma, beta, epsilon, centred=True):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta with moments over `axes`; gamma, beta: of the shape of x.

    Not centred: the mean counts as 0. Returns the result, and mean and variance of the shape of x.
    """
    others = [axis for axis in range(x.ndim) if axis not in axes]
    result, means, variances = (np.zeros(x.shape) for _ in range(3))
    for place in product(*(range(x.shape[axis]) for axis in others)):
        index = [slice(None)] * x.ndim
        for axis, at in zip(others, place, strict=True):
            index[axis] = at
        values = [float(value) for value in x[tuple(index)].ravel()]
        mean = math.fsum(values) / len(values) if centred else 0.0
        variance = math.fsum((value - mean) ** 2 for value in values) / len(values)
        means[tuple(index)], variances[tuple(index)] = mean, variance
    for place in np.ndindex(x.shape):
        deviation = math.sqrt(variances[place] + epsilon)
        result[place] = (x[place] - means[place]) / deviation * gamma[place] + beta[place]
    return result, means, variances


def normalize_gradient(x, axes, gamma, epsilon, upstream):
    """The gradient of `normalize` by x, term by term of the chain rule."""
    ones, zeros = np.ones(x.shape), np.zeros(x.shape)
    normal, _, variances = normalize(x, axes, ones, zeros, epsilon)
    slope = upstream * gamma
    count = math.prod(x.shape[axis] for axis in axes)
    mean = np.broadcast_to(slope.sum(axis=axes, keepdims=True) / count, x.shape)
    along = np.broadcast_to((slope * normal).sum(axis=axes, keepdims=True) / count, x.shape)
    return (slope - mean - normal * along) / np.sqrt(variances + epsilon)


def local_response(x, before, after, bias, alpha, beta):
    """x * (bias + alpha * sum of squares of the window of channels) ** -beta; x: (..., channels)."""
    result = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        *pixel, c = place
        window = range(max(c - before, 0), min(c + after + 1, x.shape[-1]))
        result[place] = x[place] * (bias + alpha * sum(x[(*pixel, j)] ** 2 for j in window)) ** -beta
    return result
