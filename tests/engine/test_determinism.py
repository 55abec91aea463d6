"""The same bits whatever the number of threads, and from one run to the next."""

from __future__ import annotations

import numpy as np
import pytest

from convolith.engine import (
    activation,
    batch_normalization,
    conv,
    conv_geometry,
    cross_entropy,
    curve,
    dense,
    gelu,
    optimizer,
    pool,
    random,
    step,
)

COUNTS = (1, 2, 3, 5)

# Ragged: nothing divides anything. Large enough that five threads find work.
CONVOLUTIONS = {
    "ragged": ((5, 13, 17, 19), (3, 3, 19, 37), (1, 1), ((1, 1), (1, 1)), (1, 1), 1),
    "first layer": ((7, 28, 28, 1), (5, 5, 1, 6), (1, 1), ((2, 2), (2, 2)), (1, 1), 1),
    "strided": ((3, 33, 31, 11), (7, 5, 11, 23), (2, 3), ((3, 2), (1, 0)), (1, 1), 1),
    "pointwise": ((4, 15, 14, 130), (1, 1, 130, 65), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
    "few pixels": ((2, 4, 4, 300), (3, 3, 300, 130), (1, 1), ((1, 1), (1, 1)), (1, 1), 1),
    "many pixels": ((2, 90, 91, 5), (3, 3, 5, 7), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
    "groups and dilation": ((3, 21, 20, 14), (3, 3, 7, 26), (1, 1), ((2, 2), (2, 2)), (2, 2), 2),
    "groups of few channels": ((3, 21, 20, 24), (3, 3, 4, 24), (2, 1), ((1, 1), (0, 1)), (1, 1), 6),
    "groups of a vector": ((2, 30, 9, 60), (3, 3, 20, 60), (1, 1), ((1, 1), (1, 1)), (1, 1), 3),
    "side by side": ((3, 34, 36, 19), (2, 3, 19, 37), (2, 3), ((0, 0), (0, 0)), (1, 1), 1),
    "one dimension": ((5, 401, 19), (7, 19, 37), (2,), ((3, 2),), (1,), 1),
    "three dimensions": ((2, 9, 13, 11, 18), (3, 2, 3, 18, 23), (1, 2, 1), ((1, 1), (0, 1), (2, 1)), (2, 1, 1), 1),
    "volumes of few channels": ((5, 7, 13, 11, 3), (2, 3, 3, 3, 9), (1, 1, 2), ((1, 0), (1, 1), (0, 0)), (1, 1, 1), 1),
}


def same_bits(threads, compute) -> None:
    """`compute()` returns arrays; all counts of threads must give the same bytes, twice over."""
    results = []
    for count in (*COUNTS, COUNTS[0], COUNTS[-1]):
        threads(count)
        results.append([array.tobytes() for array in compute()])
    assert all(result == results[0] for result in results[1:])
    assert all(np.isfinite(array).all() and array.any() for array in compute())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_convolution(isa, threads, generator, name, dtype):
    geometry = conv_geometry.ConvGeometry(*CONVOLUTIONS[name])
    shapes = *CONVOLUTIONS[name][:2], geometry.output_shape
    x, kernel, upstream = (generator.standard_normal(shape).astype(dtype) for shape in shapes)
    bias, shift = (generator.standard_normal(array.shape[-1]).astype(dtype) for array in (kernel, x))

    def compute():
        results = [np.empty_like(array) for array in (upstream, x, kernel, x)]
        conv.conv(geometry, x, kernel, bias, "relu", results[0])
        conv.conv_input_gradient(geometry, upstream, kernel, results[1])
        conv.conv_kernel_gradient(geometry, x, upstream, results[2])
        conv.conv_input_gradient(geometry, upstream, kernel, results[3], shift, "relu")
        return results

    same_bits(threads, compute)


FILTERED = {
    "blocks": ((5, 30, 27, 19), (3, 3, 19, 37), (1, 1), ((1, 1), (1, 1)), (1, 1), 1),
    "panels": ((2, 9, 13, 70), (5, 5, 70, 180), (1, 1), ((2, 2), (1, 0)), (1, 1), 1),
    "stretches": ((4, 57, 55, 150), (3, 3, 150, 130), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
}


@pytest.mark.parametrize("name", FILTERED)
def test_minimal_filtering(threads, generator, filtering, name):
    geometry = conv_geometry.ConvGeometry(*FILTERED[name])
    shapes = *FILTERED[name][:2], geometry.output_shape
    x, kernel, upstream = (generator.standard_normal(shape, dtype=np.float32) for shape in shapes)

    def compute():
        results = [np.empty_like(array) for array in (upstream, x, kernel)]
        conv.conv(geometry, x, kernel, None, "relu", results[0])
        conv.conv_input_gradient(geometry, upstream, kernel, results[1])
        conv.conv_kernel_gradient(geometry, x, upstream, results[2])
        return results

    same_bits(threads, compute)


@pytest.mark.parametrize("size", [(128, 400, 120), (1, 3000, 701), (517, 33, 65), (3, 7000, 10), (129, 84, 10)])
def test_dense(isa, threads, generator, size):
    m, k, n = size
    shapes = (m, k), (k, n), (n,), (m, n)
    x, kernel, bias, upstream = (generator.standard_normal(shape).astype(np.float32) for shape in shapes)

    def compute():
        results = [np.empty_like(array) for array in (upstream, x, kernel, bias)]
        dense.dense(x, kernel, bias, "relu", results[0])
        dense.dense_input_gradient(upstream, kernel, results[1])
        dense.dense_kernel_gradient(x, upstream, results[2])
        activation.sum_rows(upstream, results[3])
        if dense.streams_gradient(m, k, n, kernel.itemsize):
            results += [kernel.copy(), np.zeros_like(kernel)]
            numbers = np.array([1, 0.1, 0.9, 0, 0, 0, 0, 0])
            dense.dense_update("momentum", numbers, results[-2], x, upstream, results[-1:])
        return results

    same_bits(threads, compute)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("size", [(400, 120), (700, 129), (1500, 300), (385, 1031), (8000, 10)])
def test_a_row_has_the_same_bits_beside_any_others(isa, threads, generator, size, bias, dtype):
    """A prediction must not depend on the batch that it is made in, whichever way is the fastest for it."""
    k, n = size
    x, kernel, shift = (generator.standard_normal(shape).astype(dtype) for shape in ((70, k), (k, n), (n,)))
    kernel[:, 1], x[::3] = -np.finfo(dtype).tiny, np.clip(abs(x[::3]), 0, 1) / 4  # products that underflow to -0
    options = (shift, "relu") if bias else (None, None)
    threads(2)
    alone = np.empty((70, n), dtype)
    for m in range(70):
        dense.dense(x[m : m + 1], kernel, *options, alone[m : m + 1])
    for rows in (2, 8, 9, 32, 33, 70):
        together = np.empty((rows, n), dtype)
        dense.dense(x[:rows], kernel, *options, together)
        assert together.tobytes() == alone[:rows].tobytes(), f"{rows} rows"


@pytest.mark.parametrize("channels", [1, 6, 64, 67])
@pytest.mark.parametrize("kind", ["moving", "volumes", "adaptive", "global"])
def test_pooling(isa, threads, generator, kind, channels):
    shape = (7, 9, 13, 17, channels) if kind == "volumes" else (7, 45, 43, channels)
    geometry = {
        "moving": lambda: pool.PoolGeometry(shape, (3, 2), (2, 1), ((1, 1), (1, 0))),
        "volumes": lambda: pool.PoolGeometry(shape, (3, 2, 2), (2, 1, 3), ((1, 1), (1, 0), (0, 0)), (1, 2, 3), True),
        "adaptive": lambda: pool.PoolGeometry.adaptive(shape, (11, 7)),
        "global": lambda: pool.PoolGeometry.adaptive(shape, (1, 1)),
    }[kind]()
    x = generator.standard_normal(shape).astype(np.float32)
    upstream = generator.standard_normal(geometry.output_shape).astype(np.float32)

    def compute():
        results = [np.empty_like(array) for array in (upstream, x, upstream, x)]
        indices = np.empty(upstream.shape, np.int64)
        pool.max_pool(geometry, x, results[0])
        pool.max_pool_gradient(geometry, x, upstream, results[1])
        pool.average_pool(geometry, x, results[2])
        pool.average_pool_gradient(geometry, upstream, results[3])
        pool.max_pool_indices(geometry, x, indices)
        return [*results, indices]

    same_bits(threads, compute)


@pytest.mark.parametrize("shape", [(1, 40_001, 13), (5, 777, 70)])
def test_batch_normalization(isa, threads, generator, shape):
    x, upstream = (generator.standard_normal(shape).astype(np.float32) for _ in range(2))
    scale, shift = (generator.standard_normal(shape[2]).astype(np.float32) for _ in range(2))

    def compute():
        mean, variance = (np.empty((shape[0], shape[2]), np.float32) for _ in range(2))
        sums = [np.empty(shape[2], np.float32) for _ in range(4)]
        result, by_x, masked, by_x_and_other = (np.empty_like(x) for _ in range(4))
        batch_normalization.normalize_batch(x, scale, shift, upstream, 1e-3, "relu", mean, variance, result)
        given = x, mean, variance, upstream, scale, shift, 1e-3, "relu"
        batch_normalization.normalize_batch_gradient(*given, None, None, by_x, *sums[:2])
        batch_normalization.normalize_batch_gradient(*given, result, masked, by_x_and_other, *sums[2:])
        standardized, rows = np.empty_like(x[0]), (mean[0], variance[0], shift)
        batch_normalization.normalize(x[0], *rows, upstream[0], "relu", standardized)
        return mean, variance, result, by_x, masked, by_x_and_other, standardized, *sums

    same_bits(threads, compute)


def test_elements_and_rows(isa, threads, generator):
    x, upstream = (generator.standard_normal((40_001, 13)).astype(np.float32) for _ in range(2))
    wide, labels = x[:4001].astype(np.float64), generator.integers(0, 13, len(x))
    numbers = np.array([-1, 1, 0.25, 0, 2, 1, 0, 3], np.float32)  # of a function of straight pieces

    def compute():
        relu, masked, dropped, softmax, gradient = (np.empty_like(x) for _ in range(5))
        uniform, normal, bent, slopes, gated, by_gated = further = [np.empty_like(x) for _ in range(6)]
        wide_gated, wide_by_gated = np.empty_like(wide), np.empty_like(wide)
        loss, sums = np.empty(len(x), np.float32), np.empty(13, np.float32)
        activation.relu(x, relu)
        activation.relu_gradient(upstream, relu, masked)
        added = np.empty_like(x)
        activation.add_two(x, upstream, "relu", added)
        activation.sum_rows(x, sums)
        random.dropout(x, dropped, 0.3, 7, 9)
        random.uniform(uniform, 7, 9)
        random.normal(normal, 7, 9)
        activation.pieces(x, numbers, bent)
        activation.pieces_gradient(upstream, x, numbers, slopes)
        curve.curve("gelu", x, gated)
        curve.curve_gradient("gelu", upstream, x, by_gated)
        gelu.gelu(wide, wide_gated)
        gelu.gelu_gradient(wide, wide, wide_by_gated)
        cross_entropy.softmax(x, softmax)
        cross_entropy.sparse_cross_entropy(labels, x, loss)
        cross_entropy.sparse_cross_entropy_gradient(labels, x, np.ascontiguousarray(upstream[:, 0]), gradient)
        return relu, masked, added, sums, dropped, softmax, loss, gradient, wide_gated, wide_by_gated, *further

    same_bits(threads, compute)


@pytest.mark.parametrize("rule", step.SLOTS)
def test_updates(isa, threads, generator, rule):
    start, gradient = (generator.standard_normal(300_007).astype(np.float32) for _ in range(2))

    def compute():
        parameter, *slots = (start.copy(), *(np.ones_like(start) for _ in range(step.SLOTS[rule])))
        for _ in range(2):
            optimizer.update(rule, np.array([0.99, *[0.1] * 7]), parameter, gradient, slots)
        return parameter, *slots

    same_bits(threads, compute)
