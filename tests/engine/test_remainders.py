"""Every remainder that the register tiles, panels and vectors can leave, in output channels, pixels and products."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.passes import Case

SAME = ((1, 1), (1, 1))


@pytest.mark.parametrize("first", range(1, 72, 8))
def test_output_channels(isa, first):
    for co in range(first, first + 8):
        Case((1, 5, 6, 3), (3, 3, 3, co), padding=SAME, seed=co).check()


@pytest.mark.parametrize("first", range(1, 72, 8))
def test_input_channels(isa, first):
    for ci in range(first, first + 8):
        Case((2, 4, 5, ci), (2, 3, ci, 5), seed=ci).check()


@pytest.mark.parametrize("first", range(1, 64, 8))
def test_columns(isa, first):
    """Widths of the output, and with them the rows of the products, with and without border."""
    for width in range(first, first + 8):
        Case((1, 3, width, 2), (3, 3, 2, 17), padding=SAME, seed=width).check()
        Case((1, 2, width, 20), (1, 1, 20, 18), seed=width).check()


@pytest.mark.parametrize("strides", [(1, 1), (2, 2), (3, 1), (1, 4)])
def test_rows_and_strides(isa, strides):
    for height in range(1, 20):
        Case((1, height, 9, 4), (3, 2, 4, 7), strides, ((2, 1), (1, 0)), seed=height).check()


@pytest.mark.parametrize("dilation", [(2, 1), (1, 3), (4, 4)])
@pytest.mark.parametrize("strides", [(1, 1), (2, 3), (4, 2)])
def test_dilation_with_strides(isa, dilation, strides):
    for size in range(9, 16):
        Case((2, size, size + 1, 5), (3, 3, 5, 6), strides, ((3, 2), (0, 4)), dilation, seed=size).check()


@pytest.mark.parametrize("groups", [2, 3, 5, 16])
def test_groups(isa, groups):
    for ci, co in ((1, 1), (2, 3), (7, 1), (4, 17), (9, 33)):
        Case((2, 5, 6, ci * groups), (3, 2, ci, co * groups), (1, 2), SAME, groups=groups, seed=ci).check()


@pytest.mark.parametrize("kernel", [(1, 1), (1, 7), (5, 1), (5, 5), (7, 7), (11, 11)])
@pytest.mark.parametrize("strides", [(1, 1), (2, 2), (4, 4)])
def test_kernels(isa, kernel, strides):
    half = ((kernel[0] // 2,) * 2, (kernel[1] // 2,) * 2)
    Case((2, 13, 14, 3), (*kernel, 3, 20), strides, half).check()
    Case((1, 13, 14, 33), (*kernel, 33, 5), strides, half).check()


@pytest.mark.parametrize("window", [(2, 2), (3, 2), (2, 5), (1, 2), (4, 1)])
@pytest.mark.parametrize("ci", [1, 3, 4, 7, 8, 9, 16, 17, 31, 33])
def test_windows_side_by_side(isa, window, ci):
    """Windows that cover the image, and those that leave a row or a column of it, or reach into the border."""
    rows, columns = window
    for extra_rows, extra_columns, pads in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)):
        shape = (2, 3 * rows + extra_rows, 5 * columns + extra_columns, ci)
        padding = ((0, pads * rows), (pads, pads * columns))
        Case(shape, (*window, ci, 5), window, padding, seed=ci).check()
    Case((1, 2 * rows, 3 * columns, 2 * ci), (*window, ci, 6), window, groups=2, seed=ci).check()
    Case((1, 5 * rows, 5 * columns, ci), (*window, ci, 18), window, dilation_rate=window, seed=ci).check()


@pytest.mark.parametrize("ci", [5, 8, 9, 20])
def test_windows_side_by_side_in_one_and_three_dimensions(isa, ci):
    Case((3, 12, ci), (3, ci, 7), (3,), seed=ci).check()
    for size in ((4, 6, 10), (5, 6, 10), (4, 6, 11)):
        Case((2, *size, ci), (2, 3, 2, ci, 4), (2, 3, 2), seed=ci).check()
        Case((1, *size, ci), (2, 1, 2, ci, 4), (1, 1, 2), seed=ci).check()


@pytest.mark.parametrize("depth", [255, 256, 257, 384, 385, 511, 512, 513, 1100])
def test_long_sums(isa, depth):
    """Sums are cut into chains: around the powers of two and their multiples a cut could lose or repeat a product."""
    Case((1, 2, 3, depth), (1, 1, depth, 9), seed=depth).check()
    Case((1, 3, 4, depth // 4), (2, 2, depth // 4, 33), seed=depth).check()
    Case((3, 2, depth // 5, 2), (1, 2, 2, 3), seed=depth).check()
    Case((1, 1, depth, 6), (1, 1, 6, 19), seed=depth).check()


@pytest.mark.parametrize("size", [(4, 14, 14, 32), (3, 28, 28, 16), (2, 7, 7, 64), (9, 10, 10, 6), (2, 56, 57, 8)])
def test_shapes_of_networks(isa, size):
    """Large enough that work is cut into blocks of images, rows, columns and panels."""
    ci = size[3]
    Case(size, (3, 3, ci, 48), padding=SAME).check()
    Case(size, (1, 1, ci, 65)).check()
    Case(size, (3, 3, ci, 33), (2, 2), ((0, 1), (0, 1))).check()
    Case(size, (5, 5, ci, 16)).check()


@pytest.mark.parametrize("pads", [((5, 0), (0, 5)), ((4, 4), (4, 4)), ((0, 7), (3, 0))])
def test_padding_wider_than_the_kernel(isa, pads):
    Case((2, 3, 4, 5), (2, 2, 5, 6), padding=pads).check()
    Case((2, 3, 4, 5), (2, 3, 5, 6), (3, 2), pads).check()


def test_kernel_as_large_as_the_image(isa):
    Case((3, 6, 5, 4), (6, 5, 4, 10)).check()
    Case((1, 1, 1, 1), (1, 1, 1, 1)).check()
    Case((1, 1, 1, 1), (3, 3, 1, 1), padding=SAME).check()


def test_float64(isa):
    for number in (1, 3, 8, 17, 31):
        Case((2, 6, number, 3), (3, 3, 3, number), padding=SAME, seed=number).check(np.float64)
        Case((2, 6, 5, number), (2, 2, number, 4), (2, 1), seed=number).check(np.float64)
    Case((1, 3, 3, 600), (1, 1, 600, 7)).check(np.float64)
