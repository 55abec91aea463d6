"""Cutting images and volumes into patches, and adding patches up to images again, which is its adjoint."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import integers, one_of
from convolith.ops.image.images import in_batch
from convolith.ops.layout import as_came
from convolith.ops.window import per_axis


@dataclass(frozen=True)
class Windows(Operation):
    """How patches of `size` lie in images of `image_size`: `before` zeros in front, and `counts` along each axis."""

    image_size: tuple[int, ...]
    size: tuple[int, ...]
    strides: tuple[int, ...]
    dilation_rate: tuple[int, ...]
    before: tuple[int, ...]
    counts: tuple[int, ...]

    def taps(self) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
        """Go through the places in a patch; give for each the index of it in all patches, and of its pixels.

        Only patches are among them where the place is in the image.
        """
        along = [[self._along(axis, place) for place in range(size)] for axis, size in enumerate(self.size)]
        for tap, chosen in enumerate(itertools.product(*along)):
            yield (slice(None), *(patches for patches, _ in chosen), tap), (slice(None), *(one for _, one in chosen))

    def _along(self, axis: int, place: int) -> tuple[slice, slice]:
        stride, offset = self.strides[axis], place * self.dilation_rate[axis] - self.before[axis]
        first = max(0, -(offset // stride))
        last = max(first, min(self.counts[axis], (self.image_size[axis] - 1 - offset) // stride + 1))
        start = first * stride + offset
        return slice(first, last), slice(start, start + (last - first) * stride, stride)


class ExtractPatches(Windows):
    """The patches (n, counts ..., size ... * c) of images (n, image size ..., c)."""

    keeps = (0,)

    def infer(self, images: Spec) -> Spec:
        """Give the number of patches and the elements of each."""
        return Spec((images.shape[0], *self.counts, math.prod(self.size) * images.shape[-1]), images.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Copy what is inside the images; the rest is zero."""
        (images,) = inputs
        by_tap = outputs[0].reshape(*outputs[0].shape[:-1], math.prod(self.size), images.shape[-1])
        by_tap[...] = 0
        for place, pixels in self.taps():
            by_tap[place] = images[pixels]

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Add the patches up."""
        return (Fold(**vars(self))(upstreams[0]),)


class Fold(Windows):
    """The images (n, image size ..., c) that patches (n, counts ..., size ... * c) add up to."""

    def infer(self, patches: Spec) -> Spec:
        """Give the images' shape."""
        return Spec((patches.shape[0], *self.image_size, patches.shape[-1] // math.prod(self.size)), patches.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Add what is inside the images."""
        (images,) = outputs
        by_tap = inputs[0].reshape(*inputs[0].shape[:-1], math.prod(self.size), images.shape[-1])
        images[...] = 0
        for place, pixels in self.taps():
            images[pixels] += by_tap[place]

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Cut out the patches."""
        return (ExtractPatches(**vars(self))(upstreams[0]),)


def extract_patches(
    images: Any,
    size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    dilation_rate: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """Cut images or volumes into patches, which may overlap.

    Args:
        images: array or tensor (n, h, w, c) or (h, w, c); (n, d, h, w, c) or (d, h, w, c) if size is of three;
            channels before h (or d) with data_format "channels_first".
        size: height and width of a patch; depth, height and width for volumes.
        strides: pixels from one patch to the next along each axis; by default size.
        dilation_rate: pixels from one element of a patch to the next.
        padding: "valid", or "same", which pads with zeros so that there are ceil(h / stride) patches.
        data_format: "channels_last" (the default) or "channels_first".

    Returns:
        (n, rows, columns, kh * kw * c), the elements in this order (also with "channels_first", as the second axis),
        in the dtype of images.

    Raises:
        ValueError: if no patch fits, or an argument has no such value.
        TypeError: if an argument is of another type.

    Source:
        keras.ops.image.extract_patches.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.image.extract_patches(np.arange(8).reshape(2, 4, 1), 2)
        array([[[0, 1, 4, 5],
                [2, 3, 6, 7]]])
    """
    rank = 3 if len(integers("extract_patches", "size", size)) == 3 else 2
    return _extracted("extract_patches", images, size, strides, dilation_rate, padding, data_format, rank, "images")


def extract_patches_3d(
    volumes: Any,
    size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    dilation_rate: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """Cut volumes into patches, as `extract_patches` does with a size of three.

    Args:
        volumes: array or tensor (n, d, h, w, c) or (d, h, w, c); channels before d with data_format "channels_first".
        size: depth, height and width of a patch, or one number for all.
        strides: as in `extract_patches`.
        dilation_rate: as in `extract_patches`.
        padding: as in `extract_patches`.
        data_format: "channels_last" (the default) or "channels_first".

    Returns:
        (n, planes, rows, columns, kd * kh * kw * c), the elements in this order (also with "channels_first", as the
        second axis), in the dtype of volumes.

    Raises:
        ValueError: if no patch fits, or an argument has no such value.
        TypeError: if an argument is of another type.

    Source:
        keras.ops.image.extract_patches_3d.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.image.extract_patches_3d(np.arange(8).reshape(2, 2, 2, 1), 2)
        array([[[[0, 1, 2, 3, 4, 5, 6, 7]]]])
    """
    return _extracted("extract_patches_3d", volumes, size, strides, dilation_rate, padding, data_format, 3, "volumes")


def fold(
    patches: Any,
    output_size: Sequence[int],
    size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    dilation_rate: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """Add patches up where they overlap: the adjoint of `extract_patches` with the same arguments.

    Args:
        patches: array or tensor (n, rows, columns, kh * kw * c), as `extract_patches` gives them of images of
            output_size; of one more axis for volumes, and of one less without a batch.
        output_size: height and width of the images; depth, height and width for volumes.
        size: as in `extract_patches`.
        strides: as in `extract_patches`.
        dilation_rate: as in `extract_patches`.
        padding: as in `extract_patches`.
        data_format: as in `extract_patches`.

    Returns:
        (n, h, w, c), float32 or float64.

    Raises:
        ValueError: if the patches are not those of such images, or an argument has no such value.
        TypeError: if an argument is of another type.

    Source:
        torch.nn.functional.fold.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.image.fold(np.ones((1, 2, 2), "float32"), (1, 3), (1, 2), 1)[..., 0]
        array([[1., 2., 1.]], dtype=float32)
    """
    rank = len(integers("fold", "output_size", output_size))
    if rank not in (2, 3):
        raise ValueError(f"fold: output_size must be 2 integers, or 3 for volumes, got {output_size!r}")
    image_size = per_axis("fold", "output_size", output_size, rank)
    windows = _windows("fold", (None, *image_size, None), size, strides, dilation_rate, padding)
    elements = math.prod(windows[1])

    def folded(batch: Any) -> Any:
        if tuple(batch.shape[1:-1]) != windows[-1] or batch.shape[-1] % elements:
            _, sizes, steps, rates, _, counts = windows
            raise ValueError(
                f"fold: patches must be {' x '.join(map(str, counts))} and of a multiple of {elements} elements for "
                f"output_size {image_size}, size {sizes}, strides {steps} and dilation_rate {rates}, got shape "
                f"{as_came(batch.shape)}"
            )
        return Fold(*windows)(batch)

    return in_batch("fold", data_format, folded, patches, rank, "patches")


def _extracted(
    name: str,
    images: Any,
    size: Any,
    strides: Any,
    dilation_rate: Any,
    padding: Any,
    data_format: str | None,
    rank: int,
    argument: str,
) -> Any:
    """Cut out the patches of so many spatial axes."""

    def extracted(batch: Any) -> Any:
        return ExtractPatches(*_windows(name, batch.shape, size, strides, dilation_rate, padding))(batch)

    return in_batch(name, data_format, extracted, images, rank, argument)


def _windows(
    name: str, images: tuple[Any, ...], size: Any, strides: Any, dilation_rate: Any, padding: Any
) -> tuple[tuple[int, ...], ...]:
    """Give the fields of Windows for images of shape (n, spatial axes, c)."""
    image_size = images[1:-1]
    rank = len(image_size)
    sizes = per_axis(name, "size", size, rank)
    steps = sizes if strides is None else per_axis(name, "strides", strides, rank)
    rates = per_axis(name, "dilation_rate", dilation_rate, rank)
    one_of(name, "padding", padding, ("valid", "same"))
    extents = [rate * (extent - 1) + 1 for extent, rate in zip(sizes, rates, strict=True)]
    if padding == "same":
        counts = [-(-pixels // step) for pixels, step in zip(image_size, steps, strict=True)]
        zeros = [
            max(0, (count - 1) * step + extent - pixels)
            for count, step, extent, pixels in zip(counts, steps, extents, image_size, strict=True)
        ]
    else:
        zeros = [0] * rank
        counts = [
            (pixels - extent) // step + 1 for pixels, extent, step in zip(image_size, extents, steps, strict=True)
        ]
    if min(counts) < 1:
        kind = "volumes" if name == "extract_patches_3d" else "images"
        of = f"images of output_size {image_size}" if name == "fold" else f"{kind} of shape {as_came(images)}"
        raise ValueError(f"{name}: size {sizes} with dilation_rate {rates} does not fit in {of}")
    return image_size, sizes, steps, rates, tuple(zero // 2 for zero in zeros), tuple(counts)
