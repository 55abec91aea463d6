"""Sparsemax and its gradient, a row at a time, by bisection on what the row is lowered by."""

import math

import numpy as np


def sparsemax(rows):
    out = np.zeros(rows.shape)
    for index, row in enumerate(rows):
        row = [value - max(row) for value in row]  # at most 0, so that what follows is rounded as numbers up to 1 are
        low, high = -1.0, 0.0  # lowered by low, the sum is at least 1; by high it is 0
        for _ in range(200):
            middle = (low + high) / 2
            above = math.fsum(max(value - middle, 0.0) for value in row) >= 1
            low, high = (middle, high) if above else (low, middle)
        out[index] = [max(value - low, 0.0) for value in row]
    return out


def sparsemax_gradient(upstream, result):
    out = np.zeros(result.shape)
    for index, (up, row) in enumerate(zip(upstream, result, strict=True)):
        support = [place for place, value in enumerate(row) if value > 0]
        mean = math.fsum(up[place] for place in support) / len(support)
        for place in support:
            out[index, place] = up[place] - mean
    return out
