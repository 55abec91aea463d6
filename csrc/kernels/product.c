/* The one building block: a register tile of the batch-reduce matrix product with general strides of A.
 * Georganas et al., "High-Performance Deep Learning via a Single Building Block", arXiv 1906.06440. */
#include "partial.h"
#include "kernels.h"

#define ARGUMENTS                                                                                                   \
    const convolith_tile *tile, const REAL *a0, const REAL *a1, const REAL *b, const REAL *bias, REAL *c0, REAL *c1

INLINE vec finish(const convolith_tile *tile, vec value, vec before, vec bias) {
    value = (tile->accumulate ? value + before : value) + bias;
    return tile->relu ? rectify(value) : value;
}

/* Stores a segment whose rows end within their last vector. Apart from the tiles, whose code it would double. */
static __attribute__((noinline)) void finish_part(const convolith_tile *tile, int vectors, int rows, vec sum[][2],
                                                  const vec *bias, REAL *c) {
    const int v = vectors - 1, last = tile->columns - v * LANES;
    for (int m = 0; m < rows; m++, c += tile->c_row) {
        REAL *to = c + v * LANES;
        if (v) store(c, finish(tile, sum[m][0], tile->accumulate ? load(c) : (vec){0}, bias[0]));
        store_first(to, finish(tile, sum[m][v], tile->accumulate ? load_first(to, last) : (vec){0}, bias[v]), last);
    }
}

/* accumulate and relu are the tile's, known not to be changed by what is stored. */
INLINE void finish_row(const int accumulate, const int relu, const int vectors, vec *row, const vec *bias, REAL *c) {
#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++) {
        REAL *to = c + v * LANES;
        const vec value = (accumulate ? row[v] + load(to) : row[v]) + bias[v];
        store(to, relu ? rectify(value) : value);
    }
}

INLINE void product(const int rows, const int segments, const int vectors, ARGUMENTS) {
    vec sum[2][SEGMENT_ROWS][2];
    const ptrdiff_t a_row = tile->a_row, a_column = tile->a_column, b_row = tile->b_row, depth = tile->depth;
    const ptrdiff_t c_row = tile->c_row;
    const int accumulate = tile->accumulate, relu = tile->relu;
#pragma GCC unroll 2
    for (int s = 0; s < segments; s++)
#pragma GCC unroll 7
        for (int m = 0; m < rows; m++)
#pragma GCC unroll 2
            for (int v = 0; v < vectors; v++) sum[s][m][v] = (vec){0};

    const int last = tile->columns - 1;
    for (int m = 0; m < rows; m++) { /* C may be far away, and is not needed before the end */
        __builtin_prefetch(c0 + m * c_row, 1);
        __builtin_prefetch(c0 + m * c_row + last, 1);
        if (segments > 1) {
            __builtin_prefetch(c1 + m * c_row, 1);
            __builtin_prefetch(c1 + m * c_row + last, 1);
        }
    }
    const char *ahead = tile->ahead ? tile->ahead : b; /* NULL would cost a walk through the pages each time */
    const ptrdiff_t ahead_step = tile->ahead ? tile->ahead_step : 0;
    for (ptrdiff_t run = 0; run < tile->runs; run++) {
        const REAL *from0 = a0 + tile->a_offset[run];
        const REAL *from1 = segments > 1 ? a1 + tile->a_offset[run] : from0;
        const REAL *row = b + tile->b_offset[run];
        for (ptrdiff_t k = 0; k < depth; k++) {
            vec column[2];
#pragma GCC unroll 2
            for (int v = 0; v < vectors; v++) column[v] = load(row + v * LANES);
#pragma GCC unroll 7
            for (int m = 0; m < rows; m++) {
                const vec left = broadcast(from0[m * a_row]);
#pragma GCC unroll 2
                for (int v = 0; v < vectors; v++) sum[0][m][v] += left * column[v];
            }
            if (segments > 1) {
#pragma GCC unroll 7
                for (int m = 0; m < rows; m++) {
                    const vec left = broadcast(from1[m * a_row]);
#pragma GCC unroll 2
                    for (int v = 0; v < vectors; v++) sum[1][m][v] += left * column[v];
                }
            }
            from0 += a_column;
            if (segments > 1) from1 += a_column;
            row += b_row;
            __builtin_prefetch(ahead, 0, 2); /* into the second-level cache */
            if (vectors * VECTOR_BYTES > CONVOLITH_LINE) __builtin_prefetch(ahead + CONVOLITH_LINE, 0, 2);
            ahead += ahead_step;
        }
    }

    vec shift[2] = {{0}, {0}};
    if (bias) {
        for (int v = 0; v < vectors - 1; v++) shift[v] = load(bias + v * LANES);
        shift[vectors - 1] = load_first(bias + (vectors - 1) * LANES, tile->columns - (vectors - 1) * LANES);
    }
    if (tile->columns == vectors * LANES) {
#pragma GCC unroll 7
        for (int m = 0; m < rows; m++) {
            finish_row(accumulate, relu, vectors, sum[0][m], shift, c0 + m * c_row);
            if (segments > 1) finish_row(accumulate, relu, vectors, sum[1][m], shift, c1 + m * c_row);
        }
    } else {
        vec left[2][SEGMENT_ROWS][2]; /* not `sum` itself, which must have no address to stay in registers */
#pragma GCC unroll 2
        for (int s = 0; s < segments; s++)
#pragma GCC unroll 7
            for (int m = 0; m < rows; m++)
#pragma GCC unroll 2
                for (int v = 0; v < vectors; v++) left[s][m][v] = sum[s][m][v];
        finish_part(tile, vectors, rows, left[0], shift, c0);
        if (segments > 1) finish_part(tile, vectors, rows, left[1], shift, c1);
    }
}

#if VECTOR_BYTES == 64 && defined(REAL_IS_FLOAT)
#define HALF (LANES / 2)
typedef REAL half __attribute__((vector_size(VECTOR_BYTES / 2)));
typedef REAL half_unaligned __attribute__((vector_size(VECTOR_BYTES / 2), aligned(sizeof(REAL)), may_alias));

/* Few columns in half a vector: processors that split the long ones do two of these in the time of one. */
INLINE void product_of_half(const int rows, const int segments, ARGUMENTS) {
    half sum[2][SEGMENT_ROWS];
    const ptrdiff_t a_row = tile->a_row;
#pragma GCC unroll 2
    for (int s = 0; s < segments; s++)
#pragma GCC unroll 7
        for (int m = 0; m < rows; m++) sum[s][m] = (half){0};
    for (ptrdiff_t run = 0; run < tile->runs; run++) {
        const REAL *from0 = a0 + tile->a_offset[run];
        const REAL *from1 = segments > 1 ? a1 + tile->a_offset[run] : from0;
        const REAL *row = b + tile->b_offset[run];
        for (ptrdiff_t k = 0; k < tile->depth; k++) {
            const half column = *(const half_unaligned *)row;
#pragma GCC unroll 7
            for (int m = 0; m < rows; m++) sum[0][m] += (from0[m * a_row] - (half){0}) * column;
            if (segments > 1) {
#pragma GCC unroll 7
                for (int m = 0; m < rows; m++) sum[1][m] += (from1[m * a_row] - (half){0}) * column;
            }
            from0 += tile->a_column;
            if (segments > 1) from1 += tile->a_column;
            row += tile->b_row;
        }
    }
    const int columns = tile->columns;
    const vec shift = bias ? load_first(bias, columns) : (vec){0};
#pragma GCC unroll 2
    for (int s = 0; s < segments; s++)
#pragma GCC unroll 7
        for (int m = 0; m < rows; m++) {
            REAL *to = (s ? c1 : c0) + m * tile->c_row;
            const vec whole = __builtin_shufflevector(sum[s][m], sum[s][m], 0, 1, 2, 3, 4, 5, 6, 7, -1, -1, -1, -1, -1,
                                                      -1, -1, -1);
            store_first(to, finish(tile, whole, tile->accumulate ? load_first(to, columns) : (vec){0}, shift), columns);
        }
}
#endif

void NAME(stream)(ptrdiff_t depth, ptrdiff_t columns, const REAL *a, const REAL *b, ptrdiff_t b_row, REAL *c) {
    for (ptrdiff_t k = 0; k < depth; k += 2, b += 2 * b_row) {
        const int two = k + 1 < depth, last = k + 2 >= depth; /* at last adds zero, as `product` does: -0 becomes 0 */
        const REAL *below = two ? b + b_row : b;
        const vec first = broadcast(a[k]), second = two ? broadcast(a[k + 1]) : (vec){0};
        ptrdiff_t n = 0;
        for (; n + LANES <= columns; n += LANES) {
            vec sum = load(c + n);
            sum += first * load(b + n);
            if (two) sum += second * load(below + n);
            store(c + n, last ? sum + (vec){0} : sum);
        }
        const int left = (int)(columns - n);
        if (!left) continue;
        vec sum = load_first(c + n, left);
        sum += first * load_first(b + n, left);
        if (two) sum += second * load_first(below + n, left);
        store_first(c + n, last ? sum + (vec){0} : sum, left);
    }
}

typedef void tile_function(ARGUMENTS);

#define TILE(rows, segments, vectors)                                                                               \
    static void tile_##rows##_##segments##_##vectors(ARGUMENTS) {                                                    \
        product(rows, segments, vectors, tile, a0, a1, b, bias, c0, c1);                                              \
    }
#define TILES_OF(rows) TILE(rows, 1, 1) TILE(rows, 1, 2) TILE(rows, 2, 1) TILE(rows, 2, 2)
#define ENTRY(rows)                                                                                                 \
    {{tile_##rows##_1_1, tile_##rows##_1_2}, {tile_##rows##_2_1, tile_##rows##_2_2}}

TILES_OF(1) TILES_OF(2) TILES_OF(3)
#if SEGMENT_ROWS == 7
TILES_OF(4) TILES_OF(5) TILES_OF(6) TILES_OF(7)
#endif

static tile_function *const tiles[SEGMENT_ROWS][2][2] = {
    ENTRY(1), ENTRY(2), ENTRY(3),
#if SEGMENT_ROWS == 7
    ENTRY(4), ENTRY(5), ENTRY(6), ENTRY(7),
#endif
};

#if VECTOR_BYTES == 64 && defined(REAL_IS_FLOAT)
#define HALVES(rows)                                                                                                \
    static void half_##rows##_1(ARGUMENTS) { product_of_half(rows, 1, tile, a0, a1, b, bias, c0, c1); }               \
    static void half_##rows##_2(ARGUMENTS) { product_of_half(rows, 2, tile, a0, a1, b, bias, c0, c1); }
HALVES(1) HALVES(2) HALVES(3) HALVES(4) HALVES(5) HALVES(6) HALVES(7)

static tile_function *const halves[SEGMENT_ROWS][2] = {
    {half_1_1, half_1_2}, {half_2_1, half_2_2}, {half_3_1, half_3_2}, {half_4_1, half_4_2},
    {half_5_1, half_5_2}, {half_6_1, half_6_2}, {half_7_1, half_7_2},
};
#endif

void NAME(product)(ARGUMENTS) {
#if VECTOR_BYTES == 64 && defined(REAL_IS_FLOAT)
    if (tile->columns <= HALF) {
        halves[tile->rows - 1][tile->segments - 1](tile, a0, a1, b, bias, c0, c1);
        return;
    }
#endif
    tiles[tile->rows - 1][tile->segments - 1][tile->columns > LANES](tile, a0, a1, b, bias, c0, c1);
}
