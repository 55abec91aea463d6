"""Cutting images into blocks."""

from libc.string cimport memcpy, memset

from convolith.engine.dispatch cimport real


cdef inline ptrdiff_t ceil_div(ptrdiff_t a, ptrdiff_t b) noexcept nogil:
    return (a + b - 1) // b


cdef inline ptrdiff_t even(ptrdiff_t size, ptrdiff_t most) noexcept nogil:
    """The size of parts that cut `size` as evenly as can be into parts of at most `most`."""
    return ceil_div(size, ceil_div(size, most))


# An image (rows of pixels of channels; strides in elements), and which of its rows and columns a block takes.
cdef struct Source:
    ptrdiff_t height, width, row, pixel
    ptrdiff_t step_y, step_x           # 1 takes them all

# The block: its extents and strides; a pixel holds `channels`, then perhaps a gap.
cdef struct Block:
    ptrdiff_t height, width, row, pixel, channels


cdef inline void copy_block(const Source* image, const Block* block, const real* a, ptrdiff_t y, ptrdiff_t x,
                            real* to) noexcept nogil:
    """Copy the image's rows from y and columns from x on into a block; what lies outside of the image is zero."""
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


cdef inline ptrdiff_t spread(ptrdiff_t pixel, size_t size) noexcept nogil:
    """The distance of pixels of so many elements in a block: none is a multiple of 1024 bytes, or they would compete
    for few sets of the cache."""
    return pixel + <ptrdiff_t>(64 // size) if pixel * size % 1024 == 0 else pixel
