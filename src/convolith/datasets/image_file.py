"""One image file as an array of a size and colour mode (through Pillow, which works without Python's lock)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

COLOR_MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}
RESAMPLING = {"nearest": "NEAREST", "bilinear": "BILINEAR", "bicubic": "BICUBIC", "area": "BOX", "lanczos3": "LANCZOS"}
FITS = ("stretch", "crop", "pad")


def read_image(
    path: str | os.PathLike[str],
    color_mode: str = "rgb",
    image_size: Sequence[int] = (256, 256),
    interpolation: str = "bilinear",
    fit: str = "stretch",
) -> np.ndarray:
    """Read an image file of any size.

    Args:
        path: the file; its rotation flag is respected, and unless the mode is "rgba", transparency is laid over black.
        color_mode: "grayscale" (1 channel), "rgb" (3) or "rgba" (4).
        image_size: (height, width) in pixels of the result.
        interpolation: "nearest", "bilinear", "bicubic", "area" or "lanczos3"; all but the first weigh every pixel of
            an image that shrinks.
        fit: for an image of other proportions: "stretch" it, "crop" the middle out, or "pad" it with black.

    Returns:
        uint8 (height, width, channels), 0 to 255.

    Raises:
        ValueError: the file is no readable image (named), or an argument is none of these.
        FileNotFoundError: the file does not exist (named).
        ImportError: Pillow is not installed.

    Source:
        Interpolation: Pillow's Image.resize; proportions: keras.utils.image_dataset_from_directory.

    Example:
        >>> from convolith.datasets.image_file import read_image
        >>> read_image("cat.png", "grayscale", (28, 28)).shape  # doctest: +SKIP
        (28, 28, 1)
    """
    for argument, value, allowed in (
        ("color_mode", color_mode, COLOR_MODES),
        ("interpolation", interpolation, RESAMPLING),
        ("fit", fit, FITS),
    ):
        if value not in allowed:
            raise ValueError(f"{argument} must be one of {list(allowed)}, got {value!r}")
    height, width = checked_size("read_image", image_size)
    try:
        from PIL import Image
    except ImportError:
        raise ImportError('reading image files needs Pillow: pip install "convolith[image]"') from None
    try:
        with Image.open(path) as file:
            image = _fitted(_converted(file, COLOR_MODES[color_mode]), height, width, fit)
            pixels = np.asarray(image.resize((width, height), Image.Resampling[RESAMPLING[interpolation]]))
    except FileNotFoundError:
        raise FileNotFoundError(f"{Path(path)}: no such image file") from None
    # Pillow's readers raise whatever a damaged file leads them into: OSError, SyntaxError, ValueError, struct.error ...
    except Exception as error:
        raise ValueError(f"{Path(path)}: not a readable image ({error})") from error
    return pixels.reshape(height, width, -1)


def checked_size(owner: str, image_size: Sequence[int]) -> tuple[int, int]:
    """Return (height, width); ``owner`` is named in the message.

    Raises:
        ValueError: it is no pair of positive integers.
    """
    pair = isinstance(image_size, Sequence) and len(image_size) == 2
    whole = pair and not any(isinstance(size, bool) or not isinstance(size, int | np.integer) for size in image_size)
    if not whole or min(image_size) < 1:
        raise ValueError(f"{owner}: image_size must be (height, width), two positive integers, got {image_size!r}")
    return int(image_size[0]), int(image_size[1])


def _converted(file: Any, mode: str) -> Any:
    """Turn an open file upright and into one of Pillow's modes of 8 bits a channel."""
    from PIL import Image, ImageOps

    upright = ImageOps.exif_transpose(file)
    if upright.mode.startswith("I;16"):  # Pillow's own conversion would clip instead of scaling
        upright = Image.fromarray(((np.asarray(upright, np.uint32) + 128) // 257).astype(np.uint8))
    elif upright.mode in ("I", "F"):
        raise ValueError(f"pixels of mode {upright.mode} have no known range, expected 8 or 16 bits")
    if mode != "RGBA" and ("A" in upright.getbands() or "transparency" in upright.info):
        upright = Image.alpha_composite(Image.new("RGBA", upright.size, "black"), upright.convert("RGBA"))
    return upright.convert(mode)


def _fitted(image: Any, height: int, width: int, fit: str) -> Any:
    """Crop or pad an image to the proportions of the result."""
    if fit == "stretch":
        return image
    wide, high = int(image.height * width / height), int(image.width * height / width)
    nearest = min if fit == "crop" else max
    new_width, new_height = nearest(image.width, wide), nearest(image.height, high)
    # int() rounds towards zero, as Keras does for both: the odd pixel lies to the right and below.
    left, top = int((image.width - new_width) / 2), int((image.height - new_height) / 2)
    return image.crop((left, top, left + new_width, top + new_height))
