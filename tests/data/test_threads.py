"""Elements made ready by threads: side by side, in order, and the same whatever the number of threads."""

import itertools
import threading

import numpy as np
import pytest

from convolith import get_num_threads, layers, ops, random
from convolith.data import AUTOTUNE, Dataset

THREADS = (None, 1, 2, 5)


def sources(array):
    """The same elements, once by their numbers and once one after the other."""
    return Dataset.from_tensor_slices(array), Dataset.from_generator(lambda: iter(array))


def alive():
    return [thread for thread in threading.enumerate() if thread.name.startswith("convolith-map")]


def test_elements_are_made_side_by_side_and_come_in_order():
    for dataset in sources(np.arange(8)):
        both = threading.Barrier(2, timeout=10)

        def made(x, both=both):
            both.wait()  # passes only while another element is being made
            return int(x)

        assert list(dataset.map(made, num_parallel_calls=2)) == list(range(8))
    assert not alive()


def test_threads_work_ahead_of_who_asks():
    ready = threading.Event()

    def made(x):
        if x == 3:
            ready.set()
        return int(x)

    for dataset in sources(np.arange(9)):
        ready.clear()
        elements = iter(dataset.map(made, num_parallel_calls=2))
        assert next(elements) == 0
        assert ready.wait(10)
        elements.close()
    assert not alive()


def test_no_more_is_read_than_the_threads_need():
    read = []

    def endless():
        for number in itertools.count():
            read.append(number)
            yield number

    elements = iter(Dataset.from_generator(endless).map(lambda x: x, num_parallel_calls=3))
    assert [next(elements) for _ in range(4)] == [0, 1, 2, 3]
    elements.close()
    assert len(read) == 4 + 2 * 3


def augmented(dataset, threads, seed=7):
    flip, shift = layers.RandomFlip("horizontal", seed=seed), layers.RandomTranslation(0.3, 0.3, seed=seed + 1)
    stream, noise = random.SeedGenerator(seed), layers.GaussianNoise(0.1, seed=seed)

    def augment(image, label):
        number = random.randint((), 0, 1000, seed=stream)
        return noise(shift(flip(image)), training=True), label, number, random.uniform((2,), seed=stream)

    return dataset.map(augment, threads).map(lambda *all, generator: (*all, generator.normal()), threads, seed=seed)


def passes(dataset, count=2):
    return [[[np.asarray(leaf).tolist() for leaf in element] for element in dataset] for _ in range(count)]


def test_what_is_drawn_does_not_depend_on_the_threads(generator):
    images = generator.normal(size=(12, 6, 5, 1)).astype("float32")
    pairs = [(image, label) for label, image in enumerate(images)]
    made = {
        "numbered": lambda: Dataset.from_tensor_slices((images, np.arange(12))),
        "shuffled": lambda: Dataset.from_tensor_slices((images, np.arange(12))).shuffle(12, seed=3),
        "streamed": lambda: Dataset.from_generator(lambda: iter(pairs)),
        "batched": lambda: Dataset.from_tensor_slices((images, np.arange(12))).batch(5),
    }
    for name, dataset in made.items():
        results = [passes(augmented(dataset(), threads)) for threads in THREADS]
        assert all(result == results[0] for result in results), name
        first, second = results[0]
        assert all(a[0] != b[0] for a, b in zip(first, second, strict=True)), name  # each pass draws anew
        assert len({element[2] for element in first + second}) > 1
        assert passes(augmented(dataset(), 2, seed=8)) != results[0]


def test_an_image_is_changed_in_the_same_way_wherever_it_comes(generator):
    images = generator.normal(size=(9, 4, 4, 1)).astype("float32")
    dataset = Dataset.from_tensor_slices((images, np.arange(9)))
    plain = {element[1]: element for element in passes(augmented(dataset, None), 1)[0]}
    assert {element[1]: element for element in passes(augmented(dataset.shuffle(9, seed=1), 2), 1)[0]} == plain


def test_layers_count_their_calls_as_before_outside_of_map():
    flip = layers.RandomFlip(seed=3)
    image = np.arange(9.0, dtype="float32").reshape(3, 3, 1)
    before = flip.state.numpy().tolist()
    list(Dataset.from_tensor_slices(image[np.newaxis]).map(flip, AUTOTUNE))
    assert flip.state.numpy().tolist() == before
    flip(image)
    assert flip.state.numpy().tolist() == [3, before[1] + 1]


def test_an_error_comes_where_its_element_would():
    def endless():
        yield from range(4)
        raise KeyError("the source")

    for threads in THREADS:
        for dataset in sources(np.arange(9)):
            elements = iter(dataset.map(lambda x: 1 / (2 - int(x)), threads))
            assert [next(elements), next(elements)] == [0.5, 1.0]
            with pytest.raises(ZeroDivisionError):
                next(elements)
        elements = iter(Dataset.from_generator(endless).map(lambda x: x, threads))
        assert [next(elements) for _ in range(4)] == [0, 1, 2, 3]
        with pytest.raises(KeyError, match="the source"):
            next(elements)
    assert not alive()


def test_the_engine_gives_the_same_inside_and_its_threads_stay_as_set_outside(threads, generator):
    threads(2)
    images = generator.normal(size=(3, 64, 64, 8)).astype("float32")
    kernel = generator.normal(size=(3, 3, 8, 8)).astype("float32")
    expected = ops.conv(images, kernel)
    inside = list(Dataset.from_tensor_slices(images).map(lambda x: ops.conv(x[np.newaxis], kernel)[0], AUTOTUNE))
    np.testing.assert_array_equal(np.stack(inside), expected)
    assert get_num_threads() == 2
