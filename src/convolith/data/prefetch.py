"""Elements made ready by a thread while others are used."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any


def prefetched(start: Callable[[], Iterator[Any]], size: int) -> Iterator[Any]:
    """Yield what an iterator gives, up to ``size`` elements of which a thread has made ready.

    An error in the iterator is raised where its element would have come. The thread ends with the data, or soon after
    the generator is closed or dropped.

    Args:
        start: gives the iterator; called in the thread.
        size: at least 1.
    """
    ready: queue.Queue[tuple[bool, Any]] = queue.Queue(size)
    stopped = threading.Event()

    def put(whole: bool, value: Any) -> bool:
        while not stopped.is_set():
            try:
                ready.put((whole, value), timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def work() -> None:
        try:
            for element in start():
                if not put(True, element):
                    return
            put(False, None)
        except BaseException as error:
            put(False, error)

    thread = threading.Thread(target=work, name="convolith-prefetch", daemon=True)
    thread.start()
    try:
        while True:
            whole, value = ready.get()
            if whole:
                yield value
            elif value is None:
                return
            else:
                raise value
    finally:
        stopped.set()
