"""The machine's multiply-add peak, measured beside every comparison, since clocks and neighbours change it."""

from __future__ import annotations

import ctypes
import os
import platform
import shlex
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

SOURCE = Path(__file__).with_suffix(".c")


class MultiplyAddPeak:
    """Measures floating point operations a second on `threads` threads: chains in registers, or NumPy's matrix product
    where no C compiler is there (`method` says which).
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._function = _compile()
        self._highest = 0.0
        self.method = "multiply-add chains in registers" if self._function else "NumPy's matrix product"

    def measure(self, seconds: float = 0.02) -> float:
        """Operations a second of all threads together: the highest so far, after three more tries of `seconds` each."""
        tries = [self._try(seconds) for _ in range(3)] if self._function else [_matrix_product_peak(seconds)]
        self._highest = max(self._highest, *tries)
        return self._highest

    def _try(self, seconds: float) -> float:
        assert self._function is not None
        function, sink = self._function, ctypes.c_float()
        begin = time.perf_counter()
        done = function(200_000, ctypes.byref(sink))
        turns = int(200_000 * seconds / (time.perf_counter() - begin))
        totals = [0.0] * self.threads
        barrier = threading.Barrier(self.threads + 1)

        def run(index: int) -> None:
            private = ctypes.c_float()
            barrier.wait()
            totals[index] = function(turns, ctypes.byref(private))  # ctypes releases the GIL

        team = [threading.Thread(target=run, args=(index,)) for index in range(self.threads)]
        for thread in team:
            thread.start()
        barrier.wait()
        begin = time.perf_counter()
        for thread in team:
            thread.join()
        done = sum(totals)
        return done / (time.perf_counter() - begin)


def _compile() -> Callable[..., float] | None:
    native = "-mcpu=native" if platform.machine() in ("aarch64", "arm64") else "-march=native"
    compiler = shlex.split(os.environ.get("CC", "cc"))
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "multiply_add_peak.so"
        flags = ["-O3", native, "-ffp-contract=fast", "-shared", "-fPIC"]
        try:
            subprocess.run([*compiler, *flags, str(SOURCE), "-o", str(library)], check=True, capture_output=True)
            function = ctypes.CDLL(str(library)).multiply_add_peak
        except (OSError, subprocess.CalledProcessError):
            return None
    function.restype = ctypes.c_double
    function.argtypes = [ctypes.c_long, ctypes.POINTER(ctypes.c_float)]
    return function


def _matrix_product_peak(seconds: float) -> float:
    square = np.ones((1024, 1024), np.float32)
    best, begin = 0.0, time.perf_counter()
    while time.perf_counter() - begin < 3 * seconds or not best:
        start = time.perf_counter()
        square @ square
        best = max(best, 2.0 * 1024**3 / (time.perf_counter() - start))
    return best
