"""Input: the symbolic tensors that functional models start from."""

import numpy as np
import pytest

import convolith
from convolith import layers


def test_shapes_dtypes_and_names():
    assert layers.Input((28, 28, 1)).shape == (None, 28, 28, 1)
    assert layers.Input(5).shape == (None, 5)
    assert layers.Input((5,), batch_size=3).shape == (3, 5)
    assert layers.Input(batch_shape=(4, 5)).shape == (4, 5)
    assert layers.Input(()).shape == (None,)
    assert layers.Input((5,)).dtype == np.float32
    assert layers.Input((5,), dtype="float64").dtype == np.float64
    assert layers.Input((5,), name="images").name == "images"
    assert convolith.Input is layers.Input


def test_automatic_names_are_counted():
    convolith.utils.clear_session()
    assert [layers.Input((1,)).name for _ in range(3)] == ["input_layer", "input_layer_1", "input_layer_2"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "'i': give either shape or batch_shape, got None and None"),
        ({"shape": (1,), "batch_shape": (None, 1)}, "'i': give either shape or batch_shape"),
        ({"shape": (None, 3)}, r"'i': sizes must be integers > 0 \(None only for the batch\)"),
        ({"shape": (0,)}, "'i': sizes must be integers > 0"),
        ({"shape": (1,), "batch_size": -1}, "'i': sizes must be integers > 0"),
        ({"shape": (1,), "dtype": "complex64"}, "'i': dtype must be of real numbers, got 'complex64'"),
        ({"shape": (1,), "sparse": True}, "'i': convolith does not have sparse yet"),
        ({"shape": (1,), "tensor": 1}, "Input: convolith does not have tensor yet"),
    ],
)
def test_a_wrong_argument_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        layers.Input(**arguments, name="i")


def test_an_input_layer_is_not_called():
    with pytest.raises(TypeError, match="InputLayer 'i': .*is not called"):
        layers.InputLayer((1,), name="i")(np.zeros((1, 1)))


def test_python_cannot_decide_on_it():
    with pytest.raises(TypeError, match="no values yet"):
        bool(layers.Input((1,)))


@pytest.mark.parametrize("arguments", [{"shape": (2.5, 3)}, {"shape": 2.5}, {"shape": "ab"}, {"batch_shape": (2.0, 3)}])
def test_a_size_that_is_no_integer_is_refused(arguments):
    with pytest.raises(TypeError, match="'i': sizes must be integers"):
        layers.Input(**arguments, name="i")
