/* The dispatch table: every instruction set that was compiled in, the best first. */
#ifndef CONVOLITH_DISPATCH_H
#define CONVOLITH_DISPATCH_H

#include "kernels.h"

typedef struct {
    const char *name;
    const convolith_kernels_float *f32;
    const convolith_kernels_double *f64;
} convolith_isa;

/* The number of instruction sets that this machine has, and those in `isas` (static storage, the best first). */
int convolith_available_isas(const convolith_isa **isas);

/* What compiled the kernels: the compiler's version, and the flags common to all instruction sets. Static storage. */
const char *convolith_compiler(void);
const char *convolith_flags(void);

#endif
