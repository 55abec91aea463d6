"""Regularizers: penalties by formula, slopes, as Keras's; names, configurations, refusals."""

import itertools

import numpy as np
import pytest

from convolith import regularizers
from tests.bounds import gamma
from tests.ops.slopes import check_slopes


def angles(weight, factor, columns=False):
    """By pairs of vectors."""
    vectors = list(weight.T if columns else weight)
    cosines = [abs(a @ b) / np.linalg.norm(a) / np.linalg.norm(b) for a, b in itertools.combinations(vectors, 2)]
    return factor * np.mean(cosines)


CASES = [
    ("L1", {"l1": 0.3}, lambda w: 0.3 * abs(w).sum()),
    ("L2", {"l2": 0.3}, lambda w: 0.3 * (w**2).sum()),
    ("L1L2", {"l1": 0.3, "l2": 0.2}, lambda w: 0.3 * abs(w).sum() + 0.2 * (w**2).sum()),
    ("L1L2", {}, lambda w: 0.0),
    ("L1", {}, lambda w: 0.01 * abs(w).sum()),
    ("OrthogonalRegularizer", {"factor": 0.3}, lambda w: angles(w, 0.3)),
    ("OrthogonalRegularizer", {"factor": 0.3, "mode": "columns"}, lambda w: angles(w, 0.3, True)),
]


@pytest.mark.parametrize(("name", "arguments", "formula"), CASES)
def test_penalties(generator, name, arguments, formula):
    weight, regularizer = generator.normal(size=(4, 3)), getattr(regularizers, name)(**arguments)
    value = regularizer(weight)
    assert value.shape == () and value == pytest.approx(formula(weight), rel=1e-12)
    assert regularizer(weight.astype("float32")).dtype == np.float32
    check_slopes(regularizer, weight)
    again = regularizers.deserialize(regularizers.serialize(regularizer))
    assert type(again) is type(regularizer) and again.get_config() == regularizer.get_config()


@pytest.mark.parametrize(("name", "arguments", "formula"), CASES)
def test_penalties_of_keras(keras, generator, name, arguments, formula):
    weight = generator.normal(size=(4, 3)).astype("float32")
    own, theirs = getattr(regularizers, name)(**arguments), getattr(keras.regularizers, name)(**arguments)
    expected = float(keras.ops.convert_to_numpy(theirs(keras.ops.convert_to_tensor(weight))))
    assert own(weight) == pytest.approx(expected, rel=float(gamma(60)))
    assert own.get_config() == pytest.approx(theirs.get_config()) or own.get_config()["mode"] == theirs.mode


def test_names():
    assert regularizers.get(None) is None
    assert regularizers.get("l1").l1 == regularizers.get("L1").l1 == regularizers.l1(None).l1 == 0.01
    assert type(regularizers.get("l1_l2")) is type(regularizers.get("L1L2")) is regularizers.L1L2
    assert type(regularizers.get("orthogonal_regularizer")) is regularizers.OrthogonalRegularizer
    assert regularizers.get(abs) is abs


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: regularizers.L1(-1), "L1: l1 must be a finite number >= 0, got -1"),
        (lambda: regularizers.L2(float("nan")), "L2: l2 must be a finite number >= 0, got nan"),
        (lambda: regularizers.L2(10**400), "L2: l2 must be a finite number >= 0, got 1000"),
        (lambda: regularizers.L1L2(l2="1"), "L1L2: l2 must be a finite number >= 0, got '1'"),
        (lambda: regularizers.OrthogonalRegularizer(-1), "OrthogonalRegularizer: factor must be a finite number >= 0"),
        (lambda: regularizers.OrthogonalRegularizer(mode="x"), 'mode must be one of "rows", "columns", got'),
        (lambda: regularizers.OrthogonalRegularizer()(np.ones(3)), r"at least two rows, got shape \(3,\)"),
        (lambda: regularizers.OrthogonalRegularizer()(np.ones((1, 3))), r"at least two rows, got shape \(1, 3\)"),
        (lambda: regularizers.get("magic"), "unknown regularizer 'magic'; convolith has: L1"),
        (lambda: regularizers.get(3), "a regularizer must be a name, a configuration or a callable, got 3"),
        (lambda: regularizers.Regularizer()(3), "Regularizer must define __call__"),
        (lambda: regularizers.Regularizer().get_config(), "Regularizer must define get_config"),
    ],
)
def test_a_wrong_argument_is_named(act, message):
    with pytest.raises((ValueError, NotImplementedError), match=message):
        act()


def test_a_weight_holds_numbers():
    assert float(regularizers.OrthogonalRegularizer(1.0)([[1.0, 0.0], [1.0, 0.0]])) == 1
    for weight in (None, "x", [[None]]):
        with pytest.raises(TypeError, match="^OrthogonalRegularizer: x must"):
            regularizers.OrthogonalRegularizer()(weight)
