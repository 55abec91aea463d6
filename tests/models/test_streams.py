"""Batches from generators, iterables and sequences: fit, evaluate and predict take them as they take arrays."""

import numpy as np
import pytest

from convolith import callbacks, layers, optimizers, utils
from convolith.data import Dataset
from convolith.models import Model, Sequential


def classifier(**arguments):
    model = Sequential([layers.Input((4,)), layers.Dense(3, activation="softmax")])
    model.compile(**{"optimizer": "sgd", "loss": "sparse_categorical_crossentropy", **arguments})
    return model


@pytest.fixture
def data(generator):
    return generator.normal(size=(10, 4)).astype("float32"), generator.integers(0, 3, 10)


def cut(x, y, size=4):
    return [(x[start : start + size], y[start : start + size]) for start in range(0, len(x), size)]


class Iterable:
    """Gives the same batches at each iteration, and no length."""

    def __init__(self, batches):
        self.batches, self.taken, self.started = batches, 0, 0

    def __iter__(self):
        self.started += 1
        for batch in self.batches:
            self.taken += 1
            yield batch


class Numbered:
    """Gives batches by number only, as Keras's PyDataset does."""

    def __init__(self, batches):
        self.batches, self.asked, self.ended = batches, [], 0

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, number):
        self.asked.append(number)
        return self.batches[number]

    def on_epoch_end(self):
        self.ended += 1


def pair(x, y):
    """Two equal models: the second is trained on arrays."""
    first, second = classifier(metrics=["accuracy"]), classifier(metrics=["accuracy"])
    second.set_weights(first.get_weights())
    return first, second


def assert_equal_weights(first, second):
    for one, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("kind", [Iterable, Numbered])
def test_two_epochs_are_as_those_of_the_arrays(data, kind):
    x, y = data
    first, second = pair(x, y)
    source = kind(cut(x, y))
    history = first.fit(source, epochs=2, shuffle=False, verbose=0)
    expected = second.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    assert history.history == expected.history
    assert_equal_weights(first, second)
    assert history.params["steps"] == (3 if kind is Numbered else None)


def test_an_iterable_is_begun_once_an_epoch(data):
    source = Iterable(cut(*data))
    classifier().fit(source, epochs=3, verbose=0)
    assert (source.started, source.taken) == (3, 9)


def test_a_generator_gives_one_epoch_and_training_ends_after_it(data):
    x, y = data
    first, second = pair(x, y)
    with pytest.warns(UserWarning, match="fit ends before epoch 2: no more data"):
        history = first.fit((batch for batch in cut(x, y)), epochs=3, verbose=0)
    second.fit(x, y, batch_size=4, shuffle=False, verbose=0)
    assert history.epoch == [0]
    assert_equal_weights(first, second)


def test_steps_take_a_generator_through_several_epochs(data):
    x, y = data
    first, second = pair(x, y)
    endless = (batch for _ in range(100) for batch in cut(x, y))
    history = first.fit(endless, epochs=3, steps_per_epoch=2, verbose=0)
    for batch in (cut(x, y) * 2)[:6]:
        second.train_on_batch(*batch)
    assert history.epoch == [0, 1, 2]
    assert history.params["steps"] == 2
    assert_equal_weights(first, second)


def test_too_few_batches_for_the_steps_are_warned_of(data):
    source = Iterable(cut(*data))
    with pytest.warns(UserWarning, match="the data ended after 3 of 5 batches of an epoch"):
        classifier().fit(source, epochs=2, steps_per_epoch=5, verbose=0)
    assert (source.started, source.taken) == (2, 6)
    source = Iterable(cut(*data))
    classifier().fit(source, epochs=2, steps_per_epoch=3, verbose=0)  # an epoch that ends with the data is whole
    assert source.taken == 6


def test_data_that_are_used_up_are_told_once_and_at_the_user_s_line(data):
    with pytest.warns(UserWarning) as warned:
        classifier().fit((batch for batch in cut(*data)), epochs=3, steps_per_epoch=3, verbose=0)
    assert [str(one.message).partition(": ")[2] for one in warned] == ["fit ends before epoch 2: no more data"]
    with pytest.warns(UserWarning, match="the data ended after 3 of 5") as ended:
        classifier().fit(Iterable(cut(*data)), steps_per_epoch=5, verbose=0)
    stopping = callbacks.EarlyStopping("val_los")
    with pytest.warns(UserWarning, match="EarlyStopping needs 'val_los'") as missing:
        classifier().fit(*data, callbacks=[stopping], verbose=0)
    assert {one.filename for one in [*warned, *ended, *missing]} == {__file__}


def test_steps_go_on_in_the_arrays_and_then_draw_a_new_order(data):
    x, y = data
    seen = []

    def remember(y_true, y_pred):
        seen.extend(y_true.tolist())
        return np.zeros(len(y_true))

    model = classifier(metrics=[remember])
    model.fit(x, np.arange(10) % 3, batch_size=5, epochs=4, steps_per_epoch=1, verbose=0)
    assert sorted(seen[:10]) == sorted(seen[10:]) == sorted(np.arange(10) % 3)


def test_a_sequence_is_shuffled_by_batches_and_told_of_the_end_of_epochs(data):
    utils.set_random_seed(5)
    source = Numbered(cut(*data, size=1))
    classifier().fit(source, epochs=2, verbose=0)
    assert sorted(source.asked[:10]) == sorted(source.asked[10:]) == list(range(10))
    assert source.asked[:10] != source.asked[10:]
    assert source.ended == 2


def test_batches_bring_weights_of_samples(data):
    x, y = data
    weights = np.linspace(0, 2, 10)
    batches = [(x[start : start + 5], y[start : start + 5], weights[start : start + 5]) for start in (0, 5)]
    model = classifier()
    np.testing.assert_allclose(
        model.evaluate(Iterable(batches), verbose=0), model.evaluate(x, y, sample_weight=weights, verbose=0), rtol=1e-6
    )
    np.testing.assert_allclose(model.evaluate(iter(batches), steps=1, verbose=0), model.test_on_batch(*batches[0]))
    with pytest.raises(ValueError, match="a batch has other inputs, labels or weights than the first batch had"):
        model.evaluate([*batches, (x, y)].__iter__(), verbose=0)


def test_class_weights_count_batch_by_batch(data):
    x, y = data
    first, second = pair(x, y)
    first.fit(Iterable(cut(x, y)), class_weight={1: 3.0}, verbose=0)
    second.fit(x, y, class_weight={1: 3.0}, batch_size=4, shuffle=False, verbose=0)
    assert_equal_weights(first, second)


def test_validation_on_batches(data):
    x, y = data
    model = classifier(optimizer="sgd")
    history = model.fit(x, y, epochs=2, validation_data=Iterable(cut(x, y)), verbose=0).history
    np.testing.assert_allclose(history["val_loss"][-1], model.evaluate(x, y, verbose=0), rtol=1e-6)
    once = model.fit(x, y, validation_data=Iterable(cut(x, y)), validation_steps=1, verbose=0).history
    np.testing.assert_allclose(once["val_loss"], model.evaluate(x[:4], y[:4], verbose=0), rtol=1e-6)
    with pytest.raises(ValueError, match="there are no more data to test on; a generator gives them only once"):
        model.fit(x, y, epochs=2, validation_data=iter(cut(x, y)), verbose=0)


@pytest.mark.parametrize("kind", [Iterable, Numbered, lambda batches: Dataset(lambda: iter(batches), len(batches))])
def test_validation_on_some_batches_begins_with_the_first_each_time(data, kind):
    x, y = data
    model = classifier(optimizer=optimizers.SGD(0.0))
    losses = model.fit(x, y, epochs=3, validation_data=kind(cut(x, y)), validation_steps=2, verbose=0).history
    np.testing.assert_allclose(losses["val_loss"], [model.evaluate(x[:8], y[:8], verbose=0)] * 3, rtol=1e-6)
    more = {"validation_data": (x, y), "validation_batch_size": 4, "validation_steps": 1}
    losses = model.fit(x, y, epochs=3, **more, verbose=0).history["val_loss"]
    np.testing.assert_allclose(losses, [model.evaluate(x[:4], y[:4], verbose=0)] * 3, rtol=1e-6)


def test_a_generator_that_fills_the_same_arrays_is_validated_on_what_it_gave_first(data):
    x, y = data

    def filling():
        batch, labels = np.empty((2, 4), "float32"), np.empty(2, int)
        while True:
            for start in range(0, 10, 2):
                batch[:], labels[:] = x[start : start + 2], y[start : start + 2]
                yield batch, labels

    model = classifier(optimizer=optimizers.SGD(0.0))
    losses = model.fit(x, y, epochs=2, validation_data=filling(), validation_steps=3, verbose=0).history["val_loss"]
    kept, rest = (
        model.evaluate(x[:4], y[:4], verbose=0),
        [model.test_on_batch(x[i : i + 2], y[i : i + 2]) for i in (4, 6)],
    )
    np.testing.assert_allclose(losses, [(2 * kept + one) / 3 for one in rest], rtol=1e-6)


def test_predict_takes_no_batch_too_many(data):
    x, y = data
    batches = iter(cut(x, y))
    classifier().predict(batches, steps=2, verbose=0)
    assert len(list(batches)) == 1


def test_validation_after_some_epochs_only(data):
    model = classifier()
    assert len(model.fit(*data, epochs=5, validation_data=data, validation_freq=2, verbose=0).history["val_loss"]) == 2
    history = model.fit(*data, epochs=5, validation_data=data, validation_freq=[1, 4, 5], verbose=0).history
    assert len(history["val_loss"]) == 3


@pytest.mark.parametrize("kind", [Iterable, Numbered, iter])
def test_predict_puts_the_batches_together(data, kind):
    x, y = data
    model = classifier()
    np.testing.assert_array_equal(model.predict(kind(cut(x, y)), verbose=0), model.predict(x, verbose=0))
    np.testing.assert_array_equal(model.predict(kind(cut(x, y)), steps=2, verbose=0), model.predict(x[:8], verbose=0))
    np.testing.assert_array_equal(
        model.predict(x, batch_size=3, steps=2, verbose=0), model.predict(x[:6], batch_size=3, verbose=0)
    )


def test_dicts_of_inputs_and_outputs_in_batches(generator):
    a, b = layers.Input((2,), name="a"), layers.Input((3,), name="b")
    model = Model({"a": a, "b": b}, {"sum": layers.Dense(2)(a), "one": layers.Dense(1)(b)})
    model.compile("sgd", {"sum": "mse", "one": "mae"})
    x = {"a": generator.normal(size=(6, 2)), "b": generator.normal(size=(6, 3))}
    y = {"sum": np.zeros((6, 2)), "one": np.zeros((6, 1))}
    halves = [({k: v[s] for k, v in x.items()}, {k: v[s] for k, v in y.items()}) for s in (slice(0, 3), slice(3, 6))]
    np.testing.assert_allclose(model.evaluate(Iterable(halves), verbose=0), model.evaluate(x, y, verbose=0), rtol=1e-6)
    result = model.predict(Iterable(halves), verbose=0)
    for name, value in model.predict(x, verbose=0).items():
        np.testing.assert_array_equal(result[name], value)


def test_batches_of_inputs_alone_build_a_model_and_may_differ_in_size(generator):
    model = Sequential([layers.Dense(2)])
    batches = [generator.normal(size=(n, 4)).astype("float32") for n in (3, 1, 5)]
    assert model.predict(iter(batches), verbose=0).shape == (9, 2)


def test_stopping_within_an_epoch(data):
    from convolith import callbacks

    source = Iterable(cut(*data, size=1))
    model = classifier()
    stop = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: setattr(model, "stop_training", batch == 3))
    assert model.fit(source, epochs=5, callbacks=[stop], verbose=0).epoch == [0]
    assert source.taken == 4


@pytest.mark.torch
def test_a_data_loader_of_torch(data):
    torch = pytest.importorskip("torch")
    x, y = data
    first, second = pair(x, y)
    dataset = torch.utils.data.TensorDataset(torch.from_numpy(x), torch.from_numpy(y))
    loader = torch.utils.data.DataLoader(dataset, batch_size=4)
    first.fit(loader, epochs=2, verbose=0)  # its batches are lists
    second.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    assert_equal_weights(first, second)
