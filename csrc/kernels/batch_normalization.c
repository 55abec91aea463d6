/* Batch normalisation, channel by channel: moments of a block of rows, normalising, and the gradient's sums and rows. */
#include "partial.h"
#include "kernels.h"

INLINE vec load_some(const REAL *from, int count) { return count == LANES ? load(from) : load_first(from, count); }

INLINE void store_some(REAL *to, vec value, int count) {
    if (count == LANES)
        store(to, value);
    else
        store_first(to, value, count);
}

void NAME(moments)(ptrdiff_t rows, ptrdiff_t channels, const REAL *source, REAL *mean, REAL *squares) {
    for (ptrdiff_t n = 0; n < channels; n += LANES) {
        const int count = channels - n < LANES ? (int)(channels - n) : LANES;
        vec sum = {0}, square = {0};
        const REAL *row = source + n;
        for (ptrdiff_t m = 0; m < rows; m++, row += channels) sum += load_some(row, count);
        const vec middle = sum / (REAL)rows;
        row = source + n;
        for (ptrdiff_t m = 0; m < rows; m++, row += channels) {
            const vec apart = load_some(row, count) - middle;
            square += apart * apart;
        }
        store_some(mean + n, middle, count);
        store_some(squares + n, square, count);
    }
}

void NAME(normalize)(ptrdiff_t rows, ptrdiff_t channels, const REAL *source, const REAL *mean, const REAL *scale,
                     const REAL *shift, REAL *result) {
    for (ptrdiff_t m = 0; m < rows; m++, source += channels, result += channels)
        for (ptrdiff_t n = 0; n < channels; n += LANES) {
            const int count = channels - n < LANES ? (int)(channels - n) : LANES;
            const vec apart = load_some(source + n, count) - load_some(mean + n, count);
            store_some(result + n, apart * load_some(scale + n, count) + load_some(shift + n, count), count);
        }
}

void NAME(normalize_sums)(ptrdiff_t rows, ptrdiff_t channels, const REAL *source, const REAL *mean,
                          const REAL *upstream, REAL *sums, REAL *products) {
    for (ptrdiff_t n = 0; n < channels; n += LANES) {
        const int count = channels - n < LANES ? (int)(channels - n) : LANES;
        const vec middle = load_some(mean + n, count);
        vec sum = {0}, product = {0};
        const REAL *x = source + n, *dy = upstream + n;
        for (ptrdiff_t m = 0; m < rows; m++, x += channels, dy += channels) {
            const vec slope = load_some(dy, count);
            sum += slope;
            product += slope * (load_some(x, count) - middle);
        }
        store_some(sums + n, sum, count);
        store_some(products + n, product, count);
    }
}

void NAME(normalize_gradient)(ptrdiff_t rows, ptrdiff_t channels, const REAL *source, const REAL *mean,
                              const REAL *upstream, const REAL *by_upstream, const REAL *by_source, const REAL *shift,
                              REAL *result) {
    for (ptrdiff_t m = 0; m < rows; m++, source += channels, upstream += channels, result += channels)
        for (ptrdiff_t n = 0; n < channels; n += LANES) {
            const int count = channels - n < LANES ? (int)(channels - n) : LANES;
            const vec apart = load_some(source + n, count) - load_some(mean + n, count);
            vec value = load_some(upstream + n, count) * load_some(by_upstream + n, count);
            value += apart * load_some(by_source + n, count) + load_some(shift + n, count);
            store_some(result + n, value, count);
        }
}
