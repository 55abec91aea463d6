"""Zero-padding and cropping layers, which undo each other."""

from __future__ import annotations

import numpy as np
import pytest

from convolith import layers
from tests.layers.trained import check_in_a_model

AROUND = {
    1: [(1, ((1, 1),)), ((2, 0), ((2, 0),))],
    2: [(1, ((1, 1), (1, 1))), ((1, 2), ((1, 1), (2, 2))), (((1, 0), (2, 3)), ((1, 0), (2, 3)))],
    3: [(1, ((1, 1),) * 3), ((0, 1, 2), ((0, 0), (1, 1), (2, 2))), (((1, 0), (0, 2), (1, 1)),) * 2],
}
CASES = [(rank, given, pairs) for rank, cases in AROUND.items() for given, pairs in cases]


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize(("rank", "given", "pairs"), CASES)
def test_values(rank, given, pairs, data_format):
    x = np.arange(2 * 3**rank * 2, dtype=np.float32).reshape(2, *(3,) * rank, 2)
    expected = np.pad(x, ((0, 0), *pairs, (0, 0)))
    if data_format == "channels_first":
        x, expected = np.moveaxis(x, -1, 1), np.moveaxis(expected, -1, 1)
    pad = getattr(layers, f"ZeroPadding{rank}D")(given, data_format=data_format)
    np.testing.assert_array_equal(pad(x), expected)
    if rank > 1 or data_format == "channels_last":
        extra = {} if rank == 1 else {"data_format": data_format}
        crop = getattr(layers, f"Cropping{rank}D")(given, **extra)
        np.testing.assert_array_equal(crop(expected), x)
        assert crop(layers.Input(expected.shape[1:])).shape == (None, *x.shape[1:])


def test_defaults_are_keras_own():
    x = np.ones((1, 3, 3, 3, 1), np.float32)
    assert layers.ZeroPadding1D()(x[0, 0]).shape == (3, 5, 1)
    assert layers.ZeroPadding2D()(x[0]).shape == (3, 5, 5, 1)
    assert layers.ZeroPadding3D()(x).shape == (1, 5, 5, 5, 1)
    assert layers.Cropping1D()(x[0, 0]).shape == (3, 1, 1)
    assert layers.Cropping2D()(x[0]).shape == (3, 3, 3, 1)
    assert layers.Cropping3D()(x).shape == (1, 1, 1, 1, 1)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_in_a_model(rank):
    shape = (*(4,) * rank, 2)
    check_in_a_model(getattr(layers, f"ZeroPadding{rank}D")((1, 2, 0)[:rank] if rank > 1 else (2, 1)), shape)
    check_in_a_model(getattr(layers, f"Cropping{rank}D")(1), shape)


@pytest.mark.parametrize(("kind", "argument"), [("ZeroPadding", "padding"), ("Cropping", "cropping")])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_what_is_refused(kind, argument, rank):
    layer = getattr(layers, f"{kind}{rank}D")
    for value in (-1, 1.5, True, ((1, 2, 3),) * rank, (1, 1, 1, 1)):
        with pytest.raises(ValueError, match=f"{kind}{rank}D 'z': {argument} must be an integer >= 0"):
            layer(value, name="z")
    with pytest.raises(ValueError, match=f"{kind}{rank}D 'z': expected an input with {rank + 2} axes"):
        layer(1, name="z")(np.zeros((2, 5), np.float32))
    if rank > 1:
        with pytest.raises(ValueError, match=f"{kind}{rank}D 'z': data_format must be"):
            layer(1, data_format="last", name="z")


def test_cropping_everything_is_refused():
    with pytest.raises(ValueError, match=r"Cropping2D 'c': cropping .* leaves nothing of .* \(1, 4, 2, 1\)"):
        layers.Cropping2D(1, name="c")(np.zeros((1, 4, 2, 1), np.float32))
