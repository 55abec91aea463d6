"""How the work of a contraction is cut into units: by its shapes alone."""

from convolith.engine.blocks cimport ceil_div, even
from convolith.engine.contraction cimport Contraction
from convolith.engine.copies cimport Block, Source, spread
from convolith.engine.dispatch cimport Vectors
from convolith.engine.scratch cimport aligned

cdef enum:
    CHAIN = 192               # pixels whose products are summed in one chain
    BLOCK_BYTES = 256 * 1024  # of A or B in a block of pixels, to stay in the second-level cache
    UNITS = 8                 # at least so many, where the shape allows
    MANY_PANELS = 8           # at most so many in a unit,
    FEW_COLUMNS = 128         # and down to so many columns they are shared out first;
    MANY_PIXELS = 12          # of B for each column of C
    MANY_SEGMENTS = 74        # at most so many in a unit,
    FEW_SEGMENTS = 32         # and down to so many, if there are taps that share their copy, before pixels are
    FEWEST_SEGMENTS = 16      # down to so many where there are few pixels
    FEW_ROWS = 56             # channels of A up to which taps side by side are taken together, more are in segments
    IN_FLIGHT = 8             # multiply-adds that a core begins before the first is done
    DEARER = 120              # percent of the cost of joined pixels that others must cost to be joined

# How a Contraction is run: filled once a call, the same for all threads.
cdef struct Cut:
    ptrdiff_t slices, height, width                 # of B in all, with the pixels of a 1x1 contraction in one row
    ptrdiff_t block_slices, block_rows, block_width  # of a block of pixels; more than one slice only if whole
    ptrdiff_t row_blocks, column_blocks, blocks
    ptrdiff_t panel_count, panel_width, lane_width, segment_rows
    bint packs                                      # whether panels of B are packed, for many tiles or part of a vector
    ptrdiff_t segment_count, segments               # of one tap's rows; of a unit
    ptrdiff_t panels, panel_blocks, segment_blocks, parts, units
    Source source                                   # A's slices, and the block that is copied of each; its height is 0
    Block block                                     # where A is read in place
    ptrdiff_t segment_pitch                         # from segment to segment of a copied block; 0 if in one
    ptrdiff_t a_row, a_pixel, a_slice               # strides of A as the product reads it,
    ptrdiff_t stride_y, stride_x                    # and the steps in it from one output to the next
    ptrdiff_t taps, run                             # C's rows as runs of neighbouring elements of A
    ptrdiff_t tap_size, size                        # elements of C for one tap in depth; of C
    size_t offset_bytes, a_bytes, thread_bytes, partial_bytes


# A block's first pixel in B.
cdef struct Place:
    ptrdiff_t x, y, slice


cdef inline double cost_of_joining(const Contraction* job, ptrdiff_t pixels, Vectors vectors) noexcept nogil:
    """Of a pixel of B, for all taps of a slice: the multiply-adds in whose time its products are added."""
    cdef ptrdiff_t rows = (job.taps_x + (pixels - 1) * job.stride_x) * job.rows
    cdef ptrdiff_t segments = ceil_div(rows, vectors.segment_rows), tiles = ceil_div(job.taps_y * segments, 2)
    cdef ptrdiff_t across = 1 if pixels * job.columns <= vectors.lanes else 2
    return <double>tiles * max(2 * ceil_div(rows, segments) * across, IN_FLIGHT) / pixels


cdef inline ptrdiff_t neighbours(const Contraction* job, Vectors vectors) noexcept nogil:
    """How many pixels of a row of B are best taken as one of so many times the channels, where these fill no panel."""
    cdef ptrdiff_t pixels, best = 1
    if job.groups > 1 or job.dilation_x > 1:
        return 1
    for pixels in range(2, vectors.panel // job.columns + 1):
        if job.b_width % pixels == 0 and cost_of_joining(job, pixels, vectors) < cost_of_joining(job, best, vectors):
            best = pixels
    return best if DEARER * cost_of_joining(job, best, vectors) < 100 * cost_of_joining(job, 1, vectors) else 1


cdef inline Contraction joint_of(const Contraction* job, ptrdiff_t pixels) noexcept nogil:
    """The contraction with so many pixels of B as one: among its taps each of them has its own."""
    cdef Contraction joint = job[0]
    joint.taps_x += (pixels - 1) * job.stride_x
    joint.stride_x *= pixels
    joint.columns *= pixels
    joint.b_width //= pixels
    return joint


cdef inline ptrdiff_t size_of(const Contraction* job) noexcept nogil:
    """Elements of C."""
    return job.taps_z * job.taps_y * job.taps_x * job.rows * job.groups * job.columns


cdef inline Cut cut_of(const Contraction* job, Vectors vectors) noexcept nogil:
    cdef Cut cut
    cdef ptrdiff_t last_z, last_y, last_x, a_channels = job.groups * job.rows, most, budget
    cdef ptrdiff_t few, few_columns, copied = 0
    cdef bint inside, flat, few_tiles, whole, copies

    last_z = (job.b_slices - 1) * job.stride_z - job.before_z + (job.taps_z - 1) * job.dilation_z
    last_y = (job.b_height - 1) * job.stride_y - job.before_y + (job.taps_y - 1) * job.dilation_y
    last_x = (job.b_width - 1) * job.stride_x - job.before_x + (job.taps_x - 1) * job.dilation_x
    inside = (job.before_z == 0 and job.before_y == 0 and job.before_x == 0
              and last_z < job.a_slices and last_y < job.a_height and last_x < job.a_width)
    cut.slices, cut.height, cut.width = job.images * job.b_slices, job.b_height, job.b_width
    flat = (inside and job.taps_z == 1 and job.taps_y == 1 and job.taps_x == 1
            and job.stride_z == 1 and job.stride_y == 1 and job.stride_x == 1
            and job.a_slices == job.b_slices and job.a_height == job.b_height and job.a_width == job.b_width)
    if flat:
        cut.width *= cut.slices * cut.height
        cut.slices = cut.height = 1

    # A block of pixels: some slices if they are small, else some rows of one, else a part of one row.
    most = min(job.rows, MANY_SEGMENTS * vectors.segment_rows)
    budget = BLOCK_BYTES // (vectors.element_size * max(most * job.stride_y * job.stride_x, 2 * vectors.panel))
    budget = max(budget, CHAIN)
    cut.block_width = even(cut.width, CHAIN)
    cut.block_rows = even(cut.height, max(budget // cut.block_width, 1))
    cut.block_slices = 1
    if cut.block_rows == cut.height and cut.block_width == cut.width:
        cut.block_slices = even(cut.slices, max(CHAIN // (cut.height * cut.width), 1))
    cut.column_blocks = ceil_div(cut.width, cut.block_width)
    cut.row_blocks = ceil_div(cut.height, cut.block_rows)
    cut.blocks = ceil_div(cut.slices, cut.block_slices) * cut.row_blocks * cut.column_blocks

    cut.panel_width, cut.lane_width, cut.segment_rows = vectors.panel, vectors.lanes, vectors.segment_rows
    cut.panel_count = ceil_div(job.columns, cut.panel_width)
    few_tiles = job.taps_y * job.taps_x * job.rows <= MANY_SEGMENTS * vectors.segment_rows
    cut.packs = not few_tiles or job.columns % vectors.lanes
    whole = inside and few_tiles and job.taps_z * job.taps_y * job.taps_x == 1  # a block's rows stay in the cache
    copies = not inside or (not whole and spread(a_channels * job.stride_x, vectors.element_size)
                            != a_channels * job.stride_x)
    cut.segment_count = 1
    if job.rows > FEW_ROWS and (copies or job.taps_y * job.taps_x > 1):
        cut.segment_count = ceil_div(job.rows, vectors.segment_rows)
    cut.segments = even(cut.segment_count, MANY_SEGMENTS)
    cut.panels = even(cut.panel_count, MANY_PANELS)
    few_columns = FEW_COLUMNS
    if cut.slices * cut.height * cut.width > MANY_PIXELS * job.columns:
        few_columns *= 2  # to add up the parts of C costs less than to read A once more
    few = FEW_SEGMENTS if job.taps_y * job.taps_x > 1 else MANY_SEGMENTS
    while True:
        cut.panel_blocks = ceil_div(cut.panel_count, cut.panels)
        cut.segment_blocks = ceil_div(cut.segment_count, cut.segments)
        cut.units = job.groups * job.taps_z * cut.panel_blocks * cut.segment_blocks
        cut.parts = max(1, min(ceil_div(UNITS, cut.units), cut.blocks))
        if cut.units >= UNITS:
            break
        if cut.panels * cut.panel_width > few_columns:
            cut.panels = ceil_div(cut.panels, 2)
        elif cut.segments > few:
            cut.segments = ceil_div(cut.segments, 2)
        elif cut.parts * cut.units >= UNITS:
            break
        elif cut.segments > FEWEST_SEGMENTS:
            cut.segments = ceil_div(cut.segments, 2)
        elif cut.panels > 1:
            cut.panels = ceil_div(cut.panels, 2)
        else:
            break
    cut.units *= cut.parts
    cut.tap_size = job.taps_y * job.taps_x * job.rows * job.groups * job.columns
    cut.size = size_of(job)

    cut.source.height, cut.source.width = job.a_height, job.a_width
    if flat:
        cut.source.height, cut.source.width = 1, cut.width
    cut.source.row, cut.source.pixel = cut.source.width * a_channels, a_channels
    cut.source.step_y = cut.source.step_x = 1
    cut.block.height = cut.block.width = cut.block.row = 0
    cut.stride_y, cut.stride_x, cut.a_row, cut.a_pixel = job.stride_y, job.stride_x, cut.source.row, a_channels
    cut.a_slice = job.a_height * cut.a_row
    cut.segment_pitch = 0
    if copies or cut.segment_count > 1:
        if job.taps_y == 1:
            cut.stride_y, cut.source.step_y = 1, job.stride_y
        if job.taps_x == 1:
            cut.stride_x, cut.source.step_x = 1, job.stride_x
        cut.a_pixel = vectors.segment_rows + 1 if cut.segment_count > 1 else spread(job.rows, vectors.element_size)
        cut.block.height = (cut.block_rows - 1) * cut.stride_y + (job.taps_y - 1) * job.dilation_y + 1
        cut.block.width = (cut.block_width - 1) * cut.stride_x + (job.taps_x - 1) * job.dilation_x + 1
        cut.block.channels, cut.block.pixel = job.rows, cut.a_pixel
        cut.a_row = cut.block.row = cut.block.width * cut.a_pixel
        cut.a_slice = cut.block.height * cut.a_row
        copied = cut.block_slices * cut.a_slice
        if cut.segment_count > 1:
            cut.segment_pitch = copied
            copied *= cut.segments
    cut.taps, cut.run = job.taps_y * job.taps_x, job.rows
    if job.dilation_x == 1 and cut.a_pixel == job.rows and job.rows <= FEW_ROWS:
        cut.taps, cut.run = job.taps_y, job.taps_x * job.rows
    cut.offset_bytes = aligned(2 * cut.block_slices * cut.block_rows * sizeof(ptrdiff_t))
    cut.a_bytes = aligned(copied * vectors.element_size)
    cut.partial_bytes = aligned((cut.parts - 1) * cut.size * vectors.element_size)
    cut.thread_bytes = cut.offset_bytes + cut.a_bytes
    if cut.packs:
        cut.thread_bytes += aligned(
            cut.block_slices * cut.block_rows * cut.block_width * cut.panel_width * vectors.element_size)
    return cut
