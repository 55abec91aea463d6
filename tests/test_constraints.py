"""Constraints: what they leave of weights, as Keras's; names, configurations, refusals."""

import numpy as np
import pytest

from convolith import constraints
from tests.bounds import gamma

CASES = [
    ("NonNeg", {}, None),
    ("MaxNorm", {"max_value": 0.7, "axis": [0, 1]}, lambda norm: min(norm, 0.7)),
    ("MaxNorm", {}, lambda norm: min(norm, 2)),
    ("UnitNorm", {"axis": (1, 2)}, lambda norm: 1.0),
    ("MinMaxNorm", {"min_value": 1.2, "max_value": 1.5}, lambda norm: min(max(norm, 1.2), 1.5)),
    (
        "MinMaxNorm",
        {"min_value": 1.2, "max_value": 1.5, "rate": 0.3, "axis": 2},
        lambda norm: 0.3 * min(max(norm, 1.2), 1.5) + 0.7 * norm,
    ),
]


@pytest.mark.parametrize(("name", "arguments", "wanted"), CASES)
def test_weights_afterwards(generator, name, arguments, wanted):
    weight, constraint = generator.normal(size=(4, 3, 2)), getattr(constraints, name)(**arguments)
    found = constraint(weight)
    if wanted is None:
        np.testing.assert_array_equal(found, np.where(weight > 0, weight, 0))
    else:
        axis = constraint.axis if np.ndim(constraint.axis) == 0 else tuple(constraint.axis)
        norms = np.linalg.norm(weight, axis=axis, keepdims=True)
        np.testing.assert_allclose(found, weight / norms * np.vectorize(wanted)(norms), rtol=1e-6)
    assert constraint(weight.astype("float32")).dtype == np.float32
    again = constraints.deserialize(constraints.serialize(constraint))
    assert type(again) is type(constraint) and again.get_config() == constraint.get_config()


@pytest.mark.parametrize(("name", "arguments", "wanted"), CASES)
def test_weights_of_keras(keras, generator, name, arguments, wanted):
    weight = generator.normal(size=(4, 3, 2)).astype("float32")
    weight[:, 0] = 0
    own, theirs = getattr(constraints, name)(**arguments), getattr(keras.constraints, name)(**arguments)
    expected = keras.ops.convert_to_numpy(theirs(weight))
    np.testing.assert_allclose(own(weight), expected, rtol=gamma(40), atol=0)
    assert own.get_config() == theirs.get_config()


def test_names():
    assert constraints.get(None) is None
    for name, family in (("max_norm", "MaxNorm"), ("MinMaxNorm", "MinMaxNorm"), ("unit_norm", "UnitNorm")):
        assert type(constraints.get(name)).__name__ == family
    assert constraints.get(abs) is abs
    assert constraints.Constraint()(3) == 3 and constraints.Constraint().get_config() == {}


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: constraints.MaxNorm(-1), "MaxNorm: 0 <= min_value <= max_value must hold, got 0.0 and -1"),
        (lambda: constraints.MinMaxNorm(2, 1), "MinMaxNorm: 0 <= min_value <= max_value must hold, got 2 and 1"),
        (lambda: constraints.MinMaxNorm(rate=0), r"MinMaxNorm: rate must be in \(0, 1\], got 0"),
        (lambda: constraints.MinMaxNorm(rate=np.nan), "MinMaxNorm: rate must be finite, got nan"),
        (lambda: constraints.MaxNorm(np.nan), r"MaxNorm: max_value must be in \[-inf, inf\], got nan"),
        (lambda: constraints.MaxNorm(10**400), r"MaxNorm: max_value must be in \[-inf, inf\], got 1000"),
        (lambda: constraints.MinMaxNorm(np.inf, np.inf), "MinMaxNorm: min_value must be finite, got inf"),
        (
            lambda: constraints.MaxNorm(axis=3)(np.ones((3, 4))),
            r"MaxNorm: axis must name different axes of the 2 that w has, got \(3,\) and shape \(3, 4\)",
        ),
        (lambda: constraints.UnitNorm([0, 0])(np.ones((3, 4))), "UnitNorm: axis must name different axes of the 2"),
        (lambda: constraints.get("magic"), "unknown constraint 'magic'; convolith has: MaxNorm"),
        (lambda: constraints.get(3), "a constraint must be a name, a configuration or a callable, got 3"),
    ],
)
def test_a_wrong_argument_is_named(act, message):
    with pytest.raises(ValueError, match=message):
        act()


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: constraints.MaxNorm(None), "MaxNorm: max_value must be a number, got None"),
        (lambda: constraints.MinMaxNorm(min_value=(1,)), r"MinMaxNorm: min_value must be a number, got \(1,\)"),
        (lambda: constraints.MinMaxNorm(rate="x"), "MinMaxNorm: rate must be a number, got 'x'"),
        (lambda: constraints.MaxNorm(axis=0.5), "MaxNorm: axis must be an integer or a sequence of them, got 0.5"),
        (lambda: constraints.UnitNorm(axis=True), "UnitNorm: axis must be an integer or a sequence of them, got True"),
        (lambda: constraints.UnitNorm()(["x"]), "UnitNorm: w must hold real numbers of at most 64 bits, got <U1"),
    ],
)
def test_numbers_and_axes_are_such(act, message):
    with pytest.raises(TypeError, match=f"^{message}"):
        act()


def test_the_largest_norm_may_be_infinite():
    w = np.array([[3.0, 0.5]])
    np.testing.assert_allclose(constraints.MaxNorm(np.inf)(w), w, rtol=1e-6)
    np.testing.assert_allclose(constraints.UnitNorm(axis=None)(np.array([[3.0], [4.0]])), [[0.6], [0.8]], rtol=1e-6)


def test_numbers_of_numpy_are_plain_in_the_configuration():
    assert type(constraints.MaxNorm(np.float32(2)).get_config()["max_value"]) is float
    assert type(constraints.MinMaxNorm(rate=np.float32(0.5)).get_config()["rate"]) is float
