"""Layers that change colours and values at random: Keras's results for the same numbers, and which numbers come."""

from __future__ import annotations

import numpy as np
import pytest

import convolith
from convolith import layers, ops
from convolith.layers.preprocessing.random_layer import RandomImageLayer
from tests.bounds import assert_within, gamma

IMAGES = np.random.default_rng(5).integers(0, 256, (6, 5, 7, 3)).astype(np.float32)
UNIT, WIDE = (0, 1), (0, 255)
RANGES = pytest.mark.parametrize("value_range", [UNIT, WIDE], ids=["unit", "bytes"])
FORMATS = pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])


def pixels(value_range, data_format="channels_last"):
    images = (IMAGES + np.float32(0.5)) / 256 if value_range == UNIT else IMAGES
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2)) if data_format == "channels_first" else images


def as_array(value):
    return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)


def by_keras(keras, name, images, arguments):
    """Of Keras's layer in float64, of which only the drawn numbers are float32."""
    return as_array(getattr(keras.layers, name)(**arguments, dtype="float64")(images.astype(np.float64), training=True))


# A third of a turn more or less is rounded 6 times, its sixfold and the distances from the channels' hues 27 times,
# relative to 1: 36 + 27 for what a channel lacks. What this is multiplied by has 7 roundings, and product and
# difference follow.
IN_HSV = 75
# How many roundings, of numbers up to the range's end (or so often this), lead to the results: products with the
# rounded weights of grey and their sum have 5, with those of a smoothed pixel and its neighbours 11, a mean of 35
# pixels 37, a change of the range 2.
FIXED = [
    ("RandomSaturation", {"factor": (0.25, 0.25)}, IN_HSV, 1),
    ("RandomSaturation", {"factor": (0.75, 0.75)}, IN_HSV, 3),
    ("RandomSaturation", {"factor": (-0.4, -0.4)}, IN_HSV, 1),
    ("RandomColorDegeneration", {"factor": (0.3, 0.3)}, 5 + 5, 1),
    ("RandomColorDegeneration", {"factor": (-0.5, -0.5)}, 5 + 5, 1),
    ("RandomGrayscale", {"factor": 1.0}, 5, 1),
    ("RandomGrayscale", {"factor": 0.0}, 0, 1),
    ("RandomInvert", {"factor": (1, 1)}, 1, 1),
    ("RandomInvert", {"factor": (0, 0)}, 0, 1),
    ("RandomSharpness", {"factor": (0.1, 0.1)}, 11 + 5, 1),
    ("RandomSharpness", {"factor": (0.9, 0.9)}, 11 + 5, 1),
    *(("RandomPosterization", {"factor": (bits, bits)}, 2, 1) for bits in range(1, 9)),
    ("Solarization", {}, 2 + 2 + 2, 1),
    ("Solarization", {"addition_factor": 0.0, "threshold_factor": 0.0}, 2 + 2 + 2, 1),
    ("RandomColorJitter", {"brightness_factor": (0.1, 0.1), "saturation_factor": (0.4, 0.4)}, 3 * 3 + IN_HSV, 1),
    ("RandomColorJitter", {"contrast_factor": 0.0, "hue_factor": 0.0}, 3 * (37 + 3) + 4 + IN_HSV, 1),
]


@RANGES
@FORMATS
@pytest.mark.parametrize(("name", "arguments", "roundings", "often"), FIXED)
def test_fixed_numbers_give_keras_s_results(keras, name, arguments, roundings, often, value_range, data_format):
    """A jitter's parts pass on an error up to three times: a colour is its largest channel, less differences."""
    given = arguments if name == "RandomGrayscale" else {**arguments, "value_range": value_range}
    images = pixels(value_range, data_format)
    ours = getattr(layers, name)(**given, data_format=data_format)
    if name == "RandomColorJitter" and data_format == "channels_first":  # which Keras's does not pass on to its parts
        expected = by_keras(keras, name, pixels(value_range), given).transpose(0, 3, 1, 2)
    else:
        expected = by_keras(keras, name, images, {**given, "data_format": data_format})
    found = ours(images, training=True)
    assert found.dtype == np.float32
    allowed = gamma(roundings) * value_range[1] * often
    assert_within(found, expected, allowed)
    assert_within(ours(images[0]), expected[0], allowed)  # one image, in training
    np.testing.assert_array_equal(ours(images, training=False), images)


@FORMATS
def test_a_blur_is_that_of_ops(data_format):
    """Which is compared with Keras's; Keras's layer does not take its own random widths on torch."""
    images = pixels(WIDE, data_format)
    for size, sigma in ((3, 0.7), (5, 1.3), ((5, 5), 3.0), (1, 2.0)):
        found = layers.RandomGaussianBlur((1, 1), size, (sigma, sigma), data_format=data_format)(images)
        sizes = size if isinstance(size, tuple) else (size, size)
        expected = ops.image.gaussian_blur(images, sizes, (sigma, sigma), data_format)
        # An exponent, of at most 1.2, is rounded 5 times and its exponential 8, so is the sum of all, which has 4 more,
        # and the quotient 2; product and sum follow: 39 along an axis, and 7 with the operation's weights of float64.
        assert_within(found, expected.astype(np.float64), gamma(2 * (39 + 7)) * expected)
    unequal = layers.RandomGaussianBlur((1, 1), (1, 5), (1.0, 1.0), data_format=data_format)(images)
    wide = layers.RandomGaussianBlur((1, 1), 5, (1.0, 1.0), data_format=data_format).along(
        images, 3 if data_format == "channels_first" else 2, 5, np.full((6, 1, 1, 1), 1.0, np.float32)
    )
    assert_within(unequal, wide.astype(np.float64), gamma(2 * 39) * wide)


@RANGES
@pytest.mark.parametrize("factor", [0.15, 0.7, 1.0])
def test_the_hue_goes_either_way(keras, value_range, factor):
    images = pixels(value_range)
    layer = layers.RandomHue((factor, factor), value_range, seed=3)
    theirs, turn = keras.layers.RandomHue((factor, factor), value_range, dtype="float64"), np.float32(factor) / 2
    turned = [
        as_array(
            theirs.transform_images(
                keras.ops.convert_to_tensor(images.astype(np.float64)),
                {"factor": keras.ops.full((len(images),), sign * turn, "float64")},
            )
        )
        for sign in (1, -1)
    ]
    allowed = (
        gamma(IN_HSV + 2 * 6 + 3 * 4) * value_range[1]
    )  # a turn more, up to 2; the range is changed and changed back
    ways = set()
    for _ in range(6):
        for one, *choices in zip(layer(images), *turned, strict=True):
            way = int(np.argmin([abs(one - choice).max() for choice in choices]))
            assert_within(one, choices[way], allowed)
            ways.add(way)
    assert ways == {0, 1} or factor == 1.0  # half a turn is the same either way


@RANGES
def test_solarization_adds_and_turns(keras, monkeypatch, value_range):
    images = pixels(value_range)
    numbers = np.random.default_rng(1).uniform(0, 255, (2, len(images))).astype(np.float32)
    ours, theirs = (
        layers.Solarization(1.0, 1.0, value_range),
        keras.layers.Solarization(1.0, 1.0, value_range, dtype="float64"),
    )
    monkeypatch.setattr(ours, "draw", lambda images, low, high, integers: numbers.T)
    tensor = lambda array: keras.ops.convert_to_tensor(array.astype(np.float64))  # noqa: E731
    columns = {
        name: tensor(column.reshape(-1, 1, 1, 1))
        for name, column in zip(("additions", "thresholds"), numbers, strict=True)
    }
    expected = as_array(theirs.transform_images(tensor(images), columns))
    assert_within(ours(images), expected, gamma(2 + 2 + 2) * value_range[1])


@pytest.mark.parametrize("factor", [(0.2, 0.8), 0.5])
@pytest.mark.parametrize("name", ["RandomSaturation", "RandomColorDegeneration", "RandomHue", "RandomSharpness"])
def test_numbers_come_from_the_whole_range_and_no_other(monkeypatch, name, factor):
    """Of 4,000 uniform numbers, mean and deviation are off by 5 standard errors once in two million times."""
    layer = getattr(layers, name)(factor, seed=11)
    seen = []
    original = RandomImageLayer.draw

    def spying(self, *arguments, **more):
        seen.append(original(self, *arguments, **more))
        return seen[-1]

    monkeypatch.setattr(RandomImageLayer, "draw", spying)
    layer(np.zeros((4000, 1, 1, 3), np.float32))
    drawn = seen[0][:, 0]
    low, high = layer.factor
    assert low <= drawn.min() and drawn.max() <= high
    assert abs(drawn.mean() - (low + high) / 2) < 5 * (high - low) / np.sqrt(12 * 4000)
    deviation = (high - low) / np.sqrt(12)
    assert abs(drawn.std() - deviation) < 5 * deviation * np.sqrt(0.8 / 4000) / 2  # the fourth moment is 1.8 its power
    if name == "RandomHue":
        assert abs((seen[0][:, 1] < 0).mean() - 0.5) < 5 * 0.5 / np.sqrt(4000)


@pytest.mark.parametrize(
    ("make", "chance"),
    [
        (lambda: layers.RandomInvert(0.6, seed=2), 0.3),
        (lambda: layers.RandomInvert((0.8, 0.8), seed=2), 0.8),
        (lambda: layers.RandomGrayscale(0.25, seed=2), 0.25),
        (lambda: layers.RandomGaussianBlur((0.1, 0.3), seed=2), 0.2),
    ],
)
def test_as_many_images_are_changed_as_the_probability_says(make, chance):
    images = np.zeros((4000, 3, 3, 3), np.float32)
    images[:, 1, 1] = [200, 100, 0]
    changed = (make()(images) != images).any(axis=(1, 2, 3)).mean()
    assert abs(changed - chance) < 5 * np.sqrt(chance * (1 - chance) / 4000)


def test_each_number_of_bits_comes_as_often():
    images = np.full((3000, 1, 1, 1), 255.0, np.float32)
    kept = layers.RandomPosterization((2, 5), seed=3)(images).ravel()
    values, counts = np.unique(kept, return_counts=True)
    assert values.tolist() == [192, 224, 240]  # 2, 3 and 4 bits
    assert abs(counts - 1000).max() < 5 * np.sqrt(1000 * 2 / 3)


@pytest.mark.parametrize(
    "layer",
    [
        layers.RandomHue((0.1, 0.4), UNIT, seed=1),
        layers.RandomSaturation(0.4, UNIT, seed=1),
        layers.RandomColorDegeneration(0.4, UNIT, seed=1),
        layers.RandomGrayscale(0.4, "channels_last", seed=1),
        layers.RandomColorJitter(UNIT, 0.1, 0.2, 0.3, 0.4, seed=1),
        layers.RandomInvert(0.4, UNIT, seed=1),
        layers.RandomPosterization(4, UNIT, seed=1),
        layers.Solarization(0.2, (0.3, 0.4), UNIT, seed=1),
        layers.RandomSharpness(0.4, UNIT, seed=1),
        layers.RandomGaussianBlur(0.4, 5, (0.1, 2), UNIT, seed=1),
        layers.AutoContrast(UNIT),
        layers.Equalization(UNIT, 16),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_the_configuration_makes_an_equal_layer(layer):
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    np.testing.assert_array_equal(again(pixels(UNIT)), layer(pixels(UNIT)))


@pytest.mark.parametrize(
    "name", ["RandomHue", "RandomInvert", "AutoContrast", "RandomColorJitter", "RandomPosterization"]
)
def test_in_a_model_it_changes_in_training_only(name):
    convolith.utils.set_random_seed(1)
    arguments = {
        "RandomInvert": {"factor": 1.0},
        "RandomPosterization": {"factor": 2},
        "RandomColorJitter": {"hue_factor": 0.5, "brightness_factor": 0.5},
        "AutoContrast": {},
    }
    layer = getattr(layers, name)(**arguments.get(name, {"factor": 0.9}))
    inputs = convolith.Input(IMAGES.shape[1:])
    model = convolith.Model(inputs, layer(inputs))
    model.compile(loss="mse")
    unchanged = model.evaluate(IMAGES, IMAGES, verbose=0)
    found = model.predict(IMAGES, verbose=0)
    trained = model.fit(IMAGES, IMAGES, verbose=0).history["loss"][0]
    if name == "AutoContrast":
        np.testing.assert_array_equal(found, layer(IMAGES))
    else:
        assert unchanged == 0 < trained
        np.testing.assert_array_equal(found, IMAGES)


@pytest.mark.parametrize("name", ["RandomHue", "RandomSharpness", "RandomColorJitter", "RandomGaussianBlur"])
def test_a_seed_decides_and_each_call_draws_anew(name):
    arguments = {"RandomColorJitter": {"hue_factor": 0.5, "contrast_factor": 0.5}, "RandomGaussianBlur": {}}
    given = arguments.get(name, {"factor": 0.9})
    first, second, other = (getattr(layers, name)(**given, seed=seed) for seed in (4, 4, 5))
    results = [first(IMAGES), first(IMAGES)]
    np.testing.assert_array_equal(second(IMAGES), results[0])
    np.testing.assert_array_equal(second(IMAGES), results[1])
    assert (results[0] != results[1]).any() and (other(IMAGES) != results[0]).any()


def test_the_parts_of_a_jitter_draw_numbers_of_their_own():
    jitter = layers.RandomColorJitter(brightness_factor=1.0, saturation_factor=1.0, seed=4)
    one, other = (part.draw(IMAGES, (0,), (1,)) for part in jitter.changes)
    assert not np.isin(one, other).any()
    np.testing.assert_array_equal(layers.RandomColorJitter()(IMAGES), IMAGES)


@FORMATS
def test_contrast_is_spread_to_the_ends(keras, data_format):
    images = pixels(WIDE) * 0.5 + 20
    images[0, ..., 1] = 33  # a channel of one value stays
    expected = by_keras(keras, "AutoContrast", images, {})
    if data_format == "channels_first":  # Keras's spreads the columns of each channel there
        images = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
        expected = expected.transpose(0, 3, 1, 2)
    layer = layers.AutoContrast(data_format=data_format)
    found = layer(images)
    space = (1, 2) if data_format == "channels_last" else (2, 3)
    low, high = (end(axis=space, keepdims=True).astype(np.float64) for end in (images.min, images.max))
    # The factor is rounded twice, its products with a pixel and with the least one once, and their difference.
    allowed = np.where(high > low, gamma(4) * 255 * (high + low) / np.maximum(high - low, 1), 0)
    assert_within(found, expected, allowed)
    np.testing.assert_array_equal(layer(images[2]), found[2])
    top = found.max(axis=space, keepdims=True)
    assert top.ravel()[1] == 33 and ((255 - top <= allowed) | (high == low)).all()


@RANGES
@FORMATS
@pytest.mark.parametrize("bins", [256, 16])
def test_equalization(keras, value_range, data_format, bins):
    images = (np.floor(pixels(WIDE, data_format) ** 2 / 256) + np.float32(0.5)) * np.float32(value_range[1] / 255)
    images[(slice(None), 2) if data_format == "channels_first" else (..., 2)] = 0.25 * value_range[1]
    ours = layers.Equalization(value_range, bins, data_format)
    found = ours(images)
    # No value is next to the border of two classes; whole numbers up to 255 are brought to the range.
    expected = by_keras(
        keras, "Equalization", images, {"value_range": value_range, "bins": bins, "data_format": data_format}
    )
    assert_within(found, expected, gamma(2) * expected)
    np.testing.assert_array_equal(ours(images, training=False), images)


def test_equalized_values_are_about_as_often():
    images = np.random.default_rng(2).gamma(2.0, 20.0, (2, 64, 64, 1)).clip(0, 255).astype(np.float32)
    found = layers.Equalization()(images)
    assert abs(found.mean() - 127.5) < 3 and abs(found.std() - 255 / np.sqrt(12)) < 3


def test_integers_of_numpy_are_integers():
    assert type(layers.Equalization(bins=np.int64(10)).get_config()["bins"]) is int
    sizes = layers.RandomGaussianBlur(kernel_size=np.int64(3)).get_config()["kernel_size"]
    assert sizes == (3, 3) and {type(size) for size in sizes} == {int}


RANGED = {
    "AutoContrast": (), "Equalization": (), "RandomBrightness": (0.5,), "RandomColorDegeneration": (0.5,),
    "RandomColorJitter": (), "RandomContrast": (0.5,), "RandomErasing": (), "RandomGaussianBlur": (),
    "RandomHue": (0.5,), "RandomInvert": (), "RandomPosterization": (4,), "RandomSaturation": (0.5,),
    "RandomSharpness": (0.5,), "Solarization": (0.5,),
}  # fmt: skip


@pytest.mark.parametrize("name", RANGED)
def test_a_range_of_one_value_is_refused(name):
    with pytest.raises(ValueError, match=r": value_range must have two ends, got \(1, 1.0\)"):
        getattr(layers, name)(*RANGED[name], value_range=(1, 1.0))


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: layers.RandomHue(-0.1), r"random_hue.*: factor must be a number or a pair .* in \[0, 1.0\], got -0.1"),
        (lambda: layers.RandomHue((0.2, 1.1)), r"factor must be .* got \(0.2, 1.1\)"),
        (lambda: layers.RandomSaturation("much"), "factor must be .* got 'much'"),
        (lambda: layers.RandomColorDegeneration(1.5), r"factor must be .* in \[-1.0, 1.0\], got 1.5"),
        (lambda: layers.RandomGrayscale(1.5), r"factor must be a number in \[0, 1\], got 1.5"),
        (lambda: layers.RandomInvert(2), "factor must be .* got 2"),
        (lambda: layers.RandomSharpness(2), "factor must be .* got 2"),
        (lambda: layers.RandomSharpness(1, value_range=3), "value_range must be a pair of numbers, got 3"),
        (lambda: layers.RandomPosterization(9), r"factor must be .* in \[1, 8\], got 9"),
        (lambda: layers.RandomPosterization((1.5, 3)), "factor must be of integers from 1 to 8, got"),
        (lambda: layers.Solarization(2.0), "addition_factor must be .* got 2.0"),
        (lambda: layers.Solarization(0.0, (0, 2)), "threshold_factor must be .* got"),
        (lambda: layers.RandomGaussianBlur(kernel_size=4), "kernel_size must be an odd number > 0 or two .* got 4"),
        (lambda: layers.RandomGaussianBlur(kernel_size=(3, 3, 3)), "kernel_size must be an odd number"),
        (lambda: layers.RandomGaussianBlur(sigma=-1), "sigma must be a number >= 0 or a pair of them, got -1"),
        (lambda: layers.RandomColorJitter(hue_factor=3), "factor must be .* got 3"),
        (lambda: layers.Equalization(bins=1), "bins must be an integer > 1, got 1"),
        (lambda: layers.Equalization()(IMAGES[0, 0]), r"inputs must have 3 axes .* got shape \(7, 3\)"),
        (lambda: layers.RandomInvert()(IMAGES[0, 0]), r"inputs must have 3 axes .* got shape \(7, 3\)"),
        (
            lambda: layers.RandomInvert()({"images": IMAGES, "bounding_boxes": IMAGES}),
            r"a dict of 'images' and 'labels', got \['images', 'bounding_boxes'\]",
        ),
        (
            lambda: layers.RandomInvert()({"images": IMAGES, 1: IMAGES}),
            r"a dict of 'images' and 'labels', got \['images', 1\]",
        ),
        (lambda: layers.RandomGaussianBlur(kernel_size=True), "kernel_size must be an odd number > 0 .* got True"),
        (lambda: layers.Equalization(bins=True), "bins must be an integer > 1, got True"),
    ],
)
def test_a_wrong_argument_is_named(act, message):
    with pytest.raises(ValueError, match=message):
        act()
