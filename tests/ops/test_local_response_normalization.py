"""Local response normalisation against the loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.bounds import assert_within, sides
from tests.geometries import dtypes, laid_out, seeds
from tests.ops.plans import check_in_plan, operations
from tests.ops.slopes import check_second_slopes, check_slopes
from tests.reference import normalization as reference
from tests.running_error import Rounded, gradients


@given(
    st.integers(1, 12),
    st.integers(0, 4),
    st.integers(0, 4),
    st.sampled_from([0.5, 0.75, 1.0, 0.3, 1.37, 2.0, 3.1]),
    seeds,
    dtypes,
)
def test_local_response(channels, before, after, beta, seed, dtype):
    x, upstream = laid_out(seed, dtype, *[(2, 1, 3, channels)] * 2)
    if abs(before - after) > 1 or before < after:
        before = after
    size = before + after + 1
    result, pullback = convolith.vjp(
        lambda x: ops.local_response_normalization(x, bias=1.5, alpha=0.3, beta=beta, size=size), x
    )
    leaf = Rounded(x, dtype=dtype)
    formula = leaf * ((leaf * leaf).window_sum(before, after) * 0.3 + 1.5).power(-beta)
    exact = reference.local_response(x.astype(np.float64), before, after, 1.5, 0.3, beta)
    assert_within(result, exact, sides(dtype) * formula.error)
    (by_x,) = gradients(formula, upstream, [leaf])
    assert_within(pullback(upstream)[0], by_x.value, sides(dtype) * by_x.error, "gradient")


@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 9), seeds, dtypes)
def test_channels_first_is_the_transpose(height, width, channels, seed, dtype):
    x, upstream = laid_out(seed, dtype, *[(2, height, width, channels)] * 2)
    found = []
    for moved, data_format in ((-1, "channels_last"), (1, "channels_first")):
        result, pullback = convolith.vjp(
            lambda x, data_format=data_format: ops.local_response_normalization(x, 2, data_format=data_format),
            np.moveaxis(x, -1, moved),
        )
        found.append([np.moveaxis(one, moved, -1) for one in (result, *pullback(np.moveaxis(upstream, -1, moved)))])
    for last, first in zip(*found, strict=True):
        np.testing.assert_array_equal(first, last)


def test_a_nan_stays_in_its_window():
    x = np.zeros((1, 1, 1, 9), np.float32)
    x[..., 4] = np.nan
    assert np.isnan(ops.local_response_normalization(x, 2)).ravel().tolist() == [False] * 2 + [True] * 5 + [False] * 2


def normalize(x, beta=0.75):
    return ops.local_response_normalization(x, bias=1.5, alpha=0.3, beta=beta, size=4)


@pytest.mark.parametrize("beta", [0.5, 0.75, 1.0, 1.3])
def test_first_and_second_derivatives(beta, generator):
    x = generator.normal(size=(1, 2, 2, 5))
    check_slopes(lambda x: normalize(x, beta), x)
    check_second_slopes(lambda x: normalize(x, beta), x)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_in_a_plan_as_one_operation(dtype, generator):
    x = generator.normal(size=(2, 3, 2, 7)).astype(dtype)
    check_in_plan(lambda x: normalize(x * 1), x)
    assert operations(normalize, x) == ["local_response_normalization"]
