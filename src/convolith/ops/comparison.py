"""Comparisons, logic and tests of each element: results are bool, and have no gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.graph.operators import operators
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.elementwise import Binary, Flat, broadcast


class Comparison(Binary):
    """A relation of the elements of two broadcast arrays; integers are compared as integers."""

    takes_over = ()
    floats = False

    def infer(self, x1: Spec, x2: Spec) -> Spec:
        """Broadcast the shapes."""
        return Spec(broadcast(self.name, x1=x1.shape, x2=x2.shape), np.dtype(bool))

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Stop."""
        return None, None


class Equal(Comparison):
    """Whether x1 = x2."""

    function = np.equal


class NotEqual(Comparison):
    """Whether x1 is not x2."""

    function = np.not_equal


class Less(Comparison):
    """Whether x1 < x2."""

    function = np.less


class LessEqual(Comparison):
    """Whether x1 <= x2."""

    function = np.less_equal


class Greater(Comparison):
    """Whether x1 > x2."""

    function = np.greater


class GreaterEqual(Comparison):
    """Whether x1 >= x2."""

    function = np.greater_equal


class LogicalAnd(Comparison):
    """Whether neither is 0."""

    function = np.logical_and


class LogicalOr(Comparison):
    """Whether one is not 0."""

    function = np.logical_or


class LogicalXor(Comparison):
    """Whether just one is not 0."""

    function = np.logical_xor


class Predicate(Flat):
    """A question about each element."""

    takes_over = ()
    keeps = (0,)

    def infer(self, x: Spec) -> Spec:
        """Keep the shape."""
        return Spec(x.shape, np.dtype(bool))


class LogicalNot(Predicate):
    """Whether it is 0."""

    function = np.logical_not


class Isnan(Predicate):
    """Whether it is NaN."""

    function = np.isnan


class Isinf(Predicate):
    """Whether it is infinite."""

    function = np.isinf


class Isfinite(Predicate):
    """Whether it is neither infinite nor NaN."""

    function = np.isfinite


def equal(x1: Any, x2: Any) -> Any:
    """Tell elementwise where x1 = x2, which NaN is to nothing.

    Args:
        x1: array or tensor of any shape and dtype.
        x2: the same, of a shape that broadcasts with it.

    Returns:
        The broadcast shape, bool. Integers are compared in the dtype that NumPy promotes both to; a Python number
        takes the dtype of the other argument where that holds it.

    Raises:
        ValueError: if the shapes do not broadcast.
        TypeError: if an integer has more than 64 bits.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.equal(np.array([1, 2]), 2)
        array([False,  True])
    """
    return Equal()(x1, x2)


def not_equal(x1: Any, x2: Any) -> Any:
    """Tell elementwise where x1 is not x2; arguments as in `equal`."""
    return NotEqual()(x1, x2)


def less(x1: Any, x2: Any) -> Any:
    """Tell elementwise where x1 < x2; arguments as in `equal`."""
    return Less()(x1, x2)


def less_equal(x1: Any, x2: Any) -> Any:
    """Tell elementwise where x1 <= x2; arguments as in `equal`."""
    return LessEqual()(x1, x2)


def greater(x1: Any, x2: Any) -> Any:
    """Tell elementwise where x1 > x2; arguments as in `equal`."""
    return Greater()(x1, x2)


def greater_equal(x1: Any, x2: Any) -> Any:
    """Tell elementwise where x1 >= x2; arguments as in `equal`."""
    return GreaterEqual()(x1, x2)


def logical_and(x1: Any, x2: Any) -> Any:
    """Tell elementwise where neither is 0 (or False); arguments as in `equal`."""
    return LogicalAnd()(x1, x2)


def logical_or(x1: Any, x2: Any) -> Any:
    """Tell elementwise where one is not 0 (or False); arguments as in `equal`."""
    return LogicalOr()(x1, x2)


def logical_xor(x1: Any, x2: Any) -> Any:
    """Tell elementwise where just one is not 0 (or False); arguments as in `equal`."""
    return LogicalXor()(x1, x2)


def logical_not(x: Any) -> Any:
    """Tell elementwise where x is 0 (or False).

    Args:
        x: array or tensor of any shape and dtype.

    Returns:
        The same shape, bool.
    """
    return LogicalNot()(x)


def isnan(x: Any) -> Any:
    """Tell elementwise where x is NaN; argument as in `logical_not`."""
    return Isnan()(x)


def isinf(x: Any) -> Any:
    """Tell elementwise where x is infinite; argument as in `logical_not`."""
    return Isinf()(x)


def isfinite(x: Any) -> Any:
    """Tell elementwise where x is neither infinite nor NaN; argument as in `logical_not`."""
    return Isfinite()(x)


operators.update(
    not_equal=not_equal, less=less, less_equal=less_equal, greater=greater, greater_equal=greater_equal,
    logical_and=logical_and, logical_or=logical_or, logical_xor=logical_xor, logical_not=logical_not,
)  # fmt: skip
