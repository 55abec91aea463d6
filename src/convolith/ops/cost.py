"""What a function of arrays gives and costs, from the shapes alone: shapes of results, operations, parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from convolith.graph.tensor import Spec
from convolith.graph.trace import Graph, trace
from convolith.ops.arguments import flag, integer, integers, real


def output_shape(function: Callable[..., Any], *input_shapes: Sequence[int | None], dtype: Any = None) -> Any:
    """Give the shape of what a function of arrays returns, without computing it.

    Args:
        function: made of operations; takes arrays or tensors, and returns one, or lists or tuples of them.
        input_shapes: the shape of each argument; its first size may be None, for a batch of any size.
        dtype: of the arguments, float32 by default.

    Returns:
        A tuple of integers, or lists or tuples of such as the function returns them.

    Raises:
        ValueError: where the function does.
        TypeError: where the function does, or if a shape is no sequence of integers.

    Example:
        >>> from convolith import ops
        >>> ops.output_shape(lambda x, k: ops.relu(ops.conv(x, k, 2)), (None, 9, 9, 3), (3, 3, 3, 8))
        (None, 4, 4, 8)
    """
    graph = _traced("output_shape", function, input_shapes, dtype)
    return graph.restore(tensor.shape for tensor in graph.outputs)


def count_flops(function: Callable[..., Any], *input_shapes: Sequence[int], dtype: Any = None) -> int:
    """Count the floating-point operations of a function of arrays, a multiplication and an addition as two.

    Convolutions and products count each tap of each pixel, those on padding too; poolings and reductions each element
    that they read; what else there is one for each element of its result. What only moves numbers counts as well,
    unless it gives them in the same memory.

    Args:
        function: as in `output_shape`.
        input_shapes: the shape of each argument, all sizes known.
        dtype: of the arguments, float32 by default.

    Returns:
        How many, whatever algorithm computes it.

    Raises:
        ValueError: where the function does.
        TypeError: where the function does, or if a shape is no sequence of integers.

    Source:
        definition.

    Example:
        >>> from convolith import ops
        >>> ops.count_flops(ops.conv, (1, 5, 5, 3), (3, 3, 3, 8))
        3888
    """
    for shape in input_shapes:
        for size in shape:
            integer("count_flops", "input_shapes", size)
    graph = _traced("count_flops", function, input_shapes, dtype)
    return sum(
        node.operation.flops(
            [None if tensor is None else tensor.spec for tensor in node.inputs],
            [tensor.spec for tensor in node.outputs],
        )
        for node in graph.nodes()
    )


def count_parameters(
    channels: int, filters: int, kernel_size: int | Sequence[int] = (), groups: int = 1, bias: bool = True
) -> int:
    """Count the parameters of a convolution, a transposed, depthwise or dense layer: its kernel's and its bias's.

    Args:
        channels: of the inputs.
        filters: channels of the results; of a depthwise convolution channels * depth_multiplier.
        kernel_size: an integer (of one axis) or one an axis; () for a dense layer.
        groups: of the channels; those of a depthwise convolution are its channels.
        bias: whether there is one.

    Returns:
        prod(kernel_size) * channels / groups * filters, and filters more with a bias.

    Raises:
        ValueError: if a number is below 1, or groups does not divide channels and filters.
        TypeError: if one is no integer.

    Source:
        definition.

    Example:
        >>> from convolith import ops
        >>> ops.count_parameters(3, 64, (7, 7))
        9472
        >>> ops.count_parameters(400, 120)
        48120
    """
    name = "count_parameters"
    window = integers(name, "kernel_size", kernel_size)
    numbers = {"channels": channels, "filters": filters, "groups": groups}
    for argument, value in [*numbers.items(), *(("kernel_size", size) for size in window)]:
        if integer(name, argument, value) < 1:
            raise ValueError(f"{name}: {argument} must be at least 1, got {value}")
    shifted = flag(name, "bias", bias)
    if channels % groups or filters % groups:
        raise ValueError(f"{name}: groups must divide channels and filters, got {groups} for {channels} and {filters}")
    return math.prod(window) * (channels // groups) * filters + (filters if shifted else 0)


def _traced(name: str, function: Callable[..., Any], shapes: Sequence[Any], dtype: Any) -> Graph:
    for shape in shapes:
        if not isinstance(shape, (tuple, list)):
            raise TypeError(f"{name}: input_shapes must be sequences of integers, got {shape!r}")
    return trace(function, *(Spec(tuple(shape), real(name, dtype)) for shape in shapes))
