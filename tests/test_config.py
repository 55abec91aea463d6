"""show_config tells the truth about the installation."""

import importlib.metadata
import os
import platform
import subprocess
import sys

import numpy as np
import pytest

import convolith
from convolith import config
from convolith.engine import dispatch, threads


def test_dicts_hold_what_the_engine_says():
    entries = config.show_config(mode="dicts")
    assert entries["convolith"] == importlib.metadata.version("convolith")
    assert entries["numpy"] == np.__version__
    assert entries["python"].startswith(platform.python_version())
    assert entries["instruction_set"] == {"used": dispatch.isa(), "available": dispatch.available_isas()}
    assert entries["threads"] == {
        "number": threads.get_num_threads(),
        "reason": threads.num_threads_reason(),
        "openmp": threads.has_openmp(),
    }
    assert entries["build"] == dispatch.build_info() and entries["build"]["compiler"]


def test_every_entry_is_printed(capsys):
    assert config.show_config() is None
    lines = dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())
    assert list(lines)[:6] == ["convolith", "numpy", "python", "platform", "instruction set", "threads"]
    assert lines["instruction set"] == f"{dispatch.isa()} (available: {', '.join(dispatch.available_isas())})"
    assert threads.num_threads_reason() in lines["threads"]
    assert lines["compiler"] == dispatch.build_info()["compiler"]


@pytest.mark.parametrize("isa_name", dispatch.available_isas())
def test_a_forced_instruction_set_and_number_of_threads_show(isa_name):
    done = subprocess.run(
        [sys.executable, "-c", "from convolith.config import show_config; show_config()"],
        env=os.environ | {"CONVOLITH_ISA": isa_name, "CONVOLITH_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"\ninstruction set: {isa_name} (available: " in done.stdout
    assert "\nthreads: 1 (" in done.stdout
    if threads.has_openmp():
        assert "\nthreads: 1 (CONVOLITH_NUM_THREADS)" in done.stdout


def test_threads_set_by_the_program_show_with_the_reason():
    before = threads.get_num_threads()
    try:
        config.set_num_threads(3)
        entry = config.show_config(mode="dicts")["threads"]
        if threads.has_openmp():
            assert entry["number"] == 3 and entry["reason"] == "set_num_threads()"
        else:
            assert entry["number"] == 1
    finally:
        config.set_num_threads(before)


def test_minimal_filtering_is_switched_and_shows(capsys):
    assert config.is_winograd_enabled()
    try:
        config.disable_winograd()
        assert not config.is_winograd_enabled() and config.show_config(mode="dicts")["winograd"] is False
        config.show_config()
        assert "\nwinograd: off\n" in capsys.readouterr().out
    finally:
        config.enable_winograd()
    assert config.is_winograd_enabled()


def test_another_mode_is_an_error():
    with pytest.raises(ValueError, match="mode must be 'stdout' or 'dicts', got 'json'"):
        config.show_config(mode="json")


@pytest.fixture
def limits():
    yield config
    config.set_max_epochs(None)
    config.set_max_steps_per_epoch(None)


def small_model():
    model = convolith.Sequential([convolith.Input((3,)), convolith.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


X, Y = np.ones((10, 3), np.float32), np.ones((10, 1), np.float32)


def test_epochs_are_limited(limits):
    assert config.max_epochs() is None
    limits.set_max_epochs(2)
    assert config.max_epochs() == 2
    with pytest.warns(UserWarning, match="set_max_epochs ends the training after 2 of 5 epochs"):
        history = small_model().fit(X, Y, epochs=5, verbose=0)
    assert history.epoch == [0, 1]
    assert small_model().fit(X, Y, epochs=1, verbose=0).epoch == [0]


def test_steps_are_limited(limits):
    assert config.max_steps_per_epoch() is None
    limits.set_max_steps_per_epoch(2)
    assert config.max_steps_per_epoch() == 2
    steps = {"train": 0, "test": 0, "predict": 0}

    class Counter(convolith.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            steps["train"] += 1

        def on_test_batch_end(self, batch, logs=None):
            steps["test"] += 1

        def on_predict_batch_end(self, batch, logs=None):
            steps["predict"] += 1

    model, each = small_model(), {"batch_size": 2, "callbacks": [Counter()], "verbose": 0}
    model.fit(X, Y, epochs=2, validation_data=(X, Y), **each)
    assert steps == {"train": 4, "test": 4, "predict": 0}
    model.fit(X, Y, steps_per_epoch=5, **each)
    assert steps["train"] == 6
    model.fit(X[:2], Y[:2], **each)  # has fewer
    assert steps["train"] == 7
    model.evaluate(X, Y, **each)
    assert steps["test"] == 6
    assert len(model.predict(X, **each)) == 4 and steps["predict"] == 2
    batches = [X[start : start + 2] for start in range(0, 10, 2)]
    assert len(model.predict((batch for batch in batches), verbose=0)) == 4


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "2"])
def test_other_limits_are_refused(limits, value):
    for name in ("max_epochs", "max_steps_per_epoch"):
        with pytest.raises(ValueError, match=f"set_{name}: {name} must be None or an integer > 0, got"):
            getattr(limits, f"set_{name}")(value)
        assert getattr(config, name)() is None


@pytest.mark.parametrize("verbose", [0, 1, 2])
def test_progress_is_logged_instead_of_shown(capsys, caplog, verbose):
    assert config.is_interactive_logging_enabled() and convolith.utils.is_interactive_logging_enabled()
    config.disable_interactive_logging()
    try:
        assert not config.is_interactive_logging_enabled()
        with caplog.at_level("INFO", logger="convolith"):
            small_model().fit(X, Y, epochs=2, verbose=verbose)
    finally:
        config.enable_interactive_logging()
    assert capsys.readouterr() == ("", "")
    expected = ["Epoch 1/2: 1/1", "Epoch 2/2: 1/1"] if verbose else []
    assert [record.getMessage()[:14] for record in caplog.records] == expected


def test_tracebacks_are_whole():
    config.disable_traceback_filtering()
    assert config.is_traceback_filtering_enabled() is False
