"""Residual networks that torchvision lacks, written down from their papers in torch alone."""

from __future__ import annotations

import torch
from torch import nn

from tests.applications.torch_networks import Block, ResNet, convolution


class Weighed(nn.Module):
    """Squeeze and excitation (arXiv 1709.01507, figure 2)."""

    def __init__(self, channels):
        super().__init__()
        self.reduce, self.excite = nn.Linear(channels, channels // 16), nn.Linear(channels // 16, channels)

    def forward(self, x):
        return x * torch.sigmoid(self.excite(torch.relu(self.reduce(x.mean((2, 3))))))[:, :, None, None]


class WeighedBlock(Block):
    """The residual is weighed before it is added; the first convolution takes the strides, as in the authors' nets."""

    def __init__(self, inputs, filters, stride, **block):
        super().__init__(inputs, filters, stride, **block)
        self.se = Weighed(4 * filters if block else filters)
        if block:
            self.conv1.stride, self.conv2.stride = self.conv2.stride, self.conv1.stride


class SEResNet(ResNet):
    BLOCK = WeighedBlock


class Padded(nn.Module):
    """Two 3x3 convolutions beside every second pixel, whose new channels are zeros (arXiv 1512.03385, option A)."""

    def __init__(self, inputs, filters, stride):
        super().__init__()
        self.conv1, self.bn1 = convolution(inputs, filters, 3, stride), nn.BatchNorm2d(filters)
        self.conv2, self.bn2 = convolution(filters, filters, 3), nn.BatchNorm2d(filters)
        self.stride, self.new = stride, filters - inputs

    def forward(self, x):
        shortcut = nn.functional.max_pool2d(x, 1, self.stride) if self.stride > 1 else x
        shortcut = nn.functional.pad(shortcut, (0, 0, 0, 0, self.new // 2, self.new - self.new // 2))
        return torch.relu(shortcut + self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x))))))


class Before(nn.Module):
    """Convolutions that each follow normalisation and rectifier (arXiv 1603.05027, figure 4 e).

    With a width they are the two of 3x3 of a wide block, else those of a bottleneck.
    """

    def __init__(self, inputs, filters, stride, wide=False):
        super().__init__()
        sizes, kernels = ((filters, filters), (3, 3)) if wide else ((filters, filters, 4 * filters), (1, 3, 1))
        self.count, before, outputs = len(sizes), inputs, sizes[-1]
        for n, (size, kernel) in enumerate(zip(sizes, kernels, strict=True), 1):
            strided = stride if n == (1 if wide else 2) else 1
            setattr(self, f"bn{n}", nn.BatchNorm2d(before))
            setattr(self, f"conv{n}", convolution(before, size, kernel, strided))
            before = size
        self.downsample = nn.Sequential(convolution(inputs, outputs, 1, stride)) if inputs != outputs else None

    def forward(self, x):
        first = torch.relu(self.bn1(x))
        shortcut, x = x if self.downsample is None else self.downsample(first), self.conv1(first)
        for n in range(2, self.count + 1):
            x = getattr(self, f"conv{n}")(torch.relu(getattr(self, f"bn{n}")(x)))
        return x + shortcut


class SmallResNet(nn.Module):
    """Three stacks of blocks for images of 32 x 32: as first published, of bottlenecks, or wide ones."""

    def __init__(self, classes, count, bottlenecks=False, width=0):
        super().__init__()
        self.conv1, inputs = convolution(3, 16, 3), 16
        self.bn1 = None if bottlenecks or width else nn.BatchNorm2d(16)
        for stack, filters in enumerate((16, 32, 64), 1):
            blocks = []
            for number in range(count):
                stride = 2 if stack > 1 and not number else 1
                if self.bn1:
                    blocks.append(Padded(inputs, filters, stride))
                else:
                    blocks.append(Before(inputs, filters * max(width, 1), stride, wide=bool(width)))
                inputs = filters * (4 if bottlenecks else max(width, 1))
            setattr(self, f"layer{stack}", nn.Sequential(*blocks))
        self.post, self.fc = None if self.bn1 else nn.BatchNorm2d(inputs), nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.conv1(x)
        x = torch.relu(self.bn1(x)) if self.bn1 else x
        x = self.layer3(self.layer2(self.layer1(x)))
        x = torch.relu(self.post(x)) if self.post else x
        return self.fc(x.mean((2, 3)))
