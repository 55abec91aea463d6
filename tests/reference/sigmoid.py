"""Smooth steps and bends, and their slopes, of one number; no exponential overflows."""

import math


def sigmoid(value):
    return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))


def softplus(value):
    return max(value, 0.0) + math.log1p(math.exp(-abs(value)))


def log_sigmoid(value):
    return -softplus(-value)


def log_sigmoid_slope(value):
    return sigmoid(-value)


def softsign(value):
    return value / (1 + abs(value))


def softsign_slope(value):
    return (1 + abs(value)) ** -2


def tanh_shrink(value):
    return value - math.tanh(value)


def tanh_shrink_slope(value):
    return math.tanh(value) ** 2
