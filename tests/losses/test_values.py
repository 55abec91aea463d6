"""Every loss by its formula, with gradients, and Keras's values and gradients; reductions and weights of samples."""

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

import convolith
from convolith import losses
from tests.bounds import assert_within, gamma, sides
from tests.geometries import dtypes, seeds
from tests.losses.cases import CASES
from tests.losses.formulas import reduced
from tests.running_error import Rounded, Uncertain, gradients

EACH = pytest.mark.parametrize("name", CASES)
REDUCTIONS = st.sampled_from(["sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None])


class Drawn:
    """A loss with drawn arguments; labels and predictions (n, ..., d), and what may be wrong with the values.

    The loss gets its labels in float64, and computes in the dtype of the predictions.
    """

    def __init__(self, case, data, seed, dtype, most=2):
        generator = np.random.default_rng(seed)
        rows = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=most), "rows")
        shape = (*rows, data.draw(st.integers(2, 6), "elements"))
        wide, y_pred = case.make(generator, shape)
        self.labels, self.y_true, self.y_pred = case.labels(wide), wide.astype(dtype), y_pred.astype(dtype)
        self.arguments = data.draw(st.fixed_dictionaries(case.arguments), "arguments")
        self.leaf = Rounded(self.y_pred, dtype=dtype)
        try:
            self.values = case.formula(Rounded(self.y_true, dtype=dtype), self.leaf, self.arguments)
        except Uncertain:
            reject()
        self.generator, self.rows = generator, tuple(rows)

    def weights(self):
        """Of the samples, of which the second has none."""
        samples = self.rows[0]
        return (self.generator.uniform(0.1, 2, samples) * (np.arange(samples) != 1)).astype(self.y_pred.dtype)


@EACH
@settings(max_examples=30)
@given(st.data(), seeds, dtypes)
def test_values_and_gradients(name, data, seed, dtype):
    case = CASES[name]
    drawn = Drawn(case, data, seed, dtype)
    axis = data.draw(st.integers(-len(drawn.rows) - 1, len(drawn.rows)), "axis") if case.axis else -1
    labels = drawn.labels if case.classes else np.moveaxis(drawn.labels, -1, axis)
    more = {**drawn.arguments, "axis": axis} if case.axis else drawn.arguments
    found, pullback = convolith.vjp(
        lambda x: getattr(losses, case.function)(labels, x, **more), np.moveaxis(drawn.y_pred, -1, axis)
    )
    assert found.dtype == dtype and found.shape == drawn.rows
    exact = case.exactly(drawn.y_true, drawn.y_pred, drawn.arguments)
    assert_within(found[..., None], exact, sides(dtype) * drawn.values.error)
    upstream = drawn.generator.normal(size=drawn.rows).astype(dtype)
    (slope,) = gradients(drawn.values, upstream[..., None], [drawn.leaf])
    gradient = np.moveaxis(pullback(upstream)[0], axis, -1)
    assert_within(gradient, slope.value, sides(dtype) * slope.error, "gradient")


@EACH
@settings(max_examples=15)
@given(st.data(), seeds, dtypes, REDUCTIONS, st.booleans())
def test_reductions_and_weights(name, data, seed, dtype, reduction, weighted):
    case = CASES[name]
    drawn = Drawn(case, data, seed, dtype)
    weights = drawn.weights() if weighted else None
    more = {**drawn.arguments, "axis": -1} if case.axis else drawn.arguments
    loss = getattr(losses, case.family)(**more, reduction=reduction)
    found, pullback = convolith.vjp(lambda x: loss(drawn.labels, x, weights), drawn.y_pred)
    expected = reduced(drawn.values, reduction, weights)
    assert found.dtype == dtype and found.shape == (drawn.rows if reduction in ("none", None) else ())
    assert_within(found.reshape(expected.value.shape), expected.value, sides(dtype) * expected.error)
    (slope,) = gradients(expected, np.ones(expected.value.shape), [drawn.leaf])
    assert_within(pullback(np.ones_like(found))[0], slope.value, sides(dtype) * slope.error, "gradient")


@pytest.mark.torch
@EACH
@settings(max_examples=10)
@given(st.data(), seeds, REDUCTIONS, st.booleans())
def test_keras(keras, name, data, seed, reduction, weighted):
    """Whose values and gradients are computed in float64."""
    if keras.backend.backend() != "torch":
        pytest.skip("needs KERAS_BACKEND=torch, for its automatic gradients")
    import torch

    case = CASES[name]
    drawn = Drawn(case, data, seed, np.float32, most=1)
    weights = drawn.weights() if weighted else None
    more = {**drawn.arguments, "axis": -1} if case.axis else drawn.arguments
    own = getattr(losses, case.family)(**more, reduction=reduction)
    theirs = getattr(keras.losses, case.family)(**more, reduction=reduction, dtype="float64")
    assert own.name == theirs.name
    leaf = torch.tensor(drawn.y_pred.astype(np.float64), requires_grad=True)
    value = theirs(torch.tensor(case.labels(drawn.y_true)), leaf, None if weights is None else torch.tensor(weights))
    value.sum().backward()
    found, pullback = convolith.vjp(lambda x: own(drawn.labels, x, weights), drawn.y_pred)
    expected = reduced(drawn.values, reduction, weights)
    assert_within(found, value.detach().numpy(), expected.error.reshape(found.shape))
    (slope,) = gradients(expected, np.ones(expected.value.shape), [drawn.leaf])
    assert_within(pullback(np.ones_like(found))[0], leaf.grad.numpy(), slope.error, "gradient")


def test_masks_over_all(generator):
    y_true, y_pred = CASES["dice"].make(generator, (3, 4, 5))
    flat = y_true.reshape(1, -1), y_pred.reshape(1, -1)
    for name, arguments in (("dice", {}), ("tversky", {"alpha": 0.3})):
        loss = getattr(losses, CASES[name].family)(**arguments)
        value = loss(y_true, y_pred)
        assert value.shape == ()
        allowed = 2 * CASES[name].formula(*(Rounded(array, dtype=np.float64) for array in flat), arguments).error
        assert_within(value.reshape(1, 1), CASES[name].exactly(*flat, arguments), allowed)
        # Three products with the weights are added up and divided by three.
        tripled = loss(y_true, y_pred, sample_weight=np.array([1.0, 2.0, 6.0]))
        assert_within(tripled, 3 * value, gamma(5, np.float64) * 3 * value)


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


def ignoring(y_true, y_pred, dtype, from_logits=False):
    """Values (..., 1) with their errors, 0 where labels are no classes."""
    one_hot = (y_true[..., None] == np.arange(y_pred.shape[-1])).astype(float)
    arguments = {"from_logits": from_logits}
    return CASES["sparse"].formula(Rounded(one_hot, dtype=dtype), Rounded(y_pred, dtype=dtype), arguments)


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
    values = ignoring(np.where(y_true == ignored, -1, y_true), y_pred, np.float64, from_logits)
    found = losses.sparse_categorical_crossentropy(y_true, y_pred, **arguments)
    assert_within(found, expected, 2 * values.error[..., 0])
    weighted = expected * (1 if weights is None else np.array(weights)[:, None])
    for labels in (y_true, y_true[..., None], y_true.astype("float32")):
        for reduction, value in (("sum_over_batch_size", weighted.sum() / 3), ("sum", weighted.sum())):
            loss = losses.SparseCategoricalCrossentropy(**arguments, reduction=reduction)
            allowed = 2 * reduced(values, "sum", None if weights is None else np.array(weights)).error.item()
            assert_within(loss(labels, y_pred, weights), value, allowed)
    nothing = losses.SparseCategoricalCrossentropy(**arguments)
    assert nothing(np.full((3, 2), ignored), y_pred) == 0
    again = losses.deserialize(losses.serialize(nothing))
    assert again.get_config() == nothing.get_config() and again.labels == nothing.labels == "any"


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight", None])
@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 4.0]])
def test_ignored_class_of_keras(keras, generator, weights, reduction):
    y_true, y_pred = np.array([-1, 2, 0]), generator.dirichlet(np.ones(3), size=3).astype("float32")
    own = losses.SparseCategoricalCrossentropy(ignore_class=-1, reduction=reduction)
    theirs = keras.losses.SparseCategoricalCrossentropy(ignore_class=-1, reduction=reduction, dtype="float64")
    expected = keras.ops.convert_to_numpy(theirs(y_true, y_pred.astype(np.float64), weights))
    values = ignoring(y_true, y_pred, np.float32)
    bound = reduced(values, reduction, None if weights is None else np.array(weights, np.float32)).error
    assert_within(own(y_true, y_pred, weights), expected, bound.reshape(expected.shape))


@pytest.mark.parametrize("label", [0.7, -0.5, np.nan, np.inf, 1e30])
@pytest.mark.parametrize("ignored", [None, 0])
def test_classes_with_a_fraction_are_refused(label, ignored):
    with pytest.raises(ValueError, match="sparse_categorical_crossentropy: y_true must hold whole numbers, got"):
        losses.sparse_categorical_crossentropy([1.0, label], np.full((2, 2), 0.5), ignore_class=ignored)
