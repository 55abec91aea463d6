/* A row of a depthwise convolution, where each channel has a kernel of its own: vectorised over channels. The row's
 * description is handed on as a value: no store of a result can change it, so the compiler reads it once. */
#include "partial.h"
#include "kernels.h"

/* Neighbouring results whose sums lie in registers side by side, so that a pixel that several of them read is loaded
 * once. The widths of the usual networks' images (7, 14, 28, 56, 112) are multiples. */
enum { BLOCK = 7, MOST_TAPS = 5 };

INLINE int within(convolith_depthwise row, ptrdiff_t column) { return (size_t)column < (size_t)row.width; }

/* Which of a block's results reads the block's pixel q by the tap j; BLOCK if none does. */
INLINE int reader(int q, int j, int stride) {
    return q >= j && (q - j) % stride == 0 && (q - j) / stride < BLOCK ? (q - j) / stride : BLOCK;
}

/* Fetches what the next block reads and writes while this one is computed: a pixel's channels are runs too short for the
 * processor to foresee the next. Of the source only the windows' last row, as the rows above it were read before. */
INLINE void prefetch_next(convolith_depthwise row, int taps, int stride, const REAL *last, const REAL *results) {
#pragma GCC unroll 14
    for (int q = 0; q < BLOCK * stride; q++)
        __builtin_prefetch(last + ((BLOCK - 1) * stride + taps + q) * row.source_pixel, 0, 2);
#pragma GCC unroll 7
    for (int p = 0; p < BLOCK; p++) __builtin_prefetch(results + (BLOCK + p) * row.result_pixel, 1, 2);
}

/* The `count` results whose windows begin at `column`, for one vector of channels. taps and stride are the row's, as
 * constants, where a block's pixels are walked once and each goes to all taps that meet it; taps is 0 elsewhere.
 * inside: there are BLOCK results, and none of their pixels lies outside of the source. */
INLINE void sum_block(convolith_depthwise row, int taps, int stride, int inside, int left, ptrdiff_t column,
                      int count, const REAL *source, const REAL *kernel, const REAL *bias, REAL *result) {
    vec sum[BLOCK];
    const vec start = bias ? get(bias, left) : (vec){0};
#pragma GCC unroll 7
    for (int p = 0; p < BLOCK; p++) sum[p] = start;
    source += column * row.source_pixel;
    if (taps && row.far) prefetch_next(row, taps, stride, source + (row.taps_y - 1) * row.source_row, result);
    for (ptrdiff_t i = 0; i < row.taps_y; i++, source += row.source_row, kernel += row.kernel_row) {
        if (taps) {
            vec weight[MOST_TAPS];
#pragma GCC unroll 5
            for (int j = 0; j < taps; j++) weight[j] = get(kernel + j * row.kernel_tap, left);
#pragma GCC unroll 17
            for (int q = 0; q < (BLOCK - 1) * stride + taps; q++) {
                if (!inside && !within(row, column + q)) continue;
                const vec value = get(source + q * row.source_pixel, left);
#pragma GCC unroll 5
                for (int j = 0; j < taps; j++)
                    if (reader(q, j, stride) < BLOCK) sum[reader(q, j, stride)] += value * weight[j];
            }
            continue;
        }
        for (ptrdiff_t j = 0; j < row.taps_x; j++) {
            const vec weight = get(kernel + j * row.kernel_tap, left);
#pragma GCC unroll 7
            for (int p = 0; p < BLOCK; p++) {
                const ptrdiff_t at = p * row.stride + j * row.dilation;
                if (inside || within(row, column + at)) sum[p] += get(source + at * row.source_pixel, left) * weight;
            }
        }
    }
#pragma GCC unroll 7
    for (int p = 0; p < BLOCK; p++)
        if (inside || p < count) put(result + p * row.result_pixel, row.relu ? rectify(sum[p]) : sum[p], left);
}

/* What such results add to the gradient by the kernel. A result that is not there must not meet a pixel that is, as zero
 * times infinity would stay. */
INLINE void gradient_block(convolith_depthwise row, int taps, int stride, int inside, int left, ptrdiff_t column,
                           int count, const REAL *source, const REAL *upstream, REAL *gradient) {
    vec share[BLOCK];
#pragma GCC unroll 7
    for (int p = 0; p < BLOCK; p++)
        share[p] = inside || p < count ? get(upstream + p * row.result_pixel, left) : (vec){0};
    source += column * row.source_pixel;
    if (taps && row.far) prefetch_next(row, taps, stride, source + (row.taps_y - 1) * row.source_row, upstream);
    for (ptrdiff_t i = 0; i < row.taps_y; i++, source += row.source_row, gradient += row.kernel_row) {
        if (taps) {
            vec sum[MOST_TAPS] = {{0}};
#pragma GCC unroll 17
            for (int q = 0; q < (BLOCK - 1) * stride + taps; q++) {
                if (!inside && !within(row, column + q)) continue;
                const vec value = get(source + q * row.source_pixel, left);
#pragma GCC unroll 5
                for (int j = 0; j < taps; j++) {
                    const int p = reader(q, j, stride);
                    if (p < BLOCK && (inside || p < count)) sum[j] += value * share[p];
                }
            }
#pragma GCC unroll 5
            for (int j = 0; j < taps; j++) {
                REAL *to = gradient + j * row.kernel_tap;
                put(to, get(to, left) + sum[j], left);
            }
            continue;
        }
        for (ptrdiff_t j = 0; j < row.taps_x; j++) {
            REAL *to = gradient + j * row.kernel_tap;
            vec sum = {0};
#pragma GCC unroll 7
            for (int p = 0; p < BLOCK; p++) {
                const ptrdiff_t at = p * row.stride + j * row.dilation;
                if (inside || (p < count && within(row, column + at)))
                    sum += get(source + at * row.source_pixel, left) * share[p];
            }
            put(to, get(to, left) + sum, left);
        }
    }
}

/* Runs the statement for each block of results, from x on, with `inside` as a constant. */
#define FOR_BLOCKS(statement)                                                                                        \
    const ptrdiff_t reach = (BLOCK - 1) * row.stride + (row.taps_x - 1) * row.dilation;                              \
    for (ptrdiff_t x = 0; x < row.results; x += BLOCK) {                                                             \
        const int count = row.results - x < BLOCK ? (int)(row.results - x) : BLOCK;                                  \
        const ptrdiff_t column = row.first + x * row.stride;                                                         \
        if (count == BLOCK && column >= 0 && column + reach < row.width) {                                           \
            const int inside = 1;                                                                                    \
            statement                                                                                                \
        } else {                                                                                                     \
            const int inside = 0;                                                                                    \
            statement                                                                                                \
        }                                                                                                            \
    }

/* The channels that fill vectors; any_...: of windows without code of their own; ..._rest: the channels left over. */
INLINE void sum_row(convolith_depthwise row, int taps, int stride, const REAL *source, const REAL *kernel,
                    const REAL *bias, REAL *result) {
    FOR_BLOCKS(for (ptrdiff_t c = 0; c + LANES <= row.channels; c += LANES)
                   sum_block(row, taps, stride, inside, LANES, column, count, source + c, kernel + c,
                             bias ? bias + c : bias, result + x * row.result_pixel + c);)
}

static void any_sum_row(convolith_depthwise row, const REAL *source, const REAL *kernel, const REAL *bias,
                        REAL *result) {
    sum_row(row, 0, 1, source, kernel, bias, result);
}

static void sum_row_rest(convolith_depthwise row, const REAL *source, const REAL *kernel, const REAL *bias,
                         REAL *result) {
    for (ptrdiff_t x = 0; x < row.results; x += BLOCK, result += BLOCK * row.result_pixel)
        sum_block(row, 0, 1, 0, (int)(row.channels % LANES), row.first + x * row.stride,
                  row.results - x < BLOCK ? (int)(row.results - x) : BLOCK, source, kernel, bias, result);
}

INLINE void gradient_row(convolith_depthwise row, int taps, int stride, const REAL *source, const REAL *upstream,
                         REAL *gradient) {
    FOR_BLOCKS(for (ptrdiff_t c = 0; c + LANES <= row.channels; c += LANES)
                   gradient_block(row, taps, stride, inside, LANES, column, count, source + c,
                                  upstream + x * row.result_pixel + c, gradient + c);)
}

static void any_gradient_row(convolith_depthwise row, const REAL *source, const REAL *upstream, REAL *gradient) {
    gradient_row(row, 0, 1, source, upstream, gradient);
}

static void gradient_row_rest(convolith_depthwise row, const REAL *source, const REAL *upstream,
                              REAL *gradient) {
    for (ptrdiff_t x = 0; x < row.results; x += BLOCK, upstream += BLOCK * row.result_pixel)
        gradient_block(row, 0, 1, 0, (int)(row.channels % LANES), row.first + x * row.stride,
                       row.results - x < BLOCK ? (int)(row.results - x) : BLOCK, source, upstream, gradient);
}

/* Calls the function, unless built quickly with the taps and stride of common windows as constants. */
#if !defined(QUICK)
#define BY_WINDOW(function, row, ...)                                                                                \
    switch ((row).dilation == 1 && (row).stride <= 2 ? (row).taps_x * 10 + (row).stride : 0) {                       \
    case 11: function(row, 1, 1, __VA_ARGS__); break;                                                                \
    case 21: function(row, 2, 1, __VA_ARGS__); break;                                                                \
    case 31: function(row, 3, 1, __VA_ARGS__); break;                                                                \
    case 32: function(row, 3, 2, __VA_ARGS__); break;                                                                \
    case 51: function(row, 5, 1, __VA_ARGS__); break;                                                                \
    case 52: function(row, 5, 2, __VA_ARGS__); break;                                                                \
    default: any_##function(row, __VA_ARGS__);                                                                       \
    }
#else
#define BY_WINDOW(function, row, ...) any_##function(row, __VA_ARGS__);
#endif

void NAME(depthwise)(const convolith_depthwise *row, const REAL *source, const REAL *kernel, const REAL *bias,
                     REAL *result) {
    const ptrdiff_t whole = row->channels / LANES * LANES;
    if (whole) BY_WINDOW(sum_row, *row, source, kernel, bias, result)
    if (whole < row->channels)
        sum_row_rest(*row, source + whole, kernel + whole, bias ? bias + whole : bias, result + whole);
}

void NAME(depthwise_gradient)(const convolith_depthwise *row, const REAL *source, const REAL *upstream,
                              REAL *gradient) {
    const ptrdiff_t whole = row->channels / LANES * LANES;
    if (whole) BY_WINDOW(gradient_row, *row, source, upstream, gradient)
    if (whole < row->channels) gradient_row_rest(*row, source + whole, upstream + whole, gradient + whole);
}
