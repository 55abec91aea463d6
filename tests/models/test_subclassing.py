"""Subclassed models: built by the first data, trained and run like any other."""

import numpy as np
import pytest

from convolith import layers, ops
from convolith.models import Model, Sequential


class ResidualUnit(layers.Layer):
    """Lists of layers, a plain function as activation, an operator: the model case of a user's own layer."""

    def __init__(self, filters, strides=1, activation=ops.relu, **kwargs):
        super().__init__(**kwargs)
        self.activation = activation
        self.main = [
            layers.Conv2D(filters, 3, strides, padding="same", use_bias=False),
            layers.Conv2D(filters, 3, padding="same", use_bias=False),
        ]
        self.skip = [layers.Conv2D(filters, 1, strides, padding="same")] if strides > 1 else []

    def call(self, inputs):
        z = self.main[1](self.activation(self.main[0](inputs)))
        skip = inputs
        for layer in self.skip:
            skip = layer(skip)
        return self.activation(z + skip)


class Net(Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.unit = ResidualUnit(4, 2)
        self.flatten = layers.Flatten()
        self.dropout = layers.Dropout(0.5, seed=1)
        self.heads = {"a": layers.Dense(3), "b": layers.Dense(1)}

    def call(self, inputs, training=None):
        x = self.dropout(self.flatten(self.unit(inputs)), training=training)
        return {name: head(x) for name, head in self.heads.items()}


def images(generator, n=6):
    return generator.normal(size=(n, 4, 4, 2)).astype("float32")


def test_a_residual_unit_in_a_sequential(generator):
    x = images(generator)
    unit = ResidualUnit(2)
    model = Sequential([layers.Input((4, 4, 2)), unit, ResidualUnit(4, strides=2)])
    assert model.output_shape == (None, 2, 2, 4)
    z = unit.main[1](np.maximum(unit.main[0](x), 0))
    np.testing.assert_array_equal(unit(x), np.maximum(z + x, 0))
    np.testing.assert_array_equal(model.predict(x, verbose=0), model(x))
    assert len(model.weights) == 2 + 4


def test_data_build_it_and_it_trains(generator):
    x = images(generator)
    model = Net()
    assert not model.built
    model.compile("adam", loss={"a": "mse", "b": "mae"}, metrics={"b": ["mae"]})
    y = {"a": np.zeros((6, 3)), "b": np.ones(6)}
    history = model.fit(x, y, epochs=30, batch_size=4, verbose=0)
    assert list(history.history) == ["a_loss", "b_loss", "b_mae", "loss"]
    assert history.history["loss"][-1] < history.history["loss"][0]
    assert model.built
    result = model.predict(x, verbose=0)
    assert (result["a"].shape, result["b"].shape) == ((6, 3), (6, 1))
    assert len(model.weights) == 2 + 2 + 4


def test_build_takes_a_shape():
    model = Net()
    model.build((None, 4, 4, 2))
    assert model.count_params() == 4 * 2 * 9 + 4 * 4 * 9 + 4 * 2 + 4 + 16 * 4 + 4


def test_several_inputs_in_a_list_or_dict(generator):
    class Two(Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(2)

        def call(self, inputs):
            a, b = inputs.values() if isinstance(inputs, dict) else inputs
            return self.dense(a) - self.dense(b)

    x = generator.normal(size=(5, 3))
    model = Two()
    result = model.predict([x, 2 * x], verbose=0)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(model.predict({"a": x, "b": 2 * x}, verbose=0), result)


def test_another_input_shape_after_training_is_a_new_trace(generator):
    class Means(Model):
        def call(self, inputs):
            return ops.mean(inputs, axis=1)

    model = Means()
    assert model.predict(np.ones((3, 4, 2)), verbose=0).shape == (3, 2)
    assert model.predict(np.ones((3, 9, 2)), verbose=0).shape == (3, 2)


def test_a_model_without_call_is_said():
    with pytest.raises(NotImplementedError, match=r"Model 'm' must define call\(inputs\)"):
        Model(name="m")(np.zeros((1, 1), "float32"))


def test_shapes_within_that_do_not_fit_name_model_and_layer():
    with pytest.raises(
        ValueError, match=r"n: .*ResidualUnit 'residual_unit.*': Conv2D 'conv2d.*': expected an input with 4"
    ):
        Net(name="n").predict(np.zeros((2, 3)))


def test_many_input_shapes_are_forgotten_again():
    class Means(Model):
        def call(self, inputs):
            return ops.mean(inputs, axis=1)

    model = Means()
    for size in range(1, 20):
        assert model.predict(np.ones((3, size, 2)), verbose=0).shape == (3, 2)
    assert len(model._seen_outputs) <= 8


def test_freezing_a_part_and_all(generator):
    model = Net()
    model.build((None, 4, 4, 2))
    everything = len(model.weights)
    model.unit.trainable = False
    assert len(model.trainable_weights) == 4
    assert len(model.non_trainable_weights) == everything - 4
    assert len(model.variables) == everything + 1  # the dropout's state


@pytest.mark.parametrize(
    "name",
    ["make_train_function", "make_test_function", "make_predict_function"],
)
def test_methods_that_would_never_be_called_are_refused(name):
    with pytest.raises(TypeError, match=f"Mine defines {name}, which would .*: convolith has no {name} yet; define"):
        type("Mine", (Model,), {name: lambda self: None})
