"""The 1,797 handwritten digits of UCI's optical recognition data, bundled with the package."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .split import every_fifth_of_each_class

__all__ = ["load_data"]

Pair = tuple[np.ndarray, np.ndarray]

INK_LEVELS = 16
"""The file's pixels count the inked ones among 4 x 4 finer pixels: 0 to 16."""


def __dir__() -> list[str]:
    return sorted(__all__)


def load_data() -> tuple[Pair, Pair]:
    """Return the bundled digits as Keras's data sets do; nothing is downloaded.

    Pixels are spread from the file's 0 ... 16 to the 0 ... 255 of every other data set and image file (rounded; 16
    becomes 255), so ``x / 255`` and ``Rescaling(1 / 255)`` mean the same here; ``np.rint(x / 255 * 16)`` gives the
    file's values back. Every fifth image of each class is a test image. The same people wrote training and test images.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: x uint8 (1442, 8, 8) and (355, 8, 8), 0 paper to 255 ink; y uint8
        (1442,) and (355,), classes 0 to 9.

    Source:
        Alpaydin and Kaynak (1998), https://doi.org/10.24432/C50P49, CC BY 4.0; see digits.LICENSE.txt beside this file.

    Example:
        >>> from convolith.datasets.digits import load_data
        >>> (x_train, y_train), (x_test, y_test) = load_data()
        >>> x_train.shape, x_test.shape, x_train.dtype, x_train.max()
        ((1442, 8, 8), (355, 8, 8), dtype('uint8'), np.uint8(255))
    """
    with np.load(Path(__file__).with_suffix(".npz"), allow_pickle=False) as archive:
        ink, labels = archive["images"], archive["labels"]
    images = np.rint(ink * (255 / INK_LEVELS)).astype(np.uint8)
    is_test = every_fifth_of_each_class(labels)
    return (images[~is_test], labels[~is_test]), (images[is_test], labels[is_test])
