"""Convolutions in plans that do not train their kernels: packed once, the bits those of the direct convolution."""

from __future__ import annotations

import numpy as np
import pytest

from convolith import config, ops
from convolith.engine import dispatch
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec, Variable
from convolith.graph.trace import trace
from convolith.ops.packed_conv import PackedConv


@pytest.fixture(autouse=True)
def by_definition():
    config.disable_winograd()
    yield
    config.enable_winograd()


def planned(generator, shape, kernel_shape, dtype=np.float32, **arguments):
    """A plan of a convolution of Variables, its Variables, and its argument."""
    kernel, bias = (Variable(generator.standard_normal(one).astype(dtype)) for one in (kernel_shape, kernel_shape[-1:]))
    images = generator.standard_normal(shape).astype(dtype)
    graph = trace(lambda x: ops.conv(x, kernel, bias=bias, **arguments), Spec(shape, np.dtype(dtype)))
    return Plan(graph), kernel, bias, images


CASES = {
    "pointwise": ((3, 7, 6, 40), (1, 1, 40, 70), {}),
    "strided": ((2, 9, 8, 17), (3, 3, 17, 33), {"strides": 2, "padding": "same", "activation": "relu"}),
    "groups": ((2, 6, 7, 280), (3, 1, 140, 66), {"groups": 2, "dilation_rate": 2}),
    "sequence": ((2, 30, 19), (5, 19, 21), {"padding": "causal"}),
    "few filters": ((3, 9, 28, 3), (5, 5, 3, 6), {"padding": "same", "activation": "relu"}),
    "few filters, strided": ((2, 9, 31, 2), (3, 4, 2, 3), {"strides": 2}),
    "volume": ((1, 4, 5, 6, 18), (2, 3, 2, 18, 20), {}),
}


@pytest.mark.parametrize("name", CASES)
def test_the_bits_are_those_of_the_convolution(isa, generator, name):
    shape, kernel_shape, arguments = CASES[name]
    plan, kernel, bias, images = planned(generator, shape, kernel_shape, **arguments)
    assert any(isinstance(node.operation, PackedConv) for node in plan._nodes)
    for _ in range(2):
        (result,) = plan.run(images)
        np.testing.assert_array_equal(result, ops.conv(images, kernel.value, bias=bias.value, **arguments))
        kernel.assign(generator.standard_normal(kernel_shape).astype(np.float32))


def test_what_is_no_number_stays_where_it_is_with_few_filters(isa, generator):
    plan, kernel, bias, images = planned(generator, (2, 9, 28, 3), (5, 5, 3, 6), padding="same")
    for value in (np.inf, 1.0, np.nan):
        images[1, 4, 10, 1] = value
        (result,) = plan.run(images)
        np.testing.assert_array_equal(result, ops.conv(images, kernel.value, bias=bias.value, padding="same"))
        assert (~np.isfinite(result)).sum() == (0 if value == 1.0 else 5 * 5 * 6)


def test_float64_and_small_groups_are_not_packed(generator):
    for dtype, groups in ((np.float64, 1), (np.float32, 8)):
        plan, *_ = planned(generator, (2, 6, 6, 16), (3, 3, 16 // groups, 16), dtype, groups=groups)
        assert not any(isinstance(node.operation, PackedConv) for node in plan._nodes)


def test_it_counts_what_the_convolution_counts(generator):
    plan, *_ = planned(generator, (2, 8, 8, 16), (3, 3, 16, 32), strides=2, activation="relu")
    assert plan.flops == 2 * 3 * 3 * 32 * (2 * 3 * 3 * 16 + 2)
    (operation,) = (node.operation for node in plan._nodes)
    assert operation.footprint([]) == ((3, 3), (2, 2))


def test_another_instruction_set_is_refused(generator):
    plan, _, _, images = planned(generator, (1, 5, 5, 16), (1, 1, 16, 16))
    before, others = dispatch.isa(), [name for name in dispatch.available_isas() if name != dispatch.isa()]
    try:
        for other in others:
            dispatch.use_isa(other)
            with pytest.raises(RuntimeError, match=f"packed for {before}, but {other} is in use now"):
                plan.run(images)
    finally:
        dispatch.use_isa(before)
    plan.run(images)
