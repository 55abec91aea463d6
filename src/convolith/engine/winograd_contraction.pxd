"""Contraction by Winograd's minimal filtering: the gradient of a convolution by its kernel."""

from convolith.engine.contraction cimport Contraction

# Whether a job is one for it, and pays.
cdef bint filters_kernel(const Contraction* job) noexcept nogil

# What `contract` does, for such a job.
cdef int contract_filtered(const Contraction* job, const float* a, const float* b, float* c) except -1 nogil

# Bytes of working memory that it takes, with the threads of now.
cdef size_t kernel_filtering_scratch(const Contraction* job) noexcept nogil
