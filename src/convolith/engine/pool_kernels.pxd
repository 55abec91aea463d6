"""The kernels that pool windows beside each other, for either real type."""

from convolith.engine.dispatch cimport convolith_kernels_float, f32, f64, narrower_f32, real


cdef inline const convolith_kernels_float* kernels_for(ptrdiff_t channels) noexcept nogil:
    """The kernels of the shorter vectors if they hold all channels.

    A window's pixels are less often written across cache lines, and what the next window reads of it at once is not
    written under a mask, for which it would have to wait.
    """
    return narrower_f32 if channels <= narrower_f32.lanes else f32


cdef inline void max_windows(ptrdiff_t windows, ptrdiff_t count, const ptrdiff_t* offset, ptrdiff_t step,
                             ptrdiff_t channels, const real* source, real* result, ptrdiff_t pitch) noexcept nogil:
    if real is float:
        kernels_for(channels).max_windows(windows, count, offset, step, channels, source, result, pitch)
    else:
        f64.max_windows(windows, count, offset, step, channels, source, result, pitch)


cdef inline void average_windows(ptrdiff_t windows, ptrdiff_t count, const ptrdiff_t* offset, ptrdiff_t step,
                                 ptrdiff_t channels, double scale, const real* source, real* result,
                                 ptrdiff_t pitch) noexcept nogil:
    if real is float:
        kernels_for(channels).average_windows(windows, count, offset, step, channels, <float>scale, source, result,
                                              pitch)
    else:
        f64.average_windows(windows, count, offset, step, channels, scale, source, result, pitch)


cdef inline void max_windows_gradient(ptrdiff_t windows, ptrdiff_t count, const ptrdiff_t* offset, ptrdiff_t step,
                                      ptrdiff_t channels, int separate, int positive, const real* source,
                                      const real* upstream, ptrdiff_t pitch, real* gradient) noexcept nogil:
    if real is float:
        kernels_for(channels).max_windows_gradient(windows, count, offset, step, channels, separate, positive, source,
                                                   upstream, pitch, gradient)
    else:
        f64.max_windows_gradient(windows, count, offset, step, channels, separate, positive, source, upstream, pitch,
                                 gradient)


cdef inline void average_windows_gradient(ptrdiff_t windows, ptrdiff_t count, const ptrdiff_t* offset, ptrdiff_t step,
                                          ptrdiff_t channels, int separate, double scale, const real* upstream,
                                          ptrdiff_t pitch, real* gradient) noexcept nogil:
    if real is float:
        # Separate windows are written once and read nothing: there the longer vectors are the faster ones.
        (f32 if separate > 1 else kernels_for(channels)).average_windows_gradient(
            windows, count, offset, step, channels, separate, <float>scale, upstream, pitch, gradient)
    else:
        f64.average_windows_gradient(windows, count, offset, step, channels, separate, scale, upstream, pitch, gradient)
