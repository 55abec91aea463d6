"""The engine tests' faster oracle equals the loops of tests/reference."""

from __future__ import annotations

import numpy as np
from hypothesis import given

from tests.engine import by_taps
from tests.geometries import convolutions, seeds
from tests.reference import conv as reference


@given(convolutions(), seeds)
def test_by_taps_equals_the_loops(example, seed):
    generator = np.random.default_rng(seed)
    shapes = example.input_shape, example.kernel_shape, example.output_shape
    x, kernel, upstream = (generator.integers(-8, 9, shape).astype(float) for shape in shapes)
    rest = example.geometry
    assert by_taps.output_shape(x.shape, kernel.shape, *rest[:3]) == example.output_shape
    np.testing.assert_array_equal(by_taps.conv(x, kernel, *rest), reference.conv(x, kernel, *rest))
    np.testing.assert_array_equal(
        by_taps.conv_input_gradient(upstream, kernel, x.shape, *rest),
        reference.conv_input_gradient(upstream, kernel, x.shape, *rest),
    )
    np.testing.assert_array_equal(
        by_taps.conv_kernel_gradient(x, upstream, kernel.shape, *rest),
        reference.conv_kernel_gradient(x, upstream, kernel.shape, *rest),
    )
