"""What fit, evaluate, predict and compile refuse: before any work, with the argument, what was expected, what came."""

import re

import numpy as np
import pytest

from convolith import callbacks, layers, losses
from convolith.models import Model, Sequential

X, Y = np.zeros((10, 4), "float32"), np.arange(10) % 3


def classifier(**arguments):
    model = Sequential([layers.Input((4,), name="x"), layers.Dense(3, "softmax", name="out")], name="m")
    model.compile(**{"optimizer": "sgd", "loss": "sparse_categorical_crossentropy", **arguments})
    return model


def refused(act, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        act()


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (None, Y, "m: fit: x is missing"),
        (X, None, "m: fit: y (the labels) is missing"),
        (X[:9], Y, "m: fit: x and y must have the same number of samples, got 9 and 10"),
        (X[:0], Y[:0], "m: fit: x has no samples, its shape is (0, 4)"),
        (X[0, 0], Y, "m: fit: x must have an axis of samples, got a single number"),
        (X[:, :3], Y, "m: fit: input 'x' must have shape (None, 4), got (10, 3)"),
        (
            X[0],
            Y,
            "m: fit: input 'x' must have shape (None, 4), got (4,); one sample needs the axis of a batch, too: x[None]",
        ),
        (X.astype(complex), Y, "m: fit: x must hold real numbers, got dtype complex128"),
        (X.astype(str), Y, "m: fit: x must hold real numbers, got dtype <U"),
        (iter([X]), None, "m: fit: y (the labels) is missing"),
        ((row for row in X), Y, "m: fit: y must come with the batches that generator gives"),
        (iter([]), None, "m: fit: list_iterator gives no batches"),
        (iter([(X, Y, None, 3)]), None, "m: fit: a batch must be x, (x, y) or (x, y, sample_weight), got 4 things"),
        (iter([(X[:, :2], Y)]), None, "m: fit: input 'x' must have shape (None, 4), got (10, 2)"),
        ({"z": X}, Y, "m: fit: expected inputs named ['x'], got ['z']"),
        ("images", Y, "m: fit: x must be an array, got str"),
    ],
)
def test_inputs(x, y, message):
    refused(lambda: classifier().fit(x, y, verbose=0), message)


def changed(index, value, dtype="float64"):
    labels = Y.astype(dtype)
    labels[index] = value
    return labels


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (changed(3, 3), "m: fit: y must be in [0, 3), for 3 classes, got 3"),
        (changed(3, -1, int), "m: fit: y must be in [0, 3), for 3 classes, got -1"),
        (changed(3, 0.5), "m: fit: y must hold class numbers, got fractions such as 0.5"),
        (changed(3, np.nan), "m: fit: y must hold finite numbers, got NaN or infinity"),
        (
            np.eye(3)[Y],
            "m: fit: y must hold class numbers of shape (None,), got (10, 3); for one-hot labels use categorical",
        ),
        (np.zeros((10, 2), int), "m: fit: y must hold class numbers of shape (None,), got (10, 2)"),
        (Y.astype(object), "m: fit: y must hold real numbers, got dtype object"),
        ({"other": Y}, "m: fit: y names ['other']; the outputs are ['out']"),
        (iter(Y), "m: fit: y must be an array, got ndarray_iterator"),
    ],
)
def test_class_numbers(y, message):
    refused(lambda: classifier().fit(X, y, verbose=0), message.replace("ndarray_iterator", type(y).__name__))


@pytest.mark.parametrize(
    ("loss", "y", "message"),
    [
        (
            "categorical_crossentropy",
            Y,
            "y must have shape (None, 3), as the output has, got (10,); for class numbers use sparse",
        ),
        (
            "categorical_crossentropy",
            np.zeros((10, 4)),
            "m: fit: y must have shape (None, 3), as the output has, got (10, 4)",
        ),
        ("mse", np.zeros((10, 1)), "m: fit: y must have shape (None, 3), as the output has, got (10, 1)"),
        ("mse", np.full((10, 3), np.nan), "m: fit: y must hold finite numbers"),
    ],
)
def test_values(loss, y, message):
    refused(lambda: classifier(loss=loss).fit(X, y, verbose=0), message)


def test_nothing_has_changed_after_a_refusal():
    model = classifier(optimizer="adam")
    before = model.get_weights()
    refused(lambda: model.fit(X, changed(9, 7, int), batch_size=2, verbose=0), "must be in [0, 3)")
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert int(model.optimizer.iterations) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 0}, "fit: batch_size must be an integer >= 1, got 0"),
        ({"batch_size": 2.5}, "fit: batch_size must be an integer >= 1, got 2.5"),
        ({"batch_size": True}, "fit: batch_size must be an integer >= 1, got True"),
        ({"epochs": -1}, "fit: epochs must be an integer >= 0, got -1"),
        ({"epochs": 1.5}, "fit: epochs must be an integer >= 0, got 1.5"),
        ({"initial_epoch": -1}, "fit: initial_epoch must be an integer >= 0"),
        ({"validation_freq": 0}, "fit: validation_freq must be an integer >= 1"),
        ({"verbose": 3}, "fit: verbose must be 'auto', 0, 1 or 2, got 3"),
        ({"validation_split": 1.0}, "fit: validation_split must be a number in (0, 1), got 1.0"),
        ({"validation_split": 0.95}, "validation_split=0.95 of 10 samples leaves none"),
        ({"validation_data": X}, "m: fit: validation_data must be (x, y), (x, y, sample_weight) or what gives batches"),
        (
            {"validation_data": (X, Y, Y[:3])},
            "validation_data: x and validation_data: sample_weight must have the same number of samples, got 10 and 3",
        ),
        ({"validation_data": iter([])}, "m: fit: list_iterator gives no batches"),
        (
            {"validation_data": (X, Y[:9])},
            "validation_data: x and validation_data: y must have the same number of samples",
        ),
        ({"validation_data": (X, Y + 1)}, "m: fit: validation_data: y must be in [0, 3), for 3 classes, got 3"),
        ({"validation_batch_size": 0}, "fit: validation_batch_size must be an integer >= 1, got 0"),
        ({"class_weight": [1.0]}, "m: fit: class_weight must be a dict from class numbers to factors, got [1.0]"),
        ({"class_weight": {"a": 1.0}}, "m: fit: class_weight must be a dict from class numbers to factors"),
        ({"class_weight": {0: np.nan}}, "m: fit: class_weight must be a dict from class numbers to factors"),
        ({"class_weight": {0: 1.0}, "sample_weight": Y}, "m: fit: give either class_weight or sample_weight, not both"),
        ({"sample_weight": Y[:3]}, "m: fit: x and sample_weight must have the same number of samples, got 10 and 3"),
        ({"sample_weight": np.full(10, np.inf)}, "m: fit: sample_weight must hold finite numbers"),
        ({"sample_weight": X}, "m: fit: sample_weight must have one factor a sample, got shape (10, 4)"),
        ({"sample_weight": {"no": Y}}, "m: fit: sample_weight names ['no']; the outputs are ['out']"),
        ({"steps_per_epoch": 0}, "m: fit: steps_per_epoch must be an integer >= 1, got 0"),
        ({"validation_steps": 1.5}, "m: fit: validation_steps must be an integer >= 1, got 1.5"),
        ({"validation_freq": [1, 0]}, "fit: validation_freq must be an integer >= 1, got 0"),
    ],
)
def test_arguments_of_fit(arguments, message):
    refused(lambda: classifier().fit(X, Y, **{"verbose": 0, **arguments}), message)


def test_callbacks_must_be_callbacks():
    with pytest.raises(TypeError, match="callbacks must be Callback objects, got 'early' of type str"):
        classifier().fit(X, Y, callbacks=["early"], verbose=0)
    with pytest.raises(TypeError, match="must be Callback objects, got <class"):
        classifier().fit(X, Y, callbacks=callbacks.History, verbose=0)


def test_evaluate_and_predict():
    model = classifier()
    refused(lambda: model.evaluate(X, Y, sample_weight=Y[:2]), "m: evaluate: x and sample_weight must have the same")
    refused(lambda: model.evaluate(X, Y, steps=0), "m: evaluate: steps must be an integer >= 1, got 0")
    refused(lambda: model.evaluate(iter([X]), Y), "m: evaluate: y must come with the batches that list_iterator gives")
    refused(lambda: model.evaluate(X, Y + 1), "m: evaluate: y must be in [0, 3)")
    refused(lambda: model.predict(X, steps=0), "m: predict: steps must be an integer >= 1, got 0")
    refused(lambda: model.predict(iter([]), verbose=0), "m: predict: list_iterator gives no batches")
    refused(lambda: model.predict(X, verbose="loud"), "predict: verbose must be 'auto', 0, 1 or 2, got 'loud'")
    refused(lambda: model.predict(X[:, :2]), "m: predict: input 'x' must have shape (None, 4), got (10, 2)")
    refused(lambda: model.train_on_batch(X, Y[:3]), "m: train_on_batch: x and y must have the same number of samples")
    refused(lambda: model.test_on_batch(X, Y, sample_weight=Y[1:]), "m: test_on_batch: x and sample_weight must have")


def test_without_compile():
    model = Sequential([layers.Input((4,)), layers.Dense(3)], name="m")
    refused(lambda: model.fit(X, Y), "m: fit needs compile(...) first")
    refused(lambda: model.evaluate(X, Y), "m: evaluate needs compile(...) first")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loss": None}, "there is no loss to compute: give compile(loss=...)"),
        ({"loss": "magic"}, "unknown loss 'magic'; convolith has: "),
        ({"loss": 3}, "a loss must be a name, a Loss or a function (y_true, y_pred), got 3"),
        ({"loss": ["mse", "mse"]}, "compile: loss has 2 entries for 1 outputs"),
        ({"loss": {"no": "mse"}}, "compile: loss names ['no']; the outputs are ['out']"),
        ({"loss": losses.MeanSquaredError(reduction="none")}, "has reduction 'none'; training needs a single number"),
        ({"loss_weights": "heavy"}, "compile: loss_weights must be a number an output, got 'heavy'"),
        ({"loss": "mean_square_error"}, "unknown loss 'mean_square_error'; did you mean 'mean_squared_error'?"),
        (
            {"loss": "sparse_crossentropy"},
            "unknown loss 'sparse_crossentropy'; did you mean 'sparse_categorical_crossentropy'?",
        ),
        ({"optimizer": "magic"}, "unknown optimizer 'magic'; convolith has: Adadelta, Adafactor, Adagrad"),
        ({"optimizer": "Adem"}, "unknown optimizer 'Adem'; did you mean 'Adam'?"),
        ({"optimizer": 3}, "an optimizer must be a name or an Optimizer, got 3"),
        ({"metrics": "accuracy"}, "compile: metrics must be a list or a dict, got 'accuracy'"),
        ({"metrics": ["magic"]}, "unknown metric 'magic'; convolith has: AUC, Accuracy, BinaryAccuracy"),
        ({"metrics": ["acuracy"]}, "unknown metric 'acuracy'; did you mean 'accuracy'?"),
        ({"metrics": [3]}, "a metric must be a name, a Metric or a function (y_true, y_pred), got 3"),
        ({"metrics": {"no": ["mse"]}}, "compile: metrics names ['no']; the outputs are ['out']"),
        ({"weighted_metrics": "mse"}, "compile: weighted_metrics must be a list or a dict, got 'mse'"),
        ({"weighted_metrics": ["precisoin"]}, "unknown metric 'precisoin'; did you mean 'precision'?"),
        ({"steps_per_execution": 0}, "m: compile: steps_per_execution must be an integer >= 1, got 0"),
    ],
)
def test_arguments_of_compile(arguments, message):
    refused(lambda: classifier(**arguments).fit(X, Y, verbose=0), message)


@pytest.mark.parametrize("argument", ["metrics", "weighted_metrics"])
def test_compile_tells_before_the_model_is_built(argument):
    model = Sequential([layers.Dense(3)])
    refused(
        lambda: model.compile("sgd", "mse", **{argument: "mae"}),
        f"compile: {argument} must be a list or a dict, got 'mae'",
    )
    assert not model.compiled


def test_labels_of_several_outputs():
    inputs = layers.Input((4,))
    model = Model(inputs, [layers.Dense(3, name="a")(inputs), layers.Dense(1, name="b")(inputs)], name="m")
    model.compile("sgd", loss={"a": losses.SparseCategoricalCrossentropy(from_logits=True), "b": "mse"})
    refused(lambda: model.fit(X, Y, verbose=0), "m: fit: y must be 2 arrays, for ['a', 'b']; got ndarray")
    refused(lambda: model.fit(X, [Y], verbose=0), "m: fit: y must be 2 arrays, for ['a', 'b']; got 1 arrays")
    refused(lambda: model.fit(X, {"a": Y}, verbose=0), "m: fit: y['b'] is missing")
    refused(lambda: model.fit(X, {"a": Y, "b": Y[:3]}, verbose=0), "got 10 in y['a'] and 3 in y['b']")
    refused(lambda: model.fit(X, {"a": Y + 1, "b": Y}, verbose=0), "m: fit: y['a'] must be in [0, 3)")
    model.compile("sgd", loss={"a": "mse"}, metrics={"b": ["mse"]})
    refused(lambda: model.fit(X, {"a": np.zeros((10, 3))}, verbose=0), "output 'b' has metrics, so it needs labels")
    refused(lambda: model.compile("sgd", loss="mse", metrics=["mse"]), "compile: metrics has 1 entries for 2 outputs")


def test_floats_for_an_input_of_integers():
    model = Sequential([layers.Input((4,), dtype="int32", name="x"), layers.Rescaling(0.5)], name="m")
    refused(
        lambda: model.predict(X, verbose=0), "m: predict: input 'x' has dtype int32, got float32, which it cannot hold"
    )


def test_a_loss_that_is_no_single_number_and_an_output_without_samples():
    class Vector(losses.Loss):
        def __call__(self, y_true, y_pred, sample_weight=None):
            return y_pred

    refused(
        lambda: classifier(loss=Vector()).fit(X, np.zeros((10, 3)), verbose=0),
        "must give a single number, got shape (10, 3)",
    )

    from convolith import ops

    inputs = layers.Input(batch_shape=(10, 4))
    model = Model(inputs, ops.sum(inputs), name="m")
    refused(lambda: model.predict(X, verbose=0), "m: predict: an output has shape (), without an axis of samples")


@pytest.mark.parametrize(
    "arguments",
    [
        {"optimizer": "magic"},
        {"optimizer": None},
        {"loss": "none such"},
        {"loss": ["mse", "mse"]},
        {"loss_weights": "x"},
        {"metrics": "accuracy"},
        {"metrics": ["none such"]},
        {"metrics": [3]},
        {"steps_per_execution": 0.5},
    ],
)
def test_a_failed_compile_leaves_the_model_compiled_as_it_was(arguments):
    model = classifier(metrics=["accuracy"])
    before = model.evaluate(X, Y, verbose=0)
    optimizer, history = model.optimizer, model.fit(X, Y, verbose=0).history
    with pytest.raises(ValueError):
        model.compile(**{"optimizer": "adam", "loss": "mse", **arguments})
    assert model.optimizer is optimizer
    assert model.loss == "sparse_categorical_crossentropy"
    assert model.evaluate(X, Y, verbose=0) != before
    assert model.fit(X, Y, verbose=0).history.keys() == history.keys()


def test_names_are_checked_before_the_outputs_are_known():
    unbuilt = Sequential([layers.Dense(3)], name="m")
    refused(lambda: unbuilt.compile("sgd", loss="none such"), "unknown loss 'none such'")
    refused(lambda: unbuilt.compile("sgd", loss="mse", metrics=["none such"]), "unknown metric 'none such'")
    refused(lambda: unbuilt.compile(None, loss="mse"), "an optimizer must be a name or an Optimizer, got None")
    assert unbuilt.compile_arguments is None


@pytest.mark.parametrize("shape", [(8, 8, 1), (8, 8)])
def test_one_image_without_the_axis_of_a_batch(shape):
    model = Sequential([layers.Input((8, 8, 1), name="image"), layers.Flatten()], name="m")
    refused(
        lambda: model.predict(np.zeros(shape)),
        f"m: predict: input 'image' must have shape (None, 8, 8, 1), got {shape}; one sample needs the axis of a "
        f"batch, too: x[None], or batch() of a Dataset",
    )
    with pytest.raises(ValueError, match=r"must have shape \(None, 8, 8, 1\), got \(8, 7, 1\)$"):
        model.predict(np.zeros((8, 7, 1)))
