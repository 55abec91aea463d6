"""Softmax."""

import numpy as np
import pytest

from convolith import layers
from tests.bounds import assert_within, gamma
from tests.reference import activation as reference

X = np.array([[-3.0, -0.5, 0.0, 0.5, 8.0]], "float32")


def test_values(generator):
    x = generator.normal(size=(4, 3)).astype("float32")
    # Exponentials of differences below 5, with eight units, their sum of up to four, and a quotient.
    relative = gamma(2 * (5 + 16) + 4 + 2)
    for axis, exact in (
        (-1, reference.softmax(x.astype(np.float64))),
        (0, reference.softmax(x.T.astype(np.float64)).T),
    ):
        assert_within(layers.Softmax(axis)(x), exact, relative * exact)
    np.testing.assert_array_equal(layers.Softmax()(x), layers.Softmax(-1)(x))


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
