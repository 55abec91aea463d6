"""Layers that change shapes only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from convolith import ops
from convolith.layers.arguments import data_format_name, positive_integer
from convolith.layers.input_spec import InputSpec
from convolith.layers.layer import Layer


class Flatten(Layer):
    """All axes but the batch in one: (batch, ...) to (batch, features).

    Args:
        data_format: "channels_last" (None), or "channels_first", whose channels are put last before.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: ``data_format`` is neither.

    Source:
        keras.layers.Flatten.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Flatten
        >>> Flatten()(np.zeros((2, 4, 4, 3), "float32")).shape
        (2, 48)
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.data_format = data_format_name(self.who(), data_format)

    def call(self, inputs: Any) -> Any:
        """Reshape."""
        rank = len(inputs.shape)
        if self.data_format == "channels_first" and rank > 2:
            inputs = ops.transpose(inputs, (0, *range(2, rank), 1))
        return ops.reshape(inputs, (-1, math.prod(inputs.shape[1:])))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "data_format": self.data_format}


class Reshape(Layer):
    """The same elements in another shape, sample by sample: (batch, ...) to (batch, *target_shape).

    Args:
        target_shape: the sizes without the batch's, one of which may be -1: whatever is left.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: a size is no integer, or the number of elements differs.

    Source:
        keras.layers.Reshape.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Reshape
        >>> Reshape((2, -1))(np.zeros((5, 8), "float32")).shape
        (5, 2, 4)
    """

    def __init__(self, target_shape: Sequence[int], **kwargs: Any):
        super().__init__(**kwargs)
        sizes = (target_shape,) if isinstance(target_shape, (int, np.integer)) else tuple(target_shape)
        if not all(_is_integer(size) and size >= -1 for size in sizes) or sizes.count(-1) > 1:
            raise ValueError(
                f"{self.who()}: target_shape must be of integers >= 0, and at most one -1, got {target_shape!r}"
            )
        self.target_shape = tuple(int(size) for size in sizes)

    def call(self, inputs: Any) -> Any:
        """Reshape all but the batch, whose size need not be known."""
        elements, known = math.prod(inputs.shape[1:]), math.prod(size for size in self.target_shape if size != -1)
        fits = known > 0 and elements % known == 0 if -1 in self.target_shape else elements == known
        if not fits:
            raise ValueError(
                f"target_shape {self.target_shape} must hold the {elements} elements of each sample of the inputs, "
                f"got shape {tuple(inputs.shape)}"
            )
        sizes = tuple(elements // known if size == -1 else size for size in self.target_shape)
        n = inputs.shape[0]
        return ops.reshape(inputs, (-1 if n is None else n, *sizes))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "target_shape": self.target_shape}


class Permute(Layer):
    """The axes but the batch's in another order.

    Args:
        dims: for each axis of the result, that of the input, counted from 1: (2, 1) swaps two.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: ``dims`` is no order of 1, 2, ..., or the input has another number of axes.

    Source:
        keras.layers.Permute.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Permute
        >>> Permute((2, 1))(np.zeros((5, 3, 4), "float32")).shape
        (5, 4, 3)
    """

    def __init__(self, dims: Sequence[int], **kwargs: Any):
        super().__init__(**kwargs)
        if not all(map(_is_integer, dims)) or sorted(dims) != list(range(1, len(dims) + 1)):
            raise ValueError(f"{self.who()}: dims must be an order of the integers from 1, got {dims!r}")
        self.dims = tuple(int(axis) for axis in dims)
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, inputs: Any) -> Any:
        """Transpose."""
        return ops.transpose(inputs, (0, *self.dims))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "dims": self.dims}


class RepeatVector(Layer):
    """Each sample n times: (batch, features) to (batch, n, features).

    Args:
        n: how often.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: ``n`` is no integer >= 1, or the input has not 2 axes.

    Source:
        keras.layers.RepeatVector.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import RepeatVector
        >>> RepeatVector(2)(np.ones((1, 3), "float32")).tolist()
        [[[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]]
    """

    def __init__(self, n: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.n = positive_integer(self.who(), "n", n)
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs: Any) -> Any:
        """Repeat."""
        batch, features = inputs.shape
        return ops.broadcast_to(ops.reshape(inputs, (-1, 1, features)), (batch, self.n, features))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "n": self.n}


def _is_integer(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
