/* Local response normalisation: each channel times a power of the squares around it, and the gradient. */
#include "partial.h"
#include "kernels.h"
#include <math.h>
#if defined(REAL_IS_FLOAT)
#include "elementary.h"
#define ROOT sqrtf
#else
#define ROOT sqrt
#endif

INLINE vec root(vec v) {
    REAL lane[LANES]; /* the compiler makes one instruction of the loop */
    store(lane, v);
    for (int i = 0; i < LANES; i++) lane[i] = ROOT(lane[i]);
    return load(lane);
}

/* v^-beta for v > 0; the exponents of published networks are exact but for roundings. */
INLINE vec power(vec v, REAL beta) {
    if (beta == (REAL)0.75) {
        const vec half = root(v);
        return 1 / (half * root(half));
    }
    if (beta == (REAL)0.5) return 1 / root(v);
    if (beta == 1) return 1 / v;
#if defined(REAL_IS_FLOAT)
    return exponential(-beta * logarithm(v));
#else
    for (int i = 0; i < LANES; i++) v[i] = pow(v[i], -beta);
    return v;
#endif
}

/* The sum over the window of a channel, whose first element is at `from`. */
INLINE vec window_sum(const REAL *from, ptrdiff_t window) {
    vec sum = load(from);
    for (ptrdiff_t i = 1; i < window; i++) sum += load(from + i);
    return sum;
}

/* Runs the statements for each pixel and each vector of its channels, of which the last may be a part, `left` long; `at`
 * counts the elements of images, `in` those of the room. */
#define FOR_VECTORS(...)                                                                                             \
    for (ptrdiff_t pixel = 0; pixel < job->pixels; pixel++)                                                          \
        for (ptrdiff_t c = 0; c < job->channels; c += LANES) {                                                       \
            const int left = job->channels - c < LANES ? (int)(job->channels - c) : LANES;                           \
            const ptrdiff_t at = pixel * job->channels + c, in = pixel * job->pitch + c;                             \
            __VA_ARGS__;                                                                                             \
        }

#define STRENGTH(in) (broadcast(bias) + alpha * window_sum(room + (in), window))

void NAME(local_response)(const convolith_local_response *job, const REAL *source, REAL *room, REAL *result) {
    const ptrdiff_t window = job->before + job->after + 1;
    const REAL bias = (REAL)job->bias, alpha = (REAL)job->alpha, beta = (REAL)job->beta;
    FOR_VECTORS(const vec x = get(source + at, left); put(room + in + job->before, x * x, left));
    FOR_VECTORS(put(result + at, get(source + at, left) * power(STRENGTH(in), beta), left));
}

void NAME(local_response_gradient)(const convolith_local_response *job, const REAL *source, const REAL *upstream,
                                   REAL *room, REAL *result) {
    const ptrdiff_t window = job->before + job->after + 1;
    const REAL bias = (REAL)job->bias, alpha = (REAL)job->alpha, beta = (REAL)job->beta;
    const REAL by_strength = -2 * alpha * beta;
    REAL *const shares = room + job->pixels * job->pitch;
    FOR_VECTORS(const vec x = get(source + at, left); put(room + in + job->before, x * x, left));
    FOR_VECTORS(const vec strength = STRENGTH(in), own = get(upstream + at, left) * power(strength, beta);
                put(shares + in + job->after, own * get(source + at, left) / strength, left);
                put(result + at, own, left));
    FOR_VECTORS(const vec others = window_sum(shares + in, window);
                put(result + at, get(result + at, left) + by_strength * get(source + at, left) * others, left));
}
