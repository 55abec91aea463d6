"""Correlation of images with a kernel: the loops over images, rows, columns and channels around the product.

Work is cut by the shapes alone into units, a block of rows and columns of one slice for some panels of output channels.
A unit takes one slice of A after the other. It copies the part that it reads into its thread's scratch where that
reaches over the border or its pixels compete for the cache, and then runs panel by panel, and block by block of the
sum, over its register tiles: the block of B stays in the first-level cache.
"""

from cython.parallel cimport parallel, prange
from libc.string cimport memset

from convolith.engine.ahead cimport Ahead, fetch, nothing
from convolith.engine.blocks cimport ceil_div
from convolith.engine.copies cimport copy_block, fill
from convolith.engine.correlation_units cimport CHAIN, Cut, cut_of, operations, width_of
from convolith.engine.dispatch cimport (
    CONVOLITH_LINE, Vectors, convolith_tile, denormals_flush, denormals_restore, pack, product, real, vectors_of,
)
from convolith.engine.scratch cimport acquire, aligned, release
from convolith.engine.threads cimport omp_get_thread_num, threads_for


cdef void pack_panel(const Correlation* job, const Cut* cut, ptrdiff_t item, const real* kernel,
                     real* packed) noexcept nogil:
    """Pack one tap of one panel: (taps_z, taps_y, taps_x, depth, panel's columns), zero where the columns end."""
    cdef ptrdiff_t taps = job.taps_z * cut.taps
    cdef ptrdiff_t tap = item % taps, index = item // taps % cut.panel_count, group = item // (taps * cut.panel_count)
    cdef ptrdiff_t width = width_of(cut, job, index), first = index * cut.panel_width
    kernel += (job.b_begin + group * job.b_group + tap // cut.taps * job.b_tap_z
               + tap % cut.taps // job.taps_x * job.b_tap_y)
    packed += group * cut.packed_group + first * cut.depth + tap * job.depth * width
    if job.shift:
        pack_shifted(job, tap % job.taps_x, first, min(job.columns - first, width), width, kernel, packed)
    else:
        pack(job.depth, <int>min(job.columns - first, width), <int>width,
             kernel + tap % job.taps_x * job.b_tap_x + first * job.b_column, job.b_depth, job.b_column, packed)


cdef void pack_shifted(const Correlation* job, ptrdiff_t tap, ptrdiff_t first, ptrdiff_t columns, ptrdiff_t width,
                       const real* kernel, real* packed) noexcept nogil:
    """Pack a tap along x of some columns, of which each repeat reads the kernel's tap `shift` before the last one's."""
    cdef ptrdiff_t once = job.columns // job.repeats, taps = job.taps_x - (job.repeats - 1) * job.shift, at, k, column
    memset(packed, 0, job.depth * width * sizeof(real))
    for column in range(columns):
        at = tap - (first + column) // once * job.shift
        if 0 <= at < taps:
            for k in range(job.depth):
                packed[k * width + column] = kernel[at * job.b_tap_x + (first + column) % once * job.b_column
                                                    + k * job.b_depth]


cdef void run_tiles(const Correlation* job, const Cut* cut, convolith_tile* tile, Ahead* ahead, ptrdiff_t rows,
                    ptrdiff_t columns, const real* a, const real* b, const real* bias, real* c) noexcept nogil:
    """One block of the sum for one panel: all register tiles of a unit's rows and columns.

    Each row is cut into segments as even as can be; a tile pairs the same segment of two rows, and in a last single row
    two neighbouring segments of one length.
    """
    cdef ptrdiff_t segments = ceil_div(columns, cut.segment_rows)
    cdef ptrdiff_t short = columns // segments, longer = columns % segments
    cdef ptrdiff_t y = 0, s, x, length, taken, step_a, step_c
    while y < rows:
        x = s = 0
        while s < segments:
            length = short + 1 if s < longer else short
            taken, step_a, step_c = 1, cut.a_row * cut.stride_y, job.c_row
            tile.segments = 2
            if y + 1 == rows:
                if s + 1 < segments and s + 1 != longer:
                    taken, step_a, step_c = 2, length * tile.a_row, length * job.c_pixel
                else:
                    tile.segments, step_a, step_c = 1, 0, 0
            tile.rows = <int>length
            fetch(ahead, tile)
            product(tile, a + x * tile.a_row, a + x * tile.a_row + step_a, b, bias,
                    c + x * job.c_pixel, c + x * job.c_pixel + step_c)
            x += taken * length
            s += taken
        y += 2
        a += 2 * cut.a_row * cut.stride_y
        c += 2 * job.c_row


cdef void run_panel(const Correlation* job, const Cut* cut, ptrdiff_t width, ptrdiff_t columns, ptrdiff_t rows,
                    ptrdiff_t row_columns, bint first, bint last, const real* a, const real* b, const real* bias,
                    bint relu, real* c, ptrdiff_t* a_offset, Ahead* ahead) noexcept nogil:
    """Add one slice's part of the sum to one panel; the first slice begins it, the last one finishes it."""
    cdef ptrdiff_t* b_offset = a_offset + cut.runs
    cdef ptrdiff_t run, begin, taken
    cdef convolith_tile tile
    tile.a_row, tile.a_column, tile.c_row = cut.a_pixel * cut.stride_x, 1, job.c_pixel
    tile.b_row, tile.columns = width, <int>columns
    tile.ahead, tile.ahead_step = NULL, width * sizeof(real)
    for run in range(cut.runs):
        if cut.runs == job.taps_y:
            a_offset[run] = run * job.dilation_y * cut.a_row
        else:
            a_offset[run] = (run // job.taps_x * job.dilation_y * cut.a_row
                             + run % job.taps_x * job.dilation_x * cut.a_pixel)
        b_offset[run] = run * cut.run * width
    run = begin = 0
    while run < cut.runs:
        tile.accumulate = job.accumulate or not first or run > 0 or begin > 0
        tile.a_offset, tile.b_offset = a_offset + run, b_offset + run
        if cut.run > CHAIN:
            # part of a run, all parts of about one length
            taken = ceil_div(cut.run, ceil_div(cut.run, CHAIN))
            tile.runs, tile.depth = 1, min(taken, cut.run - begin)
        else:
            tile.runs, tile.depth = min(max(CHAIN // cut.run, 1), cut.runs - run), cut.run
        begin += tile.depth
        if begin >= cut.run:
            run += tile.runs
        tile.relu = relu and last and run == cut.runs
        run_tiles(job, cut, &tile, ahead, rows, row_columns, a + (begin - tile.depth), b + (begin - tile.depth) * width,
                  bias if last and run == cut.runs else <const real*>NULL, c)
        if begin >= cut.run:
            begin = 0


cdef inline Ahead pixels_ahead(const Correlation* job, const Cut* cut, ptrdiff_t rows, ptrdiff_t columns,
                               const real* a) noexcept nogil:
    """What the first panel's tiles read of A behind the first one, where whole pixels lie side by side in one chain.

    Of longer sums a chain reads more of each pixel than it has steps, and the processor sees that itself.
    """
    cdef Ahead ahead = nothing()
    cdef bint whole = not cut.block.height and job.a_pixel == job.depth and job.stride_y == 1 and job.stride_x == 1
    if not whole or job.depth * sizeof(real) < CONVOLITH_LINE or cut.depth > CHAIN:
        return ahead
    if rows == 1:
        ahead.at = <const char*>(a + 2 * cut.segment_rows * job.a_pixel)
        ahead.end = <const char*>(a + columns * job.a_pixel)
    elif columns == cut.width and job.a_row == columns * job.a_pixel:
        ahead.at, ahead.end = <const char*>(a + 2 * job.a_row), <const char*>(a + rows * job.a_row)
    return ahead


cdef void run_unit(const Correlation* job, const Cut* cut, ptrdiff_t unit, const real* a, const real* packed,
                   const real* bias, bint relu, real* c, char* scratch) noexcept nogil:
    cdef ptrdiff_t panel_block = unit % cut.panel_blocks, group = unit // cut.panel_blocks % job.groups
    cdef ptrdiff_t rest = unit // (cut.panel_blocks * job.groups), slice = rest // (cut.column_blocks * cut.row_blocks)
    cdef ptrdiff_t x = rest % cut.column_blocks * cut.columns, y = rest // cut.column_blocks % cut.row_blocks * cut.rows
    cdef ptrdiff_t image = slice // job.c_slices, z = slice % job.c_slices
    cdef ptrdiff_t rows = min(cut.rows, cut.height - y), columns = min(cut.columns, cut.width - x)
    cdef ptrdiff_t a_z = z * job.stride_z - job.before_z
    cdef ptrdiff_t a_y = y * job.stride_y - job.before_y, a_x = x * job.stride_x - job.before_x
    # The taps whose slices lie in A; where none does there is one of zeros, which leaves the bias.
    cdef ptrdiff_t begin = min(max(ceil_div(-a_z, job.dilation_z), 0), job.taps_z - 1)
    cdef ptrdiff_t end = max(min(ceil_div(job.a_slices - a_z, job.dilation_z), job.taps_z), begin + 1)
    cdef ptrdiff_t tap, at, index, width, first
    cdef bint within
    cdef ptrdiff_t* a_offset = <ptrdiff_t*>scratch
    cdef real* block = <real*>(scratch + aligned(2 * cut.runs * sizeof(ptrdiff_t)))
    cdef const real* source
    cdef Ahead ahead

    a += image * job.a_image + group * job.a_group
    c += image * job.c_image + z * job.c_slice + y * job.c_row + x * job.c_pixel + group * job.c_group
    packed += group * cut.packed_group
    if bias != NULL:
        bias += group * job.columns
    for tap in range(begin, end):
        at = a_z + tap * job.dilation_z
        within = 0 <= at < job.a_slices
        source = a + at * job.a_slice if within else a
        if cut.block.height:
            copy_block(&cut.source, &cut.block, source, a_y if within else cut.source.height, a_x, block)
            source = block
        else:
            source += a_y * cut.a_row + a_x * cut.a_pixel
        ahead = pixels_ahead(job, cut, rows, columns, source)
        for index in range(panel_block * cut.panels, min((panel_block + 1) * cut.panels, cut.panel_count)):
            first, width = index * cut.panel_width, width_of(cut, job, index)
            run_panel(job, cut, width, min(job.columns - first, width), rows, columns, tap == begin, tap + 1 == end,
                      source, packed + first * cut.depth + tap * cut.taps * job.depth * width,
                      bias + first if bias != NULL else bias, relu, c + first, a_offset, &ahead)


cdef void run(const Correlation* job, const Cut* cut, const real* a, const real* kernel, real* packed,
              const real* bias, bint relu, real* c, char* scratch, int threads) noexcept nogil:
    """Pack the kernel, unless there is none because that was done before, and run all units."""
    cdef ptrdiff_t item, items = job.groups * cut.panel_count * job.taps_z * cut.taps if kernel != NULL else 0
    cdef ptrdiff_t unit
    cdef unsigned mode = 0
    with parallel(num_threads=threads):
        mode = denormals_flush()
        for item in prange(items, schedule="static"):
            pack_panel(job, cut, item, kernel, packed)
        for unit in prange(cut.units, schedule="dynamic"):
            run_unit(job, cut, unit, a, packed, bias, relu, c, scratch + omp_get_thread_num() * cut.thread_bytes)
        denormals_restore(mode)


cdef inline int threads_of(const Correlation* job, const Cut* cut) noexcept nogil:
    return threads_for(operations(job, cut))


cdef int correlate(const Correlation* job, const real* a, const real* kernel, const real* bias, bint relu,
                   real* c) except -1 nogil:
    cdef Cut cut = cut_of(job, vectors_of(sizeof(real)))
    cdef size_t packed_bytes = aligned(job.groups * cut.packed_group * sizeof(real))
    cdef int threads = threads_of(job, &cut)
    cdef char* scratch = <char*>acquire(bytes_of(job, &cut, False, threads, sizeof(real)))
    run(job, &cut, a, kernel, <real*>scratch, repeated(job, bias, <real*>(scratch + packed_bytes)), relu, c,
        scratch + packed_bytes + bias_bytes(job, sizeof(real)), threads)
    release(scratch)
    return 0


cdef inline const real* repeated(const Correlation* job, const real* bias, real* room) noexcept nogil:
    """The bias for all columns."""
    if bias == NULL or job.repeats == 1:
        return bias
    fill(job.repeats, job.groups * job.columns // job.repeats, bias, room)
    return room


cdef inline size_t bias_bytes(const Correlation* job, size_t size) noexcept nogil:
    """What a repeated bias takes."""
    return aligned(job.groups * job.columns * size) if job.repeats > 1 else 0


cdef inline size_t bytes_of(const Correlation* job, const Cut* cut, bint packed, int threads,
                            size_t size) noexcept nogil:
    cdef size_t kernel_bytes = 0 if packed else aligned(job.groups * cut.packed_group * size)
    return kernel_bytes + bias_bytes(job, size) + threads * cut.thread_bytes


cdef size_t correlation_scratch(const Correlation* job, bint packed, Vectors vectors) noexcept nogil:
    cdef Cut cut = cut_of(job, vectors)
    return bytes_of(job, &cut, packed, threads_of(job, &cut), vectors.element_size)


cdef ptrdiff_t packed_size(const Correlation* job, Vectors vectors) noexcept nogil:
    return job.groups * cut_of(job, vectors).packed_group


cdef void pack_kernel(const Correlation* job, const real* kernel, real* packed) noexcept nogil:
    cdef Cut cut = cut_of(job, vectors_of(sizeof(real)))
    cdef ptrdiff_t item
    for item in range(job.groups * cut.panel_count * job.taps_z * cut.taps):
        pack_panel(job, &cut, item, kernel, packed)


cdef int correlate_packed(const Correlation* job, const real* a, const real* packed, const real* bias, bint relu,
                          real* c) except -1 nogil:
    cdef Cut cut = cut_of(job, vectors_of(sizeof(real)))
    cdef int threads = threads_of(job, &cut)
    cdef char* scratch = <char*>acquire(bytes_of(job, &cut, True, threads, sizeof(real)))
    run(job, &cut, a, <const real*>NULL, <real*>packed, repeated(job, bias, <real*>scratch), relu, c,
        scratch + bias_bytes(job, sizeof(real)), threads)
    release(scratch)
    return 0
