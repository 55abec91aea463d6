"""Sums of products over axes that are named: einsum, tensordot, dot, outer."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from convolith.ops.arguments import integers, numbered
from convolith.ops.arithmetic import multiply
from convolith.ops.conversion import float_operand, real_numbers
from convolith.ops.diagonal import diagonal
from convolith.ops.matmul import matmul
from convolith.ops.reduction import sum as sum_of
from convolith.ops.shape import expand_dims, reshape, transpose

Labels = Sequence[Hashable]
"""A name for each axis."""


def einsum(subscripts: str, *operands: Any) -> Any:
    """Sum products over the axes whose letters are not in the result (Einstein's convention).

    Args:
        subscripts: a letter for each axis of each operand, such as "bij,bjk->bik"; "..." stands for any more axes,
            which broadcast. Without "->" the result has the letters that come once, in the alphabet's order.
        operands: arrays or tensors.

    Returns:
        float32 or float64.

    Raises:
        ValueError: if the subscripts do not fit the operands, or sizes of one letter differ.

    Source:
        numpy.einsum has the same notation.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.einsum("ij,kj->ik", np.ones((2, 3), "float32"), np.ones((4, 3), "float32")).shape
        (2, 4)
    """
    arrays = [float_operand("einsum", f"operands[{number}]", x) for number, x in enumerate(operands)]
    inputs, result = _parse(subscripts, [array.ndim for array in arrays])
    single = [_diagonals(array, labels) for array, labels in zip(arrays, inputs, strict=True)]
    array, labels = single[0]
    for number, (other, other_labels) in enumerate(single[1:], 2):
        later = {label for _, more in single[number:] for label in more} | set(result)
        kept = [label for label in dict.fromkeys((*labels, *other_labels)) if label in later]
        array, labels = contract("einsum", array, labels, other, other_labels, kept), kept
    array, labels = _sum_out(array, labels, set(result))
    return transpose(array if len(arrays) > 1 else multiply(array, 1), [labels.index(label) for label in result])


def tensordot(x1: Any, x2: Any, axes: int | Sequence[Any] = 2) -> Any:
    """Sum products over axes of x1 and as many of x2.

    Args:
        x1: array or tensor.
        x2: array or tensor.
        axes: how many of the last axes of x1 meet the first of x2; or two lists (or integers): the axes of each.

    Returns:
        The other axes of x1, then those of x2; float32 or float64.

    Raises:
        ValueError: if there are no such axes, they are not as many, or their sizes differ.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.tensordot(np.ones((2, 3, 4), "float32"), np.ones((4, 3, 5), "float32"), [[1, 2], [1, 0]]).shape
        (2, 5)
    """
    x1, x2 = float_operand("tensordot", "x1", x1), float_operand("tensordot", "x2", x2)
    if isinstance(axes, (int, np.integer)) and not isinstance(axes, bool):
        if not 0 <= axes <= min(x1.ndim, x2.ndim):
            raise ValueError(f"tensordot: axes must be at most the axes of {x1.shape} and {x2.shape}, got {axes}")
        first, second = tuple(range(x1.ndim - axes, x1.ndim)), tuple(range(axes))
    else:
        if not isinstance(axes, Sequence) or len(axes) != 2:
            raise TypeError(f"tensordot: axes must be an integer or two lists of axes, got {axes!r}")
        first, second = (integers("tensordot", "axes", one) for one in axes)
    first = numbered("tensordot", first, x1.shape, "x1", "axes")
    second = numbered("tensordot", second, x2.shape, "x2", "axes")
    if len(first) != len(second):
        raise ValueError(f"tensordot: axes must name as many of x1 as of x2, got {axes}")
    names: list[Hashable] = [(1, axis) for axis in range(x1.ndim)]
    others: list[Hashable] = [(2, axis) for axis in range(x2.ndim)]
    for one, other in zip(first, second, strict=True):
        others[other] = names[one]
    kept = [name for name in (*names, *others) if (name in names) != (name in others)]
    return contract("tensordot", x1, names, x2, others, kept)


def dot(x1: Any, x2: Any) -> Any:
    """Sum products over the last axis of x1 and the last but one of x2, or its only one.

    Args:
        x1: array or tensor; of no axes, it is multiplied with x2.
        x2: the same.

    Returns:
        The other axes of x1, then those of x2; float32 or float64.

    Raises:
        ValueError: if the sizes differ.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.dot(np.array([1.0, 2]), np.array([3.0, 4]))
        array(11.)
    """
    x1, x2 = float_operand("dot", "x1", x1), float_operand("dot", "x2", x2)
    if not x1.ndim or not x2.ndim:
        return multiply(x1, x2)
    names: list[Hashable] = [(1, axis) for axis in range(x1.ndim)]
    others: list[Hashable] = [(2, axis) for axis in range(x2.ndim)]
    others[max(x2.ndim - 2, 0)] = names[-1]
    kept = [name for name in (*names, *others) if name != names[-1]]
    return contract("dot", x1, names, x2, others, kept)


def outer(x1: Any, x2: Any) -> Any:
    """Multiply each element of x1 with each of x2.

    Args:
        x1: array or tensor of any shape.
        x2: the same.

    Returns:
        (size of x1, size of x2), float32 or float64; of integers alone their common dtype.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.outer(np.array([1.0, 2]), np.array([3.0, 4]))
        array([[3., 4.],
               [6., 8.]])
    """
    x1 = real_numbers("outer", "x1", x1)
    x2 = real_numbers("outer", "x2", x2)
    return multiply(reshape(x1, (-1, 1)), expand_dims(reshape(x2, -1), 0))


def contract(name: str, x1: Any, labels1: Labels, x2: Any, labels2: Labels, kept: Labels) -> Any:
    """Sum products over the axes whose labels are not kept.

    Args:
        name: the operation's name, for the messages.
        x1: array or tensor.
        labels1: a label for each of its axes, all different.
        x2: array or tensor.
        labels2: likewise; equal labels are the same axis.
        kept: the labels of the result, in its order.

    Raises:
        ValueError: if the sizes of one label differ, but for 1 where the label is kept.
    """
    x1, labels1 = _sum_out(x1, labels1, {*labels2, *kept})
    x2, labels2 = _sum_out(x2, labels2, {*labels1, *kept})
    sizes1, sizes2 = dict(zip(labels1, x1.shape, strict=True)), dict(zip(labels2, x2.shape, strict=True))
    for label in labels1:
        size, other = sizes1[label], sizes2.get(label, sizes1[label])
        if size != other and not (label in kept and 1 in (size, other)):
            raise ValueError(
                f"{name}: axes of x1 and x2 that are multiplied must have one size, got shapes {x1.shape}, {x2.shape}"
            )
    both = [label for label in labels1 if label in sizes2]
    batch, summed = [label for label in both if label in kept], [label for label in both if label not in kept]
    rows, columns = [label for label in labels1 if label not in both], [label for label in labels2 if label not in both]
    first = _grouped(name, x1, labels1, batch, rows, summed)
    second = _grouped(name, x2, labels2, batch, summed, columns)
    product = matmul(first, second)
    sizes = (*product.shape[: len(batch)], *(sizes1[label] for label in rows), *(sizes2[label] for label in columns))
    found = [*batch, *rows, *columns]
    return transpose(_reshape(name, product, sizes), [found.index(label) for label in kept])


def _grouped(name: str, x: Any, labels: Labels, batch: Labels, second: Labels, third: Labels) -> Any:
    """Bring the axes in order, and make one axis of each of the last two groups."""
    order = [*batch, *second, *third]
    x = transpose(x, [labels.index(label) for label in order]) if order != list(labels) else x
    begin, middle = len(batch), len(batch) + len(second)
    groups = (x.shape[begin:middle], x.shape[middle:])
    sizes = [group[0] if len(group) == 1 else None if None in group else math.prod(group) for group in groups]
    return _reshape(name, x, (*x.shape[:begin], *sizes))


def _reshape(name: str, x: Any, sizes: tuple[Any, ...]) -> Any:
    if tuple(x.shape) == sizes:
        return x
    if None in sizes[1:]:
        raise ValueError(f"{name}: a batch size that is not known must come first, got a product of shape {sizes}")
    return reshape(x, sizes)


def _sum_out(x: Any, labels: Labels, needed: set) -> tuple[Any, Labels]:
    """Sum over the axes whose labels nobody needs."""
    axes = [axis for axis, label in enumerate(labels) if label not in needed]
    return (sum_of(x, axes), [label for label in labels if label in needed]) if axes else (x, list(labels))


def _diagonals(x: Any, labels: Labels) -> tuple[Any, Labels]:
    """Take the diagonal where a letter comes twice."""
    labels = list(labels)
    for label in dict.fromkeys(labels):
        while labels.count(label) > 1:
            first = labels.index(label)
            second = labels.index(label, first + 1)
            if x.shape[first] != x.shape[second]:
                raise ValueError(f"einsum: axes of one letter must have one size, got {x.shape} for {label!r}")
            x = diagonal(x, 0, first, second)
            labels = [*(other for axis, other in enumerate(labels) if axis not in (first, second)), label]
    return x, labels


def _parse(subscripts: str, ranks: list[int]) -> tuple[list[list[Hashable]], list[Hashable]]:
    """Give the labels of each operand and of the result; those that "..." stands for are numbers from the end."""
    if not isinstance(subscripts, str):
        raise TypeError(f"einsum: subscripts must be a string, got {subscripts!r}")
    left, arrow, right = subscripts.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(ranks):
        raise ValueError(f"einsum: subscripts must name {len(ranks)} operands, got {subscripts!r}")
    inputs = [_labels(subscripts, term, rank) for term, rank in zip(terms, ranks, strict=True)]
    every = [label for labels in inputs for label in labels]
    more = sorted({label for label in every if isinstance(label, int)})
    if arrow:
        before, dots, after = right.partition("...")
        result: list[Hashable] = [*before, *(more if dots else ()), *after]
    else:
        result = [*more, *sorted(label for label in set(every) if isinstance(label, str) and every.count(label) == 1)]
    if len(set(result)) < len(result) or not set(result) <= set(every):
        raise ValueError(f"einsum: the result must have letters of the operands, each once, got {subscripts!r}")
    return inputs, result


def _labels(subscripts: str, term: str, rank: int) -> list[Hashable]:
    before, dots, after = term.partition("...")
    letters = before + after
    more = rank - len(letters)
    if more < 0 or (more and not dots) or (letters and not letters.isalpha()):
        raise ValueError(f"einsum: subscripts {subscripts!r} must name each axis, got {term!r} for {rank} axes")
    return [*before, *range(-more, 0), *after]
