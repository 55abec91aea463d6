"""Weights in torchvision's layout: outputs as those of its networks, written in torch."""

from __future__ import annotations

import numpy as np
import pytest
from safetensors.numpy import save_file

from convolith import applications

pytestmark = [pytest.mark.torch, pytest.mark.usefixtures("shapes_only")]
LOGITS = {"classes": 7, "classifier_activation": None}

# Arguments of convolith's network and of torch's, and the side of an image.
NETWORKS = {
    "AlexNet": (127, {"original": False}, ("AlexNet", {"side": 3})),
    "VGG16": (64, {}, ("VGG", {"side": 2})),
    "VGG16 normalized": (64, {"batch_normalization": True}, ("VGG", {"side": 2, "normalized": True})),
    "GoogLeNet": (64, {"original": False, "auxiliary": True}, ("GoogLeNet", {})),
    "ResNet18": (64, {}, ("ResNet", {"counts": (2, 2, 2, 2)})),
    "ResNet50": (64, {"original": False}, ("ResNet", {"counts": (3, 4, 6, 3), "width": 64})),
    "ResNeXt50": (64, {}, ("ResNet", {"counts": (3, 4, 6, 3), "width": 4, "groups": 32})),
    "WideResNet50": (64, {}, ("ResNet", {"counts": (3, 4, 6, 3), "width": 128})),
    "SqueezeNet": (64, {"version": "1.1"}, ("SqueezeNet", {"version": "1.1"})),
    "SqueezeNet 1.0": (64, {"version": "1.0"}, ("SqueezeNet", {"version": "1.0"})),
    "DenseNet121": (64, {}, ("DenseNet121", {})),
    "ShuffleNetV2": (64, {}, ("ShuffleNetV2", {})),
    "ConvNeXtTiny": (64, {"include_preprocessing": False}, ("ConvNeXtTiny", {})),
    "MobileNetV2": (65, {"original": False}, ("MobileNetV2", {})),
    "MobileNetV2 even": (64, {"original": False}, ("MobileNetV2", {})),
    "MobileNetV3Large": (64, {"original": False, "include_preprocessing": False}, ("MobileNetV3", {"large": True})),
    "MobileNetV3Small": (64, {"original": False, "include_preprocessing": False}, ("MobileNetV3", {"large": False})),
    "EfficientNetB0": (64, {"original": False}, ("EfficientNet", {"width": 1, "depth": 1, "epsilon": 1e-5})),
    "EfficientNetB2": (64, {"original": False}, ("EfficientNet", {"width": 1.1, "depth": 1.2, "epsilon": 1e-5})),
    "InceptionV3": (75, {"original": False}, ("InceptionV3", {})),
}


def made(torch, name):
    """A network of torch's with normalisations that are not at rest."""
    from tests.applications import (
        torch_convnext,
        torch_dense_networks,
        torch_inception,
        torch_inverted_networks,
        torch_networks,
    )

    _, _, (kind, arguments) = NETWORKS[name]
    modules = (torch_networks, torch_dense_networks, torch_convnext, torch_inverted_networks, torch_inception)
    module = next(one for one in modules if hasattr(one, kind))
    torch.manual_seed(1)
    return torch_networks.randomized(getattr(module, kind)(classes=7, **arguments))


@pytest.fixture
def written(torch, tmp_path):
    def write(name):
        network = made(torch, name)
        save_file({key: value.numpy() for key, value in network.state_dict().items()}, tmp_path / "w.safetensors")
        return network, tmp_path / "w.safetensors"

    return write


@pytest.mark.parametrize("name", NETWORKS)
def test_outputs(torch, written, generator, name):
    size, arguments, _ = NETWORKS[name]
    theirs, path = written(name)
    ours = getattr(applications, name.split()[0])(weights=path, input_shape=(size, size, 3), **LOGITS, **arguments)
    image = generator.standard_normal((2, size, size, 3)).astype("float32")
    with torch.no_grad():  # in float64: torch's own roundings are as large as ours
        expected = theirs.double()(torch.from_numpy(image.transpose(0, 3, 1, 2).astype(np.float64)))
    found = ours(image)
    if not isinstance(expected, dict):
        found, expected = {"predictions": found}, {"predictions": expected}
    assert sorted(found) == sorted(expected)
    # Each layer rounds, here and there; the roundings of n layers add up as a random walk does.
    rounding = 8 * np.sqrt(len(ours.layers)) * np.finfo(np.float32).eps
    for head, values in expected.items():
        values = values.numpy()
        np.testing.assert_allclose(found[head], values, rtol=0, atol=rounding * np.abs(values).max())


def test_heads_may_be_left_out(torch, written):
    theirs, path = written("GoogLeNet")
    ours = applications.GoogLeNet(False, weights=path, input_shape=(64, 64, 3), **LOGITS)
    np.testing.assert_array_equal(ours.weights[-2], theirs.fc.weight.detach().numpy().T)
    ours = applications.GoogLeNet(False, weights=path, input_shape=(64, 64, 3), include_top=False)
    np.testing.assert_array_equal(ours.get_layer("conv1_bn").beta, theirs.conv1.bn.bias.detach().numpy())
    _, path = written("SqueezeNet")
    applications.SqueezeNet(weights=path, input_shape=(64, 64, 3), include_top=False)


def small(**tensors):
    """A ResNet-18's tensors with changes; None takes one away."""
    model = applications.ResNet18(input_shape=(32, 32, 3), classes=7)
    from convolith.interop.torchvision import WEIGHTS
    from convolith.interop.torchvision_names import FAMILIES

    names = FAMILIES["ResNet, ResNeXt or Wide ResNet"].named(model.layers)
    found = {}
    for layer in model.layers:
        for weight in layer.weights:
            axes = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}[len(weight.shape)]
            found[f"{names[layer.name]}.{WEIGHTS[weight.name]}"] = weight.numpy().transpose(axes).copy()
    found |= tensors
    return model, {name: array for name, array in found.items() if array is not None}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fc.bias": None}, r"fc.bias is missing, for predictions/bias float32\[7\]"),
        ({"layer9.bias": np.ones(1, "f4")}, r"another model than this ResNet.*: not in the model \['layer9.bias'\]"),
        ({"fc.weight": np.ones((8, 512), "f4")}, r"fc.weight must be .* got float32\[512, 8\]"),
        ({"fc.bias": np.ones(7, "i4")}, r"fc.bias must be .* got int32\[7\]"),
        ({"conv1.weight": np.ones((3, 64, 7, 7), "f4")}, r"conv1.weight must be .* got float32\[7, 7, 64, 3\]"),
    ],
)
def test_what_does_not_fit_changes_nothing(tmp_path, changes, message):
    model, tensors = small(**changes)
    save_file({name: array + 1 for name, array in tensors.items()}, tmp_path / "w.safetensors")
    with pytest.raises(ValueError, match=f"w.safetensors: .*{message}"):
        model.load_weights(tmp_path / "w.safetensors")
    assert not any(weight.any() for weight in model.get_weights()[-2:])


@pytest.mark.parametrize("name", ["SEResNet18", "ResNet50V2", "Xception", "GoogLeNet", "MobileNet"])
def test_networks_that_are_not_torchvision_s(tmp_path, name):
    save_file({"features.0.weight": np.ones(1, "f4")}, tmp_path / "w.safetensors")
    with pytest.raises(
        ValueError, match="none of the networks whose weights are read in torchvision's layout: AlexNet"
    ):
        getattr(applications, name)(weights=tmp_path / "w.safetensors")


@pytest.mark.parametrize(
    ("variant", "width", "depth", "epsilon"), [(1, 1.0, 1.1, 1e-5), (4, 1.4, 1.8, 1e-5), (5, 1.6, 2.2, 1e-3)]
)
def test_larger_efficientnets_have_torchvision_s_parts(torch, variant, width, depth, epsilon):
    from convolith.interop import torchvision
    from tests.applications.torch_inverted_networks import EfficientNet

    with torch.device("meta"):
        theirs = EfficientNet(7, width, depth, epsilon).state_dict()
    tensors = {key: np.broadcast_to(np.float32(1), tuple(value.shape)) for key, value in theirs.items()}
    ours = getattr(applications, f"EfficientNetB{variant}")(original=False, input_shape=(32, 32, 3), classes=7)
    pairs = torchvision.pairs(ours, tensors)  # which raises for what is too much
    assert [pair.array.shape for pair in pairs] == [weight.shape for weight in ours.weights]
    assert {layer.epsilon for layer in ours.layers if type(layer).__name__ == "BatchNormalization"} == {epsilon}


@pytest.mark.parametrize("top", [True, False])
@pytest.mark.parametrize(
    "name", ["AlexNet", "EfficientNetB0", "InceptionV3", "MobileNetV2", "MobileNetV3Small", "ResNet50"]
)
def test_networks_that_torchvision_has_in_another_form(tmp_path, name, top):
    save_file({"features.0.weight": np.ones(1, "f4")}, tmp_path / "w.safetensors")
    with pytest.raises(ValueError, match="is not torchvision's network of this name, .* make it with original=False"):
        getattr(applications, name)(weights=tmp_path / "w.safetensors", include_top=top)


@pytest.mark.parametrize("name", ["EfficientNetB0", "InceptionV3", "MobileNetV2", "MobileNetV3Small", "ResNet50"])
def test_keras_s_weights_are_not_for_torchvision_s_forms(name):
    with pytest.raises(ValueError, match="Keras has published no weights of this network"):
        getattr(applications, name)(weights="imagenet", original=False)


@pytest.mark.parametrize("name", ["MobileNetV3Small", "EfficientNetB0"])
def test_torchvision_s_forms_scale_pixels_themselves(name, generator):
    model = getattr(applications, name)(original=False, input_shape=(32, 32, 3))
    pixels = generator.uniform(0, 255, (1, 32, 32, 3)).astype("float32")
    scaling = next(layer for layer in model.layers if type(layer).__name__ == "Normalization")
    expected = applications.imagenet_utils.preprocess_input(pixels, mode="torch")
    np.testing.assert_allclose(scaling(pixels), expected, rtol=0, atol=1e-6)
