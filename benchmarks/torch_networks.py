"""The whole networks as torch's modules, up to their logits; a module's path tells which shared weights it has."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import torch
from torch import nn

from benchmarks.network_data import RESIDUAL_BLOCKS, Network, residual_depth, weight
from benchmarks.torch_training import NhwcFlatten


def build(network: Network, dropout: bool = True) -> nn.Module:
    """The network with torch's own random weights."""
    depth = residual_depth(network.name)
    module = STACKED[network.name](network) if depth is None else residual_network(network, depth)
    for part in module.modules():
        if isinstance(part, nn.Dropout):
            part.p = 0.5 if dropout else 0.0
    return module


class Stack:
    """Convolutions with rectifiers, pooling and dense layers, one behind the other."""

    def __init__(self, network: Network) -> None:
        self.channels = network.image[2]
        self.parts: OrderedDict[str, nn.Module] = OrderedDict()

    def convolution(self, name: str, filters: int, size: int, strides: int = 1, padding: int | None = None) -> None:
        around = size // 2 if padding is None else padding
        self.parts[name] = nn.Conv2d(self.channels, filters, size, strides, around)
        self.parts[f"{name}_relu"] = nn.ReLU(inplace=True)
        self.channels = filters

    def pool(self, size: int = 2) -> None:
        self.parts[f"pool{len(self.parts)}"] = nn.MaxPool2d(size, 2)

    def flatten(self, side: int) -> None:
        self.parts["flatten"] = NhwcFlatten()
        self.channels *= side * side

    def dense(self, name: str, outputs: int, rectified: bool = True) -> None:
        self.parts[name] = nn.Linear(self.channels, outputs)
        if rectified:
            self.parts[f"{name}_relu"] = nn.ReLU(inplace=True)
        self.channels = outputs

    def dropout(self) -> None:
        self.parts[f"dropout{len(self.parts)}"] = nn.Dropout()

    def end(self, name: str, classes: int) -> nn.Sequential:
        self.dense(name, classes, rectified=False)
        return nn.Sequential(self.parts)


def lenet5(network: Network) -> nn.Module:
    """With rectifiers and max pooling, as it is taught today."""
    stack = Stack(network)
    stack.convolution("c1", 6, 5)
    stack.pool()
    stack.convolution("c3", 16, 5, padding=0)
    stack.pool()
    stack.flatten((network.image[0] // 2 - 4) // 2)
    stack.dense("c5", 120)
    stack.dense("f6", 84)
    return stack.end("output", network.classes)


def fashion_cnn(network: Network) -> nn.Module:
    """The network for Fashion-MNIST that courses teach."""
    stack = Stack(network)
    stack.convolution("conv1", 64, 7)
    stack.pool()
    for filters, names in ((128, ("conv2", "conv3")), (256, ("conv4", "conv5"))):
        for name in names:
            stack.convolution(name, filters, 3)
        stack.pool()
    stack.flatten(network.image[0] // 8)
    for name, outputs in (("fc6", 128), ("fc7", 64)):
        stack.dense(name, outputs)
        stack.dropout()
    return stack.end("fc8", network.classes)


def alexnet(network: Network) -> nn.Module:
    """In one tower, without response normalisation."""
    stack = Stack(network)
    stack.convolution("conv1", 96, 11, 4, padding=0)
    stack.pool(3)
    stack.convolution("conv2", 256, 5)
    stack.pool(3)
    for name, filters in (("conv3", 384), ("conv4", 384), ("conv5", 256)):
        stack.convolution(name, filters, 3)
    stack.pool(3)
    stack.flatten(6)
    for name in ("fc6", "fc7"):
        stack.dropout()
        stack.dense(name, 4096)
    return stack.end("fc8", network.classes)


def vgg16(network: Network) -> nn.Module:
    """VGG-16, without dropout as Keras has it."""
    stack = Stack(network)
    for block, (count, filters) in enumerate(((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)), 1):
        for number in range(1, count + 1):
            stack.convolution(f"block{block}_conv{number}", filters, 3)
        stack.pool()
    stack.flatten(network.image[0] // 32)
    stack.dense("fc1", 4096)
    stack.dense("fc2", 4096)
    return stack.end("predictions", network.classes)


STACKED: dict[str, Callable[[Network], nn.Module]] = {
    "lenet5": lenet5,
    "fashion_cnn": fashion_cnn,
    "alexnet": alexnet,
    "vgg16": vgg16,
}


class Residual(nn.ModuleDict):
    """A block of ResNet: 3x3 and 3x3, or 1x1, 3x3 with the strides and 1x1, beside a shortcut ("0" where projected)."""

    def __init__(self, channels: int, filters: int, strides: int, bottleneck: bool) -> None:
        super().__init__()
        outputs = 4 * filters if bottleneck else filters
        if strides > 1 or channels != outputs:
            self["0"] = normalised(channels, outputs, 1, strides)
        if bottleneck:
            self["1"] = normalised(channels, filters, 1)
            self["2"] = normalised(filters, filters, 3, strides)
            self["3"] = normalised(filters, outputs, 1)
        else:
            self["1"] = normalised(channels, filters, 3, strides)
            self["2"] = normalised(filters, outputs, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        result = self["2"](torch.relu_(self["1"](x)))
        if "3" in self:
            result = self["3"](torch.relu_(result))
        result += self["0"](x) if "0" in self else x
        return torch.relu_(result)


def normalised(channels: int, filters: int, size: int, strides: int = 1) -> nn.Module:
    """Convolution without a bias, and batch normalisation."""
    convolution = nn.Conv2d(channels, filters, size, strides, size // 2, bias=False)
    return nn.Sequential(OrderedDict(conv=convolution, bn=nn.BatchNorm2d(filters, eps=1e-5, momentum=0.01)))


def residual_network(network: Network, depth: int) -> nn.Module:
    """ResNet with the strides in the 3x3 layers, as torchvision has it."""
    parts: OrderedDict[str, nn.Module] = OrderedDict(conv1=normalised(network.image[2], 64, 7, 2))
    parts.update(relu=nn.ReLU(inplace=True), pool=nn.MaxPool2d(3, 2, 1))
    channels, bottleneck = 64, depth >= 50
    for stack, count in enumerate(RESIDUAL_BLOCKS[depth], 2):
        filters = 64 * 2 ** (stack - 2)
        for number in range(1, count + 1):
            strides = 2 if stack > 2 and number == 1 else 1
            parts[f"conv{stack}_block{number}"] = Residual(channels, filters, strides, bottleneck)
            channels = 4 * filters if bottleneck else filters
    parts.update(average=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(1))
    parts["predictions"] = nn.Linear(channels, network.classes)
    return nn.Sequential(parts)


def share_weights(module: nn.Module) -> None:
    """Give the module the weights that every peer has, by name: "conv2_block1.1.bn" is "conv2_block1_1_bn"."""
    kinds = {"running_mean": "moving_mean", "running_var": "moving_variance", "bias": "bias", "weight": "kernel"}
    with torch.no_grad():
        for path, part in module.named_modules():
            for kind, tensor in (*part.named_parameters(recurse=False), *part.named_buffers(recurse=False)):
                if kind == "num_batches_tracked":
                    continue
                name = kinds[kind]
                if isinstance(part, nn.BatchNorm2d):
                    name = {"weight": "gamma", "bias": "beta"}.get(kind, name)
                axes = {4: (2, 3, 1, 0), 2: (1, 0), 1: (0,)}[tensor.ndim]
                theirs = tensor.permute(axes)
                theirs.copy_(torch.from_numpy(weight(f"{path.replace('.', '_')}/{name}", tuple(theirs.shape))))
