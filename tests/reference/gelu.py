"""The error function, the Gaussian error linear unit and their slopes, of one number."""

import math

from tests.reference.sigmoid import sigmoid


def erf_slope(value):
    return 2 / math.sqrt(math.pi) * math.exp(-value * value)


def distribution(value):
    return math.erfc(-value / math.sqrt(2)) / 2


def density(value):
    return math.exp(-value * value / 2) / math.sqrt(2 * math.pi)


def gelu(value):
    return value * distribution(value)


def gelu_slope(value):
    return distribution(value) + value * density(value)


def argument(value):
    return 2 * math.sqrt(2 / math.pi) * (value + 0.044715 * value**3)


def argument_slope(value):
    return 2 * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * value**2)


def gelu_approximate(value):
    # (1 + tanh(z / 2)) / 2 = sigmoid(z)
    return value * sigmoid(argument(value))


def gelu_approximate_slope(value):
    z = argument(value)
    return sigmoid(z) * (1 + value * sigmoid(-z) * argument_slope(value))
