"""compile(memory_limit=...): the same training in less memory."""

import re

import numpy as np
import pytest

import convolith as keras
from convolith.models.cost import train_plan
from convolith.models.memory_limit import bytes_of


def network():
    keras.utils.set_random_seed(4)
    keras.utils.clear_session()
    inputs = x = keras.Input((16, 16, 3))
    for filters in (8, 8, 8, 8, 16, 16):
        y = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        y = keras.layers.Dropout(0.2)(keras.layers.ReLU()(keras.layers.BatchNormalization()(y)))
        x = keras.layers.Add()([x, y]) if x.shape == y.shape else y
    outputs = keras.layers.Dense(4, "softmax")(keras.layers.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, outputs)


def trained(memory_limit, optimizer="adam"):
    rng = np.random.default_rng(3)
    x, y = rng.random((24, 16, 16, 3)).astype("float32"), rng.integers(0, 4, 24)
    model = network()
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"], memory_limit=memory_limit)
    history = model.fit(x, y, batch_size=8, epochs=2, verbose=0)
    return model, history.history


def needed(model, batch_size=8):
    """What weights, optimizer and a step take."""
    variables = [*model.weights, *model.optimizer.variables]
    return train_plan(model, batch_size).needed_bytes + sum(variable.value.nbytes for variable in variables)


@pytest.mark.parametrize("share", [0.9, 0.75, 0.6])
def test_training_is_the_same_bit_for_bit_and_fits(share):
    free, history = trained(None)
    limit = needed(free) - int((1 - share) * train_plan(free, 8).peak_bytes)
    model, found = trained(limit)
    assert needed(model) <= limit < needed(free)
    assert found == history
    for one, other in zip(model.get_weights(), free.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_smallest_is_named_and_enough():
    message = "no plan of training with 8 samples fits into memory_limit=20,000 bytes: .* the smallest needs"
    with pytest.raises(ValueError, match=message) as error:
        trained(20_000)
    smallest = int(re.search(r"the smallest needs ([\d,]+)", str(error.value))[1].replace(",", ""))
    model, history = trained(smallest)
    assert history == trained(None)[1]
    with pytest.raises(ValueError, match="the smallest needs"):
        trained(smallest - 1)


def test_own_steps_keep_to_it_too():
    class Mine(keras.Model):
        def train_step(self, data):
            x, y = data
            loss = self.compute_loss(x, y, self(x, training=True))
            self.optimizer.apply(self.compute_gradients(loss), self.trainable_weights)
            return {"loss": loss}

    rng = np.random.default_rng(3)
    x, y = rng.random((8, 16, 16, 3)).astype("float32"), rng.integers(0, 4, 8)
    results = []
    for limit in (None, "1.6 MB"):
        inner = network()
        model = Mine(inner.inputs, inner.outputs)
        model.compile("sgd", "sparse_categorical_crossentropy", memory_limit=limit)
        model.fit(x, y, batch_size=8, epochs=2, verbose=0)
        results.append((model.planner.arena.block.nbytes, model.get_weights()))
    (free, weights), (limited, same) = results
    assert limited < 0.9 * free
    for one, other in zip(same, weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_saved_model_keeps_its_limit(tmp_path):
    model, _ = trained("1GiB")
    model.save(tmp_path / "m.convolith")
    assert keras.models.load_model(tmp_path / "m.convolith").memory_limit == 2**30


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, None), (5, 5), ("7", 7), ("1GiB", 2**30), ("1.5 gib", 3 * 2**29), ("20MB", 20_000_000), (".5k", 500)],
)
def test_sizes(value, expected):
    assert bytes_of("m", value) == expected


@pytest.mark.parametrize("value", [0, -1, True, 1.5, "much", "1 XB", "-3MB", "0"])
def test_what_is_no_size(value):
    with pytest.raises(ValueError, match="m: memory_limit must be bytes, or text"):
        bytes_of("m", value)
