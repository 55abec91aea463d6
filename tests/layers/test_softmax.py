"""Softmax."""

import numpy as np
import pytest

from convolith import layers
from tests.reference import activation as reference

X = np.array([[-3.0, -0.5, 0.0, 0.5, 8.0]], "float32")


def test_values(generator):
    x = generator.normal(size=(4, 3)).astype("float32")
    np.testing.assert_allclose(layers.Softmax()(x), reference.softmax(x.astype(np.float64)), rtol=1e-6)
    np.testing.assert_allclose(layers.Softmax(axis=0)(x), reference.softmax(x.T.astype(np.float64)).T, rtol=1e-6)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Softmax(axis=1.5, name="s"), "Softmax 's': axis must be an integer, got 1.5"),
        (lambda: layers.Softmax(axis=2, name="s")(X), "Softmax 's': .*axis"),
    ],
)
def test_a_wrong_argument_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_the_configuration_makes_an_equal_layer():
    layer = layers.Softmax(1)
    assert layers.deserialize(layers.serialize(layer)).get_config() == layer.get_config()


def test_the_axis_may_be_a_numpy_integer():
    layer = layers.Softmax(np.int64(-1))
    assert type(layer.get_config()["axis"]) is int
