"""How much of the engine's working memory a call takes is what its operation says: `Operation.scratch`."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given

import convolith
from convolith import ops
from convolith.engine import scratch
from convolith.engine.batch_normalization import normalize_batch_scratch
from convolith.graph.arena import Arena
from convolith.graph.operation import Operation
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec, Variable
from convolith.graph.trace import trace
from tests.geometries import Convolution, Pooling, convolutions, poolings
from tests.ops.calls import CALLS

CONVOLUTIONS = {
    "same": lambda x, k: ops.conv(x, k, padding="same"),
    "strides": lambda x, k: ops.conv(x, k, strides=2, padding="same"),
    "dilation": lambda x, k: ops.conv(x, k, dilation_rate=2),
    "transposed": lambda x, k: ops.conv_transpose(x, k, strides=2),
}
SHAPES = {  # that take the engine's various ways
    "filtered": ((2, 14, 14, 64), (3, 3, 64, 64)),
    "filtered, a large kernel": ((1, 7, 7, 256), (3, 3, 256, 256)),
    "filtered 5x5": ((2, 14, 14, 32), (5, 5, 32, 32)),
    "by definition": ((2, 9, 9, 40), (3, 3, 40, 40)),
    "few channels": ((2, 24, 24, 3), (7, 7, 3, 3)),
    "one pixel": ((3, 20, 20, 96), (1, 1, 96, 96)),
    "side by side": ((2, 12, 12, 40), (2, 2, 40, 40)),
    "a volume": ((1, 6, 6, 6, 8), (3, 3, 3, 8, 8)),
    "groups": ((2, 12, 12, 32), (3, 3, 4, 32)),
}
MATRICES = [(3, 700, 900), (20, 700, 900), (40, 700, 900), (1, 5, 7), (33, 300, 10)]


@contextmanager
def compared():
    """Compare after every call of an operation on arrays; yields the bytes that each took."""
    results, taken = Operation.results, []

    def compare(self, specs, inputs):
        scratch.give_back()
        outputs = results(self, specs, inputs)
        arrays = [None if one is None else np.asarray(one) for one in inputs]
        if self.writes or any(output.size for output in outputs):
            stated = self.scratch([None if one is None else Spec(one.shape, one.dtype) for one in arrays], specs)
            assert scratch.reserved() == stated, f"{self} of {[one if one is None else one.shape for one in arrays]}"
        taken.append(scratch.reserved())
        return outputs

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Operation, "results", compare)
        yield taken


def run(function, *arrays):
    """Forward and backward."""
    with compared() as taken:
        result, back = convolith.vjp(function, *arrays)
        back(np.ones_like(result))
    return sum(taken)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CALLS)
def test_every_operation(name, dtype):
    function, arrays = CALLS[name]
    with compared():
        function(*(array.astype(dtype) if array.dtype.kind == "f" else array for array in arrays))


@pytest.mark.parametrize("way", CONVOLUTIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES)
def test_convolutions_of_every_way(isa, threads, way, dtype, shape):
    images, kernel = SHAPES[shape]
    if way == "transposed" and shape == "groups":
        return  # a transposed convolution has none
    for number in (1, 2):
        threads(number)
        assert run(CONVOLUTIONS[way], np.ones(images, dtype), np.ones(kernel, dtype)) > 0


@given(case=convolutions())
def test_convolutions_of_any_shape(case: Convolution):
    images, kernel = np.ones(case.input_shape, "float32"), np.ones(case.kernel_shape, "float32")
    run(lambda x, k: ops.conv(x, k, **case.keywords), images, kernel)


@given(case=poolings(averages=True))
def test_poolings_of_any_shape(case: Pooling):
    for name in ("max_pool", "average_pool"):
        run(lambda x, name=name: getattr(ops, name)(x, **case.keywords), np.ones(case.input_shape, "float32"))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("multiplier", [1, 2])
def test_depthwise_convolutions(isa, dtype, multiplier):
    kernel = np.ones((3, 3, 24, multiplier), dtype)
    run(lambda x, k: ops.depthwise_conv(x, k, padding="same"), np.ones((2, 20, 20, 24), dtype), kernel)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("sizes", MATRICES)
def test_products(isa, threads, dtype, sizes):
    rows, depth, columns = sizes
    for number in (1, 2):
        threads(number)
        run(ops.dense, np.ones((rows, depth), dtype), np.ones((depth, columns), dtype))
        run(ops.matmul, np.ones((2, rows, depth), dtype), np.ones((depth, columns), dtype))


def test_calls_without_elements_take_none():
    assert run(lambda x, k: ops.conv(x, k), np.ones((0, 5, 5, 2), "float32"), np.ones((3, 3, 2, 4), "float32")) == 0
    assert run(ops.dense, np.ones((0, 5), "float32"), np.ones((5, 4), "float32")) == 0
    assert normalize_batch_scratch(1, 0, 8, False, 4) == normalize_batch_scratch(1, 8, 0, True, 4) == 0


@pytest.mark.parametrize("settled", [True, False])
def test_a_plan_states_the_most_of_its_calls(generator, settled):
    kernel = Variable(generator.random((3, 3, 8, 16), np.float32))

    def forward(x, k):
        y = ops.relu(ops.conv(x, kernel if settled else k, strides=2))
        return ops.sum(ops.conv(y, generator.random((3, 3, 16, 64), np.float32)), axis=(0, 1, 2))

    plan = Plan(trace(forward, *(Spec(shape, np.dtype("float32")) for shape in ((2, 17, 17, 8), kernel.shape))))
    scratch.give_back()
    plan.run(generator.random((2, 17, 17, 8), np.float32), kernel.numpy())
    assert plan.scratch_bytes == scratch.reserved() > 0
    assert plan.needed_bytes == plan.peak_bytes + plan.prepared_bytes + plan.scratch_bytes
    assert (plan.prepared_bytes > 0) == settled


def test_a_plan_that_would_fit_without_working_memory_does_not(monkeypatch):
    graph = trace(lambda x: ops.conv(x, np.ones((3, 3, 8, 8), "float32")), Spec((1, 9, 9, 8), np.dtype("float32")))
    plan = Plan(graph)
    monkeypatch.setattr("convolith.graph.arena.CHECKED", 0)
    monkeypatch.setattr("convolith.graph.arena.free_memory", lambda: plan.needed_bytes - 1)
    with pytest.raises(MemoryError, match=f"a plan needs {plan.needed_bytes:,} bytes"):
        Plan(graph, Arena())
    monkeypatch.setattr("convolith.graph.arena.free_memory", lambda: plan.needed_bytes)
    Plan(graph, Arena())


def test_working_memory_is_given_back():
    run(ops.dense, np.ones((40, 70), "float32"), np.ones((70, 30), "float32"))
    ops.dense(np.ones((40, 70), "float32"), np.ones((70, 30), "float32"))
    assert scratch.reserved() > 0
    scratch.give_back()
    assert scratch.reserved() == 0
