"""The oracle itself, against examples worked by hand."""

import ast
import math
from pathlib import Path

import numpy as np
import pytest

from tests.reference import activation, conv, cross_entropy, dense, depthwise, lp_pool, pool, update, window

NINE = np.arange(1.0, 10.0).reshape(1, 3, 3, 1)
VALID = ((0, 0), (0, 0))


def same(size, kernel, stride=1, dilation=1):
    """DESIGN's formula: the odd row or column comes after."""
    total = max(0, (math.ceil(size / stride) - 1) * stride + dilation * (kernel - 1) + 1 - size)
    return total // 2, total - total // 2


def test_the_identity_kernel_adds_the_diagonal():
    kernel = np.eye(2).reshape(2, 2, 1, 1)
    np.testing.assert_array_equal(conv.conv(NINE, kernel)[0, :, :, 0], [[6, 8], [12, 14]])


def test_a_plus_with_same_padding_adds_the_neighbours():
    plus = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], float).reshape(3, 3, 1, 1)
    result = conv.conv(NINE, plus, padding=(same(3, 3), same(3, 3)))
    np.testing.assert_array_equal(result[0, :, :, 0], [[7, 11, 11], [17, 25, 23], [19, 29, 23]])


def test_correlation_does_not_turn_the_kernel():
    kernel = np.array([[1.0, 10.0]]).reshape(1, 2, 1, 1)
    np.testing.assert_array_equal(conv.conv(NINE, kernel)[0, :, :, 0], [[21, 32], [54, 65], [87, 98]])


def test_strides_and_dilation_pick_their_pixels():
    corners = np.ones((2, 2, 1, 1))
    assert conv.conv(NINE, corners, dilation_rate=(2, 2)).item() == 1 + 3 + 7 + 9
    ones = np.ones((1, 1, 1, 1))
    np.testing.assert_array_equal(conv.conv(NINE, ones, strides=(2, 2))[0, :, :, 0], [[1, 3], [7, 9]])


def test_depthwise_kernels_see_their_channel_alone_and_its_results_are_neighbours():
    inputs, kernel = np.array([1.0, 10.0]).reshape(1, 1, 1, 2), np.array([[2.0, 3.0], [4.0, 5.0]]).reshape(1, 1, 2, 2)
    np.testing.assert_array_equal(depthwise.depthwise_conv(inputs, kernel).ravel(), [2, 3, 40, 50])
    upstream, window = np.array([1.0, 10.0, 100.0, 1000.0]).reshape(1, 1, 1, 4), ((1, 1), VALID, (1, 1))
    by_input = depthwise.depthwise_conv_input_gradient(upstream, kernel, inputs.shape, *window)
    np.testing.assert_array_equal(by_input.ravel(), [32, 5400])
    by_kernel = depthwise.depthwise_conv_kernel_gradient(inputs, upstream, kernel.shape, *window)
    np.testing.assert_array_equal(by_kernel.ravel(), [1, 10, 1000, 10000])


def test_groups_do_not_see_each_other():
    inputs, kernel = np.array([1.0, 10.0]).reshape(1, 1, 1, 2), np.array([2.0, 3.0]).reshape(1, 1, 1, 2)
    np.testing.assert_array_equal(conv.conv(inputs, kernel, groups=2).ravel(), [2, 30])


def test_the_odd_row_of_same_comes_after():
    assert same(224, 7, 2) == (2, 3)
    assert conv.output_shape((1, 224, 224, 3), (7, 7, 3, 64), (2, 2), (same(224, 7, 2),) * 2, (1, 1)) == (
        1,
        112,
        112,
        64,
    )
    last = conv.conv(NINE, np.ones((2, 2, 1, 1)), padding=(same(3, 2), same(3, 2)))
    np.testing.assert_array_equal(last[0, :, :, 0], [[12, 16, 9], [24, 28, 15], [15, 17, 9]])


def test_gradients_of_a_convolution():
    kernel, upstream = np.arange(1.0, 5.0).reshape(2, 2, 1, 1), np.array([[1.0, 0], [0, 10]]).reshape(1, 2, 2, 1)
    rest = (1, 1), VALID, (1, 1), 1
    by_input = conv.conv_input_gradient(upstream, kernel, NINE.shape, *rest)
    np.testing.assert_array_equal(by_input[0, :, :, 0], [[1, 2, 0], [3, 14, 20], [0, 30, 40]])
    by_kernel = conv.conv_kernel_gradient(NINE, upstream, kernel.shape, *rest)
    np.testing.assert_array_equal(by_kernel[:, :, 0, 0], [[51, 62], [84, 95]])


def test_max_pooling_takes_the_first_maximum_and_nan():
    ties = np.array([[5, 5, 0], [5, math.nan, 0], [1, 2, 3]]).reshape(1, 3, 3, 1)
    axes = window.moving(ties.shape, (1, 2), (1, 1))
    result = pool.max_pool(ties, axes)[0, :, :, 0]
    np.testing.assert_array_equal(result, [[5, 5], [math.nan, math.nan], [2, 3]])
    gradient = pool.max_pool_gradient(ties, np.ones((1, 3, 2, 1)), axes)[0, :, :, 0]
    np.testing.assert_array_equal(gradient, [[1, 1, 0], [0, 2, 0], [0, 1, 1]])


def test_max_pooling_never_takes_the_padding():
    axes = window.moving(NINE.shape, (3, 3), (3, 3), ((1, 2), (1, 2)))
    assert pool.max_pool(-NINE, axes).ravel().tolist() == [-1, -3, -7, -9]


def test_average_pooling_counts_the_padding_or_not():
    axes = window.moving(NINE.shape, (2, 2), (2, 2), ((1, 0), (1, 0)))
    real = pool.average_pool(NINE, axes)[0, :, :, 0]
    np.testing.assert_array_equal(real, [[1, 2.5], [5.5, 7]])
    counted = pool.average_pool(NINE, axes, count_include_pad=True)[0, :, :, 0]
    np.testing.assert_array_equal(counted, [[0.25, 1.25], [2.75, 7]])
    gradient = pool.average_pool_gradient(np.ones((1, 2, 2, 1)), NINE.shape, axes)[0, :, :, 0]
    np.testing.assert_array_equal(gradient, [[1, 0.5, 0.5], [0.5, 0.25, 0.25], [0.5, 0.25, 0.25]])


def test_where_windows_lie():
    assert window.moving((1, 5, 1), (2,), (2,)) == [[[0, 1], [2, 3]]]
    assert window.moving((1, 5, 1), (2,), (2,), ceil_mode=True) == [[[0, 1], [2, 3], [4]]]
    assert window.moving((1, 4, 1), (2,), (2,), ceil_mode=True) == [[[0, 1], [2, 3]]]
    assert window.moving((1, 4, 1), (2,), (3,), ((1, 1),), ceil_mode=True) == [[[-1, 0], [2, 3]]]  # none begins at 5
    assert window.moving((1, 2, 1), (3,), (2,), ceil_mode=True) == [[[0, 1]]]
    assert window.moving((1, 4, 1), (2,), (1,), ((1, 0),), (3,)) == [[[-1, 2], [0, 3]]]
    assert window.adaptive((1, 5, 1), (3,))[0] == [[0, 1], [1, 2, 3], [3, 4]]


def test_norms_and_places_of_maxima():
    row = np.array([3.0, -4, -4]).reshape(1, 3, 1)
    axes = window.moving(row.shape, (2,), (1,))
    np.testing.assert_allclose(lp_pool.lp_pool(row, axes, 2).ravel(), [5, np.sqrt(32)])
    assert pool.max_pool_indices(row, axes).ravel().tolist() == [0, 1]


def test_dense_and_its_gradients():
    inputs, kernel = np.array([[1.0, 2], [3, 4]]), np.array([[1.0, 0, 2], [0, 1, 3]])
    np.testing.assert_array_equal(dense.dense(inputs, kernel, np.array([10.0, 20, 30])), [[11, 22, 38], [13, 24, 48]])
    upstream = np.array([[1.0, 1, 1], [0, 0, 1]])
    np.testing.assert_array_equal(dense.dense_input_gradient(upstream, kernel), [[3, 4], [2, 3]])
    np.testing.assert_array_equal(dense.dense_kernel_gradient(inputs, upstream), [[1, 1, 4], [2, 2, 6]])
    np.testing.assert_array_equal(dense.sum_rows(upstream), [1, 1, 2])


def test_activations():
    values = np.array([[-2.0, 0, 3]])
    np.testing.assert_array_equal(activation.relu(values), [[0, 0, 3]])
    assert math.isnan(activation.relu(np.array([math.nan]))[0])
    np.testing.assert_array_equal(activation.relu_gradient(np.array([[7.0, 7, 7]]), values), [[0, 0, 7]])
    assert activation.sigmoid(np.array([0.0, -800, 800])).tolist() == [0.5, 0, 1]
    np.testing.assert_allclose(activation.softmax(np.log([[1.0, 2, 5]])), [[1 / 8, 2 / 8, 5 / 8]])


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "softmax"])
def test_gradients_of_activations_are_the_slopes(name):
    function, gradient = getattr(activation, name), getattr(activation, f"{name}_gradient")
    at, weights, step = np.array([[-1.3, 0.2, 0.9]]), np.array([[2.0, -1, 0.5]]), 1e-6
    expected = [
        np.sum(weights * (function(at + step * unit) - function(at - step * unit))) / (2 * step) for unit in np.eye(3)
    ]
    np.testing.assert_allclose(gradient(weights, at)[0], expected, rtol=1e-8)


def test_cross_entropy():
    logits, labels = np.log([[1.0, 1, 2], [1, 8, 1]]), np.array([2, 0])
    np.testing.assert_allclose(cross_entropy.sparse_cross_entropy(labels, logits), [math.log(2), math.log(10)])
    gradient = cross_entropy.sparse_cross_entropy_gradient(labels, logits, np.array([1.0, 10]))
    np.testing.assert_allclose(gradient, [[0.25, 0.25, -0.5], [-9, 8, 1]])
    targets = np.array([[0.5, 0.5, 0], [0, 1, 0]])
    np.testing.assert_allclose(cross_entropy.cross_entropy(targets, logits), [math.log(4), math.log(10 / 8)])


def test_updates():
    parameter, gradient, zero = np.array([1.0]), np.array([2.0]), np.array([0.0])
    assert [array.item() for array in update.sgd(parameter, gradient, zero, 0.1)] == [0.8, -0.2]
    slow = [array.item() for array in update.sgd(parameter, gradient, np.array([1.0]), 0.1, 0.5)]
    np.testing.assert_allclose(slow, [1.3, 0.3])
    ahead = [array.item() for array in update.sgd(parameter, gradient, np.array([1.0]), 0.1, 0.5, nesterov=True)]
    np.testing.assert_allclose(ahead, [0.95, 0.3])
    first = [array.item() for array in update.adam(parameter, gradient, zero, zero, 0.1, 0.9, 0.99, 0.0, 1)]
    np.testing.assert_allclose(first, [0.9, 0.2, 0.04])  # the first step is the learning rate, whatever the gradient


def test_the_oracle_is_short_and_does_not_import_convolith():
    files = [path for path in Path(__file__).parent.glob("*.py") if not path.name.startswith(("test_", "__init__"))]
    assert len(files) == 30
    for path in files:
        text = path.read_text()
        assert len(text.splitlines()) < 60, path.name
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                name = getattr(node, "module", None) or node.names[0].name
                known = {"__future__", "collections.abc", "functools", "itertools", "math", "numpy", "typing"}
                assert name in known or name.startswith("tests.reference."), f"{path.name} imports {name}"
