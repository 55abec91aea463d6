"""Every public operation with all of its arguments by name: values that are valid together."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from convolith import ops

_numbers = np.random.default_rng(29)


def _floats(*shape: int) -> np.ndarray:
    return _numbers.uniform(0.1, 0.9, shape).astype(np.float32)


MATRIX, VECTOR, IMAGES = _floats(3, 4), _floats(4), _floats(2, 6, 5, 4)
SERIES, COLORS, SQUARE = _floats(2, 7, 4), _floats(2, 3, 4, 3), _floats(4, 4)
LABELS, PLACES = np.array([1, 0, 3]), np.array([[1], [0], [2]])
POOLED, FROM = ops.max_pool_with_indices(IMAGES, 2)
CORNERS = np.array([[0, 0], [0, 4], [5, 0], [5, 4]], np.float32)

_CONV: dict[str, Any] = {"strides": 1, "padding": "valid", "data_format": "channels_last", "dilation_rate": 1}
_WINDOW: dict[str, Any] = {"pool_size": 2, **_CONV, "strides": 2}
_POOL: dict[str, Any] = {"inputs": IMAGES, **_WINDOW, "ceil_mode": False}
_SHAPE: dict[str, Any] = {"input_shape": (2, 8, 8, 3), **_CONV}
_PATCH: dict[str, Any] = {"kernel_size": 2, "dilation": 1, "padding": 0, "stride": 1}
_BY_CHANNEL = {"x": IMAGES, "gamma": VECTOR, "beta": VECTOR, "axis": -1, "epsilon": 1e-3}
_ONE_IMAGE = {"images": COLORS, "data_format": "channels_last"}
_READ = {**_ONE_IMAGE, "interpolation": "bilinear", "fill_value": 0.0}
_CUT = {**_ONE_IMAGE, "target_height": None, "target_width": None}
_SIDES = {"top": 1, "left": 1, "bottom": 1, "right": 0}
_EXTRACT = {"size": 2, "strides": 1, "dilation_rate": 1, "padding": "valid", "data_format": "channels_last"}

_GIVEN: dict[str, dict[str, Any]] = {
    **{name: _POOL for name in ("max_pool", "min_pool", "max_pool_with_indices")},
    "average_pool": {**_POOL, "count_include_pad": True},
    "lp_pool": {**_POOL, "norm_type": 2},
    **{
        name: {"inputs": IMAGES, "data_format": "channels_last", "keepdims": True}
        for name in ("global_average_pool", "global_max_pool", "global_concat_pool")
    },
    **{
        name: {"inputs": IMAGES, "output_size": 2, "data_format": "channels_last"}
        for name in ("adaptive_average_pool", "adaptive_max_pool")
    },
    **{
        name: {"inputs": IMAGES, "pool_size": 2, "strides": 2, "data_format": "channels_last"}
        for name in ("depthwise_average_pool", "depthwise_max_pool")
    },
    "max_unpool": {**_WINDOW, "inputs": POOLED, "indices": FROM, "output_size": (6, 5)},
    "conv": {**_CONV, "inputs": IMAGES, "kernel": _floats(3, 2, 4, 6), "groups": 1, "bias": _floats(6)},
    "conv_transpose": {
        **{**_CONV, "inputs": IMAGES, "kernel": _floats(3, 2, 6, 4), "groups": 1, "bias": _floats(6)},
        **{"strides": 2, "output_padding": 1},
    },
    "depthwise_conv": {**_CONV, "inputs": SERIES, "kernel": _floats(3, 4, 2), "bias": _floats(8)},
    "separable_conv": {
        **{**_CONV, "inputs": IMAGES, "depthwise_kernel": _floats(3, 2, 4, 2)},
        **{"pointwise_kernel": _floats(1, 1, 8, 3), "bias": _floats(3)},
    },
    "locally_connected": {
        **{"inputs": SERIES, "kernel": _floats(5, 12, 3), "kernel_size": 3, "strides": 1, "padding": "valid"},
        **{"data_format": "channels_last", "bias": _floats(5, 3)},
    },
    "conv_output_shape": {**_SHAPE, "kernel_shape": (3, 3, 3, 4), "groups": 1},
    "conv_transpose_output_shape": {**_SHAPE, "kernel_shape": (3, 3, 4, 3), "groups": 1},
    "pool_output_shape": {**_SHAPE, "pool_size": 2, "ceil_mode": False},
    "explicit_padding": {"sizes": (8, 8), "kernel_size": 3, "strides": 1, "padding": "same", "dilation_rate": 1},
    "receptive_field": {"windows": [(3, 2)]},
    "count_parameters": {"channels": 3, "filters": 4, "kernel_size": 3, "groups": 1, "bias": True},
    "batch_normalization": {
        **{"x": IMAGES, "mean": VECTOR, "variance": VECTOR, "axis": -1, "offset": VECTOR, "scale": VECTOR},
        "epsilon": 1e-3,
    },
    **{name: _BY_CHANNEL for name in ("normalize_batch", "instance_normalization", "layer_normalization")},
    "group_normalization": {**_BY_CHANNEL, "groups": 2},
    "rms_normalization": {"x": IMAGES, "scale": VECTOR, "axis": -1, "epsilon": 1e-3},
    "local_response_normalization": {
        **{"inputs": IMAGES, "depth_radius": 2, "bias": 1.0, "alpha": 1e-4, "beta": 0.75},
        **{"data_format": "channels_last", "size": 5},
    },
    "dropout": {"inputs": MATRIX, "rate": 0.5, "state": np.array([3, 0], np.uint64), "noise_shape": (3, 1)},
    "dense": {"inputs": MATRIX, "kernel": _floats(4, 5), "bias": _floats(5)},
    "arccosh": {"x": MATRIX + 1},
    "arange": {"start": 0, "stop": 5, "step": 1},
    "binary_crossentropy": {"target": MATRIX, "output": MATRIX},
    "categorical_crossentropy": {"target": MATRIX, "output": MATRIX},
    "sparse_categorical_crossentropy": {"target": LABELS, "output": MATRIX},
    "broadcast_to": {"x": MATRIX, "shape": (2, 3, 4)},
    "cast": {"x": MATRIX, "dtype": "float64"},
    "clip": {"x": MATRIX, "x_min": 0.2, "x_max": 0.7},
    "concatenate": {"xs": [MATRIX, MATRIX], "axis": 0},
    "stack": {"x": [MATRIX, MATRIX], "axis": 0},
    "ctc_loss": {
        **{"target": np.array([[1, 2]] * 2), "output": _floats(2, 6, 4)},
        **{"target_length": np.array([2, 1]), "output_length": np.array([6, 5]), "mask_index": 0},
    },
    "depth_to_space": {"x": IMAGES, "block_size": 2, "data_format": "channels_last", "mode": "DCR"},
    "space_to_depth": {"x": IMAGES[:, :, :4], "block_size": 2, "data_format": "channels_last", "mode": "DCR"},
    "dot": {"x1": MATRIX, "x2": SQUARE},
    "matmul": {"x1": MATRIX, "x2": SQUARE},
    "tensordot": {"x1": MATRIX, "x2": SQUARE, "axes": 1},
    "einsum": {"subscripts": "ij->i"},
    "expand_dims": {"x": MATRIX, "axis": 1},
    "squeeze": {"x": _floats(3, 1, 4), "axis": 1},
    "unfold": {"x": IMAGES, **_PATCH},
    "fold": {"x": _floats(2, 8, 4), "output_size": (3, 3), **_PATCH},
    "full": {"shape": (2, 4), "fill_value": 2.0, "dtype": "float32"},
    "full_like": {"x": MATRIX, "fill_value": 2.0, "dtype": "float32"},
    "get_item": {"x": MATRIX, "key": 1},
    "in_top_k": {"targets": LABELS, "predictions": MATRIX, "k": 2},
    "linspace": {"start": 0.0, "stop": 1.0},
    "moments": {"x": MATRIX, "axes": 1, "keepdims": False, "synchronized": False},
    "moveaxis": {"x": IMAGES, "source": 1, "destination": 2},
    "multi_hot": {"inputs": LABELS, "num_classes": 4, "axis": -1, "dtype": "float32", "sparse": False},
    "one_hot": {"x": LABELS, "num_classes": 4, "axis": -1, "dtype": "float32", "sparse": False},
    "pad": {"x": MATRIX, "pad_width": 1, "mode": "constant", "constant_values": 1.0},
    "polar": {"abs_": MATRIX, "angle": MATRIX},
    "prelu": {"x": MATRIX, "alpha": VECTOR},
    "psnr": {"x1": MATRIX, "x2": MATRIX, "max_val": 1.0},
    "repeat": {"x": MATRIX, "repeats": 2, "axis": 0},
    "reshape": {"x": MATRIX, "newshape": (4, 3)},
    "roll": {"x": MATRIX, "shift": 1, "axis": 0},
    "rot90": {"array": MATRIX, "k": 1, "axes": (0, 1)},
    "scatter": {"indices": PLACES, "values": _floats(3), "shape": (5,)},
    "slice": {"inputs": MATRIX, "start_indices": (1, 0), "shape": (2, 3)},
    "slice_update": {"inputs": MATRIX, "start_indices": (1, 0), "updates": _floats(2, 2)},
    "split": {"x": MATRIX, "indices_or_sections": 2, "axis": 1},
    "swapaxes": {"x": MATRIX, "axis1": 0, "axis2": 1},
    "take": {"x": MATRIX, "indices": LABELS, "axis": 1},
    "take_along_axis": {"x": MATRIX, "indices": PLACES, "axis": 1},
    "threshold": {"x": MATRIX, "threshold": 0.3, "default_value": -1.0},
    "tile": {"x": MATRIX, "repeats": 2},
    "top_k": {"x": MATRIX, "k": 2, "sorted": True},
    "transpose": {"x": MATRIX, "axes": (1, 0)},
    "upsample": {"inputs": IMAGES, "size": 2, "data_format": "channels_last"},
    "where": {"condition": MATRIX > 0.5, "x1": MATRIX, "x2": MATRIX},
    **{name: {"shape": (2, 3), "dtype": "float32"} for name in ("zeros", "ones")},
    **{name: {"N": 3, "M": 4, "k": 0, "dtype": "float32"} for name in ("eye", "tri")},
    "identity": {"n": 3, "dtype": "float32"},
    "image.affine_transform": {
        **{**_READ, "fill_mode": "constant", "output_size": (3, 4)},
        "transform": np.array([1, 0.1, 0.3, -0.1, 1, 0.2, 0.01, 0.02], np.float32),
    },
    "image.crop_and_resize": {
        **{**_ONE_IMAGE, "boxes": np.array([[0.1, 0.2, 0.7, 0.8]], np.float32), "box_indices": np.array([1])},
        **{"crop_size": 2, "interpolation": "bilinear", "extrapolation_value": 0.0},
    },
    "image.crop_images": {**_CUT, **{f"{side}_cropping": pixels for side, pixels in _SIDES.items()}},
    "image.pad_images": {**_CUT, **{f"{side}_padding": pixels for side, pixels in _SIDES.items()}, "fill_value": 0.0},
    "image.elastic_transform": {**_READ, "alpha": 2.0, "sigma": 0.7, "fill_mode": "reflect", "seed": 3},
    "image.extract_patches": {"images": COLORS, **_EXTRACT},
    "image.extract_patches_3d": {"volumes": _floats(2, 4, 3, 2, 2), **_EXTRACT},
    "image.fold": {"patches": _floats(2, 3, 3, 8), "output_size": (4, 4), **_EXTRACT},
    "image.filter_images": {**_ONE_IMAGE, "kernel": _floats(3, 3), "padding": "same"},
    "image.gaussian_blur": {**_ONE_IMAGE, "kernel_size": 3, "sigma": 1.0},
    "image.grid_sample": {
        **{**_ONE_IMAGE, "grid": _floats(2, 3, 2, 2), "mode": "bilinear", "padding_mode": "zeros"},
        "align_corners": False,
    },
    **{f"image.{name}": _ONE_IMAGE for name in ("hsv_to_rgb", "rgb_to_hsv", "rgb_to_grayscale", "sobel_edges")},
    "image.map_coordinates": {
        **{"inputs": MATRIX, "coordinates": _floats(2, 5), "order": 1, "fill_mode": "constant", "fill_value": 0.0}
    },
    "image.perspective_transform": {**_READ, "start_points": CORNERS, "end_points": CORNERS + _floats(4, 2)},
    "image.resize": {
        **{**_ONE_IMAGE, "size": 5, "interpolation": "bilinear", "fill_mode": "constant", "fill_value": 0.0},
        **{"cubic_coefficient": -0.5},
    },
    "image.scale_and_translate": {
        **{"images": COLORS, "output_shape": (2, 4, 3, 3), "scale": _floats(2), "translation": _floats(2)},
        **{"spatial_dims": (1, 2), "method": "linear", "antialias": True},
    },
    "image.ssim": {
        **{"image1": COLORS, "image2": COLORS * 0.9, "filter_size": 3, "data_format": "channels_last"},
    },
}


def function_of(name: str) -> Any:
    """The operation that is called so, "image." before the name of one on images."""
    module, _, last = name.rpartition(".")
    return getattr(ops.image if module else ops, last)


def keywords_of(name: str) -> dict[str, Any]:
    """Valid arguments of an operation: those given above, matrices for x, x1 and x2, and the defaults of the others."""
    keywords = dict(_GIVEN.get(name, {}))
    for argument in inspect.signature(function_of(name)).parameters.values():
        if argument.kind is not argument.VAR_POSITIONAL and argument.name not in keywords:
            matrix = argument.name in {"x", "x1", "x2", "variable"}
            keywords[argument.name] = MATRIX if matrix else argument.default
    return keywords
