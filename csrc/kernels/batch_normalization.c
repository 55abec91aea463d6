/* Batch normalisation, channel by channel: moments of a block of rows, normalising, and the gradient's sums and rows.
 * What is summed goes by tiles of channels, whose sums stay in registers. */
#include "partial.h"
#include "kernels.h"

enum { TILE = 4 }; /* vectors */

/* Runs the statement for each tile of channels (vectors = TILE), for each vector that is left (vectors = 1), and for the
 * channels that fill none (left < LANES), which begin at n. */
#define FOR_TILES(statement)                                      \
    {                                                             \
        ptrdiff_t n = 0;                                          \
        for (; n + TILE * LANES <= channels; n += TILE * LANES) { \
            const int vectors = TILE, left = LANES;               \
            statement;                                            \
        }                                                         \
        for (; n + LANES <= channels; n += LANES) {               \
            const int vectors = 1, left = LANES;                  \
            statement;                                            \
        }                                                         \
        if (n < channels) {                                       \
            const int vectors = 1, left = (int)(channels - n);    \
            statement;                                            \
        }                                                         \
    }

/* Runs the statement for each row and each vector of channels (left = LANES), then for those that fill none. */
#define FOR_ROWS(statement)                                        \
    for (ptrdiff_t m = 0, at = 0; m < rows; m++, at += channels) { \
        ptrdiff_t n = 0;                                           \
        for (; n + LANES <= channels; n += LANES) {                \
            const int left = LANES;                                \
            statement;                                             \
        }                                                          \
        if (n < channels) {                                        \
            const int left = (int)(channels - n);                  \
            statement;                                             \
        }                                                          \
    }

INLINE vec normalized(vec source, vec mean, vec scale, vec shift) { return (source - mean) * scale + shift; }

INLINE vec positive(vec value, vec by) { return choose(by > (vec){0}, value, (vec){0}); }

INLINE void tile_moments(ptrdiff_t rows, ptrdiff_t channels, int vectors, int left, const REAL *source, REAL *mean,
                         REAL *squares) {
    vec middle[TILE] = {{0}}, square[TILE] = {{0}};
    const REAL *row = source;
    for (ptrdiff_t m = 0; m < rows; m++, row += channels)
        for (int v = 0; v < vectors; v++) middle[v] += get(row + v * LANES, left);
    for (int v = 0; v < vectors; v++) middle[v] /= (REAL)rows;
    row = source;
    for (ptrdiff_t m = 0; m < rows; m++, row += channels)
        for (int v = 0; v < vectors; v++) {
            const vec apart = get(row + v * LANES, left) - middle[v];
            square[v] += apart * apart;
        }
    for (int v = 0; v < vectors; v++) {
        put(mean + v * LANES, middle[v], left);
        put(squares + v * LANES, square[v], left);
    }
}

void NAME(moments)(ptrdiff_t rows, ptrdiff_t channels, const REAL *source, REAL *mean, REAL *squares) {
    FOR_TILES(tile_moments(rows, channels, vectors, left, source + n, mean + n, squares + n))
}

INLINE void normalize_vector(const REAL *source, const REAL *mean, const REAL *scale, const REAL *shift,
                             const REAL *other, int relu, REAL *result, int left) {
    vec value = normalized(get(source, left), get(mean, left), get(scale, left), get(shift, left));
    if (other) value += get(other, left);
    put(result, relu ? rectify(value) : value, left);
}

void NAME(normalize)(ptrdiff_t rows, ptrdiff_t channels, const REAL *source, const REAL *mean, const REAL *scale,
                     const REAL *shift, const REAL *other, int relu, REAL *result) {
#define NORMALIZE(other, relu) \
    FOR_ROWS(normalize_vector(source + at + n, mean + n, scale + n, shift + n, other, relu, result + at + n, left))
    if (other && relu)
        NORMALIZE(other + at + n, 1)
    else if (other)
        NORMALIZE(other + at + n, 0)
    else if (relu)
        NORMALIZE(NULL, 1)
    else
        NORMALIZE(NULL, 0)
}

INLINE void tile_sums(ptrdiff_t rows, ptrdiff_t channels, int vectors, int left, const REAL *source, const REAL *mean,
                      const REAL *upstream, const REAL *scale, const REAL *shift, const REAL *output, REAL *masked,
                      REAL *sums, REAL *products) {
    vec sum[TILE] = {{0}}, product[TILE] = {{0}}, middle[TILE], factor[TILE], offset[TILE];
    for (int v = 0; v < vectors; v++) {
        middle[v] = get(mean + v * LANES, left);
        if (scale) {
            factor[v] = get(scale + v * LANES, left);
            offset[v] = get(shift + v * LANES, left);
        }
    }
    for (ptrdiff_t m = 0, at = 0; m < rows; m++, at += channels)
        for (int v = 0; v < vectors; v++) {
            const vec x = get(source + at + v * LANES, left);
            vec slope = get(upstream + at + v * LANES, left);
            if (scale) slope = positive(slope, normalized(x, middle[v], factor[v], offset[v]));
            if (output) {
                slope = positive(slope, get(output + at + v * LANES, left));
                put(masked + at + v * LANES, slope, left);
            }
            sum[v] += slope;
            product[v] += slope * (x - middle[v]);
        }
    for (int v = 0; v < vectors; v++) {
        put(sums + v * LANES, sum[v], left);
        put(products + v * LANES, product[v], left);
    }
}

void NAME(normalize_sums)(ptrdiff_t rows, ptrdiff_t channels, const REAL *source, const REAL *mean,
                          const REAL *upstream, const REAL *scale, const REAL *shift, const REAL *output, REAL *masked,
                          REAL *sums, REAL *products) {
#define SUM(scale, shift, output, masked)                                                                           \
    FOR_TILES(tile_sums(rows, channels, vectors, left, source + n, mean + n, upstream + n, scale, shift, output, masked, \
                        sums + n, products + n))
    if (scale)
        SUM(scale + n, shift + n, NULL, NULL)
    else if (output)
        SUM(NULL, NULL, output + n, masked + n)
    else
        SUM(NULL, NULL, NULL, NULL)
}

INLINE void gradient_vector(const REAL *source, const REAL *mean, const REAL *upstream, const REAL *scale,
                            const REAL *by_source, const REAL *offset, const REAL *shift, REAL *result, int left) {
    const vec x = get(source, left), middle = get(mean, left), factor = get(scale, left);
    const vec rest = (x - middle) * get(by_source, left) + get(offset, left);
    const vec whole = get(upstream, left) * factor + rest; /* rounded as without relu: slopes are chosen afterwards */
    put(result, shift ? choose(normalized(x, middle, factor, get(shift, left)) > (vec){0}, whole, rest) : whole, left);
}

void NAME(normalize_gradient)(ptrdiff_t rows, ptrdiff_t channels, const REAL *source, const REAL *mean,
                              const REAL *upstream, const REAL *scale, const REAL *by_source, const REAL *offset,
                              const REAL *shift, REAL *result) {
#define SPREAD(shift)                                                                                              \
    FOR_ROWS(gradient_vector(source + at + n, mean + n, upstream + at + n, scale + n, by_source + n, offset + n, shift, \
                             result + at + n, left))
    if (shift)
        SPREAD(shift + n)
    else
        SPREAD(NULL)
}
