"""Softened rectifiers of squares and roots, and their slopes, of one number."""

import math


def squareplus(value, b):
    root = math.sqrt(value * value + b)
    return (value + root) / 2 if value >= 0 else b / (root - value) / 2


def squareplus_slope(value, b):
    return squareplus(value, b) / math.sqrt(value * value + b)


def sparse_plus(value):
    return 0.0 if value <= -1 else value if value >= 1 else (value + 1) ** 2 / 4


def sparse_plus_slope(value):
    return 0.0 if value <= -1 else 1.0 if value >= 1 else (value + 1) / 2
