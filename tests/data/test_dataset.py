"""Dataset: what each method gives, how long it is, and that every iteration begins anew."""

import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convolith import layers, utils
from convolith.data import AUTOTUNE, INFINITE_CARDINALITY, UNKNOWN_CARDINALITY, Dataset
from convolith.models import Sequential


def numbers(n):
    """The same elements, once from an array and once from a generator."""
    return Dataset.from_tensor_slices(np.arange(n)), Dataset.from_generator(lambda: iter(np.arange(n)))


def values(dataset):
    return [np.asarray(element).tolist() for element in dataset]


@given(
    n=st.integers(0, 12), size=st.integers(1, 5), drop=st.booleans(), first=st.integers(0, 14), left=st.integers(0, 14)
)
def test_batch_take_and_skip_are_slices(n, size, drop, first, left):
    expected = list(range(n))[left:][:first]
    batches = [expected[start : start + size] for start in range(0, len(expected), size)]
    if drop:
        batches = [batch for batch in batches if len(batch) == size]
    for dataset in numbers(n):
        result = dataset.skip(left).take(first).batch(size, drop_remainder=drop)
        assert values(result) == values(result) == batches
    assert len(numbers(n)[0].skip(left).take(first).batch(size, drop)) == len(batches)


@given(n=st.integers(1, 12), buffer=st.integers(1, 14), seed=st.integers(0, 5))
def test_shuffling_is_a_permutation_that_looks_no_further_than_its_buffer(n, buffer, seed):
    for dataset in numbers(n):
        shuffled = dataset.shuffle(buffer, seed=seed)
        order = values(shuffled)
        assert sorted(order) == list(range(n))
        assert all(number < place + buffer for place, number in enumerate(order))
        assert values(dataset.shuffle(buffer, seed=seed)) == order


def test_each_iteration_has_its_order_unless_told_otherwise():
    for dataset in numbers(20):
        again = dataset.shuffle(20, seed=3)
        assert values(again) != values(again)
        same = dataset.shuffle(20, seed=3, reshuffle_each_iteration=False)
        assert values(same) == values(same)


def test_the_global_seed_decides_where_none_is_given():
    orders = []
    for _ in range(2):
        utils.set_random_seed(8)
        orders.append(values(numbers(20)[0].shuffle(20)))
    assert orders[0] == orders[1] != list(range(20))


def test_map_takes_tuples_apart_and_dicts_whole():
    x, y = np.arange(3), np.arange(3) * 10
    pairs = Dataset.from_tensor_slices((x, y)).map(lambda a, b: a + b)
    assert values(pairs) == [0, 11, 22]
    assert values(Dataset.from_tensor_slices({"a": x, "b": y}).map(lambda d: d["b"])) == [0, 10, 20]
    assert values(pairs.filter(lambda value: value > 5)) == [11, 22]
    assert values(Dataset.from_tensor_slices((x, y)).filter(lambda a, b: a == 1).map(lambda a, b: b)) == [10]


def test_nested_elements_are_stacked_leaf_by_leaf():
    data = {"image": np.arange(12).reshape(4, 3), "label": (np.arange(4), np.arange(4.0))}
    for dataset in (Dataset.from_tensor_slices(data), Dataset.from_tensor_slices(data).map(lambda element: element)):
        first, second = dataset.batch(3)
        assert first["image"].shape == (3, 3)
        assert first["label"][0].tolist() == [0, 1, 2]
        assert second["label"][1].tolist() == [3.0]


def test_repeat_and_cardinality():
    array, unknown = numbers(3)
    assert values(array.repeat(2)) == [0, 1, 2, 0, 1, 2]
    assert values(unknown.repeat().take(7)) == [0, 1, 2, 0, 1, 2, 0]
    assert values(array.repeat(-1).skip(2).take(2)) == [2, 0]
    assert values(numbers(0)[1].repeat()) == []
    assert array.repeat(4).cardinality() == len(array.repeat(4)) == 12
    assert array.repeat().cardinality() == INFINITE_CARDINALITY
    assert (
        unknown.cardinality() == unknown.batch(2).cardinality() == unknown.take(2).cardinality() == UNKNOWN_CARDINALITY
    )
    assert array.repeat().batch(2).take(5).cardinality() == 5
    assert array.map(lambda x: x).shuffle(2).prefetch(1).cache().cardinality() == 3
    assert repr(array) == "<Dataset of 3 elements>"
    assert repr(array.repeat()) == "<Dataset of infinitely many elements>"
    assert repr(unknown) == "<Dataset of an unknown number of elements>"
    assert bool(numbers(0)[0])


def test_cache_reads_once_and_only_when_read_to_the_end():
    reads = []
    dataset = Dataset.from_generator(lambda: iter(range(4))).map(lambda x: reads.append(x) or x).cache()
    assert next(iter(dataset)) == 0
    assert values(dataset) == values(dataset) == [0, 1, 2, 3]
    assert reads == [0, 0, 1, 2, 3]


def test_prefetch_gives_the_same_and_works_ahead():
    ready, asked = threading.Event(), []

    def slow(x):
        asked.append(int(x))
        if x == 2:
            ready.set()
        return x

    dataset = numbers(5)[0].map(slow).prefetch(2)
    elements = iter(dataset)
    assert next(elements) == 0
    assert ready.wait(10)  # two more, while nobody asks
    assert [int(x) for x in elements] == [1, 2, 3, 4]
    assert asked == [0, 1, 2, 3, 4]
    assert values(numbers(5)[1].prefetch(AUTOTUNE)) == values(numbers(5)[1].prefetch(0)) == [0, 1, 2, 3, 4]


def test_an_error_within_prefetch_comes_where_its_element_would():
    elements = iter(numbers(3)[0].map(lambda x: 1 // (1 - int(x))).prefetch(1))
    assert next(elements) == 1
    with pytest.raises(ZeroDivisionError):
        next(elements)


def test_a_dropped_prefetch_ends_its_thread():
    def alive():
        return [thread for thread in threading.enumerate() if thread.name == "convolith-prefetch"]

    elements = iter(numbers(3)[0].repeat().prefetch(1))
    next(elements)
    assert alive()
    elements.close()
    end = time.monotonic() + 10
    while alive() and time.monotonic() < end:
        alive()[0].join(0.1)
    assert not alive()


def test_a_model_trains_on_it_as_on_the_arrays(generator):
    x, y = generator.normal(size=(10, 4)).astype("float32"), generator.integers(0, 3, 10)
    models = []
    for _ in range(2):
        utils.set_random_seed(1)
        models.append(Sequential([layers.Input((4,)), layers.Dense(3, activation="softmax")]))
        models[-1].compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    dataset = Dataset.from_tensor_slices((x, y)).batch(4).prefetch(2)
    first = models[0].fit(dataset, epochs=3, validation_data=dataset, verbose=0)
    second = models[1].fit(x, y, batch_size=4, epochs=3, shuffle=False, validation_data=(x, y), verbose=0)
    assert first.history.keys() == second.history.keys()
    np.testing.assert_allclose(first.history["val_loss"], second.history["val_loss"], rtol=1e-6)
    assert first.params["steps"] == 3
    np.testing.assert_array_equal(models[0].get_weights()[0], models[1].get_weights()[0])
    endless = Dataset.from_tensor_slices((x, y)).shuffle(10).repeat().batch(4)
    assert models[0].fit(endless, epochs=2, steps_per_epoch=5, verbose=0).epoch == [0, 1]


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda d: d.batch(0), ValueError, "Dataset.batch: batch_size must be an integer >= 1, got 0"),
        (lambda d: d.batch(True), ValueError, "Dataset.batch: batch_size must be an integer >= 1, got True"),
        (lambda d: d.shuffle(0), ValueError, "Dataset.shuffle: buffer_size must be an integer >= 1, got 0"),
        (lambda d: d.shuffle(9, seed=-1), ValueError, "Dataset.shuffle: seed must be None or an integer >= 0, got -1"),
        (lambda d: d.take(-1), ValueError, "Dataset.take: count must be an integer >= 0, got -1"),
        (lambda d: d.skip(1.5), ValueError, "Dataset.skip: count must be an integer >= 0, got 1.5"),
        (lambda d: d.repeat(-2), ValueError, "Dataset.repeat: count must be an integer >= 0, got -2"),
        (lambda d: d.prefetch(-3), ValueError, "Dataset.prefetch: buffer_size must be an integer >= 0, got -3"),
        (lambda d: d.map(3), TypeError, "Dataset.map: map_func must be a function, got 3"),
        (lambda d: d.map(abs, -2), ValueError, "Dataset.map: num_parallel_calls must be an integer >= 1, got -2"),
        (lambda d: d.map(abs, True), ValueError, "Dataset.map: num_parallel_calls must be an integer >= 1, got True"),
        (lambda d: d.map(abs, seed=-1), ValueError, "Dataset.map: seed must be None or an integer >= 0, got -1"),
        (lambda d: d.filter("x"), TypeError, "Dataset.filter: predicate must be a function, got 'x'"),
        (lambda d: d.map(abs, np.ones(2)), ValueError, "Dataset.map: num_parallel_calls must be an integer >= 1, got"),
        (lambda d: d.repeat(np.ones(2)), ValueError, "Dataset.repeat: count must be an integer >= 0, got array"),
        (lambda d: d.prefetch(np.ones(2)), ValueError, "Dataset.prefetch: buffer_size must be an integer >= 0, got"),
        (lambda d: d.batch(2, "no"), TypeError, "Dataset.batch: drop_remainder must be True or False, got 'no'"),
        (lambda d: d.shuffle(2, 1, 0), TypeError, "Dataset.shuffle: reshuffle_each_iteration must be True or False"),
        (lambda d: d.shuffle(9, 1, 0), TypeError, "Dataset.shuffle: reshuffle_each_iteration must be True or False"),
        (lambda d: Dataset.from_generator(iter([])), TypeError, "Dataset.from_generator: generator must be a function"),
    ],
)
def test_wrong_arguments(act, error, message):
    for dataset in numbers(4):
        with pytest.raises(error, match=message):
            act(dataset)


def test_what_has_no_length_or_no_common_one():
    with pytest.raises(TypeError, match="the data set's length is infinite"):
        len(numbers(2)[0].repeat())
    with pytest.raises(TypeError, match="the data set's length is unknown"):
        len(numbers(2)[1])
    with pytest.raises(ValueError, match=r"must have the same first size, got shapes \[\(3,\), \(2,\)\]"):
        Dataset.from_tensor_slices((np.zeros(3), np.zeros(2)))
    with pytest.raises(ValueError, match=r"must have the same first size, got shapes \[\(\)\]"):
        Dataset.from_tensor_slices(3)
    with pytest.raises(TypeError, match="Dataset.from_generator: generator must return an iterable, got int"):
        values(Dataset.from_generator(lambda: 5))
    for other in ({"b": 2}, {"a": 1, "b": 2}, (1,), 1):
        with pytest.raises(ValueError, match=r"must be nested alike, got {'a': 'array'} and "):
            values(Dataset.from_generator(lambda other=other: iter([{"a": 1}, other])).batch(2))
    with pytest.raises(ValueError, match="Dataset.batch: the elements of a batch must have the same shapes"):
        values(Dataset.from_generator(lambda: iter([np.zeros(2), np.zeros(3)])).batch(2))


def test_none_reshuffles_each_iteration():
    found, expected = (Dataset.from_tensor_slices(np.arange(50)).shuffle(50, 1, again) for again in (None, True))
    for _ in range(2):
        assert [int(one) for one in found] == [int(one) for one in expected]
