from __future__ import annotations

import operator as python

import numpy as np
import pytest

from convolith import ops
from convolith.graph.tensor import Constant, Spec, Tensor, Variable
from convolith.graph.trace import trace

X = Tensor(Spec((None, 3), np.dtype(np.float32)), name="x")


def test_attributes():
    assert X.shape == (None, 3) and X.dtype == np.float32 and X.ndim == 2 and X.node is None and X.layer_call is None
    assert repr(X) == "<Tensor x float32[None, 3]>"
    result = ops.relu(X)
    assert result.node.inputs == (X,) and result.node.outputs == (result,) and result.index == 0


@pytest.mark.parametrize("question", [bool, len, iter, list, np.asarray, lambda x: 1 if x > 1 else 0, float, int])
def test_what_needs_values_is_a_type_error(question):
    with pytest.raises(TypeError):
        question(X)


def test_the_error_tells_what_to_do():
    with pytest.raises(
        TypeError, match=r"Tensor x float32\[None, 3\]> has no values yet.*convolith.ops.*not on values"
    ):
        bool(X)


@pytest.mark.parametrize(
    "operator",
    [
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a * b,
        lambda a, b: a / b,
        lambda a, b: abs(a) ** b,
        lambda a, b: -a + b,
        lambda a, b: 2 - a + b * 1,
        lambda a, b: 2 / a * (1 + b),
        lambda a, b: 2**a - b,
    ],
)
@pytest.mark.parametrize("other", [2, 0.5, np.float32(3), np.array([1, 2, 4], np.float32)])
def test_operators_record_and_compute(operator, other):
    values = np.array([[1, -2, 3], [0.5, 4, -1]], np.float32)
    expected = operator(values, other)
    for symbolic in (operator(X, other), operator(Constant(values), other)):
        assert isinstance(symbolic, Tensor) and symbolic.dtype == np.float32
    eager = operator(Variable(values), other)
    assert type(eager) is np.ndarray and eager.dtype == np.float32
    np.testing.assert_allclose(eager, expected, rtol=1e-6)


def test_an_array_on_the_left_asks_the_tensor():
    assert isinstance(np.ones(3, np.float32) + X, Tensor)
    assert isinstance(np.float32(2) * X, Tensor)
    assert isinstance(np.ones((2, 4), np.float32) @ Tensor(Spec((4, 3), np.dtype("float32"))), Tensor)


def test_variable_copies_and_keeps_its_array():
    source = np.arange(6, dtype=">f4").reshape(2, 3).T
    variable = Variable(source, name="kernel", path="dense/kernel")
    array = variable.value
    assert array.flags.c_contiguous and array.dtype.isnative and array.ctypes.data % 64 == 0
    source[...] = 0
    np.testing.assert_array_equal(variable.numpy(), [[0, 3], [1, 4], [2, 5]])
    variable.assign(np.ones((3, 2)))
    assert variable.value.ctypes.data == array.ctypes.data and (array == 1).all()
    variable.assign(Variable(np.full((3, 2), 2.0)))
    assert (array == 2).all()
    copy = np.asarray(variable)
    copy[...] = 7
    variable.numpy()[...] = 7
    assert (array == 2).all()
    assert np.array(variable, np.float64).dtype == np.float64
    assert repr(variable) == "<Variable dense/kernel float32[3, 2]>" and variable.trainable


def test_an_array_of_another_dtype_is_a_copy():
    variable = Variable(np.array([1, 2], np.float32), name="bias")
    for dtype in (np.float64, np.int32, np.float16):
        with pytest.raises(ValueError, match=f"bias float32.* made an array of {np.dtype(dtype)} without a copy"):
            variable.__array__(dtype, copy=False)
        np.testing.assert_array_equal(variable.__array__(dtype), np.array([1, 2], dtype), strict=True)
    for same in (None, np.float32, "f4", "float32"):
        assert np.shares_memory(variable.__array__(same, copy=False), variable.value)


def test_a_variable_answers_as_its_array_does():
    variable, scalar = Variable(np.array([[1, 2], [3, 4]]), name="table"), Variable(0.0)
    assert len(variable) == 2 and [row.tolist() for row in variable] == [[1, 2], [3, 4]]
    for row in variable:
        row[...] = 0
    assert variable.numpy().tolist() == [[1, 2], [3, 4]]
    assert not scalar and Variable(2)
    with pytest.raises(ValueError, match="more than one element"):
        bool(variable)
    for question in (len, iter):
        with pytest.raises(TypeError, match="unsized|0-d"):
            question(scalar)


@pytest.mark.parametrize("question", [bool, list])
def test_a_trace_does_not_keep_decisions_on_a_variables_values(question):
    variable = Variable(np.ones(1), name="switch")
    with pytest.raises(
        TypeError, match=r"Variable switch float64\[1\]> may have other values when what is traced here"
    ):
        trace(lambda: question(variable))
    assert trace(lambda: np.zeros(len(variable))).evaluate()[0].shape == (1,)


def test_variable_refuses_what_does_not_fit():
    variable = Variable(np.zeros(3, np.int64), name="count")
    with pytest.raises(ValueError, match=r"count: value must have the variable's shape \(3,\), got \(2,\)"):
        variable.assign(np.zeros(2, np.int64))
    with pytest.raises(TypeError, match="count: cannot turn float64 into the variable's int64"):
        variable.assign(np.zeros(3))
    for wrong in ("text", np.array([1j]), np.array([None])):
        with pytest.raises(TypeError, match="must be an array of numbers"):
            Variable(wrong)


def test_functions_of_numpy_are_told_their_counterparts():
    x = Tensor(Spec((None, 3), np.dtype("float32")), name="x")
    weight = Variable(np.ones(3, "float32"), name="weight")
    array = np.ones((1, 3), "float32")
    for name, act in (
        ("tanh", np.tanh),
        ("maximum", lambda value: np.maximum(value, 0)),
        ("add", np.add.reduce),
        ("add", lambda value: np.add(array, value, out=array)),
    ):
        with pytest.raises(
            TypeError, match=rf"<Tensor x .* cannot be given to numpy.{name}: .* Use convolith.ops, and"
        ):
            act(x)
        with pytest.raises(
            TypeError, match=rf"<Variable weight .* cannot be given to numpy.{name}: use convolith.ops, or"
        ):
            act(weight)
    with pytest.raises(TypeError, match="cannot be given to numpy.add"):
        array += x


@pytest.mark.parametrize("left", [np.full((1, 3), 7, "float32"), np.float64(7), np.int64(7)])
def test_operators_behind_an_array(left):
    """Each is what it is before an array, with the operands exchanged."""
    values = np.array([[1, 2, 3]], "float32")
    for act in (
        python.add, python.sub, python.mul, python.truediv, python.floordiv, python.mod, python.pow,
        python.lt, python.le, python.gt, python.ge, python.ne,
    ):  # fmt: skip
        (result,) = trace(lambda x, act=act: act(left, x), Spec((1, 3), np.dtype("float32"))).evaluate(values)
        np.testing.assert_allclose(result, act(left, values), rtol=1e-6)
    assert (left == Tensor(Spec((1, 3), np.dtype("float32")))) is False
