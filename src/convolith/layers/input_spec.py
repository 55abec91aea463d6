"""What a layer expects of its input, checked at every call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from convolith.ops.arguments import flag, integer, integers


class InputSpec:
    """Rank and sizes that a layer's input must have.

    Args:
        dtype: of no effect, as ``allow_last_axis_squeeze``, ``name`` and ``optional``; Keras's.
        shape: the exact shape, with None for any size; or None.
        ndim: the exact number of axes, or None.
        max_ndim: the largest number of axes, or None.
        min_ndim: the least number of axes, or None.
        axes: expected sizes by axis (negative from the end).
        allow_last_axis_squeeze: of no effect.
        name: of no effect.
        optional: of no effect.

    Raises:
        TypeError: a rank, axis or size is no integer.
        ValueError: one is negative, or an axis is beyond the rank.

    Source:
        keras.layers.InputSpec.

    Example:
        >>> from convolith.layers import InputSpec
        >>> InputSpec(ndim=4, axes={-1: 3})
        InputSpec(ndim=4, min_ndim=None, axes={-1: 3})
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: dict[int, int] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ):
        self.ndim, self.max_ndim = _rank("ndim", ndim), _rank("max_ndim", max_ndim)
        self.min_ndim, self.axes = _rank("min_ndim", min_ndim), _sizes("axes", {} if axes is None else axes)
        self.dtype, self.name, self.optional = dtype, name, flag("InputSpec", "optional", optional)
        self.allow_last_axis_squeeze = flag("InputSpec", "allow_last_axis_squeeze", allow_last_axis_squeeze)
        if shape is not None:
            shape = shape.tolist() if isinstance(shape, np.ndarray) else shape
            if not isinstance(shape, Sequence):
                raise TypeError(f"InputSpec: shape must be a sequence of sizes, got {shape!r}")
            shape = integers("InputSpec", "shape", shape, missing=True)
            self.ndim = len(shape)
            self.axes = {**_sizes("shape", dict(enumerate(shape))), **self.axes}
        most = self.max_ndim if self.ndim is None else self.ndim
        for axis in self.axes:
            if most is not None and not -most <= axis < most:
                raise ValueError(f"InputSpec: axes must be of the {most} axes at most, got {axis}")

    def check(self, shape: tuple[Any, ...]) -> None:
        """Raise ValueError where ``shape`` does not fit."""
        wrong = None
        if self.ndim is not None and len(shape) != self.ndim:
            wrong = f"{self.ndim} axes"
        elif self.min_ndim is not None and len(shape) < self.min_ndim:
            wrong = f"at least {self.min_ndim} axes"
        elif self.max_ndim is not None and len(shape) > self.max_ndim:
            wrong = f"at most {self.max_ndim} axes"
        else:
            for axis, size in self.axes.items():
                if not -len(shape) <= axis < len(shape):
                    wrong = f"an axis {axis}"
                elif shape[axis] not in (size, None):
                    wrong = f"size {size} in axis {axis}"
        if wrong:
            raise ValueError(f"expected an input with {wrong}, got shape {tuple(shape)}")

    def __repr__(self) -> str:
        return f"InputSpec(ndim={self.ndim}, min_ndim={self.min_ndim}, axes={self.axes})"


def _rank(argument: str, value: Any) -> int | None:
    if value is not None and integer("InputSpec", argument, value) < 0:
        raise ValueError(f"InputSpec: {argument} must be None or an integer >= 0, got {value!r}")
    return value


def _is_numeral(axis: Any) -> bool:
    """Tell an integer in text, which JSON makes of a dict's key."""
    return isinstance(axis, str) and axis.removeprefix("-").isdecimal()


def _sizes(argument: str, sizes: Any) -> dict[int, int]:
    """Return sizes by axis, without those that may be any."""
    if not isinstance(sizes, dict):
        raise TypeError(f"InputSpec: {argument} must be a dict of sizes by axis, got {sizes!r}")
    numbered = {int(axis) if _is_numeral(axis) else axis: size for axis, size in sizes.items()}
    found = {integer("InputSpec", argument, axis): size for axis, size in numbered.items() if size is not None}
    if any(integer("InputSpec", argument, size) < 0 for size in found.values()):
        raise ValueError(f"InputSpec: {argument} must have sizes >= 0, got {sizes!r}")
    return found
