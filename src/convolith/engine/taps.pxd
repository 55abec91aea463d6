"""Which taps of a convolution's window meet which pixels, along one axis."""

from convolith.engine.blocks cimport ceil_div


cdef inline ptrdiff_t clip(ptrdiff_t* at, ptrdiff_t size, ptrdiff_t taps, ptrdiff_t dilation,
                           ptrdiff_t* first) noexcept nogil:
    """How many of the taps, which begin at position `at`, lie inside of 0 to size: the first of them, and its position.

    If there are none, both are 0.
    """
    cdef ptrdiff_t begin = max(ceil_div(-at[0], dilation), 0), end = min(ceil_div(size - at[0], dilation), taps)
    first[0] = begin if begin < end else 0
    at[0] = at[0] + begin * dilation if begin < end else 0
    return max(end - begin, 0)


# The gradient by the input, for the input's positions first, first + stride, ... The taps that reach them are tap,
# tap + tap_step, ...; run backwards, they make a correlation of stride 1 with the upstream gradient.
cdef struct Phase:
    ptrdiff_t first, positions, taps, last_tap, tap_step, dilation, before


cdef inline Phase phase_of(ptrdiff_t first, ptrdiff_t size, ptrdiff_t kernel, ptrdiff_t stride, ptrdiff_t dilation,
                           ptrdiff_t before) noexcept nogil:
    """The taps with position + before = output * stride + tap * dilation for positions first, first + stride, ..."""
    cdef Phase result
    cdef ptrdiff_t phase = (first + before) % stride
    cdef ptrdiff_t divisor = stride, rest = dilation, tap = 0
    while rest:
        divisor, rest = rest, divisor % rest
    result.first, result.positions = first, (size - first - 1) // stride + 1
    while tap < kernel and (tap * dilation) % stride != phase:
        tap += 1
    result.tap_step, result.dilation = stride // divisor, dilation // divisor
    result.taps = 0 if tap >= kernel else (kernel - tap - 1) // result.tap_step + 1
    result.last_tap = tap + (result.taps - 1) * result.tap_step
    result.before = (result.taps - 1) * result.dilation - (first + before - tap * dilation) // stride
    return result


cdef inline void phases_along(Phase* phases, ptrdiff_t size, ptrdiff_t kernel, ptrdiff_t stride, ptrdiff_t dilation,
                              ptrdiff_t before) noexcept nogil:
    """The phases of one axis, of which there are min(stride, size): dividing in the innermost loop would cost time."""
    cdef ptrdiff_t first
    for first in range(min(stride, size)):
        phases[first] = phase_of(first, size, kernel, stride, dilation, before)
