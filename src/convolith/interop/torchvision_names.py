"""The names of torchvision's modules for the layers of the same networks, a function or a table a family."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple, Union

from convolith.layers import (
    Activation,
    BatchNormalization,
    Concatenate,
    Conv2D,
    LocalResponseNormalization,
    MaxPooling2D,
    Normalization,
)

Names = dict[str, str]
Rules = dict[str, Union[str, Callable[..., str]]]  # noqa: UP007  (evaluated at run time)


def by_rules(rules: Rules) -> Callable[[list[Any]], Names]:
    """Name modules by regular expressions of layers' whole names; a function gets the numbers in the groups."""

    def named(layers: list[Any]) -> Names:
        names = {}
        for layer in layers:
            for pattern, name in rules.items():
                if match := re.fullmatch(pattern, layer.name):
                    groups = [int(group) if (group or "").isdigit() else group for group in match.groups()]
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


def inception(layers: list[Any]) -> Names:
    """Name Inception-V3's modules, in the order in which the layers without names of their own were made."""
    names = {"predictions": "fc"}
    for kind, part in ((Conv2D, "conv"), (BatchNormalization, "bn")):
        made = [layer for layer in layers if isinstance(layer, kind) and re.fullmatch(r"\w+?(_\d+)?", layer.name)]
        if len(made) != len(INCEPTION):
            return {}
        made.sort(key=lambda layer: int((re.search(r"_(\d+)$", layer.name) or ["", "0"])[1]))
        names |= {layer.name: f"{module}.{part}" for layer, module in zip(made, INCEPTION, strict=True)}
    return names


def mobilenet_v3(layers: list[Any]) -> Names:
    """Name MobileNet V3's modules: blocks of up to four parts, of which those before the last may be missing."""
    names = {"conv": "features.0.0", "conv_bn": "features.0.1", "conv_2": "classifier.0", "logits": "classifier.3"}
    parts: dict[int, list[str]] = {}
    for layer in layers:
        match = re.fullmatch(r"expanded_conv(?:_(\d+))?_(expand|depthwise|squeeze_excite|project)(_\w+)?", layer.name)
        if match is None or not layer.own_weights:
            continue
        block, kind = int(match[1] or 0), match[2]
        found = parts.setdefault(block, [])
        found += [] if kind in found else [kind]
        end = {"_conv": "fc1", "_conv_1": "fc2", "_bn": "1", None: "0"}.get(match[3])
        names[layer.name] = f"features.{block + 1}.block.{found.index(kind)}.{end}"
    last = f"features.{len(parts) + 1}"
    return {**names, "conv_1": f"{last}.0", "conv_1_bn": f"{last}.1"}


def _inception_modules() -> list[str]:
    """List torchvision's modules of Inception-V3 in the order of table 1 of arXiv 1512.00567, branch by branch."""
    names = [f"Conv2d_{place}" for place in ("1a_3x3", "2a_3x3", "2b_3x3", "3b_1x1", "4a_3x3")]
    double = [f"branch3x3dbl_{n}" for n in (1, 2, 3)]
    a = ["branch1x1", "branch5x5_1", "branch5x5_2", *double, "branch_pool"]
    columns = [f"branch7x7dbl_{n}" for n in (1, 2, 3, 4, 5)]
    b = ["branch1x1", *(f"branch7x7_{n}" for n in (1, 2, 3)), *columns, "branch_pool"]
    ends = [[f"branch3x3_{n}" for n in ("1", "2a", "2b")], [f"branch3x3dbl_{n}" for n in ("1", "2", "3a", "3b")]]
    c = ["branch1x1", *ends[0], *ends[1], "branch_pool"]
    blocks = {"5b": a, "5c": a, "5d": a, "6a": ["branch3x3", *double], "6b": b, "6c": b, "6d": b, "6e": b}
    blocks["7a"] = ["branch3x3_1", "branch3x3_2", *(f"branch7x7x3_{n}" for n in (1, 2, 3, 4))]
    blocks |= {"7b": c, "7c": c}
    return [*names, *(f"Mixed_{block}.{branch}" for block, branches in blocks.items() for branch in branches)]


INCEPTION = _inception_modules()
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
PARTS = {"expand": 0, "depthwise": 1, "project": 2}


def _inverted(block: int, part: str, normalized: str | None) -> str:
    """Name a part of a block of MobileNet V2; the first block has no part that widens."""
    place = PARTS[part] - (block == 0)
    if part == "project":
        return f"features.{block + 1}.conv.{place + bool(normalized)}"
    return f"features.{block + 1}.conv.{place}.{int(bool(normalized))}"


MOBILENET_V2: Rules = {
    r"Conv1": "features.0.0",
    r"bn_Conv1": "features.0.1",
    r"expanded_conv_(depthwise|project)(_BN)?": lambda part, normalized: _inverted(0, part, normalized),
    r"block_(\d+)_(expand|depthwise|project)(_BN)?": _inverted,
    r"Conv_1": "features.18.0",
    r"Conv_1_bn": "features.18.1",
    r"predictions": "classifier.1",
}
# The places of a block's parts in EfficientNet; the blocks of the first stage have none that widens.
STEPS = {
    "expand_conv": (0, "0"), "expand_bn": (0, "1"), "dwconv": (1, "0"), "bn": (1, "1"), "se_reduce": (2, "fc1"),
    "se_expand": (2, "fc2"), "project_conv": (3, "0"), "project_bn": (3, "1"),
}  # fmt: skip


def _efficient(stage: int, letter: str, part: str) -> str:
    place, end = STEPS[part]
    return f"features.{stage}.{ord(letter) - ord('a')}.block.{place - (stage == 1)}.{end}"


EFFICIENTNET: Rules = {
    r"stem_conv": "features.0.0",
    r"stem_bn": "features.0.1",
    rf"block(\d)(\w)_({'|'.join(STEPS)})": _efficient,
    r"top_conv": "features.8.0",
    r"top_bn": "features.8.1",
    r"predictions": "classifier.1",
}


class Family(NamedTuple):
    """Networks whose layers are named alike."""

    named: Callable[[list[Any]], Names]
    epsilon: float | None = 1e-5
    """Added to the variance in torchvision's normalisations; None where convolith's have the same."""
    is_keras_s: Callable[[Any], bool] | None = None
    """Tells a layer that only the network of the same name that Keras has, or the published one, is made of."""


def _padded_by_name(layer: Any) -> bool:
    return layer.name in ("Conv1", "conv") and layer.padding == "same"


FAMILIES = {
    "AlexNet": Family(by_rules(ALEXNET), is_keras_s=lambda layer: isinstance(layer, LocalResponseNormalization)),
    "ConvNeXt": Family(by_rules(CONVNEXT)),
    "DenseNet": Family(by_rules(DENSENET)),
    "EfficientNet": Family(
        by_rules(EFFICIENTNET), None, lambda layer: isinstance(layer, Normalization) and bool(layer.own_weights)
    ),
    "GoogLeNet": Family(by_rules(GOOGLENET), 1e-3),
    "Inception-V3": Family(inception, None, lambda layer: isinstance(layer, BatchNormalization) and not layer.scale),
    "MobileNet V2": Family(by_rules(MOBILENET_V2), None, _padded_by_name),
    "MobileNet V3": Family(mobilenet_v3, None, _padded_by_name),
    "ResNet, ResNeXt or Wide ResNet": Family(
        by_rules(RESNET), is_keras_s=lambda layer: layer.name == "conv1_conv" and layer.use_bias
    ),
    "ShuffleNet V2": Family(by_rules(SHUFFLENET)),
    "SqueezeNet": Family(squeezenet),
    "VGG": Family(vgg),
}
