/* Copying matrices into the panels and segments that the product reads. */
#include "partial.h"
#include "kernels.h"

typedef REAL four __attribute__((vector_size(4 * sizeof(REAL)), aligned(sizeof(REAL)), may_alias));

/* Turns four by four elements: to[k * to_row + n] = from[n * from_row + k]. */
INLINE void turn(const REAL *from, ptrdiff_t from_row, REAL *to, ptrdiff_t to_row) {
    const four a = *(const four *)from, b = *(const four *)(from + from_row);
    const four c = *(const four *)(from + 2 * from_row), d = *(const four *)(from + 3 * from_row);
    const four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    const four cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    *(four *)to = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
    *(four *)(to + to_row) = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
    *(four *)(to + 2 * to_row) = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
    *(four *)(to + 3 * to_row) = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}

void NAME(pack)(ptrdiff_t depth, int columns, int width, const REAL *source, ptrdiff_t k_stride, ptrdiff_t n_stride,
                REAL *packed) {
    enum { AHEAD = 16 };
    if (n_stride == 1) {
        for (ptrdiff_t k = 0; k < depth; k++, source += k_stride, packed += width) {
            __builtin_prefetch(source + AHEAD * k_stride); /* rows lie too far apart for the processor to see */
            if (columns == LANES && width == LANES) {
                store(packed, load(source));
                continue;
            }
            if (columns == PANEL) {
                __builtin_prefetch(source + AHEAD * k_stride + LANES);
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
        const int block = depth - begin < BLOCK ? (int)(depth - begin) : BLOCK;
        for (int n = 0; n < width; n += 4) {
            const REAL *from = source + begin * k_stride + n * n_stride;
            const int taken = width - n < 4 ? width - n : 4;
            int k = 0;
            if (k_stride == 1 && n + 4 <= columns) {
                for (int i = 0; i < 4; i++)
                    for (int line = 0; line < BLOCK; line += 64 / sizeof(REAL))
                        __builtin_prefetch(from + BLOCK + i * n_stride + line);
                for (; k + 4 <= block; k += 4) turn(from + k, n_stride, packed + k * width + n, width);
            }
            for (; k < block; k++)
                for (int i = 0; i < taken; i++)
                    packed[k * width + n + i] = n + i < columns ? from[k * k_stride + i * n_stride] : 0;
        }
    }
}

/* Segments beside each other, of all pixels; channels: a constant from 1 to 4, or known to be more.
 * A pixel's cache lines are read once, since those of many pixels would compete for few sets of the cache. */
INLINE void pack_beside(ptrdiff_t pixels, int segments, int channels, const REAL *source, ptrdiff_t pixel,
                        REAL *packed, ptrdiff_t pitch) {
    enum { AHEAD = 8 };
    for (ptrdiff_t p = 0; p < pixels; p++, source += pixel, packed += SEGMENT_PITCH) {
        __builtin_prefetch(source + AHEAD * pixel);
        __builtin_prefetch(source + AHEAD * pixel + segments * channels - 1);
#pragma GCC unroll 5
        for (int s = 0; s < segments; s++) {
            const REAL *from = source + s * channels;
            REAL *to = packed + s * pitch;
            if (channels <= 4) {
                memcpy(to, from, channels * sizeof(REAL));
            } else { /* the first four and the last four */
                const four first = *(const four *)from, last = *(const four *)(from + channels - 4);
                *(four *)to = first;
                *(four *)(to + channels - 4) = last;
            }
        }
    }
}

INLINE void pack_all(ptrdiff_t pixels, ptrdiff_t segments, int channels, const REAL *source, ptrdiff_t pixel,
                     REAL *packed, ptrdiff_t pitch) {
    enum { BESIDE = 5 }; /* of 3 channels about a cache line, of 7 about two */
    for (; segments >= BESIDE; segments -= BESIDE, source += BESIDE * channels, packed += BESIDE * pitch)
        pack_beside(pixels, BESIDE, channels, source, pixel, packed, pitch);
    if (segments) pack_beside(pixels, (int)segments, channels, source, pixel, packed, pitch);
}

void NAME(pack_segments)(ptrdiff_t pixels, ptrdiff_t segments, int channels, const REAL *source, ptrdiff_t pixel,
                         REAL *packed, ptrdiff_t pitch) {
    switch (channels) {
    case 1: pack_all(pixels, segments, 1, source, pixel, packed, pitch); break;
    case 2: pack_all(pixels, segments, 2, source, pixel, packed, pitch); break;
    case 3: pack_all(pixels, segments, 3, source, pixel, packed, pitch); break;
    case 4: pack_all(pixels, segments, 4, source, pixel, packed, pitch); break;
    default:
        if (channels > 4) pack_all(pixels, segments, channels, source, pixel, packed, pitch);
    }
}
