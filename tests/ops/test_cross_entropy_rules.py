"""The cross-entropies' arguments, Keras's treatment of probabilities, and gradients."""

from __future__ import annotations

import numpy as np
import pytest

import convolith
from convolith import ops
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec
from convolith.graph.trace import trace
from tests.bounds import assert_within, gamma
from tests.ops.slopes import check_second_slopes, check_slopes
from tests.reference import cross_entropy as reference

numbers = np.random.default_rng(7)
LOGITS = numbers.normal(size=(5, 3))
PROBABILITIES = ops.softmax(LOGITS)
LABELS = np.array([0, 2, 1, 1, 2])
TARGETS = np.eye(3)[LABELS]


@pytest.mark.parametrize("from_logits", [True, False])
def test_gradients(from_logits):
    output = LOGITS if from_logits else PROBABILITIES
    check_slopes(lambda x: ops.sparse_categorical_crossentropy(LABELS, x, from_logits), output)
    soft = ops.softmax(numbers.normal(size=(5, 3)))
    check_slopes(lambda t, x: ops.categorical_crossentropy(t, x, from_logits), soft, output)


def test_probabilities_are_normalised_and_kept_from_zero_as_in_keras():
    expected = -np.log(PROBABILITIES[np.arange(5), LABELS])
    for scale in (1, 3):
        # The sum of three, a quotient, and the logarithm within eight units, of two roundings each.
        within = {"rtol": gamma(16, np.float64), "atol": gamma(3 + 2, np.float64)}
        np.testing.assert_allclose(
            ops.sparse_categorical_crossentropy(LABELS, PROBABILITIES * scale), expected, **within
        )
        np.testing.assert_allclose(ops.categorical_crossentropy(TARGETS, PROBABILITIES * scale), expected, **within)
    certain = np.array([[0, 1.0]])
    for label, share in ((0, 1e-7), (1, 1 - 1e-7)):  # as rounded; the logarithm alone is left
        found = ops.sparse_categorical_crossentropy([label], certain)
        np.testing.assert_allclose(found, [-np.log(share)], rtol=gamma(16, np.float64))


@pytest.mark.parametrize("classes", [2, 10, 1000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_probabilities_are_normalised_once(classes, dtype):
    """A second time, after the clipping, would add up to 1e-7 a class: 1e-4 for a thousand."""
    sharp = np.full((2, classes), 1e-12)
    sharp[:, 1] = 1 - sharp[:, 0]
    for probabilities in (sharp, ops.softmax(numbers.normal(size=(2, classes)) * 30)):
        given = probabilities.astype(dtype)
        exact = given.astype(np.float64)
        logarithms = np.log(np.clip(exact / exact.sum(axis=-1, keepdims=True), dtype(1e-7), dtype(1 - 1e-7)))
        labels = np.array([1, 0])
        # The sums, the quotient and the products round: some (classes + 8) / 2 times, near 1 absolutely.
        bound = (classes + 8) * np.finfo(dtype).eps
        for targets in (np.eye(classes)[labels], ops.softmax(numbers.normal(size=(2, classes)))):
            expected = -(targets * logarithms).sum(axis=-1)
            found = ops.categorical_crossentropy(targets.astype(dtype), given)
            np.testing.assert_allclose(found, expected, rtol=bound, atol=bound)
        found = ops.sparse_categorical_crossentropy(labels, given)
        np.testing.assert_allclose(found, -logarithms[[0, 1], labels], rtol=bound, atol=bound)


@pytest.mark.parametrize("from_logits", [True, False])
def test_second_derivatives(from_logits):
    output = LOGITS if from_logits else PROBABILITIES
    check_second_slopes(lambda x: ops.sparse_categorical_crossentropy(LABELS, x, from_logits), output)
    soft = ops.softmax(numbers.normal(size=(5, 3))) * 2
    check_second_slopes(lambda t, x: ops.categorical_crossentropy(t, x, from_logits), soft, output)


@pytest.mark.parametrize("sparse", [True, False])
def test_a_traced_softmax_is_taken_back_to_its_logits(sparse):
    logits = np.array([[0, 200.0]], np.float32)

    def loss(x):
        if sparse:
            return ops.sparse_categorical_crossentropy(np.array([0]), ops.softmax(x))
        return ops.categorical_crossentropy(np.array([[1, 0]], np.float32), ops.softmax(x))

    result, pullback = convolith.vjp(loss, logits)
    np.testing.assert_array_equal(result, [200])
    np.testing.assert_array_equal(pullback(np.ones(1, np.float32))[0], [[-1, 1]])
    graph = trace(loss, Spec((1, 2), np.dtype(np.float32)))
    assert "softmax" not in [node.operation.name for node in graph.nodes()]
    # Of arrays only the probabilities are known. 1e-7 is rounded, by 2^-24 of 16 in its logarithm, and this twice more.
    np.testing.assert_allclose(loss(logits), -np.log(1e-7), rtol=3 * 2**-24)


@pytest.mark.parametrize("axis", [1, -2, 0])
@pytest.mark.parametrize("from_logits", [True, False])
def test_any_axis_and_rank(axis, from_logits):
    logits = numbers.normal(size=(4, 3, 2))
    output = logits if from_logits else ops.softmax(logits, axis=axis)
    labels = numbers.integers(0, logits.shape[axis], np.delete(logits.shape, axis))
    flat = np.moveaxis(logits, axis, -1)
    expected = reference.sparse_cross_entropy(labels.ravel(), flat.reshape(labels.size, -1)).reshape(labels.shape)
    # exp and log of eight units each, of two roundings, where a share is not known as well; sums of up to four, and
    # differences of the logits, of which two are less than eight apart, on either side.
    bound = 2 * (gamma(48, np.float64) * (1 + expected) + gamma(2 * 8, np.float64))
    found = ops.sparse_categorical_crossentropy(labels, output, from_logits, axis)
    assert_within(found, expected, bound)
    with_one = ops.sparse_categorical_crossentropy(np.expand_dims(labels, axis), output, from_logits, axis)
    np.testing.assert_array_equal(with_one, found)
    targets = np.moveaxis(np.eye(logits.shape[axis])[labels], -1, axis)
    assert_within(ops.categorical_crossentropy(targets, output, from_logits, axis), expected, bound)


def test_a_single_row():
    assert ops.sparse_categorical_crossentropy(1, LOGITS[0], True).shape == ()
    assert ops.categorical_crossentropy(TARGETS[0], LOGITS[0], True).shape == ()


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", ">i4"])
def test_labels_of_any_integer_dtype(dtype):
    expected = ops.sparse_categorical_crossentropy(LABELS, LOGITS, True)
    np.testing.assert_array_equal(ops.sparse_categorical_crossentropy(LABELS.astype(dtype), LOGITS, True), expected)


@pytest.mark.parametrize("wrong", [-1, 3, 100])
def test_labels_that_are_no_classes(wrong):
    labels = LABELS.copy()
    labels[3] = wrong
    message = f"sparse_categorical_crossentropy: target must hold classes from 0 to 2, .*got {wrong}"
    with pytest.raises(ValueError, match=message):
        ops.sparse_categorical_crossentropy(labels, LOGITS, True)

    def only_the_gradient(labels, x):
        return convolith.vjp(lambda x: ops.sparse_categorical_crossentropy(labels, x, True), x)[1](np.ones(5))[0]

    plan = Plan(trace(only_the_gradient, Spec((5,), np.dtype(np.int64)), Spec((5, 3), np.dtype(np.float64))))
    assert [node.operation.name for node in plan._nodes].count("sparse_cross_entropy") == 0
    plan.run(LABELS, LOGITS)
    with pytest.raises(ValueError, match=message):
        plan.run(labels, LOGITS)


@pytest.mark.parametrize("wrong", [2**63, 2**64 - 1, 2**64 - 3])
@pytest.mark.parametrize("from_logits", [True, False])
def test_labels_too_large_for_int64_are_named_as_they_came(wrong, from_logits):
    labels = LABELS.astype(np.uint64)
    labels[3] = wrong
    with pytest.raises(ValueError, match=f"target must hold classes from 0 to 2, .*got {wrong}"):
        ops.sparse_categorical_crossentropy(labels, PROBABILITIES, from_logits)


def test_what_is_refused():
    sparse, full = ops.sparse_categorical_crossentropy, ops.categorical_crossentropy
    with pytest.raises(ValueError, match=r"target must have shape \(5,\), as output has \(5, 3\) .* got \(4,\)"):
        sparse(LABELS[:4], LOGITS)
    with pytest.raises(ValueError, match=r"categorical_crossentropy: target must have the shape of output, \(5, 3\)"):
        full(TARGETS[:, :2], LOGITS)
    for labels in (LABELS.astype(float), TARGETS.argmax(1).astype(np.float32)):
        with pytest.raises(TypeError, match="target must hold integers, the numbers of the classes, got float"):
            sparse(labels, LOGITS)
    for axis in (2, -3):
        with pytest.raises(ValueError, match=f"axis must be one of the 2 axes of output, got {axis}"):
            sparse(LABELS, LOGITS, axis=axis)
        with pytest.raises(ValueError, match=f"axis must be one of the 2 axes of output, got {axis}"):
            full(TARGETS, LOGITS, axis=axis)
