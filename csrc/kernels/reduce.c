/* Sums: of two arrays, of patches into an image, and of a matrix over its rows. */
#include "partial.h"
#include "kernels.h"

void NAME(add)(ptrdiff_t count, const REAL *from, REAL *into) {
    for (ptrdiff_t i = 0; i < count; i++) into[i] += from[i];
}

void NAME(add_two)(ptrdiff_t count, const REAL *first, const REAL *second, int relu, REAL *result) {
    if (relu)
        for (ptrdiff_t i = 0; i < count; i++) {
            const REAL sum = first[i] + second[i];
            result[i] = sum < 0 ? 0 : sum;
        }
    else
        for (ptrdiff_t i = 0; i < count; i++) result[i] = first[i] + second[i];
}

void NAME(fold)(ptrdiff_t pixels, ptrdiff_t rows, ptrdiff_t count, const REAL *from, ptrdiff_t from_pixel, REAL *into,
                ptrdiff_t into_pixel, ptrdiff_t into_row) {
    const ptrdiff_t whole = count / LANES * LANES;
    const int rest = (int)(count - whole);
    for (ptrdiff_t p = 0; p < pixels; p++, from += from_pixel, into += into_pixel) {
        const REAL *source = from;
        REAL *to = into;
        for (ptrdiff_t r = 0; r < rows; r++, source += count, to += into_row) {
            for (ptrdiff_t i = 0; i < whole; i += LANES) store(to + i, load(to + i) + load(source + i));
            if (rest) store_first(to + whole, load_first(to + whole, rest) + load_first(source + whole, rest), rest);
        }
    }
}

enum { STRIP = 4 };

void NAME(sum_rows)(ptrdiff_t rows, ptrdiff_t columns, const REAL *source, ptrdiff_t row_stride, int accumulate,
                    REAL *sums) {
    ptrdiff_t n = 0;
    for (; n + STRIP * LANES <= columns; n += STRIP * LANES) {
        vec sum[STRIP] = {{0}};
        const REAL *row = source + n;
        for (ptrdiff_t m = 0; m < rows; m++, row += row_stride)
            for (int v = 0; v < STRIP; v++) sum[v] += load(row + v * LANES);
        for (int v = 0; v < STRIP; v++) {
            REAL *to = sums + n + v * LANES;
            store(to, accumulate ? load(to) + sum[v] : sum[v]);
        }
    }
    for (; n < columns; n += LANES) {
        const int left = columns - n < LANES ? (int)(columns - n) : LANES;
        vec sum = {0};
        const REAL *row = source + n;
        for (ptrdiff_t m = 0; m < rows; m++, row += row_stride) sum += load_first(row, left);
        if (accumulate) sum += load_first(sums + n, left);
        store_first(sums + n, sum, left);
    }
}
