"""What holds for every public operation."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.bounds import assert_within, gamma
from tests.ops.calls import CALLS, OF_SIZES
from tests.ops.slopes import check_slopes
from tests.ops.test_array_kinds import KINDS

PUBLIC = [name for name in ops.__all__ if name != "image"] + [f"image.{name}" for name in ops.image.__all__]
NO_NUMBERS = {"convert_to_numpy", "convert_to_tensor", "dtype", "is_tensor", "ndim", "shape", "size"}
"""They ask for or hand over whatever array there is."""
ONLY_ARRAYS = {"arange", "linspace"}
"""They take no symbolic tensors."""


def function_of(name: str):
    module, _, last = name.rpartition(".")
    return getattr(ops.image if module else ops, last)


def names_of(name: str) -> set[str]:
    """The operation's name and its aliases."""
    module = ops.image if "." in name else ops
    return {other for other in module.__all__ if getattr(module, other) is function_of(name)}


def leaves(result):
    return [leaf for item in result for leaf in leaves(item)] if isinstance(result, (list, tuple)) else [result]


def test_every_operation_is_called_here():
    assert sorted(PUBLIC) == sorted([*CALLS, *OF_SIZES])


@cache
def differentiable(name: str) -> bool:
    function, arrays = CALLS[name]
    results = leaves(function(*arrays))
    return len(results) == 1 and isinstance(results[0], np.ndarray) and results[0].dtype.kind == "f"


ABOUT_MEMORY = {"convert_to_numpy", "convert_to_tensor", "is_tensor"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [name for name in CALLS if name not in ABOUT_MEMORY])
def test_the_memory_of_the_arguments_does_not_matter(name, kind):
    function, arrays = CALLS[name]
    strange = [KINDS[kind](array) if array.ndim else array for array in arrays]
    kept = [np.array(array) for array in strange]
    same = arrays
    if kind == "a list":  # Python's floats count as float32; vjp takes them for NumPy's
        same = [array.astype(np.float32) if array.dtype == np.float64 and array.ndim else array for array in arrays]
    for result, expected in zip(leaves(function(*strange)), leaves(function(*same)), strict=True):
        np.testing.assert_array_equal(result, expected, strict=isinstance(expected, np.ndarray))
    if differentiable(name) and name not in ONLY_ARRAYS:
        (result, pullback), (_, expected) = (convolith.vjp(function, *given) for given in (strange, arrays))
        upstream = np.arange(1, result.size + 1, dtype=result.dtype).reshape(result.shape)
        odd = upstream if kind == "a list" or not upstream.ndim else KINDS[kind](upstream)
        for gradient, other in zip(pullback(odd), expected(upstream), strict=True):
            np.testing.assert_array_equal(gradient, other, strict=True)
    for before, after in zip(kept, strange, strict=True):
        np.testing.assert_array_equal(before, np.array(after), err_msg="an input was changed")


OF_FLOATS = {"image.hsv_to_rgb", "image.rgb_to_hsv"}  # no integers
OTHERS = {
    np.float16: lambda array: array.astype(np.float16),
    # Away from 0, which is no scale; below it the largest of the bytes.
    np.int16: lambda array: np.copysign(np.ceil(abs(array)), array).astype(np.int16),
    np.uint8: lambda array: np.copysign(np.ceil(abs(array)), array).astype(np.int16).astype(np.uint8),
}


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        (name, dtype)
        for name in CALLS
        for dtype in OTHERS
        if name not in NO_NUMBERS | ONLY_ARRAYS and (name not in OF_FLOATS or dtype is np.float16)
    ],
)
def test_other_numbers_count_as_float32_where_they_do_not_stay(name, dtype):
    """Bit for bit: nothing wraps, is rounded to halves or comes out in float64 on the way."""
    function, arrays = CALLS[name]
    given = [OTHERS[dtype](array) if array.dtype.kind == "f" else array for array in arrays]
    single = [
        one.astype(np.float32) if array.dtype.kind == "f" else array for one, array in zip(given, arrays, strict=True)
    ]
    with np.errstate(all="ignore"):
        results, expected = leaves(function(*given)), leaves(function(*single))
    for result, wanted in zip(results, expected, strict=True):
        if isinstance(result, np.ndarray) and result.dtype not in (dtype, np.int16, np.int32):
            np.testing.assert_array_equal(result, wanted, strict=True)


@pytest.mark.parametrize("name", [name for name in CALLS if name not in NO_NUMBERS])
@pytest.mark.parametrize("wrong", ["complex", "text", "objects"])
def test_what_holds_no_numbers_is_refused_by_name(name, wrong):
    function, arrays = CALLS[name]
    for place in range(len(arrays)):
        given = list(arrays)
        given[place] = {
            "complex": lambda array: array.astype(complex),
            "text": lambda array: array.astype(str),
            "objects": lambda array: array.astype(object),
        }[wrong](given[place])
        with pytest.raises(TypeError) as refused:
            function(*given)
        assert any(other in str(refused.value) for other in names_of(name)), f"no name in {refused.value}"


# The slope that vjp gives is not that of the function on purpose, or the function has steps that it ignores.
NO_SLOPES = {"arange", "convert_to_numpy", "linspace", "multi_hot", "one_hot", "stop_gradient"}


@pytest.mark.parametrize("name", [name for name in CALLS if name not in NO_SLOPES and differentiable(name)])
def test_gradients_are_slopes(name):
    function, arrays = CALLS[name]
    check_slopes(function, *arrays)


# How often a number of the calls is rounded on its way into the result, where the operation does not move, choose or
# count numbers alone. Each has a bound of its own, for any shapes, where it is tested.
ROUNDINGS = {
    **dict.fromkeys(["add", "divide", "mod", "multiply", "outer", "prelu"], 1),  # as IEEE rounds them
    **dict.fromkeys(["reciprocal", "sqrt", "square", "subtract", "true_divide"], 1),
    # A function of the library or of the engine, within eight units in the last place, of two roundings each.
    **dict.fromkeys(["arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "cos", "cosh"], 16),
    **dict.fromkeys(["erf", "exp", "exp2", "expm1", "log", "log10", "log1p", "log2", "power", "sin", "sinh"], 16),
    **dict.fromkeys(["tan", "tanh"], 16),
    # Sums of so many products, and one more; a factor that is a quotient or no float32 number counts for two.
    **{"conv": 26, "conv_transpose": 26, "dense": 6, "depthwise_conv": 8, "locally_connected": 18},
    **{"separable_conv": 8 + 10, "dot": 6, "matmul": 6, "tensordot": 6, "einsum": 6, "fold": 10, "image.fold": 10},
    **{"sum": 13, "mean": 15, "cumsum": 13, "prod": 13, "trace": 4, "norm": 14, "lp_pool": 6},
    **{"average_pool": 7, "depthwise_average_pool": 7, "adaptive_average_pool": 9},
    **{"global_average_pool": 33, "global_concat_pool": 33, "image.rgb_to_grayscale": 7},
    **{"image.filter_images": 11, "image.sobel_edges": 11, "image.gaussian_blur": 14},
    **{"leaky_relu": 2, "sparse_sigmoid": 2, "sparse_plus": 3, "softsign": 3, "rsqrt": 3, "squareplus": 5},
    **dict.fromkeys(["hard_sigmoid", "hard_silu", "hard_swish", "linspace"], 5),
    **{"normalize": 8, "rms_normalization": 10, "batch_normalization": 8, "sparsemax": 9},
    # One of those functions beside these: its argument and what it is multiplied with are no float32 numbers.
    **dict.fromkeys(["celu", "elu", "glu", "selu", "sigmoid", "silu", "swish", "tanh_shrink"], 16 + 5),
    # Of up to three of these, one after the other, on numbers that are not larger than what goes in or comes out.
    **dict.fromkeys(["group_normalization", "instance_normalization", "layer_normalization"], 48),
    **dict.fromkeys(["binary_crossentropy", "categorical_crossentropy", "ctc_loss", "gelu", "log_sigmoid"], 48),
    **dict.fromkeys(["local_response_normalization", "log_softmax", "logaddexp", "logsumexp", "mish", "psnr"], 48),
    **dict.fromkeys(["softmax", "softplus", "sparse_categorical_crossentropy", "std", "var"], 48),
    **dict.fromkeys(["image.affine_transform", "image.crop_and_resize", "image.elastic_transform"], 48),
    **dict.fromkeys(["image.grid_sample", "image.hsv_to_rgb", "image.map_coordinates"], 48),
    **dict.fromkeys(["image.perspective_transform", "image.resize", "image.rgb_to_hsv"], 48),
    **dict.fromkeys(["image.scale_and_translate", "image.ssim"], 48),
}


OF_A_DTYPE = {"cast", "full", "full_like"}  # the argument's


@pytest.mark.parametrize("name", [name for name in CALLS if name not in OF_A_DTYPE and differentiable(name)])
def test_float32_stays_and_is_rounded_no_more_often_than_it_must(name):
    function, arrays = CALLS[name]
    single = [array.astype(np.float32) if array.dtype.kind == "f" else array for array in arrays]
    double = [array.astype(np.float64) if array.dtype.kind == "f" else array for array in single]
    result, exact = function(*single), function(*double)
    assert result.dtype == np.float32
    with np.errstate(invalid="ignore"):  # of a function that knows no such numbers
        magnitudes = function(*map(abs, double))  # those that sums of products add up to
    numbers = [array for array in (*double, exact, magnitudes) if array.dtype.kind == "f"]
    # That the operation itself gave the results does not matter: one that is wrong is not within its own roundoff.
    largest = max(np.abs(array[np.isfinite(array)]).max(initial=1) for array in numbers)
    assert_within(result, exact, gamma(ROUNDINGS.get(name, 0)) * largest)


@pytest.mark.parametrize("name", [name for name in CALLS if name not in NO_NUMBERS | ONLY_ARRAYS | {"polar"}])
def test_symbolic_tensors_have_the_shapes_of_the_results(name):
    function, arrays = CALLS[name]
    symbolic = leaves(function(*(Tensor(Spec(array.shape, array.dtype)) for array in arrays)))
    for tensor, result in zip(symbolic, leaves(function(*arrays)), strict=True):
        assert (tensor.shape, tensor.dtype) == (result.shape, result.dtype)


# Of these an argument names rows or sizes that there are none of then, or the largest of nothing is asked for.
NEEDS_ROWS = {
    *["amax", "amin", "argmax", "argmin", "max", "min", "normalize_batch", "ctc_loss", "in_top_k", "max_unpool"],
    *["broadcast_to", "full", "full_like", "pad", "reshape", "scatter", "slice", "slice_update", "take_along_axis"],
    *["sparse_categorical_crossentropy", "where", "image.affine_transform", "image.crop_and_resize"],
    *["image.map_coordinates", "image.perspective_transform", "image.scale_and_translate"],
}
MEANS = {"mean", "std", "var", "psnr"}  # of nothing are NaN, of which NumPy warns


@pytest.mark.parametrize("name", [name for name in CALLS if name not in ONLY_ARRAYS | NEEDS_ROWS | MEANS])
def test_there_may_be_no_rows(name):
    function, arrays = CALLS[name]
    given = [array[:0] if array.shape[:1] == arrays[0].shape[:1] else array for array in arrays]
    if name not in NO_NUMBERS | {"polar"}:
        results, tensors = leaves(function(*given)), [Tensor(Spec(array.shape, array.dtype)) for array in given]
        for result, tensor in zip(results, leaves(function(*tensors)), strict=True):
            assert (result.shape, result.dtype) == (tensor.shape, tensor.dtype)
    if differentiable(name) and name not in NO_NUMBERS:
        result, pullback = convolith.vjp(function, *given)
        for gradient, array in zip(pullback(np.ones_like(result)), given, strict=True):
            if array.dtype.kind == "f":
                assert gradient.shape == array.shape and gradient.dtype == array.dtype and not gradient.any()


@pytest.mark.parametrize("name", sorted(NEEDS_ROWS))
def test_no_rows_are_refused_where_some_are_named(name):
    function, arrays = CALLS[name]
    given = [array[:0] if array.shape[:1] == arrays[0].shape[:1] else array for array in arrays]
    with pytest.raises(ValueError) as refused:
        function(*given)
    assert any(str(refused.value).startswith(f"{other}:") for other in names_of(name)), refused.value


@pytest.mark.parametrize("name", sorted(MEANS))
def test_a_mean_of_no_rows_is_no_number(name):
    function, arrays = CALLS[name]
    with pytest.warns(RuntimeWarning, match="divide"):
        assert np.isnan(function(*(array[:0] for array in arrays)))
