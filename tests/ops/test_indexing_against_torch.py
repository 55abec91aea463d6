"""What picks, puts and sorts elements against torch, with drawn indices; gradients go where the elements came from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convolith import ops
from tests.geometries import seeds
from tests.ops.torch_pairs import compare

pytestmark = pytest.mark.torch

# Of x (rows, columns), y of the same shape and `places` (rows, 2), which count columns.
PAIRS = {
    "argsort": (
        lambda x, y, places: ops.argsort(x, 0),
        lambda torch, x, y, places: torch.argsort(x, 0),
    ),
    "get_item": (
        lambda x, y, places: ops.get_item(x, (slice(None), places)) * x[:, -1:, None],
        lambda torch, x, y, places: x[:, places] * x[:, -1:, None],
    ),
    "in_top_k": (
        lambda x, y, places: ops.in_top_k(places[:, 0], x, 2),
        lambda torch, x, y, places: (x.topk(2).indices == places[:, :1]).any(1),
    ),
    "multi_hot": (
        lambda x, y, places: ops.multi_hot(places, x.shape[1]),
        lambda torch, x, y, places: torch.zeros(x.shape).scatter(1, places, 1.0).double(),
    ),
    "one_hot": (
        lambda x, y, places: ops.one_hot(places, x.shape[1], dtype="int64"),
        lambda torch, x, y, places: torch.nn.functional.one_hot(places, x.shape[1]),
    ),
    "scatter": (
        lambda x, y, places: ops.scatter(places[:, :1], x, (x.shape[1], x.shape[1])),
        lambda torch, x, y, places: x.new_zeros(x.shape[1], x.shape[1]).index_add(0, places[:, 0], x),
    ),
    "slice": (
        lambda x, y, places: ops.slice(x, (1, 0), (1, 2)),
        lambda torch, x, y, places: x.narrow(0, 1, 1).narrow(1, 0, 2),
    ),
    "slice_update": (
        lambda x, y, places: ops.slice_update(x, (1, 1), y[:1, :1]),
        lambda torch, x, y, places: x.slice_scatter(x[1:2].slice_scatter(y[:1, :1], 1, 1, 2), 0, 1, 2),
    ),
    "sort": (
        lambda x, y, places: ops.sort(x, 0) * y,
        lambda torch, x, y, places: torch.sort(x, 0).values * y,
    ),
    "take": (
        lambda x, y, places: ops.take(x, places, 1),
        lambda torch, x, y, places: torch.index_select(x, 1, places.flatten()).reshape(len(x), *places.shape),
    ),
    "take, flat": (
        lambda x, y, places: ops.take(x, places),
        lambda torch, x, y, places: torch.take(x, places),
    ),
    "take_along_axis": (
        lambda x, y, places: ops.take_along_axis(x, places, 1),
        lambda torch, x, y, places: torch.take_along_dim(x, places, 1),
    ),
    "top_k": (
        lambda x, y, places: ops.top_k(x, 2)[0],
        lambda torch, x, y, places: torch.topk(x, 2).values,
    ),
    "where": (
        lambda x, y, places: ops.where(x > 0, x * y, y),
        lambda torch, x, y, places: torch.where(x > 0, x * y, y),
    ),
    "logical": (
        lambda x, y, places: ops.logical_and(ops.greater(x, y), ops.less(x, 1)),
        lambda torch, x, y, places: torch.logical_and(torch.gt(x, y), torch.lt(x, 1)),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
@settings(max_examples=12)
@given(st.tuples(st.integers(2, 5), st.integers(2, 5)), seeds)
def test_values_and_gradients(torch, name, shape, seed):
    ours, theirs = PAIRS[name]
    numbers = np.random.default_rng(seed)
    x, y = numbers.normal(size=(2, *shape))
    places = numbers.integers(0, shape[1], (shape[0], 2))
    compare(torch, ours, lambda *leaves: theirs(torch, *leaves), x, y, places, seed=seed)
