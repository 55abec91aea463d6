"""Contraction of two sets of images over their pixels: the loops over blocks of pixels and channels around the product.

Work is cut by the shapes alone into units, some rows and panels of C, of one tap in depth, for some of the pixels. A
unit walks over blocks of pixels: it copies the block of A that it needs, packs the panels of B that many tiles read,
and adds the products to C tile by tile. Many rows are copied as segments, pixel beside pixel, so that all taps of one
find it in the first-level cache. Where C is too small for many threads, the pixels are cut into parts with sums of
their own, which are added in their order at the end. Where pixels of B have so few channels that a register tile waits
for itself, neighbours are taken as one.
"""

from cython.parallel cimport parallel, prange

from convolith.engine.ahead cimport Ahead, fetch, nothing
from convolith.engine.blocks cimport ceil_div
from convolith.engine.contraction_units cimport CHAIN, Cut, Place, cut_of, joint_of, neighbours, size_of
from convolith.engine.copies cimport copy_block, copy_segments
from convolith.engine.dispatch cimport (
    Vectors, add, convolith_tile, denormals_flush, denormals_restore, pack, product, real, vectors_of,
)
from convolith.engine.scratch cimport acquire, aligned, release
from convolith.engine.threads cimport omp_get_thread_num, threads_for

cdef enum:
    STRIPE = 4096             # elements of C that are added at a time


cdef void run_tiles(const Contraction* job, const Cut* cut, convolith_tile* tile, Ahead* ahead, ptrdiff_t first,
                    ptrdiff_t end, const real* a, const real* b, real* c) noexcept nogil:
    """One chain of pixels for one panel: the register tiles of the segments first to end of C's rows, for all taps.

    Two segments of one length share a tile. Copied segments go one or two at a time through all taps, others all of one
    length.
    """
    cdef ptrdiff_t segments = ceil_div(cut.run, cut.segment_rows)
    cdef ptrdiff_t short = cut.run // segments, longer = cut.run % segments
    cdef ptrdiff_t s = first, tap, index, taken, begin, length
    cdef ptrdiff_t waiting = 0                # rows of the segment that waits for a second one
    cdef const real* at
    cdef const real* from0 = a
    cdef const real* from1
    cdef real* to0 = c
    cdef real* to1
    while s < end:
        if cut.segment_pitch:
            taken = 2 if s + 1 < end and s + 1 != longer else 1
        else:
            taken = (longer if s < longer else end) - s
        for tap in range(cut.taps):
            if cut.taps == job.taps_y:
                at = a + tap * job.dilation_y * cut.a_row
            else:
                at = (a + tap // job.taps_x * job.dilation_y * cut.a_row
                      + tap % job.taps_x * job.dilation_x * cut.a_pixel)
            for index in range(s, s + taken):
                length = short + 1 if index < longer else short
                begin = index * short + min(index, longer)
                from1 = at + ((index - first) * cut.segment_pitch if cut.segment_pitch else begin)
                to1 = c + (tap * cut.run + begin) * tile.c_row
                if waiting == length:
                    tile.rows, tile.segments = <int>length, 2
                    fetch(ahead, tile)
                    product(tile, from0, from1, b, <const real*>NULL, to0, to1)
                    waiting = 0
                else:
                    if waiting:
                        tile.rows, tile.segments = <int>waiting, 1
                        fetch(ahead, tile)
                        product(tile, from0, from0, b, <const real*>NULL, to0, to0)
                    waiting, from0, to0 = length, from1, to1
        s += taken
    if waiting:
        tile.rows, tile.segments = <int>waiting, 1
        fetch(ahead, tile)
        product(tile, from0, from0, b, <const real*>NULL, to0, to0)


cdef inline ptrdiff_t slice_at(const Contraction* job, ptrdiff_t slice, ptrdiff_t tap_z) noexcept nogil:
    """Which of all slices of A a slice of B meets at a tap; negative where it lies outside of the image."""
    cdef ptrdiff_t at = slice % job.b_slices * job.stride_z - job.before_z + tap_z * job.dilation_z
    return slice // job.b_slices * job.a_slices + at if 0 <= at < job.a_slices else -1


cdef inline Place place_of(const Cut* cut, ptrdiff_t block) noexcept nogil:
    cdef Place place
    place.x = block % cut.column_blocks * cut.block_width
    place.y = block // cut.column_blocks % cut.row_blocks * cut.block_rows
    place.slice = min(block // (cut.column_blocks * cut.row_blocks) * cut.block_slices, cut.slices)
    return place


cdef inline const char* a_from(const Contraction* job, const Cut* cut, ptrdiff_t block, ptrdiff_t tap_z,
                               const real* a) noexcept nogil:
    """Where the pixels of A begin that a block meets, or the end of A behind the last block."""
    cdef Place place = place_of(cut, block)
    cdef ptrdiff_t y = min(max(place.y * job.stride_y - job.before_y, 0), cut.source.height)
    cdef ptrdiff_t x = min(max(place.x * job.stride_x - job.before_x, 0), cut.source.width)
    cdef ptrdiff_t slice = max(slice_at(job, place.slice, tap_z), place.slice // job.b_slices * job.a_slices)
    return <const char*>(a + (slice * cut.source.height + y) * cut.source.row + x * cut.source.pixel)


cdef inline const char* b_from(const Contraction* job, const Cut* cut, ptrdiff_t block, const real* b) noexcept nogil:
    cdef Place place = place_of(cut, block)
    return <const char*>(b + ((place.slice * cut.height + place.y) * cut.width + place.x) * job.columns)


cdef Ahead next_of(const Contraction* job, const Cut* cut, ptrdiff_t block, ptrdiff_t end, ptrdiff_t tap_z,
                   const real* a, const real* b) noexcept nogil:
    """What the block behind this one reads of A and of B, if the unit reads it whole."""
    cdef Ahead ahead = nothing()
    if block + 1 < end and job.groups == 1:
        if cut.segment_blocks == 1 and job.taps_y >= job.stride_y and job.taps_x >= job.stride_x:  # all of it is read
            ahead.at, ahead.end = a_from(job, cut, block + 1, tap_z, a), a_from(job, cut, block + 2, tap_z, a)
        if cut.panel_blocks == 1:
            ahead.then, ahead.then_end = b_from(job, cut, block + 1, b), b_from(job, cut, block + 2, b)
    return ahead


cdef void run_block(const Contraction* job, const Cut* cut, ptrdiff_t block, ptrdiff_t group, ptrdiff_t tap_z,
                    ptrdiff_t first_segment, ptrdiff_t first_panel, bint accumulate, Ahead* ahead, const real* a,
                    const real* b, real* c, char* scratch) noexcept nogil:
    """Add one block of pixels to the segments and panels of a unit."""
    cdef Place place = place_of(cut, block)
    cdef ptrdiff_t x = place.x, y = place.y, slice = place.slice
    cdef ptrdiff_t slices = min(cut.block_slices, cut.slices - slice), height = min(cut.block_rows, cut.height - y)
    cdef ptrdiff_t width = min(cut.block_width, cut.width - x), rows = slices * height
    cdef ptrdiff_t b_channels = job.groups * job.columns, i, at, row, index, columns, lanes, chain
    cdef ptrdiff_t segment_end = min(first_segment + cut.segments, cut.segment_count)
    cdef ptrdiff_t panels = min(cut.panels, cut.panel_count - first_panel)
    cdef ptrdiff_t a_y = y * job.stride_y - job.before_y, a_x = x * job.stride_x - job.before_x
    cdef ptrdiff_t* a_offset = <ptrdiff_t*>scratch
    cdef ptrdiff_t* b_offset = a_offset + cut.block_slices * cut.block_rows
    cdef real* copied = <real*>(scratch + cut.offset_bytes)
    cdef real* packed = <real*>(scratch + cut.offset_bytes + cut.a_bytes)
    cdef const real* panel
    cdef convolith_tile tile

    a += group * job.rows
    for i in range(slices):
        at = slice_at(job, slice + i, tap_z) * job.a_height * cut.source.row
        for row in range(height):
            a_offset[i * height + row] = (i * cut.a_slice if cut.block.height else at) + row * cut.stride_y * cut.a_row
        if cut.segment_pitch:
            copy_segments(&cut.source, &cut.block, a + max(at, 0), a_y if at >= 0 else cut.source.height, a_x,
                          first_segment, segment_end, cut.segment_count, copied + i * cut.a_slice, cut.segment_pitch)
        elif cut.block.height:
            copy_block(&cut.source, &cut.block, a + max(at, 0), a_y if at >= 0 else cut.source.height, a_x,
                       copied + i * cut.a_slice)
    if cut.block.height:
        a = copied
    else:
        a += a_y * cut.a_row + a_x * cut.a_pixel
    tile.a_row, tile.a_column, tile.c_row = 1, cut.a_pixel * cut.stride_x, b_channels
    tile.depth, tile.relu = width, False
    if not cut.segment_pitch:
        segment_end = ceil_div(cut.run, cut.segment_rows)

    for index in range(panels):
        columns = min(job.columns - (first_panel + index) * cut.panel_width, cut.panel_width)
        lanes = cut.lane_width if columns <= cut.lane_width else cut.panel_width
        tile.columns, tile.ahead_step, tile.b_row = <int>columns, lanes * sizeof(real), b_channels
        panel = b + group * job.columns + (first_panel + index) * cut.panel_width
        for row in range(rows):
            b_offset[row] = (((slice + row // height) * cut.height + y + row % height) * cut.width + x) * b_channels
        if cut.packs:
            for row in range(rows):
                pack(width, <int>columns, <int>lanes, panel + b_offset[row], b_channels, 1,
                     packed + row * width * lanes)
                b_offset[row] = row * width * lanes
            tile.b_row, panel = lanes, packed
        chain = ceil_div(rows, max((rows * width + CHAIN // 2) // CHAIN, 1))
        row = 0
        while row < rows:
            tile.accumulate = accumulate or row > 0
            tile.runs = min(chain, rows - row)
            tile.a_offset, tile.b_offset = a_offset + row, b_offset + row
            run_tiles(job, cut, &tile, ahead, first_segment, segment_end, a, panel,
                      c + group * job.columns + (first_panel + index) * cut.panel_width)
            row += chain


cdef void run_unit(const Contraction* job, const Cut* cut, ptrdiff_t unit, const real* a, const real* b, real* c,
                   real* partial, char* scratch) noexcept nogil:
    cdef ptrdiff_t panel_block = unit % cut.panel_blocks, rest = unit // cut.panel_blocks
    cdef ptrdiff_t segment_block = rest % cut.segment_blocks, part = rest // cut.segment_blocks % cut.parts
    cdef ptrdiff_t tap_z = rest // (cut.segment_blocks * cut.parts) % job.taps_z
    cdef ptrdiff_t group = rest // (cut.segment_blocks * cut.parts * job.taps_z), block
    cdef Ahead ahead
    cdef ptrdiff_t begin = part * cut.blocks // cut.parts, end = (part + 1) * cut.blocks // cut.parts
    if part:
        c = partial + (part - 1) * cut.size
    c += tap_z * cut.tap_size
    for block in range(begin, end):
        ahead = next_of(job, cut, block, end, tap_z, a, b)
        run_block(job, cut, block, group, tap_z, segment_block * cut.segments, panel_block * cut.panels, block > begin,
                  &ahead, a, b, c, scratch)


cdef inline int threads_of(const Contraction* job, const Cut* cut) noexcept nogil:
    return threads_for(<double>cut.size * cut.slices * cut.height * cut.width / job.groups)


cdef inline size_t bytes_of(const Cut* cut, int threads) noexcept nogil:
    return cut.partial_bytes + threads * cut.thread_bytes


cdef inline size_t joint_bytes(const Contraction* joint, size_t size) noexcept nogil:
    return aligned(size_of(joint) * size)


cdef size_t contraction_scratch(const Contraction* job, Vectors vectors) noexcept nogil:
    cdef ptrdiff_t pixels = neighbours(job, vectors)
    cdef Contraction joint = joint_of(job, pixels)
    cdef Cut cut = cut_of(&joint, vectors)
    return bytes_of(&cut, threads_of(&joint, &cut)) + (joint_bytes(&joint, vectors.element_size) if pixels > 1 else 0)


cdef int contract(const Contraction* job, const real* a, const real* b, real* c) except -1 nogil:
    cdef ptrdiff_t pixels = neighbours(job, vectors_of(sizeof(real)))
    cdef Contraction joint
    cdef real* sums
    if pixels == 1:
        return run_units(job, a, b, c)
    joint = joint_of(job, pixels)
    sums = <real*>acquire(joint_bytes(&joint, sizeof(real)))
    try:
        run_units(&joint, a, b, sums)
        sum_own_taps(job, &joint, pixels, sums, c)
    finally:
        release(sums)
    return 0


cdef void sum_own_taps(const Contraction* job, const Contraction* joint, ptrdiff_t pixels, const real* sums,
                       real* c) noexcept nogil:
    """Add what each of the pixels that were taken as one gave to its own taps; what it gave to others is left."""
    cdef ptrdiff_t _line, at, pixel, n, run = job.taps_x * job.rows
    cdef const real* source
    for _line in range(job.taps_z * job.taps_y):
        for at in range(run):
            for n in range(job.columns):
                c[n] = 0
            for pixel in range(pixels):
                source = sums + (at + pixel * job.stride_x * job.rows) * joint.columns + pixel * job.columns
                for n in range(job.columns):
                    c[n] += source[n]
            c += job.columns
        sums += joint.taps_x * joint.rows * joint.columns


cdef int run_units(const Contraction* job, const real* a, const real* b, real* c) except -1 nogil:
    cdef Cut cut = cut_of(job, vectors_of(sizeof(real)))
    cdef ptrdiff_t unit, part, stripe, stripes = ceil_div(cut.size, STRIPE)
    cdef int threads = threads_of(job, &cut)
    cdef char* scratch = <char*>acquire(bytes_of(&cut, threads))
    cdef real* partial = <real*>scratch
    cdef unsigned mode = 0
    with parallel(num_threads=threads):
        mode = denormals_flush()
        for unit in prange(cut.units, schedule="dynamic"):
            run_unit(job, &cut, unit, a, b, c, partial,
                     scratch + cut.partial_bytes + omp_get_thread_num() * cut.thread_bytes)
        if cut.parts > 1:
            for stripe in prange(stripes, schedule="static"):
                for part in range(cut.parts - 1):
                    add(min(STRIPE, cut.size - stripe * STRIPE), partial + part * cut.size + stripe * STRIPE,
                        c + stripe * STRIPE)
        denormals_restore(mode)
    release(scratch)
    return 0
