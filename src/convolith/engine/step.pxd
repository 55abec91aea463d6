"""An optimizer's step on a parameter, piece by piece."""

from convolith.engine.dispatch cimport CONVOLITH_NUMBERS, CONVOLITH_SLOTS, f32, f64, real

# A rule, its numbers (CONVOLITH_NUMBERS), and the arrays of the parameter and of the slots that it has, all of one
# element type.
cdef struct Step:
    int rule
    const double* numbers
    void* parameter
    void* slots[CONVOLITH_SLOTS]


cdef inline real* part(const void* array, ptrdiff_t at, const real* kind) noexcept nogil:
    """Where an array goes on; NULL where there is none."""
    return <real*>array + at if array != NULL else NULL


cdef inline void take(const Step* step, ptrdiff_t at, ptrdiff_t count, const real* gradient) noexcept nogil:
    """Move `count` elements from `at` on by their gradient."""
    cdef real* parameter = part(step.parameter, at, gradient)
    cdef real* first = part(step.slots[0], at, gradient)
    cdef real* second = part(step.slots[1], at, gradient)
    cdef real* third = part(step.slots[2], at, gradient)
    if real is float:
        f32.rules[step.rule].step(count, step.numbers, parameter, gradient, first, second, third)
    else:
        f64.rules[step.rule].step(count, step.numbers, parameter, gradient, first, second, third)


# The step by the rule of a name, with its numbers and slots, of a parameter of the element type `kind`.
# Raises ValueError: there is no such rule, or it has another number of slots. As `elements` does.
cdef Step step_of(rule, numbers, parameter, slots, int kind)
