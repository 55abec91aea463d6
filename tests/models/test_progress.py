"""What fit, evaluate and predict show."""

import numpy as np
import pytest

from convolith import layers, metrics
from convolith.models import Sequential
from convolith.models.progress import Progress

X, Y = np.zeros((5, 4), "float32"), np.arange(5) % 3


@pytest.fixture
def model():
    model = Sequential([layers.Input((4,)), layers.Dense(3, "softmax")])
    model.compile("sgd", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def test_silence(model, capfd):
    model.fit(X, Y, verbose=0, validation_data=(X, Y))
    model.evaluate(X, Y, verbose=0)
    model.predict(X, verbose=0)
    assert capfd.readouterr() == ("", "")


def test_a_bar_an_epoch_with_loss_and_metrics(model, capfd):
    model.fit(X, Y, epochs=2, batch_size=2, validation_data=(X, Y))
    out, err = capfd.readouterr()
    assert out == ""
    last = [text for text in err.replace("\n", "\r").split("\r") if text.strip()]
    assert last[-1].startswith("Epoch 2/2: 100%")
    assert "3/3" in last[-1]
    for name in ("accuracy=", "loss=", "val_accuracy=", "val_loss="):
        assert name in last[-1]


def test_a_line_an_epoch(model, capfd):
    model.fit(X, Y, epochs=2, verbose=2)
    out, err = capfd.readouterr()
    assert err == ""
    first, second = out.splitlines()
    assert first.startswith("Epoch 1/2: 1/1 - 0s - ")
    assert " - accuracy: " in second
    assert " - loss: " in second


def test_evaluate_and_predict_show_bars(model, capfd):
    model.evaluate(X, Y)
    assert "loss=" in capfd.readouterr().err
    model.predict(X, batch_size=2)
    assert "predict: 100%" in capfd.readouterr().err
    model.predict(X)  # a single batch
    assert capfd.readouterr().err == ""


def test_logs_are_formatted_only_now_and_then(monkeypatch):
    now, asked = [0.0], []
    monkeypatch.setattr("convolith.models.progress.time.perf_counter", lambda: now[0])
    progress = Progress(1, 1000, "Epoch")
    for step in range(1000):
        now[0] += 0.001
        progress.step(step + 1, lambda: asked.append(1) or {})
    progress.close()
    assert 5 <= len(asked) <= 10


@pytest.mark.parametrize("verbose", [1, 2])
def test_the_mean_of_a_metric_with_a_value_for_each_class(capfd, verbose):
    model = Sequential([layers.Input((4,)), layers.Dense(3, "softmax")])
    model.compile("sgd", "categorical_crossentropy", metrics=[metrics.F1Score()])
    history = model.fit(X, np.eye(3)[Y], verbose=verbose, validation_data=(X, np.eye(3)[Y])).history
    shown = "".join(capfd.readouterr())
    mean = history["f1_score"][0].mean()
    assert (f"f1_score={mean:.4g}" if verbose == 1 else f"f1_score: {mean:.4f}") in shown
