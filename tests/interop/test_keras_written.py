"""``.keras`` files that convolith writes: Keras 3 makes the same models of them; what Keras lacks is named."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest

import convolith
from convolith import layers, ops
from convolith.interop import keras_config, keras_operations, keras_serialized
from convolith.models import load_model
from tests.interop.test_keras_models import (
    COMPILED,
    assert_same_outputs,
    functional,
    multiplied,
    randomized,
    sequential,
)

h5py = pytest.importorskip("h5py")


def bordered(k):
    """Explicit paddings: as "same" and "valid" give them, and others, on a chain, a shared layer and averages."""
    inputs = k.Input((9, 8, 2), name="image")
    x = k.layers.Conv2D(2, 3, padding=((1, 1), (1, 1)), name="same")(inputs)
    x = k.layers.DepthwiseConv2D(3, padding=((0, 0), (0, 0)), name="valid")(x)
    shared = k.layers.Conv2D(2, 3, padding=((2, 1), (0, 2)), name="shared")
    x = shared(shared(x))
    x = k.layers.MaxPooling2D(3, 2, padding=((1, 1), (0, 1)), name="pool")(x)
    x = k.layers.AveragePooling2D(2, 1, padding=((1, 0), (0, 1)), name="mean")(x)
    return k.Model(inputs, x)


def chained(k):
    return k.Sequential(
        [
            k.Input((12, 2)),
            k.layers.Conv1D(3, 3, strides=2, padding=((3, 1),), activation="tanh"),
            k.layers.BatchNormalization(),
            k.layers.Conv1D(3, 3, padding="causal"),
            k.layers.Dropout(0.3, seed=1),
            k.layers.GlobalAveragePooling1D(),
        ]
    )


def regular(k):
    """Values within configurations: functions, initializers, regularizers, constraints, arrays."""
    inputs = k.Input((6, 6, 4))
    x = k.layers.Normalization(mean=[0.1, 0.2, 0.3, 0.4], variance=[1.0, 2.0, 3.0, 4.0])(inputs)
    x = k.layers.SeparableConv2D(3, 3, pointwise_constraint=k.constraints.MaxNorm(2.0))(x)
    x = k.layers.LayerNormalization(axis=[1, 2, 3])(x)
    x = k.layers.PReLU(k.initializers.Constant(0.2), shared_axes=[1, 2])(x)
    x = k.layers.Conv2DTranspose(2, 3, strides=2, padding="same", output_padding=1)(x)
    x = k.layers.UpSampling2D(2, interpolation="bilinear")(x)
    x = k.layers.Lambda(k.ops.absolute)(x)
    x = k.layers.Activation(k.activations.softplus)(x)
    return k.Model(inputs, k.layers.Dense(2, kernel_regularizer=k.regularizers.L1L2(0.1, 0.2))(x))


def transposed(k):
    """Explicit paddings that are what "same" and "valid" cut off from the results of transposed convolutions."""
    inputs = k.Input((7, 6, 3))
    x = k.layers.Conv2DTranspose(2, 3, strides=2, padding=((0, 1), (0, 1)), name="same")(inputs)
    x = k.layers.Conv2DTranspose(2, (3, 5), padding=((1, 1), (2, 2)), name="odd")(x)
    x = k.layers.Conv2DTranspose(2, 3, strides=2, padding=((1, 1), (1, 1)), output_padding=0, name="least")(x)
    x = k.layers.Conv2DTranspose(2, 3, strides=2, padding=((0, 0), (0, 0)), name="valid")(x)
    return k.Model(inputs, x)


def named_as_borders(k):
    """Layers with the names that the layers of zeros before others would have."""
    inputs = k.Input((6, 6, 3), name="d_zeros")
    x = k.layers.ZeroPadding2D(1, name="c_zeros")(inputs)
    x = k.layers.Conv2D(2, 3, padding=((2, 0), (1, 0)), name="c")(x)
    x = k.layers.Conv2D(2, 3, padding=((0, 1), (0, 0)), name="d")(x)
    return k.Model(inputs, k.layers.ReLU(name="c_zeros_1")(x))


def chained_as_borders(k):
    conv = k.layers.Conv2D(2, 3, padding=((2, 0), (1, 0)), name="c")
    return k.Sequential([k.Input((6, 6, 3), name="c_zeros_1"), k.layers.ZeroPadding2D(1, name="c_zeros"), conv])


def cast_and_padded(k):
    inputs = k.Input((4, 3))
    x = k.ops.cast(k.ops.cast(inputs * 4, "int32"), "float32")
    x = k.ops.pad(x, ((0, 0), (1, 2), (0, 1)))
    return k.Model(inputs, k.ops.pad(x, ((0, 0), (0, 1), (2, 0)), constant_values=0.5) + 1.0)


def operations(k):
    x = inputs = k.Input((4, 3))
    y = k.ops.concatenate([x, k.ops.exp(-x) * np.array([1.0, 2.0, 3.0], "float32")], axis=-1)
    z = k.ops.reshape(k.ops.transpose(y, (0, 2, 1)), (-1, 4, 6))
    w = k.ops.where(x > 0.5, x, 2.0 / (x + 1.0)) ** 2
    v = k.ops.squeeze(k.ops.expand_dims(k.ops.sum(w, axis=1), 1), 1)
    u = k.ops.matmul(x, k.ops.transpose(x, (0, 2, 1)))
    return k.Model(inputs, [k.ops.softmax(z), k.ops.maximum(v, 0.2), u[..., 0, None], k.ops.max(w, axis=(1, 2))])


@pytest.mark.parametrize(
    "make",
    [
        sequential, functional, multiplied, bordered, chained, regular, transposed, operations, cast_and_padded,
        named_as_borders, chained_as_borders,
    ],
)  # fmt: skip
def test_keras_reads_what_convolith_wrote(keras, generator, tmp_path, make):
    ours = randomized(make(convolith), generator)
    ours.save(tmp_path / "m.keras")
    theirs = keras.models.load_model(tmp_path / "m.keras")
    assert (theirs.name, type(theirs).__name__) == (ours.name, type(ours).__name__)
    assert_same_outputs(ours, theirs, generator)
    again = load_model(tmp_path / "m.keras") if make is not regular else theirs  # a Lambda is a user's own
    assert_same_outputs(again, theirs, generator)


def test_nothing_is_added_to_what_keras_has_itself(keras, tmp_path):
    for make in (sequential, functional):
        make(convolith).save(tmp_path / "ours.keras")
        theirs, ours = make(keras), keras.models.load_model(tmp_path / "ours.keras")
        kinds = [[type(layer).__name__ for layer in model.layers] for model in (theirs, ours)]
        assert kinds[0] == kinds[1]


@pytest.mark.parametrize("name", COMPILED)
def test_training_goes_on_in_keras(keras, generator, tmp_path, name):
    kind, arguments = COMPILED[name]
    k = convolith
    ours = k.Sequential([k.Input((4,)), k.layers.Dense(3, activation="tanh"), k.layers.Dense(2)])
    ours.compile(getattr(k.optimizers, kind)(**arguments), loss=k.losses.LogCosh(), metrics=["mae"])
    x, y = generator.random((8, 4)).astype("float32"), generator.random((8, 2)).astype("float32")
    ours.fit(x, y, epochs=3, batch_size=4, shuffle=False, verbose=0)
    ours.save(tmp_path / "m.keras")
    theirs = keras.models.load_model(tmp_path / "m.keras")
    assert int(theirs.optimizer._iterations) == 6
    histories = [model.fit(x, y, epochs=2, batch_size=4, shuffle=False, verbose=0).history for model in (ours, theirs)]
    assert sorted(histories[0]) == sorted(histories[1])
    np.testing.assert_allclose(histories[0]["loss"], histories[1]["loss"], rtol=1e-4)
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=2e-5)


@pytest.mark.parametrize("name", COMPILED)
def test_an_optimizer_that_made_no_step(tmp_path, name):
    kind, arguments = COMPILED[name]
    model = image_model(layers.Flatten(), layers.Dense(2))
    model.compile(getattr(convolith.optimizers, kind)(**arguments), "mse")
    model.save(tmp_path / "m.keras")
    loaded = load_model(tmp_path / "m.keras")
    assert type(loaded.optimizer).__name__ == kind and int(loaded.optimizer.iterations) == 0
    with zipfile.ZipFile(tmp_path / "m.keras") as archive, h5py.File(archive.open("model.weights.h5")) as weights:
        assert len(weights["optimizer/vars"]) == len(model.optimizer.scalars)  # as Keras writes it
    assert not model.optimizer.built


@pytest.mark.parametrize("name", COMPILED)
def test_weights_that_no_step_has_trained_yet_begin_with_the_next(generator, tmp_path, name):
    kind, arguments = COMPILED[name]
    model = convolith.Sequential([layers.Input((4,)), layers.Dense(3, name="first"), layers.Dense(2)])
    model.get_layer("first").trainable = False
    model.compile(getattr(convolith.optimizers, kind)(**arguments), "mse")
    x, y = generator.random((8, 4), np.float32), generator.random((8, 2), np.float32)
    model.fit(x, y, verbose=0)
    model.get_layer("first").trainable = True
    model.save(tmp_path / "m.keras")
    loaded = load_model(tmp_path / "m.keras")
    histories = [one.fit(x, y, epochs=2, shuffle=False, verbose=0).history for one in (model, loaded)]
    assert histories[0] == histories[1]
    for one, other in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_how_a_model_is_compiled(keras, generator, tmp_path):
    ours = sequential(convolith)
    rate = convolith.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    ours.compile(
        convolith.optimizers.Nadam(rate),
        loss=convolith.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy", convolith.metrics.SparseTopKCategoricalAccuracy(k=2, name="top")],
        weighted_metrics=[convolith.metrics.SparseCategoricalCrossentropy()],
    )
    x, y = generator.random((4, 8, 8, 3)).astype("float32"), np.array([0, 1, 2, 0])
    ours.fit(x, y, verbose=0)
    ours.save(tmp_path / "m.keras")
    theirs = keras.models.load_model(tmp_path / "m.keras")
    found = theirs.evaluate(x, y, verbose=0, return_dict=True)
    for key, value in ours.evaluate(x, y, verbose=0, return_dict=True).items():
        np.testing.assert_allclose(found[key], value, rtol=1e-4, err_msg=key)
    assert float(theirs.optimizer._learning_rate(10)) == pytest.approx(0.05)


def test_classes_and_functions_of_a_user_s_own(keras, generator, tmp_path):
    class Twice(layers.Layer):
        def call(self, inputs):
            return inputs * 2

    class KerasTwice(keras.layers.Layer):
        def call(self, inputs):
            return inputs * 2

    def halved(x):
        return x * 0.5

    ours = convolith.Sequential([convolith.Input((3,)), layers.Dense(2, activation=halved), Twice(name="twice")])
    ours.save(tmp_path / "m.keras")
    objects = {"Twice": KerasTwice, "halved": halved}
    theirs = keras.models.load_model(tmp_path / "m.keras", custom_objects=objects)
    assert type(theirs.layers[-1]) is KerasTwice
    assert_same_outputs(ours, theirs, generator)


def test_the_tables_tell_what_keras_lacks(keras):
    """Whatever a layer of convolith's takes and Keras's does not stands in the tables."""
    absent, more = set(), {}
    for name, kind in layers.REGISTRY.entries.items():
        if not kind.__module__.startswith("convolith.layers"):
            continue
        theirs = getattr(keras.layers, name, None)
        if theirs is None:
            absent.add(name)
        else:
            more[name] = keras_config.argument_names(kind) - keras_config.argument_names(theirs)
    assert absent == keras_serialized.ABSENT
    for name, arguments in more.items():
        if name.startswith("SpatialDropout"):  # Keras's pass their keywords on by *args
            arguments -= {"activity_regularizer", "trainable", "autocast", "args"}
        off = next((found for ending, found in keras_serialized.OFF.items() if name.endswith(ending)), {})
        known = {*off, *keras_serialized.OF_NO_EFFECT.get(name, ())}
        assert arguments <= known, name


def test_the_operations_are_keras_s(keras):
    import importlib

    for kind, module in keras_operations.MODULES.items():
        assert isinstance(getattr(importlib.import_module(module), kind), type), kind


def image_model(*stack, shape=(8, 8, 3)):
    return convolith.Sequential([convolith.Input(shape), *stack])


class Around(layers.Layer):
    """A user's own wrapper."""

    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        self.layer = layer

    def call(self, inputs):
        return self.layer(inputs)

    def get_config(self):
        return {**super().get_config(), "layer": layers.serialize(self.layer)}


def computed(function):
    inputs = convolith.Input((4, 3))
    return convolith.Model(inputs, function(inputs))


REFUSED = {
    "no layer of Keras's": (
        lambda: image_model(layers.LocalResponseNormalization(name="lrn")),
        "LocalResponseNormalization 'lrn': Keras has no layer LocalResponseNormalization",
    ),
    "no argument of Keras's": (
        lambda: image_model(layers.MaxPooling2D(3, 2, ceil_mode=True, name="p")),
        "MaxPooling2D 'p': Keras has no argument ceil_mode, which is True",
    ),
    "groups": (
        lambda: image_model(layers.Conv2DTranspose(3, 3, groups=3, name="t")),
        "Conv2DTranspose 't': Keras has no argument groups, which is 3",
    ),
    "a padding of maxima": (
        lambda: image_model(layers.MaxPooling2D(2, padding=((1, 0), (0, 1)), name="p")),
        r"MaxPooling2D 'p': Keras has no padding but \"valid\" and \"same\", which is \(\(1, 0\), \(0, 1\)\)",
    ),
    "a padding of means that is not counted": (
        lambda: image_model(layers.AveragePooling2D(2, padding=((1, 0), (0, 1)), count_include_pad=False, name="p")),
        "AveragePooling2D 'p': Keras has no padding but",
    ),
    "a padding within a wrapper": (
        lambda: image_model(Around(layers.Conv2D(2, 3, padding=((1, 1), (0, 0)), name="c"))),
        "Conv2D 'c': Keras has no padding but",
    ),
    "another meaning": (
        lambda: image_model(layers.SpectralNormalization(layers.Conv2D(2, 3), name="s")),
        "SpectralNormalization 's' cannot be written for Keras: Keras's overwrites its kernel",
    ),
    "no operation of Keras's": (
        lambda: computed(ops.hard_sigmoid),
        "operation 'pieces' has no counterpart in Keras; put it into a Layer of your own",
    ),
    "an index with arrays": (
        lambda: computed(lambda x: x[:, np.array([0, 2])]),
        "an index with arrays in it has no counterpart in Keras",
    ),
}


@pytest.mark.parametrize(
    ("size", "stride", "padding"), [(7, 2, (1, 1)), (7, 3, (1, 1)), (8, 3, (0, 1)), (7, 3, (0, 0)), (7, 4, (0, 0))]
)
@pytest.mark.parametrize("output_padding", [None, 0, 1])
def test_a_transposed_convolution_comes_back_or_is_refused(generator, tmp_path, size, stride, padding, output_padding):
    layer = layers.Conv2DTranspose(2, 3, stride, (padding, padding), output_padding, name="t")
    model = image_model(layer, shape=(size, size, 3))
    try:
        model.save(tmp_path / "m.keras")
    except ValueError as error:
        assert "Conv2DTranspose 't': Keras has no padding but" in str(error)
        kinds = [layers.Conv2DTranspose(2, 3, stride, kind, output_padding) for kind in ("valid", "same")]
        for kind in kinds:  # neither of which is the same layer
            image = generator.random((1, size, size, 3)).astype("float32")
            kind.build(image.shape)
            kind.set_weights(layer.get_weights())
            found, wanted = kind(image), layer(image)
            assert found.shape != wanted.shape or not np.allclose(found, wanted, atol=1e-3)
    else:
        assert_same_outputs(load_model(tmp_path / "m.keras"), model, generator)


@pytest.mark.parametrize("case", REFUSED)
def test_refused(tmp_path, case):
    make, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        make().save(tmp_path / "m.keras")
    assert not list(tmp_path.iterdir())


def test_a_learning_rate_of_a_layer_s_own_is_left_out(tmp_path):
    model = image_model(layers.Conv2D(2, 3, name="slow", learning_rate_multiplier=0.1))
    with pytest.warns(UserWarning, match="Conv2D 'slow': Keras has no learning_rate_multiplier, which is left out"):
        model.save(tmp_path / "m.keras")


def test_files(tmp_path, monkeypatch):
    model = image_model(layers.Flatten())
    model.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        assert archive.namelist() == ["metadata.json", "config.json", "model.weights.h5"]
        assert json.loads(archive.read("config.json"))["compile_config"] == {}
    with pytest.raises(FileExistsError, match="m.keras exists, and overwrite is False"):
        model.save(tmp_path / "m.keras", overwrite=False)
    with pytest.raises(ValueError, match="is not built"):
        convolith.Sequential([layers.Dense(2)]).save(tmp_path / "n.keras")
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    with pytest.raises(ImportError, match=r"writing n.keras needs h5py: pip install .convolith\[keras\]"):
        model.save(tmp_path / "n.keras")


def several(k):
    """Three optimizers, two of them of one kind, and none for one of the weights of a layer."""
    model = k.Sequential([k.Input((4,)), k.layers.Dense(3, "tanh", name="first"), k.layers.Dense(2, name="last")])
    by_path = {
        ".*first/kernel": k.optimizers.SGD(0.1, momentum=0.9),
        ".*first/bias": k.optimizers.SGD(0.2),
        ".*last/bias": k.optimizers.Nadam(0.01, epsilon=1e-3),
    }
    optimizer = k.optimizers.MultiOptimizer(k.optimizers.OptimizerMap(k.optimizers.Adam(0.01, epsilon=1e-3), by_path))
    model.compile(optimizer, "mse")
    return model


@pytest.mark.parametrize("steps", [0, 6])
def test_several_optimizers(generator, tmp_path, steps):
    x, y = generator.random((8, 4), np.float32), generator.random((8, 2), np.float32)
    ours = several(convolith)
    ours.fit(x, y, epochs=steps // 2, batch_size=4, shuffle=False, verbose=0)
    ours.save(tmp_path / "m.keras")
    loaded = load_model(tmp_path / "m.keras")
    assert [int(one.iterations) for one in (loaded.optimizer, *loaded.optimizer.optimizers)] == [steps] * 5
    histories = [one.fit(x, y, epochs=2, batch_size=4, shuffle=False, verbose=0).history for one in (ours, loaded)]
    assert histories[0] == histories[1]


@pytest.mark.parametrize("back", [False, True])
def test_several_optimizers_go_on_in_keras_and_back(keras, generator, tmp_path, back):
    x, y = generator.random((8, 4), np.float32), generator.random((8, 2), np.float32)
    first, load = (several(keras), load_model) if back else (several(convolith), keras.models.load_model)
    first.fit(x, y, epochs=3, batch_size=4, shuffle=False, verbose=0)
    first.save(tmp_path / "m.keras")
    second = load(tmp_path / "m.keras")
    histories = [one.fit(x, y, epochs=2, batch_size=4, shuffle=False, verbose=0).history for one in (first, second)]
    np.testing.assert_allclose(histories[0]["loss"], histories[1]["loss"], rtol=1e-5)
    for one, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=2e-6)
