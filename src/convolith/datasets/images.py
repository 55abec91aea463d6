"""Image files, and folders with one subfolder of images a class, as arrays."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .image_file import COLOR_MODES, checked_size, read_image
from .split import every_fifth_of_each_class

if TYPE_CHECKING:
    from collections.abc import Iterable

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")

__all__ = ["find_images", "image_paths", "load_data", "load_directory", "load_images"]

Pair = tuple[np.ndarray, np.ndarray]


def __dir__() -> list[str]:
    return sorted(__all__)


def load_data(
    directory: str | os.PathLike[str], color_mode: str = "rgb", image_size: tuple[int, int] = (256, 256)
) -> tuple[Pair, Pair, tuple[str, ...]]:
    """Load a folder of class folders as training and test images.

    With subfolders train and test (each of class folders, the same ones) these are taken. Otherwise every fifth image
    of each class, in the order of the file names, is a test image.

    Args:
        directory: The folder. Each subfolder is a class; the classes are numbered in the sorted order of their names.
        color_mode: "rgb" (3 channels), "grayscale" (1) or "rgba" (4).
        image_size: (height, width) in pixels that all images are resized to.

    Returns:
        ``(x_train, y_train), (x_test, y_test), class_names``: x uint8 (n, height, width, channels), 0 to 255; y int64
        (n,); class_names a tuple of str.

    Raises:
        ValueError: There is no class folder or no image; a file is no readable image (named); train and test have
            different classes; no class has the five images that a test image takes; an argument is wrong.
        NotADirectoryError: The folder does not exist.
        ImportError: Pillow is not installed.

    Example:
        >>> from convolith.datasets.images import load_data
        >>> (x_train, y_train), (x_test, y_test), names = load_data("pets", "grayscale", (28, 28))  # doctest: +SKIP
        >>> x_train.shape, names  # doctest: +SKIP
        ((80, 28, 28, 1), ('cat', 'dog'))
    """
    folder = Path(directory)
    if (folder / "train").is_dir() and (folder / "test").is_dir():
        x_train, y_train, class_names = load_directory(folder / "train", color_mode, image_size)
        x_test, y_test, test_names = load_directory(folder / "test", color_mode, image_size)
        if class_names != test_names:
            raise ValueError(
                f"{folder}: train and test must hold the same class folders, "
                f"got {list(class_names)} and {list(test_names)}"
            )
        return (x_train, y_train), (x_test, y_test), class_names
    images, labels, class_names = load_directory(folder, color_mode, image_size)
    is_test = every_fifth_of_each_class(labels)
    if not is_test.any():
        raise ValueError(
            f"{folder}: a class of at least 5 images is needed to keep one for the test, "
            f"got at most {np.bincount(labels).max()} a class"
        )
    return (images[~is_test], labels[~is_test]), (images[is_test], labels[is_test]), class_names


def load_directory(
    directory: str | os.PathLike[str], color_mode: str = "rgb", image_size: tuple[int, int] = (256, 256)
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Load every image of a folder of class folders.

    Args:
        directory: The folder. Each subfolder is a class, numbered in the sorted order of the names; images in folders
            deeper down count for the class; files and folders whose name starts with a dot, and files of other suffixes
            than SUFFIXES, are passed over.
        color_mode: "rgb" (3 channels), "grayscale" (1) or "rgba" (4).
        image_size: (height, width) in pixels that all images are resized to.

    Returns:
        ``(images, labels, class_names)``: uint8 (n, height, width, channels), 0 to 255, ordered by class and path;
        int64 (n,); a tuple of str.

    Raises:
        ValueError: There is no class folder or a class has no image; a file is no readable image (named); an argument
            is wrong.
        NotADirectoryError: The folder does not exist.
        ImportError: Pillow is not installed.

    Example:
        >>> from convolith.datasets.images import load_directory
        >>> images, labels, names = load_directory("pets", "rgb", (64, 64))  # doctest: +SKIP
    """
    paths, labels, class_names = find_images(directory)
    return load_images(paths, color_mode, image_size), labels, class_names


def find_images(
    directory: str | os.PathLike[str], follow_links: bool = False
) -> tuple[list[Path], np.ndarray, tuple[str, ...]]:
    """Find every image of a folder of class folders, without reading it.

    Args:
        directory: The folder; see ``load_directory``.
        follow_links: Whether links to folders within a class folder are followed.

    Returns:
        ``(paths, labels, class_names)``: ordered by class and path; int64 (n,); a tuple of str.

    Raises:
        ValueError: There is no class folder or a class has no image.
        NotADirectoryError: The folder does not exist.

    Example:
        >>> from convolith.datasets.images import find_images
        >>> paths, labels, names = find_images("pets")  # doctest: +SKIP
    """
    folder = Path(directory)
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder}: no such folder of class folders")
    class_names = tuple(sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and entry.name[0] != "."))
    if not class_names:
        raise ValueError(f"{folder}: expected one subfolder of images a class, found no subfolder")
    found = [image_paths(folder / class_name, follow_links) for class_name in class_names]
    empty = [str(folder / class_name) for class_name, paths in zip(class_names, found, strict=True) if not paths]
    if empty:
        which = "this class folder" if len(empty) == 1 else "these class folders"
        raise ValueError(f"{', '.join(empty)}: no image in {which} (looked for {', '.join(SUFFIXES)})")
    labels = np.repeat(np.arange(len(found), dtype=np.int64), [len(paths) for paths in found])
    return [path for paths in found for path in paths], labels, class_names


def load_images(
    paths: Iterable[str | os.PathLike[str]], color_mode: str = "rgb", image_size: tuple[int, int] = (256, 256)
) -> np.ndarray:
    """Read image files of any size into one array.

    Args:
        paths: The image files; their rotation flags are respected, transparency is laid over black.
        color_mode: "rgb" (3 channels), "grayscale" (1) or "rgba" (4).
        image_size: (height, width) in pixels that all images are resized to.

    Returns:
        uint8 (n, height, width, channels), 0 to 255.

    Raises:
        ValueError: Files are no readable images (the first three are named); an argument is wrong.
        FileNotFoundError: A file does not exist (named).
        ImportError: Pillow is not installed.

    Example:
        >>> from convolith.datasets.images import load_images
        >>> load_images(["cat.png"], "grayscale", (28, 28)).shape  # doctest: +SKIP
        (1, 28, 28, 1)
    """
    if color_mode not in COLOR_MODES:
        raise ValueError(f"color_mode must be one of {list(COLOR_MODES)}, got {color_mode!r}")
    size = checked_size("load_images", image_size)
    sources = list(paths)
    images = np.empty((len(sources), *size, len(COLOR_MODES[color_mode])), np.uint8)
    faults: list[ValueError] = []
    for image, source in zip(images, sources, strict=True):
        try:
            image[...] = read_image(source, color_mode, size)
        except ValueError as fault:  # all are read, so that all can be told at once
            faults.append(fault)
    if len(faults) == 1:
        raise faults[0]
    if faults:
        told = "; ".join(map(str, faults[:3])) + (" ..." if len(faults) > 3 else "")
        raise ValueError(f"{len(faults)} of {len(sources)} files are no readable images: {told}")
    return images


def image_paths(folder: str | os.PathLike[str], follow_links: bool = False) -> list[Path]:
    """List the images in a folder and in those below it, sorted by path, but for what has a name with a dot before it.

    Args:
        folder: where to look.
        follow_links: whether links to folders are followed.
    """
    found: list[Path] = []
    for place, folders, files in os.walk(folder, followlinks=follow_links):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(place, name) for name in files if not name.startswith(".")]
    return sorted(path for path in found if path.suffix.lower() in SUFFIXES and path.is_file())
