"""Outputs of every family that Keras has, on weights from a file that Keras wrote."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

from convolith import applications
from convolith.models import load_model

pytestmark = pytest.mark.usefixtures("shapes_only")

# The height and width of an image: small, or the least.
SIZES = {
    "VGG16": 32,
    "ResNet50": 32,
    "ResNet50V2": 32,
    "DenseNet121": 32,
    "MobileNet": 32,
    "MobileNetV2": 32,
    "MobileNetV3Small": 32,
    "MobileNetV3Large": 32,
    "EfficientNetB0": 32,
    "Xception": 71,
    "InceptionV3": 75,
    "InceptionResNetV2": 75,
    "ConvNeXtTiny": 32,
}

# Whose layers are, between them, of every class and configuration that the networks have.
WHOLE = [
    "VGG16",
    "DenseNet121",
    "MobileNet",
    "MobileNetV3Small",
    "EfficientNetB0",
    "Xception",
    "InceptionResNetV2",
    "ConvNeXtTiny",
]

PERIOD = 65_537
"""Normal numbers of a kernel before they come again: a prime, so that no axis of a kernel repeats itself."""


def drawn(generator, variable):
    """Factors, shifts, means and variances about 1; kernels that keep the size of what goes through them."""
    shape = tuple(variable.shape)
    if len(shape) < 2:
        return generator.uniform(0.75, 1.25, shape) if shape else np.zeros(shape)
    inputs = shape[:2] if "depthwise" in variable.path else shape[:-1]
    size = np.prod(shape)
    numbers = generator.standard_normal(min(size, PERIOD), np.float32) / np.sqrt(np.prod(inputs), dtype=np.float32)
    return np.resize(numbers, shape)


class Theirs(NamedTuple):
    """A network of Keras, an image, and what the network makes of it."""

    name: str
    model: Any
    image: np.ndarray
    expected: np.ndarray


@pytest.fixture(scope="module")
def theirs(keras, request):
    """Built and run once for all that reads its files; no test leaves it with other weights."""
    name, generator = request.param, np.random.default_rng(20)
    shape = (SIZES[name], SIZES[name], 3)
    network = getattr(keras.applications, name)
    model = network(weights=None, input_shape=shape, classes=10, classifier_activation=None)
    model.set_weights([drawn(generator, variable) for variable in model.weights])
    image = generator.uniform(0, 255, (1, *shape)).astype("float32")
    return Theirs(name, model, image, model.predict(image, verbose=0))


def assert_close(ours, image, expected):
    # Each layer rounds, here and there; the roundings of n layers add up as a random walk does.
    rounding = 8 * np.sqrt(len(ours.layers)) * np.finfo(np.float32).eps
    np.testing.assert_allclose(ours(image), expected, rtol=0, atol=rounding * np.abs(expected).max())


def assert_same_outputs(path, theirs):
    size = SIZES[theirs.name]
    ours = getattr(applications, theirs.name)(
        weights=path, input_shape=(size, size, 3), classes=10, classifier_activation=None
    )
    assert ours.name == theirs.model.name
    assert_close(ours, theirs.image, theirs.expected)
    return ours


@pytest.mark.parametrize("theirs", SIZES, indirect=True)
def test_weights_of_keras_3(theirs, tmp_path):
    theirs.model.save_weights(tmp_path / "theirs.weights.h5")
    ours = assert_same_outputs(tmp_path / "theirs.weights.h5", theirs)
    ours.save_weights(tmp_path / "ours.weights.h5")  # and back: Keras reads what convolith writes
    values = theirs.model.get_weights()
    theirs.model.set_weights([np.zeros_like(value) for value in values])
    try:
        theirs.model.load_weights(tmp_path / "ours.weights.h5")
        for one, other in zip(theirs.model.get_weights(), values, strict=True):
            assert np.array_equal(one, other)
    finally:
        theirs.model.set_weights(values)


def assert_keras_reads(keras, ours, path, image):
    ours.save(path)
    theirs = keras.models.load_model(path, compile=False)
    assert_close(ours, image, theirs.predict(image, verbose=0))
    return theirs


@pytest.mark.parametrize("name", WHOLE)
def test_whole_models_for_keras(keras, generator, tmp_path, name):
    size = SIZES[name]
    ours = getattr(applications, name)(input_shape=(size, size, 3), classes=10, classifier_activation=None)
    ours.set_weights([drawn(generator, weight) if weight.shape else weight.value for weight in ours.weights])
    image = generator.uniform(0, 255, (1, size, size, 3)).astype("float32")
    theirs = assert_keras_reads(keras, ours, tmp_path / "ours.keras", image)
    assert [layer.name for layer in theirs.layers] == [layer.name for layer in ours.layers]


@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.parametrize("theirs", WHOLE, indirect=True)
def test_whole_models_of_keras(theirs, tmp_path, ending):
    theirs.model.save(tmp_path / f"theirs.{ending}")
    ours = load_model(tmp_path / f"theirs.{ending}")
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.model.layers]
    assert_close(ours, theirs.image, theirs.expected)


@pytest.mark.parametrize("name", ["ResNet18", "ResNet20", "ResNeXt50", "SEResNet18", "ShuffleNetV2"])
def test_whole_models_that_keras_does_not_have(keras, generator, tmp_path, name):
    ours = getattr(applications, name)(input_shape=(34, 34, 3), classes=10, classifier_activation=None)
    ours.set_weights([drawn(generator, weight) if weight.shape else weight.value for weight in ours.weights])
    image = generator.standard_normal((1, 34, 34, 3)).astype("float32")
    assert_keras_reads(keras, ours, tmp_path / "ours.keras", image)


@pytest.mark.parametrize("ending", ["h5", "keras"])  # of Keras 2, of Keras 3
@pytest.mark.parametrize("theirs", ["ResNet50V2", "EfficientNetB0", "MobileNetV3Small"], indirect=True)
def test_weights_of_whole_models(theirs, tmp_path, ending):
    theirs.model.save(tmp_path / f"theirs.{ending}")
    assert_same_outputs(tmp_path / f"theirs.{ending}", theirs)
