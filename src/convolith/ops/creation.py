"""New arrays: filled with one number, counting, or of the shape of another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.defaults import floatx
from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import flag, integer, one_axis, real, sizes
from convolith.ops.comparison import equal
from convolith.ops.conversion import cast, operand, real_numbers
from convolith.ops.elementwise import broadcast
from convolith.ops.reduction import sum_to
from convolith.ops.shape import expand_dims, reshape
from convolith.ops.unknown_batch import for_a_batch, unknown


@dataclass(frozen=True)
class FullLike(Operation):
    """A value broadcast to the shape of x, which alone counts of x, in a dtype."""

    dtype: np.dtype
    function: str = "full_like"  # for the messages
    keeps = (0, 1)

    def infer(self, x: Spec, fill_value: Spec) -> Spec:
        """Check that the value broadcasts."""
        if broadcast(self.function, x=x.shape, fill_value=fill_value.shape) != x.shape:
            raise ValueError(
                f"{self.function}: fill_value must broadcast to the shape {x.shape}, got shape {fill_value.shape}"
            )
        return Spec(x.shape, self.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Fill."""
        np.copyto(outputs[0], inputs[1], casting="unsafe")

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Sum to the value."""
        value = node.inputs[1]
        return None, sum_to(upstreams[0], value) if value is not None and value.dtype.kind == "f" else None


def zeros(shape: int | Sequence[int], dtype: Any = None) -> Any:
    """Make an array of zeros.

    Args:
        shape: the sizes; the first may be None where a layer is called to find out its outputs' shapes.
        dtype: of the array; by default float32.

    Returns:
        The array; a symbolic tensor if the first size is None.

    Raises:
        ValueError: if a size is negative, or the first is None and no layer is being called.
        TypeError: if the sizes are no integers, or the dtype is not of real numbers.

    Example:
        >>> from convolith import ops
        >>> ops.zeros((2, 3))
        array([[0., 0., 0.],
               [0., 0., 0.]], dtype=float32)
    """
    if unknown(shape):
        return for_a_batch("zeros", "shape", shape, real("zeros", dtype))
    return np.zeros(sizes("zeros", "shape", shape), real("zeros", dtype))


def ones(shape: int | Sequence[int], dtype: Any = None) -> Any:
    """Make an array of ones; arguments as in `zeros`."""
    if unknown(shape):
        return for_a_batch("ones", "shape", shape, real("ones", dtype))
    return np.ones(sizes("ones", "shape", shape), real("ones", dtype))


def full(shape: int | Sequence[int], fill_value: Any, dtype: Any = None) -> Any:
    """Make an array of one number, or repeat an array along new axes and those of size 1.

    Args:
        shape: the sizes, as in `zeros`.
        fill_value: number, array or tensor that broadcasts to them.
        dtype: of the result; by default float32.

    Returns:
        The array, or a tensor if fill_value is one.

    Raises:
        ValueError: if a size is negative, or fill_value does not broadcast to the shape.
        TypeError: if the sizes are no integers, or the dtype is not of real numbers.
    """
    wanted = real("full", dtype)
    if unknown(shape):
        return _filled("full", for_a_batch("full", "shape", shape, floatx()), fill_value, wanted)
    return _filled("full", np.broadcast_to(np.float32(0), sizes("full", "shape", shape)), fill_value, wanted)


def zeros_like(x: Any, dtype: Any = None) -> Any:
    """Make zeros of the shape of x; arguments as in `full_like`."""
    x = operand("zeros_like", "x", x)
    return _filled("zeros_like", x, 0, real("zeros_like", dtype, x.dtype))


def ones_like(x: Any, dtype: Any = None) -> Any:
    """Make ones of the shape of x; arguments as in `full_like`."""
    x = operand("ones_like", "x", x)
    return _filled("ones_like", x, 1, real("ones_like", dtype, x.dtype))


def full_like(x: Any, fill_value: Any, dtype: Any = None) -> Any:
    """Broadcast a number or an array to the shape of x.

    Args:
        x: array or tensor, of which the shape alone counts.
        fill_value: number, array or tensor.
        dtype: of the result; by default that of x.

    Returns:
        The shape of x, an array, or a tensor if one of them is.

    Raises:
        ValueError: if fill_value does not broadcast to the shape of x.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.full_like(np.zeros(2, "float32"), 7)
        array([7., 7.], dtype=float32)
    """
    x = operand("full_like", "x", x)
    return _filled("full_like", x, fill_value, real("full_like", dtype, x.dtype))


def _filled(name: str, x: Any, fill_value: Any, dtype: np.dtype) -> Any:
    return FullLike(dtype, name)(x, real_numbers(name, "fill_value", fill_value))


def arange(start: float, stop: float | None = None, step: float | None = None, dtype: Any = None) -> np.ndarray:
    """Count from start to before stop.

    Args:
        start: the first number; if `stop` is None, where to stop, and the first is 0.
        stop: the end, which does not belong to it.
        step: from one to the next, by default 1.
        dtype: of the array; by default int32, or float32 if one of the numbers has a point.

    Returns:
        A one-dimensional array.

    Raises:
        ValueError: if step is 0, leads away from stop or is so small that no array holds the numbers, or a number is
            not finite.
        TypeError: if they are no numbers, or the dtype is not of real ones.

    Example:
        >>> from convolith import ops
        >>> ops.arange(3)
        array([0, 1, 2], dtype=int32)
    """
    step = 1 if step is None else step
    given: tuple[Any, ...] = start, start if stop is None else stop, step
    symbolic = any(isinstance(number, Tensor) for number in given)
    numbers = [] if symbolic else [np.asarray(number) for number in given if not isinstance(number, (list, tuple))]
    kinds = {number.dtype.kind for number in numbers}
    if len(numbers) < 3 or not kinds <= set("iuf") or any(number.ndim for number in numbers):
        raise TypeError(f"arange: start, stop and step must be numbers, got {start!r}, {stop!r}, {step!r}")
    if step == 0:
        raise ValueError(f"arange: step must not be 0, got start {start}, stop {stop}")
    if not np.isfinite(np.asarray(numbers, np.float64)).all():
        raise ValueError(f"arange: start, stop and step must be finite, got {start!r}, {stop!r}, {step!r}")
    first, end = (0, start) if stop is None else (start, stop)
    if (float(end) - float(first)) / float(step) < 0:
        raise ValueError(f"arange: step must lead from start to stop, got start {first}, stop {end}, step {step}")
    if (float(end) - float(first)) / float(step) >= 2**60:
        raise ValueError(
            f"arange: step must leave less than 2 ** 60 numbers, got start {first}, stop {end}, step {step}"
        )
    return np.arange(first, end, step).astype(real("arange", dtype, floatx() if "f" in kinds else np.int32))


def linspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None, axis: int = 0
) -> Any:
    """Make evenly spaced numbers.

    Args:
        start: the first, a number or an array.
        stop: the last, a number or an array.
        num: how many.
        endpoint: whether `stop` itself is the last; else the one before it.
        retstep: whether to give the distance, too.
        dtype: of the array; by default float32.
        axis: where the new axis is in the result, if start or stop is an array.

    Returns:
        The array, or with `retstep` the pair of it and the distance.

    Raises:
        ValueError: if num is negative.
    """
    start, stop = (operand("linspace", name, value) for name, value in (("start", start), ("stop", stop)))
    if isinstance(start, Tensor) or isinstance(stop, Tensor):
        raise TypeError("linspace: start and stop must be numbers or arrays, got a symbolic tensor")
    shape = broadcast("linspace", start=start.shape, stop=stop.shape)
    count, place = _size("linspace", "num", num), one_axis("linspace", axis, shape, "the result", new=1)
    including, both = flag("linspace", "endpoint", endpoint), flag("linspace", "retstep", retstep)
    wanted = real("linspace", dtype)
    numbers, distance = np.linspace(start, stop, count, including, retstep=True, dtype=wanted, axis=place)
    return (numbers, distance) if both else numbers


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> np.ndarray:
    """Make a matrix (N, M), by default square, of ones on diagonal k (above the main one if positive), else zeros."""
    return _matrix("eye", np.eye, N, M, k, dtype)


def identity(n: int, dtype: Any = None) -> np.ndarray:
    """Make the square matrix (n, n) of ones on the diagonal, else zeros, by default float32."""
    side = _size("identity", "n", n)
    return _matrix("identity", np.eye, side, side, 0, dtype)


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> np.ndarray:
    """Make a matrix (N, M), by default square, of ones on and below diagonal k, else zeros, by default float32."""
    return _matrix("tri", np.tri, N, M, k, dtype)


def _matrix(name: str, make: Callable[..., np.ndarray], rows: Any, columns: Any, k: Any, dtype: Any) -> np.ndarray:
    """Make a matrix of two sizes by a diagonal, which counts as just outside where it is further out."""
    height = _size(name, "N", rows)
    width = height if columns is None else _size(name, "M", columns)
    place = min(max(integer(name, "k", k), -height), width)
    sizes(name, "n" if name == "identity" else "N" if columns is None else "N, M", (height, width))
    return make(height, width, place, real(name, dtype))


def _size(name: str, argument: str, value: Any) -> int:
    """Check that a size is an integer of at least 0, which arrays can have."""
    integer(name, argument, value)
    return sizes(name, argument, value)[0]


def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False) -> Any:
    """Turn each class number into zeros with a one in its place.

    Args:
        x: array or tensor of integers of any shape; those outside of [0, num_classes) give zeros alone.
        num_classes: how many classes.
        axis: where the new axis is in the result.
        dtype: of the result; by default float32.
        sparse: False; convolith has no sparse tensors.

    Returns:
        The shape of x with a new axis of size num_classes.

    Raises:
        TypeError: if x does not hold integers.
        ValueError: if num_classes is below 1, the result has no such axis, or a sparse result is asked for.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.one_hot(np.array([0, 2]), 3)
        array([[1., 0., 0.],
               [0., 0., 1.]], dtype=float32)
    """
    x, wanted = operand("one_hot", "x", x), real("one_hot", dtype)
    if x.dtype.kind not in "iu":
        raise TypeError(f"one_hot: x must hold integers, got dtype {x.dtype}")
    if flag("one_hot", "sparse", sparse):
        raise ValueError(f"one_hot: sparse must be False, got {sparse}")
    count, place = _size("one_hot", "num_classes", num_classes), one_axis("one_hot", axis, x.shape, "the result", new=1)
    if not count:
        raise ValueError(f"one_hot: num_classes must be at least 1, got 0 with x of shape {tuple(x.shape)}")
    along = [count if number == place else 1 for number in range(x.ndim + 1)]
    return cast(equal(expand_dims(x, place), reshape(np.arange(count), along)), wanted)
