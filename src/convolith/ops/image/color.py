"""Colours: grey, and hue, saturation and value."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import checked_data_format
from convolith.ops.dense import dense
from convolith.ops.image.images import in_batch
from convolith.ops.window import operand

GREY = (0.2989, 0.5870, 0.1140)
"""What red, green and blue add to the luma of ITU-R BT.601, rounded as Keras has it."""


class RgbToHsv(Operation):
    """Hue, saturation and value of red, green and blue on the last axis."""

    def infer(self, images: Spec) -> Spec:
        """Keep shape and dtype."""
        return images

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Go by which channel is the largest."""
        (images,), (out,) = inputs, outputs
        value, chroma = images.max(axis=-1), np.ptp(images, axis=-1)
        _, after, offset = _around(images)
        hue = np.divide(after, chroma, out=np.zeros_like(value), where=chroma > 0)
        hue[chroma > 0] += offset[chroma > 0]
        hue /= 6
        out[..., 0] = hue + (hue < 0)
        out[..., 1] = np.divide(chroma, value, out=np.zeros_like(value), where=value > 0)
        out[..., 2] = value

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by the transposed Jacobian."""
        return (RgbToHsvGradient()(node.inputs[0], upstreams[0]),)


class RgbToHsvGradient(Operation):
    """The gradient of hue, saturation and value by red, green and blue; among equal ones the first is the largest."""

    def infer(self, images: Spec, upstream: Spec) -> Spec:
        """Keep shape and dtype."""
        return images

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Add up what each channel does as the largest, as the smallest, and as one of the other two."""
        (images, upstream), (out,) = inputs, outputs
        value, chroma = images.max(axis=-1), np.ptp(images, axis=-1)
        largest, after, _ = _around(images)
        smallest = images.argmin(axis=-1)
        zero = np.zeros_like(value)
        by_hue = np.divide(upstream[..., 0], 6 * chroma, out=zero.copy(), where=chroma > 0)
        by_chroma = -by_hue * np.divide(after, chroma, out=zero.copy(), where=chroma > 0)
        by_chroma += np.divide(upstream[..., 1], value, out=zero.copy(), where=value > 0)
        by_value = upstream[..., 2] - np.divide(
            upstream[..., 1] * chroma, np.square(value), out=zero.copy(), where=value > 0
        )
        for channel in range(3):
            share = np.where(largest == channel, by_value + by_chroma, 0)
            share -= np.where(smallest == channel, by_chroma, 0)
            share += np.where((largest + 1) % 3 == channel, by_hue, 0)
            share -= np.where((largest + 2) % 3 == channel, by_hue, 0)
            out[..., channel] = share


class HsvToRgb(Operation):
    """Red, green and blue of hue, saturation and value on the last axis."""

    def infer(self, images: Spec) -> Spec:
        """Keep shape and dtype."""
        return images

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Take from the value what each channel lacks of it."""
        (images,), (out,) = inputs, outputs
        _, saturation, value = np.moveaxis(images, -1, 0)
        for channel in range(3):
            lacking, _ = _lacking(images[..., 0], channel)
            np.subtract(value, value * saturation * lacking, out=out[..., channel])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by the transposed Jacobian."""
        return (HsvToRgbGradient()(node.inputs[0], upstreams[0]),)


class HsvToRgbGradient(Operation):
    """The gradient of red, green and blue by hue, saturation and value."""

    def infer(self, images: Spec, upstream: Spec) -> Spec:
        """Keep shape and dtype."""
        return images

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Add up the three channels."""
        (images, upstream), (out,) = inputs, outputs
        hue, saturation, value = np.moveaxis(images, -1, 0)
        out[...] = 0
        for channel in range(3):
            lacking, slope = _lacking(hue, channel)
            share = upstream[..., channel]
            out[..., 0] -= share * value * saturation * slope
            out[..., 1] -= share * value * lacking
            out[..., 2] += share * (1 - saturation * lacking)


def _around(images: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the largest channel, the next one minus the one after that in the circle r, g, b, and the largest's hue."""
    largest = images.argmax(axis=-1)
    following = [np.take_along_axis(images, ((largest + step) % 3)[..., None], -1)[..., 0] for step in (1, 2)]
    return largest, following[0] - following[1], (2 * largest).astype(images.dtype)


def _lacking(hue: np.ndarray, channel: int) -> tuple[np.ndarray, np.ndarray]:
    """Give which share of the colour a channel has not, a trapezium along the circle of hues, and its slope."""
    place = np.mod(6 * hue + (5 - 2 * channel), 6)
    slope = 6 * (np.where(place < 1, 1, 0) - np.where((place > 3) & (place < 4), 1, 0)).astype(hue.dtype)
    return np.minimum(place, 4 - place).clip(0, 1), slope


def rgb_to_grayscale(images: Any, data_format: str | None = None) -> Any:
    """Turn red, green and blue into grey: 0.2989 r + 0.587 g + 0.114 b.

    Args:
        images: array or tensor (n, h, w, 3) or (h, w, 3); channels before h with data_format "channels_first". Images
            with one channel are grey already.
        data_format: "channels_last" (the default) or "channels_first".

    Returns:
        The images with one channel, float32 or float64.

    Raises:
        ValueError: if there are neither three channels nor one, or the data format is another.
        TypeError: if images is None.

    Source:
        keras.ops.image.rgb_to_grayscale; ITU-R BT.601.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.image.rgb_to_grayscale(np.array([[[0, 1, 0]]], "float32"))
        array([[[0.587]]], dtype=float32)
    """

    def to_grey(batch: Any) -> Any:
        channels = batch.shape[-1]
        if channels not in (1, 3):
            raise ValueError(f"rgb_to_grayscale: images must have 3 channels or 1, got {channels}")
        return dense(batch, np.array(GREY if channels == 3 else (1,), _floats(batch))[:, None])

    return in_batch("rgb_to_grayscale", data_format, to_grey, images)


def rgb_to_hsv(images: Any, data_format: str | None = None) -> Any:
    """Turn red, green and blue into hue, saturation and value.

    Args:
        images: array or tensor (n, h, w, 3) or (h, w, 3) of floats >= 0; channels before h with data_format
            "channels_first".
        data_format: "channels_last" (the default) or "channels_first".

    Returns:
        The same shape and dtype: hue in [0, 1), 0 for red, 1/3 for green and for grey 0; saturation in [0, 1]; and the
        largest of the three as value.

    Raises:
        ValueError: if there are not three channels of floats, or the data format is another.
        TypeError: if images is None.

    Source:
        keras.ops.image.rgb_to_hsv; Smith, Color Gamut Transform Pairs, SIGGRAPH 1978.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.image.rgb_to_hsv(np.array([[[0, 0.5, 0.5]]]))
        array([[[0.5, 1. , 0.5]]])
    """
    return in_batch("rgb_to_hsv", data_format, RgbToHsv(), _of_three("rgb_to_hsv", images, data_format))


def hsv_to_rgb(images: Any, data_format: str | None = None) -> Any:
    """Turn hue, saturation and value into red, green and blue.

    Args:
        images: array or tensor (n, h, w, 3) or (h, w, 3) of floats, hue counted in turns; channels before h with
            data_format "channels_first".
        data_format: "channels_last" (the default) or "channels_first".

    Returns:
        The same shape and dtype.

    Raises:
        ValueError: if there are not three channels of floats, or the data format is another.
        TypeError: if images is None.

    Source:
        keras.ops.image.hsv_to_rgb; Smith, Color Gamut Transform Pairs, SIGGRAPH 1978.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.image.hsv_to_rgb(np.array([[[0.5, 1, 0.5]]]))
        array([[[0. , 0.5, 0.5]]])
    """
    return in_batch("hsv_to_rgb", data_format, HsvToRgb(), _of_three("hsv_to_rgb", images, data_format))


def _of_three(name: str, images: Any, data_format: str | None) -> Any:
    """Refuse images without three channels of floats."""
    images = operand(name, "images", images)
    channels = images.shape[-3 if checked_data_format(name, data_format) == "channels_first" else -1 :][:1]
    if images.dtype.kind != "f" or channels != (3,):
        raise ValueError(
            f"{name}: images must have 3 channels of floats, got {images.dtype} of shape {tuple(images.shape)}"
        )
    return images


def _floats(images: Any) -> np.dtype:
    """Give the dtype that images of this one are computed in."""
    return np.result_type(images.dtype, np.float32)
