"""Formulas in float64 that carry along a bound of how far the same formula in another precision may come out.

Each number is a value and the largest error of what was computed in its place. An operation passes the errors of its
operands on and adds its own rounding, which is u times the result's magnitude, u the unit roundoff (2^-24 in float32):
running error analysis (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 3.3), here for any
perturbation and not to the first order. `ROUNDINGS` says how often an operation rounds. A sum of n has gamma(n), in
whatever order (`tests.bounds`), and flushing denormals to zero loses the smallest normal number an operation.

`gradients` goes back through a formula by the chain rule, with the same numbers, so that gradients have bounds too, and
gradients of gradients. A chain of products rounds as often in whatever order; the shares of a gradient are a sum.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from tests.bounds import gamma

ROUNDINGS = {
    "sum of two": 1,  # as IEEE rounds it
    "product": 1,  # likewise
    "quotient": 2,  # engines multiply by a reciprocal, which is rounded itself
    "root": 1,  # as IEEE rounds it
    "larger": 1,  # exact, but for the number that it is compared with, which the precision may not have
    "sign": 0,  # a magnitude or the opposite, which is exact
}
ELEMENTARY = 8  # of exp and log, as tests.ops.elementwise grants them

SIGMOID = ELEMENTARY + 4  # exp, the sum and the quotient

Axes = tuple[int, ...]


class Uncertain(AssertionError):
    """Numbers are so near to where a formula has a corner, or no value, that another precision may lie beyond it."""


class Rounded:
    """Numbers, and how far those may be from them that a formula in `dtype` gives; `sources`: what they are made of."""

    def __init__(self, value, error=0.0, dtype: type = np.float32, sources: Sequence[tuple[Rounded, Callable]] = ()):
        self.value = np.asarray(value, np.float64)
        self.error = np.broadcast_to(np.asarray(error, np.float64), self.value.shape)
        self.dtype = dtype
        self.sources = sources

    def __add__(self, other):
        other = self._beside(other)
        value, error = self.value + other.value, self.error + other.error
        return self._made("sum of two", value, error, (self, lambda g: g), (other, lambda g: g))

    def __sub__(self, other):
        return self + -self._beside(other)

    def __mul__(self, other):
        other = self._beside(other)
        error = abs(self.value) * other.error + abs(other.value) * self.error + self.error * other.error
        value = self.value * other.value
        return self._made("product", value, error, (self, lambda g: g * other), (other, lambda g: g * self))

    def __neg__(self):
        return self._made("sign", -self.value, self.error, (self, lambda g: -g))

    def __rsub__(self, other):
        return -self + other

    __radd__, __rmul__ = __add__, __mul__

    def __truediv__(self, other):
        other = self._beside(other)
        least = abs(other.value) - other.error
        certain(least > 0, "what is divided by may be zero")
        value = self.value / other.value
        error = (self.error + abs(value) * other.error) / least
        quotient = self._made(
            "quotient", value, error, (self, lambda g: g / other), (other, lambda g: -(g * quotient / other))
        )
        return quotient

    def abs(self) -> Rounded:
        """The magnitudes; numbers are further from zero than their error, or zero."""
        certain((abs(self.value) > self.error) | (self.error == 0), "a sign is not certain")
        return self._made("sign", abs(self.value), self.error, (self, lambda g: g.signed(np.sign(self.value))))

    def signed(self, signs: np.ndarray) -> Rounded:
        """These times 1, 0 or -1."""
        return self._made("sign", self.value * signs, self.error * abs(signs), (self, lambda g: g.signed(signs)))

    def sqrt(self) -> Rounded:
        """The roots of numbers above 0."""
        value = np.sqrt(self.value)
        error = value - np.sqrt(np.maximum(self.value - self.error, 0))
        root = self._made("root", value, error, (self, lambda g: g / (root * 2.0)))
        return root

    def log(self) -> Rounded:
        """The natural logarithms of numbers above 0, further from it than their error."""
        certain(self.value > self.error, "a logarithm may be infinite")
        value = np.log(self.value)
        error = value - np.log(self.value - self.error)
        return self._made(ELEMENTARY, value, error, (self, lambda g: g / self))

    def log1p(self) -> Rounded:
        """The natural logarithms of 1 and these, which are not negative."""
        value = np.log1p(self.value)
        error = np.log1p(self.value + self.error) - value
        error = np.maximum(error, value - np.log1p(np.maximum(self.value - self.error, 0)))
        return self._made(ELEMENTARY, value, error, (self, lambda g: g / (self + 1.0)))

    def exp(self) -> Rounded:
        """e to the power of these."""
        value = np.exp(self.value)
        result = self._made(ELEMENTARY, value, value * np.expm1(self.error), (self, lambda g: g * result))
        return result

    def sigmoid(self) -> Rounded:
        """1 / (1 + e^-x), whose relative slope is below 1."""
        value = 1 / (1 + np.exp(-self.value))
        error = value * np.expm1(self.error)
        result = self._made(SIGMOID, value, error, (self, lambda g: g * (result * (1.0 - result))))
        return result

    def power(self, exponent: float) -> Rounded:
        """The power, computed as exp(exponent * log x), in which the product's error counts; of 0 a positive one."""
        value, least, most = (np.maximum(self.value + sign * self.error, 0) ** exponent for sign in (0, -1, 1))
        roundings = ELEMENTARY * (2 + abs(exponent * np.log(self.value + (self.value == 0))) + abs(exponent))
        error = np.maximum(abs(value - least), abs(value - most))
        slope = lambda g: g * self.power(exponent - 1) * exponent  # noqa: E731
        return self._made(roundings, value, error, (self, slope))

    def at_least(self, least: float) -> Rounded:
        """The larger ones of these and a number, from which they are further than their error."""
        above = self.value > least
        certain(abs(self.value - least) > self.error, "which is larger is not certain")
        error = np.where(above, self.error, 0)
        return self._made("larger", np.maximum(self.value, least), error, (self, lambda g: g.signed(above)))

    def at_most(self, most: float) -> Rounded:
        """The smaller ones of these and a number, from which they are further than their error."""
        return -(-self).at_least(-most)

    def largest(self) -> Rounded:
        """The largest along the last axis, with size 1, further from the others than their errors."""
        value = self.value.max(axis=-1, keepdims=True)
        own = self.value == value
        apart = value - self.value > self.error + np.max(np.where(own, self.error, 0), axis=-1, keepdims=True)
        certain((own | apart) & (own.sum(axis=-1, keepdims=True) == 1), "which is the largest is not certain")
        error = np.sum(np.where(own, self.error, 0), axis=-1, keepdims=True)
        return self._made(0, value, error, (self, lambda g: g.spread(own.shape).signed(own)))

    def sum(self, axes: Axes) -> Rounded:
        """The sums over axes, which stay with size 1."""
        return self._summed(
            lambda x: x.sum(axis=axes, keepdims=True), lambda g: g.spread(self.value.shape), self._count(axes)
        )

    def mean(self, axes: Axes) -> Rounded:
        """The means over axes, which stay with size 1."""
        return self.sum(axes) / float(self._count(axes))

    def window_sum(self, before: int, after: int) -> Rounded:
        """The sums over the last axis from `before` elements before each to `after` behind it, as far as they go."""
        count = self.value.shape[-1]
        apart = np.arange(count)[:, None] - np.arange(count)
        taken = ((-before <= apart) & (apart <= after)).astype(np.float64)
        return self._summed(lambda x: x @ taken, lambda g: g.window_sum(after, before), before + after + 1)

    def weighed(self, matrix: np.ndarray, roundings: int) -> Rounded:
        """The product of a matrix (rows, elements) with these, each of whose products is rounded so often."""
        apart = abs(matrix) @ self.error + gamma(roundings, self.dtype) * (abs(matrix) @ (abs(self.value) + self.error))
        return self._made(0, matrix @ self.value, apart, (self, lambda g: g.weighed(matrix.T, roundings)))

    def spread(self, shape: tuple[int, ...]) -> Rounded:
        """The same repeated along axes."""
        value = np.broadcast_to(self.value, shape)
        return self._made(0, value, np.broadcast_to(self.error, shape), (self, lambda g: g))

    def gathered(self, shape: tuple[int, ...]) -> Rounded:
        """The adjoint of `spread`: sums over the axes that it repeated along."""
        result = self
        if len(result.value.shape) > len(shape):
            leading = result.value.shape[: len(result.value.shape) - len(shape)]
            whole = result.value.shape[len(leading) :]
            flat = lambda x: x.reshape(-1, *whole).sum(axis=0)  # noqa: E731
            result = self._summed(flat, lambda g: g.spread(self.value.shape), math.prod(leading))
        axes = tuple(axis for axis, size in enumerate(shape) if size == 1 != result.value.shape[axis])
        return result.sum(axes) if axes else result

    def _count(self, axes: Axes) -> int:
        return math.prod(self.value.shape[axis] for axis in axes)

    def _beside(self, other) -> Rounded:
        if isinstance(other, Rounded):
            return other
        rounded = np.asarray(other, self.dtype).astype(np.float64)
        return Rounded(other, abs(rounded - other), self.dtype)

    def _summed(self, add: Callable, slope: Callable, count: int) -> Rounded:
        error = add(self.error) + gamma(count, self.dtype) * add(abs(self.value) + self.error)
        return self._made(1, add(self.value), error, (self, slope))

    def _made(self, operation: str | int | np.ndarray, value, error, *sources) -> Rounded:
        """The result of an operation, which is in ROUNDINGS or is how often it rounds."""
        roundings = ROUNDINGS[operation] if isinstance(operation, str) else operation
        unit, tiny = np.finfo(self.dtype).eps / 2, np.finfo(self.dtype).tiny
        error = error + roundings * (1.01 * unit * (abs(value) + error) + tiny)
        return Rounded(value, error, self.dtype, sources)


def certain(condition: np.ndarray, otherwise: str) -> None:
    """Raise unless a condition holds for all."""
    if not np.all(condition):
        raise Uncertain(otherwise)


def total(shares: Sequence[Rounded]) -> Rounded:
    """The sum of numbers of one shape, in whatever order."""
    value, error, size = (sum(parts) for parts in zip(*((s.value, s.error, abs(s.value)) for s in shares), strict=True))
    dtype = shares[0].dtype
    error = error + gamma(len(shares) - 1, dtype) * (size + error) + len(shares) * np.finfo(dtype).tiny
    return Rounded(value, error, dtype, [(share, lambda g: g) for share in shares])


def gradients(result: Rounded, upstream: np.ndarray | Rounded, leaves: Sequence[Rounded]) -> list[Rounded]:
    """The gradients of a formula's result by what it was made of, each of which can be gone back through in turn."""
    order: list[Rounded] = []
    seen: set[int] = set()

    def visit(number: Rounded) -> None:
        if id(number) not in seen:
            seen.add(id(number))
            for source, _ in number.sources:
                visit(source)
            order.append(number)

    visit(result)
    shares = {id(result): [upstream if isinstance(upstream, Rounded) else Rounded(upstream, dtype=result.dtype)]}
    found: dict[int, Rounded] = {}
    for number in reversed(order):
        if id(number) in shares:
            found[id(number)] = total(shares[id(number)])
            for source, slope in number.sources:
                share = slope(found[id(number)]).gathered(source.value.shape)
                shares.setdefault(id(source), []).append(share)
    return [found[id(leaf)] for leaf in leaves]
