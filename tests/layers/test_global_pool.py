"""Layers that pool whole images."""

from __future__ import annotations

import numpy as np
import pytest

from convolith import layers, models
from convolith.ops import global_average_pool, global_concat_pool, global_max_pool

KINDS = {
    **{getattr(layers, f"GlobalAveragePooling{rank}D"): (rank, global_average_pool) for rank in (1, 2, 3)},
    **{getattr(layers, f"GlobalMaxPooling{rank}D"): (rank, global_max_pool) for rank in (1, 2, 3)},
    layers.GlobalConcatPooling2D: (2, global_concat_pool),
}
every_kind = pytest.mark.parametrize(
    ("kind", "rank", "op"), [pytest.param(kind, *value, id=kind.__name__) for kind, value in KINDS.items()]
)


def images(rank):
    return np.random.default_rng(rank).normal(size=(2, 4, 5, 3)[: rank + 1] + (3,)).astype("float32")


@every_kind
def test_it_is_the_op(kind, rank, op):
    x = images(rank)
    channels = 6 if kind is layers.GlobalConcatPooling2D else 3
    assert kind().compute_output_shape(x.shape) == (2, channels)
    np.testing.assert_array_equal(kind()(x), op(x))
    np.testing.assert_array_equal(kind(keepdims=True)(x), op(x).reshape(2, *(1,) * rank, channels))
    moved = kind("channels_first", True)(np.moveaxis(x, -1, 1))
    np.testing.assert_array_equal(moved, op(x).reshape(2, channels, *(1,) * rank))
    model = models.Sequential([layers.Input(x.shape[1:]), kind()])
    np.testing.assert_array_equal(model.predict(x, verbose=0), op(x))


@every_kind
def test_the_configuration_makes_an_equal_layer(kind, rank, op):
    layer = kind(data_format="channels_first", keepdims=True, name="g")
    copy = layers.deserialize(layers.serialize(layer))
    assert type(copy) is kind and copy.get_config() == layer.get_config()
    assert (copy.data_format, copy.keepdims) == ("channels_first", True)


@every_kind
def test_what_is_refused(kind, rank, op):
    with pytest.raises(ValueError, match="'g': data_format must be"):
        kind("HWC", name="g")
    with pytest.raises(ValueError, match="'g': unknown keyword arguments"):
        kind(name="g", pool_size=2)
    with pytest.raises(ValueError, match=rf"'g': expected an input with {rank + 2} axes, got shape \(2, 4\)"):
        kind(name="g")(np.zeros((2, 4), "float32"))


def test_aliases():
    for rank in (1, 2, 3):
        assert getattr(layers, f"GlobalMaxPool{rank}D") is getattr(layers, f"GlobalMaxPooling{rank}D")
        assert getattr(layers, f"GlobalAvgPool{rank}D") is getattr(layers, f"GlobalAveragePooling{rank}D")
