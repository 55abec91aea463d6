"""A data set in two parts, such as training and test samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.data import INFINITE_CARDINALITY, Dataset
from convolith.data.stacking import unstacked
from convolith.layers.structure import flatten, map_structure
from convolith.layers.weights import only_none
from convolith.random import checked_seed, new_seed

WHO = "split_dataset"


def split_dataset(
    dataset: Any,
    left_size: float | None = None,
    right_size: float | None = None,
    shuffle: bool = False,
    seed: int | None = None,
    preferred_backend: None = None,
) -> tuple[Dataset, Dataset]:
    """Split samples into two data sets.

    Args:
        dataset: an array; a list or tuple of arrays with the same number of samples; a ``data.Dataset``, which is read
            into memory and, where ``batch`` is its last step, taken sample by sample; or a sequence of samples with
            ``__len__`` and ``__getitem__``, as torch's.
        left_size: number of samples in the first part (an integer), or their share in (0, 1) (a float); None takes what
            the second leaves.
        right_size: the same for the second part, which are the last samples.
        shuffle: whether the samples are put into a random order before.
        seed: for that order; None draws one.
        preferred_backend: None.

    Returns:
        two Datasets of samples; of batches where the data set had such.

    Raises:
        ValueError: sizes are missing, out of range or too large together, a part would be empty, or arrays have other
            numbers of samples.
        TypeError: a size or the data set is none of these.

    Source:
        keras.utils.split_dataset.

    Example:
        >>> import numpy as np
        >>> from convolith.utils import split_dataset
        >>> left, right = split_dataset(np.arange(10), left_size=0.7)
        >>> len(left), [int(one) for one in right]
        (7, [7, 8, 9])
    """
    only_none(WHO, preferred_backend=preferred_backend)
    samples, batch_size = _samples(dataset)
    count = len(flatten(samples)[0]) if isinstance(samples, (tuple, np.ndarray)) else len(samples)
    left, right = _sizes(left_size, right_size, count)
    own = checked_seed(seed, WHO)
    numbers = np.arange(count)
    if shuffle:
        numbers = np.random.default_rng(new_seed() if own is None else own).permutation(count)

    def part(chosen: np.ndarray) -> Dataset:
        if isinstance(samples, list):
            kept = [samples[number] for number in chosen]
            found = Dataset(lambda: iter(kept), len(kept))
        else:
            found = Dataset.from_tensor_slices(map_structure(lambda array: array[chosen], samples))
        return found if batch_size is None else found.batch(batch_size)

    return part(numbers[:left]), part(numbers[count - right :])


def _samples(dataset: Any) -> tuple[Any, int | None]:
    """Return an array, a tuple of arrays or a list of samples; and the size of the batches that these came in."""
    if isinstance(dataset, np.ndarray) and dataset.ndim:
        return dataset, None
    if isinstance(dataset, (list, tuple)):
        if not dataset or not all(isinstance(one, np.ndarray) and one.ndim for one in dataset):
            raise TypeError(f"{WHO}: a list or tuple must hold arrays, got {[type(one).__name__ for one in dataset]}")
        if len({len(one) for one in dataset}) > 1:
            raise ValueError(f"{WHO}: arrays must have the same first size, got {[one.shape for one in dataset]}")
        return tuple(dataset), None
    if isinstance(dataset, Dataset):
        if dataset.cardinality() == INFINITE_CARDINALITY:
            raise ValueError(f"{WHO}: {dataset!r} has no end")
        if dataset.batch_size is None:
            return list(dataset), None
        return [sample for batch in dataset for sample in unstacked(batch)], dataset.batch_size
    if hasattr(dataset, "__getitem__") and hasattr(dataset, "__len__"):
        return [dataset[number] for number in range(len(dataset))], None
    raise TypeError(f"{WHO}: dataset must be arrays, a Dataset or a sequence of samples, got {type(dataset).__name__}")


def _sizes(left: Any, right: Any, count: int) -> tuple[int, int]:
    """Return the numbers of samples of the two parts."""
    if left is None and right is None:
        raise ValueError(f"{WHO}: left_size or right_size must be given")
    given = [_size(name, size, count) for name, size in (("left_size", left), ("right_size", right))]
    first, last = (count - (given[1 - i] or 0) if one is None else one for i, one in enumerate(given))
    if first + last > count or not first or not last:
        raise ValueError(
            f"{WHO}: left_size={left!r} and right_size={right!r} of {count} samples: the parts would have {first} and "
            f"{last} samples"
        )
    return first, last


def _size(name: str, size: Any, count: int) -> int | None:
    if size is None:
        return None
    if isinstance(size, bool) or not isinstance(size, (int, float, np.integer, np.floating)):
        raise TypeError(f"{WHO}: {name} must be an integer, a float or None, got {size!r}")
    whole = isinstance(size, (int, np.integer))
    if not 0 < size < (count if whole else 1):
        raise ValueError(f"{WHO}: {name} must be an integer in (0, {count}) or a share in (0, 1), got {size!r}")
    return int(size) if whole else round(float(size) * count)
