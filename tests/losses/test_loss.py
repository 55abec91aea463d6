"""Losses on arrays: values worked out by hand or by the oracle, names, weights, errors."""

import json

import numpy as np
import pytest

from convolith import losses
from convolith.losses.loss import LABELS as LABELS_OF
from tests.bounds import assert_within
from tests.losses import formulas
from tests.reference import cross_entropy as reference
from tests.running_error import Rounded

LOGITS = np.array([[1.0, 2.0, 0.5], [0.0, -1.0, 3.0]])
LABELS = np.array([1, 0])
ONE_HOT = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
EACH = reference.sparse_cross_entropy(LABELS, LOGITS)
SOFTMAX = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("loss", "y_true", "y_pred"),
    [
        (losses.SparseCategoricalCrossentropy(from_logits=True), LABELS, LOGITS),
        (losses.SparseCategoricalCrossentropy(from_logits=True), LABELS[:, None], LOGITS),
        (losses.SparseCategoricalCrossentropy(from_logits=True), LABELS.astype("float32"), LOGITS),
        (losses.SparseCategoricalCrossentropy(), LABELS, SOFTMAX),
        (losses.CategoricalCrossentropy(from_logits=True), ONE_HOT, LOGITS),
        (losses.CategoricalCrossentropy(), ONE_HOT, SOFTMAX),
        (losses.CategoricalCrossentropy(from_logits=True, axis=0), ONE_HOT.T, LOGITS.T),
        (losses.SparseCategoricalCrossentropy(from_logits=True, axis=1), LABELS, LOGITS),
    ],
)
def test_cross_entropies(loss, y_true, y_pred):
    logits = Rounded(LOGITS, dtype=np.float64)
    each = formulas.categorical_crossentropy(
        Rounded(ONE_HOT, dtype=np.float64),
        logits if loss.kwargs["from_logits"] else formulas.softmax(logits),
        loss.kwargs["from_logits"],
    )
    assert_within(loss(y_true, y_pred), EACH.mean(), 2 * each.mean((0, 1)).error.item())


def test_mean_squared_and_absolute_error():
    y_true, y_pred = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 4.0], [0.0, 4.0]])
    assert losses.mean_squared_error(y_true, y_pred).tolist() == [2, 4.5]
    assert losses.mean_absolute_error(y_true, y_pred).tolist() == [1, 1.5]
    assert losses.MeanSquaredError()(y_true, y_pred) == 3.25
    assert losses.MeanAbsoluteError()(y_true, y_pred) == 1.25


def test_labels_without_the_last_axis_of_one():
    assert losses.MeanSquaredError()([1.0, 2.0], [[1.0], [4.0]]) == 2
    assert losses.MeanSquaredError()([[1.0], [2.0]], [1.0, 4.0]) == 2
    assert losses.mean_squared_error([[1.0], [2.0]], [1.0, 4.0]).tolist() == [0, 4]
    assert losses.mean_squared_error([[[1.0], [2.0]]], [[1.0, 4.0]]).tolist() == [2]


@pytest.mark.parametrize(
    "name",
    [
        "mse",
        "mean_squared_error",
        "sparse_categorical_crossentropy",
        "bce",
        "kld",
        "mape",
        "msle",
        "MAE",
        "huber",
        "dice",
    ],
)
def test_get_by_name_gives_the_function(name):
    assert callable(losses.get(name))
    assert losses.resolve(name).name == name


def test_get_by_other_means():
    assert losses.get(None) is None
    assert losses.resolve(None) is None
    assert losses.get(losses.mean_squared_error) is losses.mean_squared_error
    assert isinstance(losses.get("MeanSquaredError"), losses.MeanSquaredError)
    assert isinstance(losses.get(losses.MeanSquaredError), losses.MeanSquaredError)
    assert losses.resolve(lambda y_true, y_pred: y_pred).name == "<lambda>"


@pytest.mark.parametrize(
    "loss",
    [
        losses.MeanSquaredError(reduction="sum", name="m"),
        losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2),
        losses.SparseCategoricalCrossentropy(from_logits=True),
        losses.LossFunctionWrapper(losses.mean_absolute_error, reduction="sum"),
        losses.BinaryFocalCrossentropy(True, 0.3, 1.5, True, 0.1, 0, "sum", "b"),
        losses.CategoricalFocalCrossentropy(0.3, 1.5, True, 0.1),
        losses.Huber(0.5),
        losses.CosineSimilarity(axis=1),
        losses.Dice(axis=(1, 2)),
        losses.Tversky(0.1, 0.2, axis=-1),
        losses.Circle(2.0, 0.25, False, "sum"),
        losses.CTC("sum"),
        losses.CategoricalGeneralizedCrossEntropy(0.3),
    ],
    ids=lambda loss: loss.name,
)
def test_the_configuration_makes_an_equal_loss(loss):
    again = losses.deserialize(losses.serialize(loss))
    assert type(again) is type(loss)
    assert again.get_config() == loss.get_config()


@pytest.mark.parametrize(
    ("kind", "argument"),
    [
        (losses.BinaryCrossentropy, "label_smoothing"),
        (losses.CategoricalFocalCrossentropy, "gamma"),
        (losses.BinaryFocalCrossentropy, "alpha"),
        (losses.Circle, "margin"),
    ],
)
def test_a_number_in_an_array_is_kept_as_a_number(kind, argument):
    number = np.array(0.125)
    loss = kind(**{argument: number})
    number[...] = 0.5
    assert json.loads(json.dumps(loss.get_config()))[argument] == 0.125


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: losses.MeanSquaredError(reduction="max"), "MeanSquaredError: reduction must be one of"),
        (lambda: losses.CategoricalCrossentropy(label_smoothing=2), r"label_smoothing must be in \[0, 1\], got 2"),
        (lambda: losses.categorical_crossentropy(ONE_HOT, LOGITS, label_smoothing=-1), "label_smoothing must be in"),
        (
            lambda: losses.BinaryCrossentropy(label_smoothing=2),
            r"BinaryCrossentropy: label_smoothing must be in \[0, 1\], got 2",
        ),
        (
            lambda: losses.BinaryFocalCrossentropy(label_smoothing=2),
            r"BinaryFocalCrossentropy: label_smoothing must be in \[0, 1\], got 2",
        ),
        (
            lambda: losses.CategoricalFocalCrossentropy(label_smoothing=2),
            r"CategoricalFocalCrossentropy: label_smoothing must be in \[0, 1\], got 2",
        ),
        (
            lambda: losses.binary_crossentropy([[1]], [[1]], label_smoothing=-1),
            "binary_crossentropy: label_smoothing must be in",
        ),
        (
            lambda: losses.binary_focal_crossentropy([[1]], [[1]], label_smoothing=-1),
            "binary_focal_crossentropy: label_smoothing must be in",
        ),
        (
            lambda: losses.categorical_focal_crossentropy([[1]], [[1]], label_smoothing=-1),
            "categorical_focal_crossentropy: label_smoothing must be in",
        ),
        *(
            (
                lambda function=function: function(np.ones((2, 3)), np.ones((2, 2))),
                rf"{function.__name__}: y_true and y_pred must have shapes that broadcast, got \(2, 3\) and \(2, 2\)",
            )
            for function, labels in LABELS_OF.items()
            if labels == "values" and not function.__name__.startswith("categorical")
        ),
        *((lambda delta=delta: losses.Huber(delta), "Huber: delta must be a number above 0") for delta in (0, -1, "x")),
        (lambda: losses.huber([[1]], [[1]], delta=0), "huber: delta must be a number above 0, got 0"),
        (
            lambda: losses.get({"class_name": "Huber", "config": {"size": 3}}),
            "loss: the config of Huber does not fit it: .* unexpected keyword argument 'size'",
        ),
        (lambda: losses.SparseCategoricalCrossentropy()(LABELS + 2, LOGITS), "classes from 0 to 2"),
        (lambda: losses.CategoricalCrossentropy()(ONE_HOT[:1], LOGITS), "target must have the shape of output"),
        (lambda: losses.get("magic"), "unknown loss 'magic'; convolith has: BinaryCrossentropy"),
        (lambda: losses.get(3), r"a loss must be a name, a Loss or a function \(y_true, y_pred\), got 3"),
        (lambda: losses.serialize(lambda y_true, y_pred: y_pred), "loss .* cannot be saved: give it a name"),
        (lambda: losses.Loss(name="l").call(LABELS, LOGITS), "loss Loss must define call"),
        (lambda: losses.Dice(name=0), "Dice: name must be a string without '/', got 0"),
        (lambda: losses.Dice(reduction=np.ones(2)), r"Dice: reduction must be one of .* got array\("),
        (lambda: losses.Tversky(np.inf), "Tversky: alpha must be finite, got inf"),
        (lambda: losses.dice(ONE_HOT, LOGITS, axis=2), "dice: axis must name different axes of the 2 that y_pred has"),
        (lambda: losses.tversky(ONE_HOT, LOGITS, axis=(0, 0)), "tversky: axis must name different axes of the 2"),
        (
            lambda: losses.categorical_focal_crossentropy(ONE_HOT[:, :1], LOGITS),
            r"categorical_focal_crossentropy: y_true must have the classes of y_pred on axis -1, got",
        ),
        (
            lambda: losses.categorical_focal_crossentropy(ONE_HOT, LOGITS, axis=2),
            "categorical_focal_crossentropy: axis must be one of the 2 axes of y_pred, got 2",
        ),
        (
            lambda: losses.categorical_crossentropy(ONE_HOT, LOGITS, label_smoothing=0.5, axis=2),
            "categorical_crossentropy: axis must be one of the 2 axes of y_pred, got 2",
        ),
    ],
)
def test_a_wrong_argument_is_named(act, message):
    with pytest.raises((ValueError, NotImplementedError), match=message):
        act()


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: losses.Tversky((1, 2)), r"Tversky: alpha must be a number, got \(1, 2\)"),
        (lambda: losses.Tversky(beta=None), "Tversky: beta must be a number, got None"),
        (lambda: losses.tversky(ONE_HOT, LOGITS, beta=(1,)), r"tversky: beta must be a number, got \(1,\)"),
        (lambda: losses.dice(ONE_HOT, LOGITS, axis=0.5), "dice: axis must be an integer or a sequence of them, got"),
        (lambda: losses.Dice(dtype="x"), "Dice: dtype must be one of real numbers of at most 64 bits, got 'x'"),
        (
            lambda: losses.CategoricalCrossentropy(label_smoothing=None),
            "CategoricalCrossentropy: label_smoothing must be a number, got None",
        ),
        (
            lambda: losses.SparseCategoricalCrossentropy(ignore_class=np.inf),
            "SparseCategoricalCrossentropy: ignore_class must be an integer, got inf",
        ),
        (
            lambda: losses.sparse_categorical_crossentropy(LABELS, LOGITS, ignore_class="x"),
            "sparse_categorical_crossentropy: ignore_class must be an integer, got 'x'",
        ),
    ],
)
def test_another_kind_of_argument_is_named(act, message):
    with pytest.raises(TypeError, match=f"^{message}"):
        act()


@pytest.mark.parametrize("loss", [losses.categorical_crossentropy, losses.categorical_focal_crossentropy])
def test_labels_are_smoothed_over_the_classes_on_whichever_axis(loss):
    probabilities = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=-1, keepdims=True)
    along_last = loss(ONE_HOT, probabilities, label_smoothing=0.25)
    along_first = loss(ONE_HOT.T, probabilities.T, label_smoothing=0.25, axis=0)
    np.testing.assert_allclose(along_first, along_last, rtol=1e-6)
    smoothed = ONE_HOT * 0.75 + 0.25 / ONE_HOT.shape[1]
    np.testing.assert_allclose(along_last, loss(smoothed, probabilities), rtol=1e-6)


@pytest.mark.parametrize(
    ("shape", "weights"),
    [
        ((2,), (2,)),
        ((2,), (2, 1)),
        ((2,), ()),
        ((2, 3), (2,)),
        ((2, 2), (2,)),
        ((2, 3), (2, 1)),
        ((2, 3), (2, 3)),
        ((2, 3), (2, 3, 1)),
        ((2, 3, 2), (2, 3)),
        ((2, 0), (2,)),
    ],
)
def test_weights_go_with_the_samples_whatever_the_values_rank(generator, shape, weights):
    y_true, y_pred = generator.integers(-9, 10, (2, *shape, 4)).astype("float32")
    factors = generator.integers(0, 5, weights)
    got = losses.MeanSquaredError(reduction="none")(y_true, y_pred, sample_weight=factors)
    aligned = factors.reshape(*weights[: len(shape)], *(1,) * (len(shape) - len(weights)))
    np.testing.assert_array_equal(got, np.square(y_true - y_pred).mean(-1) * aligned)
    assert got.dtype == np.float32


def test_smoothing_that_is_false_is_none_at_all():
    """Keras's older examples write it so."""
    plain = losses.CategoricalCrossentropy(from_logits=True)(ONE_HOT, LOGITS)
    assert losses.CategoricalCrossentropy(from_logits=True, label_smoothing=False)(ONE_HOT, LOGITS) == plain
    with pytest.raises(TypeError, match="CategoricalCrossentropy: label_smoothing must be a number, got True"):
        losses.CategoricalCrossentropy(label_smoothing=True)


@pytest.mark.parametrize("weights", [(3,), (1,), (1, 3), (2, 2), (2, 3, 2), (2, 3, 1, 1)])
def test_weights_that_do_not_fit_are_refused(weights):
    with pytest.raises(ValueError, match=r"MeanSquaredError: sample_weight must have one factor a sample, .*\(2, 3\)"):
        losses.MeanSquaredError()(np.zeros((2, 3, 4)), np.zeros((2, 3, 4)), sample_weight=np.ones(weights))


def test_lists_are_arrays():
    assert losses.mean_squared_error([[0.0, 1.0]], [[2.0, 1.0]]).tolist() == [2.0]
    assert losses.mean_absolute_error([[0.0, 1.0]], [[2.0, 1.0]]).tolist() == [1.0]
    sparse = losses.sparse_categorical_crossentropy([1, 0], LOGITS.tolist(), from_logits=True)
    single = LOGITS.astype("float32")
    expected = losses.sparse_categorical_crossentropy(LABELS, single, from_logits=True)
    np.testing.assert_array_equal(sparse, expected, strict=True)
    dense = losses.categorical_crossentropy(ONE_HOT.tolist(), LOGITS.tolist(), from_logits=True, label_smoothing=0.0)
    expected = losses.categorical_crossentropy(ONE_HOT, single, from_logits=True)
    np.testing.assert_array_equal(dense, expected, strict=True)
