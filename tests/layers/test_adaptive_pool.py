"""Layers that pool to a given size."""

from __future__ import annotations

import numpy as np
import pytest

from convolith import layers, models, ops

KINDS = {
    getattr(layers, f"Adaptive{name}Pooling{rank}D"): (rank, op)
    for name, op in (("Average", ops.adaptive_average_pool), ("Max", ops.adaptive_max_pool))
    for rank in (1, 2, 3)
}
every_kind = pytest.mark.parametrize(
    ("kind", "rank", "op"), [pytest.param(kind, *value, id=kind.__name__) for kind, value in KINDS.items()]
)


@every_kind
def test_it_is_the_op(kind, rank, op):
    x = np.random.default_rng(rank).normal(size=(2, 4, 5, 3)[: rank + 1] + (3,)).astype("float32")
    size = (3, 2, 5)[:rank]
    assert kind(size).compute_output_shape((None, *x.shape[1:])) == (None, *size, 3)
    np.testing.assert_array_equal(kind(size)(x), op(x, size))
    np.testing.assert_array_equal(kind(2)(x), op(x, (2,) * rank))
    moved = kind(size, "channels_first")(np.moveaxis(x, -1, 1))
    np.testing.assert_array_equal(np.moveaxis(moved, 1, -1), op(x, size))
    model = models.Sequential([layers.Input(x.shape[1:]), kind(size)])
    np.testing.assert_array_equal(model.predict(x, verbose=0), op(x, size))


@every_kind
def test_the_configuration_makes_an_equal_layer(kind, rank, op):
    layer = kind(3, data_format="channels_first", name="a")
    copy = layers.deserialize(layers.serialize(layer))
    assert type(copy) is kind and copy.get_config() == layer.get_config()
    assert (copy.output_size, copy.data_format) == ((3,) * rank, "channels_first")


@every_kind
def test_what_is_refused(kind, rank, op):
    several = "a tuple of one" if rank == 1 else f"{rank} of them"
    for size in (0, (1,) * 4, 2.5):
        with pytest.raises(ValueError, match=f"'a': output_size must be an integer >= 1 or {several}"):
            kind(size, name="a")
    with pytest.raises(ValueError, match="'a': data_format must be"):
        kind(1, "HWC", name="a")
    with pytest.raises(ValueError, match=rf"'a': expected an input with {rank + 2} axes, got shape \(2, 4\)"):
        kind(1, name="a")(np.zeros((2, 4), "float32"))
