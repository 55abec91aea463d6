"""Batches by number in a class of the user's own: their order, the threads that make them, what is refused."""

import threading

import numpy as np
import pytest

from convolith import layers, models, utils
from convolith.callbacks import LambdaCallback
from convolith.data.py_dataset import PyDataset
from convolith.models import Sequential


class Numbers(PyDataset):
    """Batches whose loss is their number."""

    def __init__(self, batches=6, **arguments):
        super().__init__(**arguments)
        self.batches, self.asked, self.threads, self.calls = batches, [], set(), []

    def __len__(self):
        return self.batches

    def __getitem__(self, index):
        self.asked.append(index)
        self.threads.add(threading.current_thread())
        return np.full((2, 1), index, "float32"), np.zeros((2, 1), "float32")

    def on_epoch_begin(self):
        self.calls.append(("begin", len(self.asked)))

    def on_epoch_end(self):
        self.calls.append(("end", len(self.asked)))


@pytest.fixture
def model():
    model = Sequential([layers.Input((1,)), layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", "mae")
    return model


def test_it_is_keras_s_name_in_utils():
    assert utils.PyDataset is utils.Sequence is PyDataset


def test_threads_give_the_batches_in_the_same_order(model):
    one, several = Numbers(), Numbers(workers=3, max_queue_size=2)
    expected = model.predict(one, verbose=0)
    np.testing.assert_array_equal(model.predict(several, verbose=0), expected)
    assert one.threads == {threading.current_thread()}
    assert threading.current_thread() not in several.threads and 1 <= len(several.threads) <= 3
    assert not any(thread.is_alive() for thread in several.threads)


def test_threads_make_no_more_batches_than_the_queue_holds(model):
    data, made = Numbers(100, workers=2, max_queue_size=3), []
    watch = LambdaCallback(on_test_batch_begin=lambda batch, logs: made.append(len(data.asked) - batch))
    model.evaluate(data, steps=10, verbose=0, callbacks=[watch])
    assert len(made) == 10
    assert max(made) <= 1 + 3  # the batch itself, and the queue


@pytest.mark.parametrize("workers", [1, 2])
def test_epochs_have_orders_of_their_own_and_all_batches(model, workers):
    utils.set_random_seed(3)
    data = Numbers(8, workers=workers)
    model.fit(data, epochs=2, verbose=0)
    assert sorted(data.asked[:8]) == sorted(data.asked[8:]) == list(range(8))
    assert workers == 2 or data.asked[:8] != data.asked[8:]
    assert data.calls == [("begin", 0), ("end", 8), ("begin", 8), ("end", 16)]


def test_threads_change_nothing_in_training(model):
    start, results = model.get_weights(), []
    for workers in (1, 4):
        utils.set_random_seed(5)
        model.set_weights(start)
        model.compile("sgd", "mae")
        results.append(model.fit(Numbers(workers=workers), epochs=3, verbose=0).history)
    assert results[0] == results[1]


@pytest.mark.parametrize("shuffle", [False, True])
def test_training_that_goes_on_is_as_if_it_had_never_stopped(tmp_path, shuffle):
    """The order and what random layers draw follow from the epoch and the number, whatever the threads."""

    class Noisy(Numbers):
        noise = layers.GaussianNoise(0.5, seed=3)

        def __getitem__(self, index):
            x, y = super().__getitem__(index)
            return self.noise(x, training=True), y

    def train(model, first, last, workers):
        model.fit(Noisy(5, workers=workers), initial_epoch=first, epochs=last, shuffle=shuffle, verbose=0)

    utils.set_random_seed(4)
    model = Sequential([layers.Input((1,)), layers.Dense(3, "tanh"), layers.Dense(1)])
    model.compile("adam", "mse")
    model.save(tmp_path / "start.convolith")
    results = []
    for workers in (1, 3):
        utils.set_random_seed(9)
        whole = models.load_model(tmp_path / "start.convolith")
        train(whole, 0, 4, workers)
        utils.set_random_seed(9)
        part = models.load_model(tmp_path / "start.convolith")
        train(part, 0, 2, workers)
        part.save(tmp_path / "part.convolith")
        utils.set_random_seed(1)
        rest = models.load_model(tmp_path / "part.convolith")
        train(rest, 2, 4, workers)
        results += [whole.get_weights(), rest.get_weights()]
    for other in results[1:]:
        for one, two in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(one, two)


def test_without_batches(model):
    with pytest.raises(ValueError, match="fit: Numbers gives no batches"):
        model.fit(Numbers(0), verbose=0)


def test_an_epoch_may_change_the_number_of_batches(model):
    class Growing(Numbers):
        def on_epoch_end(self):
            self.batches += 1

    data = Growing(2)
    model.fit(data, epochs=3, shuffle=False, verbose=0)
    assert data.asked == [0, 1, 0, 1, 2, 0, 1, 2, 3]


def test_an_error_in_a_thread_is_raised_where_its_batch_would_have_come(model):
    class Broken(Numbers):
        def __getitem__(self, index):
            if index == 3:
                raise RuntimeError("batch 3 is broken")
            return super().__getitem__(index)

    data = Broken(workers=2)
    with pytest.raises(RuntimeError, match="batch 3 is broken"):
        model.evaluate(data, verbose=0)
    assert not any(thread.is_alive() for thread in data.threads - {threading.current_thread()})


def test_a_constructor_that_forgets_its_base_s_works(model):
    class Forgetful(PyDataset):
        def __init__(self):
            pass

        def __len__(self):
            return 2

        def __getitem__(self, index):
            return np.ones((1, 1))

    assert model.predict(Forgetful(), verbose=0).tolist() == [[1.0], [1.0]]
    assert len(list(Forgetful())) == 2


class Endless(Numbers):
    num_batches = None
    __len__ = None


@pytest.mark.parametrize("workers", [1, 2])
def test_without_an_end(model, workers):
    data = Endless(workers=workers)
    history = model.fit(data, epochs=2, steps_per_epoch=2, verbose=0)
    assert history.params["steps"] == 2
    assert model.predict(data, steps=3, verbose=0).shape == (6, 1)
    numbers = iter(data)
    assert [next(numbers)[0][0, 0] for _ in range(3)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"use_multiprocessing": True}, "use_multiprocessing=True, but batches are made by threads, not by processes"),
        ({"workers": -1}, "workers must be an integer >= 0, got -1"),
        ({"workers": 1.5}, "workers must be an integer >= 0, got 1.5"),
        ({"workers": True}, "workers must be an integer >= 0, got True"),
        ({"max_queue_size": 0}, "max_queue_size must be an integer >= 1, got 0"),
    ],
)
def test_refused(model, arguments, message):
    with pytest.raises(ValueError, match=f"Numbers: {message}"):
        Numbers(**arguments)
    data = Numbers()
    for name, value in arguments.items():
        setattr(data, name, value)
    with pytest.raises(ValueError, match=f"{model.name}: fit: Numbers: {message}"):
        model.fit(data, verbose=0)
    assert data.asked == []


def test_what_a_subclass_must_define():
    class Nothing(PyDataset):
        pass

    with pytest.raises(NotImplementedError, match="Nothing must define __getitem__"):
        Nothing()[0]
    with pytest.raises(NotImplementedError, match="Nothing must define __len__ or num_batches"):
        _ = Nothing().num_batches


def test_processes_are_asked_for_by_a_switch():
    with pytest.raises(TypeError, match="^PyDataset: use_multiprocessing must be True or False, got 'no'"):
        PyDataset(use_multiprocessing="no")
