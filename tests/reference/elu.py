"""Exponential linear units and their slopes, of one number."""

import math

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def elu(value, alpha):
    return value if value > 0 else alpha * math.expm1(value)


def elu_slope(value, alpha):
    return 1.0 if value > 0 else alpha * math.exp(value)


def selu(value):
    return SELU_SCALE * elu(value, SELU_ALPHA)


def selu_slope(value):
    return SELU_SCALE * elu_slope(value, SELU_ALPHA)


def celu(value, alpha):
    return value if value > 0 else alpha * math.expm1(value / alpha)


def celu_slope(value, alpha):
    return 1.0 if value > 0 else math.exp(value / alpha)
