"""Correlation by Winograd's minimal filtering: convolution and its gradient by the input."""

from convolith.engine.correlation cimport Correlation
from convolith.engine.dispatch cimport real

# Whether a job is one for it, and pays.
cdef bint filters(const Correlation* job) noexcept nogil

# What `correlate` does, for such a job.
cdef int correlate_filtered(const Correlation* job, const real* a, const real* kernel, const real* bias, bint relu,
                            real* c) except -1 nogil
