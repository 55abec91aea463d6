"""How fast the machine's memory is: the roof over layers that compute little on each number."""

from __future__ import annotations

import threading
import time

import numpy as np

FLOATS = 16 * 1024 * 1024  # 64 MB a thread, beyond any cache that a thread has to itself


def memory_bandwidth(threads: int, tries: int = 5) -> float:
    """Bytes a second, read and written, of `threads` threads that copy arrays: the highest of `tries`."""
    pairs = [(np.ones(FLOATS, np.float32), np.zeros(FLOATS, np.float32)) for _ in range(threads)]
    moved = 2 * 4 * FLOATS * threads
    return max(moved / _seconds(pairs) for _ in range(tries))


def _seconds(pairs: list[tuple[np.ndarray, np.ndarray]]) -> float:
    team = [threading.Thread(target=np.copyto, args=(target, source)) for source, target in pairs]
    begin = time.perf_counter()
    for thread in team:
        thread.start()
    for thread in team:
        thread.join()
    return time.perf_counter() - begin
