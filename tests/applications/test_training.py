"""Each family's networks infer an image and train a step, and the step reaches every weight."""

from __future__ import annotations

import numpy as np
import pytest

import convolith
from convolith import applications
from convolith.applications.googlenet import AUXILIARY_WEIGHTS, inference

# The height and width of small images, and arguments that make a small network of the family.
NETWORKS = {
    "AlexNet": (67, {}),
    "ZFNet": (63, {}),
    "VGG11": (32, {"batch_normalization": True}),
    "GoogLeNet": (33, {}),
    "SEInception": (32, {"original": False}),
    "ResNet18": (32, {}),
    "ResNet50": (32, {}),
    "ResNeXt50": (32, {}),
    "SEResNet50": (32, {}),
    "ResNet50V2": (32, {}),
    "ResNet20": (32, {}),
    "ResNet1001": (8, {}),
    "WideResNet": (8, {"depth": 16, "width": 2}),
    "DenseNet121": (32, {}),
    "MobileNet": (32, {"alpha": 0.25}),
    "MobileNetV2": (32, {"alpha": 0.35}),
    "MobileNetV3Small": (32, {}),
    "ShuffleNetV2": (32, {"width": 0.5}),
    "SqueezeNet": (32, {}),
    "EfficientNetB0": (33, {}),
    "InceptionV3": (75, {}),
    "InceptionResNetV2": (75, {}),
    "Xception": (71, {}),
    "ConvNeXtTiny": (32, {}),
}

# How many convolutions have a bias though batch normalisation takes it off again: no step reaches those.
TAKEN_OFF = {"VGG11": 8, "ResNet50": 53, "ResNet50V2": 4}


def step(model, x, y):
    """Train one step, so long that the smallest gradient shows in its weights; name those that stayed."""
    before = [np.copy(weight) for weight in model.trainable_weights]
    loss = np.ravel(model.train_on_batch(x, y))[0]
    still = [
        weight.name
        for weight, value in zip(model.trainable_weights, before, strict=True)
        if np.array_equal(weight, value)
    ]
    return loss, still


@pytest.mark.parametrize("name", NETWORKS)
def test_a_step(name, generator):
    size, arguments = NETWORKS[name]
    convolith.utils.set_random_seed(3)
    model = getattr(applications, name)(input_shape=(size, size, 3), classes=7, **arguments)
    x = generator.random((2, size, size, 3), np.float32)
    probabilities = model(x)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    model.compile(convolith.optimizers.SGD(100.0), "sparse_categorical_crossentropy")
    loss, still = step(model, x, np.array([0, 6]))
    assert np.isfinite(loss)
    assert still == ["bias"] * TAKEN_OFF.get(name, 0)


def test_googlenet_with_its_auxiliary_heads(generator):
    convolith.utils.set_random_seed(3)
    model = applications.GoogLeNet(auxiliary=True, input_shape=(193, 193, 3), classes=7)
    x, labels = generator.random((1, 193, 193, 3), np.float32), np.array([2])
    expected = sum(share * -np.log(model(x)[name][0, 2]) for name, share in AUXILIARY_WEIGHTS.items())
    network = inference(model)
    np.testing.assert_array_equal(network(x), model(x)["predictions"])
    losses = dict.fromkeys(AUXILIARY_WEIGHTS, "sparse_categorical_crossentropy")
    model.compile(convolith.optimizers.SGD(100.0), losses, loss_weights=AUXILIARY_WEIGHTS)
    losses = model.evaluate(x, dict.fromkeys(AUXILIARY_WEIGHTS, labels), verbose=0)
    np.testing.assert_allclose(np.ravel(losses)[0], expected, 1e-5)
    loss, still = step(model, x, dict.fromkeys(AUXILIARY_WEIGHTS, labels))
    assert np.isfinite(loss)
    assert not still
