"""RandAugment, AugMix and elastic deformation: Keras's results for the same numbers, and which numbers come."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import convolith
from convolith import layers, ops
from convolith.ops.image.draw import stream
from convolith.ops.image.elastic import elastic_points
from tests.ops.slopes import check_slopes

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


def bound(value_range=(0, 255)):
    return 4e-5 * value_range[1]  # some twenty roundings of values up to the largest, for each of two changes


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
    images = IMAGES * np.float32(value_range[1] / 255)
    images = first(images) if data_format == "channels_first" else images
    arguments = {"value_range": value_range, "factor": (0.3, 0.3), "data_format": data_format}
    ours, theirs = (library.layers.RandAugment(**arguments) for library in (convolith, keras))
    layer = getattr(theirs, KINDS[kind])
    expected = layer.transform_images(
        keras.ops.convert_to_tensor(images), layer.get_random_transformation(images, training=True)
    )
    found = ours.apply(kind, images, np.random.default_rng(1))
    np.testing.assert_allclose(found, as_array(expected), rtol=0, atol=bound(value_range))


def test_changes_follow_one_another_as_in_keras(keras):
    ours, theirs = (library.layers.RandAugment() for library in (convolith, keras))
    images = IMAGES * 0.5 + 20
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
        different = abs(found - expected) > bound()
        assert different.mean() < 0.01  # a value next to the border of two classes may be in either


def test_chains_are_averaged_as_in_keras(keras):
    ours, theirs = (library.layers.AugMix() for library in (convolith, keras))
    images = IMAGES * 0.5 + 20
    chain = [{"layer_name": "auto_contrast", "transformation": None}]
    numbers = {
        "chain_mixing_weights": keras.ops.convert_to_tensor(np.float32([0.5, 0.3, 0.2])),
        "weight_sample": keras.ops.convert_to_tensor(np.float32(0.25)),
        "chain_transforms": [chain, [], chain * 2],
    }
    expected = as_array(theirs.transform_images(keras.ops.convert_to_tensor(images), numbers))
    scripted = script([5, 11, 11], 0, [11, 11, 11], [11, 5, 5], 0, 0, dirichlet=(0.5, 0.3, 0.2))
    np.testing.assert_allclose(ours.augmented(images, scripted), expected, rtol=0, atol=bound())


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
    ours, other, single = (
        family(seed=6), family(seed=6, data_format="channels_first"), family(seed=6),
    )  # fmt: skip
    for _ in range(4):
        found = ours(IMAGES)
        np.testing.assert_allclose(other(first(IMAGES)), first(found), rtol=0, atol=bound())
        assert found.dtype == np.float32 and found.shape == IMAGES.shape
        alone = single(IMAGES[0])
        assert alone.shape == IMAGES.shape[1:]
    np.testing.assert_array_equal(ours(IMAGES, training=False), IMAGES)
    labelled = family(seed=6)({"images": IMAGES, "labels": np.arange(4)})
    np.testing.assert_array_equal(labelled["images"], family(seed=6)(IMAGES))
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
        expected = np.mean((alone(IMAGES).astype(float) - IMAGES) ** 2)
        np.testing.assert_allclose(loss, expected, rtol=1e-5)


@FORMATS
def test_gradients(data_format):
    images = np.random.default_rng(1).uniform(60, 190, (2, 4, 5, 3))
    images = first(images) if data_format == "channels_first" else images
    arguments = {"scale": (1, 1), "seed": 3, "data_format": data_format}
    check_slopes(lambda x: layers.RandomElasticTransform((1, 1), **arguments).change(x), images[:1])
    for seed in range(4):
        augment = layers.RandAugment(factor=0.1, data_format=data_format)
        smooth = [0, 1, 2, 7, 8, 9, 10]  # the others have steps
        augment.kinds = [augment.kinds[kind] for kind in smooth]
        state = np.array([seed, 0], np.uint64)
        check_slopes(lambda x, layer=augment, state=state: layer.augmented(x, stream(state, 0)), images[:1] / 2)


@FORMATS
@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
def test_elastic_strengths(data_format, interpolation):
    images = first(IMAGES) if data_format == "channels_first" else IMAGES
    layer = layers.RandomElasticTransform((1, 1), (0.5, 0.5), interpolation, "mirror", seed=8, data_format=data_format)
    strength = np.array([[0.5 * 0.1 * 9, 0.5 * 0.05 * 8]], np.float32)
    points = elastic_points(IMAGES, strength, np.array([8, 1], np.uint64))
    order = int(interpolation == "bilinear")
    expected = np.stack(
        [
            np.stack([ops.image.map_coordinates(image[..., c], at, order, "mirror") for c in range(3)], -1)
            for image, at in zip(IMAGES, np.moveaxis(points, -1, 1), strict=True)
        ]
    )
    found = layer(images)
    found = np.moveaxis(found, 1, -1) if data_format == "channels_first" else found
    np.testing.assert_allclose(found, expected, rtol=0, atol=bound())


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
        (lambda: layers.AugMix(alpha=0), "alpha must be a number > 0, got 0"),
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
