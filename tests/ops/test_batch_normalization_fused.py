"""Batch normalisation with what follows it in the same pass: the bits of the operations apart, and torch's values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from convolith import ops
from convolith.graph.differentiate import gradients
from convolith.graph.fusion import fuse
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec, Variable
from convolith.graph.trace import extend, trace
from convolith.ops.update import move_average
from tests.geometries import dtypes, normal, seeds
from tests.ops.plans import check_in_plan

shapes = st.tuples(st.integers(1, 4), st.integers(1, 9), st.integers(1, 5), st.integers(1, 140))


def follow(y, other, added, rectified):
    """Go on behind a normalisation, with the operands of the addition in either order."""
    if added:
        y = other + y if added == "before" else y + other
    return ops.relu(y) if rectified else y


def operations(function, *arrays):
    """The operations of a function's fused graph, and of its gradient by the first array."""
    graph = fuse(trace(function, *(Spec(array.shape, array.dtype) for array in arrays)))

    def backward(y, *rest):
        return gradients([y], [np.ones(y.shape, y.dtype)], graph.inputs[:1])

    return [node.operation.name for node in graph.nodes()], [
        node.operation.name for node in extend(graph, backward).nodes()
    ]


@given(
    shapes,
    seeds,
    dtypes,
    st.sampled_from([None, "before", "after"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["both", "scale", "none"]),
)
def test_bits_are_those_of_the_operations_apart(isa, shape, seed, dtype, added, rectified, per_image, parameters):
    assume(shape[1] * shape[2] > 1 or (not per_image and shape[0] != 1))
    x, other = normal(seed, dtype, shape, shape)
    channels = [*normal(seed + 1, dtype, shape[-1:], shape[-1:])][: {"both": 2, "scale": 1, "none": 0}[parameters]]

    def function(x, other, *parameters):
        if per_image:
            return follow(ops.instance_normalization(x, *parameters), other, added, rectified)
        y, *moments = ops.normalize_batch(x, *parameters)
        return follow(y, other, added, rectified), *moments

    check_in_plan(function, x, other, *channels)


@pytest.mark.parametrize("added", [None, "before", "after"])
@pytest.mark.parametrize("rectified", [False, True])
def test_one_pass_does_it(added, rectified):
    x = np.zeros((2, 3, 3, 4), np.float32)
    forward, backward = operations(lambda x, o: follow(ops.normalize_batch(x)[0], o, added, rectified), x, x)
    assert forward == ["normalize_batch"]
    gradient = "normalize_batch_add_gradient" if added and rectified else "normalize_batch_gradient"
    assert backward == ["normalize_batch", gradient]


@pytest.mark.parametrize(
    "function",
    [
        lambda x, y: ops.relu(y) + y,  # two readers
        lambda x, y: y + y,
        lambda x, y: y + x[:1],  # broadcast
        lambda x, y: ops.relu(y) + x,  # relu comes first
        lambda x, y: ops.tanh(y),
    ],
)
def test_what_follows_otherwise_stays(function):
    x = np.random.default_rng(1).normal(size=(2, 3, 3, 4)).astype(np.float32)

    def normalized(x):
        return function(x, ops.normalize_batch(x)[0])

    forward, _ = operations(normalized, x)
    assert forward[-1] != "normalize_batch"
    check_in_plan(normalized, x)


def test_what_is_added_may_depend_on_the_moments():
    """The addition cannot be done with the normalisation then, as it needs its results."""
    x = np.random.default_rng(2).normal(size=(2, 3, 3, 4)).astype(np.float32)

    def function(x):
        y, mean, _ = ops.normalize_batch(x)
        return ops.relu(y + x * mean)

    assert operations(function, x)[0] == ["normalize_batch", "multiply", "add"]
    check_in_plan(function, x)


def test_moving_averages_follow(isa):
    """An effect that reads the moments was recorded before the addition that is taken along."""
    average = Variable(np.zeros(4, np.float32), trainable=False)
    x = np.random.default_rng(3).normal(3, 1, size=(2, 3, 3, 4)).astype(np.float32)

    def function(x):
        y, mean, _ = ops.normalize_batch(x)
        move_average(average, mean, 0.5)
        return ops.relu(y + x)

    plan = Plan(fuse(trace(function, Spec(x.shape, x.dtype))))
    (result,) = plan.run(x)
    y, mean, _ = ops.normalize_batch(x)
    np.testing.assert_array_equal(result, ops.relu(y + x))
    np.testing.assert_array_equal(average.numpy(), mean * 0.5)


def test_nan_passes_and_has_no_gradient(isa):
    x = np.random.default_rng(4).normal(size=(3, 5, 5, 20)).astype(np.float32)
    x[1, 2, 3, 4] = np.nan
    check_in_plan(lambda x: ops.relu(ops.normalize_batch(x)[0]), x)
    check_in_plan(lambda x: ops.relu(ops.normalize_batch(x)[0] + x), x)


@pytest.mark.torch
@pytest.mark.parametrize("added", [False, True])
def test_torch_agrees(torch, generator, added):
    x, other, upstream = generator.normal(1, 2, (3, 4, 9, 7, 24))
    gamma, beta = generator.normal(size=(2, 24))
    parameters = [Variable(gamma), Variable(beta)]

    def function(x, other):
        y = ops.normalize_batch(x, *parameters, epsilon=1e-5)[0]
        return ops.relu(y + other if added else y)

    graph = fuse(trace(function, *[Spec(x.shape, x.dtype)] * 2))
    leaves = [graph.inputs[0], *parameters, *graph.inputs[1:]][: 4 if added else 3]
    plan = Plan(extend(graph, lambda y: [y, *gradients([y], [upstream], leaves)]))
    given = [torch.from_numpy(one).requires_grad_() for one in (x, gamma, beta, other)]
    images, shortcut = (one.permute(0, 3, 1, 2) for one in (given[0], given[3]))
    y = torch.nn.functional.batch_norm(images, None, None, given[1], given[2], True, eps=1e-5)
    y = torch.relu(y + shortcut if added else y).permute(0, 2, 3, 1)
    y.backward(torch.from_numpy(upstream))
    wanted = [y.detach(), *(one.grad for one in given[: len(leaves)])]
    for ours, theirs in zip(plan.run(x, other), wanted, strict=True):
        # In float64 a sum of 252 products of numbers up to 9 and 9 errs by at most 252 * 2^-53 * 252 * 81.
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=252 * 2**-53 * 252 * 81)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("swapped", [False, True])
def test_what_is_added_may_be_larger(generator, training, swapped):
    """A pooled branch that is broadcast over the images: not one pass."""
    small, large = (generator.standard_normal(shape).astype("f4") for shape in ((3, 1, 1, 4), (3, 5, 6, 4)))
    mean, variance = np.zeros(4, "f4"), np.ones(4, "f4")

    def function(x, other):
        y = ops.normalize_batch(x)[0] if training else ops.batch_normalization(x, mean, variance, axis=-1)
        return other + y if swapped else y + other

    specs = [Spec(array.shape, array.dtype) for array in (small, large)]
    graph = trace(function, *specs)
    np.testing.assert_array_equal(Plan(fuse(graph)).run(small, large)[0], Plan(graph).run(small, large)[0])
