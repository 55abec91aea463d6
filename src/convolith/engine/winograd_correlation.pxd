"""Correlation by Winograd's minimal filtering: convolution and its gradient by the input."""

from convolith.engine.correlation cimport Correlation

# Whether a job is one for it, and pays.
cdef bint filters(const Correlation* job) noexcept nogil

# Whether it pays even where the definition has its kernel packed beforehand.
cdef bint filters_packed(const Correlation* job) noexcept nogil

# What `correlate` does, for such a job.
cdef int correlate_filtered(const Correlation* job, const float* a, const float* kernel, const float* bias, bint relu,
                            float* c) except -1 nogil

# Bytes of working memory that it takes, with the threads of now.
cdef size_t filtering_scratch(const Correlation* job) noexcept nogil
