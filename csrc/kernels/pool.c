/* Windows of pooling, vectorised over channels. */
#include "partial.h"
#include "kernels.h"

/* Where `candidate` replaces `best` as a window's greatest: it is greater, or the first NaN. */
INLINE vec_mask beats(vec candidate, vec best) {
    return ~((candidate <= best) | (best != best));
}

INLINE void max_window(ptrdiff_t count, const ptrdiff_t *offset, int left, const REAL *source, REAL *result) {
    vec best = get(source + offset[0], left);
#pragma GCC unroll 9
    for (ptrdiff_t i = 1; i < count; i++) {
        const vec candidate = get(source + offset[i], left);
        best = choose(candidate != candidate, candidate, larger(candidate, best)); /* of NaN and a number the second */
    }
    put(result, best, left);
}

/* Sums block by block, so that a whole image's average is not one long chain of roundings. */
INLINE void average_window(ptrdiff_t count, const ptrdiff_t *offset, int left, REAL scale, const REAL *source,
                           REAL *result) {
    enum { BLOCK = 64 };
    vec total = {0};
    for (ptrdiff_t first = 0; first < count; first += BLOCK) {
        const ptrdiff_t end = first + BLOCK < count ? first + BLOCK : count;
        vec sum = {0};
        for (ptrdiff_t i = first; i < end; i++) sum += get(source + offset[i], left);
        total += sum;
    }
    put(result, total * scale, left);
}

/* The gradient of windows that may hold NaN: to the first greatest, where that was is remembered. */
static __attribute__((noinline)) void nan_window_gradient(ptrdiff_t count, const ptrdiff_t *offset, int left, int apart,
                                                          int positive, const REAL *source, const REAL *upstream,
                                                          REAL *gradient) {
    vec share = get(upstream, left);
    vec best = get(source + offset[0], left);
    vec_mask winner = {0};
    for (ptrdiff_t i = 1; i < count; i++) {
        const vec candidate = get(source + offset[i], left);
        const vec_mask better = beats(candidate, best);
        best = choose(better, candidate, best);
        winner = (winner & ~better) | (better & ((vec_mask){0} + (int)i));
    }
    if (positive) share = choose(best > (vec){0}, share, (vec){0});
    for (ptrdiff_t i = 0; i < count; i++) {
        REAL *to = gradient + offset[i];
        const vec part = choose(winner == (vec_mask){0} + (int)i, share, (vec){0});
        put(to, apart ? part : part + get(to, left), left);
    }
}

/* The first pixel that equals the greatest takes it all, which costs less than to remember where the greatest was. */
INLINE void max_window_gradient(ptrdiff_t count, const ptrdiff_t *offset, ptrdiff_t step, int left, int apart,
                                int positive, const REAL *source, const REAL *upstream, REAL *gradient) {
    vec share = get(upstream, left);
    vec best = get(source + offset[0], left), sum = best;
    __builtin_prefetch(source + offset[count - 1] + step); /* of the next window: runs too short to be foreseen */
    __builtin_prefetch(source + offset[count / 2] + step);
#pragma GCC unroll 9
    for (ptrdiff_t i = 1; i < count; i++) {
        const vec candidate = get(source + offset[i], left);
        best = larger(candidate, best);
        sum += candidate;
    }
    if (any(sum != sum)) { /* by NaN, or by infinities that cancel */
        nan_window_gradient(count, offset, left, apart, positive, source, upstream, gradient);
        return;
    }
    if (positive) share = choose(best > (vec){0}, share, (vec){0});
#pragma GCC unroll 9
    for (ptrdiff_t i = 0; i < count; i++) {
        REAL *to = gradient + offset[i];
        const vec_mask taken = get(source + offset[i], left) == best;
        const vec part = choose(taken, share, (vec){0});
        share = choose(taken, (vec){0}, share);
        put(to, apart ? part : part + get(to, left), left);
    }
}

INLINE void average_window_gradient(ptrdiff_t count, const ptrdiff_t *offset, int left, int apart, REAL scale,
                                    const REAL *upstream, REAL *gradient) {
    const vec share = get(upstream, left) * scale;
    for (ptrdiff_t i = 0; i < count; i++) {
        REAL *to = gradient + offset[i];
        put(to, apart ? share : share + get(to, left), left);
    }
}

/* Runs the statement for each vector of channels of each window. Where `over` says that the lanes beyond the channels may
 * be written, as they belong to what a later window writes, the last vector is a whole one too (left = LANES): for all
 * windows but the last ones, whose lanes would reach beyond the row. */
#define FOR_WINDOWS(over, statement)                                                                                \
    const int rest = (int)(channels % LANES);                                                                        \
    const ptrdiff_t whole = !rest ? windows : over ? windows - (LANES - rest + pitch - 1) / pitch : 0;               \
    for (ptrdiff_t w = 0; w < windows; w++) {                                                                        \
        const ptrdiff_t from = w * step, to = w * pitch, end = w < whole ? channels : channels - rest;               \
        ptrdiff_t c = 0;                                                                                             \
        for (; c < end; c += LANES) {                                                                                \
            const int left = LANES;                                                                                  \
            statement;                                                                                               \
        }                                                                                                            \
        if (c < channels) {                                                                                          \
            const int left = rest;                                                                                   \
            statement;                                                                                               \
        }                                                                                                            \
    }

/* The lanes beyond a result's channels belong to the next result. */
#define OVER_RESULTS (channels == pitch)

/* Windows of 2 by 2 and 3 by 3 pixels without a loop. */
#define BY_COUNT(statement)                                                                                          \
    if (count == 4) {                                                                                                \
        statement(4)                                                                                                 \
    } else if (count == 9) {                                                                                         \
        statement(9)                                                                                                 \
    } else {                                                                                                         \
        statement(count)                                                                                             \
    }

void NAME(max_windows)(ptrdiff_t windows, ptrdiff_t count, const ptrdiff_t *offset, ptrdiff_t step,
                       ptrdiff_t channels, const REAL *source, REAL *result, ptrdiff_t pitch) {
#define MAX(count) FOR_WINDOWS(OVER_RESULTS, max_window(count, offset, left, source + from + c, result + to + c))
    BY_COUNT(MAX)
}

void NAME(average_windows)(ptrdiff_t windows, ptrdiff_t count, const ptrdiff_t *offset, ptrdiff_t step,
                           ptrdiff_t channels, REAL scale, const REAL *source, REAL *result, ptrdiff_t pitch) {
    FOR_WINDOWS(OVER_RESULTS, average_window(count, offset, left, scale, source + from + c, result + to + c))
}

/* Of a window's pixels the lanes beyond belong to the next pixel, whose own are written later if one vector holds all. */
#define OVER_PIXELS (apart > 1 && channels == pitch && channels < LANES)

void NAME(max_windows_gradient)(ptrdiff_t windows, ptrdiff_t count, const ptrdiff_t *offset, ptrdiff_t step,
                                ptrdiff_t channels, int apart, int positive, const REAL *source,
                                const REAL *upstream, ptrdiff_t pitch, REAL *gradient) {
#define GRADIENT(count)                                                                                              \
    FOR_WINDOWS(OVER_PIXELS,                                                                                         \
                max_window_gradient(count, offset, step, left, apart, positive, source + from + c, upstream + to + c, \
                                    gradient + from + c))
    BY_COUNT(GRADIENT)
}

void NAME(average_windows_gradient)(ptrdiff_t windows, ptrdiff_t count, const ptrdiff_t *offset, ptrdiff_t step,
                                    ptrdiff_t channels, int apart, REAL scale, const REAL *upstream, ptrdiff_t pitch,
                                    REAL *gradient) {
    FOR_WINDOWS(OVER_PIXELS,
                average_window_gradient(count, offset, left, apart, scale, upstream + to + c, gradient + from + c))
}
