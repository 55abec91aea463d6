"""Batches that come one after the other are taken as Keras takes them: generators, and data sets by number."""

from __future__ import annotations

import re

import numpy as np
import pytest

import convolith


def batch(number):
    """A batch whose loss is its number, for ``network``."""
    return np.full((2, 1), number, "float32"), np.zeros((2, 1), "float32")


def network(k):
    model = k.Sequential([k.layers.Input((1,)), k.layers.Dense(1, kernel_initializer="ones")])
    model.compile(k.optimizers.SGD(0.0), "mae")
    return model


def generated(end=1000):
    return (batch(number) for number in range(end))


@pytest.mark.parametrize("steps", [1, 2, 3, 5])
@pytest.mark.parametrize("end", [5, 1000])
def test_validation_on_a_generator(keras, steps, end):
    """Each begins with the generator's first two batches, and goes on where the one before has ended."""

    def losses(k):
        more = {"epochs": 4, "validation_freq": [1, 2, 4], "verbose": 0}
        return network(k).fit(*batch(1), validation_data=generated(end), validation_steps=steps, **more)

    ours = losses(convolith)
    np.testing.assert_allclose(ours.history["val_loss"], losses(keras).history["val_loss"], rtol=1e-6)


def counting(k, batches, **arguments):
    """A PyDataset of so many batches, and the list of what is asked of it."""
    calls: list[int | str] = []

    class Counting(k.utils.PyDataset):
        num_batches = batches

        def __getitem__(self, index):
            calls.append(int(index))
            return batch(index)

        def on_epoch_begin(self):
            calls.append("begin")

        def on_epoch_end(self):
            calls.append("end")

    return Counting(**arguments), calls


def compared(keras, run, *batches):
    """Return what ``run`` gives with convolith, and what was asked of the data sets, after comparing with Keras's."""
    results = []
    for k in (convolith, keras):
        sets, calls = zip(*(counting(k, one) for one in batches), strict=True)
        results.append((run(k, *sets), calls))
    (ours, asked), (theirs, their_calls) = results
    np.testing.assert_allclose(np.ravel(ours), np.ravel(theirs), rtol=1e-6)
    for own, other in zip(asked, their_calls, strict=True):
        # Keras may build the metrics in an epoch of one batch before the first, and ends epochs before they begin.
        text = " ".join(map(str, other)).replace("end end", "end")
        assert " ".join(map(str, own)) == re.sub("^(begin 0 )?end ", "", text)
    return asked


@pytest.mark.parametrize(
    ("train", "test", "steps"), [(3, 2, (None, None)), (5, 4, (2, 3)), (None, None, (2, 3))], ids=str
)
def test_a_data_set_by_number_is_asked_as_keras_asks_it(keras, train, test, steps):
    def run(k, x, validation):
        more = {"steps_per_epoch": steps[0], "validation_data": validation, "validation_steps": steps[1]}
        logs = network(k).fit(x, epochs=2, shuffle=False, verbose=0, **more).history
        return logs["loss"] + logs["val_loss"]

    first, second = compared(keras, run, train, test)
    assert first.count("begin") == first.count("end") == second.count("end") == 2


@pytest.mark.parametrize(("batches", "steps"), [(3, None), (3, 2), (None, 2)])
@pytest.mark.parametrize("method", ["evaluate", "predict"])
def test_running_on_a_data_set_by_number(keras, method, batches, steps):
    compared(keras, lambda k, x: getattr(network(k), method)(x, steps=steps, verbose=0), batches)
