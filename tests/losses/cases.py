"""Every loss with arguments and fitting data: (class, function, arguments, labels and predictions, formula)."""

import numpy as np

from tests.reference import likelihood, margin, regression

SHAPE = (3, 4, 5)


def numbers(generator):
    return generator.normal(size=SHAPE), generator.normal(size=SHAPE)


def positive(generator):
    return generator.gamma(2.0, size=SHAPE), generator.gamma(2.0, size=SHAPE)


def counts(generator):
    return generator.poisson(2.0, size=SHAPE).astype(float), generator.gamma(2.0, size=SHAPE)


def distributions(generator):
    return generator.dirichlet(np.ones(5), size=SHAPE[:2]), generator.dirichlet(np.ones(5), size=SHAPE[:2])


def signs(generator):
    return generator.choice([-1.0, 1.0], size=SHAPE), generator.normal(size=SHAPE)


def yes_and_no(generator):
    return generator.integers(0, 2, SHAPE).astype(float), generator.uniform(0.01, 0.99, size=SHAPE)


def yes_and_no_logits(generator):
    return generator.integers(0, 2, SHAPE).astype(float), 3 * generator.normal(size=SHAPE)


def one_hot(generator):
    return np.eye(5)[generator.integers(0, 5, SHAPE[:2])], generator.dirichlet(np.ones(5), size=SHAPE[:2])


def one_hot_logits(generator):
    return np.eye(5)[generator.integers(0, 5, SHAPE[:2])], generator.normal(size=SHAPE)


SMOOTH = {"label_smoothing": 0.2}
LOGITS = {"from_logits": True}
CASES = {
    "mse": ("MeanSquaredError", "mean_squared_error", {}, numbers),
    "mae": ("MeanAbsoluteError", "mean_absolute_error", {}, numbers),
    "mape": ("MeanAbsolutePercentageError", "mean_absolute_percentage_error", {}, numbers),
    "msle": ("MeanSquaredLogarithmicError", "mean_squared_logarithmic_error", {}, positive),
    "cosine": ("CosineSimilarity", "cosine_similarity", {}, numbers),
    "huber": ("Huber", "huber", {}, numbers),
    "huber of 0.3": ("Huber", "huber", {"delta": 0.3}, numbers),
    "log_cosh": ("LogCosh", "log_cosh", {}, numbers),
    "kld": ("KLDivergence", "kl_divergence", {}, distributions),
    "poisson": ("Poisson", "poisson", {}, counts),
    "hinge": ("Hinge", "hinge", {}, signs),
    "squared hinge": ("SquaredHinge", "squared_hinge", {}, signs),
    "categorical hinge": ("CategoricalHinge", "categorical_hinge", {}, one_hot_logits),
    "bce": ("BinaryCrossentropy", "binary_crossentropy", {}, yes_and_no),
    "smooth bce": ("BinaryCrossentropy", "binary_crossentropy", SMOOTH, yes_and_no),
    "bce of logits": ("BinaryCrossentropy", "binary_crossentropy", {**LOGITS, **SMOOTH}, yes_and_no_logits),
    "focal": ("BinaryFocalCrossentropy", "binary_focal_crossentropy", {}, yes_and_no),
    "balanced focal": (
        "BinaryFocalCrossentropy",
        "binary_focal_crossentropy",
        {"apply_class_balancing": True, "alpha": 0.4, "gamma": 1.5, **SMOOTH},
        yes_and_no,
    ),
    "focal of logits": ("BinaryFocalCrossentropy", "binary_focal_crossentropy", LOGITS, yes_and_no_logits),
    "classes focal": ("CategoricalFocalCrossentropy", "categorical_focal_crossentropy", {}, one_hot),
    "classes focal of logits": (
        "CategoricalFocalCrossentropy",
        "categorical_focal_crossentropy",
        {"alpha": 0.4, "gamma": 1.5, **LOGITS, **SMOOTH},
        one_hot_logits,
    ),
    "dice by row": ("Dice", "dice", {"axis": -1}, yes_and_no),
    "tversky by row": ("Tversky", "tversky", {"alpha": 0.3, "beta": 0.8, "axis": -1}, yes_and_no),
}


def by_formula(function, arguments, y_true, y_pred):
    """The values (n, ...) by the reference, row by row."""
    names = {"apply_class_balancing": "balanced"}
    formula = {**vars(regression), **vars(likelihood), **vars(margin)}[function]
    own = {names.get(name, name): value for name, value in arguments.items() if name != "axis"}
    rows = [
        formula(labels, predictions, **own)
        for labels, predictions in zip(y_true.reshape(-1, y_true.shape[-1]), y_pred.reshape(-1, 5), strict=True)
    ]
    return np.reshape(rows, y_true.shape[:-1])
