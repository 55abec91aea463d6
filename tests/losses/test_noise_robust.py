"""Generalised cross-entropy: forms of its labels, limits, slopes where softmax has none, errors."""

import numpy as np
import pytest

import convolith
from convolith import losses, ops
from tests.bounds import assert_within
from tests.losses.formulas import categorical_generalized_cross_entropy
from tests.running_error import Rounded

LABELS = np.array([3, 0, 2, 2])


def probabilities(generator):
    return generator.dirichlet(np.ones(4), size=4)


def test_forms_of_labels(generator):
    y_pred = probabilities(generator)
    expected = losses.categorical_generalized_cross_entropy(LABELS, y_pred, 0.5)
    for labels in (LABELS[:, None], LABELS.astype("float32")):
        found = losses.categorical_generalized_cross_entropy(labels, y_pred, 0.5)
        np.testing.assert_array_equal(found, expected)
    pictures = losses.categorical_generalized_cross_entropy(LABELS.reshape(2, 2), y_pred.reshape(2, 2, 4), 0.5)
    np.testing.assert_array_equal(pictures, expected.reshape(2, 2))


def test_limits(generator):
    """The next terms are q log(p)^2 / 2 near 0, and below 1 - q near 1."""
    y_pred = probabilities(generator)
    picked = y_pred[np.arange(4), LABELS]
    one_hot = Rounded(np.eye(4)[LABELS], dtype=np.float64)
    for q, limit, rest in ((1e-7, -np.log(picked), 1e-7 * np.log(picked) ** 2 / 2), (1 - 1e-9, 1 - picked, 1e-9)):
        found = losses.categorical_generalized_cross_entropy(LABELS, y_pred, q)
        values = categorical_generalized_cross_entropy(one_hot, Rounded(y_pred, dtype=np.float64), q)
        assert_within(found, limit, 1.01 * rest + values.error[:, 0])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("q", [1e-3, 0.1, 0.5, 0.9])
def test_a_class_that_softmax_rules_out_has_a_finite_slope(q, dtype):
    logits = np.array([[200, 0], [0, 2000], [0, 90]], dtype)

    def loss(x):
        return losses.categorical_generalized_cross_entropy([1, 0, 0], ops.softmax(x), q)

    found, pullback = convolith.vjp(loss, logits)
    assert np.isfinite(found).all() and np.isfinite(pullback(np.ones_like(found))[0]).all()
    if q >= 0.5:
        np.testing.assert_array_equal(found, np.full(3, 1, dtype) / np.array(q, dtype))  # 1 less next to nothing is 1


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (
            lambda: losses.CategoricalGeneralizedCrossEntropy(1.0),
            r"CategoricalGen.*: q must be .* in \(0, 1\), got 1.0",
        ),
        (lambda: losses.categorical_generalized_cross_entropy([0], [[1.0]], 0), r"categorical_gen.*: q must .* got 0"),
        (
            lambda: losses.categorical_generalized_cross_entropy([[0, 1]], [[0.5, 0.5]], 0.5),
            r"y_true must have shape \(1,\), as y_pred has \(1, 2\), got \(1, 2\)",
        ),
        (
            lambda: losses.categorical_generalized_cross_entropy([2], [[0.5, 0.5]], 0.5),
            "^categorical_generalized_cross_entropy: y_true must hold classes from 0 to 1.*got 2",
        ),
        (
            lambda: losses.categorical_generalized_cross_entropy([0.75], [[0.5, 0.5]], 0.5),
            "^categorical_generalized_cross_entropy: y_true must hold whole numbers, got 0.75",
        ),
        (lambda: losses.CategoricalGeneralizedCrossEntropy(q="a"), r"q must be a number in \(0, 1\), got 'a'"),
    ],
)
def test_errors(act, message):
    with pytest.raises(ValueError, match=message):
        act()
