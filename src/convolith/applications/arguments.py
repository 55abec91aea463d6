"""The checks of arguments that the networks share, before any layer is made."""

from __future__ import annotations

import operator
import os
from pathlib import Path
from typing import Any

import numpy as np

from convolith.defaults import image_data_format


def check_channels_last(name: str) -> None:
    """Refuse to make a network of layers that would take an image's height for its channels.

    Raises:
        ValueError: layers are made with the channels first.
    """
    if image_data_format() != "channels_last":
        raise ValueError(
            f'{name}: networks have their channels last: config.image_data_format() must be "channels_last" while one '
            f"is made, got {image_data_format()!r}"
        )


def check_ends(name: str, include_top: Any, classes: Any, pooling: Any, weights: Any) -> None:
    """Check what a network's end and weights are asked to be.

    Args:
        name: of the network, for the messages.
        include_top: True or False; a file or a number of classes, in its place, would be taken for True.
        classes: an integer >= 1; without the top of no effect.
        pooling: None, "avg" or "max"; with the top of no effect.
        weights: None, "imagenet" or a file.

    Raises:
        ValueError: one of the first three is none of these.
        TypeError: ``weights`` is not None, a string or a path.
        FileNotFoundError: there is no such file of weights.
    """
    if not isinstance(include_top, (bool, np.bool_)):
        raise ValueError(
            f"{name}: include_top must be True or False, got {include_top!r}; a file goes to weights=, a number of "
            f"classes to classes="
        )
    if include_top:
        check_count(name, "classes", classes)
    elif pooling not in (None, "avg", "max"):
        raise ValueError(f'{name}: pooling must be None, "avg" or "max", got {pooling!r}')
    if weights is None or (isinstance(weights, str) and weights == "imagenet"):
        return
    if not isinstance(weights, (str, os.PathLike)):
        raise TypeError(f'{name}: weights must be None, "imagenet" or a file, got {weights!r:.60}')
    if not Path(weights).is_file():
        raise FileNotFoundError(
            f'{name}: weights must be None, "imagenet" or a file, got {os.fspath(weights)!r}, which is no file'
        )


def image_shape(name: str, argument: str, shape: Any, least: int) -> tuple[int, ...]:
    """Return a shape of images as a tuple.

    Args:
        name: of the network, for the messages.
        argument: that the shape came by.
        shape: (height, width, channels), all known.
        least: the smallest height and width that the network can take.

    Raises:
        ValueError: the shape is none of images, or they are too small.
    """
    try:
        sizes = tuple(map(operator.index, shape))
    except TypeError:
        sizes = ()
    if len(sizes) != 3 or min(sizes) < 1:
        raise ValueError(f"{name}: {argument} must be (height, width, channels), got {shape!r}")
    if min(sizes[:2]) < least:
        raise ValueError(f"{name}: images must be at least {least} x {least}, got {argument} {sizes}")
    return sizes


def check_count(name: str, argument: str, value: Any, least: int = 1) -> None:
    """Check a number of things.

    Raises:
        ValueError: it is no integer, or below ``least``.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name}: {argument} must be an integer >= {least}, got {value!r}")
