"""torchvision's DenseNet-121 and ShuffleNet V2, by their published names of modules, in torch alone."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import nn

from tests.applications.torch_networks import convolution


class DenseLayer(nn.Module):
    def __init__(self, inputs):
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm2d(inputs), convolution(inputs, 128, 1)
        self.norm2, self.conv2 = nn.BatchNorm2d(128), convolution(128, 32, 3)

    def forward(self, x):
        new = self.conv2(torch.relu(self.norm2(self.conv1(torch.relu(self.norm1(x))))))
        return torch.cat([x, new], 1)


class DenseNet121(nn.Module):
    def __init__(self, classes):
        super().__init__()
        parts = OrderedDict(
            conv0=convolution(3, 64, 7, 2), norm0=nn.BatchNorm2d(64), relu0=nn.ReLU(), pool0=nn.MaxPool2d(3, 2, 1)
        )
        channels = 64
        for block, count in enumerate((6, 12, 24, 16), 1):
            dense = OrderedDict((f"denselayer{n + 1}", DenseLayer(channels + 32 * n)) for n in range(count))
            parts[f"denseblock{block}"] = nn.Sequential(dense)
            channels += 32 * count
            if block < 4:
                halved = {"norm": nn.BatchNorm2d(channels), "relu": nn.ReLU()}
                halved |= {"conv": convolution(channels, channels // 2, 1), "pool": nn.AvgPool2d(2)}
                parts[f"transition{block}"] = nn.Sequential(OrderedDict(halved))
                channels //= 2
        parts["norm5"] = nn.BatchNorm2d(channels)
        self.features, self.classifier = nn.Sequential(parts), nn.Linear(channels, classes)

    def forward(self, x):
        return self.classifier(torch.relu(self.features(x)).mean((2, 3)))


def rectified(inputs, outputs, kernel, stride=1):
    return [convolution(inputs, outputs, kernel, stride), nn.BatchNorm2d(outputs), nn.ReLU()]


def depthwise(channels, stride):
    return [convolution(channels, channels, 3, stride, groups=channels), nn.BatchNorm2d(channels)]


class Unit(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        half = outputs // 2
        before = inputs if stride > 1 else half
        self.branch1 = nn.Sequential(*(depthwise(before, stride) + rectified(before, half, 1) if stride > 1 else []))
        self.branch2 = nn.Sequential(*rectified(before, half, 1), *depthwise(half, stride), *rectified(half, half, 1))
        self.halves = stride == 1

    def forward(self, x):
        kept, x = x.chunk(2, 1) if self.halves else (self.branch1(x), x)
        x = torch.cat([kept, self.branch2(x)], 1)
        batch, channels, height, width = x.shape
        return x.reshape(batch, 2, channels // 2, height, width).transpose(1, 2).reshape(x.shape)


class ShuffleNetV2(nn.Module):
    def __init__(self, classes, stages=(116, 232, 464), last=1024):
        super().__init__()
        self.conv1 = nn.Sequential(*rectified(3, 24, 3, 2))
        channels = 24
        for stage, (count, outputs) in enumerate(zip((4, 8, 4), stages, strict=True), 2):
            units = [Unit(channels, outputs, 2), *(Unit(outputs, outputs, 1) for _ in range(count - 1))]
            setattr(self, f"stage{stage}", nn.Sequential(*units))
            channels = outputs
        self.conv5, self.fc = nn.Sequential(*rectified(channels, last, 1)), nn.Linear(last, classes)

    def forward(self, x):
        x = nn.functional.max_pool2d(self.conv1(x), 3, 2, 1)
        return self.fc(self.conv5(self.stage4(self.stage3(self.stage2(x)))).mean((2, 3)))
