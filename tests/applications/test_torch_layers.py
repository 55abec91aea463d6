"""Every layer of the networks that Keras lacks, or has in another form: its output's shape and its number of weights.

They are compared, layer by layer, with the same network written in torch: torchvision's by the names of its modules,
those that torchvision lacks too by names of their own, and those on the same random weights also in their outputs.
"""

from __future__ import annotations

import numpy as np
import pytest

from convolith import applications
from convolith.interop.torchvision import WEIGHTS
from convolith.interop.torchvision_names import FAMILIES, GOOGLENET, RESNET, by_rules

pytestmark = [pytest.mark.torch, pytest.mark.usefixtures("shapes_only")]

DEPTHS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
BLOCKS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
WIDTHS = {0.5: ((48, 96, 192), 1024), 1.0: ((116, 232, 464), 1024), 1.5: ((176, 352, 704), 1024)}
WIDTHS[2.0] = ((244, 488, 976), 2048)
RESIDUAL = "ResNet, ResNeXt or Wide ResNet"
IN_KERAS = {"DenseNet", "EfficientNet", "Inception-V3", "MobileNet V2", "MobileNet V3"}  # see test_keras_layers.py


def of_groups(depth, groups, width):
    return {"counts": DEPTHS[depth], "groups": groups, "width": width}


# The family whose modules' names hold, torch's network and its arguments, convolith's network and its.
TORCHVISION = {
    "AlexNet": ("AlexNet", ("AlexNet", {}), ("AlexNet", {"original": False})),
    "GoogLeNet": ("GoogLeNet", ("GoogLeNet", {}), ("GoogLeNet", {"original": False, "auxiliary": True})),
    "SqueezeNet 1.0": ("SqueezeNet", ("SqueezeNet", {"version": "1.0"}), ("SqueezeNet", {"version": "1.0"})),
    "SqueezeNet 1.1": ("SqueezeNet", ("SqueezeNet", {"version": "1.1"}), ("SqueezeNet", {})),
    "DenseNet-121": ("DenseNet", ("DenseNet121", {}), ("DenseNet121", {})),
    "Inception-V3": ("Inception-V3", ("InceptionV3", {}), ("InceptionV3", {"original": False})),
    "EfficientNet-B0": (
        "EfficientNet",
        ("EfficientNet", {"width": 1, "depth": 1, "epsilon": 1e-5}),
        ("EfficientNetB0", {"original": False}),
    ),
    "MobileNet V3 Large": ("MobileNet V3", ("MobileNetV3", {"large": True}), ("MobileNetV3Large", {"original": False})),
    "MobileNet V3 Small": (
        "MobileNet V3",
        ("MobileNetV3", {"large": False}),
        ("MobileNetV3Small", {"original": False}),
    ),
    "MobileNet V2": ("MobileNet V2", ("MobileNetV2", {}), ("MobileNetV2", {"original": False})),
    "ResNet-18": (RESIDUAL, ("ResNet", {"counts": DEPTHS[18]}), ("ResNet18", {})),
    "ResNet-34": (RESIDUAL, ("ResNet", {"counts": DEPTHS[34]}), ("ResNet34", {})),
    "Wide ResNet-50-2": (RESIDUAL, ("ResNet", of_groups(50, 1, 128)), ("WideResNet50", {})),
    "Wide ResNet-101-2": (RESIDUAL, ("ResNet", of_groups(101, 1, 128)), ("WideResNet101", {})),
    "ResNeXt-50 32x4d": (RESIDUAL, ("ResNet", of_groups(50, 32, 4)), ("ResNeXt50", {})),
    "ResNeXt-101 32x8d": (RESIDUAL, ("ResNet", of_groups(101, 32, 8)), ("ResNeXt101", {})),
}
for _depth in (50, 101, 152):
    _ours = (f"ResNet{_depth}", {"original": False})
    TORCHVISION[f"ResNet-{_depth}"] = (RESIDUAL, ("ResNet", of_groups(_depth, 1, 64)), _ours)
for _depth, _groups, _width in ((50, 64, 4), (101, 32, 4), (101, 64, 4)):
    _ours = ("ResNeXt", {"depth": _depth, "groups": _groups, "width": _width})
    _name = f"ResNeXt-{_depth} {_groups}x{_width}d"
    TORCHVISION[_name] = (RESIDUAL, ("ResNet", of_groups(_depth, _groups, _width)), _ours)
for _depth, _counts in BLOCKS.items():
    for _normalized in (False, True):
        _ours = (f"VGG{_depth}", {"batch_normalization": _normalized})
        _theirs = ("VGG", {"counts": _counts, "normalized": _normalized})
        TORCHVISION[f"VGG-{_depth}" + " normalized" * _normalized] = ("VGG", _theirs, _ours)
for _factor, (_stages, _last) in WIDTHS.items():
    _theirs = ("ShuffleNetV2", {"stages": _stages, "last": _last})
    TORCHVISION[f"ShuffleNet V2 x{_factor}"] = ("ShuffleNet V2", _theirs, ("ShuffleNetV2", {"width": _factor}))

PLAIN = by_rules({r"((?:conv|fc)\d)": r"\1"})
SMALL = by_rules({**RESNET, r"post_bn": "post"})
SE_RULES = {
    **RESNET,
    r"conv(\d)_block(\d+)_se_(reduce|excite)": lambda stack, block, end: f"layer{stack - 1}.{block - 1}.se.{end}",
}
MODULES = {"1x1": "one", "3x3_reduce": "three_reduce", "3x3": "three", "5x5_reduce": "five_reduce", "5x5": "five"}
MODULES |= {"pool_proj": "behind", "se_reduce": "se.reduce", "se_excite": "se.excite"}
PUBLISHED_GOOGLENET = by_rules(
    {
        **{pattern: name for pattern, name in GOOGLENET.items() if "_(conv|bn)" not in pattern},
        r"(conv1|conv2_reduce|conv2)": r"\1",
        rf"inception_(\w\w)_({'|'.join(MODULES)})": lambda module, part: f"inception{module}.{MODULES[part]}",
        r"auxiliary(\d)_conv": r"aux\1.conv",
    }
)

# The names of torch's modules for the layers, torch's network and its arguments at full size, convolith's network and
# its, and for outputs: the side of a small image, and what is then other in torch's network.
PUBLISHED = {
    "AlexNet": (PLAIN, ("PublishedAlexNet", {}), ("AlexNet", {}), 67, {"side": 1}),
    "ZFNet": (PLAIN, ("ZFNet", {}), ("ZFNet", {}), 63, {"side": 1}),
    "GoogLeNet": (PUBLISHED_GOOGLENET, ("PublishedGoogLeNet", {}), ("GoogLeNet", {}), 65, {}),
    "GoogLeNet with its heads": (
        PUBLISHED_GOOGLENET, ("PublishedGoogLeNet", {"auxiliary": True}), ("GoogLeNet", {"auxiliary": True}), 224, {},
    ),
    "SE-Inception": (PUBLISHED_GOOGLENET, ("PublishedGoogLeNet", {"squeeze": True}), ("SEInception", {}), 64, {}),
    "SE-ResNet-18": (by_rules(SE_RULES), ("SEResNet", {"counts": DEPTHS[18]}), ("SEResNet18", {}), 64, {}),
    "SE-ResNet-50": (by_rules(SE_RULES), ("SEResNet", of_groups(50, 1, 64)), ("SEResNet50", {}), 65, {}),
    "ResNet-1001": (SMALL, ("SmallResNet", {"count": 111, "bottlenecks": True}), ("ResNet1001", {}), None, {}),
    "ResNet-164": (
        SMALL, ("SmallResNet", {"count": 18, "bottlenecks": True}), ("CIFARResNet", {"depth": 164}), 32, {},
    ),
    "Wide ResNet-28-10": (SMALL, ("SmallResNet", {"count": 4, "width": 10}), ("WideResNet", {}), None, {}),
    "Wide ResNet-16-2": (
        SMALL, ("SmallResNet", {"count": 2, "width": 2}), ("WideResNet", {"depth": 16, "width": 2}), 33, {},
    ),
    **{
        f"ResNet-{depth}": (SMALL, ("SmallResNet", {"count": (depth - 2) // 6}), (f"ResNet{depth}", {}), 32, {})
        for depth in (20, 32, 44, 56, 110)
    },
}  # fmt: skip


def torch_network(kind, arguments, classes):
    from tests.applications import (
        torch_dense_networks,
        torch_early_networks,
        torch_inception,
        torch_inverted_networks,
        torch_networks,
        torch_residual_networks,
    )

    modules = [torch_dense_networks, torch_early_networks, torch_inception, torch_inverted_networks]
    modules += [torch_networks, torch_residual_networks]
    return getattr(next(one for one in modules if hasattr(one, kind)), kind)(classes, **arguments)


def modules_of(torch, network, size):
    """The output shapes and numbers of weights of the modules that a pass reaches, by their names; the other steps."""
    from tests.applications.torch_shapes import Recorder, turned

    found, recorder = {}, Recorder()

    def named(name, weights):
        def record(module, inputs, output):
            found[name] = (turned(output.shape), weights)

        return record

    for name, module in network.named_modules():
        if weights := sum(one.numel() for one in module.parameters(recurse=False)):
            module.register_forward_hook(named(name, weights))
    with torch.device("meta"):
        images = torch.empty(1, 3, size, size)
        with recorder:
            network(images)
    return found, recorder


def layers_of(model, names):
    """The output shapes and numbers of weights of convolith's layers, by their modules' names."""
    from tests.applications.torch_shapes import maps

    found = {}
    for layer in model.layers:
        if weights := sum(one.value.size for one in layer.trainable_weights):
            found[names[layer.name]] = (maps(layer.output.shape[1:]), weights)
    return found


def assert_same_steps(model, recorder):
    """The layers without weights, too, have the shapes of torch's."""
    from tests.applications.torch_shapes import steps_of

    steps, padded = steps_of(model)
    assert steps == recorder.steps
    assert not padded - recorder.padded  # a border may also be its convolution's own


@pytest.mark.parametrize("name", TORCHVISION)
def test_layers_of_torchvision(torch, name):
    family, (kind, arguments), (network, ours) = TORCHVISION[name]
    model = getattr(applications, network)(**ours)
    with torch.device("meta"):
        theirs = torch_network(kind, arguments, 1000).eval()
    expected, recorder = modules_of(torch, theirs, model.input_shape[1])
    assert layers_of(model, FAMILIES[family].named(model.layers)) == expected
    if family not in IN_KERAS:
        assert_same_steps(model, recorder)


@pytest.mark.parametrize("name", PUBLISHED)
def test_layers_as_published(torch, name):
    named, (kind, arguments), (network, ours), _, _ = PUBLISHED[name]
    model = getattr(applications, network)(**ours)
    size = model.input_shape[1]
    with torch.device("meta"):
        theirs = torch_network(kind, arguments, 10 if size == 32 else 1000).eval()
    expected, recorder = modules_of(torch, theirs, size)
    assert layers_of(model, named(model.layers)) == expected
    assert_same_steps(model, recorder)


@pytest.mark.parametrize("name", [name for name, (*_, size, _) in PUBLISHED.items() if size])
def test_outputs_as_published(torch, generator, name):
    from tests.applications.torch_networks import randomized

    named, (kind, arguments), (network, ours), size, small = PUBLISHED[name]
    torch.manual_seed(1)
    theirs = randomized(torch_network(kind, {**arguments, **small}, 7))
    model = getattr(applications, network)(input_shape=(size, size, 3), classes=7, classifier_activation=None, **ours)
    names = named(model.layers)
    for layer in model.layers:
        for weight in layer.weights:
            array = getattr(theirs.get_submodule(names[layer.name]), WEIGHTS[weight.name]).detach().numpy()
            weight.assign(array.transpose(*((2, 3, 1, 0) if array.ndim == 4 else range(array.ndim)[::-1])))
    image = generator.standard_normal((2, size, size, 3)).astype("float32")
    with torch.no_grad():
        expected = theirs(torch.from_numpy(image.transpose(0, 3, 1, 2).copy()))
    found = model(image)
    expected = expected if isinstance(expected, dict) else {"predictions": expected}
    found = found if isinstance(found, dict) else {"predictions": found}
    assert sorted(found) == sorted(expected)
    # Each layer rounds, here and there; the roundings of n layers add up as a random walk does.
    rounding = 8 * np.sqrt(len(model.layers)) * np.finfo(np.float32).eps
    for head, values in expected.items():
        values = values.numpy()
        np.testing.assert_allclose(found[head], values, rtol=0, atol=rounding * np.abs(values).max())
