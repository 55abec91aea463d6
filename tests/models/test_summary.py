"""summary(): Keras 3's layout, and the memory that the Plan computed."""

import re

import pytest

from convolith import layers, utils
from convolith.applications import LeNet5
from convolith.models import Model, Sequential


@pytest.fixture(autouse=True)
def names_from_the_start():
    utils.clear_session()


def summary(model, **arguments):
    texts = []
    model.summary(print_fn=texts.append, line_length=88, **arguments)
    return "\n".join(texts)


# What Keras 3.15 prints for the same model, without the colours.
KERAS = """\
Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━┓
┃ Layer (type)                         ┃ Output Shape                ┃         Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━┩
│ conv2d (Conv2D)                      │ (None, 28, 28, 6)           │             156 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ max_pooling2d (MaxPooling2D)         │ (None, 14, 14, 6)           │               0 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ flatten (Flatten)                    │ (None, 1176)                │               0 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ a_very_long_name_for_a_layer_that_w… │ (None, 10)                  │          11,770 │
│ (Dense)                              │                             │                 │
└──────────────────────────────────────┴─────────────────────────────┴─────────────────┘
 Total params: 11,926 (46.59 KB)
 Trainable params: 11,926 (46.59 KB)
 Non-trainable params: 0 (0.00 B)"""


def test_a_sequential_is_shown_as_by_keras():
    model = Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(6, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(10, name="a_very_long_name_for_a_layer_that_wraps_over_lines_really"),
        ]
    )
    assert summary(model) == KERAS


# The same of Keras, for a model with branches; the operator's row is named by the operation.
BRANCHED = """\
┃ Layer (type)            ┃ Output Shape         ┃      Param # ┃ Connected to         ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━┩
│ input_layer             │ (None, 4)            │            0 │ -                    │
│ (InputLayer)            │                      │              │                      │
├─────────────────────────┼──────────────────────┼──────────────┼──────────────────────┤
│ dense (Dense)           │ (None, 3)            │           15 │ input_layer[0][0]    │
├─────────────────────────┼──────────────────────┼──────────────┼──────────────────────┤
│ dense_1 (Dense)         │ (None, 3)            │           15 │ input_layer[0][0]    │
├─────────────────────────┼──────────────────────┼──────────────┼──────────────────────┤
│ add (Add)               │ (None, 3)            │            0 │ dense[0][0],         │
│                         │                      │              │ dense_1[0][0]        │
└─────────────────────────┴──────────────────────┴──────────────┴──────────────────────┘"""


def test_a_graph_with_branches_shows_its_connections():
    inputs = layers.Input((4,))
    model = Model(inputs, layers.Dense(3)(inputs) + layers.Dense(3)(inputs))
    assert BRANCHED in summary(model)


def test_a_chain_has_no_connections_and_shows_its_input():
    inputs = layers.Input((4,))
    text = summary(Model(inputs, layers.Dense(3)(inputs)))
    assert "Connected to" not in text
    assert "input_layer (InputLayer)" in text


def test_unbuilt_nested_frozen():
    assert re.search(r"dense \(Dense\) +│ \? +│ +0 \(unbuilt\)", summary(Sequential([layers.Dense(3)])))
    inner = Sequential([layers.Input((3,)), layers.Dense(2, name="within", trainable=False)], name="inner")
    text = summary(Sequential([layers.Input((4,)), layers.Dense(3), inner]), expand_nested=True, show_trainable=True)
    assert re.search(r"│    └ within \(Dense\) +│ \(None, 2\) +│ +8 │ +N +│", text)
    assert re.search(r"dense_1 \(Dense\) .* Y +│", text)
    assert " Trainable params: 15 (60.00 B)\n Non-trainable params: 8 (32.00 B)" in text


@pytest.mark.parametrize(
    "layer", [layers.Flatten(), layers.Reshape((4,)), layers.RepeatVector(2), layers.Cropping2D(), layers.RandomFlip()]
)
def test_a_layer_that_met_no_shape_has_none(layer):
    assert re.search(rf"\({type(layer).__name__}\) +│ \? +│ +0 ", summary(Sequential([layer])))


def test_a_subclass_shows_the_shapes_of_its_last_build():
    class Net(Model):
        def __init__(self):
            super().__init__()
            self.first, self.second = layers.Dense(3, name="first"), layers.Dense(2, name="second")

        def call(self, inputs):
            return self.second(self.first(inputs))

    model = Net()
    model.build((None, 4))
    assert re.search(r"second \(Dense\) +│ \(None, 2\) +│ +8 │", summary(model))


def test_the_optimizer_counts_once_it_has_slots():
    model = Sequential([layers.Input((4,)), layers.Dense(3)])
    model.compile("adam", loss="mse")
    assert "Optimizer" not in summary(model)
    model.train_on_batch([[0.0] * 4], [[0.0] * 3])
    assert " Optimizer params: 32 " in summary(model)  # two slots for 15 weights, iterations and learning rate


def test_a_range_of_layers():
    model = LeNet5()
    text = summary(model, layer_range=["c3", "s.*"])
    assert "c3 (Conv2D)" in text
    assert "s4 (MaxPooling2D)" in text
    assert "c1 (Conv2D)" not in text or "s2" in text
    assert "c5" not in text
    with pytest.raises(ValueError, match="layer_range names 'zzz', which no layer's name matches"):
        summary(model, layer_range=["c3", "zzz"])
    with pytest.raises(ValueError, match="layer_range must be two names"):
        summary(model, layer_range=["c3"])


def test_a_line_that_is_too_short():
    with pytest.raises(ValueError, match="line_length 10 is too short"):
        LeNet5().summary(line_length=10)


def peaks(text, what):
    units = {"B": 1, "KB": 1024, "MB": 1 << 20}
    found = re.findall(rf"Peak memory of (\w+), batch size \d+: .*?([\d.]+) (\w+) {what}", text)
    return {what: float(size) * units[unit] for what, size, unit in found}


def test_batch_size_adds_the_peak_memory_of_the_plans(generator):
    model = LeNet5()
    assert "Peak memory of training, batch size 32: known after compile" in summary(model, batch_size=32)
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    shown, in_all = (peaks(summary(model, batch_size=32), what) for what in ("beside", "in all"))
    assert model.planner.arena.block.nbytes == 0  # nothing was allocated for it
    assert not model.optimizer.built
    x, y = generator.random((32, 28, 28)), generator.integers(0, 10, 32)
    model.predict(x, verbose=0)
    model.train_on_batch(x, y)
    optimizer = {"inference": [], "training": model.optimizer.variables}
    plans = {key[0]: plan for key, plan in model.planner._plans.items()}
    assert plans["predict"].prepared_bytes > 0  # the kernels, packed
    for what, mode in (("inference", "predict"), ("training", "train")):
        assert shown[what] == pytest.approx(plans[mode].needed_bytes, rel=0.01)
        held = sum(variable.value.nbytes for variable in [*model.weights, *optimizer[what]])
        assert in_all[what] == pytest.approx(shown[what] + held, rel=0.01)
    assert shown["inference"] < shown["training"]


def test_it_tells_how_much_the_objects_take_at_the_most():
    layer, flat = layers.Dense(3, name="shared"), Sequential([layers.Input((3,)), layers.Dense(3), layers.Dense(3)])
    model = Sequential([layers.Input((3,)), layer, flat])
    text = summary(model, batch_size=2)
    # 1 MB, 16 KB for each of six layers (two models, their input, three dense ones), and a little for the arrays.
    sizes = re.findall(r"in all, and up to ([\d.]+) MB of Python's objects", text)
    assert [float(size) for size in sizes] == [pytest.approx(1 + 6 * 16 / 1024, abs=0.02)]


def test_a_batch_size_needs_inputs_and_a_number():
    with pytest.raises(ValueError, match="summary needs a model with known inputs"):
        summary(Sequential([layers.Dense(3)]), batch_size=32)
    with pytest.raises(ValueError, match="summary: batch_size must be an integer >= 1, got 0"):
        summary(LeNet5(), batch_size=0)
