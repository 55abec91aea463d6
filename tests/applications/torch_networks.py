"""torchvision's networks, written down from its published names of modules and from the papers, in torch alone."""

from __future__ import annotations

import torch
from torch import nn


def convolution(inputs, outputs, kernel, stride=1, groups=1, bias=False):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=bias)


def randomized(network):
    """A network for inference, of kernels that keep the size of what goes through, its normalisations not at rest."""
    with torch.no_grad():
        for part in network.modules():
            if isinstance(part, nn.BatchNorm2d):
                for values in (part.weight, part.bias, part.running_mean, part.running_var):
                    values.uniform_(0.75, 1.25)
            elif isinstance(part, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(part.weight)
    return network.eval()


class AlexNet(nn.Module):
    def __init__(self, classes, side=6):
        super().__init__()
        relu, pool = nn.ReLU(), nn.MaxPool2d(3, 2)
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 11, 4, 2), relu, pool, nn.Conv2d(64, 192, 5, padding=2), relu, pool,
            nn.Conv2d(192, 384, 3, padding=1), relu, nn.Conv2d(384, 256, 3, padding=1), relu,
            nn.Conv2d(256, 256, 3, padding=1), relu, pool,
        )  # fmt: skip
        self.classifier = nn.Sequential(
            nn.Dropout(), nn.Linear(256 * side**2, 4096), relu, nn.Dropout(), nn.Linear(4096, 4096), relu,
            nn.Linear(4096, classes),
        )  # fmt: skip

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


class VGG(nn.Module):
    def __init__(self, classes, side=7, normalized=False, counts=(2, 2, 3, 3, 3)):
        super().__init__()
        layers, channels = [], 3
        for count, filters in zip(counts, (64, 128, 256, 512, 512), strict=True):
            for _ in range(count):
                layers += [convolution(channels, filters, 3, bias=True)]
                layers += [nn.BatchNorm2d(filters)] if normalized else []
                layers += [nn.ReLU()]
                channels = filters
            layers += [nn.MaxPool2d(2)]
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Linear(512 * side**2, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(),
            nn.Linear(4096, classes),
        )  # fmt: skip

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


class Block(nn.Module):
    """A residual block: two 3x3 convolutions (no width given), or 1x1, 3x3 and 1x1."""

    def __init__(self, inputs, filters, stride, width=0, groups=1):
        super().__init__()
        inner, outputs = (filters * width // 64 * groups, 4 * filters) if width else (filters, filters)
        kernels = (1, 3, 1) if width else (3, 3)
        sizes = (inputs, *(inner,) * (len(kernels) - 1), outputs)
        strided = 1 if width else 0
        for n, kernel in enumerate(kernels):
            own = (stride if n == strided else 1, groups if n == 1 and width else 1)
            setattr(self, f"conv{n + 1}", convolution(sizes[n], sizes[n + 1], kernel, *own))
            setattr(self, f"bn{n + 1}", nn.BatchNorm2d(sizes[n + 1]))
        self.count, self.downsample, self.se = len(kernels), None, nn.Identity()
        if stride > 1 or inputs != outputs:
            self.downsample = nn.Sequential(convolution(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        for n in range(1, self.count + 1):
            x = getattr(self, f"bn{n}")(getattr(self, f"conv{n}")(x))
            x = torch.relu(x) if n < self.count else torch.relu(self.se(x) + shortcut)
        return x


class ResNet(nn.Module):
    BLOCK = Block

    def __init__(self, classes, counts, **block):
        super().__init__()
        self.conv1, self.bn1 = convolution(3, 64, 7, 2), nn.BatchNorm2d(64)
        inputs, growth = 64, 4 if block else 1
        for stack, count in enumerate(counts):
            filters, blocks = 64 * 2**stack, []
            for number in range(count):
                blocks.append(self.BLOCK(inputs, filters, 2 if stack and not number else 1, **block))
                inputs = growth * filters
            setattr(self, f"layer{stack + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        for stack in range(1, 5):
            x = getattr(self, f"layer{stack}")(x)
        return self.fc(x.mean((2, 3)))


class Fire(nn.Module):
    def __init__(self, inputs, squeezed, expanded):
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeezed, 1)
        self.expand1x1 = nn.Conv2d(squeezed, expanded, 1)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, 3, padding=1)

    def forward(self, x):
        x = torch.relu(self.squeeze(x))
        return torch.cat([torch.relu(self.expand1x1(x)), torch.relu(self.expand3x3(x))], 1)


class SqueezeNet(nn.Module):
    def __init__(self, classes, version):
        super().__init__()
        filters, kernel, pools = (96, 7, (4, 8)) if version == "1.0" else (64, 3, (3, 5))
        layers = [nn.Conv2d(3, filters, kernel, 2), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True)]
        for number, (squeezed, expanded) in enumerate(((16, 64), (32, 128), (48, 192), (64, 256)), 1):
            for half in range(2):
                if 2 * number + half - 1 in pools:
                    layers.append(nn.MaxPool2d(3, 2, ceil_mode=True))
                layers.append(Fire(filters, squeezed, expanded))
                filters = 2 * expanded
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Dropout(), nn.Conv2d(512, classes, 1), nn.ReLU())

    def forward(self, x):
        return self.classifier(self.features(x)).mean((2, 3))


class Basic(nn.Module):
    """GoogLeNet's convolution, normalised and rectified."""

    def __init__(self, inputs, outputs, kernel, stride=1):
        super().__init__()
        self.conv, self.bn = convolution(inputs, outputs, kernel, stride), nn.BatchNorm2d(outputs, eps=1e-3)

    def forward(self, x):
        return torch.relu(self.bn(self.conv(x)))


class Inception(nn.Module):
    def __init__(self, inputs, one, three_before, three, five_before, five, behind):
        super().__init__()
        self.branch1 = Basic(inputs, one, 1)
        self.branch2 = nn.Sequential(Basic(inputs, three_before, 1), Basic(three_before, three, 3))
        self.branch3 = nn.Sequential(Basic(inputs, five_before, 1), Basic(five_before, five, 3))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, 1), Basic(inputs, behind, 1))

    def forward(self, x):
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1)


class Auxiliary(nn.Module):
    def __init__(self, inputs, classes):
        super().__init__()
        self.conv, self.fc1, self.fc2 = Basic(inputs, 128, 1), nn.Linear(2048, 1024), nn.Linear(1024, classes)

    def forward(self, x):
        x = self.conv(nn.functional.adaptive_avg_pool2d(x, 4))
        return self.fc2(torch.relu(self.fc1(torch.flatten(x, 1))))


class GoogLeNet(nn.Module):
    MODULES = {
        "3a": (192, 64, 96, 128, 16, 32, 32),
        "3b": (256, 128, 128, 192, 32, 96, 64),
        "4a": (480, 192, 96, 208, 16, 48, 64),
        "4b": (512, 160, 112, 224, 24, 64, 64),
        "4c": (512, 128, 128, 256, 24, 64, 64),
        "4d": (512, 112, 144, 288, 32, 64, 64),
        "4e": (528, 256, 160, 320, 32, 128, 128),
        "5a": (832, 256, 160, 320, 32, 128, 128),
        "5b": (832, 384, 192, 384, 48, 128, 128),
    }

    def __init__(self, classes):
        super().__init__()
        self.conv1, self.conv2, self.conv3 = Basic(3, 64, 7, 2), Basic(64, 64, 1), Basic(64, 192, 3)
        for name, sizes in self.MODULES.items():
            setattr(self, f"inception{name}", Inception(*sizes))
        self.aux1, self.aux2 = Auxiliary(512, classes), Auxiliary(528, classes)
        self.fc = nn.Linear(1024, classes)

    def forward(self, x):
        pool = nn.MaxPool2d(3, 2, ceil_mode=True)
        x = pool(self.conv3(self.conv2(pool(self.conv1(x)))))
        for name in self.MODULES:
            x = getattr(self, f"inception{name}")(x)
            if name == "3b":
                x = pool(x)
            elif name == "4e":
                x = nn.functional.max_pool2d(x, 2, ceil_mode=True)
            elif name == "4a":
                first = self.aux1(x)
            elif name == "4d":
                second = self.aux2(x)
        return {"predictions": self.fc(x.mean((2, 3))), "auxiliary1": first, "auxiliary2": second}
