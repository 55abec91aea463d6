"""Stateless functions on NumPy arrays, which they compute with, or on symbolic tensors, which they record.

Names and the order of arguments are those of keras.ops. Results are float32, or float64 when an input is float64 or
holds integers of more than 16 bits (as NumPy promotes them together with float32).
"""

from convolith.ops.activation import leaky_relu, log_softmax, relu, sigmoid, silu, softmax, tanh
from convolith.ops.arithmetic import (
    absolute,
    add,
    cast,
    clip,
    divide,
    exp,
    log,
    maximum,
    minimum,
    multiply,
    negative,
    power,
    sqrt,
    square,
    subtract,
)
from convolith.ops.binary_cross_entropy import binary_crossentropy
from convolith.ops.conv import conv
from convolith.ops.cross_entropy import categorical_crossentropy, sparse_categorical_crossentropy
from convolith.ops.dense import dense, matmul
from convolith.ops.dropout import dropout
from convolith.ops.pool import average_pool, max_pool
from convolith.ops.reduction import broadcast_to, max, mean, sum
from convolith.ops.shape import reshape, transpose

abs = absolute

__all__ = [
    "abs",
    "absolute",
    "add",
    "average_pool",
    "binary_crossentropy",
    "broadcast_to",
    "cast",
    "categorical_crossentropy",
    "clip",
    "conv",
    "dense",
    "divide",
    "dropout",
    "exp",
    "leaky_relu",
    "log",
    "log_softmax",
    "matmul",
    "max",
    "max_pool",
    "maximum",
    "mean",
    "minimum",
    "multiply",
    "negative",
    "power",
    "relu",
    "reshape",
    "sigmoid",
    "silu",
    "softmax",
    "sparse_categorical_crossentropy",
    "sqrt",
    "square",
    "subtract",
    "sum",
    "tanh",
    "transpose",
]
