"""Stateless functions on NumPy arrays, which they compute with, or on symbolic tensors, which they record.

Names and the order of arguments are those of keras.ops. Results are float32, or float64 when an input is float64 or
holds integers of more than 16 bits (as NumPy promotes them together with float32).
"""

from convolith.ops.activation import leaky_relu, log_softmax, relu, sigmoid, silu, softmax, tanh
from convolith.ops.adaptive_pool import adaptive_average_pool, adaptive_max_pool
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
from convolith.ops.conv import conv
from convolith.ops.cross_entropy import categorical_crossentropy, sparse_categorical_crossentropy
from convolith.ops.dense import dense, matmul
from convolith.ops.depthwise_pool import depthwise_average_pool, depthwise_max_pool
from convolith.ops.dropout import dropout
from convolith.ops.global_pool import global_average_pool, global_concat_pool, global_max_pool
from convolith.ops.lp_pool import lp_pool
from convolith.ops.pool import average_pool, max_pool, min_pool
from convolith.ops.reduction import broadcast_to, max, mean, sum
from convolith.ops.shape import reshape, transpose
from convolith.ops.unpool import max_pool_with_indices, max_unpool

abs = absolute

__all__ = [
    "abs",
    "absolute",
    "adaptive_average_pool",
    "adaptive_max_pool",
    "add",
    "average_pool",
    "broadcast_to",
    "cast",
    "categorical_crossentropy",
    "clip",
    "conv",
    "dense",
    "depthwise_average_pool",
    "depthwise_max_pool",
    "divide",
    "dropout",
    "exp",
    "global_average_pool",
    "global_concat_pool",
    "global_max_pool",
    "leaky_relu",
    "log",
    "log_softmax",
    "lp_pool",
    "matmul",
    "max",
    "max_pool",
    "max_pool_with_indices",
    "max_unpool",
    "maximum",
    "mean",
    "min_pool",
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
