"""Functional models: several inputs and outputs, shared layers, models as layers, operations between layers."""

import numpy as np
import pytest

import convolith
from convolith import layers, ops
from convolith.models import Functional, Model, Sequential

X = np.arange(6, dtype="float32").reshape(2, 3)


def test_a_chain():
    inputs = layers.Input((3,))
    dense = layers.Dense(2)
    model = Model(inputs, dense(inputs))
    assert type(model) is Functional
    assert model.name.startswith("functional")
    np.testing.assert_array_equal(model(X), dense(X))
    np.testing.assert_array_equal(model.predict(X, verbose=0), dense(X))
    assert model.input_shape == (None, 3)
    assert model.output_shape == (None, 2)
    assert [type(layer).__name__ for layer in model.layers] == ["InputLayer", "Dense"]


def test_a_shared_layer_has_its_weights_once():
    a, b = layers.Input((3,), name="a"), layers.Input((3,), name="b")
    shared = layers.Dense(2)
    model = Model([a, b], [shared(a), shared(b) * 2.0])
    first, second = model([X, X + 1])
    np.testing.assert_array_equal(first, shared(X))
    np.testing.assert_array_equal(second, 2 * shared(X + 1))
    assert len(model.weights) == 2
    assert model.input_names == ["a", "b"]


def test_inputs_and_outputs_nested_as_given():
    a, b = layers.Input((3,), name="a"), layers.Input((3,), name="b")
    model = Model({"left": a, "right": b}, {"sum": a + b, "both": [a * 2.0, b]})
    result = model({"right": 10 * X, "left": X})
    np.testing.assert_array_equal(result["sum"], 11 * X)
    np.testing.assert_array_equal(result["both"][1], 10 * X)
    predicted = model.predict({"right": 10 * X, "left": X}, verbose=0)
    np.testing.assert_array_equal(predicted["sum"], 11 * X)
    np.testing.assert_array_equal(predicted["both"][0], 2 * X)


def test_inputs_may_be_given_by_name():
    a, b = layers.Input((3,), name="a"), layers.Input((3,), name="b")
    model = Model([a, b], a - b)
    np.testing.assert_array_equal(model({"b": X, "a": 3 * X}), 2 * X)
    np.testing.assert_array_equal(model.predict({"b": X, "a": 3 * X}, verbose=0), 2 * X)


def test_models_are_layers():
    inputs = layers.Input((3,))
    inner = Model(inputs, layers.Dense(3)(inputs), name="inner")
    outer_inputs = layers.Input((3,))
    model = Model(outer_inputs, inner(inner(outer_inputs)))
    np.testing.assert_array_equal(model(X), inner(inner(X)))
    assert [weight.path for weight in model.weights] == [weight.path for weight in inner.weights]


def test_operations_between_layers_are_part_of_the_model():
    inputs = layers.Input((4, 4, 2))
    z = layers.Conv2D(2, 3, padding="same")(inputs)
    model = Model(inputs, ops.relu(z + inputs) / 2.0)
    x = np.random.default_rng(0).normal(size=(3, 4, 4, 2)).astype("float32")
    np.testing.assert_array_equal(model(x), np.maximum(model.layers[1](x) + x, 0) / 2)
    np.testing.assert_array_equal(model.predict(x, verbose=0), model(x))


def test_the_order_of_layers_is_keras_own():
    # What Keras 3.15 gives for this graph.
    a, b = layers.Input((3,), name="a"), layers.Input((3,), name="b")
    long = layers.Dense(3, name="l2")(layers.Dense(3, name="l1")(b))
    short = layers.Dense(3, name="s1")(a)
    model = Model([a, b], [layers.Dense(1, name="o2")(short), layers.Dense(1, name="o1")(long + short)])
    assert [layer.name for layer in model.layers] == ["b", "a", "l1", "s1", "l2", "o2", "o1"]


def test_parts_of_a_model():
    inputs = layers.Input((3,))
    hidden = layers.Dense(5, name="hidden")(inputs)
    whole = Model(inputs, layers.Dense(2, name="out")(hidden))
    front = Model(inputs, whole.get_layer("hidden").output)
    back = Model(hidden, whole.output)
    np.testing.assert_array_equal(back(front(X)), whole(X))
    assert [type(layer).__name__ for layer in back.layers] == ["InputLayer", "Dense"]
    assert whole.get_layer(index=1).name == "hidden"


def test_an_input_that_is_an_output():
    inputs = layers.Input((3,))
    model = Model(inputs, [inputs, layers.Dense(2)(inputs)])
    np.testing.assert_array_equal(model.predict(X, verbose=0)[0], X)


def test_a_subclass_with_inputs_and_outputs():
    class Named(Model):
        def __init__(self, units):
            inputs = layers.Input((3,))
            super().__init__(inputs, layers.Dense(units)(inputs), name="mine")

    model = Named(4)
    assert model.name == "mine"
    assert model(X).shape == (2, 4)
    assert model.count_params() == 16


def test_deep_graphs_need_no_recursion():
    inputs = x = layers.Input((2,))
    for _ in range(2000):
        x = x + 1.0
    np.testing.assert_array_equal(Model(inputs, x)(np.zeros((1, 2), "float32")), [[2000, 2000]])


def test_a_missing_last_axis_of_one_is_added():
    inputs = layers.Input((3, 1))
    model = Model(inputs, layers.Flatten()(inputs))
    np.testing.assert_array_equal(model(X), X)
    np.testing.assert_array_equal(model.predict(X, verbose=0), X)


# Errors.


def test_what_is_no_tensor_is_named():
    inputs = layers.Input((3,))
    with pytest.raises(ValueError, match="inputs of a model must be symbolic tensors"):
        Model(X, layers.Dense(2)(inputs))
    with pytest.raises(ValueError, match="outputs of a model must be symbolic tensors"):
        Model(inputs, layers.Dense(2))
    with pytest.raises(ValueError, match="give both inputs and outputs, or neither"):
        Model(inputs=inputs)


def test_a_disconnected_graph_is_said():
    a, b = layers.Input((3,), name="a"), layers.Input((3,), name="b")
    with pytest.raises(ValueError, match="graph disconnected: <Tensor b .* is not among the inputs"):
        Model(a, a + b)


def test_layers_need_different_names():
    inputs = layers.Input((3,))
    x = layers.Dense(3, name="d")(inputs)
    with pytest.raises(ValueError, match="must have different names, got 'd' 2 times"):
        Model(inputs, layers.Dense(3, name="d")(x))


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros((2, 4)), r"'m': input 'a' must have shape \(None, 3\), got \(2, 4\)"),
        (np.zeros((2, 3, 3)), r"'m': input 'a' must have shape \(None, 3\), got \(2, 3, 3\)"),
        ([X, X], r"'m': expected 1 inputs \['a'\], got 2"),
        ({"b": X}, r"'m': expected inputs named \['a'\], got \['b'\]"),
    ],
)
def test_inputs_that_do_not_fit_are_named(x, message):
    inputs = layers.Input((3,), name="a")
    model = Model(inputs, layers.Dense(2)(inputs), name="m")
    with pytest.raises(ValueError, match=message):
        model(x)


def test_get_layer_names_what_there_is():
    inputs = layers.Input((3,), name="a")
    model = Model(inputs, layers.Dense(2, name="d")(inputs), name="m")
    with pytest.raises(ValueError, match=r"'m' has no layer 'x'; it has \['a', 'd'\]"):
        model.get_layer("x")
    with pytest.raises(ValueError, match="'m' has 2 layers, there is no layer 2"):
        model.get_layer(index=2)
    with pytest.raises(ValueError, match="get_layer needs either a name or an index"):
        model.get_layer()


# Configurations.


def branched():
    a, b = layers.Input((4, 4, 1), name="a"), layers.Input((4, 4, 1), name="b")
    shared = layers.Conv2D(2, 3, padding="same", name="shared")
    inner = Sequential([layers.Input((4, 4, 2)), layers.ReLU(), layers.Flatten()], name="inner")
    p, q = shared(a), shared(b)
    joined = inner(p + q * 2.0 - ops.sum(p, axis=-1, keepdims=True))
    dropped = layers.Dropout(0.5, seed=3, name="dropout")(joined, training=True)
    return Model([a, b], {"x": layers.Dense(2, name="x")(joined), "y": layers.Dense(2, name="y")(dropped)}, name="m")


def test_the_configuration_makes_an_equal_model(generator):
    model = branched()
    again = Functional.from_config(model.get_config())
    assert again.get_config() == model.get_config()
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
    again.set_weights(model.get_weights())
    x = [generator.normal(size=(3, 4, 4, 1)).astype("float32") for _ in range(2)]
    first, second = model.predict(x, verbose=0), again.predict(x, verbose=0)
    np.testing.assert_array_equal(first["x"], second["x"])
    np.testing.assert_array_equal(first["y"], second["y"])


def test_what_cannot_be_saved_is_named():
    inputs = layers.Input((4, 4, 1))
    kernel = layers.Conv2D(1, 3)
    kernel.build((None, 4, 4, 1))
    model = Model(inputs, ops.conv(inputs, kernel.kernel))
    with pytest.raises(ValueError, match="operation 'conv' .*cannot be saved; put it into a Layer of your own"):
        model.get_config()


@pytest.mark.parametrize("key", ["layers", "input_layers", "steps", "inputs", "outputs", "name"])
def test_an_incomplete_configuration_is_an_error(key):
    config = branched().get_config()
    del config[key]
    with pytest.raises(ValueError, match="configuration of a functional model is incomplete or wrong"):
        Functional.from_config(config)


def test_an_unknown_operation_is_an_error():
    config = branched().get_config()
    for step in config["steps"]:
        if step.get("operation") == "Add":
            step["operation"] = "Popen"
    with pytest.raises(ValueError, match="unknown operation 'Popen'"):
        Functional.from_config(config)


def test_frozen_as_a_whole():
    inputs = layers.Input((3,))
    model = Model(inputs, layers.Dense(2)(inputs), trainable=False)
    assert model.trainable_weights == []
    assert len(model.non_trainable_weights) == 2
    assert not Functional.from_config(model.get_config()).trainable


def test_arrays_and_dicts_as_arguments_are_saved(generator):
    class Blend(layers.Layer):
        def call(self, inputs, factor, scale=1.0, note=None):
            return inputs["a"] * factor + inputs["b"] * scale

    a, b = layers.Input((3,), name="a"), layers.Input((3,), name="b")
    model = Model([a, b], Blend()({"a": a, "b": b}, np.array([1.0, 2.0, 3.0], "float32"), scale=-1.0))
    with convolith.utils.custom_object_scope({"Blend": Blend}):
        again = Functional.from_config(model.get_config())
    np.testing.assert_array_equal(again([X, X]), X * [0, 1, 2])
    model = Model(a, Blend()({"a": a, "b": a}, 1.0, note=object))
    with pytest.raises(
        ValueError, match="a call of Blend 'blend.*' has the argument <class 'object'>, which cannot be"
    ):
        model.get_config()


def test_a_dict_of_outputs_is_named_by_its_keys(generator):
    inputs = layers.Input((3,))
    model = Model(inputs, {"x": layers.Dense(1, name="a")(inputs), "y": layers.Dense(1, name="b")(inputs)})
    model.compile("sgd", loss={"x": "mse", "y": "mae"}, metrics={"y": ["mse"]})
    logs = model.evaluate(X, {"x": np.zeros(2), "y": np.zeros(2)}, verbose=0, return_dict=True)
    assert list(logs) == ["loss", "x_loss", "y_loss", "y_mse"]
    assert logs["loss"] == pytest.approx(logs["x_loss"] + logs["y_loss"])


def test_model_makes_a_functional_model_from_its_configuration():
    inputs = layers.Input((4,))
    config = Model(inputs, layers.Dense(2)(inputs), name="m").get_config()
    assert type(Model.from_config(config)).__name__ == "Functional"
    assert Model.from_config(config).output_shape == (None, 2)


def test_predict_with_a_fixed_batch():
    inputs = layers.Input(batch_shape=(8, 4))
    model = Model(inputs, layers.Dense(2)(inputs))
    x = np.ones((8, 4), "float32")
    np.testing.assert_array_equal(model.predict(x, verbose=0), model(x))
    assert model.predict(np.ones((16, 4)), batch_size=8, verbose=0).shape == (16, 2)
    with pytest.raises(ValueError, match=r"must have shape \(8, 4\), got \(7, 4\)"):
        model.predict(x[:7], verbose=0)
