"""Products of few rows with a large matrix, as dense layers have them in small batches: what counts is to touch the
matrix once, in long runs, and not to copy it."""

from cython.parallel cimport parallel, prange
from libc.string cimport memset

from convolith.engine.blocks cimport ceil_div, even
from convolith.engine.correlation_units cimport CHAIN  # the same bits, whichever of the two is faster
from convolith.engine cimport dispatch
from convolith.engine.dispatch cimport (
    Vectors, add, convolith_tile, denormals_flush, denormals_restore, f32, f64, pack, real, vectors_of,
)
from convolith.engine.scratch cimport acquire, aligned, release
from convolith.engine.step cimport Step, take
from convolith.engine.threads cimport omp_get_thread_num, threads_for
from convolith.engine.tiles cimport one_run, run_rows

cdef enum:
    UNITS = 16                # at least so many, where the shape allows,
    SMALL = 1 << 14           # unless they would have fewer elements of B
    LONG_PANELS = 128         # of a unit at most,
    SHORT_PANELS = 8          # and down to so many columns are shared out: what is read in one run
    CACHED = 256 * 1024       # bytes of B from which on it is taken to come from memory,
    DISTANCE = 8              # whence it is fetched so many panels ahead
    STRIPE = 1024             # elements of C whose parts' sums are added at a time
    STEP_PANELS = 16          # panels of a gradient that moves its parameter at a time


cdef inline void stream(ptrdiff_t depth, ptrdiff_t columns, const real* a, const real* b, ptrdiff_t b_row,
                        real* c) noexcept nogil:
    if real is float:
        f32.stream(depth, columns, a, b, b_row, c)
    else:
        f64.stream(depth, columns, a, b, b_row, c)


cdef void product_unit(ptrdiff_t first, ptrdiff_t end, ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t a_row,
                       ptrdiff_t columns, bint far, const real* a, const real* b, real* c, real* edge) noexcept nogil:
    """One chain of C's columns first to end; fewer than a panel's are copied to `edge` first.

    far: B comes from memory; a lone row of A then reads whole rows of B, which is the faster way to do so.
    """
    cdef ptrdiff_t start = 0
    cdef convolith_tile tile = one_run(a_row, 1, columns, &start)
    cdef ptrdiff_t n = first, width = vectors_of(sizeof(real)).panel
    cdef const real* from_b
    if far and rows == 1 and end - first >= SHORT_PANELS * width:
        memset(c + first, 0, (end - first) * sizeof(real))
        stream(depth, end - first, a, b + first, columns, c + first)
        return
    tile.depth, tile.ahead_step = depth, columns * sizeof(real)
    while n < end:
        if n > first and end - n < width:
            n = end - width  # some columns once more, with the same bits
        tile.columns = <int>min(width, end - n)
        from_b, tile.b_row = b + n, columns
        if far:
            tile.ahead = from_b + DISTANCE * width
        if tile.columns < width:
            pack(depth, tile.columns, <int>width, from_b, columns, 1, edge)
            from_b, tile.b_row = edge, width
        run_rows(&tile, rows, a, from_b, <real*>NULL, c + n)
        n += width


cdef void finish(ptrdiff_t columns, ptrdiff_t parts, const real* partial, ptrdiff_t pitch, const real* bias, bint relu,
                 real* c) noexcept nogil:
    """Add the other parts' sums to a stripe of C in their order, then the bias, and rectify."""
    cdef ptrdiff_t part, n
    for part in range(parts - 1):
        add(columns, partial + part * pitch, c)
    if bias != NULL:
        add(columns, bias, c)
    else:
        for n in range(columns):
            c[n] += 0  # -0, to which sums may cancel, becomes 0, as in `product`
    if relu:
        dispatch.relu(columns, c, c)


# How `stream_product` cuts its work: columns of a unit, units, and parts of the sum, of `chain` rows of B each. A has
# few rows, so the parts' sums take at most a twelfth of B.
cdef struct Cut:
    ptrdiff_t size, units, chain, parts
    size_t edge_bytes


cdef Cut cut_of(ptrdiff_t depth, ptrdiff_t columns, Vectors vectors) noexcept nogil:
    cdef Cut cut
    cdef ptrdiff_t panels = ceil_div(columns, vectors.panel)
    cut.chain = even(depth, CHAIN)
    cut.parts = ceil_div(depth, cut.chain)
    cut.units = ceil_div(min(UNITS, depth * columns // SMALL + 1), cut.parts)
    cut.size = min(max(ceil_div(panels, cut.units), SHORT_PANELS), LONG_PANELS) * vectors.panel
    cut.units = ceil_div(columns, cut.size)
    cut.edge_bytes = aligned(cut.chain * vectors.panel * vectors.element_size)
    return cut


cdef inline int threads_of(ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t columns) noexcept nogil:
    return threads_for(<double>rows * depth * columns)


cdef inline size_t product_bytes(const Cut* cut, ptrdiff_t rows, ptrdiff_t columns, int threads,
                                 size_t size) noexcept nogil:
    return threads * cut.edge_bytes + (cut.parts - 1) * rows * columns * size


cdef size_t stream_product_scratch(ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t columns, Vectors vectors) noexcept nogil:
    cdef Cut cut = cut_of(depth, columns, vectors)
    return product_bytes(&cut, rows, columns, threads_of(rows, depth, columns), vectors.element_size)


cdef int stream_product(ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t columns, const real* a, const real* b,
                        const real* bias, bint relu, real* c) except -1 nogil:
    cdef Cut cut = cut_of(depth, columns, vectors_of(sizeof(real)))
    cdef ptrdiff_t size = cut.size, units = cut.units, parts = cut.parts, chain = cut.chain, unit, part, first, at
    cdef ptrdiff_t stripes = ceil_div(columns, STRIPE)
    cdef bint far = depth * columns * sizeof(real) > CACHED
    cdef int threads = threads_of(rows, depth, columns)
    cdef char* scratch = <char*>acquire(product_bytes(&cut, rows, columns, threads, sizeof(real)))
    cdef real* partial = <real*>(scratch + threads * cut.edge_bytes)
    cdef unsigned mode = 0
    with parallel(num_threads=threads):
        mode = denormals_flush()
        for unit in prange(units * parts, schedule="dynamic"):
            part, first = unit // units, unit % units * size
            product_unit(first, min(first + size, columns), rows, min(chain, depth - part * chain), depth, columns,
                         far, a + part * chain, b + part * chain * columns,
                         partial + (part - 1) * rows * columns if part else c,
                         <real*>(scratch + omp_get_thread_num() * cut.edge_bytes))
        if parts > 1 or bias != NULL or relu:
            for unit in prange(rows * stripes, schedule="static"):
                first = unit % stripes * STRIPE
                at = unit // stripes * columns + first
                finish(min(STRIPE, columns - first), parts, partial + at, rows * columns,
                       bias + first if bias != NULL else bias, relu, c + at)
        denormals_restore(mode)
    release(scratch)
    return 0


cdef void transposed_unit(ptrdiff_t first, ptrdiff_t end, ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t columns,
                          ptrdiff_t width, const real* packed, const real* b, real* c, real* block) noexcept nogil:
    """C's columns first to end: rows of B times the packed transpose of A, into a block that is turned at its end."""
    cdef ptrdiff_t start = 0
    cdef convolith_tile tile = one_run(columns, 1, width, &start)
    cdef ptrdiff_t n = 0, k, m, length = even(columns, CHAIN)
    tile.columns, tile.b_row = <int>rows, width
    while n < columns:
        tile.depth = min(length, columns - n)
        tile.accumulate = n > 0
        run_rows(&tile, end - first, b + first * columns + n, packed + n * width, <real*>NULL, block)
        n += length
    for m in range(rows):
        for k in range(end - first):
            c[m * depth + first + k] = block[k * width + m]


cdef inline ptrdiff_t transposed_width(ptrdiff_t rows, Vectors vectors) noexcept nogil:
    """Rows of A that are packed at a time."""
    return vectors.lanes if rows <= vectors.lanes else vectors.panel


cdef inline size_t transposed_packed_bytes(ptrdiff_t rows, ptrdiff_t columns, Vectors vectors) noexcept nogil:
    return aligned(transposed_width(rows, vectors) * columns * vectors.element_size)


cdef inline size_t transposed_block_bytes(ptrdiff_t rows, Vectors vectors) noexcept nogil:
    return aligned(4 * vectors.segment_rows * transposed_width(rows, vectors) * vectors.element_size)


cdef size_t stream_transposed_scratch(ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t columns,
                                      Vectors vectors) noexcept nogil:
    return (transposed_packed_bytes(rows, columns, vectors)
            + threads_of(rows, depth, columns) * transposed_block_bytes(rows, vectors))


cdef int stream_transposed(ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t columns, const real* a, const real* b,
                           real* c) except -1 nogil:
    cdef Vectors vectors = vectors_of(sizeof(real))
    cdef ptrdiff_t width = transposed_width(rows, vectors), part, parts = ceil_div(rows, width)
    cdef ptrdiff_t unit, size = 4 * vectors.segment_rows, units = ceil_div(depth, size), m
    cdef size_t packed_bytes = transposed_packed_bytes(rows, columns, vectors)
    cdef size_t block_bytes = transposed_block_bytes(rows, vectors)
    cdef int threads = threads_of(rows, depth, columns)
    cdef char* scratch = <char*>acquire(packed_bytes + threads * block_bytes)
    cdef unsigned mode = 0
    for part in range(parts):
        m = min(width, rows - part * width)
        pack(columns, <int>m, <int>width, a + part * width * columns, 1, columns, <real*>scratch)
        with parallel(num_threads=threads):
            mode = denormals_flush()
            for unit in prange(units, schedule="dynamic", chunksize=4):
                transposed_unit(unit * size, min((unit + 1) * size, depth), m, depth, columns, width,
                                <const real*>scratch, b, c + part * width * depth,
                                <real*>(scratch + packed_bytes + omp_get_thread_num() * block_bytes))
            denormals_restore(mode)
    release(scratch)
    return 0


cdef void outer_unit(ptrdiff_t first, ptrdiff_t end, ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t columns,
                     const real* a, const real* packed, real* c) noexcept nogil:
    """C's rows first to end, panel by panel."""
    cdef ptrdiff_t start = 0
    cdef convolith_tile tile = one_run(1, depth, columns, &start)
    cdef ptrdiff_t n = 0, width = vectors_of(sizeof(real)).panel
    tile.depth, tile.b_row = rows, width
    while n < columns:
        tile.columns = <int>min(width, columns - n)
        run_rows(&tile, end - first, a + first, packed + n * rows, <real*>NULL, c + first * columns + n)
        n += width


cdef void outer_step_unit(ptrdiff_t first, ptrdiff_t end, ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t columns,
                          const real* a, const real* packed, const Step* step, real* block) noexcept nogil:
    """The same where C is a parameter's gradient: it stays near, in `block`, until it has moved the parameter."""
    cdef ptrdiff_t start = 0, n = 0, at, m, count, width = vectors_of(sizeof(real)).panel, pitch = STEP_PANELS * width
    cdef convolith_tile tile = one_run(1, depth, pitch, &start)
    tile.depth, tile.b_row = rows, width
    while n < columns:
        count = min(pitch, columns - n)
        at = 0
        while at < count:
            tile.columns = <int>min(width, count - at)
            run_rows(&tile, end - first, a + first, packed + (n + at) * rows, <real*>NULL, block + at)
            at += width
        for m in range(end - first):
            take(step, (first + m) * columns + n, count, block + m * pitch)
        n += pitch


cdef inline size_t outer_packed_bytes(ptrdiff_t rows, ptrdiff_t columns, Vectors vectors) noexcept nogil:
    return aligned(ceil_div(columns, vectors.panel) * vectors.panel * rows * vectors.element_size)


cdef inline size_t outer_block_bytes(Vectors vectors) noexcept nogil:
    return aligned(2 * vectors.segment_rows * STEP_PANELS * vectors.panel * vectors.element_size)


cdef size_t stream_outer_scratch(ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t columns, Vectors vectors) noexcept nogil:
    return outer_packed_bytes(rows, columns, vectors) + threads_of(rows, depth, columns) * outer_block_bytes(vectors)


cdef int stream_outer(ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t columns, const real* a, const real* b,
                      const Step* step, real* c) except -1 nogil:
    cdef Vectors vectors = vectors_of(sizeof(real))
    cdef ptrdiff_t width = vectors.panel, panels = ceil_div(columns, width), index
    cdef ptrdiff_t unit, size = 2 * vectors.segment_rows
    cdef int threads = threads_of(rows, depth, columns)
    cdef size_t packed_bytes = outer_packed_bytes(rows, columns, vectors), block_bytes = outer_block_bytes(vectors)
    cdef char* scratch = <char*>acquire(packed_bytes + threads * block_bytes)
    cdef real* packed = <real*>scratch
    cdef unsigned mode = 0
    with parallel(num_threads=threads):
        mode = denormals_flush()
        for index in prange(panels, schedule="static"):
            pack(rows, <int>min(width, columns - index * width), <int>width, b + index * width, columns, 1,
                 packed + index * width * rows)
        for unit in prange(ceil_div(depth, size), schedule="dynamic", chunksize=8):
            if step == NULL:
                outer_unit(unit * size, min((unit + 1) * size, depth), rows, depth, columns, a, packed, c)
            else:
                outer_step_unit(unit * size, min((unit + 1) * size, depth), rows, depth, columns, a, packed, step,
                                <real*>(scratch + packed_bytes + omp_get_thread_num() * block_bytes))
        denormals_restore(mode)
    release(scratch)
    return 0
