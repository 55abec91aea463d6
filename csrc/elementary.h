/* Exponentials and logarithms of vectors of floats, within a unit in the last place of the true value
 * (tests/engine/test_curve.py); NaN passes through. The polynomials are minimax fits of the relative error. */
#ifndef CONVOLITH_ELEMENTARY_H
#define CONVOLITH_ELEMENTARY_H

#include "vector.h"

#define LOG2_E 1.44269504089f
#define LN2_HIGH 0.693359375f /* so few digits that whole multiples of it are exact */
#define LN2_LOW -2.12194440e-4f
#define ROUNDS 12582912.0f /* 1.5 * 2^23: added, it leaves the nearest integer in the last bits */

INLINE vec at_least(vec x, REAL least) { return larger(broadcast(least), x); }
INLINE vec at_most(vec x, REAL most) { return smaller(broadcast(most), x); }
INLINE vec magnitude(vec x) { return (vec)((vec_mask)x & 0x7fffffff); }
INLINE vec with_sign(vec size, vec of) { return (vec)((vec_mask)size | ((vec_mask)of & ~0x7fffffff)); }

/* x = n ln 2 + r with |r| <= ln 2 / 2; gives e^r - 1. */
INLINE vec reduced(vec x, vec *n) {
    const vec count = x * LOG2_E + ROUNDS - ROUNDS;
    const vec r = x - count * LN2_HIGH - count * LN2_LOW;
    *n = count;
    const vec p = ((1.38145964e-3f * r + 8.36871709e-3f) * r + 4.16683881e-2f) * r + 1.66665206e-1f;
    return (p * r + 0.499999934f) * (r * r) + r;
}

/* e^x for x from -104, where it is 0, to 89, where it is infinite. */
INLINE vec exponential_within(vec x) {
    vec n;
    const vec less_1 = reduced(x, &n);
    return scaled(less_1 + 1.0f, n);
}

/* e^x times the factor, also where e^x itself is below the normal numbers; for such an x. */
INLINE vec exponential_times(vec x, vec factor) {
    vec n;
    const vec less_1 = reduced(x, &n);
    return scaled((less_1 + 1.0f) * factor, n);
}

/* e^x. */
INLINE vec exponential(vec x) { return exponential_within(at_most(at_least(x, -104), 89)); }

/* The function, but x itself where that is the nearest float: also with 0's sign, and if its half is no normal number. */
INLINE vec unless_tiny(vec x, vec function) { return choose(magnitude(x) < broadcast(0x1p-25f), x, function); }

/* e^x - 1 for x from -104 to 89. Twice its half, as 2^n may be no float where the result is one. */
INLINE vec exponential_less_1_within(vec x) {
    vec n;
    const vec less_1 = reduced(x, &n), half = scaled(broadcast(0.5f), n);
    return 2.0f * (half * less_1 + (half - 0.5f));
}

/* e^x - 1. */
INLINE vec exponential_less_1(vec x) { return unless_tiny(x, exponential_less_1_within(at_most(at_least(x, -40), 89))); }

/* x = 2^n (1 + f) with 1 + f from the square root of 1/2 on; gives f. Of the magnitude, as nothing overflows there. */
INLINE vec fraction(vec x, vec *n) {
    const vec_mask bits = (vec_mask)magnitude(x) - 0x3f3504f3;
    *n = __builtin_convertvector(bits >> 23, vec);
    return (vec)((bits & 0x7fffff) + 0x3f3504f3) - 1.0f;
}

/* The natural logarithm of 2^n (1 + f), which is x or rounds to it; of 0 (and denormal numbers) minus infinity, of negative
 * numbers NaN. */
INLINE vec logarithm_of_parts(vec x, vec n, vec f) {
    vec p = -7.6344299e-2f * f + 0.127615504f;
    p = (((p * f - 0.131601951f) * f + 0.142017625f) * f - 0.166233565f) * f + 0.200012267f;
    p = (p * f - 0.250008211f) * f + 0.333333317f;
    const vec squared = f * f, low = n * LN2_LOW + squared * f * p - 0.5f * squared;
    const vec infinity = broadcast(__builtin_inff()), result = low + f + n * LN2_HIGH;
    const vec above = choose(x < infinity, result, x); /* infinity and NaN as they are */
    const vec from_0 = choose(x < broadcast(1.17549435e-38f), -infinity, above);
    return (vec)((vec_mask)from_0 | (x < (vec){0}));
}

/* The natural logarithm. */
INLINE vec logarithm(vec x) {
    vec n;
    const vec f = fraction(x, &n);
    return logarithm_of_parts(x, n, f);
}

/* The natural logarithm of 1 + x: what rounding the sum loses is added to its fraction. */
INLINE vec logarithm_from_1(vec x) {
    vec n;
    const vec sum = 1.0f + x, lost = x - (sum - 1.0f), f = fraction(sum, &n);
    return unless_tiny(x, logarithm_of_parts(sum, n, f + scaled(lost, -n)));
}

/* The logarithm of 1 + t for t from 0 to 1. */
INLINE vec logarithm_of_1_more(vec t) {
    vec p = -3.24398086e-3f * t + 1.98512626e-2f;
    p = (((p * t - 5.69591591e-2f) * t + 0.106036169f) * t - 0.153055701f) * t + 0.196759315f;
    p = (((p * t - 0.249541321f) * t + 0.333299623f) * t - 0.499999024f) * t + 0.999999995f;
    return p * t;
}

/* 1 / (1 + e^-x). */
INLINE vec logistic(vec x) { return 1.0f / (1.0f + exponential(-x)); }

/* The same, and its slope, which loses no digits as a product with 1 less the result would. */
INLINE vec logistic_with_slope(vec x, vec *slope) {
    const vec e = exponential_within(at_least(-magnitude(x), -104)), d = 1.0f / (1.0f + e), small = e * d;
    *slope = small * d;
    return choose(x > (vec){0}, d, small);
}

#endif
