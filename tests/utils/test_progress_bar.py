"""The bar for loops of one's own: what it writes, and when."""

import logging
import re

import numpy as np
import pytest

from convolith import config
from convolith.utils import Progbar


@pytest.fixture
def clock(monkeypatch):
    """A list with the time, in seconds, which tests set."""
    now = [1000.0]
    monkeypatch.setattr("time.time", lambda: now[0])
    return now


LOOPS = {
    "a bar": {"target": 40, "steps": [1, 2, 17, 40], "seconds": 3},
    "long": {"target": 12000, "steps": [0, 3, 4, 500], "seconds": 30},
    "minutes": {"target": 100, "steps": [10, 20], "seconds": 10},
    "fast": {"target": 3, "steps": [1, 2, 3], "seconds": 0.00002, "interval": 0},
    "milliseconds": {"target": 3, "steps": [1, 2, 3], "seconds": 0.02, "interval": 0},
    "no target": {"target": None, "steps": [1, 2, 5], "seconds": 2},
    "averaged": {"target": 4, "steps": [1, 3, 4], "seconds": 1, "stateless_metrics": ["loss"]},
    "as they are": {"target": 4, "steps": [1, 3, 4], "seconds": 1, "stateful_metrics": ["loss"]},
    "of samples": {"target": 4, "steps": [2, 4], "seconds": 5, "unit_name": "sample", "width": 7},
    "too soon": {"target": 9, "steps": range(1, 10), "seconds": 0.02},
    "a line": {"target": 40, "steps": [1, 20, 40], "seconds": 3, "verbose": 2},
    "nothing": {"target": 40, "steps": [1, 20, 40], "seconds": 3, "verbose": 0},
}


def run(kind, clock, target, steps, seconds, **arguments):
    bar = kind(target, **arguments)
    for number, step in enumerate(steps):
        clock[0] += seconds
        bar.update(
            step,
            [
                ("loss", 1.5 / (number + 1)),
                ("small", np.float32(-3e-4 * number)),
                ("many", np.array([1.0, 2.0 * number])),
            ],
        )
    bar.update(steps[-1], [("loss", 0.25)], finalize=True)


@pytest.mark.parametrize("name", LOOPS)
def test_it_tells_what_keras_s_tells(keras, clock, capsys, name):
    run(Progbar, clock, **LOOPS[name])
    ours = capsys.readouterr().out
    keras.config.enable_interactive_logging()
    run(keras.utils.Progbar, clock, **LOOPS[name])
    theirs = capsys.readouterr().out
    assert "\x1b" not in ours  # colours
    ours, theirs = (re.sub(r"\x1b\[\d+m|\x08|[━─]", "", text).replace("- ", "").split() for text in (ours, theirs))
    assert ours == theirs


def test_the_bar_fills_and_leaves_nothing_of_longer_lines(clock, capsys):
    bar = Progbar(4, width=8, interval=0)
    for step, loss in ((1, [("loss", 2.0)]), (2, None), (4, None)):
        clock[0] += 1
        bar.update(step, loss)
    first, second, third = capsys.readouterr().out.split("\r")[1:]
    assert first == "1/4 ━━────── 3s 1s/step - loss: 2.0000"
    assert second == "2/4 ━━━━──── 2s 1s/step - loss: 2.0000"
    assert third == "4/4 ━━━━━━━━ 3s 667ms/step - loss: 2.0000\n"
    bar = Progbar(4, interval=0, stateful_metrics=["loss"])
    bar.update(1, [("loss", 1e-9)])
    long = len(capsys.readouterr().out)
    bar.update(2, [("loss", 1.0)])
    assert len(capsys.readouterr().out) == long


def test_means_count_the_steps(clock, capsys):
    bar = Progbar(10, interval=0)
    bar.add(3, [("loss", 1.0)])
    bar.add(1, [("loss", 5.0)])
    assert capsys.readouterr().out.endswith("loss: 2.0000")


def test_logged_at_the_end_where_nobody_looks(clock, capsys, caplog):
    config.disable_interactive_logging()
    try:
        with caplog.at_level(logging.INFO, "convolith"):
            bar = Progbar(2)
            bar.update(1, [("loss", 1.0)])
            assert caplog.messages == []
            clock[0] += 4
            bar.update(2, [("loss", 0.5)])
    finally:
        config.enable_interactive_logging()
    assert caplog.messages == ["2/2 - 4s - 4s/step - loss: 0.5000"]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"stateful_metrics": ["a"], "stateless_metrics": ["b"]}, "give either stateful_metrics or stateless_metrics"),
        ({"verbose": 3}, "verbose must be 0, 1 or 2, got 3"),
    ],
)
def test_refused(arguments, message):
    with pytest.raises(ValueError, match=f"Progbar: {message}"):
        Progbar(3, **arguments)
