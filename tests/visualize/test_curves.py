"""Curves of a training."""

import sys
from types import SimpleNamespace

import pytest

from convolith import visualize

HISTORY = {"loss": [2.0, 1.0, 0.5], "accuracy": [0.3, 0.6, 0.8], "val_loss": [1.8, 1.1, 0.7]}


def test_one_panel_a_quantity_and_one_line_a_list():
    pytest.importorskip("matplotlib")
    figure = visualize.plot_history(SimpleNamespace(history=HISTORY))
    assert [axes.get_title() for axes in figure.axes] == ["loss", "accuracy"]
    loss, accuracy = figure.axes
    assert [line.get_label() for line in loss.lines] == ["training", "validation"]
    assert [line.get_label() for line in accuracy.lines] == ["training"]
    assert list(loss.lines[1].get_xdata()) == [1, 2, 3] and list(loss.lines[1].get_ydata()) == HISTORY["val_loss"]


def test_the_picture_is_written_whole_and_pyplot_is_left_alone(tmp_path):
    pytest.importorskip("matplotlib")
    visualize.plot_history(HISTORY, tmp_path / "curves.png")
    assert [file.name for file in tmp_path.iterdir()] == ["curves.png"]
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
    if "matplotlib.pyplot" in sys.modules:
        assert not sys.modules["matplotlib.pyplot"].get_fignums()


def test_nothing_is_left_behind_where_writing_fails(tmp_path):
    pytest.importorskip("matplotlib")
    with pytest.raises(ValueError):
        visualize.plot_history(HISTORY, tmp_path / "curves.nosuchformat")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("history", [{}, {"loss": []}, {"loss": [1.0], "val_loss": [1.0, 2.0]}])
def test_lists_without_epochs_or_of_different_lengths_are_an_error(history):
    with pytest.raises(ValueError, match="plot_history: history must hold"):
        visualize.plot_history(history)


def test_missing_matplotlib_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r'pip install "convolith\[plot\]"'):
        visualize.plot_history(HISTORY)
