"""Which pixels a pooling takes together: windows that move by steps, or as many as the result shall have pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from convolith.engine import pool as engine
from convolith.ops.arguments import flag
from convolith.ops.layout import as_came, channels_last
from convolith.ops.window import Padding, Sizes, operand, output_sizes, per_axis, resolve_padding

moving_geometry = lru_cache(maxsize=256)(engine.PoolGeometry)
adaptive_geometry = lru_cache(maxsize=256)(engine.PoolGeometry.adaptive)
"""The engine's descriptions of a pooling, which are made once for the same shapes."""


class Windows(Protocol):
    """Which pixels are pooled together."""

    def output_sizes(self, name: str, inputs: tuple[Any, ...]) -> Sizes:
        """Count the windows along each spatial axis of inputs (n, spatial axes, c); `name` is for the messages."""

    def geometry(self, inputs: tuple[int, ...], divisor: str) -> engine.PoolGeometry:
        """Describe the pooling of a concrete shape to the engine."""


@dataclass(frozen=True)
class MovingWindow:
    """A window that moves by steps."""

    pool_size: Sizes
    strides: Sizes
    padding: Padding
    dilation_rate: Sizes
    ceil_mode: bool = False

    def output_sizes(self, name: str, inputs: tuple[Any, ...]) -> Sizes:
        """Count the windows, each of which must hold something of the image."""
        window = self.pool_size, self.strides, self.padding, self.dilation_rate, self.ceil_mode
        counts = output_sizes(name, "pool_size", inputs, *window)
        for size, count, pool, stride, (before, _), step in zip(
            inputs[1:-1], counts, self.pool_size, self.strides, self.padding, self.dilation_rate, strict=True
        ):
            # Where the step is no larger, a window that spans an edge of the image has a pixel inside.
            starts = range(-before, count * stride - before, stride) if step > size else ()
            if any(
                (start if start >= 0 else start % step) > min(size - 1, start + step * (pool - 1)) for start in starts
            ):
                raise ValueError(
                    f"{name}: dilation_rate must leave each window something of the image; {self.dilation_rate} does "
                    f"not, with pool_size {self.pool_size} and padding {self.padding} on inputs of shape "
                    f"{as_came(inputs)}"
                )
        return counts

    def check_volumes(self, name: str, inputs: tuple[Any, ...], padding: Padding) -> None:
        """Refuse a window that is larger than volumes with this padding, as torch does where it averages."""
        sizes = zip(inputs[1:-1], padding, self.pool_size, self.dilation_rate, strict=True)
        if len(inputs) == 5 and any(size + sum(pads) <= step * (pool - 1) for size, pads, pool, step in sizes):
            raise ValueError(
                f"{name}: pool_size must not be larger than volumes, got {self.pool_size} with dilation_rate "
                f"{self.dilation_rate} and padding {padding} on inputs of shape {as_came(inputs)}"
            )

    def geometry(self, inputs: tuple[int, ...], divisor: str) -> engine.PoolGeometry:
        """Describe the pooling of a concrete shape to the engine."""
        arguments = self.pool_size, self.strides, self.padding, self.dilation_rate, self.ceil_mode
        return moving_geometry(inputs, *arguments, divisor)


@dataclass(frozen=True)
class AdaptiveWindow:
    """Window o of an axis goes from floor(o * size / output_size) to ceil((o + 1) * size / output_size)."""

    output_size: Sizes

    def output_sizes(self, name: str, inputs: tuple[Any, ...]) -> Sizes:
        """Give the output's sizes, if there is something to pool."""
        if 0 in inputs[1:-1]:
            raise ValueError(f"{name}: inputs must have a pixel at least, got shape {as_came(inputs)}")
        return self.output_size

    def geometry(self, inputs: tuple[int, ...], divisor: str) -> engine.PoolGeometry:
        """Describe the pooling of a concrete shape to the engine."""
        return adaptive_geometry(inputs, self.output_size)


def over_windows(
    name: str,
    operation: Callable[[MovingWindow], Callable[[Any], Any]],
    inputs: Any,
    data_format: str | None,
    pool_size: Any,
    strides: Any,
    padding: Any,
    dilation_rate: Any,
    ceil_mode: Any,
) -> Any:
    """Check a pooling's arguments, and pool.

    Args:
        name: the operation's name, for the messages.
        operation: gives, for the window, what pools images (n, spatial axes, c).
        inputs: as in `max_pool`, like all the others.

    Raises:
        ValueError: as in `max_pool`.
        TypeError: likewise.
    """
    inputs = images_of(name, inputs)
    rank = inputs.ndim - 2
    size = per_axis(name, "pool_size", pool_size, rank)
    steps = size if strides is None else per_axis(name, "strides", strides, rank)
    dilation, beyond = per_axis(name, "dilation_rate", dilation_rate, rank), flag(name, "ceil_mode", ceil_mode)

    def pool(images: Any) -> Any:
        around = pool_padding(name, padding, images.shape[1:-1], size, steps, dilation)
        window = MovingWindow(size, steps, around, dilation, beyond)
        window.output_sizes(name, images.shape)
        return operation(window)(images)

    return channels_last(name, data_format, pool, inputs)


def pool_padding(
    name: str, padding: Any, image: Sequence[int], size: Sizes, strides: Sizes, dilation: Sizes
) -> Padding:
    """Make a pooling's padding explicit; arguments as in `resolve_padding`.

    Raises:
        ValueError: as `resolve_padding` does, and if an explicit one is more than half a window, as in torch, however
            the window is spread.
    """
    around = resolve_padding(name, padding, image, size, strides, dilation)
    if not isinstance(padding, str) and any(max(pads) > pool // 2 for pads, pool in zip(around, size, strict=True)):
        raise ValueError(f"{name}: padding must be at most half of pool_size {size}, got {padding!r}")
    return around


def images_of(name: str, inputs: Any) -> Any:
    """Make an array of what is no tensor, and check that it has one to three spatial axes.

    Raises:
        ValueError: if it has not.
        TypeError: if it is None.
    """
    inputs = operand(name, "inputs", inputs)
    if not 3 <= inputs.ndim <= 5:
        raise ValueError(
            f"{name}: inputs must have 3, 4 or 5 axes (batch, one to three spatial axes, channels), "
            f"got shape {inputs.shape}"
        )
    return inputs
