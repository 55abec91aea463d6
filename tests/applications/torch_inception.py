"""torchvision's Inception-V3, by its published names of modules, in torch alone."""

from __future__ import annotations

import torch
from torch import nn


class Basic(nn.Module):
    """A convolution, normalised and rectified; the border is half the kernel, or none."""

    def __init__(self, inputs, outputs, kernel, stride=1, border=True):
        super().__init__()
        sizes = (kernel, kernel) if isinstance(kernel, int) else kernel
        padding = tuple(size // 2 for size in sizes) if border else 0
        self.conv = nn.Conv2d(inputs, outputs, sizes, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=1e-3)

    def forward(self, x):
        return torch.relu(self.bn(self.conv(x)))


class Branches(nn.Module):
    """Chains of convolutions from the same maps, joined; each convolution has a name of its own."""

    def __init__(self, inputs, chains, pool=None):
        super().__init__()
        self.chains, self.pool = [], pool
        for chain in chains:
            before, names = inputs, []
            for name, outputs, kernel, *more in chain:
                self.add_module(name, Basic(before, outputs, kernel, *more))
                before = outputs
                names.append(name)
            self.chains.append(names)

    def forward(self, x):
        found = []
        for names in self.chains:
            y = nn.functional.avg_pool2d(x, 3, 1, 1) if names == ["branch_pool"] else x
            for name in names:
                y = getattr(self, name)(y)
            found.append(y)
        found += [nn.functional.max_pool2d(x, 3, 2)] if self.pool == "max" else []
        return torch.cat(found, 1)


class Spread(nn.Module):
    """The last modules, in which two chains end in a row beside a column."""

    def __init__(self, inputs):
        super().__init__()
        self.branch1x1, self.branch3x3_1 = Basic(inputs, 320, 1), Basic(inputs, 384, 1)
        self.branch3x3dbl_1, self.branch3x3dbl_2 = Basic(inputs, 448, 1), Basic(448, 384, 3)
        self.branch3x3_2a, self.branch3x3_2b = Basic(384, 384, (1, 3)), Basic(384, 384, (3, 1))
        self.branch3x3dbl_3a, self.branch3x3dbl_3b = Basic(384, 384, (1, 3)), Basic(384, 384, (3, 1))
        self.branch_pool = Basic(inputs, 192, 1)

    def forward(self, x):
        one, two = self.branch3x3_1(x), self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        found = [self.branch1x1(x), self.branch3x3_2a(one), self.branch3x3_2b(one)]
        found += [self.branch3x3dbl_3a(two), self.branch3x3dbl_3b(two)]
        return torch.cat([*found, self.branch_pool(nn.functional.avg_pool2d(x, 3, 1, 1))], 1)


def first(inputs, averages):
    five = [("branch5x5_1", 48, 1), ("branch5x5_2", 64, 5)]
    double = [("branch3x3dbl_1", 64, 1), ("branch3x3dbl_2", 96, 3), ("branch3x3dbl_3", 96, 3)]
    return Branches(inputs, [[("branch1x1", 64, 1)], five, double, [("branch_pool", averages, 1)]])


def second(inner):
    row, column = (1, 7), (7, 1)
    seven = [("branch7x7_1", inner, 1), ("branch7x7_2", inner, row), ("branch7x7_3", 192, column)]
    double = [("branch7x7dbl_1", inner, 1), ("branch7x7dbl_2", inner, column), ("branch7x7dbl_3", inner, row)]
    double += [("branch7x7dbl_4", inner, column), ("branch7x7dbl_5", 192, row)]
    return Branches(768, [[("branch1x1", 192, 1)], seven, double, [("branch_pool", 192, 1)]])


class Auxiliary(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv0, self.conv1 = Basic(768, 128, 1), Basic(128, 768, 5, border=False)
        self.fc = nn.Linear(768, classes)


class InceptionV3(nn.Module):
    """The auxiliary head has weights, and no part in inference."""

    def __init__(self, classes):
        super().__init__()
        self.Conv2d_1a_3x3, self.Conv2d_2a_3x3 = Basic(3, 32, 3, 2, border=False), Basic(32, 32, 3, border=False)
        self.Conv2d_2b_3x3, self.Conv2d_3b_1x1 = Basic(32, 64, 3), Basic(64, 80, 1)
        self.Conv2d_4a_3x3 = Basic(80, 192, 3, border=False)
        self.Mixed_5b, self.Mixed_5c, self.Mixed_5d = first(192, 32), first(256, 64), first(288, 64)
        double = [("branch3x3dbl_1", 64, 1), ("branch3x3dbl_2", 96, 3), ("branch3x3dbl_3", 96, 3, 2, False)]
        self.Mixed_6a = Branches(288, [[("branch3x3", 384, 3, 2, False)], double], "max")
        self.Mixed_6b, self.Mixed_6c, self.Mixed_6d, self.Mixed_6e = map(second, (128, 160, 160, 192))
        three = [("branch3x3_1", 192, 1), ("branch3x3_2", 320, 3, 2, False)]
        seven = [("branch7x7x3_1", 192, 1), ("branch7x7x3_2", 192, (1, 7)), ("branch7x7x3_3", 192, (7, 1))]
        self.Mixed_7a = Branches(768, [three, [*seven, ("branch7x7x3_4", 192, 3, 2, False)]], "max")
        self.Mixed_7b, self.Mixed_7c = Spread(1280), Spread(2048)
        self.AuxLogits, self.fc = Auxiliary(classes), nn.Linear(2048, classes)

    def forward(self, x):
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(nn.functional.max_pool2d(x, 3, 2)))
        x = nn.functional.max_pool2d(x, 3, 2)
        for name in ("5b", "5c", "5d", "6a", "6b", "6c", "6d", "6e", "7a", "7b", "7c"):
            x = getattr(self, f"Mixed_{name}")(x)
        return self.fc(x.mean((2, 3)))
