"""Callbacks: which hooks run, when, with what."""

import numpy as np
import pytest

from convolith import callbacks, layers
from convolith.models import Sequential

X, Y = np.zeros((5, 4), "float32"), np.arange(5) % 3


@pytest.fixture
def model():
    model = Sequential([layers.Input((4,)), layers.Dense(3, "softmax")])
    model.compile("sgd", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


class Journal(callbacks.Callback):
    """Writes down every hook."""

    def __init__(self):
        self.entries = []

    def _note(self, name, number=None, logs=None):
        self.entries.append((name, number, sorted(logs or {})))


def _noting(name, numbered):
    if numbered:
        return lambda self, number, logs=None: self._note(name, number, logs)
    return lambda self, logs=None: self._note(name, None, logs)


for _name in callbacks.OUTER_HOOKS + callbacks.BATCH_HOOKS:
    setattr(Journal, _name, _noting(_name, "epoch" in _name or "batch" in _name))


def test_hooks_of_fit_in_order(model):
    journal = Journal()
    model.fit(X, Y, batch_size=3, validation_data=(X[:1], Y[:1]), callbacks=journal, verbose=0)
    both = ["accuracy", "loss"]
    everything = ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert journal.entries == [
        ("on_train_begin", None, []),
        ("on_epoch_begin", 0, []),
        ("on_train_batch_begin", 0, []),
        ("on_train_batch_end", 0, both),
        ("on_train_batch_begin", 1, []),
        ("on_train_batch_end", 1, both),
        ("on_test_begin", None, []),
        ("on_test_batch_begin", 0, []),
        ("on_test_batch_end", 0, both),
        ("on_test_end", None, both),
        ("on_epoch_end", 0, everything),
        ("on_train_end", None, everything),
    ]
    assert journal.model is model
    assert journal.params == {"verbose": 0, "epochs": 1, "steps": 2}


def test_hooks_of_evaluate_and_predict(model):
    journal = Journal()
    model.evaluate(X, Y, batch_size=5, callbacks=[journal], verbose=0)
    model.predict(X, batch_size=3, callbacks=[journal], verbose=0)
    assert [entry[:2] for entry in journal.entries] == [
        ("on_test_begin", None),
        ("on_test_batch_begin", 0),
        ("on_test_batch_end", 0),
        ("on_test_end", None),
        ("on_predict_begin", None),
        ("on_predict_batch_begin", 0),
        ("on_predict_batch_end", 0),
        ("on_predict_batch_begin", 1),
        ("on_predict_batch_end", 1),
        ("on_predict_end", None),
    ]
    assert journal.entries[6][2] == ["outputs"]


def test_the_older_names_of_batch_hooks(model):
    class Older(callbacks.Callback):
        seen = 0

        def on_batch_end(self, batch, logs=None):
            self.seen += 1

    older = Older()
    model.fit(X, Y, batch_size=2, callbacks=[older], verbose=0)
    assert older.seen == 3


def test_a_lambda_callback_runs_functions(model):
    losses = []
    printer = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: losses.append((epoch, logs["loss"])))
    history = model.fit(X, Y, epochs=2, callbacks=[printer], verbose=0)
    assert losses == list(enumerate(history.history["loss"]))


def test_a_lambda_callback_refuses_other_names():
    with pytest.raises(TypeError, match="LambdaCallback: 'on_coffee' is no hook; the hooks are on_train_begin"):
        callbacks.LambdaCallback(on_coffee=print)
    with pytest.raises(TypeError, match="LambdaCallback: on_epoch_end must be a function, got 3"):
        callbacks.LambdaCallback(on_epoch_end=3)


@pytest.mark.parametrize(("hook", "batches"), [("on_train_batch_end", 1), ("on_epoch_end", 2)])
def test_stop_training_ends_fit(model, hook, batches):
    def stop(*arguments):
        model.stop_training = True

    history = model.fit(X, Y, batch_size=3, epochs=9, callbacks=[callbacks.LambdaCallback(**{hook: stop})], verbose=0)
    assert history.epoch == [0]
    assert int(model.optimizer.iterations) == batches
    model.fit(X, Y, batch_size=3, epochs=2, verbose=0)  # the next fit starts anew
    assert int(model.optimizer.iterations) == batches + 4


def test_a_history_goes_on_if_it_is_given_again(model):
    history = callbacks.History()
    model.fit(X, Y, callbacks=[history], verbose=0)
    model.fit(X, Y, callbacks=[history], initial_epoch=1, epochs=2, verbose=0)
    assert len(history.history["loss"]) == 2
    assert history.epoch == [1]


def test_what_runs_on_data_is_stopped_after_a_batch():
    model, x, y = Sequential([layers.Input((4,)), layers.Dense(3)]), np.ones((10, 4), "float32"), np.zeros((10, 3))
    model.compile("sgd", "mse")
    seen = []

    class Stop(callbacks.Callback):
        def on_test_batch_end(self, batch, logs=None):
            seen.append(("test", batch))
            self.model.stop_evaluating = batch == 1

        def on_predict_batch_end(self, batch, logs=None):
            seen.append(("predict", batch))
            self.model.stop_predicting = batch == 1

    for _ in range(2):  # it works again after it was stopped
        seen.clear()
        model.evaluate(x, y, batch_size=2, verbose=0, callbacks=[Stop()])
        assert model.predict(x, batch_size=2, verbose=0, callbacks=[Stop()]).shape == (4, 3)
        assert model.predict(iter([x[:3], x[:2], x]), verbose=0, callbacks=[Stop()]).shape == (5, 3)
        assert seen == [("test", 0), ("test", 1), *[("predict", 0), ("predict", 1)] * 2]
    assert model.predict(x, batch_size=2, verbose=0).shape == (10, 3)


def test_logs_are_a_dict_everywhere():
    kinds = {}

    class Kinds(callbacks.Callback):
        pass

    def hook(name):
        return lambda self, *arguments: kinds.setdefault(name, []).append(type(arguments[-1]))

    for name in callbacks.OUTER_HOOKS + callbacks.BATCH_HOOKS:
        setattr(Kinds, name, hook(name))
    model, x, y = Sequential([layers.Input((4,)), layers.Dense(3)]), np.ones((4, 4), "float32"), np.zeros((4, 3))
    model.compile("sgd", "mse")
    model.fit(x, y, validation_data=(x, y), verbose=0, callbacks=[Kinds()])
    model.predict(x, verbose=0, callbacks=[Kinds()])
    assert set(kinds) == set(callbacks.OUTER_HOOKS + callbacks.BATCH_HOOKS)
    assert {name for name, seen in kinds.items() if set(seen) != {dict}} == set()


def test_a_callback_list_is_taken_as_its_callbacks(model):
    journal, history = Journal(), callbacks.History()
    hooks = callbacks.CallbackList([journal, history])
    returned = model.fit(X, Y, epochs=2, verbose=0, callbacks=hooks)
    assert history.history == returned.history
    assert journal.model is model
    model.evaluate(X, Y, verbose=0, callbacks=hooks)
    model.predict(X, verbose=0, callbacks=hooks)
    assert journal.entries[-1][0] == "on_predict_end"


def test_prediction_is_stopped_by_who_hears_of_a_batch_s_begin_alone():
    model, x = Sequential([layers.Input((4,)), layers.Dense(3)]), np.ones((10, 4), "float32")

    class Stop(callbacks.Callback):
        def on_predict_batch_begin(self, batch, logs=None):
            self.model.stop_predicting = batch == 1

    assert model.predict(x, batch_size=2, verbose=0, callbacks=[Stop()]).shape == (4, 3)
    assert model.predict(iter([x[:3], x[:2], x]), verbose=0, callbacks=[Stop()]).shape == (5, 3)


def test_an_epoch_that_is_ended_early_ends_for_its_data_too():
    model, heard = Sequential([layers.Input((4,)), layers.Dense(3)]), []
    model.compile("sgd", "mse")

    class Numbered:
        """Like a PyDataset, without being one."""

        num_batches = 10

        def __getitem__(self, number):
            heard.append(number)
            return np.ones((2, 4), "float32"), np.zeros((2, 3), "float32")

        def on_epoch_end(self):
            heard.append("end")

    class Stop(callbacks.Callback):
        def on_test_batch_end(self, batch, logs=None):
            self.model.stop_evaluating = batch == 1

    for _ in range(2):
        heard.clear()
        model.evaluate(Numbered(), steps=5, verbose=0, callbacks=[Stop()])
        assert heard[:2] == [0, 1] and heard.count("end") == 1 and 4 not in heard
