"""A data set in two parts: sizes as Keras's, samples once each, batches as they were."""

import numpy as np
import pytest

from convolith import data
from convolith.utils import split_dataset

X, Y = np.arange(20).reshape(10, 2), np.arange(10)
SIZES = [
    {"left_size": 0.8},
    {"right_size": 0.3},
    {"left_size": 3},
    {"right_size": 4},
    {"left_size": 0.25, "right_size": 0.75},
    {"left_size": 7, "right_size": 3},
    {"left_size": 0.35},
    {"left_size": 0.5, "right_size": 5},
]


def listed(dataset):
    """The samples as nested lists; arrays alone stand for themselves."""
    return [[np.asarray(leaf).tolist() for leaf in (one if isinstance(one, tuple) else (one,))] for one in dataset]


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("source", [X, (X, Y), [X, Y]], ids=["array", "tuple", "list"])
def test_the_parts_are_as_large_as_keras_s(keras, source, sizes):
    """Keras on torch shuffles always."""
    ours, theirs = split_dataset(source, **sizes), keras.utils.split_dataset(source, **sizes)
    assert list(map(len, ours)) == list(map(len, theirs))
    expected = sorted(sample for part in theirs for sample in listed(part[number] for number in range(len(part))))
    assert [sample for part in ours for sample in listed(part)] == expected


class Numbered:
    def __len__(self):
        return 10

    def __getitem__(self, number):
        return X[number], Y[number]


def generated():
    return ((x, y) for x, y in zip(X, Y, strict=True))


SOURCES = {
    "arrays": lambda: (X, Y),
    "data set of arrays": lambda: data.Dataset.from_tensor_slices((X, Y)),
    "data set of a generator": lambda: data.Dataset.from_generator(generated),
    "sequence": Numbered,
    "batches": lambda: data.Dataset.from_tensor_slices((X, Y)).batch(4),
    "batches ahead": lambda: data.Dataset.from_generator(generated).batch(4).prefetch(2),
}


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("shuffle", [False, True])
def test_every_sample_is_in_one_part(kind, shuffle):
    left, right = split_dataset(SOURCES[kind](), left_size=0.7, shuffle=shuffle, seed=3)
    if "batches" in kind:
        assert [len(y) for x, y in left] == [4, 3] and [len(y) for x, y in right] == [3]
        left, right = ([(x, y) for xs, ys in part for x, y in zip(xs, ys, strict=True)] for part in (left, right))
    samples = [*left, *right]
    assert (len(left), len(right)) == (7, 3)
    for x, y in samples:
        np.testing.assert_array_equal(x, X[y])
    numbers = [int(y) for _, y in samples]
    assert sorted(numbers) == list(range(10))
    assert (numbers == list(range(10))) is not shuffle


def test_parts_can_be_gone_through_again_and_follow_from_the_seed():
    parts = [split_dataset(X, left_size=6, shuffle=True, seed=seed) for seed in (1, 1, 2)]
    assert listed(parts[0][0]) == listed(parts[0][0]) == listed(parts[1][0]) != listed(parts[2][0])
    shuffled = data.Dataset.from_tensor_slices(Y).shuffle(10)
    left, right = split_dataset(shuffled, left_size=6)
    for _ in range(2):  # though each iteration of the whole has another order
        assert sorted([*map(int, left), *map(int, right)]) == list(range(10))


@pytest.mark.torch
def test_a_data_set_of_torch(torch):
    whole = torch.utils.data.TensorDataset(torch.from_numpy(X), torch.from_numpy(Y))
    left, right = split_dataset(whole, right_size=2)
    assert [int(y) for x, y in [*left, *right]] == list(range(10))


@pytest.mark.parametrize(
    ("source", "arguments", "error", "message"),
    [
        (X, {}, ValueError, "left_size or right_size must be given"),
        (
            X,
            {"left_size": 1.5},
            ValueError,
            r"left_size must be an integer in \(0, 10\) or a share in \(0, 1\), got 1.5",
        ),
        (X, {"left_size": 10}, ValueError, r"left_size must be an integer in \(0, 10\) .*, got 10"),
        (X, {"right_size": 0}, ValueError, r"right_size must be an integer in \(0, 10\) .*, got 0"),
        (X, {"right_size": -0.5}, ValueError, r"right_size must be .* a share in \(0, 1\), got -0.5"),
        (X, {"left_size": 0.7, "right_size": 0.7}, ValueError, "of 10 samples: the parts would have 7 and 7 samples"),
        (X, {"left_size": 0.01}, ValueError, "of 10 samples: the parts would have 0 and 10 samples"),
        (X, {"left_size": "3"}, TypeError, "left_size must be an integer, a float or None, got '3'"),
        (X, {"left_size": True}, TypeError, "left_size must be an integer, a float or None, got True"),
        (X, {"left_size": 3, "preferred_backend": "torch"}, ValueError, "preferred_backend"),
        (X, {"left_size": 3, "seed": -1}, ValueError, "split_dataset: seed"),
        ((X, Y[:3]), {"left_size": 3}, ValueError, r"arrays must have the same first size, got \[\(10, 2\), \(3,\)\]"),
        ([], {"left_size": 3}, TypeError, r"a list or tuple must hold arrays, got \[\]"),
        ([1, 2], {"left_size": 3}, TypeError, r"a list or tuple must hold arrays, got \['int', 'int'\]"),
        (3, {"left_size": 3}, TypeError, "dataset must be arrays, a Dataset or a sequence of samples, got int"),
        (data.Dataset.from_tensor_slices(X).repeat(), {"left_size": 3}, ValueError, "has no end"),
    ],
)
def test_refused(source, arguments, error, message):
    with pytest.raises(error, match=message) as raised:
        split_dataset(source, **arguments)
    assert str(raised.value).startswith("split_dataset: ")
