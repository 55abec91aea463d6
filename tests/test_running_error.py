"""The numbers that carry their errors: float32 stays within them, wrong results do not, and gradients are slopes."""

from __future__ import annotations

import numpy as np
import pytest

from tests.bounds import assert_within, gamma
from tests.running_error import Rounded, Uncertain, gradients, total

WEIGHTS = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
# The same in NumPy and with errors, of x (3, 4) and y (4,), both above 0.
FORMULAS = {
    "sum": (lambda x, y: x + y, lambda x, y: x + y),
    "difference": (lambda x, y: x - y, lambda x, y: x - y),
    "product": (lambda x, y: x * y, lambda x, y: x * y),
    "quotient": (lambda x, y: x / y, lambda x, y: x / y),
    "magnitude": (lambda x, y: abs(y - 9), lambda x, y: (y - 9.0).abs()),
    "root": (lambda x, y: np.sqrt(x), lambda x, y: x.sqrt()),
    "logarithm": (lambda x, y: np.log(x), lambda x, y: x.log()),
    "logarithm from 1": (lambda x, y: np.log1p(x), lambda x, y: x.log1p()),
    "exponential": (lambda x, y: np.exp(x - y), lambda x, y: (x - y).exp()),
    "sigmoid": (lambda x, y: 1 / (1 + np.exp(-x * y)), lambda x, y: (x * y).sigmoid()),
    "what is left": (lambda x, y: 1 - x * y, lambda x, y: 1.0 - x * y),
    "the least": (lambda x, y: np.minimum(x * x, 1), lambda x, y: (x * x).at_most(1)),
    "the largest": (lambda x, y: (x * y).max(1, keepdims=True), lambda x, y: (x * y).largest()),
    "power": (lambda x, y: x ** np.float32(-1.37), lambda x, y: x.power(-1.37)),
    "bound": (lambda x, y: np.maximum(x * x, 1), lambda x, y: (x * x).at_least(1)),
    "means": (lambda x, y: (x * y).mean(0, keepdims=True), lambda x, y: (x * y).mean((0,))),
    "window": (
        lambda x, y: np.stack([x[:, max(i - 2, 0) : i + 2].sum(1) for i in range(4)], 1),
        lambda x, y: x.window_sum(2, 1),
    ),
    "matrix": (lambda x, y: WEIGHTS @ x, lambda x, y: x.weighed(WEIGHTS, 5)),
    "all at once": (
        lambda x, y: (x - x.mean()) / np.sqrt((x * x).sum(1, keepdims=True) + np.float32(0.3)) * y,
        lambda x, y: (x - x.mean((0, 1))) / ((x * x).sum((1,)) + 0.3).sqrt() * y,
    ),
}


@pytest.fixture
def arrays(generator):
    return generator.uniform(0.3, 3, (3, 4)).astype(np.float32), generator.uniform(0.3, 3, 4).astype(np.float32)


@pytest.mark.parametrize("name", FORMULAS)
def test_float32_is_within_the_error_and_little_more_is_not(name, arrays):
    in_numpy, formula = FORMULAS[name]
    exact = formula(*map(Rounded, arrays))
    wide = in_numpy(*(array.astype(np.float64) for array in arrays))
    np.testing.assert_allclose(exact.value, wide, rtol=1e-6)  # in which the float32 constants of NumPy's count
    assert_within(in_numpy(*arrays), exact.value, exact.error)
    assert (exact.error < 3e-5 * (1 + abs(exact.value))).all()
    with pytest.raises(AssertionError, match="outside the bound"):
        assert_within(exact.value * 1.0001 + 1e-4, exact.value, exact.error)


@pytest.mark.parametrize("name", FORMULAS)
def test_gradients_are_slopes(name, arrays, generator):
    formula, step = FORMULAS[name][1], 1e-6
    leaves = [Rounded(array, dtype=np.float64) for array in arrays]
    result = formula(*leaves)
    result = result + (leaves[0] + leaves[1]).sum((0, 1)) * 0.0  # both count
    upstream = generator.normal(size=result.value.shape)
    for number, gradient in enumerate(gradients(result, upstream, leaves)):
        for place in np.ndindex(arrays[number].shape):
            values = []
            for sign in (1, -1):
                moved = [array.astype(np.float64) for array in arrays]
                moved[number][place] += sign * step
                found = formula(*(Rounded(array, dtype=np.float64) for array in moved))
                values.append((found.value * upstream).sum())
            # The third derivative's part is 1e-12 of it, the values' rounding 1e-16 / 1e-6 of some ten.
            assert abs(gradient.value[place] - (values[0] - values[1]) / (2 * step)) < 1e-8


def test_gradients_of_gradients(arrays):
    """Of x^2 y + log x, with what came back for it as a number like the others: u (2 x y + 1 / x) by x."""
    x, y, u = (Rounded(array) for array in (arrays[0], arrays[0][::-1].copy(), arrays[0] / 2))
    slope = gradients(x * x * y + x.log(), u, [x, y])[0]
    second = np.arange(12.0).reshape(3, 4)
    for found, expected in zip(
        gradients(slope, second, [x, y, u]),
        [
            second * u.value * (2 * y.value - 1 / x.value**2),
            second * u.value * 2 * x.value,
            second * (2 * x.value * y.value + 1 / x.value),
        ],
        strict=True,
    ):
        assert_within(found.value, expected, gamma(8, np.float64) * 200)  # of sums of two, each of at most 100
        assert (found.error > 0).any() and (found.error < 1e-5 * (1 + abs(expected))).all()


def test_shares_of_a_gradient_may_be_added_in_any_order():
    """1 and -1 cancel before or after a small number comes to them."""
    shares = [Rounded(np.full(1, value)) for value in (1.0, -1.0, 1e-8)]
    added = total(shares)
    assert added.error > abs(np.float32(1) + np.float32(1e-8) - np.float32(1) - 1e-8) > 0
    assert_within(np.zeros(1, np.float32), added.value, added.error)


def test_what_is_not_certain_has_no_bound():
    near, two = Rounded(np.array([1e-3]), 1e-2), Rounded(np.array([1, 1.001]), 1e-2)
    for operation in (lambda: near / near, near.abs, near.log, lambda: near.at_least(0.0), two.largest):
        with pytest.raises(Uncertain):
            operation()
    zero = Rounded(np.zeros(1))
    assert zero.power(3.0).value == 0 and zero.power(3.0).error < 1e-36
