"""Operations and receptive fields of layers: against counting by hand, and against what gradients reach."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convolith import layers, ops, utils
from convolith.models import Model, Sequential
from convolith.models.cost import layer_costs, predict_plan, train_plan
from convolith.ops.vjp import vjp


def costs(model, batch_size=1):
    return {getattr(owner, "name", None): cost for owner, cost in layer_costs(model._graph, batch_size).items()}


def test_operations_by_hand():
    model = Sequential(
        [
            layers.Input((8, 8, 3)),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.Conv2D(6, 3, groups=2, use_bias=False, padding="same", name="groups"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Flatten(name="flat"),
            layers.Dense(5, name="dense"),
        ]
    )
    found = {name: cost.flops for name, cost in costs(model, 2).items()}
    pixels = 2 * 6 * 6
    assert found["conv"] == pixels * 4 * (2 * 9 * 3 + 1 + 1)
    assert found["groups"] == pixels * 6 * 2 * 9 * 2
    assert found["pool"] == 2 * 3 * 3 * 6 * 4
    assert found["flat"] == 0
    assert found["dense"] == 2 * 5 * (2 * 54 + 1)
    assert predict_plan(model, 2).flops == sum(found.values())


def test_training_costs_about_three_times_the_products():
    model = Sequential([layers.Input((64,)), layers.Dense(64, use_bias=False), layers.Dense(64, use_bias=False)])
    model.compile("sgd", "mse")
    products = 2 * 100 * 64 * 64
    flops = train_plan(model, 100).flops
    assert 5 * products < flops < 5.2 * products  # forward, and backward but for the first layer's inputs


def test_a_layer_that_is_called_twice_costs_twice_and_operations_have_rows_of_their_own():
    inputs = layers.Input((4,))
    shared = layers.Dense(4, use_bias=False, name="shared")
    model = Model(inputs, shared(shared(inputs)) + inputs)
    found = layer_costs(model._graph, 3)
    assert found[shared].flops == 2 * 2 * 3 * 4 * 4
    (operation,) = [owner for owner in found if not isinstance(owner, layers.Layer)]
    assert found[operation].flops == 3 * 4


def test_batch_normalisation_sees_a_pixel_and_squeezing_sees_all():
    """In inference its moments are weights; gated channels depend on the whole image."""
    inputs = layers.Input((12, 12, 2))
    x = layers.BatchNormalization(name="first")(inputs)
    x = layers.Conv2D(4, 3, name="conv1")(x)
    x = layers.BatchNormalization(scale=False, name="second")(x)
    x = layers.Conv2D(4, 3, strides=2, name="conv2")(x)
    x = layers.Add(name="sum")([x, layers.BatchNormalization(center=False, name="third")(x)])
    x = layers.Conv2D(4, 3, name="conv3")(x)
    gate = layers.GlobalAveragePooling2D(keepdims=True, name="squeeze")(x)
    x = layers.Multiply(name="gated")([x, layers.Dense(4, "sigmoid", name="excite")(gate)])
    fields = {name: cost.field and cost.field.size for name, cost in costs(Model(inputs, x)).items()}
    expected = {"first": 1, "conv1": 3, "second": 3, "conv2": 5, "third": 5, "sum": 5, "conv3": 9, "gated": np.inf}
    assert {name: fields[name] for name in expected} == {name: (size, size) for name, size in expected.items()}


WINDOWS = st.tuples(
    st.sampled_from(["conv", "pool"]),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.integers(1, 2),
    st.integers(1, 2),
)


@given(st.lists(WINDOWS, min_size=1, max_size=3))
def test_a_receptive_field_is_what_the_gradient_of_a_pixel_reaches(windows):
    model = Sequential([layers.Input((40, 40, 1))])
    for kind, size, strides, dilation in windows:
        if kind == "pool":
            model.add(layers.AveragePooling2D(size, strides=strides))
        elif strides == 1:
            model.add(layers.Conv2D(1, size, dilation_rate=dilation, kernel_initializer="ones"))
        else:
            model.add(layers.Conv2D(1, size, strides, kernel_initializer="ones"))
    x = np.ones((1, 40, 40, 1))
    outputs, pull = vjp(model, x)
    upstream = np.zeros_like(outputs)
    upstream[0, outputs.shape[1] // 2, outputs.shape[2] // 2] = 1
    (reached,) = pull(upstream)
    rows, columns = reached[0, :, :, 0].any(1).nonzero()[0], reached[0, :, :, 0].any(0).nonzero()[0]
    extent = (rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1)
    assert list(costs(model).values())[-1].field.size == extent


def test_branches_see_the_larger_field_and_sums_over_the_image_see_all():
    inputs = layers.Input((16, 16, 2))
    a = layers.Conv2D(2, 5, padding="same", name="five")(inputs)
    b = layers.Conv2D(2, 3, padding="same", name="three")(inputs)
    join = layers.Activation("relu", name="join")
    everything = layers.Lambda(lambda x: x * ops.mean(x, axis=(1, 2), keepdims=True), name="all")
    found = costs(Model(inputs, everything(join(a + b) + inputs)))
    assert found["three"].field.size == (3, 3)
    assert found["join"].field.size == (5, 5)
    assert found["all"].field.size == (np.inf, np.inf)


def test_channels_may_come_first():
    model = Sequential([layers.Input((3, 9, 9)), layers.Conv2D(9, 3, data_format="channels_first", name="conv")])
    model.add(layers.MaxPooling2D(2, data_format="channels_first", name="pool"))
    assert costs(model)["conv"].field.size == (3, 3)
    assert costs(model)["pool"].field.size == (4, 4)


def test_the_summary_shows_both(capsys):
    utils.clear_session()
    model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(1)])
    model.summary(batch_size=4, line_length=110)
    text = capsys.readouterr().out
    assert "FLOPs ┃ Receptive field ┃" in text
    assert re.search(r"conv2d \(Conv2D\) .* 5\.47 K │ +3x3 │", text)
    assert re.search(r"dense \(Dense\) .* 580 │ +- │", text)
    assert " FLOPs of inference, batch size 4: 6.05 K" in text
    assert "FLOPs of training" not in text
    model.compile("sgd", "mse")
    model.summary(batch_size=4)
    assert " FLOPs of training, batch size 4: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0"), (999, "999"), (999.6, "1 K"), (1234567, "1.23 M"), (5e9, "5 G"), (2e16, "20 P")]
)
def test_numbers_are_short(count, text):
    from convolith.models.summary import readable_count

    assert readable_count(count) == text


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop"])
def test_a_gradient_is_gone_before_the_next_is_computed(optimizer):
    size = 256
    model = Sequential([layers.Input((size,)), *(layers.Dense(size, "relu") for _ in range(6))])
    model.compile(optimizer, "mse")
    gradient, activations = 4 * size * size, 4 * 8 * size
    assert train_plan(model, 8).peak_bytes < 2 * gradient + 20 * activations
