"""Depthwise convolution of images (n, h, w, c) with a kernel (h, w, c, multiplier), and its gradients.

Everything is done in the result's channels, c * multiplier: with a multiplier above 1 the image's channels are repeated
on their way in, and the gradient's are added up on their way out.
"""

from cython.parallel cimport parallel, prange
from libc.string cimport memset

from convolith.engine.arrays cimport FLOAT32, elements, kind_of, rectified
from convolith.engine.call cimport done
from convolith.engine.depthwise_units cimport (
    REPEATED_ROWS, Cut, Extents, bytes_of, cut_of, parts_of, phases_bytes, repeated, repeated_bytes, row_of, threads_of,
)
from convolith.engine.dispatch cimport add, convolith_depthwise, denormals_flush, denormals_restore, f32, f64, real
from convolith.engine.scratch cimport acquire, release
from convolith.engine.taps cimport Phase, clip, phases_along
from convolith.engine.threads cimport omp_get_thread_num

cdef struct Pass:
    void* geometry            # a DepthwiseGeometry
    int kind
    bint relu
    const void* a
    const void* b
    const void* bias
    void* c


cdef class DepthwiseGeometry:
    """Extents of one depthwise convolution, worked out once: what its three passes share.

    Args:
        input_shape: (n, h, w, c).
        kernel_shape: (h, w, c, multiplier).
        strides, dilation_rate: (vertical, horizontal), at least 1.
        padding: ((top, bottom), (left, right)) zeros around each image, at least 0.

    Raises:
        ValueError: the kernel does not fit into the padded image, or an extent but the number of images is 0.
    """

    cdef Extents extents

    def __init__(self, input_shape, kernel_shape, strides, padding, dilation_rate):
        cdef Extents* g = &self.extents
        g.n, g.h, g.w, g.c = input_shape
        g.taps_h, g.taps_w, _, g.multiplier = kernel_shape
        g.channels = g.c * g.multiplier
        g.stride_h, g.stride_w = strides
        g.dilation_h, g.dilation_w = dilation_rate
        (g.top, bottom), (g.left, right) = padding
        g.out_h = (g.h + g.top + bottom - (g.taps_h - 1) * g.dilation_h - 1) // g.stride_h + 1
        g.out_w = (g.w + g.left + right - (g.taps_w - 1) * g.dilation_w - 1) // g.stride_w + 1
        if min(g.h, g.w, g.c, g.multiplier, g.taps_h, g.taps_w) < 1:
            raise ValueError(f"depthwise convolution: expected extents of at least 1, got inputs {input_shape} and "
                             f"kernel {kernel_shape}")
        if g.out_h < 1 or g.out_w < 1:
            raise ValueError(f"depthwise convolution: kernel {kernel_shape} does not fit into inputs {input_shape} "
                             f"with padding {padding}")
        g.input_size, g.output_size = g.n * g.h * g.w * g.c, g.n * g.out_h * g.out_w * g.channels
        g.kernel_size = g.taps_h * g.taps_w * g.channels

    @property
    def output_shape(self):
        """(n, out_h, out_w, c * multiplier)."""
        return self.extents.n, self.extents.out_h, self.extents.out_w, self.extents.channels


cdef inline void depthwise(const convolith_depthwise* row, const real* source, const real* kernel, const real* bias,
                           real* result) noexcept nogil:
    if real is float:
        f32.depthwise(row, source, kernel, bias, result)
    else:
        f64.depthwise(row, source, kernel, bias, result)


cdef inline void depthwise_gradient(const convolith_depthwise* row, const real* source, const real* upstream,
                                    real* gradient) noexcept nogil:
    if real is float:
        f32.depthwise_gradient(row, source, upstream, gradient)
    else:
        f64.depthwise_gradient(row, source, upstream, gradient)


cdef void sum_unit(const Extents* g, const Cut* cut, ptrdiff_t unit, const real* x, const real* kernel,
                   const real* bias, bint relu, real* y, real* scratch) noexcept nogil:
    cdef ptrdiff_t first = unit % cut.channel_blocks * cut.channels, slab = unit // cut.channel_blocks
    cdef ptrdiff_t image = slab // cut.row_blocks, begin = slab % cut.row_blocks * cut.rows, out, at, tap
    cdef convolith_depthwise row = row_of(g, min(cut.channels, g.channels - first))
    cdef const real* source = x
    row.relu = relu
    for out in range(begin, min(begin + cut.rows, g.out_h)):
        if (out - begin) % REPEATED_ROWS == 0:
            source = repeated(g, out, min(out + REPEATED_ROWS, g.out_h), x + image * g.h * g.w * g.c, scratch)
        at = out * g.stride_h - g.top
        row.taps_y = clip(&at, g.h, g.taps_h, g.dilation_h, &tap)
        depthwise(&row, source + at * g.w * g.channels + first,
                  kernel + tap * row.kernel_row + first, bias + first if bias != NULL else <const real*>NULL,
                  y + (image * g.out_h + out) * g.out_w * g.channels + first)


cdef void input_unit(const Extents* g, const Cut* cut, ptrdiff_t unit, const Phase* phases, const real* dy,
                     const real* kernel, real* dx, real* scratch) noexcept nogil:
    """Rows of the gradient by the input, each a phase of the stride's columns after the other.

    phases: of the rows, min(stride_h, h), and of the columns.
    """
    cdef ptrdiff_t first = unit % cut.channel_blocks * cut.channels, slab = unit // cut.channel_blocks
    cdef ptrdiff_t image = slab // cut.row_blocks, begin = slab % cut.row_blocks * cut.rows
    cdef ptrdiff_t position, column, at, tap, i, j
    cdef convolith_depthwise row = row_of(g, min(cut.channels, g.channels - first))
    cdef Phase y, x
    cdef const real* source
    cdef const real* turned
    cdef real* to
    row.width, row.stride, row.result_pixel = g.out_w, 1, g.stride_w * g.channels
    for position in range(begin, min(begin + cut.rows, g.h)):
        y = phases[position % g.stride_h]
        at = position // g.stride_h - y.before
        row.taps_y = clip(&at, g.out_h, y.taps, y.dilation, &tap)
        row.source_row, row.kernel_row = y.dilation * g.out_w * g.channels, -y.tap_step * g.taps_w * g.channels
        source = dy + (image * g.out_h + at) * g.out_w * g.channels + first
        to = scratch if g.multiplier > 1 else dx + (image * g.h + position) * g.w * g.c + first
        for column in range(min(g.stride_w, g.w)):
            x = phases[min(g.stride_h, g.h) + column]
            row.results, row.taps_x, row.first, row.dilation = x.positions, x.taps, -x.before, x.dilation
            row.kernel_tap = -x.tap_step * g.channels
            turned = kernel + ((y.last_tap - tap * y.tap_step) * g.taps_w + x.last_tap) * g.channels + first
            depthwise(&row, source, turned, <const real*>NULL, to + column * g.channels)
        if g.multiplier > 1:
            to = dx + (image * g.h + position) * g.w * g.c
            for i in range(g.w * g.c):
                to[i] = scratch[i * g.multiplier]
                for j in range(1, g.multiplier):
                    to[i] += scratch[i * g.multiplier + j]


cdef void kernel_unit(const Extents* g, ptrdiff_t begin, ptrdiff_t end, ptrdiff_t first, ptrdiff_t channels,
                      const real* x, const real* dy, real* dk, real* scratch) noexcept nogil:
    """What the rows from begin to end of all images' results, one after the other, give to some channels."""
    cdef ptrdiff_t index, out, tap, at, stop = begin
    cdef convolith_depthwise row = row_of(g, channels)
    cdef const real* source = x
    for tap in range(g.taps_h * g.taps_w):
        memset(dk + tap * g.channels + first, 0, channels * sizeof(real))
    for index in range(begin, end):
        out = index % g.out_h
        if index == stop:
            stop = index + min(REPEATED_ROWS, g.out_h - out, end - index)
            source = repeated(g, out, out + stop - index, x + index // g.out_h * g.h * g.w * g.c, scratch)
        at = out * g.stride_h - g.top
        row.taps_y = clip(&at, g.h, g.taps_h, g.dilation_h, &tap)
        depthwise_gradient(&row, source + at * g.w * g.channels + first,
                           dy + index * g.out_w * g.channels + first, dk + tap * row.kernel_row + first)


def depthwise_conv_scratch(DepthwiseGeometry geometry not None, direction, Py_ssize_t itemsize):
    """Bytes of working memory that a pass takes, with the threads of now.

    direction: "forward", "input_gradient" or "kernel_gradient".
    """
    cdef const Extents* g = &geometry.extents
    cdef Cut cut = cut_of(g, g.out_h, g.w, True, itemsize)
    if g.n == 0:
        return 0
    if direction == "kernel_gradient":
        return bytes_of(g, parts_of(g, &cut), threads_of(g), itemsize)
    return bytes_of(g, 1, threads_of(g), itemsize) + (phases_bytes(g) if direction == "input_gradient" else 0)


cdef int give_images(const Extents* g, bint gradient, const real* images, const real* kernel, const real* bias,
                     bint relu, real* out) except -1 nogil:
    """The results of the images or, with `gradient`, the gradient by the input of what comes from above."""
    cdef Cut cut = cut_of(g, g.h if gradient else g.out_h, g.out_w if gradient else g.w, False, sizeof(real))
    cdef int threads = threads_of(g)
    cdef size_t thread_bytes = repeated_bytes(g, sizeof(real))
    cdef size_t own_bytes = bytes_of(g, 1, threads, sizeof(real))
    cdef char* scratch = <char*>acquire(own_bytes + (phases_bytes(g) if gradient else 0))
    cdef Phase* phases = <Phase*>(scratch + own_bytes)
    cdef real* own
    cdef ptrdiff_t unit
    cdef unsigned mode = 0
    if gradient:
        phases_along(phases, g.h, g.taps_h, g.stride_h, g.dilation_h, g.top)
        phases_along(phases + min(g.stride_h, g.h), g.w, g.taps_w, g.stride_w, g.dilation_w, g.left)
    with parallel(num_threads=threads):
        mode = denormals_flush()
        for unit in prange(cut.units, schedule="dynamic"):
            own = <real*>(scratch + omp_get_thread_num() * thread_bytes)
            if gradient:
                input_unit(g, &cut, unit, phases, images, kernel, out, own)
            else:
                sum_unit(g, &cut, unit, images, kernel, bias, relu, out, own)
        denormals_restore(mode)
    release(scratch)
    return 0


cdef int gradient_by_kernel(const Extents* g, const real* x, const real* dy, real* dk) except -1 nogil:
    """Sums of parts of the images' rows, which are then added in order."""
    cdef Cut cut = cut_of(g, g.out_h, g.w, True, sizeof(real))
    cdef ptrdiff_t rows = g.n * g.out_h, parts = parts_of(g, &cut), unit, part, first
    cdef int threads = threads_of(g)
    cdef size_t thread_bytes = repeated_bytes(g, sizeof(real))
    cdef char* scratch = <char*>acquire(bytes_of(g, parts, threads, sizeof(real)))
    cdef real* sums = <real*>(scratch + threads * thread_bytes)
    cdef unsigned mode = 0
    with parallel(num_threads=threads):
        mode = denormals_flush()
        for unit in prange(parts * cut.channel_blocks, schedule="static"):
            part = unit // cut.channel_blocks
            first = unit % cut.channel_blocks * cut.channels
            kernel_unit(g, part * rows // parts, (part + 1) * rows // parts, first,
                        min(cut.channels, g.channels - first), x, dy, sums + (part - 1) * g.kernel_size if part else dk,
                        <real*>(scratch + omp_get_thread_num() * thread_bytes))
        denormals_restore(mode)
    mode = denormals_flush()
    for part in range(1, parts):
        add(g.kernel_size, sums + (part - 1) * g.kernel_size, dk)
    denormals_restore(mode)
    release(scratch)
    return 0


def depthwise_conv(DepthwiseGeometry geometry not None, inputs, kernel, bias, activation, out):
    """Write the depthwise convolution of `inputs` with `kernel` into `out` (geometry.output_shape).

    Channel c * multiplier + m of the result is channel c with kernel[:, :, c, m]; then comes `bias` (c * multiplier,),
    if there is one, and `activation`, "relu" or None.
    """
    cdef const Extents* g = &geometry.extents
    cdef Pass job
    job.geometry, job.kind, job.relu = <void*>geometry, kind_of(inputs), rectified(activation)
    job.a = elements(inputs, job.kind, g.input_size)
    job.b = elements(kernel, job.kind, g.kernel_size)
    job.bias = elements(bias, job.kind, g.channels)
    job.c = elements(out, job.kind, g.output_size, True)
    if g.n == 0:
        return None
    return done(do_forward, &job, sizeof(job), (geometry, inputs, kernel, bias, out))


cdef int do_forward(const void* job) except -1:
    cdef const Pass* p = <const Pass*>job
    cdef const Extents* g = &(<DepthwiseGeometry>p.geometry).extents
    with nogil:
        if p.kind == FLOAT32:
            give_images(g, False, <const float*>p.a, <const float*>p.b, <const float*>p.bias, p.relu, <float*>p.c)
        else:
            give_images(g, False, <const double*>p.a, <const double*>p.b, <const double*>p.bias, p.relu, <double*>p.c)
    return 0


def depthwise_conv_input_gradient(DepthwiseGeometry geometry not None, upstream, kernel, out):
    """Write the gradient by the input into `out` (n, h, w, c), from `upstream` of geometry.output_shape."""
    cdef const Extents* g = &geometry.extents
    cdef Pass job
    job.geometry, job.kind, job.relu, job.bias = <void*>geometry, kind_of(upstream), False, NULL
    job.a = elements(upstream, job.kind, g.output_size)
    job.b = elements(kernel, job.kind, g.kernel_size)
    job.c = elements(out, job.kind, g.input_size, True)
    if g.n == 0:
        return None
    return done(do_input_gradient, &job, sizeof(job), (geometry, upstream, kernel, out))


cdef int do_input_gradient(const void* job) except -1:
    cdef const Pass* p = <const Pass*>job
    cdef const Extents* g = &(<DepthwiseGeometry>p.geometry).extents
    with nogil:
        if p.kind == FLOAT32:
            give_images(g, True, <const float*>p.a, <const float*>p.b, <const float*>NULL, False, <float*>p.c)
        else:
            give_images(g, True, <const double*>p.a, <const double*>p.b, <const double*>NULL, False, <double*>p.c)
    return 0


def depthwise_conv_kernel_gradient(DepthwiseGeometry geometry not None, inputs, upstream, out):
    """Write the gradient by the kernel into `out` (h, w, c, multiplier), from `inputs` and `upstream`."""
    cdef const Extents* g = &geometry.extents
    cdef Pass job
    job.geometry, job.kind, job.relu, job.bias = <void*>geometry, kind_of(inputs), False, NULL
    job.a = elements(inputs, job.kind, g.input_size)
    job.b = elements(upstream, job.kind, g.output_size)
    job.c = elements(out, job.kind, g.kernel_size, True)
    if g.n == 0:
        out[...] = 0
        return None
    return done(do_kernel_gradient, &job, sizeof(job), (geometry, inputs, upstream, out))


cdef int do_kernel_gradient(const void* job) except -1:
    cdef const Pass* p = <const Pass*>job
    cdef const Extents* g = &(<DepthwiseGeometry>p.geometry).extents
    with nogil:
        if p.kind == FLOAT32:
            gradient_by_kernel(g, <const float*>p.a, <const float*>p.b, <float*>p.c)
        else:
            gradient_by_kernel(g, <const double*>p.a, <const double*>p.b, <double*>p.c)
    return 0
