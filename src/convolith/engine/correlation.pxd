"""Correlation of images with a kernel: what convolution, its gradient by the input, and dense layers reduce to."""

from convolith.engine.dispatch cimport Vectors, real

# C[image, z, y, x, n] = epilogue(sum over tap_z, tap_y, tap_x, k of
#     A[image, z * stride_z - before_z + tap_z * dilation_z, y * stride_y - before_y + tap_y * dilation_y,
#       x * stride_x - before_x + tap_x * dilation_x, k]
#     * B[tap_z, tap_y, tap_x, k, n])
# with zero outside of A. All counts and strides are in elements; a channel of A and C lies beside the next. Images of
# two dimensions have one slice. Groups are a_group, b_group and c_group elements apart.
cdef struct Correlation:
    ptrdiff_t groups, images, a_group, c_group
    # The columns are so many times the kernel's, each time `shift` taps further along x, of `taps_x` with zeros around.
    ptrdiff_t repeats, shift
    # A, with `depth` channels in a group
    ptrdiff_t a_slices, a_height, a_width, a_image, a_slice, a_row, a_pixel, depth
    ptrdiff_t stride_z, stride_y, stride_x, before_z, before_y, before_x
    # B, at kernel + b_begin; strides may be negative
    ptrdiff_t taps_z, taps_y, taps_x, dilation_z, dilation_y, dilation_x
    ptrdiff_t b_begin, b_group, b_tap_z, b_tap_y, b_tap_x, b_depth, b_column
    # C, with `columns` channels in a group
    ptrdiff_t c_slices, c_height, c_width, c_image, c_slice, c_row, c_pixel, columns
    bint accumulate           # whether to add to what C holds

# Runs a correlation: C is written whole, or added to. bias: groups * columns / repeats elements, repeated so many
# times, or NULL; relu: C = max(C, 0) at the end. C overlaps nothing that is read. Needs at least one image, pixel, tap
# and channel. Raises MemoryError.
cdef int correlate(const Correlation* job, const real* a, const real* kernel, const real* bias, bint relu,
                   real* c) except -1 nogil

# Bytes of working memory that `correlate` takes (`correlate_packed`, with `packed`), with the threads of now.
cdef size_t correlation_scratch(const Correlation* job, bint packed, Vectors vectors) noexcept nogil

# The same in two parts, for a kernel that many calls share: its elements once packed for this instruction set, which
# only groups, taps, depth and columns decide; the packing; and the correlation with what was packed.
cdef ptrdiff_t packed_size(const Correlation* job, Vectors vectors) noexcept nogil
cdef void pack_kernel(const Correlation* job, const real* kernel, real* packed) noexcept nogil
cdef int correlate_packed(const Correlation* job, const real* a, const real* packed, const real* bias, bint relu,
                          real* c) except -1 nogil
