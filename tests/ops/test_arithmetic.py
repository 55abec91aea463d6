from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.ops.slopes import check_slopes

BINARY = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "power": np.power,
    "maximum": np.maximum,
    "minimum": np.minimum,
}
UNARY = {
    "negative": np.negative,
    "reciprocal": np.reciprocal,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "square": np.square,
    "absolute": np.abs,
    "abs": np.abs,
}
shapes = mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3).map(lambda found: found.input_shapes)


def positive(seed: int, *wanted: tuple[int, ...]) -> list[np.ndarray]:
    """Values from 0.5 to 2, no two of them close, so that maximum has a slope everywhere."""
    numbers = np.random.default_rng(seed)
    count = sum(int(np.prod(shape)) for shape in wanted)
    values = list(numbers.permutation(np.linspace(0.5, 2, count))) if count else []
    return [np.array([values.pop() for _ in range(int(np.prod(shape)))]).reshape(shape) for shape in wanted]


@pytest.mark.parametrize("name", BINARY)
@given(shapes=shapes, seed=st.integers(0, 100))
def test_binary_values_and_gradients_broadcast(name, shapes, seed):
    x1, x2 = positive(seed, *shapes)
    operation = getattr(ops, name)
    for dtype in (np.float32, np.float64):
        result = operation(x1.astype(dtype), x2.astype(dtype))
        expected = BINARY[name](x1.astype(dtype), x2.astype(dtype))
        assert result.dtype == dtype
        np.testing.assert_array_equal(result, expected)
    check_slopes(operation, x1, x2)


@pytest.mark.parametrize("name", UNARY)
@given(seed=st.integers(0, 100), sign=st.sampled_from([1, -1]))
def test_unary_values_and_gradients(name, seed, sign):
    (x,) = positive(seed, (2, 3))
    x = x if name in ("log", "sqrt") else x * sign
    np.testing.assert_array_equal(getattr(ops, name)(x), UNARY[name](x))
    check_slopes(getattr(ops, name), x)


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_equal_values_share_the_gradient(name):
    x = np.array([1.0, 2, 3])
    _, pullback = convolith.vjp(getattr(ops, name), x, np.array([1.0, 5, 0]))
    by_first, by_second = pullback(np.ones(3))
    np.testing.assert_array_equal(by_first, [0.5, 0, 1] if name == "maximum" else [0.5, 1, 0])
    np.testing.assert_array_equal(by_first + by_second, np.ones(3))


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_slopes_at_infinity(name):
    x1, x2 = np.array([np.inf, -np.inf, np.inf, 1, 3e38, 2]), np.array([np.inf, -np.inf, 1, -np.inf, -3e38, 2])
    for dtype in (np.float32, np.float64):
        _, pullback = convolith.vjp(getattr(ops, name), x1.astype(dtype), x2.astype(dtype))
        by_first, by_second = pullback(np.ones(6, dtype))
        larger = np.array([0.5, 0.5, 1, 1, 1, 0.5])
        np.testing.assert_array_equal(by_first, larger if name == "maximum" else 1 - larger)
        np.testing.assert_array_equal(by_second, 1 - by_first)


def test_slopes_where_nan_is_are_nan():
    _, pullback = convolith.vjp(ops.maximum, np.array([np.nan, 1]), np.array([0, np.nan]))
    assert np.isnan(pullback(np.ones(2))).all()


def test_the_slope_of_clip_without_a_bound():
    _, pullback = convolith.vjp(lambda x: ops.clip(x, 0, np.inf), np.array([np.inf, 1, -1, -np.inf]))
    np.testing.assert_array_equal(pullback(np.ones(4))[0], [0.5, 1, 0, 0])
    _, pullback = convolith.vjp(lambda x: ops.clip(x, -np.inf, np.inf), np.array([3.0, -np.inf]))
    np.testing.assert_array_equal(pullback(np.ones(2))[0], [1, 0.5])


def test_the_slope_of_absolute_at_zero_is_zero():
    _, pullback = convolith.vjp(ops.absolute, np.zeros(2))
    np.testing.assert_array_equal(pullback(np.ones(2))[0], [0, 0])


def test_nan_passes_through_maximum_and_clip():
    x = np.array([np.nan, 1], np.float32)
    assert np.isnan(ops.maximum(x, 0)[0]) and np.isnan(ops.clip(x, 0, 1)[0])


def test_clip():
    x = np.array([-2.0, 0.25, 7])
    np.testing.assert_array_equal(ops.clip(x, 0, 1), [0, 0.25, 1])
    check_slopes(lambda x: ops.clip(x, 0, 1), x)


def test_power_with_a_number_and_a_negative_base():
    check_slopes(lambda x: x**3, np.array([-2.0, 0.5]))
    check_slopes(lambda x: 2**x, np.array([-2.0, 0.5]))
    _, pullback = convolith.vjp(lambda x: x**2, np.zeros(1))
    assert pullback(np.ones(1))[0] == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_slopes_of_power_at_zero(dtype):
    x, exponents = np.zeros(4, dtype), np.array([0, 1, 2, 3], dtype)
    _, pullback = convolith.vjp(ops.power, x, exponents)
    by_base, by_exponent = pullback(np.ones(4, dtype))
    np.testing.assert_array_equal(by_base, [0, 1, 0, 0])
    np.testing.assert_array_equal(by_exponent, np.zeros(4))
    for number in (0, 0.0, np.zeros((), dtype)):
        _, pullback = convolith.vjp(lambda x, number=number: x**number, np.array([0, 2, -1], dtype))
        np.testing.assert_array_equal(pullback(np.ones(3, dtype))[0], [0, 0, 0])


def test_second_derivatives_of_power():
    def slopes(x, exponent):
        return convolith.vjp(ops.power, x, exponent)[1](np.ones(3))

    for number in (0, 1):  # by the base, and by the exponent; at 0 as at other exponents
        check_slopes(lambda x, e, number=number: slopes(x, e)[number], np.array([0.5, 2, 1.5]), np.array([0.0, 2, -1]))


def test_cast():
    assert ops.cast(np.array([1.7, -1.7]), "int32").tolist() == [1, -1]
    assert ops.cast(np.array([1, 0]), bool).dtype == bool
    x = np.array([0.1, 1e-3])
    _, pullback = convolith.vjp(lambda x: ops.cast(x, "float32"), x)
    (gradient,) = pullback(np.ones(2, np.float32))
    assert gradient.dtype == np.float64
    assert convolith.vjp(lambda x: ops.cast(x, "int64"), x)[1](np.ones(2, int))[0].tolist() == [0, 0]


@pytest.mark.parametrize("dtype", [object, complex, np.complex64, str, "S3", "M8[s]", "V4", [("a", "f4")]])
def test_cast_to_what_are_no_real_numbers(dtype):
    for x in (np.ones(50), np.ones(50, np.float32), Tensor(Spec((50,), np.dtype(np.float32)))):
        with pytest.raises(TypeError, match="cast: dtype must be one of real numbers of at most 64 bits, got "):
            ops.cast(x, dtype)


@pytest.mark.skipif(np.dtype(np.longdouble).itemsize == 8, reason="no wider float")
def test_cast_to_wider_floats():
    with pytest.raises(TypeError, match="cast: dtype must be one of real numbers .* got .*longdouble"):
        ops.cast(np.ones(2), np.longdouble)


def test_cast_gives_native_bytes():
    result = ops.cast(np.array([1.0, 2]), ">f4")
    assert result.dtype == np.float32 and result.dtype.isnative and result.tolist() == [1, 2]


@pytest.mark.parametrize("name", BINARY)
def test_shapes_that_do_not_broadcast(name):
    with pytest.raises(
        ValueError, match=rf"{name}: x1 and x2 must have shapes that broadcast, got \(2, 3\) and \(4,\)"
    ):
        getattr(ops, name)(np.ones((2, 3)), np.ones(4))
    with pytest.raises(ValueError, match=r"got \(None, 3\) and \(2, 3\)"):
        getattr(ops, name)(Tensor(Spec((None, 3), np.dtype("f4"))), np.ones((2, 3)))


def test_an_unknown_batch_broadcasts_with_one():
    x = Tensor(Spec((None, 3), np.dtype(np.float32)))
    assert (x + x).shape == (x + np.ones((1, 3))).shape == (x + np.ones(1)).shape == (None, 3)
    assert (x + np.ones((4, 1, 3))).shape == (4, None, 3)
