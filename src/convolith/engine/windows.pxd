"""Where the windows of a pooling lie: what the loops over them ask."""

from libc.string cimport memset

from convolith.engine.dispatch cimport real
from convolith.engine.scratch cimport aligned

cdef enum Divisor:
    INSIDE
    PADDED
    ONE

cdef struct Axis:
    ptrdiff_t size, windows, taps, stride, dilation, before, after
    bint ragged               # adaptive windows that differ in size: of the rest only `size` and `windows` count

cdef struct Windows:
    Axis axis[3]              # depth, height, width; those that an image lacks come first and have size 1
    ptrdiff_t n, c
    Divisor divisor


cdef inline ptrdiff_t pixels_in(const Windows* g) noexcept nogil:
    return g.axis[0].size * g.axis[1].size * g.axis[2].size


cdef inline ptrdiff_t windows_in(const Windows* g) noexcept nogil:
    return g.axis[0].windows * g.axis[1].windows * g.axis[2].windows


cdef inline ptrdiff_t first_inside(const Axis* a, ptrdiff_t o) noexcept nogil:
    """The first pixel of window o that lies inside the image."""
    cdef ptrdiff_t start = o * a.stride - a.before
    if a.ragged:
        return o * a.size // a.windows
    return start if start >= 0 else start + (a.dilation - 1 - start) // a.dilation * a.dilation


cdef inline ptrdiff_t inside(const Axis* a, ptrdiff_t o) noexcept nogil:
    """How many pixels of window o lie inside the image."""
    cdef ptrdiff_t first = first_inside(a, o)
    if a.ragged:
        return ((o + 1) * a.size + a.windows - 1) // a.windows - first
    cdef ptrdiff_t end = min(o * a.stride - a.before + a.dilation * (a.taps - 1) + 1, a.size)
    return max(0, end - first + a.dilation - 1) // a.dilation


cdef inline bint holds_pixels(const Axis* a) noexcept nogil:
    """Whether each window has a pixel inside the image."""
    cdef ptrdiff_t o
    for o in range(a.windows):
        if inside(a, o) == 0:
            return False
    return True


cdef inline ptrdiff_t padded(const Axis* a, ptrdiff_t o) noexcept nogil:
    """How many pixels of window o lie inside the padded image, which a last window of ceil_mode leaves."""
    return min(a.taps, (a.size + a.after + a.before - o * a.stride + a.dilation - 1) // a.dilation)


cdef inline ptrdiff_t alike(const Axis* a, ptrdiff_t o) noexcept nogil:
    """How many windows, from o on, hold the same pixels as o's, a stride further each time."""
    cdef ptrdiff_t start = o * a.stride - a.before, span = a.dilation * (a.taps - 1) + 1
    if a.ragged or start < 0 or start + span > a.size:
        return 1
    return min((a.size - span - start) // a.stride + 1, a.windows - o)


cdef inline ptrdiff_t pixels_of(const Windows* g, ptrdiff_t z, ptrdiff_t y, ptrdiff_t x,
                                ptrdiff_t* offset) noexcept nogil:
    """The pixels of window (z, y, x) inside the image: their offsets from its first column; how many."""
    cdef const Axis* a = &g.axis[0]
    cdef ptrdiff_t i, j, k, row, count = 0
    cdef ptrdiff_t rows = inside(&a[1], y), columns = inside(&a[2], x)
    for i in range(inside(&a[0], z)):
        for j in range(rows):
            row = (first_inside(&a[0], z) + i * a[0].dilation) * a[1].size + first_inside(&a[1], y) + j * a[1].dilation
            for k in range(columns):
                offset[count] = (row * a[2].size + k * a[2].dilation) * g.c
                count += 1
    return count


cdef inline double scale_of(const Windows* g, ptrdiff_t z, ptrdiff_t y, ptrdiff_t x, ptrdiff_t count) noexcept nogil:
    """What the sum of window (z, y, x), with `count` pixels inside the image, is multiplied by."""
    if g.divisor == ONE:
        return 1.0
    if g.divisor == PADDED:
        count = padded(&g.axis[0], z) * padded(&g.axis[1], y) * padded(&g.axis[2], x)
    return 1.0 / count


cdef inline bint apart(const Axis* a) noexcept nogil:
    """Whether no two windows share a pixel."""
    return not a.ragged and (a.stride > a.dilation * (a.taps - 1) or a.windows == 1)


cdef inline bint covered(const Axis* a) noexcept nogil:
    """Whether each pixel is in a window, where they are apart."""
    return a.dilation == 1 and (a.stride == a.taps or a.windows == 1) and (
        (a.windows - 1) * a.stride + a.taps - a.before >= a.size)


cdef inline int separation(const Windows* g) noexcept nogil:
    """0 if windows share pixels; 1 if none do; 2 if each pixel is in one."""
    cdef const Axis* a = &g.axis[0]
    if not (apart(&a[0]) and apart(&a[1]) and apart(&a[2])):
        return 0
    return 2 if covered(&a[0]) and covered(&a[1]) and covered(&a[2]) else 1


cdef inline void clear_rows(const Windows* g, ptrdiff_t top, ptrdiff_t bottom, ptrdiff_t channels,
                            real* dx) noexcept nogil:
    """Zero some channels of the rows from top to bottom, of all slices of an image."""
    cdef ptrdiff_t _z, pixel, pixels = (bottom - top) * g.axis[2].size
    dx += top * g.axis[2].size * g.c
    for _z in range(g.axis[0].size):
        if channels == g.c:
            memset(dx, 0, pixels * g.c * sizeof(real))
        else:
            for pixel in range(pixels):
                memset(dx + pixel * g.c, 0, channels * sizeof(real))
        dx += g.axis[1].size * g.axis[2].size * g.c


cdef inline size_t scratch_bytes(const Windows* g) noexcept nogil:
    """What the offsets of the largest window take."""
    cdef const Axis* a = &g.axis[0]
    return aligned(min(a[0].taps, a[0].size) * min(a[1].taps, a[1].size) * min(a[2].taps, a[2].size)
                   * sizeof(ptrdiff_t))
