"""Stateless functions on NumPy arrays, which they compute with, or on symbolic tensors, which they record.

Names and the order of arguments are those of keras.ops. Results are float32, or float64 when an input is float64 or
holds integers of more than 16 bits (as NumPy promotes them together with float32).
"""

from convolith.ops.activation import leaky_relu, prelu, relu, relu6, threshold
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
from convolith.ops.batch_normalization import batch_normalization, instance_normalization, normalize_batch
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
from convolith.ops.elu import celu, elu, selu
from convolith.ops.gated import glu, hard_silu, mish, silu
from convolith.ops.gelu import erf, gelu
from convolith.ops.layer_normalization import group_normalization, layer_normalization, normalize, rms_normalization
from convolith.ops.local_response_normalization import local_response_normalization
from convolith.ops.locally_connected import locally_connected
from convolith.ops.piecewise import hard_shrink, hard_sigmoid, hard_tanh, soft_shrink, sparse_sigmoid
from convolith.ops.pool import average_pool, max_pool
from convolith.ops.reduction import broadcast_to, max, mean, sum
from convolith.ops.shape import reshape, transpose
from convolith.ops.sigmoid import log_sigmoid, sigmoid, softplus, softsign, tanh, tanh_shrink
from convolith.ops.softmax import log_softmax, softmax, sparsemax
from convolith.ops.squareplus import sparse_plus, squareplus

abs = absolute
hard_swish = hard_silu
swish = silu

__all__ = [
    "abs",
    "absolute",
    "add",
    "average_pool",
    "batch_normalization",
    "broadcast_to",
    "cast",
    "categorical_crossentropy",
    "celu",
    "clip",
    "conv",
    "conv_output_shape",
    "conv_transpose",
    "conv_transpose_output_shape",
    "dense",
    "divide",
    "dropout",
    "elu",
    "erf",
    "exp",
    "explicit_padding",
    "gelu",
    "glu",
    "group_normalization",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "instance_normalization",
    "layer_normalization",
    "leaky_relu",
    "local_response_normalization",
    "locally_connected",
    "log",
    "log_sigmoid",
    "log_softmax",
    "matmul",
    "max",
    "max_pool",
    "maximum",
    "mean",
    "minimum",
    "mish",
    "multiply",
    "negative",
    "normalize",
    "normalize_batch",
    "power",
    "prelu",
    "receptive_field",
    "relu",
    "relu6",
    "reshape",
    "rms_normalization",
    "selu",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_categorical_crossentropy",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "sqrt",
    "square",
    "squareplus",
    "subtract",
    "sum",
    "swish",
    "tanh",
    "tanh_shrink",
    "threshold",
    "transpose",
]
