"""First values beside Keras's: the same where nothing is drawn, of the same distribution where they are."""

import numpy as np
import pytest

import convolith
from convolith import initializers

SHAPE = (5, 5, 16, 64)
DRAWS = int(np.prod(SHAPE))
DRAWN = [
    ("GlorotNormal", {}),
    ("GlorotUniform", {}),
    ("HeNormal", {}),
    ("HeUniform", {}),
    ("LecunNormal", {}),
    ("LecunUniform", {}),
    ("RandomNormal", {}),
    ("RandomNormal", {"mean": 0.5, "stddev": 2.0}),
    ("RandomUniform", {}),
    ("RandomUniform", {"minval": 1.0, "maxval": 4.0}),
    ("TruncatedNormal", {}),
    ("TruncatedNormal", {"mean": -1.0, "stddev": 0.25}),
    ("VarianceScaling", {}),
    ("VarianceScaling", {"scale": 0.3, "mode": "fan_out", "distribution": "uniform"}),
    ("VarianceScaling", {"scale": 3.0, "mode": "fan_avg", "distribution": "untruncated_normal"}),
]
UNBOUNDED = {"RandomNormal", "untruncated_normal"}
BOUNDED = [(name, given) for name, given in DRAWN if not {name, given.get("distribution")} & UNBOUNDED]


def drawn(k, name, arguments, shape, seed):
    return np.array(getattr(k.initializers, name)(**arguments, seed=seed)(shape)).ravel().astype(np.float64)


def both(keras, name, arguments):
    return drawn(convolith, name, arguments, SHAPE, 11), drawn(keras, name, arguments, SHAPE, 12)


@pytest.mark.parametrize(("name", "arguments"), DRAWN)
def test_the_same_distribution(keras, name, arguments):
    """By the largest difference of the two shares of numbers below any number, mean and standard deviation.

    A share of n draws is off by more than e with a probability of at most 2 exp(-2 n e**2) (Massart 1990), here 1e-9.
    A mean is off by a standard deviation over root n, and a standard deviation by at most one over root 2 n, as the
    kurtosis of none of these distributions is above 3; five of them on either side.
    """
    own, theirs = both(keras, name, arguments)
    places = np.concatenate([own, theirs])
    shares = [np.searchsorted(np.sort(one), places, side="right") / DRAWS for one in (own, theirs)]
    assert abs(shares[0] - shares[1]).max() < 2 * np.sqrt(np.log(2e9) / (2 * DRAWS))
    deviation = theirs.std()
    assert abs(own.mean() - theirs.mean()) < 10 * deviation / np.sqrt(DRAWS)
    assert abs(own.std() / deviation - 1) < 10 / np.sqrt(2 * DRAWS)


@pytest.mark.parametrize(("name", "arguments"), BOUNDED)
def test_the_same_bounds(keras, name, arguments):
    """That none of 25,600 draws lies in the last hundredth before a bound has a probability of e**-29 at most.

    The density at the bounds of a normal distribution cut there is 0.0566 a standard deviation, a fiftieth of which is
    that hundredth: (1 - 0.0566 / 50) ** 25600.
    """
    own, theirs = both(keras, name, arguments)
    hundredth = 0.01 * (theirs.max() - theirs.min()) / 2
    assert abs(own.max() - theirs.max()) < hundredth
    assert abs(own.min() - theirs.min()) < hundredth


@pytest.mark.parametrize("shape", [(400,), (20, 30), (3, 20, 30), ()])
@pytest.mark.parametrize("mode", ["fan_in", "fan_out", "fan_avg"])
def test_the_same_fans(keras, shape, mode):
    """The largest of at least 40 draws is below 3/4 of the limit, and tells fans apart, but once in 0.75 ** -40."""
    arguments = {"mode": mode, "distribution": "uniform"}
    largest = [
        max(abs(drawn(k, "VarianceScaling", arguments, shape, seed)).max() for seed in range(40))
        for k in (convolith, keras)
    ]
    assert 0.75 < largest[0] / largest[1] < 1 / 0.75


@pytest.mark.parametrize("shape", [(4, 4), (3, 5), (5, 3), (3, 2, 4), (2, 2, 3, 5)])
def test_orthogonal_matrices(keras, shape):
    for k in (initializers, keras.initializers):
        matrix = np.array(k.Orthogonal(0.5, seed=3)(shape)).reshape(-1, shape[-1])
        matrix = matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T
        # Columns of at most 12 numbers, each rounded to float32, and Keras's own decomposition in float32.
        np.testing.assert_allclose(matrix.T @ matrix, 0.25 * np.eye(matrix.shape[1]), atol=3e-7)


@pytest.mark.parametrize(
    ("name", "arguments"), [("Zeros", {}), ("Ones", {}), ("Constant", {"value": 0.3}), ("Identity", {"gain": 0.7})]
)
def test_nothing_is_drawn(keras, name, arguments):
    own, theirs = (getattr(k, name)(**arguments) for k in (initializers, keras.initializers))
    for dtype in (None, "float32", "float64"):
        found, expected = own((3, 4), dtype=dtype), np.array(theirs((3, 4), dtype=dtype))
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


CONFIGURATIONS = [*DRAWN, ("Orthogonal", {}), ("Orthogonal", {"gain": 0.5}), ("Constant", {})]


@pytest.mark.parametrize(("name", "arguments"), CONFIGURATIONS)
def test_the_same_configuration(keras, name, arguments):
    """But for the axes of inputs and outputs, which convolith knows by the layers."""
    for seed in ({"seed": None}, {"seed": 5}) if name != "Constant" else ({},):
        own, theirs = (getattr(k, name)(**arguments, **seed).get_config() for k in (initializers, keras.initializers))
        assert [theirs.pop(axes, None) for axes in ("input_axes", "output_axes")] == [None, None]
        assert own == theirs


@pytest.mark.parametrize(("name", "arguments"), [*DRAWN, ("Orthogonal", {})])
def test_an_object_repeats_itself(keras, name, arguments):
    for k in (initializers, keras.initializers):
        for seed in (None, 7):
            one = getattr(k, name)(**arguments, seed=seed)
            np.testing.assert_array_equal(np.array(one((3, 4))), np.array(one((3, 4))))


@pytest.mark.parametrize("name", ["GlorotUniform", "RandomNormal", "Orthogonal"])
def test_a_stream_as_seed_draws_further_ones(keras, name):
    for k in (convolith, keras):
        stream = k.random.SeedGenerator(7)
        one = getattr(k.initializers, name)(seed=stream)
        first, second = np.array(one((3, 4))), np.array(one((3, 4)))
        assert (first != second).any()
        again = type(one).from_config(one.get_config())
        np.testing.assert_array_equal(np.array(again((3, 4))), first)  # from its beginning
        layer = k.layers.Dense(4, kernel_initializer=one)
        layer.build((None, 3))
        assert (layer.get_weights()[0] != second).any()


def test_a_stream_moves_on_while_a_model_is_traced():
    stream = convolith.random.SeedGenerator(7)

    class Late(convolith.Model):
        def __init__(self):
            super().__init__()
            made = initializers.RandomNormal(seed=stream)
            self.own = [convolith.layers.Dense(4, kernel_initializer=made) for _ in range(2)]

        def call(self, x):
            return self.own[1](self.own[0](x))

    model = Late()
    model.predict(np.ones((2, 4), "float32"), verbose=0)
    first, _, second, _ = model.get_weights()
    assert (first != second).any()
    assert int(stream.state.numpy()[1]) == 2


@pytest.mark.parametrize(
    "act",
    [
        lambda k: k.VarianceScaling(scale=0),
        lambda k: k.VarianceScaling(scale=-1.0),
        lambda k: k.VarianceScaling(mode="fan"),
        lambda k: k.VarianceScaling(distribution="cauchy"),
        lambda k: k.RandomNormal(seed="7"),
        lambda k: k.Identity()((2, 3, 4)),
        lambda k: k.Orthogonal()((3,)),
        lambda k: k.get("magic"),
        lambda k: k.get(7),
    ],
)
def test_the_same_is_refused(keras, act):
    for k in (initializers, keras.initializers):
        with pytest.raises(ValueError):
            act(k)
