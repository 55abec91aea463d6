/* Aligned blocks, in huge pages where they are large and the system has them. */
#ifndef CONVOLITH_MEMORY_H
#define CONVOLITH_MEMORY_H

#include <stddef.h>
#include <stdlib.h>

#if defined(_WIN32)
#include <malloc.h>
static inline void *convolith_allocate(size_t bytes) { return _aligned_malloc(bytes, 64); }
static inline void convolith_free(void *block) { _aligned_free(block); }
#else
#if defined(__linux__)
#include <sys/mman.h>
#endif

/* A block of `bytes`, aligned to 64 bytes (to 2 MiB from that size on), not cleared; NULL where there is no memory. The
 * caller owns it and gives it back by convolith_free. */
static inline void *convolith_allocate(size_t bytes) {
    const size_t huge = (size_t)2 << 20;
    void *block = NULL;
    if (posix_memalign(&block, bytes >= huge ? huge : 64, bytes)) return NULL;
#if defined(MADV_HUGEPAGE)
    if (bytes >= huge) madvise(block, bytes, MADV_HUGEPAGE);
#endif
    return block;
}
static inline void convolith_free(void *block) { free(block); }
#endif

#endif
