"""Contraction by Winograd's minimal filtering: tiles of A and B transformed, 36 sums of their products over all tiles,
and these transformed into the taps.

A tile of B plays the kernel's part, the taps are the outputs. Where the sums are small, the tiles are cut into parts
with sums of their own, shared out among the threads, each of which transforms its tiles block by block. Where they are
large, all tiles of a stretch are transformed first, and the panels of the sums are shared out.
"""

from cython.parallel cimport parallel, prange

from libc.string cimport memset

from convolith.engine.blocks cimport ceil_div, even
from convolith.engine.contraction cimport Contraction
from convolith.engine.dispatch cimport convolith_tile, denormals_flush, denormals_restore, f32
from convolith.engine.scratch cimport acquire, aligned, release
from convolith.engine.threads cimport omp_get_thread_num, threads_for
from convolith.engine.tiles cimport one_run, run_rows
from convolith.engine.winograd cimport POINTS, PRODUCTS, SUMS, Image, Tiles, pays, pitch_of, tile_pixels, tiles_of

cdef enum:
    CHAIN = 112               # tiles whose products are summed in one chain
    PARTS = 8                 # of the tiles, at most
    SUMS_BYTES = 2560 * 1024  # of a part, at most
    BLOCK_BYTES = 640 * 1024  # of a block's transformed tiles, of A and B
    STRETCH_BYTES = 24 << 20  # the same of a stretch
    STRIPE = 4096             # elements of C that are transformed at a time


# How a Contraction is run: filled once a call, the same for all threads.
cdef struct Cut:
    Tiles tiles
    Image a, b
    ptrdiff_t taps
    ptrdiff_t block, blocks                     # tiles; a stretch is one block
    ptrdiff_t panel_width, panel_count
    ptrdiff_t a_pitch, b_pitch, a_point, b_point  # of a transformed tile; from product to product of a block
    ptrdiff_t row, c_point, sums                # the sums' rows, distances and size: of a part, or of a panel
    ptrdiff_t parts                             # 0: the panels are shared out
    size_t block_bytes, shared_bytes, thread_bytes


cdef bint filters_kernel(const Contraction* job) noexcept nogil:
    return (job.groups == 1 and job.taps_z == 1 and job.taps_y == job.taps_x
            and job.stride_y == 1 and job.stride_x == 1 and job.dilation_y == 1 and job.dilation_x == 1
            and job.a_slices == 1 and job.b_slices == 1 and job.before_z == 0
            and pays(job.images, job.b_height, job.b_width, job.rows, job.columns, job.taps_x, SUMS))


cdef Cut cut_of(const Contraction* job) noexcept nogil:
    cdef Cut cut
    cdef ptrdiff_t tile_bytes, most
    cut.taps = job.taps_x
    cut.tiles = tiles_of(job.images, job.b_height, job.b_width, 7 - job.taps_x)
    cut.a.height, cut.a.width, cut.a.pixel = job.a_height, job.a_width, job.rows
    cut.a.row = job.a_width * job.rows
    cut.a.image = job.a_height * cut.a.row
    cut.b.height, cut.b.width, cut.b.pixel = job.b_height, job.b_width, job.columns
    cut.b.row = job.b_width * job.columns
    cut.b.image = job.b_height * cut.b.row
    cut.panel_width = f32.panel
    cut.panel_count = ceil_div(job.columns, cut.panel_width)
    cut.a_pitch, cut.b_pitch = pitch_of(job.rows), pitch_of(job.columns)

    tile_bytes = PRODUCTS * (cut.a_pitch + cut.b_pitch) * sizeof(float)
    cut.parts = 0
    if PRODUCTS * job.rows * job.columns * <ptrdiff_t>sizeof(float) <= SUMS_BYTES and cut.tiles.count >= 2 * CHAIN:
        cut.parts = min(PARTS, cut.tiles.count // CHAIN)
        most = min(max(BLOCK_BYTES // tile_bytes, CHAIN // 4), ceil_div(cut.tiles.count, cut.parts))
        cut.row = job.columns
        cut.c_point = pitch_of(job.rows * job.columns)
    else:
        most = max(STRETCH_BYTES // tile_bytes, CHAIN)
        cut.row = cut.panel_width
        cut.c_point = pitch_of(job.rows * cut.panel_width)
    cut.blocks = ceil_div(cut.tiles.count, most)
    cut.block = ceil_div(cut.tiles.count, cut.blocks)
    cut.sums = PRODUCTS * cut.c_point
    cut.a_point = pitch_of(cut.block * cut.a_pitch)
    cut.b_point = pitch_of(cut.block * cut.b_pitch)
    cut.block_bytes = PRODUCTS * (cut.a_point + cut.b_point) * sizeof(float)
    cut.shared_bytes = aligned(max(job.rows, job.columns) * sizeof(float))
    cut.thread_bytes = 0
    if cut.parts:
        cut.shared_bytes += cut.parts * cut.sums * sizeof(float)
        cut.thread_bytes = cut.block_bytes
    else:
        cut.shared_bytes += cut.block_bytes
        if cut.blocks > 1:
            cut.shared_bytes += cut.panel_count * cut.sums * sizeof(float)
        else:
            cut.thread_bytes = cut.sums * sizeof(float)
    return cut


cdef inline ptrdiff_t tiles_in(const Cut* cut, ptrdiff_t block) noexcept nogil:
    return min(cut.block, cut.tiles.count - block * cut.block)


cdef void transform_tile(const Contraction* job, const Cut* cut, ptrdiff_t first, ptrdiff_t tile, const float* a,
                         const float* b, float* zeros, float* block) noexcept nogil:
    """A tile of A and B: number `tile` of the block that begins with tile `first` of all."""
    cdef float* pixels[PRODUCTS]
    tile_pixels(&cut.tiles, first + tile, &cut.a, job.before_y, job.before_x, POINTS, <float*>a, zeros, pixels)
    f32.winograd_input(job.rows, pixels, block + tile * cut.a_pitch, cut.a_point)
    tile_pixels(&cut.tiles, first + tile, &cut.b, 0, 0, cut.tiles.size, <float*>b, zeros, pixels)
    f32.winograd_kernel(<int>cut.tiles.size, job.columns, pixels, block + PRODUCTS * cut.a_point + tile * cut.b_pitch,
                        cut.b_point)


cdef void multiply(const Contraction* job, const Cut* cut, ptrdiff_t tiles, ptrdiff_t first, ptrdiff_t end,
                   bint accumulate, const float* block, float* sums) noexcept nogil:
    """Add a block's tiles to the sums of the panels first to end, which begin at `sums`."""
    cdef ptrdiff_t start = 0, point, index, begin, chain = even(tiles, CHAIN)
    cdef convolith_tile call = one_run(1, cut.a_pitch, cut.row, &start)
    cdef const float* a
    cdef const float* b
    call.b_row = cut.b_pitch
    for point in range(PRODUCTS):
        a = block + point * cut.a_point
        b = block + PRODUCTS * cut.a_point + point * cut.b_point
        begin = 0
        while begin < tiles:
            call.accumulate, call.depth = accumulate or begin > 0, min(chain, tiles - begin)
            for index in range(first, end):
                call.columns = <int>min(job.columns - index * cut.panel_width, cut.panel_width)
                run_rows(&call, job.rows, a + begin * cut.a_pitch, b + begin * cut.b_pitch + index * cut.panel_width,
                         <const float*>NULL, sums + point * cut.c_point + (index - first) * cut.panel_width)
            begin += chain


cdef void run_part(const Contraction* job, const Cut* cut, ptrdiff_t part, const float* a, const float* b, float* zeros,
                   float* sums, float* block) noexcept nogil:
    """A thread's work where the tiles are shared out: the sums of one part of the blocks."""
    cdef ptrdiff_t begin = part * cut.blocks // cut.parts, index, tile
    for index in range(begin, (part + 1) * cut.blocks // cut.parts):
        for tile in range(tiles_in(cut, index)):
            transform_tile(job, cut, index * cut.block, tile, a, b, zeros, block)
        multiply(job, cut, tiles_in(cut, index), 0, cut.panel_count, index > begin, block, sums)


cdef void finish_stripe(const Contraction* job, const Cut* cut, ptrdiff_t stripe, float* sums, float* c) noexcept nogil:
    """Add the parts' sums in their order, and transform them into the taps, for a stripe of C's elements of a tap."""
    cdef float* pixels[25]
    cdef ptrdiff_t first = stripe * STRIPE, size = job.rows * job.columns, point, part, tap
    cdef ptrdiff_t count = min(STRIPE, size - first)
    for point in range(PRODUCTS):
        for part in range(1, cut.parts):
            f32.add(count, sums + part * cut.sums + point * cut.c_point + first, sums + point * cut.c_point + first)
    for tap in range(cut.taps * cut.taps):
        pixels[tap] = c + tap * size + first
    f32.winograd_output(<int>cut.taps, count, sums + first, cut.c_point, <const float*>NULL, False, False,
                        pixels)


cdef void run_panel(const Contraction* job, const Cut* cut, ptrdiff_t stretch, ptrdiff_t index, const float* block,
                    float* sums, float* c) noexcept nogil:
    """A thread's work where the panels are shared out: one panel's sums of a stretch, after the last one its taps."""
    cdef float* pixels[25]
    cdef ptrdiff_t column = index * cut.panel_width, row, tap
    multiply(job, cut, tiles_in(cut, stretch), index, index + 1, stretch > 0, block, sums)
    if stretch + 1 == cut.blocks:
        for row in range(job.rows):
            for tap in range(cut.taps * cut.taps):
                pixels[tap] = c + (tap * job.rows + row) * job.columns + column
            f32.winograd_output(<int>cut.taps, min(job.columns - column, cut.panel_width), sums + row * cut.row,
                                cut.c_point, <const float*>NULL, False, False, pixels)


cdef inline int threads_of(const Contraction* job, const Cut* cut) noexcept nogil:
    return threads_for(<double>PRODUCTS * cut.tiles.count * job.rows * job.columns)


cdef inline size_t bytes_of(const Cut* cut, int threads) noexcept nogil:
    return cut.shared_bytes + threads * cut.thread_bytes


cdef size_t kernel_filtering_scratch(const Contraction* job) noexcept nogil:
    cdef Cut cut = cut_of(job)
    return bytes_of(&cut, threads_of(job, &cut))


cdef int contract_filtered(const Contraction* job, const float* a, const float* b, float* c) except -1 nogil:
    cdef Cut cut = cut_of(job)
    cdef ptrdiff_t item, stretch = 0
    cdef int threads = threads_of(job, &cut)
    cdef char* scratch = <char*>acquire(bytes_of(&cut, threads))
    cdef float* zeros = <float*>scratch
    cdef float* shared = <float*>(scratch + aligned(max(job.rows, job.columns) * sizeof(float)))
    cdef float* sums = shared + cut.block_bytes // sizeof(float)
    cdef unsigned mode = 0
    memset(zeros, 0, max(job.rows, job.columns) * sizeof(float))
    with parallel(num_threads=threads):
        mode = denormals_flush()
        if cut.parts:
            for item in prange(cut.parts, schedule="dynamic"):
                run_part(job, &cut, item, a, b, zeros, shared + item * cut.sums,
                         <float*>(scratch + cut.shared_bytes + omp_get_thread_num() * cut.thread_bytes))
            for item in prange(ceil_div(job.rows * job.columns, STRIPE), schedule="static"):
                finish_stripe(job, &cut, item, shared, c)
        else:
            for stretch in range(cut.blocks):
                for item in prange(tiles_in(&cut, stretch), schedule="dynamic", chunksize=4):
                    transform_tile(job, &cut, stretch * cut.block, item, a, b, zeros, shared)
                for item in prange(cut.panel_count, schedule="dynamic"):
                    if cut.blocks > 1:
                        run_panel(job, &cut, stretch, item, shared, sums + item * cut.sums, c)
                    else:
                        run_panel(job, &cut, stretch, item, shared,
                                  <float*>(scratch + cut.shared_bytes + omp_get_thread_num() * cut.thread_bytes), c)
        denormals_restore(mode)
    release(scratch)
    return 0
