"""Run as a program: every engine function on arrays that end, or begin, where memory is forbidden.

Inputs lie in pages that may only be read, results in pages of their own; before and behind each array's pages comes one
that may not be touched at all. Each case runs with all arrays pushed against the page behind and again against the page
before. A read or write outside ends the program with a segmentation fault. The last line is the number of calls made.
"""

from __future__ import annotations

import ctypes
import faulthandler
import mmap
import sys

import numpy as np

from convolith.engine import (
    activation,
    batch_normalization,
    conv,
    conv_geometry,
    cross_entropy,
    curve,
    dense,
    depthwise,
    dispatch,
    gelu,
    local_response_normalization,
    optimizer,
    pool,
    random,
    step,
    threads,
    winograd,
)

NONE, READ, WRITE = 0, 1, 2  # PROT_NONE, PROT_READ, PROT_WRITE
PAGE = mmap.PAGESIZE
libc = ctypes.CDLL(None, use_errno=True)
calls = 0


def protect(address: int, size: int, access: int) -> None:
    if libc.mprotect(ctypes.c_void_p(address), ctypes.c_size_t(size), access):
        raise OSError(ctypes.get_errno(), "mprotect")


class Fence:
    """Allocates arrays against forbidden pages, behind them (`behind`) or before them."""

    def __init__(self, behind: bool) -> None:
        self.behind = behind
        self.taken: list[tuple[int, int]] = []
        self.memory: list[mmap.mmap] = []

    def array(self, shape, dtype=np.float32) -> np.ndarray:
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        inside = max(1, -(-size // PAGE)) * PAGE
        memory = mmap.mmap(-1, inside + 2 * PAGE)
        self.memory.append(memory)
        address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        protect(address, PAGE, NONE)
        protect(address + PAGE + inside, PAGE, NONE)
        self.taken.append((address + PAGE, inside))
        offset = PAGE + (inside - size if self.behind else 0)
        return np.frombuffer(memory, dtype, size // np.dtype(dtype).itemsize, offset).reshape(shape)

    def filled(self, shape, dtype=np.float32) -> np.ndarray:
        """An input: small integers in memory that may only be read from now on."""
        array = self.array(shape, dtype)
        array[...] = np.random.default_rng(array.size).integers(-3, 4, shape)
        protect(*self.taken[-1], READ)
        return array

    def labels(self, count: int, classes: int) -> np.ndarray:
        array = self.array((count,), np.int64)
        array[...] = np.arange(count) % classes
        protect(*self.taken[-1], READ)
        return array


def call(function, *arguments) -> None:
    global calls
    function(*arguments)
    calls += 1


def convolutions(fence: Fence, dtype) -> None:
    cases = [
        ((1, 1, 1, 1), (1, 1, 1, 1), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
        ((2, 5, 7, 3), (3, 3, 3, 5), (1, 1), ((1, 1), (1, 1)), (1, 1), 1),
        ((1, 6, 17, 1), (5, 5, 1, 6), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
        ((1, 9, 9, 3), (7, 7, 3, 17), (2, 2), ((3, 2), (3, 2)), (1, 1), 1),
        ((2, 4, 15, 33), (1, 1, 33, 31), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
        ((1, 9, 8, 4), (2, 3, 2, 6), (1, 2), ((1, 0), (0, 1)), (2, 1), 2),
        ((3, 7, 7, 65), (1, 1, 65, 9), (2, 2), ((0, 0), (0, 0)), (1, 1), 1),
        ((1, 13, 14, 16), (3, 3, 16, 34), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
        ((2, 6, 10, 9), (3, 2, 9, 17), (3, 2), ((0, 0), (0, 0)), (1, 1), 1),
        ((2, 17, 3), (5, 3, 7), (2,), ((1, 2),), (1,), 1),
        ((1, 5, 33), (1, 33, 17), (2,), ((0, 0),), (1,), 1),
        ((2, 3, 4, 7, 2), (2, 3, 2, 2, 5), (1, 2, 1), ((1, 1), (0, 1), (1, 0)), (2, 1, 1), 1),
        ((1, 4, 5, 6, 17), (3, 1, 3, 17, 33), (2, 1, 1), ((3, 0), (0, 0), (1, 1)), (1, 1, 1), 1),
        ((2, 3, 5, 4, 34), (1, 1, 1, 17, 18), (1, 1, 1), ((0, 0), (0, 0), (0, 0)), (1, 1, 1), 2),
    ]
    for input_shape, kernel_shape, *rest in cases:
        geometry = conv_geometry.ConvGeometry(input_shape, kernel_shape, *rest)
        shapes = input_shape, kernel_shape, kernel_shape[-1:], input_shape[-1:]
        x, kernel, bias, shift = (fence.filled(shape, dtype) for shape in shapes)
        upstream, result = fence.filled(geometry.output_shape, dtype), fence.array(geometry.output_shape, dtype)
        call(conv.conv, geometry, x, kernel, bias, "relu", result)
        call(conv.conv_input_gradient, geometry, upstream, kernel, fence.array(input_shape, dtype))
        call(conv.conv_input_gradient, geometry, upstream, kernel, fence.array(input_shape, dtype), shift, "relu")
        call(conv.conv_kernel_gradient, geometry, x, upstream, fence.array(kernel_shape, dtype))


def filtered_convolutions(fence: Fence, dtype) -> None:
    """The same, those with 3x3 and 5x5 taps by minimal filtering."""
    winograd.enable(True, always=True)
    convolutions(fence, dtype)
    winograd.enable(False)


def depthwise_convolutions(fence: Fence, dtype) -> None:
    for channels in (1, 3, 15, 16, 17, 33, 130):
        for size, multiplier, *rest in (
            ((3, 3), 1, (1, 1), ((1, 1), (1, 1)), (1, 1)),
            ((3, 3), 1, (2, 2), ((0, 1), (0, 1)), (1, 1)),
            ((5, 5), 1, (1, 1), ((0, 0), (0, 0)), (1, 1)),
            ((2, 3), 2, (3, 2), ((1, 0), (5, 5)), (2, 3)),
        ):
            geometry = depthwise.DepthwiseGeometry((2, 7, 15, channels), (*size, channels, multiplier), *rest)
            shapes = (
                (2, 7, 15, channels),
                (*size, channels, multiplier),
                (channels * multiplier,),
                geometry.output_shape,
            )
            x, kernel, bias, upstream = (fence.filled(shape, dtype) for shape in shapes)
            call(depthwise.depthwise_conv, geometry, x, kernel, bias, "relu", fence.array(shapes[3], dtype))
            call(depthwise.depthwise_conv_input_gradient, geometry, upstream, kernel, fence.array(shapes[0], dtype))
            call(depthwise.depthwise_conv_kernel_gradient, geometry, x, upstream, fence.array(shapes[1], dtype))


def numbered(*values: float) -> np.ndarray:
    return np.array([*values, *[0.0] * (optimizer.NUMBERS - len(values))])


def products(fence: Fence, dtype) -> None:
    for m, k, n in [
        *((1, 1, 1), (3, 5, 7), (14, 33, 31), (29, 400, 65), (2, 17, 120), (128, 84, 10)),
        *((1, 701, 401), (3, 10001, 27), (17, 27, 10003)),  # a matrix that is streamed
    ]:
        x, kernel, bias, upstream = (fence.filled(shape, dtype) for shape in ((m, k), (k, n), (n,), (m, n)))
        call(dense.dense, x, kernel, bias, None, fence.array((m, n), dtype))
        call(dense.dense_input_gradient, upstream, kernel, fence.array((m, k), dtype))
        call(dense.dense_kernel_gradient, x, upstream, fence.array((k, n), dtype))
        moved, first, second = (fence.array((k, n), dtype) for _ in range(3))
        second[...] = 1
        if dense.streams_gradient(m, k, n, moved.itemsize):
            call(dense.dense_update, "nesterov", numbered(1, 0.1, 0.9), moved, x, upstream, [first])
            call(dense.dense_update, "adam", numbered(1, 0.1, 0.1, 0.001, 1e-7), moved, x, upstream, [first, second])
        call(activation.sum_rows, upstream, fence.array((n,), dtype))


def poolings(fence: Fence, dtype) -> None:
    for channels in (1, 3, 6, 15, 16, 17, 33, 130):
        image, volume = (2, 7, 5, channels), (2, 3, 4, 5, channels)
        for geometry, shape in (
            *(
                (pool.PoolGeometry(image, size, strides, (pads, pads)), image)
                for size, strides, pads in (
                    ((2, 2), (2, 2), (0, 0)),
                    ((3, 3), (2, 2), (1, 1)),
                    ((3, 2), (1, 3), (0, 1)),
                )
            ),
            (pool.PoolGeometry(image, (2, 3), (2, 2), ((2, 1), (2, 3)), (3, 2), True), image),
            (pool.PoolGeometry(volume, (2, 2, 3), (2, 3, 1), ((1, 0), (0, 1), (2, 2)), None, True, "padded"), volume),
            (pool.PoolGeometry.adaptive(volume, (2, 3, 7)), volume),
            (pool.PoolGeometry.adaptive((3, 9, channels), (4,)), (3, 9, channels)),
        ):
            x, upstream = fence.filled(shape, dtype), fence.filled(geometry.output_shape, dtype)
            call(pool.max_pool, geometry, x, fence.array(geometry.output_shape, dtype))
            call(pool.max_pool_gradient, geometry, x, upstream, fence.array(x.shape, dtype))
            call(pool.max_pool_gradient, geometry, x, upstream, fence.array(x.shape, dtype), True)
            call(pool.max_pool_indices, geometry, x, fence.array(geometry.output_shape, np.int64))
            call(pool.average_pool, geometry, x, fence.array(geometry.output_shape, dtype))
            call(pool.average_pool_gradient, geometry, upstream, fence.array(x.shape, dtype))


def normalizations(fence: Fence, dtype) -> None:
    for shape in ((1, 1, 1), (2, 3, 5), (1, 300, 16), (3, 7, 17), (2, 40, 70)):
        x, upstream = fence.filled(shape, dtype), fence.filled(shape, dtype)
        mean, variance = (fence.array((shape[0], shape[2]), dtype) for _ in range(2))
        rows = [fence.filled(shape[2:], dtype) for _ in range(3)]
        parameters = [fence.array(shape[2:], dtype) for _ in range(2)]
        for scale, other, activation_name in ((rows[0], upstream, "relu"), (None, None, None), (rows[0], None, "relu")):
            result, masked = fence.array(shape, dtype), fence.array(shape, dtype)
            added = (result, masked) if other is not None else (None, None)
            given = scale, rows[1], other, 1e-3, activation_name
            call(batch_normalization.normalize_batch, x, *given, mean, variance, result)
            given = x, mean, variance, upstream, scale, rows[1], 1e-3, activation_name, *added
            call(batch_normalization.normalize_batch_gradient, *given, fence.array(shape, dtype), *parameters)
            first = None if other is None else other[0]
            call(batch_normalization.normalize, x[0], *rows, first, activation_name, fence.array(shape[1:], dtype))


def responses(fence: Fence, dtype) -> None:
    for shape in ((1, 1), (3, 5), (2, 16), (700, 17), (3, 33), (1, 96)):
        x, upstream = fence.filled(shape, dtype), fence.filled(shape, dtype)
        for before, after, beta in ((0, 0, 0.5), (2, 2, 0.75), (3, 2, 1.5), (40, 40, 1.0)):
            given = before, after, 1.0, 0.5, beta
            call(local_response_normalization.normalize_response, x, *given, fence.array(shape, dtype))
            to = fence.array(shape, dtype)
            call(local_response_normalization.normalize_response_gradient, upstream, x, *given, to)


def elements(fence: Fence, dtype) -> None:
    for count in (1, 3, 15, 16, 17, 67, 1025):
        x, upstream = fence.filled((count,), dtype), fence.filled((count,), dtype)
        call(activation.relu, x, fence.array((count,), dtype))
        call(activation.relu_gradient, upstream, x, fence.array((count,), dtype))
        call(activation.add_two, upstream, x, "relu", fence.array((count,), dtype))
        call(activation.pieces, x, fence.filled((8,), dtype), fence.array((count,), dtype))
        call(activation.pieces_gradient, upstream, x, fence.filled((8,), dtype), fence.array((count,), dtype))
        if dtype == np.float64:
            call(gelu.erf, x, fence.array((count,), dtype))
            call(gelu.gelu, x, fence.array((count,), dtype))
            call(gelu.gelu_gradient, upstream, x, fence.array((count,), dtype))
        else:
            for name in curve.CURVES:
                call(curve.curve, name, x, fence.array((count,), dtype), (1, 2, 3))
                call(curve.curve_gradient, name, upstream, x, fence.array((count,), dtype), (1, 2, 3))
        call(random.dropout, x, fence.array((count,), dtype), 0.5, 1, 2)
        call(random.uniform, fence.array((count,), dtype), 1, 2)
        call(random.normal, fence.array((count,), dtype), 1, 2)
        for rule, slots in step.SLOTS.items():
            parameter, *kept = (fence.array((count,), dtype) for _ in range(slots + 1))
            for slot in kept:
                slot[...] = 1
            call(optimizer.update, rule, np.full(optimizer.NUMBERS, 0.1), parameter, x, kept)
    for rows, classes in ((1, 1), (3, 2), (7, 10), (5, 17), (2, 1000)):
        logits, targets, upstream = (fence.filled(shape, dtype) for shape in ((rows, classes),) * 2 + ((rows,),))
        labels = fence.labels(rows, classes)
        call(cross_entropy.softmax, logits, fence.array((rows, classes), dtype))
        call(cross_entropy.sparse_cross_entropy, labels, logits, fence.array((rows,), dtype))
        call(cross_entropy.cross_entropy, targets, logits, fence.array((rows,), dtype))
        out = fence.array((rows, classes), dtype)
        call(cross_entropy.sparse_cross_entropy_gradient, labels, logits, upstream, out)
        call(cross_entropy.cross_entropy_gradient, targets, logits, upstream, out)


CASES = (
    convolutions,
    filtered_convolutions,
    depthwise_convolutions,
    products,
    poolings,
    normalizations,
    responses,
    elements,
)


def main() -> None:
    faulthandler.enable()
    dispatch.use_isa(sys.argv[1])
    threads.set_num_threads(2)
    winograd.enable(False)
    for behind in (True, False):
        for dtype in (np.float32, np.float64):
            for cases in CASES:
                print(cases.__name__, np.dtype(dtype), "behind" if behind else "before", file=sys.stderr, flush=True)
                cases(Fence(behind), dtype)
    if "--cross" in sys.argv:  # what the test itself is tested by
        fence = Fence(True)
        ctypes.memset(fence.array((5,)).ctypes.data + 20, 0, 1)
    print(calls)


if __name__ == "__main__":
    main()
