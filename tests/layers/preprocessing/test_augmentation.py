"""RandAugment, AugMix and elastic deformation: Keras's results for the same numbers, and which numbers come."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import convolith
from convolith import layers, ops
from convolith.ops.image.draw import stream
from convolith.ops.image.elastic import elastic_points
from tests.bounds import assert_within, gamma
from tests.layers.preprocessing.moved import reading_of
from tests.ops.image.sampling_bound import Reading

IMAGES = np.random.default_rng(5).integers(0, 256, (4, 9, 8, 3)).astype(np.float32)
FORMATS = pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
FAMILIES = pytest.mark.parametrize("family", [layers.RandAugment, layers.AugMix, layers.RandomElasticTransform])
# Keras's names of the kinds, in our order.
KINDS = [
    "random_shear", "random_translation", "random_rotation", "random_posterization", "solarization", "auto_contrast",
    "equalization", "random_brightness", "random_color_degeneration", "random_contrast", "random_sharpness",
]  # fmt: skip


def first(images):
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2))


def as_array(value):
    return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)


C, S = np.cos(0.6 * np.pi), np.sin(0.6 * np.pi)
MOVES = {1: [1, 0, -2.4, 0, 1, -2.7], 2: [C, -S, 3.5 - 3.5 * C + 4 * S, S, C, 4 - 3.5 * S - 4 * C]}
# Of values up to the largest, as in test_random_colors: of bits, brightness, grey and sharpness.
ROUNDINGS = {3: 2, 7: 2, 8: 5 + 5, 10: 11 + 5}


def from_end_to_end():
    """Images whose contrast is doubled when it is spread, exactly."""
    images = IMAGES.copy()
    images[:, 0, 0], images[:, 0, 1] = 0, 255
    return images * 0.5 + 20


def script(*integers, beta=0.25, dirichlet=()):
    """A generator that gives these integers in turn, whole arrays where they are lists."""
    given = iter(integers)
    return SimpleNamespace(
        integers=lambda *_, **__: np.array(next(given)),
        beta=lambda *_: beta,
        dirichlet=lambda *_: np.array(dirichlet),
    )


@FORMATS
@pytest.mark.parametrize("kind", [1, 2, 3, 7, 8, 10])
@pytest.mark.parametrize("value_range", [(0, 255), (0, 1)])
def test_each_kind_is_keras_s(keras, data_format, kind, value_range):
    """Where a factor from a pair of the same numbers leaves nothing to chance."""
    last = (IMAGES + np.float32(0.5)) / 256 if value_range == (0, 1) else IMAGES
    images = first(last) if data_format == "channels_first" else last
    arguments = {"value_range": value_range, "factor": (0.3, 0.3), "data_format": data_format}
    ours = layers.RandAugment(**arguments)
    layer = getattr(keras.layers.RandAugment(**arguments, dtype="float64"), KINDS[kind])
    wide = keras.ops.convert_to_tensor(images.astype(np.float64))
    expected = as_array(layer.transform_images(wide, layer.get_random_transformation(wide, training=True)))
    found = ours.apply(kind, images, np.random.default_rng(1))
    allowed = gamma(ROUNDINGS.get(kind, 0)) * value_range[1]
    if kind in MOVES:
        _, allowed = reading_of(last, np.array([*MOVES[kind], 0, 0]), "reflect").values
        allowed = first(allowed) if data_format == "channels_first" else allowed
    assert_within(found, expected, allowed)


def test_changes_follow_one_another_as_in_keras(keras):
    """Spread contrast and classes of values are whole numbers."""
    ours, theirs = (library.layers.RandAugment() for library in (convolith, keras))
    images = from_end_to_end()
    numbers = theirs.get_random_transformation(images)
    # On torch, Keras's brightness changes the images that it is given, chosen or not.
    brightness = numbers["transforms"]["random_brightness"]
    numbers["transforms"]["random_brightness"] = {name: value * 0 for name, value in brightness.items()}
    for kinds in ([5, 6], [6, 5], [5, 5]):
        numbers["layer_idxes"] = keras.ops.convert_to_tensor(
            [theirs._AUGMENT_LAYERS.index(KINDS[kind]) for kind in kinds]
        )
        expected = as_array(theirs.transform_images(images, numbers))
        found = ours.augmented(images, script(kinds, 1, 2))
        np.testing.assert_array_equal(found, expected)


def test_chains_are_averaged_as_in_keras(keras):
    ours, theirs = (library.layers.AugMix() for library in (convolith, keras))
    images = from_end_to_end()
    chain = [{"layer_name": "auto_contrast", "transformation": None}]
    numbers = {
        "chain_mixing_weights": keras.ops.convert_to_tensor(np.float32([0.5, 0.3, 0.2])),
        "weight_sample": keras.ops.convert_to_tensor(np.float32(0.25)),
        "chain_transforms": [chain, [], chain * 2],
    }
    expected = as_array(theirs.transform_images(keras.ops.convert_to_tensor(images), numbers))
    scripted = script([5, 11, 11], 0, [11, 11, 11], [11, 5, 5], 0, 0, dirichlet=(0.5, 0.3, 0.2))
    # Either side rounds three weights, products and sums, then what is left of the other weight, products and a sum.
    assert_within(ours.augmented(images, scripted), expected.astype(np.float64), 2 * gamma(3 + 1 + 4) * expected)


def test_every_kind_comes_as_often(monkeypatch):
    seen = []
    for family, kinds in ((layers.RandAugment(num_ops=3, seed=2), 11), (layers.AugMix(all_ops=False, seed=2), 7)):
        seen.clear()
        monkeypatch.setattr(family, "apply", lambda kind, images, numbers: seen.append(kind) or images)
        calls = 700
        for _ in range(calls):
            family(IMAGES[:1])
        # RandAugment changes 3 times a call; AugMix 9 times, but every eighth change is none.
        expected = calls * 3 / 11 if kinds == 11 else calls * 9 / 8
        counts = np.bincount(seen, minlength=kinds)
        assert len(counts) == kinds and abs(counts - expected).max() < 5 * np.sqrt(expected)


def test_weights_of_chains(monkeypatch):
    """Of 800 uniform numbers, mean and variance are off by 5 standard errors once in two million times."""
    layer = layers.AugMix(num_chains=2, chain_depth=1, seed=7)
    monkeypatch.setattr(layer, "apply", lambda kind, images, numbers: ops.multiply(images, 0.0))
    kept = np.array([layer(np.full((1, 1, 1, 1), 1.0, np.float32)).item() for _ in range(800)])
    assert kept.min() >= 0 and kept.max() <= 1
    none = 1 / 12  # of the chains changes nothing; each takes half of what the image leaves, in the mean
    assert abs(kept.mean() - (0.5 + 0.5 * none)) < 5 * kept.std() / np.sqrt(800)


@FAMILIES
def test_formats_single_images_and_floats(family):
    """Greys and means are added up in another order; with this seed neither is drawn where that would show."""
    ours, other, single = (
        family(seed=11), family(seed=11, data_format="channels_first"), family(seed=11),
    )  # fmt: skip
    for _ in range(4):
        found = ours(IMAGES)
        np.testing.assert_array_equal(other(first(IMAGES)), first(found))
        assert found.dtype == np.float32 and found.shape == IMAGES.shape
        alone = single(IMAGES[0])
        assert alone.shape == IMAGES.shape[1:]
    np.testing.assert_array_equal(ours(IMAGES, training=False), IMAGES)
    labelled = family(seed=11)({"images": IMAGES, "labels": np.arange(4)})
    np.testing.assert_array_equal(labelled["images"], family(seed=11)(IMAGES))
    np.testing.assert_array_equal(labelled["labels"], np.arange(4))


@FAMILIES
def test_a_seed_decides_and_each_call_draws_anew(family):
    one, same, other = (family(seed=seed) for seed in (4, 4, 5))
    results = [one(IMAGES) for _ in range(4)]
    for result in results:
        np.testing.assert_array_equal(same(IMAGES), result)
    assert any((result != results[0]).any() for result in results[1:])
    assert any((other(IMAGES) != result).any() for result in results)


@FAMILIES
def test_in_a_model_it_draws_as_calls_do_and_changes_in_training_only(family):
    inputs = convolith.Input(IMAGES.shape[1:])
    model = convolith.Model(inputs, family(seed=3)(inputs))
    model.compile(loss="mse")
    alone = family(seed=3)
    np.testing.assert_array_equal(model.predict(IMAGES, verbose=0), IMAGES)
    for _ in range(4):
        loss = float(model.train_on_batch(IMAGES, IMAGES))
        np.testing.assert_array_equal(loss, convolith.losses.MeanSquaredError()(IMAGES, alone(IMAGES)))


def check_slopes_of_affine(function, images):
    """The gradient of a function that is affine is what one more of a pixel makes, for each.

    Of two changes none has more than 100 roundings, of values up to 255, before and after; with the upstream they are
    added up, as many as there are.
    """
    result, pullback = convolith.vjp(function, images)
    upstream = np.random.default_rng(result.size).normal(size=result.shape)
    (gradient,) = pullback(upstream)
    steps = np.eye(images.size).reshape(-1, *images.shape)
    exact = np.array([np.sum((function(images + step) - result) * upstream) for step in steps]).reshape(images.shape)
    assert_within(gradient, exact, gamma(2 * 2 * 100 + images.size, np.float64) * 255 * abs(upstream).sum())


@FORMATS
def test_gradients(data_format):
    images = np.random.default_rng(1).uniform(60, 190, (2, 4, 5, 3))
    images = first(images) if data_format == "channels_first" else images
    arguments = {"scale": (1, 1), "seed": 3, "data_format": data_format}
    check_slopes_of_affine(lambda x: layers.RandomElasticTransform((1, 1), **arguments).change(x), images[:1])
    for seed in range(4):
        augment = layers.RandAugment(factor=0.1, data_format=data_format)
        smooth = [0, 1, 2, 7, 8, 9, 10]  # these are affine, the others have steps
        augment.kinds = [augment.kinds[kind] for kind in smooth]
        state = np.array([seed, 0], np.uint64)
        check_slopes_of_affine(
            lambda x, layer=augment, state=state: layer.augmented(x, stream(state, 0)), images[:1] / 2
        )


@FORMATS
@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
def test_elastic_strengths(data_format, interpolation):
    images = first(IMAGES) if data_format == "channels_first" else IMAGES
    layer = layers.RandomElasticTransform((1, 1), (0.5, 0.5), interpolation, "mirror", seed=8, data_format=data_format)
    strength = np.array([[0.5 * 0.1 * 9, 0.5 * 0.05 * 8]], np.float32)
    points = elastic_points(IMAGES, strength, np.array([8, 1], np.uint64))
    found = layer(images)
    found = np.moveaxis(found, 1, -1) if data_format == "channels_first" else found
    assert_within(found, *Reading(IMAGES, points, interpolation, "mirror", dtype=np.float32).values)


def test_as_many_images_are_deformed_as_the_probability_says():
    images = np.broadcast_to(np.random.default_rng(0).uniform(0, 255, (8, 8, 1)), (2000, 8, 8, 1)).astype(np.float32)
    for factor, chance in (((0.3, 0.3), 0.3), (0.5, 0.25)):
        found = layers.RandomElasticTransform(factor, (1, 1), seed=1)(images)
        changed = (found != images).any(axis=(1, 2, 3)).mean()
        assert abs(changed - chance) < 5 * np.sqrt(chance * (1 - chance) / 2000)
    clipped = layers.RandomElasticTransform(1.0, 0.0, value_range=(50, 100))(images[:1])
    np.testing.assert_array_equal(clipped, images[:1].clip(50, 100))


@pytest.mark.parametrize(
    "layer",
    [
        layers.RandAugment((0, 1), 3, (0.2, 0.6), "nearest", 1),
        layers.AugMix((0, 1), 2, 4, 0.5, 0.7, False, "nearest", 1),
        layers.RandomElasticTransform(0.7, (0.2, 0.9), "nearest", "constant", 0.5, (0, 1), 1),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_the_configuration_makes_an_equal_layer(layer):
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    for _ in range(3):
        np.testing.assert_array_equal(again(IMAGES / 255), layer(IMAGES / 255))


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: layers.RandAugment(num_ops=0), "num_ops must be an integer >= 1, got 0"),
        (lambda: layers.RandAugment(num_ops=True), "num_ops must be an integer >= 1, got True"),
        (lambda: layers.RandAugment(factor=1.5), r"factor must be .* in \[0, 1.0\], got 1.5"),
        (lambda: layers.RandAugment(interpolation="cubic"), "interpolation must be one of .* got 'cubic'"),
        (lambda: layers.RandAugment(value_range=(1, 1)), "value_range must have two ends"),
        (lambda: layers.RandAugment()(IMAGES[0, 0]), "inputs must have 3 axes"),
        (lambda: layers.AugMix(num_chains=1.0), "num_chains must be an integer >= 1, got 1.0"),
        (lambda: layers.AugMix(chain_depth=0), "chain_depth must be an integer >= 1, got 0"),
        (lambda: layers.AugMix(alpha=0), "alpha must be a number above 0, got 0"),
        (lambda: layers.AugMix(factor=10**400), "factor must be .* got 1000"),
        (lambda: layers.AugMix(factor=-1), r"factor must be .* in \[0, 1.0\], got -1"),
        (lambda: layers.AugMix(seed=-1), "seed must be None or an integer >= 0, got -1"),
        (lambda: layers.RandomElasticTransform(2), r"factor must be .* in \[0, 1.0\], got 2"),
        (lambda: layers.RandomElasticTransform(scale=2), r"scale must be .* in \[0, 1.0\], got 2"),
        (lambda: layers.RandomElasticTransform(interpolation="area"), "interpolation must be one of .* got 'area'"),
        (lambda: layers.RandomElasticTransform(fill_mode="zeros"), "fill_mode must be one of .*'mirror'.* got 'zeros'"),
        (lambda: layers.RandomElasticTransform(fill_value=None), "fill_value must be a number, got None"),
        (lambda: layers.RandomElasticTransform(value_range=3), "value_range must be a pair of numbers, got 3"),
        (lambda: layers.RandomRotation(0.1, fill_mode="mirror"), "fill_mode must be one of .* got 'mirror'"),
    ],
)
def test_a_wrong_argument_is_named(act, message):
    with pytest.raises(ValueError, match=message):
        act()
