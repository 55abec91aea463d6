"""Stateless functions on NumPy arrays, which they compute with, or on symbolic tensors, which they record.

Names and the order of arguments are those of keras.ops. Results are float32, or float64 when an input is float64; as
in Keras, integers alone stay integers where their sums, products, extremes and remainders are taken, exactly.
"""

from convolith.ops import image
from convolith.ops import update as update  # what Variables assign by
from convolith.ops.activation import leaky_relu, prelu, relu, relu6, threshold
from convolith.ops.adaptive_pool import adaptive_average_pool, adaptive_max_pool
from convolith.ops.arithmetic import (
    absolute,
    add,
    clip,
    divide,
    maximum,
    minimum,
    multiply,
    negative,
    reciprocal,
    square,
    subtract,
)
from convolith.ops.arrangement import flip, repeat, roll, rot90, tile
from convolith.ops.batch_normalization import batch_normalization, normalize_batch
from convolith.ops.binary_cross_entropy import binary_crossentropy
from convolith.ops.comparison import (
    equal,
    greater,
    greater_equal,
    isfinite,
    isinf,
    isnan,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    not_equal,
)
from convolith.ops.contraction import dot, einsum, outer, tensordot
from convolith.ops.conv import conv
from convolith.ops.conv_shape import (
    conv_output_shape,
    conv_transpose_output_shape,
    explicit_padding,
    receptive_field,
)
from convolith.ops.conv_transpose import conv_transpose
from convolith.ops.conversion import (
    cast,
    convert_to_numpy,
    convert_to_tensor,
    dtype,
    is_tensor,
    ndim,
    shape,
    size,
    stop_gradient,
)
from convolith.ops.cost import count_flops, count_parameters, output_shape
from convolith.ops.counting import all, any, count_nonzero
from convolith.ops.creation import (
    arange,
    eye,
    full,
    full_like,
    identity,
    linspace,
    one_hot,
    ones,
    ones_like,
    tri,
    zeros,
    zeros_like,
)
from convolith.ops.cross_entropy import categorical_crossentropy, sparse_categorical_crossentropy
from convolith.ops.ctc import ctc_loss
from convolith.ops.dense import dense
from convolith.ops.depth import depth_to_space, space_to_depth
from convolith.ops.depthwise import depthwise_conv
from convolith.ops.depthwise_pool import depthwise_average_pool, depthwise_max_pool
from convolith.ops.diagonal import diag, diagonal, trace, tril, triu
from convolith.ops.dropout import dropout
from convolith.ops.elu import celu, elu, selu
from convolith.ops.exponential import exp, exp2, expm1, log, log1p, log2, log10, logaddexp, power, rsqrt, sqrt
from convolith.ops.extremes import argmax, argmin, max, min
from convolith.ops.fold import fold, unfold
from convolith.ops.gated import glu, hard_silu, mish, silu
from convolith.ops.gelu import erf, gelu
from convolith.ops.global_pool import global_average_pool, global_concat_pool, global_max_pool
from convolith.ops.indexing import get_item
from convolith.ops.instance_normalization import instance_normalization
from convolith.ops.join import concatenate, split, stack, unstack
from convolith.ops.layer_normalization import group_normalization, layer_normalization, normalize, rms_normalization
from convolith.ops.local_response_normalization import local_response_normalization
from convolith.ops.locally_connected import locally_connected
from convolith.ops.lp_pool import lp_pool
from convolith.ops.matmul import matmul
from convolith.ops.multi_hot import multi_hot
from convolith.ops.pad import pad
from convolith.ops.piecewise import hard_shrink, hard_sigmoid, hard_tanh, soft_shrink, sparse_sigmoid
from convolith.ops.pool import average_pool, max_pool, min_pool
from convolith.ops.pool_shape import pool_output_shape
from convolith.ops.psnr import psnr
from convolith.ops.reduction import broadcast_to, mean, sum
from convolith.ops.rounding import ceil, floor, floor_divide, mod, round, sign, trunc
from convolith.ops.separable import separable_conv
from convolith.ops.shape import expand_dims, moveaxis, ravel, reshape, squeeze, swapaxes, transpose
from convolith.ops.sigmoid import log_sigmoid, sigmoid, softplus, softsign, tanh, tanh_shrink
from convolith.ops.slice import scatter, slice, slice_update
from convolith.ops.softmax import log_softmax, softmax, sparsemax
from convolith.ops.sort import argsort, in_top_k, sort, top_k
from convolith.ops.squareplus import sparse_plus, squareplus
from convolith.ops.statistics import cumsum, logsumexp, moments, norm, prod, std, var
from convolith.ops.take import take, take_along_axis
from convolith.ops.trigonometry import (
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    cos,
    cosh,
    polar,
    sin,
    sinh,
    tan,
)
from convolith.ops.unpool import max_pool_with_indices, max_unpool
from convolith.ops.upsample import upsample
from convolith.ops.where import nan_to_num, where

abs = absolute
hard_swish = hard_silu
swish = silu
amax = max
amin = min
true_divide = divide

__all__ = [
    "abs",
    "absolute",
    "adaptive_average_pool",
    "adaptive_max_pool",
    "add",
    "all",
    "amax",
    "amin",
    "any",
    "arange",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "argmax",
    "argmin",
    "argsort",
    "average_pool",
    "batch_normalization",
    "binary_crossentropy",
    "broadcast_to",
    "cast",
    "categorical_crossentropy",
    "ceil",
    "celu",
    "clip",
    "concatenate",
    "conv",
    "conv_output_shape",
    "conv_transpose",
    "conv_transpose_output_shape",
    "convert_to_numpy",
    "convert_to_tensor",
    "cos",
    "cosh",
    "count_flops",
    "count_nonzero",
    "count_parameters",
    "ctc_loss",
    "cumsum",
    "dense",
    "depth_to_space",
    "depthwise_average_pool",
    "depthwise_conv",
    "depthwise_max_pool",
    "diag",
    "diagonal",
    "divide",
    "dot",
    "dropout",
    "dtype",
    "einsum",
    "elu",
    "equal",
    "erf",
    "exp",
    "exp2",
    "expand_dims",
    "explicit_padding",
    "expm1",
    "eye",
    "flip",
    "floor",
    "floor_divide",
    "fold",
    "full",
    "full_like",
    "gelu",
    "get_item",
    "global_average_pool",
    "global_concat_pool",
    "global_max_pool",
    "glu",
    "greater",
    "greater_equal",
    "group_normalization",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "identity",
    "image",
    "in_top_k",
    "instance_normalization",
    "is_tensor",
    "isfinite",
    "isinf",
    "isnan",
    "layer_normalization",
    "leaky_relu",
    "less",
    "less_equal",
    "linspace",
    "local_response_normalization",
    "locally_connected",
    "log",
    "log10",
    "log1p",
    "log2",
    "log_sigmoid",
    "log_softmax",
    "logaddexp",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "logsumexp",
    "lp_pool",
    "matmul",
    "max",
    "max_pool",
    "max_pool_with_indices",
    "max_unpool",
    "maximum",
    "mean",
    "min",
    "min_pool",
    "minimum",
    "mish",
    "mod",
    "moments",
    "moveaxis",
    "multi_hot",
    "multiply",
    "nan_to_num",
    "ndim",
    "negative",
    "norm",
    "normalize",
    "normalize_batch",
    "not_equal",
    "one_hot",
    "ones",
    "ones_like",
    "outer",
    "output_shape",
    "pad",
    "polar",
    "pool_output_shape",
    "power",
    "prelu",
    "prod",
    "psnr",
    "ravel",
    "receptive_field",
    "reciprocal",
    "relu",
    "relu6",
    "repeat",
    "reshape",
    "rms_normalization",
    "roll",
    "rot90",
    "round",
    "rsqrt",
    "scatter",
    "selu",
    "separable_conv",
    "shape",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "size",
    "slice",
    "slice_update",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sort",
    "space_to_depth",
    "sparse_categorical_crossentropy",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "split",
    "sqrt",
    "square",
    "squareplus",
    "squeeze",
    "stack",
    "std",
    "stop_gradient",
    "subtract",
    "sum",
    "swapaxes",
    "swish",
    "take",
    "take_along_axis",
    "tan",
    "tanh",
    "tanh_shrink",
    "tensordot",
    "threshold",
    "tile",
    "top_k",
    "trace",
    "transpose",
    "tri",
    "tril",
    "triu",
    "true_divide",
    "trunc",
    "unfold",
    "unstack",
    "upsample",
    "var",
    "where",
    "zeros",
    "zeros_like",
]


def __dir__() -> list[str]:
    return sorted(__all__)
