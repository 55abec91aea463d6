"""The fixed, stratified split into training and test samples."""

from __future__ import annotations

import numpy as np

TEST_EVERY = 5


def every_fifth_of_each_class(labels: np.ndarray) -> np.ndarray:
    """Mark every fifth sample of each class, in the order given, as a test sample.

    The split needs no random numbers, keeps the classes' proportions, and is the same on every machine.

    Args:
        labels: (n,) integers, the samples' classes.

    Returns:
        (n,) bool, True for a test sample: of each class the 5th, 10th, 15th ... one.

    Example:
        >>> import numpy as np
        >>> from convolith.datasets.split import every_fifth_of_each_class
        >>> every_fifth_of_each_class(np.array([0, 0, 0, 0, 0, 1, 0])).astype(int)
        array([0, 0, 0, 0, 1, 0, 0])
    """
    is_test = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        (members,) = np.nonzero(labels == label)
        is_test[members[TEST_EVERY - 1 :: TEST_EVERY]] = True
    return is_test
