"""Up-sampling layers."""

from __future__ import annotations

import numpy as np
import pytest

from convolith import layers, ops
from tests.layers.trained import check_in_a_model


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_repetition(rank, data_format, generator):
    x = generator.normal(size=(2, *(2, 3, 4)[:rank], 3)).astype(np.float32)
    factors = (2, 3, 1)[:rank]
    options = {} if rank == 1 else {"data_format": data_format}
    layer = getattr(layers, f"UpSampling{rank}D")(factors[0] if rank == 1 else factors, **options)
    expected = ops.upsample(x, factors, **options)
    np.testing.assert_array_equal(layer(x), expected)


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "lanczos3", "lanczos5", "BILINEAR"])
def test_interpolation(interpolation, generator):
    x = generator.normal(size=(2, 3, 4, 2)).astype(np.float32)
    expected = ops.image.resize(x, (6, 12), interpolation.lower())
    np.testing.assert_array_equal(layers.UpSampling2D((2, 3), interpolation=interpolation)(x), expected)
    first = layers.UpSampling2D((2, 3), "channels_first", interpolation)(np.moveaxis(x, -1, 1))
    np.testing.assert_array_equal(np.moveaxis(first, 1, -1), expected)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (layers.UpSampling1D(3), (3, 2)),
        (layers.UpSampling2D(), (2, 3, 2)),
        (layers.UpSampling2D((1, 2), interpolation="bilinear"), (2, 3, 2)),
        (layers.UpSampling3D((2, 1, 2)), (2, 2, 3, 2)),
    ],
)
def test_in_a_model(layer, shape):
    check_in_a_model(layer, shape)


def test_what_is_refused():
    for size in (0, (1, 2, 3), 1.5):
        with pytest.raises(ValueError, match="UpSampling2D 'u': size must be an integer >= 1 or 2 of them"):
            layers.UpSampling2D(size, name="u")
    for size in (0, (2,), 1.5):
        with pytest.raises(ValueError, match="UpSampling1D 'u': size must be an integer >= 1"):
            layers.UpSampling1D(size, name="u")
    with pytest.raises(ValueError, match="UpSampling2D 'u': interpolation must be one of"):
        layers.UpSampling2D(interpolation="area", name="u")
    with pytest.raises(ValueError, match="UpSampling3D 'u': data_format must be"):
        layers.UpSampling3D(data_format="last", name="u")
    with pytest.raises(ValueError, match="UpSampling1D 'u': expected an input with 3 axes"):
        layers.UpSampling1D(name="u")(np.zeros((2, 3), np.float32))
