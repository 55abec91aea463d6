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
from convolith.ops.conv import conv
from convolith.ops.conv_shape import (
    conv_output_shape,
    conv_transpose_output_shape,
    explicit_padding,
    receptive_field,
)
from convolith.ops.conv_transpose import conv_transpose
from convolith.ops.cross_entropy import categorical_crossentropy, sparse_categorical_crossentropy
from convolith.ops.dense import dense, matmul
from convolith.ops.dropout import dropout
from convolith.ops.locally_connected import locally_connected
from convolith.ops.pool import average_pool, max_pool
from convolith.ops.reduction import broadcast_to, max, mean, sum
from convolith.ops.shape import reshape, transpose

abs = absolute

__all__ = [
    "abs",
    "absolute",
    "add",
    "average_pool",
    "broadcast_to",
    "cast",
    "categorical_crossentropy",
    "clip",
    "conv",
    "conv_output_shape",
    "conv_transpose",
    "conv_transpose_output_shape",
    "dense",
    "divide",
    "dropout",
    "exp",
    "explicit_padding",
    "leaky_relu",
    "log",
    "locally_connected",
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
    "receptive_field",
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
