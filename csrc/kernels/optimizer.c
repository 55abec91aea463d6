/* Optimizer steps, one pass over a parameter. */
#include "vector.h"
#include "kernels.h"

#include <math.h>

#if defined(REAL_IS_FLOAT)
#define ROOT sqrtf
#else
#define ROOT sqrt
#endif

void NAME(sgd)(ptrdiff_t count, REAL *parameter, const REAL *gradient, REAL *velocity, REAL rate, REAL momentum,
               int nesterov) {
    if (!velocity) {
        for (ptrdiff_t i = 0; i < count; i++) parameter[i] -= rate * gradient[i];
        return;
    }
    for (ptrdiff_t i = 0; i < count; i++) {
        const REAL step = rate * gradient[i];
        const REAL moved = momentum * velocity[i] - step;
        velocity[i] = moved;
        parameter[i] += nesterov ? momentum * moved - step : moved;
    }
}

void NAME(adam)(ptrdiff_t count, REAL *parameter, const REAL *gradient, REAL *first, REAL *second, REAL step_size,
                REAL gain_1, REAL gain_2, REAL epsilon) {
    for (ptrdiff_t i = 0; i < count; i++) {
        const REAL slope = gradient[i];
        first[i] += (slope - first[i]) * gain_1;
        second[i] += (slope * slope - second[i]) * gain_2;
        parameter[i] -= step_size * first[i] / (ROOT(second[i]) + epsilon);
    }
}
