"""Integers that stay integers: exact, of Keras's dtypes, the same when computed at once, traced and planned."""

from __future__ import annotations

import numpy as np
import pytest

from convolith import ops
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec
from convolith.graph.trace import trace

DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64"]
ONE = {
    "absolute": np.abs, "cumsum": lambda x: np.cumsum(x), "max": np.max, "min": np.min, "negative": np.negative,
    "prod": np.prod, "round": np.round, "sign": np.sign, "square": np.square, "sum": np.sum, "trunc": np.array,
}  # fmt: skip
TWO = {
    "add": np.add, "floor_divide": np.floor_divide, "maximum": np.maximum, "minimum": np.minimum, "mod": np.mod,
    "multiply": np.multiply, "power": np.power, "subtract": np.subtract, "outer": np.outer,
}  # fmt: skip
# Keras makes int32 of int64 in some operations, as JAX does unless told otherwise, which is wrong for large ones.
NARROWED = {"cumsum", "floor_divide", "maximum", "minimum", "prod"}
# On PyTorch Keras has none of truth values; here they count as int32, as in its square.
NOT_OF_TRUTHS = {"floor_divide", "mod", "negative", "power", "round", "sign", "subtract"}
LARGE = np.array([2**53 + 1, 1, -(2**60) - 1, 3, 2**31])


def small(dtype):
    x = np.array([[3, 1, 2], [5, 7, 4]])
    return (x % 2 if dtype == "bool" else -x if dtype in ("int16", "int64") else x).astype(dtype)


def all_ways(function, *arrays):
    """At once, traced and planned, twice."""
    graph = trace(function, *(Spec(array.shape, array.dtype) for array in arrays))
    plan = Plan(graph)
    yield function(*arrays)
    yield graph.evaluate(*arrays)[0]
    for _ in range(2):
        yield plan.run(*arrays)[0]


def check(function, expected, *arrays):
    for found in all_ways(function, *arrays):
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", [*ONE, *TWO])
def test_small_ones(keras, name, dtype):
    x = small(dtype)
    arrays = [x, abs(x[:, :1].astype("int8")).astype(dtype)] if name in TWO else [x]
    if name == "outer":
        arrays = [x, x[0]]
    wanted = "int32"
    if dtype != "bool" or name not in NOT_OF_TRUTHS:
        wanted = keras.backend.standardize_dtype(getattr(keras.ops, name)(*arrays).dtype)
        wanted = "int64" if dtype == "int64" and name in NARROWED else wanted
    # As NumPy has it of integers with 64 bits, of which a narrow result keeps the lowest.
    wide = [array if wanted == "bool" else array.astype("int64") for array in arrays]
    check(getattr(ops, name), np.asarray((ONE | TWO)[name](*wide)).astype(wanted), *arrays)


@pytest.mark.parametrize("name", [name for name in ONE if name not in ("square", "prod")])
def test_large_ones(name):
    check(getattr(ops, name), np.asarray(ONE[name](LARGE)), LARGE)


@pytest.mark.parametrize("name", ["add", "floor_divide", "maximum", "minimum", "mod", "multiply", "subtract"])
def test_two_large_ones(name):
    check(getattr(ops, name), TWO[name](LARGE, LARGE // 3 + 1 if name != "multiply" else 3), LARGE, *(
        [LARGE // 3 + 1] if name != "multiply" else [np.int64(3).reshape(())]
    ))  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["mean", "divide", "sqrt", "var", "std", "norm", "logsumexp", "floor", "ceil"])
def test_what_has_fractions_is_of_floats(keras, name, dtype):
    x = abs(small(dtype)) if name == "sqrt" else small(dtype)
    arrays = [x, np.full_like(x, 3)] if name == "divide" else [x]
    counted = [x.astype(np.int32)] if dtype == "bool" and name == "norm" else arrays  # Keras's norm takes no truths
    theirs = np.array(getattr(keras.ops, name)(*counted))
    for found in all_ways(getattr(ops, name), *arrays):
        assert found.dtype == theirs.dtype == np.float32
        np.testing.assert_allclose(found, theirs, rtol=1e-6)  # sums of six small integers, and a root or logarithm


def test_a_mean_of_large_ones():
    """Summed in double, and rounded once."""
    expected = np.float32(sum(map(int, LARGE)) / len(LARGE))
    for found in all_ways(ops.mean, LARGE):
        assert found == expected


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64"])
@pytest.mark.parametrize(("number", "kind"), [(2, None), (0.5, "float32")])
def test_beside_numbers_and_floats(keras, dtype, number, kind):
    x, floats = small(dtype), np.ones((2, 3), "float32")
    for k in (ops, keras.ops):
        assert np.array(k.add(x, number)).dtype == np.array(k.multiply(number, x)).dtype == (kind or dtype)
        assert np.array(k.add(x, floats)).dtype == np.array(k.where(x > 2, x, floats)).dtype == "float32"


def test_lists_of_integers(keras):
    for k in (ops, keras.ops):
        found = [np.array(one) for one in (k.sum([1, 2]), k.add([1, 2], 3), k.cumsum([1, 2]), k.max([[1, 2]]))]
        assert [one.dtype for one in found] == [np.int32] * 4
        assert [one.tolist() for one in found] == [3, [4, 5], [1, 3], 2]
    assert ops.add([2**40], 1).tolist() == [2**40 + 1]


def test_what_integers_cannot_do():
    x = np.array([3, -3])
    for name in ("floor_divide", "mod"):
        with pytest.raises(ZeroDivisionError, match=f"{name}: x2 must not be 0 where x1 and x2 hold integers"):
            getattr(ops, name)(x, [1, 0])
        plan = Plan(trace(getattr(ops, name), *[Spec((2,), x.dtype)] * 2))
        plan.run(x, x)
        with pytest.raises(ZeroDivisionError, match=f"{name}: x2 must not be 0"):
            plan.run(x, np.array([0, 1]))
    with pytest.raises(ValueError, match="power: x2 must be >= 0 where x1 and x2 hold integers, got -3"):
        ops.power(2, x)
    plan = Plan(trace(ops.power, *[Spec((2,), x.dtype)] * 2))
    plan.run(x, abs(x))
    with pytest.raises(ValueError, match="power: x2 must be >= 0"):
        plan.run(x, x)


def test_rounding_before_the_point():
    x = np.array([1234, -1250, 50], "int16")
    for found in all_ways(lambda x: ops.round(x, -2), x):
        assert found.dtype == x.dtype
        np.testing.assert_array_equal(found, [1200, -1200, 0])  # halves to the even digit
    assert ops.round(x, 3).tolist() == x.tolist()
    assert ops.round(x, -9).tolist() == [0, 0, 0]
