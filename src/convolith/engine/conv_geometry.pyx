"""A convolution's extents, and its passes as jobs for the engine's loops.

Images of one or two dimensions are volumes whose first extents are 1.
"""

from convolith.engine.contraction cimport Contraction
from convolith.engine.correlation cimport Correlation
from convolith.engine.dispatch cimport f32
from convolith.engine.fold cimport Fold
from convolith.engine.grouped cimport Grouped
from convolith.engine.taps cimport Phase, phase_of
from convolith.engine.winograd_correlation cimport filters

cdef enum:
    FEW_CHANNELS = 16         # fewer leave lanes of the longest vectors idle
    IMAGE_CHANNELS = 4        # at most, where results are joined: with more, looking for infinities costs too much
    IN_FLIGHT = 8             # multiply-adds that a core begins before the first is done
    AROUND = 100              # multiply-adds in whose time a tile is begun and stored

cdef double CHEAPER = 1.2     # times as cheap must results be to be joined

cdef class ConvGeometry:
    """Extents of one convolution, worked out once: what its three passes share.

    Where windows lie side by side and cover a row, the `joined_w` pixels that a window has of it count as one pixel of
    as many times the channels, under a kernel of width 1: kernel and images lie in memory as if they were that. Where
    they cover columns so, the gradient by the input gives the `joined_h` rows of a window at once.

    Args:
        input_shape: (n, w, ci), (n, h, w, ci) or (n, d, h, w, ci).
        kernel_shape: (w, ci / groups, co), with h and d before them likewise.
        strides, dilation_rate: one a dimension, at least 1.
        padding: (before, after) a dimension: zeros around each image, at least 0.
        groups: divides ci and co.

    Raises:
        ValueError: the kernel does not fit into the padded image, or an extent but the number of images is 0.
    """

    def __init__(self, input_shape, kernel_shape, strides, padding, dilation_rate, groups):
        one = (1,) * (5 - len(input_shape))
        self.n, *size, self.ci = input_shape
        self.d, self.h, self.w = one + tuple(size)
        *window, _, self.co = kernel_shape
        self.kernel_d, self.kernel_h, self.kernel_w = one + tuple(window)
        self.stride_d, self.stride_h, self.stride_w = one + tuple(strides)
        self.dilation_d, self.dilation_h, self.dilation_w = one + tuple(dilation_rate)
        self.groups = groups
        (self.front, back), (self.top, bottom), (self.left, right) = ((0, 0),) * len(one) + tuple(padding)
        self.out_d = (self.d + self.front + back - (self.kernel_d - 1) * self.dilation_d - 1) // self.stride_d + 1
        self.out_h = (self.h + self.top + bottom - (self.kernel_h - 1) * self.dilation_h - 1) // self.stride_h + 1
        self.out_w = (self.w + self.left + right - (self.kernel_w - 1) * self.dilation_w - 1) // self.stride_w + 1
        if min(*input_shape[1:], *window, self.co) < 1:
            raise ValueError(f"convolution: expected extents of at least 1, got inputs {input_shape} and "
                             f"kernel {kernel_shape}")
        if min(self.out_d, self.out_h, self.out_w) < 1:
            raise ValueError(f"convolution: kernel {kernel_shape} does not fit into inputs {input_shape} "
                             f"with padding {padding}")
        self.output_shape = (self.n, *(self.out_d, self.out_h, self.out_w)[len(one):], self.co)
        self.joined_h = self.joined_w = 1
        if groups == 1 and self.top == 0 and self.kernel_h == self.stride_h and self.h == self.out_h * self.kernel_h:
            self.joined_h = self.kernel_h if self.dilation_h == 1 else 1
        if (groups == 1 and self.left == 0 and self.kernel_w == self.stride_w and self.dilation_w == 1
                and self.w == self.out_w * self.kernel_w and self.ci * self.kernel_w >= FEW_CHANNELS):
            self.joined_w, self.w, self.ci = self.kernel_w, self.out_w, self.ci * self.kernel_w
            self.kernel_w = self.stride_w = 1

    cdef Py_ssize_t input_size(self) noexcept nogil:
        return self.n * self.d * self.h * self.w * self.ci

    cdef Py_ssize_t kernel_size(self) noexcept nogil:
        return self.kernel_d * self.kernel_h * self.kernel_w * (self.ci // self.groups) * self.co

    cdef Py_ssize_t output_size(self) noexcept nogil:
        return self.n * self.out_d * self.out_h * self.out_w * self.co


cdef Grouped grouped_job(ConvGeometry g) noexcept nogil:
    """The convolution of images; of volumes one of no groups."""
    cdef Grouped job
    job.n, job.h, job.w, job.out_h, job.out_w, job.groups = g.n, g.h, g.w, g.out_h, g.out_w, g.groups
    job.depth, job.columns, job.taps_h, job.taps_w = g.ci // g.groups, g.co // g.groups, g.kernel_h, g.kernel_w
    job.stride_h, job.stride_w, job.dilation_h, job.dilation_w = g.stride_h, g.stride_w, g.dilation_h, g.dilation_w
    job.top, job.left = g.top, g.left
    if g.d > 1 or g.out_d > 1 or g.kernel_d > 1 or g.front:  # one slice may lie in the zeros before the volume
        job.groups = 1
    return job


cdef Correlation forward_job(ConvGeometry g) noexcept nogil:
    cdef Correlation job
    job.accumulate = False
    job.groups, job.images, job.depth, job.columns = g.groups, g.n, g.ci // g.groups, g.co // g.groups
    job.a_group, job.c_group, job.repeats, job.shift = job.depth, job.columns, 1, 0
    job.a_slices, job.a_height, job.a_width, job.a_pixel = g.d, g.h, g.w, g.ci
    job.a_row = g.w * job.a_pixel
    job.a_slice = g.h * job.a_row
    job.a_image = g.d * job.a_slice
    job.stride_z, job.stride_y, job.stride_x = g.stride_d, g.stride_h, g.stride_w
    job.before_z, job.before_y, job.before_x = g.front, g.top, g.left
    job.taps_z, job.taps_y, job.taps_x = g.kernel_d, g.kernel_h, g.kernel_w
    job.dilation_z, job.dilation_y, job.dilation_x = g.dilation_d, g.dilation_h, g.dilation_w
    job.b_begin, job.b_group, job.b_depth, job.b_column = 0, job.columns, g.co, 1
    job.b_tap_x = job.depth * g.co
    job.b_tap_y = g.kernel_w * job.b_tap_x
    job.b_tap_z = g.kernel_h * job.b_tap_y
    job.c_slices, job.c_height, job.c_width, job.c_pixel = g.out_d, g.out_h, g.out_w, g.co
    job.c_row = g.out_w * job.c_pixel
    job.c_slice = g.out_h * job.c_row
    job.c_image = g.out_d * job.c_slice
    return job


cdef bint joins(ConvGeometry g) noexcept nogil:
    cdef Correlation job
    if neighbours(g) == 1:
        return False
    job = forward_job(g)
    return not filters(&job)


cdef Correlation joint_job(ConvGeometry g) noexcept nogil:
    cdef Correlation job = forward_job(g)
    cdef ptrdiff_t results = neighbours(g)
    job.repeats, job.shift = results, job.stride_x
    job.taps_x += (results - 1) * job.stride_x
    job.stride_x *= results
    job.columns *= results
    job.c_pixel *= results
    job.c_width //= results
    return job


cdef inline ptrdiff_t neighbours(ConvGeometry g) noexcept nogil:
    """How many results of a row are best computed as one of so many times the channels, where these fill no panel.

    They share a window of more taps, of which each has its own beside zeros.
    """
    cdef ptrdiff_t some, best = 1
    if g.groups > 1 or g.ci > IMAGE_CHANNELS or g.dilation_w > 1:
        return 1
    for some in range(2, f32.panel // g.co + 1):
        if g.out_w % some == 0 and cost_of_joining(g, some) < cost_of_joining(g, best):
            best = some
    return best if CHEAPER * cost_of_joining(g, best) < cost_of_joining(g, 1) else 1


cdef inline double cost_of_joining(ConvGeometry g, ptrdiff_t results) noexcept nogil:
    """Of a register tile for each of its results: the multiply-adds in whose time it is done."""
    cdef ptrdiff_t taps = g.kernel_h * (g.kernel_w + (results - 1) * g.stride_w), vectors
    vectors = 1 if results * g.co <= f32.lanes else 2
    return <double>(taps * g.ci * max(2 * f32.segment_rows * vectors, IN_FLIGHT) + AROUND) / results


cdef Fold fold_job(ConvGeometry g) noexcept nogil:
    cdef Fold job
    job.groups, job.images, job.channels, job.depth = g.groups, g.n, g.ci // g.groups, g.co // g.groups
    job.slices, job.height, job.width = g.d, g.h, g.w
    job.out_slices, job.out_height, job.out_width = g.out_d, g.out_h, g.out_w
    job.taps_z, job.taps_y, job.taps_x = g.kernel_d, g.kernel_h, g.kernel_w
    job.stride_z, job.stride_y, job.stride_x = g.stride_d, g.stride_h, g.stride_w
    job.dilation_z, job.dilation_y, job.dilation_x = g.dilation_d, g.dilation_h, g.dilation_w
    job.before_z, job.before_y, job.before_x = g.front, g.top, g.left
    return job


cdef ptrdiff_t phases_in(ConvGeometry g) noexcept nogil:
    """The phases of the strides, of which an axis has no more than pixels."""
    return min(g.stride_d, g.d) * phase_rows(g) * min(g.stride_w, g.w)


cdef inline ptrdiff_t phase_rows(ConvGeometry g) noexcept nogil:
    """The phases of rows; where one correlation gives them all they count as one."""
    return 1 if g.joined_h > 1 else min(g.stride_h, g.h)


cdef ptrdiff_t first_of(ConvGeometry g, ptrdiff_t phase) noexcept nogil:
    """The first element of the gradient's pixels of a phase."""
    cdef ptrdiff_t rows = phase_rows(g), columns = min(g.stride_w, g.w)
    return ((phase // (rows * columns) * g.h + phase // columns % rows) * g.w + phase % columns) * g.ci


cdef Correlation phase_job(ConvGeometry g, ptrdiff_t phase) noexcept nogil:
    """The correlation that gives the pixels of one phase of the strides; of no images, where nothing reaches them."""
    cdef Correlation job
    cdef ptrdiff_t rows = phase_rows(g), columns = min(g.stride_w, g.w)
    cdef ptrdiff_t deep = phase // (rows * columns), down = phase // columns % rows, across = phase % columns
    cdef Phase z = phase_of(deep, g.d, g.kernel_d, g.stride_d, g.dilation_d, g.front)
    cdef Phase y = phase_of(down, g.h, g.kernel_h, g.stride_h, g.dilation_h, g.top)
    cdef Phase x = phase_of(across, g.w, g.kernel_w, g.stride_w, g.dilation_w, g.left)
    cdef bint reached = z.taps and y.taps and x.taps
    job.accumulate = False
    job.groups, job.images, job.depth, job.columns = g.groups, g.n if reached else 0, g.co // g.groups, g.ci // g.groups
    job.a_slices, job.a_height, job.a_width, job.a_pixel = g.out_d, g.out_h, g.out_w, g.co
    job.a_row = g.out_w * job.a_pixel
    job.a_slice = g.out_h * job.a_row
    job.a_image = g.out_d * job.a_slice
    job.stride_z = job.stride_y = job.stride_x = 1
    job.before_z, job.before_y, job.before_x = z.before, y.before, x.before
    job.taps_z, job.taps_y, job.taps_x = z.taps, y.taps, x.taps
    job.dilation_z, job.dilation_y, job.dilation_x = z.dilation, y.dilation, x.dilation
    job.a_group, job.b_group, job.c_group, job.repeats = job.depth, job.depth, job.columns, g.joined_h * g.joined_w
    job.shift = 0
    if g.joined_h > 1:
        job.groups, job.a_group = g.joined_h, 0
        job.b_group, job.c_group = g.kernel_w * g.ci * g.co, g.w * g.ci
    job.b_depth, job.b_column = 1, g.co
    job.b_tap_x = -x.tap_step * job.columns * g.co
    job.b_tap_y = -y.tap_step * g.kernel_w * job.columns * g.co
    job.b_tap_z = -z.tap_step * g.kernel_h * g.kernel_w * job.columns * g.co
    job.b_begin = ((z.last_tap * g.kernel_h + y.last_tap) * g.kernel_w + x.last_tap) * job.columns * g.co
    job.c_slices, job.c_height, job.c_width = z.positions, y.positions, x.positions
    job.c_image, job.c_slice = g.d * g.h * g.w * g.ci, g.stride_d * g.h * g.w * g.ci
    job.c_row, job.c_pixel = g.stride_h * g.w * g.ci, g.stride_w * g.ci
    return job


cdef Contraction contraction_job(ConvGeometry g) noexcept nogil:
    cdef Contraction job
    job.groups, job.images, job.rows, job.columns = g.groups, g.n, g.ci // g.groups, g.co // g.groups
    job.a_slices, job.a_height, job.a_width = g.d, g.h, g.w
    job.b_slices, job.b_height, job.b_width = g.out_d, g.out_h, g.out_w
    job.stride_z, job.stride_y, job.stride_x = g.stride_d, g.stride_h, g.stride_w
    job.before_z, job.before_y, job.before_x = g.front, g.top, g.left
    job.taps_z, job.taps_y, job.taps_x = g.kernel_d, g.kernel_h, g.kernel_w
    job.dilation_z, job.dilation_y, job.dilation_x = g.dilation_d, g.dilation_h, g.dilation_w
    return job
