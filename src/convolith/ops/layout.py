"""The axes of images in the order that operations need, while messages show the shapes that came."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from convolith.ops.arguments import checked_data_format, one_axis
from convolith.ops.shape import transpose

_as_came: ContextVar[Callable[[tuple[Any, ...]], tuple[Any, ...]]] = ContextVar("as_came", default=tuple)


def as_came(shape: Sequence[Any]) -> tuple[Any, ...]:
    """Give the shape of images inside an operation as that of the caller's images, for a message."""
    return _as_came.get()(tuple(shape))


@contextmanager
def shown(how: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> Iterator[None]:
    """Let `as_came` turn the shapes of what is computed in this block into those of what the block got.

    Args:
        how: gives the shape outside of the block from the one inside.
    """
    outside = _as_came.get()
    token = _as_came.set(lambda shape: outside(how(shape)))
    try:
        yield
    finally:
        _as_came.reset(token)


def reordered(order: Sequence[int], operation: Callable[..., Any], *inputs: Any) -> Any:
    """Do `operation` on inputs with their axes in another order, and bring those of its result back.

    Args:
        order: for each axis inside, its place outside.
        operation: function of the transposed inputs.
        inputs: arrays or tensors, all with as many axes.
    """
    back = [order.index(axis) for axis in range(len(order))]
    with shown(lambda shape: tuple(shape[place] for place in back)):
        result = operation(*(transpose(images, order) for images in inputs))
    return transpose(result, back)


def channels_last(name: str, data_format: str | None, operation: Callable[..., Any], *inputs: Any) -> Any:
    """Do `operation`, which takes and gives (n, spatial axes, c), on images in either data format.

    Args:
        name: the operation's name, for the messages.
        data_format: "channels_last" or "channels_first", which transposes there and back; None is the default.
        operation: function of the images.
        inputs: the images, all with as many axes.

    Raises:
        ValueError: if the data format is another, or there are no channels.
    """
    last = checked_data_format(name, data_format) == "channels_last"
    if inputs[0].shape[-1 if last else 1] == 0:
        raise ValueError(f"{name}: inputs must have channels, got shape {inputs[0].shape}")
    return operation(*inputs) if last else reordered((0, *range(2, inputs[0].ndim), 1), operation, *inputs)


def axis_last(name: str, axis: int, x: Any, operation: Callable[[Any], Any]) -> Any:
    """Do `operation`, which keeps shapes, with one axis as the last.

    Args:
        name: the operation's name, for the messages.
        axis: the axis, negative from the end.
        x: array or tensor.
        operation: function of the transposed x.

    Raises:
        TypeError: if axis is no integer.
        ValueError: if there is no such axis.
    """
    place = one_axis(name, axis, x.shape)
    if place == x.ndim - 1:
        return operation(x)
    return reordered([*(other for other in range(x.ndim) if other != place), place], operation, x)
