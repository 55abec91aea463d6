/* One window of pooling at a time, vectorised over channels. */
#include "vector.h"
#include "kernels.h"

/* Where `candidate` replaces `best` as a window's greatest: it is greater, or the first NaN. */
INLINE vec_mask beats(vec candidate, vec best) {
    return (candidate > best) | ((candidate != candidate) & (best == best));
}

#define FOR_CHANNELS                                                                                                \
    for (ptrdiff_t c = 0; c < channels; c += LANES)                                                                  \
        for (int left = channels - c < LANES ? (int)(channels - c) : LANES, once = 1; once; once = 0)

INLINE vec get(const REAL *from, int left) { return left == LANES ? load(from) : load_first(from, left); }
INLINE void put(REAL *to, vec value, int left) {
    if (left == LANES)
        store(to, value);
    else
        store_first(to, value, left);
}

void NAME(max_window)(ptrdiff_t count, const ptrdiff_t *offset, ptrdiff_t channels, const REAL *source,
                      REAL *result) {
    FOR_CHANNELS {
        vec best = get(source + offset[0] + c, left);
        for (ptrdiff_t i = 1; i < count; i++) {
            const vec candidate = get(source + offset[i] + c, left);
            best = choose(beats(candidate, best), candidate, best);
        }
        put(result + c, best, left);
    }
}

void NAME(average_window)(ptrdiff_t count, const ptrdiff_t *offset, ptrdiff_t channels, REAL scale,
                          const REAL *source, REAL *result) {
    FOR_CHANNELS {
        vec sum = {0};
        for (ptrdiff_t i = 0; i < count; i++) sum += get(source + offset[i] + c, left);
        put(result + c, sum * scale, left);
    }
}

void NAME(max_window_gradient)(ptrdiff_t count, const ptrdiff_t *offset, ptrdiff_t channels, const REAL *source,
                               const REAL *upstream, REAL *gradient) {
    FOR_CHANNELS {
        vec best = get(source + offset[0] + c, left);
        vec_mask winner = {0};
        for (ptrdiff_t i = 1; i < count; i++) {
            const vec candidate = get(source + offset[i] + c, left);
            const vec_mask better = beats(candidate, best);
            best = choose(better, candidate, best);
            winner = (winner & ~better) | (better & ((vec_mask){0} + (int)i));
        }
        const vec share = get(upstream + c, left);
        for (ptrdiff_t i = 0; i < count; i++) {
            REAL *to = gradient + offset[i] + c;
            put(to, get(to, left) + choose(winner == (vec_mask){0} + (int)i, share, (vec){0}), left);
        }
    }
}

void NAME(average_window_gradient)(ptrdiff_t count, const ptrdiff_t *offset, ptrdiff_t channels, REAL scale,
                                   const REAL *upstream, REAL *gradient) {
    FOR_CHANNELS {
        const vec share = get(upstream + c, left) * scale;
        for (ptrdiff_t i = 0; i < count; i++) {
            REAL *to = gradient + offset[i] + c;
            put(to, get(to, left) + share, left);
        }
    }
}
