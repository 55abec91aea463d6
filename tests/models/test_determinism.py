"""The same seed gives the same training, bit for bit, whatever the number of threads."""

import threading

import numpy as np
import pytest

from convolith import utils
from convolith.applications import LeNet5
from convolith.layers import Conv2D, Dense, Dropout, Flatten, Input
from convolith.models import Sequential


def trained(seed, generator_seed=5, optimizer="adam"):
    generator = np.random.default_rng(generator_seed)
    x, y = generator.random((70, 28, 28), np.float32), generator.integers(0, 10, 70)
    utils.set_random_seed(seed)
    model = Sequential([LeNet5(), Dropout(0.2)])
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=2, batch_size=32, verbose=0)
    return model.get_weights(), history.history


def test_one_and_two_threads_train_the_same(threads):
    threads(1)
    weights, history = trained(3)
    threads(2)
    again, history_again = trained(3)
    for one, other in zip(weights, again, strict=True):
        np.testing.assert_array_equal(one, other)
    assert history == history_again


def test_another_seed_trains_another_way():
    assert (trained(3)[0][0] != trained(4)[0][0]).any()


def test_what_else_was_made_before_does_not_matter():
    weights = trained(3)[0]
    LeNet5()
    for one, other in zip(weights, trained(3)[0], strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("samples", [1, 9])
def test_several_python_threads_may_predict(generator, samples):
    model = Sequential([Input((8, 8, 1)), Conv2D(4, 3, activation="relu"), Flatten(), Dense(3)])
    x = generator.normal(size=(8, samples, 8, 8, 1)).astype("float32")
    expected = [model.predict(part, verbose=0) for part in x]
    wrong = []

    def work(number):
        for _ in range(20):
            if (model.predict(x[number], verbose=0) != expected[number]).any():
                wrong.append(number)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert wrong == []
