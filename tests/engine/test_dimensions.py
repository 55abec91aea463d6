"""Convolutions of one and three dimensions: every way that slices, taps in depth and borders meet."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.passes import Case

ONE = ((1, 1), (1, 1), (1, 1))


@pytest.mark.parametrize("strides", [(1, 1, 1), (2, 1, 2), (3, 2, 1)])
@pytest.mark.parametrize("dilation", [(1, 1, 1), (2, 1, 3), (3, 2, 1)])
def test_strides_and_dilation_in_depth(isa, strides, dilation):
    for depth in range(5, 10):
        Case((2, depth, 6, 9, 5), (3, 2, 3, 5, 6), strides, ((2, 0), (1, 1), (0, 4)), dilation, seed=depth).check()
        Case((1, depth, 5, 7, 33), (2, 3, 1, 33, 18), strides, ((1, 3), (2, 2), (0, 0)), dilation, seed=depth).check()


@pytest.mark.parametrize("channels", [(1, 1), (3, 17), (16, 9), (17, 33), (60, 31), (70, 40)])
def test_channels(isa, channels):
    ci, co = channels
    Case((2, 4, 5, 6, ci), (3, 3, 3, ci, co), padding=ONE).check()
    Case((2, 5, 3, 4, ci), (2, 1, 1, ci, co)).check()
    Case((1, 4, 4, 4, ci), (2, 2, 2, ci, co), (2, 2, 2)).check()


def test_pointwise(isa):
    """All pixels of all slices as one row, and not where one of the strides or pads forbids it."""
    shapes = (2, 3, 4, 5, 20), (1, 1, 1, 20, 18)
    Case(*shapes).check()
    for axis in range(3):
        strides, padding = [1, 1, 1], [(0, 0)] * 3
        strides[axis], padding[axis] = 2, (1, 0)
        Case(*shapes, tuple(strides)).check()
        Case(*shapes, padding=tuple(padding)).check()


@pytest.mark.parametrize("groups", [2, 3])
def test_groups(isa, groups):
    for ci, co in ((1, 1), (7, 4), (17, 9)):
        Case((2, 4, 5, 6, ci * groups), (3, 2, 3, ci, co * groups), (1, 2, 1), ONE, (1, 1, 2), groups).check()


@pytest.mark.parametrize("pads", [((5, 0), (0, 5), (1, 1)), ((4, 4), (0, 0), (0, 0)), ((0, 7), (3, 0), (2, 2))])
def test_slices_that_lie_on_the_padding(isa, pads):
    """Some slices of the result see no slice of the image."""
    Case((2, 3, 4, 5, 5), (2, 2, 2, 5, 6), padding=pads).check()
    Case((2, 1, 4, 5, 20), (2, 2, 3, 20, 19), (3, 2, 1), pads, (2, 1, 1)).check()


def test_blocks_of_slices(isa):
    """Large enough that slices, rows and columns are cut into blocks, and sums into chains."""
    Case((2, 4, 14, 15, 32), (3, 3, 3, 32, 48), padding=ONE).check()
    Case((1, 3, 40, 41, 12), (3, 3, 3, 12, 33), (1, 2, 2), ONE).check()
    Case((3, 6, 3, 3, 130), (2, 1, 2, 130, 70)).check()
    Case((1, 12, 2, 2, 8), (12, 2, 2, 8, 9)).check()


@pytest.mark.parametrize("strides", [1, 2, 3])
def test_one_dimension(isa, strides):
    for width in (1, 2, 9, 16, 130):
        for ci, co in ((1, 6), (20, 3), (33, 40)):
            Case((2, width, ci), (3, ci, co), (strides,), ((2, 1),), seed=width).check()
            Case((3, width + 4, ci), (3, ci, co), (strides,), dilation_rate=(2,), seed=width).check()


def test_float64(isa):
    for number in (1, 8, 17):
        Case((2, 3, 4, 5, number), (3, 3, 2, number, 9), padding=ONE).check(np.float64)
        Case((2, 3, 4, 5, 9), (2, 3, 2, 9, number), (2, 1, 2), ONE).check(np.float64)
