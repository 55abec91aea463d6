"""The gradient of a bias, which is what convolutions and dense layers add to each row."""

from __future__ import annotations

import numpy as np

from convolith.graph.tensor import Constant, Tensor
from convolith.ops.batch_normalization import NormalizeBatchGradient
from convolith.ops.reduction import sum as sum_of


def bias_gradient(upstream: Tensor) -> Tensor:
    """Sum over all axes but the last.

    What comes right from batch normalisation sums to zero, as a bias before it changes nothing: there is no need to add
    up its roundings.

    Args:
        upstream: (..., channels), the gradient by what the bias was added to.

    Returns:
        (channels,), of the dtype of upstream.
    """
    operation = None if upstream.node is None else upstream.node.operation
    if isinstance(operation, NormalizeBatchGradient) and upstream.index == operation.by_inputs:
        return Constant(np.zeros(upstream.shape[-1:], upstream.dtype))
    return sum_of(upstream, axis=range(upstream.ndim - 1))
