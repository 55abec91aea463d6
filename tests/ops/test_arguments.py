"""What is no integer, no axis or no dtype is refused by name, before any work."""

from __future__ import annotations

import numpy as np
import pytest

from convolith import ops
from convolith.graph.tensor import Spec, Tensor

X = np.ones((2, 3))
PLACES = np.zeros((2, 3), int)


@pytest.mark.parametrize(
    "function, message",
    [
        (lambda: ops.max(X, 0.5), "max: axis must be an integer or a sequence of them, got 0.5"),
        (lambda: ops.any(X, "rows"), "any: axis must be an integer or a sequence of them, got 'rows'"),
        (lambda: ops.logsumexp(X, keepdims=1), "logsumexp: keepdims must be True or False, got 1"),
        (lambda: ops.logsumexp(X, (0.0,)), r"logsumexp: axis must be an integer or a sequence of them, got \(0.0,\)"),
        (lambda: ops.argmax(X, 0.5), "argmax: axis must be an integer, got 0.5"),
        (lambda: ops.argmin(X, (0,)), r"argmin: axis must be an integer, got \(0,\)"),
        (lambda: ops.cumsum(X, 0.5), "cumsum: axis must be an integer, got 0.5"),
        (lambda: ops.concatenate([X, X], None), "concatenate: axis must be an integer, got None"),
        (lambda: ops.split(X, 1, 0.5), "split: axis must be an integer, got 0.5"),
        (lambda: ops.split(X, 0.5), "split: indices_or_sections must be an integer or a sequence of them, got 0.5"),
        (lambda: ops.unstack(X, axis=0.5), "unstack: axis must be an integer, got 0.5"),
        (lambda: ops.take(X, 0, 0.5), "take: axis must be an integer, got 0.5"),
        (lambda: ops.take_along_axis(X, PLACES, 0.5), "take_along_axis: axis must be an integer, got 0.5"),
        (lambda: ops.sort(X, 0.5), "sort: axis must be an integer, got 0.5"),
        (lambda: ops.argsort(X, 0.5), "argsort: axis must be an integer, got 0.5"),
        (lambda: ops.top_k(X, 0.5), "top_k: k must be an integer, got 0.5"),
        (lambda: ops.in_top_k([0, 0], X, 0.5), "in_top_k: k must be an integer, got 0.5"),
        (lambda: ops.flip(X, 0.5), "flip: axis must be an integer or a sequence of them, got 0.5"),
        (lambda: ops.roll(X, 0.5, 0), "roll: shift must be an integer or a sequence of them, got 0.5"),
        (lambda: ops.rot90(X, 0.5), "rot90: k must be an integer, got 0.5"),
        (lambda: ops.rot90(X, 1, (0, None)), r"rot90: axes must be an integer or a sequence of them, got \(0, None\)"),
        (lambda: ops.repeat(X, 0.5), "repeat: repeats must be an integer or a sequence of them, got 0.5"),
        (lambda: ops.repeat(X, 1, 0.5), "repeat: axis must be an integer, got 0.5"),
        (lambda: ops.tile(X, 0.5), "tile: repeats must be an integer or a sequence of them, got 0.5"),
        (lambda: ops.slice(X, 0.5, (1, 1)), "slice: start_indices must be an integer or a sequence of them, got 0.5"),
        (lambda: ops.slice_update(X, None, X), "slice_update: start_indices must be an integer or a sequence of them"),
        (lambda: ops.scatter(PLACES, X, 0.5), "scatter: shape must be an integer or a sequence of them, got 0.5"),
        (lambda: ops.diagonal(X, 0.5), "diagonal: offset must be an integer, got 0.5"),
        (lambda: ops.diag(X[0], 0.5), "diag: k must be an integer, got 0.5"),
        (lambda: ops.tril(X, 0.5), "tril: k must be an integer, got 0.5"),
        (lambda: ops.tensordot(X, X, None), "tensordot: axes must be an integer or two lists of axes, got None"),
        (lambda: ops.tensordot(X, X, (0,)), r"tensordot: axes must be an integer or two lists of axes, got \(0,\)"),
        (lambda: ops.reshape(X, (2.0, 3)), r"reshape: newshape must be an integer or a sequence of them, got \(2.0"),
        (lambda: ops.transpose(X, (0.0, 1)), "transpose: axes must be an integer or a sequence of them, got"),
        (lambda: ops.one_hot([1], 2.5), "one_hot: num_classes must be an integer, got 2.5"),
        (lambda: ops.linspace(0, 1, 2.5), "linspace: num must be an integer, got 2.5"),
        (
            lambda: ops.image.extract_patches(np.ones((1, 4, 4, 1)), [[1], [2, 3]]),
            r"extract_patches: size must be an integer or a sequence of them, got \[\[1\], \[2, 3\]\]",
        ),
        (lambda: ops.zeros((2, 0.5)), r"zeros: shape must be an integer or a sequence of them, got \(2, 0.5\)"),
        (
            lambda: ops.sum(X, Tensor(Spec((), np.dtype(int)))),
            "sum: axis must be an integer .* got <Tensor",
        ),
    ],
)
def test_what_is_no_integer(function, message):
    with pytest.raises(TypeError, match=message):
        function()


def test_sizes_that_are_negative():
    for name in ("zeros", "ones", "full"):
        arguments = ((2, -1), 0) if name == "full" else ((2, -1),)
        with pytest.raises(ValueError, match=rf"{name}: shape must not be negative, got \(2, -1\)"):
            getattr(ops, name)(*arguments)


@pytest.mark.parametrize("dtype", [complex, str, object, "M8[s]"])
def test_dtypes_that_are_not_of_real_numbers(dtype):
    for name, arguments in [
        ("zeros", (3,)),
        ("ones", (3,)),
        ("full_like", (X, 0)),
        ("linspace", (0, 1)),
        ("eye", (2,)),
        ("tri", (2,)),
        ("arange", (3,)),
    ]:
        with pytest.raises(TypeError, match=f"{name}: dtype must be one of real numbers of at most 64 bits, got"):
            getattr(ops, name)(*arguments, dtype=dtype)


@pytest.mark.parametrize("arguments", [(None,), ("a",), (0, [None]), (0, 1, 1j), (0, [[1], [2, 3]])])
def test_what_cannot_be_counted(arguments):
    with pytest.raises(TypeError, match="arange: start, stop and step must be numbers, got"):
        ops.arange(*arguments)


@pytest.mark.parametrize(
    "function, message",
    [
        (lambda: ops.sum(X, True), "sum: axis must be an integer or a sequence of them, got True"),
        (lambda: ops.var(X, (0, np.True_)), "var: axis must be an integer or a sequence of them, got"),
        (lambda: ops.softmax(X, False), "softmax: axis must be an integer, got False"),
        (lambda: ops.one_hot([1], True), "one_hot: num_classes must be an integer, got True"),
        (lambda: ops.tile(X, b"same"), "tile: repeats must be an integer or a sequence of them, got b'same'"),
        (lambda: ops.mean(X, 0, 1), "mean: keepdims must be True or False, got 1"),
        (lambda: ops.std(X, 0, None), "std: keepdims must be True or False, got None"),
        (lambda: ops.gelu(X, "tanh"), "gelu: approximate must be True or False, got 'tanh'"),
        (lambda: ops.max_pool(np.ones((1, 4, 4, 1)), 2, ceil_mode=0), "max_pool: ceil_mode must be True or False"),
        (lambda: ops.max_pool(np.ones((1, 4, 4, 1)), np.array(2)), "max_pool: pool_size must be an integer or 2 of"),
        (lambda: ops.cast(X, np.int64(2)), "cast: dtype must be one of real numbers"),
        (lambda: ops.zeros(2, (None, None)), "zeros: dtype must be one of real numbers"),
        (lambda: ops.dropout(X, None, np.array([1, 0], np.uint64)), "dropout: rate must be a number, got None"),
        (lambda: ops.image.crop_and_resize(np.ones((1, 2, 2, 1)), np.ones((1, 4)), X.astype(str), 2), "box_indices"),
    ],
)
def test_what_is_no_number_although_python_takes_it_for_one(function, message):
    with pytest.raises(TypeError, match=message):
        function()


def test_rows_that_differ_in_shape():
    for function, name in ((lambda x: ops.add(x, 1), "add: x1"), (ops.transpose, "transpose: x")):
        with pytest.raises(ValueError, match=rf"{name} must have rows of one shape, got \[\[1\], \[2, 3\]\]"):
            function([[1], [2, 3]])


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize(
    "function",
    [
        lambda x, form: ops.max_pool(x, 2, data_format=form),
        lambda x, form: ops.global_concat_pool(x, form),
        lambda x, form: ops.adaptive_average_pool(x, 2, form),
        lambda x, form: ops.local_response_normalization(x, data_format=form),
        lambda x, form: ops.image.resize(x, 2, data_format=form),
        lambda x, form: ops.image.sobel_edges(x, form),
        lambda x, form: ops.image.extract_patches(x, 2, data_format=form),
    ],
)
def test_images_without_channels(function, data_format):
    shape = (2, 4, 4, 0) if data_format == "channels_last" else (2, 0, 4, 4)
    for x in (np.ones(shape), Tensor(Spec(shape, np.dtype("f4")))):
        with pytest.raises(ValueError, match=r"(inputs must have channels|images must not be empty.*), got shape \(2"):
            function(x, data_format)


def test_parameters_of_shapes_that_do_not_fit_x():
    x = np.ones((2, 3, 4))
    for function, message in [
        (
            lambda: ops.layer_normalization(x, np.ones((2, 2, 3, 4))),
            r"layer_normalization: gamma must have shape \(4,\)",
        ),
        (
            lambda: ops.rms_normalization(x, np.ones(3)),
            r"rms_normalization: scale must have shape \(4,\), that of the axes \(2,\) of x of shape \(2, 3, 4\), got",
        ),
        (lambda: ops.group_normalization(x, 2, np.ones(3)), r"group_normalization: gamma must have shape \(4,\)"),
        (lambda: ops.prelu(x, np.ones((2, 2, 3, 4))), r"prelu: alpha must broadcast to x of shape \(2, 3, 4\), got"),
        (lambda: ops.clip(x, np.ones(3), 2.0), "clip: x and x_min and x_max must have shapes that broadcast"),
    ]:
        with pytest.raises(ValueError, match=message):
            function()


def test_sizes_that_no_array_has():
    for function, name in [
        (lambda: ops.zeros((2**31, 2**31)), "zeros: shape"),
        (lambda: ops.eye(2**31), "eye: N"),
        (lambda: ops.repeat(X, 2**62, 0), "repeat: repeats"),
        (lambda: ops.diag(X[0], 2**60), "diag: k"),
    ]:
        with pytest.raises(ValueError, match=f"{name} must be of less than 2 .. 60 elements, got"):
            function()
    with pytest.raises(ValueError, match="pad: pad_width must be an integer, a pair .* all below 2 .. 31, got"):
        ops.pad(X, 2**31)
    assert ops.triu(X, 2**70).sum() == ops.diagonal(X, 2**70).size == ops.tri(2, k=-(2**70)).sum() == 0


@pytest.mark.parametrize(
    "function, message",
    [
        (lambda x: ops.sum(x, 7), r"sum: axis must name different axes of the 2 that x has, got \(7,\)"),
        (lambda x: ops.mean(x, (0, 0)), r"mean: axis must name different axes of the 2 that x has, got \(0, 0\)"),
        (lambda x: ops.softmax(x, 5), "softmax: axis must be one of the 2 axes of x, got 5"),
        (lambda x: ops.concatenate([x, x], -3), r"concatenate: axis must be one of the 2 axes of xs\[0\], got -3"),
        (lambda x: ops.stack([x, x], 3), "stack: axis must be one of the 3 axes of the result, got 3"),
        (
            lambda x: ops.expand_dims(x, (0, 4)),
            r"expand_dims: axis must name different axes of the 4 that the result has, got \(0, 4\)",
        ),
        (lambda x: ops.norm(x, axis=2), r"norm: axis must name different axes of the 2 that x has, got \(2,\)"),
    ],
)
def test_an_axis_that_is_not_there(function, message):
    for x in (X, Tensor(Spec(X.shape, X.dtype))):
        with pytest.raises(ValueError, match=message + r" and shape \(2, 3\)$"):
            function(x)


def test_a_switch_of_numpy_is_one_of_python():
    for name in ("sum", "mean", "max", "min", "prod", "any", "all", "logsumexp", "var", "argmax"):
        assert getattr(ops, name)(X, 0, np.True_).shape == (1, 3), name


@pytest.mark.parametrize(
    ("name", "arguments", "argument"),
    [
        ("full", ((2,),), "fill_value"),
        ("full_like", (X,), "fill_value"),
        ("pad", (X, 1, "constant"), "constant_values"),
        ("clip", (X, 0), "x_max"),
    ],
)
def test_an_integer_that_no_float_holds_is_refused(name, arguments, argument):
    with pytest.raises(TypeError, match=f"^{name}: {argument} must hold real numbers of at most 64 bits, got 1000"):
        getattr(ops, name)(*arguments, **{argument: 10**400})


def test_logsumexp_takes_one_axis_at_least():
    with pytest.raises(ValueError, match=r"^logsumexp: axis must name 1 axis .*got \(\) and shape \(2, 3\)"):
        ops.logsumexp(X, ())
