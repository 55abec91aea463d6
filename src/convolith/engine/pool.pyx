"""Max and average pooling of images (n, h, w, c), and their gradients."""

from cython.parallel cimport parallel, prange
from libc.string cimport memset

from convolith.engine.arrays cimport FLOAT32, elements, kind_of
from convolith.engine cimport dispatch
from convolith.engine.dispatch cimport denormals_flush, denormals_restore, real
from convolith.engine.scratch cimport acquire, aligned, release
from convolith.engine.threads cimport omp_get_thread_num, threads_for

cdef enum:
    CHANNELS = 128            # of a unit of the gradients, whose windows may overlap

cdef struct Windows:
    ptrdiff_t n, h, w, c, out_h, out_w, pool_h, pool_w, stride_h, stride_w, top, left
    bint count_include_pad

cdef enum Kind:
    MAX
    AVERAGE


cdef class PoolGeometry:
    """Extents of one pooling, worked out once.

    Args:
        input_shape: (n, h, w, c).
        pool_size, strides: (vertical, horizontal), at least 1.
        padding: ((top, bottom), (left, right)), at least 0 and less than the pool's size.
        count_include_pad: whether an average's divisor counts the padding.

    Raises:
        ValueError: the padding is not less than the pool's size, or the pool does not fit into the padded image.
    """

    cdef Windows windows

    def __init__(self, input_shape, pool_size, strides, padding, count_include_pad=False):
        cdef Windows* g = &self.windows
        g.n, g.h, g.w, g.c = input_shape
        g.pool_h, g.pool_w = pool_size
        g.stride_h, g.stride_w = strides
        (g.top, bottom), (g.left, right) = padding
        g.count_include_pad = count_include_pad
        g.out_h = (g.h + g.top + bottom - g.pool_h) // g.stride_h + 1
        g.out_w = (g.w + g.left + right - g.pool_w) // g.stride_w + 1
        if max(g.top, bottom) >= g.pool_h or max(g.left, right) >= g.pool_w:
            raise ValueError(f"pooling: expected padding less than pool_size {pool_size}, got {padding}")
        if g.h + g.top + bottom < g.pool_h or g.w + g.left + right < g.pool_w:
            raise ValueError(f"pooling: pool_size {pool_size} does not fit into inputs {input_shape} "
                             f"with padding {padding}")

    @property
    def output_shape(self):
        """(n, out_h, out_w, c)."""
        return self.windows.n, self.windows.out_h, self.windows.out_w, self.windows.c

    cdef Py_ssize_t input_size(self) noexcept:
        return self.windows.n * self.windows.h * self.windows.w * self.windows.c

    cdef Py_ssize_t output_size(self) noexcept:
        return self.windows.n * self.windows.out_h * self.windows.out_w * self.windows.c


cdef ptrdiff_t pixels_of(const Windows* g, ptrdiff_t y, ptrdiff_t x, ptrdiff_t* offset) noexcept nogil:
    """The pixels of output (y, x)'s window that lie inside the image: their offsets from its first column; how many."""
    cdef ptrdiff_t i, j, count = 0
    cdef ptrdiff_t first_y = y * g.stride_h - g.top, first_x = x * g.stride_w - g.left
    for i in range(max(first_y, 0), min(first_y + g.pool_h, g.h)):
        for j in range(max(first_x, 0), min(first_x + g.pool_w, g.w)):
            offset[count] = (i * g.w + j - first_x) * g.c
            count += 1
    return count


cdef inline ptrdiff_t alike(const Windows* g, ptrdiff_t x) noexcept nogil:
    """How many windows of a row, from column x on, hold the same pixels as x's, a stride further each time."""
    cdef ptrdiff_t first = x * g.stride_w - g.left
    if first < 0 or first + g.pool_w > g.w:
        return 1
    return (g.w - g.pool_w - first) // g.stride_w + 1


cdef inline double scale_of(const Windows* g, ptrdiff_t count) noexcept nogil:
    return 1.0 / (g.pool_h * g.pool_w if g.count_include_pad else count)


cdef void pool_row(const Windows* g, Kind kind, ptrdiff_t unit, const real* x, real* y,
                   ptrdiff_t* offset) noexcept nogil:
    """One row of one image's output."""
    cdef ptrdiff_t column = 0, count, windows, at, step = g.stride_w * g.c
    x += unit // g.out_h * g.h * g.w * g.c
    y += unit * g.out_w * g.c
    while column < g.out_w:
        windows = min(alike(g, column), g.out_w - column)
        count = pixels_of(g, unit % g.out_h, column, offset)
        at = (column * g.stride_w - g.left) * g.c
        if kind == MAX:
            dispatch.max_windows(windows, count, offset, step, g.c, x + at, y, g.c)
        else:
            dispatch.average_windows(windows, count, offset, step, g.c, scale_of(g, count), x + at, y, g.c)
        column += windows
        y += windows * g.c


cdef void pool_gradient(const Windows* g, Kind kind, ptrdiff_t unit, const real* x, const real* dy, real* dx,
                        ptrdiff_t* offset) noexcept nogil:
    """Some channels of one image's gradient."""
    cdef ptrdiff_t blocks = (g.c + CHANNELS - 1) // CHANNELS
    cdef ptrdiff_t first = unit % blocks * CHANNELS, image = unit // blocks * g.h * g.w * g.c + first
    cdef ptrdiff_t channels = min(CHANNELS, g.c - first), row, column, pixel, count, windows, at
    cdef ptrdiff_t step = g.stride_w * g.c
    cdef bint apart = g.stride_h >= g.pool_h and g.stride_w >= g.pool_w
    cdef bint covered = (apart and g.stride_h == g.pool_h and g.stride_w == g.pool_w
                         and g.out_h * g.stride_h - g.top >= g.h and g.out_w * g.stride_w - g.left >= g.w)
    dx += image
    dy += unit // blocks * g.out_h * g.out_w * g.c + first
    if not covered:
        if channels == g.c:
            memset(dx, 0, g.h * g.w * g.c * sizeof(real))
        else:
            for pixel in range(g.h * g.w):
                memset(dx + pixel * g.c, 0, channels * sizeof(real))
    for row in range(g.out_h):
        column = 0
        while column < g.out_w:
            windows = min(alike(g, column), g.out_w - column)
            count = pixels_of(g, row, column, offset)
            at = (column * g.stride_w - g.left) * g.c
            if kind == MAX:
                dispatch.max_windows_gradient(windows, count, offset, step, channels, apart, x + image + at, dy, g.c,
                                              dx + at)
            else:
                dispatch.average_windows_gradient(windows, count, offset, step, channels, apart, scale_of(g, count),
                                                  dy, g.c, dx + at)
            column += windows
            dy += windows * g.c


cdef int run(const Windows* g, Kind kind, bint gradient, const real* x, const real* dy, real* out) except -1 nogil:
    """Pool x into out, or, with `gradient`, give x's gradient into out."""
    cdef ptrdiff_t unit, units = g.n * (((g.c + CHANNELS - 1) // CHANNELS) if gradient else g.out_h)
    cdef int threads = threads_for(<double>g.n * g.out_h * g.out_w * g.pool_h * g.pool_w * g.c)
    cdef size_t thread_bytes = aligned(g.pool_h * g.pool_w * sizeof(ptrdiff_t))
    cdef char* scratch = <char*>acquire(threads * thread_bytes)
    cdef unsigned mode = 0
    with parallel(num_threads=threads):
        mode = denormals_flush()
        for unit in prange(units, schedule="dynamic"):
            if gradient:
                pool_gradient(g, kind, unit, x, dy, out, <ptrdiff_t*>(scratch + omp_get_thread_num() * thread_bytes))
            else:
                pool_row(g, kind, unit, x, out, <ptrdiff_t*>(scratch + omp_get_thread_num() * thread_bytes))
        denormals_restore(mode)
    release(scratch)
    return 0


cdef int pool(PoolGeometry geometry, Kind kind, bint gradient, inputs, upstream, out) except -1:
    cdef int number = kind_of(out)
    cdef void* x = elements(inputs, number, geometry.input_size())
    cdef void* dy = elements(upstream, number, geometry.output_size())
    cdef void* to = elements(out, number, geometry.input_size() if gradient else geometry.output_size(), True)
    if geometry.input_size() == 0:
        return 0
    with nogil:
        if number == FLOAT32:
            run(&geometry.windows, kind, gradient, <const float*>x, <const float*>dy, <float*>to)
        else:
            run(&geometry.windows, kind, gradient, <const double*>x, <const double*>dy, <double*>to)
    return 0


def max_pool(PoolGeometry geometry not None, inputs, out):
    """Write the windows' greatest elements into `out` (geometry.output_shape); NaN passes through."""
    pool(geometry, MAX, False, inputs, None, out)


def max_pool_gradient(PoolGeometry geometry not None, inputs, upstream, out):
    """Write the gradient by the input into `out`: `upstream` goes to the first greatest element of each window."""
    pool(geometry, MAX, True, inputs, upstream, out)


def average_pool(PoolGeometry geometry not None, inputs, out):
    """Write the windows' averages into `out` (geometry.output_shape)."""
    pool(geometry, AVERAGE, False, inputs, None, out)


def average_pool_gradient(PoolGeometry geometry not None, upstream, out):
    """Write the gradient by the input into `out`: `upstream` in equal shares to the elements of each window."""
    pool(geometry, AVERAGE, True, None, upstream, out)
