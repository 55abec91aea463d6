"""Means of the losses of distributions, counts and classes."""

from __future__ import annotations

from typing import Any

from convolith.losses.binary_cross_entropy import binary_crossentropy
from convolith.losses.cross_entropy import categorical_crossentropy, sparse_categorical_crossentropy
from convolith.losses.probabilistic import kl_divergence, poisson
from convolith.metrics.reduction import MeanMetricWrapper
from convolith.ops.arguments import flag, integer


class KLDivergence(MeanMetricWrapper):
    """Mean Kullback-Leibler divergence of the predictions from the labels."""

    direction = "down"

    def __init__(self, name: str = "kl_divergence", dtype: Any = None):
        super().__init__(kl_divergence, name, dtype)


class Poisson(MeanMetricWrapper):
    """Mean Poisson loss of counts."""

    direction = "down"

    def __init__(self, name: str = "poisson", dtype: Any = None):
        super().__init__(poisson, name, dtype)


class BinaryCrossentropy(MeanMetricWrapper):
    """Mean cross-entropy of labels 0 and 1; arguments as in ``losses.binary_crossentropy``."""

    direction = "down"

    def __init__(
        self,
        name: str = "binary_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ):
        from_logits = flag("BinaryCrossentropy", "from_logits", from_logits)
        super().__init__(binary_crossentropy, name, dtype, from_logits=from_logits, label_smoothing=label_smoothing)


class CategoricalCrossentropy(MeanMetricWrapper):
    """Mean cross-entropy of one-hot labels; arguments as in ``losses.categorical_crossentropy``."""

    direction = "down"

    def __init__(
        self,
        name: str = "categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int = -1,
    ):
        from_logits = flag("CategoricalCrossentropy", "from_logits", from_logits)
        arguments = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(categorical_crossentropy, name, dtype, **arguments)


class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """Mean cross-entropy of class numbers; arguments as in ``losses.sparse_categorical_crossentropy``."""

    direction = "down"

    def __init__(
        self,
        name: str = "sparse_categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ):
        if ignore_class is not None:
            ignore_class = integer("SparseCategoricalCrossentropy", "ignore_class", ignore_class)
        from_logits = flag("SparseCategoricalCrossentropy", "from_logits", from_logits)
        arguments = {"from_logits": from_logits, "ignore_class": ignore_class, "axis": axis}
        super().__init__(sparse_categorical_crossentropy, name, dtype, **arguments)
