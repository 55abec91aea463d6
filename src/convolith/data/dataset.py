"""A sequence of elements, such as (image, label), that can be gone through again and again."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from convolith.data.arguments import at_least, called, is_autotune, number_of_threads
from convolith.data.mapping import call, drawing, mapped
from convolith.data.prefetch import prefetched
from convolith.data.shuffling import draws, shuffled
from convolith.data.stacking import stacked
from convolith.ops.arguments import flag
from convolith.random import checked_seed

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
        >>> import numpy as np
        >>> from convolith.data import Dataset
        >>> x, y = np.arange(6.0), np.arange(6) % 2
        >>> dataset = Dataset.from_tensor_slices((x, y)).map(lambda x, y: (x * 10, y)).batch(4)
        >>> [(x.tolist(), y.tolist()) for x, y in dataset]
        [([0.0, 10.0, 20.0, 30.0], [0, 1, 0, 1]), ([40.0, 50.0], [0, 1])]
    """

    # Where it was made from a folder:
    class_names: list[str]
    file_paths: list[str]
    skipped: dict[str, str]
    # Where ``batch`` was the last step, but for ``prefetch``: how many elements it put together.
    batch_size: int | None = None

    def __init__(self, start: Callable[[], Iterator[Any]], cardinality: int = UNKNOWN_CARDINALITY):
        self._start, self._cardinality = start, cardinality

    @staticmethod
    def from_tensor_slices(tensors: Any) -> Dataset:
        """Make a data set of the samples of arrays.

        Args:
            tensors: an array (samples, ...), or a tuple, list or dict of arrays with the same number of samples.

        Raises:
            ValueError: the first sizes differ, or an array has none.
        """
        from convolith.data.samples import ArrayDataset

        return ArrayDataset.from_arrays(tensors)

    @staticmethod
    def from_generator(generator: Callable[[], Iterable[Any]]) -> Dataset:
        """Make a data set of what a function's generator gives; each iteration calls the function anew.

        Args:
            generator: a function without arguments that returns an iterable.

        Raises:
            TypeError: it cannot be called, or (in the iteration) returns no iterable.
        """
        called("from_generator", "generator", generator)

        def start() -> Iterator[Any]:
            elements = generator()
            try:
                return iter(elements)
            except TypeError as error:
                came = type(elements).__name__
                raise TypeError(f"Dataset.from_generator: generator must return an iterable, got {came}") from error

        return Dataset(start)

    def map(
        self,
        map_func: Callable[..., Any],
        num_parallel_calls: int | None = None,
        deterministic: Any = None,
        seed: int | None = None,
    ) -> Dataset:
        """Call a function with each element; one that is a tuple gives as many arguments.

        The order stays, and so does what random layers (as ``layers.RandomFlip``) draw in the function: their numbers
        follow from their seeds, the iteration and the element's place, not from who was there first.

        Args:
            map_func: gives the new element.
            num_parallel_calls: how many threads make elements ready ahead of time; ``AUTOTUNE``: as many as the engine
                uses; None: none.
            deterministic: of no effect: the result never depends on the threads.
            seed: if given, the function gets ``generator=``, a NumPy generator of its own for each element.

        Raises:
            TypeError: ``map_func`` cannot be called.
            ValueError: ``num_parallel_calls`` or ``seed`` is none of these.

        Example:
            >>> import numpy as np
            >>> from convolith.data import Dataset
            >>> noisy = Dataset.from_tensor_slices(np.zeros(4)).map(
            ...     lambda x, generator: x + generator.normal(), num_parallel_calls=2, seed=3
            ... )
            >>> len(set(map(float, noisy)))
            4
        """
        function, threads = self._element_function(map_func, seed), number_of_threads(num_parallel_calls)
        iterations = itertools.count()
        return Dataset(lambda: mapped(function, enumerate(self), next(iterations), threads), self._cardinality)

    @staticmethod
    def _element_function(map_func: Callable[..., Any], seed: int | None) -> Callable[[Any], Any]:
        """Check the arguments of ``map``, and give what turns an element into the new one."""
        function, own = called("map", "map_func", map_func), checked_seed(seed, "Dataset.map")
        function = function if own is None else drawing(function, own)
        return lambda element: call(function, element)

    def filter(self, predicate: Callable[..., Any]) -> Dataset:
        """Keep the elements for which a function (called as by ``map``) is true.

        Raises:
            TypeError: ``predicate`` cannot be called.
        """
        called("filter", "predicate", predicate)
        return Dataset(lambda: (element for element in self if call(predicate, element)))

    def shuffle(self, buffer_size: int, seed: int | None = None, reshuffle_each_iteration: bool = True) -> Dataset:
        """Give the elements in a random order.

        Each comes from a buffer of the next ``buffer_size``; one as large as the data shuffles them evenly.

        Args:
            buffer_size: elements.
            seed: None draws one from the generator that ``utils.set_random_seed`` seeds.
            reshuffle_each_iteration: whether each iteration has an order of its own.

        Raises:
            TypeError: ``reshuffle_each_iteration`` is neither True nor False.
            ValueError: ``buffer_size`` is no integer >= 1, or ``seed`` none >= 0.
        """
        size = at_least(1, "shuffle", "buffer_size", buffer_size)
        draw = draws(seed, reshuffle_each_iteration)
        return Dataset(lambda: shuffled(self, size, draw()), self._cardinality)

    def batch(self, batch_size: int, drop_remainder: bool = False) -> Dataset:
        """Put elements into arrays (batch_size, ...).

        Args:
            batch_size: elements in a batch.
            drop_remainder: whether the last ones are left out if they are fewer.

        Raises:
            TypeError: ``drop_remainder`` is neither True nor False.
            ValueError: ``batch_size`` is no integer >= 1, or (in the iteration) the shapes of elements differ.
        """
        size, length = at_least(1, "batch", "batch_size", batch_size), self._cardinality
        flag("Dataset.batch", "drop_remainder", drop_remainder)

        def start() -> Iterator[Any]:
            elements = iter(self)
            while True:
                part = list(itertools.islice(elements, size))
                if not part or (drop_remainder and len(part) < size):
                    return
                yield stacked(part)

        if length >= 0:
            length = length // size if drop_remainder else -(-length // size)
        return Dataset(start, length)._of_batches(size)

    def _of_batches(self, size: int | None) -> Dataset:
        self.batch_size = size
        return self

    def repeat(self, count: int | None = None) -> Dataset:
        """Give all elements ``count`` times; None or -1: without end.

        Raises:
            ValueError: ``count`` is neither nor an integer >= 0.
        """
        if count is None or is_autotune(count):
            endless = INFINITE_CARDINALITY if self._cardinality else 0
            return Dataset(lambda: itertools.chain.from_iterable(self._again()), endless)
        times = at_least(0, "repeat", "count", count)
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
        kept = at_least(0, "take", "count", count)
        length = kept if self._cardinality == INFINITE_CARDINALITY else min(self._cardinality, kept)
        return Dataset(lambda: itertools.islice(iter(self), kept), length)

    def skip(self, count: int) -> Dataset:
        """Leave out the first ``count`` elements.

        Raises:
            ValueError: ``count`` is no integer >= 0.
        """
        left = at_least(0, "skip", "count", count)
        length = max(0, self._cardinality - left) if self._cardinality >= 0 else self._cardinality
        return Dataset(lambda: itertools.islice(iter(self), left, None), length)

    def split(self, *parts: float, seed: int | None = None) -> tuple[Dataset, ...]:
        """Share the samples out, each to one part, in sizes in proportion: ``split(75, 15, 10)``.

        For samples that have numbers: those of arrays and folders, mapped, shuffled or then filtered (also by skipping
        broken images; sizes count what is left out), but not in batches yet.

        Args:
            parts: numbers above 0, at least two.
            seed: None takes the samples as they lie, the first ones for the first part; else they are drawn by it.

        Raises:
            TypeError: the elements have no numbers (those of a generator): use ``take`` and ``skip``.
            ValueError: ``parts`` or ``seed`` is none of these, a part would be empty, or the samples change with each
                iteration.
        """
        raise TypeError("Dataset.split: only samples of arrays or of a folder, before batch(), can be shared out")

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
        size = 2 if is_autotune(buffer_size) else at_least(0, "prefetch", "buffer_size", buffer_size)
        ready = Dataset(lambda: prefetched(self._start, size) if size else self._start(), self._cardinality)
        return ready._of_batches(self.batch_size)

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
