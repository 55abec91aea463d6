"""The gradient of a convolution by inputs of few channels: a product for all taps at once, folded into the image.

With few channels the correlation of the upstream gradient leaves most lanes of a vector idle; here the taps fill them.
A unit is one image, so that what overlaps is added in one order.
"""

from cython.parallel cimport parallel, prange
from libc.string cimport memcpy

from convolith.engine.blocks cimport ceil_div, even
from convolith.engine.copies cimport fill
from convolith.engine.dispatch cimport (
    Vectors, convolith_tile, denormals_flush, denormals_restore, f32, f64, pack, real, relu as rectify, vectors_of,
)
from convolith.engine.scratch cimport acquire, aligned, release
from convolith.engine.threads cimport omp_get_thread_num, threads_for
from convolith.engine.tiles cimport one_run, run_rows

cdef enum:
    CHAIN = 384               # products that are summed in one chain
    TILES = 2                 # register tiles of pixels whose patches are made at a time, to stay near

cdef struct Cut:
    ptrdiff_t columns, panel_width, panels, patch      # patch: taps * channels, with its last panel filled up
    ptrdiff_t pixels                                   # whose patches are made at a time
    ptrdiff_t slices, height, width                    # of an image with the padding that its windows touch
    ptrdiff_t size                                     # its elements
    size_t packed_bytes, patch_bytes, thread_bytes


cdef inline void fold(ptrdiff_t pixels, ptrdiff_t rows, ptrdiff_t count, const real* source, ptrdiff_t source_pixel,
                      real* into, ptrdiff_t into_pixel, ptrdiff_t into_row) noexcept nogil:
    if real is float:
        f32.fold(pixels, rows, count, source, source_pixel, into, into_pixel, into_row)
    else:
        f64.fold(pixels, rows, count, source, source_pixel, into, into_pixel, into_row)


cdef Cut cut_of(const Fold* job, Vectors vectors) noexcept nogil:
    cdef Cut cut
    cut.columns = job.taps_z * job.taps_y * job.taps_x * job.channels
    cut.panel_width = vectors.panel
    cut.panels = ceil_div(cut.columns, cut.panel_width)
    cut.patch = ceil_div(cut.columns, vectors.lanes) * vectors.lanes
    cut.slices = max((job.out_slices - 1) * job.stride_z + (job.taps_z - 1) * job.dilation_z + 1,
                     job.before_z + job.slices)
    cut.height = max((job.out_height - 1) * job.stride_y + (job.taps_y - 1) * job.dilation_y + 1,
                     job.before_y + job.height)
    cut.width = max((job.out_width - 1) * job.stride_x + (job.taps_x - 1) * job.dilation_x + 1,
                    job.before_x + job.width)
    cut.size = cut.slices * cut.height * cut.width * job.groups * job.channels
    cut.pixels = TILES * 2 * vectors.segment_rows
    cut.packed_bytes = aligned(job.groups * job.depth * cut.patch * vectors.element_size)
    cut.patch_bytes = aligned(cut.pixels * cut.patch * vectors.element_size)
    cut.thread_bytes = cut.patch_bytes + aligned(cut.size * vectors.element_size)
    return cut


cdef inline ptrdiff_t width_of(const Cut* cut, ptrdiff_t index) noexcept nogil:
    return min(cut.panel_width, cut.patch - index * cut.panel_width)


cdef void make_patches(const Fold* job, const Cut* cut, ptrdiff_t pixels, const real* upstream, const real* packed,
                       real* patches) noexcept nogil:
    """The product of neighbouring pixels' upstream gradients with a group's packed kernel."""
    cdef ptrdiff_t start = 0, index, k, length = even(job.depth, CHAIN)
    cdef convolith_tile tile = one_run(job.groups * job.depth, 1, cut.patch, &start)
    for index in range(cut.panels):
        tile.b_row = width_of(cut, index)
        tile.columns = <int>tile.b_row
        k = 0
        while k < job.depth:
            tile.depth = min(length, job.depth - k)
            tile.accumulate = k > 0
            run_rows(&tile, pixels, upstream + k, packed + index * cut.panel_width * job.depth + k * tile.b_row,
                     <real*>NULL, patches + index * cut.panel_width)
            k += length


cdef void fold_patches(const Fold* job, const Cut* cut, ptrdiff_t pixels, const real* patches,
                       real* image) noexcept nogil:
    """Add patches to the padded image, the first of them at its beginning."""
    cdef ptrdiff_t channels = job.groups * job.channels, taps = job.taps_y * job.taps_x, tap
    cdef const real* end = patches + job.taps_z * taps * job.channels
    cdef ptrdiff_t step = job.stride_x * channels, row = job.dilation_y * cut.width * channels
    while patches < end:
        if job.groups == 1 and job.dilation_x == 1:
            fold(pixels, job.taps_y, job.taps_x * channels, patches, cut.patch, image, step, row)
        else:
            for tap in range(taps):
                fold(pixels, 1, job.channels, patches + tap * job.channels, cut.patch,
                     image + tap // job.taps_x * row + tap % job.taps_x * job.dilation_x * channels, step, row)
        patches += taps * job.channels
        image += job.dilation_z * cut.height * cut.width * channels


cdef void fold_rows(const Fold* job, const Cut* cut, ptrdiff_t first, ptrdiff_t pixels, const real* patches,
                    real* padded) noexcept nogil:
    """Add the patches of neighbouring pixels, from the `first` of an image on, each row's at a time."""
    cdef ptrdiff_t channels = job.groups * job.channels, end = first + pixels, row, x, z, y
    while first < end:
        row, x = first // job.out_width, first % job.out_width
        z, y = row // job.out_height, row % job.out_height
        pixels = min(end - first, job.out_width - x)
        fold_patches(job, cut, pixels, patches,
                     padded + ((z * job.stride_z * cut.height + y * job.stride_y) * cut.width + x * job.stride_x)
                     * channels)
        patches += pixels * cut.patch
        first += pixels


cdef void run_image(const Fold* job, const Cut* cut, const real* upstream, const real* packed, const real* bias,
                    bint relu, real* gradient, char* scratch) noexcept nogil:
    cdef ptrdiff_t channels = job.groups * job.channels, row, y, z, group, block, pixels
    cdef ptrdiff_t outputs = job.out_slices * job.out_height * job.out_width, most = cut.pixels
    cdef real* patches = <real*>scratch
    cdef real* padded = <real*>(scratch + cut.patch_bytes)
    cdef bint exact = cut.slices == job.slices and cut.height == job.height and cut.width == job.width
    if exact:
        padded = gradient
    fill(cut.slices * cut.height * cut.width, channels, bias, padded)
    for block in range(ceil_div(outputs, most)):
        pixels = min(most, outputs - block * most)
        for group in range(job.groups):
            make_patches(job, cut, pixels, upstream + (block * most * job.groups + group) * job.depth,
                         packed + group * job.depth * cut.patch, patches)
            fold_rows(job, cut, block * most, pixels, patches, padded + group * job.channels)
    if not exact:
        for row in range(job.slices * job.height):
            z, y = row // job.height + job.before_z, row % job.height + job.before_y
            memcpy(gradient + row * job.width * channels,
                   padded + ((z * cut.height + y) * cut.width + job.before_x) * channels,
                   job.width * channels * sizeof(real))
    if relu:
        rectify(job.slices * job.height * job.width * channels, gradient, gradient)


cdef inline int threads_of(const Fold* job, const Cut* cut) noexcept nogil:
    return threads_for(<double>job.images * job.out_slices * job.out_height * job.out_width * job.groups * job.depth
                       * cut.columns)


cdef inline size_t bytes_of(const Cut* cut, int threads) noexcept nogil:
    return cut.packed_bytes + threads * cut.thread_bytes


cdef size_t fold_scratch(const Fold* job, Vectors vectors) noexcept nogil:
    cdef Cut cut = cut_of(job, vectors)
    return bytes_of(&cut, threads_of(job, &cut))


cdef int fold_gradient(const Fold* job, const real* upstream, const real* kernel, const real* bias, bint relu,
                       real* gradient) except -1 nogil:
    cdef Cut cut = cut_of(job, vectors_of(sizeof(real)))
    cdef ptrdiff_t depth = job.groups * job.depth, group, index, image
    cdef ptrdiff_t upstream_size = job.out_slices * job.out_height * job.out_width * depth
    cdef ptrdiff_t gradient_size = job.slices * job.height * job.width * job.groups * job.channels
    cdef int threads = threads_of(job, &cut)
    cdef char* scratch = <char*>acquire(bytes_of(&cut, threads))
    cdef real* packed = <real*>scratch
    cdef unsigned mode = 0
    for group in range(job.groups):
        for index in range(cut.panels):
            pack(job.depth, <int>min(cut.columns - index * cut.panel_width, width_of(&cut, index)),
                 <int>width_of(&cut, index), kernel + group * job.depth + index * cut.panel_width * depth, 1, depth,
                 packed + (group * cut.patch + index * cut.panel_width) * job.depth)
    with parallel(num_threads=threads):
        mode = denormals_flush()
        for image in prange(job.images, schedule="static"):
            run_image(job, &cut, upstream + image * upstream_size, packed, bias, relu, gradient + image * gradient_size,
                      scratch + cut.packed_bytes + omp_get_thread_num() * cut.thread_bytes)
        denormals_restore(mode)
    release(scratch)
    return 0
