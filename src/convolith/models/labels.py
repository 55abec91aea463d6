"""Labels, checked before any work and brought to what a loss needs."""

from __future__ import annotations

import numpy as np

from convolith.graph.tensor import Tensor
from convolith.losses.loss import Loss


def fitting_labels(labels: np.ndarray, output: Tensor, loss: Loss | None, who: str) -> np.ndarray:
    """Return labels as a loss needs them: int64 (n, ...) for class numbers, else the output's dtype.

    Raises:
        ValueError: shape, dtype or values do not fit; ``who`` begins the text.
    """
    kind = "any" if loss is None else loss.labels
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        raise ValueError(f"{who} must hold finite numbers, got NaN or infinity")
    if kind == "classes":
        return _class_numbers(labels, output, who)
    expected = output.shape[1:]
    if kind == "values" and labels.shape[1:] != expected:
        if labels.size == len(labels) and expected in ((), (1,)):
            labels = labels.reshape(len(labels), *expected)
        else:
            hint = ""
            if loss is not None and loss.name == "categorical_crossentropy" and labels.dtype.kind in "iub":
                hint = "; for class numbers use sparse_categorical_crossentropy"
            raise ValueError(f"{who} must have shape {output.shape}, as the output has, got {labels.shape}{hint}")
    return labels


def _class_numbers(labels: np.ndarray, output: Tensor, who: str) -> np.ndarray:
    expected, classes = output.shape[1:-1], output.shape[-1]
    if labels.shape[1:] == (*expected, 1):
        labels = labels[..., 0]
    if labels.shape[1:] != expected:
        hint = "; for one-hot labels use categorical_crossentropy" if labels.shape[1:] == output.shape[1:] else ""
        raise ValueError(f"{who} must hold class numbers of shape {(None, *expected)}, got {labels.shape}{hint}")
    numbers = labels.astype(np.int64)
    if labels.dtype.kind == "f" and (numbers != labels).any():
        raise ValueError(f"{who} must hold class numbers, got fractions such as {labels[numbers != labels][0]}")
    low, high = numbers.min(), numbers.max()
    if low < 0 or high >= classes:
        raise ValueError(f"{who} must be in [0, {classes}), for {classes} classes, got {low if low < 0 else high}")
    return numbers
