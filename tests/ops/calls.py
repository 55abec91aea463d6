"""One valid call of every public operation: a function of arrays, and the arrays, float64 but for class numbers."""

from __future__ import annotations

import numpy as np

from convolith import ops

_numbers = np.random.default_rng(11)


def _normal(*shape: int) -> np.ndarray:
    return _numbers.normal(size=shape)


MATRIX, OTHER = _normal(3, 4), _normal(3, 4) + 5
POSITIVE, UNIT = abs(_normal(3, 4)) + 1.5, _numbers.uniform(-0.9, 0.9, (3, 4))
IMAGES, VECTOR = _normal(2, 6, 5, 4), _normal(4)
COLORS = _numbers.uniform(0.1, 0.9, (2, 3, 4, 3))
LABELS, PLACES = np.array([1, 0, 3]), np.array([[1], [0], [2]])
DISTRIBUTION = np.full((3, 4), 0.25)
GRID = _numbers.uniform(-0.9, 0.9, (2, 3, 2, 2))
STATE = np.array([3, 0], np.uint64)
MOVE = np.array([1, 0.11, 0.3, -0.12, 1, 0.27, 0.01, 0.02])
CORNERS = np.array([[0, 0], [0, 4], [5, 0], [5, 4.0]])

_UNARY = [
    *["abs", "absolute", "ceil", "celu", "cos", "cosh", "elu", "erf", "exp", "exp2", "expm1", "floor", "gelu"],
    *["hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "isfinite", "isinf", "isnan"],
    *["leaky_relu", "log_sigmoid", "log_softmax", "logical_not", "mish", "nan_to_num", "negative", "relu", "relu6"],
    *["round", "selu", "sigmoid", "sign", "silu", "sin", "sinh", "soft_shrink", "softmax", "softplus", "softsign"],
    *["sparse_plus", "sparse_sigmoid", "sparsemax", "square", "squareplus", "swish", "tanh", "tanh_shrink"],
    *["trunc", "arctan", "arcsinh", "all", "any", "amax", "amin", "argmax", "argmin", "argsort", "count_nonzero"],
    *["cumsum", "diag", "diagonal", "flip", "logsumexp", "max", "mean", "min", "norm", "normalize", "ones_like"],
    *["prod", "ravel", "rot90", "sort", "squeeze", "std", "stop_gradient", "sum", "trace", "transpose", "tril"],
    *["triu", "unstack", "var", "zeros_like", "convert_to_numpy", "convert_to_tensor", "glu", "ndim", "shape", "size"],
    *["dtype", "is_tensor", "layer_normalization", "rms_normalization", "normalize_batch"],
]
_POSITIVE = ["arccosh", "log", "log10", "log1p", "log2", "reciprocal", "rsqrt", "sqrt"]
_UNIT = ["arccos", "arcsin", "arctanh", "tan"]
_BINARY = [
    *["add", "arctan2", "divide", "equal", "floor_divide", "greater", "greater_equal", "less", "less_equal"],
    *["logaddexp", "logical_and", "logical_or", "logical_xor", "maximum", "minimum", "mod", "multiply", "not_equal"],
    *["outer", "subtract", "true_divide"],
]
_POOLS = ["average_pool", "max_pool", "min_pool", "lp_pool", "max_pool_with_indices"]

CALLS = {
    **{name: (getattr(ops, name), (MATRIX,)) for name in _UNARY},
    **{name: (getattr(ops, name), (POSITIVE,)) for name in _POSITIVE},
    **{name: (getattr(ops, name), (UNIT,)) for name in _UNIT},
    **{name: (getattr(ops, name), (MATRIX, OTHER)) for name in _BINARY},
    **{name: (lambda x, name=name: getattr(ops, name)(x, 2), (IMAGES,)) for name in _POOLS},
    **{name: (getattr(ops, name), (IMAGES,)) for name in ("global_average_pool", "global_max_pool")},
    "adaptive_average_pool": (lambda x: ops.adaptive_average_pool(x, (4, 3)), (IMAGES,)),
    "adaptive_max_pool": (lambda x: ops.adaptive_max_pool(x, (4, 3)), (IMAGES,)),
    "arange": (lambda start: ops.arange(start, 5), (np.array(1.0),)),
    "batch_normalization": (
        lambda x, mean, variance, offset, scale: ops.batch_normalization(x, mean, variance, -1, offset, scale),
        (MATRIX, VECTOR, abs(VECTOR) + 1, VECTOR + 1, VECTOR + 2),
    ),
    "binary_crossentropy": (ops.binary_crossentropy, (abs(UNIT), 0.05 + abs(UNIT) * 0.9)),
    "broadcast_to": (lambda x: ops.broadcast_to(x, (2, 3, 4)), (MATRIX,)),
    "cast": (lambda x: ops.cast(x, "float64"), (MATRIX,)),
    "categorical_crossentropy": (
        lambda labels, x: ops.categorical_crossentropy(labels, x, from_logits=True),
        (DISTRIBUTION, MATRIX),
    ),
    "clip": (lambda x: ops.clip(x, -1, 1), (MATRIX,)),
    "concatenate": (lambda a, b: ops.concatenate([a, b]), (MATRIX, OTHER)),
    "conv": (lambda x, k, b: ops.conv(x, k, bias=b), (IMAGES, _normal(3, 2, 4, 5), _normal(5))),
    "conv_transpose": (lambda x, k, b: ops.conv_transpose(x, k, bias=b), (IMAGES, _normal(3, 2, 5, 4), _normal(5))),
    "ctc_loss": (lambda x: ops.ctc_loss([[1, 2]] * 2, x, [2, 1], [6, 5]), (IMAGES[:, :, 0],)),
    "dense": (ops.dense, (MATRIX, _normal(4, 5), _normal(5))),
    "depth_to_space": (lambda x: ops.depth_to_space(x, 2), (IMAGES,)),
    "depthwise_average_pool": (lambda x: ops.depthwise_average_pool(x, 2), (IMAGES,)),
    "depthwise_conv": (ops.depthwise_conv, (IMAGES, _normal(3, 2, 4, 2))),
    "depthwise_max_pool": (lambda x: ops.depthwise_max_pool(x, 2), (IMAGES,)),
    "dot": (ops.dot, (MATRIX, _normal(4, 2))),
    "dropout": (lambda x: ops.dropout(x, 0.5, STATE), (MATRIX,)),
    "einsum": (lambda x, y: ops.einsum("ij,ij->i", x, y), (MATRIX, OTHER)),
    "expand_dims": (lambda x: ops.expand_dims(x, 1), (MATRIX,)),
    "fold": (lambda x: ops.fold(x, 3, 2), (_normal(2, 8, 4),)),
    "full": (lambda value: ops.full((2, 4), value, "float64"), (VECTOR,)),
    "full_like": (lambda value: ops.full_like(MATRIX, value), (VECTOR,)),
    "get_item": (lambda x: ops.get_item(x, (slice(None), [2, 0])), (MATRIX,)),
    "global_concat_pool": (ops.global_concat_pool, (IMAGES,)),
    "group_normalization": (lambda x, scale: ops.group_normalization(x, 2, scale), (IMAGES, VECTOR)),
    "in_top_k": (lambda x: ops.in_top_k(LABELS, x, 2), (MATRIX,)),
    "instance_normalization": (ops.instance_normalization, (IMAGES,)),
    "linspace": (ops.linspace, (VECTOR, VECTOR + 1)),
    "local_response_normalization": (ops.local_response_normalization, (IMAGES,)),
    "locally_connected": (lambda x, k: ops.locally_connected(x, k, 2, 2), (IMAGES, _normal(6, 16, 3))),
    "matmul": (ops.matmul, (MATRIX, _normal(4, 2))),
    "max_unpool": (
        lambda x: ops.max_unpool(x, ops.max_pool_with_indices(IMAGES, 2)[1], 2, output_size=(6, 5)),
        (_normal(2, 3, 2, 4),),
    ),
    "moveaxis": (lambda x: ops.moveaxis(x, 1, 2), (IMAGES,)),
    "moments": (lambda x: ops.moments(x, 1), (MATRIX,)),
    "multi_hot": (lambda x: ops.multi_hot(x, 4), (LABELS,)),
    "one_hot": (lambda x: ops.one_hot(x, 4), (LABELS,)),
    "pad": (lambda x: ops.pad(x, 1, "reflect"), (MATRIX,)),
    "polar": (ops.polar, (POSITIVE, MATRIX)),
    "power": (ops.power, (POSITIVE, OTHER)),
    "prelu": (ops.prelu, (MATRIX, VECTOR)),
    "psnr": (lambda x, y: ops.psnr(x, y, 2.5), (MATRIX, OTHER)),
    "repeat": (lambda x: ops.repeat(x, 2, 0), (MATRIX,)),
    "reshape": (lambda x: ops.reshape(x, (4, 3)), (MATRIX,)),
    "roll": (lambda x: ops.roll(x, 1, 0), (MATRIX,)),
    "scatter": (lambda x: ops.scatter(PLACES, x, (5,)), (_normal(3),)),
    "separable_conv": (ops.separable_conv, (IMAGES, _normal(3, 2, 4, 2), _normal(1, 1, 8, 3))),
    "slice": (lambda x: ops.slice(x, (1, 0), (2, 3)), (MATRIX,)),
    "slice_update": (lambda x, y: ops.slice_update(x, (1, 0), y), (MATRIX, _normal(2, 2))),
    "space_to_depth": (lambda x: ops.space_to_depth(x, 2), (IMAGES[:, :, :4],)),
    "sparse_categorical_crossentropy": (
        lambda x: ops.sparse_categorical_crossentropy(LABELS, x, from_logits=True),
        (MATRIX,),
    ),
    "split": (lambda x: ops.split(x, 2, 1)[1], (MATRIX,)),
    "stack": (lambda x, y: ops.stack([x, y], 1), (MATRIX, OTHER)),
    "swapaxes": (lambda x: ops.swapaxes(x, 0, 1), (MATRIX,)),
    "take": (lambda x: ops.take(x, LABELS, 1), (MATRIX,)),
    "take_along_axis": (lambda x: ops.take_along_axis(x, PLACES, 1), (MATRIX,)),
    "tensordot": (lambda x, y: ops.tensordot(x, y, 1), (MATRIX, _normal(4, 2))),
    "threshold": (lambda x: ops.threshold(x, 0.3, -1.0), (MATRIX,)),
    "tile": (lambda x: ops.tile(x, 2), (MATRIX,)),
    "top_k": (lambda x: ops.top_k(x, 2)[0], (MATRIX,)),
    "unfold": (lambda x: ops.unfold(x, 2, padding=1), (IMAGES,)),
    "upsample": (lambda x: ops.upsample(x, 2), (IMAGES,)),
    "where": (lambda x, y: ops.where(MATRIX > 0, x, y), (MATRIX, OTHER)),
    "image.affine_transform": (ops.image.affine_transform, (COLORS[0], MOVE)),
    "image.crop_and_resize": (
        lambda x, boxes: ops.image.crop_and_resize(x, boxes, np.array([1]), (2, 3)),
        (COLORS, np.array([[0.1, 0.2, 0.7, 0.8]])),
    ),
    "image.crop_images": (lambda x: ops.image.crop_images(x, 1, 1, 1, 0), (COLORS,)),
    "image.elastic_transform": (lambda x: ops.image.elastic_transform(x, 2.0, 0.7, seed=3), (COLORS,)),
    "image.extract_patches_3d": (lambda x: ops.image.extract_patches_3d(x, 2), (_normal(2, 4, 3, 2, 2),)),
    "image.extract_patches": (lambda x: ops.image.extract_patches(x, 2), (COLORS,)),
    "image.filter_images": (ops.image.filter_images, (COLORS, _normal(3, 3))),
    "image.fold": (lambda x: ops.image.fold(x, (4, 4), 2), (_normal(2, 2, 2, 8),)),
    "image.gaussian_blur": (ops.image.gaussian_blur, (COLORS,)),
    "image.grid_sample": (ops.image.grid_sample, (COLORS, GRID)),
    "image.hsv_to_rgb": (ops.image.hsv_to_rgb, (COLORS,)),
    "image.map_coordinates": (lambda x, at: ops.image.map_coordinates(x, at, 1), (MATRIX, abs(_normal(2, 5)))),
    "image.pad_images": (lambda x: ops.image.pad_images(x, 1, 1, 1, 0), (COLORS,)),
    "image.perspective_transform": (
        lambda x: ops.image.perspective_transform(x, CORNERS, CORNERS + [[0, 0.3], [0.2, 0], [0.1, 0.1], [0, 0.4]]),
        (_normal(6, 5, 3),),
    ),
    "image.resize": (lambda x: ops.image.resize(x, (5, 3)), (COLORS,)),
    "image.rgb_to_grayscale": (ops.image.rgb_to_grayscale, (COLORS,)),
    "image.rgb_to_hsv": (ops.image.rgb_to_hsv, (COLORS,)),
    "image.scale_and_translate": (
        lambda x, scale, move: ops.image.scale_and_translate(x, (2, 4, 3, 3), scale, move, (1, 2), "cubic"),
        (COLORS, np.array([1.21, 0.83]), np.array([0.13, -0.27])),
    ),
    "image.ssim": (lambda x, y: ops.image.ssim(x, y, filter_size=3), (COLORS, COLORS[::-1] * 0.9)),
    "image.sobel_edges": (ops.image.sobel_edges, (COLORS,)),
}

# Functions of sizes alone, with no array to read.
OF_SIZES = ["conv_output_shape", "conv_transpose_output_shape", "explicit_padding", "eye", "identity", "ones", "zeros"]
OF_SIZES += ["count_flops", "count_parameters", "output_shape", "pool_output_shape", "receptive_field", "tri"]
