/* Loads and stores of a part of a vector, by the instruction set's masks where it has them. They are the compilers'
 * built-in functions, because to read <immintrin.h>, which names them, takes longer than to compile most kernels. */
#ifndef CONVOLITH_PARTIAL_H
#define CONVOLITH_PARTIAL_H

#include "vector.h"

/* The first `count` lanes (0 to LANES); the others are zero on load and untouched on store. */
#if defined(__AVX512F__) && defined(REAL_IS_FLOAT)
INLINE vec load_first(const REAL *from, int count) {
    return __builtin_ia32_loadups512_mask((const void *)from, (vec){0}, (1u << count) - 1u);
}
INLINE void store_first(REAL *to, vec value, int count) {
    __builtin_ia32_storeups512_mask((void *)to, value, (1u << count) - 1u);
}
#elif defined(__AVX2__) && defined(REAL_IS_FLOAT) && !defined(__AVX512F__)
INLINE vec_mask first(int count) { return (vec_mask){0, 1, 2, 3, 4, 5, 6, 7} < count - (vec_mask){0}; }
INLINE vec load_first(const REAL *from, int count) {
    return __builtin_ia32_maskloadps256((const void *)from, first(count));
}
/* In pieces: AMD's processors take a dozen cycles for a store under a mask. */
INLINE void store_first(REAL *to, vec value, int count) {
    typedef REAL four __attribute__((vector_size(16), aligned(sizeof(REAL)), may_alias));
    typedef REAL two __attribute__((vector_size(8), aligned(sizeof(REAL)), may_alias));
    if (count == LANES) {
        store(to, value);
        return;
    }
    four left = __builtin_shufflevector(value, value, 0, 1, 2, 3);
    if (count & 4) {
        *(four *)to = left;
        left = __builtin_shufflevector(value, value, 4, 5, 6, 7);
        to += 4;
    }
    if (count & 2) {
        *(two *)to = __builtin_shufflevector(left, left, 0, 1);
        left = __builtin_shufflevector(left, left, 2, 3, 2, 3);
        to += 2;
    }
    if (count & 1) *to = left[0];
}
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

/* The same where the whole vector is the usual case; `left` is a constant there. */
INLINE vec get(const REAL *from, int left) { return left == LANES ? load(from) : load_first(from, left); }
INLINE void put(REAL *to, vec value, int left) {
    if (left == LANES)
        store(to, value);
    else
        store_first(to, value, left);
}

#endif
