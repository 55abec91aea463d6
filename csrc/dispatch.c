#include "dispatch.h"

#define DECLARE(isa)                                                                                                \
    extern const convolith_kernels_float convolith_kernels_float_##isa;                                              \
    extern const convolith_kernels_double convolith_kernels_double_##isa;
#define ENTRY(isa) {#isa, &convolith_kernels_float_##isa, &convolith_kernels_double_##isa}

DECLARE(plain)
#if defined(CONVOLITH_HAVE_AVX2)
DECLARE(avx2)
#endif
#if defined(CONVOLITH_HAVE_AVX512)
DECLARE(avx512)
#endif

static const convolith_isa compiled[] = {
#if defined(CONVOLITH_HAVE_AVX512)
    ENTRY(avx512),
#endif
#if defined(CONVOLITH_HAVE_AVX2)
    ENTRY(avx2),
#endif
    ENTRY(plain),
};

/* How many entries, from the best on, this processor lacks. */
static int lacking(void) {
    int skip = 0;
#if defined(CONVOLITH_HAVE_AVX512)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma"))
        return skip;
    skip++;
#endif
#if defined(CONVOLITH_HAVE_AVX2)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return skip;
    skip++;
#endif
    return skip;
}

int convolith_available_isas(const convolith_isa **isas) {
    const int skip = lacking();
    *isas = compiled + skip;
    return (int)(sizeof(compiled) / sizeof(compiled[0])) - skip;
}

const char *convolith_compiler(void) {
#if defined(__clang__)
    return __VERSION__;
#elif defined(__GNUC__)
    return "GCC " __VERSION__;
#else
    return "unknown";
#endif
}

const char *convolith_flags(void) {
#if defined(CONVOLITH_BUILD_FLAGS)
    return CONVOLITH_BUILD_FLAGS;
#else
    return "unknown";
#endif
}
