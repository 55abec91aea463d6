/* Loads and stores of a part of a vector, by the instruction set's masks where it has them. Apart from vector.h because
 * the compiler takes longer to read <immintrin.h> than to compile most kernels. */
#ifndef CONVOLITH_PARTIAL_H
#define CONVOLITH_PARTIAL_H

#include "vector.h"

#if defined(__AVX2__) && defined(REAL_IS_FLOAT)
#include <immintrin.h>
#endif

/* The first `count` lanes (0 to LANES); the others are zero on load and untouched on store. */
#if defined(__AVX512F__) && defined(REAL_IS_FLOAT)
INLINE __mmask16 first(int count) { return (__mmask16)((1u << count) - 1u); }
INLINE vec load_first(const REAL *from, int count) { return _mm512_maskz_loadu_ps(first(count), from); }
INLINE void store_first(REAL *to, vec value, int count) { _mm512_mask_storeu_ps(to, first(count), value); }
#elif defined(__AVX2__) && defined(REAL_IS_FLOAT) && !defined(__AVX512F__)
INLINE __m256i first(int count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
INLINE vec load_first(const REAL *from, int count) { return _mm256_maskload_ps(from, first(count)); }
INLINE void store_first(REAL *to, vec value, int count) { _mm256_maskstore_ps(to, first(count), value); }
#else
INLINE vec load_first(const REAL *from, int count) {
    vec value = {0};
    memcpy(&value, from, count * sizeof(REAL));
    return value;
}
INLINE void store_first(REAL *to, vec value, int count) {
    memcpy(to, &value, count * sizeof(REAL));
}
#endif

#endif
