"""After a fork both processes compute; neither hangs."""

from __future__ import annotations

import os

import pytest

from tests.engine.fresh import output

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork"),
]

# In each program a child that hangs is ended by its alarm, so the exit code shows it.
CHILD = """
import signal, warnings
warnings.simplefilter("ignore")  # CPython warns of fork in a process with threads: that is what is tested

def child_computes(conv, expected):
    pid = os.fork()
    if pid == 0:
        signal.alarm(20)
        os._exit(0 if np.array_equal(conv(), expected) else 3)
    return os.waitpid(pid, 0)[1]
"""


def check(code: str) -> None:
    assert output(CHILD + code, CONVOLITH_NUM_THREADS="2") == "ok"


def test_after_a_region():
    check("""
conv = setup()
expected = conv()
for _ in range(3):
    assert child_computes(conv, expected) == 0
    assert np.array_equal(conv(), expected)
print("ok")
""")


def test_before_any_region():
    check("""
conv = setup()
pid = os.fork()
if pid == 0:
    signal.alarm(20)
    conv()
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
assert child_computes(conv, conv()) == 0
print("ok")
""")


def test_a_child_of_a_child():
    check("""
conv = setup()
expected = conv()
pid = os.fork()
if pid == 0:
    signal.alarm(40)
    os._exit(child_computes(conv, expected) or not np.array_equal(conv(), expected))
assert os.waitpid(pid, 0)[1] == 0
print("ok")
""")


def test_while_another_thread_computes():
    """The lock of the working memory may be held, and its blocks taken, at the moment of the fork."""
    check("""
conv = setup()
expected = conv()
done = threading.Event()
def work():
    while not done.is_set():
        conv()
others = [threading.Thread(target=work) for _ in range(2)]
for other in others:
    other.start()
statuses = [child_computes(conv, expected) for _ in range(40)]
done.set()
for other in others:
    other.join()
assert not any(statuses), statuses
print("ok")
""")


def test_while_other_threads_take_working_memory():
    """Calls so short that the lock is held for a good part of the time."""
    check("""
conv = setup()
from convolith.engine import activation
rows, sums = np.ones((4, 4), np.float32), [np.empty(4, np.float32) for _ in range(4)]
done = threading.Event()
def work(index):
    while not done.is_set():
        activation.sum_rows(rows, sums[index])
others = [threading.Thread(target=work, args=[index]) for index in range(3)]
for other in others:
    other.start()
def short():
    activation.sum_rows(rows, sums[3])
    return sums[3]
statuses = [child_computes(short, [4, 4, 4, 4]) for _ in range(200)]
done.set()
for other in others:
    other.join()
assert not any(statuses), statuses
print("ok")
""")


def test_after_another_librarys_region():
    """Whoever shares the OpenMP runtime may have left a team behind."""
    check("""
import ctypes
try:
    parallel = ctypes.CDLL("libgomp.so.1").GOMP_parallel
except OSError:
    parallel = None  # another runtime than libgomp: no team of ours to leave
body = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(lambda data: None)
conv = setup()
if parallel is not None:
    parallel(body, None, 2, 0)
pid = os.fork()
if pid == 0:
    signal.alarm(20)
    conv()
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
print("ok")
""")


def test_multiprocessing():
    check("""
import multiprocessing
conv = setup()
expected = conv()
def work(index):
    signal.alarm(20)
    return np.array_equal(conv(), expected)
with multiprocessing.get_context("fork").Pool(3) as pool:
    assert all(pool.map(work, range(12)))
print("ok")
""")
