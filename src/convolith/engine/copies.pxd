"""Copies of blocks of images."""

from libc.string cimport memcpy, memset

from convolith.engine.blocks cimport ceil_div
from convolith.engine.dispatch cimport pack_segments, real

# A slice (rows of pixels of channels; strides in elements), and which of its rows and columns a block takes.
cdef struct Source:
    ptrdiff_t height, width, row, pixel
    ptrdiff_t step_y, step_x           # 1 takes them all

# The block: its extents and strides; a pixel holds `channels`, then perhaps a gap.
cdef struct Block:
    ptrdiff_t height, width, row, pixel, channels


cdef inline void copy_block(const Source* image, const Block* block, const real* a, ptrdiff_t y, ptrdiff_t x,
                            real* to) noexcept nogil:
    """Copy the slice's rows from y and columns from x on into a block; what lies outside of the slice is zero."""
    cdef ptrdiff_t row, column, at
    cdef ptrdiff_t first = min(max(ceil_div(-x, image.step_x), 0), block.width)   # columns inside: first to last
    cdef ptrdiff_t last = max(min(ceil_div(image.width - x, image.step_x), block.width), first)
    cdef size_t pixel = block.channels * sizeof(real)
    cdef const real* source
    for row in range(block.height):
        at = y + row * image.step_y
        if at < 0 or at >= image.height or first == last:
            memset(to, 0, block.row * sizeof(real))
        else:
            source = a + at * image.row + (x + first * image.step_x) * image.pixel
            memset(to, 0, first * block.pixel * sizeof(real))
            if image.pixel == block.pixel and block.pixel == block.channels and image.step_x == 1:
                memcpy(to + first * block.pixel, source, (last - first) * pixel)
            else:
                for column in range(last - first):
                    memcpy(to + (first + column) * block.pixel, source + column * image.step_x * image.pixel, pixel)
            memset(to + last * block.pixel, 0, (block.width - last) * block.pixel * sizeof(real))
        to += block.row


cdef inline void copy_segments(const Source* image, const Block* block, const real* a, ptrdiff_t y, ptrdiff_t x,
                               ptrdiff_t first, ptrdiff_t end, ptrdiff_t count, real* to,
                               ptrdiff_t pitch) noexcept nogil:
    """Copy rows and columns as copy_block does, into segments of the channels that are `pitch` apart.

    Of the `count` segments, as even as can be, those from `first` to `end` are copied.
    """
    cdef ptrdiff_t row, at, column, stop, s, short = block.channels // count, longer = block.channels % count
    cdef ptrdiff_t left = min(max(ceil_div(-x, image.step_x), 0), block.width)   # columns inside: left to right
    cdef ptrdiff_t right = max(min(ceil_div(image.width - x, image.step_x), block.width), left)
    cdef ptrdiff_t middle = min(max(longer, first), end), pixel = image.step_x * image.pixel
    cdef const real* source
    cdef real* copied
    for row in range(block.height):
        at = y + row * image.step_y
        column, stop = left, right
        if at < 0 or at >= image.height:
            column = stop = block.width
        for s in range(end - first):
            memset(to + s * pitch, 0, column * block.pixel * sizeof(real))
            memset(to + s * pitch + stop * block.pixel, 0, (block.width - stop) * block.pixel * sizeof(real))
        if column < stop:
            source = a + at * image.row + (x + column * image.step_x) * image.pixel
            copied = to + column * block.pixel
            pack_segments(stop - column, middle - first, <int>short + 1, source + first * (short + 1), pixel, copied,
                          pitch)
            pack_segments(stop - column, end - middle, <int>short, source + middle * short + longer, pixel,
                          copied + (middle - first) * pitch, pitch)
        to += block.row


cdef inline void fill(ptrdiff_t pixels, ptrdiff_t channels, const real* value, real* to) noexcept nogil:
    """Give all pixels the same channels, or zeros if there is no value."""
    cdef ptrdiff_t pixel
    if value == NULL:
        memset(to, 0, pixels * channels * sizeof(real))
    else:
        for pixel in range(pixels):
            memcpy(to + pixel * channels, value, channels * sizeof(real))


cdef inline ptrdiff_t spread(ptrdiff_t pixel, size_t size) noexcept nogil:
    """The distance of pixels of so many elements in a block: none is a multiple of 1024 bytes, or they would compete
    for few sets of the cache."""
    return pixel + <ptrdiff_t>(64 // size) if pixel * size % 1024 == 0 else pixel
