"""A functional model around a layer, trained for a step: what every layer that has a gradient must stand."""

from __future__ import annotations

import numpy as np

import convolith as keras
from convolith import layers


def check_in_a_model(layer, shape, inputs=1):
    """Train dense -> layer -> dense on a few samples; the weights before the layer must change, and all stay finite."""
    keras.utils.set_random_seed(3)
    ins = [layers.Input(shape) for _ in range(inputs)]
    first = layers.Dense(shape[-1], name="first")
    hidden = [first(x) for x in ins]
    outputs = layers.Dense(1)(layers.Flatten()(layer(hidden[0] if inputs == 1 else hidden)))
    model = keras.Model(ins, outputs)
    model.compile("sgd", "mse")
    before = first.kernel.numpy()
    data = [np.random.default_rng(number).random((5, *shape), "float32") for number in range(inputs)]
    model.fit(data[0] if inputs == 1 else data, np.ones((5, 1), "float32"), batch_size=3, verbose=0)
    after = first.kernel.numpy()
    assert np.isfinite(after).all() and (after != before).any()
    predicted = model.predict(data[0] if inputs == 1 else data, verbose=0)
    assert predicted.shape == (5, 1) and np.isfinite(predicted).all()
    again = layers.deserialize(layers.serialize(layer))
    assert type(again) is type(layer) and again.get_config() == layer.get_config()
