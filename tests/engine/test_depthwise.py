"""The engine's depthwise convolution, exactly: every remainder of channels and columns, windows, threads, exactness."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.network_shapes import networks, read_network
from convolith.engine import depthwise as engine
from tests.engine.passes import fresh

VALID = ((0, 0), (0, 0))
SAME = ((1, 1), (1, 1))


class Case:
    """One depthwise convolution of small integers, whose sums are exact: results must be equal, not close."""

    def __init__(self, input_shape, kernel_shape, strides=(1, 1), padding=VALID, dilation_rate=(1, 1), seed=0):
        self.window = strides, padding, dilation_rate
        self.geometry = engine.DepthwiseGeometry(input_shape, kernel_shape, *self.window)
        generator = np.random.default_rng(seed)
        shapes = input_shape, kernel_shape, (kernel_shape[2] * kernel_shape[3],), self.geometry.output_shape
        self.x, self.kernel, self.bias, self.upstream = (generator.integers(-8, 9, shape) for shape in shapes)

    def computed(self, dtype, activation=None) -> list[np.ndarray]:
        """The engine's result, and its gradients by input and kernel, in arrays that were NaN before."""
        x, kernel, bias, upstream = (a.astype(dtype) for a in (self.x, self.kernel, self.bias, self.upstream))
        results = [fresh(shape, dtype) for shape in (upstream.shape, x.shape, kernel.shape)]
        engine.depthwise_conv(self.geometry, x, kernel, bias, activation, results[0])
        engine.depthwise_conv_input_gradient(self.geometry, upstream, kernel, results[1])
        engine.depthwise_conv_kernel_gradient(self.geometry, x, upstream, results[2])
        return results

    def exact(self) -> list[np.ndarray]:
        """The same in float64, a tap at a time on whole images."""
        (strides, padding, dilation), (n, rows, columns, channels) = self.window, self.geometry.output_shape
        around = (0, 0), *padding, (0, 0)
        padded = np.pad(self.x.astype(np.float64), around)
        result, by_input, by_kernel = np.zeros(self.upstream.shape), np.zeros_like(padded), np.zeros(self.kernel.shape)
        spread = self.upstream.reshape(n, rows, columns, *self.kernel.shape[2:])
        for i, j in np.ndindex(self.kernel.shape[:2]):
            down, right = (
                slice(d * tap, d * tap + (size - 1) * stride + 1, stride)
                for tap, d, size, stride in zip((i, j), dilation, (rows, columns), strides, strict=True)
            )
            view = padded[:, down, right]
            result += (view[..., None] * self.kernel[i, j]).reshape(n, rows, columns, channels)
            by_input[:, down, right] += (spread * self.kernel[i, j]).sum(axis=-1)
            by_kernel[i, j] = (view[..., None] * spread).sum(axis=(0, 1, 2))
        (top, _), (left, _) = padding
        inside = by_input[:, top : top + self.x.shape[1], left : left + self.x.shape[2]]
        return [result + self.bias, inside, by_kernel]

    def check(self, dtype=np.float32) -> None:
        what = f"inputs {self.x.shape}, kernel {self.kernel.shape}, {self.window}"
        exact = self.exact()
        for name, ours, other in zip(("result", "by input", "by kernel"), self.computed(dtype), exact, strict=True):
            np.testing.assert_array_equal(ours, other, f"{name}, {what}")
        np.testing.assert_array_equal(self.computed(dtype, "relu")[0], np.maximum(exact[0], 0), what)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("multiplier", [1, 2])
def test_channels(isa, dtype, multiplier):
    for channels in range(1, 2 * 16 + 2):
        Case((2, 4, 9, channels), (3, 3, channels, multiplier), padding=SAME, seed=channels).check(dtype)


@pytest.mark.parametrize("kernel", [(3, 3), (5, 5), (1, 1), (2, 4), (7, 7)])
@pytest.mark.parametrize("strides", [(1, 1), (2, 2), (3, 1)])
def test_columns(isa, kernel, strides):
    """Widths from less than a block to several, with and without border."""
    half = tuple(((size - 1) // 2, size // 2) for size in kernel)
    for width in range(1, 24):
        Case((1, 7, width, 19), (*kernel, 19, 1), strides, half, seed=width).check()
        if width >= kernel[1]:
            Case((1, 7, width, 19), (*kernel, 19, 1), strides, seed=width).check()


@pytest.mark.parametrize("dilation", [(2, 1), (1, 3), (4, 4)])
@pytest.mark.parametrize("strides", [(1, 1), (2, 3), (4, 2)])
def test_dilation_with_strides(isa, dilation, strides):
    for size in range(9, 16):
        Case((2, size, size + 1, 17), (3, 3, 17, 1), strides, ((3, 2), (0, 4)), dilation, seed=size).check()
        Case((1, size, size + 1, 5), (3, 3, 5, 3), strides, ((3, 2), (0, 4)), dilation, seed=size).check()


@pytest.mark.parametrize("pads", [((5, 0), (0, 5)), ((9, 9), (9, 9)), ((0, 7), (30, 0))])
def test_padding_wider_than_the_kernel(isa, pads):
    """Some windows lie on the padding alone."""
    Case((2, 3, 4, 18), (2, 2, 18, 1), padding=pads).check()
    Case((2, 3, 4, 18), (3, 3, 18, 2), (3, 2), pads).check()


@pytest.mark.parametrize("size", [(3, 30, 29, 200), (1, 57, 56, 70), (9, 7, 7, 520), (2, 33, 9, 67)])
def test_blocks_of_rows_and_channels(isa, size):
    """Large enough that work is cut into blocks of rows and channels, and the gradient by the kernel into parts."""
    Case(size, (3, 3, size[3], 1), padding=SAME).check()
    Case(size, (3, 3, size[3], 1), (2, 2), ((0, 1), (0, 1))).check()
    Case(size, (3, 5, size[3], 2), padding=SAME).check()


NETWORKS = [
    (network, layer) for network in networks() for layer in read_network(network) if layer.op == "depthwise_conv"
]


@pytest.mark.parametrize(("network", "layer"), NETWORKS, ids=lambda value: getattr(value, "name", value))
def test_layers_of_networks(isa, network, layer):
    rows = min(layer.h, 20)  # of large images some rows: the oracle works in float64
    Case((1, rows, layer.w, layer.ci), layer.kernel_shape, layer.stride, layer.padding, layer.dilation).check()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "arguments",
    [
        ((5, 33, 31, 67), (3, 3, 67, 1), (1, 1), SAME, (1, 1)),
        ((2, 50, 41, 19), (5, 3, 19, 2), (2, 3), ((3, 2), (1, 0)), (1, 2)),
        ((3, 7, 7, 700), (3, 3, 700, 1), (2, 2), SAME, (1, 1)),
    ],
)
def test_the_same_bits_whatever_the_number_of_threads(isa, threads, generator, dtype, arguments):
    case = Case(*arguments)
    for name in ("x", "kernel", "bias", "upstream"):
        setattr(case, name, generator.standard_normal(getattr(case, name).shape))
    results = []
    for count in (1, 2, 3, 5, 1, 5):
        threads(count)
        results.append([array.tobytes() for array in case.computed(dtype, "relu")])
    assert all(result == results[0] for result in results[1:])


def test_no_single_chain(isa, generator):
    """A long sum of the gradient by the kernel is cut: its error is well below one chain's."""
    x, upstream = (generator.standard_normal((1, 160, 161, 16)).astype(np.float32) for _ in range(2))
    geometry = engine.DepthwiseGeometry(x.shape, (1, 1, 16, 1), (1, 1), VALID, (1, 1))
    result = fresh((1, 1, 16, 1))
    engine.depthwise_conv_kernel_gradient(geometry, x, upstream, result)
    products = x.reshape(-1, 16).astype(np.float64) * upstream.reshape(-1, 16)
    chain = np.zeros(16, np.float32)
    for product in products:
        chain = (chain + product).astype(np.float32)  # as a fused multiply-add rounds
    exact = products.sum(axis=0)
    assert 0 < np.linalg.norm(result.ravel() - exact) < 0.4 * np.linalg.norm(chain - exact)


def test_denormal_results_are_zero(isa):
    case = Case((1, 3, 9, 17), (3, 3, 17, 1), padding=SAME)
    for name in ("x", "kernel", "upstream"):
        setattr(case, name, np.full(getattr(case, name).shape, 1e-20))
    case.bias = np.zeros(17)
    for result in case.computed(np.float32):
        np.testing.assert_array_equal(result, 0)


def test_what_the_geometry_refuses():
    for shapes in (((1, 0, 3, 2), (1, 1, 2, 1)), ((1, 3, 3, 2), (1, 1, 2, 0)), ((1, 3, 3, 2), (0, 1, 2, 1))):
        with pytest.raises(ValueError, match="depthwise convolution: expected extents of at least 1, got"):
            engine.DepthwiseGeometry(*shapes, (1, 1), VALID, (1, 1))
    with pytest.raises(ValueError, match=r"depthwise convolution: kernel \(3, 3, 2, 1\) does not fit into inputs"):
        engine.DepthwiseGeometry((1, 2, 5, 2), (3, 3, 2, 1), (1, 1), VALID, (1, 1))


def test_wrong_arrays_are_refused():
    case = Case((1, 4, 4, 2), (3, 3, 2, 1))
    arrays = [array.astype(np.float32) for array in (case.x, case.kernel, case.bias)]
    out = fresh(case.geometry.output_shape)
    with pytest.raises(ValueError, match="engine: expected an array of 32 elements"):
        engine.depthwise_conv(case.geometry, arrays[0][:, :3].copy(), *arrays[1:], None, out)
    with pytest.raises(TypeError, match="engine: expected a C-contiguous array of one element type"):
        engine.depthwise_conv(case.geometry, arrays[0], arrays[1].astype(np.float64), None, None, out)
    with pytest.raises(ValueError, match="expected the activation 'relu' or None, got 'elu'"):
        engine.depthwise_conv(case.geometry, *arrays, "elu", out)
