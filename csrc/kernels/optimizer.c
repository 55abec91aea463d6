/* Optimizer steps, one pass over a parameter. */
#include "vector.h"
#include "kernels.h"

#include <math.h>

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
                REAL beta_1, REAL beta_2, REAL epsilon) {
    for (ptrdiff_t i = 0; i < count; i++) {
        const REAL slope = gradient[i];
        first[i] += (slope - first[i]) * (1 - beta_1);
        second[i] += (slope * slope - second[i]) * (1 - beta_2);
        parameter[i] -= step_size * first[i] / ((sizeof(REAL) == sizeof(float) ? sqrtf(second[i]) : sqrt(second[i])) + epsilon);
    }
}
