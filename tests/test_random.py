"""keras.random's functions: their distributions, their seeds, and that a traced model draws anew in each step."""

import numpy as np
import pytest

import convolith as keras
from convolith import random
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec
from convolith.graph.trace import trace

SIZE = 40_000
DRAWS = {
    "uniform": lambda seed: random.uniform((9,), seed=seed),
    "normal": lambda seed: random.normal((9,), seed=seed),
    "truncated_normal": lambda seed: random.truncated_normal((9,), seed=seed),
    "randint": lambda seed: random.randint((9,), 0, 2**30, seed=seed),
    "shuffle": lambda seed: random.shuffle(np.arange(99), seed=seed),
    "dropout": lambda seed: random.dropout(np.ones(99, "float32"), 0.5, seed=seed),
}


@pytest.mark.parametrize("dtype", [None, "float32", np.float64])
def test_distributions(dtype):
    """Means and deviations within five standard errors; the draws are fixed, so this cannot fail by chance."""
    error = 5 / np.sqrt(SIZE)
    numbers = random.uniform((SIZE,), -2.0, 4.0, dtype, seed=1)
    assert numbers.dtype == (dtype or np.float32) and numbers.min() >= -2 and numbers.max() < 4
    assert abs(numbers.mean() - 1) < 3.5 * error / 2 and abs(numbers.std() - np.sqrt(3)) < error
    numbers = random.normal((SIZE,), 3.0, 0.5, dtype, seed=1)
    assert numbers.dtype == (dtype or np.float32)
    assert abs(numbers.mean() - 3) < 0.5 * error and abs(numbers.std() - 0.5) < 0.5 * error
    numbers = random.truncated_normal((SIZE,), 1.0, 2.0, dtype, seed=1)
    assert numbers.dtype == (dtype or np.float32) and abs(numbers - 1).max() <= 4
    assert abs(numbers.mean() - 1) < 2 * error and abs(numbers.std() / 2 - 0.87962566) < error


def test_integers():
    numbers = random.randint((SIZE,), -1, 3, seed=1)
    assert numbers.dtype == np.int32 and np.unique(numbers).tolist() == [-1, 0, 1, 2]
    assert abs(np.bincount(numbers + 1) / SIZE - 0.25).max() < 5 * np.sqrt(0.25 * 0.75 / SIZE)
    assert random.randint((2,), 0, 256, "uint8").dtype == np.uint8


def test_shuffling_moves_whole_slices():
    x = np.arange(60).reshape(3, 20)
    moved = random.shuffle(x, axis=1, seed=1)
    assert (moved != x).any()
    np.testing.assert_array_equal(moved[:, np.argsort(moved[0])], x)
    np.testing.assert_array_equal(x, np.arange(60).reshape(3, 20))


@pytest.mark.parametrize("name", DRAWS)
def test_seeds(name):
    draw = DRAWS[name]
    np.testing.assert_array_equal(draw(3), draw(3))
    assert (draw(3) != draw(4)).any()
    assert (draw(None) != draw(None)).any()
    stream, again = random.SeedGenerator(5), random.SeedGenerator.from_config({"seed": 5})
    first, second = draw(stream), draw(stream)
    assert (first != second).any()
    np.testing.assert_array_equal(first, draw(again))
    np.testing.assert_array_equal(second, draw(again))
    keras.utils.set_random_seed(8)
    before = draw(None)
    keras.utils.set_random_seed(8)
    np.testing.assert_array_equal(before, draw(None))


@pytest.mark.parametrize("name", ["uniform", "normal", "dropout"])
def test_a_traced_function_draws_what_the_calls_would(name):
    stream, again = random.SeedGenerator(5), random.SeedGenerator(5)

    def twice(x):
        return DRAWS[name](stream) * x, DRAWS[name](stream)

    size = 99 if name == "dropout" else 9
    plan = Plan(trace(twice, Spec((size,), np.dtype(np.float32))))
    for _ in range(3):
        first, second = plan.run(np.ones(size, "float32"))
        np.testing.assert_array_equal(first, DRAWS[name](again))
        np.testing.assert_array_equal(second, DRAWS[name](again))


def test_a_layer_of_ones_own_may_draw():
    class Noise(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.stream = random.SeedGenerator(5)

        def call(self, inputs, training=None):
            return inputs + random.normal((4,), seed=self.stream) if training else inputs

    model = keras.Sequential([keras.Input((4,)), Noise(), keras.layers.Dense(1)])
    model.compile("sgd", loss="mse")
    x, y = np.ones((8, 4), "float32"), np.zeros((8, 1), "float32")
    losses = [model.train_on_batch(x, y) for _ in range(4)]
    assert len(set(map(float, losses))) == 4
    np.testing.assert_array_equal(model.predict(x, verbose=0), model.predict(x, verbose=0))


@pytest.mark.parametrize("name", DRAWS)
def test_what_a_trace_cannot_repeat_is_refused(name):
    spec = Spec((2,), np.dtype(np.float32))
    with pytest.raises(TypeError, match=f"{name}: .*traced model"):
        trace(lambda x: x + DRAWS[name](None)[:1], spec)
    if name in ("truncated_normal", "randint", "shuffle"):
        with pytest.raises(TypeError, match=f"{name}: a traced model cannot draw these"):
            trace(lambda x: x + DRAWS[name](3)[:1], spec)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: random.uniform((2,), 1, 1), "uniform: maxval must be above minval = 1, got 1"),
        (lambda: random.uniform((2,), dtype="int32"), "uniform: dtype must be 'float32' or 'float64', got 'int32'"),
        (lambda: random.normal((2,), dtype="float16"), "normal: dtype must be 'float32' or 'float64', got 'float16'"),
        (lambda: random.normal((2,), seed=-1), "normal: seed must be None or an integer >= 0, got -1"),
        (lambda: random.normal((2,), seed=2**64), "normal: seed must be below 2 .. 64, got 18446744073709551616"),
        (lambda: random.truncated_normal((2,), dtype=int), "truncated_normal: dtype must be 'float32' or"),
        (lambda: random.randint((2,), 0, 300, "uint8"), "randint: dtype must be one of integers from 0 to 300, got"),
        (lambda: random.randint((2,), 0, 3, "float32"), "randint: dtype must be one of integers from 0 to 3, got"),
        (lambda: random.randint((2,), 3, 3), "randint: maxval must be above minval = 3, got 3"),
        (lambda: random.shuffle(np.ones(2), 1), "shuffle: axis must name one of the 1 axes of x, got 1"),
        (lambda: random.dropout(np.ones(2), 1), "dropout: rate must be at least 0 and less than 1, came 1"),
        (lambda: random.SeedGenerator("7"), "SeedGenerator: seed must be None or an integer >= 0, got '7'"),
    ],
)
def test_a_wrong_argument_is_named(act, message):
    with pytest.raises(ValueError, match=message):
        act()


def test_a_symbolic_tensor_is_not_shuffled():
    with pytest.raises(TypeError, match="shuffle: x must be an array"):
        random.shuffle(keras.Input((3,)))
