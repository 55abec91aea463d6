"""Which images a folder has, and the labels that they get."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from convolith.datasets.images import SUFFIXES, find_images, image_paths

WHO = "image_dataset_from_directory"
LABEL_MODES = ("int", "categorical", "binary", None)


def labelled_images(
    directory: str | os.PathLike[str], labels: Any, class_names: Any, follow_links: bool
) -> tuple[list[Path], Any, tuple[str, ...]]:
    """Find the images of a folder and number their classes.

    Args:
        directory: the folder.
        labels: "inferred", integers, or None.
        class_names: the subfolders in the order of their numbers, a sequence or an array; or None.
        follow_links: whether links to folders are followed.

    Returns:
        (paths, numbers, names): sorted by class and path; int64 (n,) or None; the names of the classes.

    Raises:
        TypeError: the names are no strings.
        ValueError: an argument is none of these, or there is no image.
        NotADirectoryError: the folder does not exist.
    """
    if isinstance(labels, str) and labels == "inferred":
        paths, numbers, names = find_images(directory, follow_links)
        if class_names is None:
            return paths, numbers, names
        class_names = class_names.tolist() if isinstance(class_names, np.ndarray) else class_names
        if not isinstance(class_names, Sequence) or not all(isinstance(name, str) for name in class_names):
            raise TypeError(f"{WHO}: class_names must be None or names of subfolders, got {class_names!r}")
        if sorted(class_names) != sorted(names):
            raise ValueError(f"{WHO}: class_names must be the subfolders {list(names)}, got {list(class_names)}")
        renumbered = np.array([list(class_names).index(name) for name in names], np.int64)[numbers]
        return paths, renumbered, tuple(class_names)
    if labels is not None and not isinstance(labels, (list, tuple, np.ndarray)):
        raise ValueError(f"{WHO}: labels must be 'inferred', a list of integers or None, got {labels!r}")
    if class_names is not None:
        raise ValueError(f"{WHO}: class_names go with labels='inferred' only, got {class_names!r}")
    folder = Path(directory)
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder}: no such folder of images")
    paths = image_paths(folder, follow_links)
    if not paths:
        raise ValueError(f"{folder}: no image in this folder (looked for {', '.join(SUFFIXES)})")
    if labels is None:
        return paths, None, ()
    given = np.asarray(labels)
    if given.shape != (len(paths),) or given.dtype.kind not in "iu":
        raise ValueError(
            f"{WHO}: labels must be {len(paths)} integers, one for each image, "
            f"got shape {given.shape} of dtype {given.dtype}"
        )
    return paths, given.astype(np.int64), tuple(map(str, np.unique(given).tolist()))


def check_classes(label_mode: str, numbers: np.ndarray, names: tuple[str, ...]) -> None:
    """Check that labels can be encoded.

    Raises:
        ValueError: there are not two classes for "binary", or their numbers do not count from 0.
    """
    if label_mode == "binary" and len(names) != 2:
        raise ValueError(f"{WHO}: label_mode 'binary' is for two classes, got {len(names)}")
    if label_mode != "int" and not 0 <= numbers.min() <= numbers.max() < len(names):
        raise ValueError(f"{WHO}: label_mode {label_mode!r} needs labels from 0 to {len(names) - 1}, got {list(names)}")


def encoded(number: Any, label_mode: str, classes: int) -> Any:
    """Give the label of one image."""
    if label_mode == "categorical":
        return np.eye(classes, dtype=np.float32)[number]
    return np.array([number], np.float32) if label_mode == "binary" else np.int32(number)
