"""A sequence of elements, such as (image, label), that can be gone through again and again."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from convolith.data.prefetch import prefetched
from convolith.layers.structure import flatten, map_structure
from convolith.random import checked_seed, new_seed

AUTOTUNE = -1
INFINITE_CARDINALITY = -1
UNKNOWN_CARDINALITY = -2


class Dataset:
    """A sequence of elements: arrays, or tuples, lists or dicts of them. ``fit`` takes one that gives batches.

    Every method returns a new data set and reads nothing before it is iterated over.

    Args:
        start: gives an iterator over the elements.
        cardinality: their number, or ``INFINITE_CARDINALITY`` or ``UNKNOWN_CARDINALITY``.

    Source:
        tf.data.Dataset, as Keras's programs use it.

    Example:
        >>> x, y = np.arange(6.0), np.arange(6) % 2
        >>> dataset = Dataset.from_tensor_slices((x, y)).map(lambda x, y: (x * 10, y)).batch(4)
        >>> [(x.tolist(), y.tolist()) for x, y in dataset]
        [([0.0, 10.0, 20.0, 30.0], [0, 1, 0, 1]), ([40.0, 50.0], [0, 1])]
    """

    class_names: list[str]  # where it was made from a folder

    def __init__(self, start: Callable[[], Iterator[Any]], cardinality: int = UNKNOWN_CARDINALITY):
        self._start, self._cardinality = start, cardinality

    # Where elements come from.

    @staticmethod
    def from_tensor_slices(tensors: Any) -> Dataset:
        """Make a data set of the samples of arrays.

        Args:
            tensors: an array (samples, ...), or a tuple, list or dict of arrays with the same number of samples.

        Raises:
            ValueError: the first sizes differ, or an array has none.
        """
        from convolith.data.arrays import ArrayDataset

        return ArrayDataset.from_arrays(tensors)

    @staticmethod
    def from_generator(generator: Callable[[], Iterable[Any]]) -> Dataset:
        """Make a data set of what a function's generator gives; each iteration calls the function anew.

        Args:
            generator: a function without arguments that returns an iterable.

        Raises:
            TypeError: it cannot be called.
        """
        if not callable(generator):
            raise TypeError(f"Dataset.from_generator: generator must be a function, got {type(generator).__name__}")
        return Dataset(lambda: iter(generator()))

    # What happens to them.

    def map(self, map_func: Callable[..., Any], num_parallel_calls: Any = None, deterministic: Any = None) -> Dataset:
        """Call a function with each element; one that is a tuple gives as many arguments.

        Args:
            map_func: gives the new element.
            num_parallel_calls: of no effect, as ``deterministic``: the order stays.
            deterministic: of no effect.

        Raises:
            TypeError: ``map_func`` cannot be called.
        """
        if not callable(map_func):
            raise TypeError(f"Dataset.map: map_func must be a function, got {map_func!r}")
        return Dataset(lambda: (_call(map_func, element) for element in self), self._cardinality)

    def filter(self, predicate: Callable[..., Any]) -> Dataset:
        """Keep the elements for which a function (called as by ``map``) is true.

        Raises:
            TypeError: ``predicate`` cannot be called.
        """
        if not callable(predicate):
            raise TypeError(f"Dataset.filter: predicate must be a function, got {predicate!r}")
        return Dataset(lambda: (element for element in self if _call(predicate, element)))

    def shuffle(self, buffer_size: int, seed: int | None = None, reshuffle_each_iteration: bool = True) -> Dataset:
        """Give the elements in a random order.

        Each comes from a buffer of the next ``buffer_size``; one as large as the data shuffles them evenly.

        Args:
            buffer_size: elements.
            seed: None draws one from the generator that ``utils.set_random_seed`` seeds.
            reshuffle_each_iteration: whether each iteration has an order of its own.

        Raises:
            ValueError: ``buffer_size`` is no integer >= 1, or ``seed`` none >= 0.
        """
        size = self._positive("shuffle", "buffer_size", buffer_size)
        draw = self._draws(seed, reshuffle_each_iteration)

        def start() -> Iterator[Any]:
            random = draw()
            buffer: list[Any] = []
            for element in self:
                if len(buffer) < size:
                    buffer.append(element)
                    continue
                place = random.integers(size)
                yield buffer[place]
                buffer[place] = element
            for place in random.permutation(len(buffer)):
                yield buffer[place]

        return Dataset(start, self._cardinality)

    def batch(self, batch_size: int, drop_remainder: bool = False) -> Dataset:
        """Put elements into arrays (batch_size, ...).

        Args:
            batch_size: elements in a batch.
            drop_remainder: whether the last ones are left out if they are fewer.

        Raises:
            ValueError: ``batch_size`` is no integer >= 1, or (in the iteration) the shapes of elements differ.
        """
        size, length = self._positive("batch", "batch_size", batch_size), self._cardinality

        def start() -> Iterator[Any]:
            elements = iter(self)
            while True:
                part = list(itertools.islice(elements, size))
                if not part or (drop_remainder and len(part) < size):
                    return
                yield _stacked(part)

        if length >= 0:
            length = length // size if drop_remainder else -(-length // size)
        return Dataset(start, length)

    def repeat(self, count: int | None = None) -> Dataset:
        """Give all elements ``count`` times; None or -1: without end.

        Raises:
            ValueError: ``count`` is neither nor an integer >= 0.
        """
        if count is None or count == -1:
            endless = INFINITE_CARDINALITY if self._cardinality else 0
            return Dataset(lambda: itertools.chain.from_iterable(self._again()), endless)
        times = self._counted("repeat", count)
        length = self._cardinality * times if self._cardinality >= 0 else self._cardinality if times else 0
        return Dataset(lambda: itertools.chain.from_iterable(iter(self) for _ in range(times)), length)

    def _again(self) -> Iterator[Iterator[Any]]:
        """Yield iterators as long as there is something in them."""
        while True:
            elements = iter(self)
            first = list(itertools.islice(elements, 1))
            if not first:
                return
            yield itertools.chain(first, elements)

    def take(self, count: int) -> Dataset:
        """Give the first ``count`` elements at most.

        Raises:
            ValueError: ``count`` is no integer >= 0.
        """
        kept = self._counted("take", count)
        length = kept if self._cardinality == INFINITE_CARDINALITY else min(self._cardinality, kept)
        return Dataset(lambda: itertools.islice(iter(self), kept), length)

    def skip(self, count: int) -> Dataset:
        """Leave out the first ``count`` elements.

        Raises:
            ValueError: ``count`` is no integer >= 0.
        """
        left = self._counted("skip", count)
        length = max(0, self._cardinality - left) if self._cardinality >= 0 else self._cardinality
        return Dataset(lambda: itertools.islice(iter(self), left, None), length)

    def cache(self) -> Dataset:
        """Keep the elements in memory after the first whole iteration."""
        kept: list[Any] = []
        whole = False

        def start() -> Iterator[Any]:
            nonlocal whole
            if whole:
                yield from kept
                return
            seen = []
            for element in self:
                seen.append(element)
                yield element
            if not whole:
                kept[:], whole = seen, True

        return Dataset(start, self._cardinality)

    def prefetch(self, buffer_size: int) -> Dataset:
        """Make elements ready ahead of time, in a thread.

        Args:
            buffer_size: elements that may be ready; ``AUTOTUNE`` takes 2, 0 none.

        Raises:
            ValueError: ``buffer_size`` is no integer >= 0.
        """
        size = 2 if buffer_size == AUTOTUNE else self._counted("prefetch", buffer_size, "buffer_size")
        return Dataset(lambda: prefetched(self._start, size) if size else self._start(), self._cardinality)

    # What it is.

    def cardinality(self) -> int:
        """Return the number of elements, ``INFINITE_CARDINALITY`` (-1) or ``UNKNOWN_CARDINALITY`` (-2)."""
        return self._cardinality

    def as_numpy_iterator(self) -> Iterator[Any]:
        """Return an iterator over the elements."""
        return iter(self)

    def __iter__(self) -> Iterator[Any]:
        return self._start()

    def __len__(self) -> int:
        if self._cardinality < 0:
            raise TypeError(f"the data set's length is {'infinite' if self._cardinality == -1 else 'unknown'}")
        return self._cardinality

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        lengths = {INFINITE_CARDINALITY: "infinitely many", UNKNOWN_CARDINALITY: "an unknown number of"}
        return f"<Dataset of {lengths.get(self._cardinality, self._cardinality)} elements>"

    # Arguments.

    def _positive(self, method: str, argument: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
            raise ValueError(f"Dataset.{method}: {argument} must be an integer >= 1, got {value!r}")
        return int(value)

    def _counted(self, method: str, value: Any, argument: str = "count") -> int:
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
            raise ValueError(f"Dataset.{method}: {argument} must be an integer >= 0, got {value!r}")
        return int(value)

    def _draws(self, seed: int | None, again: bool) -> Callable[[], Any]:
        """Return what gives each iteration its generator."""
        own = checked_seed(seed, "Dataset.shuffle")
        own = new_seed() if own is None else own
        iterations = itertools.count()
        return lambda: np.random.default_rng((own, next(iterations) if again else 0))


def _call(function: Callable[..., Any], element: Any) -> Any:
    return function(*element) if isinstance(element, tuple) else function(element)


def _stacked(elements: list[Any]) -> Any:
    """Return arrays with one more axis, nested as each element is."""
    columns = zip(*map(flatten, elements), strict=True)
    try:
        arrays = iter([np.stack([np.asarray(leaf) for leaf in column]) for column in columns])
    except ValueError as error:
        raise ValueError(f"Dataset.batch: the elements of a batch must have the same shapes: {error}") from error
    return map_structure(lambda _: next(arrays), elements[0])
