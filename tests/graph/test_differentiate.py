from __future__ import annotations

import numpy as np
import pytest

from convolith import ops
from convolith.graph.differentiate import gradients
from convolith.graph.tensor import Spec, Tensor, Variable
from convolith.graph.trace import trace
from convolith.ops import update

VECTOR = Spec((3,), np.dtype(np.float32))
X = np.array([1, -2, 3], np.float32)
ONES = np.ones(3, np.float32)


def test_contributions_of_several_readers_are_summed():
    def function(x):
        y = x * 2
        return gradients([y + y, y * x, x], [ONES, ONES, ONES * 10], [x])

    np.testing.assert_array_equal(trace(function, VECTOR).evaluate(X)[0], 4 + 4 * X + 10)


def test_what_the_outputs_do_not_depend_on_has_none():
    variable = Variable(X)

    def function(x, y):
        found = gradients([ops.exp(x)], [ONES], [x, y, variable])
        assert found[1] is None and found[2] is None
        assert gradients([ops.exp(x)], [None], [x]) == [None]
        return found[0]

    np.testing.assert_allclose(trace(function, VECTOR, VECTOR).evaluate(X, X)[0], np.exp(X), rtol=1e-6)


def test_gradients_flow_only_where_they_are_asked_for():
    """No gradient by x is even recorded when only that by the variable is wanted."""
    variable = Variable(X)

    class Counted(type(ops.exp(Tensor(VECTOR)).node.operation)):
        def gradient(self, node, *upstreams):
            raise AssertionError("nobody asked")

    graph = trace(lambda x: gradients([Counted()(x) * variable], [ONES], [variable]), VECTOR)
    np.testing.assert_allclose(graph.evaluate(X)[0], np.exp(X), rtol=1e-6)


def test_by_variables_and_by_intermediate_tensors():
    variable = Variable(X)

    def function(x):
        y = x * variable
        return gradients([y * y], [ONES], [variable, y, x])

    by_variable, by_y, by_x = trace(function, VECTOR).evaluate(X + 1)
    np.testing.assert_allclose(by_variable, 2 * X * (X + 1) ** 2)
    np.testing.assert_allclose(by_y, 2 * X * (X + 1))
    np.testing.assert_allclose(by_x, 2 * X**2 * (X + 1))


def test_variables_are_read_as_before_the_effects():
    variable = Variable(X)

    def function(x):
        y = variable * x
        update.assign(variable, x)
        return gradients([y], [ONES], [x])

    np.testing.assert_array_equal(trace(function, VECTOR).evaluate(X * 5)[0], X)


def test_the_dtype_of_a_variable_is_that_of_its_gradient():
    variable = Variable(X)

    def function(x):
        assert (variable * x).dtype == np.float64
        return gradients([variable * x], [np.ones(3)], [variable, x])

    by_variable, by_x = trace(function, Spec((3,), np.dtype(np.float64))).evaluate(X.astype(np.float64))
    assert by_variable.dtype == np.float32 and by_x.dtype == np.float64


def test_upstreams_must_fit():
    with pytest.raises(ValueError, match=r"upstream must have the output's shape \(3,\), got \(2,\)"):
        trace(lambda x: gradients([x * 1], [ONES[:2]], [x]), VECTOR)
    with pytest.raises(TypeError, match="upstream must have the output's dtype float32, got float64"):
        trace(lambda x: gradients([x * 1], [np.ones(3)], [x]), VECTOR)


def test_integers_are_passed_over():
    def function(x, labels):
        return gradients([ops.reshape(labels, (3, 1)), x * labels], [None, ONES], [x])

    (by_x,) = trace(function, VECTOR, Spec((3,), np.dtype(np.int16))).evaluate(X, np.arange(3, dtype=np.int16))
    np.testing.assert_array_equal(by_x, [0, 1, 2])


def test_gradients_of_gradients():
    def function(x):
        (first,) = gradients([x**3], [ONES], [x])
        (second,) = gradients([first], [ONES], [x])
        return gradients([second], [ONES], [x])

    np.testing.assert_allclose(trace(function, VECTOR).evaluate(X)[0], [6, 6, 6], rtol=1e-6)


def test_with_an_unknown_batch_size():
    def function(x):
        y = ops.reshape(ops.relu(ops.dense(x, np.ones((4, 6), np.float32))), (-1, 2, 3))
        return gradients([ops.sum(y)], [1.0], [x])

    assert trace(function, Spec((None, 4), np.dtype(np.float32))).outputs[0].shape == (None, 4)
