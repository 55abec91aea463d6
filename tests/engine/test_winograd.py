"""Minimal filtering: every remainder of tiles, channels and columns within the derived bound, and when it is chosen."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from benchmarks.network_shapes import networks, read_network
from convolith.engine import conv as engine
from convolith.engine import conv_geometry, dispatch, winograd
from tests.bounds import assert_within, gamma, sum_bound
from tests.engine import by_taps
from tests.engine.passes import fresh
from tests.engine.winograd_bound import (
    ROUNDINGS,
    conv_bound,
    data_matrix,
    kernel_gradient_bound,
    kernel_matrix,
    output_matrix,
)


class Case:
    """One convolution of stride 1 with square taps, of normal numbers."""

    def __init__(self, input_shape, taps, co, padding=((0, 0), (0, 0)), seed=0):
        self.taps, self.padding = taps, padding
        kernel_shape = (taps, taps, input_shape[-1], co)
        self.arguments = (1, 1), padding, (1, 1), 1
        self.geometry = conv_geometry.ConvGeometry(input_shape, kernel_shape, *self.arguments)
        generator = np.random.default_rng(seed)
        shapes = input_shape, kernel_shape, (co,), self.geometry.output_shape, input_shape[-1:]
        self.x, self.kernel, self.bias, self.upstream, self.input_bias = (
            generator.standard_normal(shape, dtype=np.float32) for shape in shapes
        )

    def forward(self, activation=None) -> np.ndarray:
        out = fresh(self.upstream.shape)
        engine.conv(self.geometry, self.x, self.kernel, self.bias, activation, out)
        return out

    def transposed(self, activation=None) -> np.ndarray:
        out = fresh(self.x.shape)
        engine.conv_input_gradient(self.geometry, self.upstream, self.kernel, out, self.input_bias, activation)
        return out

    def kernel_gradient(self) -> np.ndarray:
        out = fresh(self.kernel.shape)
        engine.conv_kernel_gradient(self.geometry, self.x, self.upstream, out)
        return out

    def exact(self) -> list[np.ndarray]:
        forward = by_taps.conv(self.x, self.kernel, *self.arguments) + self.bias
        by_input = by_taps.conv_input_gradient(self.upstream, self.kernel, self.x.shape, *self.arguments)
        by_kernel = by_taps.conv_kernel_gradient(self.x, self.upstream, self.kernel.shape, *self.arguments)
        return [forward, by_input + self.input_bias, by_kernel]

    def bounds(self) -> list[np.ndarray]:
        before = tuple(pair[0] for pair in self.padding)
        turned = self.kernel[::-1, ::-1].transpose(0, 1, 3, 2)
        around = tuple(self.taps - 1 - one for one in before)
        return [
            conv_bound(self.x, self.kernel, before, self.upstream.shape, self.bias),
            _cropped_bound(self.upstream, turned, around, self.x.shape, self.input_bias),
            kernel_gradient_bound(self.x, self.upstream, before, self.taps),
        ]

    def check(self) -> None:
        what = f"inputs {self.x.shape}, kernel {self.kernel.shape}, {self.padding}"
        exact, bounds = self.exact(), self.bounds()
        for name, method, other, bound in zip(
            ("forward", "transposed", "kernel_gradient"), (self.forward, self.transposed, self.kernel_gradient),
            exact, bounds, strict=True,
        ):  # fmt: skip
            assert_within(method(), other, bound, f"{name}, {what}")
        assert_within(self.forward("relu"), np.maximum(exact[0], 0), bounds[0], f"relu, {what}")
        assert_within(self.transposed("relu"), np.maximum(exact[1], 0), bounds[1], f"transposed relu, {what}")


def _cropped_bound(images, kernel, before, shape, bias):
    """`conv_bound` where a padding may be negative: then the images are cropped."""
    images = images[:, max(0, -before[0]) :, max(0, -before[1]) :]
    return conv_bound(images, kernel, tuple(max(0, one) for one in before), shape, bias)


def filtered(output, of_kernel, of_data, kernel, data):
    return output @ ((of_kernel @ kernel) * (of_data @ data))


def test_the_matrices_filter_exactly():
    generator = np.random.default_rng(0)
    for taps in (2, 3, 4, 5):
        size = 7 - taps
        data, kernel = generator.standard_normal(6), generator.standard_normal(taps)
        arrays = output_matrix(size), kernel_matrix(taps), data_matrix(), kernel, data
        result, sizes = filtered(*arrays), filtered(*map(abs, arrays))
        assert_within(result, np.correlate(data, kernel, "valid"), gamma(ROUNDINGS, np.float64) * sizes)


@pytest.mark.parametrize("taps", [3, 5])
@pytest.mark.parametrize("height", range(1, 14))
def test_pixels(isa, filtering, taps, height):
    """Every remainder of rows and columns, with and without a border."""
    half = taps // 2
    for width in (1, 4, 6, 7, 13):
        Case((2, height, width, 5), taps, 6, ((half, half), (half, half)), seed=height).check()
    Case((1, height + taps - 1, taps + 3, 4), taps, 5, seed=height).check()


@pytest.mark.parametrize("taps", [3, 5])
@pytest.mark.parametrize("first", range(1, 72, 12))
def test_channels(isa, filtering, taps, first):
    """Every remainder of channels, of vectors and of panels."""
    for channels in range(first, first + 12):
        Case((1, 7, 6, 3), taps, channels, ((1, 1), (1, 1)), seed=channels).check()
        Case((1, 7, 6, channels), taps, 3, ((1, 1), (1, 1)), seed=channels).check()


@pytest.mark.parametrize("taps", [3, 5])
@pytest.mark.parametrize("pads", [((4, 0), (0, 3)), ((5, 6), (2, 7)), ((0, 1), (1, 0))])
def test_paddings(isa, filtering, taps, pads):
    Case((2, 6, 9, 18), taps, 20, pads).check()


@pytest.mark.parametrize(
    ("shape", "co"),
    [
        ((1, 5, 6, 300), 40),  # sums in several chains, panels shared out
        ((3, 30, 29, 20), 12),  # blocks of tiles shared out, the kernel transformed whole
        ((2, 58, 57, 33), 48),  # the kernel's gradient in parts
        ((2, 28, 28, 40), 480),  # the kernel's gradient by panels
    ],
)
def test_blocks(isa, filtering, shape, co):
    Case(shape, 3, co, ((1, 1), (1, 1))).check()


def test_stretches(filtering):
    """A kernel's gradient of more tiles than are transformed at a time."""
    case = Case((3, 56, 56, 160), 3, 130, ((1, 1), (1, 1)))
    exact, bound = case.exact()[2], case.bounds()[2]
    assert_within(case.kernel_gradient(), exact, bound)


def test_it_runs_where_it_pays_and_not_where_it_is_off():
    case = Case((2, 14, 14, 32), 3, 32, ((1, 1), (1, 1)))
    methods = case.forward, case.transposed, case.kernel_gradient
    definition = [method() for method in methods]
    winograd.enable(True)
    for method, other in zip(methods, definition, strict=True):
        assert not np.array_equal(method(), other)
    tiny = Case((1, 3, 3, 32), 3, 32, ((1, 1), (1, 1)))
    filtered = tiny.forward()
    winograd.enable(False)
    np.testing.assert_array_equal(tiny.forward(), filtered)


def test_float64_goes_by_definition(filtering):
    case = Case((1, 8, 8, 16), 3, 16)
    out = np.empty(case.upstream.shape)
    engine.conv(case.geometry, *(array.astype(np.float64) for array in (case.x, case.kernel, case.bias)), None, out)
    magnitudes = by_taps.conv(abs(case.x), abs(case.kernel), *case.arguments) + abs(case.bias)
    assert_within(out, case.exact()[0], 2 * sum_bound(3 * 3 * 16 + 1, magnitudes, np.float64))


def test_nan_reaches_only_its_neighbourhood(isa, filtering):
    """A tile spreads NaN over its own outputs, never beyond."""
    case = Case((1, 16, 16, 16), 3, 16, ((1, 1), (1, 1)))
    clean = case.forward()
    case.x[0, 0, 0, 0] = np.nan
    spoiled = case.forward()
    assert np.isnan(spoiled[0, :2, :2]).all()
    np.testing.assert_array_equal(spoiled[0, 8:], clean[0, 8:])


LAYERS = [
    (network, layer)
    for network in networks()
    for layer in read_network(network)
    if layer.op == "conv" and layer.kernel in ((3, 3), (5, 5)) and layer.stride == (1, 1) and layer.groups == 1
]


@pytest.mark.parametrize(("network", "layer"), LAYERS, ids=lambda value: getattr(value, "name", value))
def test_layers_of_networks(network, layer):
    """Every pass is within 1e-5 of the largest true value, as the documentation says."""
    winograd.enable(True)
    images, rows = (1, 20) if layer.h > 28 else (2, layer.h)
    case = Case((images, rows, layer.w, layer.ci), layer.kernel[0], layer.co, layer.padding)
    for computed, exact in zip((case.forward(), case.transposed(), case.kernel_gradient()), case.exact(), strict=True):
        assert abs(computed - exact).max() <= 1e-5 * abs(exact).max()


@pytest.mark.parametrize(
    ("shape", "taps", "co", "measured"),
    [
        ((4, 56, 56, 256), 3, 256, 3.4),
        ((4, 14, 14, 512), 3, 512, 2.5),
        ((1, 7, 7, 64), 3, 64, 1.4),
        ((1, 4, 4, 64), 3, 64, 0.8),
        ((1, 28, 28, 32), 3, 32, 2.4),
        ((2, 56, 56, 64), 5, 64, 2.2),
        ((4, 7, 7, 32), 5, 32, 1.4),
    ],
)
def test_the_model_foretells_what_was_measured(shape, taps, co, measured):
    """With AVX-512, one thread, forward."""
    before = dispatch.isa()
    if "avx512" not in dispatch.available_isas():
        pytest.skip("the figures are AVX-512's")
    dispatch.use_isa("avx512")
    try:
        assert winograd.expected_speedup(shape, taps, co) == pytest.approx(measured, rel=0.2)
    finally:
        dispatch.use_isa(before)


def test_the_model_knows_what_cannot_be_done():
    assert winograd.expected_speedup((1, 8, 8, 64), 7, 64) == 0
    gradient = winograd.expected_speedup((1, 7, 7, 64), 3, 64, kernel_gradient=True)
    assert gradient < winograd.expected_speedup((1, 7, 7, 64), 3, 64)


def started(word: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", "from convolith import config; print(config.is_winograd_enabled())"],
        env=os.environ | {"CONVOLITH_WINOGRAD": word}, capture_output=True, text=True,
    )  # fmt: skip


def test_the_environment_switches_it():
    assert started("0").stdout == "False\n"
    assert started("1").stdout == started("").stdout == "True\n"
    assert "ImportError: CONVOLITH_WINOGRAD: expected 0 or 1, got 'yes'" in started("yes").stderr
