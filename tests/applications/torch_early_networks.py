"""The winners of ImageNet in 2012, 2013 and 2014 as published, in torch alone; flattened maps have their channels last.

Shapes of the first two: Krizhevsky, Sutskever and Hinton, NIPS 2012, figure 2 (the filters of both towers in one);
Zeiler and Fergus, arXiv 1311.2901, figure 3. The third: Szegedy et al., arXiv 1409.4842, table 1.
"""

from __future__ import annotations

import torch
from torch import nn

from tests.applications.torch_networks import GoogLeNet
from tests.applications.torch_residual_networks import Weighed


def flat(x):
    return torch.flatten(x.permute(0, 2, 3, 1), 1)


def competed(x):
    """Local response normalisation with the constants of section 3.3; torch divides alpha by the window's size."""
    return nn.functional.local_response_norm(x, 5, alpha=5e-4, beta=0.75, k=2.0)


class FiveConvolutions(nn.Module):
    """Five convolutions and three dense layers; kernels, strides and borders of the first two are given."""

    def __init__(self, classes, side, first, second, ceil, pools_first):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 96, *first), nn.Conv2d(96, 256, *second)
        self.conv3, self.conv4 = nn.Conv2d(256, 384, 3, padding=1), nn.Conv2d(384, 384, 3, padding=1)
        self.conv5 = nn.Conv2d(384, 256, 3, padding=1)
        self.fc6, self.fc7 = nn.Linear(256 * side**2, 4096), nn.Linear(4096, 4096)
        self.fc8, self.ceil, self.pools_first = nn.Linear(4096, classes), ceil, pools_first

    def forward(self, x):
        for convolve in (self.conv1, self.conv2):
            x = torch.relu(convolve(x))
            x = x if self.pools_first else competed(x)
            x = nn.functional.max_pool2d(x, 3, 2, ceil_mode=self.ceil)
            x = competed(x) if self.pools_first else x
        for convolve in (self.conv3, self.conv4, self.conv5):
            x = torch.relu(convolve(x))
        x = flat(nn.functional.max_pool2d(x, 3, 2))
        return self.fc8(torch.relu(self.fc7(torch.relu(self.fc6(x)))))


class PublishedAlexNet(FiveConvolutions):
    def __init__(self, classes, side=6):
        super().__init__(classes, side, (11, 4), (5, 1, 2), ceil=False, pools_first=False)


class ZFNet(FiveConvolutions):
    def __init__(self, classes, side=6):
        super().__init__(classes, side, (7, 2, 1), (5, 2), ceil=True, pools_first=True)


class Inception(nn.Module):
    """One row of table 1, perhaps with its channels weighed."""

    def __init__(self, inputs, one, three_before, three, five_before, five, behind, squeeze):
        super().__init__()
        self.one = nn.Conv2d(inputs, one, 1)
        self.three_reduce, self.three = nn.Conv2d(inputs, three_before, 1), nn.Conv2d(three_before, three, 3, padding=1)
        self.five_reduce, self.five = nn.Conv2d(inputs, five_before, 1), nn.Conv2d(five_before, five, 5, padding=2)
        self.behind = nn.Conv2d(inputs, behind, 1)
        self.se = Weighed(one + three + five + behind) if squeeze else nn.Identity()

    def forward(self, x):
        three = self.three(torch.relu(self.three_reduce(x)))
        five = self.five(torch.relu(self.five_reduce(x)))
        pooled = self.behind(nn.functional.max_pool2d(x, 3, 1, 1))
        return self.se(torch.cat([torch.relu(maps) for maps in (self.one(x), three, five, pooled)], 1))


class Auxiliary(nn.Module):
    def __init__(self, inputs, classes):
        super().__init__()
        self.conv, self.fc1, self.fc2 = nn.Conv2d(inputs, 128, 1), nn.Linear(2048, 1024), nn.Linear(1024, classes)

    def forward(self, x):
        x = torch.relu(self.conv(nn.functional.avg_pool2d(x, 5, 3)))
        return self.fc2(torch.relu(self.fc1(flat(x))))


class PublishedGoogLeNet(nn.Module):
    """GoogLeNet without batch normalisation; the heads are behind the modules 4a and 4d."""

    def __init__(self, classes, auxiliary=False, squeeze=False):
        super().__init__()
        self.conv1, self.conv2_reduce = nn.Conv2d(3, 64, 7, 2, 3), nn.Conv2d(64, 64, 1)
        self.conv2 = nn.Conv2d(64, 192, 3, padding=1)
        for name, sizes in GoogLeNet.MODULES.items():
            setattr(self, f"inception{name}", Inception(*sizes, squeeze))
        self.aux1 = Auxiliary(512, classes) if auxiliary else None
        self.aux2 = Auxiliary(528, classes) if auxiliary else None
        self.fc = nn.Linear(1024, classes)

    def forward(self, x):
        def pool(x):
            return nn.functional.max_pool2d(x, 3, 2, ceil_mode=True)

        heads = {}
        x = competed(pool(torch.relu(self.conv1(x))))
        x = pool(competed(torch.relu(self.conv2(torch.relu(self.conv2_reduce(x))))))
        for name in GoogLeNet.MODULES:
            x = getattr(self, f"inception{name}")(x)
            x = pool(x) if name in ("3b", "4e") else x
            if self.aux1 and name == "4a":
                heads["auxiliary1"] = self.aux1(x)
            elif self.aux2 and name == "4d":
                heads["auxiliary2"] = self.aux2(x)
        return {"predictions": self.fc(x.mean((2, 3))), **heads}
