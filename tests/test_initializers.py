"""Initializers: distributions, fans, seeds, names."""

import json

import numpy as np
import pytest

from convolith import initializers, layers, utils

# (initializer, variance for the shape below, largest magnitude or None)
SHAPE = (5, 5, 16, 64)  # 400 inputs and 1,600 outputs a unit
DISTRIBUTIONS = [
    (initializers.GlorotUniform, 2 / 2000, np.sqrt(6 / 2000)),
    (initializers.GlorotNormal, 2 / 2000, 2 * np.sqrt(2 / 2000) / 0.87962566103423978),
    (initializers.HeUniform, 2 / 400, np.sqrt(6 / 400)),
    (initializers.HeNormal, 2 / 400, 2 * np.sqrt(2 / 400) / 0.87962566103423978),
    (initializers.LecunUniform, 1 / 400, np.sqrt(3 / 400)),
    (initializers.LecunNormal, 1 / 400, 2 * np.sqrt(1 / 400) / 0.87962566103423978),
    (initializers.RandomNormal, 0.05**2, None),
    (initializers.RandomUniform, 0.1**2 / 12, 0.05),
    (initializers.TruncatedNormal, (0.05 * 0.87962566103423978) ** 2, 0.1),
    (initializers.VarianceScaling, 1 / 400, 2 * np.sqrt(1 / 400) / 0.87962566103423978),
]


@pytest.mark.parametrize(("kind", "variance", "limit"), DISTRIBUTIONS, ids=lambda item: getattr(item, "__name__", None))
def test_mean_variance_and_limit(kind, variance, limit):
    values = kind(seed=4)(SHAPE)
    assert values.shape == SHAPE
    assert values.dtype == np.float32
    count = values.size
    assert abs(values.mean()) < 5 * np.sqrt(variance / count)
    # The kurtosis of all of these is at most 3, so the variance's relative deviation is at most sqrt(2 / count).
    assert abs(values.var() / variance - 1) < 5 * np.sqrt(2 / count)
    if limit is not None:
        assert 0.98 * limit < abs(values).max() <= limit * (1 + 1e-6)


@pytest.mark.parametrize(("mode", "units"), [("fan_in", 400), ("fan_out", 1600), ("fan_avg", 1000)])
@pytest.mark.parametrize("distribution", ["uniform", "normal", "truncated_normal", "untruncated_normal"])
def test_variance_scaling(mode, units, distribution):
    values = initializers.VarianceScaling(3.0, mode, distribution, seed=2)(SHAPE)
    assert abs(values.var() / (3 / units) - 1) < 5 * np.sqrt(2 / values.size)


@pytest.mark.parametrize(
    ("shape", "fans"), [((), (1, 1)), ((7,), (7, 7)), ((3, 4), (3, 4)), ((5, 5, 3, 8), (75, 200)), ((2, 3, 4), (6, 8))]
)
def test_fans(shape, fans):
    assert initializers.random.fans(shape) == fans


def test_constants():
    assert initializers.Zeros()((2,)).tolist() == [0, 0]
    assert initializers.Ones()((2,), "float64").dtype == np.float64
    assert initializers.Constant(3)((2,)).tolist() == [3, 3]
    assert initializers.Constant([[1, 2]])((2, 2)).tolist() == [[1, 2], [1, 2]]


def test_an_object_repeats_itself_and_a_seed_too():
    one = initializers.HeNormal()
    np.testing.assert_array_equal(one((3, 4)), one((3, 4)))
    assert (one((3, 4)) != initializers.HeNormal()((3, 4))).any()
    np.testing.assert_array_equal(initializers.HeNormal(seed=1)((3, 4)), initializers.HeNormal(seed=1)((3, 4)))


def test_the_global_seed_decides_first_weights():
    weights = []
    for seed in (1, 1, 2):
        utils.set_random_seed(seed)
        layer = layers.Dense(3)
        layer.build((None, 4))
        weights.append(layer.get_weights()[0])
    np.testing.assert_array_equal(weights[0], weights[1])
    assert (weights[0] != weights[2]).any()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("glorot_uniform", initializers.GlorotUniform),
        ("GlorotUniform", initializers.GlorotUniform),
        ("he_normal", initializers.HeNormal),
        ("zeros", initializers.Zeros),
        ("zero", initializers.Zeros),
        ("normal", initializers.RandomNormal),
        (initializers.Ones, initializers.Ones),
        ({"class_name": "RandomUniform", "config": {"maxval": 2.0}}, initializers.RandomUniform),
        (np.ones(3), initializers.Constant),
    ],
)
def test_get(name, kind):
    assert type(initializers.get(name)) is kind


def test_functions_and_none():
    assert initializers.get(None) is None
    layer = layers.Dense(2, kernel_initializer=lambda shape, dtype: np.full(shape, 7, dtype))
    layer.build((None, 3))
    assert set(layer.get_weights()[0].ravel()) == {7}


@pytest.mark.parametrize("kind", [item[0] for item in DISTRIBUTIONS] + [initializers.Zeros, initializers.Constant])
def test_the_configuration_makes_an_equal_initializer(kind):
    one = kind(seed=5) if issubclass(kind, initializers.random.RandomInitializer) else kind()
    again = initializers.deserialize(initializers.serialize(one))
    assert again.get_config() == one.get_config()
    np.testing.assert_array_equal(again((3, 4)), one((3, 4)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: initializers.VarianceScaling(scale=0), "VarianceScaling: scale must be a number above 0, got 0"),
        (lambda: initializers.VarianceScaling(mode="fan"), "VarianceScaling: mode must be one of .*, got 'fan'"),
        (lambda: initializers.VarianceScaling(distribution="cauchy"), "VarianceScaling: distribution must be one of"),
        (lambda: initializers.VarianceScaling(distribution=3), "VarianceScaling: distribution must be one of"),
        (
            lambda: initializers.RandomNormal(stddev=float("nan")),
            "RandomNormal: stddev must be finite, got nan",
        ),
        (lambda: initializers.TruncatedNormal(stddev=-1.0), "TruncatedNormal: stddev must be >= 0, got -1.0"),
        (lambda: initializers.RandomNormal(seed="7"), "RandomNormal: seed must be None or an integer >= 0, got '7'"),
        (lambda: initializers.get("magic"), "unknown initializer 'magic'; convolith has: Constant, GlorotNormal"),
        (lambda: initializers.get(7), "an initializer must be a name, a configuration or a callable, got 7"),
        (lambda: initializers.get({"config": {}}), "initializer: a configuration needs the key 'class_name'"),
        (lambda: initializers.Initializer()((1,)), "must define __call__"),
    ],
)
def test_a_wrong_argument_is_named(make, message):
    with pytest.raises((ValueError, NotImplementedError), match=message):
        make()


@pytest.mark.parametrize("shape", [(4, 4), (3, 5), (5, 3), (3, 2, 4), (2, 2, 3, 5), (1, 1)])
@pytest.mark.parametrize("gain", [1.0, 0.5])
def test_orthogonal(shape, gain):
    weight = initializers.Orthogonal(gain, seed=3)(shape, "float64").reshape(-1, shape[-1])
    weight = weight if weight.shape[0] >= weight.shape[1] else weight.T
    np.testing.assert_allclose(weight.T @ weight, gain**2 * np.eye(weight.shape[1]), atol=1e-14)
    assert initializers.get("orthogonal")(shape).dtype == np.float32


def test_identity():
    np.testing.assert_array_equal(initializers.Identity(2.0)((2, 3)), [[2, 0, 0], [0, 2, 0]])
    assert type(initializers.get("identity")) is initializers.Identity


@pytest.mark.parametrize("initializer", [initializers.Orthogonal(0.5, seed=3), initializers.Identity(0.5)])
def test_configurations_of_matrices(initializer):
    again = initializers.deserialize(initializers.serialize(initializer))
    assert again.get_config() == initializer.get_config()
    np.testing.assert_array_equal(again((3, 4)), initializer((3, 4)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: initializers.RandomNormal(mean=(0.0, 1.0)), r"RandomNormal: mean must be a number, got \(0.0, 1.0\)"),
        (lambda: initializers.RandomUniform(minval=None), "RandomUniform: minval must be a number, got None"),
        (lambda: initializers.RandomUniform(maxval=[1.0]), r"RandomUniform: maxval must be a number, got \[1.0\]"),
        (lambda: initializers.Identity((1,)), r"Identity: gain must be a number, got \(1,\)"),
        (lambda: initializers.Orthogonal(True), "Orthogonal: gain must be a number, got True"),
        (lambda: initializers.Constant(None), "Constant: value must be an array or a tensor, got None"),
        (lambda: initializers.Constant("x"), "Constant: value must hold real numbers of at most 64 bits, got <U1"),
    ],
)
def test_numbers_are_numbers(make, message):
    with pytest.raises(TypeError, match=f"^{message}"):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: initializers.RandomUniform(minval=np.inf), "RandomUniform: minval must be finite, got inf"),
        (
            lambda: initializers.RandomUniform(0.5, 0.25),
            "RandomUniform: maxval must be at least minval = 0.5, got 0.25",
        ),
        (lambda: initializers.Identity(np.nan), "Identity: gain must be finite, got nan"),
        (lambda: initializers.Orthogonal(10**400), "Orthogonal: gain must be finite, got 1000"),
        (
            lambda: initializers.Constant([1.0, 2.0])((3, 4)),
            r"Constant: value must broadcast to the shape \(3, 4\), got shape \(2,\)",
        ),
        (lambda: initializers.Constant([[1.0], [1.0, 2.0]]), "Constant: value must have rows of one shape"),
    ],
)
def test_numbers_are_finite_and_fit(make, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        make()


@pytest.mark.parametrize("kind", [getattr(initializers, name) for name in ("Zeros", "Ones", "Constant", "HeNormal")])
def test_what_an_initializer_is_asked_for_is_named(kind):
    name = kind.__name__
    assert kind()(3).shape == (3,) and kind()(np.array([2, 3])).shape == (2, 3)
    for shape in (None, 2.5, "x", (2.0, 3), (None, 3), (True, 2)):
        with pytest.raises(TypeError, match=f"^{name}: shape must be an integer or a sequence of them, got"):
            kind()(shape)
    with pytest.raises(ValueError, match=rf"^{name}: shape must not be negative, got \(-1, 2\)"):
        kind()((-1, 2))
    for dtype in ("x", "", 0, complex, object):
        with pytest.raises(TypeError, match=f"^{name}: dtype must be one of real numbers of at most 64 bits, got"):
            kind()((2, 3), dtype)


@pytest.mark.parametrize("kind", [initializers.RandomUniform, initializers.GlorotNormal, initializers.Orthogonal])
def test_random_numbers_are_floats(kind):
    with pytest.raises(TypeError, match=f"^{kind.__name__}: dtype must be one of floats, got 'int32'"):
        kind()((2, 3), "int32")


def test_shapes_of_matrices():
    with pytest.raises(ValueError, match=r"Identity: shape must be that of a matrix, got \(2, 3, 4\)"):
        initializers.Identity()((2, 3, 4))
    with pytest.raises(ValueError, match=r"Orthogonal: shape must have at least two axes, got \(2,\)"):
        initializers.Orthogonal()((2,))


@pytest.mark.parametrize(
    "initializer",
    [
        initializers.RandomUniform(np.float32(-1), np.float32(1)),
        initializers.Identity(np.float32(2)),
        initializers.Orthogonal(np.float32(2)),
    ],
)
def test_numbers_of_numpy_are_plain_in_the_configuration(initializer):
    assert json.loads(json.dumps(initializer.get_config())) == initializer.get_config()
