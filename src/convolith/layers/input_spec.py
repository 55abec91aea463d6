"""What a layer expects of its input, checked at every call."""

from __future__ import annotations

from typing import Any


class InputSpec:
    """Rank and sizes that a layer's input must have.

    Args:
        ndim: the exact number of axes, or None.
        min_ndim: the least number of axes, or None.
        axes: expected sizes by axis (negative from the end).

    Source:
        keras.layers.InputSpec.

    Example:
        >>> InputSpec(ndim=4, axes={-1: 3})
        InputSpec(ndim=4, min_ndim=None, axes={-1: 3})
    """

    def __init__(self, *, ndim: int | None = None, min_ndim: int | None = None, axes: dict[int, int] | None = None):
        self.ndim, self.min_ndim, self.axes = ndim, min_ndim, axes or {}

    def check(self, shape: tuple[Any, ...]) -> None:
        """Raise ValueError where ``shape`` does not fit."""
        wrong = None
        if self.ndim is not None and len(shape) != self.ndim:
            wrong = f"{self.ndim} axes"
        elif self.min_ndim is not None and len(shape) < self.min_ndim:
            wrong = f"at least {self.min_ndim} axes"
        else:
            for axis, size in self.axes.items():
                if shape[axis] not in (size, None):
                    wrong = f"size {size} in axis {axis}"
        if wrong:
            raise ValueError(f"expected an input with {wrong}, got shape {tuple(shape)}")

    def __repr__(self) -> str:
        return f"InputSpec(ndim={self.ndim}, min_ndim={self.min_ndim}, axes={self.axes})"
