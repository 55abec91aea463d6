"""Generalised cross-entropy by its formula, its limits, and Keras's values and gradients."""

import numpy as np
import pytest

import convolith
from convolith import losses, ops
from tests.bounds import gamma
from tests.ops.slopes import check_slopes

LABELS = np.array([3, 0, 2, 2])
QUOTIENTS = pytest.mark.parametrize("q", [0.1, 0.5, 0.9])


def probabilities(generator):
    return generator.dirichlet(np.ones(4), size=4)


@QUOTIENTS
def test_formula(generator, q):
    y_pred = probabilities(generator)
    expected = [(1 - row[label] ** q) / q for row, label in zip(y_pred, LABELS, strict=True)]
    for labels in (LABELS, LABELS[:, None], LABELS.astype("float32")):
        found = losses.categorical_generalized_cross_entropy(labels, y_pred, q)
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    pictures = losses.categorical_generalized_cross_entropy(LABELS.reshape(2, 2), y_pred.reshape(2, 2, 4), q)
    np.testing.assert_allclose(pictures, np.reshape(expected, (2, 2)), rtol=1e-12)
    check_slopes(lambda x: losses.categorical_generalized_cross_entropy(LABELS, x, q), y_pred)


def test_limits(generator):
    y_pred = probabilities(generator)
    picked = y_pred[np.arange(4), LABELS]
    near_zero = losses.categorical_generalized_cross_entropy(LABELS, y_pred, 1e-7)
    np.testing.assert_allclose(near_zero, -np.log(picked), rtol=1e-5)
    near_one = losses.categorical_generalized_cross_entropy(LABELS, y_pred, 1 - 1e-9)
    np.testing.assert_allclose(near_one, 1 - picked, rtol=1e-6)


@QUOTIENTS
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight", None])
def test_keras(keras, generator, q, reduction):
    if keras.backend.backend() != "torch":
        pytest.skip("needs KERAS_BACKEND=torch, for its automatic gradients")
    import torch

    y_pred = probabilities(generator).astype("float32")
    weights = generator.uniform(size=4).astype("float32")
    theirs = torch.tensor(y_pred, requires_grad=True)
    loss, other = (
        library.losses.CategoricalGeneralizedCrossEntropy(q, reduction=reduction) for library in (convolith, keras)
    )
    assert loss.name == other.name
    expected = other(torch.tensor(LABELS), theirs, torch.tensor(weights))
    expected.sum().backward()
    found, pullback = convolith.vjp(lambda predictions: loss(LABELS, predictions, weights), y_pred)
    np.testing.assert_allclose(found, expected.detach().numpy(), rtol=gamma(20), atol=10 * gamma(20))
    by_theirs = theirs.grad.numpy()
    np.testing.assert_allclose(pullback(np.ones_like(found))[0], by_theirs, rtol=gamma(40))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("q", [1e-3, 0.1, 0.5, 0.9])
def test_a_class_that_softmax_rules_out_has_a_finite_slope(q, dtype):
    logits = np.array([[200, 0], [0, 2000], [0, 90]], dtype)

    def loss(x):
        return losses.categorical_generalized_cross_entropy([1, 0, 0], ops.softmax(x), q)

    found, pullback = convolith.vjp(loss, logits)
    assert np.isfinite(found).all() and np.isfinite(pullback(np.ones_like(found))[0]).all()
    if q >= 0.5:
        np.testing.assert_allclose(found, 1 / q, rtol=1e-6)


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
            "^categorical_generalized_cross_entropy: y_true must hold classes from 0 to 1.*came 2",
        ),
        (
            lambda: losses.categorical_generalized_cross_entropy([0.75], [[0.5, 0.5]], 0.5),
            "^categorical_generalized_cross_entropy: y_true must hold whole numbers, came 0.75",
        ),
        (lambda: losses.CategoricalGeneralizedCrossEntropy(q="a"), r"q must be a number in \(0, 1\), got 'a'"),
    ],
)
def test_errors(act, message):
    with pytest.raises(ValueError, match=message):
        act()
