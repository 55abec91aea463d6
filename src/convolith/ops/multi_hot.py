"""Which classes are among several class numbers."""

from __future__ import annotations

from typing import Any

from convolith.ops.arguments import flag, integer, one_axis, real, sizes
from convolith.ops.conversion import cast, operand
from convolith.ops.counting import any as any_of
from convolith.ops.creation import one_hot


def multi_hot(
    inputs: Any,
    num_classes: int | None = None,
    axis: int = -1,
    dtype: Any = None,
    sparse: bool = False,
    num_tokens: int | None = None,
) -> Any:
    """Turn the class numbers of each row into zeros with a one in the place of each class among them.

    Args:
        inputs: array or tensor of integers (k,) or (n, k, ...); those outside of [0, num_classes) do not count.
        num_classes: how many classes.
        axis: where `one_hot` puts the axis of the classes, before axis 1 (or, of (k,), axis 0) is left out.
        dtype: of the result; by default float32.
        sparse: False; convolith has no sparse tensors.
        num_tokens: the older name of num_classes.

    Returns:
        (num_classes,) or, for the last axis, (n, ..., num_classes).

    Raises:
        TypeError: if inputs does not hold integers.
        ValueError: if num_classes is missing or below 1, the result has no such axis, the classes' own axis would be
            left out, or a sparse result is asked for.

    Source:
        keras.ops.multi_hot.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.multi_hot(np.array([[0, 2], [1, 1]]), 3)
        array([[1., 0., 1.],
               [0., 1., 0.]], dtype=float32)
    """
    count, wanted = num_tokens if num_classes is None else num_classes, real("multi_hot", dtype)
    if count is None or integer("multi_hot", "num_classes", count) < 1:
        raise ValueError(f"multi_hot: num_classes must be an integer of at least 1, got {count}")
    sizes("multi_hot", "num_classes", count)
    if num_tokens is not None and integer("multi_hot", "num_tokens", num_tokens) != count:
        raise ValueError(f"multi_hot: num_tokens must be num_classes, {count}, under its older name, got {num_tokens}")
    if flag("multi_hot", "sparse", sparse):
        raise ValueError(f"multi_hot: sparse must be False, got {sparse!r}")
    inputs = operand("multi_hot", "inputs", inputs)
    if inputs.dtype.kind not in "iu":
        raise TypeError(f"multi_hot: inputs must hold integers, got dtype {inputs.dtype}")
    classes, left_out = one_axis("multi_hot", axis, inputs.shape, "the result of one_hot", new=1), int(inputs.ndim > 1)
    if classes == left_out:
        raise ValueError(
            f"multi_hot: axis must be another than {left_out}, which is left out of inputs of shape "
            f"{tuple(inputs.shape)}, got {axis}"
        )
    return cast(any_of(one_hot(inputs, count, axis, bool), left_out), wanted)
