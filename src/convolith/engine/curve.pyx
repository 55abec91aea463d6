"""Smooth functions of each element in float32, and their gradients: exponentials and what activations make of them."""

from cython.parallel cimport parallel, prange

from convolith.engine.arrays cimport FLOAT32, elements
from convolith.engine.call cimport done
from convolith.engine.dispatch cimport denormals_flush, denormals_restore, f32
from convolith.engine.threads cimport threads_for

cdef enum:
    STRIPE = 4096             # elements that a thread takes at a time
    OPERATIONS = 16           # that an element costs, in multiply-adds of whole vectors
    NUMBERS = 3               # that a function may have

CURVES = ("exp", "expm1", "log", "log1p", "sigmoid", "tanh", "softplus", "softsign", "silu", "hard_silu", "mish",
          "elu", "erf", "gelu", "gelu_near")  # in the order of convolith_curve

cdef struct Elements:
    int function
    ptrdiff_t size
    float numbers[NUMBERS]
    const float* upstream
    const float* inputs
    float* out


cdef int number_of(function) except -1:
    if function not in CURVES:
        raise ValueError(f"engine: expected a function of {', '.join(CURVES)}, got {function!r}")
    return CURVES.index(function)


cdef Elements elements_of(function, upstream, inputs, out, numbers) except *:
    """The job of one pass; upstream is None forward."""
    cdef Elements job
    cdef int i
    if len(numbers) > NUMBERS:
        raise ValueError(f"engine: expected at most {NUMBERS} numbers, got {len(numbers)}")
    for i in range(NUMBERS):
        job.numbers[i] = numbers[i] if i < len(numbers) else 0
    job.function, job.size = number_of(function), inputs.size
    job.upstream = <const float*>elements(upstream, FLOAT32, job.size)
    job.inputs = <const float*>elements(inputs, FLOAT32, job.size)
    job.out = <float*>elements(out, FLOAT32, job.size, True)
    return job


cdef int run(const void* job) except -1:
    cdef const Elements* all = <const Elements*>job
    cdef ptrdiff_t stripe, begin, taken
    cdef unsigned mode = 0
    with nogil, parallel(num_threads=threads_for(<double>all.size * OPERATIONS)):
        mode = denormals_flush()
        for stripe in prange((all.size + STRIPE - 1) // STRIPE, schedule="static"):
            begin = stripe * STRIPE
            taken = min(<ptrdiff_t>STRIPE, all.size - begin)
            if all.upstream == NULL:
                f32.curve(all.function, taken, all.numbers, all.inputs + begin, all.out + begin)
            else:
                f32.curve_gradient(all.function, taken, all.numbers, all.upstream + begin, all.inputs + begin,
                                   all.out + begin)
        denormals_restore(mode)
    return 0


def curve(function, inputs, out, numbers=()):
    """Write the function of each element of `inputs`, float32, into `out` (`inputs` itself, perhaps).

    Args:
        function: "exp", "expm1", "log", "log1p", "sigmoid", "tanh", "softplus", "softsign", "silu", "hard_silu",
            "mish", "elu", "erf", "gelu" or "gelu_near", which is gelu by a sigmoid.
        inputs, out: float32, of one size.
        numbers: alpha, scale and width of "elu": alpha * (e ** (x / width) - 1) below 0, scale * x above.
    """
    cdef Elements job = elements_of(function, None, inputs, out, numbers)
    return done(run, &job, sizeof(job), (inputs, out))


def curve_gradient(function, upstream, inputs, out, numbers=()):
    """Write `upstream` times the function's derivative into `out` (one of them, perhaps).

    Args:
        function, numbers: as in `curve`.
        upstream, out: float32, of one size.
        inputs: float32; what `curve` read, but what it wrote of "exp", "sigmoid", "tanh" and "elu".
    """
    cdef Elements job = elements_of(function, upstream, inputs, out, numbers)
    return done(run, &job, sizeof(job), (upstream, inputs, out))
