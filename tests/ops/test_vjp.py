from __future__ import annotations

import numpy as np
import pytest

import convolith
from convolith import ops
from convolith.graph.tensor import Constant, Spec, Tensor, Variable
from convolith.graph.trace import trace
from convolith.ops import update
from tests.bounds import gamma
from tests.ops.slopes import check_slopes

X, Y = np.array([1.0, 2, 3]), np.array([4.0, -1, 0.5])


def test_nested_results():
    def function(x, y):
        return {"product": x * y, "rest": [ops.sum(x), (y,), None]}

    result, pullback = convolith.vjp(function, X, Y)
    np.testing.assert_array_equal(result["product"], X * Y)
    assert result["rest"][0] == 6 and result["rest"][2] is None
    by_x, by_y = pullback({"product": np.ones(3), "rest": [np.array(10.0), (X,), None]})
    np.testing.assert_array_equal(by_x, Y + 10)
    np.testing.assert_array_equal(by_y, X + X)
    for wrong in (np.ones(3), {"product": np.ones(3)}, [np.ones(3), np.ones(3), np.ones(3)]):
        with pytest.raises(TypeError, match="nested as the results are"):
            pullback(wrong)


def test_pullback_may_be_called_again_and_results_are_the_callers():
    result, pullback = convolith.vjp(ops.exp, X)
    first = pullback(np.ones(3))[0]
    result[...] = 0
    kept = first.copy()
    first[...] = 0
    np.testing.assert_array_equal(pullback(np.ones(3))[0], kept)
    by_x, by_y = convolith.vjp(lambda x, y: ops.exp(x + y), X, Y)[1](np.ones(3))
    by_x[...] = 0
    assert by_y.all()
    upstream = np.ones(3)
    (same,) = convolith.vjp(lambda x: x, X)[1](upstream)
    assert not np.shares_memory(same, upstream)


def test_what_the_result_does_not_depend_on_has_a_gradient_of_zeros():
    _, pullback = convolith.vjp(lambda x, y: x * 2, X.astype(np.float32), np.full(2, np.inf))
    by_x, by_y = pullback(np.ones(3, np.float32))
    assert by_x.dtype == np.float32 and by_y.dtype == np.float64
    np.testing.assert_array_equal(by_y, [0, 0])


def test_integers_have_none():
    _, pullback = convolith.vjp(lambda x, labels: x * labels, X, np.arange(3))
    by_x, by_labels = pullback(np.ones(3))
    assert by_labels is None
    np.testing.assert_array_equal(by_x, [0, 1, 2])


def test_narrow_floats_get_their_own_dtype_back():
    result, pullback = convolith.vjp(lambda x: x * 2, X.astype(np.float16))
    assert result.dtype == np.float32 and pullback(np.ones(3, np.float32))[0].dtype == np.float16


def test_upstreams_that_do_not_fit():
    _, pullback = convolith.vjp(lambda x: x * 2, X.astype(np.float32))
    with pytest.raises(ValueError, match=r"^vjp: upstream must have the output's shape \(3,\), got \(2,\)"):
        pullback(np.ones(2, np.float32))
    with pytest.raises(TypeError, match="^vjp: upstream must have the output's dtype float32, got float64"):
        pullback(np.ones(3))
    assert convolith.vjp(lambda x: ops.sum(x), X.astype(np.float32))[1](1.0)[0].dtype == np.float32


def test_decisions_on_values_are_a_type_error_on_shapes_they_work():
    with pytest.raises(TypeError, match="no values yet"):
        convolith.vjp(lambda x: x if x else -x, X)
    check_slopes(lambda x: x * 2 if x.shape == (3,) else x, X)


def test_complex_and_text_are_a_type_error():
    for wrong in (X + 1j, np.array(["a"])):
        with pytest.raises(TypeError, match="vjp: arrays must hold real numbers"):
            convolith.vjp(lambda x: x, wrong)


def test_variables_as_arguments_and_inside():
    variable, scale = Variable(X), Variable(Y)
    result, pullback = convolith.vjp(lambda x: x * scale * variable, variable)
    np.testing.assert_array_equal(result, X * Y * X)
    variable.assign(X * 0)
    scale.assign(Y * 0)
    np.testing.assert_array_equal(pullback(np.ones(3))[0], 2 * X * Y)  # as it was, both times it was read


def test_variables_that_are_read_without_their_argument():
    variable, scale, number = Variable(X), Variable(Y), Variable(np.array([3]))
    _, pullback = convolith.vjp(lambda x, *_: x * variable + scale * number, X, variable, scale, number)
    by_x, by_variable, by_scale, by_number = pullback(Y)
    np.testing.assert_array_equal(by_x, X * Y)
    np.testing.assert_array_equal(by_variable, X * Y)
    np.testing.assert_array_equal(by_scale, 3 * Y)
    assert by_number is None

    def slope(x):  # recorded, by the outer vjp
        return convolith.vjp(lambda *_: ops.sum(x * variable * variable * scale), variable, scale)[1](1.0)[0]

    result, pullback = convolith.vjp(slope, X)
    np.testing.assert_array_equal(result, 2 * X * X * Y)
    np.testing.assert_array_equal(pullback(np.ones(3))[0], 2 * X * Y)


def test_a_variable_that_is_given_twice():
    """Each place has its own gradient, now and recorded; what is read beside them counts at the first."""
    variable = Variable(X)

    def slopes(scale):
        return convolith.vjp(lambda a, b: a * b * b * scale + variable * scale, variable, variable)[1](np.ones(3))

    expected = (X**2 + 1) * Y, 2 * X**2 * Y
    np.testing.assert_array_equal(slopes(Y), expected)
    result, pullback = convolith.vjp(slopes, Y)
    np.testing.assert_array_equal(result, expected)
    np.testing.assert_array_equal(pullback((np.ones(3), np.ones(3)))[0], 3 * X**2 + 1)


def test_a_models_weights():
    """A loop of one's own takes the step that the model's own takes."""
    layers = [convolith.layers.Conv2D(4, 3, activation="relu"), convolith.layers.Flatten(), convolith.layers.Dense(3)]
    model = convolith.Sequential([convolith.layers.Input((6, 6, 2)), *layers])
    loss = convolith.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(convolith.optimizers.SGD(0.5), loss)
    before, weights = model.get_weights(), model.trainable_variables
    generator = np.random.default_rng(0)
    x, y = generator.random((5, 6, 6, 2), np.float32), generator.integers(0, 3, 5)
    model.train_on_batch(x, y)
    trained = model.get_weights()
    model.set_weights(before)
    _, pullback = convolith.vjp(lambda *_: loss(y, model(x, training=True)), *weights)
    slopes = pullback(np.float32(1))
    for old, slope, new in zip(before, slopes, trained, strict=True):
        assert np.abs(slope).max() > 1e-3
        np.testing.assert_array_equal(old - np.float32(0.5) * slope, new)


def test_effects_happen_once():
    variable = Variable(np.zeros(3))

    def function(x):
        result = x * variable
        update.assign_add(variable, x)
        return result

    result, pullback = convolith.vjp(function, X)
    np.testing.assert_array_equal(variable.numpy(), X)
    np.testing.assert_array_equal(result, 0 * X)
    np.testing.assert_array_equal(pullback(X)[0], 0 * X)
    np.testing.assert_array_equal(variable.numpy(), X)


def test_derivatives_of_derivatives():
    def slope(function):
        return lambda x: convolith.vjp(function, x)[1](np.ones(3))[0]

    # Products of powers of integers, each of which is within eight units of two roundings, and 4, 3 and 2.
    np.testing.assert_allclose(slope(slope(slope(lambda x: x**4)))(X), 24 * X, rtol=gamma(16 + 3, np.float64))
    check_slopes(slope(lambda x: ops.exp(x) * ops.tanh(x)), X)


LABELS = np.array([0, 2, 1])
SECOND = {
    "conv": lambda x: ops.conv(ops.reshape(x, (1, 3, 3, 1)), np.ones((2, 2, 1, 1)), activation="relu"),
    "dense": lambda x: ops.dense(x, np.arange(6.0).reshape(3, 2), activation="relu"),
    "average_pool": lambda x: ops.average_pool(ops.reshape(x, (1, 3, 3, 1)), 2, 1),
    "softmax": ops.softmax,
    "max": lambda x: ops.max(x, axis=1),
    "sparse_categorical_crossentropy": lambda x: ops.sparse_categorical_crossentropy(LABELS, x, True),
    "categorical_crossentropy": lambda x: ops.categorical_crossentropy(x, x, True),
    "max_pool": lambda x: ops.max_pool(ops.reshape(x, (1, 3, 3, 1)), 2, 1),
}


@pytest.mark.parametrize("name", SECOND)
def test_all_but_max_pooling_has_second_derivatives(name):
    def slope(x):
        result, pullback = convolith.vjp(SECOND[name], x)
        return pullback(ops.square(result))[0]

    x = np.random.default_rng(11).normal(size=(3, 3))
    if name != "max_pool":
        return check_slopes(slope, x)
    _, pullback = convolith.vjp(slope, x)
    with pytest.raises(NotImplementedError, match="max_pool_gradient has no gradient"):
        pullback(x)


def test_recorded_on_tensors_and_in_a_trace():
    def step(x):
        result, pullback = convolith.vjp(lambda a, b: a * b * x, x, Y)  # x inside does not count
        by_a, by_b = pullback(result)
        unused = convolith.vjp(lambda a: Constant(1.0) * 2, x)[1](1.0)[0]
        return result, by_a, by_b, unused

    graph = trace(step, Spec((3,), np.dtype(np.float64)))
    result, by_a, by_b, unused = graph.evaluate(X)
    np.testing.assert_array_equal(result, X * Y * X)
    np.testing.assert_array_equal(by_a, result * Y * X)
    np.testing.assert_array_equal(by_b, result * X * X)
    np.testing.assert_array_equal(unused, [0, 0, 0])
    tensor = Tensor(Spec((3,), np.dtype(np.float64)))
    result, pullback = convolith.vjp(ops.exp, tensor)
    assert isinstance(result, Tensor) and isinstance(pullback(result)[0], Tensor)


def test_what_is_refused_by_name():
    with pytest.raises(TypeError, match="vjp: function must be callable, got int"):
        convolith.vjp(3, X)
    for variables in ([Variable(X)], (Variable(X), Variable(Y))):
        with pytest.raises(TypeError, match=r"vjp: arrays must be arrays, each an argument of its own \(\*variables\)"):
            convolith.vjp(lambda x: x, variables)
    for number in (float, int):
        with pytest.raises(TypeError, match="has no values yet, so it cannot be made a number"):
            convolith.vjp(lambda x, number=number: number(ops.sum(x)), X)
    with pytest.raises(TypeError, match="nested as the results are, 0 with numbers for arrays, got None"):
        convolith.vjp(lambda x: x, X)[1](None)


def test_the_gradient_by_what_another_pullback_gave_from_numbers_alone():
    def weighted(w):
        slope = convolith.vjp(lambda a: a * 3.0, w)[1](np.float32(1))[0]
        return w * convolith.vjp(ops.square, slope)[1](np.float32(1))[0]

    assert convolith.vjp(weighted, np.float32(1))[1](np.float32(1))[0] == 6


def test_a_caller_s_array_of_one_element_counts_as_it_is_when_a_graph_runs():
    upstream = np.ones(1, np.float32)
    graph = trace(lambda x: convolith.vjp(lambda a: a * 2.0, x)[1](upstream)[0], Spec((1,), np.dtype(np.float32)))
    for number in (1, 2):
        upstream[0] = number
        assert graph.evaluate(np.ones(1, np.float32))[0] == 2 * number
