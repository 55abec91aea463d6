"""How many threads a parallel region gets."""

cdef extern from "openmp.h":
    int omp_get_max_threads() noexcept nogil
    int omp_get_thread_num() noexcept nogil
    void omp_set_num_threads(int number) noexcept nogil

cdef extern from "fork.h":
    int convolith_at_fork(void (*prepare)() noexcept nogil, void (*parent)() noexcept nogil,
                          void (*child)() noexcept nogil) noexcept nogil

cdef int threads_for(double operations) noexcept nogil
