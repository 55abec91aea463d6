"""Dataset.split: each sample in one part, sizes in proportion, nothing leaks from epoch to epoch."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convolith.data import UNKNOWN_CARDINALITY, Dataset


def samples(n):
    return Dataset.from_tensor_slices(np.arange(n))


def values(dataset):
    return [int(x) for x in dataset]


@given(
    n=st.integers(30, 90),
    parts=st.lists(st.integers(1, 9), min_size=2, max_size=4),
    seed=st.none() | st.integers(0, 9),
)
def test_each_sample_is_in_one_part_and_sizes_are_in_proportion(n, parts, seed):
    shares = samples(n).split(*parts, seed=seed)
    found = [values(share) for share in shares]
    assert sorted(sum(found, [])) == list(range(n))
    for share, numbers, part in zip(shares, found, parts, strict=True):
        assert len(share) == len(numbers)
        assert abs(len(numbers) - n * part / sum(parts)) <= 1
    if seed is None:
        assert sum(found, []) == list(range(n))


def test_fifteen_ten_and_the_rest_by_seed():
    training, validation, test = samples(1000).split(0.75, 0.15, 0.10, seed=4)
    assert (len(training), len(validation), len(test)) == (750, 150, 100)
    assert values(test) == values(samples(1000).split(75, 15, 10, seed=4)[2])
    assert values(test) != values(samples(1000).split(75, 15, 10, seed=5)[2])
    assert abs(np.mean(values(test)) - 499.5) < 100  # from everywhere


def test_parts_of_shuffled_and_mapped_samples_stay_apart_in_every_epoch():
    whole = samples(40).shuffle(40, seed=1).map(lambda x: x * 10, num_parallel_calls=2)
    first, second = whole.split(3, 1, seed=2)
    numbers = set(values(first))
    assert len(numbers) == 30
    assert values(first) != values(first)
    for _ in range(3):
        assert set(values(first)) == numbers
        assert set(values(second)) == set(range(0, 400, 10)) - numbers
    assert [len(batch) for batch in first.batch(20)] == [20, 10]


def test_what_is_filtered_is_shared_out_as_all_samples_are():
    even = samples(40).map(lambda x: x + 1).filter(lambda x: x % 2 == 0)
    for part, whole in zip(even.split(10, 15, 75, seed=3), samples(40).split(10, 15, 75, seed=3), strict=True):
        assert values(part) == [x + 1 for x in values(whole) if x % 2]
        assert part.cardinality() == UNKNOWN_CARDINALITY
    with pytest.raises(ValueError, match="parts must be two or more numbers above 0"):
        even.split(1)


def test_what_cannot_be_shared_out():
    for dataset in (Dataset.from_generator(lambda: iter(range(4))), samples(4).batch(2), samples(4).cache()):
        with pytest.raises(TypeError, match="Dataset.split: only samples of arrays or of a folder"):
            dataset.split(1, 1)
    with pytest.raises(ValueError, match="each iteration goes through other samples"):
        samples(50).shuffle(50, seed=1).take(20).split(1, 1)
    with pytest.raises(ValueError, match=r"Dataset.split: \(9, 1\) of 3 samples leave a part without any"):
        samples(3).split(9, 1)
    for parts in ((), (1,), (1, 0), (1, "a"), (-1, 2), (1, np.inf), (1, np.nan), (1, True), ([1, 1],)):
        with pytest.raises(ValueError, match="parts must be two or more numbers above 0"):
            samples(4).split(*parts)
    with pytest.raises(ValueError, match="Dataset.split: seed must be None or an integer >= 0"):
        samples(4).split(1, 1, seed=-1)
