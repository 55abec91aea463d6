"""Layers that are built for several shapes, whose names say of which arguments; paths; calls without side effects."""

import numpy as np
import pytest

import convolith
from convolith import layers, ops
from convolith.models import Model, Sequential, clone_model
from tests.bounds import assert_within, sum_bound
from tests.running_error import Rounded


def attending(k, seen):
    class Attending(k.layers.Layer):
        def build(self, query_shape, value_shape, key_shape=None):
            seen.append([shape and tuple(shape)[1:] for shape in (query_shape, value_shape, key_shape)])
            self.kernel = self.add_weight((query_shape[-1], value_shape[-1]), name="kernel")

        def call(self, query, value, key=None, training=False):
            return k.ops.matmul(query, self.kernel) + value

    return Attending


QUERY, VALUE = np.ones((5, 4), "float32"), np.zeros((5, 3), "float32")


@pytest.mark.parametrize(
    ("args", "kwargs", "expected"),
    [
        ((QUERY, VALUE), {}, [(4,), (3,), None]),
        ((QUERY,), {"value": VALUE, "key": QUERY}, [(4,), (3,), (4,)]),
        ((), {"key": VALUE, "value": VALUE, "query": QUERY}, [(4,), (3,), (3,)]),
    ],
)
def test_shapes_go_by_their_names(args, kwargs, expected):
    seen = []
    layer = attending(convolith, seen)()
    assert layer(*args, **kwargs).shape == (5, 3)
    assert seen == [expected]
    again = attending(convolith, seen)()
    again.build_from_config(layer.get_build_config())
    assert seen[1] == expected
    assert again.built


def test_within_a_model(generator):
    seen = []
    kind = attending(convolith, seen)
    query, value = layers.Input((4,)), layers.Input((3,))
    model = Model([query, value], kind()(query, value=value))
    assert seen == [[(4,), (3,), None]]
    assert model.count_params() == clone_model(model).count_params() == 12
    layer = model.layers[-1]
    assert layer.compute_output_shape(query_shape=(None, 4), value_shape=(None, 3)) == (None, 3)
    lines = []
    model.summary(print_fn=lines.append)
    assert "(None, 3)" in lines[0]
    x = generator.normal(size=(5, 4)).astype("float32")
    kernel = layer.kernel.numpy()
    found, size = model.predict([x, VALUE], verbose=0), abs(x.astype(float)) @ abs(kernel)
    assert_within(found, x.astype(float) @ kernel, sum_bound(4, size, largest=2.0**4))


def test_names_that_are_no_arguments_are_refused():
    class Wrong(layers.Layer):
        def build(self, shape_a, b_shape):
            self.built = True

        def call(self, a, b):
            return a

    class Other(Wrong):
        def build(self, a_shape, c_shape):
            self.built = True

    for kind, name in ((Wrong, "shape_a"), (Other, "c_shape")):
        with pytest.raises(ValueError, match=f"build takes '{name}', but of several shapes each must be named .*a.*b"):
            kind(name="w")(QUERY, VALUE)


def test_as_in_keras(keras):
    found = []
    for k in (convolith, keras):
        seen = []
        layer = attending(k, seen)(name="attending")
        layer(QUERY, value=VALUE)
        query, value = k.Input((4,)), k.Input((3,))
        attending(k, seen)()(query, value, key=value)
        config = {name: tuple(shape)[1:] for name, shape in layer.get_build_config()["shapes_dict"].items() if shape}
        found.append((seen, config, layer.path))
    assert found[0] == found[1]


def test_paths():
    class Outer(layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.inner = layers.Dense(2, name="inner")

        def call(self, inputs):
            return self.inner(inputs)

    outer = Outer(name="outer")
    assert outer.path is None
    outer(np.ones((1, 3)))
    assert (outer.path, outer.inner.path) == ("outer", "outer/inner")
    direct = layers.Dense(2, name="direct")
    direct.build((None, 3))
    assert direct.path == "direct"
    assert not direct.supports_masking
    assert direct.compute_mask(None, "mask") == "mask"


def test_paths_of_weights_have_the_names_of_models_and_layers_around():
    class Block(layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.inner = layers.Dense(2, name="inner")

        def call(self, inputs):
            return self.inner(inputs)

    class Mine(Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.block, self.stack = Block(name="block"), Sequential([layers.Dense(2, name="last")], name="stack")

        def call(self, inputs):
            return self.stack(self.block(inputs))

    mine = Mine(name="mine")
    mine(np.ones((1, 3)))
    kernels = [weight.path for weight in mine.weights if weight.name == "kernel"]
    assert kernels == ["mine/block/inner/kernel", "mine/stack/last/kernel"]
    stack = Sequential([layers.Input((3,)), Block(name="block")], name="stack")
    assert [weight.path for weight in stack.weights] == ["stack/block/inner/kernel", "stack/block/inner/bias"]
    assert [layer.path for layer in (stack, *stack.layers)] == ["stack", "stack/block"]
    inputs = layers.Input((3,))
    functional = Model(inputs, Block(name="block")(layers.Dense(3, name="first")(inputs)))
    assert [weight.path for weight in functional.weights[::2]] == ["first/kernel", "block/inner/kernel"]


def test_calls_with_other_values_in_the_weights(generator):
    x = generator.normal(size=(6, 4)).astype("float32")
    model = Sequential([layers.Input((4,)), layers.BatchNormalization(momentum=0.5), layers.Dense(2)])
    before = model.get_weights()
    trainable = [np.full(weight.shape, 2.0) for weight in model.trainable_variables]
    fixed = [np.full(weight.shape, 3.0) for weight in model.non_trainable_variables]
    outputs, changed = model.stateless_call(trainable, fixed, x, training=False)
    hidden = (Rounded(x) - 3.0) / (Rounded(np.full(4, 3.0)) + 1e-3).sqrt() * 2.0 + 2.0
    expected = (hidden * 2.0).sum((1,)) + np.full(2, 2.0)
    assert_within(outputs, expected.value, expected.error)
    assert [value.tolist() for value in changed] == [[3.0] * 4] * 2
    _, changed, losses = model.stateless_call(trainable, fixed, x, training=True, return_losses=True)
    moved = Rounded(x).mean((0,)) * 0.5 + 1.5
    assert_within(changed[0], moved.value[0], moved.error[0])
    assert losses == []
    for one, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(ValueError, match="stateless_call: trainable_variables must be 4 arrays, got 0"):
        model.stateless_call([], fixed, x)
    with pytest.raises(ValueError, match="must have the variable's shape"):
        model.stateless_call([np.zeros(1)] * 4, fixed, x)
    for one, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(TypeError, match="stateless_call computes with arrays, not with tensors"):
        model.stateless_call(trainable, fixed, layers.Input((4,)))
    with pytest.raises(ValueError, match="stateless_call needs a layer that is built"):
        layers.Dense(2).stateless_call([], [], x)
    assert ops.shape(outputs) == (6, 2)
