/* Copying a matrix into the panels that the product reads. */
#include "partial.h"
#include "kernels.h"

void NAME(pack)(ptrdiff_t depth, int columns, int width, const REAL *source, ptrdiff_t k_stride, ptrdiff_t n_stride,
                REAL *packed) {
    if (n_stride == 1) {
        for (ptrdiff_t k = 0; k < depth; k++, source += k_stride, packed += width) {
            if (columns == PANEL) {
                store(packed, load(source));
                store(packed + LANES, load(source + LANES));
                continue;
            }
            for (int n = 0; n < width; n += LANES) {
                const int left = columns - n;
                store(packed + n, left >= LANES ? load(source + n) : load_first(source + n, left > 0 ? left : 0));
            }
        }
        return;
    }
    /* Blocks of k so short that what a block writes stays in the first-level cache while its columns go by. */
    enum { BLOCK = 32 };
    for (ptrdiff_t begin = 0; begin < depth; begin += BLOCK, packed += BLOCK * width) {
        const ptrdiff_t block = depth - begin < BLOCK ? depth - begin : BLOCK;
        for (int n = 0; n < width; n++) {
            const REAL *from = source + begin * k_stride + n * n_stride;
            for (ptrdiff_t k = 0; k < block; k++) packed[k * width + n] = n < columns ? from[k * k_stride] : 0;
        }
    }
}
