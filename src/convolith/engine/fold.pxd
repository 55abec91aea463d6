"""The gradient of a convolution by inputs of few channels: a product for all taps at once, folded into the image."""

from convolith.engine.dispatch cimport Vectors, real

# A convolution's extents; strides of the images are those of dense arrays.
cdef struct Fold:
    ptrdiff_t groups, images, slices, height, width, channels   # of the gradient; channels of a group
    ptrdiff_t out_slices, out_height, out_width, depth          # of the upstream gradient; its channels of a group
    ptrdiff_t taps_z, taps_y, taps_x, stride_z, stride_y, stride_x
    ptrdiff_t dilation_z, dilation_y, dilation_x, before_z, before_y, before_x

# gradient (images, slices, height, width, groups * channels) from upstream (images, out_slices, out_height, out_width,
# groups * depth) and kernel (taps_z, taps_y, taps_x, channels, groups * depth). bias: groups * channels elements that
# are added, or NULL; relu: gradient = max(gradient, 0) at the end. Overlaps nothing; raises MemoryError.
cdef int fold_gradient(const Fold* job, const real* upstream, const real* kernel, const real* bias, bint relu,
                       real* gradient) except -1 nogil

# Bytes of working memory that it takes, with the threads of now.
cdef size_t fold_scratch(const Fold* job, Vectors vectors) noexcept nogil
