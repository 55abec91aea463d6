"""Every loss with the arguments that it may have, labels and predictions that fit, and what it is compared with."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from tests.losses import formulas
from tests.reference import binary_cross_entropy, likelihood, margin, regression


def numbers(generator, shape):
    return generator.normal(size=shape), generator.normal(size=shape)


def positive(generator, shape):
    return generator.gamma(2.0, size=shape), generator.gamma(2.0, size=shape)


def counts(generator, shape):
    return generator.poisson(2.0, size=shape).astype(float), generator.gamma(2.0, size=shape)


def distributions(generator, shape):
    return generator.dirichlet(np.ones(shape[-1]), shape[:-1]), generator.dirichlet(np.ones(shape[-1]), shape[:-1])


def signs(generator, shape):
    return generator.choice([-1.0, 1.0], size=shape), generator.normal(size=shape)


def yes_and_no(generator, shape):
    return generator.integers(0, 2, shape).astype(float), generator.uniform(0.01, 0.99, size=shape)


def yes_and_no_logits(generator, shape):
    return generator.integers(0, 2, shape).astype(float), 3 * generator.normal(size=shape)


def one_hot(generator, shape):
    return np.eye(shape[-1])[generator.integers(0, shape[-1], shape[:-1])], generator.uniform(0.05, 1, shape)


def one_hot_distributions(generator, shape):
    labels, predictions = one_hot(generator, shape)
    return labels, predictions / predictions.sum(axis=-1, keepdims=True)


def one_hot_logits(generator, shape):
    return one_hot(generator, shape)[0], 2 * generator.normal(size=shape)


class Case(NamedTuple):
    """`axis`: whether the loss has this argument; `classes`: whether its labels are numbers of classes, not one-hot."""

    family: str
    function: str
    make: Callable
    arguments: dict[str, st.SearchStrategy] = {}
    axis: bool = False
    classes: bool = False

    def labels(self, y_true: np.ndarray) -> np.ndarray:
        """What the loss takes for labels (..., d)."""
        return y_true.argmax(axis=-1) if self.classes else y_true

    def formula(self, y_true, y_pred, arguments):
        """Values (..., 1) of numbers that carry their errors."""
        return getattr(formulas, self.function)(y_true, y_pred, **arguments)

    def exactly(self, y_true, y_pred, arguments):
        """The same by the reference, row by row."""
        names = {"apply_class_balancing": "balanced"}
        modules = binary_cross_entropy, likelihood, margin, regression
        (by_reference,) = (vars(module)[self.function] for module in modules if self.function in vars(module))
        own = {names.get(name, name): value for name, value in arguments.items()}
        rows = (array.reshape(-1, array.shape[-1]).tolist() for array in (y_true, y_pred))
        return np.reshape([by_reference(*row, **own) for row in zip(*rows, strict=True)], (*y_true.shape[:-1], 1))


SHARES, LOGITS = st.floats(0, 1), {"from_logits": st.just(True)}
SMOOTH = {"label_smoothing": st.sampled_from([0.0, 0.2]) | SHARES}
FOCAL = {"alpha": SHARES, "gamma": st.sampled_from([1.0, 2.0]) | st.floats(1, 3)}
BALANCED = {"apply_class_balancing": st.booleans(), **FOCAL, **SMOOTH}
CASES = {
    "mse": Case("MeanSquaredError", "mean_squared_error", numbers),
    "mae": Case("MeanAbsoluteError", "mean_absolute_error", numbers),
    "mape": Case("MeanAbsolutePercentageError", "mean_absolute_percentage_error", numbers),
    "msle": Case("MeanSquaredLogarithmicError", "mean_squared_logarithmic_error", positive),
    "cosine": Case("CosineSimilarity", "cosine_similarity", numbers, axis=True),
    "huber": Case("Huber", "huber", numbers, {"delta": st.just(1.0) | st.floats(0.01, 3)}),
    "log_cosh": Case("LogCosh", "log_cosh", numbers),
    "kld": Case("KLDivergence", "kl_divergence", distributions),
    "poisson": Case("Poisson", "poisson", counts),
    "hinge": Case("Hinge", "hinge", signs),
    "squared hinge": Case("SquaredHinge", "squared_hinge", signs),
    "categorical hinge": Case("CategoricalHinge", "categorical_hinge", one_hot_logits),
    "bce": Case("BinaryCrossentropy", "binary_crossentropy", yes_and_no, SMOOTH, axis=True),
    "bce of logits": Case(
        "BinaryCrossentropy", "binary_crossentropy", yes_and_no_logits, {**LOGITS, **SMOOTH}, axis=True
    ),
    "focal": Case("BinaryFocalCrossentropy", "binary_focal_crossentropy", yes_and_no, BALANCED, axis=True),
    "focal of logits": Case(
        "BinaryFocalCrossentropy", "binary_focal_crossentropy", yes_and_no_logits, {**LOGITS, **BALANCED}, axis=True
    ),
    "classes": Case("CategoricalCrossentropy", "categorical_crossentropy", one_hot, SMOOTH, axis=True),
    "classes of logits": Case(
        "CategoricalCrossentropy", "categorical_crossentropy", one_hot_logits, {**LOGITS, **SMOOTH}, axis=True
    ),
    "sparse": Case("SparseCategoricalCrossentropy", "sparse_categorical_crossentropy", one_hot, {}, True, True),
    "sparse of logits": Case(
        "SparseCategoricalCrossentropy", "sparse_categorical_crossentropy", one_hot_logits, LOGITS, True, True
    ),
    "classes focal": Case(
        "CategoricalFocalCrossentropy", "categorical_focal_crossentropy", one_hot, {**FOCAL, **SMOOTH}, axis=True
    ),
    "classes focal of logits": Case(
        "CategoricalFocalCrossentropy",
        "categorical_focal_crossentropy",
        one_hot_logits,
        {**LOGITS, **FOCAL, **SMOOTH},
        axis=True,
    ),
    "generalized": Case(
        "CategoricalGeneralizedCrossEntropy",
        "categorical_generalized_cross_entropy",
        one_hot_distributions,
        {"q": st.floats(0.05, 0.95)},
        classes=True,
    ),
    "dice": Case("Dice", "dice", yes_and_no, axis=True),
    "tversky": Case("Tversky", "tversky", yes_and_no, {"alpha": SHARES, "beta": SHARES}, axis=True),
}
