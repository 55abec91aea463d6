"""Grouped convolution of images with few channels a group, and its gradients: the loops around rows of results.

The channels are cut into strips: as many whole groups as fill a vector, where they fill it and have as many channels in
the results as in the images, else one group. A unit of work takes some rows of one image and one strip. It copies what
they read into its thread's scratch, with the zeros around the image, where a strip's pixels lie beside each other.
"""

from cython.parallel cimport parallel, prange
from libc.string cimport memcpy, memset

from convolith.engine.blocks cimport ceil_div, even
from convolith.engine.dispatch cimport (
    add, convolith_grouped, denormals_flush, denormals_restore, f32, f64, lanes, pack, real,
)
from convolith.engine.scratch cimport acquire, aligned, release
from convolith.engine.taps cimport Phase, phases_along
from convolith.engine.threads cimport omp_get_thread_num, threads_for

cdef enum:
    CHAIN = 384               # products that are summed in one chain at most,
    PIXELS = 2048             # and pixels of a part of the gradient by the kernel
    FEW_VECTORS = 1           # of a group's results: with more, the product wastes nothing
    COPY_BYTES = 48 * 1024    # of a unit's copy
    FLOATS_OF_LINE = 16       # of a cache line of 64 bytes
    UNITS = 16                # at least so many, where the shape allows: work for many cores

# How the channels of a pass's source and result are cut: `depth` and `columns` of a group.
cdef struct Strips:
    ptrdiff_t count, groups, depth, columns, lanes
    ptrdiff_t vectors         # of a strip's results
    ptrdiff_t blocks          # vectors of a strip's pixel in the copy: each row holds one after the other
    ptrdiff_t size            # of a vector's kernel: (taps_h, taps_w, depth, lanes)
    bint several              # whole groups in a vector

# What a unit copies: rows from `top` on and columns from `left` on, of the source.
cdef struct Copy:
    ptrdiff_t top, left, height, width

# The rows of a unit, the parts of the sum, and the working memory of all threads and of one.
cdef struct Room:
    ptrdiff_t rows, parts
    size_t shared_bytes, thread_bytes


cdef inline void grouped(const convolith_grouped* row, const real* source, const real* kernel, const real* bias,
                         real* result) noexcept nogil:
    if real is float:
        f32.grouped(row, source, kernel, bias, result)
    else:
        f64.grouped(row, source, kernel, bias, result)


cdef inline void grouped_gradient(const convolith_grouped* row, const real* source, const real* upstream,
                                  real* gradient) noexcept nogil:
    if real is float:
        f32.grouped_gradient(row, source, upstream, gradient)
    else:
        f64.grouped_gradient(row, source, upstream, gradient)


cdef inline size_t bytes_of(const Room* room, int threads) noexcept nogil:
    return room.shared_bytes + threads * room.thread_bytes


cdef Strips strips_of(const Grouped* g, ptrdiff_t depth, ptrdiff_t columns, real* kind) noexcept nogil:
    cdef Strips s
    s.groups, s.depth, s.columns, s.lanes = g.groups, depth, columns, lanes(kind)
    # Vectors of 16 bytes hold too few groups for instructions that choose among their lanes to pay.
    s.several = depth == columns and depth < s.lanes and s.lanes % depth == 0 and s.lanes * sizeof(real) > 16
    s.count = ceil_div(g.groups * depth, s.lanes) if s.several else g.groups
    s.vectors = 1 if s.several else ceil_div(columns, s.lanes)
    s.blocks = 1 if s.several else ceil_div(depth, s.lanes)
    s.size = g.taps_h * g.taps_w * depth * s.lanes
    return s


cdef inline Strips image_strips(const Grouped* g, bint turned, real* kind) noexcept nogil:
    """Those of the results or, with `turned`, of the gradient by the input."""
    return strips_of(g, g.columns if turned else g.depth, g.depth if turned else g.columns, kind)


cdef inline ptrdiff_t first_of(const Strips* s, ptrdiff_t strip, ptrdiff_t channels) noexcept nogil:
    """The strip's first channel, where a group has so many."""
    return strip * (s.lanes if s.several else channels)


cdef inline ptrdiff_t width_of(const Strips* s, ptrdiff_t strip, ptrdiff_t channels) noexcept nogil:
    """How many channels the strip has, where a group has so many."""
    return min(s.lanes, s.groups * channels - strip * s.lanes) if s.several else channels


cdef inline ptrdiff_t strips_of_line(const Strips* s) noexcept nogil:
    """Strips whose results share a cache line: work for one thread, one after the other, as two would fight for it."""
    return max(FLOATS_OF_LINE // (s.lanes if s.several else s.columns), 1)


cdef inline convolith_grouped row_of(const Strips* s, const Copy* copy) noexcept nogil:
    """A row of results whose windows are not known yet."""
    cdef convolith_grouped row
    row.depth, row.several, row.source_block = s.depth, s.several, copy.width * s.lanes
    row.source_row = s.blocks * row.source_block
    row.stride = row.dilation = 1
    row.results = row.taps_y = row.taps_x = row.kernel_row = row.kernel_tap = row.result_pixel = 0
    row.channels = row.relu = 0
    return row


cdef bint few_channels(const Grouped* g, real* kind) noexcept nogil:
    cdef ptrdiff_t widest = max(g.depth, g.columns)
    return (g.groups > 1 and widest <= FEW_VECTORS * lanes(kind) and g.taps_h * g.taps_w * widest <= CHAIN)


cdef ptrdiff_t rows_of(const Grouped* g, const Strips* s, ptrdiff_t rows, ptrdiff_t step, ptrdiff_t above,
                       ptrdiff_t width, real* kind) noexcept nogil:
    """Rows of a unit, of so many, of which each reads `step` more of `width` pixels, after the first `above`."""
    cdef ptrdiff_t most = COPY_BYTES // (width * s.blocks * s.lanes * <ptrdiff_t>sizeof(real))
    cdef ptrdiff_t taken = even(rows, max((most - above) // step, 1))
    while g.n * s.count * ceil_div(rows, taken) < UNITS and taken > 1:
        taken = ceil_div(taken, 2)
    return taken


cdef void copy_strip(const Strips* s, const Copy* copy, const real* image, ptrdiff_t h, ptrdiff_t w,
                     ptrdiff_t channels, ptrdiff_t taken, real* to) noexcept nogil:
    """Copy `taken` channels of an image's pixels; what lies outside of it is zero."""
    cdef ptrdiff_t y, k, before = min(max(-copy.left, 0), copy.width)
    cdef ptrdiff_t inside = max(min(w - copy.left, copy.width) - before, 0)
    for y in range(copy.top, copy.top + copy.height):
        for k in range(s.blocks):
            if y < 0 or y >= h or inside == 0:
                memset(to, 0, copy.width * s.lanes * sizeof(real))
            else:
                memset(to, 0, before * s.lanes * sizeof(real))
                pack(inside, <int>min(taken - k * s.lanes, s.lanes), <int>s.lanes,
                     image + (y * w + copy.left + before) * channels + k * s.lanes, channels, 1, to + before * s.lanes)
                memset(to + (before + inside) * s.lanes, 0, (copy.width - before - inside) * s.lanes * sizeof(real))
            to += copy.width * s.lanes


cdef void pack_kernel(const Grouped* g, const Strips* s, bint turned, ptrdiff_t strip, const real* kernel,
                      real* to) noexcept nogil:
    """The kernel of one strip, each vector's (taps, depth, lanes). turned: of the gradient by the input."""
    cdef ptrdiff_t all_columns = g.groups * g.columns, tap, u, i, lane
    cdef const real* source
    for u in range(s.vectors):
        for tap in range(g.taps_h * g.taps_w):
            source = kernel + tap * g.depth * all_columns
            if not turned:
                pack(s.depth, <int>min(width_of(s, strip, s.columns) - u * s.lanes, s.lanes), <int>s.lanes,
                     source + first_of(s, strip, s.columns) + u * s.lanes, all_columns, 1, to)
            elif not s.several:
                pack(s.depth, <int>min(s.columns - u * s.lanes, s.lanes), <int>s.lanes,
                     source + u * s.lanes * all_columns + strip * s.depth, 1, all_columns, to)
            else:
                for i in range(s.depth):
                    for lane in range(width_of(s, strip, s.columns)):
                        to[i * s.lanes + lane] = source[lane % s.depth * all_columns + strip * s.lanes
                                                        + lane // s.depth * s.depth + i]
            to += s.depth * s.lanes


cdef void sum_unit(const Grouped* g, const Strips* s, ptrdiff_t rows, ptrdiff_t unit, const real* x,
                   const real* packed, const real* bias, bint relu, real* y, real* scratch) noexcept nogil:
    cdef ptrdiff_t strip = unit % s.count, image = unit // s.count // ceil_div(g.out_h, rows), out, u
    cdef ptrdiff_t begin = unit // s.count % ceil_div(g.out_h, rows) * rows, end = min(begin + rows, g.out_h)
    cdef ptrdiff_t first = first_of(s, strip, s.columns), all_columns = g.groups * g.columns
    cdef Copy copy = copy_of(g, begin, end)
    cdef convolith_grouped row = row_of(s, &copy)
    copy_strip(s, &copy, x + image * g.h * g.w * g.groups * g.depth + first_of(s, strip, s.depth), g.h, g.w,
               g.groups * g.depth, width_of(s, strip, s.depth), scratch)
    set_window(g, s, &row, all_columns)
    row.relu = relu
    for u in range(s.vectors):
        row.channels = <int>min(width_of(s, strip, s.columns) - u * s.lanes, s.lanes)
        for out in range(begin, end):
            grouped(&row, scratch + (out - begin) * g.stride_h * copy.width * s.blocks * s.lanes,
                    packed + (strip * s.vectors + u) * s.size,
                    bias + first + u * s.lanes if bias != NULL else <const real*>NULL,
                    y + (image * g.out_h + out) * g.out_w * all_columns + first + u * s.lanes)


cdef inline Copy copy_of(const Grouped* g, ptrdiff_t begin, ptrdiff_t end) noexcept nogil:
    """What the results' rows from begin to end read."""
    cdef Copy copy
    copy.top, copy.left = begin * g.stride_h - g.top, -g.left
    copy.height = (end - begin - 1) * g.stride_h + (g.taps_h - 1) * g.dilation_h + 1
    copy.width = (g.out_w - 1) * g.stride_w + (g.taps_w - 1) * g.dilation_w + 1
    return copy


cdef inline void set_window(const Grouped* g, const Strips* s, convolith_grouped* row,
                            ptrdiff_t all_columns) noexcept nogil:
    row.results, row.taps_y, row.taps_x = g.out_w, g.taps_h, g.taps_w
    row.stride, row.dilation = g.stride_w, g.dilation_w
    row.source_row *= g.dilation_h
    row.kernel_row, row.kernel_tap, row.result_pixel = g.taps_w * s.depth * s.lanes, s.depth * s.lanes, all_columns


cdef inline ptrdiff_t floor_div(ptrdiff_t a, ptrdiff_t b) noexcept nogil:
    return a // b if a >= 0 else -ceil_div(-a, b)


cdef void input_unit(const Grouped* g, const Strips* s, ptrdiff_t rows, ptrdiff_t unit, const Phase* phases,
                     const real* dy, const real* packed, const real* bias, bint relu, real* dx,
                     real* scratch) noexcept nogil:
    """Rows of the gradient by the input, each a phase of the stride's columns after the other.

    phases: of the rows, min(stride_h, h), and of the columns.
    """
    cdef ptrdiff_t strip = unit % s.count, image = unit // s.count // ceil_div(g.h, rows), position, column, u
    cdef ptrdiff_t begin = unit // s.count % ceil_div(g.h, rows) * rows, end = min(begin + rows, g.h)
    cdef ptrdiff_t first = first_of(s, strip, s.columns), all_columns = g.groups * g.depth, tap
    cdef Copy copy = turned_copy_of(g, begin, end)
    cdef convolith_grouped row = row_of(s, &copy)
    cdef const real* source
    cdef Phase y, x
    copy_strip(s, &copy, dy + image * g.out_h * g.out_w * g.groups * g.columns + first_of(s, strip, s.depth), g.out_h,
               g.out_w, g.groups * g.columns, width_of(s, strip, s.depth), scratch)
    row.relu, row.result_pixel = relu, g.stride_w * all_columns
    for position in range(begin, end):
        y = phases[position % g.stride_h]
        row.taps_y, row.source_row = y.taps, y.dilation * copy.width * s.blocks * s.lanes
        row.kernel_row = -y.tap_step * g.taps_w * s.depth * s.lanes
        source = scratch
        if y.taps:
            source += (position // g.stride_h - y.before - copy.top) * copy.width * s.blocks * s.lanes
        for column in range(min(g.stride_w, g.w)):
            x = phases[min(g.stride_h, g.h) + column]
            row.results, row.taps_x, row.dilation = x.positions, x.taps, x.dilation
            row.kernel_tap = -x.tap_step * s.depth * s.lanes
            tap = y.last_tap * g.taps_w + x.last_tap if y.taps and x.taps else 0
            for u in range(s.vectors):
                row.channels = <int>min(width_of(s, strip, s.columns) - u * s.lanes, s.lanes)
                grouped(&row, source + (-x.before - copy.left) * s.lanes if x.taps else source,
                        packed + (strip * s.vectors + u) * s.size + tap * s.depth * s.lanes,
                        bias + first + u * s.lanes if bias != NULL else <const real*>NULL,
                        dx + ((image * g.h + position) * g.w + column) * all_columns + first + u * s.lanes)


cdef inline Copy turned_copy_of(const Grouped* g, ptrdiff_t begin, ptrdiff_t end) noexcept nogil:
    """The results whose windows reach the images' rows from begin to end."""
    cdef Copy copy
    copy.top = floor_div(begin + g.top - (g.taps_h - 1) * g.dilation_h, g.stride_h)
    copy.left = floor_div(g.left - (g.taps_w - 1) * g.dilation_w, g.stride_w)
    copy.height = (end - 1 + g.top) // g.stride_h - copy.top + 1
    copy.width = (g.w - 1 + g.left) // g.stride_w - copy.left + 1
    return copy


cdef inline int threads_of(const Grouped* g) noexcept nogil:
    return threads_for(<double>g.n * g.out_h * g.out_w * g.groups * g.columns * g.depth * g.taps_h * g.taps_w)


cdef inline size_t packed_bytes(const Strips* s, size_t size) noexcept nogil:
    return aligned(s.count * s.vectors * s.size * size)


cdef Room images_room(const Grouped* g, const Strips* s, bint turned, real* kind) noexcept nogil:
    cdef Room room
    cdef Copy one = turned_copy_of(g, 0, 1) if turned else copy_of(g, 0, 1)
    cdef Copy most
    room.rows = rows_of(g, s, g.h if turned else g.out_h, 1 if turned else g.stride_h, one.height, one.width, kind)
    most = turned_copy_of(g, 0, room.rows) if turned else copy_of(g, 0, room.rows)
    # A unit of the gradient may begin at any phase of the stride: it reaches one row more than the first one at most.
    room.thread_bytes = aligned((most.height + 1) * most.width * s.blocks * s.lanes * sizeof(real))
    room.shared_bytes = packed_bytes(s, sizeof(real))
    if turned:
        room.shared_bytes += aligned((min(g.stride_h, g.h) + min(g.stride_w, g.w)) * sizeof(Phase))
    room.parts = 1
    return room


cdef int give_images(const Grouped* g, bint turned, const real* images, const real* kernel, const real* bias,
                     bint relu, real* out) except -1 nogil:
    """The results or, with `turned`, the gradient by the input."""
    cdef Strips s = image_strips(g, turned, out)
    cdef Room room = images_room(g, &s, turned, out)
    cdef ptrdiff_t all_rows = g.h if turned else g.out_h, rows = room.rows
    cdef ptrdiff_t strip, unit, beside = strips_of_line(&s)
    cdef int threads = threads_of(g)
    cdef char* scratch = <char*>acquire(bytes_of(&room, threads))
    cdef real* packed = <real*>scratch
    cdef Phase* phases = <Phase*>(scratch + packed_bytes(&s, sizeof(real)))
    cdef real* own = NULL
    cdef unsigned mode = 0
    if turned:
        phases_along(phases, g.h, g.taps_h, g.stride_h, g.dilation_h, g.top)
        phases_along(phases + min(g.stride_h, g.h), g.w, g.taps_w, g.stride_w, g.dilation_w, g.left)
    with parallel(num_threads=threads):
        mode = denormals_flush()
        own = <real*>(scratch + room.shared_bytes + omp_get_thread_num() * room.thread_bytes)
        for strip in prange(s.count, schedule="static"):
            pack_kernel(g, &s, turned, strip, kernel, packed + strip * s.vectors * s.size)
        for unit in prange(g.n * ceil_div(all_rows, rows) * s.count, schedule="dynamic", chunksize=beside):
            if turned:
                input_unit(g, &s, rows, unit, phases, images, packed, bias, relu, out, own)
            else:
                sum_unit(g, &s, rows, unit, images, packed, bias, relu, out, own)
        denormals_restore(mode)
    release(scratch)
    return 0


cdef int grouped_conv(const Grouped* g, const real* x, const real* kernel, const real* bias, bint relu,
                      real* y) except -1 nogil:
    return give_images(g, False, x, kernel, bias, relu, y)


cdef int grouped_input_gradient(const Grouped* g, const real* dy, const real* kernel, const real* bias, bint relu,
                                real* dx) except -1 nogil:
    return give_images(g, True, dy, kernel, bias, relu, dx)


cdef void kernel_unit(const Grouped* g, const Strips* s, ptrdiff_t rows, ptrdiff_t strip, ptrdiff_t begin,
                      ptrdiff_t end, const real* x, const real* dy, real* sums, real* scratch) noexcept nogil:
    """What the rows from begin to end of all images' results, one after the other, give to one strip."""
    cdef ptrdiff_t all_columns = g.groups * g.columns, first = first_of(s, strip, s.columns)
    cdef ptrdiff_t image, out, last, row_at, u
    cdef Copy copy
    cdef convolith_grouped row
    memset(sums, 0, s.vectors * s.size * sizeof(real))
    while begin < end:
        image, out = begin // g.out_h, begin % g.out_h
        last = min(out + rows, g.out_h, out + end - begin)
        copy = copy_of(g, out, last)
        row = row_of(s, &copy)
        set_window(g, s, &row, all_columns)
        copy_strip(s, &copy, x + image * g.h * g.w * g.groups * g.depth + first_of(s, strip, s.depth), g.h, g.w,
                   g.groups * g.depth, width_of(s, strip, s.depth), scratch)
        for u in range(s.vectors):
            row.channels = <int>min(width_of(s, strip, s.columns) - u * s.lanes, s.lanes)
            for row_at in range(out, last):
                grouped_gradient(&row, scratch + (row_at - out) * g.stride_h * copy.width * s.blocks * s.lanes,
                                 dy + (image * g.out_h + row_at) * g.out_w * all_columns + first + u * s.lanes,
                                 sums + u * s.size)
        begin += last - out


cdef void unpack(const Grouped* g, const Strips* s, ptrdiff_t strip, const real* sums, real* dk) noexcept nogil:
    cdef ptrdiff_t first = first_of(s, strip, s.columns), u, at
    cdef size_t size
    for u in range(s.vectors):
        size = min(width_of(s, strip, s.columns) - u * s.lanes, s.lanes) * sizeof(real)
        for at in range(g.taps_h * g.taps_w * s.depth):
            memcpy(dk + at * g.groups * g.columns + first + u * s.lanes, sums + u * s.size + at * s.lanes, size)


cdef Room kernel_room(const Grouped* g, const Strips* s, real* kind) noexcept nogil:
    cdef Room room
    cdef Copy one = copy_of(g, 0, 1), most
    cdef ptrdiff_t all_rows = g.n * g.out_h
    room.rows = rows_of(g, s, g.out_h, g.stride_h, one.height, one.width, kind)
    room.parts = min(max(ceil_div(UNITS, s.count), ceil_div(all_rows * g.out_w, PIXELS)), all_rows)
    most = copy_of(g, 0, room.rows)
    room.thread_bytes = aligned(most.height * most.width * s.blocks * s.lanes * sizeof(real))
    room.shared_bytes = aligned(room.parts * s.count * s.vectors * s.size * sizeof(real))
    return room


cdef size_t grouped_scratch(const Grouped* g, bint turned, real* kind) noexcept nogil:
    cdef Strips s = image_strips(g, turned, kind)
    cdef Room room = images_room(g, &s, turned, kind)
    return bytes_of(&room, threads_of(g))


cdef size_t grouped_kernel_scratch(const Grouped* g, real* kind) noexcept nogil:
    cdef Strips s = strips_of(g, g.depth, g.columns, kind)
    cdef Room room = kernel_room(g, &s, kind)
    return bytes_of(&room, threads_of(g))


cdef int grouped_kernel_gradient(const Grouped* g, const real* x, const real* dy, real* dk) except -1 nogil:
    """Sums of parts of the images' rows, which are then added in order."""
    cdef Strips s = strips_of(g, g.depth, g.columns, dk)
    cdef Room room = kernel_room(g, &s, dk)
    cdef ptrdiff_t rows = room.rows, parts = room.parts
    cdef ptrdiff_t all_rows = g.n * g.out_h, strip_size = s.vectors * s.size, unit, strip, part
    cdef ptrdiff_t beside = strips_of_line(&s)
    cdef int threads = threads_of(g)
    cdef char* scratch = <char*>acquire(bytes_of(&room, threads))
    cdef real* sums = <real*>scratch
    cdef unsigned mode = 0
    with parallel(num_threads=threads):
        mode = denormals_flush()
        for unit in prange(parts * s.count, schedule="dynamic", chunksize=beside):
            part = unit // s.count
            kernel_unit(g, &s, rows, unit % s.count, part * all_rows // parts, (part + 1) * all_rows // parts, x, dy,
                        sums + unit * strip_size,
                        <real*>(scratch + room.shared_bytes + omp_get_thread_num() * room.thread_bytes))
        for strip in prange(s.count, schedule="static"):
            for part in range(1, parts):
                add(strip_size, sums + (part * s.count + strip) * strip_size, sums + strip * strip_size)
            unpack(g, &s, strip, sums + strip * strip_size, dk)
        denormals_restore(mode)
    release(scratch)
    return 0
