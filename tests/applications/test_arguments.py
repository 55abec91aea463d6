"""What the networks' arguments do and refuse."""

from __future__ import annotations

import importlib
import inspect

import numpy as np
import pytest

import convolith
from convolith import applications
from convolith.applications import cifar_resnet, densenet, efficientnet, googlenet, imagenet, lenet, resnet_v2

pytestmark = pytest.mark.usefixtures("shapes_only")

# The smallest image's height and width; what comes out of it without the top.
LEAST = {
    "LeNet5": (12, (1, 1, 16)),
    "AlexNet": (67, (1, 1, 256)),
    "ZFNet": (63, (1, 1, 256)),
    "VGG16": (32, (1, 1, 512)),
    "GoogLeNet": (32, (1, 1, 1024)),
    "SEInception": (32, (1, 1, 1024)),
    "InceptionV3": (75, (1, 1, 2048)),
    "InceptionResNetV2": (75, (1, 1, 1536)),
    "ResNet18": (32, (1, 1, 512)),
    "ResNet50": (32, (1, 1, 2048)),
    "ResNet50V2": (32, (1, 1, 2048)),
    "ResNet20": (8, (2, 2, 64)),
    "DenseNet121": (32, (1, 1, 1024)),
    "MobileNet": (32, (1, 1, 1024)),
    "MobileNetV2": (32, (1, 1, 1280)),
    "MobileNetV3Large": (32, (1, 1, 960)),
    "ShuffleNetV2": (32, (1, 1, 1024)),
    "SqueezeNet": (32, (1, 1, 512)),
    "EfficientNetB0": (32, (1, 1, 1280)),
    "Xception": (71, (3, 3, 2048)),
    "ConvNeXtTiny": (32, (1, 1, 768)),
}
ORDER = [
    "include_top", "weights", "input_tensor", "input_shape", "pooling", "classes", "classifier_activation", "name",
]  # fmt: skip


@pytest.mark.parametrize("name", LEAST)
def test_smallest_images(name):
    least, shape = LEAST[name]
    network = getattr(applications, name)
    assert network(input_shape=(least, least, 3), include_top=False).output_shape == (None, *shape)
    assert network(input_shape=(least, least, 3), classes=3).output_shape == (None, 3)
    with pytest.raises(ValueError, match=f"must be at least {least} x {least}, got input_shape"):
        network(input_shape=(least, least - 1, 3))


@pytest.mark.parametrize("name", LEAST)
def test_channels_first_are_refused(name):
    network = getattr(applications, name)
    images = {"original": True} if name == "LeNet5" else {"input_tensor": convolith.Input((96, 96, 3))}
    convolith.config.set_image_data_format("channels_first")
    try:
        for given in ({}, images):
            with pytest.raises(ValueError, match="channels last: .* must be .channels_last. .*, got 'channels_first'"):
                network(weights=None, **given)
    finally:
        convolith.config.set_image_data_format("channels_last")


@pytest.mark.parametrize("name", LEAST)
@pytest.mark.parametrize("pooling", ["avg", "max"])
def test_pooling_instead_of_the_top(name, pooling):
    least, shape = LEAST[name]
    model = getattr(applications, name)(input_shape=(least, least, 3), include_top=False, pooling=pooling)
    assert model.output_shape == (None, shape[-1])


@pytest.mark.parametrize("name", LEAST)
def test_refused(name):
    network = getattr(applications, name)
    with pytest.raises(ValueError, match='pooling must be None, "avg" or "max", got \'sum\''):
        network(include_top=False, pooling="sum")
    with pytest.raises(ValueError, match=r"input_shape must be \(height, width, channels\), got \(None, None, 3\)"):
        network(input_shape=(None, None, 3))
    with pytest.raises(TypeError, match="include_head"):
        network(include_head=False)
    for wrong in ("weights.safetensors", 10, None):
        with pytest.raises(ValueError, match=f"include_top must be True or False, got {wrong!r}; a file goes to"):
            network(include_top=wrong)


def test_pooling_is_of_no_effect_with_the_top_as_in_keras(keras):
    for network in (applications.MobileNet, keras.applications.MobileNet):
        assert network(weights=None, pooling="sum", input_shape=(32, 32, 3), classes=3).output_shape == (None, 3)


def test_pixels_and_classes_of_cifar():
    pixels = np.array([[[255, 0, 51]]], np.uint8)
    expected = [[[(255 - 125.3) / 63, -123 / 62.1, (51 - 113.9) / 66.7]]]
    np.testing.assert_allclose(cifar_resnet.preprocess_input(pixels), expected, rtol=1e-5)
    scores = np.zeros((1, 100))
    scores[0, 7] = 1
    assert cifar_resnet.decode_predictions(scores[:, :10], top=1) == [[("7", "horse", 1.0)]]
    assert cifar_resnet.decode_predictions(scores, top=1) == [[("7", "beetle", 1.0)]]
    assert cifar_resnet.decode_predictions(scores[:, 7:9], 1, ("yes", "no")) == [[("0", "yes", 1.0)]]
    with pytest.raises(ValueError, match=r"preds must have shape \(batch, 10\), got \(1, 12\)"):
        cifar_resnet.decode_predictions(scores[:, :12])
    with pytest.raises(ValueError, match="3 channels on axis -1"):
        cifar_resnet.preprocess_input(np.zeros((2, 2, 1)))


@pytest.mark.parametrize(
    "name", ["LeNet5", "ResNet20", "VGG16", "ResNet50", "ResNet50V2", "DenseNet121", "EfficientNetB0", "ResNet18"]
)
def test_order_of_arguments_is_keras_s(name):
    network = getattr(applications, name)
    assert list(inspect.signature(network).parameters)[:8] == ORDER
    model = network(False, None, None, (64, 64, 3), "avg", 10, None, "mine")
    assert (model.name, len(model.output_shape)) == ("mine", 2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: applications.LeNet5("weights.safetensors"), "lenet5: include_top must be True or False"),
        (lambda: applications.VGG(12), "vgg12: depth must be one of"),
        (lambda: densenet.DenseNet(120), "densenet120: depth must be one of"),
        (lambda: resnet_v2.ResNetV2(18), "resnet18v2: depth must be 50, 101 or 152"),
        (lambda: efficientnet.EfficientNet(8), "efficientnetb8: variant must be 0 to 7"),
        (lambda: applications.CIFARResNet(21), r"resnet21: depth must be 6n \+ 2, 164 or 1001"),
        (lambda: applications.WideResNet(20), r"wide_resnet20_10: depth must be 6n \+ 4"),
        (lambda: applications.ShuffleNetV2(0.75), "width must be one of"),
        (lambda: applications.SqueezeNet("2.0"), 'version must be "1.0" or "1.1"'),
        (lambda: googlenet.GoogLeNet(auxiliary=True, include_top=False), "auxiliary heads need include_top=True"),
        (lambda: imagenet.preprocess_input(np.zeros((2, 2, 1))), "3 channels on axis -1"),
        (lambda: imagenet.preprocess_input(np.zeros(3), mode="bgr"), 'mode must be "caffe", "tf" or "torch"'),
        (lambda: imagenet.preprocess_input(np.zeros(3), "channels_first"), "3 channels on axis -3"),
        (lambda: imagenet.preprocess_input(np.zeros(3), "last"), 'data_format must be "channels_last" or'),
        (lambda: imagenet.decode_predictions(np.zeros(1000)), r"preds must have shape \(batch, 1000\)"),
        (lambda: imagenet.decode_predictions(np.zeros((1, 1000)), top=0), "top must be in 1 to 1000, got 0"),
        (lambda: imagenet.decode_predictions(np.zeros((1, 1000)), top=2.5), "top must be in 1 to 1000, got 2.5"),
    ],
)
def test_refused_values(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_an_input_tensor_and_a_weight_file(tmp_path):
    inputs = convolith.layers.Input((32, 32, 3))
    model = applications.ResNet18(input_tensor=inputs, classes=5)
    assert model.input_shape == (None, 32, 32, 3)
    model.get_layer("predictions").bias.assign(np.arange(5, dtype="float32"))
    model.save_weights(tmp_path / "weights.safetensors")
    again = applications.ResNet18(weights=tmp_path / "weights.safetensors", input_shape=(64, 64, 3), classes=5)
    assert np.asarray(again.get_layer("predictions").bias).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("name", ["ConvNeXtTiny", "MobileNetV3Small"])
def test_saved_models_come_back_with_their_own_layers(name, tmp_path):
    model = getattr(applications, name)(input_shape=(75, 75, 3), classes=5)
    model.save(tmp_path / "model.convolith")
    again = convolith.models.load_model(tmp_path / "model.convolith")
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
    assert again.count_params() == model.count_params()


def test_preprocessing():
    pixels = np.array([[[255, 0, 51]]], np.uint8)
    np.testing.assert_allclose(imagenet.preprocess_input(pixels, mode="tf"), [[[1, -1, -0.6]]], atol=1e-6)
    np.testing.assert_allclose(
        imagenet.preprocess_input(pixels, mode="torch"),
        [[[(1 - 0.485) / 0.229, -0.456 / 0.224, (0.2 - 0.406) / 0.225]]],
        rtol=1e-6,
    )
    np.testing.assert_allclose(
        imagenet.preprocess_input(pixels, mode="caffe"), [[[51 - 103.939, -116.779, 255 - 123.68]]], rtol=1e-6
    )
    assert pixels.tolist() == [[[255, 0, 51]]]


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float64", "float32"])
@pytest.mark.parametrize(
    "prepare",
    [
        lenet.preprocess_input,
        lambda x: lenet.preprocess_input(x, original=True),
        cifar_resnet.preprocess_input,
        *(lambda x, mode=mode: imagenet.preprocess_input(x, mode=mode) for mode in ("tf", "torch", "caffe")),
    ],
)
def test_preprocessing_gives_float32_whatever_comes(prepare, dtype, generator):
    pixels = generator.integers(0, 256, (2, 4, 5, 3)).astype(dtype)
    inputs = convolith.layers.Input((4, 5, 3), dtype=dtype)
    model = convolith.Model(inputs, prepare(inputs))
    assert prepare(pixels).dtype == model.outputs[0].dtype == model(pixels).dtype == "float32"
    np.testing.assert_array_equal(model(pixels), prepare(pixels))


@pytest.mark.parametrize("mode", ["tf", "torch", "caffe"])
def test_preprocessing_in_a_model_and_with_the_channels_first(mode, generator):
    pixels = generator.integers(0, 256, (2, 4, 5, 3)).astype("float32")
    expected = imagenet.preprocess_input(pixels, mode=mode)
    inputs = convolith.layers.Input((4, 5, 3))
    model = convolith.Model(inputs, imagenet.preprocess_input(inputs, mode=mode))
    np.testing.assert_array_equal(model(pixels), expected)
    first = imagenet.preprocess_input(pixels.transpose(0, 3, 1, 2), "channels_first", mode)
    np.testing.assert_array_equal(first.transpose(0, 2, 3, 1), expected)


@pytest.mark.parametrize(
    "name", [name for name in applications.__all__ if inspect.isfunction(getattr(applications, name))]
)
def test_each_network_s_module_prepares_images_and_names_classes(name):
    network = getattr(applications, name)
    if "input_shape" in inspect.signature(network).parameters:  # not transfer and its kind
        module = importlib.import_module(network.__module__)
        assert callable(module.preprocess_input) and callable(module.decode_predictions)


# The modules of the networks for photographs, and a function of each; what each makes of the pixel (255, 0, 51).
MODULES = {
    "alexnet": ("AlexNet", "torch"),
    "convnext": ("ConvNeXtTiny", None),
    "densenet": ("DenseNet121", "torch"),
    "efficientnet": ("EfficientNetB0", None),
    "inception_resnet_v2": ("InceptionResNetV2", "tf"),
    "googlenet": ("GoogLeNet", "tf"),
    "inception_v3": ("InceptionV3", "tf"),
    "mobilenet": ("MobileNet", "tf"),
    "mobilenet_v2": ("MobileNetV2", "tf"),
    "mobilenet_v3": ("MobileNetV3Small", None),
    "resnet": ("ResNet50", "caffe"),
    "resnet50": ("ResNet50", "caffe"),
    "resnet_v2": ("ResNet50V2", "tf"),
    "shufflenet_v2": ("ShuffleNetV2", "torch"),
    "squeezenet": ("SqueezeNet", "torch"),
    "vgg": ("VGG13", "caffe"),
    "vgg16": ("VGG16", "caffe"),
    "vgg19": ("VGG19", "caffe"),
    "xception": ("Xception", "tf"),
    "zfnet": ("ZFNet", "caffe"),
}


@pytest.mark.parametrize("name", MODULES)
def test_modules_have_what_keras_s_have(name):
    module = importlib.import_module(f"convolith.applications.{name}")
    network, mode = MODULES[name]
    assert getattr(module, network) is getattr(applications, network)
    assert module.decode_predictions is imagenet.decode_predictions
    pixels = np.array([[[255, 0, 51]]], np.uint8)
    expected = pixels if mode is None else imagenet.preprocess_input(pixels, mode=mode)
    np.testing.assert_array_equal(module.preprocess_input(pixels), expected)


def test_names_of_the_classes():
    names = imagenet.class_names()
    assert len(names) == len({number for number, _ in names}) == 1000
    assert [names[place] for place in (0, 207, 281, 999)] == [
        ("n01440764", "tench"),
        ("n02099601", "golden_retriever"),
        ("n02123045", "tabby"),
        ("n15075141", "toilet_tissue"),
    ]
    scores = np.zeros((2, 1000), np.float32)
    scores[0, [281, 207]] = 0.5, 0.25
    assert imagenet.decode_predictions(scores, top=2)[0] == [
        ("n02123045", "tabby", 0.5),
        ("n02099601", "golden_retriever", 0.25),
    ]
