"""Every distinct convolution of the measured networks, all passes, exactly, on every instruction set."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.network_shapes import networks, read_network
from convolith.engine import dispatch
from tests.engine import by_taps
from tests.engine.passes import Case

OPS = ("conv", "conv_transpose")
LAYERS = [(network, layer) for network in networks() for layer in read_network(network) if layer.op in OPS]


@pytest.mark.parametrize(("network", "layer"), LAYERS, ids=lambda value: getattr(value, "name", value))
def test_layer(network, layer):
    layer = layer.adjoint if layer.op == "conv_transpose" else layer
    # Of large images some rows of one: the oracle works in float64.
    images, rows = (1, 20) if layer.h > 28 else (2, layer.h)
    shape = (images, rows, layer.w, layer.ci)
    case = Case(shape, layer.kernel_shape, layer.stride, layer.padding, layer.dilation, layer.groups)
    forward = by_taps.conv(case.x, case.kernel, *case.arguments) + case.bias
    by_input = by_taps.conv_input_gradient(case.upstream, case.kernel, shape, *case.arguments)
    by_kernel = by_taps.conv_kernel_gradient(case.x, case.upstream, case.kernel.shape, *case.arguments)
    assert max(abs(exact).max() for exact in (forward, by_input, by_kernel)) < 2**24
    before = dispatch.isa()
    try:
        for name in dispatch.available_isas():
            dispatch.use_isa(name)
            np.testing.assert_array_equal(case.forward(), forward, f"forward, {name}")
            np.testing.assert_array_equal(case.input_gradient(), by_input, f"gradient by the input, {name}")
            np.testing.assert_array_equal(case.kernel_gradient(), by_kernel, f"gradient by the kernel, {name}")
    finally:
        dispatch.use_isa(before)
