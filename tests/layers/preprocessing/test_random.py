"""The layers that change images at random: when, how far, and by what they are determined."""

from __future__ import annotations

import numpy as np
import pytest

import convolith as keras
from convolith import layers
from tests.bounds import assert_within, gamma
from tests.layers.preprocessing.moved import reading_of
from tests.layers.trained import check_in_a_model

IMAGES = np.random.default_rng(9).random((6, 5, 7, 3), np.float32)
MAKE = {
    "RandomFlip": lambda **options: layers.RandomFlip(**options),
    "RandomRotation": lambda **options: layers.RandomRotation(0.2, **options),
    "RandomZoom": lambda **options: layers.RandomZoom(0.3, 0.2, **options),
    "RandomTranslation": lambda **options: layers.RandomTranslation(0.3, 0.2, **options),
    "RandomCrop": lambda **options: layers.RandomCrop(3, 4, **options),
    "RandomContrast": lambda **options: layers.RandomContrast(0.5, (0, 1), **options),
    "RandomBrightness": lambda **options: layers.RandomBrightness(0.5, (0, 1), **options),
    "RandomErasing": lambda **options: layers.RandomErasing(0.9, value_range=(0, 1), **options),
}
every = pytest.mark.parametrize("name", MAKE)


@every
def test_the_seed_and_the_number_of_calls_decide(name):
    one, other = MAKE[name](seed=3), MAKE[name](seed=3)
    first = one(IMAGES, training=True)
    np.testing.assert_array_equal(first, other(IMAGES))  # training is the default, as in Keras
    second = one(IMAGES, training=True)
    assert (second != first).any() and (MAKE[name](seed=4)(IMAGES, training=True) != first).any()
    np.testing.assert_array_equal(second, other(IMAGES, training=True))
    assert first.dtype == np.float32 and np.isfinite(first).all()
    keras.utils.set_random_seed(5)
    unseeded = MAKE[name]()(IMAGES)
    keras.utils.set_random_seed(5)
    np.testing.assert_array_equal(MAKE[name]()(IMAGES), unseeded)


@every
def test_outside_of_training_nothing_is_random(name):
    layer = MAKE[name](seed=3)
    expected = IMAGES[:, 1:4, 1:5] if name == "RandomCrop" else IMAGES
    np.testing.assert_array_equal(layer(IMAGES, training=False), expected)
    assert layer.state.numpy().tolist() == [3, 0]


@every
def test_data_formats_and_single_images(name):
    last, first = MAKE[name](seed=3), MAKE[name](seed=3, data_format="channels_first")
    fixed = {"fill_value": 0.5} if name == "RandomErasing" else {}  # the noise has another order
    last, first = MAKE[name](seed=3, **fixed), MAKE[name](seed=3, data_format="channels_first", **fixed)
    result = last(IMAGES)
    # Of numbers from 0 to 1 means of 35 may be added up in another order; a distance from them, a product and a sum.
    allowed = 2 * gamma(37 + 4) if name == "RandomContrast" else 0
    expected = result.astype(np.float64)
    assert_within(np.moveaxis(first(np.moveaxis(IMAGES, -1, 1)), 1, -1), expected, allowed)
    single = MAKE[name](seed=3, **fixed)(IMAGES[0])
    assert_within(single, expected[0], allowed)


@every
def test_every_image_is_changed_by_itself(name):
    same = np.repeat(IMAGES[:1], 40, axis=0)
    results = MAKE[name](seed=3)(same)
    assert len(np.unique(results.reshape(40, -1), axis=0)) > (1 if name == "RandomFlip" else 5)


@every
def test_in_a_model_and_its_configuration(name):
    check_in_a_model(MAKE[name](), (5, 7, 3))


@every
def test_a_model_trains_alike_again_and_predicts_without_chance(name):
    def trained():
        keras.utils.set_random_seed(11)
        model = keras.Sequential([layers.Input((5, 7, 3)), MAKE[name](), layers.Flatten(), layers.Dense(1)])
        model.compile("sgd", "mse")
        model.fit(IMAGES, np.ones((6, 1)), batch_size=4, epochs=2, verbose=0)
        return model

    model, again = trained(), trained()
    np.testing.assert_array_equal(model.predict(IMAGES, verbose=0), again.predict(IMAGES, verbose=0))
    np.testing.assert_array_equal(model.predict(IMAGES, verbose=0), model.predict(IMAGES, verbose=0))
    # Two epochs of two batches; that the model was built and predicted with does not count.
    assert model.layers[0].state.numpy()[1] == 4


@pytest.mark.parametrize(
    ("mode", "flipped"),
    [
        ("horizontal", IMAGES[:, :, ::-1]),
        ("vertical", IMAGES[:, ::-1]),
        ("horizontal_and_vertical", IMAGES[:, ::-1, ::-1]),
    ],
)
def test_flips_are_exact(mode, flipped):
    layer = layers.RandomFlip(mode, seed=1)
    turned = 0
    for _ in range(40):
        for image, before, after in zip(layer(IMAGES), IMAGES, flipped, strict=True):
            assert (image == before).all() or (image == after).all()
            turned += (image == after).all()
    assert 80 < turned < 160  # of 240: five standard deviations


def test_a_fixed_factor_is_the_op():
    turn = 2 * np.pi * 0.1
    c, s, x, y = np.cos(turn), np.sin(turn), 3, 2
    cases = [
        (layers.RandomRotation((0.1, 0.1)), [c, -s, x - c * x + s * y, s, c, y - s * x - c * y, 0, 0]),
        (layers.RandomZoom((0.5, 0.5)), [1.5, 0, -0.5 * x, 0, 1.5, -0.5 * y, 0, 0]),
        (layers.RandomZoom((0.5, 0.5), (-0.5, -0.5)), [0.5, 0, 0.5 * x, 0, 1.5, -0.5 * y, 0, 0]),
        (layers.RandomTranslation((0.2, 0.2), (-0.3, -0.3)), [1, 0, 2.1, 0, 1, -1, 0, 0]),
    ]
    for layer, transform in cases:
        reading = reading_of(IMAGES, np.array(transform, float), "reflect")
        assert_within(layer(IMAGES), *reading.values)
    brighter = layers.RandomBrightness((0.5, 0.5), (0, 1))(IMAGES)
    np.testing.assert_array_equal(brighter, np.minimum(IMAGES + np.float32(0.5), 1))


def test_a_crop_is_a_part_of_the_image():
    numbered = np.arange(35, dtype=np.float32).reshape(1, 5, 7, 1)
    layer, seen = layers.RandomCrop(3, 4, seed=2), set()
    for _ in range(200):
        part = layer(numbered)[0, :, :, 0]
        top, left = divmod(int(part[0, 0]), 7)
        np.testing.assert_array_equal(part, numbered[0, top : top + 3, left : left + 4, 0])
        seen.add((top, left))
    assert seen == {(top, left) for top in range(3) for left in range(4)}
    larger = layers.RandomCrop(10, 10)(numbered)
    np.testing.assert_array_equal(larger, layers.CenterCrop(10, 10)(numbered))


def test_contrast_keeps_the_mean_and_stays_in_its_range():
    middle = 0.4 + 0.2 * IMAGES
    layer = layers.RandomContrast((0.3, 0.5), (0, 1), seed=2)
    space = (1, 2)
    for _ in range(10):
        result = layer(middle)
        wide, before = result.astype(np.float64), middle.astype(np.float64)
        # Of numbers below 1 a mean of 35 is off by 37 roundings, half of which count; a distance from it, a product and
        # a sum have three, which do not change the deviation by more, either.
        assert_within(wide.mean(space), before.mean(space), gamma(37 + 3))
        ratio, allowed = wide.std(space) / before.std(space), gamma(3) / before.std(space).min()
        assert (ratio > 0.7 - allowed).all() and (ratio < 1.5 + allowed).all()
        assert_within(ratio[:, 1:], ratio[:, :1].repeat(2, 1), 2 * allowed)
    assert layers.RandomContrast(0.25).factor == (0.25, 0.25)


def test_erasing_overwrites_a_box_of_the_share_that_was_asked_for():
    white = np.ones((200, 20, 20, 1), np.float32)
    result = layers.RandomErasing((0.5, 0.5), (0.25, 0.25), fill_value=0.0, seed=4)(white)
    shares = 1 - result.mean(axis=(1, 2, 3))
    assert set(shares.round(4)) == {0.0, 0.25}
    assert 60 < np.count_nonzero(shares) < 140
    for image in result[shares > 0][:10, :, :, 0]:
        rows, columns = np.nonzero(image == 0)
        assert (image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] == 0).all()


@every
def test_what_all_refuse(name):
    with pytest.raises(ValueError, match=f"{name} 'r': seed must be None or an integer >= 0"):
        MAKE[name](seed=-1, name="r")
    with pytest.raises(ValueError, match=f"{name} 'r': data_format must be"):
        MAKE[name](data_format="last", name="r")
    with pytest.raises(ValueError, match=rf"{name} 'r': inputs must have 3 axes \(one image\) or 4 \(a batch\)"):
        MAKE[name](name="r")(IMAGES[0, 0])


def test_what_each_refuses():
    with pytest.raises(ValueError, match="RandomFlip 'r': mode must be one of"):
        layers.RandomFlip("up", name="r")
    for value in (1.5, (-2, 0), (0.1,), "0.1", np.nan):
        with pytest.raises(ValueError, match="RandomRotation 'r': factor must be a number or a pair of them in"):
            layers.RandomRotation(value, name="r")
        with pytest.raises(ValueError, match="RandomZoom 'r': height_factor must be"):
            layers.RandomZoom(value, name="r")
        with pytest.raises(ValueError, match="RandomTranslation 'r': width_factor must be"):
            layers.RandomTranslation(0, value, name="r")
        for layer in (layers.RandomBrightness, layers.RandomContrast, layers.RandomErasing):
            with pytest.raises(ValueError, match="'r': factor must be a number or a pair of them in"):
                layer(value, name="r")
    with pytest.raises(ValueError, match="RandomZoom 'r': width_factor must be"):
        layers.RandomZoom(0, -1, name="r")
    with pytest.raises(ValueError, match="RandomContrast 'r': factor must be"):
        layers.RandomContrast(-0.5, name="r")
    for argument, value in (("fill_mode", "edge"), ("interpolation", "bicubic"), ("fill_value", None)):
        with pytest.raises(ValueError, match=f"RandomRotation 'r': {argument} must be"):
            layers.RandomRotation(0.1, **{argument: value}, name="r")
    for layer in (layers.RandomBrightness, layers.RandomContrast, layers.RandomErasing):
        with pytest.raises(ValueError, match="'r': value_range must be a pair of numbers"):
            layer(0.5, value_range=1, name="r")
    with pytest.raises(ValueError, match="RandomErasing 'r': scale must be"):
        layers.RandomErasing(scale=2, name="r")
    with pytest.raises(ValueError, match="RandomErasing 'r': fill_value must be None, a number or one a channel"):
        layers.RandomErasing(fill_value="grey", name="r")
    with pytest.raises(ValueError, match="RandomErasing 'r': .*fill must be one number or one for each channel"):
        layers.RandomErasing(fill_value=(0, 0), name="r")(IMAGES)
    for height, width, argument in ((0, 1, "height"), (1, 0, "width")):
        with pytest.raises(ValueError, match=f"RandomCrop 'r': {argument} must be an integer >= 1"):
            layers.RandomCrop(height, width, name="r")
