"""The weights of layers and of those within them: their order, freezing, setting, what initializers give."""

import numpy as np
import pytest

import convolith
from convolith import layers, ops
from convolith.graph.tensor import Variable
from tests.layers.test_layer import Scale

X = np.ones((2, 3), "float32")


class Block(layers.Layer):
    """Sub-layers in an attribute, a list that grows, and a dict; a weight of its own."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.first = layers.Dense(3)
        self.rest = []
        self.named = {"last": layers.Dense(2)}
        self.rest.append(layers.Dense(3))

    def build(self, input_shape):
        self.own = self.add_weight(shape=(), initializer="ones", name="own")

    def call(self, inputs):
        x = self.first(inputs)
        for layer in self.rest:
            x = layer(x)
        return self.named["last"](x) * self.own


def test_weights_are_in_keras_order():
    layer = Block(name="b")
    layer(X)
    assert [weight.path for weight in layer.weights[:1]] == ["b/own"]
    assert [weight.shape for weight in layer.weights] == [(), (3, 3), (3,), (3, 3), (3,), (3, 2), (2,)]
    scale = Scale()
    scale.build((None, 3))
    assert [weight.name for weight in scale.weights] == ["factor", "seen"]
    assert scale.trainable_weights == [scale.factor]
    assert scale.non_trainable_weights == [scale.seen]
    assert scale.count_params() == 4


def test_variables_set_as_attributes_are_weights():
    class Own(layers.Layer):
        def __init__(self):
            super().__init__()
            self.a = Variable(np.ones(2, "float32"), name="a")
            self.b = [Variable(np.ones(3, "float32"), trainable=False, name="b")]

    layer = Own()
    assert [weight.name for weight in layer.weights] == ["a", "b"]
    assert [weight.name for weight in layer.trainable_variables] == ["a"]
    assert [weight.name for weight in layer.non_trainable_variables] == ["b"]


def test_freezing_reaches_every_depth_and_back():
    layer = Block()
    layer(X)
    assert len(layer.trainable_weights) == 7
    layer.named["last"].trainable = False
    assert len(layer.trainable_weights) == 5
    assert len(layer.non_trainable_weights) == 2
    layer.trainable = False
    assert layer.trainable_weights == []
    assert not layer.rest[0].trainable
    layer.trainable = True
    assert len(layer.trainable_weights) == 7


def test_a_layer_frozen_before_it_is_built_stays_frozen():
    layer = Scale(trainable=False)
    layer.build((None, 3))
    assert layer.trainable_weights == []
    assert len(layer.non_trainable_weights) == 2


def test_a_layer_shared_by_two_others_counts_once():
    class Two(layers.Layer):
        def __init__(self):
            super().__init__()
            self.a = self.b = layers.Dense(3)

        def call(self, inputs):
            return self.a(self.b(inputs))

    layer = Two()
    layer(X)
    assert len(layer.weights) == 2


def test_set_weights_copies_all_or_nothing():
    layer = layers.Dense(2)
    layer.build((None, 3))
    kernel = layer.weights[0].value
    layer.set_weights([np.ones((3, 2)), [1, 2]])
    assert np.shares_memory(layer.weights[0].value, kernel)
    assert kernel.sum() == 6
    assert [weight.sum() for weight in layer.get_weights()] == [6, 3]
    with pytest.raises(ValueError, match="Dense 'dense.*': set_weights expects 2 arrays, got 1"):
        layer.set_weights([np.zeros((3, 2))])
    with pytest.raises(ValueError, match=r"kernel has shape \(3, 2\), got \(2, 3\)"):
        layer.set_weights([np.zeros((2, 3)), [1, 2]])
    with pytest.raises(ValueError, match=r"bias has shape \(2,\), got \(3,\)"):
        layer.set_weights([np.zeros((3, 2)), [1, 2, 3]])
    assert kernel.sum() == 6


def test_get_weights_are_copies():
    layer = layers.Dense(2)
    layer.build((None, 3))
    layer.get_weights()[1][:] = 5
    assert layer.get_weights()[1].tolist() == [0, 0]


def test_the_number_of_weights_needs_a_built_layer():
    with pytest.raises(ValueError, match=r"Dense 'd' is not built, so its weights are unknown"):
        layers.Dense(2, name="d").count_params()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        *(
            ({"shape": shape}, "shape must be a tuple of integers >= 0, got ")
            for shape in ((None, 2), (-1,), (1.5,), (True,), "x", 1.5, {2: 3})
        ),
        ({"initializer": "magic"}, "initializer: unknown initializer 'magic'"),
        ({"regularizer": "magic"}, "regularizer: unknown regularizer 'magic'"),
        ({"constraint": "magic"}, "constraint: unknown constraint 'magic'"),
        ({"dtype": "float99"}, "dtype must be one that arrays can have, got 'float99'"),
    ],
)
def test_a_wrong_argument_of_add_weight_is_named(arguments, message):
    layer = layers.Layer(name="l")
    with pytest.raises(ValueError, match=f"Layer 'l': add_weight: 'w': {message}"):
        layer.add_weight(**arguments, name="w")
    assert not layer.weights


@pytest.mark.parametrize("wrong", ["no", 1, None])
def test_trainable_is_true_or_false_alone(wrong):
    with pytest.raises(TypeError, match=f"Dense 'd': trainable must be True or False, got {wrong!r}"):
        layers.Dense(2, trainable=wrong, name="d")
    layer = layers.Layer(name="l")
    with pytest.raises(TypeError, match=f"Layer 'l': add_weight: 'w': trainable must be True or False, got {wrong!r}"):
        layer.add_weight((2,), trainable=wrong, name="w")
    assert not layer.weights


@pytest.mark.parametrize("shape", [(2, 3), [2, 3], np.array([2, 3]), range(2, 4)])
def test_shapes_of_add_weight(shape):
    weight = layers.Layer(name="l").add_weight(shape, trainable=True, name="")
    assert (weight.shape, weight.trainable, weight.path) == ((2, 3), True, "l/variable")


def test_an_initializer_must_give_the_weights_shape():
    layer = layers.Layer(name="l")
    with pytest.raises(
        ValueError, match=r"Layer 'l': add_weight: 'w': initializer must give .* \(2, 3\), got .*\(3, 2\)"
    ):
        layer.add_weight((2, 3), lambda shape, dtype: np.zeros((3, 2), dtype), name="w")
    with pytest.raises(ValueError, match="must give numbers of shape"):
        layer.add_weight((1,), lambda shape, dtype: np.array(["a"]), name="w")
    assert not layer.weights
    assert layer.add_weight((2,), lambda shape, dtype: np.ones(shape, "float64")).dtype == np.float32
    assert layers.Dense(2, kernel_initializer=lambda shape, dtype: np.ones(shape))(X).dtype == np.float32


@pytest.mark.parametrize("initializer", ["glorot_uniform", "zeros"])
def test_weights_have_the_machine_s_byte_order(initializer):
    class Product(layers.Layer):
        def build(self, input_shape):
            self.kernel = self.add_weight((3, 2), initializer, dtype=">f4", name="kernel")

        def call(self, inputs):
            return ops.matmul(inputs, self.kernel)

    model = convolith.Sequential([convolith.Input((3,)), Product()])
    (kernel,) = model.weights
    assert kernel.dtype == kernel.numpy().dtype == np.float32
    np.testing.assert_array_equal(model.predict(np.eye(3), verbose=0), kernel.numpy())


def test_dtypes_and_weights_as_in_keras(keras):
    def program(k):
        class Own(k.layers.Layer):
            def build(self, input_shape):
                self.scale = self.add_variable(shape=(input_shape[-1],), initializer="ones", name="scale")
                self.seen = self.add_weight(shape=(2,), dtype="int32", trainable=False, name="seen")

            def call(self, inputs):
                return k.ops.cast(inputs, self.compute_dtype) * self.scale

        layer = Own()
        outputs = layer(np.full((1, 2), 3, "uint8"))
        dtypes = layer.compute_dtype, layer.variable_dtype, layer.input_dtype
        return dtypes, k.ops.convert_to_numpy(outputs).tolist(), layer.seen.numpy().tolist(), len(layer.weights)

    assert program(convolith) == program(keras) == (("float32",) * 3, [[3.0, 3.0]], [0, 0], 2)
