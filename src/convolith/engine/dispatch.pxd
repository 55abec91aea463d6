"""The kernels of the instruction set in use, for the other engine modules."""

from libc.stdint cimport uint32_t, uint64_t

cdef extern from "kernels.h":
    ctypedef struct convolith_tile:
        ptrdiff_t a_row, a_column, b_row, c_row, runs, depth
        const ptrdiff_t *a_offset
        const ptrdiff_t *b_offset
        int rows, segments, columns, accumulate, relu

    ctypedef struct convolith_kernels_float:
        int lanes, panel, segment_rows
        void (*product)(const convolith_tile*, const float*, const float*, const float*, const float*, float*,
                        float*) noexcept nogil
        void (*pack)(ptrdiff_t, int, int, const float*, ptrdiff_t, ptrdiff_t, float*) noexcept nogil
        void (*add)(ptrdiff_t, const float*, float*) noexcept nogil
        void (*fold)(ptrdiff_t, ptrdiff_t, ptrdiff_t, const float*, ptrdiff_t, float*, ptrdiff_t,
                     ptrdiff_t) noexcept nogil
        void (*sum_rows)(ptrdiff_t, ptrdiff_t, const float*, ptrdiff_t, int, float*) noexcept nogil
        void (*relu)(ptrdiff_t, const float*, float*) noexcept nogil
        void (*relu_gradient)(ptrdiff_t, const float*, const float*, float*) noexcept nogil
        void (*max_windows)(ptrdiff_t, ptrdiff_t, const ptrdiff_t*, ptrdiff_t, ptrdiff_t, const float*, float*,
                            ptrdiff_t) noexcept nogil
        void (*average_windows)(ptrdiff_t, ptrdiff_t, const ptrdiff_t*, ptrdiff_t, ptrdiff_t, float, const float*,
                                float*, ptrdiff_t) noexcept nogil
        void (*max_windows_gradient)(ptrdiff_t, ptrdiff_t, const ptrdiff_t*, ptrdiff_t, ptrdiff_t, int,
                                     const float*, const float*, ptrdiff_t, float*) noexcept nogil
        void (*average_windows_gradient)(ptrdiff_t, ptrdiff_t, const ptrdiff_t*, ptrdiff_t, ptrdiff_t, int, float,
                                         const float*, ptrdiff_t, float*) noexcept nogil
        void (*sgd)(ptrdiff_t, float*, const float*, float*, float, float, int) noexcept nogil
        void (*adam)(ptrdiff_t, float*, const float*, float*, float*, float, float, float, float) noexcept nogil
        void (*dropout)(ptrdiff_t, uint64_t, uint64_t, uint64_t, uint32_t, float, const float*,
                        float*) noexcept nogil

    ctypedef struct convolith_kernels_double:
        int lanes, panel, segment_rows
        void (*product)(const convolith_tile*, const double*, const double*, const double*, const double*, double*,
                        double*) noexcept nogil
        void (*pack)(ptrdiff_t, int, int, const double*, ptrdiff_t, ptrdiff_t, double*) noexcept nogil
        void (*add)(ptrdiff_t, const double*, double*) noexcept nogil
        void (*fold)(ptrdiff_t, ptrdiff_t, ptrdiff_t, const double*, ptrdiff_t, double*, ptrdiff_t,
                     ptrdiff_t) noexcept nogil
        void (*sum_rows)(ptrdiff_t, ptrdiff_t, const double*, ptrdiff_t, int, double*) noexcept nogil
        void (*relu)(ptrdiff_t, const double*, double*) noexcept nogil
        void (*relu_gradient)(ptrdiff_t, const double*, const double*, double*) noexcept nogil
        void (*max_windows)(ptrdiff_t, ptrdiff_t, const ptrdiff_t*, ptrdiff_t, ptrdiff_t, const double*, double*,
                            ptrdiff_t) noexcept nogil
        void (*average_windows)(ptrdiff_t, ptrdiff_t, const ptrdiff_t*, ptrdiff_t, ptrdiff_t, double, const double*,
                                double*, ptrdiff_t) noexcept nogil
        void (*max_windows_gradient)(ptrdiff_t, ptrdiff_t, const ptrdiff_t*, ptrdiff_t, ptrdiff_t, int,
                                     const double*, const double*, ptrdiff_t, double*) noexcept nogil
        void (*average_windows_gradient)(ptrdiff_t, ptrdiff_t, const ptrdiff_t*, ptrdiff_t, ptrdiff_t, int, double,
                                         const double*, ptrdiff_t, double*) noexcept nogil
        void (*sgd)(ptrdiff_t, double*, const double*, double*, double, double, int) noexcept nogil
        void (*adam)(ptrdiff_t, double*, const double*, double*, double*, double, double, double,
                     double) noexcept nogil
        void (*dropout)(ptrdiff_t, uint64_t, uint64_t, uint64_t, uint32_t, double, const double*,
                        double*) noexcept nogil

cdef extern from "denormals.h":
    unsigned denormals_flush() noexcept nogil
    void denormals_restore(unsigned mode) noexcept nogil

ctypedef fused real:
    float
    double

cdef const convolith_kernels_float* single
cdef const convolith_kernels_double* twice


# A kernel of the table by its element type: what a fused function calls.

cdef inline int segment_rows(real* kind) noexcept nogil:
    return single.segment_rows if real is float else twice.segment_rows

cdef inline int panel(real* kind) noexcept nogil:
    return single.panel if real is float else twice.panel

cdef inline int lanes(real* kind) noexcept nogil:
    return single.lanes if real is float else twice.lanes

cdef inline void product(const convolith_tile* tile, const real* a0, const real* a1, const real* b, const real* bias,
                         real* c0, real* c1) noexcept nogil:
    if real is float:
        single.product(tile, a0, a1, b, bias, c0, c1)
    else:
        twice.product(tile, a0, a1, b, bias, c0, c1)

cdef inline void pack(ptrdiff_t depth, int columns, int width, const real* source, ptrdiff_t k_stride,
                      ptrdiff_t n_stride, real* packed) noexcept nogil:
    if real is float:
        single.pack(depth, columns, width, source, k_stride, n_stride, packed)
    else:
        twice.pack(depth, columns, width, source, k_stride, n_stride, packed)

cdef inline void add(ptrdiff_t count, const real* source, real* into) noexcept nogil:
    if real is float:
        single.add(count, source, into)
    else:
        twice.add(count, source, into)

cdef inline void fold(ptrdiff_t pixels, ptrdiff_t rows, ptrdiff_t count, const real* source, ptrdiff_t source_pixel,
                      real* into, ptrdiff_t into_pixel, ptrdiff_t into_row) noexcept nogil:
    if real is float:
        single.fold(pixels, rows, count, source, source_pixel, into, into_pixel, into_row)
    else:
        twice.fold(pixels, rows, count, source, source_pixel, into, into_pixel, into_row)
