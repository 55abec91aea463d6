"""RandomShear and RandomPerspective: Keras's results for the same numbers, and which numbers come."""

from __future__ import annotations

import numpy as np
import pytest

from convolith import layers
from tests.bounds import assert_within, gamma
from tests.ops.image.test_perspective import by_definition
from tests.ops.image.transform_bound import Map

IMAGES = np.random.default_rng(5).random((5, 7, 9, 2), np.float32)
FORMATS = pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])


def as_array(value):
    return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)


def images_in(data_format):
    return IMAGES if data_format == "channels_last" else np.ascontiguousarray(IMAGES.transpose(0, 3, 1, 2))


@FORMATS
@pytest.mark.parametrize("fill_mode", ["reflect", "wrap", "constant", "nearest"])
@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
def test_shear_with_the_same_numbers(keras, monkeypatch, data_format, fill_mode, interpolation):
    options = {"fill_mode": fill_mode, "interpolation": interpolation, "data_format": data_format, "fill_value": 0.3}
    ours, theirs = (
        layers.RandomShear(0.7, 0.4, **options),
        keras.layers.RandomShear(0.7, 0.4, **options, dtype="float64"),
    )
    numbers = np.random.default_rng(1).uniform(-0.7, 0.7, (5, 3)).astype(np.float32)
    monkeypatch.setattr(ours, "draw", lambda *_: numbers)
    shear = numbers[:, :2] * np.where(numbers[:, 2:] < 0, -1, 1)
    images = images_in(data_format)
    tensor = lambda array: keras.ops.convert_to_tensor(array.astype(np.float64))  # noqa: E731
    given = {"shear_factor": tensor(shear), "input_shape": images.shape}
    expected = as_array(theirs.transform_images(tensor(images), given))
    parameters = np.tile([1.0, 0, 0, 0, 1, 0, 0, 0], (5, 1))
    parameters[:, [1, 3]] = shear
    reading = Map(parameters, 7, 9, np.float32).reading(IMAGES, interpolation, fill_mode, 0.3)
    check(ours(images), expected, reading, data_format)


def check(found, expected, reading, data_format):
    """Compare with what images are read as and with Keras, where no rounding decides which pixel is the nearest."""
    exact, bound = reading.values
    if data_format == "channels_first":
        found, expected = (np.moveaxis(array, 1, -1) for array in (found, expected))
    certain = np.ones(exact.shape, bool)
    if reading.interpolation == "nearest":
        apart = abs(reading.points + 0.5 - np.rint(reading.points + 0.5))
        certain &= (apart > reading.shift).all(axis=-1).reshape(*exact.shape[:-1], 1)
    assert certain.mean() > 0.98
    for other in (exact, expected):
        assert_within(found[certain], other[certain], bound[certain])


def test_shear_goes_either_way():
    rows = np.zeros((2000, 2, 3, 1), np.float32)
    rows[:, 1, 1] = 1
    ways = layers.RandomShear(x_factor=(1, 1), fill_mode="constant", seed=2)(rows)[:, 1, :, 0]
    assert set(map(tuple, ways.tolist())) == {(1, 0, 0), (0, 0, 1)}
    assert abs(ways[:, 0].mean() - 0.5) < 5 * 0.5 / np.sqrt(2000)
    np.testing.assert_array_equal(layers.RandomShear()(rows), rows)
    drawn = []
    layer = layers.RandomShear((0.2, 0.6), 0.5, seed=2)
    original = layer.draw
    layer.draw = lambda *arguments: drawn.append(original(*arguments)) or drawn[-1]
    layer(rows)
    (across, down, _) = drawn[0].T
    assert 0.2 <= across.min() < 0.21 and 0.59 < across.max() <= 0.6
    assert -0.5 <= down.min() < -0.49 and 0.49 < down.max() <= 0.5


@FORMATS
@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
def test_perspective_with_the_same_numbers(keras, monkeypatch, data_format, interpolation):
    options = {"interpolation": interpolation, "data_format": data_format, "fill_value": 0.3}
    ours = layers.RandomPerspective(0.7, 0.5, **options)
    theirs = keras.layers.RandomPerspective(0.7, 0.5, **options, dtype="float64")
    # Corners move by sixteenths of their places, which float32 has.
    numbers = (np.random.default_rng(1).integers(-4, 5, (5, 10)) / 16).astype(np.float32)
    numbers[:, 0], numbers[:, 1] = 0.5, [0.1, 0.6, 0.4, 0.9, 0.2]
    monkeypatch.setattr(ours, "draw", lambda *_: numbers)
    images = images_in(data_format)
    starts = np.stack([np.array([[0, 0], [8, 0], [0, 6], [8, 6]], float)] * 5)
    chosen = numbers[:, 1] < numbers[:, 0]
    ends = starts + starts * numbers[:, 2:].reshape(5, 4, 2) * chosen[:, None, None]
    tensor = keras.ops.convert_to_tensor
    given = {
        "apply_perspective": tensor(chosen),
        "start_points": tensor(starts),
        "end_points": tensor(ends),
        "input_shape": images.shape,
    }
    expected = as_array(theirs.transform_images(tensor(images.astype(np.float64)), given))
    found = ours(images)
    check(found, expected, by_definition(IMAGES, starts, ends, interpolation, 0.3), data_format)
    for place in (1, 3):
        np.testing.assert_array_equal(found[place], images[place])
    assert all((found[place] != images[place]).any() for place in (0, 2, 4))


def test_as_many_images_are_tilted_as_the_probability_says():
    images = np.random.default_rng(1).random((2000, 3, 3, 1), np.float32)
    layer = layers.RandomPerspective(0.6, seed=3)
    found = layer(images)
    changed = (found != images).any(axis=(1, 2, 3)).mean()
    assert abs(changed - 0.3) < 5 * np.sqrt(0.3 * 0.7 / 2000)
    np.testing.assert_array_equal(layers.RandomPerspective(0.6, seed=3)(images), found)
    assert (layer(images) != found).any()
    corner = images[:, 0, 0].astype(np.float64)  # which stays: weights of 1 and of next to 0 have seven roundings
    assert_within(found[:, 0, 0], corner, gamma(8) * corner)
    np.testing.assert_array_equal(layer(images, training=False), images)


@pytest.mark.parametrize("name", ["RandomShear", "RandomPerspective"])
def test_the_configuration_makes_an_equal_layer(name):
    layer = getattr(layers, name)(0.4, 0.2, fill_value=0.5, seed=3)
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    np.testing.assert_array_equal(again(IMAGES), layer(IMAGES))


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: layers.RandomShear(1.5), r"x_factor must be .* in \[0, 1.0\], got 1.5"),
        (lambda: layers.RandomShear(0, (-0.1, 0.2)), r"y_factor must be .* got \(-0.1, 0.2\)"),
        (lambda: layers.RandomShear(fill_mode="mirror"), "fill_mode must be one of .* got 'mirror'"),
        (lambda: layers.RandomPerspective(2), "factor must be .* got 2"),
        (lambda: layers.RandomPerspective(scale=2), r"scale must be a number in \[0, 1\], got 2"),
        (lambda: layers.RandomPerspective(interpolation="cubic"), "interpolation must be one of .* got 'cubic'"),
        (lambda: layers.RandomPerspective()(IMAGES[:, :1]), "images must have at least 2 rows and columns, got 1 x 9"),
    ],
)
def test_a_wrong_argument_is_named(act, message):
    with pytest.raises(ValueError, match=message):
        act()
