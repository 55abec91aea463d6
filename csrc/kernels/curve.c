/* Smooth functions of each element and their gradients, in float: what activations are made of. */
#include "partial.h"
#include "kernels.h"

#if defined(REAL_IS_FLOAT)
#include "elementary.h"

typedef void curve_function(ptrdiff_t, const REAL *, const REAL *, REAL *);
typedef void gradient_function(ptrdiff_t, const REAL *, const REAL *, const REAL *, REAL *);

/* Each function and its gradient are one loop, whose body gives `y` from x, or from x and the upstream gradient dy. */
#define CURVE(name, ...)                                                                                             \
    static void name(ptrdiff_t count, const REAL *numbers, const REAL *source, REAL *result) {                       \
        (void)numbers;                                                                                               \
        for (ptrdiff_t i = 0; i < count; i += LANES) {                                                               \
            const int left = count - i < LANES ? (int)(count - i) : LANES;                                           \
            const vec x = get(source + i, left);                                                                     \
            vec y;                                                                                                   \
            __VA_ARGS__                                                                                              \
            put(result + i, y, left);                                                                                \
        }                                                                                                            \
    }
#define GRADIENT(name, ...)                                                                                          \
    static void name(ptrdiff_t count, const REAL *numbers, const REAL *upstream, const REAL *source, REAL *result) { \
        (void)numbers;                                                                                               \
        for (ptrdiff_t i = 0; i < count; i += LANES) {                                                               \
            const int left = count - i < LANES ? (int)(count - i) : LANES;                                           \
            const vec x = get(source + i, left), dy = get(upstream + i, left);                                       \
            vec y;                                                                                                   \
            __VA_ARGS__                                                                                              \
            put(result + i, y, left);                                                                                \
        }                                                                                                            \
    }

CURVE(exp_of, y = exponential(x);)
GRADIENT(exp_gradient, y = dy * x;) /* x: the result */

CURVE(log_of, y = logarithm(x);)
GRADIENT(log_gradient, y = dy / x;)

CURVE(sigmoid, y = logistic(x);)
GRADIENT(sigmoid_gradient, y = dy * (x * (1.0f - x));) /* x: the result */

CURVE(expm1_of, y = exponential_less_1(x);)
GRADIENT(expm1_gradient, y = dy * exponential(x);)

CURVE(log1p_of, y = logarithm_from_1(x);)
GRADIENT(log1p_gradient, y = dy / (1.0f + x);)

/* x P(x^2) / Q(x^2), a minimax fit of the relative error, 2.2e-8; from 8.66 on 1 is within a unit in the last place. */
CURVE(tanh_of, const vec near = at_most(magnitude(x), 8.66f), t = near * near;
      vec p = 1.33171384e-8f * t + 2.0582147e-5f, q = 7.76124389e-7f * t + 3.28296373e-4f;
      p = ((p * t + 3.49395758e-3f) * t + 0.13379655f) * t + 0.999999979f;
      q = ((q * t + 2.58707859e-2f) * t + 0.467129704f) * t + 1.0f;
      y = choose(near >= broadcast(8.66f), broadcast(1), at_most(near * p / q, 1)); y = with_sign(y, x);)
GRADIENT(tanh_gradient, y = dy * (1.0f - x * x);) /* x: the result */

CURVE(softplus, y = at_least(x, 0) + logarithm_of_1_more(exponential_within(at_least(-magnitude(x), -104)));)
GRADIENT(softplus_gradient, y = dy * logistic(x);)

CURVE(silu, const vec near = at_least(-magnitude(x), -104), e = exponential_within(near);
      y = choose(x < (vec){0}, exponential_times(near, near), x) / (1.0f + e);)
GRADIENT(silu_gradient, const vec s = logistic(x); y = dy * s + dy * (x * (s * (1.0f - s)));)

CURVE(hard_silu, y = x * at_most(at_least(x * (1.0f / 6) + 0.5f, 0), 1);)
GRADIENT(hard_silu_gradient, const vec inside = choose(x >= broadcast(3), dy, dy * (x * (1.0f / 3) + 0.5f));
         y = choose(x <= broadcast(-3), (vec){0}, inside);)

/* tanh(softplus(x)) is n / (n + 2) with n = w (w + 2) and w = e^x; it is 1 for x = 20 and more. */
CURVE(mish, const vec near = at_most(at_least(x, -104), 20), w = exponential_within(near), n = w * (w + 2.0f);
      y = choose(x > broadcast(20), x, exponential_times(near, near) * ((w + 2.0f) / (n + 2.0f)));)
GRADIENT(mish_gradient, const vec near = at_most(at_least(x, -104), 20), w = exponential_within(near);
         const vec n = w * (w + 2.0f), d = 1.0f / (n + 2.0f);
         y = dy * (n * d + near * (4.0f * w * (w + 1.0f) * d * d));)

/* numbers: alpha, scale, width: alpha * (e^(x / width) - 1) below 0, scale * x above. The gradient reads the result. */
CURVE(elu, const vec below = numbers[0] * exponential_less_1(at_most(x, 0) / numbers[2]);
      y = choose(x > (vec){0}, numbers[1] * x, below);)
GRADIENT(elu_gradient, y = dy * choose(x > (vec){0}, broadcast(numbers[1]), (x + numbers[0]) / numbers[2]);)

/* x / (1 + |x|); 2^30 has reached the limit. */
CURVE(softsign, const vec near = at_most(at_least(x, -0x1p30f), 0x1p30f); y = near / (1.0f + magnitude(near));)
GRADIENT(softsign_gradient, const vec inverse = 1.0f / (1.0f + magnitude(x)); y = dy * inverse * inverse;)

/* x P(x^2) / Q(x^2), a minimax fit of the relative error, 1.9e-8, up to 3.92; from there on the nearest float is 1. */
CURVE(erf_of, const vec near = at_most(magnitude(x), 3.92f), t = near * near;
      vec p = 2.05006608e-6f * t + 2.84846636e-4f, q = 3.80896144e-5f * t + 1.16226978e-3f;
      p = (((p * t + 3.76462465e-3f) * t + 5.27455873e-2f) * t + 0.190385292f) * t + 1.12837915f;
      q = (((q * t + 1.49672297e-2f) * t + 0.114100059f) * t + 0.502057318f) * t + 1.0f;
      y = choose(near >= broadcast(3.92f), broadcast(1), at_most(near * p / q, 1)); y = with_sign(y, x);)
GRADIENT(erf_gradient, const vec near = at_most(magnitude(x), 10); y = dy * (1.12837917f * exponential_within(-near * near));)

/* x times the sigmoid of x * (a + b x^2); beyond 40 it has reached its limits. */
#define GELU_A 1.59576912161f
#define GELU_B 0.0713548162726f
CURVE(gelu_near, const vec near = at_most(at_least(x, -40), 40);
      y = x / (1.0f + exponential(-near * (near * near * GELU_B + GELU_A)));)
GRADIENT(gelu_near_gradient, const vec near = at_most(at_least(x, -40), 40), squared = near * near;
         const vec s = logistic(near * (squared * GELU_B + GELU_A));
         y = dy * (s + near * (s * (1.0f - s)) * (squared * (3.0f * GELU_B) + GELU_A));)

/* The normal distribution function at -z times e^(z^2 / 2), for z from 0 to 14. */
INLINE vec tail(vec z) {
    const vec t = (z - 4.0f) / (z + 4.0f);
    vec p = -6.63025314e-5f * t - 1.69598341e-4f;
    p = (((p * t + 6.57713943e-4f) * t + 5.03673664e-4f) * t - 8.49768226e-3f) * t + 3.08652593e-2f;
    return (((p * t - 7.1706786e-2f) * t + 0.12437922f) * t - 0.17039774f) * t + 9.44106419e-2f;
}

CURVE(gelu, const vec z = at_most(magnitude(x), 14);
      y = at_least(x, 0) - exponential_times(-0.5f * z * z, z * tail(z));)
GRADIENT(gelu_gradient, const vec z = at_most(magnitude(x), 14), bell = exponential_within(-0.5f * z * z);
         const vec below = bell * tail(z), whole = choose(x > (vec){0}, 1.0f - below, below);
         y = dy * (whole + with_sign(z, x) * bell * 0.398942280401f);)

/* In the order of enum convolith_curve. */
static curve_function *const curves[] = {exp_of,   expm1_of,  log_of, log1p_of, sigmoid, tanh_of, softplus, softsign,
                                         silu,     hard_silu, mish,   elu,   erf_of,  gelu,    gelu_near};
static gradient_function *const gradients[] = {
    exp_gradient,      expm1_gradient,     log_gradient,  log1p_gradient,     sigmoid_gradient,
    tanh_gradient,     softplus_gradient,  softsign_gradient, silu_gradient,  hard_silu_gradient,
    mish_gradient,     elu_gradient,       erf_gradient,  gelu_gradient,      gelu_near_gradient,
};

void NAME(curve)(int which, ptrdiff_t count, const REAL *numbers, const REAL *source, REAL *result) {
    curves[which](count, numbers, source, result);
}

void NAME(curve_gradient)(int which, ptrdiff_t count, const REAL *numbers, const REAL *upstream, const REAL *source,
                          REAL *result) {
    gradients[which](count, numbers, upstream, source, result);
}
#endif
