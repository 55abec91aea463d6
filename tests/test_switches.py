"""A switch, an argument whose default is True or False, takes these two alone, wherever it is."""

import inspect

import numpy as np
import pytest

from convolith import Sequential, callbacks, initializers, layers, losses, metrics, optimizers
from convolith.losses import binary_focal_crossentropy, categorical_focal_crossentropy, circle

MODULES = (layers, losses, metrics, callbacks, optimizers, optimizers.schedules, initializers)
NEEDED = {
    "activation": "relu", "axes": 1, "backup_dir": "b", "boundaries": [1], "cropping": 1, "decay_rate": 0.5,
    "decay_steps": 3, "default_optimizer": "sgd", "dims": (1,), "factor": 0.1, "filename": "x.csv", "filepath": "x",
    "filters": 2, "first_decay_steps": 2, "fn": np.equal, "function": abs, "height": 2, "height_factor": 0.1,
    "initial_learning_rate": 0.1, "kernel_size": 3, "layer": layers.Dense(2), "n": 2, "num_classes": 2,
    "optimizer_map": [], "output_size": 2, "pool_size": 2, "precision": 0.5, "rate": 0.5, "recall": 0.5, "scale": 1.0,
    "schedule": abs, "sensitivity": 0.5, "shape": (3,), "specificity": 0.5, "stddev": 0.1, "target_class_ids": [0],
    "target_shape": (4,), "units": 2, "values": [0.1, 0.2], "width": 2, "width_factor": 0.1,
}  # fmt: skip


OF_NO_EFFECT = (("InputLayer", "optional"), ("TensorBoard", "write_graph"), ("TensorBoard", "write_images"))


def classes():
    """Give each public class by its name."""
    found = {one.__name__: one for module in MODULES for one in vars(module).values() if isinstance(one, type)}
    return [one for name, one in sorted(found.items()) if name[0] != "_" and one.__init__ is not object.__init__]


SWITCHES = [
    (kind, name)
    for kind in classes()
    for name, item in inspect.signature(kind.__init__).parameters.items()
    if isinstance(item.default, bool) and (kind.__name__, name) not in OF_NO_EFFECT
]


def arguments_for(kind):
    """Give what must be given to make one."""
    items = inspect.signature(kind.__init__).parameters.values()
    names = [one.name for one in items if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD]
    own = {layers.RandomPosterization: {"factor": 2}, layers.InputLayer: {"shape": (3,)}}.get(kind, {})
    return {**{name: NEEDED[name] for name in names if name != "self"}, **own}


@pytest.mark.parametrize(("kind", "switch"), SWITCHES)
def test_a_switch_is_true_or_false_alone(kind, switch):
    for wrong in (1, 0, 1.0, "yes", None, np.array(True)):
        with pytest.raises(TypeError, match=rf"{kind.__name__}.*: {switch} must be True or False, got"):
            kind(**{**arguments_for(kind), switch: wrong})


def test_there_are_switches_and_numpy_s_own_are_taken():
    assert len(SWITCHES) > 90
    assert layers.Dense(2, use_bias=np.False_).get_config()["use_bias"] is False


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: circle([0, 1], x, remove_diagonal=1), "circle: remove_diagonal"),
        (lambda x: categorical_focal_crossentropy(x, x, from_logits=1), "categorical_focal_crossentropy: from_logits"),
        (lambda x: binary_focal_crossentropy(x, x, 1), "binary_focal_crossentropy: apply_class_balancing"),
        (lambda x: setattr(layers.Dense(2, name="d"), "trainable", 1), "Dense 'd': trainable"),
        (
            lambda x: layers.Layer(name="l").add_weight((2,), trainable="no"),
            "Layer 'l': add_weight: 'variable': trainable",
        ),
        (lambda x: Sequential(name="s").compile(run_eagerly=1), "s: compile: run_eagerly"),
    ],
)
def test_a_switch_of_a_call_is_true_or_false_alone(call, message):
    with pytest.raises((TypeError, ValueError), match=f"^{message} must be True or False, got"):
        call(np.eye(2))
