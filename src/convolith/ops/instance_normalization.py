"""Instance normalisation: each image's channels brought to mean 0 and variance 1."""

from __future__ import annotations

from typing import Any

from convolith.ops.batch_normalization import normalize


def instance_normalization(x: Any, gamma: Any = None, beta: Any = None, axis: int = -1, epsilon: float = 1e-3) -> Any:
    """Normalise each channel of each image by its own moments.

    Args:
        x: array or tensor (batch, ..., channels) with at least three axes.
        gamma: as in `normalize_batch`.
        beta: as in `normalize_batch`.
        axis: as in `normalize_batch`, but not 0.
        epsilon: as in `normalize_batch`.

    Returns:
        The shape and dtype of x.

    Raises:
        ValueError: as `normalize_batch` does, and if an image has one element a channel, which would always become 0.

    Source:
        Ulyanov, Vedaldi and Lempitsky, arXiv 1607.08022, equation 2.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.instance_normalization(np.array([[[1.0], [3.0]]], "float32"), epsilon=1e-9).tolist()
        [[[-1.0], [1.0]]]
    """
    return normalize("instance_normalization", x, gamma, beta, axis, epsilon, images=True)[0]
