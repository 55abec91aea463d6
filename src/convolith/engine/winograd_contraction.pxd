"""Contraction by Winograd's minimal filtering: the gradient of a convolution by its kernel."""

from convolith.engine.contraction cimport Contraction
from convolith.engine.dispatch cimport real

# Whether a job is one for it, and pays.
cdef bint filters_kernel(const Contraction* job) noexcept nogil

# What `contract` does, for such a job.
cdef int contract_filtered(const Contraction* job, const real* a, const real* b, real* c) except -1 nogil
