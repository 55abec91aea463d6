"""Single images: arrays to images of Pillow's and back, read from files and written."""

from __future__ import annotations

import io
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from convolith.files import check_file, replace
from convolith.ops.arguments import checked_data_format, flag, real
from convolith.ops.conversion import operand

INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")
MODES = {"grayscale": ("L", "I;16", "I"), "rgb": ("RGB",), "rgba": ("RGBA",)}  # a mode among these stays as it is


def array_to_img(x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None) -> Any:
    """Turn an array into an image of Pillow's.

    Args:
        x: array (height, width, channels), or (channels, height, width) with the channels first; 1, 3 or 4 channels.
        data_format: "channels_last" or "channels_first"; None is ``config.image_data_format()``.
        scale: whether the least value becomes 0 and the largest 255. Else values are taken as they are, but for
            fractions, which are cut off.
        dtype: to compute in; None is ``config.floatx()``.

    Returns:
        an image of the mode L, RGB or RGBA; I (32 bits) if values of a single channel are above 255.

    Raises:
        TypeError: ``x`` holds no real numbers, the dtype is none of them, or ``scale`` neither True nor False.
        ValueError: the shape is none of these, or a value cannot be kept.
        ImportError: Pillow is not installed.

    Source:
        keras.utils.array_to_img.

    Example:
        >>> import numpy as np
        >>> from convolith.utils import array_to_img
        >>> array_to_img(np.zeros((2, 3, 1))).size
        (3, 2)
    """
    image = _pillow("array_to_img")
    operand("array_to_img", "x", x)  # which refuses what holds no numbers
    flag("array_to_img", "scale", scale)
    pixels = np.asarray(x, real("array_to_img", dtype))
    if pixels.ndim != 3:
        raise ValueError(f"array_to_img: x must have the shape of one image, with three axes, got {pixels.shape}")
    if _channels_first("array_to_img", data_format):
        pixels = pixels.transpose(1, 2, 0)
    channels = pixels.shape[2]
    if channels not in (1, 3, 4):
        raise ValueError(f"array_to_img: x must have 1, 3 or 4 channels, got {channels}, its shape is {np.shape(x)}")
    if not np.isfinite(pixels).all():
        raise ValueError("array_to_img: x must hold finite numbers, got NaN or infinity")
    if scale and pixels.size:
        pixels = pixels - pixels.min()
        largest = pixels.max()
        pixels = pixels / largest * 255 if largest != 0 else pixels
    largest = pixels.max(initial=0)
    limit = 2**31 - 1 if channels == 1 else 255
    if pixels.min(initial=0) < 0 or largest > limit:
        raise ValueError(
            f"array_to_img: without scale, values must be in [0, {limit}], got {pixels.min()} to {largest}"
        )
    whole = pixels.astype(np.int32 if largest > 255 else np.uint8)
    return image.fromarray(np.ascontiguousarray(whole[..., 0] if channels == 1 else whole))


def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> np.ndarray:
    """Turn an image of Pillow's into an array.

    Args:
        img: the image.
        data_format: "channels_last" or "channels_first"; None is ``config.image_data_format()``.
        dtype: of the array; None is ``config.floatx()``.

    Returns:
        array (height, width, channels), or (channels, height, width).

    Raises:
        TypeError: it holds no real numbers, or the dtype is none of them.
        ValueError: it is no image.

    Source:
        keras.utils.img_to_array.

    Example:
        >>> import numpy as np
        >>> from convolith.utils import array_to_img, img_to_array
        >>> img_to_array(array_to_img(np.zeros((2, 3, 1)))).shape
        (2, 3, 1)
    """
    first = _channels_first("img_to_array", data_format)
    operand("img_to_array", "img", img)  # which refuses what holds no numbers
    array = np.asarray(img, real("img_to_array", dtype))
    if array.ndim == 2:
        array = array[..., np.newaxis]
    if array.ndim != 3:
        raise ValueError(f"img_to_array: img must be one image, got shape {array.shape}")
    return array.transpose(2, 0, 1) if first else array


def save_img(
    path: Any,
    x: Any,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **kwargs: Any,
) -> None:
    """Write an array as an image file.

    Args:
        path: the file, or an open one for bytes.
        x: as for ``array_to_img``.
        data_format: as for ``array_to_img``.
        file_format: such as "png"; None takes the path's ending.
        scale: as for ``array_to_img``.
        kwargs: for ``PIL.Image.Image.save``, such as ``quality=95``.

    Raises:
        ValueError: as ``array_to_img``; or the format is unknown.
        ImportError: Pillow is not installed.

    Source:
        keras.utils.save_img.

    Example:
        >>> import io
        >>> import numpy as np
        >>> from convolith.utils import load_img, save_img
        >>> file = io.BytesIO()
        >>> save_img(file, np.ones((2, 2, 3)), file_format="png")
        >>> load_img(file).size
        (2, 2)
    """
    if file_format is not None and not isinstance(file_format, str):
        raise ValueError(f"save_img: file_format must be None or a name, got {file_format!r}")
    if not file_format and isinstance(path, (str, os.PathLike)):
        file_format = Path(path).suffix[1:]
        if not file_format:
            raise ValueError(f"save_img: path {os.fspath(path)!r} must have an ending where file_format is not given")
    file_format = "jpeg" if str(file_format).lower() == "jpg" else file_format
    image = array_to_img(x, data_format, scale)
    if image.mode == "RGBA" and str(file_format).lower() == "jpeg":
        warnings.warn("save_img: JPEG files have no transparency: the fourth channel is left out", stacklevel=2)
        image = image.convert("RGB")
    try:
        if isinstance(path, (str, os.PathLike)):
            replace(Path(path), lambda temporary: image.save(temporary, file_format, **kwargs))
        else:
            image.save(path, file_format, **kwargs)
    except KeyError:
        raise ValueError(f"save_img: {path}: Pillow writes no files of the format {file_format!r}") from None


def load_img(
    path: Any,
    color_mode: str = "rgb",
    target_size: tuple[int, int] | None = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
) -> Any:
    """Read an image file as an image of Pillow's.

    Args:
        path: the file, or a ``BytesIO`` of its bytes.
        color_mode: "rgb", "rgba" or "grayscale" (which leaves 16 and 32 bits as they are).
        target_size: (height, width) in pixels; None keeps the file's.
        interpolation: "nearest", "bilinear", "bicubic", "hamming", "box" or "lanczos".
        keep_aspect_ratio: whether the middle is cut out of an image of other proportions; else it is stretched.

    Returns:
        the image.

    Raises:
        FileNotFoundError: there is no such file.
        TypeError: the path is none.
        ValueError: the file is no readable image, or an argument is none of these.
        ImportError: Pillow is not installed.

    Source:
        keras.utils.load_img.

    Example:
        >>> from convolith.utils import load_img
        >>> load_img("cat.jpg", target_size=(224, 224))  # doctest: +SKIP
    """
    module = _pillow("load_img")
    for argument, value, allowed in (
        ("color_mode", color_mode, tuple(MODES)),
        ("interpolation", interpolation, INTERPOLATIONS),
    ):
        if not isinstance(value, str) or value not in allowed:
            raise ValueError(f"load_img: {argument} must be one of {allowed}, got {value!r}")
    if not isinstance(path, (str, bytes, os.PathLike, io.BytesIO)):
        raise TypeError(f"load_img: path must be a path or a BytesIO, got {type(path).__name__}")
    size = None if target_size is None else _size(target_size)
    if isinstance(path, io.BytesIO):
        content, name = path, "the BytesIO"
    else:
        name = os.fsdecode(path)
        check_file(Path(name), "load_img: path")
        content = io.BytesIO(Path(name).read_bytes())
    try:
        image = module.open(content)
        image.load()
    # Pillow's readers raise whatever a damaged file leads them into: OSError, SyntaxError, ValueError, struct.error ...
    except Exception as error:
        why = "of no format that Pillow knows" if isinstance(error, module.UnidentifiedImageError) else error
        raise ValueError(f"load_img: {name}: not a readable image ({why})") from error
    if image.mode not in MODES[color_mode]:
        image = image.convert(MODES[color_mode][0])
    if size is None or size == image.size:
        return image
    box = _middle(image.size, size) if keep_aspect_ratio else None
    return image.resize(size, module.Resampling[interpolation.upper()], box)


def _pillow(who: str) -> Any:
    try:
        from PIL import Image
    except ImportError:
        raise ImportError(f'{who} needs Pillow: pip install "convolith[image]"') from None
    return Image


def _channels_first(who: str, data_format: str | None) -> bool:
    return checked_data_format(who, data_format) == "channels_first"


def _size(target_size: Any) -> tuple[int, int]:
    """Return (width, height), as Pillow has it."""
    from convolith.datasets.image_file import checked_size

    try:
        height, width = checked_size("load_img", target_size)
    except (TypeError, ValueError):
        raise ValueError(
            f"load_img: target_size must be (height, width), two positive integers, got {target_size!r}"
        ) from None
    return width, height


def _middle(size: tuple[int, int], wanted: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return the largest part in the middle that has the proportions of another size: (left, top, right, bottom)."""
    (width, height), (new_width, new_height) = size, wanted
    high = min(height, width * new_height // new_width)
    wide = min(width, height * new_width // new_height)
    left, top = (width - wide) // 2, (height - high) // 2
    return left, top, left + wide, top + high
