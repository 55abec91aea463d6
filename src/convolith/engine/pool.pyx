"""Max and average pooling of images with one to three spatial axes, and their gradients."""

from cython.parallel cimport parallel, prange
from libc.stdint cimport int64_t

from convolith.engine.arrays cimport FLOAT32, elements, integers, kind_of
from convolith.engine.call cimport done
from convolith.engine.dispatch cimport denormals_flush, denormals_restore, real
from convolith.engine.pool_kernels cimport (
    average_windows, average_windows_gradient, max_windows, max_windows_gradient,
)
from convolith.engine.scratch cimport acquire, release
from convolith.engine.threads cimport omp_get_thread_num, threads_for
from convolith.engine.windows cimport (
    INSIDE, ONE, PADDED, Axis, Windows, alike, apart, clear_rows, first_inside, holds_pixels, pixels_in, pixels_of,
    scale_of, scratch_bytes, separation, windows_in,
)

cdef enum:
    CHANNELS = 256            # of a unit of images with few rows, and of gradients whose windows overlap
    FEW_ROWS = 64
    UNITS = 16                # of the gradients, at least, where the shape allows

cdef enum Kind:
    MAX
    PLACE                     # of the maxima
    AVERAGE

cdef struct Pass:
    void* geometry            # a PoolGeometry
    int number                # the type of its elements
    Kind kind
    bint gradient, positive
    const void* x
    const void* dy
    void* out

DIVISORS = {"inside": INSIDE, "padded": PADDED, "one": ONE}


cdef class PoolGeometry:
    """Extents of one pooling, worked out once.

    Args:
        input_shape: (n, one to three spatial axes, c).
        pool_size, strides, dilation_rate: an integer an axis, at least 1; dilation_rate None is 1.
        padding: (before, after) an axis, at least 0 and less than what a window spans.
        ceil_mode: whether a last window that begins inside the image or its padding before may reach past the end.
        divisor: what an average divides by: its pixels "inside" the image, those of the "padded" image, or "one".

    Raises:
        ValueError: the padding is not less than what a window spans, or a window would hold nothing of the image.
    """

    cdef Windows windows
    cdef readonly tuple output_shape

    def __init__(self, input_shape, pool_size, strides, padding, dilation_rate=None, ceil_mode=False,
                 divisor="inside"):
        cdef Axis* a
        cdef Py_ssize_t number, span, room
        n, *image, c = input_shape
        self.windows.divisor = DIVISORS[divisor]
        for number in range(len(image)):
            a = &self.windows.axis[3 - len(image) + number]
            a.size, a.taps, a.stride = image[number], pool_size[number], strides[number]
            a.before, a.after = padding[number]
            a.dilation = 1 if dilation_rate is None else dilation_rate[number]
            span = a.dilation * (a.taps - 1) + 1
            if max(a.before, a.after) >= span:
                raise ValueError(f"pooling: expected padding less than pool_size {pool_size}, got {padding}")
            room = a.size + a.before + a.after + (a.stride - 1 if ceil_mode else 0)
            if room < span:
                raise ValueError(f"pooling: pool_size {pool_size} does not fit into inputs {input_shape} "
                                 f"with padding {padding}")
            a.windows = (room - span) // a.stride + 1
            if (a.windows - 1) * a.stride >= a.size + a.before:
                a.windows -= 1
            if a.dilation > a.size and not holds_pixels(a):
                raise ValueError(f"pooling: pool_size {pool_size} with dilation_rate {dilation_rate} has windows that "
                                 f"hold nothing of inputs {input_shape} with padding {padding}")
        self.complete(n, len(image), c)

    @staticmethod
    def adaptive(input_shape, output_size):
        """The geometry whose window o of an axis goes from floor(o * size / windows) to ceil((o + 1) * size / windows).

        Args:
            input_shape: (n, one to three spatial axes, c).
            output_size: the number of windows an axis, at least 1.
        """
        cdef PoolGeometry self = PoolGeometry.__new__(PoolGeometry)
        cdef Axis* a
        cdef Py_ssize_t number
        n, *image, c = input_shape
        self.windows.divisor = INSIDE
        for number in range(len(image)):
            a = &self.windows.axis[3 - len(image) + number]
            a.size, a.windows = image[number], output_size[number]
            a.ragged = a.size % a.windows != 0
            a.taps = a.size // a.windows + 2 * a.ragged  # a ragged axis: at most
            a.stride, a.dilation, a.before, a.after = a.taps, 1, 0, 0
        self.complete(n, len(image), c)
        return self

    cdef int complete(self, n, Py_ssize_t rank, c) except -1:
        """Fill in the rest, given the last `rank` axes."""
        cdef Axis* a = self.windows.axis
        cdef Py_ssize_t number
        self.windows.n, self.windows.c = n, c
        for number in range(3 - rank):
            a[number] = Axis(1, 1, 1, 1, 1, 0, 0, False)
        self.output_shape = (n, *[a[number].windows for number in range(3 - rank, 3)], c)
        return 0

    cdef Py_ssize_t input_size(self) noexcept:
        return self.windows.n * pixels_in(&self.windows) * self.windows.c

    cdef Py_ssize_t output_size(self) noexcept:
        return self.windows.n * windows_in(&self.windows) * self.windows.c


cdef void pool_row(const Windows* g, Kind kind, ptrdiff_t unit, ptrdiff_t block, const real* x, real* to,
                   ptrdiff_t* offset) noexcept nogil:
    """A block of channels of one row of one image's output."""
    cdef const Axis* across = &g.axis[2]
    cdef ptrdiff_t blocks = (g.c + block - 1) // block, first = unit % blocks * block, row = unit // blocks
    cdef ptrdiff_t channels = min(block, g.c - first), step = across.stride * g.c
    cdef ptrdiff_t y = row % g.axis[1].windows, z = row // g.axis[1].windows % g.axis[0].windows
    cdef ptrdiff_t column = 0, count, windows, at
    x += row // (g.axis[0].windows * g.axis[1].windows) * pixels_in(g) * g.c + first
    to += row * across.windows * g.c + first
    while column < across.windows:
        windows = alike(across, column)
        count = pixels_of(g, z, y, column, offset)
        at = first_inside(across, column) * g.c
        if kind == MAX:
            max_windows(windows, count, offset, step, channels, x + at, to, g.c)
        else:
            average_windows(windows, count, offset, step, channels, scale_of(g, z, y, column, count), x + at,
                            to, g.c)
        column += windows
        to += windows * g.c


cdef void pool_gradient(const Windows* g, Kind kind, bint positive, ptrdiff_t unit, ptrdiff_t block, ptrdiff_t bands,
                        const real* x, const real* dy, real* dx, ptrdiff_t* offset) noexcept nogil:
    """A block of channels of one band of rows of one image's gradient; windows of two bands share no pixel."""
    cdef const Axis* a = &g.axis[0]
    cdef ptrdiff_t blocks = (g.c + block - 1) // block, first = unit % blocks * block, band = unit // blocks % bands
    cdef ptrdiff_t begin = band * a[1].windows // bands, end = (band + 1) * a[1].windows // bands
    cdef ptrdiff_t channels = min(block, g.c - first), image = unit // (blocks * bands), step = a[2].stride * g.c
    cdef ptrdiff_t z, y, column, count, windows, at
    cdef const real* upstream
    cdef int separate = separation(g)
    x += image * pixels_in(g) * g.c + first
    dx += image * pixels_in(g) * g.c + first
    if separate < 2:
        clear_rows(g, first_inside(&a[1], begin) if band else 0,
                   first_inside(&a[1], end) if band + 1 < bands else a[1].size, channels, dx)
    for z in range(a[0].windows):
        for y in range(begin, end):
            upstream = dy + (((image * a[0].windows + z) * a[1].windows + y) * a[2].windows) * g.c + first
            column = 0
            while column < a[2].windows:
                windows = alike(&a[2], column)
                count = pixels_of(g, z, y, column, offset)
                at = first_inside(&a[2], column) * g.c
                if kind == MAX:
                    max_windows_gradient(windows, count, offset, step, channels, separate, positive, x + at, upstream,
                                         g.c, dx + at)
                else:
                    average_windows_gradient(windows, count, offset, step, channels, separate,
                                             scale_of(g, z, y, column, count), upstream, g.c, dx + at)
                column += windows
                upstream += windows * g.c


cdef void index_row(const Windows* g, ptrdiff_t row, const real* x, int64_t* to, ptrdiff_t* offset) noexcept nogil:
    """The pixels of the maxima of one row of one image's output."""
    cdef const Axis* a = &g.axis[0]
    cdef ptrdiff_t y = row % a[1].windows, z = row // a[1].windows % a[0].windows
    cdef ptrdiff_t column, i, c, best, first, count
    cdef real value, greatest
    x += row // (a[0].windows * a[1].windows) * pixels_in(g) * g.c
    to += row * a[2].windows * g.c
    for column in range(a[2].windows):
        count = pixels_of(g, z, y, column, offset)
        first = first_inside(&a[2], column)
        for c in range(g.c):
            best, greatest = 0, x[first * g.c + offset[0] + c]
            for i in range(1, count):
                value = x[first * g.c + offset[i] + c]
                if value > greatest or (value != value and greatest == greatest):
                    best, greatest = i, value
            to[c] = first + offset[best] // g.c
        to += g.c


cdef int run(const Windows* g, Kind kind, bint gradient, bint positive, const real* x, const real* dy,
             void* out) except -1 nogil:
    """Pool x into out, or, with `gradient`, give x's gradient (or that before relu, with `positive`) into out."""
    cdef ptrdiff_t rows = g.n * g.axis[0].windows * g.axis[1].windows
    cdef ptrdiff_t block = CHANNELS if rows < FEW_ROWS and kind != PLACE else g.c, bands = 1, unit, units
    cdef size_t thread_bytes = scratch_bytes(g)
    cdef int threads = threads_of(g)
    cdef char* scratch = <char*>acquire(threads * thread_bytes)
    cdef ptrdiff_t* offset = NULL
    cdef unsigned mode = 0
    if gradient:
        if apart(&g.axis[1]):
            bands = min((UNITS + g.n - 1) // g.n, g.axis[1].windows)
        block = g.c if bands * g.n >= UNITS else CHANNELS
    units = (g.n * bands if gradient else rows) * ((g.c + block - 1) // block)
    with parallel(num_threads=threads):
        mode = denormals_flush()
        for unit in prange(units, schedule="static"):
            offset = <ptrdiff_t*>(scratch + omp_get_thread_num() * thread_bytes)
            if gradient:
                pool_gradient(g, kind, positive, unit, block, bands, x, dy, <real*>out, offset)
            elif kind == PLACE:
                index_row(g, unit, x, <int64_t*>out, offset)
            else:
                pool_row(g, kind, unit, block, x, <real*>out, offset)
        denormals_restore(mode)
    release(scratch)
    return 0


cdef inline int threads_of(const Windows* g) noexcept nogil:
    return threads_for(<double>g.n * windows_in(g) * g.c * (scratch_bytes(g) // sizeof(ptrdiff_t)))


def pool_scratch(PoolGeometry geometry not None):
    """Bytes of working memory that a pass takes, with the threads of now."""
    cdef const Windows* g = &geometry.windows
    return threads_of(g) * scratch_bytes(g) if geometry.input_size() else 0


cdef object pool(PoolGeometry geometry, Kind kind, bint gradient, inputs, upstream, out, bint positive=False):
    cdef Py_ssize_t size = geometry.input_size() if gradient else geometry.output_size()
    cdef Pass job
    job.number = kind_of(upstream if inputs is None else inputs)
    job.geometry, job.kind, job.gradient, job.positive = <void*>geometry, kind, gradient, positive
    job.x = elements(inputs, job.number, geometry.input_size())
    job.dy = elements(upstream, job.number, geometry.output_size())
    job.out = integers(out, size, True) if kind == PLACE else elements(out, job.number, size, True)
    if geometry.input_size() == 0:
        return None
    return done(do_pool, &job, sizeof(job), (geometry, inputs, upstream, out))


cdef int do_pool(const void* job) except -1:
    cdef const Pass* p = <const Pass*>job
    cdef const Windows* g = &(<PoolGeometry>p.geometry).windows
    with nogil:
        if p.number == FLOAT32:
            run(g, p.kind, p.gradient, p.positive, <const float*>p.x, <const float*>p.dy, p.out)
        else:
            run(g, p.kind, p.gradient, p.positive, <const double*>p.x, <const double*>p.dy, p.out)
    return 0


def max_pool(PoolGeometry geometry not None, inputs, out):
    """Write the windows' greatest elements into `out` (geometry.output_shape); NaN passes through."""
    return pool(geometry, MAX, False, inputs, None, out)


def max_pool_gradient(PoolGeometry geometry not None, inputs, upstream, out, bint positive=False):
    """Write the gradient by the input into `out`: `upstream` goes to the first greatest element of each window.

    With `positive`, only where that is above 0, which is the gradient before the relu that made the inputs.
    """
    return pool(geometry, MAX, True, inputs, upstream, out, positive)


def max_pool_indices(PoolGeometry geometry not None, inputs, out):
    """Write into `out` (geometry.output_shape, int64) which pixel of its image, counted from 0, each maximum is."""
    return pool(geometry, PLACE, False, inputs, None, out)


def average_pool(PoolGeometry geometry not None, inputs, out):
    """Write the windows' averages into `out` (geometry.output_shape)."""
    return pool(geometry, AVERAGE, False, inputs, None, out)


def average_pool_gradient(PoolGeometry geometry not None, upstream, out):
    """Write the gradient by the input into `out`: `upstream` in equal shares to the elements of each window."""
    return pool(geometry, AVERAGE, True, None, upstream, out)
