"""Layers, models and weights on arrays, as in a notebook: computed at once, exchanged with NumPy and torch, shown."""

import copy

import numpy as np
import pytest

from convolith import callbacks, config, constraints, data, initializers, layers, ops, optimizers, regularizers
from convolith.graph.tensor import Variable
from convolith.models import Model, Sequential

X = np.linspace(-1, 1, 36).astype("float32").reshape(1, 6, 6, 1)


def network():
    return Sequential(
        [layers.Conv2D(2, 3, activation="relu", name="conv"), layers.Flatten(), layers.Dense(3, name="dense")],
        name="net",
    )


def test_layers_and_models_compute_at_once():
    model = network()
    y = model(X)
    assert type(y) is np.ndarray
    dense, conv = model.get_layer("dense"), model.get_layer("conv")
    by_hand = ops.dense(ops.reshape(np.maximum(ops.conv(X, conv.kernel) + conv.bias, 0), (1, -1)), dense.kernel)
    np.testing.assert_allclose(y, by_hand + dense.bias.numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(model.predict(X, verbose=0), y)


@pytest.mark.parametrize("kind", [list, tuple, np.float64, "torch"])
def test_what_else_is_an_array(kind):
    model = Sequential([layers.Input((3,)), layers.Dense(2)])
    rows = np.arange(6.0).reshape(2, 3)
    given = rows.tolist() if kind is list else tuple(rows) if kind is tuple else rows
    if kind == "torch":
        given = pytest.importorskip("torch").from_numpy(rows)
    np.testing.assert_allclose(model.predict(given, verbose=0), model(rows.astype("float32")), rtol=1e-6)


def test_weights_are_arrays_to_numpy():
    weight = Variable(np.arange(3, dtype="float32"), name="w")
    np.testing.assert_array_equal(np.asarray(weight) + np.ones(3), [1, 2, 3])
    copied = np.array(weight)
    copied[0] = 9
    assert weight.numpy()[0] == 0
    np.testing.assert_array_equal(np.from_dlpack(weight), weight.value)
    assert np.shares_memory(np.from_dlpack(weight), weight.value)


@pytest.mark.torch
def test_weights_and_results_go_to_torch_without_a_copy():
    torch = pytest.importorskip("torch")
    weight = Variable(np.arange(3, dtype="float32"))
    theirs = torch.from_dlpack(weight)
    theirs[0] = 5
    assert weight.numpy().tolist() == [5, 1, 2]
    y = network()(X)
    assert torch.from_dlpack(y).data_ptr() == y.ctypes.data


def test_what_a_notebook_shows():
    inputs = layers.Input((6, 6, 1), name="images")
    conv = layers.Conv2D(2, 3, name="conv")
    assert repr(conv) == "<Conv2D name=conv, built=False>"
    assert repr(inputs) == "<Tensor images float32[None, 6, 6, 1]>"
    model = Model(inputs, conv(inputs), name="m")
    assert repr(model) == "<Functional name=m, built=True>"
    assert repr(conv.kernel) == "<Variable conv/kernel float32[3, 3, 1, 2]>"
    assert repr(model.output).startswith("<Tensor conv float32[None, 4, 4, 2]")


def test_what_a_notebook_shows_of_training(generator):
    model = network()
    model.compile(optimizers.SGD(0.5), "mse")
    assert repr(model.optimizer) == "<SGD learning_rate=0.5>"
    history = model.fit(X, np.zeros((1, 3)), epochs=2, verbose=0)
    loss = history.history["loss"][-1]
    assert repr(history) == f"<History of 2 epochs, the last: loss={loss:.4g}>"
    assert repr(callbacks.History()) == "<History of 0 epochs>"
    assert repr(data.Dataset.from_tensor_slices(np.zeros((6, 2))).batch(4)) == "<Dataset of 2 elements>"
    assert repr(Variable(np.zeros(2, "float32"))) == "<Variable float32[2]>"
    assert repr(initializers.HeNormal(seed=3)) == "HeNormal(seed=3)"
    assert repr(initializers.Zeros()) == "Zeros()"
    assert repr(regularizers.L2(0.5)) == "L2(l2=0.5)"
    assert repr(constraints.NonNeg()) == "NonNeg()"


def test_a_tensor_without_values_is_no_array():
    tensor = layers.Input((3,), name="images")
    for ask in (np.asarray, bool, len, list):
        with pytest.raises(TypeError, match=r"<Tensor images float32\[None, 3\]> has no values yet"):
            ask(tensor)


@pytest.mark.torch
def test_arrays_come_from_torch_without_a_copy():
    torch = pytest.importorskip("torch")
    theirs = torch.arange(36, dtype=torch.float32).reshape(1, 6, 6, 1)
    ours = np.from_dlpack(theirs)
    model = network()
    np.testing.assert_array_equal(model(ours), model(theirs.numpy()))
    weight = Variable(np.zeros(3, "float32"))
    weight.assign(torch.arange(3, dtype=torch.float32))
    assert weight.numpy().tolist() == [0, 1, 2]


def test_a_copy_of_a_model_is_another_model():
    model = network()
    model(X)
    twin = copy.deepcopy(model)
    twin.get_layer("dense").kernel.assign(np.zeros((32, 3)))
    assert (model.get_layer("dense").kernel.value != 0).any()


def test_predict_follows_the_switch_of_minimal_filtering(generator):
    """Plans that were made before do not stay as they were."""
    model = Sequential([layers.Input((12, 12, 16)), layers.Conv2D(32, 3, padding="same")])
    images = generator.standard_normal((4, 12, 12, 16)).astype("float32")
    filtered = model.predict(images, verbose=0)
    config.disable_winograd()
    try:
        by_definition = model.predict(images, verbose=0)
    finally:
        config.enable_winograd()
    assert not np.array_equal(filtered, by_definition)
    np.testing.assert_array_equal(model.predict(images, verbose=0), filtered)
