"""Units of work of a depthwise convolution: what each computes, reads and repeats."""

from convolith.engine.blocks cimport ceil_div, even
from convolith.engine.dispatch cimport convolith_depthwise, real
from convolith.engine.scratch cimport aligned
from convolith.engine.taps cimport Phase
from convolith.engine.threads cimport threads_for

cdef enum:
    ROWS_BYTES = 320 * 1024   # of the rows that a window reads, to stay in the second-level cache
    SUMS_BYTES = 16 * 1024    # of the gradient by the kernel that a unit adds to, to stay in the first-level cache
    CHANNELS = 64             # channels of a unit are a multiple: neighbouring memory is read in runs
    UNITS = 16                # at least so many, where the shape allows: work for many cores
    FEW_PIXELS = 64           # of a part of the gradient by the kernel at least, so that adding the parts costs little,
    CHAIN = 4096              # and at most, for exactness
    CACHED = 4 << 20          # elements of images and results: of more, each has left the caches when it is needed
    REPEATED_ROWS = 8         # results' rows whose windows' channels are repeated at a time

# Of a DepthwiseGeometry.
cdef struct Extents:
    ptrdiff_t n, h, w, c, multiplier, channels, taps_h, taps_w, out_h, out_w
    ptrdiff_t stride_h, stride_w, dilation_h, dilation_w, top, left
    ptrdiff_t input_size, kernel_size, output_size

# A unit of work takes some rows of one image and some channels.
cdef struct Cut:
    ptrdiff_t rows, channels, row_blocks, channel_blocks, units


cdef inline Cut cut_of(const Extents* g, ptrdiff_t rows, ptrdiff_t width, bint by_kernel, size_t size) noexcept nogil:
    """Units that give images of so many rows, reading rows of `width` pixels, or else the gradient by the kernel.

    Repeated channels stay together.
    """
    cdef Cut cut
    cdef ptrdiff_t most = ROWS_BYTES // (g.taps_h * width * <ptrdiff_t>size)
    if by_kernel:
        most = min(most, SUMS_BYTES // (g.taps_h * g.taps_w * <ptrdiff_t>size))
    most = max(most // CHANNELS, 1) * CHANNELS
    cut.rows, cut.channels = rows, g.channels
    if g.multiplier == 1 and g.channels > most:
        cut.channels = ceil_div(even(g.channels, most), CHANNELS) * CHANNELS
    cut.channel_blocks = ceil_div(g.channels, cut.channels)
    while g.n * cut.channel_blocks * ceil_div(rows, cut.rows) < UNITS and cut.rows > 1:
        cut.rows = ceil_div(cut.rows, 2)
    cut.row_blocks = ceil_div(rows, cut.rows)
    cut.units = g.n * cut.row_blocks * cut.channel_blocks
    return cut


cdef inline convolith_depthwise row_of(const Extents* g, ptrdiff_t channels) noexcept nogil:
    """A row of results, but for its taps_y and relu."""
    cdef convolith_depthwise row
    row.channels, row.results, row.taps_x, row.width = channels, g.out_w, g.taps_w, g.w
    row.first, row.stride, row.dilation = -g.left, g.stride_w, g.dilation_w
    row.source_row, row.kernel_row = g.dilation_h * g.w * g.channels, g.taps_w * g.channels
    row.source_pixel = row.kernel_tap = row.result_pixel = g.channels
    row.taps_y = row.relu = 0
    row.far = g.input_size + g.output_size > CACHED
    return row


cdef inline const real* repeated(const Extents* g, ptrdiff_t begin, ptrdiff_t end, const real* image,
                                 real* scratch) noexcept nogil:
    """The image in the result's channels, as far as the results' rows from begin to end read it."""
    cdef ptrdiff_t first = max(begin * g.stride_h - g.top, 0), i, j
    cdef ptrdiff_t last = min((end - 1) * g.stride_h - g.top + (g.taps_h - 1) * g.dilation_h + 1, g.h)
    if g.multiplier == 1:
        return image
    image += first * g.w * g.c
    for i in range((last - first) * g.w * g.c):
        for j in range(g.multiplier):
            scratch[i * g.multiplier + j] = image[i]
    return scratch - first * g.w * g.channels


cdef inline size_t repeated_bytes(const Extents* g, size_t size) noexcept nogil:
    """What `repeated` needs for REPEATED_ROWS rows."""
    cdef ptrdiff_t rows = min((REPEATED_ROWS - 1) * g.stride_h + (g.taps_h - 1) * g.dilation_h + 1, g.h)
    return aligned(rows * g.w * g.channels * size) if g.multiplier > 1 else 0


cdef inline ptrdiff_t parts_of(const Extents* g, const Cut* cut) noexcept nogil:
    """Into how many parts the rows are cut for the gradient by the kernel."""
    cdef ptrdiff_t rows = g.n * g.out_h, pixels = rows * g.out_w
    return min(max(min(ceil_div(UNITS, cut.channel_blocks), pixels // FEW_PIXELS), ceil_div(pixels, CHAIN)), rows)


cdef inline size_t bytes_of(const Extents* g, ptrdiff_t parts, int threads, size_t size) noexcept nogil:
    return threads * repeated_bytes(g, size) + (parts - 1) * g.kernel_size * size


cdef inline int threads_of(const Extents* g) noexcept nogil:
    return threads_for(<double>g.output_size * g.taps_h * g.taps_w)


cdef inline size_t phases_bytes(const Extents* g) noexcept nogil:
    """What the gradient by the input needs for its phases."""
    return (min(g.stride_h, g.h) + min(g.stride_w, g.w)) * sizeof(Phase)
