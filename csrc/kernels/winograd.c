/* The transforms of Winograd's minimal filtering over six points, one set for all m outputs of r taps with m + r = 7.
 * Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", arXiv 1509.09308, section 4. That the points
 * decide the error is Barabasz et al., arXiv 1803.10986; these have a third of the error of 0, 1, -1, 2, -2. */
#include "partial.h"
#include "kernels.h"

#if defined(REAL_IS_FLOAT) /* double is for exactness: it goes by definition */

enum { POINTS = 6 };
#define P ((REAL)0.75) /* the points are 0, P, -P, Q, -Q and infinity */
#define Q ((REAL)1.5)

#define UNROLL _Pragma("GCC unroll 6")

/* The six images of six elements d[0], d[1], ...: coefficients of the product of (x - point) over the other points. */
INLINE void data_transform(const vec *d, vec *v) {
    const REAL pp = P * P, qq = Q * Q;
    const vec even_p = d[4] - qq * d[2], odd_p = d[3] - qq * d[1];
    const vec even_q = d[4] - pp * d[2], odd_q = d[3] - pp * d[1];
    v[0] = d[4] - (pp + qq) * d[2] + pp * qq * d[0];
    v[1] = even_p + P * odd_p;
    v[2] = even_p - P * odd_p;
    v[3] = even_q + Q * odd_q;
    v[4] = even_q - Q * odd_q;
    v[5] = d[5] - (pp + qq) * d[3] + pp * qq * d[1];
}

/* The values of the polynomial with `size` coefficients at the six points, divided by what makes the filter exact. */
INLINE void kernel_transform(const int size, const vec *g, vec *u) {
    const REAL pp = P * P, qq = Q * Q, at_0 = 1 / (pp * qq);
    const REAL at_p = 1 / (2 * pp * (pp - qq)), at_q = 1 / (2 * qq * (qq - pp));
    vec even_p = g[0] * at_p, odd_p = g[1] * (at_p * P), even_q = g[0] * at_q, odd_q = g[1] * (at_q * Q);
    if (size > 2) even_p += g[2] * (at_p * pp), even_q += g[2] * (at_q * qq);
    if (size > 3) odd_p += g[3] * (at_p * pp * P), odd_q += g[3] * (at_q * qq * Q);
    if (size > 4) even_p += g[4] * (at_p * pp * pp), even_q += g[4] * (at_q * qq * qq);
    u[0] = g[0] * at_0;
    u[1] = even_p + odd_p;
    u[2] = even_p - odd_p;
    u[3] = even_q + odd_q;
    u[4] = even_q - odd_q;
    u[5] = g[size - 1];
}

/* `size` outputs of six products. */
INLINE void output_transform(const int size, const vec *m, vec *y) {
    const REAL pp = P * P, qq = Q * Q;
    const vec even_p = m[1] + m[2], odd_p = m[1] - m[2], even_q = m[3] + m[4], odd_q = m[3] - m[4];
    y[0] = m[0] + even_p + even_q;
    y[1] = P * odd_p + Q * odd_q;
    if (size > 2) y[2] = pp * even_p + qq * even_q;
    if (size > 3) y[3] = pp * P * odd_p + qq * Q * odd_q;
    if (size > 4) y[4] = pp * pp * even_p + qq * qq * even_q;
    y[size - 1] += m[5];
}

/* One vector of channels: the outer two rows of the result, or the inner four. All six do not fit into registers, and
 * the inner ones do not read the image's first and last row. */
INLINE void input_rows(REAL *const *pixels, ptrdiff_t at, int left, REAL *result, ptrdiff_t point, const int outer) {
    vec rows[POINTS][POINTS];
    UNROLL for (int x = 0; x < POINTS; x++) {
        vec d[POINTS], v[POINTS];
        UNROLL for (int y = 0; y < POINTS; y++) d[y] = get(pixels[y * POINTS + x] + at, left);
        data_transform(d, v);
        UNROLL for (int y = 0; y < POINTS; y++) rows[y][x] = v[y];
    }
    UNROLL for (int y = 0; y < POINTS; y++) {
        if ((y == 0 || y == POINTS - 1) != outer) continue;
        vec v[POINTS];
        data_transform(rows[y], v);
        UNROLL for (int x = 0; x < POINTS; x++) store(result + (y * POINTS + x) * point + at, v[x]);
    }
}

INLINE void input_tile(REAL *const *pixels, ptrdiff_t at, int left, REAL *result, ptrdiff_t point) {
    input_rows(pixels, at, left, result, point, 0);
    input_rows(pixels, at, left, result, point, 1);
}

void NAME(winograd_input)(ptrdiff_t channels, REAL *const *pixels, REAL *result, ptrdiff_t point) {
    ptrdiff_t at = 0;
    for (; at + LANES <= channels; at += LANES) input_tile(pixels, at, LANES, result, point);
    if (at < channels) input_tile(pixels, at, (int)(channels - at), result, point);
}

INLINE void kernel_tile(const int size, REAL *const *pixels, ptrdiff_t at, int left, REAL *result, ptrdiff_t point) {
    vec rows[POINTS][POINTS];
    UNROLL for (int x = 0; x < size; x++) {
        vec g[POINTS], u[POINTS];
        UNROLL for (int y = 0; y < size; y++) g[y] = get(pixels[y * size + x] + at, left);
        kernel_transform(size, g, u);
        UNROLL for (int y = 0; y < POINTS; y++) rows[y][x] = u[y];
    }
    UNROLL for (int y = 0; y < POINTS; y++) {
        vec u[POINTS];
        kernel_transform(size, rows[y], u);
        UNROLL for (int x = 0; x < POINTS; x++) store(result + (y * POINTS + x) * point + at, u[x]);
    }
}

INLINE void kernel_channels(const int size, ptrdiff_t channels, REAL *const *pixels, REAL *result, ptrdiff_t point) {
    ptrdiff_t at = 0;
    for (; at + LANES <= channels; at += LANES) kernel_tile(size, pixels, at, LANES, result, point);
    if (at < channels) kernel_tile(size, pixels, at, (int)(channels - at), result, point);
}

void NAME(winograd_kernel)(int size, ptrdiff_t channels, REAL *const *pixels, REAL *result, ptrdiff_t point) {
    if (size == 2) kernel_channels(2, channels, pixels, result, point);
    if (size == 3) kernel_channels(3, channels, pixels, result, point);
    if (size == 4) kernel_channels(4, channels, pixels, result, point);
    if (size == 5) kernel_channels(5, channels, pixels, result, point);
}

INLINE void output_tile(const int size, const REAL *source, ptrdiff_t point, const REAL *bias, int accumulate, int relu,
                        ptrdiff_t at, int left, REAL *const *pixels) {
    vec rows[POINTS][POINTS];
    UNROLL for (int x = 0; x < POINTS; x++) {
        vec m[POINTS], y[POINTS];
        UNROLL for (int row = 0; row < POINTS; row++) m[row] = load(source + (row * POINTS + x) * point + at);
        output_transform(size, m, y);
        UNROLL for (int row = 0; row < size; row++) rows[row][x] = y[row];
    }
    const vec shift = bias ? get(bias + at, left) : (vec){0};
    UNROLL for (int row = 0; row < size; row++) {
        vec y[POINTS];
        output_transform(size, rows[row], y);
        UNROLL for (int x = 0; x < size; x++) {
            REAL *to = pixels[row * size + x] + at;
            const vec value = (accumulate ? y[x] + get(to, left) : y[x]) + shift;
            put(to, relu ? rectify(value) : value, left);
        }
    }
}

INLINE void output_channels(const int size, ptrdiff_t channels, const REAL *source, ptrdiff_t point, const REAL *bias,
                            int accumulate, int relu, REAL *const *pixels) {
    ptrdiff_t at = 0;
    for (; at + LANES <= channels; at += LANES)
        output_tile(size, source, point, bias, accumulate, relu, at, LANES, pixels);
    if (at < channels) output_tile(size, source, point, bias, accumulate, relu, at, (int)(channels - at), pixels);
}

void NAME(winograd_output)(int size, ptrdiff_t channels, const REAL *source, ptrdiff_t point, const REAL *bias,
                           int accumulate, int relu, REAL *const *pixels) {
    if (size == 2) output_channels(2, channels, source, point, bias, accumulate, relu, pixels);
    if (size == 3) output_channels(3, channels, source, point, bias, accumulate, relu, pixels);
    if (size == 4) output_channels(4, channels, source, point, bias, accumulate, relu, pixels);
    if (size == 5) output_channels(5, channels, source, point, bias, accumulate, relu, pixels);
}
#endif
