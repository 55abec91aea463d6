"""Where symbolic tensors come from."""

import numpy as np

import convolith
from convolith.utils import get_source_inputs, is_keras_tensor


def sources(k):
    """Names of the inputs of tensors of every kind."""
    a, b, c = (k.Input((4,), name=name) for name in "abc")
    dense = k.layers.Dense(4)
    inner = k.Model([a, b], k.layers.Subtract()([a, b]))
    first, second = k.Input((4,), name="first"), k.Input((4,), name="second")
    deep = second
    for _ in range(1500):
        deep = k.layers.ReLU()(deep) if k is convolith else deep  # deeper than Python's stack
    tensors = [
        a,
        dense(b),
        k.layers.Add()([dense(b), dense(a), b]),
        k.layers.Concatenate()([c, a * b + k.ops.relu(c)]),
        2.0 * c / 255.0,
        inner([deep, first]),
    ]
    return [[tensor.name for tensor in k.utils.get_source_inputs(tensor)] for tensor in tensors]


def test_inputs_in_the_order_in_which_layers_take_them():
    assert sources(convolith) == [["a"], ["b"], ["b", "a"], ["c", "a", "b"], ["c"], ["second", "first"]]


def test_keras_has_the_same_order(keras):
    assert sources(convolith) == sources(keras)


def test_arrays_come_back_as_they_are():
    array = np.zeros(3)
    assert get_source_inputs(array) is array


def test_an_input_is_its_own_source():
    tensor = convolith.Input((2,))
    assert get_source_inputs(tensor) == [tensor]
    assert is_keras_tensor(tensor)
