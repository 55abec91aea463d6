"""Layer, RMS and group normalisation against the loops."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from convolith import ops
from tests.bounds import assert_within, gamma
from tests.geometries import laid_out, seeds
from tests.ops.test_batch_normalization_values import bounds, offsets, shapes
from tests.reference import normalization as reference


@given(shapes, seeds, st.sampled_from([(3,), (1, 2, 3), (1,)]), offsets)
def test_layer_normalization(shape, seed, axes, offset):
    (x,) = laid_out(seed, np.float64, shape)
    x = x + offset
    exact, bound = bounds(x, axes, np.ones(shape), np.zeros(shape), 1e-3, np.float64, chain=10**6)
    assert_within(ops.layer_normalization(x, axis=axes, epsilon=1e-3), exact, bound)
    exact = reference.normalize(x, axes, np.ones(shape), np.zeros(shape), 1e-3, centred=False)[0]
    # Squares of one sign, whose sum's roundings the root halves, and divisions, a root and epsilon on either side.
    bound = 2 * gamma(x.size + 8, np.float64) * abs(exact)
    assert_within(ops.rms_normalization(x, axis=axes, epsilon=1e-3), exact, bound)


@given(st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3)), st.integers(1, 4), st.integers(1, 4), seeds)
def test_group_normalization(shape, groups, each, seed):
    assume(shape[1] * shape[2] * each > 1)
    (x,) = laid_out(seed, np.float64, (*shape, groups * each))
    split = x.reshape(*shape, groups, each)
    of_groups = bounds(split, (1, 2, 4), np.ones(split.shape), np.zeros(split.shape), 1e-3, np.float64, chain=10**6)
    exact, bound = (array.reshape(x.shape) for array in of_groups)
    assert_within(ops.group_normalization(x, groups), exact, bound)
    moved = ops.group_normalization(np.moveaxis(x, -1, 1), groups, axis=1)
    assert_within(np.moveaxis(moved, 1, -1), exact, bound)
