"""What the engine's functions give back does just their work again, on the same arrays with other elements."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref

import numpy as np
import pytest

from convolith.engine import (
    activation,
    batch_normalization,
    conv,
    conv_geometry,
    cross_entropy,
    dense,
    depthwise,
    dispatch,
    pool,
)
from convolith.engine.call import Call
from tests.geometries import normal

GEOMETRY = conv_geometry.ConvGeometry((2, 6, 5, 4), (3, 2, 4, 18), (1, 2), ((1, 1), (0, 1)), (1, 1), 1)
APART = depthwise.DepthwiseGeometry((2, 6, 5, 4), (3, 2, 4, 2), (1, 2), ((1, 1), (0, 1)), (1, 1))
WINDOWS = pool.PoolGeometry((2, 6, 5, 4), (2, 3), (2, 2), ((0, 0), (1, 1)))
X, K, Y = (2, 6, 5, 4), (3, 2, 4, 18), GEOMETRY.output_shape
# The name of the work: how it is called with the arrays whose shapes follow, the last ones written.
WORK = {
    "relu": (lambda x, y: activation.relu(x, y), (40,), (40,)),
    "relu_gradient": (lambda dy, y, dx: activation.relu_gradient(dy, y, dx), (40,), (40,), (40,)),
    "add_two": (lambda a, b, y: activation.add_two(a, b, "relu", y), (40,), (40,), (40,)),
    "sum_rows": (lambda x, y: activation.sum_rows(x, y), (700, 9), (9,)),
    "normalize_batch": (
        lambda x, g, b, o, m, v, y: batch_normalization.normalize_batch(x, g, b, o, 1e-3, "relu", m, v, y),
        *((1, 9, 5), (5,), (5,), (1, 9, 5), (1, 5), (1, 5), (1, 9, 5)),
    ),
    "normalize_batch_gradient": (
        lambda x, m, v, dy, g, b, dx, dg, db: batch_normalization.normalize_batch_gradient(
            x, m, v, dy, g, b, 10.0, "relu", None, None, dx, dg, db
        ),
        *((1, 9, 5), (1, 5), (1, 5), (1, 9, 5), (5,), (5,), (1, 9, 5), (5,), (5,)),
    ),
    "normalize": (
        lambda x, m, a, b, y: batch_normalization.normalize(x, m, a, b, None, "relu", y),
        *((9, 5), (5,), (5,), (5,), (9, 5)),
    ),
    "conv": (lambda x, k, b, y: conv.conv(GEOMETRY, x, k, b, "relu", y), X, K, (18,), Y),
    "conv_packed": (
        lambda x, k, b, y: conv.conv_packed(GEOMETRY, x, k, b, "relu", y),
        *(X, (conv.conv_packed_size(GEOMETRY),), (18,), Y),
    ),
    "conv_input_gradient": (lambda dy, k, dx: conv.conv_input_gradient(GEOMETRY, dy, k, dx), Y, K, X),
    "conv_kernel_gradient": (lambda x, dy, dk: conv.conv_kernel_gradient(GEOMETRY, x, dy, dk), X, Y, K),
    "softmax": (lambda x, y: cross_entropy.softmax(x, y), (3, 7), (3, 7)),
    "cross_entropy": (lambda t, x, y: cross_entropy.cross_entropy(t, x, y), (3, 7), (3, 7), (3,)),
    "cross_entropy_gradient": (
        lambda t, x, dy, dx: cross_entropy.cross_entropy_gradient(t, x, dy, dx),
        *((3, 7), (3, 7), (3,), (3, 7)),
    ),
    "dense": (lambda x, k, b, y: dense.dense(x, k, b, "relu", y), (3, 7), (7, 5), (5,), (3, 5)),
    "dense_input_gradient": (lambda dy, k, dx: dense.dense_input_gradient(dy, k, dx), (3, 5), (7, 5), (3, 7)),
    "dense_kernel_gradient": (lambda x, dy, dk: dense.dense_kernel_gradient(x, dy, dk), (3, 7), (3, 5), (7, 5)),
    "depthwise_conv": (
        lambda x, k, b, y: depthwise.depthwise_conv(APART, x, k, b, "relu", y),
        *(X, (3, 2, 4, 2), (8,), APART.output_shape),
    ),
    "depthwise_conv_input_gradient": (
        lambda dy, k, dx: depthwise.depthwise_conv_input_gradient(APART, dy, k, dx),
        *(APART.output_shape, (3, 2, 4, 2), X),
    ),
    "depthwise_conv_kernel_gradient": (
        lambda x, dy, dk: depthwise.depthwise_conv_kernel_gradient(APART, x, dy, dk),
        *(X, APART.output_shape, (3, 2, 4, 2)),
    ),
    "max_pool": (lambda x, y: pool.max_pool(WINDOWS, x, y), X, WINDOWS.output_shape),
    "max_pool_gradient": (
        lambda x, dy, dx: pool.max_pool_gradient(WINDOWS, x, dy, dx, True),
        *(X, WINDOWS.output_shape, X),
    ),
    "average_pool": (lambda x, y: pool.average_pool(WINDOWS, x, y), X, WINDOWS.output_shape),
    "average_pool_gradient": (
        lambda dy, dx: pool.average_pool_gradient(WINDOWS, dy, dx),
        *(WINDOWS.output_shape, X),
    ),
}  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", WORK)
def test_work_is_done_again_with_other_elements(name, dtype):
    if name == "conv_packed" and dtype == "float64":
        dtype = "float32"  # only such kernels are packed
    work, *shapes = WORK[name]
    arrays = normal(1, np.dtype(dtype), *shapes)
    again = work(*arrays)
    for array, other in zip(arrays, normal(2, np.dtype(dtype), *shapes), strict=True):
        array[...] = abs(other) if "normalize" in name else other  # variances among them
    expected = [array.copy() for array in arrays]
    assert work(*expected) is not None
    again()
    for array, wanted in zip(arrays, expected, strict=True):
        np.testing.assert_array_equal(array, wanted)


def test_sparse_labels_are_checked_each_time():
    labels, logits, out = np.array([1, 2]), np.ones((2, 3), "float32"), np.empty(2, "float32")
    again = cross_entropy.sparse_cross_entropy(labels, logits, out)
    labels[1] = 3
    with pytest.raises(ValueError, match="target must hold classes from 0 to 2, .*got 3"):
        again()
    labels[1] = 0
    again()
    np.testing.assert_array_equal(out, np.full(2, np.log(3), "float32"))


def test_the_place_of_the_maxima_is_found_again():
    x, out = normal(1, np.dtype("float32"), X)[0], np.empty(WINDOWS.output_shape, np.int64)
    again = pool.max_pool_indices(WINDOWS, x, out)
    x *= -1
    again()
    expected = np.empty_like(out)
    pool.max_pool_indices(WINDOWS, x, expected)
    np.testing.assert_array_equal(out, expected)


def test_what_it_works_on_lives_as_long_as_it():
    x, y = np.full(1000, 2.0, "float32"), np.zeros(1000, "float32")
    seen = weakref.ref(x)
    again = activation.relu(x, y)
    del x
    gc.collect()
    assert seen() is not None
    y[...] = 0
    again()
    np.testing.assert_array_equal(y, 2)
    del again
    gc.collect()
    assert seen() is None


def test_nothing_to_do_gives_nothing():
    nothing, kernel, out = np.empty((0, 4), "float32"), np.ones((4, 3), "float32"), np.empty((0, 3), "float32")
    assert dense.dense(nothing, kernel, None, None, out) is None


def test_only_the_engine_makes_one():
    with pytest.raises(TypeError, match="only the engine's functions make one"):
        Call()


def test_a_packed_kernel_is_not_read_by_another_instruction_set():
    sets = dispatch.available_isas()
    if len(sets) < 2:
        pytest.skip("this machine has one instruction set")
    before = dispatch.isa()
    try:
        dispatch.use_isa(sets[-1])
        shapes = X, (conv.conv_packed_size(GEOMETRY),), Y
        x, packed, y = normal(1, np.dtype(np.float32), *shapes)
        again = conv.conv_packed(GEOMETRY, x, packed, None, None, y)
        dispatch.use_isa(sets[0])
        with pytest.raises(RuntimeError, match="packed for another instruction set"):
            again()
    finally:
        dispatch.use_isa(before)


LOOP = """
import ctypes, sys
import numpy as np
from convolith import ops, set_num_threads

set_num_threads(1)
gomp = ctypes.CDLL("libgomp.so.1")
x, kernel, seen = np.ones((1, 4, 4, 3), "float32"), np.ones((3, 3, 3, 5), "float32"), []

@ctypes.CFUNCTYPE(None, ctypes.c_void_p)
def region(_):
    begin, end = ctypes.c_long(), ctypes.c_long()
    there = gomp.GOMP_loop_dynamic_start(
        ctypes.c_long(0), ctypes.c_long(10), ctypes.c_long(1), ctypes.c_long(1), ctypes.byref(begin), ctypes.byref(end)
    )
    while there & 1:
        seen.append(begin.value)
        ops.conv(x, kernel)
        there = gomp.GOMP_loop_dynamic_next(ctypes.byref(begin), ctypes.byref(end))
    gomp.GOMP_loop_end_nowait()

gomp.GOMP_parallel(region, None, 1, 0)
print(seen)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="calls GNU's OpenMP by its name")
def test_a_caller_s_own_loop_in_a_region_of_one_thread_goes_on():
    done = subprocess.run([sys.executable, "-c", LOOP], capture_output=True, text=True)
    if "libgomp.so.1: cannot open" in done.stderr:
        pytest.skip("there is no libgomp of the system's")
    assert done.stdout.strip() == str([*range(10)]), done.stderr
