"""Between arrays, tensors and dtypes, and what is known of a tensor without its values."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.defaults import floatx
from convolith.graph.dtypes import array_of, fits
from convolith.graph.operation import Cast, Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import is_finite, real


class StopGradient(Operation):
    """The same elements, which the gradient does not go back through."""

    view = True
    keeps = (0,)

    def infer(self, x: Spec) -> Spec:
        """Keep shape and dtype."""
        return x

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Copy; a Plan need not."""
        np.copyto(outputs[0], inputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Stop."""
        return (None,)


@dataclass(frozen=True)
class WholeNumbers(Operation):
    """The same numbers as int64, where none has a fraction."""

    what: str  # for the message
    keeps = (0,)

    def infer(self, x: Spec) -> Spec:
        """Keep the shape."""
        return Spec(x.shape, np.dtype(np.int64))

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Check, then convert."""
        (x,) = inputs
        whole = (np.trunc(x) == x) & (np.abs(x, dtype=np.float64) < 2.0**53)  # beyond, floats skip integers
        if not whole.all():
            raise ValueError(f"{self.what} must hold whole numbers, got {x[~whole][0]}")
        np.copyto(outputs[0], x, casting="unsafe")

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Integers have none."""
        return (None,)


def whole_numbers(what: str, x: Any) -> Any:
    """Make integers of class numbers that came as floats, as a user's own loss gets its labels.

    Args:
        what: operation and argument, for the message.
        x: array or tensor of any shape.

    Returns:
        The same shape; x itself unless it holds floats, which become int64.

    Raises:
        ValueError: if (when computed) a number has a fraction or is not finite.
    """
    return WholeNumbers(what)(x) if np.dtype(x.dtype).kind == "f" else x


def cast(x: Any, dtype: Any) -> Any:
    """Convert to another dtype; fractions are cut when it is an integer one.

    Args:
        x: array or tensor of any shape.
        dtype: any dtype of real numbers of at most 64 bits.

    Returns:
        The same shape, of that dtype in native byte order.

    Raises:
        TypeError: if the dtype is another.
    """
    return Cast(real("cast", dtype))(x)


def stop_gradient(variable: Any) -> Any:
    """Give the same values as constants: no gradient goes back through them.

    Args:
        variable: array or tensor of any shape and dtype.

    Returns:
        The same shape and dtype.

    Example:
        >>> import numpy as np
        >>> import convolith
        >>> from convolith import ops
        >>> _, pullback = convolith.vjp(lambda x: x * ops.stop_gradient(x), np.array([3.0]))
        >>> pullback(np.array([1.0]))
        (array([3.]),)
    """
    return StopGradient()(real_numbers("stop_gradient", "variable", variable))


def convert_to_tensor(x: Any, dtype: Any = None, sparse: bool | None = None, ragged: bool | None = None) -> Any:
    """Make what the operations take of numbers, lists and arrays: a NumPy array, or a tensor as it is.

    Args:
        x: number, list, array or tensor.
        dtype: of the result; by default that of x, where Python's numbers count as float32 or int32.
        sparse: None; convolith has no sparse tensors.
        ragged: None, likewise.

    Returns:
        A C-contiguous array in native byte order, or the tensor; x itself where it is one already.

    Raises:
        TypeError: if it does not hold real numbers of at most 64 bits.
        ValueError: if sparse or ragged is asked for.

    Example:
        >>> from convolith import ops
        >>> ops.convert_to_tensor([1.0, 2.0])
        array([1., 2.], dtype=float32)
    """
    for argument, value in (("sparse", sparse), ("ragged", ragged)):
        if value is not None and value is not False:
            raise ValueError(f"convert_to_tensor: {argument} must be None, got {value!r}")
    given, x = x, operand("convert_to_tensor", "x", x)
    if not hasattr(given, "dtype"):
        x = x if dtype is None else np.asarray(given)
        if dtype is None and x.dtype.kind == "i" and fits(x, np.int32):
            dtype = np.int32
    wanted = real("convert_to_tensor", dtype, x.dtype)
    plain = isinstance(x, Tensor) or (type(x) is np.ndarray and x.flags.c_contiguous and x.flags.aligned)
    return x if plain and x.dtype == wanted and x.dtype.isnative else cast(x, wanted)


def convert_to_numpy(x: Any) -> np.ndarray:
    """Make a NumPy array of numbers, lists, arrays or Variables.

    Args:
        x: what holds values.

    Returns:
        The array; x itself where it is one.

    Raises:
        TypeError: if x is a symbolic tensor, which has no values.
    """
    return np.asarray(x)


def is_tensor(x: Any) -> bool:
    """Tell whether x is an array, a symbolic tensor or a Variable, as the operations give them."""
    return isinstance(x, (np.ndarray, np.generic, Tensor))


def shape(x: Any) -> tuple[Any, ...]:
    """Give the sizes of the axes.

    Args:
        x: number, list, array or tensor.

    Returns:
        A tuple of integers; None for a batch size that is not known yet.

    Example:
        >>> from convolith import layers, ops
        >>> ops.shape(layers.Input((28, 28, 1)))
        (None, 28, 28, 1)
    """
    return tuple(operand("shape", "x", x).shape)


def ndim(x: Any) -> int:
    """Count the axes of a number, list, array or tensor."""
    return operand("ndim", "x", x).ndim


def size(x: Any) -> int | None:
    """Count the elements of a number, list, array or tensor; None where a batch size is not known yet."""
    sizes = operand("size", "x", x).shape
    return None if None in sizes else math.prod(sizes)


def dtype(x: Any) -> str:
    """Name the dtype of a number, list, array or tensor, such as "float32"."""
    return operand("dtype", "x", x).dtype.name


def array_of_rows(name: str, argument: str, value: Any, make: Callable[[Any], np.ndarray] = np.asarray) -> np.ndarray:
    """Make an array of what is no tensor, of any dtype, by `make`.

    Raises:
        ValueError: if it is a list of rows that differ in shape.
    """
    try:
        return make(value)
    except ValueError:
        raise ValueError(f"{name}: {argument} must have rows of one shape, got {value!r}") from None


def operand(name: str, argument: str, value: Any) -> Any:
    """Make an array of what is no tensor.

    Args:
        name: the operation's name, for the message.
        argument: the argument's name, likewise.
        value: number, list, array or tensor; floats that are no array's count as `floatx`.

    Raises:
        TypeError: if it is None, or holds no real numbers.
        ValueError: if it is a list of rows that differ in shape.
    """
    if value is None:
        raise TypeError(f"{name}: {argument} must be an array or a tensor, got None")
    if isinstance(value, Tensor):
        return value
    array = array_of_rows(name, argument, value, array_of)
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
        raise TypeError(f"{name}: {argument} must hold real numbers of at most 64 bits, got {array.dtype}")
    return array


def float_operand(name: str, argument: str, value: Any) -> Any:
    """Make an array as `operand` does, for what computes in floats: integers and halves become those of `floatx`."""
    array = operand(name, argument, value)
    return array if array.dtype.kind == "f" and array.dtype.itemsize > 2 else cast(array, floatx())


def real_numbers(name: str, argument: str, value: Any) -> Any:
    """Refuse None and what holds no real numbers as `operand` does; Python's numbers stay, as they widen no array."""
    return value if _is_plain(name, argument, value) else operand(name, argument, value)


def float_numbers(name: str, argument: str, value: Any) -> Any:
    """Refuse as `real_numbers` does, for what computes in floats: arrays of integers become those of `floatx`."""
    return value if _is_plain(name, argument, value) else float_operand(name, argument, value)


def _is_plain(name: str, argument: str, value: Any) -> bool:
    """Tell one of Python's numbers; an integer that no float holds is refused."""
    if type(value) is int and not is_finite(value):
        raise TypeError(f"{name}: {argument} must hold real numbers of at most 64 bits, got {value}")
    return type(value) in (bool, int, float)
