"""Grouped convolution of images with few channels a group, where a product a group would leave most lanes empty."""

from convolith.engine.dispatch cimport Vectors, real

# A convolution of n images (h, w, groups * depth) with a kernel (taps_h, taps_w, depth, groups * columns).
cdef struct Grouped:
    ptrdiff_t n, h, w, out_h, out_w, groups, depth, columns, taps_h, taps_w
    ptrdiff_t stride_h, stride_w, dilation_h, dilation_w, top, left

# Whether the functions below are the faster ones, and sum no more products in a chain than is exact.
cdef bint few_channels(const Grouped* g, Vectors vectors) noexcept nogil

# The results, with bias (groups * columns) or NULL, and relu if asked. Needs at least one image, as all here.
# Raises MemoryError, as all here.
cdef int grouped_conv(const Grouped* g, const real* x, const real* kernel, const real* bias, bint relu,
                      real* y) except -1 nogil

# The gradient by the input, with bias (groups * depth) or NULL, and relu if asked.
cdef int grouped_input_gradient(const Grouped* g, const real* dy, const real* kernel, const real* bias, bint relu,
                                real* dx) except -1 nogil

# The gradient by the kernel.
cdef int grouped_kernel_gradient(const Grouped* g, const real* x, const real* dy, real* dk) except -1 nogil

# Bytes of working memory that the first takes (the second, with `turned`), and the third, with the threads of now.
cdef size_t grouped_scratch(const Grouped* g, bint turned, Vectors vectors) noexcept nogil
cdef size_t grouped_kernel_scratch(const Grouped* g, Vectors vectors) noexcept nogil
