"""Lambda: any function of tensors as a layer."""

import numpy as np
import pytest

from convolith import layers, ops
from convolith.models import Model, Sequential
from convolith.models.loading import load_model
from convolith.registry import custom_object_scope

X = np.arange(24, dtype="float32").reshape(2, 3, 4)


def scaled(x, factor=2.0):
    return x * factor


def test_arrays_and_tensors():
    layer = layers.Lambda(lambda x: ops.mean(x, axis=1))
    np.testing.assert_array_equal(layer(X), X.mean(axis=1))
    assert layer(layers.Input((3, 4))).shape == (None, 4)
    assert layer.compute_output_shape((None, 3, 4)) == (None, 4)


def test_arguments_and_training_reach_the_function():
    def function(x, factor, training=None):
        return x * factor if training else x

    layer = layers.Lambda(function, arguments={"factor": 3.0})
    np.testing.assert_array_equal(layer(X), X)
    np.testing.assert_array_equal(layer(X, training=True), X * 3)


def test_several_inputs():
    a, b = layers.Input((2,)), layers.Input((2,))
    model = Model([a, b], layers.Lambda(lambda pair: pair[0] - pair[1])([a, b]))
    np.testing.assert_array_equal(model.predict([np.ones((3, 2)), np.zeros((3, 2))], verbose=0), np.ones((3, 2)))


def test_depthwise_max_pooling():
    """The lecture program: the largest of each two channels, which no pooling layer does."""

    def depth_pool(inputs, pool_size=2):
        shape = (-1, *inputs.shape[1:-1], inputs.shape[-1] // pool_size, pool_size)
        return ops.max(ops.reshape(inputs, shape), axis=-1)

    model = Sequential([layers.Input((3, 4)), layers.Lambda(depth_pool), layers.Flatten(), layers.Dense(1)])
    pooled = model.layers[0](X)
    np.testing.assert_array_equal(pooled, np.maximum(X[..., ::2], X[..., 1::2]))
    model.compile("sgd", "mse")
    model.fit(X, np.zeros(2), verbose=0)


def test_it_is_saved_by_name(tmp_path):
    model = Sequential([layers.Input((3, 4)), layers.Lambda(scaled, arguments={"factor": 4.0})])
    model.save(tmp_path / "m.convolith")
    with pytest.raises(ValueError, match="it is not convolith's own: give it in custom_objects"):
        load_model(tmp_path / "m.convolith")
    loaded = load_model(tmp_path / "m.convolith", custom_objects={"scaled": scaled})
    np.testing.assert_array_equal(loaded(X), X * 4)
    with custom_object_scope({"scaled": scaled}):
        assert layers.deserialize(layers.serialize(model.layers[0])).arguments == {"factor": 4.0}


def test_a_function_without_a_name_is_not_saved(tmp_path):
    model = Sequential([layers.Input((3, 4)), layers.Lambda(lambda x: x, name="own")])
    with pytest.raises(ValueError, match="Lambda 'own': .*cannot be saved: give it a name"):
        model.save(tmp_path / "m.convolith")


def test_wrong_arguments():
    with pytest.raises(TypeError, match="Lambda 'l': function must be callable, got 3"):
        layers.Lambda(3, name="l")
    with pytest.raises(TypeError, match=r"Lambda 'l': arguments must be a dict, got \[1\]"):
        layers.Lambda(scaled, arguments=[1], name="l")
    with pytest.raises(ValueError, match="Lambda 'l': convolith does not have mask yet"):
        layers.Lambda(scaled, mask=scaled, name="l")
