"""Operations on images and signals: Keras's values and shapes, and its gradients on torch."""

from __future__ import annotations

import numpy as np
import pytest

import convolith
from convolith import ops

NUMBERS = np.random.default_rng(7)
MATRIX, OTHER = (NUMBERS.normal(size=(3, 4)).astype(np.float32) for _ in range(2))
IMAGES = NUMBERS.uniform(0, 1, (2, 6, 5, 3)).astype(np.float32)
CLASSES = np.array([[0, 2], [1, 1], [-1, 3]])


def function_of(library, name):
    for part in name.split("."):
        library = getattr(library, part)
    return library


# By operation: the arrays, the other arguments, and whether there are gradients to compare.
CASES = [
    ("fold", [NUMBERS.normal(size=(2, 12, 20)).astype(np.float32)], {"output_size": (5, 6), "kernel_size": 2}, True),
    ("moments", [IMAGES], {"axes": [0, 1]}, True),
    ("moments", [IMAGES], {"axes": [-1], "keepdims": True}, True),
    ("multi_hot", [CLASSES], {"num_classes": 4}, False),
    ("multi_hot", [CLASSES[0]], {"num_classes": 3}, False),
    ("multi_hot", [CLASSES], {"num_tokens": 4, "axis": 0, "dtype": "int32"}, False),
    ("polar", [MATRIX, OTHER], {}, False),
    ("polar", [abs(MATRIX), OTHER[0]], {}, False),
    ("psnr", [MATRIX, OTHER], {"max_val": 1.5}, True),
    ("psnr", [IMAGES, IMAGES[::-1]], {"max_val": 1}, True),
    ("unfold", [IMAGES], {"kernel_size": (3, 2), "dilation": (1, 2), "padding": 1, "stride": 2}, True),
]


@pytest.mark.parametrize(("name", "arrays", "arguments", "slopes"), CASES)
def test_values_and_gradients(keras, name, arrays, arguments, slopes):
    if keras.backend.backend() != "torch":
        pytest.skip("needs KERAS_BACKEND=torch, for its automatic gradients")
    torch = pytest.importorskip("torch")
    leaves = [torch.tensor(np.array(array), requires_grad=slopes) for array in arrays]
    expected = function_of(keras.ops, name)(*leaves, **arguments)
    theirs = list(expected) if isinstance(expected, (list, tuple)) else [expected]

    def function(*values):
        found = function_of(ops, name)(*values, **arguments)
        return list(found) if isinstance(found, (list, tuple)) else [found]

    for found, part in zip(function(*arrays), theirs, strict=True):
        value = part.detach().numpy()
        assert (found.shape, found.dtype) == (value.shape, value.dtype)
        np.testing.assert_allclose(found, value, rtol=1e-5, atol=1e-5)
    if not slopes:
        return
    upstreams = [NUMBERS.normal(size=tuple(part.shape)).astype(np.float32) for part in theirs]
    torch.autograd.backward(theirs, [torch.tensor(upstream) for upstream in upstreams])
    _, pullback = convolith.vjp(function, *arrays)
    for gradient, leaf in zip(pullback(upstreams), leaves, strict=True):
        np.testing.assert_allclose(gradient, leaf.grad.numpy(), rtol=1e-4, atol=1e-5)
