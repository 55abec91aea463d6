"""Optimizer steps in place, one pass over a parameter."""

from cython.parallel cimport parallel, prange

from convolith.engine.arrays cimport FLOAT32, elements, kind_of
from convolith.engine.dispatch cimport denormals_flush, denormals_restore, real
from convolith.engine.step cimport Step, step_of, take
from convolith.engine.threads cimport threads_for

cdef enum:
    STRIPE = 16384            # elements that a thread takes at a time


cdef void move(const Step* step, ptrdiff_t size, const real* gradient) noexcept nogil:
    cdef ptrdiff_t stripe, at
    cdef unsigned mode = 0
    with parallel(num_threads=threads_for(size)):
        mode = denormals_flush()
        for stripe in prange((size + STRIPE - 1) // STRIPE, schedule="static"):
            at = stripe * STRIPE
            take(step, at, min(STRIPE, size - at), gradient + at)
        denormals_restore(mode)


def update(rule, numbers, parameter, gradient, slots):
    """Move `parameter` and its slots by one step along `gradient`, in place.

    Args:
        rule: the name of a rule of csrc/kernels/optimizer.c.
        numbers: what the step keeps of the parameter first, then the rule's own, rounded to the arrays' type here.
        parameter: array of float32 or float64.
        gradient: array of its size and type.
        slots: as many such arrays as the rule has slots.

    Raises:
        ValueError: there is no such rule, or it has another number of slots.
    """
    cdef int kind = kind_of(parameter)
    cdef Step step = step_of(rule, numbers, parameter, slots, kind)
    cdef Py_ssize_t size = parameter.size
    cdef void* g = elements(gradient, kind, size)
    with nogil:
        if kind == FLOAT32:
            move(&step, size, <const float*>g)
        else:
            move(&step, size, <const double*>g)
