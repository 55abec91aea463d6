"""CIFAR-100: 60,000 colour photos of 32 x 32 pixels in a hundred classes, found on the machine or downloaded."""

from __future__ import annotations

import numpy as np

from .cifar import URL, read_archive
from .published import Published

__all__ = ["COARSE_NAMES", "FINE_NAMES", "load_data"]

Pair = tuple[np.ndarray, np.ndarray]

FILES = {"cifar-100-binary.tar.gz": "md5:03b5dce01913d631647c71ecec9e9cb8"}
MEMBERS = ("cifar-100-binary/train.bin", "cifar-100-binary/test.bin")
LABEL_MODES = ("coarse", "fine")  # the order of a record's two labels
COARSE_NAMES = tuple(
    """
    aquatic_mammals fish flowers food_containers fruit_and_vegetables household_electrical_devices household_furniture
    insects large_carnivores large_man-made_outdoor_things large_natural_outdoor_scenes large_omnivores_and_herbivores
    medium_mammals non-insect_invertebrates people reptiles small_mammals trees vehicles_1 vehicles_2
    """.split()
)
FINE_NAMES = tuple(
    """
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle
    caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant
    flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree
    motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate
    poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider
    squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle
    wardrobe whale willow_tree wolf woman worm
    """.split()
)


def __dir__() -> list[str]:
    return sorted(__all__)


def load_data(label_mode: str = "fine") -> tuple[Pair, Pair]:
    """Return CIFAR-100 as Keras does, from the first place that has the authors' file cifar-100-binary.tar.gz.

    Looked for as CIFAR-10 is, with the subfolder cifar-100.

    Args:
        label_mode: "fine" (classes 0 to 99, FINE_NAMES) or "coarse" (0 to 19, COARSE_NAMES).

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: x uint8 (50000, 32, 32, 3) and (10000, 32, 32, 3), 0 to 255; y uint8
        (50000, 1) and (10000, 1).

    Raises:
        FileNotFoundError: The file is nowhere and cannot be downloaded; names the ways to get it.
        ValueError: It is not the published one (checksum), or the mode is neither.

    Source:
        Krizhevsky, "Learning multiple layers of features from tiny images", 2009.

    Example:
        >>> from convolith.datasets.cifar100 import load_data
        >>> (x_train, y_train), (x_test, y_test) = load_data()  # doctest: +SKIP
        >>> x_train.shape  # doctest: +SKIP
        (50000, 32, 32, 3)
    """
    if label_mode not in LABEL_MODES:
        raise ValueError(f"cifar100: label_mode must be one of {LABEL_MODES}, got {label_mode!r}")
    column = LABEL_MODES.index(label_mode)
    train, test = read_archive(Published("CIFAR-100", "cifar-100", URL, FILES), MEMBERS, labels=2)
    (x_train, y_train), (x_test, y_test) = ((x, y[:, column : column + 1].copy()) for x, y in (train, test))
    return (x_train, y_train), (x_test, y_test)
