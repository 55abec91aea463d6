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
        (lambda: ops.max(X, 0.5), "max: axis must be an integer or a sequence of them, came 0.5"),
        (lambda: ops.any(X, "rows"), "any: axis must be an integer or a sequence of them, came 'rows'"),
        (lambda: ops.logsumexp(X, (0.0,)), r"logsumexp: axis must be an integer or a sequence of them, came \(0.0,\)"),
        (lambda: ops.argmax(X, 0.5), "argmax: axis must be an integer, came 0.5"),
        (lambda: ops.argmin(X, (0,)), r"argmin: axis must be an integer, came \(0,\)"),
        (lambda: ops.cumsum(X, 0.5), "cumsum: axis must be an integer, came 0.5"),
        (lambda: ops.concatenate([X, X], None), "concatenate: axis must be an integer, came None"),
        (lambda: ops.split(X, 1, 0.5), "split: axis must be an integer, came 0.5"),
        (lambda: ops.split(X, 0.5), "split: indices_or_sections must be an integer or a sequence of them, came 0.5"),
        (lambda: ops.unstack(X, axis=0.5), "unstack: axis must be an integer, came 0.5"),
        (lambda: ops.take(X, 0, 0.5), "take: axis must be an integer, came 0.5"),
        (lambda: ops.take_along_axis(X, PLACES, 0.5), "take_along_axis: axis must be an integer, came 0.5"),
        (lambda: ops.sort(X, 0.5), "sort: axis must be an integer, came 0.5"),
        (lambda: ops.argsort(X, 0.5), "argsort: axis must be an integer, came 0.5"),
        (lambda: ops.top_k(X, 0.5), "top_k: k must be an integer, came 0.5"),
        (lambda: ops.in_top_k([0, 0], X, 0.5), "in_top_k: k must be an integer, came 0.5"),
        (lambda: ops.flip(X, 0.5), "flip: axis must be an integer or a sequence of them, came 0.5"),
        (lambda: ops.roll(X, 0.5, 0), "roll: shift must be an integer or a sequence of them, came 0.5"),
        (lambda: ops.rot90(X, 0.5), "rot90: k must be an integer, came 0.5"),
        (lambda: ops.rot90(X, 1, (0, None)), r"rot90: axes must be an integer or a sequence of them, came \(0, None\)"),
        (lambda: ops.repeat(X, 0.5), "repeat: repeats must be an integer or a sequence of them, came 0.5"),
        (lambda: ops.repeat(X, 1, 0.5), "repeat: axis must be an integer, came 0.5"),
        (lambda: ops.tile(X, 0.5), "tile: repeats must be an integer or a sequence of them, came 0.5"),
        (lambda: ops.slice(X, 0.5, (1, 1)), "slice: start_indices must be an integer or a sequence of them, came 0.5"),
        (lambda: ops.slice_update(X, None, X), "slice_update: start_indices must be an integer or a sequence of them"),
        (lambda: ops.scatter(PLACES, X, 0.5), "scatter: shape must be an integer or a sequence of them, came 0.5"),
        (lambda: ops.diagonal(X, 0.5), "diagonal: offset must be an integer, came 0.5"),
        (lambda: ops.diag(X[0], 0.5), "diag: k must be an integer, came 0.5"),
        (lambda: ops.tril(X, 0.5), "tril: k must be an integer, came 0.5"),
        (lambda: ops.tensordot(X, X, None), "tensordot: axes must be an integer or two lists of axes, came None"),
        (lambda: ops.tensordot(X, X, (0,)), r"tensordot: axes must be an integer or two lists of axes, came \(0,\)"),
        (lambda: ops.reshape(X, (2.0, 3)), r"reshape: newshape must be an integer or a sequence of them, came \(2.0"),
        (lambda: ops.transpose(X, (0.0, 1)), "transpose: axes must be an integer or a sequence of them, came"),
        (lambda: ops.one_hot([1], 2.5), "one_hot: num_classes must be an integer, came 2.5"),
        (lambda: ops.linspace(0, 1, 2.5), "linspace: num must be an integer, came 2.5"),
        (lambda: ops.zeros((2, 0.5)), r"zeros: shape must be an integer or a sequence of them, came \(2, 0.5\)"),
        (
            lambda: ops.sum(X, Tensor(Spec((), np.dtype(int)))),
            "sum: axis must be an integer .* came <Tensor",
        ),
    ],
)
def test_what_is_no_integer(function, message):
    with pytest.raises(TypeError, match=message):
        function()


def test_sizes_that_are_negative():
    for name in ("zeros", "ones", "full"):
        arguments = ((2, -1), 0) if name == "full" else ((2, -1),)
        with pytest.raises(ValueError, match=rf"{name}: shape must not be negative, came \(2, -1\)"):
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
        with pytest.raises(TypeError, match=f"{name}: dtype must be one of real numbers of at most 64 bits, came"):
            getattr(ops, name)(*arguments, dtype=dtype)


@pytest.mark.parametrize("arguments", [(None,), ("a",), (0, [None]), (0, 1, 1j)])
def test_what_cannot_be_counted(arguments):
    with pytest.raises(TypeError, match="arange: start, stop and step must be numbers, came"):
        ops.arange(*arguments)
