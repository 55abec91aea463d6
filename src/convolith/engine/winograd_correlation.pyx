"""Correlation by Winograd's minimal filtering: tiles and kernel transformed, 36 products, their results transformed.

Tiles come in blocks that stay in the second-level cache, columns of the kernel in panels. Where the kernel is the
smaller of the two, it is transformed whole and the blocks are shared out among the threads; else all blocks are
transformed first and the panels are shared out, each transformed by its thread just before its use.
"""

from cython.parallel cimport parallel, prange

from libc.string cimport memset

from convolith.engine.blocks cimport ceil_div, even
from convolith.engine.correlation cimport Correlation
from convolith.engine.dispatch cimport convolith_tile, denormals_flush, denormals_restore, f32
from convolith.engine.scratch cimport acquire, aligned, release
from convolith.engine.threads cimport omp_get_thread_num, threads_for
from convolith.engine.tiles cimport one_run, run_rows
from convolith.engine.winograd cimport (
    KERNEL, PACKING, POINTS, PRODUCTS, Image, Tiles, pays, pitch_of, tile_pixels, tiles_of,
)

cdef enum:
    CHAIN = 256               # products that are summed in one chain
    BLOCK_BYTES = 384 * 1024  # of a block's transformed tiles
    MOST_TILES = 112          # in a block
    UNITS = 8                 # blocks, at least, where the shape allows
    PACKED = 32               # rows of the kernel that are packed and transformed at a time


# How a Correlation is run: filled once a call, the same for all threads.
cdef struct Cut:
    Tiles tiles
    Image source, result
    ptrdiff_t taps, block, blocks                   # block: tiles
    ptrdiff_t panel_width, panel_count
    ptrdiff_t pitch, a_point, b_point, c_point      # of a transformed tile; from product to product of a block, a panel
    bint whole_kernel                               # else all tiles are transformed first
    size_t a_bytes, b_bytes, c_bytes                # of a transformed block, a transformed panel, their products
    size_t shared_bytes, thread_bytes


cdef bint filters(const Correlation* job) noexcept nogil:
    return pays_beside(job, KERNEL)


cdef bint filters_packed(const Correlation* job) noexcept nogil:
    return pays_beside(job, KERNEL + PACKING * job.taps_y * job.taps_x)


cdef inline bint pays_beside(const Correlation* job, ptrdiff_t kernel) noexcept nogil:
    return (job.groups == 1 and job.taps_z == 1 and job.taps_y == job.taps_x
            and job.stride_y == 1 and job.stride_x == 1 and job.dilation_y == 1 and job.dilation_x == 1
            and job.a_slices == 1 and job.c_slices == 1 and job.before_z == 0
            and pays(job.images, job.c_height, job.c_width, job.depth, job.columns, job.taps_x, kernel))


cdef Cut cut_of(const Correlation* job) noexcept nogil:
    cdef Cut cut
    cdef ptrdiff_t most
    cut.taps = job.taps_x
    cut.tiles = tiles_of(job.images, job.c_height, job.c_width, 7 - job.taps_x)
    cut.source.height, cut.source.width, cut.source.image = job.a_height, job.a_width, job.a_image
    cut.source.row, cut.source.pixel = job.a_row, job.a_pixel
    cut.result.height, cut.result.width, cut.result.image = job.c_height, job.c_width, job.c_image
    cut.result.row, cut.result.pixel = job.c_row, job.c_pixel
    cut.panel_width = f32.panel
    cut.panel_count = ceil_div(job.columns, cut.panel_width)
    cut.whole_kernel = cut.tiles.count >= job.columns

    cut.pitch = pitch_of(job.depth)
    most = min(max(BLOCK_BYTES // (PRODUCTS * cut.pitch * <ptrdiff_t>sizeof(float)), 2 * f32.segment_rows), MOST_TILES)
    if cut.whole_kernel:
        most = min(most, ceil_div(cut.tiles.count, UNITS))
    most = ceil_div(most, 2 * f32.segment_rows) * 2 * f32.segment_rows
    cut.blocks = ceil_div(cut.tiles.count, most)
    cut.block = ceil_div(cut.tiles.count, cut.blocks)
    cut.a_point = pitch_of(cut.block * cut.pitch)
    cut.b_point = pitch_of(job.depth * cut.panel_width)
    cut.c_point = pitch_of(cut.block * cut.panel_width)
    cut.a_bytes = PRODUCTS * cut.a_point * sizeof(float)
    cut.b_bytes = PRODUCTS * cut.b_point * sizeof(float)
    cut.c_bytes = PRODUCTS * cut.c_point * sizeof(float)
    cut.shared_bytes = cut.panel_count * cut.b_bytes if cut.whole_kernel else cut.blocks * cut.a_bytes
    cut.shared_bytes += aligned(job.depth * sizeof(float))
    cut.thread_bytes = (cut.a_bytes if cut.whole_kernel else cut.b_bytes) + cut.c_bytes + aligned(
        (cut.taps * cut.taps * PACKED + 1) * cut.panel_width * sizeof(float))
    return cut


cdef void transform_panel(const Correlation* job, const Cut* cut, ptrdiff_t index, const float* kernel, float* result,
                          float* packed) noexcept nogil:
    cdef float* pixels[25]
    cdef ptrdiff_t first = index * cut.panel_width, begin = 0, depth, y, x
    while begin < job.depth:
        depth = min(PACKED, job.depth - begin)
        for y in range(cut.taps):
            for x in range(cut.taps):
                pixels[y * cut.taps + x] = packed + (y * cut.taps + x) * PACKED * cut.panel_width
                f32.pack(depth, <int>min(job.columns - first, cut.panel_width), <int>cut.panel_width,
                         kernel + job.b_begin + y * job.b_tap_y + x * job.b_tap_x + begin * job.b_depth
                         + first * job.b_column, job.b_depth, job.b_column, pixels[y * cut.taps + x])
        f32.winograd_kernel(<int>cut.taps, depth * cut.panel_width, pixels, result + begin * cut.panel_width,
                            cut.b_point)
        begin += depth


cdef void transform_block(const Correlation* job, const Cut* cut, ptrdiff_t block, const float* a, float* zeros,
                          float* result) noexcept nogil:
    cdef float* pixels[PRODUCTS]
    cdef ptrdiff_t first = block * cut.block, tile
    for tile in range(first, min(first + cut.block, cut.tiles.count)):
        tile_pixels(&cut.tiles, tile, &cut.source, job.before_y, job.before_x, POINTS, <float*>a, zeros, pixels)
        f32.winograd_input(job.depth, pixels, result + (tile - first) * cut.pitch, cut.a_point)


cdef void multiply(const Correlation* job, const Cut* cut, ptrdiff_t block, ptrdiff_t index, const float* a,
                   const float* b, const float* bias, bint relu, float* c, float* products,
                   float* outside) noexcept nogil:
    """The outputs of one block for one panel, from the block and the panel transformed."""
    cdef float* pixels[25]
    cdef ptrdiff_t start = 0, point, begin, first = block * cut.block, tile, column = index * cut.panel_width
    cdef ptrdiff_t rows = min(cut.block, cut.tiles.count - first), chain = even(job.depth, CHAIN)
    cdef int columns = <int>min(job.columns - column, cut.panel_width)
    cdef convolith_tile call = one_run(cut.pitch, 1, cut.panel_width, &start)
    call.b_row, call.columns = cut.panel_width, <int>cut.panel_width if columns > f32.lanes else f32.lanes
    for point in range(PRODUCTS):
        begin = 0
        while begin < job.depth:
            call.accumulate, call.depth = begin > 0, min(chain, job.depth - begin)
            run_rows(&call, rows, a + point * cut.a_point + begin,
                     b + point * cut.b_point + begin * cut.panel_width, <const float*>NULL,
                     products + point * cut.c_point)
            begin += chain
    for tile in range(rows):
        tile_pixels(&cut.tiles, first + tile, &cut.result, 0, 0, cut.tiles.size, c + column, outside, pixels)
        f32.winograd_output(<int>cut.tiles.size, columns, products + tile * cut.panel_width, cut.c_point,
                            bias + column if bias != NULL else bias, job.accumulate, relu, pixels)


cdef void run_block(const Correlation* job, const Cut* cut, ptrdiff_t block, const float* a, float* zeros,
                    const float* panels, const float* bias, bint relu, float* c, char* scratch) noexcept nogil:
    """A thread's work where the kernel is transformed whole."""
    cdef float* transformed = <float*>scratch
    cdef float* products = <float*>(scratch + cut.a_bytes)
    cdef ptrdiff_t index
    transform_block(job, cut, block, a, zeros, transformed)
    for index in range(cut.panel_count):
        multiply(job, cut, block, index, transformed, panels + index * PRODUCTS * cut.b_point, bias, relu, c, products,
                 <float*>(scratch + cut.a_bytes + cut.c_bytes))


cdef void run_panel(const Correlation* job, const Cut* cut, ptrdiff_t index, const float* kernel, const float* blocks,
                    const float* bias, bint relu, float* c, char* scratch) noexcept nogil:
    """A thread's work where all tiles are transformed first."""
    cdef float* transformed = <float*>scratch
    cdef float* products = <float*>(scratch + cut.b_bytes)
    cdef float* packed = <float*>(scratch + cut.b_bytes + cut.c_bytes)
    cdef ptrdiff_t block
    transform_panel(job, cut, index, kernel, transformed, packed)
    for block in range(cut.blocks):
        multiply(job, cut, block, index, blocks + block * PRODUCTS * cut.a_point, transformed, bias, relu, c, products,
                 packed)


cdef inline int threads_of(const Correlation* job, const Cut* cut) noexcept nogil:
    return threads_for(<double>PRODUCTS * cut.tiles.count * job.depth * job.columns)


cdef inline size_t bytes_of(const Cut* cut, int threads) noexcept nogil:
    return cut.shared_bytes + threads * cut.thread_bytes


cdef size_t filtering_scratch(const Correlation* job) noexcept nogil:
    cdef Cut cut = cut_of(job)
    return bytes_of(&cut, threads_of(job, &cut))


cdef int correlate_filtered(const Correlation* job, const float* a, const float* kernel, const float* bias, bint relu,
                            float* c) except -1 nogil:
    cdef Cut cut = cut_of(job)
    cdef ptrdiff_t item
    cdef int threads = threads_of(job, &cut)
    cdef char* scratch = <char*>acquire(bytes_of(&cut, threads))
    cdef float* zeros = <float*>scratch
    cdef float* shared = <float*>(scratch + aligned(job.depth * sizeof(float)))
    cdef unsigned mode = 0
    memset(zeros, 0, job.depth * sizeof(float))
    with parallel(num_threads=threads):
        mode = denormals_flush()
        if cut.whole_kernel:
            for item in prange(cut.panel_count, schedule="static"):
                transform_panel(job, &cut, item, kernel, shared + item * PRODUCTS * cut.b_point,
                                <float*>(scratch + cut.shared_bytes + omp_get_thread_num() * cut.thread_bytes))
            for item in prange(cut.blocks, schedule="dynamic"):
                run_block(job, &cut, item, a, zeros, shared, bias, relu, c,
                          scratch + cut.shared_bytes + omp_get_thread_num() * cut.thread_bytes)
        else:
            for item in prange(cut.blocks, schedule="dynamic"):
                transform_block(job, &cut, item, a, zeros, shared + item * PRODUCTS * cut.a_point)
            for item in prange(cut.panel_count, schedule="dynamic"):
                run_panel(job, &cut, item, kernel, shared, bias, relu, c,
                          scratch + cut.shared_bytes + omp_get_thread_num() * cut.thread_bytes)
        denormals_restore(mode)
    release(scratch)
    return 0
