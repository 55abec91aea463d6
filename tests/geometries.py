"""Hypothesis strategies of convolutions and poolings: shapes, arguments and the arrays to try them on."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from tests.reference.window import moving

Pads = tuple[tuple[int, int], tuple[int, int]]


class Convolution(NamedTuple):
    """A valid convolution of one to three spatial axes: `padding` as a user writes it, `pads` as pairs."""

    input_shape: tuple[int, ...]
    kernel_shape: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str | tuple[tuple[int, int], ...]
    pads: tuple[tuple[int, int], ...]
    dilation_rate: tuple[int, ...]
    groups: int

    @property
    def geometry(self) -> tuple:
        """What the oracle's functions take behind their arrays."""
        return self.strides, self.pads, self.dilation_rate, self.groups

    @property
    def keywords(self) -> dict:
        """What ops.conv takes behind its arrays."""
        fields = self._asdict()
        return {name: fields[name] for name in ("strides", "padding", "dilation_rate", "groups")}

    @property
    def output_shape(self) -> tuple[int, ...]:
        sizes = (
            (self.input_shape[1 + axis] + sum(self.pads[axis]) - self.dilation_rate[axis] * (size - 1) - 1)
            // self.strides[axis]
            + 1
            for axis, size in enumerate(self.kernel_shape[:-2])
        )
        return self.input_shape[0], *sizes, self.kernel_shape[-1]


class TransposedConvolution(NamedTuple):
    """A valid transposed convolution: `pads` are cut off its result, which ends at output_shape."""

    input_shape: tuple[int, ...]
    kernel_shape: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str | tuple[tuple[int, int], ...]
    output_padding: tuple[int, ...] | None
    dilation_rate: tuple[int, ...]
    groups: int
    before: tuple[int, ...]
    output_shape: tuple[int, ...]

    @property
    def geometry(self) -> tuple:
        """What the oracle's function takes behind its arrays."""
        return self.output_shape, self.strides, self.before, self.dilation_rate, self.groups

    @property
    def keywords(self) -> dict:
        """What ops.conv_transpose takes behind its arrays."""
        fields = self._asdict()
        return {name: fields[name] for name in ("strides", "padding", "output_padding", "dilation_rate", "groups")}


class Pooling(NamedTuple):
    """A valid pooling of one to three spatial axes; every window has a pixel that is no padding."""

    input_shape: tuple[int, ...]
    pool_size: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str | tuple[tuple[int, int], ...]
    pads: tuple[tuple[int, int], ...]
    dilation_rate: tuple[int, ...]
    ceil_mode: bool

    @property
    def keywords(self) -> dict:
        """What the functions of ops take behind their arrays."""
        fields = self._asdict()
        return {name: fields[name] for name in ("pool_size", "strides", "padding", "dilation_rate", "ceil_mode")}

    @property
    def axes(self) -> list:
        """What the oracle's functions take behind their arrays."""
        return moving(self.input_shape, self.pool_size, self.strides, self.pads, self.dilation_rate, self.ceil_mode)

    @property
    def output_shape(self) -> tuple[int, ...]:
        return self.input_shape[0], *map(len, self.axes), self.input_shape[-1]


def same_pads(size: int, kernel: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """DESIGN's formula for "same": the odd one comes after."""
    total = max(0, (math.ceil(size / stride) - 1) * stride + dilation * (kernel - 1) + 1 - size)
    return total // 2, total - total // 2


def small(most: int, least: int = 1):
    return st.tuples(st.integers(least, most), st.integers(least, most))


def each(rank: int, most: int, least: int = 1):
    return st.tuples(*[st.integers(least, most)] * rank)


ranks = st.sampled_from([1, 2, 2, 3])
# By rank, the largest kernel, dilation, number of pixels beyond need, and channels; the oracle loops over volumes too.
LARGEST = {1: (6, 4, 20, 5), 2: (4, 3, 5, 5), 3: (3, 2, 2, 4)}


@st.composite
def convolutions(draw, batches=(1, 3), ranks=ranks) -> Convolution:
    """Small convolutions of every kind; images go from the smallest that gives an output to a few pixels more."""
    rank = draw(ranks)
    most_kernel, most_dilation, more, channels = LARGEST[rank]
    kernel, strides, dilation = draw(each(rank, most_kernel)), draw(each(rank, 3)), draw(each(rank, most_dilation))
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    ci, co = draw(st.integers(1, channels)), draw(st.integers(1, channels + 1)) * groups
    kind = draw(st.sampled_from(["valid", "same", "explicit", *(["causal"] if rank == 1 else [])]))
    most = 3 if kind == "explicit" else 0
    pads: list = [draw(small(most, 0)) for _ in range(rank)]
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    least = [1 if kind in ("same", "causal") else max(1, r - sum(p)) for r, p in zip(reach, pads, strict=True)]
    size = [low + draw(st.integers(0, more)) for low in least]
    if kind == "same":
        pads = [same_pads(size[a], kernel[a], strides[a], dilation[a]) for a in range(rank)]
    elif kind == "causal":
        pads = [(reach[0] - 1, 0)]
    return Convolution(
        (draw(st.integers(*batches)), *size, ci * groups),
        (*kernel, ci, co),
        strides,
        tuple(pads) if kind == "explicit" else kind,
        tuple(pads),
        dilation,
        groups,
    )


@st.composite
def transposed_convolutions(draw, batches=(1, 2), ranks=ranks) -> TransposedConvolution:
    """Small transposed convolutions of every kind."""
    rank = draw(ranks)
    most_kernel, most_dilation, more, channels = LARGEST[rank]
    kernel, strides, dilation = draw(each(rank, most_kernel)), draw(each(rank, 3)), draw(each(rank, most_dilation))
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    ci, co = draw(st.integers(1, channels)) * groups, draw(st.integers(1, channels))
    size = draw(each(rank, more + 2))
    kind = draw(st.sampled_from(["valid", "same", "explicit"]))
    extra = draw(st.none() | st.tuples(*(st.integers(0, step - 1) for step in strides)))
    pads, before, result = [], [], []
    for axis in range(rank):
        extent, step = dilation[axis] * (kernel[axis] - 1) + 1, strides[axis]
        full = (size[axis] - 1) * step + extent
        first = last = 0
        if kind == "explicit":
            first = draw(st.integers(0, min(3, full - 1)))
            last = draw(st.integers(0, min(3, full - 1 - first)))
        if kind == "same":
            length = size[axis] * step if extra is None else (size[axis] - 1) * step + extent % 2 + extra[axis]
            assume(length > 0)
            first = max(full - length, 0) // 2
        elif kind == "valid" and extra is None:
            length = (size[axis] - 1) * step + max(extent, step)
        else:
            length = full - first - last + (extra[axis] if extra else 0)
        pads.append((first, last))
        before.append(first)
        result.append(length)
    batch = draw(st.integers(*batches))
    return TransposedConvolution(
        (batch, *size, ci),
        (*kernel, co, ci),
        strides,
        tuple(pads) if kind == "explicit" else kind,
        extra,
        dilation,
        groups,
        tuple(before),
        (batch, *result, co * groups),
    )


@st.composite
def poolings(draw, batches=(1, 2), averages=False) -> Pooling:
    """Small poolings of every kind. Explicit padding is at most half a window, and no pixel is left out between
    two elements, so that each window has real pixels. Those of averages are not larger than volumes."""
    rank = draw(st.integers(1, 3))
    kind = draw(st.sampled_from(["valid", "same", "explicit"]))
    ceil_mode, spread = draw(st.booleans()), draw(st.booleans())
    axes = []
    for _ in range(rank):
        pool, stride = draw(st.integers(1, 3 if rank == 3 else 4)), draw(st.integers(1, 4))
        dilation = draw(st.integers(1, 3)) if spread else 1
        span = dilation * (pool - 1) + 1
        pads = draw(st.tuples(*[st.integers(0, pool // 2)] * 2)) if kind == "explicit" else (0, 0)
        least = 1 if kind == "same" else span - sum(pads) - (stride - 1 if ceil_mode else 0)
        least = span if averages and rank == 3 and kind != "same" else least
        size = max(least, dilation) + draw(st.integers(0, 2 if rank == 3 else 6))
        axes.append((size, pool, stride, same_pads(size, pool, stride, dilation) if kind == "same" else pads, dilation))
    sizes, pool_size, strides, pads, dilation_rate = zip(*axes, strict=True)
    shape = (draw(st.integers(*batches)), *sizes, draw(st.integers(1, 20)))
    return Pooling(shape, pool_size, strides, pads if kind == "explicit" else kind, pads, dilation_rate, ceil_mode)


seeds = st.integers(0, 2**32 - 1)
dtypes = st.sampled_from([np.float32, np.float64])


def normal(seed: int, dtype: type, *shapes: tuple[int, ...]) -> list[np.ndarray]:
    """Arrays of normal numbers, some of them zero, each array at a scale of its own."""
    generator = np.random.default_rng(seed)
    arrays = []
    for shape in shapes:
        values = generator.standard_normal(shape) * 2.0 ** generator.integers(-6, 7)
        values[generator.random(shape) < 0.1] = 0
        arrays.append(values.astype(dtype))
    return arrays


def _with_gaps(array: np.ndarray) -> np.ndarray:
    wide = np.full((*array.shape, 2), np.nan, array.dtype)
    wide[..., 0] = array
    return wide[..., 0]


def _read_only(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


LAYOUTS = [
    np.ascontiguousarray,
    np.asfortranarray,
    _with_gaps,
    _read_only,
    lambda array: np.flip(np.flip(array).copy()),
    lambda array: array.astype(array.dtype.newbyteorder(">")),
]


def laid_out(seed: int, dtype: type, *shapes: tuple[int, ...]) -> list[np.ndarray]:
    """The same numbers as `normal` gives, each array at random in memory of one of the LAYOUTS."""
    generator = np.random.default_rng(seed)
    return [LAYOUTS[generator.integers(len(LAYOUTS))](array) for array in normal(seed, dtype, *shapes)]
