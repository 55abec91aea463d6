"""Which instruction set's kernels the engine runs: the best that this machine has, or ``CONVOLITH_ISA``'s."""

import os

cdef extern from "dispatch.h":
    ctypedef struct convolith_isa:
        const char* name
        const convolith_kernels_float* f32
        const convolith_kernels_double* f64
    int convolith_available_isas(const convolith_isa** isas) noexcept nogil
    const char* convolith_compiler() noexcept nogil
    const char* convolith_flags() noexcept nogil

cdef const convolith_isa* available
cdef int available_count = convolith_available_isas(&available)
cdef int chosen = 0


def available_isas():
    """Names of the instruction sets that were compiled in and that this machine has, the best first."""
    return tuple(available[i].name.decode() for i in range(available_count))


def isa():
    """Name of the instruction set whose kernels run now."""
    return available[chosen].name.decode()


def use_isa(name):
    """Switch to the kernels of one of `available_isas()`; not while another thread computes. For tests and benchmarks.

    Raises:
        ValueError: the name is not one of `available_isas()`.
    """
    global chosen, f32, f64, narrower_f32
    names = available_isas()
    if name not in names:
        raise ValueError(f"instruction set: expected one of {', '.join(names)}, got {name!r}")
    chosen = names.index(name)
    f32 = available[chosen].f32
    f64 = available[chosen].f64
    narrower_f32 = available[chosen + 1 if chosen + 2 < available_count else chosen].f32


def build_info():
    """What compiled the kernels: `{"compiler": its version, "flags": those common to all instruction sets}`."""
    return {"compiler": convolith_compiler().decode(), "flags": convolith_flags().decode()}


try:
    use_isa(os.environ.get("CONVOLITH_ISA") or available_isas()[0])
except ValueError as error:
    raise ImportError(f"CONVOLITH_ISA: {error}") from None
