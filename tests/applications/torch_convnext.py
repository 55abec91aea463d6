"""torchvision's ConvNeXt-Tiny, by its published names of modules, in torch alone."""

from __future__ import annotations

import torch
from torch import nn


class Turned(nn.Module):
    """Moves the channels to the end, or back."""

    def __init__(self, axes):
        super().__init__()
        self.axes = axes

    def forward(self, x):
        return x.permute(self.axes)


LAST, FIRST = (0, 2, 3, 1), (0, 3, 1, 2)


class Norm(nn.LayerNorm):
    """Normalises each pixel's channels."""

    def forward(self, x):
        return super().forward(x.permute(LAST)).permute(FIRST)


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.block = nn.Sequential(
            nn.Conv2d(channels, channels, 7, padding=3, groups=channels), Turned(LAST),
            nn.LayerNorm(channels, eps=1e-6), nn.Linear(channels, 4 * channels), nn.GELU(),
            nn.Linear(4 * channels, channels), Turned(FIRST),
        )  # fmt: skip
        self.layer_scale = nn.Parameter(torch.rand(channels, 1, 1))

    def forward(self, x):
        return x + self.layer_scale * self.block(x)


class ConvNeXtTiny(nn.Module):
    def __init__(self, classes):
        super().__init__()
        sizes = (96, 192, 384, 768)
        parts = [nn.Sequential(nn.Conv2d(3, 96, 4, 4), Norm(96, eps=1e-6))]
        for number, (count, size) in enumerate(zip((3, 3, 9, 3), sizes, strict=True)):
            parts.append(nn.Sequential(*(Block(size) for _ in range(count))))
            if number < 3:
                parts.append(nn.Sequential(Norm(size, eps=1e-6), nn.Conv2d(size, sizes[number + 1], 2, 2)))
        self.features = nn.Sequential(*parts)
        self.classifier = nn.Sequential(Norm(768, eps=1e-6), nn.Flatten(1), nn.Linear(768, classes))

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3), keepdim=True))
