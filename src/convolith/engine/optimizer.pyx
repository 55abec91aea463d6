"""Optimizer steps in place, one pass over a parameter."""

from cython.parallel cimport parallel, prange

from convolith.engine.arrays cimport FLOAT32, elements, kind_of
from convolith.engine.call cimport done
from convolith.engine.dispatch cimport CONVOLITH_NUMBERS, denormals_flush, denormals_restore, real
from convolith.engine.step cimport Step, step_of, take
from convolith.engine.threads cimport threads_for

cdef enum:
    STRIPE = 16384            # elements that a thread takes at a time

cdef struct Update:
    Step step
    ptrdiff_t size
    int kind
    const void* gradient

NUMBERS = CONVOLITH_NUMBERS


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
        numbers: float64, `NUMBERS` of them, read at each step: what it keeps of the parameter first, then the rule's
            own and zeros; the kernel rounds them to the arrays' type.
        parameter: array of float32 or float64.
        gradient: array of its size and type.
        slots: as many such arrays as the rule has slots.

    Raises:
        ValueError: there is no such rule, or it has another number of slots.
    """
    cdef Update job
    job.kind, job.size = kind_of(parameter), parameter.size
    job.step = step_of(rule, numbers, parameter, slots, job.kind)
    job.gradient = elements(gradient, job.kind, job.size)
    return done(do_update, &job, sizeof(job), (numbers, parameter, gradient, *slots))


cdef int do_update(const void* job) except -1:
    cdef const Update* p = <const Update*>job
    with nogil:
        if p.kind == FLOAT32:
            move(&p.step, p.size, <const float*>p.gradient)
        else:
            move(&p.step, p.size, <const double*>p.gradient)
    return 0
