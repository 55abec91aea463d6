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

/* With m = e^(-2|x|) - 1 it is -m / (m + 2), which loses no digits anywhere. */
CURVE(tanh_of, const vec m = exponential_less_1_within(-2.0f * at_most(magnitude(x), 20));
      y = with_sign(magnitude(m / (m + 2.0f)), x);)
GRADIENT(tanh_gradient, y = dy * (1.0f - x * x);) /* x: the result */

CURVE(softplus, y = at_least(x, 0) + logarithm_of_1_more(exponential_within(at_least(-magnitude(x), -104)));)
GRADIENT(softplus_gradient, y = dy * logistic(x);)

CURVE(silu, const vec near = at_least(-magnitude(x), -104), e = exponential_within(near);
      y = choose(x < (vec){0}, exponential_times(near, near), x) / (1.0f + e);)
GRADIENT(silu_gradient, vec slope; const vec s = logistic_with_slope(x, &slope); y = dy * s + dy * (x * slope);)

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

/* The normal distribution function at -z times e^(z^2 / 2), for z from 0 to 14. */
INLINE vec tail(vec z) {
    const vec t = (z - 4.0f) / (z + 4.0f);
    vec p = -6.63025314e-5f * t - 1.69598341e-4f;
    p = (((p * t + 6.57713943e-4f) * t + 5.03673664e-4f) * t - 8.49768226e-3f) * t + 3.08652593e-2f;
    return (((p * t - 7.1706786e-2f) * t + 0.12437922f) * t - 0.17039774f) * t + 9.44106419e-2f;
}

/* Near 0 x + x P(x^2), a minimax fit of the relative error, 1.2e-9; where x P(x^2) may be no normal number the slope at 0;
 * from 1 on what the tail leaves. */
CURVE(erf_of, const vec z = at_most(magnitude(x), 9), t = z * z;
      vec p = (7.85386109e-5f * t - 8.01019353e-4f) * t + 5.18832767e-3f;
      p = ((p * t - 2.68538119e-2f) * t + 0.112835851f) * t - 0.376126258f; p = p * t + 0.128379167f;
      const vec near = choose(z < broadcast(0x1p-25f), 1.12837917f * z, z * p + z);
      const vec far = 1.0f - 2.0f * exponential_times(-t, tail(1.41421356f * z));
      y = with_sign(choose(z < broadcast(1), near, far), x);)
GRADIENT(erf_gradient, const vec near = at_most(magnitude(x), 10);
         y = dy * (1.12837917f * exponential_within(-near * near));)

/* x times the sigmoid of x * (a + b x^2); beyond 40 it has reached its limits. */
#define GELU_A 1.59576912161f
#define GELU_B 0.0713548162726f
CURVE(gelu_near, const vec near = at_most(at_least(x, -40), 40);
      y = x / (1.0f + exponential(-near * (near * near * GELU_B + GELU_A)));)
GRADIENT(gelu_near_gradient, const vec near = at_most(at_least(x, -40), 40), squared = near * near;
         vec slope; const vec s = logistic_with_slope(near * (squared * GELU_B + GELU_A), &slope);
         y = dy * (s + near * slope * (squared * (3.0f * GELU_B) + GELU_A));)

CURVE(gelu, const vec z = at_most(magnitude(x), 14);
      y = at_least(x, 0) - exponential_times(-0.5f * z * z, z * tail(z));)
GRADIENT(gelu_gradient, const vec z = at_most(magnitude(x), 14), bell = exponential_within(-0.5f * z * z);
         const vec below = bell * tail(z), whole = choose(x > (vec){0}, 1.0f - below, below);
         y = dy * (whole + with_sign(z, x) * bell * 0.398942280401f);)

/* In the order of enum convolith_curve. */
static curve_function *const curves[] = {
    exp_of,    expm1_of, log_of, log1p_of, sigmoid, tanh_of, softplus, softsign, silu,
    hard_silu, mish,     elu,    erf_of,   gelu,    gelu_near,
};
static gradient_function *const gradients[] = {
    exp_gradient,      expm1_gradient,   log_gradient,      log1p_gradient, sigmoid_gradient,
    tanh_gradient,     softplus_gradient, softsign_gradient, silu_gradient, hard_silu_gradient,
    mish_gradient,     elu_gradient,     erf_gradient,      gelu_gradient,  gelu_near_gradient,
};

void NAME(curve)(int which, ptrdiff_t count, const REAL *numbers, const REAL *source, REAL *result) {
    curves[which](count, numbers, source, result);
}

void NAME(curve_gradient)(int which, ptrdiff_t count, const REAL *numbers, const REAL *upstream, const REAL *source,
                          REAL *result) {
    gradients[which](count, numbers, upstream, source, result);
}
#endif
