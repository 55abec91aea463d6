"""Strips of a grouped convolution's channels: how they are cut, copied and packed.

A strip is as many whole groups as fill a vector, where they fill it and have as many channels in the results as in the
images, else one group.
"""

from libc.string cimport memcpy, memset

from convolith.engine.blocks cimport ceil_div
from convolith.engine.dispatch cimport Vectors, convolith_grouped, pack, real
from convolith.engine.grouped cimport Grouped
from convolith.engine.scratch cimport aligned

cdef enum:
    LINE_BYTES = 64           # of a cache line

# How the channels of a pass's source and result are cut: `depth` and `columns` of a group.
cdef struct Strips:
    ptrdiff_t count, groups, depth, columns, lanes, element_size
    ptrdiff_t vectors         # of a strip's results
    ptrdiff_t blocks          # vectors of a strip's pixel in the copy: each row holds one after the other
    ptrdiff_t size            # of a vector's kernel: (taps_h, taps_w, depth, lanes)
    bint several              # whole groups in a vector

# What a unit copies: rows from `top` on and columns from `left` on, of the source.
cdef struct Copy:
    ptrdiff_t top, left, height, width


cdef inline Strips strips_of(const Grouped* g, ptrdiff_t depth, ptrdiff_t columns, Vectors vectors) noexcept nogil:
    cdef Strips s
    s.groups, s.depth, s.columns = g.groups, depth, columns
    s.lanes, s.element_size = vectors.lanes, vectors.element_size
    # Vectors of 16 bytes hold too few groups for instructions that choose among their lanes to pay.
    s.several = depth == columns and depth < s.lanes and s.lanes % depth == 0 and s.lanes * s.element_size > 16
    s.count = ceil_div(g.groups * depth, s.lanes) if s.several else g.groups
    s.vectors = 1 if s.several else ceil_div(columns, s.lanes)
    s.blocks = 1 if s.several else ceil_div(depth, s.lanes)
    s.size = g.taps_h * g.taps_w * depth * s.lanes
    return s


cdef inline Strips image_strips(const Grouped* g, bint turned, Vectors vectors) noexcept nogil:
    """Those of the results or, with `turned`, of the gradient by the input."""
    return strips_of(g, g.columns if turned else g.depth, g.depth if turned else g.columns, vectors)


cdef inline ptrdiff_t first_of(const Strips* s, ptrdiff_t strip, ptrdiff_t channels) noexcept nogil:
    """The strip's first channel, where a group has so many."""
    return strip * (s.lanes if s.several else channels)


cdef inline ptrdiff_t width_of(const Strips* s, ptrdiff_t strip, ptrdiff_t channels) noexcept nogil:
    """How many channels the strip has, where a group has so many."""
    return min(s.lanes, s.groups * channels - strip * s.lanes) if s.several else channels


cdef inline ptrdiff_t strips_of_line(const Strips* s) noexcept nogil:
    """Strips whose results share a cache line: work for one thread, one after the other, as two would fight for it."""
    return max(LINE_BYTES // (s.element_size * (s.lanes if s.several else s.columns)), 1)


cdef inline convolith_grouped row_of(const Strips* s, const Copy* copy) noexcept nogil:
    """A row of results whose windows are not known yet."""
    cdef convolith_grouped row
    row.depth, row.several, row.source_block = s.depth, s.several, copy.width * s.lanes
    row.source_row = s.blocks * row.source_block
    row.stride = row.dilation = 1
    row.results = row.taps_y = row.taps_x = row.kernel_row = row.kernel_tap = row.result_pixel = 0
    row.channels = row.relu = 0
    return row


cdef inline size_t packed_bytes(const Strips* s) noexcept nogil:
    return aligned(s.count * s.vectors * s.size * s.element_size)


cdef inline void copy_strip(const Strips* s, const Copy* copy, const real* image, ptrdiff_t h, ptrdiff_t w,
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


cdef inline void pack_kernel(const Grouped* g, const Strips* s, bint turned, ptrdiff_t strip, const real* kernel,
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


cdef inline void unpack(const Grouped* g, const Strips* s, ptrdiff_t strip, const real* sums, real* dk) noexcept nogil:
    cdef ptrdiff_t first = first_of(s, strip, s.columns), u, at
    cdef size_t size
    for u in range(s.vectors):
        size = min(width_of(s, strip, s.columns) - u * s.lanes, s.lanes) * sizeof(real)
        for at in range(g.taps_h * g.taps_w * s.depth):
            memcpy(dk + at * g.groups * g.columns + first + u * s.lanes, sums + u * s.size + at * s.lanes, size)


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


cdef inline Copy turned_copy_of(const Grouped* g, ptrdiff_t begin, ptrdiff_t end) noexcept nogil:
    """The results whose windows reach the images' rows from begin to end."""
    cdef Copy copy
    copy.top = floor_div(begin + g.top - (g.taps_h - 1) * g.dilation_h, g.stride_h)
    copy.left = floor_div(g.left - (g.taps_w - 1) * g.dilation_w, g.stride_w)
    copy.height = (end - 1 + g.top) // g.stride_h - copy.top + 1
    copy.width = (g.w - 1 + g.left) // g.stride_w - copy.left + 1
    return copy
