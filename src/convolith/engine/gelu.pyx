"""The error function and the Gaussian error linear unit in float64, by the C library's erf and erfc in double."""

from cython.parallel cimport parallel, prange
from libc.math cimport erf as c_erf, erfc, exp, fabs

from convolith.engine.arrays cimport FLOAT64, elements
from convolith.engine.dispatch cimport denormals_flush, denormals_restore
from convolith.engine.threads cimport threads_for

cdef enum:
    ERROR_FUNCTION = 40       # operations that it costs

cdef double SQRT_HALF = 0.70710678118654752440084436210485
cdef double NORMAL_DENSITY = 0.39894228040143267793994605993438  # of the standard normal distribution at 0
cdef double TAIL = 40         # beyond it the distribution and its density are 0 in double


cdef inline double distribution(double x) noexcept nogil:
    """The normal distribution function, by erfc: exact also where it is tiny."""
    return 0.5 * erfc(-SQRT_HALF * x)


cdef inline double unit(double x) noexcept nogil:
    return 0 if x < -TAIL else x * distribution(x)


cdef inline double slope(double x) noexcept nogil:
    """The derivative of x times the distribution function."""
    if fabs(x) > TAIL:
        return x > 0
    return distribution(x) + x * NORMAL_DENSITY * exp(-0.5 * x * x)


cdef void error_functions(ptrdiff_t size, const double* x, double* y) noexcept nogil:
    cdef ptrdiff_t i
    cdef unsigned mode = 0
    with parallel(num_threads=threads_for(<double>size * ERROR_FUNCTION)):
        mode = denormals_flush()
        for i in prange(size, schedule="static"):
            y[i] = c_erf(x[i])
        denormals_restore(mode)


cdef void units(ptrdiff_t size, const double* x, double* y) noexcept nogil:
    cdef ptrdiff_t i
    cdef unsigned mode = 0
    with parallel(num_threads=threads_for(<double>size * ERROR_FUNCTION)):
        mode = denormals_flush()
        for i in prange(size, schedule="static"):
            y[i] = unit(x[i])
        denormals_restore(mode)


cdef void unit_gradients(ptrdiff_t size, const double* dy, const double* x, double* dx) noexcept nogil:
    cdef ptrdiff_t i
    cdef unsigned mode = 0
    with parallel(num_threads=threads_for(<double>size * ERROR_FUNCTION)):
        mode = denormals_flush()
        for i in prange(size, schedule="static"):
            dx[i] = dy[i] * slope(x[i])
        denormals_restore(mode)


def erf(inputs, out):
    """Write the error function of `inputs`, float64, into `out` (itself, perhaps); `curve.curve` has it in float32."""
    cdef Py_ssize_t size = inputs.size
    cdef const double* x = <const double*>elements(inputs, FLOAT64, size)
    cdef double* y = <double*>elements(out, FLOAT64, size, True)
    with nogil:
        error_functions(size, x, y)


def gelu(inputs, out):
    """Write each element, float64, times the normal distribution function of it into `out` (`inputs` itself, perhaps).

    `curve.curve` has it in float32.
    """
    cdef Py_ssize_t size = inputs.size
    cdef const double* x = <const double*>elements(inputs, FLOAT64, size)
    cdef double* y = <double*>elements(out, FLOAT64, size, True)
    with nogil:
        units(size, x, y)


def gelu_gradient(upstream, inputs, out):
    """Write `upstream` times the derivative of gelu at `inputs`, float64, into `out` (one of them, perhaps)."""
    cdef Py_ssize_t size = upstream.size
    cdef const double* dy = <const double*>elements(upstream, FLOAT64, size)
    cdef const double* x = <const double*>elements(inputs, FLOAT64, size)
    cdef double* dx = <double*>elements(out, FLOAT64, size, True)
    with nogil:
        unit_gradients(size, dy, x, dx)
