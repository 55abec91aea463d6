"""Training that stops, is saved and goes on later is training that never stopped, bit for bit."""

import numpy as np
import pytest

from convolith import layers, losses, metrics, ops, optimizers, utils
from convolith.models import Sequential, load_model


def network(optimizer):
    utils.set_random_seed(7)
    model = Sequential(
        [
            layers.Input((6, 6, 1)),
            layers.Conv2D(3, 3, activation="relu"),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(
        optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"], weighted_metrics=["accuracy"]
    )
    return model


@pytest.fixture
def data(generator):
    return generator.random((20, 6, 6, 1), np.float32), generator.integers(0, 3, 20)


OPTIMIZERS = [
    lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    lambda: optimizers.Adam(0.01),
    lambda: optimizers.RMSprop(0.01),
    lambda: optimizers.Nadam(0.01, clipnorm=0.5),
]


@pytest.mark.parametrize("make", OPTIMIZERS)
@pytest.mark.parametrize("times", [1, 2])
def test_training_goes_on_from_a_file(make, times, data, tmp_path):
    whole, part = network(make()), network(make())
    arguments = {"batch_size": 8, "verbose": 0, "sample_weight": np.linspace(0.5, 1, 20)}
    utils.set_random_seed(3)
    expected = whole.fit(*data, epochs=4, **arguments).history
    utils.set_random_seed(3)
    found = part.fit(*data, epochs=2, **arguments).history
    for stop in (3, 4) if times == 2 else (4,):
        part.save(tmp_path / "part.convolith")
        utils.set_random_seed(999)  # a new process
        np.random.default_rng()
        part = load_model(tmp_path / "part.convolith")
        start = len(found["loss"])
        more = part.fit(*data, epochs=stop, initial_epoch=start, **arguments).history
        found = {name: found[name] + more[name] for name in found}
    assert found == expected
    for one, other in zip(part.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    for one, other in zip(part.optimizer.variables, whole.optimizer.variables, strict=True):
        np.testing.assert_array_equal(one.value, other.value)


def test_training_from_the_start_has_an_order_of_its_own_each_time(data):
    model, seeds = network("sgd"), set()
    for _ in range(3):
        model.fit(*data, verbose=0)
        seeds.add(model.shuffle_seed)
    assert len(seeds) == 3


def test_a_frozen_part_stays_frozen_and_keeps_its_slots(data, tmp_path):
    model = network(optimizers.Adam(0.01))
    model.fit(*data, verbose=0)
    model.layers[0].trainable = False
    model.save(tmp_path / "m.convolith")
    loaded = load_model(tmp_path / "m.convolith")
    kernel = loaded.layers[0].kernel.numpy()
    loaded.fit(*data, epochs=2, initial_epoch=1, verbose=0)
    np.testing.assert_array_equal(loaded.layers[0].kernel.value, kernel)
    model.fit(*data, epochs=2, initial_epoch=1, verbose=0)
    np.testing.assert_array_equal(loaded.layers[-1].kernel.value, model.layers[-1].kernel.value)


def test_what_compile_was_told_comes_back(data, tmp_path):
    model = network(optimizers.SGD(0.5, momentum=0.25))
    model.compile(
        model.optimizer,
        losses.SparseCategoricalCrossentropy(),
        loss_weights=[0.5],
        metrics=[metrics.SparseCategoricalAccuracy(name="right")],
        weighted_metrics=["accuracy"],
    )
    model.fit(*data, verbose=0)
    model.save(tmp_path / "m.convolith")
    loaded = load_model(tmp_path / "m.convolith")
    assert loaded.optimizer.get_config() == model.optimizer.get_config()
    assert loaded.evaluate(*data, verbose=0, return_dict=True) == model.evaluate(*data, verbose=0, return_dict=True)
    assert loaded.compile_arguments["loss_weights"] == [0.5]


def half_square(weight):
    return ops.sum(ops.square(weight)) * 0.5


def test_regularizers_and_constraints_come_back(tmp_path):
    model = Sequential(
        [
            layers.Input((4,)),
            layers.Dense(2, kernel_regularizer="l2", bias_regularizer=half_square, kernel_constraint="non_neg"),
            layers.Activation("relu", activity_regularizer="l2"),
        ]
    )
    model.compile("sgd", "mse")
    model.save(tmp_path / "m.convolith")
    loaded = load_model(tmp_path / "m.convolith", custom_objects={"half_square": half_square})
    x = np.ones((3, 4), "float32")
    assert loaded.evaluate(x, np.zeros((3, 2)), verbose=0) == model.evaluate(x, np.zeros((3, 2)), verbose=0)
    loaded.train_on_batch(x, np.ones((3, 2)))
    assert (loaded.layers[0].kernel.value >= 0).all()
    with pytest.raises(ValueError, match="half_square.*it is not convolith's own"):
        load_model(tmp_path / "m.convolith")
