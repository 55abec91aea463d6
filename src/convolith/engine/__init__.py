"""The engine: OpenMP loops in Cython around the micro-kernels of csrc. Functions write into arrays that callers own.

Every array is C-contiguous, aligned and in native byte order, float32 or (all of a call's arrays) float64; `ops` sees
to that, and words the errors. Images are (n, h, w, c), kernels (h, w, ci / groups, co).
"""

import os

# How long a team spins after a region before it sleeps. On a virtual machine to wake it takes 200 us, as long as many a
# region; but as long as it spins it stands in the way of every other team in the process (torch's, say): by default for
# 4 ms, by this number for 0.2 to 0.6 ms. The runtime reads its environment once, when it is loaded, which is now.
_spin = "GOMP_SPINCOUNT"
_ours = _spin not in os.environ and "OMP_WAIT_POLICY" not in os.environ
if _ours:
    os.environ[_spin] = "10000"
try:
    from . import threads as threads
finally:
    if _ours:
        del os.environ[_spin]
