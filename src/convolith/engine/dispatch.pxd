"""The kernels of the instruction set in use, for the other engine modules."""

from libc.stdint cimport uint32_t, uint64_t

cdef extern from "kernels.h":
    enum:
        CONVOLITH_LINE
        CONVOLITH_NUMBERS
        CONVOLITH_SLOTS

    ctypedef struct convolith_tile:
        ptrdiff_t a_row, a_column, b_row, c_row, runs, depth
        const ptrdiff_t *a_offset
        const ptrdiff_t *b_offset
        const void *ahead
        ptrdiff_t ahead_step
        int rows, segments, columns, accumulate, relu

    ctypedef struct convolith_depthwise:
        ptrdiff_t channels, results, taps_y, taps_x, first, stride, dilation, width
        ptrdiff_t source_row, source_pixel, kernel_row, kernel_tap, result_pixel
        int far, relu

    ctypedef struct convolith_grouped:
        ptrdiff_t results, taps_y, taps_x, depth, stride, dilation
        ptrdiff_t source_row, source_block, kernel_row, kernel_tap, result_pixel
        int several, channels, relu

    ctypedef struct convolith_rule_float:
        const char* name
        int slots
        void (*step)(ptrdiff_t, const double*, float*, const float*, float*, float*, float*) noexcept nogil

    ctypedef struct convolith_local_response:
        ptrdiff_t pixels, channels, before, after, pitch
        double bias, alpha, beta

    ctypedef struct convolith_kernels_float:
        int lanes, panel, segment_rows
        void (*product)(const convolith_tile*, const float*, const float*, const float*, const float*, float*,
                        float*) noexcept nogil
        void (*stream)(ptrdiff_t, ptrdiff_t, const float*, const float*, ptrdiff_t, float*) noexcept nogil
        void (*pack)(ptrdiff_t, int, int, const float*, ptrdiff_t, ptrdiff_t, float*) noexcept nogil
        void (*pack_segments)(ptrdiff_t, ptrdiff_t, int, const float*, ptrdiff_t, float*, ptrdiff_t) noexcept nogil
        void (*add)(ptrdiff_t, const float*, float*) noexcept nogil
        void (*add_two)(ptrdiff_t, const float*, const float*, int, float*) noexcept nogil
        void (*fold)(ptrdiff_t, ptrdiff_t, ptrdiff_t, const float*, ptrdiff_t, float*, ptrdiff_t,
                     ptrdiff_t) noexcept nogil
        void (*sum_rows)(ptrdiff_t, ptrdiff_t, const float*, ptrdiff_t, int, float*) noexcept nogil
        void (*relu)(ptrdiff_t, const float*, float*) noexcept nogil
        void (*relu_gradient)(ptrdiff_t, const float*, const float*, float*) noexcept nogil
        void (*pieces)(ptrdiff_t, const float*, const float*, float*) noexcept nogil
        void (*pieces_gradient)(ptrdiff_t, const float*, const float*, const float*, float*) noexcept nogil
        void (*max_windows)(ptrdiff_t, ptrdiff_t, const ptrdiff_t*, ptrdiff_t, ptrdiff_t, const float*, float*,
                            ptrdiff_t) noexcept nogil
        void (*average_windows)(ptrdiff_t, ptrdiff_t, const ptrdiff_t*, ptrdiff_t, ptrdiff_t, float, const float*,
                                float*, ptrdiff_t) noexcept nogil
        void (*max_windows_gradient)(ptrdiff_t, ptrdiff_t, const ptrdiff_t*, ptrdiff_t, ptrdiff_t, int, int,
                                     const float*, const float*, ptrdiff_t, float*) noexcept nogil
        void (*average_windows_gradient)(ptrdiff_t, ptrdiff_t, const ptrdiff_t*, ptrdiff_t, ptrdiff_t, int, float,
                                         const float*, ptrdiff_t, float*) noexcept nogil
        void (*moments)(ptrdiff_t, ptrdiff_t, const float*, float*, float*) noexcept nogil
        void (*normalize)(ptrdiff_t, ptrdiff_t, const float*, const float*, const float*, const float*,
                          const float*, int, float*) noexcept nogil
        void (*normalize_sums)(ptrdiff_t, ptrdiff_t, const float*, const float*, const float*, const float*,
                               const float*, const float*, float*, float*, float*) noexcept nogil
        void (*normalize_gradient)(ptrdiff_t, ptrdiff_t, const float*, const float*, const float*, const float*,
                                   const float*, const float*, const float*, float*) noexcept nogil
        void (*local_response)(const convolith_local_response*, const float*, float*, float*) noexcept nogil
        void (*local_response_gradient)(const convolith_local_response*, const float*, const float*, float*,
                                        float*) noexcept nogil
        void (*curve)(int, ptrdiff_t, const float*, const float*, float*) noexcept nogil
        void (*curve_gradient)(int, ptrdiff_t, const float*, const float*, const float*, float*) noexcept nogil
        void (*winograd_input)(ptrdiff_t, float**, float*, ptrdiff_t) noexcept nogil
        void (*winograd_kernel)(int, ptrdiff_t, float**, float*, ptrdiff_t) noexcept nogil
        void (*winograd_output)(int, ptrdiff_t, const float*, ptrdiff_t, const float*, int, int,
                                float**) noexcept nogil
        void (*depthwise)(const convolith_depthwise*, const float*, const float*, const float*, float*) noexcept nogil
        void (*depthwise_gradient)(const convolith_depthwise*, const float*, const float*, float*) noexcept nogil
        void (*grouped)(const convolith_grouped*, const float*, const float*, const float*, float*) noexcept nogil
        void (*grouped_gradient)(const convolith_grouped*, const float*, const float*, float*) noexcept nogil
        const convolith_rule_float* rules
        void (*dropout)(ptrdiff_t, uint64_t, uint64_t, uint64_t, uint32_t, float, const float*,
                        float*) noexcept nogil
        void (*random_words)(ptrdiff_t, uint64_t, uint64_t, uint64_t, uint32_t*) noexcept nogil

    ctypedef struct convolith_rule_double:
        const char* name
        int slots
        void (*step)(ptrdiff_t, const double*, double*, const double*, double*, double*, double*) noexcept nogil

    ctypedef struct convolith_kernels_double:
        int lanes, panel, segment_rows
        void (*product)(const convolith_tile*, const double*, const double*, const double*, const double*, double*,
                        double*) noexcept nogil
        void (*stream)(ptrdiff_t, ptrdiff_t, const double*, const double*, ptrdiff_t, double*) noexcept nogil
        void (*pack)(ptrdiff_t, int, int, const double*, ptrdiff_t, ptrdiff_t, double*) noexcept nogil
        void (*pack_segments)(ptrdiff_t, ptrdiff_t, int, const double*, ptrdiff_t, double*, ptrdiff_t) noexcept nogil
        void (*add)(ptrdiff_t, const double*, double*) noexcept nogil
        void (*add_two)(ptrdiff_t, const double*, const double*, int, double*) noexcept nogil
        void (*fold)(ptrdiff_t, ptrdiff_t, ptrdiff_t, const double*, ptrdiff_t, double*, ptrdiff_t,
                     ptrdiff_t) noexcept nogil
        void (*sum_rows)(ptrdiff_t, ptrdiff_t, const double*, ptrdiff_t, int, double*) noexcept nogil
        void (*relu)(ptrdiff_t, const double*, double*) noexcept nogil
        void (*relu_gradient)(ptrdiff_t, const double*, const double*, double*) noexcept nogil
        void (*pieces)(ptrdiff_t, const double*, const double*, double*) noexcept nogil
        void (*pieces_gradient)(ptrdiff_t, const double*, const double*, const double*, double*) noexcept nogil
        void (*max_windows)(ptrdiff_t, ptrdiff_t, const ptrdiff_t*, ptrdiff_t, ptrdiff_t, const double*, double*,
                            ptrdiff_t) noexcept nogil
        void (*average_windows)(ptrdiff_t, ptrdiff_t, const ptrdiff_t*, ptrdiff_t, ptrdiff_t, double, const double*,
                                double*, ptrdiff_t) noexcept nogil
        void (*max_windows_gradient)(ptrdiff_t, ptrdiff_t, const ptrdiff_t*, ptrdiff_t, ptrdiff_t, int, int,
                                     const double*, const double*, ptrdiff_t, double*) noexcept nogil
        void (*average_windows_gradient)(ptrdiff_t, ptrdiff_t, const ptrdiff_t*, ptrdiff_t, ptrdiff_t, int, double,
                                         const double*, ptrdiff_t, double*) noexcept nogil
        void (*moments)(ptrdiff_t, ptrdiff_t, const double*, double*, double*) noexcept nogil
        void (*normalize)(ptrdiff_t, ptrdiff_t, const double*, const double*, const double*, const double*,
                          const double*, int, double*) noexcept nogil
        void (*normalize_sums)(ptrdiff_t, ptrdiff_t, const double*, const double*, const double*, const double*,
                               const double*, const double*, double*, double*, double*) noexcept nogil
        void (*normalize_gradient)(ptrdiff_t, ptrdiff_t, const double*, const double*, const double*, const double*,
                                   const double*, const double*, const double*, double*) noexcept nogil
        void (*local_response)(const convolith_local_response*, const double*, double*, double*) noexcept nogil
        void (*local_response_gradient)(const convolith_local_response*, const double*, const double*, double*,
                                        double*) noexcept nogil
        void (*depthwise)(const convolith_depthwise*, const double*, const double*, const double*,
                          double*) noexcept nogil
        void (*depthwise_gradient)(const convolith_depthwise*, const double*, const double*, double*) noexcept nogil
        void (*grouped)(const convolith_grouped*, const double*, const double*, const double*, double*) noexcept nogil
        void (*grouped_gradient)(const convolith_grouped*, const double*, const double*, double*) noexcept nogil
        const convolith_rule_double* rules
        void (*dropout)(ptrdiff_t, uint64_t, uint64_t, uint64_t, uint32_t, double, const double*,
                        double*) noexcept nogil
        void (*random_words)(ptrdiff_t, uint64_t, uint64_t, uint64_t, uint32_t*) noexcept nogil

cdef extern from "denormals.h":
    unsigned denormals_flush() noexcept nogil
    void denormals_restore(unsigned mode) noexcept nogil

ctypedef fused real:
    float
    double

cdef const convolith_kernels_float* f32
cdef const convolith_kernels_double* f64
cdef const convolith_kernels_float* narrower_f32  # the next instruction set's, but not the plain one's; or the same

# How the vectors of the instruction set in use hold elements of one type: what the cuts of all work depend on.
cdef struct Vectors:
    ptrdiff_t element_size    # bytes
    ptrdiff_t lanes, panel    # elements of a vector; columns of a register tile, at most
    ptrdiff_t segment_rows    # of a register tile's segment, at most

cdef inline Vectors vectors_of(size_t element_size) noexcept nogil:
    """Those of float or double, by their size."""
    if element_size == sizeof(float):
        return Vectors(element_size, f32.lanes, f32.panel, f32.segment_rows)
    return Vectors(element_size, f64.lanes, f64.panel, f64.segment_rows)


# A kernel of the table by its element type, for fused functions. One that a single module calls stands in that module.

cdef inline void product(const convolith_tile* tile, const real* a0, const real* a1, const real* b, const real* bias,
                         real* c0, real* c1) noexcept nogil:
    if real is float:
        f32.product(tile, a0, a1, b, bias, c0, c1)
    else:
        f64.product(tile, a0, a1, b, bias, c0, c1)

cdef inline void pack(ptrdiff_t depth, int columns, int width, const real* source, ptrdiff_t k_stride,
                      ptrdiff_t n_stride, real* packed) noexcept nogil:
    if real is float:
        f32.pack(depth, columns, width, source, k_stride, n_stride, packed)
    else:
        f64.pack(depth, columns, width, source, k_stride, n_stride, packed)

cdef inline void pack_segments(ptrdiff_t pixels, ptrdiff_t segments, int channels, const real* source,
                               ptrdiff_t pixel, real* packed, ptrdiff_t pitch) noexcept nogil:
    if real is float:
        f32.pack_segments(pixels, segments, channels, source, pixel, packed, pitch)
    else:
        f64.pack_segments(pixels, segments, channels, source, pixel, packed, pitch)

cdef inline void add(ptrdiff_t count, const real* source, real* into) noexcept nogil:
    if real is float:
        f32.add(count, source, into)
    else:
        f64.add(count, source, into)

cdef inline void relu(ptrdiff_t count, const real* source, real* result) noexcept nogil:
    if real is float:
        f32.relu(count, source, result)
    else:
        f64.relu(count, source, result)
