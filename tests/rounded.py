"""Numbers that know how far off they may be: running error analysis (Higham, section 3.3), for what has no short bound.

Every operation takes what its operands are off by, times its slopes, and adds a rounding of its own result. The bounds
hold for what is computed by the same operations; `each` rounding may count for several, where the order is another.
"""

from __future__ import annotations

import numpy as np

from tests.bounds import gamma


class Rounded:
    """An array of float64, and by how much each element of it may be off."""

    def __init__(self, value, error=0.0, dtype=np.float32, each=1):
        self.value, self.dtype, self.each = np.asarray(value, np.float64), dtype, each
        self.error = np.broadcast_to(error, self.value.shape)

    def rounded(self, value, error):
        """A result that is rounded."""
        return Rounded(value, error + gamma(self.each, self.dtype) * (abs(value) + error), self.dtype, self.each)

    def _other(self, other):
        return other if isinstance(other, Rounded) else Rounded(other, gamma(1, self.dtype) * abs(np.asarray(other)))

    def __add__(self, other):
        other = self._other(other)
        return self.rounded(self.value + other.value, self.error + other.error)

    def __neg__(self):
        return Rounded(-self.value, self.error, self.dtype, self.each)

    def __sub__(self, other):
        return self + -self._other(other)

    def __mul__(self, other):
        other = self._other(other)
        off = self.error * (abs(other.value) + other.error) + abs(self.value) * other.error
        return self.rounded(self.value * other.value, off)

    def __truediv__(self, other):
        other = self._other(other)
        least = abs(other.value) - other.error
        assert (least > 0).all(), "a divisor may be 0"
        value = self.value / other.value
        return self.rounded(value, (self.error + abs(value) * other.error) / least)

    __radd__, __rmul__ = __add__, __mul__

    def weighed(self, matrix, roundings):
        """The product (rows, ...) of a matrix (rows, elements) with it, each of whose products is rounded so often."""
        size = abs(matrix) @ (abs(self.value) + self.error)
        off = abs(matrix) @ self.error + gamma(roundings * self.each, self.dtype) * size
        return Rounded(matrix @ self.value, off, self.dtype, self.each)
