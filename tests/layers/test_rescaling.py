"""Rescaling: inputs * scale + offset."""

import numpy as np
import pytest

from convolith import layers
from tests.bounds import gamma


@pytest.mark.parametrize(
    ("scale", "offset", "expected"),
    [(1 / 255, 0, [0, 1]), (1 / 127.5, -1.0, [-1, 1]), ([1.0, 2.0], [3.0, 4.0], [3, 514])],
)
def test_values(scale, offset, expected):
    result = layers.Rescaling(scale, offset=offset)(np.array([[0, 255]], "uint8"))
    assert result.dtype == np.float32
    # 255 times the rounded scale, the product and the sum; what cancels in 2 - 1 counts with its size.
    np.testing.assert_allclose(result, [expected], rtol=gamma(3), atol=gamma(3) * 2)


def test_shapes_that_do_not_broadcast_are_an_error():
    with pytest.raises(ValueError, match="Rescaling 'r': .*broadcast"):
        layers.Rescaling([1.0, 2.0, 3.0], name="r")(np.zeros((1, 2), "float32"))


@pytest.mark.parametrize("wrong", [None, "x", 1j, [[1], [2, 3]], True, float("nan"), [1.0, float("inf")]])
def test_what_is_no_number_is_refused(wrong):
    for arguments, argument in (((wrong,), "scale"), ((1, wrong), "offset")):
        with pytest.raises(ValueError, match=f"Rescaling 'r': {argument} must be a finite number or an array of them"):
            layers.Rescaling(*arguments, name="r")


def test_the_configuration_makes_an_equal_layer():
    layer = layers.Rescaling(np.array([1.0, 2.0]), -1, name="r")
    again = layers.deserialize(layers.serialize(layer))
    assert again.get_config() == layer.get_config()
    assert again.get_config()["scale"] == [1, 2]
