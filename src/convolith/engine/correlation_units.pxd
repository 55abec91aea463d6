"""How the work of a correlation is cut into units: by its shapes alone."""

from convolith.engine.blocks cimport ceil_div, even
from convolith.engine.copies cimport Block, Source, spread
from convolith.engine.correlation cimport Correlation
from convolith.engine.dispatch cimport Vectors
from convolith.engine.scratch cimport aligned

cdef enum:
    CHAIN = 384               # products that are summed in one chain; longer sums are cut, for exactness and the cache
    BLOCK_VECTORS = 10240     # of A in one unit, to stay in the second-level cache, which grew with the vectors
    UNITS = 16                # at least so many, where the shape allows: work for many cores, and a balance between few
    SMALL = 1 << 15           # multiply-adds for which a unit of its own does not pay
    FEW_PANELS = 4            # down to so many a unit, panels are shared out before rows: B is read less often,
    FEW_TILES = 8             # and down to one where the rows are no more than so many tiles: B is most of what is read
    CROWDED = 4096            # pixels a multiple of so many bytes apart share one set of the first-level cache;
    CROWDED_STRIDED = 1024    # with strides, whose pixels are not fetched ahead, four shared sets are too few as well

# How a Correlation is run: filled once a call, the same for all threads.
cdef struct Cut:
    ptrdiff_t slices, height, width          # extents of C in all, with the pixels of a 1x1 correlation in one row
    ptrdiff_t rows, columns, panels          # of a unit; panels of one group
    ptrdiff_t row_blocks, column_blocks, panel_blocks, units
    ptrdiff_t panel_count, packed_group      # panels of a group; elements of its packed kernel
    ptrdiff_t panel_width, lane_width, segment_rows
    ptrdiff_t taps, depth                    # taps of one slice; the whole sum: taps_z * taps * channels
    Source source                            # A's images, and the block that a unit copies of one; its height is 0
    Block block                              # where A is read in place
    ptrdiff_t a_row, a_pixel                 # strides of A as the product reads it,
    ptrdiff_t stride_y, stride_x             # and the steps in it from one output to the next
    ptrdiff_t runs, run                      # a slice's sum as runs of neighbouring elements of A
    ptrdiff_t thread_bytes                   # scratch of one thread


cdef inline ptrdiff_t width_of(const Cut* cut, const Correlation* job, ptrdiff_t index) noexcept nogil:
    """Columns that panel `index` is packed to: two vectors, or one where one holds all that is left."""
    cdef ptrdiff_t left = job.columns - index * cut.panel_width
    return cut.lane_width if left <= cut.lane_width else cut.panel_width


cdef inline double operations(const Correlation* job, const Cut* cut) noexcept nogil:
    """Multiply-adds."""
    return <double>job.groups * job.columns * cut.depth * cut.slices * cut.height * cut.width


cdef inline Cut cut_of(const Correlation* job, Vectors vectors) noexcept nogil:
    cdef Cut cut
    cdef ptrdiff_t last_z, last_y, last_x, budget, span, wanted, few, tile = 2 * vectors.segment_rows
    cdef ptrdiff_t crowded = CROWDED if job.stride_x == 1 else CROWDED_STRIDED
    cdef bint inside, flat

    cut.slices, cut.height, cut.width = job.images * job.c_slices, job.c_height, job.c_width
    last_z = (job.c_slices - 1) * job.stride_z - job.before_z + (job.taps_z - 1) * job.dilation_z
    last_y = (job.c_height - 1) * job.stride_y - job.before_y + (job.taps_y - 1) * job.dilation_y
    last_x = (job.c_width - 1) * job.stride_x - job.before_x + (job.taps_x - 1) * job.dilation_x
    inside = (job.before_z <= 0 and job.before_y <= 0 and job.before_x <= 0
              and last_z < job.a_slices and last_y < job.a_height and last_x < job.a_width)
    cut.taps = job.taps_y * job.taps_x
    flat = (inside and job.taps_z == 1 and cut.taps == 1
            and job.stride_z == 1 and job.stride_y == 1 and job.stride_x == 1
            and job.before_z == 0 and job.before_y == 0 and job.before_x == 0
            and job.a_row == job.c_width * job.a_pixel and job.c_row == job.c_width * job.c_pixel
            and job.a_slice == job.c_height * job.a_row and job.c_slice == job.c_height * job.c_row
            and job.a_image == job.c_slices * job.a_slice and job.c_image == job.c_slices * job.c_slice)
    if flat:
        cut.width *= cut.slices * cut.height
        cut.slices = cut.height = 1

    cut.panel_width, cut.lane_width, cut.segment_rows = vectors.panel, vectors.lanes, vectors.segment_rows
    cut.panel_count = ceil_div(job.columns, cut.panel_width)
    cut.depth = job.taps_z * cut.taps * job.depth
    cut.packed_group = cut.depth * ((cut.panel_count - 1) * cut.panel_width + width_of(&cut, job, cut.panel_count - 1))

    # The block of A: as many whole rows as the budget holds, or part of one row.
    budget = BLOCK_VECTORS * cut.lane_width // job.depth
    span = (cut.width - 1) * job.stride_x + (job.taps_x - 1) * job.dilation_x + 1
    cut.columns = cut.width
    cut.rows = (budget // span - (job.taps_y - 1) * job.dilation_y - 1) // job.stride_y + 1
    if cut.rows < 2:
        cut.rows = min(2, cut.height)
        span = budget // ((cut.rows - 1) * job.stride_y + (job.taps_y - 1) * job.dilation_y + 1)
        cut.columns = max((span - (job.taps_x - 1) * job.dilation_x - 1) // job.stride_x + 1, 4 * tile)
        cut.columns = min(ceil_div(even(cut.width, cut.columns // tile * tile), tile) * tile, cut.width)
    cut.rows = even(cut.height, cut.rows)
    cut.panels = cut.panel_count
    few = 1 if cut.height * cut.width <= FEW_TILES * tile else FEW_PANELS
    wanted = min(UNITS, <ptrdiff_t>(operations(job, &cut) / SMALL))
    while True:
        cut.row_blocks = ceil_div(cut.height, cut.rows)
        cut.column_blocks = ceil_div(cut.width, cut.columns)
        cut.panel_blocks = ceil_div(cut.panel_count, cut.panels)
        cut.units = job.groups * cut.slices * cut.row_blocks * cut.column_blocks * cut.panel_blocks
        if cut.units >= wanted:
            break
        if cut.panels > few:
            cut.panels = ceil_div(cut.panels, 2)
        elif cut.rows > 4:
            cut.rows = ceil_div(cut.rows, 2)
        elif cut.columns > 4 * tile:
            cut.columns = max(4 * tile, ceil_div(ceil_div(cut.columns, 2), tile) * tile)
        elif cut.panels > 1:
            cut.panels = ceil_div(cut.panels, 2)
        else:
            break

    cut.source.height, cut.source.width = job.a_height, job.a_width
    if flat:
        cut.source.height, cut.source.width = 1, cut.width
    cut.source.row, cut.source.pixel = job.a_row, job.a_pixel
    cut.source.step_y = cut.source.step_x = 1
    cut.block.height = cut.block.width = cut.block.row = 0
    cut.stride_y, cut.stride_x, cut.a_row, cut.a_pixel = job.stride_y, job.stride_x, job.a_row, job.a_pixel
    if not inside or job.a_pixel * job.stride_x * vectors.element_size % crowded == 0:
        if job.taps_y == 1:
            cut.stride_y, cut.source.step_y = 1, job.stride_y
        if job.taps_x == 1:
            cut.stride_x, cut.source.step_x = 1, job.stride_x
        cut.a_pixel = spread(job.depth, vectors.element_size)
        cut.block.height = (cut.rows - 1) * cut.stride_y + (job.taps_y - 1) * job.dilation_y + 1
        cut.block.width = (cut.columns - 1) * cut.stride_x + (job.taps_x - 1) * job.dilation_x + 1
        cut.block.channels, cut.block.pixel = job.depth, cut.a_pixel
        cut.a_row = cut.block.row = cut.block.width * cut.a_pixel
    if job.dilation_x == 1 and cut.a_pixel == job.depth:
        cut.runs, cut.run = job.taps_y, job.taps_x * job.depth
    else:
        cut.runs, cut.run = cut.taps, job.depth
    cut.thread_bytes = (aligned(cut.block.height * cut.block.row * vectors.element_size)
                        + aligned(2 * cut.runs * sizeof(ptrdiff_t)))
    return cut
