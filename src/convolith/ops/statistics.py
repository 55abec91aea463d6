"""Products, variances, norms and logarithms of sums over axes, and running sums."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import axes, flag, integers, numbered, one_axis, real
from convolith.ops.arithmetic import absolute, square, subtract
from convolith.ops.comparison import equal, not_equal
from convolith.ops.conversion import cast, convert_to_tensor, float_numbers, float_operand, real_numbers
from convolith.ops.creation import ones_like
from convolith.ops.exponential import Sqrt, exp, power
from convolith.ops.extremes import max as max_of
from convolith.ops.extremes import min as min_of
from convolith.ops.join import concatenate
from convolith.ops.reduction import Accumulating, Reduction, accumulated, axes_of, mean, sum_into, sum_scratch
from convolith.ops.reduction import sum as sum_of
from convolith.ops.shape import reshape, transpose
from convolith.ops.where import where


class Prod(Accumulating):
    """The product over axes."""

    function = np.multiply

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by the product of the others, without a division: elements may be 0."""
        (x,) = node.inputs
        assert x is not None
        axes = self.axes(x.shape)
        order = [axis for axis in range(x.ndim) if axis not in axes] + list(axes)
        moved = transpose(x, order)
        count = math.prod(x.shape[axis] for axis in axes)
        others = reshape(_products_of_others(reshape(moved, (math.prod(x.shape) // (count or 1), count))), moved.shape)
        back = transpose(others, [order.index(axis) for axis in range(x.ndim)])
        return (reshape(upstreams[0], self.kept(x)) * back,)


class Logsumexp(Reduction):
    """The logarithm of the sum of e ** x over axes."""

    function = np.logaddexp

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Subtract the largest before, add it after."""
        (x,), (out,) = inputs, outputs
        axes = self.axes(x.shape)
        largest = x.max(axis=axes, keepdims=True, initial=-np.inf)
        largest[~np.isfinite(largest)] = 0
        with np.errstate(divide="ignore", over="ignore"):  # of nothing, or of -inf alone: -inf
            shifted = np.exp(x - largest)
            sum_into(out, shifted, axes)
            np.log(out, out=out)
        np.add(out, largest.reshape(out.shape), out=out)

    def scratch(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Ask the engine for the sum."""
        assert inputs[0] is not None
        return sum_scratch(inputs[0], self.axes(inputs[0].shape))

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Share the upstream as the exponentials share the sum, which may be 0."""
        (x,) = node.inputs
        assert x is not None
        kept = self.kept(x)
        result = reshape(node.outputs[0], kept)
        share = exp(x - where(equal(result, -math.inf), 0.0, result))  # type: ignore[operator]
        return (reshape(upstreams[0], kept) * share,)


@dataclass(frozen=True)
class Cumsum(Operation):
    """Sums of the elements so far along an axis, or from each on if reversed."""

    axis: int
    reverse: bool = False
    keeps_integers = keeps_truths = True

    def infer(self, x: Spec) -> Spec:
        """Keep the shape and the dtype, but for truth values, which are counted."""
        return x if x.dtype.kind != "b" else Spec(x.shape, accumulated(x.dtype))

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Add up."""
        x, out = (np.flip(a, self.axis) if self.reverse else a for a in (inputs[0], outputs[0]))
        np.add.accumulate(x, axis=self.axis, dtype=out.dtype, out=out)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Go the other way: an element counts in all sums after it."""
        return (Cumsum(self.axis, not self.reverse)(upstreams[0]),)


class RootOfSquares(Sqrt):
    """The square root of a sum of squares, whose slope at 0 counts as 0, as that of its parts does."""

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Divide by twice the result, where that is not 0."""
        (result,) = node.outputs
        zero = equal(result, 0)
        return (where(zero, 0, upstreams[0] * 0.5 / where(zero, 1, result)),)


def prod(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """Multiply over axes.

    Args:
        x: array or tensor of any shape.
        axis: the axis or axes to multiply over, negative from the end; None for all.
        keepdims: keep them with size 1.
        dtype: of the result; by default float32 or float64, for integers the same or int32, whichever is wider.

    Returns:
        The products.

    Raises:
        ValueError: if x has no such axis.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.prod(np.array([[1, 2], [3, 4]], "float32"), axis=0)
        array([3., 8.], dtype=float32)
    """
    return _in("prod", dtype, Prod(axes_of("prod", axis), keepdims), x)


def var(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Any:
    """Take the variance over axes, the mean of squared distances from the mean; arguments as in `sum`."""
    return _variance("var", x, axis, keepdims)


def std(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Any:
    """Take the standard deviation over axes, the root of `var`; its slope where it is 0 counts as 0."""
    return RootOfSquares()(_variance("std", x, axis, keepdims))


def moments(
    x: Any, axes: int | Sequence[int] | None, keepdims: bool = False, synchronized: bool = False
) -> tuple[Any, Any]:
    """Take mean and variance over axes.

    Args:
        x: array or tensor of any shape.
        axes: the axis or axes, negative from the end; None for all.
        keepdims: keep them with size 1.
        synchronized: False; there is one process.

    Returns:
        The means and the variances, as `mean` and `var` give them.

    Raises:
        ValueError: if x has no such axes, or synchronized is true.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.moments(np.array([[1, 3], [5, 5]], "float32"), axes=1)
        (array([2., 5.], dtype=float32), array([1., 0.], dtype=float32))
    """
    if synchronized is not False:
        raise ValueError(f"moments: synchronized must be False, got {synchronized!r}")
    x, keepdims = float_operand("moments", "x", x), flag("moments", "keepdims", keepdims)
    over = None if axes is None else numbered("moments", integers("moments", "axes", axes), x.shape, argument="axes")
    middle = mean(x, over, True)
    variance = mean(square(subtract(x, middle)), over, keepdims)
    return (middle if keepdims else reshape(middle, variance.shape)), variance


def logsumexp(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Any:
    """Take the logarithm of the sum of e ** x over axes, one at least, also where that is no float; else as `sum`."""
    over = axes_of("logsumexp", axis)
    if over == ():
        numbered("logsumexp", over, real_numbers("logsumexp", "x", x).shape, least=1)
    return Logsumexp(over, keepdims)(x)


def cumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Add up the elements along an axis, each with those before it.

    Args:
        x: array or tensor of any shape.
        axis: along which to add, negative from the end; None adds all elements in their order.
        dtype: of the result; by default float32 or float64, for integers the same, for truth values int32.

    Returns:
        The sums, of the shape of x; (size,) for axis None.

    Raises:
        ValueError: if x has no such axis.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.cumsum(np.array([1, 2, 3], "float32"))
        array([1., 3., 6.], dtype=float32)
    """
    real_numbers("cumsum", "x", x)
    x = convert_to_tensor(x)
    if axis is None:
        x, axis = reshape(x, -1), 0
    return _in("cumsum", dtype, Cumsum(one_axis("cumsum", axis, x.shape)), x)


def norm(
    x: Any, ord: float | str | None = None, axis: int | Sequence[int] | None = None, keepdims: bool = False
) -> Any:
    """Measure vectors (over one axis) or matrices (over two).

    Args:
        x: array or tensor of any shape; with axis None of one or two axes, or any number if `ord` is None too.
        ord: None, the root of the sum of squares; for vectors a number p, the sum of |x| ** p to the power 1 / p, with
            inf and -inf for the largest and smallest |x|, and 0 for how many are not 0; for matrices "fro", as None,
            1 and inf for the largest sum of |x| of a column and of a row, -1 and -inf for the smallest.
        axis: the axis of the vectors or the two axes (rows, columns) of the matrices; None for all of x.
        keepdims: keep the axes with size 1.

    Returns:
        The norms, float32 or float64.

    Raises:
        ValueError: if x has no such axes, or there is no such norm over so many axes; the norms by singular values
            (2, -2 and "nuc" of matrices) are not there.

    Source:
        numpy.linalg.norm has the same names.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.norm(np.array([[3, 4], [6, 8]], "float32"), axis=1)
        array([ 5., 10.], dtype=float32)
    """
    x, keepdims = float_numbers("norm", "x", x), flag("norm", "keepdims", keepdims)
    over = axes("norm", axis, x.shape, least=1)
    if ord is None:
        return RootOfSquares()(sum_of(square(x), over, keepdims))
    known = isinstance(ord, (int, float, np.integer, np.floating)) and not isinstance(ord, bool) and ord == ord
    if len(over) == 1 and known:
        return _vector_norm(absolute(x), float(ord), over, keepdims)
    if len(over) == 2 and isinstance(ord, str) and ord == "fro":
        return RootOfSquares()(sum_of(square(x), over, keepdims))
    if len(over) == 2 and known and ord in (1, -1, math.inf, -math.inf):
        summed, rest = over if abs(ord) == 1 else over[::-1]  # type: ignore[arg-type]
        extreme = max_of if ord > 0 else min_of  # type: ignore[operator]
        result = extreme(sum_of(absolute(x), summed, keepdims=True), rest, keepdims=True)
        return result if keepdims else sum_of(result, over)
    raise ValueError(f"norm: ord must be one that is known over {len(over)} axes, got {ord!r}")


def _variance(name: str, x: Any, axis: Any, keepdims: Any) -> Any:
    x = float_numbers(name, "x", x)
    over = axes(name, axis, getattr(x, "shape", ()))
    return mean(square(subtract(x, mean(x, over, True))), over, flag(name, "keepdims", keepdims))


def _vector_norm(magnitudes: Any, ord: float, axes: tuple[int, ...], keepdims: bool) -> Any:
    if ord == math.inf:
        return max_of(magnitudes, axes, keepdims)
    if ord == -math.inf:
        return min_of(magnitudes, axes, keepdims)
    if ord == 0:
        return sum_of(cast(not_equal(magnitudes, 0), magnitudes.dtype), axes, keepdims)
    if ord == 1:
        return sum_of(magnitudes, axes, keepdims)
    if ord == 2:
        return RootOfSquares()(sum_of(square(magnitudes), axes, keepdims))
    return power(sum_of(power(magnitudes, ord), axes, keepdims), 1 / ord)


def _products_of_others(x: Any) -> Any:
    """Give for each element of (rows, n) the product of its row's others: those of pairs, times the partner."""
    half = x.shape[1] // 2
    if half == 0:
        return ones_like(x)
    first, second, rest = x[:, :half], x[:, half : 2 * half], x[:, 2 * half :]
    others = _products_of_others(concatenate([first * second, rest], axis=1))
    of_pairs = others[:, :half]
    return concatenate([of_pairs * second, of_pairs * first, others[:, half:]], axis=1)


def _in(name: str, dtype: Any, operation: Operation, x: Any) -> Any:
    """Do `operation` on x in a dtype; as it computes in others than narrow ones, there and back."""
    wanted = None if dtype is None else real(name, dtype)
    return operation(x) if wanted is None else cast(operation(cast(x, wanted)), wanted)
