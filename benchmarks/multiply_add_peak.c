/* The most multiply-adds a core can do: independent chains in registers that touch no memory.
   Compiled for the machine it runs on by multiply_add_peak.py; no part of the package. */
#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX__)
#define LANES 8
#else
#define LANES 4
#endif
#define CHAINS 12 /* more than latency x ports on every x86 and Arm core so far, and within 16 registers */

typedef float vector __attribute__((vector_size(4 * LANES)));

/* Runs `turns` rounds; returns the floating point operations done. The result goes through `sink`, so nothing is dropped. */
double multiply_add_peak(long turns, float *sink)
{
    const vector factor = (vector){0} + 0.999f;
    vector chain[CHAINS];
#pragma GCC unroll 12
    for (int c = 0; c < CHAINS; c++)
        chain[c] = factor * (float)c;
    for (long turn = 0; turn < turns; turn++) {
#pragma GCC unroll 12
        for (int c = 0; c < CHAINS; c++) {
            chain[c] = chain[c] * factor + factor;
            __asm__ volatile("" : "+x"(chain[c])); /* keeps each chain in a register of its own */
        }
    }
    vector total = chain[0];
#pragma GCC unroll 12
    for (int c = 1; c < CHAINS; c++)
        total += chain[c];
    *sink = total[0];
    return 2.0 * LANES * CHAINS * (double)turns;
}
