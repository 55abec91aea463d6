"""What a process that has just started pays: its first step of training, and all the memory that it ever held."""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median


def first_steps(make: Callable[[], Callable[[], object]], steps: int) -> dict[str, float]:
    """Make a step of training and call it: seconds of the first call, median of `steps` later ones, peak in bytes."""
    call = make()
    times = []
    for _ in range(1 + steps):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return {"first": times[0], "steady": median(times[1:]), "peak": peak_memory()}


def peak_memory() -> int:
    """The most bytes of memory that this process ever had, code and libraries included."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    if sys.platform == "win32":
        return _peak_working_set()
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _peak_working_set() -> int:
    class Counters(ctypes.Structure):  # PROCESS_MEMORY_COUNTERS of psapi.h
        _fields_ = [("cb", ctypes.c_uint32), ("faults", ctypes.c_uint32), ("peak", ctypes.c_size_t)]
        _fields_ += [("rest", ctypes.c_size_t * 7)]

    counters = Counters(cb=ctypes.sizeof(Counters))
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    kernel.K32GetProcessMemoryInfo.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32]
    if not kernel.K32GetProcessMemoryInfo(kernel.GetCurrentProcess(), ctypes.byref(counters), counters.cb):
        raise ctypes.WinError(ctypes.get_last_error())
    return counters.peak
