/* A row of a grouped convolution with few channels a group, for one vector of its results' channels: those of several
 * groups beside each other, or some of one group's. A column of the source that several results read is loaded, and its
 * channel spread over the group's lanes, once for all of them. */
#include "partial.h"
#include "kernels.h"

/* Neighbouring results whose sums lie in registers side by side: as many as there are registers for, then half of them.
 * The widths of the usual networks' images (7, 14, 28, 56, 112) are multiples. */
enum { SHORT = 7, LONG = 2 * SEGMENT_ROWS > SHORT ? 2 * SHORT : SHORT, MOST_TAPS = 3 };

INLINE vec_mask group_begin(int width) {
    vec_mask lane;
    for (int i = 0; i < LANES; i++) lane[i] = i / width * width;
    return lane;
}

/* Channel i of column q in each group's lanes. several: the vector holds several groups; else the pixel is one's. */
INLINE vec spread(const REAL *source, ptrdiff_t q, int i, int several, vec_mask begin) {
    return several ? pick(load(source + q * LANES), begin + i) : broadcast(source[q * LANES + i]);
}

/* Which of a block's results reads the block's column q by the tap j; `block`, how many there are, if none does. */
INLINE int reader(int q, int j, int stride, int block) {
    return q >= j && (q - j) % stride == 0 && (q - j) / stride < block ? (q - j) / stride : block;
}

/* `count` results, `block` of them in registers. taps and stride are the row's, as constants, where a block's columns
 * are walked once and each goes to all taps that meet it; taps is 0 elsewhere. */
INLINE void sum_block(convolith_grouped row, int several, int taps, int stride, int block, int count, vec_mask begin,
                      const REAL *source, const REAL *kernel, vec start, REAL *result) {
    vec sum[LONG];
#pragma GCC unroll 14
    for (int p = 0; p < block; p++) {
        sum[p] = start;
        if (p < count) __builtin_prefetch(result + p * row.result_pixel, 1); /* far apart, and needed at the end */
    }
    for (ptrdiff_t y = 0; y < row.taps_y; y++, source += row.source_row, kernel += row.kernel_row) {
        for (ptrdiff_t k = 0; k < row.depth; k++) {
            const REAL *from = source + k / LANES * row.source_block;
            const int i = (int)(k % LANES);
            if (taps) {
                vec weight[MOST_TAPS];
#pragma GCC unroll 3
                for (int j = 0; j < taps; j++) weight[j] = load(kernel + j * row.kernel_tap + k * LANES);
#pragma GCC unroll 29
                for (int q = 0; q < (block - 1) * stride + taps; q++) {
                    const vec value = spread(from, q, i, several, begin);
#pragma GCC unroll 3
                    for (int j = 0; j < taps; j++)
                        if (reader(q, j, stride, block) < block) sum[reader(q, j, stride, block)] += value * weight[j];
                }
                continue;
            }
            for (ptrdiff_t j = 0; j < row.taps_x; j++) {
                const vec weight = load(kernel + j * row.kernel_tap + k * LANES);
#pragma GCC unroll 14
                for (int p = 0; p < block; p++) {
                    const ptrdiff_t q = p < count ? p * row.stride + j * row.dilation : 0;
                    sum[p] += spread(from, q, i, several, begin) * weight;
                }
            }
        }
    }
#pragma GCC unroll 14
    for (int p = 0; p < block; p++)
        if (p < count) put(result + p * row.result_pixel, row.relu ? rectify(sum[p]) : sum[p], row.channels);
}

/* What such results add to the gradient by the kernel; with taps there are `block` of them. */
INLINE void gradient_block(convolith_grouped row, int several, int taps, int stride, int block, int count,
                           vec_mask begin, const REAL *source, const REAL *upstream, REAL *gradient) {
    vec share[LONG];
#pragma GCC unroll 14
    for (int p = 0; p < block; p++) {
        share[p] = p < count ? get(upstream + p * row.result_pixel, row.channels) : (vec){0};
        __builtin_prefetch(upstream + (block + p) * row.result_pixel); /* the next block's, far apart */
    }
    for (ptrdiff_t y = 0; y < row.taps_y; y++, source += row.source_row, gradient += row.kernel_row) {
        for (ptrdiff_t k = 0; k < row.depth; k++) {
            const REAL *from = source + k / LANES * row.source_block;
            const int i = (int)(k % LANES);
            if (taps) {
                vec sum[MOST_TAPS] = {{0}};
#pragma GCC unroll 29
                for (int q = 0; q < (block - 1) * stride + taps; q++) {
                    const vec value = spread(from, q, i, several, begin);
#pragma GCC unroll 3
                    for (int j = 0; j < taps; j++)
                        if (reader(q, j, stride, block) < block) sum[j] += value * share[reader(q, j, stride, block)];
                }
#pragma GCC unroll 3
                for (int j = 0; j < taps; j++) {
                    REAL *to = gradient + j * row.kernel_tap + k * LANES;
                    store(to, load(to) + sum[j]);
                }
                continue;
            }
            for (ptrdiff_t j = 0; j < row.taps_x; j++) {
                REAL *to = gradient + j * row.kernel_tap + k * LANES;
                vec sum = {0};
#pragma GCC unroll 14
                for (int p = 0; p < block; p++) {
                    const ptrdiff_t q = p * row.stride + j * row.dilation;
                    if (p < count) sum += spread(from, q, i, several, begin) * share[p];
                }
                store(to, load(to) + sum);
            }
        }
    }
}

/* The results left over at a row's end, of any window: apart from the blocks, whose code they would double. */
static __attribute__((noinline)) void sum_rest(convolith_grouped row, int several, ptrdiff_t x, vec_mask begin,
                                               const REAL *source, const REAL *kernel, vec start, REAL *result) {
    sum_block(row, several, 0, 1, SHORT, (int)(row.results - x), begin, source + x * row.stride * LANES, kernel, start,
              result + x * row.result_pixel);
}

static __attribute__((noinline)) void gradient_rest(convolith_grouped row, int several, ptrdiff_t x, vec_mask begin,
                                                    const REAL *source, const REAL *upstream, REAL *gradient) {
    gradient_block(row, several, 0, 1, SHORT, (int)(row.results - x), begin, source + x * row.stride * LANES,
                   upstream + x * row.result_pixel, gradient);
}

/* Runs the statement for the long blocks of a row's results, then the short ones; x is the first result left over. */
#define FOR_BLOCKS(statement)                                                                                        \
    ptrdiff_t x = 0;                                                                                                 \
    for (const int block = LONG; x + block <= row.results; x += block) statement                                     \
    for (const int block = SHORT; x + block <= row.results; x += block) statement

INLINE void sum_row(convolith_grouped row, int several, int taps, int stride, const REAL *source, const REAL *kernel,
                    const REAL *bias, REAL *result) {
    const vec_mask begin = group_begin(several ? (int)row.depth : LANES);
    const vec start = bias ? get(bias, row.channels) : (vec){0};
    FOR_BLOCKS(sum_block(row, several, taps, stride, block, block, begin, source + x * row.stride * LANES, kernel, start,
                         result + x * row.result_pixel);)
    if (x < row.results) sum_rest(row, several, x, begin, source, kernel, start, result);
}

INLINE void gradient_row(convolith_grouped row, int several, int taps, int stride, const REAL *source,
                         const REAL *upstream, REAL *gradient) {
    const vec_mask begin = group_begin(several ? (int)row.depth : LANES);
    FOR_BLOCKS(gradient_block(row, several, taps, stride, block, block, begin, source + x * row.stride * LANES,
                              upstream + x * row.result_pixel, gradient);)
    if (x < row.results) gradient_rest(row, several, x, begin, source, upstream, gradient);
}

/* The function with the row's window as constants, where it is a common one and nothing is built quickly. */
#if !defined(QUICK)
#define BY_WINDOW(function, several, ...)                                                                            \
    switch (row->dilation == 1 && row->stride <= 2 ? row->taps_x * 10 + row->stride : 0) {                           \
    case 11: function(*row, several, 1, 1, __VA_ARGS__); return;                                                     \
    case 21: function(*row, several, 2, 1, __VA_ARGS__); return;                                                     \
    case 31: function(*row, several, 3, 1, __VA_ARGS__); return;                                                     \
    case 32: function(*row, several, 3, 2, __VA_ARGS__); return;                                                     \
    default: function(*row, several, 0, 1, __VA_ARGS__); return;                                                     \
    }
#else
#define BY_WINDOW(function, several, ...) function(*row, several, 0, 1, __VA_ARGS__);
#endif

static void sum_several(const convolith_grouped *row, const REAL *source, const REAL *kernel, const REAL *bias,
                        REAL *result) {
    BY_WINDOW(sum_row, 1, source, kernel, bias, result)
}

static void sum_one(const convolith_grouped *row, const REAL *source, const REAL *kernel, const REAL *bias,
                    REAL *result) {
    BY_WINDOW(sum_row, 0, source, kernel, bias, result)
}

static void gradient_several(const convolith_grouped *row, const REAL *source, const REAL *upstream, REAL *gradient) {
    BY_WINDOW(gradient_row, 1, source, upstream, gradient)
}

static void gradient_one(const convolith_grouped *row, const REAL *source, const REAL *upstream, REAL *gradient) {
    BY_WINDOW(gradient_row, 0, source, upstream, gradient)
}

void NAME(grouped)(const convolith_grouped *row, const REAL *source, const REAL *kernel, const REAL *bias,
                   REAL *result) {
    (row->several ? sum_several : sum_one)(row, source, kernel, bias, result);
}

void NAME(grouped_gradient)(const convolith_grouped *row, const REAL *source, const REAL *upstream, REAL *gradient) {
    (row->several ? gradient_several : gradient_one)(row, source, upstream, gradient);
}
