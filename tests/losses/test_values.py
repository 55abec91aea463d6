"""Every loss by its formula, in float64 and float32; its slopes; and Keras's values and gradients."""

import numpy as np
import pytest

import convolith
from convolith import losses
from tests.bounds import gamma
from tests.losses.cases import CASES, by_formula
from tests.ops.slopes import check_slopes

EACH = pytest.mark.parametrize("case", CASES)


@EACH
def test_values_by_formula(generator, case):
    family, function, arguments, make = CASES[case]
    y_true, y_pred = make(generator)
    expected = by_formula(function, arguments, y_true, y_pred)
    np.testing.assert_allclose(getattr(losses, function)(y_true, y_pred, **arguments), expected, rtol=1e-12, atol=1e-14)
    none = getattr(losses, family)(**arguments, reduction=None)
    np.testing.assert_allclose(none(y_true, y_pred), expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(getattr(losses, family)(**arguments)(y_true, y_pred), expected.mean(), rtol=1e-12)


@EACH
def test_float32_stays_float32(generator, case):
    _, function, arguments, make = CASES[case]
    y_true, y_pred = make(generator)
    found = getattr(losses, function)(y_true.astype(np.int64) if "hinge" in case else y_true, y_pred.astype("float32"),
                                      **arguments)  # fmt: skip
    assert found.dtype == np.float32
    expected = by_formula(function, arguments, y_true, y_pred.astype("float32").astype(float))
    # Five elements, fewer than twenty roundings each, of terms up to about the largest logarithm, log(1e-7).
    np.testing.assert_allclose(found, expected, rtol=gamma(100), atol=gamma(100) * 17)


@EACH
def test_slopes(generator, case):
    _, function, arguments, make = CASES[case]
    y_true, y_pred = (array[:2, :2] for array in make(generator))
    check_slopes(lambda predictions: getattr(losses, function)(y_true, predictions, **arguments), y_pred)


@EACH
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", None])
@pytest.mark.parametrize("weighted", [False, True])
def test_values_of_keras(keras, generator, case, reduction, weighted):
    family, _, arguments, make = CASES[case]
    y_true, y_pred = (array.astype("float32") for array in make(generator))
    weights = generator.uniform(size=3).astype("float32") if weighted else None
    if case.split()[-1] == "row" or y_true.ndim == 3:
        y_true, y_pred = y_true[:, 0], y_pred[:, 0]
    own = getattr(losses, family)(**arguments, reduction=reduction)
    theirs = getattr(keras.losses, family)(**arguments, reduction=reduction)
    expected = keras.ops.convert_to_numpy(theirs(y_true, y_pred, sample_weight=weights))
    assert own.name == theirs.name
    bound = gamma(150) * max(17.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(own(y_true, y_pred, sample_weight=weights), expected, rtol=0, atol=bound)


@pytest.mark.torch
@EACH
def test_gradients_of_keras_on_torch(keras, generator, case):
    if keras.backend.backend() != "torch":
        pytest.skip("needs KERAS_BACKEND=torch, for its automatic gradients")
    import torch

    family, _, arguments, make = CASES[case]
    y_true, y_pred = (array.astype("float32") for array in make(generator))
    theirs = torch.tensor(y_pred, requires_grad=True)
    getattr(keras.losses, family)(**arguments)(torch.tensor(y_true), theirs).backward()
    loss = getattr(losses, family)(**arguments)
    _, pullback = convolith.vjp(lambda predictions: loss(y_true, predictions), y_pred)
    (own,) = pullback(np.ones((), "float32"))
    # A gradient divides by what may be as small as 0.01 twice, and is a mean over twelve rows.
    bound = gamma(300) * max(1.0, float(theirs.grad.abs().max()))
    np.testing.assert_allclose(own, theirs.grad.numpy(), rtol=0, atol=bound)


def test_masks_over_all(generator):
    y_true, y_pred = CASES["dice by row"][3](generator)
    flat = y_true.reshape(1, -1), y_pred.reshape(1, -1)
    for family, function, arguments in (("Dice", "dice", {}), ("Tversky", "tversky", {"alpha": 0.3})):
        loss = getattr(losses, family)(**arguments)
        value = loss(y_true, y_pred)
        assert value.shape == ()
        (expected,) = [row for row in [getattr(losses, function)(*flat, axis=-1, **arguments)]]
        np.testing.assert_allclose(value, expected[0], rtol=1e-12)
        np.testing.assert_allclose(loss(y_true, y_pred, sample_weight=np.array([1.0, 2.0, 6.0])), 3 * value)


def test_labels_of_0_and_1_are_signs():
    y_pred = np.array([[0.3, -0.2, 2.0]])
    for name in ("hinge", "squared_hinge"):
        function = getattr(losses, name)
        np.testing.assert_array_equal(function([[0, 1, 1]], y_pred), function([[-1, 1, 1]], y_pred))
        assert function([[0, 1, 0.5]], y_pred) != function([[-1, 1, 0]], y_pred)


def test_extremes_stay_finite():
    big = np.array([[1000.0, -1000.0]], "float32")
    for function, arguments in (
        (losses.log_cosh, {}),
        (losses.huber, {}),
        (losses.binary_crossentropy, {"from_logits": True}),
        (losses.binary_focal_crossentropy, {"from_logits": True}),
        (losses.categorical_focal_crossentropy, {"from_logits": True}),
        (losses.cosine_similarity, {}),
        (losses.cosine_similarity, {"axis": 0}),
    ):
        for labels in (np.array([[0.0, 1.0]]), np.zeros((1, 2))):
            value, pullback = convolith.vjp(lambda x, f=function, y=labels, a=arguments: f(y, x, **a), big)
            assert np.isfinite(value).all()
            assert np.isfinite(pullback(np.ones_like(value))[0]).all()
    assert losses.binary_crossentropy([[0.0, 1.0]], big, from_logits=True) == 1000
    assert losses.cosine_similarity([[0.0, 0.0]], [[1.0, 2.0]]) == 0


@pytest.mark.parametrize("ignored", [-1, 1, 255])
@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 4.0]])
def test_ignored_class(generator, ignored, from_logits, weights):
    y_true = np.array([[0, ignored], [2, 3], [ignored, ignored]])
    y_pred = generator.dirichlet(np.ones(4), size=(3, 2))
    picked = {(0, 0): 0, (1, 0): 2, (1, 1): 3}
    expected = np.zeros((3, 2))
    for place, label in picked.items():
        share = np.exp(y_pred[place]) / np.exp(y_pred[place]).sum() if from_logits else y_pred[place]
        expected[place] = -np.log(share[label])
    arguments = {"from_logits": from_logits, "ignore_class": ignored}
    np.testing.assert_allclose(losses.sparse_categorical_crossentropy(y_true, y_pred, **arguments), expected)
    weighted = expected * (1 if weights is None else np.array(weights)[:, None])
    for labels in (y_true, y_true[..., None], y_true.astype("float32")):
        for reduction, value in (("sum_over_batch_size", weighted.sum() / 3), ("sum", weighted.sum())):
            loss = losses.SparseCategoricalCrossentropy(**arguments, reduction=reduction)
            np.testing.assert_allclose(loss(labels, y_pred, weights), value)
    nothing = losses.SparseCategoricalCrossentropy(**arguments)
    assert nothing(np.full((3, 2), ignored), y_pred) == 0
    again = losses.deserialize(losses.serialize(nothing))
    assert again.get_config() == nothing.get_config() and again.labels == nothing.labels == "any"


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight", None])
@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 4.0]])
def test_ignored_class_of_keras(keras, generator, weights, reduction):
    y_true, y_pred = np.array([-1, 2, 0]), generator.dirichlet(np.ones(3), size=3).astype("float32")
    own = losses.SparseCategoricalCrossentropy(ignore_class=-1, reduction=reduction)
    theirs = keras.losses.SparseCategoricalCrossentropy(ignore_class=-1, reduction=reduction)
    expected = keras.ops.convert_to_numpy(theirs(y_true, y_pred, weights))
    np.testing.assert_allclose(own(y_true, y_pred, weights), expected, rtol=gamma(20))


@pytest.mark.parametrize("label", [0.7, -0.5, np.nan, np.inf, 1e30])
@pytest.mark.parametrize("ignored", [None, 0])
def test_classes_with_a_fraction_are_refused(label, ignored):
    with pytest.raises(ValueError, match="sparse_categorical_crossentropy: y_true must hold whole numbers, came"):
        losses.sparse_categorical_crossentropy([1.0, label], np.full((2, 2), 0.5), ignore_class=ignored)
