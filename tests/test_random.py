"""keras.random's functions: their distributions, their seeds, and that a traced model draws anew in each step."""

import math

import numpy as np
import pytest

import convolith
from convolith import layers, ops, random
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec
from convolith.graph.trace import trace
from convolith.models import Model

SIZE = 40_000
DRAWS = {
    "uniform": lambda seed: random.uniform((9,), seed=seed),
    "normal": lambda seed: random.normal((9,), seed=seed),
    "truncated_normal": lambda seed: random.truncated_normal((9,), seed=seed),
    "randint": lambda seed: random.randint((9,), 0, 2**30, seed=seed),
    "shuffle": lambda seed: random.shuffle(np.arange(99), seed=seed),
    "dropout": lambda seed: random.dropout(np.ones(99, "float32"), 0.5, seed=seed),
    "beta": lambda seed: random.beta((9,), 2.0, 3.0, seed=seed),
    "binomial": lambda seed: random.binomial((20,), 1000, 0.5, seed=seed),
    "categorical": lambda seed: random.categorical(np.zeros((2, 1000)), 9, seed=seed).ravel(),
    "gamma": lambda seed: random.gamma((9,), 2.0, seed=seed),
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


@pytest.mark.parametrize("alpha", [0.3, 1.0, 7.5])
def test_gamma(alpha):
    """Of n independent numbers with four moments the mean and the variance err by some standard errors, here five."""
    numbers = random.gamma((SIZE,), alpha, "float64", seed=2)
    assert numbers.min() >= 0 and numbers.dtype == np.float64
    assert abs(numbers.mean() - alpha) < 5 * np.sqrt(alpha / SIZE)
    fourth = 3 * alpha**2 + 6 * alpha
    assert abs(numbers.var() - alpha) < 5 * np.sqrt((fourth - alpha**2) / SIZE)
    # The share of numbers below the mean, by the integral of the density.
    places = (np.arange(200_000) + 0.5) / 200_000
    below = np.sum(np.exp(-alpha * places ** (1 / alpha))) / 200_000 * alpha**alpha / math.gamma(alpha + 1)
    assert abs((numbers < alpha).mean() - below) < 5 * np.sqrt(0.25 / SIZE)


@pytest.mark.parametrize(("alpha", "beta"), [(0.4, 0.4), (1.0, 1.0), (2.0, 5.0)])
def test_beta(alpha, beta):
    numbers = random.beta((SIZE,), alpha, beta, seed=2)
    assert numbers.dtype == np.float32 and numbers.min() >= 0 and numbers.max() <= 1
    total = alpha + beta
    variance = alpha * beta / (total**2 * (total + 1))
    assert abs(numbers.mean() - alpha / total) < 5 * np.sqrt(variance / SIZE)
    assert abs(numbers.var() - variance) < 5 * np.sqrt(variance / SIZE) / 2  # distances from the mean are below 1


def test_binomial():
    numbers = random.binomial((SIZE,), 4, 0.3, seed=2)
    assert numbers.dtype == np.float32
    shares = np.bincount(numbers.astype(int), minlength=5) / SIZE
    expected = np.array([math.comb(4, k) * 0.3**k * 0.7 ** (4 - k) for k in range(5)])
    assert (abs(shares - expected) < 5 * np.sqrt(expected * (1 - expected) / SIZE)).all()
    np.testing.assert_array_equal(random.binomial((3, 2), [[0], [5], [9]], [0.0, 1.0]), [[0, 0], [0, 5], [0, 9]])


def test_categorical():
    logits = np.log([[0.1, 0.2, 0.7], [1.0, 1.0, 2.0]])
    logits[1] += 900  # whose exponential is no float
    numbers = random.categorical(logits, SIZE, seed=2)
    assert numbers.dtype == np.int32 and numbers.shape == (2, SIZE)
    for row, expected in zip(numbers, np.array([[0.1, 0.2, 0.7], [0.25, 0.25, 0.5]]), strict=True):
        shares = np.bincount(row, minlength=3) / SIZE
        assert (abs(shares - expected) < 5 * np.sqrt(expected * (1 - expected) / SIZE)).all()
    assert (numbers[0] != numbers[1]).any()
    never = random.categorical([[-np.inf, 0.0, -np.inf, 1.0, -np.inf]], 500, "uint8", seed=3)
    assert never.dtype == np.uint8 and set(never.ravel().tolist()) == {1, 3}
    assert random.categorical(np.zeros((0, 2)), 4).shape == (0, 4)


@pytest.mark.parametrize("name", ["beta", "gamma"])
def test_parameters_of_each_number(name):
    means = np.array([[0.5], [4.0], [60.0]])
    if name == "gamma":
        numbers, expected, variance = random.gamma((3, SIZE), means, seed=1), means, means
    else:
        numbers, expected = random.beta((3, SIZE), means, 2.0, seed=1), means / (means + 2)
        variance = expected * (1 - expected) / (means + 3)
    assert (abs(numbers.mean(axis=1, keepdims=True) - expected) < 5 * np.sqrt(variance / SIZE)).all()


@pytest.mark.parametrize("name", ["gamma", "beta", "binomial", "categorical"])
def test_moments_and_shapes_are_keras_s(keras, name):
    """Two samples of each: the means of the numbers and of their squares are apart by some standard errors only."""
    arguments = {
        "gamma": ((2, 5000), np.array([[0.5], [3.0]], "float32")),
        "beta": ((2, 5000), np.array([[0.5], [3.0]], "float32"), 2.0),
        "binomial": ((2, 5000), np.array([[3.0], [9.0]], "float32"), 0.4),
        "categorical": (np.array([[0, 1, 2], [3, 0, -1]], "float32"), 5000),
    }[name]
    ours, theirs = (getattr(library.random, name)(*arguments, seed=4) for library in (convolith, keras))
    theirs = keras.ops.convert_to_numpy(theirs)
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
    for power in (1, 2):
        one, other = (numbers.astype(float) ** power for numbers in (ours, theirs))
        error = np.sqrt((one.var(axis=1) + other.var(axis=1)) / 5000)
        assert (abs(one.mean(axis=1) - other.mean(axis=1)) < 5 * error).all()


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
    convolith.utils.set_random_seed(8)
    before = draw(None)
    convolith.utils.set_random_seed(8)
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
    class Noise(convolith.layers.Layer):
        def __init__(self):
            super().__init__()
            self.stream = random.SeedGenerator(5)

        def call(self, inputs, training=None):
            return inputs + random.normal((4,), seed=self.stream) if training else inputs

    model = convolith.Sequential([convolith.Input((4,)), Noise(), convolith.layers.Dense(1)])
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
    if name not in ("uniform", "normal", "dropout"):
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
        (lambda: random.shuffle(np.ones(2), 1), "shuffle: axis must be one of the 1 axes of x, got 1"),
        (lambda: random.dropout(np.ones(2), 1), "dropout: rate must be at least 0 and less than 1, got 1"),
        (lambda: random.gamma((2,), 0.0), "gamma: alpha must be above 0 and finite, got 0.0"),
        (lambda: random.gamma((2,), [1, np.nan]), "gamma: alpha must be above 0 and finite, got"),
        (lambda: random.gamma((2,), np.ones(3)), r"gamma: alpha must broadcast to shape \(2,\), got shape \(3,\)"),
        (lambda: random.gamma((2,), np.ones((3, 2))), r"gamma: alpha must broadcast to shape \(2,\), got shape \(3, 2"),
        (lambda: random.gamma((2,), 1.0, "int32"), "gamma: dtype must be 'float32' or 'float64', got 'int32'"),
        (lambda: random.beta((2,), 1.0, -1), "beta: beta must be above 0 and finite, got -1"),
        (lambda: random.beta((2,), np.inf, 1), "beta: alpha must be above 0 and finite, got inf"),
        (lambda: random.beta((2,), 1, 1, seed="x"), "beta: seed must be None or an integer >= 0, got 'x'"),
        (lambda: random.binomial((2,), 1.5, 0.5), "binomial: counts must be whole numbers of at least 0, got 1.5"),
        (lambda: random.binomial((2,), -1, 0.5), "binomial: counts must be whole numbers of at least 0, got -1"),
        (lambda: random.binomial((2,), 3, 1.1), r"binomial: probabilities must be in \[0, 1\], got 1.1"),
        (lambda: random.binomial((2,), 3, np.nan), r"binomial: probabilities must be in \[0, 1\], got nan"),
        (lambda: random.categorical(np.zeros(3), 2), r"categorical: logits must have 2 axes .* got shape \(3,\)"),
        (
            lambda: random.categorical(np.zeros((3, 0)), 2),
            r"categorical: logits must have 2 axes .* got shape",
        ),
        (lambda: random.categorical([[0, np.nan]], 2), "categorical: logits must be numbers or -inf, a number in"),
        (lambda: random.categorical([[0, np.inf]], 2), "categorical: logits must be numbers or -inf, a number in"),
        (lambda: random.categorical([[-np.inf] * 2], 2), "categorical: logits must be numbers or -inf, a number in"),
        (lambda: random.categorical([[0, 1]], -1), "categorical: num_samples must be at least 1, got -1"),
        (lambda: random.categorical([[0, 1]], 0), "categorical: num_samples must be at least 1, got 0"),
        (lambda: random.categorical([[0, 1]], 2**63), "categorical: num_samples must be of less than 2 .. 60 elements"),
        (lambda: random.gamma((2,), [[1], [2, 3]]), "gamma: alpha must have rows of one shape, got "),
        (lambda: random.shuffle([[1], [2, 3]]), "shuffle: x must have rows of one shape, got "),
        (lambda: random.categorical([[0, 1]], 1, float), "categorical: dtype must be one of integers up to 1, got"),
        (lambda: random.categorical(np.zeros((1, 300)), 1, "int8"), "categorical: dtype must be one of integers up to"),
        (lambda: random.SeedGenerator("7"), "SeedGenerator: seed must be None or an integer >= 0, got '7'"),
        (lambda: random.uniform((2,), maxval=np.inf), "uniform: maxval must be finite, got inf"),
        (lambda: random.normal((2,), np.nan), "normal: mean must be finite, got nan"),
        (lambda: random.normal((2,), stddev=-1), "normal: stddev must be at least 0, got -1"),
        (lambda: random.truncated_normal((2,), stddev=-1), "truncated_normal: stddev must be at least 0, got -1"),
    ],
)
def test_a_wrong_argument_is_named(act, message):
    with pytest.raises(ValueError, match=message):
        act()


def test_what_is_no_array_of_numbers_is_refused():
    symbolic = convolith.Input((3,))
    with pytest.raises(TypeError, match="shuffle: x must be an array"):
        random.shuffle(symbolic)
    with pytest.raises(TypeError, match="categorical: logits must be an array; a traced model cannot draw these"):
        random.categorical(symbolic, 2)
    for draw, argument in (("uniform", "minval"), ("uniform", "maxval"), ("normal", "mean"), ("normal", "stddev")):
        for wrong in (None, "1", (1,), np.ones(2)):
            with pytest.raises(TypeError, match=f"^{draw}: {argument} must be a number, got"):
                getattr(random, draw)((2,), **{argument: wrong})
        of_an_array = getattr(random, draw)((9,), **{argument: np.array(0.25)}, seed=1)
        np.testing.assert_array_equal(of_an_array, getattr(random, draw)((9,), **{argument: 0.25}, seed=1))
    with pytest.raises(TypeError, match="^truncated_normal: mean must be a number, got None"):
        random.truncated_normal((2,), None)
    for arguments, argument in (((0.5, 2), "minval"), ((0, None), "maxval")):
        with pytest.raises(TypeError, match=f"^randint: {argument} must be an integer, got"):
            random.randint((2,), *arguments)
    with pytest.raises(TypeError, match="^shuffle: axis must be an integer, got 0.5"):
        random.shuffle([1, 2], 0.5)
    makers = {
        "uniform": lambda dtype: random.uniform((2,), dtype=dtype),
        "gamma": lambda dtype: random.gamma((2,), 1.0, dtype=dtype),
        "randint": lambda dtype: random.randint((2,), 0, 2, dtype),
        "categorical": lambda dtype: random.categorical([[0, 1]], 1, dtype),
    }
    for name, make in makers.items():
        with pytest.raises(TypeError, match=f"^{name}: dtype must be one of real numbers of at most 64 bits, got 'x'"):
            make("x")
    with pytest.raises(TypeError, match="gamma: alpha must hold real numbers, got <U1"):
        random.gamma((2,), "1")
    with pytest.raises(TypeError, match="beta: beta must hold real numbers, got bool"):
        random.beta((2,), 1, True)
    with pytest.raises(TypeError, match="categorical: num_samples must be an integer, got 1.5"):
        random.categorical([[0, 1]], 1.5)


def test_a_layer_draws_for_a_batch_that_is_not_known_yet(generator):
    class Sampling(layers.Layer):
        def __init__(self):
            super().__init__()
            self.stream = random.SeedGenerator(3)

        def call(self, inputs):
            shape = ops.shape(inputs)
            noise = random.normal(shape, seed=self.stream) * random.uniform((shape[0], 1), 0.5, 1.0, seed=self.stream)
            return inputs + noise * ops.ones(shape) + ops.zeros((shape[0], 1)) + ops.full(shape, 0.0)

    sampling = Sampling()
    inputs = layers.Input((4,))
    model = Model(inputs, sampling(inputs))
    assert sampling.stream.state.value.tolist() == [3, 0]
    x = generator.normal(size=(5, 4)).astype("float32")
    first, second = model.predict(x, verbose=0), model.predict(x, verbose=0)
    assert first.shape == (5, 4)
    assert (first != second).all() and abs(first - x).max() < 7


class Making(layers.Layer):
    """Adds what a function makes for the shape of its inputs."""

    def __init__(self, make):
        super().__init__()
        self.make = make

    def call(self, inputs):
        return inputs + ops.cast(self.make(ops.shape(inputs)), "float32")


MADE = {
    "uniform": random.uniform,
    "normal": random.normal,
    "truncated_normal": random.truncated_normal,
    "randint": lambda shape: random.randint(shape, 0, 3),
    "gamma": lambda shape: random.gamma(shape, 1.0),
    "beta": lambda shape: random.beta(shape, 1.0, 2.0),
    "binomial": lambda shape: random.binomial(shape, 3, 0.5),
    "zeros": ops.zeros,
    "ones": ops.ones,
    "full": lambda shape: ops.full(shape, 2),
    "broadcast_to": lambda shape: ops.broadcast_to(np.ones((1, 3)), shape),
    "tile": lambda shape: ops.tile(np.ones((1, 3)), (shape[0], shape[1] // 3)),
}


@pytest.mark.parametrize("name", MADE)
def test_what_is_made_of_a_shape_whose_batch_is_not_known(name):
    make = MADE[name]
    layer = Making(make)
    assert layer(layers.Input((3,))).shape == (None, 3)
    assert layer(np.ones((2, 3), "float32")).shape == (2, 3)
    message = f"{name}: .* may begin with None, for a batch size that is not known yet, only within the call of a layer"
    with pytest.raises(ValueError, match=message):
        make((None, 3))
    with pytest.raises(ValueError, match=f"{name}: .* must not be negative"):
        make((None, -3))
    if name != "tile":  # whose repetitions are divided before it sees them
        for wrong in (2.5, "a", None):
            with pytest.raises(TypeError, match=f"{name}: .* integer"):
                make((None, wrong))
        with pytest.raises(ValueError, match=f"{name}: shape must not be negative"):
            make((2, -3))


@pytest.mark.parametrize("name", ["zeros", "broadcast_to", "tile"])
def test_a_model_computes_what_a_layer_made_for_a_batch(name):
    inputs = layers.Input((3,))
    model = Model(inputs, Making(MADE[name])(inputs))
    expected = np.full((5, 3), 1.0 if name == "zeros" else 2.0)
    np.testing.assert_array_equal(model.predict(np.ones((5, 3), "float32"), batch_size=2, verbose=0), expected)
