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
    "VGG16": (64, {}, ("VGG16", {"side": 2})),
    "VGG16 normalized": (64, {"batch_normalization": True}, ("VGG16", {"side": 2, "normalized": True})),
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
}


def made(torch, name):
    """A network of torch's with normalisations that are not at rest."""
    from tests.applications import torch_convnext, torch_dense_networks, torch_networks

    _, _, (kind, arguments) = NETWORKS[name]
    module = next(one for one in (torch_networks, torch_dense_networks, torch_convnext) if hasattr(one, kind))
    torch.manual_seed(1)
    network = getattr(module, kind)(classes=7, **arguments).eval()
    with torch.no_grad():
        for part in network.modules():
            if isinstance(part, torch.nn.BatchNorm2d):
                for values in (part.weight, part.bias, part.running_mean, part.running_var):
                    values.uniform_(0.75, 1.25)
            elif isinstance(part, (torch.nn.Conv2d, torch.nn.Linear)):
                torch.nn.init.kaiming_normal_(part.weight)
    return network


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
    with torch.no_grad():
        expected = theirs(torch.from_numpy(image.transpose(0, 3, 1, 2).copy()))
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

    names = FAMILIES["ResNet, ResNeXt or Wide ResNet"](model.layers)
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


@pytest.mark.parametrize("name", ["MobileNetV2", "EfficientNetB0", "SEResNet18", "InceptionV3"])
def test_networks_that_are_not_torchvision_s(tmp_path, name):
    save_file({"features.0.weight": np.ones(1, "f4")}, tmp_path / "w.safetensors")
    with pytest.raises(
        ValueError, match="none of the networks whose weights are read in torchvision's layout: AlexNet"
    ):
        getattr(applications, name)(weights=tmp_path / "w.safetensors")
