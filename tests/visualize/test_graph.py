"""Drawings of models: what is in them, without Graphviz; and what is said where something is missing."""

import sys

import pytest

from convolith import layers, utils
from convolith.models import Model, Sequential


@pytest.fixture(autouse=True)
def names_from_the_start():
    utils.clear_session()


def branched():
    inputs = layers.Input((4,), name="in")
    shared = layers.Dense(3, activation="relu", name="shared")
    return Model(inputs, shared(inputs) + layers.Dense(3, name="other", trainable=False)(inputs), name="m")


def drawn(model, **arguments):
    pytest.importorskip("pydot")
    dot = utils.model_to_dot(model, **arguments)
    labels = {node.get_name(): node.get_label().strip('"') for node in dot.get_nodes() if node.get_label()}
    return labels, {(labels[edge.get_source()], labels[edge.get_destination()]) for edge in dot.get_edges()}


def test_layers_operations_and_what_reads_what():
    labels, edges = drawn(branched())
    source, shared, other, total = "in (InputLayer)", "shared (Dense)", "other (Dense)", "add (Add)"
    assert sorted(labels.values()) == sorted([source, shared, other, total])
    assert edges == {(source, shared), (source, other), (shared, total), (other, total)}


def test_what_may_be_shown():
    labels, _ = drawn(
        branched(), show_shapes=True, show_dtype=True, show_layer_activations=True, show_trainable=True,
        show_layer_names=False,
    )  # fmt: skip
    assert "Dense\\nactivation: relu\\ndtype: float32\\noutput: (None, 3)\\ntrainable" in labels.values()
    assert any(label.endswith("frozen") for label in labels.values())


def test_a_model_without_a_graph_is_a_row():
    class Net(Model):
        def __init__(self):
            super().__init__()
            self.first, self.second = layers.Dense(3, name="a"), layers.Dense(2, name="b")

        def call(self, inputs):
            return self.second(self.first(inputs))

    model = Net()
    model.build((None, 4))
    assert drawn(model)[1] == {("a (Dense)", "b (Dense)")}


def test_the_text_of_graphviz_is_written(tmp_path):
    pytest.importorskip("pydot")
    utils.plot_model(
        Sequential([layers.Input((4,)), layers.Dense(3)]), tmp_path / "m.dot", rankdir="LR", show_layer_names=True
    )
    text = (tmp_path / "m.dot").read_text()
    assert "dense (Dense)" in text and "rankdir=LR" in text


def test_wrong_arguments(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="rankdir must be one of .*got 'up'"):
        utils.model_to_dot(branched(), rankdir="up")
    with pytest.raises(ValueError, match="model_to_dot: m is not built"):
        utils.model_to_dot(Sequential([layers.Dense(3)], name="m"))
    with pytest.raises(ValueError, match="to_file needs an ending such as .png, got 'model'"):
        utils.plot_model(branched(), "model")
    with pytest.raises(AttributeError, match="has no attribute 'paint'"):
        utils.paint  # noqa: B018
    monkeypatch.setitem(sys.modules, "pydot", None)
    with pytest.raises(ImportError, match=r'pip install "convolith\[graph\]"'):
        utils.plot_model(branched(), tmp_path / "m.png")


def test_graphviz_itself_is_named_where_it_is_missing(tmp_path, monkeypatch):
    pytest.importorskip("pydot")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ImportError, match="install Graphviz"):
        utils.plot_model(branched(), tmp_path / "m.png")
    assert not list(tmp_path.iterdir())
