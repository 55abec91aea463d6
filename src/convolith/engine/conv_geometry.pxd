"""A convolution's extents, and its passes as jobs for the engine's loops."""

from convolith.engine.contraction cimport Contraction
from convolith.engine.correlation cimport Correlation
from convolith.engine.fold cimport Fold
from convolith.engine.grouped cimport Grouped

cdef class ConvGeometry:
    cdef readonly tuple output_shape
    cdef readonly ptrdiff_t n, d, h, w, ci, co, kernel_d, kernel_h, kernel_w, out_d, out_h, out_w, groups
    cdef readonly ptrdiff_t joined_h, joined_w
    cdef readonly ptrdiff_t stride_d, stride_h, stride_w, dilation_d, dilation_h, dilation_w, front, top, left

    cdef Py_ssize_t input_size(self) noexcept nogil
    cdef Py_ssize_t kernel_size(self) noexcept nogil
    cdef Py_ssize_t output_size(self) noexcept nogil

cdef Grouped grouped_job(ConvGeometry g) noexcept nogil
cdef Correlation forward_job(ConvGeometry g) noexcept nogil

# Whether neighbouring results in float32 are computed together where all inputs are finite, as zeros take part in their
# sums; and the job that does it, which gives what forward_job's gives.
cdef bint joins(ConvGeometry g) noexcept nogil
cdef Correlation joint_job(ConvGeometry g) noexcept nogil

cdef Fold fold_job(ConvGeometry g) noexcept nogil
cdef ptrdiff_t phases_in(ConvGeometry g) noexcept nogil
cdef ptrdiff_t first_of(ConvGeometry g, ptrdiff_t phase) noexcept nogil
cdef Correlation phase_job(ConvGeometry g, ptrdiff_t phase) noexcept nogil
cdef Contraction contraction_job(ConvGeometry g) noexcept nogil
