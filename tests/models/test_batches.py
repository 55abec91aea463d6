"""Batches: slices without copies, gathered where shuffled, converted where the dtype is another."""

import numpy as np
import pytest

from convolith.models.batches import Batches, split

F4 = np.dtype("float32")


def test_slices_of_the_right_dtype_are_not_copied():
    x = np.arange(20, dtype="float32").reshape(10, 2)
    batches = Batches([x], [F4], 4)
    assert batches.steps == 3
    assert [len(batches[step][0]) for step in range(3)] == [4, 4, 2]
    assert all(np.shares_memory(batches[step][0], x) for step in range(3))
    np.testing.assert_array_equal(np.concatenate([batches[step][0] for step in range(3)]), x)


@pytest.mark.parametrize("dtype", ["float32", "uint8", "float64"])
def test_shuffled_batches_pair_samples_and_labels(generator, dtype):
    x, y = np.arange(10).astype(dtype)[:, None], np.arange(10)
    batches = Batches([x, y], [F4, y.dtype], 4)
    orders = []
    for _ in range(2):
        batches.shuffle(generator.permutation(10))
        parts = [tuple(array.copy() for array in batches[step]) for step in range(3)]
        for images, labels in parts:
            assert images.dtype == F4
            np.testing.assert_array_equal(images[:, 0], labels)
        orders.append(np.concatenate([labels for _, labels in parts]).tolist())
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(10))
    assert orders[0] != orders[1]


def test_buffers_are_made_once():
    batches = Batches([np.zeros((10, 2)), np.zeros((10, 3), "float32")], [F4, F4], 4)
    batches.shuffle(np.arange(10))
    first, second = batches[0], batches[1]
    assert all(np.shares_memory(one, other) for one, other in zip(first, second, strict=True))


def test_a_batch_is_not_larger_than_the_data():
    assert Batches([np.zeros((3, 2))], [F4], 32)._converted[0].shape == (3, 2)


def test_the_split_gives_views_of_the_end():
    x = np.arange(10)
    (first,), (last,) = split([x], 0.25)
    assert (first.tolist(), last.tolist()) == ([0, 1, 2, 3, 4, 5, 6], [7, 8, 9])
    assert np.shares_memory(first, x)
    assert np.shares_memory(last, x)
