"""A convolution takes along the addition behind it: the same values and gradients, in the memory of what is added."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import convolith
from convolith import ops
from convolith.engine import conv as engine
from convolith.engine import conv_geometry
from convolith.graph.differentiate import gradients
from convolith.graph.fusion import fuse
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec, Variable
from convolith.graph.trace import trace
from convolith.ops.arithmetic import Add
from convolith.ops.standardize import Standardize
from tests.bounds import assert_within, gamma
from tests.engine.winograd_bound import conv_bound
from tests.geometries import normal
from tests.reference import conv as reference

# By definition with short and long sums, and by minimal filtering with whole and cut tiles and panels.
SHAPES = [
    ((2, 5, 6, 3), (3, 3, 3, 5)),
    ((1, 4, 4, 900), (1, 1, 900, 33)),
    ((2, 13, 14, 64), (3, 3, 64, 40)),
    ((1, 17, 16, 32), (5, 5, 32, 33)),
]


def names(plan: Plan) -> list[str]:
    return [node.operation.name for node in plan._nodes]


def padding_of(kernel):
    return tuple((size // 2, size // 2) for size in kernel[:2])


def arrays_of(images, kernel, dtype):
    return normal(3, np.dtype(dtype), images, kernel, (kernel[3],), (*images[:3], kernel[3]))


@cache
def exact(images, kernel, dtype):
    """The products' sums in float64, and those of their magnitudes."""
    x, k, _, _ = arrays_of(images, kernel, dtype)
    return tuple(reference.conv(*pair, padding=padding_of(kernel)) for pair in ((x, k), (abs(x), abs(k))))


@pytest.mark.parametrize("activation", [None, "relu"])
@pytest.mark.parametrize(("images", "kernel"), SHAPES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_out_holds_is_added(isa, threads, images, kernel, activation, dtype):
    threads(2)
    x, k, bias, out = arrays_of(images, kernel, dtype)
    products, size = exact(images, kernel, dtype)
    wanted, out = products + bias + out, out.copy()
    allowed = gamma(kernel[0] * kernel[1] * kernel[2] + 2, dtype) * (size + abs(bias) + abs(out))
    padding = padding_of(kernel)
    if dtype == "float32" and kernel[0] in (3, 5):  # perhaps by minimal filtering
        before = tuple(pair[0] for pair in padding)
        derived = conv_bound(x, k, before, out.shape, abs(bias) + abs(out))
        allowed = allowed + np.minimum(derived, 1e-5 * abs(wanted).max())  # as docs/numerics.md states
    geometry = conv_geometry.ConvGeometry(images, kernel, (1, 1), padding, (1, 1), 1)
    engine.conv(geometry, x, k, bias, activation, out, accumulate=True)
    assert_within(out, np.maximum(wanted, 0) if activation else wanted, allowed)


def test_groups_are_not_added():
    geometry = conv_geometry.ConvGeometry((1, 4, 4, 4), (1, 1, 2, 4), (1, 1), ((0, 0), (0, 0)), (1, 1), 2)
    x, k, out = np.ones((1, 4, 4, 4), "f"), np.ones((1, 1, 2, 4), "f"), np.ones((1, 4, 4, 4), "f")
    with pytest.raises(ValueError, match="expected no groups where the result is added, got 2"):
        engine.conv(geometry, x, k, None, None, out, accumulate=True)


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(("images", "kernel"), SHAPES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_residual_unit(isa, images, kernel, swapped, dtype):
    """Bit for bit what its operations give one by one, each of which is tested by itself."""
    x, k, bias, _ = arrays_of(images, kernel, dtype)
    (mixing,) = normal(2, np.dtype(dtype), (images[3], kernel[3]))
    weights = [Variable(array) for array in (k, bias, mixing)]

    def mixed(x, mixing):
        return ops.matmul(ops.tanh(x), mixing)

    def unit(tensor):
        first, second = mixed(tensor, weights[2]), ops.conv(tensor, weights[0], padding="same") + weights[1]
        total = ops.relu(first + second if swapped else second + first)
        return total, *gradients([ops.sum(total * total)], [1.0], [tensor, *weights])

    plan = Plan(fuse(trace(unit, Spec(images, np.dtype(dtype)))))
    total, by_x, *by_weights = plan.run(x)
    convolved, convolved_back = convolith.vjp(lambda x, k: ops.conv(x, k, padding="same"), x, k)
    added, mixed_back = convolith.vjp(mixed, x, mixing)
    np.testing.assert_array_equal(total, np.maximum(convolved + bias + added, 0), strict=True)
    upstream = 2 * total  # of the sum of squares, 0 where relu is
    (by_first, by_kernel), (by_second, by_mixing) = convolved_back(upstream), mixed_back(upstream)
    np.testing.assert_array_equal(by_x, by_first + by_second, strict=True)
    _, bias_back = convolith.vjp(ops.add, convolved, bias)
    for found, expected in zip(by_weights, (by_kernel, bias_back(upstream)[1], by_mixing), strict=True):
        np.testing.assert_array_equal(found, expected, strict=True)


@pytest.mark.parametrize("given", [True, False])
def test_a_plan_adds_in_place_and_packs_the_kernel_all_the_same(given):
    kernel = Variable(normal(1, np.dtype(np.float32), (1, 1, 16, 16))[0])
    x = normal(2, np.dtype(np.float32), (2, 9, 9, 16))[0]
    graph = fuse(trace(lambda t: ops.relu(ops.conv(t, kernel) + (t if given else ops.tanh(t))), Spec(x.shape, x.dtype)))
    plan = Plan(graph)
    assert names(plan) == ["packed_conv"] if given else names(plan) == ["tanh", "packed_conv"]
    assert ("in place" in plan.describe()) is not given  # an argument is nobody's to write into
    for scale in (1, 2):
        images, matrix = scale * x.astype(float), kernel.numpy()[0, 0].astype(float)
        added = images if given else np.tanh(images)
        # 16 products and what is added, which tanh has rounded by up to eight units more.
        allowed = gamma(17 + 8) * (abs(images) @ abs(matrix) + abs(added))
        assert_within(plan.run(scale * x)[0], np.maximum(images @ matrix + added, 0), allowed)


def test_what_is_broadcast_or_grouped_is_added_apart():
    kernel, grouped = Variable(np.ones((1, 1, 4, 4), "f")), Variable(np.ones((1, 1, 2, 4), "f"))
    spec = Spec((2, 3, 3, 4), np.dtype(np.float32))
    plan = Plan(fuse(trace(lambda x: (ops.conv(x, kernel) + x[:1], ops.conv(x, grouped) + x), spec)))
    assert names(plan).count("add") == 2


@pytest.mark.parametrize("normalised", [False, True])
def test_relu_that_the_addition_has_taken_already_stays(normalised):
    kernel, x = Variable(np.full((1, 1, 4, 4), 0.25, "f")), normal(2, np.dtype(np.float32), (2, 3, 3, 4))[0]

    def unit(tensor):
        y = ops.conv(tensor, kernel)
        if normalised:
            y = Standardize()(y, np.zeros(4, "f"), np.ones(4, "f"), np.zeros(4, "f"), None)
        return Add("relu")(y, ops.tanh(tensor))

    graph = trace(unit, Spec(x.shape, x.dtype))
    images, matrix = x.astype(float), np.full((4, 4), 0.25)
    # Four products, a normalisation that subtracts, multiplies and adds, and tanh with up to eight units.
    allowed = gamma(5 + 3 + 8) * (abs(images) @ matrix + abs(np.tanh(images)))
    for one in (graph, fuse(graph)):
        assert_within(Plan(one).run(x)[0], np.maximum(images @ matrix + np.tanh(images), 0), allowed)
    assert "add" not in names(Plan(fuse(graph)))
