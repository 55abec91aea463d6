"""Grouped convolution of images with few channels a group, and its gradients: the loops around rows of results.

A unit of work takes some rows of one image and one strip of channels. It copies what they read into its thread's
scratch, with the zeros around the image, where a strip's pixels lie beside each other.
"""

from cython.parallel cimport parallel, prange
from libc.string cimport memset

from convolith.engine.blocks cimport ceil_div, even
from convolith.engine.dispatch cimport (
    Vectors, add, convolith_grouped, denormals_flush, denormals_restore, f32, f64, real, vectors_of,
)
from convolith.engine.scratch cimport acquire, aligned, release
from convolith.engine.strips cimport (
    Copy, Strips, copy_of, copy_strip, first_of, image_strips, pack_kernel, packed_bytes, row_of, set_window,
    strips_of, strips_of_line, turned_copy_of, unpack, width_of,
)
from convolith.engine.taps cimport Phase, phases_along
from convolith.engine.threads cimport omp_get_thread_num, threads_for

cdef enum:
    CHAIN = 384               # products that are summed in one chain at most,
    PIXELS = 2048             # and pixels of a part of the gradient by the kernel
    FEW_VECTORS = 1           # of a group's results: with more, the product wastes nothing
    COPY_BYTES = 48 * 1024    # of a unit's copy
    UNITS = 16                # at least so many of a cache line, where the shape allows: work for many cores

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


cdef bint few_channels(const Grouped* g, Vectors vectors) noexcept nogil:
    cdef ptrdiff_t widest = max(g.depth, g.columns)
    return (g.groups > 1 and widest <= FEW_VECTORS * vectors.lanes and g.taps_h * g.taps_w * widest <= CHAIN)


cdef ptrdiff_t rows_of(const Grouped* g, const Strips* s, ptrdiff_t rows, ptrdiff_t step, ptrdiff_t above,
                       ptrdiff_t width) noexcept nogil:
    """Rows of a unit, of so many, of which each reads `step` more of `width` pixels, after the first `above`."""
    cdef ptrdiff_t most = COPY_BYTES // (width * s.blocks * s.lanes * s.element_size)
    cdef ptrdiff_t taken = even(rows, max((most - above) // step, 1))
    while g.n * s.count * ceil_div(rows, taken) < UNITS * strips_of_line(s) and taken > 1:
        taken = ceil_div(taken, 2)
    return taken


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


cdef inline int threads_of(const Grouped* g) noexcept nogil:
    return threads_for(<double>g.n * g.out_h * g.out_w * g.groups * g.columns * g.depth * g.taps_h * g.taps_w)


cdef Room images_room(const Grouped* g, const Strips* s, bint turned) noexcept nogil:
    cdef Room room
    cdef Copy one = turned_copy_of(g, 0, 1) if turned else copy_of(g, 0, 1)
    cdef Copy most
    room.rows = rows_of(g, s, g.h if turned else g.out_h, 1 if turned else g.stride_h, one.height, one.width)
    most = turned_copy_of(g, 0, room.rows) if turned else copy_of(g, 0, room.rows)
    # A unit of the gradient may begin at any phase of the stride: it reaches one row more than the first one at most.
    room.thread_bytes = aligned((most.height + 1) * most.width * s.blocks * s.lanes * s.element_size)
    room.shared_bytes = packed_bytes(s)
    if turned:
        room.shared_bytes += aligned((min(g.stride_h, g.h) + min(g.stride_w, g.w)) * sizeof(Phase))
    room.parts = 1
    return room


cdef int give_images(const Grouped* g, bint turned, const real* images, const real* kernel, const real* bias,
                     bint relu, real* out) except -1 nogil:
    """The results or, with `turned`, the gradient by the input."""
    cdef Strips s = image_strips(g, turned, vectors_of(sizeof(real)))
    cdef Room room = images_room(g, &s, turned)
    cdef ptrdiff_t all_rows = g.h if turned else g.out_h, rows = room.rows
    cdef ptrdiff_t strip, unit, beside = strips_of_line(&s)
    cdef int threads = threads_of(g)
    cdef char* scratch = <char*>acquire(bytes_of(&room, threads))
    cdef real* packed = <real*>scratch
    cdef Phase* phases = <Phase*>(scratch + packed_bytes(&s))
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


cdef Room kernel_room(const Grouped* g, const Strips* s) noexcept nogil:
    cdef Room room
    cdef Copy one = copy_of(g, 0, 1), most
    cdef ptrdiff_t all_rows = g.n * g.out_h
    room.rows = rows_of(g, s, g.out_h, g.stride_h, one.height, one.width)
    room.parts = max(ceil_div(UNITS * strips_of_line(s), s.count), ceil_div(all_rows * g.out_w, PIXELS))
    room.parts = min(room.parts, all_rows)
    most = copy_of(g, 0, room.rows)
    room.thread_bytes = aligned(most.height * most.width * s.blocks * s.lanes * s.element_size)
    room.shared_bytes = aligned(room.parts * s.count * s.vectors * s.size * s.element_size)
    return room


cdef size_t grouped_scratch(const Grouped* g, bint turned, Vectors vectors) noexcept nogil:
    cdef Strips s = image_strips(g, turned, vectors)
    cdef Room room = images_room(g, &s, turned)
    return bytes_of(&room, threads_of(g))


cdef size_t grouped_kernel_scratch(const Grouped* g, Vectors vectors) noexcept nogil:
    cdef Strips s = strips_of(g, g.depth, g.columns, vectors)
    cdef Room room = kernel_room(g, &s)
    return bytes_of(&room, threads_of(g))


cdef int grouped_kernel_gradient(const Grouped* g, const real* x, const real* dy, real* dk) except -1 nogil:
    """Sums of parts of the images' rows, which are then added in order."""
    cdef Strips s = strips_of(g, g.depth, g.columns, vectors_of(sizeof(real)))
    cdef Room room = kernel_room(g, &s)
    cdef ptrdiff_t rows = room.rows, parts = room.parts
    cdef ptrdiff_t all_rows = g.n * g.out_h, strip_size = s.vectors * s.size, unit, strip, part
    cdef int threads = threads_of(g)
    cdef char* scratch = <char*>acquire(bytes_of(&room, threads))
    cdef real* sums = <real*>scratch
    cdef unsigned mode = 0
    with parallel(num_threads=threads):
        mode = denormals_flush()
        for unit in prange(parts * s.count, schedule="static"):
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
