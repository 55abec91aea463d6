"""Winograd's minimal filtering: tiles of images, the transforms' kernels, and when it pays.

Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", arXiv 1509.09308, section 4.1: a tile of size x
size outputs of taps x taps, size + taps = 7, is made of 36 products where the definition has size^2 * taps^2.
"""

cdef enum:
    POINTS = 6                # along an axis: pixels of a tile's inputs
    PRODUCTS = 36
    LINE = 16                 # elements of a cache line
    # What a pass transforms besides tiles, for each input channel and vector of filters, in multiply-adds of vectors:
    KERNEL = 170              # taps into products,
    SUMS = 350                # sums of products, which are large, into taps
    PACKING = 28              # what the definition saves where its kernel is packed already, for each tap


# Images' outputs (or inputs) cut into tiles: those of an image row by row, the images one after the other.
cdef struct Tiles:
    ptrdiff_t size, down, across, count         # count: of all images

# Pixels that a tile is read from or written to; strides are in elements.
cdef struct Image:
    ptrdiff_t height, width, image, row, pixel


cdef inline Tiles tiles_of(ptrdiff_t images, ptrdiff_t height, ptrdiff_t width, ptrdiff_t size) noexcept nogil:
    cdef Tiles tiles
    tiles.size = size
    tiles.down, tiles.across = (height + size - 1) // size, (width + size - 1) // size
    tiles.count = images * tiles.down * tiles.across
    return tiles


cdef inline void tile_pixels(const Tiles* tiles, ptrdiff_t tile, const Image* image, ptrdiff_t before_y,
                             ptrdiff_t before_x, ptrdiff_t extent, float* base, float* outside,
                             float** pixels) noexcept nogil:
    """The addresses of the extent x extent pixels of a tile; of those beyond the image, `outside`."""
    cdef ptrdiff_t in_image = tile % (tiles.down * tiles.across)
    cdef ptrdiff_t y = in_image // tiles.across * tiles.size - before_y
    cdef ptrdiff_t x = in_image % tiles.across * tiles.size - before_x
    cdef ptrdiff_t i, j
    cdef float* row
    base += tile // (tiles.down * tiles.across) * image.image
    if y >= 0 and x >= 0 and y + extent <= image.height and x + extent <= image.width:
        for i in range(extent):
            row = base + (y + i) * image.row + x * image.pixel
            for j in range(extent):
                pixels[i * extent + j] = row + j * image.pixel
    else:
        for i in range(extent):
            for j in range(extent):
                if 0 <= y + i < image.height and 0 <= x + j < image.width:
                    pixels[i * extent + j] = base + (y + i) * image.row + (x + j) * image.pixel
                else:
                    pixels[i * extent + j] = outside


cdef inline ptrdiff_t pitch_of(ptrdiff_t elements) noexcept nogil:
    """A distance with room for so many elements: an odd number of cache lines, so that neighbours meet in no set."""
    return ((elements + LINE - 1) // LINE | 1) * LINE


# Whether a convolution of stride 1 of `taps` x `taps`, from ci to co channels, goes faster by tiles of its outputs
# (height, width), in the pass that transforms `kernel` besides (KERNEL or SUMS). False where it is switched off.
cdef bint pays(ptrdiff_t images, ptrdiff_t height, ptrdiff_t width, ptrdiff_t ci, ptrdiff_t co, ptrdiff_t taps,
               ptrdiff_t kernel) noexcept nogil
