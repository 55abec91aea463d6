"""First values of matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from convolith.initializers.constant import Initializer
from convolith.initializers.random import RandomInitializer
from convolith.ops.arguments import number


class Identity(Initializer):
    """``gain`` on the diagonal of a matrix, else 0.

    Args:
        gain: a number.

    Raises:
        TypeError: the gain is no number.
        ValueError: it is not finite, or (when called) the shape is not that of a matrix.

    Example:
        >>> from convolith.initializers import Identity
        >>> Identity()((2, 2)).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """

    def __init__(self, gain: float = 1.0):
        self.gain = number("Identity", "gain", gain)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        """Return a matrix of ``shape`` and ``dtype`` (None: ``config.floatx()``)."""
        shape, dtype = self.asked(shape, dtype)
        if len(shape) != 2:
            raise ValueError(f"Identity: shape must be that of a matrix, got {shape}")
        return np.multiply(self.gain, np.eye(*shape)).astype(dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"gain": self.gain}


class Orthogonal(RandomInitializer):
    """Orthonormal rows or columns, whichever are fewer, of the matrix (all axes but the last, the last), times gain.

    Args:
        gain: a number.
        seed: None or an integer.

    Raises:
        TypeError: the gain is no number.
        ValueError: it is not finite, or (when called) the shape has fewer than two axes.

    Source:
        keras.initializers.Orthogonal; Saxe et al., arXiv 1312.6120; uniform among them: Mezzadri, math-ph/0609050.

    Example:
        >>> import numpy as np
        >>> from convolith.initializers import Orthogonal
        >>> weight = Orthogonal(seed=1)((3, 3), "float64")
        >>> bool(np.allclose(weight @ weight.T, np.eye(3)))
        True
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None):
        self.gain = number("Orthogonal", "gain", gain)
        super().__init__(seed)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        """Return draws of ``shape`` and ``dtype`` (None: ``config.floatx()``)."""
        shape, dtype = self.asked(shape, dtype)
        if len(shape) < 2:
            raise ValueError(f"Orthogonal: shape must have at least two axes, got {shape}")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        drawn = np.empty((max(rows, columns), min(rows, columns)))
        self.normal(drawn, 0.0, 1.0, False)
        q, r = np.linalg.qr(drawn)
        q *= np.sign(np.diag(r))  # without this, not all orthogonal matrices are equally likely
        q = q.T if rows < columns else q
        return (self.gain * q).reshape(shape).astype(dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"gain": self.gain, **super().get_config()}
