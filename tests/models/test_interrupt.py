"""Ctrl-C in fit: KeyboardInterrupt between steps, the model whole."""

import os
import signal
import threading

import numpy as np
import pytest

from convolith import callbacks, layers, metrics
from convolith.models import Sequential
from convolith.models.interrupt import HeldInterrupt

pytestmark = pytest.mark.skipif(os.name == "nt", reason="os.kill sends no Ctrl-C on Windows")


@pytest.fixture(autouse=True)
def terminal():
    """SIGINT as a terminal has it; in a background job of a shell it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press():
    os.kill(os.getpid(), signal.SIGINT)


class Pressing(metrics.Mean):
    """Presses Ctrl-C when it gets a batch, that is within the first step."""

    def update_state(self, y_true, y_pred):
        press()


def test_a_press_within_a_step_comes_after_it():
    model = Sequential([layers.Input((2,)), layers.Dense(2)])
    model.compile("adam", loss="mse", metrics=[Pressing()])
    before = model.get_weights()
    with pytest.raises(KeyboardInterrupt):
        model.fit(np.ones((8, 2)), np.zeros((8, 2)), batch_size=2, verbose=0)
    assert int(model.optimizer.iterations) == 1  # the step was finished
    assert all((one != other).all() for one, other in zip(before, model.get_weights(), strict=True))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_press_between_steps_comes_at_once_and_training_goes_on_later():
    model = Sequential([layers.Input((2,)), layers.Dense(2)])
    model.compile("adam", loss="mse")
    presses = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: press() if batch == 1 else None)
    with pytest.raises(KeyboardInterrupt):
        model.fit(np.ones((8, 2)), np.zeros((8, 2)), batch_size=2, verbose=0, callbacks=[presses])
    assert int(model.optimizer.iterations) == 2
    assert model.history.history == {}
    model.fit(np.ones((8, 2)), np.zeros((8, 2)), batch_size=2, verbose=0)
    assert int(model.optimizer.iterations) == 6


def test_a_handler_of_the_users_own_is_left_alone():
    calls = []
    before = signal.signal(signal.SIGINT, lambda *arguments: calls.append(1))
    try:
        with HeldInterrupt() as interrupt:
            interrupt.holding = True
            press()
            interrupt.release()
    finally:
        signal.signal(signal.SIGINT, before)
    assert calls == [1]


def test_another_thread_may_train():
    model = Sequential([layers.Input((2,)), layers.Dense(2)])
    model.compile("sgd", loss="mse")
    thread = threading.Thread(target=lambda: model.fit(np.ones((8, 2)), np.zeros((8, 2)), verbose=0))
    thread.start()
    thread.join()
    assert int(model.optimizer.iterations) == 1
