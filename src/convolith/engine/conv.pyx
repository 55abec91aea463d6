"""Convolution of images (n, h, w, ci) with a kernel (h, w, ci / groups, co), and its gradients."""

from convolith.engine.arrays cimport FLOAT32, elements, kind_of, rectified
from convolith.engine.contraction cimport Contraction, contract
from convolith.engine.correlation cimport Correlation, correlate
from convolith.engine.dispatch cimport f32
from convolith.engine.fold cimport Fold, fold_gradient
from convolith.engine.taps cimport Phase, phase_of


cdef class ConvGeometry:
    """Extents of one convolution, worked out once: what its three passes share.

    Args:
        input_shape: (n, h, w, ci).
        kernel_shape: (h, w, ci / groups, co).
        strides, dilation_rate: (vertical, horizontal), at least 1.
        padding: ((top, bottom), (left, right)) zeros around each image, at least 0.
        groups: divides ci and co.

    Raises:
        ValueError: the kernel does not fit into the padded image, or an extent but the number of images is 0.
    """

    cdef readonly ptrdiff_t n, h, w, ci, co, kernel_h, kernel_w, out_h, out_w, groups
    cdef readonly ptrdiff_t stride_h, stride_w, dilation_h, dilation_w, top, left

    def __init__(self, input_shape, kernel_shape, strides, padding, dilation_rate, groups):
        self.n, self.h, self.w, self.ci = input_shape
        self.kernel_h, self.kernel_w, _, self.co = kernel_shape
        self.stride_h, self.stride_w = strides
        self.dilation_h, self.dilation_w = dilation_rate
        self.groups = groups
        (self.top, bottom), (self.left, right) = padding
        self.out_h = (self.h + self.top + bottom - (self.kernel_h - 1) * self.dilation_h - 1) // self.stride_h + 1
        self.out_w = (self.w + self.left + right - (self.kernel_w - 1) * self.dilation_w - 1) // self.stride_w + 1
        if min(self.h, self.w, self.ci, self.co, self.kernel_h, self.kernel_w) < 1:
            raise ValueError(f"convolution: expected extents of at least 1, got inputs {input_shape} and "
                             f"kernel {kernel_shape}")
        if self.out_h < 1 or self.out_w < 1:
            raise ValueError(f"convolution: kernel {kernel_shape} does not fit into inputs {input_shape} "
                             f"with padding {padding}")

    @property
    def output_shape(self):
        """(n, out_h, out_w, co)."""
        return self.n, self.out_h, self.out_w, self.co

    cdef Py_ssize_t input_size(self) noexcept:
        return self.n * self.h * self.w * self.ci

    cdef Py_ssize_t kernel_size(self) noexcept:
        return self.kernel_h * self.kernel_w * (self.ci // self.groups) * self.co

    cdef Py_ssize_t output_size(self) noexcept:
        return self.n * self.out_h * self.out_w * self.co


def conv(ConvGeometry geometry not None, inputs, kernel, bias, activation, out):
    """Write the convolution of `inputs` with `kernel` into `out`.

    Args:
        geometry: of this convolution.
        inputs: (n, h, w, ci).
        kernel: (h, w, ci / groups, co).
        bias: (co,) or None.
        activation: "relu" or None.
        out: geometry.output_shape; overlaps no other argument.
    """
    cdef int kind = kind_of(inputs)
    cdef void* x = elements(inputs, kind, geometry.input_size())
    cdef void* k = elements(kernel, kind, geometry.kernel_size())
    cdef void* shift = elements(bias, kind, geometry.co)
    cdef void* y = elements(out, kind, geometry.output_size(), True)
    cdef bint relu = rectified(activation)
    cdef Correlation job = forward_job(geometry)
    if geometry.output_size() == 0:
        return
    with nogil:
        if kind == FLOAT32:
            correlate(&job, <const float*>x, <const float*>k, <const float*>shift, relu, <float*>y)
        else:
            correlate(&job, <const double*>x, <const double*>k, <const double*>shift, relu, <double*>y)


cdef Correlation forward_job(ConvGeometry g):
    cdef Correlation job
    job.groups, job.images, job.depth, job.columns = g.groups, g.n, g.ci // g.groups, g.co // g.groups
    job.a_height, job.a_width, job.a_pixel = g.h, g.w, g.ci
    job.a_row, job.a_image = g.w * g.ci, g.h * g.w * g.ci
    job.stride_y, job.stride_x, job.before_y, job.before_x = g.stride_h, g.stride_w, g.top, g.left
    job.taps_y, job.taps_x, job.dilation_y, job.dilation_x = g.kernel_h, g.kernel_w, g.dilation_h, g.dilation_w
    job.b_begin, job.b_group, job.b_depth, job.b_column = 0, job.columns, g.co, 1
    job.b_tap_x = job.depth * g.co
    job.b_tap_y = g.kernel_w * job.b_tap_x
    job.c_height, job.c_width, job.c_pixel = g.out_h, g.out_w, g.co
    job.c_row, job.c_image = g.out_w * g.co, g.out_h * g.out_w * g.co
    return job


def conv_input_gradient(ConvGeometry geometry not None, upstream, kernel, out):
    """Write the gradient by the input into `out`: with few channels all taps of a pixel at once, folded; else the
    correlation of `upstream` with the kernel turned, a phase of the stride at a time.

    Args:
        geometry: of the convolution.
        upstream: geometry.output_shape.
        kernel: (h, w, ci / groups, co).
        out: (n, h, w, ci); overlaps no other argument.
    """
    cdef ConvGeometry g = geometry
    cdef int kind = kind_of(upstream)
    cdef void* dy = elements(upstream, kind, g.output_size())
    cdef void* k = elements(kernel, kind, g.kernel_size())
    cdef void* dx = elements(out, kind, g.input_size(), True)
    if g.input_size() == 0:
        return
    if g.ci // g.groups < f32.lanes:
        fold_into(g, kind, dy, k, dx)
    else:
        correlate_into(g, kind, dy, k, dx, out)


cdef int fold_into(ConvGeometry g, int kind, void* dy, void* k, void* dx) except -1:
    cdef Fold job
    job.groups, job.images, job.height, job.width, job.channels = g.groups, g.n, g.h, g.w, g.ci // g.groups
    job.out_height, job.out_width, job.depth = g.out_h, g.out_w, g.co // g.groups
    job.taps_y, job.taps_x, job.stride_y, job.stride_x = g.kernel_h, g.kernel_w, g.stride_h, g.stride_w
    job.dilation_y, job.dilation_x, job.before_y, job.before_x = g.dilation_h, g.dilation_w, g.top, g.left
    with nogil:
        if kind == FLOAT32:
            fold_gradient(&job, <const float*>dy, <const float*>k, <float*>dx)
        else:
            fold_gradient(&job, <const double*>dy, <const double*>k, <double*>dx)
    return 0


cdef int correlate_into(ConvGeometry g, int kind, void* dy, void* k, void* dx, out) except -1:
    cdef Correlation job
    cdef Phase y, x
    cdef ptrdiff_t first, other, at
    cdef bint gaps = False
    for first in range(min(g.stride_h, g.h)):
        gaps |= phase_of(first, g.h, g.kernel_h, g.stride_h, g.dilation_h, g.top).taps == 0
    for first in range(min(g.stride_w, g.w)):
        gaps |= phase_of(first, g.w, g.kernel_w, g.stride_w, g.dilation_w, g.left).taps == 0
    if gaps:
        out[...] = 0
    job.groups, job.images, job.depth, job.columns = g.groups, g.n, g.co // g.groups, g.ci // g.groups
    job.a_height, job.a_width, job.a_pixel = g.out_h, g.out_w, g.co
    job.a_row, job.a_image = g.out_w * g.co, g.out_h * g.out_w * g.co
    job.stride_y = job.stride_x = 1
    job.b_group, job.b_depth, job.b_column = job.depth, 1, g.co
    job.c_row, job.c_pixel, job.c_image = g.stride_h * g.w * g.ci, g.stride_w * g.ci, g.h * g.w * g.ci
    for first in range(min(g.stride_h, g.h)):
        y = phase_of(first, g.h, g.kernel_h, g.stride_h, g.dilation_h, g.top)
        for other in range(min(g.stride_w, g.w)):
            x = phase_of(other, g.w, g.kernel_w, g.stride_w, g.dilation_w, g.left)
            if not (y.taps and x.taps):
                continue
            job.before_y, job.before_x, job.taps_y, job.taps_x = y.before, x.before, y.taps, x.taps
            job.dilation_y, job.dilation_x, job.c_height, job.c_width = y.dilation, x.dilation, y.positions, x.positions
            job.b_tap_x = -x.tap_step * job.columns * g.co
            job.b_tap_y = -y.tap_step * g.kernel_w * job.columns * g.co
            job.b_begin = (y.last_tap * g.kernel_w + x.last_tap) * job.columns * g.co
            at = (y.first * g.w + x.first) * g.ci
            with nogil:
                if kind == FLOAT32:
                    correlate(&job, <const float*>dy, <const float*>k, <const float*>NULL, False, <float*>dx + at)
                else:
                    correlate(&job, <const double*>dy, <const double*>k, <const double*>NULL, False, <double*>dx + at)
    return 0


def conv_kernel_gradient(ConvGeometry geometry not None, inputs, upstream, out):
    """Write the gradient by the kernel into `out`: the contraction of `inputs` with `upstream` over images and pixels.

    Args:
        geometry: of the convolution.
        inputs: (n, h, w, ci).
        upstream: geometry.output_shape.
        out: (h, w, ci / groups, co); overlaps no other argument.
    """
    cdef ConvGeometry g = geometry
    cdef int kind = kind_of(inputs)
    cdef void* x = elements(inputs, kind, g.input_size())
    cdef void* dy = elements(upstream, kind, g.output_size())
    cdef void* dk = elements(out, kind, g.kernel_size(), True)
    cdef Contraction job
    if g.n == 0:
        out[...] = 0
        return
    job.groups, job.images, job.rows, job.columns = g.groups, g.n, g.ci // g.groups, g.co // g.groups
    job.a_height, job.a_width, job.b_height, job.b_width = g.h, g.w, g.out_h, g.out_w
    job.stride_y, job.stride_x, job.before_y, job.before_x = g.stride_h, g.stride_w, g.top, g.left
    job.taps_y, job.taps_x, job.dilation_y, job.dilation_x = g.kernel_h, g.kernel_w, g.dilation_h, g.dilation_w
    with nogil:
        if kind == FLOAT32:
            contract(&job, <const float*>x, <const float*>dy, <float*>dk)
        else:
            contract(&job, <const double*>x, <const double*>dy, <double*>dk)
