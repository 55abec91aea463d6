/* The rectifier and its gradient, element by element. */
#include "vector.h"
#include "kernels.h"

void NAME(relu)(ptrdiff_t count, const REAL *source, REAL *result) {
    for (ptrdiff_t i = 0; i < count; i++) result[i] = source[i] < 0 ? 0 : source[i];
}

void NAME(relu_gradient)(ptrdiff_t count, const REAL *upstream, const REAL *output, REAL *result) {
    for (ptrdiff_t i = 0; i < count; i++) result[i] = output[i] > 0 ? upstream[i] : 0;
}
