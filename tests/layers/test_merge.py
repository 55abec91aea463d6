"""The merging layers and their functions."""

from __future__ import annotations

import numpy as np
import pytest

from convolith import layers
from tests.bounds import assert_within, gamma
from tests.layers.trained import check_in_a_model

rng = np.random.default_rng(5)
ARRAYS = [rng.normal(size=(2, 4, 3)).astype(np.float32) for _ in range(3)]
MERGES = {
    "Add": lambda xs: sum(xs),
    "Multiply": np.prod,
    "Average": lambda xs: sum(xs) / len(xs),
    "Maximum": np.max,
    "Minimum": np.min,
}


ROUNDINGS = {"Add": 2, "Multiply": 2, "Average": 2 + 2, "Maximum": 0, "Minimum": 0}  # of three; a third is rounded, too


def check_merged(result, name, arrays):
    """Compare with NumPy's result in float64 of arrays that broadcast."""
    function, wide = MERGES[name], [np.broadcast_to(array, (2, 4, 3)).astype(float) for array in arrays]
    exact, magnitudes = (
        function(numbers) if name in ("Add", "Average") else function(numbers, axis=0)
        for numbers in (wide, [abs(array) for array in wide])
    )
    assert_within(result, exact, gamma(ROUNDINGS[name]) * magnitudes)


@pytest.mark.parametrize("name", MERGES)
def test_values(name):
    result = getattr(layers, name)()(ARRAYS)
    check_merged(result, name, ARRAYS)
    np.testing.assert_array_equal(getattr(layers, name.lower())(ARRAYS), result)
    # Fewer axes get new ones right behind the batch, and sizes of 1 are repeated.
    small = [ARRAYS[0], ARRAYS[1][:, :1], ARRAYS[2][:, 0]]
    check_merged(getattr(layers, name)()(small), name, [small[0], small[1], small[2][:, None]])


def test_subtract():
    np.testing.assert_array_equal(layers.Subtract()(ARRAYS[:2]), ARRAYS[0] - ARRAYS[1])
    np.testing.assert_array_equal(layers.subtract(ARRAYS[:2]), ARRAYS[0] - ARRAYS[1])
    with pytest.raises(ValueError, match="Subtract 's': inputs must be a list of 2 arrays"):
        layers.Subtract(name="s")(ARRAYS)


@pytest.mark.parametrize("axis", [1, 2, -1, -2])
def test_concatenate(axis):
    result = layers.Concatenate(axis)(ARRAYS)
    np.testing.assert_array_equal(result, np.concatenate(ARRAYS, axis))
    np.testing.assert_array_equal(layers.concatenate(ARRAYS, axis=axis), result)
    symbolic = layers.Concatenate(axis)([layers.Input((4, 3)), layers.Input((4, 3))])
    assert symbolic.shape == (None, *np.concatenate(ARRAYS[:2], axis).shape[1:])


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize(
    ("axes", "first", "second", "subscripts"),
    [
        (1, (2, 4), (2, 4), "nk,nk->n"),
        (1, (2, 4, 3), (2, 4, 5), "nka,nkb->nab"),
        (2, (2, 4, 3), (2, 5, 3), "nak,nbk->nab"),
        (-1, (2, 4, 3), (2, 5, 3), "nak,nbk->nab"),
        ((2, 1), (2, 4, 3), (2, 3, 5), "nak,nkb->nab"),
        ((1, 2), (2, 4), (2, 3, 4), "nk,nbk->nb"),
        ((2, 1), (2, 4, 3, 5), (2, 3), "nakb,nk->nab"),
    ],
)
def test_dot(axes, first, second, subscripts, normalize):
    arrays = rng.normal(size=first), rng.normal(size=second)
    given = (axes, axes) if isinstance(axes, int) else axes
    lengths = [np.linalg.norm(x, axis=axis, keepdims=True) for x, axis in zip(arrays, given, strict=True)]
    scaled = [x / length if normalize else x for x, length in zip(arrays, lengths, strict=True)]
    expected = np.einsum(subscripts, *scaled)
    result = layers.Dot(axes, normalize=normalize)(list(arrays))
    # Either length is a root of a sum of squares that something is divided by; then products are added up.
    length = arrays[0].shape[given[0]]
    roundings = length + (2 * (length + 4) if normalize else 0)
    allowed = 2 * gamma(roundings + 1, np.float64) * np.einsum(subscripts, *map(abs, scaled))
    expected, allowed = (one[:, None] if one.ndim == 1 else one for one in (expected, allowed))
    assert_within(result, expected, allowed)
    np.testing.assert_array_equal(layers.dot(list(arrays), axes, normalize=normalize), result)


def test_the_cosine_of_zeros_is_zero():
    assert layers.Dot(1, normalize=True)([np.zeros((1, 3)), np.ones((1, 3))]).tolist() == [[0]]


@pytest.mark.parametrize(
    "layer",
    [
        layers.Add(), layers.Multiply(), layers.Average(), layers.Maximum(), layers.Minimum(), layers.Subtract(),
        layers.Concatenate(1), layers.Dot(2, normalize=True),
    ],
)  # fmt: skip
def test_in_a_model(layer):
    check_in_a_model(layer, (4, 3), inputs=2)


@pytest.mark.parametrize("name", ["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"])
def test_what_all_refuse(name):
    for inputs in (ARRAYS[0], ARRAYS[:1], [np.float32(1), np.float32(2)]):
        with pytest.raises((ValueError, TypeError), match=f"{name} 'm': inputs must be a list of"):
            getattr(layers, name)(name="m")(inputs)
    with pytest.raises(ValueError, match=f"{name} 'm': "):
        getattr(layers, name)(name="m")([ARRAYS[0], ARRAYS[1][:, :2, :2]])


def test_what_concatenate_and_dot_refuse():
    for axis in (0, 1.0, True):
        with pytest.raises(ValueError, match="Concatenate 'c': axis must be an integer other than 0"):
            layers.Concatenate(axis, name="c")
    for axis in (3, -3, -4):
        with pytest.raises(ValueError, match="Concatenate 'c': inputs must have equal shapes but for axis"):
            layers.Concatenate(axis, name="c")(ARRAYS)
    for axes in (0, (1, 2, 3), (1, 0), 1.0):
        with pytest.raises(ValueError, match="Dot 'd': axes must be an integer or two, none of them 0"):
            layers.Dot(axes, name="d")
    for axes in ((1, 2), 3, -3):
        with pytest.raises(ValueError, match="Dot 'd': inputs must be equally long along axes"):
            layers.Dot(axes, name="d")(ARRAYS[:2])
    with pytest.raises(ValueError, match="Dot 'd': inputs must be a list of 2"):
        layers.Dot(1, name="d")(ARRAYS)
