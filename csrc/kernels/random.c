/* Dropout and random words by a counter-based generator: Philox4x32-10 of Salmon et al., "Parallel Random Numbers: As
 * Easy as 1, 2, 3", SC 2011, figure 2 and table 2. An element's number depends on its index alone, so threads may cut the
 * work anywhere. */
#include "vector.h"
#include "kernels.h"

enum { ROUNDS = 10, BLOCKS = 16 };

/* numbers[word][i] of block `begin + i`, for BLOCKS blocks. */
static void philox(uint64_t begin, uint64_t key, uint64_t counter, uint32_t numbers[4][BLOCKS]) {
    uint32_t key_0 = (uint32_t)key, key_1 = (uint32_t)(key >> 32);
    for (int i = 0; i < BLOCKS; i++) {
        const uint64_t block = begin + (uint64_t)i;
        numbers[0][i] = (uint32_t)block;
        numbers[1][i] = (uint32_t)(block >> 32);
        numbers[2][i] = (uint32_t)counter;
        numbers[3][i] = (uint32_t)(counter >> 32);
    }
    for (int round = 0; round < ROUNDS; round++, key_0 += 0x9E3779B9u, key_1 += 0xBB67AE85u) {
        for (int i = 0; i < BLOCKS; i++) {
            const uint64_t product_0 = (uint64_t)numbers[0][i] * 0xD2511F53u;
            const uint64_t product_1 = (uint64_t)numbers[2][i] * 0xCD9E8D57u;
            numbers[0][i] = (uint32_t)(product_1 >> 32) ^ numbers[1][i] ^ key_0;
            numbers[2][i] = (uint32_t)(product_0 >> 32) ^ numbers[3][i] ^ key_1;
            numbers[1][i] = (uint32_t)product_1;
            numbers[3][i] = (uint32_t)product_0;
        }
    }
}

void NAME(dropout)(ptrdiff_t count, uint64_t begin, uint64_t key, uint64_t counter, uint32_t threshold, REAL scale,
                   const REAL *source, REAL *result) {
    uint32_t numbers[4][BLOCKS];
    for (ptrdiff_t i = 0; i < count; i++) {
        const int within = (int)(i % (4 * BLOCKS));
        if (within == 0) philox((begin + (uint64_t)i) / 4, key, counter, numbers);
        result[i] = numbers[within % 4][within / 4] >= threshold ? source[i] * scale : 0;
    }
}

void NAME(random_words)(ptrdiff_t count, uint64_t begin, uint64_t key, uint64_t counter, uint32_t *words) {
    uint32_t numbers[4][BLOCKS];
    for (ptrdiff_t i = 0; i < count; i++) {
        const int within = (int)(i % (4 * BLOCKS));
        if (within == 0) philox((begin + (uint64_t)i) / 4, key, counter, numbers);
        words[i] = numbers[within % 4][within / 4];
    }
}
