from __future__ import annotations

import threading
from collections import namedtuple

import numpy as np
import pytest

from convolith import ops
from convolith.graph.tensor import Spec, Tensor, Variable
from convolith.graph.trace import Graph, extend, is_tracing, trace
from convolith.ops import update
from tests.graph.effects import add_in_place

VECTOR = Spec((3,), np.dtype(np.float32))
X = np.array([1, -2, 3], np.float32)


def test_results_keep_their_nesting():
    Pair = namedtuple("Pair", "left right")

    def function(x):
        return {"a": x + 1, "b": [x * 2, None, (x,)], "c": Pair(ops.sum(x), 5.0)}

    graph = trace(function, VECTOR)
    assert len(graph.inputs) == 1 and len(graph.outputs) == 5
    result = graph.restore(graph.evaluate(X))
    assert list(result) == ["a", "b", "c"] and result["b"][1] is None and isinstance(result["b"][2], tuple)
    np.testing.assert_array_equal(result["a"], [2, -1, 4])
    np.testing.assert_array_equal(result["b"][0], [2, -4, 6])
    assert isinstance(result["c"], Pair) and result["c"].left == 2 and result["c"].right == 5
    assert graph.flatten(result) == list(graph.flatten(result)) and len(graph.flatten(result)) == 5
    with pytest.raises(TypeError, match="nested as the results are"):
        graph.flatten([1, 2])


def test_an_output_that_is_an_input_is_a_copy():
    graph = trace(lambda x: x, VECTOR)
    (result,) = graph.evaluate(X)
    assert not np.shares_memory(result, X)
    np.testing.assert_array_equal(result, X)


def test_tracing_is_known_and_ends_even_after_an_error():
    seen = []
    trace(lambda x: seen.append(is_tracing()) or x, VECTOR)
    assert seen == [True] and not is_tracing()
    with pytest.raises(ZeroDivisionError):
        trace(lambda x: 1 // 0, VECTOR)
    assert not is_tracing()


def test_tracing_is_of_one_thread():
    seen = []

    def function(x):
        thread = threading.Thread(target=lambda: seen.append((is_tracing(), type(ops.relu(Variable(X))))))
        thread.start()
        thread.join()
        return x

    trace(function, VECTOR)
    assert seen == [(False, np.ndarray)]


def test_unknown_batch_size_goes_through_the_shape_rules():
    def function(x):
        x = ops.conv(x, np.ones((3, 3, 1, 4), np.float32), padding="same", bias=np.ones(4, np.float32))
        x = ops.average_pool(ops.max_pool(ops.relu(x), 2), 2)
        x = ops.dropout(ops.reshape(x, (-1, 16)), 0.5, np.zeros(2, np.uint64))
        x = ops.dense(x, np.ones((16, 5), np.float32)) * np.ones((1, 5), np.float32)
        return x, ops.softmax(x), ops.mean(x, axis=1), ops.mean(x, axis=0), ops.reshape(x, (None, 5, 1)), ops.mean(x)

    shapes = [tensor.shape for tensor in trace(function, Spec((None, 8, 8, 1), np.dtype(np.uint8))).outputs]
    assert shapes == [(None, 5), (None, 5), (None,), (5,), (None, 5, 1), ()]


def test_nodes_leave_out_what_nobody_needs():
    def function(x):
        ops.exp(x)
        return ops.relu(x)

    assert [node.operation.name for node in trace(function, VECTOR).nodes()] == ["relu"]


def test_a_tensor_of_another_trace_is_an_error_when_computed():
    other = Tensor(VECTOR)
    graph = trace(lambda x: x + other, VECTOR)
    with pytest.raises(ValueError, match="neither computed by this graph nor one of its inputs"):
        graph.evaluate(X)


def test_wrong_number_of_arguments():
    with pytest.raises(ValueError):
        trace(lambda x: x, VECTOR).evaluate()


def test_effects_happen_at_the_end_in_order():
    variable = Variable(np.ones(3, np.float32), name="v")

    def function(x):
        before = variable * 10
        update.assign(variable, x)
        add_in_place(variable, x)
        return before

    graph = trace(function, VECTOR)
    assert [node.operation.name for node in graph.effects] == ["assign", "add_in_place"]
    np.testing.assert_array_equal(graph.evaluate(X)[0], [10, 10, 10])
    np.testing.assert_array_equal(variable.numpy(), 2 * X)
    np.testing.assert_array_equal(graph.evaluate(X)[0], 20 * X)


def test_effects_happen_at_once_outside_a_trace():
    variable = Variable(np.ones(3, np.float32))
    assert add_in_place(variable, X) is None
    np.testing.assert_array_equal(variable.numpy(), X + 1)


def test_reading_a_variable_after_changing_it_is_an_error():
    variable = Variable(np.ones(3, np.float32), name="v")

    def function(x):
        update.assign(variable, x)
        return variable + 1

    with pytest.raises(ValueError, match="add: reads <Variable v float32.3.> after it was changed in the same trace"):
        trace(function, VECTOR)


def test_a_symbolic_change_outside_a_trace_is_an_error():
    with pytest.raises(ValueError, match="assign: .*only a trace can record"):
        update.assign(Variable(X), Tensor(VECTOR))
    with pytest.raises(TypeError, match="assign: variable must be a Variable, got ndarray"):
        update.assign(X, X)


def test_extend_goes_on_with_the_same_inputs_and_effects():
    variable = Variable(np.zeros(3, np.float32))

    def forward(x):
        add_in_place(variable, x)
        return x * 2, x * 3

    graph = trace(forward, VECTOR)

    def more(double, triple):
        add_in_place(variable, triple)
        return {"sum": double + triple}

    longer = extend(graph, more)
    assert isinstance(longer, Graph) and longer.inputs == graph.inputs and len(graph.effects) == 1
    np.testing.assert_array_equal(longer.restore(longer.evaluate(X))["sum"], 5 * X)
    np.testing.assert_array_equal(variable.numpy(), 4 * X)
    with pytest.raises(ValueError, match="after it was changed"):
        extend(graph, lambda double, triple: variable + double)
