from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor, Variable
from convolith.graph.trace import trace
from tests.ops.plans import check_in_plan

RELATIONS = ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"]
LOGIC = ["logical_and", "logical_or", "logical_xor"]
QUESTIONS = ["isnan", "isinf", "isfinite", "logical_not"]
SPECIAL = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1, -1, 1e-45, 3e38])

shapes = mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3).map(lambda found: found.input_shapes)
dtypes = st.sampled_from([np.float32, np.float64, np.float16, np.int8, np.uint8, np.int32, np.int64, bool])


@pytest.mark.parametrize("name", RELATIONS + LOGIC)
@given(shapes=shapes, seed=st.integers(0, 99), dtype=st.tuples(dtypes, dtypes))
def test_values_are_numpys_and_bool(name, shapes, seed, dtype):
    numbers = np.random.default_rng(seed)
    x1, x2 = (numbers.integers(0, 3, shape).astype(kind) for shape, kind in zip(shapes, dtype, strict=True))
    np.testing.assert_array_equal(getattr(ops, name)(x1, x2), getattr(np, name)(x1, x2), strict=True)


@pytest.mark.parametrize("name", RELATIONS + LOGIC)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_infinities_and_nan(name, dtype):
    x = SPECIAL.astype(dtype)
    np.testing.assert_array_equal(getattr(ops, name)(x[:, None], x), getattr(np, name)(x[:, None], x), strict=True)


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int32, np.uint8, bool])
def test_questions(name, dtype):
    x = SPECIAL[:7].astype(dtype) if np.dtype(dtype).kind == "f" else np.array([0, 1, 3]).astype(dtype)
    np.testing.assert_array_equal(getattr(ops, name)(x), getattr(np, name)(x), strict=True)
    assert getattr(ops, name)(np.zeros((0, 2), dtype)).shape == (0, 2)


def test_integers_are_compared_as_integers():
    large = np.array([2**53, 2**53 + 1])
    np.testing.assert_array_equal(ops.less(large[:1], large), [False, True])
    np.testing.assert_array_equal(ops.equal(large, 2**53 + 1), [False, True])
    np.testing.assert_array_equal(ops.equal(np.array([44, 255], np.uint8), 300), [False, False])
    np.testing.assert_array_equal(ops.less(np.array([0, 255], np.uint8), -1), [False, False])


def test_a_number_is_compared_in_the_others_dtype():
    assert ops.equal(np.array([0.1], np.float32), 0.1).all()
    assert not ops.equal(np.array([0.1], np.float32), np.array([0.1])).any()
    assert ops.greater(np.array([1]), 0.5).all()


OPERATORS = [
    lambda a, b: a < b,
    lambda a, b: a <= b,
    lambda a, b: a > b,
    lambda a, b: a >= b,
    lambda a, b: a != b,
    lambda a, b: (a > 0) & (b > 0),
    lambda a, b: (a > 0) | (b > 0),
    lambda a, b: (a > 0) ^ (b > 0),
    lambda a, b: ~(a > b),
    lambda a, b: (b > 0) & (a > 0),
]


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("other", [1, 0.5, np.array([1, -2, 0.5], np.float32)])
def test_pythons_operators(operator, other):
    values = np.array([[1, -2, 3], [0.5, 1, -1]], np.float32)
    expected = np.asarray(operator(values, np.asarray(other)))
    symbolic = operator(Tensor(Spec((None, 3), np.dtype("f4"))), other)
    assert isinstance(symbolic, Tensor) and symbolic.dtype == bool and symbolic.shape == (None, 3)
    (computed,) = trace(lambda x: operator(x, other), Spec((2, 3), np.dtype("f4"))).evaluate(values)
    np.testing.assert_array_equal(computed, expected, strict=True)
    np.testing.assert_array_equal(operator(Variable(values), other), expected)


def test_logic_from_the_left():
    x = Tensor(Spec((3,), np.dtype(bool)))
    for symbolic in (True & x, True | x, True ^ x, np.ones(3) > x):
        assert isinstance(symbolic, Tensor) and symbolic.dtype == bool


def test_two_tensors_are_equal_if_they_are_the_same():
    x, y = (Tensor(Spec((3,), np.dtype("f4"))) for _ in range(2))
    assert x == x and not x == y and x in [y, x] and len({x, y}) == 2  # noqa: PLR0124


def test_there_is_no_gradient_but_through_what_is_chosen():
    x = np.array([-1.0, 0, 2])
    _, pullback = convolith.vjp(lambda x: ops.multiply(x > 0, x), x)
    np.testing.assert_array_equal(pullback(np.ones(3))[0], [0, 0, 1])
    _, pullback = convolith.vjp(lambda x: ops.cast(~ops.isnan(x) & (x < 5), "float64"), x)
    np.testing.assert_array_equal(pullback(np.ones(3))[0], np.zeros(3))


def test_in_a_plan():
    x = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    check_in_plan(lambda x: ops.multiply((x > 0) & (x < 1), x * x) + ops.logical_not(x > 0.5), x)
    check_in_plan(lambda x, n: ops.cast(n != 2, "float32") * x, x, np.arange(3))


@pytest.mark.parametrize("name", RELATIONS + LOGIC)
def test_shapes_that_do_not_broadcast(name):
    with pytest.raises(ValueError, match=rf"{name}: x1 and x2 must have shapes that broadcast, got \(2, 3\) and \(4"):
        getattr(ops, name)(np.ones((2, 3)), np.ones(4))


def test_integers_of_more_than_64_bits():
    with pytest.raises(TypeError, match="at most 64 bits"):
        ops.equal(np.array([1]), 2**65)


@pytest.mark.parametrize("name", QUESTIONS)
@given(shape=st.lists(st.integers(0, 3), max_size=3), seed=st.integers(0, 99), dtype=dtypes)
def test_questions_of_drawn_arrays(name, shape, seed, dtype):
    x = np.random.default_rng(seed).choice(SPECIAL if np.dtype(dtype).kind == "f" else [0, 1], shape)
    with np.errstate(over="ignore"):  # the largest number is none in float16
        x = x.astype(dtype)
    np.testing.assert_array_equal(getattr(ops, name)(x), getattr(np, name)(x), strict=True)
