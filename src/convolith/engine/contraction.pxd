"""Contraction of two sets of images over their pixels: a kernel's gradient, of convolution and of dense layers."""

from convolith.engine.dispatch cimport Vectors, real

# C[tap_z, tap_y, tap_x, m, n] = sum over image, z, y, x of
#     A[image, z * stride_z - before_z + tap_z * dilation_z, y * stride_y - before_y + tap_y * dilation_y,
#       x * stride_x - before_x + tap_x * dilation_x, m]
#     * B[image, z, y, x, n]
# with zero outside of A. Counts and strides are in elements; images, slices, rows and pixels of A and B lie one after
# the other, a pixel's channels too; C is (taps_z, taps_y, taps_x, rows, groups * columns). Images of two dimensions
# have one slice.
cdef struct Contraction:
    ptrdiff_t groups, images
    ptrdiff_t a_slices, a_height, a_width, rows     # rows: channels of A in a group
    ptrdiff_t stride_z, stride_y, stride_x, before_z, before_y, before_x
    ptrdiff_t taps_z, taps_y, taps_x, dilation_z, dilation_y, dilation_x
    ptrdiff_t b_slices, b_height, b_width, columns  # columns: channels of B in a group

# Runs a contraction: C is written whole, and overlaps nothing that is read. Needs at least one image, pixel, tap and
# channel. Raises MemoryError.
cdef int contract(const Contraction* job, const real* a, const real* b, real* c) except -1 nogil

# Bytes of working memory that it takes, with the threads of now.
cdef size_t contraction_scratch(const Contraction* job, Vectors vectors) noexcept nogil
