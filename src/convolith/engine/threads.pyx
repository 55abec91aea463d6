"""How many threads a parallel region gets, and why that many.

The default is the number of cores that the process may use: its affinity, cut by the quota of its cgroup. Nothing here
changes the process's OpenMP settings; whoever lowers them (threadpoolctl, say) is respected.
"""

import os

from convolith.engine.cores import usable_cores

cdef extern from "openmp.h":
    const int CONVOLITH_OPENMP

# Below this many multiply-adds (or elements moved) a second thread costs more than it saves.
cdef double OPERATIONS_PER_THREAD = 60e3

cdef int threads = 1           # what was asked for, or the default
cdef int process_limit = 1     # OpenMP's own number when this module was loaded
cdef bint orphaned = False     # in a forked child: OpenMP's threads, ours or another library's, did not come along
reason = "default"


cdef int threads_for(double operations) noexcept nogil:
    """Threads for a region of so many operations: at least 1, at most the number that is set."""
    cdef int limit, count = threads
    if count == 1 or orphaned or operations < 2 * OPERATIONS_PER_THREAD:
        return 1
    limit = omp_get_max_threads()
    if limit < process_limit and limit < count:
        count = limit
    if operations < count * OPERATIONS_PER_THREAD:
        count = <int>(operations / OPERATIONS_PER_THREAD)
    return count


cdef void forked() noexcept nogil:
    global orphaned
    orphaned = True


def has_openmp():
    """Whether the engine was built with OpenMP."""
    return bool(CONVOLITH_OPENMP)


def get_num_threads():
    """Number of threads that the engine uses for large work.

    Example:
        >>> import convolith
        >>> convolith.set_num_threads(2)
        >>> convolith.get_num_threads() <= 2
        True
    """
    return 1 if orphaned else threads


def set_num_threads(n):
    """Set the number of threads that the engine uses for large work; results do not depend on it.

    Args:
        n: a positive integer. Without OpenMP in the build the number stays 1.

    Raises:
        TypeError: `n` is not an integer.
        ValueError: `n` is less than 1 or greater than 1024.
    """
    set_threads(n, "set_num_threads()")


def work_alone():
    """Let the engine use one thread for what the calling thread asks of it, and for nobody else's work.

    For threads that share the cores among themselves: OpenMP keeps this setting for each thread that calls it.
    """
    omp_set_num_threads(1)


def num_threads_reason():
    """Why `get_num_threads()` is what it is."""
    if not CONVOLITH_OPENMP:
        return "built without OpenMP"
    return "forked child, where OpenMP's threads are missing" if orphaned else reason


def set_threads(n, why):
    global threads, reason
    if isinstance(n, bool) or not hasattr(n, "__index__"):
        raise TypeError(f"{why}: expected an integer number of threads, got {n!r}")
    n = n.__index__()
    if not 1 <= n <= 1024:
        raise ValueError(f"{why}: expected 1 to 1024 threads, got {n}")
    threads = n if CONVOLITH_OPENMP else 1
    reason = why


def default_threads():
    """The cores that the process may use, or OpenMP's own number where that is less, and why."""
    count, why = usable_cores()
    if CONVOLITH_OPENMP and omp_get_max_threads() < count:
        count, why = omp_get_max_threads(), "OpenMP's setting (OMP_NUM_THREADS)"
    return min(count, 1024), why


def start():
    """Take the environment's number of threads, or the default. Called once, when the module is loaded."""
    global process_limit
    process_limit = omp_get_max_threads()
    asked = os.environ.get("CONVOLITH_NUM_THREADS", "")
    if not asked:
        set_threads(*default_threads())
        return
    try:
        set_threads(int(asked), "CONVOLITH_NUM_THREADS")
    except ValueError:
        raise ImportError(
            f"CONVOLITH_NUM_THREADS: expected a whole number from 1 to 1024, got {asked!r}"
        ) from None


convolith_at_fork(NULL, NULL, forked)
start()
