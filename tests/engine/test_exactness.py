"""Long sums are cut into chains: the error is well below one chain's, which the derived bound cannot show."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine import by_taps
from tests.engine.passes import Case


def chain_error(length: int, sums: int, generator) -> float:
    """The root mean square error of summing `length` normal products in one float32 chain, over their exact rms."""
    a, b = (generator.standard_normal((sums, length)).astype(np.float32) for _ in range(2))
    products = a.astype(np.float64) * b
    chain = np.zeros(sums, np.float32)
    for step in range(length):
        chain = (chain + products[:, step]).astype(np.float32)  # as a fused multiply-add rounds
    return float(np.sqrt(np.mean(np.square(chain - products.sum(axis=1)))) / np.sqrt(length))


def normals(case: Case, generator) -> Case:
    for name in ("x", "kernel", "bias", "upstream"):
        array = getattr(case, name)
        setattr(case, name, generator.standard_normal(array.shape).astype(np.float32))
    return case


@pytest.mark.parametrize(
    ("length", "shapes", "which"),
    [
        (4608, ((1, 6, 6, 512), (3, 3, 512, 64)), "forward"),
        (4608, ((1, 6, 6, 64), (3, 3, 64, 512)), "input"),
        (4096, ((8, 3, 3, 4096), (1, 1, 4096, 48)), "forward"),
        (12544, ((4, 56, 56, 16), (1, 1, 16, 24)), "kernel"),
        (11664, ((4, 56, 56, 8), (3, 3, 8, 40)), "kernel"),
    ],
)
def test_no_single_chain(isa, generator, length, shapes, which):
    padding = ((0, 0), (0, 0)) if which != "input" else ((2, 2), (2, 2))
    case = normals(Case(*shapes, padding=padding), generator)
    if which == "forward":
        case.bias[...] = 0
        result, exact = case.forward(), by_taps.conv(case.x, case.kernel, *case.arguments)
    elif which == "input":
        result = case.input_gradient()
        exact = by_taps.conv_input_gradient(case.upstream, case.kernel, case.x.shape, *case.arguments)
    else:
        result = case.kernel_gradient()
        exact = by_taps.conv_kernel_gradient(case.x, case.upstream, case.kernel.shape, *case.arguments)
    error = float(np.sqrt(np.mean(np.square(result - exact))) / np.sqrt(length))
    assert 0 < error < 0.6 * chain_error(length, 256, generator)
