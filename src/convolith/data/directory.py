"""Folders of images as data sets whose images threads read ahead of time."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from convolith.data.arguments import AUTOTUNE, number_of_threads
from convolith.data.dataset import Dataset
from convolith.data.image_labels import LABEL_MODES, check_classes, encoded, labelled_images
from convolith.data.samples import ArrayDataset
from convolith.datasets.image_file import COLOR_MODES, RESAMPLING, checked_size, read_image
from convolith.defaults import image_data_format
from convolith.files import checked_path
from convolith.ops.arguments import flag, number
from convolith.random import checked_seed, new_seed

WHO = "image_dataset_from_directory"
SUBSETS = ("training", "validation", "both", None)
DATA_FORMATS = ("channels_last", "channels_first", None)


def image_dataset_from_directory(
    directory: str | os.PathLike[str],
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    color_mode: str = "rgb",
    batch_size: int | None = 32,
    image_size: tuple[int, int] = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    interpolation: str = "bilinear",
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    data_format: str | None = None,
    verbose: bool = True,
    *,
    on_error: str = "raise",
    num_parallel_calls: int | None = AUTOTUNE,
) -> Any:
    """Make a data set of a folder with one subfolder of images a class.

    Args:
        directory: the folder.
        labels: "inferred" from the subfolders; integers, one for each image in the order of the paths; or None for
            images alone. But for "inferred", images may lie in the folder itself.
        label_mode: "int" (int32), "categorical" (one-hot float32), "binary" (float32 (1,), for two classes) or None.
        class_names: the subfolders' names in the order of their numbers; None sorts them.
        color_mode: "rgb", "grayscale" or "rgba".
        batch_size: images in a batch; None gives single ones.
        image_size: (height, width) in pixels that images are resized to.
        shuffle: whether the order is random, and another one at each iteration.
        seed: for the order and the split.
        validation_split: share of the images, in (0, 1), that is kept to validate on.
        subset: "training" or "validation" part of the split, or "both" as a pair.
        interpolation: "nearest", "bilinear", "bicubic", "area" or "lanczos3"; unlike Keras's, all but "nearest" weigh
            every pixel of an image that shrinks.
        follow_links: whether links to folders are followed.
        crop_to_aspect_ratio: whether the middle is cut out of images of other proportions.
        pad_to_aspect_ratio: whether they are padded with black; with neither they are stretched.
        data_format: "channels_last" or "channels_first"; None is ``config.image_data_format()``.
        verbose: whether to print the numbers of images and classes.
        on_error: what becomes of a file that is no readable image: "raise" names it in a ValueError; "skip" leaves it
            out, names it in a warning, and counts it in the data set's ``skipped``.
        num_parallel_calls: threads that read images ahead of time, as in ``Dataset.map``.

    Returns:
        a Dataset of float32 images (n, height, width, channels) from 0 to 255, with their labels if there are any, and
        with the attributes ``class_names``, ``file_paths`` and ``skipped`` (a dict: path to what was wrong); for the
        subset "both" two of them.

    Raises:
        TypeError: a path, switch or share is of another kind.
        ValueError: an argument is none of these, or there is no image.
        NotADirectoryError: the folder does not exist.
        ImportError: Pillow is not installed (when the first image is read).

    Source:
        keras.utils.image_dataset_from_directory.

    Example:
        >>> from pathlib import Path
        >>> import numpy as np
        >>> from convolith.utils import image_dataset_from_directory, save_img
        >>> for name in ("cat", "dog"):
        ...     Path("pets", name).mkdir(parents=True)
        ...     save_img(f"pets/{name}/0.png", np.zeros((8, 8, 3)))
        >>> dataset = image_dataset_from_directory("pets", image_size=(4, 4))
        Found 2 files belonging to 2 classes.
        >>> images, labels = next(iter(dataset))
        >>> images.shape, labels.shape, dataset.class_names
        ((2, 4, 4, 3), (2,), ['cat', 'dog'])
    """
    for argument, value, allowed in (
        ("label_mode", label_mode, LABEL_MODES),
        ("color_mode", color_mode, tuple(COLOR_MODES)),
        ("subset", subset, SUBSETS),
        ("interpolation", interpolation, tuple(RESAMPLING)),
        ("data_format", data_format, DATA_FORMATS),
        ("on_error", on_error, ("raise", "skip")),
    ):
        if not isinstance(value, str | None) or value not in allowed:
            raise ValueError(f"{WHO}: {argument} must be one of {allowed}, got {value!r}")
    switches = {"shuffle": shuffle, "follow_links": follow_links}
    fits = {"crop_to_aspect_ratio": crop_to_aspect_ratio, "pad_to_aspect_ratio": pad_to_aspect_ratio}
    for argument, switch in {**switches, **fits}.items():
        flag(WHO, argument, switch)
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError(f"{WHO}: crop_to_aspect_ratio and pad_to_aspect_ratio cannot both be True")
    own_seed = _seed(seed, shuffle, validation_split, subset)
    threads, size = number_of_threads(num_parallel_calls), checked_size(WHO, image_size)
    directory = checked_path(WHO, "directory", directory)
    paths, numbers, names = labelled_images(directory, labels, class_names, follow_links)
    mode = label_mode if numbers is not None else None
    if mode is not None:
        check_classes(mode, numbers, names)
    if verbose:
        print(f"Found {len(paths)} files" + (f" belonging to {len(names)} classes." if mode else "."))
    fit = "crop" if crop_to_aspect_ratio else "pad" if pad_to_aspect_ratio else "stretch"
    read = partial(read_image, color_mode=color_mode, image_size=size, interpolation=interpolation, fit=fit)
    order = np.random.default_rng(own_seed).permutation(len(paths)) if shuffle else np.arange(len(paths))
    kept = len(order) - int(len(order) * (validation_split or 0.0))

    def one(part: np.ndarray, purpose: str | None) -> Dataset:
        if verbose and purpose:
            print(f"Using {len(part)} files for {purpose}.")
        own_paths = [str(paths[number]) for number in part]
        chosen = None if numbers is None else numbers[part]
        skipped: dict[str, str] = {}

        def element(number: int) -> Any:
            try:
                image = read(own_paths[number]).astype(np.float32)
            except (ValueError, OSError) as error:
                if on_error == "raise":
                    raise
                if own_paths[number] not in skipped:
                    skipped[own_paths[number]] = str(error)
                    warnings.warn(f"{error}; it is skipped", stacklevel=2)
                return None
            image = image.transpose(2, 0, 1) if (data_format or image_data_format()) == "channels_first" else image
            return image if mode is None or chosen is None else (image, encoded(chosen[number], mode, len(names)))

        found: Dataset = ArrayDataset.from_arrays(np.arange(len(part)))
        if shuffle:
            found = found.shuffle(max(1, len(part)), own_seed)
        found = found.map(element, threads or None)
        if on_error == "skip":
            found = found.filter(lambda *read: read[0] is not None)
        if batch_size is not None:
            found = found.batch(batch_size).prefetch(AUTOTUNE)
        found.class_names, found.file_paths, found.skipped = list(names), own_paths, skipped
        return found

    if subset == "both":
        return one(order[:kept], "training"), one(order[kept:], "validation")
    return one({"training": order[:kept], "validation": order[kept:], None: order}[subset], subset)


def _seed(seed: int | None, shuffle: bool, validation_split: float | None, subset: str | None) -> int:
    """Return the seed of the order and the split.

    Raises:
        ValueError: it is none, or the arguments of the split do not fit together.
    """
    if (validation_split is None) != (subset is None):
        raise ValueError(f"{WHO}: validation_split and subset go together, got {validation_split!r} and {subset!r}")
    if validation_split is not None and not 0 < number(WHO, "validation_split", validation_split) < 1:
        raise ValueError(f"{WHO}: validation_split must be in (0, 1), got {validation_split!r}")
    own = checked_seed(seed, WHO)
    if own is None and validation_split is not None and shuffle and subset != "both":
        raise ValueError(f"{WHO}: a split of shuffled images needs a seed, which both parts are given")
    return new_seed() if own is None else own
