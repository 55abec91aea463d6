"""The networks of convolith.applications by name: functions of their own, and what an argument makes of them."""

from __future__ import annotations

from typing import Any

FAMILIES = {"CIFARResNet", "ResNeXt", "VGG", "WideResNet"}  # functions that make networks of several depths
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "AlexNet-torchvision": ("AlexNet", {"original": False}),
    "GoogLeNet-auxiliary": ("GoogLeNet", {"auxiliary": True}),
    "GoogLeNet-torchvision": ("GoogLeNet", {"original": False}),
    "LeNet5-1998": ("LeNet5", {"original": True}),
    "ResNeXt50-64x4d": ("ResNeXt", {"depth": 50, "groups": 64, "width": 4}),
    "ResNeXt101-32x4d": ("ResNeXt", {"depth": 101, "groups": 32, "width": 4}),
    "ResNeXt101-64x4d": ("ResNeXt", {"depth": 101, "groups": 64, "width": 4}),
    "ShuffleNetV2-0.5": ("ShuffleNetV2", {"width": 0.5}),
    "ShuffleNetV2-1.5": ("ShuffleNetV2", {"width": 1.5}),
    "ShuffleNetV2-2.0": ("ShuffleNetV2", {"width": 2.0}),
    "SqueezeNet-1.0": ("SqueezeNet", {"version": "1.0"}),
    "VGG11-BN": ("VGG11", {"batch_normalization": True}),
    "VGG13-BN": ("VGG13", {"batch_normalization": True}),
    "VGG16-BN": ("VGG16", {"batch_normalization": True}),
    "VGG19-BN": ("VGG19", {"batch_normalization": True}),
    "WideResNet28-10": ("WideResNet", {}),
}


def names() -> list[str]:
    """All networks and variants, sorted."""
    from convolith import applications

    functions = {name for name in applications.__all__ if name[0].isupper()}
    return sorted((functions - FAMILIES) | {*VARIANTS})


def make(name: str) -> Any:
    """The network with random weights.

    Raises:
        AttributeError: there is none of this name.
    """
    from convolith import applications

    function, arguments = VARIANTS.get(name, (name, {}))
    return getattr(applications, function)(weights=None, **arguments)
