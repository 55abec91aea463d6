"""The base of layers: building, errors, configurations."""

import numpy as np
import pytest

import convolith
from convolith import layers, ops
from convolith.graph.tensor import Spec, Tensor
from convolith.graph.trace import trace
from convolith.models import Sequential

X = np.ones((2, 3), "float32")


class Scale(layers.Layer):
    """One weight a feature, one that is not trained, and a count of builds."""

    builds = 0

    def build(self, input_shape):
        self.factor = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="factor")
        self.seen = self.add_weight(shape=(), initializer="zeros", trainable=False, name="seen")
        self.builds += 1

    def call(self, inputs):
        return inputs * self.factor + 0.0


def test_a_layer_is_built_once_whoever_builds_it():
    layer = Scale()
    assert not layer.built
    layer.build((None, 3))
    assert layer.built
    layer(X)
    layer(X)
    assert layer.builds == 1


def test_a_layer_computes_on_arrays_and_records_on_tensors():
    layer = Scale()
    np.testing.assert_array_equal(layer(X), X)
    tensor = layer(layers.Input((3,)))
    assert isinstance(tensor, Tensor)
    assert tensor.shape == (None, 3)
    assert layer.output is tensor
    assert layer.input.shape == (None, 3)


def test_a_traced_layer_reads_its_variables_when_it_runs():
    layer = Scale()
    layer.build((None, 3))
    graph = trace(layer, Spec((2, 3), np.dtype("float32")))
    np.testing.assert_array_equal(graph.evaluate(X)[0], X)
    layer.factor.assign([2, 3, 4])
    np.testing.assert_array_equal(graph.evaluate(X)[0], X * [2, 3, 4])


# Errors.


def test_forgetting_super_is_said():
    class Forgetful(layers.Layer):
        def __init__(self):
            pass

    for act in (lambda layer: layer(X), repr, lambda layer: layer.name, lambda layer: Sequential([layer])):
        with pytest.raises(RuntimeError, match=r"Forgetful.__init__ must call super\(\).__init__\(\)"):
            act(Forgetful())


def test_a_layer_without_call_is_said():
    with pytest.raises(NotImplementedError, match=r"Layer 'l' must define call\(inputs\)"):
        layers.Layer(name="l")(X)


def test_an_error_within_names_all_the_layers_on_the_way():
    class Wrapper(layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.dense = layers.Dense(2, name="inner")

        def call(self, inputs):
            return self.dense(ops.sum(inputs, axis=-1))

    with pytest.raises(ValueError, match=r"Wrapper 'outer': Dense 'inner': expected .*at least 2 axes, got shape"):
        Wrapper(name="outer")(X)


def test_input_and_output_need_a_symbolic_call():
    with pytest.raises(AttributeError, match="Dense 'd' was never called on a symbolic tensor"):
        _ = layers.Dense(2, name="d").output


def test_a_wrong_input_shape_argument_is_named():
    with pytest.raises(ValueError, match="Dense 'd': input_shape must be of integers > 0, got"):
        layers.Dense(2, input_shape=(None, 3), name="d")
    assert layers.Dense(2, input_dim=3).input_shape_argument == (3,)


# Configurations.


class Plain(layers.Layer):
    def __init__(self, units, scale=1.0, **kwargs):
        super().__init__(**kwargs)
        self.units, self.scale = units, scale


class Complicated(layers.Layer):
    def __init__(self, inner, **kwargs):
        super().__init__(**kwargs)
        self.inner = inner


def test_plain_arguments_are_the_configuration_without_get_config():
    config = Plain(3, scale=2.0, name="p").get_config()
    assert config == {"name": "p", "trainable": True, "dtype": "float32", "units": 3, "scale": 2.0}
    again = Plain.from_config(config)
    assert (again.units, again.scale, again.name) == (3, 2.0, "p")


def test_other_arguments_need_get_config():
    with pytest.raises(NotImplementedError, match=r"Complicated 'c' has arguments .* must define get_config\(\)"):
        Complicated(layers.Dense(1), name="c").get_config()


def test_custom_layers_come_back_by_name():
    config = layers.serialize(Plain(3))
    with pytest.raises(ValueError, match=r"unknown layer '.*\.Plain'; it is not convolith's own"):
        layers.deserialize(config)
    assert layers.deserialize(config, custom_objects={"Plain": Plain}).units == 3


def test_repr_and_automatic_names():
    convolith.utils.clear_session()
    assert [layers.Dense(1).name, layers.Dense(1).name] == ["dense", "dense_1"]
    assert [layers.MaxPooling2D().name, layers.ReLU().name] == ["max_pooling2d", "re_lu"]
    assert repr(layers.Dense(1, name="d")) == "<Dense name=d, built=False>"


def test_an_unknown_dtype_is_named():
    with pytest.raises(ValueError, match="Dense 'd': dtype must be 'float32' or 'float64', got 'mixed_float16'"):
        layers.Dense(1, dtype="mixed_float16", name="d")


@pytest.mark.parametrize("name", [3, "a/b", b"a", True, ("a",)])
def test_names_are_strings_that_part_no_paths(name):
    """As in Keras, where metrics alone may be named otherwise, "train/loss" for instance."""
    for make in (
        layers.Layer,
        lambda name: layers.Dense(2, name=name),
        lambda name: Sequential([], name=name),
        lambda name: convolith.losses.Huber(name=name),
        lambda name: convolith.optimizers.Muon(name=name),
        lambda name: convolith.optimizers.schedules.ExponentialDecay(0.1, 2, 0.9, name=name),
    ):
        with pytest.raises(ValueError, match=r"^\w+: name must be a string without '/', got "):
            make(name=name)
    assert convolith.metrics.Mean(name="train/loss").name == "train/loss"


def test_unknown_keyword_arguments_are_answered_by_those_that_were_meant():
    with pytest.raises(
        ValueError, match=r"Dense 'd': unknown keyword arguments 'use_bais' \(did you mean 'use_bias'\?\)$"
    ):
        layers.Dense(2, use_bais=False, name="d")
    with pytest.raises(ValueError, match="Flatten 'f': unknown keyword arguments 'colour'; it takes activ.*data_f"):
        layers.Flatten(colour="red", name="f")
    for given, meant in (("kernel_init", "kernel_initializer"), ("bias_reg", "bias_regularizer")):
        with pytest.raises(ValueError, match=rf"'{given}' \(did you mean '{meant}'\?\)$"):
            layers.Dense(2, **{given: None})
    with pytest.raises(ValueError, match=r"did you mean 'binary_crossentropy', .*'categorical_crossentropy', .* or '"):
        convolith.losses.get("cross_entropy")


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (layers.ActivityRegularization, "activity_regularizer"),
        (layers.Cropping1D, "data_format"),
        (layers.UpSampling1D, "data_format"),
        (layers.RandomFlip, "interpolation"),
        (lambda **arguments: layers.RandomPerspective(0.1, **arguments), "fill_mode"),
    ],
)
def test_arguments_that_a_layer_fixes_are_refused(make, argument):
    with pytest.raises(ValueError, match=rf"^\w+: unknown keyword arguments '{argument}'"):
        make(**{argument: None})
    with pytest.raises(ValueError, match=rf"^\w+ 'l': unknown keyword arguments '{argument}'") as refusal:
        make(name="l", **{argument: None})
    assert argument not in str(refusal.value).partition("it takes")[2].split(", ")


def test_a_class_below_may_take_what_a_layer_fixes():
    class Cropping(layers.Cropping1D):
        def __init__(self, cropping, data_format="channels_last", **arguments):
            super().__init__(cropping, **arguments)
            self.given = data_format

    assert Cropping(1, data_format="channels_first").given == "channels_first"


def test_a_configuration_that_does_not_fit_names_its_layer():
    with pytest.raises(TypeError, match=r"Dense 'd': the config does not fit it: .* missing .* 'units'"):
        layers.Dense.from_config({"name": "d"})
    with pytest.raises(TypeError, match=r"^Dense: the config does not fit it: .* missing .* 'units'"):
        layers.Dense.from_config({})
    with pytest.raises(TypeError, match=r"^Dense: the config must be a dict, got None"):
        layers.Dense.from_config(None)
    for deserialize in (layers.deserialize, convolith.saving.deserialize_keras_object):
        message = r"^[\w ]+: Dense 'd': the config does not fit it: Dense.__init__\(\) missing .* 'units'$"
        with pytest.raises(ValueError, match=message):
            deserialize({"class_name": "Dense", "config": {"name": "d"}})
    with pytest.raises(ValueError, match=r"^layer: Dense: the config must be a dict, got 3"):
        layers.deserialize({"class_name": "Dense", "config": 3})
    for wrong in (None, 3):
        with pytest.raises(ValueError, match=f"^layer: a configuration's class_name must be a string, got {wrong}"):
            layers.deserialize({"class_name": wrong, "config": {}})


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"ndim": "x"}, TypeError, "ndim must be an integer, got 'x'"),
        ({"min_ndim": 2.5}, TypeError, "min_ndim must be an integer, got 2.5"),
        ({"max_ndim": -1}, ValueError, "max_ndim must be None or an integer >= 0, got -1"),
        ({"axes": [1]}, TypeError, r"axes must be a dict of sizes by axis, got \[1\]"),
        ({"axes": {"x": 3}}, TypeError, "axes must be an integer, got 'x'"),
        ({"axes": {1: 2.5}}, TypeError, "axes must be an integer, got 2.5"),
        ({"axes": {1: -3}}, ValueError, "axes must have sizes >= 0, got"),
        ({"ndim": 2, "axes": {2: 3}}, ValueError, "axes must be of the 2 axes at most, got 2"),
        ({"shape": 3}, TypeError, "shape must be a sequence of sizes, got 3"),
        ({"shape": (None, "x")}, TypeError, "shape must be an integer or a sequence of them, got"),
        ({"shape": (None, -1)}, ValueError, "shape must have sizes >= 0, got"),
    ],
)
def test_what_a_layer_expects_is_checked(arguments, error, message):
    with pytest.raises(error, match=f"^InputSpec: {message}"):
        layers.InputSpec(**arguments)


def test_sizes_may_be_read_from_json_and_shapes_may_be_arrays():
    assert layers.InputSpec(axes={"-1": 3, "1": 2}).axes == {-1: 3, 1: 2}
    assert layers.InputSpec(shape=np.array([2, 3])).axes == {0: 2, 1: 3}


def test_an_axis_that_is_expected_must_be_there():
    spec = layers.InputSpec(min_ndim=1, axes={2: 3, 0: None})
    spec.check((5, 4, 3))
    with pytest.raises(ValueError, match=r"expected an input with an axis 2, got shape \(5, 4\)"):
        spec.check((5, 4))
