"""torchvision's MobileNet V2, MobileNet V3 and EfficientNet, by their published names of modules, in torch alone."""

from __future__ import annotations

import math

import torch
from torch import nn

from tests.applications.torch_networks import convolution


def rounded(filters):
    """To a multiple of 8 that is not below nine tenths."""
    nearest = max(8, int(filters + 4) // 8 * 8)
    return nearest if nearest >= 0.9 * filters else nearest + 8


def activated(inputs, outputs, kernel, stride, groups, epsilon, activation):
    parts = [convolution(inputs, outputs, kernel, stride, groups), nn.BatchNorm2d(outputs, eps=epsilon)]
    return nn.Sequential(*parts, *([activation()] if activation else []))


class Excitation(nn.Module):
    def __init__(self, channels, squeezed, activation, gate):
        super().__init__()
        self.fc1, self.fc2 = nn.Conv2d(channels, squeezed, 1), nn.Conv2d(squeezed, channels, 1)
        self.activation, self.gate = activation(), gate()

    def forward(self, x):
        return x * self.gate(self.fc2(self.activation(self.fc1(x.mean((2, 3), keepdim=True)))))


class Residual(nn.Module):
    """Parts under a name; what comes in is added where the shape is the same."""

    def __init__(self, name, parts, adds):
        super().__init__()
        setattr(self, name, nn.Sequential(*parts))
        self.name, self.adds = name, adds

    def forward(self, x):
        found = getattr(self, self.name)(x)
        return x + found if self.adds else found


class Network(nn.Module):
    """Features, their averages, a classifier."""

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


class MobileNetV2(Network):
    STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))

    def __init__(self, classes):
        super().__init__()
        parts, inputs = [activated(3, 32, 3, 2, 1, 1e-5, nn.ReLU6)], 32
        for expansion, outputs, count, first in self.STAGES:
            for number in range(count):
                stride, inner = 1 if number else first, inputs * expansion
                block = [activated(inputs, inner, 1, 1, 1, 1e-5, nn.ReLU6)] if expansion > 1 else []
                block += [activated(inner, inner, 3, stride, inner, 1e-5, nn.ReLU6)]
                block += [convolution(inner, outputs, 1), nn.BatchNorm2d(outputs)]
                parts.append(Residual("conv", block, stride == 1 and inputs == outputs))
                inputs = outputs
        self.features = nn.Sequential(*parts, activated(320, 1280, 1, 1, 1, 1e-5, nn.ReLU6))
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, classes))


class MobileNetV3(Network):
    # Kernel, inner channels, outputs, squeeze and excite, hard swish, stride. Tables 1 and 2 of arXiv 1905.02244.
    LARGE = (
        (3, 16, 16, 0, 0, 1), (3, 64, 24, 0, 0, 2), (3, 72, 24, 0, 0, 1), (5, 72, 40, 1, 0, 2), (5, 120, 40, 1, 0, 1),
        (5, 120, 40, 1, 0, 1), (3, 240, 80, 0, 1, 2), (3, 200, 80, 0, 1, 1), (3, 184, 80, 0, 1, 1),
        (3, 184, 80, 0, 1, 1), (3, 480, 112, 1, 1, 1), (3, 672, 112, 1, 1, 1), (5, 672, 160, 1, 1, 2),
        (5, 960, 160, 1, 1, 1), (5, 960, 160, 1, 1, 1),
    )  # fmt: skip
    SMALL = (
        (3, 16, 16, 1, 0, 2), (3, 72, 24, 0, 0, 2), (3, 88, 24, 0, 0, 1), (5, 96, 40, 1, 1, 2), (5, 240, 40, 1, 1, 1),
        (5, 240, 40, 1, 1, 1), (5, 120, 48, 1, 1, 1), (5, 144, 48, 1, 1, 1), (5, 288, 96, 1, 1, 2),
        (5, 576, 96, 1, 1, 1), (5, 576, 96, 1, 1, 1),
    )  # fmt: skip

    def __init__(self, classes, large):
        super().__init__()
        parts, inputs = [activated(3, 16, 3, 2, 1, 1e-3, nn.Hardswish)], 16
        for kernel, inner, outputs, squeeze, hard, stride in self.LARGE if large else self.SMALL:
            activation = nn.Hardswish if hard else nn.ReLU
            block = [activated(inputs, inner, 1, 1, 1, 1e-3, activation)] if inner != inputs else []
            block += [activated(inner, inner, kernel, stride, inner, 1e-3, activation)]
            block += [Excitation(inner, rounded(inner // 4), nn.ReLU, nn.Hardsigmoid)] if squeeze else []
            block += [activated(inner, outputs, 1, 1, 1, 1e-3, None)]
            parts.append(Residual("block", block, stride == 1 and inputs == outputs))
            inputs = outputs
        self.features = nn.Sequential(*parts, activated(inputs, 6 * inputs, 1, 1, 1, 1e-3, nn.Hardswish))
        last = 1280 if large else 1024
        self.classifier = nn.Sequential(
            nn.Linear(6 * inputs, last), nn.Hardswish(), nn.Dropout(0.2), nn.Linear(last, classes)
        )


class EfficientNet(Network):
    # Expansion, kernel, stride, outputs, count. Table 1 of arXiv 1905.11946.
    STAGES = (
        (1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3), (6, 5, 2, 192, 4),
        (6, 3, 1, 320, 1),
    )  # fmt: skip

    def __init__(self, classes, width, depth, epsilon):
        super().__init__()
        inputs = rounded(32 * width)
        parts = [activated(3, inputs, 3, 2, 1, epsilon, nn.SiLU)]
        for expansion, kernel, first, filters, count in self.STAGES:
            outputs, blocks = rounded(filters * width), []
            for number in range(math.ceil(count * depth)):
                stride, inner = 1 if number else first, inputs * expansion
                block = [activated(inputs, inner, 1, 1, 1, epsilon, nn.SiLU)] if expansion > 1 else []
                block += [activated(inner, inner, kernel, stride, inner, epsilon, nn.SiLU)]
                block += [Excitation(inner, max(1, inputs // 4), nn.SiLU, nn.Sigmoid)]
                block += [activated(inner, outputs, 1, 1, 1, epsilon, None)]
                blocks.append(Residual("block", block, stride == 1 and inputs == outputs))
                inputs = outputs
            parts.append(nn.Sequential(*blocks))
        self.features = nn.Sequential(*parts, activated(inputs, 4 * inputs, 1, 1, 1, epsilon, nn.SiLU))
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(4 * inputs, classes))

    def forward(self, x):
        """Take pixels from 0 to 255, as convolith's network does."""
        mean, deviation = (
            torch.tensor(values)[:, None, None] for values in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
        )
        return super().forward((x / 255 - mean) / deviation)
