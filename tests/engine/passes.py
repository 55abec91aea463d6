"""The engine's convolution called as the benchmarks call it: arrays in, a result that was NaN before it was written."""

from __future__ import annotations

import numpy as np

from convolith.engine import conv as engine
from convolith.engine import conv_geometry
from tests.engine import by_taps


def fresh(shape, dtype=np.float32) -> np.ndarray:
    """An array that shows what was not written."""
    return np.full(shape, np.nan, dtype)


class Case:
    """One convolution with integers for arrays, whose sums float32 holds exactly: results must be equal, not close."""

    def __init__(self, input_shape, kernel_shape, strides=None, padding=None, dilation_rate=None, groups=1, seed=0):
        one = (1,) * (len(input_shape) - 2)
        self.arguments = strides or one, padding or ((0, 0),) * len(one), dilation_rate or one, groups
        self.geometry = conv_geometry.ConvGeometry(input_shape, kernel_shape, *self.arguments)
        generator = np.random.default_rng(seed)
        shapes = input_shape, kernel_shape, kernel_shape[-1:], self.geometry.output_shape, input_shape[-1:]
        self.x, self.kernel, self.bias, self.upstream, self.input_bias = (
            generator.integers(-8, 9, shape).astype(np.float32) for shape in shapes
        )

    def forward(self, dtype=np.float32, activation=None) -> np.ndarray:
        out = fresh(self.geometry.output_shape, dtype)
        x, kernel, bias = (array.astype(dtype) for array in (self.x, self.kernel, self.bias))
        engine.conv(self.geometry, x, kernel, bias, activation, out)
        return out

    def input_gradient(self, dtype=np.float32) -> np.ndarray:
        out = fresh(self.x.shape, dtype)
        engine.conv_input_gradient(self.geometry, self.upstream.astype(dtype), self.kernel.astype(dtype), out)
        return out

    def transposed(self, dtype=np.float32, activation=None) -> np.ndarray:
        out = fresh(self.x.shape, dtype)
        upstream, kernel, bias = (array.astype(dtype) for array in (self.upstream, self.kernel, self.input_bias))
        engine.conv_input_gradient(self.geometry, upstream, kernel, out, bias, activation)
        return out

    def kernel_gradient(self, dtype=np.float32) -> np.ndarray:
        out = fresh(self.kernel.shape, dtype)
        engine.conv_kernel_gradient(self.geometry, self.x.astype(dtype), self.upstream.astype(dtype), out)
        return out

    def check(self, dtype=np.float32) -> None:
        """All three passes and the transposed convolution equal the oracle's, exactly."""
        what = f"inputs {self.x.shape}, kernel {self.kernel.shape}, {self.arguments}"
        exact = by_taps.conv(self.x, self.kernel, *self.arguments) + self.bias
        np.testing.assert_array_equal(self.forward(dtype), exact, f"forward, {what}")
        np.testing.assert_array_equal(self.forward(dtype, "relu"), np.maximum(exact, 0), f"with relu, {what}")
        exact = by_taps.conv_input_gradient(self.upstream, self.kernel, self.x.shape, *self.arguments)
        np.testing.assert_array_equal(self.input_gradient(dtype), exact, f"gradient by the input, {what}")
        exact += self.input_bias
        np.testing.assert_array_equal(self.transposed(dtype), exact, f"transposed, {what}")
        np.testing.assert_array_equal(
            self.transposed(dtype, "relu"), np.maximum(exact, 0), f"transposed with relu, {what}"
        )
        exact = by_taps.conv_kernel_gradient(self.x, self.upstream, self.kernel.shape, *self.arguments)
        np.testing.assert_array_equal(self.kernel_gradient(dtype), exact, f"gradient by the kernel, {what}")
