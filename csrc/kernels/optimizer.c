/* Optimizer steps, one pass over a parameter: a small rule each, and one loop around all of them. */
#include "vector.h"
#include "kernels.h"

#include <math.h>

#if defined(REAL_IS_FLOAT)
#define ROOT sqrtf
#define POWER powf
typedef convolith_rule_float table_entry;
#else
#define ROOT sqrt
#define POWER pow
typedef convolith_rule_double table_entry;
#endif

/* An element of the parameter and of its slots. A rule changes it by its gradient, `slope`; n are the rule's numbers. */
typedef struct {
    REAL parameter, first, second, third;
} element;

/* The greater of two, NaN if one of them is. */
INLINE REAL greater(REAL one, REAL other) { return other > one || other != other ? other : one; }

INLINE REAL magnitude(REAL value) { return value < 0 ? -value : value; }

/* Moves a mean towards a value, by a gain of 1 - beta, which the caller rounds once, from double. */
INLINE REAL moved(REAL mean, REAL value, REAL gain) { return mean + (value - mean) * gain; }

/* Keras's gradient descent. n: rate; momentum. */
INLINE void sgd(element *at, REAL slope, const REAL *n) { at->parameter -= n[0] * slope; }

INLINE void momentum(element *at, REAL slope, const REAL *n) {
    at->first = n[1] * at->first - n[0] * slope;
    at->parameter += at->first;
}

INLINE void nesterov(element *at, REAL slope, const REAL *n) {
    at->first = n[1] * at->first - n[0] * slope;
    at->parameter += n[1] * at->first - n[0] * slope;
}

/* Kingma and Ba, arXiv 1412.6980. n: rate with the corrections of both means; gains of the means; epsilon. */
INLINE void adam(element *at, REAL slope, const REAL *n) {
    at->first = moved(at->first, slope, n[1]);
    at->second = moved(at->second, slope * slope, n[2]);
    at->parameter -= n[0] * at->first / (ROOT(at->second) + n[3]);
}

/* Reddi et al., "On the convergence of Adam and beyond": over the greatest mean square so far. n: as for Adam. */
INLINE void amsgrad(element *at, REAL slope, const REAL *n) {
    at->first = moved(at->first, slope, n[1]);
    at->second = moved(at->second, slope * slope, n[2]);
    at->third = greater(at->third, at->second);
    at->parameter -= n[0] * at->first / (ROOT(at->third) + n[3]);
}

/* Dozat, "Incorporating Nesterov momentum into Adam". n: rates of mean and gradient, with their corrections; gains of
 * the means; correction of the root; epsilon. */
INLINE void nadam(element *at, REAL slope, const REAL *n) {
    at->first = moved(at->first, slope, n[2]);
    at->second = moved(at->second, slope * slope, n[3]);
    at->parameter -= (n[0] * at->first + n[1] * slope) / (ROOT(at->second) * n[4] + n[5]);
}

/* Kingma and Ba, section 7.1. n: rate with the mean's correction; gain of the mean; what the norm keeps; epsilon. */
INLINE void adamax(element *at, REAL slope, const REAL *n) {
    at->first = moved(at->first, slope, n[1]);
    at->second = greater(n[2] * at->second, magnitude(slope));
    at->parameter -= n[0] * at->first / (at->second + n[3]);
}

/* Tieleman and Hinton, lecture 6.5: the gradient over the root of its mean square or, with `mean` (else NULL), of its
 * variance. n: rate; what means keep, and the rest; epsilon; momentum. */
INLINE REAL over_root(element *at, REAL *mean, REAL slope, const REAL *n) {
    at->first = n[1] * at->first + n[2] * slope * slope;
    REAL square = at->first + n[3];
    if (mean) {
        *mean = n[1] * *mean + n[2] * slope;
        square -= *mean * *mean;
    }
    return n[0] * slope / ROOT(square);
}

INLINE void rmsprop(element *at, REAL slope, const REAL *n) { at->parameter -= over_root(at, NULL, slope, n); }

INLINE void rmsprop_centered(element *at, REAL slope, const REAL *n) {
    at->parameter -= over_root(at, &at->second, slope, n);
}

INLINE void rmsprop_momentum(element *at, REAL slope, const REAL *n) {
    at->second = n[4] * at->second + over_root(at, NULL, slope, n);
    at->parameter -= at->second;
}

INLINE void rmsprop_centered_momentum(element *at, REAL slope, const REAL *n) {
    at->second = n[4] * at->second + over_root(at, &at->third, slope, n);
    at->parameter -= at->second;
}

/* Duchi et al., "Adaptive subgradient methods". n: rate; epsilon. */
INLINE void adagrad(element *at, REAL slope, const REAL *n) {
    at->first += slope * slope;
    at->parameter -= n[0] * slope / ROOT(at->first + n[1]);
}

/* Zeiler, arXiv 1212.5701. n: rate; what means keep, and the rest; epsilon. */
INLINE void adadelta(element *at, REAL slope, const REAL *n) {
    at->first = n[1] * at->first + n[2] * slope * slope;
    const REAL change = ROOT(at->second + n[3]) / ROOT(at->first + n[3]) * slope;
    at->second = n[1] * at->second + n[2] * change * change;
    at->parameter -= n[0] * change;
}

/* McMahan et al., "Ad click prediction". n: 1 / rate; L1; twice all of L2; twice the shrinkage; the rate's power,
 * negated. `before` and `after`: powers of the sum of squares. */
INLINE void follow(element *at, REAL slope, const REAL *n, REAL before, REAL after) {
    at->second += slope + n[3] * at->parameter - (after - before) * n[0] * at->parameter;
    const REAL linear = at->second, clipped = linear > n[1] ? n[1] : linear < -n[1] ? -n[1] : linear;
    at->parameter = (clipped - linear) / (after * n[0] + n[2]);
}

INLINE void ftrl(element *at, REAL slope, const REAL *n) {
    const REAL before = at->first;
    at->first += slope * slope;
    follow(at, slope, n, ROOT(before), ROOT(at->first));
}

INLINE void ftrl_power(element *at, REAL slope, const REAL *n) {
    const REAL before = at->first;
    at->first += slope * slope;
    follow(at, slope, n, POWER(before, n[4]), POWER(at->first, n[4]));
}

/* Chen et al., arXiv 2302.06675. n: rate; the mean's share of the direction, and the rest; what it keeps, and the
 * rest. */
INLINE void lion(element *at, REAL slope, const REAL *n) {
    const REAL direction = n[1] * at->first + n[2] * slope;
    at->parameter -= direction > 0 ? n[0] : direction < 0 ? -n[0] : direction; /* NaN passes through */
    at->first = n[3] * at->first + n[4] * slope;
}

/* Defazio et al., arXiv 2405.15682: the parameter is a mixture of what moves, `first`, and of its mean. n: rate; gain of
 * the mean square; correction of the root; epsilon; the parameter's shares of what has moved, of itself and, negated, of
 * what moved before. */
INLINE void schedule_free(element *at, REAL slope, const REAL *n) {
    const REAL before = at->first;
    at->second = moved(at->second, slope * slope, n[1]);
    at->first -= n[0] * slope / (ROOT(at->second) * n[2] + n[3]);
    at->parameter = n[4] * at->first + n[5] * at->parameter - n[6] * before;
}

/* Each rule with the number of its slots, and the table of them. */
#define RULES(RULE)                    \
    RULE(sgd, 0)                       \
    RULE(momentum, 1)                  \
    RULE(nesterov, 1)                  \
    RULE(adam, 2)                      \
    RULE(amsgrad, 3)                   \
    RULE(nadam, 2)                     \
    RULE(adamax, 2)                    \
    RULE(rmsprop, 1)                   \
    RULE(rmsprop_centered, 2)          \
    RULE(rmsprop_momentum, 2)          \
    RULE(rmsprop_centered_momentum, 3) \
    RULE(adagrad, 1)                   \
    RULE(adadelta, 2)                  \
    RULE(ftrl, 2)                      \
    RULE(ftrl_power, 2)                \
    RULE(lion, 1)                      \
    RULE(schedule_free, 2)

#define STEP(rule, slots)                                                                                           \
    static void step_##rule(ptrdiff_t count, const double *numbers, REAL *restrict parameter,                       \
                            const REAL *restrict gradient, REAL *restrict first, REAL *restrict second,             \
                            REAL *restrict third) {                                                                 \
        const REAL kept = (REAL)numbers[0];                                                                         \
        REAL n[CONVOLITH_NUMBERS - 1];                                                                              \
        for (int i = 0; i < CONVOLITH_NUMBERS - 1; i++) n[i] = (REAL)numbers[i + 1];                                \
        for (ptrdiff_t i = 0; i < count; i++) {                                                                     \
            element at = {.parameter = kept * parameter[i]};                                                        \
            if (slots > 0) at.first = first[i];                                                                     \
            if (slots > 1) at.second = second[i];                                                                   \
            if (slots > 2) at.third = third[i];                                                                     \
            rule(&at, gradient[i], n);                                                                              \
            parameter[i] = at.parameter;                                                                            \
            if (slots > 0) first[i] = at.first;                                                                     \
            if (slots > 1) second[i] = at.second;                                                                   \
            if (slots > 2) third[i] = at.third;                                                                     \
        }                                                                                                           \
        (void)first, (void)second, (void)third;                                                                     \
    }
RULES(STEP)

#define ENTRY(rule, slots) {#rule, slots, step_##rule},
const table_entry NAME(rules)[] = {RULES(ENTRY){NULL, 0, NULL}};
