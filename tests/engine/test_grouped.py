"""Grouped convolution with few channels a group: every way in which groups fill vectors, and every remainder."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.passes import Case

SAME = ((1, 1), (1, 1))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 8, 16, 17, 32])
def test_channels_of_a_group(isa, width, dtype):
    """The last vector holds fewer groups than the others, or a group's last channels."""
    for groups in (2, 3, 5, 9, 17):
        Case((2, 4, 9, width * groups), (3, 3, width, width * groups), padding=SAME, groups=groups, seed=groups).check(
            dtype
        )


@pytest.mark.parametrize("channels", [(1, 2), (2, 1), (4, 8), (8, 4), (3, 20), (20, 3), (16, 32), (40, 16), (1, 33)])
def test_as_many_as_the_results_have_or_not(isa, channels):
    depth, columns = channels
    for groups in (2, 7):
        Case((2, 5, 8, depth * groups), (3, 2, depth, columns * groups), (1, 2), SAME, groups=groups).check()


@pytest.mark.parametrize("width", [4, 20])
@pytest.mark.parametrize("strides", [(1, 1), (2, 2), (3, 1), (1, 4)])
@pytest.mark.parametrize("dilation", [(1, 1), (2, 3), (4, 4)])
def test_windows(isa, width, strides, dilation):
    for kernel in ((1, 1), (1, 2), (2, 3), (3, 3), (5, 1)):
        case = (2, 15, 18, width * 6), (*kernel, width, width * 6), strides, ((2, 1), (0, 4)), dilation
        Case(*case, groups=6).check()


@pytest.mark.parametrize("width", [4, 20])
def test_columns(isa, width):
    """Results of every width around the blocks that lie in registers."""
    for columns in range(1, 23):
        Case((1, 3, columns, width * 3), (3, 3, width, width * 3), padding=SAME, groups=3, seed=columns).check()
        Case((1, 3, columns, width * 3), (3, 3, width, width * 3), (2, 2), SAME, groups=3, seed=columns).check()


@pytest.mark.parametrize("pads", [((5, 0), (0, 5)), ((4, 4), (4, 4)), ((0, 7), (3, 0))])
def test_padding_wider_than_the_kernel(isa, pads):
    Case((2, 3, 4, 8), (2, 2, 4, 8), padding=pads, groups=2).check()
    Case((2, 3, 4, 8), (2, 3, 4, 8), (3, 2), pads, groups=2).check()


def test_large_images_are_cut_into_rows(isa):
    Case((2, 150, 61, 24), (3, 3, 8, 24), padding=SAME, groups=3).check()
    Case((1, 40, 700, 40), (3, 3, 20, 40), (2, 2), SAME, groups=2).check()


def test_one_dimension(isa):
    Case((3, 100, 24), (5, 4, 24), (2,), ((2, 2),), (1,), 6).check()


@pytest.mark.parametrize("pads", [(1, 0), (0, 1), (0, 0)])
def test_one_slice_that_may_lie_in_the_padding(isa, pads):
    Case((2, 1, 5, 4, 8), (1, 2, 2, 4, 8), (2, 1, 1), (pads, (0, 1), (1, 0)), (1, 1, 1), 2).check()


def test_what_is_not_finite_stays_in_its_group():
    case = Case((1, 6, 6, 24), (3, 3, 4, 24), padding=SAME, groups=6)
    clean = case.forward(), case.input_gradient(), case.kernel_gradient()
    case.x[..., 4:8] = case.upstream[..., 4:8] = np.nan
    for passed, before in zip((case.forward(), case.input_gradient(), case.kernel_gradient()), clean, strict=True):
        assert np.isnan(passed[..., 4:8]).all()
        np.testing.assert_array_equal(np.delete(passed, np.s_[4:8], -1), np.delete(before, np.s_[4:8], -1))
