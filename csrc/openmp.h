/* OpenMP's functions, also where the build has no OpenMP. */
#ifndef CONVOLITH_OPENMP_H
#define CONVOLITH_OPENMP_H

#if defined(_OPENMP)
#include <omp.h>
#define CONVOLITH_OPENMP 1
#else
#define CONVOLITH_OPENMP 0
static inline int omp_get_max_threads(void) { return 1; }
static inline int omp_get_thread_num(void) { return 0; }
static inline void omp_set_num_threads(int number) { (void)number; }
#endif

#endif
