"""Cross-entropy of logits forward and backward against the oracle, labels and dense targets."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.bounds import assert_within, sides
from tests.geometries import dtypes, laid_out, seeds
from tests.ops.test_softmax_values import ELEMENTARY, softmax_bound
from tests.reference import activation
from tests.reference import cross_entropy as reference

matrices = st.tuples(st.integers(1, 7), st.integers(1, 33))


def loss_bound(logits: np.ndarray, targets: np.ndarray, dtype: type) -> np.ndarray:
    """-log p = log S - d: the error of S, of log, and the roundings of d and of the sum over the classes."""
    unit, exact = sides(dtype) * np.finfo(dtype).eps / 2, logits.astype(np.float64)
    distance = exact.max(axis=1, keepdims=True) - exact
    softmax = activation.softmax(logits)
    of_sum = np.sum(softmax * distance, axis=1) + 2 * ELEMENTARY + logits.shape[1]
    of_each = np.sum(abs(targets) * (3 * distance + abs(reference.log_softmax(exact))), axis=1)
    total = abs(targets).sum(axis=1)
    return unit * (
        1.01 * total * (of_sum + 2 * ELEMENTARY * (1 + np.log(logits.shape[1]))) + of_each * (logits.shape[1] + 2)
    )


@given(matrices, seeds, dtypes)
def test_sparse(isa, shape, seed, dtype):
    logits, upstream = laid_out(seed, dtype, shape, shape[:1])
    labels = np.random.default_rng(seed).integers(0, shape[1], shape[0])

    def loss(logits):
        return ops.sparse_categorical_crossentropy(labels, logits, from_logits=True)

    result, pullback = convolith.vjp(loss, logits)
    one_hot = reference.one_hot(labels, shape[1])
    assert result.shape == shape[:1] and result.dtype == dtype
    exact = reference.sparse_cross_entropy(labels, logits.astype(np.float64))
    assert_within(result, exact, loss_bound(logits, one_hot, dtype))
    (gradient,) = pullback(upstream)
    exact = reference.sparse_cross_entropy_gradient(labels, logits.astype(np.float64), upstream.astype(np.float64))
    unit = sides(dtype) * np.finfo(dtype).eps / 2
    probability = activation.softmax(logits)
    allowed = abs(upstream)[:, None] * (softmax_bound(logits, dtype) + 4 * unit * (probability + one_hot))
    assert_within(gradient, exact, allowed + 4 * np.finfo(dtype).tiny, "gradient")


@given(matrices, seeds, dtypes)
def test_dense_targets(isa, shape, seed, dtype):
    logits, upstream = laid_out(seed, dtype, shape, shape[:1])
    targets = np.random.default_rng(seed).dirichlet(np.ones(shape[1]), shape[0]).astype(dtype)

    def loss(logits):
        return ops.categorical_crossentropy(targets, logits, from_logits=True)

    result, pullback = convolith.vjp(loss, logits)
    exact = reference.cross_entropy(targets.astype(np.float64), logits.astype(np.float64))
    assert_within(result, exact, loss_bound(logits, targets, dtype))
    (gradient,) = pullback(upstream)
    doubles = (array.astype(np.float64) for array in (targets, logits, upstream))
    exact = reference.cross_entropy_gradient(*doubles)
    unit = sides(dtype) * np.finfo(dtype).eps / 2
    probability = activation.softmax(logits)
    allowed = abs(upstream)[:, None] * (softmax_bound(logits, dtype) + (4 + shape[1]) * unit * (probability + targets))
    assert_within(gradient, exact, 1.01 * allowed + 4 * np.finfo(dtype).tiny, "gradient")


def test_a_confident_mistake_is_finite(isa):
    logits = np.array([[1e4, 0, -1e4]], np.float32)
    result, pullback = convolith.vjp(
        lambda logits: ops.sparse_categorical_crossentropy(np.array([2]), logits, from_logits=True), logits
    )
    assert result.tolist() == [2e4]
    np.testing.assert_array_equal(pullback(np.ones(1, np.float32))[0], [[1, 0, -1]])


def test_every_integer_dtype_of_labels(isa):
    logits = np.random.default_rng(3).standard_normal((4, 5)).astype(np.float32)
    labels = np.array([0, 4, 2, 1])
    expected = ops.sparse_categorical_crossentropy(labels, logits, from_logits=True)
    for dtype in (np.int8, np.uint8, np.int16, np.int32, np.uint32, np.uint64, ">i4"):
        result = ops.sparse_categorical_crossentropy(labels.astype(dtype), logits, from_logits=True)
        np.testing.assert_array_equal(result, expected)


def test_an_empty_batch(isa):
    logits = np.zeros((0, 5), np.float32)
    result, pullback = convolith.vjp(
        lambda logits: ops.sparse_categorical_crossentropy(np.zeros(0, np.int64), logits, from_logits=True), logits
    )
    assert result.shape == (0,) and pullback(result)[0].shape == (0, 5)
