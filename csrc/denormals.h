/* Denormal numbers read and written as zero inside the engine's parallel regions: on x86 they cost 50 to 80 times a
 * normal number's time. The mode belongs to a thread: set it at a region's begin in every thread, restore it at its end. */
#ifndef CONVOLITH_DENORMALS_H
#define CONVOLITH_DENORMALS_H

#if defined(__SSE__) || defined(_M_X64)
#include <xmmintrin.h>
/* Returns the thread's mode for denormals_restore. 0x8040: flush to zero, denormals are zero. */
static inline unsigned denormals_flush(void) {
    const unsigned mode = _mm_getcsr();
    _mm_setcsr(mode | 0x8040u);
    return mode;
}
static inline void denormals_restore(unsigned mode) { _mm_setcsr((_mm_getcsr() & ~0x8040u) | (mode & 0x8040u)); }
#elif defined(__aarch64__)
static inline unsigned denormals_flush(void) {
    unsigned long mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    __asm__ volatile("msr fpcr, %0" : : "r"(mode | (1ul << 24)));
    return (unsigned)mode;
}
static inline void denormals_restore(unsigned mode) {
    __asm__ volatile("msr fpcr, %0" : : "r"((unsigned long)mode));
}
#else
static inline unsigned denormals_flush(void) { return 0; }
static inline void denormals_restore(unsigned mode) { (void)mode; }
#endif

#endif
