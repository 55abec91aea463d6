"""Explicit paddings, which Keras's layers lack: named where "same" or "valid" gives as much, else a layer of zeros."""

from __future__ import annotations

from typing import Any

from convolith.layers import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    Conv1D,
    Conv2D,
    Conv3D,
    DepthwiseConv1D,
    DepthwiseConv2D,
    SeparableConv1D,
    SeparableConv2D,
)
from convolith.layers.conv_transpose import BaseConvTranspose
from convolith.layers.layer import Layer
from convolith.ops.window import resolve_padding, transposed_sizes

AVERAGES = (AveragePooling1D, AveragePooling2D, AveragePooling3D)
# Layers for which a border of zeros before them is what their padding means.
OF_ZEROS = (
    Conv1D, Conv2D, Conv3D, DepthwiseConv1D, DepthwiseConv2D, SeparableConv1D, SeparableConv2D, *AVERAGES
)  # fmt: skip


def explicit(layer: Layer) -> bool:
    """Tell whether a layer has windows and an explicit padding around them."""
    windows = hasattr(layer, "kernel_size") or hasattr(layer, "pool_size")
    return windows and not isinstance(getattr(layer, "padding", ""), str)


def image(layer: Any, shape: Any) -> Any:
    """Return the spatial sizes in the shape of what a layer is called on."""
    return shape[2:] if layer.data_format == "channels_first" else shape[1:-1]


def bordered(layer: Any, shape: Any) -> list[Any]:
    """Return the shape behind the border."""
    sizes = [size + sum(pair) for size, pair in zip(image(layer, shape), layer.padding, strict=True)]
    return [None, shape[1], *sizes] if layer.data_format == "channels_first" else [None, *sizes, shape[-1]]


def named(layer: Any) -> str | None:
    """Return "valid" or "same" where it gives the padding of a layer for all that it was called on; else None."""
    images = [image(layer, call.inputs[0].shape) for call in layer._calls]
    if _averages_zeros(layer) and any(map(any, layer.padding)):  # Keras never counts zeros
        return None
    for kind in ("valid", "same"):
        if images and all(_resolved(layer, kind, one) == _resolved(layer, layer.padding, one) for one in images):
            return kind
    return None


def _resolved(layer: Any, padding: Any, sizes: Any) -> Any:
    """Return the explicit padding on an image; of a transposed convolution the sizes of its result, too."""
    window = layer.kernel_size if hasattr(layer, "kernel_size") else layer.pool_size
    if isinstance(layer, BaseConvTranspose):
        shape = (None, *sizes, None)
        return transposed_sizes(
            layer.who(), shape, window, layer.strides, padding, layer.dilation_rate, layer.output_padding
        )
    return resolve_padding(layer.who(), padding, sizes, window, layer.strides, layer.dilation_rate)


def free(name: str, taken: set[str]) -> str:
    """Return a name that nothing in a model has yet, and take it."""
    number, found = 0, name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    taken.add(found)
    return found


def border(layer: Any, taken: set[str]) -> dict[str, Any] | None:
    """Return Keras's configuration of the layer of zeros that belongs before a layer; None where none does.

    Args:
        layer: of the model.
        taken: the names in the model, to which that of the layer of zeros is added.

    Raises:
        ValueError: no layer of zeros gives what the padding means.
    """
    if not explicit(layer) or named(layer) is not None:
        return None
    if not isinstance(layer, OF_ZEROS) or (isinstance(layer, AVERAGES) and not _averages_zeros(layer)):
        raise ValueError(f'{layer.who()}: Keras has no padding but "valid" and "same", which is {layer.padding}')
    rank = len(layer.padding)
    pairs: Any = layer.padding[0] if rank == 1 else layer.padding
    name = free(f"{layer.name}_zeros", taken)
    config = {"name": name, "padding": [list(pair) for pair in pairs] if rank > 1 else list(pairs)}
    config |= {"data_format": layer.data_format} if layer.data_format != "channels_last" else {}
    return {
        "module": "keras.layers", "class_name": f"ZeroPadding{rank}D", "config": config, "registered_name": None
    }  # fmt: skip


def _averages_zeros(layer: Any) -> bool:
    return isinstance(layer, AVERAGES) and layer.count_include_pad
