"""Calling a function with each element: in turn, or ahead of time in threads, with the same results."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from convolith.config import work_alone
from convolith.ops.element_stream import current, making


def call(function: Callable[..., Any], element: Any) -> Any:
    """Call a function with an element; one that is a tuple gives as many arguments."""
    return function(*element) if isinstance(element, tuple) else function(element)


def drawing(function: Callable[..., Any], seed: int) -> Callable[..., Any]:
    """Give a function its argument ``generator``, a NumPy generator that follows from the seed and the element."""

    def drawn(*arguments: Any) -> Any:
        element = current.get()
        return function(*arguments, generator=np.random.default_rng((seed, *(element.numbers if element else ()))))

    return drawn


def mapped(
    function: Callable[[Any], Any],
    items: Iterator[tuple[int, Any]],
    iteration: int,
    threads: int,
    ahead: int | None = None,
) -> Iterator[Any]:
    """Yield what a function gives for each item, in their order.

    An error, of the function or of ``items``, is raised where its element would have come.

    Args:
        function: takes an item. What is drawn in it belongs to the element, so that it does not depend on the threads.
        items: with their numbers.
        iteration: the number of this pass over the data.
        threads: 0 calls it when the element is asked for; else so many threads work ahead.
        ahead: how many elements; None is two a thread.
    """

    def make(number: int, item: Any) -> Any:
        with making(iteration, number):
            return function(item)

    if not threads:
        yield from (make(*item) for item in items)
        return
    waiting: deque[Future[Any]] = deque()
    with ThreadPoolExecutor(threads, "convolith-map", work_alone) as pool:
        try:
            for future in _submitted(pool, make, items):
                waiting.append(future)
                if len(waiting) > (2 * threads if ahead is None else ahead):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _submitted(
    pool: ThreadPoolExecutor, make: Callable[[int, Any], Any], items: Iterator[tuple[int, Any]]
) -> Iterator[Future[Any]]:
    """Hand the items on to the threads; an error of the items becomes the last one's."""
    try:
        for item in items:
            yield pool.submit(make, *item)
    except Exception as error:
        last: Future[Any] = Future()
        last.set_exception(error)
        yield last
