"""What a layer expects of its input, checked at every call."""

from __future__ import annotations

from typing import Any


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
        self.ndim, self.max_ndim, self.min_ndim, self.axes = ndim, max_ndim, min_ndim, axes or {}
        self.dtype, self.allow_last_axis_squeeze, self.name, self.optional = (
            dtype,
            allow_last_axis_squeeze,
            name,
            optional,
        )
        if shape is not None:
            self.ndim = len(shape)
            self.axes = {axis: size for axis, size in enumerate(shape) if size is not None} | self.axes

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
                if shape[axis] not in (size, None):
                    wrong = f"size {size} in axis {axis}"
        if wrong:
            raise ValueError(f"expected an input with {wrong}, got shape {tuple(shape)}")

    def __repr__(self) -> str:
        return f"InputSpec(ndim={self.ndim}, min_ndim={self.min_ndim}, axes={self.axes})"
