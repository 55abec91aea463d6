from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.bounds import assert_within, sides, sum_bound
from tests.ops.plans import check_in_plan
from tests.ops.slopes import check_second_slopes, check_slopes

shapes = mutually_broadcastable_shapes(signature=np.matmul.signature, max_dims=2, max_side=4, min_side=0)


def product(x1, x2):
    """Each element on its own."""
    first = x1[None] if x1.ndim == 1 else x1
    second = x2[:, None] if x2.ndim == 1 else x2
    batch = np.broadcast_shapes(first.shape[:-2], second.shape[:-2])
    first, second = (np.broadcast_to(x, (*batch, *x.shape[-2:])) for x in (first, second))
    out = np.zeros((*batch, first.shape[-2], second.shape[-1]))
    for place in np.ndindex(out.shape):
        out[place] = sum(first[(*place[:-1], k)] * second[(*place[:-2], k, place[-1])] for k in range(first.shape[-1]))
    out = out[..., 0] if x2.ndim == 1 else out
    return out[..., 0, :] if x1.ndim == 1 and x2.ndim > 1 else out[..., 0] if x1.ndim == 1 else out


@given(found=shapes, seed=st.integers(0, 99), dtype=st.sampled_from([np.float32, np.float64]))
def test_values(isa, found, seed, dtype):
    x1, x2 = (np.random.default_rng(seed).normal(size=shape).astype(dtype) for shape in found.input_shapes)
    exact = product(x1.astype(np.float64), x2.astype(np.float64))
    magnitudes = product(abs(x1).astype(np.float64), abs(x2).astype(np.float64))
    result = ops.matmul(x1, x2)
    assert result.dtype == dtype
    assert_within(result, exact, sides(dtype) * sum_bound(x1.shape[-1], magnitudes, dtype, 2.0**4))
    assert ops.matmul(Tensor(Spec(x1.shape, x1.dtype)), x2).shape == result.shape


@settings(max_examples=30)
@given(found=shapes, seed=st.integers(0, 9))
def test_gradients(found, seed):
    x1, x2 = (np.random.default_rng(seed).normal(size=shape) for shape in found.input_shapes)
    check_slopes(ops.matmul, x1, x2)


@pytest.mark.parametrize(
    "shapes", [((2, 3, 4), (2, 4, 5)), ((3, 4), (2, 4, 5)), ((2, 1, 3, 4), (5, 4, 2)), ((4,), (2, 4, 5))]
)
def test_second_derivatives_and_a_plan(shapes):
    x1, x2 = (np.random.default_rng(0).normal(size=shape) for shape in shapes)
    check_in_plan(lambda a, b: (a * 2) @ b, x1.astype(np.float32), x2.astype(np.float32))
    check_second_slopes(ops.matmul, x1, x2)


def test_unknown_batches():
    x = Tensor(Spec((None, 3, 4), np.dtype(np.float32)))
    assert (x @ np.ones((4, 5))).shape == (x @ np.ones((1, 4, 5))).shape == (None, 3, 5)
    assert (x @ np.ones(4)).shape == (None, 3) and (np.ones(3) @ x).shape == (None, 4)
    assert ops.matmul(x, ops.transpose(x, (0, 2, 1))).shape == (None, 3, 3)
    assert (np.ones((2, 3)) @ x).shape == (None, 2, 4)


def test_what_is_refused():
    for shapes in [((2, 3), (4, 5)), ((3,), (4,)), ((2, 3, 4), (2, 3, 4)), ((2, 3), (3, 0, 2)), ((3,), (2, 4, 3))]:
        with pytest.raises(ValueError, match="matmul: the last axis of x1 must have the size of x2's last but one"):
            ops.matmul(*map(np.ones, shapes))
    with pytest.raises(ValueError, match=r"x1 of shape .2, 3, 4. and x2 of shape .3, 4, 5. must have shapes that"):
        ops.matmul(np.ones((2, 3, 4)), np.ones((3, 4, 5)))
    for x1, x2 in [(2.0, np.ones(3)), (np.ones(3), 2.0)]:
        with pytest.raises(ValueError, match="matmul: x1 and x2 must have one axis at least, got shapes"):
            ops.matmul(x1, x2)
    with pytest.raises(TypeError, match="matmul: x2 must be an array or a tensor, got None"):
        ops.matmul(np.ones(3), None)
