"""Programs as lectures and books write them for Keras: they build unchanged, with the published numbers of weights."""

from functools import partial

import numpy as np

import convolith as keras
from convolith import layers


def test_the_fashion_mnist_network_of_64_7x7_and_3x3_layers(generator):
    DefaultConv2D = partial(keras.layers.Conv2D, kernel_size=3, activation="relu", padding="SAME")
    model = keras.models.Sequential(
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
    assert model.count_params() == 1_413_834
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    x, y = generator.random((6, 28, 28)), generator.integers(0, 10, 6)
    history = model.fit(x, y, epochs=1, validation_split=0.5, verbose=0)
    assert list(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]


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
