"""Folders of images as data sets that read an image when it is needed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from convolith.data.arrays import ArrayDataset
from convolith.data.dataset import Dataset
from convolith.datasets.images import COLOR_MODES, find_images, load_images
from convolith.random import checked_seed, new_seed

LABEL_MODES = ("int", "categorical", "binary", None)
SUBSETS = ("training", "validation", "both", None)


def image_dataset_from_directory(
    directory: str | os.PathLike[str],
    labels: str | None = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    color_mode: str = "rgb",
    batch_size: int | None = 32,
    image_size: tuple[int, int] = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
) -> Any:
    """Make a data set of a folder with one subfolder of images a class.

    Args:
        directory: the folder.
        labels: "inferred" from the subfolders, or None for images alone.
        label_mode: "int" (int64), "categorical" (one-hot float32), "binary" (float32 (1,), for two classes) or None.
        class_names: the subfolders' names in the order of their numbers; None sorts them.
        color_mode: "rgb" or "grayscale".
        batch_size: images in a batch; None gives single ones.
        image_size: (height, width) in pixels that images are resized to, bilinearly.
        shuffle: whether the order is random, and another one at each iteration.
        seed: for the order and the split.
        validation_split: share of the images, in (0, 1), that is kept to validate on.
        subset: "training" or "validation" part of the split, or "both" as a pair.

    Returns:
        a Dataset of float32 images (n, height, width, channels) from 0 to 255, with their labels if there are any, and
        with the attribute ``class_names``; for the subset "both" two of them.

    Raises:
        ValueError: an argument is none of these, or there is no image. A file that is no image is named when it comes.
        NotADirectoryError: the folder does not exist.
        ImportError: Pillow is not installed (when the first image is read).

    Source:
        keras.utils.image_dataset_from_directory.
    """
    who = "image_dataset_from_directory"
    for argument, value, allowed in (
        ("labels", labels, ("inferred", None)),
        ("label_mode", label_mode, LABEL_MODES),
        ("color_mode", color_mode, tuple(COLOR_MODES)),
        ("subset", subset, SUBSETS),
    ):
        if value not in allowed:
            raise ValueError(f"{who}: {argument} must be one of {allowed}, got {value!r}")
    if (validation_split is None) != (subset is None):
        raise ValueError(f"{who}: validation_split and subset go together, got {validation_split!r} and {subset!r}")
    if validation_split is not None and not 0 < validation_split < 1:
        raise ValueError(f"{who}: validation_split must be in (0, 1), got {validation_split!r}")
    own_seed = checked_seed(seed, who)
    if own_seed is None:
        if validation_split is not None and shuffle and subset != "both":
            raise ValueError(f"{who}: a split of shuffled images needs a seed, which both parts are given")
        own_seed = new_seed()
    paths, numbers, names = find_images(directory)
    if class_names is not None:
        if sorted(class_names) != sorted(names):
            raise ValueError(f"{who}: class_names must be the subfolders {list(names)}, got {list(class_names)}")
        numbers = np.array([list(class_names).index(name) for name in names], np.int64)[numbers]
        names = tuple(class_names)
    if label_mode == "binary" and len(names) != 2:
        raise ValueError(f"{who}: label_mode 'binary' is for two classes, got {len(names)}")
    order = np.random.default_rng(own_seed).permutation(len(paths)) if shuffle else np.arange(len(paths))
    kept = len(order) - int(len(order) * (validation_split or 0.0))
    parts = {"training": order[:kept], "validation": order[kept:], None: order}

    def one(part: np.ndarray) -> Dataset:
        found: Dataset = ArrayDataset.from_arrays((np.array(list(map(str, paths)))[part], numbers[part]))
        if shuffle:
            found = found.shuffle(max(1, len(part)), own_seed)

        def read(path: Any, number: Any) -> Any:
            image = load_images([str(path)], color_mode, image_size)[0].astype(np.float32)
            if labels is None or label_mode is None:
                return image
            return image, _label(number, label_mode, len(names))

        found = found.map(read)
        if batch_size is not None:
            found = found.batch(batch_size)
        found.class_names = list(names)
        return found

    if subset == "both":
        return one(parts["training"]), one(parts["validation"])
    return one(parts[subset])


def _label(number: Any, label_mode: str, classes: int) -> Any:
    if label_mode == "categorical":
        return np.eye(classes, dtype=np.float32)[number]
    return np.array([number], np.float32) if label_mode == "binary" else number
