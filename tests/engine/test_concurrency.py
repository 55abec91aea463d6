"""Calls from several Python threads at once give the results that they give alone, and let Python run meanwhile."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from convolith.engine import conv, conv_geometry
from tests.engine.passes import Case, fresh

CASES = [
    Case((3, 14, 14, 32), (3, 3, 32, 40), padding=((1, 1), (1, 1)), seed=1),
    Case((8, 28, 28, 1), (5, 5, 1, 6), seed=2),
    Case((2, 9, 9, 70), (1, 1, 70, 33), seed=3),
    Case((1, 30, 31, 6), (3, 3, 6, 7), (2, 2), ((1, 1), (1, 1)), seed=4),
]

LONG = Case((8, 56, 56, 64), (3, 3, 64, 64), padding=((1, 1), (1, 1)), seed=5)


def all_passes(case: Case) -> list[np.ndarray]:
    return [case.forward(), case.input_gradient(), case.kernel_gradient()]


@pytest.mark.parametrize("engine_threads", [1, 2, 3])
@pytest.mark.parametrize("callers", [2, 8])
def test_many_callers(threads, engine_threads, callers):
    threads(engine_threads)
    expected = [all_passes(case) for case in CASES]

    def work(index: int) -> None:
        for turn in range(12):
            chosen = (index + turn) % len(CASES)
            for result, right in zip(all_passes(CASES[chosen]), expected[chosen], strict=True):
                np.testing.assert_array_equal(result, right)

    with ThreadPoolExecutor(callers) as executor:
        list(executor.map(work, range(callers)))


def test_a_hundred_callers_at_once(threads):
    """More than any table of working memory may have room for, in calls long enough to run side by side."""
    threads(1)
    case, count = LONG, 100
    expected, barrier = case.forward(), threading.Barrier(100)

    def work(_: int) -> None:
        barrier.wait(30)
        np.testing.assert_array_equal(case.forward(), expected)

    with ThreadPoolExecutor(count) as executor:
        list(executor.map(work, range(count)))


def test_the_number_of_threads_may_change_meanwhile(threads):
    case = CASES[0]
    expected = all_passes(case)
    with ThreadPoolExecutor(1) as executor:
        running = executor.submit(lambda: [all_passes(case) for _ in range(30)])
        count = 0
        while not running.done():
            count += 1
            threads(1 + count % 4)
            time.sleep(0.0005)
    for results in running.result():
        for result, right in zip(results, expected, strict=True):
            np.testing.assert_array_equal(result, right)


def test_the_gil_is_released(threads):
    threads(1)
    shape, kernel_shape = (16, 56, 56, 64), (3, 3, 64, 64)
    geometry = conv_geometry.ConvGeometry(shape, kernel_shape, (1, 1), ((1, 1), (1, 1)), (1, 1), 1)
    x, kernel, y = np.ones(shape, np.float32), np.ones(kernel_shape, np.float32), fresh(geometry.output_shape)
    calls = {
        "forward": lambda: conv.conv(geometry, x, kernel, None, None, y),
        "input gradient": lambda: conv.conv_input_gradient(geometry, x, kernel, y),
        "kernel gradient": lambda: conv.conv_kernel_gradient(geometry, x, y, fresh(kernel_shape)),
    }
    y[...] = 1
    for name, call in calls.items():
        inside, woken = threading.Event(), 0

        def work(call=call, inside=inside):
            inside.set()
            call()

        worker = threading.Thread(target=work)
        worker.start()
        inside.wait()
        begin = time.perf_counter()
        while worker.is_alive():
            time.sleep(0.001)
            woken += 1
        # Holding the GIL, the call would let this thread run before and after it alone.
        assert woken >= 8, f"{name}: woken {woken} times in {time.perf_counter() - begin:.3f} s"
