/* The vector layer: one type and the few operations that the compiler's vector extensions lack;
 * partial.h has those on a part of a vector.
 *
 * A kernel unit is compiled once an instruction set and once a REAL (float, double). The compiler's own macros say how
 * wide a vector is; nothing else in csrc/kernels/ knows which instruction set it is compiled for.
 */
#ifndef CONVOLITH_VECTOR_H
#define CONVOLITH_VECTOR_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX2__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif

/* Rows of a register tile's segment: with two segments and two vectors of columns, the accumulators fill the register
 * file (32 registers with AVX-512 and on AArch64, 16 elsewhere) but for what holds A and B. */
#if defined(__AVX512F__) || defined(__aarch64__)
#define SEGMENT_ROWS 7
#else
#define SEGMENT_ROWS 3
#endif
#define SEGMENT_PITCH (SEGMENT_ROWS + 1) /* from pixel to pixel in a packed segment: a power of two */

#define LANES ((int)(VECTOR_BYTES / sizeof(REAL)))
#define PANEL (2 * LANES)

#define INLINE static inline __attribute__((always_inline))
#define PASTE_(name, real, isa) convolith_##name##_##real##_##isa
#define PASTE(name, real, isa) PASTE_(name, real, isa)
#define NAME(name) PASTE(name, REAL, CONVOLITH_ISA)

typedef REAL vec __attribute__((vector_size(VECTOR_BYTES)));
typedef REAL vec_unaligned __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(REAL)), may_alias));

#if defined(REAL_IS_FLOAT)
typedef int32_t vec_mask __attribute__((vector_size(VECTOR_BYTES)));
#else
typedef int64_t vec_mask __attribute__((vector_size(VECTOR_BYTES)));
#endif

INLINE vec load(const REAL *from) { return *(const vec_unaligned *)from; }
INLINE void store(REAL *to, vec value) { *(vec_unaligned *)to = value; }
INLINE vec broadcast(REAL value) { return value - (vec){0}; }

/* Lane by lane: where the mask (a comparison's result) holds, `yes`, else `no`. */
INLINE vec choose(vec_mask mask, vec yes, vec no) { return (vec)(((vec_mask)yes & mask) | ((vec_mask)no & ~mask)); }

/* Whether the mask holds in any lane. */
#if defined(__AVX512F__) && defined(REAL_IS_FLOAT)
INLINE int any(vec_mask mask) { return __builtin_ia32_cvtd2mask512(mask) != 0; }
#elif defined(__AVX2__) && !defined(__AVX512F__) && defined(REAL_IS_FLOAT)
INLINE int any(vec_mask mask) { return __builtin_ia32_movmskps256((vec)mask) != 0; }
#else
INLINE int any(vec_mask mask) {
    uint64_t words[VECTOR_BYTES / 8], found = 0;
    memcpy(words, &mask, sizeof(words));
    for (int i = 0; i < VECTOR_BYTES / 8; i++) found |= words[i];
    return found != 0;
}
#endif

/* max(value, 0), with NaN passed through. */
INLINE vec rectify(vec value) { return (vec)((vec_mask)value & ~(value < (vec){0})); }

/* The larger and the smaller of two; where one is NaN, the second. GCC finds no single instruction for choose(). */
#if defined(__AVX512F__) && defined(__clang__) && defined(REAL_IS_FLOAT)
INLINE vec larger(vec a, vec b) { return __builtin_ia32_maxps512(a, b, 4); }
INLINE vec smaller(vec a, vec b) { return __builtin_ia32_minps512(a, b, 4); }
#elif defined(__AVX512F__) && defined(REAL_IS_FLOAT)
INLINE vec larger(vec a, vec b) { return __builtin_ia32_maxps512_mask(a, b, b, -1, 4); }
INLINE vec smaller(vec a, vec b) { return __builtin_ia32_minps512_mask(a, b, b, -1, 4); }
#elif defined(__AVX2__) && !defined(__AVX512F__) && defined(REAL_IS_FLOAT)
INLINE vec larger(vec a, vec b) { return __builtin_ia32_maxps256(a, b); }
INLINE vec smaller(vec a, vec b) { return __builtin_ia32_minps256(a, b); }
#else
INLINE vec larger(vec a, vec b) { return choose(a > b, a, b); }
INLINE vec smaller(vec a, vec b) { return choose(a < b, a, b); }
#endif

#if defined(REAL_IS_FLOAT)
/* value * 2^n for whole n, also where 2^n itself is no float. */
#if defined(__AVX512F__)
INLINE vec scaled(vec value, vec n) { return __builtin_ia32_scalefps512_mask(value, n, value, -1, 4); }
#else
INLINE vec scaled(vec value, vec n) {
    const vec_mask whole = __builtin_convertvector(n, vec_mask), half = whole >> 1;
    return value * (vec)((half + 127) << 23) * (vec)((whole - half + 127) << 23);
}
#endif
#endif

/* Each lane takes the value of the lane that it names; GCC knows the instruction for it, Clang by the set's name. */
#if defined(__clang__) && defined(__AVX512F__) && defined(REAL_IS_FLOAT)
INLINE vec pick(vec value, vec_mask lane) { return (vec)__builtin_ia32_permvarsf512(value, lane); }
#elif defined(__clang__) && defined(__AVX512F__)
INLINE vec pick(vec value, vec_mask lane) { return (vec)__builtin_ia32_permvardf512(value, lane); }
#elif defined(__clang__) && defined(__AVX2__) && defined(REAL_IS_FLOAT)
INLINE vec pick(vec value, vec_mask lane) { return (vec)__builtin_ia32_permvarsf256(value, lane); }
#elif defined(__clang__)
INLINE vec pick(vec value, vec_mask lane) {
    vec picked;
    for (int i = 0; i < LANES; i++) picked[i] = value[lane[i]];
    return picked;
}
#else
INLINE vec pick(vec value, vec_mask lane) { return __builtin_shuffle(value, lane); }
#endif

#endif
