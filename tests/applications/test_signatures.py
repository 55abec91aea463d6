"""The arguments that all networks share: their names and defaults, and what is refused before a layer is made."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import convolith
from convolith import applications, layers
from convolith.applications import resnet_v2

pytestmark = pytest.mark.usefixtures("shapes_only")

SHARED = {
    "include_top": True,
    "weights": None,
    "input_tensor": None,
    "input_shape": None,
    "pooling": None,
    "classes": 1000,
    "classifier_activation": "softmax",
}
NETWORKS = [name for name in applications.__all__ if name[0].isupper()]
SMALL = {
    "CIFARResNet",
    "LeNet5",
    "ResNet20",
    "ResNet32",
    "ResNet44",
    "ResNet56",
    "ResNet110",
    "ResNet1001",
    "WideResNet",
}
REQUIRED = {"CIFARResNet": {"depth": 20}, "ResNeXt": {"depth": 50, "groups": 32, "width": 4}, "VGG": {"depth": 11}}


@pytest.mark.parametrize("name", NETWORKS)
def test_names_and_defaults(name):
    parameters = inspect.signature(getattr(applications, name)).parameters
    expected = {**SHARED, "classes": 10 if name in SMALL else 1000}
    assert {argument: parameters[argument].default for argument in SHARED} == expected
    assert "name" in parameters


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"classes": 0}, ValueError, "classes must be an integer >= 1, got 0"),
        ({"classes": True}, ValueError, "classes must be an integer >= 1, got True"),
        ({"classes": 2.5}, ValueError, "classes must be an integer >= 1, got 2.5"),
        ({"include_top": False, "pooling": "sum"}, ValueError, 'pooling must be None, "avg" or "max", got \'sum\''),
        ({"weights": 7}, TypeError, 'weights must be None, "imagenet" or a file, got 7'),
        ({"weights": "imagnet"}, FileNotFoundError, "or a file, got 'imagnet', which is no file"),
        ({"input_tensor": "image.png"}, TypeError, "input_tensor must be an Input, or what layers make .* got a str"),
        ({"input_tensor": np.ones((1, 64, 64, 3))}, TypeError, "input_tensor must be an Input, .* got a ndarray"),
        ({"input_shape": 64}, ValueError, r"input_shape must be \(height, width, channels\), got 64"),
        ({"input_shape": (64, 64)}, ValueError, r"input_shape must be \(height, width, channels\), got \(64, 64\)"),
        ({"input_shape": (64, 64.5, 3)}, ValueError, r"input_shape must be .*, got \(64, 64.5, 3\)"),
        ({"input_shape": (64, 64, 0)}, ValueError, r"input_shape must be .*, got \(64, 64, 0\)"),
        ({"input_shape": (7, 99, 3)}, ValueError, r"images must be at least .* got input_shape \(7, 99, 3\)"),
    ],
)
def test_every_network_refuses_it_before_a_layer_is_made(arguments, error, message):
    for name in NETWORKS:
        with pytest.raises(error, match=message):
            getattr(applications, name)(**REQUIRED.get(name, {}), **arguments)
    assert layers.InputLayer((1,)).name == "input_layer"  # the first of its kind


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("ResNeXt", {"depth": 18}, "resnext18_32x4d: depth must be 50, 101 or 152, got 18"),
        ("ResNeXt", {"groups": 0}, "resnext50_0x4d: groups must be an integer >= 1, got 0"),
        ("ResNeXt", {"width": 4.5}, "width must be an integer >= 1, got 4.5"),
        ("CIFARResNet", {"depth": "20"}, "resnet20: depth must be an integer >= 1, got '20'"),
        ("CIFARResNet", {"depth": 20.0}, "resnet20.0: depth must be an integer >= 1, got 20.0"),
        ("CIFARResNet", {"width": -1}, "width must be an integer >= 0, got -1"),
        ("WideResNet", {"width": 0}, "wide_resnet28_0: width must be an integer >= 1, got 0"),
        ("SqueezeNet", {"version": 1.1}, 'squeezenet1_1: version must be "1.0" or "1.1", got 1.1'),
        ("ShuffleNetV2", {"width": "1"}, "shufflenet_v2: width must be one of .*, got '1'"),
        ("GoogLeNet", {"squeeze": -1}, "googlenet: squeeze must be an integer >= 0, got -1"),
        ("MobileNet", {"alpha": 0}, "mobilenet: alpha must be a number above 0, got 0"),
        ("MobileNetV2", {"alpha": "1"}, "mobilenetv2: alpha must be a number above 0, got '1'"),
        ("MobileNetV3Small", {"alpha": float("nan")}, "MobileNetV3Small: alpha must be a number above 0, got nan"),
    ],
)
def test_refused_of_its_own(name, arguments, message):
    with pytest.raises(ValueError, match=message):
        getattr(applications, name)(**{**REQUIRED.get(name, {}), **arguments})


def test_no_residual_network_of_another_depth():
    from convolith.applications.resnet import basic, residual_network

    with pytest.raises(ValueError, match=r"mine: depth must be one of \[18, 34, 50, 101, 152\], got 20"):
        residual_network("mine", 20, basic())


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((64,), r"resnet18: input_tensor must be \(height, width, channels\), got \(64,\)"),
        ((16, 64, 3), r"resnet18: images must be at least 32 x 32, got input_tensor \(16, 64, 3\)"),
    ],
)
def test_an_input_tensor_is_of_images_that_are_large_enough(shape, message):
    with pytest.raises(ValueError, match=message):
        applications.ResNet18(input_tensor=convolith.Input(shape))


@pytest.mark.parametrize("name", ["LeNet5", "VGG11", "ResNet18", "MobileNetV3Small"])
def test_what_layers_make_of_the_images_is_part_of_the_network(name, generator):
    network, images = getattr(applications, name), convolith.Input((40, 40, 3), name="images")
    scaled = layers.Rescaling(0.5, name="half")(layers.ZeroPadding2D(1)(images))
    model = network(input_tensor=scaled, classes=3)
    assert [layer.name for layer in model.layers[:3]] == ["images", "zero_padding2d", "half"]
    assert model.input_shape == (None, 40, 40, 3)
    plain = network(input_shape=(42, 42, 3), classes=3)
    weights = [generator.uniform(0.5, 1, weight.shape) if weight.ndim else weight for weight in plain.get_weights()]
    for one in (model, plain):
        one.set_weights(weights)
    pixels = generator.random((2, 40, 40, 3), np.float32)
    padded = np.pad(pixels, ((0, 0), (1, 1), (1, 1), (0, 0)))
    np.testing.assert_array_equal(model(pixels), plain(padded / 2))


def test_pixels_may_be_prepared_by_operations(generator):
    images, pixels = convolith.Input((32, 32, 3)), generator.integers(0, 256, (2, 32, 32, 3)).astype("float32")
    for prepare in (lambda x: x / 255.0, resnet_v2.preprocess_input):
        model = applications.ResNet18(input_tensor=prepare(images), classes=3)
        plain = applications.ResNet18(input_shape=(32, 32, 3), classes=3)
        weights = [generator.uniform(0.5, 1, weight.shape) for weight in plain.get_weights()]
        for one in (model, plain):
            one.set_weights(weights)
        np.testing.assert_allclose(model(pixels), plain(prepare(pixels)), rtol=1e-6)


def test_images_of_two_inputs():
    left, right = convolith.Input((32, 32, 2)), convolith.Input((32, 32, 1))
    model = applications.ResNet18(input_tensor=layers.Concatenate()([left, right]), classes=3)
    assert model.input_shape == [(None, 32, 32, 2), (None, 32, 32, 1)]
