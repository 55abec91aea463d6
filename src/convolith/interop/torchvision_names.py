"""The names of torchvision's modules for the layers of the same networks, a function or a table a family."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Union

from convolith.layers import Activation, BatchNormalization, Concatenate, Conv2D, MaxPooling2D

Names = dict[str, str]
Rules = dict[str, Union[str, Callable[..., str]]]  # noqa: UP007  (evaluated at run time)


def by_rules(rules: Rules) -> Callable[[list[Any]], Names]:
    """Name modules by regular expressions of layers' whole names; a function gets the numbers in the groups."""

    def named(layers: list[Any]) -> Names:
        names = {}
        for layer in layers:
            for pattern, name in rules.items():
                if match := re.fullmatch(pattern, layer.name):
                    groups = [int(group) if group.isdigit() else group for group in match.groups()]
                    names[layer.name] = match.expand(name) if isinstance(name, str) else name(*groups)
        return names

    return named


def vgg(layers: list[Any]) -> Names:
    """Name VGG's modules: a list of convolutions, normalisations, activations and poolings."""
    names = {"fc1": "classifier.0", "fc2": "classifier.3", "predictions": "classifier.6"}
    place = 0
    for layer in layers:
        if re.fullmatch(r"block\d_conv\d(_bn)?", layer.name):
            names[layer.name] = f"features.{place}"
        rectifies = isinstance(layer, Conv2D) and getattr(layer.activation, "__name__", "") == "relu"
        place += 2 if rectifies else isinstance(layer, (Conv2D, BatchNormalization, Activation, MaxPooling2D))
    return names


def squeezenet(layers: list[Any]) -> Names:
    """Name SqueezeNet's modules: a list of a convolution, an activation, poolings and fire modules."""
    names = {"conv1": "features.0", "conv10": "classifier.1"}
    place = 2
    for layer in layers:
        if match := re.fullmatch(r"fire\d_(\w+)", layer.name):
            names[layer.name] = f"features.{place}.{match[1]}"
        place += isinstance(layer, (MaxPooling2D, Concatenate))
    return names


ALEXNET: Rules = {
    r"conv([1-5])": lambda number: f"features.{(0, 3, 6, 8, 10)[number - 1]}",
    r"fc([6-8])": lambda number: f"classifier.{(1, 4, 6)[number - 6]}",
}
RESNET: Rules = {
    r"conv1_conv": "conv1",
    r"conv1_bn": "bn1",
    r"conv(\d)_block(\d+)_([1-3])_(conv|bn)": lambda stack, block, n, kind: f"layer{stack - 1}.{block - 1}.{kind}{n}",
    r"conv(\d)_block(\d+)_0_conv": lambda stack, block: f"layer{stack - 1}.{block - 1}.downsample.0",
    r"conv(\d)_block(\d+)_0_bn": lambda stack, block: f"layer{stack - 1}.{block - 1}.downsample.1",
    r"predictions": "fc",
}
GOOGLENET: Rules = {
    r"conv1_(conv|bn)": r"conv1.\1",
    r"conv2_reduce_(conv|bn)": r"conv2.\1",
    r"conv2_(conv|bn)": r"conv3.\1",
    r"inception_(\w\w)_1x1_(conv|bn)": r"inception\1.branch1.\2",
    r"inception_(\w\w)_3x3_reduce_(conv|bn)": r"inception\1.branch2.0.\2",
    r"inception_(\w\w)_3x3_(conv|bn)": r"inception\1.branch2.1.\2",
    r"inception_(\w\w)_5x5_reduce_(conv|bn)": r"inception\1.branch3.0.\2",
    r"inception_(\w\w)_5x5_(conv|bn)": r"inception\1.branch3.1.\2",
    r"inception_(\w\w)_pool_proj_(conv|bn)": r"inception\1.branch4.1.\2",
    r"auxiliary(\d)_conv_(conv|bn)": r"aux\1.conv.\2",
    r"auxiliary(\d)_fc": r"aux\1.fc1",
    r"auxiliary(\d)": r"aux\1.fc2",
    r"predictions": "fc",
}
DENSENET: Rules = {
    r"conv1_conv": "features.conv0",
    r"conv1_bn": "features.norm0",
    r"conv(\d)_block(\d+)_([12])_conv": lambda stack, n, k: f"features.denseblock{stack - 1}.denselayer{n}.conv{k}",
    r"conv(\d)_block(\d+)_([01])_bn": lambda stack, n, k: f"features.denseblock{stack - 1}.denselayer{n}.norm{k + 1}",
    r"pool(\d)_conv": lambda stack: f"features.transition{stack - 1}.conv",
    r"pool(\d)_bn": lambda stack: f"features.transition{stack - 1}.norm",
    r"bn": "features.norm5",
    r"predictions": "classifier",
}
# The places of a ShuffleNet unit's convolutions and normalisations, by the ends of their names.
UNIT = {
    "0_dw": "branch1.0", "0_dw_bn": "branch1.1", "0_conv": "branch1.2", "0_bn": "branch1.3",
    "1_conv": "branch2.0", "1_bn": "branch2.1",
    "2_dw": "branch2.3", "2_dw_bn": "branch2.4", "2_conv": "branch2.5", "2_bn": "branch2.6",
}  # fmt: skip
SHUFFLENET: Rules = {
    r"conv(\d)_conv": r"conv\1.0",
    r"conv(\d)_bn": r"conv\1.1",
    rf"stage(\d)_block(\d)_({'|'.join(UNIT)})": lambda stage, block, end: f"stage{stage}.{block - 1}.{UNIT[end]}",
    r"predictions": "fc",
}
BLOCK = {"depthwise_conv": 0, "layernorm": 2, "pointwise_conv_1": 3, "pointwise_conv_2": 5}
CONVNEXT: Rules = {
    r".*_stem_conv": "features.0.0",
    r".*_stem_layernorm": "features.0.1",
    r".*_downsampling_layernorm_(\d)": lambda stage: f"features.{2 * stage + 2}.0",
    r".*_downsampling_conv_(\d)": lambda stage: f"features.{2 * stage + 2}.1",
    rf".*_stage_(\d)_block_(\d)_({'|'.join(BLOCK)})": (
        lambda stage, block, end: f"features.{2 * stage + 1}.{block}.block.{BLOCK[end]}"
    ),
    r".*_stage_(\d)_block_(\d)_layer_scale": lambda stage, block: f"features.{2 * stage + 1}.{block}.layer_scale",
    r".*_head_layernorm": "classifier.0",
    r".*_head_dense": "classifier.2",
}
FAMILIES: dict[str, Callable[[list[Any]], Names]] = {
    "AlexNet": by_rules(ALEXNET),
    "ConvNeXt": by_rules(CONVNEXT),
    "DenseNet": by_rules(DENSENET),
    "GoogLeNet": by_rules(GOOGLENET),
    "ResNet, ResNeXt or Wide ResNet": by_rules(RESNET),
    "ShuffleNet V2": by_rules(SHUFFLENET),
    "SqueezeNet": squeezenet,
    "VGG": vgg,
}
