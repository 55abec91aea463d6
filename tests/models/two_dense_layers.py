"""A network of two dense layers, of a class of the caller's: what tests of own steps train."""

from convolith import layers


def network(kind, **compiled):
    inputs = layers.Input((4,))
    model = kind(inputs, layers.Dense(2)(layers.Dense(3, "tanh")(inputs)))
    model.compile(**{"optimizer": "adam", "loss": "mse", **compiled})
    return model
