"""Local response normalisation across the channels of pixels, and its gradient: the loops over blocks of pixels.

The squares of a block, and what its elements owe to each other's strength, lie in its thread's working memory between
zeros, so that a window that reaches over the first or the last channel needs no case of its own.
"""

from cython.parallel cimport parallel, prange
from libc.string cimport memset

from convolith.engine.arrays cimport FLOAT32, elements, kind_of
from convolith.engine.blocks cimport ceil_div
from convolith.engine.call cimport done
from convolith.engine.dispatch cimport (
    Vectors, convolith_local_response, denormals_flush, denormals_restore, f32, f64, real, vectors_of,
)
from convolith.engine.scratch cimport acquire, aligned, release
from convolith.engine.threads cimport omp_get_thread_num, threads_for

cdef enum:
    BLOCK_BYTES = 12 * 1024   # of squares in a block of pixels, to stay in the first-level cache
    OPERATIONS = 16           # that an element costs beside its window


# One pass: forward where `dy` is NULL. The kernel's job is made when it runs, as the vectors of then ask for it.
cdef struct Pass:
    ptrdiff_t size, channels, before, after
    double bias, alpha, beta
    int kind
    const void* x
    const void* dy
    void* out


cdef inline void local_response(const convolith_local_response* job, const real* source, real* room,
                                real* result) noexcept nogil:
    if real is float:
        f32.local_response(job, source, room, result)
    else:
        f64.local_response(job, source, room, result)


cdef inline void local_response_gradient(const convolith_local_response* job, const real* source,
                                         const real* upstream, real* room, real* result) noexcept nogil:
    if real is float:
        f32.local_response_gradient(job, source, upstream, room, result)
    else:
        f64.local_response_gradient(job, source, upstream, room, result)


cdef convolith_local_response job_of(ptrdiff_t size, ptrdiff_t channels, ptrdiff_t before, ptrdiff_t after,
                                     Vectors vectors) noexcept nogil:
    """The job of a block of pixels; its numbers are not set."""
    cdef convolith_local_response job
    job.channels, job.before, job.after = channels, min(before, channels - 1), min(after, channels - 1)
    job.pitch = job.before + job.after + ceil_div(channels, vectors.lanes) * vectors.lanes
    job.pixels = min(max(BLOCK_BYTES // (job.pitch * vectors.element_size), 1), size // channels)
    job.bias = job.alpha = job.beta = 0
    return job


cdef inline size_t room_bytes(const convolith_local_response* job, bint gradient, size_t size) noexcept nogil:
    return aligned((2 if gradient else 1) * job.pixels * job.pitch * size)


cdef inline int threads_of(const convolith_local_response* job, ptrdiff_t size) noexcept nogil:
    return threads_for(<double>size * (job.before + job.after + OPERATIONS))


cdef int run(const Pass* all, const real* x, const real* dy, real* out) except -1 nogil:
    cdef convolith_local_response job = job_of(all.size, all.channels, all.before, all.after, vectors_of(sizeof(real)))
    cdef ptrdiff_t pixels = all.size // job.channels, rows = job.pixels, block
    cdef size_t bytes = room_bytes(&job, dy != NULL, sizeof(real))
    cdef int threads = threads_of(&job, all.size)
    cdef char* scratch = <char*>acquire(threads * bytes)
    cdef unsigned mode = 0
    job.bias, job.alpha, job.beta = all.bias, all.alpha, all.beta
    with parallel(num_threads=threads):
        mode = denormals_flush()
        for block in prange(ceil_div(pixels, rows), schedule="static"):
            run_block(&job, block * rows, min(rows, pixels - block * rows), x, dy, out,
                      <real*>(scratch + omp_get_thread_num() * bytes), bytes)
        denormals_restore(mode)
    release(scratch)
    return 0


cdef int do_pass(const void* job) except -1:
    cdef const Pass* all = <const Pass*>job
    with nogil:
        if all.kind == FLOAT32:
            run(all, <const float*>all.x, <const float*>all.dy, <float*>all.out)
        else:
            run(all, <const double*>all.x, <const double*>all.dy, <double*>all.out)
    return 0


cdef void run_block(const convolith_local_response* whole, ptrdiff_t first, ptrdiff_t pixels, const real* x,
                    const real* dy, real* out, real* room, size_t bytes) noexcept nogil:
    cdef convolith_local_response job = whole[0]
    cdef ptrdiff_t begin = first * job.channels
    job.pixels = pixels
    memset(room, 0, bytes)
    if dy == NULL:
        local_response(&job, x + begin, room, out + begin)
    else:
        local_response_gradient(&job, x + begin, dy + begin, room, out + begin)


cdef object passed(inputs, upstream, ptrdiff_t before, ptrdiff_t after, double bias, double alpha, double beta, out):
    """Do the pass with these arrays; upstream is None forward."""
    cdef Pass one
    one.kind, one.size, one.channels = kind_of(inputs), inputs.size, inputs.shape[inputs.ndim - 1]
    one.before, one.after, one.bias, one.alpha, one.beta = before, after, bias, alpha, beta
    one.x = elements(inputs, one.kind, one.size)
    one.dy = elements(upstream, one.kind, one.size)
    one.out = elements(out, one.kind, one.size, True)
    return done(do_pass, &one, sizeof(one), (inputs, upstream, out)) if one.size else None


def normalize_response(inputs, Py_ssize_t before, Py_ssize_t after, double bias, double alpha, double beta, out):
    """Write x * (bias + alpha * sum of squares of the window of channels) ** -beta into `out` (`inputs`, perhaps).

    Args:
        inputs: (..., channels).
        before, after: channels of the window before and after each, at least 0; those that there are count.
        bias: above 0.
        alpha, beta: numbers.
        out: as inputs.
    """
    return passed(inputs, None, before, after, bias, alpha, beta, out)


def normalize_response_gradient(upstream, inputs, Py_ssize_t before, Py_ssize_t after, double bias, double alpha,
                                double beta, out):
    """Write the gradient by `inputs` into `out` (`upstream`, perhaps); arguments as for `normalize_response`."""
    return passed(inputs, upstream, before, after, bias, alpha, beta, out)


def normalize_response_scratch(Py_ssize_t size, Py_ssize_t channels, Py_ssize_t before, Py_ssize_t after,
                               bint gradient, Py_ssize_t itemsize):
    """Bytes of working memory that either takes for `size` elements, with the threads of now."""
    cdef convolith_local_response job
    if size == 0:
        return 0
    job = job_of(size, channels, before, after, vectors_of(itemsize))
    return threads_of(&job, size) * room_bytes(&job, gradient, itemsize)
