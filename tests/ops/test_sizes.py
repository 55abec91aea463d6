"""Windows over drawn images, also empty ones and windows larger than them: the size by the formula, or an error."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convolith import ops
from convolith.graph.tensor import Spec, Tensor


class Row(NamedTuple):
    """A window along the one axis of a series of two channels."""

    size: int
    window: int
    strides: int
    pads: tuple[int, int]
    dilation_rate: int

    @property
    def extent(self) -> int:
        return self.dilation_rate * (self.window - 1) + 1

    @property
    def count(self) -> int:
        """How many windows fit; none in an empty series."""
        room = self.size + sum(self.pads) - self.extent
        return room // self.strides + 1 if room >= 0 and self.size else 0

    @property
    def keywords(self) -> dict:
        return {"strides": self.strides, "padding": (self.pads,), "dilation_rate": self.dilation_rate}


rows = st.builds(
    Row, st.integers(0, 5), st.integers(1, 5), st.integers(1, 3), st.tuples(*[st.integers(0, 2)] * 2), st.integers(1, 3)
)


def check(name: str, function, shape: tuple[int, ...], expected: tuple[int, ...] | None) -> None:
    """The shape that arrays and tensors both get, or the error, which names the operation and the drawn size."""
    size = shape[-2 if len(shape) == 3 or name == "unfold" else 1]
    for inputs in (np.ones(shape, np.float32), Tensor(Spec(shape, np.dtype(np.float32)))):
        if expected is not None:
            assert function(inputs).shape == expected
        else:
            with pytest.raises(ValueError, match=rf"^{name}: .*\b{size}\b"):
                function(inputs)


@given(rows, st.integers(0, 2))
def test_convolutions(row, batch):
    shape, kernel = (batch, row.size, 2), np.ones((row.window, 2, 3), np.float32)
    fits = row.count > 0
    check("conv", lambda x: ops.conv(x, kernel, **row.keywords), shape, (batch, row.count, 3) if fits else None)
    expected = (batch, row.count, 6) if fits else None
    check("depthwise_conv", lambda x: ops.depthwise_conv(x, kernel, **row.keywords), shape, expected)
    pointwise, expected = np.ones((1, 6, 4), np.float32), (batch, row.count, 4) if fits else None
    check("separable_conv", lambda x: ops.separable_conv(x, kernel, pointwise, **row.keywords), shape, expected)
    for function, name in ((ops.conv, "conv"), (ops.depthwise_conv, "depthwise_conv")):
        for padding in ("same", "causal"):
            result = (batch, -(-row.size // row.strides), 3 if name == "conv" else 6) if row.size else None
            options = {**row.keywords, "padding": padding}
            check(name, lambda x, f=function, options=options: f(x, kernel, **options), shape, result)


@given(rows, st.integers(0, 2), st.none() | st.integers(0, 3))
def test_transposed_convolution(row, batch, more):
    kernel, shape = np.ones((row.window, 3, 2), np.float32), (batch, row.size, 2)
    size = (row.size - 1) * row.strides + row.extent - sum(row.pads) + (more or 0)
    valid = row.size and size > 0 and (more is None or more < row.strides)
    expected = (batch, size, 3) if valid else None

    def transpose(x):
        return ops.conv_transpose(x, kernel, output_padding=more, **row.keywords)

    if more is not None and more >= row.strides:
        with pytest.raises(ValueError, match="conv_transpose: output_padding must be smaller than strides"):
            transpose(np.ones(shape, np.float32))
    else:
        check("conv_transpose", transpose, shape, expected)


@given(rows, st.integers(0, 2), st.integers(0, 4))
def test_patches_and_local_kernels(row, batch, count):
    shape, kernel = (batch, row.size, 2), np.ones((count, row.window * 2, 3), np.float32)
    dense = row._replace(dilation_rate=1)
    valid = dense.count == count > 0

    def local(x):
        return ops.locally_connected(x, kernel, row.window, row.strides, (row.pads,))

    check("locally_connected", local, shape, (batch, count, 3) if valid else None)
    bare = row._replace(pads=(0, 0))
    images, expected = (batch, row.size, 4, 2), (batch, bare.count, 4, row.window * 2) if bare.count else None
    check(
        "extract_patches",
        lambda x: ops.image.extract_patches(x, (row.window, 1), (row.strides, 1), (row.dilation_rate, 1)),
        images,
        expected,
    )
    even = row._replace(pads=(row.pads[0],) * 2)
    expected = (batch, 2 * row.window, even.count * 4) if even.count else None
    check(
        "unfold",
        lambda x: ops.unfold(x, (row.window, 1), (row.dilation_rate, 1), (row.pads[0], 0), (row.strides, 1)),
        (batch, 2, row.size, 4),
        expected,
    )


@given(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4), st.integers(0, 2))
def test_cropping(height, top, bottom, batch):
    left = height - top - bottom
    expected = (batch, left, 3, 2) if left > 0 else None
    check(
        "crop_images",
        lambda x: ops.image.crop_images(x, top, 0, bottom, 0),
        (batch, height, 3, 2),
        expected,
    )
