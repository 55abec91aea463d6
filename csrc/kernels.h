/* The kernels of one instruction set, in float and in double: types, prototypes and blocking, beside each other.
 *
 * Rules that hold for every kernel: strides and counts are in elements; arrays are owned by the caller and need only
 * the alignment of their element; nothing is allocated; no output overlaps an input unless its comment allows it.
 */
#ifndef CONVOLITH_KERNELS_H
#define CONVOLITH_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#define CONVOLITH_LINE 64 /* bytes that are fetched from memory at a time */

/* What one call of `product` computes, for the rows m of one or two segments and the columns n of one panel of B:
 *
 *     C[m, n] (+)= sum over r < runs, k < depth of
 *                  A[a_offset[r] + m * a_row + k * a_column] * B[b_offset[r] + k * b_row + n]
 *
 * Each call sums its products in one chain, in order; the caller cuts long sums into several calls (exactness).
 * What the caller reads next may be fetched meanwhile, perhaps to behind its end: `ahead`, which few columns leave out.
 */
typedef struct {
    ptrdiff_t a_row, a_column;           /* strides of A */
    ptrdiff_t b_row;                     /* stride of B's rows; a row is readable to the end of its last vector */
    ptrdiff_t c_row;                     /* stride of C's rows */
    ptrdiff_t runs, depth;               /* the sum's two extents, at least 1 and 0 */
    const ptrdiff_t *a_offset, *b_offset; /* where each run begins; `runs` of each */
    const void *ahead;                   /* NULL, or whence each step of the sum fetches as much as a panel's row has */
    ptrdiff_t ahead_step;                /* bytes from one step's to the next one's */
    int rows;                            /* of a segment, 1 to segment_rows */
    int segments;                        /* 1 or 2 */
    int columns;                         /* of C that are read and written, 1 to panel */
    int accumulate;                      /* add to C; else C is only written */
    int relu;                            /* C = max(C, 0) at the end; NaN passes through */
} convolith_tile;

/* A row of results of a depthwise convolution. Result x < results sums, over i < taps_y and j < taps_x, the source's
 * pixel in row i and column first + x * stride + j * dilation times the kernel's tap (i, j), channel by channel; columns
 * outside of 0 to width are not read and count as zero. */
typedef struct {
    ptrdiff_t channels, results, taps_y, taps_x;
    ptrdiff_t first, stride, dilation, width; /* of columns; strides and dilations are at least 1 */
    ptrdiff_t source_row, source_pixel;       /* strides of the rows that windows read, and of pixels */
    ptrdiff_t kernel_row, kernel_tap;         /* strides of the kernel, perhaps negative */
    ptrdiff_t result_pixel;                   /* stride of the results */
    int far;                                  /* source and results lie beyond the caches: fetch them beforehand */
    int relu;                                 /* result = max(result, 0) at the end; NaN passes through */
} convolith_depthwise;

/* A row of results of a grouped convolution, for the `channels` of them that one vector holds. Result x < results sums,
 * over y < taps_y, j < taps_x and i < depth, channel i of its group in the source's pixel in row y and column
 * x * stride + j * dilation times the lanes of the kernel at (y, j, i), which lie beside each other. All these pixels
 * are there.
 *
 * several: a pixel holds a vector of whole groups of `depth` channels, which divides the lanes, and the results as many
 * of the same groups. Else it holds the `depth` channels of one group, and the results some of that group's. */
typedef struct {
    ptrdiff_t results, taps_y, taps_x, depth;
    ptrdiff_t stride, dilation;           /* of columns, at least 1 */
    ptrdiff_t source_row, source_block;   /* strides of the rows that windows read, and of a vector of channels: the
                                             pixels of one lie beside each other */
    ptrdiff_t kernel_row, kernel_tap;     /* strides of the kernel, perhaps negative; the next i is a vector further */
    ptrdiff_t result_pixel;               /* stride of the results */
    int several, channels;                /* channels: 1 to lanes */
    int relu;                             /* result = max(result, 0) at the end; NaN passes through */
} convolith_grouped;

enum {
    CONVOLITH_NUMBERS = 8, /* of a step of an optimizer */
    CONVOLITH_SLOTS = 3    /* at most, of a rule */
};

/* Local response normalisation of pixels that lie one after the other: x * (bias + alpha * sum of the squares of the
 * channels from `before` channels before to `after` after it, as far as there are any) ^ -beta. */
typedef struct {
    ptrdiff_t pixels, channels, before, after;
    ptrdiff_t pitch; /* of a pixel in the working memory: before + after + channels, with the last vector full */
    double bias, alpha, beta;
} convolith_local_response;

/* Functions of each element, each within 4 units in the last place (EXP and LOG within 1, EXPM1, LOG1P and ERF within 2,
 * TANH within 3), but GELU within 5 + x^2 below 0, where rounding the exponential's argument counts, and GELU_NEAR
 * likewise. The gradients of EXP, SIGMOID, TANH and ELU read the function's result, the others x. */
enum convolith_curve {
    CONVOLITH_EXP,
    CONVOLITH_EXPM1, /* e^x - 1 */
    CONVOLITH_LOG,
    CONVOLITH_LOG1P, /* the logarithm of 1 + x */
    CONVOLITH_SIGMOID,
    CONVOLITH_TANH,
    CONVOLITH_SOFTPLUS,
    CONVOLITH_SOFTSIGN,
    CONVOLITH_SILU,
    CONVOLITH_HARD_SILU,
    CONVOLITH_MISH,
    CONVOLITH_ELU,      /* numbers: alpha, scale, width */
    CONVOLITH_ERF,
    CONVOLITH_GELU,     /* by the normal distribution function */
    CONVOLITH_GELU_NEAR /* by a sigmoid close to it */
};

#define REAL_TABLE(name) name##_float
#define T float
#include "kernel_table.h"
#undef T
#undef REAL_TABLE
#define REAL_TABLE(name) name##_double
#define T double
#include "kernel_table.h"
#undef T
#undef REAL_TABLE

#endif
