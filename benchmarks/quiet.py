"""Waiting until nothing else keeps the cores busy: a team of threads that misses one core stalls for milliseconds."""

from __future__ import annotations

import time
from pathlib import Path

_STAT = Path("/proc/stat")
WINDOW_SECONDS = 0.1
CORES_BUSY_AT_MOST = 0.25


def wait_until_quiet(patience: float) -> bool:
    """Sleep until the machine was idle for a tenth of a second; False if it was not within `patience` seconds.

    Where /proc/stat is missing it only sleeps that tenth.
    """
    begin = time.perf_counter()
    while True:
        before = _busy_ticks()
        time.sleep(WINDOW_SECONDS)
        if (_busy_ticks() - before) / (100 * WINDOW_SECONDS) <= CORES_BUSY_AT_MOST:
            return True
        if time.perf_counter() - begin > patience:
            return False


def _busy_ticks() -> int:
    """Hundredths of seconds that all cores together have worked, without idle and waiting for disks."""
    if not _STAT.exists():
        return 0
    user, nice, system, _idle, _wait, interrupt, soft, *_ = map(int, _STAT.read_text().split("\n", 1)[0].split()[1:])
    return user + nice + system + interrupt + soft
