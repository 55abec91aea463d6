"""compile, fit, evaluate, predict and the *_on_batch methods: what they compute, return and record."""

import numpy as np
import pytest

from convolith import callbacks, layers, losses, metrics, ops, optimizers, utils
from convolith.models import Model, Sequential


def classifier(**arguments):
    model = Sequential([layers.Input((4,)), layers.Dense(3, activation="softmax")])
    model.compile(
        **{"optimizer": "sgd", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"], **arguments}
    )
    return model


@pytest.fixture
def data(generator):
    return generator.normal(size=(10, 4)).astype("float32"), generator.integers(0, 3, 10)


def expected_loss(model, x, y):
    probabilities = model(x).astype(np.float64)
    return -np.log(probabilities[np.arange(len(y)), y]).mean()


def test_the_loss_of_an_epoch_is_the_mean_over_samples_of_the_losses_before_each_step(data):
    x, y = data
    model, twin = classifier(), classifier()
    twin.set_weights(model.get_weights())
    history = model.fit(x, y, batch_size=4, shuffle=False, verbose=0)
    total = 0.0
    for start in range(0, 10, 4):
        batch = slice(start, start + 4)
        total += expected_loss(twin, x[batch], y[batch]) * len(x[batch])
        twin.train_on_batch(x[batch], y[batch])
    np.testing.assert_allclose(history.history["loss"], [total / 10], rtol=1e-6)
    for one, other in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_history_has_keras_names_and_order(data):
    x, y = data
    model = classifier()
    history = model.fit(x, y, epochs=2, verbose=0, validation_data=(x, y))
    assert list(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert history.epoch == [0, 1]
    assert history.params == {"verbose": 0, "epochs": 2, "steps": 1}
    assert all(
        len(values) == 2 and all(type(value) is float for value in values) for values in history.history.values()
    )
    assert history.model is model
    assert model.history is history


def test_evaluate_gives_the_mean_over_all_samples(data):
    x, y = data
    model = classifier()
    loss, accuracy = model.evaluate(x, y, batch_size=3, verbose=0)
    np.testing.assert_allclose(loss, expected_loss(model, x, y), rtol=1e-6)
    assert accuracy == (model(x).argmax(1) == y).mean()
    assert model.evaluate(x, y, verbose=0, return_dict=True) == pytest.approx({"loss": loss, "accuracy": accuracy})
    assert model.metrics_names == ["loss", "compile_metrics"]
    assert type(classifier(metrics=None).evaluate(x, y, verbose=0)) is float


def test_evaluate_does_not_train_and_predict_needs_no_compile(data):
    x, y = data
    model = classifier()
    before = model.get_weights()
    model.evaluate(x, y, verbose=0)
    model.test_on_batch(x, y)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    plain = Sequential([layers.Input((4,)), layers.Dense(3)])
    np.testing.assert_array_equal(plain.predict(x, batch_size=3, verbose=0), plain(x))


@pytest.mark.parametrize("batch_size", [1, 3, 10, 64])
def test_predict_batches_do_not_show(data, batch_size):
    model = classifier()
    np.testing.assert_allclose(model.predict(data[0], batch_size=batch_size, verbose=0), model(data[0]), rtol=1e-6)
    np.testing.assert_array_equal(model.predict_on_batch(data[0]), model(data[0]))


def test_predictions_are_the_callers_own(data):
    model = classifier()
    first = model.predict(data[0], verbose=0)
    kept = first.copy()
    model.predict(data[0] + 1, verbose=0)
    np.testing.assert_array_equal(first, kept)


def test_on_batch_metrics_are_of_that_batch(data):
    x, y = data
    model = classifier(optimizer=optimizers.SGD(0.0))
    first, _ = model.train_on_batch(x[:4], y[:4])
    second, _ = model.train_on_batch(x[4:], y[4:])
    np.testing.assert_allclose(first, expected_loss(model, x[:4], y[:4]), rtol=1e-6)
    np.testing.assert_allclose(second, expected_loss(model, x[4:], y[4:]), rtol=1e-6)
    last = model.test_on_batch(x[4:], y[4:], return_dict=True)
    np.testing.assert_allclose(last["loss"], expected_loss(model, x[4:], y[4:]), rtol=1e-6)


def test_validation_data_and_split(data):
    x, y = data
    split, given = classifier(optimizer=optimizers.SGD(0.0)), classifier(optimizer=optimizers.SGD(0.0))
    history = split.fit(x, y, validation_split=0.3, shuffle=False, verbose=0, validation_batch_size=2).history
    np.testing.assert_allclose(history["loss"], [expected_loss(split, x[:7], y[:7])], rtol=1e-6)
    np.testing.assert_allclose(history["val_loss"], [expected_loss(split, x[7:], y[7:])], rtol=1e-6)
    given.set_weights(split.get_weights())
    history = given.fit(x[:7], y[:7], validation_data=(x[7:], y[7:]), epochs=4, validation_freq=2, verbose=0).history
    np.testing.assert_allclose(history["val_loss"], [expected_loss(given, x[7:], y[7:])] * 2, rtol=1e-6)


def test_initial_epoch_and_epochs(data):
    history = classifier().fit(*data, initial_epoch=3, epochs=5, verbose=0)
    assert history.epoch == [3, 4]
    assert classifier().fit(*data, epochs=0, verbose=0).history == {}


def test_shuffling_changes_the_order_by_the_global_seed(data):
    x, y = data
    start = classifier().get_weights()

    def trained(seed, shuffle=True):
        model = classifier()
        model.set_weights(start)
        utils.set_random_seed(seed)
        model.fit(x, y, batch_size=3, epochs=2, shuffle=shuffle, verbose=0)
        return model.get_weights()[0]

    np.testing.assert_array_equal(trained(1), trained(1))
    assert (trained(1) != trained(2)).any()
    np.testing.assert_array_equal(trained(1, shuffle=False), trained(2, shuffle=False))


def test_every_sample_comes_once_an_epoch(data):
    seen = []

    class Remember(losses.Loss):
        def call(self, y_true, y_pred):
            return ops.mean(ops.square(y_pred - y_true), axis=-1)

    class Sees(metrics.Metric):
        def update_state(self, y_true, y_pred):
            seen.extend(y_true.ravel().tolist())

        def result(self):
            return len(seen)

        def reset_state(self):
            seen.clear()

    model = Sequential([layers.Input((1,)), layers.Dense(1)])
    model.compile("sgd", loss=Remember(), metrics=[Sees(name="seen")])
    model.fit(np.arange(10.0), np.arange(10.0), batch_size=4, verbose=0)
    assert sorted(seen) == list(range(10))
    assert seen != list(range(10))


@pytest.mark.parametrize("dtype", ["float64", "uint8", "int64", "float16", "bool"])
@pytest.mark.parametrize("shuffle", [False, True])
def test_inputs_of_any_dtype_are_cast_batch_by_batch(generator, dtype, shuffle):
    x, y = generator.integers(0, 2, (10, 4)).astype(dtype), generator.integers(0, 3, 10)
    results = []
    for given in (x, x.astype("float32")):
        utils.set_random_seed(3)
        model = classifier()
        model.fit(given, y, batch_size=4, shuffle=shuffle, verbose=0)
        results.append((model.get_weights(), model.predict(given, verbose=0)))
    np.testing.assert_array_equal(results[0][1], results[1][1])
    assert results[0][1].dtype == np.float32


@pytest.mark.parametrize("labels", ["int8", "uint8", "int32", "uint64", "float32", "bool"])
@pytest.mark.parametrize("column", [False, True])
def test_labels_of_any_integer_dtype_and_of_one_column(data, labels, column):
    x, y = data[0], data[1] % 2
    model = classifier(optimizer=optimizers.SGD(0.0))
    given = y.astype(labels)[:, None] if column else y.astype(labels)
    loss, accuracy = model.evaluate(x, given, verbose=0)
    np.testing.assert_allclose(loss, expected_loss(model, x, y), rtol=1e-6)
    assert accuracy == (model(x).argmax(1) == y).mean()


def test_memory_that_is_not_contiguous(data, generator):
    wide = generator.normal(size=(4, 20)).astype("float32").T[::2]
    assert not wide.flags.c_contiguous
    results = []
    for x in (wide, wide.copy()):
        utils.set_random_seed(2)
        model = classifier()
        model.fit(x, data[1], batch_size=4, verbose=0)
        results.append(model.predict(x, verbose=0))
    np.testing.assert_array_equal(*results)


def test_lists_of_numbers_are_arrays():
    model = Sequential([layers.Input((2,)), layers.Dense(1)])
    model.compile("sgd", loss="mse")
    model.fit([[1, 2], [3, 4]], [0, 1], verbose=0)
    assert model.predict([[1.0, 2.0]], verbose=0).shape == (1, 1)
    assert model.predict([np.ones((5, 2))], verbose=0).shape == (5, 1)


def test_without_samples_in_the_last_batch_lost(data):
    counts = []
    count = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: counts.append(batch))
    classifier().fit(*data, batch_size=4, verbose=0, callbacks=[count])
    assert counts == [0, 1, 2]


# Losses and metrics as compile takes them.


@pytest.mark.parametrize(
    "loss",
    [
        "sparse_categorical_crossentropy",
        losses.sparse_categorical_crossentropy,
        losses.SparseCategoricalCrossentropy(),
        losses.SparseCategoricalCrossentropy,
        lambda y_true, y_pred: losses.sparse_categorical_crossentropy(y_true, y_pred),
    ],
    ids=["name", "function", "object", "class", "lambda"],
)
def test_a_loss_by_name_function_object(data, loss):
    x, y = data
    model = classifier(loss=loss, metrics=None)
    np.testing.assert_allclose(model.evaluate(x, y, verbose=0), expected_loss(model, x, y), rtol=1e-6)
    assert model.train_on_batch(x, y) > 0


def test_logits_and_softmax_give_the_same_training(data):
    x, y = data
    logits = Sequential([layers.Input((4,)), layers.Dense(3)])
    logits.compile("sgd", loss=losses.SparseCategoricalCrossentropy(from_logits=True))
    soft = classifier(metrics=None)
    soft.set_weights(logits.get_weights())
    for _ in range(3):
        assert logits.train_on_batch(x, y) == soft.train_on_batch(x, y)
    for one, other in zip(logits.get_weights(), soft.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("layered", [False, True])
def test_softmax_then_cross_entropy_is_exact_for_tiny_probabilities(sparse, layered):
    tail = [layers.Dense(2), layers.Softmax()] if layered else [layers.Dense(2, activation="softmax")]
    model = Sequential([layers.Input((1,)), *tail])
    model.set_weights([[[0.0, 200.0]], [0, 0]])
    model.compile("sgd", loss="sparse_categorical_crossentropy" if sparse else "categorical_crossentropy")
    y = np.array([0]) if sparse else np.array([[1.0, 0.0]])
    assert model.evaluate(np.ones((1, 1)), y, verbose=0) == 200  # e^-200 is 0 in float32
    model.train_on_batch(np.ones((1, 1)), y)
    np.testing.assert_allclose(model.get_weights()[1], [0.01, -0.01], rtol=1e-6)


def test_accuracy_resolves_as_in_keras(generator):
    x = generator.normal(size=(6, 4))
    cases = [
        (3, np.arange(6) % 3, "sparse_categorical_crossentropy", metrics.SparseCategoricalAccuracy),
        (3, np.eye(3)[np.arange(6) % 3], "categorical_crossentropy", metrics.CategoricalAccuracy),
        (1, np.arange(6) % 2, "mse", metrics.BinaryAccuracy),
    ]
    for units, y, loss, expected in cases:
        model = Sequential([layers.Input((4,)), layers.Dense(units)])
        model.compile("sgd", loss=loss, metrics=["acc", "accuracy"])
        model.evaluate(x, y, verbose=0)
        assert list(model.get_metrics_result()) == ["loss", "acc", "accuracy"]
        assert [type(metric) for metric in model.metrics[1].metrics] == [expected, expected]


def test_metrics_by_name_object_function(data):
    x, y = data[0], np.eye(3)[data[1]]

    def largest_error(y_true, y_pred):
        return np.abs(y_true - y_pred).max(axis=-1)

    model = classifier(
        loss="categorical_crossentropy", metrics=["mse", metrics.CategoricalAccuracy(name="right"), largest_error]
    )
    logs = model.evaluate(x, y, verbose=0, return_dict=True)
    assert list(logs) == ["largest_error", "loss", "mse", "right"]
    predictions = model(x)
    np.testing.assert_allclose(logs["mse"], np.square(predictions - y).mean(), rtol=1e-6)
    np.testing.assert_allclose(logs["largest_error"], abs(predictions - y).max(1).mean(), rtol=1e-6)


def test_a_metric_s_result_may_be_its_variable(data):
    class Seen(metrics.Metric):
        def __init__(self, shape=(), name="seen"):
            super().__init__(name=name)
            self.total = self.add_weight(shape, "zeros", name="total")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.total.assign_add(np.full(self.total.shape, len(y_true), "float32"))

        def result(self):
            return self.total

    model = classifier(metrics=[Seen(), Seen((2,), "two")])
    history = model.fit(*data, epochs=2, batch_size=4, verbose=0).history
    samples = len(data[0])
    assert history["seen"] == [samples, samples]
    assert [list(two) for two in history["two"]] == [[samples, samples]] * 2
    found = model.get_metrics_result()
    assert (
        found["seen"] == samples == float(model.metrics[1].result()["seen"]) == int(model.metrics[1].result()["seen"])
    )
    model.reset_metrics()
    assert list(history["two"][1]) == [samples, samples]


def test_results_so_far(data):
    model = Sequential([layers.Input((4,)), layers.Dense(3, "softmax")])
    assert (model.compiled, model.get_metrics_result()) == (False, {})
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    logs = model.evaluate(*data, return_dict=True, verbose=0)
    assert model.compiled
    assert model.get_metrics_result() == logs


def test_several_outputs_have_losses_weights_and_metrics_by_list_or_dict(generator):
    x = generator.normal(size=(8, 4))
    y = {"a": generator.integers(0, 3, 8), "b": generator.normal(size=(8, 1))}

    def two_heads(**arguments):
        inputs = layers.Input((4,))
        outputs = [layers.Dense(3, "softmax", name="a")(inputs), layers.Dense(1, name="b")(inputs)]
        model = Model(inputs, outputs)
        model.compile(optimizers.SGD(0.0), **arguments)
        return model

    by_list = two_heads(
        loss=["sparse_categorical_crossentropy", "mse"], loss_weights=[0.8, 0.2], metrics=[["accuracy"], ["mae"]]
    )
    by_dict = two_heads(
        loss={"b": "mse", "a": "sparse_categorical_crossentropy"},
        loss_weights={"a": 0.8, "b": 0.2},
        metrics={"a": "accuracy", "b": ["mae"]},
    )
    by_dict.set_weights(by_list.get_weights())
    logs = by_list.evaluate(x, [y["a"], y["b"]], batch_size=3, verbose=0)
    found = by_dict.evaluate(x, y, batch_size=3, verbose=0, return_dict=True)
    assert found == dict(zip(["loss", "a_loss", "b_loss", "a_accuracy", "b_mae"], logs, strict=True))
    assert by_list.metrics_names == ["loss", "compile_metrics", "a_loss", "b_loss"]
    assert by_dict.metrics_names == ["loss", "compile_metrics", "b_loss", "a_loss"]  # as listed
    a, b = by_list(x.astype("float32"))
    expected = [-np.log(a[np.arange(8), y["a"]]).mean(), np.square(b - y["b"]).mean()]
    np.testing.assert_allclose(logs[1:3], expected, rtol=1e-6)
    np.testing.assert_allclose(logs[0], 0.8 * expected[0] + 0.2 * expected[1], rtol=1e-6)
    np.testing.assert_allclose(logs[3:], [(a.argmax(1) == y["a"]).mean(), abs(b - y["b"]).mean()], rtol=1e-6)
    assert list(by_list.fit(x, y, verbose=0).history) == ["a_accuracy", "a_loss", "b_loss", "b_mae", "loss"]


def test_an_output_without_loss_is_not_trained(generator):
    inputs = layers.Input((4,))
    a, b = layers.Dense(1, name="a")(inputs), layers.Dense(1, name="b")(inputs)
    model = Model(inputs, [a, b])
    model.compile("sgd", loss={"a": "mse"})
    before = model.get_layer("b").get_weights()
    x = generator.normal(size=(8, 4))
    with pytest.warns(UserWarning, match=r"the loss does not depend on \['b/kernel', 'b/bias'\]"):
        model.fit(x, {"a": np.zeros(8)}, verbose=0)
    np.testing.assert_array_equal(model.get_layer("b").get_weights()[0], before[0])
    assert model.metrics_names == ["loss"]


# Freezing, learning rates, plans.


def test_freezing_between_fits_takes_effect(data):
    x, y = data
    model = Sequential([layers.Input((4,)), layers.Dense(5, name="base"), layers.Dense(3, "softmax")])
    model.compile("adam", loss="sparse_categorical_crossentropy")
    model.get_layer("base").trainable = False
    base = model.get_layer("base").get_weights()[0]
    model.fit(x, y, verbose=0)
    np.testing.assert_array_equal(model.get_layer("base").get_weights()[0], base)
    model.get_layer("base").trainable = True
    model.train_on_batch(x, y)
    assert (model.get_layer("base").get_weights()[0] != base).any()


def test_the_learning_rate_may_change_in_the_middle(data):
    x, y = data
    model = classifier(optimizer="sgd")
    model.train_on_batch(x, y)
    model.optimizer.learning_rate = 0.0
    before = model.get_weights()[0]
    model.train_on_batch(x, y)
    np.testing.assert_array_equal(model.get_weights()[0], before)
    assert int(model.optimizer.iterations) == 2


def test_plans_are_kept_and_bounded(data):
    x, y = data
    model = classifier()
    model.fit(x, y, batch_size=4, epochs=3, verbose=0)
    plans = list(model.planner._plans.values())
    assert len(plans) == 2  # batches of 4 and of 2
    model.fit(x, y, batch_size=4, verbose=0)
    assert list(model.planner._plans.values()) == plans
    for size in range(1, 11):
        model.predict(x, batch_size=size, verbose=0)
    assert len(model.planner._plans) == 8
    assert all(plan.arena is model.planner.arena for plan in model.planner._plans.values())


def test_set_weights_reach_the_plans(data):
    model = classifier()
    model.predict(data[0], verbose=0)
    model.set_weights([np.zeros((4, 3)), np.array([0, 200, 0])])
    np.testing.assert_array_equal(model.predict(data[0], verbose=0), np.tile([0, 1, 0], (10, 1)))


def test_a_float64_model_computes_in_float64(data):
    x, y = data
    model = Sequential([layers.Input((4,), dtype="float64"), layers.Dense(3, dtype="float64")])
    model.compile("sgd", loss=losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(x, y, verbose=0)
    assert model.predict(x, verbose=0).dtype == np.float64


def test_metrics_of_the_same_name_are_numbered(data):
    logs = classifier(metrics=["accuracy", "accuracy"]).evaluate(*data, verbose=0, return_dict=True)
    assert list(logs) == ["accuracy", "accuracy_1", "loss"]
    assert logs["accuracy"] == logs["accuracy_1"]


def test_memory_does_not_grow_with_shapes_or_steps(data):
    import gc

    x, y = data
    model = classifier()
    for size in range(1, 11):
        model.predict(x[:size], verbose=0)
        model.train_on_batch(x[:size], y[:size])
    gc.collect()
    assert len(model.planner.arena.plans) == 8  # a weak set of the plans that are alive
