"""Callbacks that watch a number: stopping, smaller steps; played to them without training."""

import numpy as np
import pytest

from convolith import callbacks, layers, optimizers
from convolith.models import Sequential
from tests.callbacks.models import Stage

LOSSES = [5.0, 4.0, 4.1, 4.05, 3.0, 3.5, 3.4, 3.3, 3.2]


@pytest.mark.parametrize(
    ("arguments", "epochs", "best"),
    [
        ({}, 3, 1),
        ({"patience": 2}, 4, 1),
        ({"patience": 3}, 8, 4),
        ({"patience": 5}, 9, 4),
        ({"patience": 2, "min_delta": 2}, 3, 0),
        ({"patience": 3, "baseline": 3.5}, 3, 1),
        ({"patience": 5, "baseline": 3.5}, 9, 4),
        ({"patience": 2, "baseline": 3.5}, 3, 1),
        ({"start_from_epoch": 4}, 6, 4),
        ({"mode": "max", "patience": 1}, 2, 0),
    ],
)
def test_early_stopping(keras, arguments, epochs, best):
    stage = Stage()
    callback = callbacks.EarlyStopping("val_loss", restore_best_weights=True, **arguments)
    for _ in range(2):  # a second training begins anew
        assert len(stage.play(callback, "val_loss", LOSSES)) == epochs
        assert callback.stopped_epoch == (epochs - 1 if epochs < 9 else 0)
        assert stage.weights == callback.best_epoch == best
    stage.metrics, stage.optimizer = [], None
    peer = keras.callbacks.EarlyStopping("val_loss", restore_best_weights=True, **arguments)
    assert len(stage.play(peer, "val_loss", LOSSES)) == epochs
    assert stage.weights == best


def test_without_restoring_the_last_weights_stay(capsys):
    stage = Stage()
    stage.play(callbacks.EarlyStopping("val_loss", verbose=1), "val_loss", LOSSES)
    assert stage.weights == 2
    assert capsys.readouterr().out == "Epoch 3: early stopping\n"


@pytest.mark.parametrize(
    ("monitor", "up"),
    [("val_accuracy", True), ("accuracy", True), ("mse", False), ("val_loss", False), ("a_loss", False)],
)
def test_the_metric_knows_which_way_is_better(monitor, up):
    stage = Stage()
    stage.play(callbacks.EarlyStopping(monitor, patience=9, restore_best_weights=True), monitor, [1.0, 2.0, 0.5])
    assert stage.weights == (1 if up else 2)


def test_what_is_not_in_the_logs_is_told():
    with pytest.warns(UserWarning, match="EarlyStopping needs 'val_loss', a single number, in the logs, which have: "):
        assert len(Stage().play(callbacks.EarlyStopping(), "val_loss", [None])) == 1
    with pytest.warns(UserWarning, match="ReduceLROnPlateau needs 'f1', .* which have: f1"):
        Stage().play(callbacks.ReduceLROnPlateau("f1"), "f1", [np.ones(3)])


@pytest.mark.parametrize(
    ("arguments", "rates"),
    [
        ({"patience": 1, "factor": 0.5}, [1, 1, 1, 0.5, 0.25, 0.25, 0.125, 0.0625, 0.03125]),
        ({"patience": 2, "factor": 0.5}, [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25]),
        ({"patience": 1, "factor": 0.5, "cooldown": 2}, [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125]),
        ({"patience": 1, "factor": 0.1, "min_lr": 0.3}, [1, 1, 1, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3]),
        ({"patience": 1, "factor": 0.5, "min_delta": 9}, [0.5**max(0, epoch - 1) for epoch in range(9)]),
        ({"patience": 1, "factor": 0.5, "mode": "max"}, [0.5**max(0, epoch - 1) for epoch in range(9)]),
    ],
)  # fmt: skip
def test_smaller_steps(keras, arguments, rates):
    stage = Stage()
    callback = callbacks.ReduceLROnPlateau("val_loss", **arguments)
    found = [logs["learning_rate"] for logs in stage.play(callback, "val_loss", LOSSES)]
    np.testing.assert_allclose(found, rates)
    theirs = Stage()
    peer = keras.callbacks.ReduceLROnPlateau("val_loss", **arguments)
    peer.set_model(theirs)
    theirs.optimizer = keras.optimizers.SGD(1.0)
    peer.on_train_begin()
    for epoch, value in enumerate(LOSSES):
        logs = {"val_loss": value}
        peer.on_epoch_end(epoch, logs)
        assert logs["learning_rate"] == pytest.approx(found[epoch])


def test_smaller_steps_are_told(capsys):
    stage = Stage()
    stage.play(callbacks.ReduceLROnPlateau("val_loss", 0.5, 1, 1), "val_loss", [1.0, 2.0])
    assert capsys.readouterr().out == "Epoch 2: the learning rate is 0.5 now\n"
    assert float(stage.optimizer.learning_rate) == 0.5


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        (lambda epoch: 1 / (epoch + 1), [1, 0.5, 1 / 3]),
        (lambda epoch, rate: rate / 2, [0.5, 0.25, 0.125]),
        (lambda epoch, rate=3.0: rate / 2, [0.5, 0.25, 0.125]),
        (lambda epoch: np.float32(0.25), [0.25, 0.25, 0.25]),
    ],
)
def test_a_rate_for_each_epoch(schedule, rates, capsys):
    logs = Stage().play(callbacks.LearningRateScheduler(schedule, verbose=1), "loss", [1, 1, 1])
    np.testing.assert_allclose([one["learning_rate"] for one in logs], rates)
    assert capsys.readouterr().out.startswith(f"Epoch 1: the learning rate is {rates[0]:g}\n")


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: callbacks.EarlyStopping(mode="up"), ValueError, "EarlyStopping: mode must be one of .*, got 'up'"),
        (
            lambda: Stage().play(callbacks.EarlyStopping("odd"), "odd", [1.0, 2.0]),
            ValueError,
            "EarlyStopping: whether more or less of 'odd' is better is not known: give mode='max' or mode='min'",
        ),
        (lambda: callbacks.ReduceLROnPlateau(factor=1.0), ValueError, r"factor must be a number in \[0, 1\), got 1.0"),
        (lambda: callbacks.ReduceLROnPlateau(factor="x"), ValueError, r"factor must be a number in \[0, 1\), got 'x'"),
        (lambda: callbacks.ReduceLROnPlateau(patience=None), ValueError, "patience must be a number >= 0, got None"),
        (lambda: callbacks.ReduceLROnPlateau(cooldown=-1), ValueError, "cooldown must be a number >= 0, got -1"),
        (lambda: callbacks.ReduceLROnPlateau(min_lr=np.nan), ValueError, "min_lr must be a number >= 0, got nan"),
        (lambda: callbacks.EarlyStopping(patience=-1), ValueError, "EarlyStopping: patience must be a number >= 0"),
        (lambda: callbacks.EarlyStopping(start_from_epoch="x"), ValueError, "start_from_epoch must be a number >= 0"),
        (lambda: callbacks.EarlyStopping(min_delta=np.inf), ValueError, "min_delta must be finite, got inf"),
        (lambda: callbacks.EarlyStopping(baseline=np.nan), ValueError, r"baseline must be in .*, got nan"),
        (
            lambda: callbacks.EarlyStopping(baseline="x"),
            TypeError,
            "baseline must be a number, got 'x'",
        ),
        (lambda: callbacks.EarlyStopping(min_delta=np.ones(1)), TypeError, r"min_delta must be a number, got array\("),
        (lambda: callbacks.EarlyStopping(min_delta=None), TypeError, "EarlyStopping: min_delta must be a number, got"),
        (lambda: callbacks.EarlyStopping(monitor=3), TypeError, "EarlyStopping: monitor must be a name in the logs"),
        (
            lambda: callbacks.EarlyStopping(verbose="x"),
            TypeError,
            "verbose must be an integer, got 'x'",
        ),
        (
            lambda: callbacks.EarlyStopping(restore_best_weights="no"),
            TypeError,
            "EarlyStopping: restore_best_weights must be True or False, got 'no'",
        ),
        (
            lambda: callbacks.LearningRateScheduler(abs, verbose=np.ones(2)),
            TypeError,
            r"LearningRateScheduler: verbose must be an integer, got array\(",
        ),
        (lambda: callbacks.LearningRateScheduler(0.1), TypeError, "schedule must be a function, got 0.1"),
        (
            lambda: Stage().play(callbacks.LearningRateScheduler(lambda epoch: "x"), "loss", [1]),
            ValueError,
            "LearningRateScheduler: schedule must give a number, got 'x' for epoch 0",
        ),
    ],
)
def test_a_wrong_argument_is_named(act, error, message):
    with pytest.raises(error, match=message):
        act()


@pytest.mark.parametrize("name", ["LearningRateScheduler", "ReduceLROnPlateau"])
def test_training_begins_without_a_model_as_in_keras(keras, name):
    for each in (callbacks, keras.callbacks):
        callback = getattr(each, name)(*([lambda epoch: 0.1] if name == "LearningRateScheduler" else []))
        callback.on_train_begin()


@pytest.mark.parametrize(
    "callback", [callbacks.LearningRateScheduler(lambda epoch: 0.1), callbacks.ReduceLROnPlateau("loss")]
)
def test_several_optimizers_have_no_rate_to_set(callback):
    model = Sequential([layers.Input((2,)), layers.Dense(1)], name="rows")
    model.compile(optimizers.MultiOptimizer(optimizers.OptimizerMap(optimizers.SGD())), "mse")
    before = model.get_weights()
    with pytest.raises(ValueError, match=f"{type(callback).__name__}: rows is trained by a MultiOptimizer, which has"):
        model.fit(np.ones((4, 2)), np.ones((4, 1)), callbacks=[callback], verbose=0)
    np.testing.assert_array_equal(before[0], model.get_weights()[0])


def test_a_switch_of_numpy_may_be_verbose():
    assert callbacks.EarlyStopping(verbose=np.bool_(True)).verbose == 1


def test_numbers_may_be_arrays_of_no_axis():
    stopping = callbacks.EarlyStopping(min_delta=np.array(-0.5), baseline=np.array(2))
    assert (stopping.min_delta, stopping.baseline) == (0.5, 2.0)
    assert type(stopping.baseline) is float
    assert type(callbacks.ModelCheckpoint("x.convolith", initial_value_threshold=np.array(2.0)).best) is float
