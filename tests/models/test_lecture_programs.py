"""Programs as lectures and books write them for Keras: they build unchanged, with the published numbers of weights."""

import re
from functools import partial

import numpy as np

import convolith as keras
from convolith import layers


def fashion_mnist_network():
    DefaultConv2D = partial(keras.layers.Conv2D, kernel_size=3, activation="relu", padding="SAME")
    return keras.models.Sequential(
        [
            DefaultConv2D(filters=64, kernel_size=7, input_shape=[28, 28, 1]),
            keras.layers.MaxPooling2D(pool_size=2),
            DefaultConv2D(filters=128),
            DefaultConv2D(filters=128),
            keras.layers.MaxPooling2D(pool_size=2),
            DefaultConv2D(filters=256),
            DefaultConv2D(filters=256),
            keras.layers.MaxPooling2D(pool_size=2),
            keras.layers.Flatten(),
            keras.layers.Dense(units=128, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(units=64, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(units=10, activation="softmax"),
        ]
    )


def test_the_fashion_mnist_network_of_64_7x7_and_3x3_layers():
    """A short run of what examples/cnn_fashion_mnist.py trains, on the bundled digits three times enlarged."""
    (x, y), (x_test, y_test) = keras.datasets.digits.load_data()
    x, x_test = (np.pad(np.kron(each / 255, np.ones((1, 3, 3))), ((0, 0), (2, 2), (2, 2))) for each in (x, x_test))
    keras.utils.set_random_seed(2)
    model = fashion_mnist_network()
    assert model.count_params() == 1_413_834
    model.compile(loss="sparse_categorical_crossentropy", optimizer="nadam", metrics=["accuracy"])
    history = model.fit(x[:960], y[:960], epochs=2, validation_data=(x_test[:200], y_test[:200]), verbose=0)
    assert list(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert history.history["val_accuracy"][-1] > 0.6  # 0.86; by chance 0.1


def rows(model):
    return [layer.count_params() for layer in model.layers]


def test_the_16_32_64_network_with_and_without_pooling():
    def network(pooling):
        model = keras.Sequential()
        model.add(keras.Input(shape=(32, 32, 3)))
        for filters in (16, 32, 64):
            model.add(layers.Conv2D(filters=filters, kernel_size=2, padding="same", activation="relu"))
            if pooling:
                model.add(layers.MaxPooling2D(pool_size=2))
        model.add(layers.Flatten())
        model.add(layers.Dense(500, activation="relu"))
        model.add(layers.Dense(10, activation="softmax"))
        return model

    assert rows(network(False)) == [208, 2_080, 8_256, 0, 32_768_500, 5_010]
    assert network(False).count_params() == 32_784_054
    assert network(True).count_params() == 528_054


def test_the_functional_networks():
    inputs = keras.Input(shape=(28, 28, 1))
    x = layers.Dense(256, activation="relu")(layers.Flatten()(inputs))
    assert keras.Model(inputs=inputs, outputs=layers.Dense(10, activation="softmax")(x)).count_params() == 203_530

    x = layers.MaxPool2D()(layers.Conv2D(32, (5, 5), activation="relu", padding="same")(inputs))
    x = layers.MaxPool2D()(layers.Conv2D(64, (3, 3), activation="relu", padding="same")(x))
    x = layers.Dense(256, activation="relu")(layers.Flatten()(x))
    model = keras.Model(inputs=inputs, outputs=layers.Dense(10, activation="softmax")(x))
    assert model.count_params() == 824_970
    assert model.predict(np.zeros((2, 28, 28, 1)), verbose=0).shape == (2, 10)


def test_the_table_of_the_network_without_pooling(capsys):
    keras.utils.clear_session()
    model = keras.Sequential([keras.Input(shape=(32, 32, 3))])
    for filters in (16, 32, 64):
        model.add(layers.Conv2D(filters=filters, kernel_size=2, padding="same", activation="relu"))
    model.add(layers.Flatten())
    model.add(layers.Dense(500, activation="relu"))
    model.add(layers.Dense(10, activation="softmax"))
    model.summary(line_length=88)
    text = capsys.readouterr().out
    cells = re.findall(r"│ (\w+) \(\w+\) +│ (\(.*?\)) +│ +([\d,]+) │", text)
    assert cells == [
        ("conv2d", "(None, 32, 32, 16)", "208"),
        ("conv2d_1", "(None, 32, 32, 32)", "2,080"),
        ("conv2d_2", "(None, 32, 32, 64)", "8,256"),
        ("flatten", "(None, 65536)", "0"),
        ("dense", "(None, 500)", "32,768,500"),
        ("dense_1", "(None, 10)", "5,010"),
    ]
    assert " Total params: 32,784,054 (125.06 MB)" in text


def test_a_two_headed_network(generator):
    inputs = keras.Input(shape=(12, 12, 1))
    x = layers.Conv2D(8, 3, activation="relu")(inputs)
    x = layers.Flatten()(layers.MaxPooling2D(2)(x))
    x = layers.Dense(16, activation="relu")(x)
    kind = layers.Dense(4, activation="softmax", name="kind")(x)
    place = layers.Dense(4, name="place")(x)
    model = keras.Model(inputs=[inputs], outputs=[kind, place])
    model.compile(
        loss=["sparse_categorical_crossentropy", "mse"],
        loss_weights=[0.8, 0.2],
        optimizer="nadam",
        metrics=[["accuracy"], ["mae"]],
    )
    images, kinds, places = generator.random((40, 12, 12, 1)), generator.integers(0, 4, 40), generator.random((40, 4))
    before = model.evaluate(images, (kinds, places), verbose=0, return_dict=True)
    assert sorted(before) == ["kind_accuracy", "kind_loss", "loss", "place_loss", "place_mae"]
    np.testing.assert_allclose(before["loss"], 0.8 * before["kind_loss"] + 0.2 * before["place_loss"], rtol=1e-6)
    history = model.fit(
        images, (kinds, places), epochs=15, batch_size=10, validation_data=(images, (kinds, places)), verbose=0
    ).history
    assert history["val_loss"][-1] < before["loss"]
    probabilities, found = model.predict(images, verbose=0)
    assert probabilities.shape == found.shape == (40, 4)
    total, *_ = model.evaluate(images, {"kind": kinds, "place": places}, verbose=0)
    np.testing.assert_allclose(total, history["val_loss"][-1], rtol=1e-6)


def test_a_frozen_base_with_a_new_head_then_unfrozen(generator):
    images, kinds = generator.random((30, 8, 8, 1)), generator.integers(0, 3, 30)
    first = keras.Sequential(
        [
            keras.Input(shape=(8, 8, 1)),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.Flatten(),
            layers.Dense(8, activation="relu", name="features"),
            layers.Dense(3, activation="softmax"),
        ]
    )
    first.compile(loss="sparse_categorical_crossentropy", optimizer="sgd")
    first.fit(images, kinds, verbose=0)

    base = keras.Model(first.inputs, first.get_layer("features").output)
    head = layers.Dense(1)
    model = keras.Sequential([base, head])
    for layer in base.layers:
        layer.trainable = False
    model.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate=0.1))
    assert [weight.path for weight in model.trainable_weights] == [head.kernel.path, head.bias.path]
    frozen, start = base.get_weights(), head.get_weights()
    model.fit(images, kinds, epochs=2, verbose=0)
    for one, other in zip(base.get_weights(), frozen, strict=True):
        np.testing.assert_array_equal(one, other)
    assert (head.get_weights()[0] != start[0]).any()

    for layer in base.layers:
        layer.trainable = True
    model.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate=0.01))
    assert len(model.trainable_weights) == 6
    model.fit(images, kinds, epochs=1, verbose=0)
    assert all((one != other).any() for one, other in zip(base.get_weights()[::2], frozen[::2], strict=True))
    assert first.get_layer("conv").kernel is base.get_layer("conv").kernel


def test_outputs_within_a_network(generator):
    images = generator.random((2, 8, 8, 1)).astype("float32")
    model = keras.Sequential([keras.Input(shape=(8, 8, 1)), layers.Conv2D(4, 3, name="conv"), layers.MaxPool2D()])
    within = keras.Model(inputs=model.inputs, outputs=model.get_layer("conv").output)
    np.testing.assert_array_equal(within.predict(images, verbose=0), model.layers[0](images))
    every = keras.Model(model.inputs, [layer.output for layer in model.layers])
    assert [maps.shape for maps in every.predict(images, verbose=0)] == [(2, 6, 6, 4), (2, 3, 3, 4)]
    assert model.get_layer(index=1).input.shape == (None, 6, 6, 4)


def test_a_residual_unit_that_is_written_as_a_layer(generator):
    class ResidualUnit(layers.Layer):
        def __init__(self, filters, strides=1, activation="relu", **kwargs):
            super().__init__(**kwargs)
            self.activation = keras.activations.get(activation)
            self.main_layers = [
                layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False),
                self.activation,
                layers.Conv2D(filters, 3, strides=1, padding="same", use_bias=False),
            ]
            self.skip_layers = []
            if strides > 1:
                self.skip_layers = [layers.Conv2D(filters, 1, strides=strides, padding="same", use_bias=False)]

        def call(self, inputs):
            z = inputs
            for layer in self.main_layers:
                z = layer(z)
            skip = inputs
            for layer in self.skip_layers:
                skip = layer(skip)
            return self.activation(z + skip)

    model = keras.models.Sequential([layers.Conv2D(4, 7, strides=2, input_shape=[32, 32, 3], padding="same")])
    before = 4
    for filters in [4] * 2 + [8] * 2:
        model.add(ResidualUnit(filters, strides=1 if filters == before else 2))
        before = filters
    model.add(layers.Flatten())
    model.add(layers.Dense(10, activation="softmax"))
    kernels = 7 * 7 * 3 * 4 + 4 + 4 * (9 * 4 * 4) + (9 * 4 * 8 + 9 * 8 * 8 + 4 * 8) + 2 * (9 * 8 * 8)
    assert model.count_params() == kernels + 8 * 8 * 8 * 10 + 10
    model.compile(loss="sparse_categorical_crossentropy", optimizer="nadam", metrics=["accuracy"])
    x, y = generator.random((8, 32, 32, 3)), generator.integers(0, 10, 8)
    history = model.fit(x, y, epochs=5, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]


def test_resnet_34_of_residual_units():
    DefaultConv2D = partial(
        keras.layers.Conv2D, kernel_size=3, strides=1, padding="same", kernel_initializer="he_normal", use_bias=False
    )

    class ResidualUnit(keras.layers.Layer):
        def __init__(self, filters, strides=1, activation="relu", **kwargs):
            super().__init__(**kwargs)
            self.activation = keras.activations.get(activation)
            self.main_layers = [
                DefaultConv2D(filters, strides=strides),
                keras.layers.BatchNormalization(),
                self.activation,
                DefaultConv2D(filters),
                keras.layers.BatchNormalization(),
            ]
            self.skip_layers = []
            if strides > 1:
                self.skip_layers = [
                    DefaultConv2D(filters, kernel_size=1, strides=strides),
                    keras.layers.BatchNormalization(),
                ]

        def call(self, inputs):
            Z = inputs
            for layer in self.main_layers:
                Z = layer(Z)
            skip_Z = inputs
            for layer in self.skip_layers:
                skip_Z = layer(skip_Z)
            return self.activation(Z + skip_Z)

    model = keras.Sequential(
        [
            DefaultConv2D(64, kernel_size=7, strides=2, input_shape=[224, 224, 3]),
            keras.layers.BatchNormalization(),
            keras.layers.Activation("relu"),
            keras.layers.MaxPool2D(pool_size=3, strides=2, padding="same"),
        ]
    )
    prev_filters = 64
    for filters in [64] * 3 + [128] * 4 + [256] * 6 + [512] * 3:
        strides = 1 if filters == prev_filters else 2
        model.add(ResidualUnit(filters, strides=strides))
        prev_filters = filters
    model.add(keras.layers.GlobalAvgPool2D())
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(10, activation="softmax"))
    assert model.count_params() == 21_306_826
    assert sum(weight.value.size for weight in model.trainable_weights) == 21_289_802
    assert model.output_shape == (None, 10)


def test_max_pooling_over_channels_through_a_lambda(generator):
    images = generator.random((2, 4, 5, 6)).astype("float32")
    groups = keras.layers.Lambda(lambda X: keras.ops.reshape(X, (-1, *X.shape[1:3], X.shape[-1] // 3, 3)))
    depth_pool = keras.layers.Lambda(lambda X: keras.ops.max(X, axis=-1))
    expected = images.reshape(2, 4, 5, 2, 3).max(axis=-1)
    np.testing.assert_array_equal(depth_pool(groups(images)), expected)
    model = keras.Sequential([keras.Input((4, 5, 6)), groups, depth_pool, keras.layers.GlobalAvgPool2D()])
    np.testing.assert_allclose(model.predict(images, verbose=0), expected.mean(axis=(1, 2)), rtol=1e-6)
