"""Models and layers go through pickles and copies as in Keras: whole, apart, and however deep the network is."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest

import convolith
from convolith import layers, ops, optimizers
from convolith.models import Model, Sequential

X = np.random.default_rng(0).random((8, 4), np.float32)
Y = X.sum(1, keepdims=True)


class Scaled(layers.Layer):
    def __init__(self, by, **kwargs):
        super().__init__(**kwargs)
        self.by = by

    def call(self, inputs):
        return inputs * self.by


class Own(Model):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units, self.scaled, self.head = units, Scaled(0.5), layers.Dense(units)

    def call(self, inputs):
        return self.head(self.scaled(inputs))


def squared(y_true, y_pred):
    return ops.mean((y_true - y_pred) ** 2, axis=-1)


def sequential():
    return Sequential([layers.Input((4,)), layers.Dense(3, "relu"), Scaled(2.0), layers.Dense(1)], name="rows")


def functional():
    inputs = layers.Input((4,))
    x = layers.Dense(4, "relu")(inputs)
    return Model(inputs, layers.Dense(1)(layers.Dropout(0.5)(x) + x), name="columns")


def trained(model):
    model.compile(optimizers.Adam(0.01), loss=squared, metrics=["mae"])
    model.fit(X, Y, batch_size=4, verbose=0)
    return model


@pytest.mark.parametrize("make", [sequential, functional, lambda: Own(1, name="own")])
def test_a_pickled_model_computes_and_trains_on_the_same(make):
    model = trained(make())
    other = pickle.loads(pickle.dumps(model))
    assert type(other) is type(model) and other.name == model.name and int(other.optimizer.iterations) == 2
    np.testing.assert_array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))
    kept = model.get_weights()
    history = other.fit(X, Y, batch_size=4, shuffle=False, verbose=0).history
    for weight, before in zip(model.get_weights(), kept, strict=True):
        np.testing.assert_array_equal(weight, before)
    assert model.fit(X, Y, batch_size=4, shuffle=False, verbose=0).history == history


def test_what_is_not_built_or_compiled_stays_so():
    other = pickle.loads(pickle.dumps(Sequential([layers.Dense(3, kernel_regularizer="l2"), Scaled(3.0)])))
    assert not other.built and not other.compiled and [type(layer) for layer in other.layers] == [layers.Dense, Scaled]
    other = pickle.loads(pickle.dumps(layers.Conv2D(3, 2, activation="relu", name="c")))
    assert (other.name, other.built, other.filters) == ("c", False, 3)


def test_another_process_reads_it(tmp_path):
    (tmp_path / "lecture.py").write_text(
        "from convolith import layers\n"
        "class Halved(layers.Layer):\n"
        "    def call(self, inputs):\n"
        "        return inputs * 0.5\n"
    )
    writes = (
        "import pickle, lecture; from convolith import layers, models;"
        "model = models.Sequential([layers.Input((2,)), lecture.Halved(), layers.Dense(1, kernel_initializer='ones')]);"
        "open('model', 'wb').write(pickle.dumps(model))"
    )
    reads = "import pickle, numpy; print(pickle.load(open('model', 'rb'))(numpy.ones((1, 2), 'float32')).item())"
    for code in (writes, reads):
        found = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert found.stdout == "1.0\n"


def test_what_cannot_be_described_cannot_be_pickled():
    class Array(layers.Layer):
        def __init__(self, values):
            super().__init__()

    with pytest.raises(NotImplementedError, match="Array 'array' has arguments.*must define get_config"):
        pickle.dumps(Sequential([Array(np.ones(3))]))
    model = Sequential([layers.Input((4,)), layers.Lambda(lambda x: x)])
    with pytest.raises(ValueError, match="cannot be saved"):
        pickle.dumps(model)


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))])
def test_a_layer_goes_without_the_network_around_it(again):
    dense = functional().layers[1]
    other = again(dense)
    assert other.name == dense.name
    np.testing.assert_array_equal(other(X), dense(X))
    assert dense.output.shape == (None, 4)
    with pytest.raises(AttributeError, match="was never called on a symbolic tensor"):
        _ = other.output


def chain(depth):
    x = inputs = layers.Input((4,))
    for number in range(depth):
        x = layers.Dense(4)(x) if number % 2 else x * 1.5
    return Model(inputs, x)


def stack(depth):
    return Sequential([layers.Input((4,)), *(layers.Dense(4) for _ in range(depth))])


@pytest.mark.parametrize("make", [chain, stack])
@pytest.mark.parametrize("again", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_deep_networks(make, again):
    model = make(300)
    other = again(model)
    np.testing.assert_array_equal(other(X), model(X))
    assert other.layers[-1].output.shape == (None, 4) and other.layers[-1] is not model.layers[-1]


class Sparse(layers.Layer):
    def call(self, inputs):
        self.add_loss(ops.mean(abs(inputs)))
        return inputs


@pytest.mark.parametrize("part", [lambda: stack(1), Sparse])
def test_a_part_of_a_deep_network_is_copied_without_what_comes_before_it(part):
    inner, (inputs, x) = part(), (lambda model: (model.input, model.output))(chain(400))
    outer = Model(inputs, layers.Dense(2)(inner(x)))
    other = copy.deepcopy(inner)
    np.testing.assert_array_equal(other(X), inner(X))
    np.testing.assert_array_equal(copy.deepcopy(outer)(X), outer(X))
    if isinstance(inner, Model):
        assert inner._calls and not other._calls and other.output is not inner.output


def test_a_shared_layer_stays_shared_in_a_copy():
    inputs, shared = layers.Input((4,)), layers.Dense(4)
    model = Model(inputs, shared(shared(inputs)))
    other = copy.deepcopy(model)
    assert len(other.weights) == 2 and len(other.layers[1]._calls) == 2
    other.layers[1].kernel.assign(np.zeros((4, 4)))
    assert (other(X) == 0).all() and (model(X) != 0).any()


def test_as_keras_does(keras):
    def program(k):
        model = k.Sequential([k.layers.Input((4,)), k.layers.Dense(3, name="d"), k.layers.Dense(1, name="e")], name="m")
        model.compile("adam", "mse", metrics=["mae"])
        model.fit(X, Y, verbose=0)
        seen = []
        for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model), copy.copy(model)):
            same = bool((other.predict(X, verbose=0) == model.predict(X, verbose=0)).all())
            seen.append((other.name, int(other.optimizer.iterations), same, [layer.name for layer in other.layers]))
        return seen

    assert program(convolith) == program(keras)
